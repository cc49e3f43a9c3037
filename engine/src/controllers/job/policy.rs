//! What a Job's policies say of Pods that failed and indexes that succeeded.
//!
//! Source: upstream `pkg/controller/job/{pod_failure_policy,success_policy}.go`.

use std::collections::BTreeSet;

use super::indexes;
use crate::value::Value;

/// What becomes of a failed Pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It counts against the limit.
    Count,
    /// It does not count.
    Ignore,
    /// Its index has failed for good.
    FailIndex,
    /// The whole Job has failed, for this reason.
    FailJob(String),
}

/// What the Job's failure policy says of a Pod that failed.
pub(super) fn judge(job: &Value, pod: &Value) -> Verdict {
    if pod["status"]["phase"].text() != "Failed" {
        return Verdict::Count;
    }
    let rules = job["spec"]["podFailurePolicy"]["rules"].items();
    let verdict = rules.iter().enumerate().find_map(|(index, rule)| {
        let symptom = exit_code(&rule["onExitCodes"], pod)
            .or_else(|| held_condition(&rule["onPodConditions"], pod))?;
        Some(match rule["action"].text() {
            "Ignore" => Verdict::Ignore,
            "FailIndex" => Verdict::FailIndex,
            "FailJob" => {
                Verdict::FailJob(format!("{symptom} matching FailJob rule at index {index}"))
            }
            _ => Verdict::Count,
        })
    });
    verdict.unwrap_or(Verdict::Count)
}

/// Tells of the container whose exit code is asked for.
fn exit_code(wanted: &Value, pod: &Value) -> Option<String> {
    let operator = wanted["operator"].as_str()?;
    let status = &pod["status"];
    let containers =
        status["containerStatuses"].items().iter().chain(status["initContainerStatuses"].items());
    containers
        .filter(|own| wanted["containerName"].is_null() || wanted["containerName"] == own["name"])
        .find_map(|own| {
            let code = own["state"]["terminated"]["exitCode"].as_int().filter(|code| *code != 0)?;
            let listed = wanted["values"].items().iter().any(|own| own.as_int() == Some(code));
            let (container, pod) = (own["name"].text(), name_of(pod));
            (listed == (operator == "In")).then(|| {
                format!("Container {container} for pod {pod} failed with exit code {code}")
            })
        })
}

/// Tells of the condition that is asked for.
fn held_condition(patterns: &Value, pod: &Value) -> Option<String> {
    patterns.items().iter().find_map(|pattern| {
        let conditions = pod["status"]["conditions"].items();
        let held = conditions
            .iter()
            .find(|own| own["type"] == pattern["type"] && own["status"] == pattern["status"])?;
        Some(format!("Pod {} has condition {}", name_of(pod), held["type"].text()))
    })
}

fn name_of(pod: &Value) -> String {
    let metadata = &pod["metadata"];
    format!("{}/{}", metadata["namespace"].text(), metadata["name"].text())
}

/// Says which rule of the success policy is met, if one is.
pub(super) fn success(job: &Value, succeeded: &BTreeSet<i64>) -> Option<String> {
    let completions = job["spec"]["completions"].int();
    let rules = job["spec"]["successPolicy"]["rules"].items();
    let met = rules.iter().position(|rule| {
        let count = rule["succeededCount"].as_int();
        let (wanted, done) = match rule["succeededIndexes"].as_str() {
            Some(text) => {
                let wanted = indexes::parse(text, completions);
                (wanted.len(), wanted.intersection(succeeded).count())
            }
            None => (usize::MAX, succeeded.len()),
        };
        done >= count.and_then(|count| usize::try_from(count).ok()).unwrap_or(wanted)
    })?;
    Some(format!("Matched rules at index {met}"))
}
