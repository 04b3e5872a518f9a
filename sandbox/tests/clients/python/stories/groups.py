"""A group from its creation to its end, over the launch template and the target group of the stories before."""

from steps import At, service
from stories import target_groups, templates

asg = service("autoscaling")
ec2 = service("ec2")
elb = service("elbv2")

G = {"AutoScalingGroupName": "walk-group"}
TEMPLATE = {"LaunchTemplateName": templates.NAME, "Version": "1"}
BLUE = target_groups.ARN["TargetGroupArn"]
MEMBERS = "AutoScalingGroups[0].Instances[?LifecycleState=='InService']"
FIRST, SECOND = At("group", f"sort({MEMBERS}[].InstanceId)[0]"), At("group", f"sort({MEMBERS}[].InstanceId)[1]")


def settled(name, count):
    """Waits until so many members and no others are there."""
    path = f"AutoScalingGroups[?length(Instances)==`{count}` && length(Instances[?LifecycleState=='InService'])==`{count}`]"
    return asg("DescribeAutoScalingGroups", AutoScalingGroupNames=[G["AutoScalingGroupName"]]).waits_for(path).called(name)


def ended(status):
    return asg("DescribeInstanceRefreshes", **G).waits_for(f"InstanceRefreshes[0].Status=='{status}' || ''")


TYPES = [
    asg("DescribeAccountLimits"),
    asg("DescribeLifecycleHookTypes"),
    asg("DescribeScalingProcessTypes"),
    asg("DescribeTerminationPolicyTypes"),
]

MADE = [
    asg(
        "CreateAutoScalingGroup",
        **G,
        LaunchTemplate=TEMPLATE,
        MinSize=1,
        MaxSize=6,
        DesiredCapacity=2,
        AvailabilityZones=["us-east-1a", "us-east-1b"],
        TargetGroupARNs=[BLUE],
        HealthCheckType="ELB",
        HealthCheckGracePeriod=1,
        Tags=[{"Key": "team", "Value": "walk", "PropagateAtLaunch": True}],
    ),
    settled("group", 2),
    asg("DescribeAutoScalingInstances", InstanceIds=[FIRST, SECOND]),
    ec2("DescribeInstances", InstanceIds=[FIRST]),
    elb("DescribeTargetHealth", **target_groups.ARN).waits_for(
        "TargetHealthDescriptions && length(TargetHealthDescriptions[?TargetHealth.State=='healthy'])==`2`"
    ),
    asg("DescribeLoadBalancerTargetGroups", **G),
    asg("DescribeTrafficSources", **G),
    asg("DescribeTags", Filters=[{"Name": "auto-scaling-group", "Values": ["walk-group"]}]),
    asg("CreateOrUpdateTags", Tags=[{"ResourceId": "walk-group", "ResourceType": "auto-scaling-group", "Key": "a", "Value": "b", "PropagateAtLaunch": False}]),
    asg("DeleteTags", Tags=[{"ResourceId": "walk-group", "ResourceType": "auto-scaling-group", "Key": "a"}]),
    asg("DescribeScalingActivities", **G).waits_for("length(Activities[?StatusCode=='Successful'])==`2`"),
]

MEMBERSHIP = [
    asg("SuspendProcesses", **G, ScalingProcesses=["AZRebalance", "HealthCheck"]),
    asg("ResumeProcesses", **G),
    asg("SetInstanceProtection", **G, InstanceIds=[FIRST], ProtectedFromScaleIn=True),
    asg("SetInstanceProtection", **G, InstanceIds=[FIRST], ProtectedFromScaleIn=False),
    asg("EnterStandby", **G, InstanceIds=[FIRST], ShouldDecrementDesiredCapacity=True),
    asg("DescribeAutoScalingInstances", InstanceIds=[FIRST]).waits_for("AutoScalingInstances[?LifecycleState=='Standby']"),
    asg("ExitStandby", **G, InstanceIds=[FIRST]),
    settled("group", 2),
    asg("DetachInstances", **G, InstanceIds=[FIRST], ShouldDecrementDesiredCapacity=True),
    settled("without", 1),
    asg("AttachInstances", **G, InstanceIds=[FIRST]),
    settled("group", 2),
    asg("SetDesiredCapacity", **G, DesiredCapacity=3),
    settled("group", 3),
    asg("TerminateInstanceInAutoScalingGroup", InstanceId=FIRST, ShouldDecrementDesiredCapacity=True),
    settled("group", 2),
    asg("SetInstanceHealth", InstanceId=FIRST, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False),
    asg("DescribeAutoScalingInstances", InstanceIds=[FIRST]).waits_for("length(AutoScalingInstances)==`0`"),
    settled("group", 2),
    ec2("TerminateInstances", InstanceIds=[FIRST]),
    asg("DescribeAutoScalingInstances", InstanceIds=[FIRST]).waits_for("length(AutoScalingInstances)==`0`"),
    settled("group", 2),
    asg("UpdateAutoScalingGroup", **G, MaxSize=8),
]

