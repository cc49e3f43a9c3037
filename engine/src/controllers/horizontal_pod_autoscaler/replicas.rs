//! How many replicas one metric calls for.
//!
//! Source: upstream `pkg/controller/podautoscaler/replica_calculator.go` and
//! `metrics/utilization.go`. Ratios are kept as fractions: nothing is rounded
//! before the end.

use std::collections::BTreeMap;

use crate::api::metrics::{GROUP, milli_usage};
use crate::api::pod::PodView;
use crate::controllers::{Context, conditions, is_deleted};
use crate::quantity::Quantity;
use crate::sim::{Delay, Time};
use crate::store::Key;
use crate::value;
use crate::value::Value;

/// Pods younger than this may use much processor time to start.
const CPU_INITIALIZATION: Delay = Delay::secs(300);
/// Pods that became unready this soon have never been ready.
const INITIAL_READINESS: Delay = Delay::secs(30);
/// How much usage is averaged over.
const WINDOW: Delay = Delay::secs(15);
/// A ratio nearer to one than a tenth changes nothing.
const TOLERANCE_DIVISOR: i64 = 10;

/// One metric, asked of a workload's Pods.
pub(super) struct Question<'a> {
    pub(super) metric: &'a Value,
    pub(super) pods: Vec<&'a Value>,
    pub(super) current: i64,
    pub(super) cx: &'a Context<'a>,
}

/// What a metric calls for.
pub(super) struct Proposal {
    pub(super) replicas: i64,
    /// The metric as messages name it.
    pub(super) metric: String,
    /// The metric as the status shows it.
    pub(super) status: Value,
}

/// Why a metric says nothing.
pub(super) struct Unknown {
    /// The reason of the condition and of the event.
    pub(super) reason: &'static str,
    /// The error.
    pub(super) error: String,
    /// The error, and what was wanted.
    pub(super) described: String,
}

/// The Pods, sorted by what can be said of them.
#[derive(Default)]
struct Groups<'a> {
    /// Ready, with the usage in thousandths.
    measured: BTreeMap<&'a str, i64>,
    unready: Vec<&'a str>,
    missing: Vec<&'a str>,
}

/// Usage against what is aimed at: a fraction.
#[derive(Clone, Copy)]
struct Ratio {
    usage: i64,
    target: i64,
}

impl Ratio {
    fn is_within_tolerance(self) -> bool {
        (self.usage - self.target).abs().saturating_mul(TOLERANCE_DIVISOR) <= self.target
    }

    /// The ratio times `count`, rounded up.
    fn of(self, count: usize) -> i64 {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let target = self.target.max(1);
        let product = self.usage.saturating_mul(count);
        product.div_euclid(target) + i64::from(product.rem_euclid(target) != 0)
    }

    fn is_above(self) -> bool {
        self.usage > self.target
    }

    fn is_below(self) -> bool {
        self.usage < self.target
    }
}

