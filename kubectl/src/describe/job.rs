//! Jobs and CronJobs.

use podyard_engine::api::age::human_duration;
use podyard_engine::sim::Time;
use podyard_engine::value::Value;

use super::metadata::{
    capital_bool, timestamp, write_controller, write_labels_and_annotations, write_names,
};
use super::template;
use super::workload::selector;
use super::writer::{Writer, or_none};

/// Writes a Job.
pub(super) fn job(writer: &mut Writer, job: &Value) {
    let spec = &job["spec"];
    write_names(writer, job);
    writer.field(0, "Selector", selector(job));
    write_labels_and_annotations(writer, job);
    write_controller(writer, job);
    if let Some(parallelism) = spec["parallelism"].as_int() {
        writer.field(0, "Parallelism", parallelism);
    }
    writer.field(0, "Completions", number_or_unset(&spec["completions"]));
    writer.field_if(0, "Completion Mode", spec["completionMode"].text());
    if let Some(suspend) = spec["suspend"].as_bool() {
        writer.field(0, "Suspend", suspend);
    }
    for (label, field) in [
        ("Backoff Limit", "backoffLimit"),
        ("TTL Seconds After Finished", "ttlSecondsAfterFinished"),
    ] {
        if let Some(value) = spec[field].as_int() {
            writer.field(0, label, value);
        }
    }
    write_job_status(writer, job);
    template::write(writer, &spec["template"]);
}

fn write_job_status(writer: &mut Writer, job: &Value) {
    let (spec, status) = (&job["spec"], &job["status"]);
    let (start, end) = (&status["startTime"], &status["completionTime"]);
    for (label, time) in [("Start Time", start), ("Completed At", end)] {
        if !time.is_null() {
            writer.field(0, label, timestamp(time));
        }
    }
    if let (Some(start), Some(end)) = (Time::parse(start.text()), Time::parse(end.text())) {
        writer.field(0, "Duration", human_duration(end.since(start)));
    }
    if let Some(deadline) = spec["activeDeadlineSeconds"].as_int() {
        writer.field(0, "Active Deadline Seconds", format_args!("{deadline}s"));
    }
    let [active, succeeded, failed] =
        ["active", "succeeded", "failed"].map(|field| status[field].int());
    let ready = match status["ready"].as_int() {
        Some(ready) => format!(" ({ready} Ready)"),
        None => String::new(),
    };
    let counts = format!("{active} Active{ready} / {succeeded} Succeeded / {failed} Failed");
    writer.field(0, "Pods Statuses", counts);
    if spec["completionMode"].text() == "Indexed" {
        let indexes = status["completedIndexes"].text();
        writer.field(0, "Completed Indexes", or_none(&capped(indexes)));
    }
}

/// Indexes up to the comma after the fiftieth character.
fn capped(indexes: &str) -> String {
    const SOFT_LIMIT: usize = 50;
    let comma = indexes.get(SOFT_LIMIT..).and_then(|rest| rest.find(','));
    match comma.and_then(|comma| indexes.get(..=SOFT_LIMIT + comma)) {
        Some(start) => format!("{start}..."),
        None => indexes.to_owned(),
    }
}

/// Writes a CronJob.
pub(super) fn cron_job(writer: &mut Writer, job: &Value) {
    let (spec, status) = (&job["spec"], &job["status"]);
    write_names(writer, job);
    write_labels_and_annotations(writer, job);
    writer.field(0, "Schedule", spec["schedule"].text());
    writer.field(0, "Concurrency Policy", spec["concurrencyPolicy"].text());
    let suspend =
        if spec["suspend"].is_null() { "<unset>" } else { capital_bool(&spec["suspend"]) };
    writer.field(0, "Suspend", suspend);
    for (label, field) in [
        ("Successful Job History Limit", "successfulJobsHistoryLimit"),
        ("Failed Job History Limit", "failedJobsHistoryLimit"),
    ] {
        writer.field(0, label, number_or_unset(&spec[field]));
    }
    let deadline = match spec["startingDeadlineSeconds"].as_int() {
        Some(seconds) => format!("{seconds}s"),
        None => "<unset>".to_owned(),
    };
    writer.field(0, "Starting Deadline Seconds", deadline);
    write_job_template(writer, &spec["jobTemplate"]);
    let last = match &status["lastScheduleTime"] {
        Value::Null => "<unset>".to_owned(),
        time => timestamp(time),
    };
    writer.field(0, "Last Schedule Time", last);
    let active: Vec<&str> = status["active"].items().iter().map(|job| job["name"].text()).collect();
    writer.field(0, "Active Jobs", or_none(&active.join(", ")));
}

fn write_job_template(writer: &mut Writer, template: &Value) {
    let spec = &template["spec"];
    if spec["selector"].is_null() {
        writer.field(0, "Selector", "<unset>");
    } else {
        writer.field(0, "Selector", selector(template));
    }
    writer.field(0, "Parallelism", number_or_unset(&spec["parallelism"]));
    writer.field(0, "Completions", number_or_unset(&spec["completions"]));
    if let Some(deadline) = spec["activeDeadlineSeconds"].as_int() {
        writer.field(0, "Active Deadline Seconds", format_args!("{deadline}s"));
    }
    template::write(writer, &spec["template"]);
}

fn number_or_unset(value: &Value) -> String {
    value.as_int().map_or_else(|| "<unset>".to_owned(), |value| value.to_string())
}