HOOKS = [
    asg(
        "PutLifecycleHook",
        **G,
        LifecycleHookName="walk-launch",
        LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING",
        HeartbeatTimeout=60,
        DefaultResult="ABANDON",
    ),
    asg("DescribeLifecycleHooks", **G),
    asg("SetDesiredCapacity", **G, DesiredCapacity=3),
    asg("DescribeAutoScalingGroups", AutoScalingGroupNames=["walk-group"])
    .waits_for("AutoScalingGroups[0].Instances[?LifecycleState=='Pending:Wait']")
    .called("waiting"),
]
WAITING = {
    **G,
    "LifecycleHookName": "walk-launch",
    "InstanceId": At("waiting", "AutoScalingGroups[0].Instances[?LifecycleState=='Pending:Wait'].InstanceId | [0]"),
}
HOOKS += [
    asg("RecordLifecycleActionHeartbeat", **WAITING),
    asg("CompleteLifecycleAction", **WAITING, LifecycleActionResult="CONTINUE"),
    settled("group", 3),
    asg("DeleteLifecycleHook", **G, LifecycleHookName="walk-launch"),
    asg("SetDesiredCapacity", **G, DesiredCapacity=2),
    settled("group", 2),
]

PREFERENCES = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200, "InstanceWarmup": 0}
SECOND_VERSION = {"LaunchTemplate": {**TEMPLATE, "Version": "2"}}
REFRESHES = [
    asg("RollbackInstanceRefresh", **G).fails("ActiveInstanceRefreshNotFound"),
    asg("StartInstanceRefresh", **G, Preferences=PREFERENCES, DesiredConfiguration=SECOND_VERSION),
    asg("CancelInstanceRefresh", **G),
    ended("Cancelled"),
    settled("group", 2),
    asg("StartInstanceRefresh", **G, Preferences=PREFERENCES, DesiredConfiguration=SECOND_VERSION),
    asg("StartInstanceRefresh", **G, Preferences=PREFERENCES).fails("InstanceRefreshInProgress"),
    asg("RollbackInstanceRefresh", **G),
    ended("RollbackSuccessful"),
    settled("group", 2),
]

TRAFFIC = [
    asg("DetachLoadBalancerTargetGroups", **G, TargetGroupARNs=[BLUE]),
    asg("DescribeLoadBalancerTargetGroups", **G).waits_for("length(LoadBalancerTargetGroups)==`0`"),
    asg("AttachLoadBalancerTargetGroups", **G, TargetGroupARNs=[BLUE]),
    asg("DescribeLoadBalancerTargetGroups", **G).waits_for("LoadBalancerTargetGroups[?State=='InService']"),
    asg("DetachLoadBalancerTargetGroups", **G, TargetGroupARNs=[BLUE]),
    asg("DescribeTrafficSources", **G).waits_for("length(TrafficSources)==`0`"),
    asg("AttachTrafficSources", **G, TrafficSources=[{"Identifier": BLUE, "Type": "elbv2"}]),
    asg("DescribeTrafficSources", **G).waits_for("TrafficSources[?State=='InService']"),
    asg("DetachTrafficSources", **G, TrafficSources=[{"Identifier": BLUE, "Type": "elbv2"}]),
    asg("DescribeTrafficSources", **G).waits_for("length(TrafficSources)==`0`"),
]

BY_HAND = [
    elb("RegisterTargets", **target_groups.ARN, Targets=[{"Id": FIRST}]),
    elb("DescribeTargetHealth", **target_groups.ARN),
    elb("DeregisterTargets", **target_groups.ARN, Targets=[{"Id": FIRST}]),
]

POLICIES = [
    asg("DescribeAdjustmentTypes"),
    asg(
        "PutScalingPolicy",
        **G,
        PolicyName="walk-cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration={
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
            "TargetValue": 50.0,
        },
    ),
    asg("PutScalingPolicy", **G, PolicyName="walk-one-more", AdjustmentType="ChangeInCapacity", ScalingAdjustment=1),
    asg("DescribePolicies", **G),
    asg("ExecutePolicy", **G, PolicyName="walk-one-more"),
    settled("group", 3),
    asg("DeletePolicy", **G, PolicyName="walk-one-more"),
    asg("DeletePolicy", **G, PolicyName="walk-cpu"),
]

ENDED = [
    asg("DeleteAutoScalingGroup", **G).fails("ResourceInUse"),
    asg("DeleteAutoScalingGroup", **G, ForceDelete=True),
    asg("DescribeAutoScalingGroups", AutoScalingGroupNames=["walk-group"]).waits_for("length(AutoScalingGroups)==`0`"),
]

STORY = TYPES + MADE + MEMBERSHIP + HOOKS + REFRESHES + TRAFFIC + BY_HAND + POLICIES + ENDED + target_groups.TAKEN_DOWN
