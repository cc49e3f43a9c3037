//! The rules for the spec of a Job.
//!
//! Source: `pkg/apis/batch/validation/validation.go`.

use super::super::selector::{Selector, validate_label_selector};
use super::super::{Errors, Path, Verbatim, gotext, names, pod, workload};
use super::{CONTROLLER_UID, JOB_NAME, LEGACY_CONTROLLER_UID, LEGACY_JOB_NAME, policies};
use crate::value;
use crate::value::Value;

/// Beyond this many completions, the failures per index must be limited.
const COMPLETIONS_SOFT_LIMIT: i64 = 100_000;
const PARALLELISM_MAX: i64 = 100_000;
const FAILED_INDEXES_MAX: i64 = 100_000;
/// The limit of parallelism and of failed indexes beyond the soft limit.
const LARGE_JOB_MAX: i64 = 10_000;
const MANAGED_BY_BYTES_MAX: usize = 63;

pub(super) fn validate(job: &Value, errors: &mut Errors) {
    validate_generated_selector(job, errors);
    validate_spec(job, errors);
    let (spec, name) = (&job["spec"], job.at(&["metadata", "name"]).text());
    let completions = spec["completions"].int();
    if spec["completionMode"].text() == "Indexed" && completions > 0 {
        // The last Pod of an Indexed Job has the longest host name.
        let longest = format!("{name}-{}", completions - 1);
        if !names::label(&longest).is_empty() {
            let detail = format!("will not able to create pod with invalid DNS label: {longest}");
            errors.invalid(&Path::ROOT.field("metadata").field("name"), name, &detail);
        }
    }
}

/// Finds what is wrong with the spec, selector included.
pub(super) fn validate_spec(job: &Value, errors: &mut Errors) {
    let (spec, path) = (&job["spec"], Path::ROOT.field("spec"));
    validate_job_spec(spec, &path, errors);
    let selector = &spec["selector"];
    if selector.is_null() {
        errors.required(&path.field("selector"), "");
    } else {
        validate_label_selector(selector, &path.field("selector"), errors);
    }
    let labels = spec.at(&["template", "metadata", "labels"]);
    if Selector::from_object(selector).is_some_and(|selector| !selector.matches(labels)) {
        let (template, shown) = (path.field("template"), gotext::text_map(labels));
        let metadata = template.field("metadata");
        let detail = "`selector` does not match template `labels`";
        errors.invalid(&metadata.field("labels"), Verbatim(&shown), detail);
    }
}

fn validate_generated_selector(job: &Value, errors: &mut Errors) {
    let spec = &job["spec"];
    if spec["manualSelector"].is_true() || spec["selector"].is_null() {
        return;
    }
    let (uid, name) = (job.at(&["metadata", "uid"]), job.at(&["metadata", "name"]));
    if uid.is_empty() {
        errors.required(&Path::ROOT.field("metadata").field("uid"), "");
    }
    let labels = spec.at(&["template", "metadata", "labels"]);
    let expected = [
        (LEGACY_CONTROLLER_UID, uid),
        (LEGACY_JOB_NAME, name),
        (CONTROLLER_UID, uid),
        (JOB_NAME, name),
    ];
    for (key, value) in expected {
        validate_label(labels, key, value.text(), errors);
    }
    let mut generated = value!({});
    for (key, value) in expected {
        generated.set(key, value);
    }
    let selector = Selector::from_object(&spec["selector"]);
    if selector.is_some_and(|selector| !selector.matches(&generated)) {
        let shown = gotext::label_selector(&spec["selector"]);
        let path = Path::ROOT.field("spec");
        let detail = "`selector` not auto-generated";
        errors.invalid(&path.field("selector"), Verbatim(&shown), detail);
    }
}

fn validate_label(labels: &Value, key: &str, expected: &str, errors: &mut Errors) {
    let spec = Path::ROOT.field("spec");
    let template = spec.field("template");
    let metadata = template.field("metadata");
    let all = metadata.field("labels");
    let path = all.key(key);
    let detail = format!("must be '{expected}'");
    match labels[key].as_str() {
        None => errors.required(&path, &detail),
        Some(value) if value != expected => {
            errors.invalid(&path, Verbatim(&gotext::text_map(labels)), &detail);
        }
        Some(_) => {}
    }
}

