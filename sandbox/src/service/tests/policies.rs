//! Scaling policies.

use super::{Stage, all, one, refusal};
use crate::service::Service::AutoScaling;
use crate::world::tests::stage::Setting;

const GROUP: &str = "AutoScalingGroupName=fleet";

fn query(stage: &mut Stage, action: &str, rest: &str) -> String {
    super::answer(stage, AutoScaling, action, &format!("{GROUP}&{rest}"))
}

#[test]
fn policies_are_put_described_and_deleted() {
    let mut stage = Stage::settled(&Setting::default());
    let put = query(
        &mut stage,
        "PutScalingPolicy",
        "PolicyName=cpu&PolicyType=TargetTrackingScaling&EstimatedInstanceWarmup=60\
         &TargetTrackingConfiguration.TargetValue=50\
         &TargetTrackingConfiguration.PredefinedMetricSpecification.PredefinedMetricType=ASGAverageCPUUtilization",
    );
    assert_eq!(all(&put, "AlarmName").len(), 2);
    query(
        &mut stage,
        "PutScalingPolicy",
        "PolicyName=steps&PolicyType=StepScaling&AdjustmentType=PercentChangeInCapacity\
         &MinAdjustmentMagnitude=2&StepAdjustments.member.1.MetricIntervalLowerBound=0\
         &StepAdjustments.member.1.ScalingAdjustment=25",
    );
    let described = query(&mut stage, "DescribePolicies", "MaxRecords=1");
    assert_eq!(one(&described, "PolicyARN"), one(&put, "PolicyARN"));
    assert_eq!(one(&described, "TargetValue"), "50");
    let token = one(&described, "NextToken");
    let page = query(
        &mut stage,
        "DescribePolicies",
        &format!("NextToken={token}"),
    );
    assert_eq!(one(&page, "PolicyType"), "StepScaling");
    assert_eq!(one(&page, "MetricAggregationType"), "Average");
    // Until everybody is warm.
    stage.pass(std::time::Duration::from_mins(6));
    let execute = "PolicyName=steps&MetricValue=60&BreachThreshold=50";
    query(&mut stage, "ExecutePolicy", execute);
    assert_eq!(stage.group().desired, 6);
    query(&mut stage, "DeletePolicy", "PolicyName=steps");
    let left = query(&mut stage, "DescribePolicies", "");
    assert_eq!(all(&left, "PolicyName"), ["cpu"]);
    let types = super::answer(&mut stage, AutoScaling, "DescribeAdjustmentTypes", "");
    assert_eq!(all(&types, "AdjustmentType").len(), 3);
}

#[test]
fn what_does_not_belong_to_a_policys_type_is_refused() {
    let mut stage = Stage::settled(&Setting::default());
    let mut code = |rest: &str| {
        let form = format!("{GROUP}&PolicyName=p&{rest}");
        refusal(&mut stage, AutoScaling, "PutScalingPolicy", &form).0
    };
    for rest in [
        "",
        "AdjustmentType=ChangeInCapacity",
        "AdjustmentType=ChangeInCapacity&ScalingAdjustment=1&EstimatedInstanceWarmup=1",
        "AdjustmentType=ChangeInCapacity&ScalingAdjustment=1&MinAdjustmentMagnitude=1",
        "PolicyType=PredictiveScaling",
        "PolicyType=TargetTrackingScaling&TargetTrackingConfiguration.TargetValue=50",
        "PolicyType=StepScaling&AdjustmentType=ExactCapacity&StepAdjustments.member.1.ScalingAdjustment=-1",
    ] {
        assert_eq!(code(rest), "ValidationError", "{rest}");
    }
}
