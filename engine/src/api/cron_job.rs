//! CronJob: makes Jobs by a schedule.
//!
//! Source: `pkg/apis/batch/v1/defaults.go`, `pkg/apis/batch/validation` and
//! `pkg/registry/batch/cronjob`.

use super::cron::{Schedule, TimeZone};
use super::defaulting::text;
use super::job::validate_job_spec;
use super::meta::non_negative;
use super::pod::{self, default_template};
use super::selector::label_selector_cell;
use super::{Column, Errors, Kind, Path, Verbatim, age, gotext, table, workload};
use crate::sim::Time;
use crate::value::Value;

/// The longest name: a Job's name adds 11 characters, and has at most 63.
const NAME_BYTES_MAX: usize = 52;

/// The row of CronJob.
pub static KIND: Kind = Kind {
    group: "batch",
    kind: "CronJob",
    plural: "cronjobs",
    singular: "cronjob",
    short_names: &["cj"],
    categories: &["all"],
    subresources: &["status"],
    schema: "io.k8s.api.batch.v1.CronJob",
    has_generation: true,
    default,
    prepare,
    validate: |new, errors| {
        validate_spec(new, None, errors);
        let name = new.at(&["metadata", "name"]).text();
        if name.len() > NAME_BYTES_MAX {
            let path = Path::ROOT.field("metadata");
            errors.invalid(&path.field("name"), name, "must be no more than 52 characters");
        }
    },
    validate_update: |new, old, errors| validate_spec(new, Some(old), errors),
    warnings,
    columns: COLUMNS,
    cells,
    ..Kind::BASE
};

const COLUMNS: &[Column] = &[
    table::NAME,
    Column::text(
        "Schedule",
        "The schedule in Cron format, see https://en.wikipedia.org/wiki/Cron.",
    ),
    Column::text(
        "Timezone",
        "The time zone name for the given schedule, see \
         https://en.wikipedia.org/wiki/List_of_tz_database_time_zones. If not specified, this \
         will default to the time zone of the kube-controller-manager process. The set of valid \
         time zone names and the time zone offset is loaded from the system-wide time zone \
         database by the API server during CronJob validation and the controller manager during \
         execution. If no system-wide time zone database can be found a bundled version of the \
         database is used instead. If the time zone name becomes invalid during the lifetime of \
         a CronJob or due to a change in host configuration, the controller will stop creating \
         new new Jobs and will create a system event with the reason UnknownTimeZone. More \
         information can be found in \
         https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones",
    ),
    Column {
        column_type: "boolean",
        ..Column::text(
            "Suspend",
            "This flag tells the controller to suspend subsequent executions, it does not apply \
             to already started executions.  Defaults to false.",
        )
    },
    Column::integer("Active", "A list of pointers to currently running jobs."),
    Column::text(
        "Last Schedule",
        "Information when was the last time the job was successfully scheduled.",
    ),
    table::AGE,
    table::CONTAINERS,
    table::IMAGES,
    workload::selector_column(
        "A label query over pods that should match the pod count. Normally, the system sets this \
         field for you. More info: \
         https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
    ),
];

fn default(job: &mut Value) {
    let spec = &mut job["spec"];
    text(spec, "concurrencyPolicy", "Allow");
    spec.set_default("suspend", false);
    spec.set_default("successfulJobsHistoryLimit", 3);
    spec.set_default("failedJobsHistoryLimit", 1);
    default_template(spec.at_mut(&["jobTemplate", "spec", "template"]));
}

fn prepare(job: &mut Value, old: Option<&Value>) {
    let path = ["spec", "jobTemplate", "spec", "template"];
    pod::prepare_template(job.at_mut(&path), old.map(|old| old.at(&path)));
    if old.is_none() {
        job.set("status", Value::map());
    }
}