impl Question<'_> {
    /// What the metric calls for.
    pub(super) fn answer(&self) -> Result<Proposal, Unknown> {
        match self.metric["type"].text() {
            "Resource" => self.resource("resource", "FailedGetResourceMetric"),
            "ContainerResource" => {
                self.resource("containerResource", "FailedGetContainerResourceMetric")
            }
            kind => Err(self.custom(kind)),
        }
    }

    /// Metrics that no server offers here.
    fn custom(&self, kind: &str) -> Unknown {
        let none = "no custom metrics API (custom.metrics.k8s.io) registered";
        let source = match kind {
            "Pods" => "pods",
            "Object" => "object",
            _ => "external",
        };
        let name = self.metric[source]["metric"]["name"].text();
        let (reason, error, what) = match kind {
            "Pods" => (
                "FailedGetPodsMetric",
                format!(
                    "unable to get metric {name}: unable to fetch metrics from custom metrics \
                     API: {none}"
                ),
                "pods metric value",
            ),
            "Object" => {
                let object = &self.metric["object"]["describedObject"];
                let (kind, own) = (object["kind"].text(), object["name"].text());
                (
                    "FailedGetObjectMetric",
                    format!(
                        "unable to get metric {name}: {kind} on {own}/unable to fetch metrics \
                         from custom metrics API: {none}"
                    ),
                    "object metric value",
                )
            }
            _ => (
                "FailedGetExternalMetric",
                format!(
                    "unable to get external metric {name}: unable to fetch metrics from external \
                     metrics API: no external metrics API (external.metrics.k8s.io) registered"
                ),
                "external metric value",
            ),
        };
        Unknown { reason, described: format!("failed to get {what}: {error}"), error }
    }

    fn resource(&self, source: &str, reason: &'static str) -> Result<Proposal, Unknown> {
        let metric = &self.metric[source];
        let name = metric["name"].text();
        let container = metric["container"].as_str();
        let target = &metric["target"];
        let by_share = target["averageUtilization"].as_int();
        let result = match by_share {
            Some(percent) => self.by_utilization(name, container, percent),
            None => self.by_value(name, container, target["averageValue"].text()),
        };
        let what = if by_share.is_some() { "utilization" } else { "usage" };
        let (replicas, current) = result.map_err(|error| {
            let error = format!("failed to get {name} {what}: {error}");
            let kind = if container.is_some() { "container" } else { "resource" };
            let described = format!("failed to get {name} {kind} metric value: {error}");
            Unknown { reason, error, described }
        })?;
        let mut own = value!({ "name": name, "current": current });
        own.set_nonzero("container", container.unwrap_or_default());
        let mut status = value!({ "type": (self.metric["type"].text()) });
        status.set(source, own);
        let place = if container.is_some() { "container resource" } else { "resource" };
        let metric = match by_share {
            Some(_) => format!("{name} {place} utilization (percentage of request)"),
            None => format!("{name} {place}"),
        };
        Ok(Proposal { replicas, metric, status })
    }

    fn by_utilization(
        &self,
        resource: &str,
        container: Option<&str>,
        percent: i64,
    ) -> Result<(i64, Value), String> {
        let groups = self.groups(resource, container)?;
        let mut requests = BTreeMap::new();
        for pod in &self.pods {
            requests.insert(PodView(pod).name(), request(pod, resource, container)?);
        }
        let share = |usage: &BTreeMap<&str, i64>| -> Ratio {
            let total: i64 = usage.values().sum();
            let asked: i64 = usage.keys().filter_map(|name| requests.get(name)).sum();
            Ratio { usage: total.saturating_mul(100) / asked.max(1), target: percent }
        };
        let ratio = share(&groups.measured);
        let total: i64 = groups.measured.values().sum();
        let count = i64::try_from(groups.measured.len()).unwrap_or(1).max(1);
        let current = value!({
            "averageUtilization": (ratio.usage),
            "averageValue": (amount(total / count, resource)),
        });
        let full = |name: &str| requests.get(name).map_or(0, |own| own * percent.max(100) / 100);
        Ok((self.settle(groups, ratio, share, full), current))
    }

    fn by_value(
        &self,
        resource: &str,
        container: Option<&str>,
        target: &str,
    ) -> Result<(i64, Value), String> {
        let groups = self.groups(resource, container)?;
        let target = Quantity::parse_or_zero(target).milli_value().max(1);
        let share = |usage: &BTreeMap<&str, i64>| -> Ratio {
            let count = i64::try_from(usage.len()).unwrap_or(1).max(1);
            Ratio { usage: usage.values().sum::<i64>() / count, target }
        };
        let ratio = share(&groups.measured);
        let current = value!({ "averageValue": (amount(ratio.usage, resource)) });
        Ok((self.settle(groups, ratio, share, |_| target), current))
    }

    /// The replicas for a ratio. Pods of which nothing is known count against
    /// a change: as idle before growing, as busy before shrinking.
    fn settle(
        &self,
        groups: Groups<'_>,
        ratio: Ratio,
        share: impl Fn(&BTreeMap<&str, i64>) -> Ratio,
        busy: impl Fn(&str) -> i64,
    ) -> i64 {
        let ready = groups.measured.len();
        let grows_with_unready = !groups.unready.is_empty() && ratio.is_above();
        if !grows_with_unready && groups.missing.is_empty() {
            return if ratio.is_within_tolerance() { self.current } else { ratio.of(ready) };
        }
        let mut usage = groups.measured;
        if ratio.is_below() {
            usage.extend(groups.missing.iter().map(|name| (*name, busy(name))));
        } else if ratio.is_above() {
            usage.extend(groups.missing.iter().map(|name| (*name, 0)));
        }
        if grows_with_unready {
            usage.extend(groups.unready.iter().map(|name| (*name, 0)));
        }
        let corrected = share(&usage);
        let turned = (ratio.is_below() && corrected.is_above())
            || (ratio.is_above() && corrected.is_below());
        if corrected.is_within_tolerance() || turned {
            return self.current;
        }
        let replicas = corrected.of(usage.len());
        let contradicts = (corrected.is_below() && replicas > self.current)
            || (corrected.is_above() && replicas < self.current);
        if contradicts { self.current } else { replicas }
    }

    fn groups(&self, resource: &str, container: Option<&str>) -> Result<Groups<'_>, String> {
        let unable = |why: &str| format!("unable to get metrics for resource {resource}: {why}");
        let Some(kind) = self.cx.registry.by_kind(GROUP, "PodMetrics") else {
            return Err(unable(
                "unable to fetch metrics from resource metrics API: the server could not find the \
                 requested resource (get pods.metrics.k8s.io)",
            ));
        };
        let metrics_of = |pod: &Value| {
            let view = PodView(pod);
            self.cx.aggregated.get(&Key::new(kind, view.namespace(), view.name()))
        };
        if self.pods.is_empty() {
            return Err("no pods returned by selector while calculating replica count".to_owned());
        }
        if self.pods.iter().all(|pod| metrics_of(pod).is_none()) {
            return Err(unable("no metrics returned from resource metrics API"));
        }
        let mut groups = Groups::default();
        for pod in &self.pods {
            let view = PodView(pod);
            if is_deleted(pod) || view.phase() == "Failed" {
                continue;
            }
            let metrics = metrics_of(pod);
            match metrics {
                _ if view.phase() == "Pending" => groups.unready.push(view.name()),
                None => groups.missing.push(view.name()),
                Some(metrics) if resource == "cpu" && self.is_unready(pod, metrics) => {
                    groups.unready.push(view.name());
                }
                Some(metrics) => {
                    groups.measured.insert(view.name(), usage(metrics, resource, container));
                }
            }
        }
        if groups.measured.is_empty() {
            let why = "did not receive metrics for targeted pods (pods might be unready)";
            return Err(why.to_owned());
        }
        Ok(groups)
    }

    /// Whether the processor time of a Pod says nothing yet.
    fn is_unready(&self, pod: &Value, metrics: &Value) -> bool {
        let (status, now) = (&pod["status"], self.cx.now);
        let Some(ready) = conditions::find(status, "Ready") else { return true };
        let Some(start) = Time::parse(status["startTime"].text()) else { return true };
        let since = Time::parse(ready["lastTransitionTime"].text()).unwrap_or(start);
        let is_ready = ready["status"].text() == "True";
        if start + CPU_INITIALIZATION > now {
            let measured = Time::parse(metrics["timestamp"].text()).unwrap_or(now);
            return !is_ready || measured < since + WINDOW;
        }
        !is_ready && start + INITIAL_READINESS > since
    }
}

