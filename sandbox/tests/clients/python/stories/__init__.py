"""The stories, in the order in which they are played: later ones may use what earlier ones have made."""

from . import s3, ssm, sts, templates

EVERY = [sts, ssm, s3, templates]
SHARED = [sts, ssm, s3, templates]

# Supported, and not walked until groups and target groups can be made over the API.
LATER = set("""
autoscaling:DescribeScalingProcessTypes autoscaling:EnterStandby autoscaling:ExitStandby autoscaling:ResumeProcesses
autoscaling:SetInstanceProtection autoscaling:SuspendProcesses
autoscaling:CancelInstanceRefresh autoscaling:CompleteLifecycleAction autoscaling:DescribeAutoScalingGroups
autoscaling:DescribeAutoScalingInstances autoscaling:DescribeInstanceRefreshes autoscaling:DescribeLifecycleHooks
autoscaling:DescribeLoadBalancerTargetGroups autoscaling:DescribeScalingActivities autoscaling:DescribeTags
autoscaling:RecordLifecycleActionHeartbeat autoscaling:RollbackInstanceRefresh autoscaling:SetDesiredCapacity
autoscaling:SetInstanceHealth autoscaling:StartInstanceRefresh autoscaling:TerminateInstanceInAutoScalingGroup
autoscaling:UpdateAutoScalingGroup ec2:DescribeInstances ec2:TerminateInstances elbv2:DescribeListeners
elbv2:DescribeLoadBalancers elbv2:DescribeTargetGroupAttributes elbv2:DescribeTargetGroups elbv2:DescribeTargetHealth
""".split())
