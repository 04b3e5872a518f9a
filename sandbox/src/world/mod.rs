//! AWS as one synchronous, seeded model: groups, lifecycle hooks, instance refreshes, launch templates, target groups,
//! parameters, alarms. No I/O and no clock: time comes in as an argument, what the outside must do comes out as [`Effect`]s. How
//! requests look on the wire is the business of `service`; `sandbox/FIDELITY.md` says which of AWS's rules are kept.
//!
//! One file per AWS noun holds that noun's state and rules; `launching` and `leaving` hold the two paths of an instance
//! through them; `capacity` is what a group does when it is looked at.

mod activity;
mod agenda;
mod alarm;
mod attachment;
mod capacity;
mod cause;
mod change;
mod detaching;
mod effect;
mod group;
mod group_spec;
mod health;
mod health_check;
mod hook;
mod identity;
mod ids;
mod instance;
mod launching;
mod leaving;
mod listener;
mod listener_rule;
mod load_balancer;
mod maintenance;
mod member;
mod members;
mod metric;
mod model;
mod parameter;
mod policy;
mod process;
mod rebalance;
mod refresh;
mod registration;
mod request;
mod spot;
mod standby;
mod supply;
mod target;
mod target_group;
mod template;
mod termination_policy;
mod timings;
mod victims;

#[cfg(test)]
pub(crate) mod tests;

pub use activity::{Activity, ActivityStatus};
pub use alarm::{
    Alarm, AlarmActions, AlarmEvent, AlarmEventKind, AlarmReason, AlarmSpec, AlarmState,
    Comparison, MetricKey, MissingData, Statistic,
};
pub use attachment::{AttachedAs, AttachmentState};
pub use change::{Change, ChangeKind};
pub use effect::{Effect, Launch};
pub use group::Group;
pub use group_spec::{GroupSpec, GroupTag, HealthChecks, MaintenancePolicy, Place};
pub use health_check::{HealthCheck, Matcher};
use hook::HookEnd;
pub use hook::{HookAction, HookResult, HookSpec, HookTransition};
pub use identity::{Identity, InstanceFacts};
pub use ids::{InstanceId, LaunchTemplateId};
pub use instance::{Instance, InstanceState};
pub use listener::Listener;
pub use listener_rule::ListenerRule;
pub use load_balancer::{CreateLoadBalancer, LoadBalancer, LoadBalancerSpec};
pub use member::{Health, Lifecycle, Member, Unfit};
pub use members::Members;
pub use metric::{Cpu, Datum, Measurement, Point, ResponseTimes, Traffic};
pub use model::World;
pub use parameter::{
    Labelled, Parameter, ParameterVersion, PutParameter, Unlabelled, selector as parameter_selector,
};
pub use policy::{
    Adjustment, AdjustmentType, Aggregation, ExecutePolicy, Policy, PolicyKind, PolicySpec, Step,
    TrackedMetric,
};
pub use process::Process;
pub use refresh::{
    Preferences, Refresh, RefreshStatus, RollbackDetails, ScaleInProtected, StandbyInstances,
    StartRefresh,
};
pub use request::{CapacityBounds, HookReference, PutHook, UpdateGroup};
pub use spot::SpotNotice;
pub use supply::Supply;
pub use target::{Probe, Target, TargetReason, TargetState};
pub use target_group::{TargetGroup, TargetGroupSpec};
pub use template::{
    BlockDevice, CreateTemplate, CreateVersion, CreditSpecification, EbsBlockDevice,
    InstanceProfile, Kept, LaunchTemplate, LaunchTemplateData, LaunchTemplateVersion,
    MetadataOptions, Monitoring, ResolvedVersion, Tag, TagSpecification, TemplateKey, TemplateRef,
    VersionRange, VersionSpec,
};
pub use termination_policy::TerminationPolicy;
pub use timings::Timings;