fn usage(metrics: &Value, resource: &str, container: Option<&str>) -> i64 {
    let Some(container) = container else { return milli_usage(metrics, resource) };
    let containers = metrics["containers"].items();
    containers
        .iter()
        .find(|own| own["name"].text() == container)
        .map_or(0, |own| milli_usage(own, resource))
}

/// What a Pod's containers ask for, in thousandths; an error if one does not.
fn request(pod: &Value, resource: &str, container: Option<&str>) -> Result<i64, String> {
    let containers = pod["spec"]["containers"].items().iter();
    let wanted = containers.filter(|own| container.is_none_or(|name| own["name"].text() == name));
    let mut total = 0;
    for own in wanted {
        let request = own["resources"]["requests"][resource].as_str().ok_or_else(|| {
            let (name, pod) = (own["name"].text(), PodView(pod).name());
            format!("missing request for {resource} in container {name} of Pod {pod}")
        })?;
        total += Quantity::parse_or_zero(request).milli_value();
    }
    Ok(total)
}

/// Thousandths as a status shows them.
fn amount(millis: i64, resource: &str) -> String {
    match resource {
        "cpu" => format!("{millis}m"),
        _ => (millis / 1_000).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_round_up_and_tolerate_a_tenth() {
        for (usage, target, count, replicas, tolerated) in [
            (250, 50, 1, 5, false),
            (55, 50, 4, 5, true),
            (56, 50, 4, 5, false),
            (45, 50, 4, 4, true),
            (0, 50, 7, 0, false),
            (61, 60, 3, 4, true),
        ] {
            let ratio = Ratio { usage, target };
            assert_eq!((ratio.of(count), ratio.is_within_tolerance()), (replicas, tolerated));
        }
    }
}