/// Finds what is wrong with the spec of a Job or of a CronJob's template, its
/// selector apart.
pub(in super::super) fn validate_job_spec(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let fields = [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ];
    workload::non_negative_fields(spec, &fields, path, errors);
    if !spec["maxFailedIndexes"].is_null() && spec["backoffLimitPerIndex"].is_null() {
        let path = path.field("backoffLimitPerIndex");
        errors.required(&path, "when maxFailedIndexes is specified");
    }
    if let Some(manager) = spec["managedBy"].as_str() {
        validate_managed_by(manager, &path.field("managedBy"), errors);
    }
    validate_completion_mode(spec, path, errors);
    if !spec["podFailurePolicy"].is_null() {
        policies::validate_failure_policy(spec, &path.field("podFailurePolicy"), errors);
    }
    if !spec["successPolicy"].is_null() {
        policies::validate_success_policy(spec, &path.field("successPolicy"), errors);
    }
    policies::validate_replacement_policy(spec, &path.field("podReplacementPolicy"), errors);
    let (template, template_path) = (&spec["template"], path.field("template"));
    pod::validate_template(template, &template_path, errors);
    validate_restart_policy(spec, &template_path, errors);
}

fn validate_managed_by(manager: &str, path: &Path<'_>, errors: &mut Errors) {
    if manager.is_empty() {
        errors.required(path, "");
    } else {
        match manager.split_once('/') {
            Some((host, rest)) if !host.is_empty() && !rest.is_empty() => {
                errors.invalid_each(path, host, names::subdomain(host));
                errors.invalid_each(path, rest, names::http_path(rest));
            }
            _ => {
                let detail = "must be a domain-prefixed path (such as \"acme.io/foo\")";
                errors.invalid(path, manager, detail);
            }
        }
    }
    if manager.len() > MANAGED_BY_BYTES_MAX {
        errors.too_long(path, MANAGED_BY_BYTES_MAX);
    }
}

fn validate_completion_mode(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let mode = spec["completionMode"].as_str();
    match mode {
        Some("Indexed") => validate_indexed(spec, path, errors),
        None | Some("NonIndexed") => {
            for field in ["backoffLimitPerIndex", "maxFailedIndexes"] {
                if let Some(number) = spec[field].as_int() {
                    errors.invalid(&path.field(field), number, "requires indexed completion mode");
                }
            }
        }
        Some(other) => {
            let path = path.field("completionMode");
            errors.not_supported(&path, other, &["NonIndexed", "Indexed"]);
        }
    }
}

fn validate_indexed(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (completions, parallelism) = (spec["completions"].as_int(), spec["parallelism"].as_int());
    let failed = spec["maxFailedIndexes"].as_int();
    let (parallelism_path, failed_path) =
        (path.field("parallelism"), path.field("maxFailedIndexes"));
    if completions.is_none() {
        errors.required(&path.field("completions"), "when completion mode is Indexed");
    }
    if let Some(parallelism) = parallelism.filter(|number| *number > PARALLELISM_MAX) {
        let detail = format!(
            "must be less than or equal to {PARALLELISM_MAX} when completion mode is Indexed"
        );
        errors.invalid(&parallelism_path, parallelism, &detail);
    }
    if let Some(failed) = failed {
        if completions.is_some_and(|completions| failed > completions) {
            errors.invalid(&failed_path, failed, "must be less than or equal to completions");
        }
        if failed > FAILED_INDEXES_MAX {
            let detail = format!("must be less than or equal to {FAILED_INDEXES_MAX}");
            errors.invalid(&failed_path, failed, &detail);
        }
    }
    let is_large = completions.is_some_and(|number| number > COMPLETIONS_SOFT_LIMIT);
    if !is_large || spec["backoffLimitPerIndex"].is_null() {
        return;
    }
    if failed.is_none() {
        let detail =
            format!("must be specified when completions is above {COMPLETIONS_SOFT_LIMIT}");
        errors.required(&failed_path, &detail);
    }
    let detail = format!(
        "must be less than or equal to {LARGE_JOB_MAX} when completions are above \
         {COMPLETIONS_SOFT_LIMIT} and used with backoff limit per index"
    );
    for (number, path) in [(parallelism, &parallelism_path), (failed, &failed_path)] {
        if let Some(number) = number.filter(|number| *number > LARGE_JOB_MAX) {
            errors.invalid(path, number, &detail);
        }
    }
}

fn validate_restart_policy(spec: &Value, template: &Path<'_>, errors: &mut Errors) {
    let pod = template.field("spec");
    let path = pod.field("restartPolicy");
    match spec.at(&["template", "spec", "restartPolicy"]).text() {
        "" | "Always" => errors.required(&path, "valid values: \"OnFailure\", \"Never\""),
        "Never" => {}
        "OnFailure" if spec["podFailurePolicy"].is_null() => {}
        "OnFailure" => {
            let detail = "only \"Never\" is supported when podFailurePolicy is specified";
            errors.invalid(&path, "OnFailure", detail);
        }
        other => errors.not_supported(&path, other, &["OnFailure", "Never"]),
    }
}
