//! How the parts of a scaling policy look, on the way in and on the way out.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::wire::error::ApiError;
use crate::world::{MetricKey, PolicyKind, Statistic, Step, TrackedMetric};

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_StepAdjustment.html>
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct StepAdjustment {
    metric_interval_lower_bound: Option<f64>,
    metric_interval_upper_bound: Option<f64>,
    scaling_adjustment: i64,
}

impl From<StepAdjustment> for Step {
    fn from(step: StepAdjustment) -> Self {
        Self {
            lower: step.metric_interval_lower_bound,
            upper: step.metric_interval_upper_bound,
            by: step.scaling_adjustment,
        }
    }
}

impl From<&Step> for StepAdjustment {
    fn from(step: &Step) -> Self {
        Self {
            metric_interval_lower_bound: step.lower,
            metric_interval_upper_bound: step.upper,
            scaling_adjustment: step.by,
        }
    }
}

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_TargetTrackingConfiguration.html>
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct TargetTrackingConfiguration {
    predefined_metric_specification: Option<PredefinedMetric>,
    customized_metric_specification: Option<CustomizedMetric>,
    target_value: f64,
    disable_scale_in: Option<bool>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PredefinedMetric {
    predefined_metric_type: MetricType,
}

/// The only one that the sandbox measures.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
enum MetricType {
    #[serde(rename = "ASGAverageCPUUtilization")]
    AverageCpu,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CustomizedMetric {
    metric_name: String,
    namespace: String,
    dimensions: Option<Vec<MetricDimension>>,
    statistic: StatisticName,
    unit: Option<String>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct MetricDimension {
    name: String,
    value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
enum StatisticName {
    Average,
    Minimum,
    Maximum,
    SampleCount,
    Sum,
}

impl TargetTrackingConfiguration {
    pub(super) fn kind(self, warmup: Option<Duration>) -> Result<PolicyKind, ApiError> {
        let metric = match (
            self.predefined_metric_specification,
            self.customized_metric_specification,
        ) {
            (Some(PredefinedMetric { .. }), None) => TrackedMetric::AverageCpu,
            (None, Some(custom)) => custom.tracked(),
            _ => {
                let message = "Exactly one of PredefinedMetricSpecification and \
                               CustomizedMetricSpecification must be given.";
                return Err(ApiError::validation(message));
            }
        };
        Ok(PolicyKind::Target {
            metric,
            target: self.target_value,
            scale_in_disabled: self.disable_scale_in.unwrap_or(false),
            warmup,
        })
    }

    pub(super) fn of(metric: &TrackedMetric, target: f64, scale_in_disabled: bool) -> Self {
        let mut configuration = Self {
            predefined_metric_specification: None,
            customized_metric_specification: None,
            target_value: target,
            disable_scale_in: Some(scale_in_disabled),
        };
        match metric {
            TrackedMetric::AverageCpu => {
                let predefined_metric_type = MetricType::AverageCpu;
                configuration.predefined_metric_specification = Some(PredefinedMetric {
                    predefined_metric_type,
                });
            }
            TrackedMetric::Custom {
                metric,
                statistic,
                unit,
            } => {
                let custom = CustomizedMetric::of(metric, *statistic, unit.clone());
                configuration.customized_metric_specification = Some(custom);
            }
        }
        configuration
    }
}

impl CustomizedMetric {
    fn tracked(self) -> TrackedMetric {
        let dimensions = self.dimensions.into_iter().flatten();
        let metric = MetricKey {
            namespace: self.namespace,
            name: self.metric_name,
            dimensions: dimensions.map(|d| (d.name, d.value)).collect(),
        };
        let statistic = match self.statistic {
            StatisticName::Average => Statistic::Average,
            StatisticName::Minimum => Statistic::Minimum,
            StatisticName::Maximum => Statistic::Maximum,
            StatisticName::SampleCount => Statistic::SampleCount,
            StatisticName::Sum => Statistic::Sum,
        };
        TrackedMetric::Custom {
            metric,
            statistic,
            unit: self.unit,
        }
    }

    fn of(metric: &MetricKey, statistic: Statistic, unit: Option<String>) -> Self {
        let dimension = |(name, value): (&String, &String)| MetricDimension {
            name: name.clone(),
            value: value.clone(),
        };
        let dimensions: Vec<_> = metric.dimensions.iter().map(dimension).collect();
        Self {
            metric_name: metric.name.clone(),
            namespace: metric.namespace.clone(),
            dimensions: (!dimensions.is_empty()).then_some(dimensions),
            statistic: match statistic {
                Statistic::Minimum => StatisticName::Minimum,
                Statistic::Maximum => StatisticName::Maximum,
                Statistic::SampleCount => StatisticName::SampleCount,
                Statistic::Sum => StatisticName::Sum,
                Statistic::Average | Statistic::Percentile(_) => StatisticName::Average,
            },
            unit,
        }
    }
}
