"""Target groups, load balancers, listeners and rules."""

from steps import At, service

elb = service("elbv2")

TARGETS = {
    "Protocol": "HTTP",
    "Port": 8080,
    "VpcId": At("network", "VpcId"),
    "HealthCheckPath": "/healthz",
    "HealthCheckIntervalSeconds": 10,
    "HealthCheckTimeoutSeconds": 5,
    "HealthyThresholdCount": 2,
    "UnhealthyThresholdCount": 2,
    "Matcher": {"HttpCode": "200"},
}
ARN = {"TargetGroupArn": At("blue", "TargetGroups[0].TargetGroupArn")}
GREEN = {"TargetGroupArn": At("green", "TargetGroups[0].TargetGroupArn")}
NOWHERE = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/nowhere/0123456789abcdef"
BALANCER = {"LoadBalancerArn": At("balancer", "LoadBalancers[0].LoadBalancerArn")}
LISTENER = {"ListenerArn": At("listener", "Listeners[0].ListenerArn")}
RULE = {"RuleArn": At("rule", "Rules[0].RuleArn")}
TAGS = [{"Key": "team", "Value": "walk"}]


def weighted(blue, green):
    groups = [{**ARN, "Weight": blue}, {**GREEN, "Weight": green}]
    return [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]


SHARED = [
    elb("DescribeTargetGroups", Names=["walk-blue"]).fails("TargetGroupNotFound"),
    elb("CreateTargetGroup", Name="walk-blue", **TARGETS).called("blue"),
    elb("CreateTargetGroup", Name="walk-green", **TARGETS, Tags=TAGS).called("green"),
    elb("DescribeTargetGroups", TargetGroupArns=[ARN["TargetGroupArn"]]),
    elb("ModifyTargetGroup", **ARN, HealthCheckPath="/alive", HealthCheckIntervalSeconds=12),
    elb("DescribeTargetGroupAttributes", **ARN),
    elb("ModifyTargetGroupAttributes", **ARN, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "5"}]),
    elb("DescribeTargetHealth", **ARN),
    elb("DescribeTargetHealth", TargetGroupArn=NOWHERE).fails("TargetGroupNotFound"),
    elb("DescribeTags", ResourceArns=[GREEN["TargetGroupArn"]]),
    elb("AddTags", ResourceArns=[GREEN["TargetGroupArn"]], Tags=[{"Key": "stage", "Value": "next"}]),
    elb("RemoveTags", ResourceArns=[GREEN["TargetGroupArn"]], TagKeys=["team"]),
    elb("DescribeTags", ResourceArns=[GREEN["TargetGroupArn"]]),
]

BALANCERS = [
    elb("DescribeAccountLimits"),
    elb(
        "CreateLoadBalancer",
        Name="walk",
        Subnets=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        Scheme="internal",
    ).called("balancer"),
    elb("DescribeLoadBalancers", Names=["walk"]),
    elb("DescribeLoadBalancerAttributes", **BALANCER),
    elb("ModifyLoadBalancerAttributes", **BALANCER, Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "30"}]),
    elb(
        "CreateListener",
        **BALANCER,
        Protocol="HTTP",
        Port=18080,
        DefaultActions=[{"Type": "forward", **ARN}],
    ).called("listener"),
    elb("DescribeListeners", **BALANCER),
    elb("ModifyListener", **LISTENER, DefaultActions=weighted(9, 1)),
    elb(
        "CreateRule",
        **LISTENER,
        Priority=10,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/next/*"]}}],
        Actions=weighted(0, 1),
    ).called("rule"),
    elb("ModifyRule", **RULE, Actions=weighted(1, 1)),
    elb("SetRulePriorities", RulePriorities=[{**RULE, "Priority": 20}]),
    elb("DescribeRules", **LISTENER),
    elb("DescribeTargetGroups", **BALANCER),
]

STORY = SHARED + BALANCERS

# Played when the groups are gone.
TAKEN_DOWN = [
    elb("DeleteRule", **RULE),
    elb("DeleteTargetGroup", **ARN).fails("ResourceInUse"),
    elb("DeleteListener", **LISTENER),
    elb("DeleteLoadBalancer", **BALANCER),
    elb("DescribeLoadBalancers", Names=["walk"]).fails("LoadBalancerNotFound"),
    elb("DeleteTargetGroup", **GREEN),
]
