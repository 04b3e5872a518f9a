//! `/metrics`: the server's counters in the OpenMetrics text format. The numbers belong to the
//! library; here they get names.

use std::fmt;

use http::StatusCode;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info as InfoMetric;
use prometheus_client::registry::Registry;
use server::{Class, Counts, Handle, Phase, StatusClass};

use super::api::Info;
use super::reply::{Reply, content, uncached};

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(crate) fn reply(handle: &Handle, info: &Info) -> Reply {
    let identity = info.identity();
    let mut registry = Registry::with_prefix("baton");
    registry.register(
        "server",
        "The release that answers",
        InfoMetric::new(vec![
            ("version", identity.release.clone()),
            ("instance", identity.instance.clone()),
            ("zone", identity.zone.clone()),
        ]),
    );
    registry.register_collector(Box::new(Reading {
        counts: handle.counts(),
        phase: handle.phase(),
    }));
    let mut body = String::new();
    match text::encode(&mut body, &registry) {
        Ok(()) => uncached(content(StatusCode::OK, CONTENT_TYPE, body)),
        Err(error) => {
            tracing::error!(%error, "failed to encode the metrics");
            super::reply::text(StatusCode::INTERNAL_SERVER_ERROR, "encoding failed\n")
        }
    }
}

/// One reading of everything that is counted.
#[derive(Debug)]
struct Reading {
    counts: Counts,
    phase: Phase,
}

impl Collector for Reading {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Counts {
            open,
            in_flight,
            accepted,
            responses,
            ended,
            idle_closed,
            handed_over,
            taken_over,
            refused,
            cut,
        } = self.counts;
        let by_status = StatusClass::ALL.into_iter().zip(responses);
        let by_class = Class::ALL
            .into_iter()
            .map(|class| (class.name(), cut.of(class)));
        let by_phase = Phase::ALL
            .into_iter()
            .map(|phase| (phase.name(), u64::from(phase == self.phase)));
        let endings = [
            ("peer", ended),
            ("idle", idle_closed),
            ("handoff", handed_over),
            ("cut", cut.total()),
        ];

        let e = &mut encoder;
        counters(
            e,
            "requests",
            "Requests answered, by status class",
            "status",
            by_status.map(|(class, count)| (class.name(), count)),
        )?;
        gauge(
            e,
            "requests_in_flight",
            "Requests being handled or answered",
            in_flight as u64,
        )?;
        gauge(e, "connections", "Open connections", open as u64)?;
        counter(e, "connections_accepted", "Connections accepted", accepted)?;
        counter(
            e,
            "connections_taken_over",
            "Idle connections taken over from a predecessor",
            taken_over,
        )?;
        counter(
            e,
            "connections_refused",
            "Connections beyond the cap: answered 503 or reset",
            refused,
        )?;
        counters(
            e,
            "connections_ended",
            "Connections ended: by their peer or as agreed, closed idle by the server, handed to a successor, or cut",
            "by",
            endings,
        )?;
        counters(
            e,
            "connections_cut",
            "Requests, and connections without one, cut by a deadline, by force or by a failing response",
            "class",
            by_class,
        )?;
        gauges(
            e,
            "phase",
            "1 for the phase that the server is in",
            "phase",
            by_phase,
        )
    }
}

type Encoder<'e, 'r> = &'e mut DescriptorEncoder<'r>;

fn counter(e: Encoder<'_, '_>, name: &str, help: &str, value: u64) -> fmt::Result {
    let metric = ConstCounter::new(value);
    metric.encode(e.encode_descriptor(name, help, None, metric.metric_type())?)
}

fn gauge(e: Encoder<'_, '_>, name: &str, help: &str, value: u64) -> fmt::Result {
    let metric = ConstGauge::new(value);
    metric.encode(e.encode_descriptor(name, help, None, metric.metric_type())?)
}

fn counters<'l>(
    e: Encoder<'_, '_>,
    name: &str,
    help: &str,
    label: &str,
    values: impl IntoIterator<Item = (&'l str, u64)>,
) -> fmt::Result {
    let mut family = e.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (value, count) in values {
        ConstCounter::new(count).encode(family.encode_family(&[(label, value)])?)?;
    }
    Ok(())
}

fn gauges<'l>(
    e: Encoder<'_, '_>,
    name: &str,
    help: &str,
    label: &str,
    values: impl IntoIterator<Item = (&'l str, u64)>,
) -> fmt::Result {
    let mut family = e.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (value, number) in values {
        ConstGauge::new(number).encode(family.encode_family(&[(label, value)])?)?;
    }
    Ok(())
}
