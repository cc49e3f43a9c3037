//! Job: Pods that run to completion.
//!
//! Source: `pkg/apis/batch/v1/defaults.go` and `pkg/registry/batch/job`.

mod indexes;
mod policies;
mod spec;
mod status;
mod update;

pub use self::indexes::{IndexError, parse_indexes};
pub(super) use self::spec::validate_job_spec;
use super::defaulting::{each, text};
use super::object::Object;
use super::pod::default_template;
use super::selector::label_selector_cell;
use super::{Column, Kind, age, table, workload};
use crate::sim::Time;
use crate::value::Value;

/// The label with the UID of a Job, on its Pods.
pub const CONTROLLER_UID: &str = "batch.kubernetes.io/controller-uid";
/// The label with the name of a Job, on its Pods.
pub const JOB_NAME: &str = "batch.kubernetes.io/job-name";
const LEGACY_CONTROLLER_UID: &str = "controller-uid";
const LEGACY_JOB_NAME: &str = "job-name";

/// The row of Job.
pub static KIND: Kind = Kind {
    group: "batch",
    kind: "Job",
    plural: "jobs",
    singular: "job",
    categories: &["all"],
    subresources: &["status"],
    schema: "io.k8s.api.batch.v1.Job",
    has_generation: true,
    default,
    prepare,
    validate: spec::validate,
    validate_update: update::validate_update,
    validate_status: status::validate_status,
    warnings,
    columns: &[
        table::NAME,
        Column::text("Status", "Status of the job."),
        Column::text(
            "Completions",
            "The number of pods which reached phase Succeeded. The value increases monotonically \
             for a given spec. However, it may decrease in reaction to scale down of elastic \
             indexed jobs.",
        ),
        Column::text("Duration", "Time required to complete the job."),
        table::AGE,
        table::CONTAINERS,
        table::IMAGES,
        workload::selector_column(
            "A label query over pods that should match the pod count. Normally, the system sets \
             this field for you. More info: \
             https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
        ),
    ],
    cells,
    selectable: &[("status.successful", |_| "")],
    ..Kind::BASE
};

fn default(job: &mut Value) {
    let spec = &mut job["spec"];
    if spec["parallelism"].is_null() && spec["completions"].is_null() {
        spec.set("completions", 1);
    }
    spec.set_default("parallelism", 1);
    let retries = if spec["backoffLimitPerIndex"].is_null() { 6 } else { i32::MAX };
    spec.set_default("backoffLimit", retries);
    spec.set_default("completionMode", "NonIndexed");
    spec.set_default("suspend", false);
    spec.set_default("manualSelector", false);
    let has_policy = !spec["podFailurePolicy"].is_null();
    if has_policy {
        each(&mut spec["podFailurePolicy"], "rules", |rule| {
            each(rule, "onPodConditions", |pattern| text(pattern, "status", "True"));
        });
    }
    let replacement = if has_policy { "Failed" } else { "TerminatingOrFailed" };
    spec.set_default("podReplacementPolicy", replacement);
    default_template(&mut spec["template"]);
}

/// A Job without labels takes those of its template, the ones given to select
/// its Pods among them.
fn default_labels(job: &mut Value) {
    let labels = job.at(&["spec", "template", "metadata", "labels"]).clone();
    if !labels.is_empty() && job.at(&["metadata", "labels"]).is_empty() {
        job["metadata"].set("labels", labels);
    }
}

fn prepare(job: &mut Value, old: Option<&Value>) {
    let old_template = old.map(|old| old.at(&["spec", "template"]));
    super::pod::prepare_template(job.at_mut(&["spec", "template"]), old_template);
    if old.is_none() {
        job.set("status", Value::map());
        if !job.at(&["spec", "manualSelector"]).is_true() {
            generate_selector(job);
        }
    }
    default_labels(job);
}

/// Marks the Pods to come with the Job's UID and name, and selects by the UID.
fn generate_selector(job: &mut Value) {
    let object = Object(job);
    let (uid, name) = (object.uid().to_owned(), object.name().to_owned());
    let labels = job.at_mut(&["spec", "template", "metadata", "labels"]);
    for (key, value) in [
        (LEGACY_JOB_NAME, &name),
        (JOB_NAME, &name),
        (LEGACY_CONTROLLER_UID, &uid),
        (CONTROLLER_UID, &uid),
    ] {
        labels.set_default(key, value);
    }
    job.at_mut(&["spec", "selector", "matchLabels"]).set_default(CONTROLLER_UID, &uid);
}

fn warnings(job: &Value, old: Option<&Value>) -> Vec<String> {
    let spec = &job["spec"];
    let mut warnings = Vec::new();
    let is_indexed = spec["completionMode"].text() == "Indexed";
    let (completions, parallelism) = (spec["completions"].int(), spec["parallelism"].int());
    if is_indexed && completions > 100_000 && parallelism > 10_000 {
        warnings.push(
            "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism \
             higher than 10^4, Kubernetes might not be able to track completedIndexes when a big \
             number of indexes fail"
                .to_owned(),
        );
    }
    warnings.extend(workload::warnings(job, old));
    warnings
}

fn cells(job: &Value, now: Time) -> Vec<Value> {
    let (spec, status) = (&job["spec"], &job["status"]);
    let succeeded = status["succeeded"].int();
    let completions = match (spec["completions"].as_int(), spec["parallelism"].int()) {
        (Some(completions), _) => format!("{succeeded}/{completions}"),
        (None, parallelism) if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        (None, _) => format!("{succeeded}/1"),
    };
    let pod = spec.at(&["template", "spec"]);
    vec![
        table::name(job),
        status_word(job).into(),
        completions.into(),
        duration(status, now).into(),
        age::object_age(job, now),
        table::containers(pod),
        table::images(pod),
        label_selector_cell(&spec["selector"]).into(),
    ]
}

fn status_word(job: &Value) -> &'static str {
    let object = Object(job);
    if object.has_condition("Complete") {
        "Complete"
    } else if object.has_condition("Failed") {
        "Failed"
    } else if object.is_deleting() {
        "Terminating"
    } else if object.has_condition("Suspended") {
        "Suspended"
    } else if object.has_condition("FailureTarget") {
        "FailureTarget"
    } else {
        "Running"
    }
}

fn duration(status: &Value, now: Time) -> String {
    let Some(start) = Time::parse(status["startTime"].text()) else { return String::new() };
    let end = Time::parse(status["completionTime"].text()).unwrap_or(now);
    age::human_duration(end.since(start))
}
