//! How often a service may be called: AWS's token buckets. Pure: time is an argument.
//!
//! EC2 has a bucket per action <https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html>, the Parameter Store
//! limits per second <https://docs.aws.amazon.com/general/latest/gr/ssm.html>, CloudWatch likewise
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html>. Auto Scaling has one bucket for all
//! of its calls, of unpublished size; Elastic Load Balancing publishes nothing: their sizes here are own choices. STS and S3
//! are not limited: nobody comes near their limits from one machine.

use jiff::Timestamp;
use std::collections::BTreeMap;

/// A bucket's size and how fast it fills up again.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rate {
    burst: f64,
    per_second: f64,
}

const fn rate(burst: f64, per_second: f64) -> Rate {
    Rate { burst, per_second }
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Timestamp,
}

/// The buckets of one account in one Region.
#[derive(Debug, Default)]
pub(super) struct Buckets(BTreeMap<String, Bucket>);

impl Buckets {
    /// Whether a call may pass. `narrow` says that it filters or pages what it reads.
    pub(super) fn admit(&mut self, now: Timestamp, service: &str, op: &str, narrow: bool) -> bool {
        let Some((name, rate)) = limit(service, op, narrow) else {
            return true;
        };
        let bucket = self.0.entry(name).or_insert(Bucket {
            tokens: rate.burst,
            at: now,
        });
        let passed = now.duration_since(bucket.at).as_secs_f64().max(0.0);
        bucket.tokens = (bucket.tokens + passed * rate.per_second).min(rate.burst);
        bucket.at = bucket.at.max(now);
        let admitted = bucket.tokens >= 1.0;
        if admitted {
            bucket.tokens -= 1.0;
        }
        admitted
    }
}

/// The bucket that a call takes its token from.
fn limit(service: &str, op: &str, narrow: bool) -> Option<(String, Rate)> {
    let (name, rate) = match service {
        "ec2" => (op, ec2(op, narrow)),
        "ssm" => parameters(op),
        "monitoring" => (op, metrics(op)),
        "autoscaling" => ("all", rate(100.0, 10.0)),
        "elasticloadbalancing" => ("all", rate(100.0, 20.0)),
        _ => return None,
    };
    Some((format!("{service}:{name}"), rate))
}

fn ec2(op: &str, narrow: bool) -> Rate {
    match op {
        "DescribeInstances" | "DescribeInstanceStatus" if !narrow => rate(50.0, 10.0),
        "CreateLaunchTemplateVersion" | "ModifyLaunchTemplate" | "TerminateInstances" => {
            rate(100.0, 5.0)
        }
        "RunInstances" => rate(5.0, 2.0),
        "CreateTags" => rate(100.0, 10.0),
        op if super::edge::mutates(op) => rate(50.0, 5.0),
        _ => rate(100.0, 20.0),
    }
}

fn parameters(op: &str) -> (&'static str, Rate) {
    match op {
        "GetParameter" | "GetParameters" | "GetParametersByPath" => ("read", rate(40.0, 40.0)),
        "DeleteParameter" | "DeleteParameters" => ("delete", rate(3.0, 3.0)),
        _ => ("write", rate(3.0, 3.0)),
    }
}

fn metrics(op: &str) -> Rate {
    match op {
        "PutMetricData" => rate(500.0, 500.0),
        "GetMetricStatistics" => rate(400.0, 400.0),
        "GetMetricData" => rate(50.0, 50.0),
        "ListMetrics" => rate(25.0, 25.0),
        "DescribeAlarms" => rate(9.0, 9.0),
        _ => rate(3.0, 3.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_000_000 + milliseconds).unwrap()
    }

    fn admitted(buckets: &mut Buckets, now: i64, call: (&str, &str), tries: usize) -> usize {
        let admit = |_: &usize| buckets.admit(at(now), call.0, call.1, false);
        (0..tries).filter(admit).count()
    }

    #[test]
    fn a_burst_is_followed_by_the_refill() {
        let mut buckets = Buckets::default();
        let call = ("ec2", "DescribeInstances");
        assert_eq!(admitted(&mut buckets, 0, call, 200), 50);
        assert_eq!(admitted(&mut buckets, 1000, call, 200), 10);
        assert_eq!(admitted(&mut buckets, 1100, call, 200), 1);
        assert_eq!(admitted(&mut buckets, 60_000, call, 200), 50);
        assert_eq!(
            admitted(&mut buckets, 59_000, call, 1),
            0,
            "time never runs back"
        );
    }

    #[test]
    fn ec2_counts_by_action_and_auto_scaling_all_together() {
        let mut buckets = Buckets::default();
        assert_eq!(
            admitted(&mut buckets, 0, ("ec2", "ModifyLaunchTemplate"), 200),
            100
        );
        assert_eq!(admitted(&mut buckets, 0, ("ec2", "CreateTags"), 200), 100);
        assert_eq!(
            admitted(&mut buckets, 0, ("ec2", "DescribeLaunchTemplates"), 200),
            100
        );
        let autoscaling = |op| ("autoscaling", op);
        let describe = autoscaling("DescribeAutoScalingGroups");
        assert_eq!(admitted(&mut buckets, 0, describe, 60), 60);
        assert_eq!(
            admitted(&mut buckets, 0, autoscaling("StartInstanceRefresh"), 60),
            40
        );
    }

    #[test]
    fn parameters_are_written_three_times_a_second() {
        let mut buckets = Buckets::default();
        assert_eq!(admitted(&mut buckets, 0, ("ssm", "PutParameter"), 2), 2);
        assert_eq!(
            admitted(&mut buckets, 0, ("ssm", "GetParameterHistory"), 9),
            1
        );
        assert_eq!(admitted(&mut buckets, 0, ("ssm", "GetParameter"), 99), 40);
        assert_eq!(
            admitted(&mut buckets, 0, ("sts", "GetCallerIdentity"), 999),
            999
        );
    }

    #[test]
    fn reads_that_filter_have_the_larger_bucket() {
        let mut buckets = Buckets::default();
        let narrow = (0..200).filter(|_| buckets.admit(at(0), "ec2", "DescribeInstances", true));
        assert_eq!(narrow.count(), 100);
    }
}
