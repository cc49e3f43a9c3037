//! What a Job's status may say.
//!
//! Source: `validateJobStatus` in `pkg/apis/batch/validation`.

use super::super::object::Object;
use super::super::{Errors, Path, Verbatim, gotext, workload};
use super::indexes::{parse_indexes, readable_intervals};
use crate::sim::Time;
use crate::value::Value;

pub(super) fn validate_status(new: &Value, old: &Value, errors: &mut Errors) {
    let path = Path::ROOT.field("status");
    let fields = ["active", "succeeded", "failed", "ready", "terminating"];
    workload::non_negative_fields(&new["status"], &fields, &path, errors);
    validate_uncounted(&new["status"], &path.field("uncountedTerminatedPods"), errors);
    validate_conditions(new, &path, errors);
    if new["status"] != old["status"] {
        validate_finished(new, &path, errors);
        validate_indexes(new, &path, errors);
        validate_change(new, old, &path, errors);
    }
}

fn validate_uncounted(status: &Value, path: &Path<'_>, errors: &mut Errors) {
    let mut seen: Vec<&str> = Vec::new();
    for field in ["succeeded", "failed"] {
        let list = path.field(field);
        for (index, uid) in
            status.at(&["uncountedTerminatedPods", field]).items().iter().enumerate()
        {
            let (uid, path) = (uid.text(), list.index(index));
            if uid.is_empty() {
                errors.invalid(&path, "", "must not be empty");
            } else if seen.contains(&uid) {
                errors.duplicate(&path, uid);
            } else {
                seen.push(uid);
            }
        }
    }
}

fn validate_conditions(job: &Value, path: &Path<'_>, errors: &mut Errors) {
    let has = |kind| Object(job).has_condition(kind);
    let path = path.field("conditions");
    let refused = [
        (has("Complete") && has("Failed"), "cannot set Complete=True and Failed=true conditions"),
        (
            has("Complete") && has("FailureTarget"),
            "cannot set Complete=True and FailureTarget=true conditions",
        ),
        (
            has("Failed") && !has("FailureTarget"),
            "cannot set Failed=True condition without the FailureTarget=true condition",
        ),
        (
            has("Complete") && !has("SuccessCriteriaMet"),
            "cannot set Complete=True condition without the SuccessCriteriaMet=true condition",
        ),
        (
            has("SuccessCriteriaMet") && has("Failed"),
            "cannot set SuccessCriteriaMet=True and Failed=true conditions",
        ),
        (
            has("SuccessCriteriaMet") && has("FailureTarget"),
            "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions",
        ),
    ];
    for (_, detail) in refused.iter().filter(|(holds, _)| *holds) {
        errors.invalid_without_value(&path, detail);
    }
}

fn validate_finished(job: &Value, path: &Path<'_>, errors: &mut Errors) {
    let status = &job["status"];
    let complete = Object(job).has_condition("Complete");
    let finished = complete || Object(job).has_condition("Failed");
    let (start, end) = (&status["startTime"], &status["completionTime"]);
    let end_path = path.field("completionTime");
    if !end.is_null() && !complete {
        let detail = "cannot set completionTime when there is no Complete=True condition";
        errors.invalid(&end_path, Verbatim(&gotext::time(end)), detail);
    }
    if end.is_null() && complete {
        errors.required(&end_path, "completionTime is required for Complete jobs");
    }
    if let (Some(start), Some(ended)) = (Time::parse(start.text()), Time::parse(end.text()))
        && ended < start
    {
        let detail = "completionTime cannot be set before startTime";
        errors.invalid(&end_path, Verbatim(&gotext::time(end)), detail);
    }
    if status["ready"].int() > status["active"].int() {
        let detail = "cannot set more ready pods than active";
        errors.invalid(&path.field("ready"), status["ready"].int(), detail);
    }
    if !finished {
        return;
    }
    for field in ["active", "terminating"] {
        let count = status[field].int();
        if count > 0 {
            let detail = format!("{field}>0 is invalid for finished job");
            errors.invalid(&path.field(field), count, &detail);
        }
    }
    if start.is_null() {
        errors.required(&path.field("startTime"), "startTime is required for finished job");
    }
}

fn validate_indexes(job: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (spec, status) = (&job["spec"], &job["status"]);
    let completions = spec["completions"].int();
    let (completed, failed) = (status["completedIndexes"].text(), status["failedIndexes"].as_str());
    if let Err(error) = parse_indexes(completed, completions) {
        let detail = format!("error parsing completedIndexes: {error}");
        errors.invalid(&path.field("completedIndexes"), completed, &detail);
    }
    if !completed.is_empty() && spec["completionMode"].text() != "Indexed" {
        let detail = "cannot set non-empty completedIndexes when non-indexed completion mode";
        errors.invalid(&path.field("completedIndexes"), completed, detail);
    }
    let Some(failed) = failed else { return };
    let path = path.field("failedIndexes");
    if spec["backoffLimitPerIndex"].is_null() {
        let detail = "cannot set non-null failedIndexes when backoffLimitPerIndex is null";
        return errors.invalid(&path, failed, detail);
    }
    if let Err(error) = parse_indexes(failed, completions) {
        errors.invalid(&path, failed, &format!("error parsing failedIndexes: {error}"));
    }
    let done = readable_intervals(completed, completions);
    let overlap = readable_intervals(failed, completions).into_iter().find_map(|(first, last)| {
        let both = done.iter().find(|(start, end)| *start <= last && first <= *end)?;
        Some(first.max(both.0))
    });
    if let Some(index) = overlap {
        let detail = format!("failedIndexes and completedIndexes overlap at index: {index}");
        errors.invalid(&path, failed, &detail);
    }
}

fn validate_change(new: &Value, old: &Value, path: &Path<'_>, errors: &mut Errors) {
    for kind in ["Failed", "Complete", "FailureTarget", "SuccessCriteriaMet"] {
        if Object(old).has_condition(kind) && !Object(new).has_condition(kind) {
            let word = if kind == "SuccessCriteriaMet" { "" } else { "terminal " };
            let detail = format!("cannot disable the {word}{kind}=True condition");
            errors.invalid_without_value(&path.field("conditions"), &detail);
        }
    }
    for field in ["failed", "succeeded"] {
        let count = new.at(&["status", field]).int();
        if count < old.at(&["status", field]).int() {
            let detail = format!("cannot decrease the {field} counter");
            errors.invalid(&path.field(field), count, &detail);
        }
    }
    let (end, old_end) =
        (new.at(&["status", "completionTime"]), old.at(&["status", "completionTime"]));
    if !end.is_null() && !old_end.is_null() && end != old_end {
        let detail = "completionTime cannot be mutated";
        errors.invalid(&path.field("completionTime"), Verbatim(&gotext::time(end)), detail);
    }
    let (start, old_start) = (new.at(&["status", "startTime"]), old.at(&["status", "startTime"]));
    if !old_start.is_null() && start != old_start && !new.at(&["spec", "suspend"]).is_true() {
        let detail = "startTime cannot be removed for unsuspended job";
        errors.required(&path.field("startTime"), detail);
    }
}