fn validate_spec(job: &Value, old: Option<&Value>, errors: &mut Errors) {
    let (spec, path) = (&job["spec"], Path::ROOT.field("spec"));
    let schedule = spec["schedule"].text();
    let schedule_path = path.field("schedule");
    if schedule.is_empty() {
        errors.required(&schedule_path, "");
    } else {
        validate_schedule(spec, old, &schedule_path, errors);
    }
    non_negative(&spec["startingDeadlineSeconds"], &path.field("startingDeadlineSeconds"), errors);
    if old.is_none_or(|old| *old.at(&["spec", "timeZone"]) != spec["timeZone"]) {
        validate_zone(&spec["timeZone"], &path.field("timeZone"), errors);
    }
    match spec["concurrencyPolicy"].text() {
        "Allow" | "Forbid" | "Replace" => {}
        other => {
            let path = path.field("concurrencyPolicy");
            errors.not_supported(&path, other, &["Allow", "Forbid", "Replace"]);
        }
    }
    validate_job_template(&spec["jobTemplate"], &path.field("jobTemplate"), errors);
    let fields = ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"];
    workload::non_negative_fields(spec, &fields, &path, errors);
}

fn validate_schedule(spec: &Value, old: Option<&Value>, path: &Path<'_>, errors: &mut Errors) {
    let schedule = spec["schedule"].text();
    if let Err(complaint) = Schedule::parse(schedule) {
        errors.invalid(path, schedule, &complaint);
    }
    if !schedule.contains("TZ") {
        return;
    }
    let had_zone = old.is_some_and(|old| old.at(&["spec", "schedule"]).text().contains("TZ"));
    if !had_zone {
        let detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
        errors.invalid(path, schedule, detail);
    } else if !spec["timeZone"].is_null() {
        let detail = "cannot use both timeZone field and TZ or CRON_TZ in schedule";
        errors.invalid(path, schedule, detail);
    }
}

fn validate_zone(zone: &Value, path: &Path<'_>, errors: &mut Errors) {
    let Some(name) = zone.as_str() else { return };
    if name.is_empty() {
        return errors.invalid(path, name, "timeZone must be nil or non-empty string");
    }
    let is_part = |part: &str| {
        !matches!(part, "." | "..")
            && !part.starts_with('-')
            && (1..=14).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte))
    };
    let unknown = format!("unknown time zone {name}");
    if !name.split('/').all(is_part) {
        return errors.invalid(path, name, &unknown);
    }
    if name.eq_ignore_ascii_case("Local") {
        let detail = "timeZone must be an explicit time zone as defined in \
                      https://www.iana.org/time-zones";
        errors.invalid(path, name, detail);
    }
    // Go knows `Local`, too.
    if TimeZone::find(name).is_none() && name != "Local" {
        errors.invalid(path, name, &unknown);
    }
}

fn validate_job_template(template: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (spec, path) = (&template["spec"], path.field("spec"));
    validate_job_spec(spec, &path, errors);
    if !spec["selector"].is_null() {
        let shown = gotext::label_selector(&spec["selector"]);
        let detail = "`selector` will be auto-generated";
        errors.invalid(&path.field("selector"), Verbatim(&shown), detail);
    }
    if spec["manualSelector"].is_true() {
        errors.not_supported(&path.field("manualSelector"), true, &["nil", "false"]);
    }
}

fn warnings(job: &Value, old: Option<&Value>) -> Vec<String> {
    let spec = &job["spec"];
    let template = spec.at(&["jobTemplate", "spec", "template"]);
    let mut warnings = match old {
        None => workload::name_warnings(job),
        Some(old) if old["spec"] == job["spec"] => return Vec::new(),
        Some(_) => Vec::new(),
    };
    let path = Path::ROOT.field("spec");
    let job_template = path.field("jobTemplate");
    let job_spec = job_template.field("spec");
    warnings.extend(pod::template_warnings(template, &job_spec.field("template")));
    if spec["schedule"].text().contains("TZ") {
        warnings.push(
            "CRON_TZ or TZ used in spec.schedule is not officially supported, see \
             https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details"
                .to_owned(),
        );
    }
    warnings
}

fn cells(job: &Value, now: Time) -> Vec<Value> {
    let (spec, status) = (&job["spec"], &job["status"]);
    let template = spec.at(&["jobTemplate", "spec"]);
    let pod = template.at(&["template", "spec"]);
    let last = &status["lastScheduleTime"];
    let last = if last.is_null() { "<none>".to_owned() } else { age::age(last, now) };
    let suspended = if spec["suspend"].is_true() { "True" } else { "False" };
    vec![
        table::name(job),
        spec["schedule"].text().into(),
        table::or_none(spec["timeZone"].text()),
        suspended.into(),
        status["active"].items().len().into(),
        last.into(),
        age::object_age(job, now),
        table::containers(pod),
        table::images(pod),
        label_selector_cell(&template["selector"]).into(),
    ]
}
