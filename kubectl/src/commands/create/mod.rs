//! `kubectl create`: objects from files, and from flags.
//!
//! Models kubectl's `pkg/cmd/create`.

mod data;
mod ingress;
mod policy;
mod rbac;
mod service;
mod token;
mod workload;

use podyard_engine::value;
use podyard_engine::value::Value;
use podyard_engine::wire::Method;

use super::apply::{require_files, with_last_applied, with_own_config};
use crate::call::{Call, DryRun};
use crate::client::Target;
use crate::command::Command;
use crate::failure::{Failure, Outcome};
use crate::flags::{self, Flag};
use crate::output::{FORMATS, Printer, Reporter};
use crate::resource::{FileOptions, Info, Selector};

const FLAGS: &[Flag] = &[
    flags::switch("edit", "Edit the object before it is created."),
    flags::LABELS,
    flags::text("raw", "A path to POST the file to, as it is."),
    flags::switch("windows-line-endings", "Edit with Windows' line endings."),
];

/// The field manager of `create`.
const MANAGER: &[Flag] = &[flags::field_manager("kubectl-create")];

/// A generator's own flags, and those that all generators share.
macro_rules! with_own {
    ($own:expr) => {
        &[
            $own,
            $crate::commands::create::MANAGER,
            $crate::flags::PRINT,
            $crate::flags::DRY_RUN,
            $crate::flags::VALIDATE,
            $crate::flags::SAVE_CONFIG,
        ]
    };
}
use with_own;

pub(super) const CREATE: Command =
    Command::new("create", "Create a resource from a file or from stdin", "-f FILENAME")
        .flags(&[
            FLAGS,
            MANAGER,
            flags::FILES,
            flags::PRINT,
            flags::DRY_RUN,
            flags::VALIDATE,
            flags::SAVE_CONFIG,
            flags::RECORD,
        ])
        .children(&[
            rbac::CLUSTER_ROLE,
            rbac::CLUSTER_ROLE_BINDING,
            data::CONFIG_MAP,
            workload::CRON_JOB,
            workload::DEPLOYMENT,
            ingress::INGRESS,
            workload::JOB,
            policy::NAMESPACE,
            policy::DISRUPTION_BUDGET,
            policy::PRIORITY_CLASS,
            policy::QUOTA,
            rbac::ROLE,
            rbac::ROLE_BINDING,
            data::SECRET,
            service::SERVICE,
            policy::SERVICE_ACCOUNT,
            token::TOKEN,
        ])
        .run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    if !call.args.is_empty() {
        return Err(call.usage(format!("Unexpected args: [{}]", call.args.join(" "))));
    }
    require_files(call)?;
    if !call.flags.text("raw").is_empty() {
        return super::raw::send(call, Method::Post).await;
    }
    if call.flags.is("edit") {
        return super::edit::create(call).await;
    }
    let dry_run = call.dry_run()?;
    call.validation()?;
    let mut reporter = Reporter::new(call)?;
    let selector = Selector {
        labels: call.flags.text("selector").to_owned(),
        files: FileOptions::of(call).validated(),
        ..Selector::default()
    };
    let (mut failures, mut count) = (Vec::new(), 0);
    for info in selector.files(call).await? {
        let created = match info {
            Ok(info) => one(call, info, dry_run).await,
            Err(failure) => Err(failure),
        };
        match created {
            Ok(object) => {
                count += 1;
                reporter.report(call, &object, &format!("created{}", dry_run.suffix()))?;
            }
            Err(failure) => failures.push(failure),
        }
    }
    Failure::collect(failures)?;
    if count == 0 { Err("no objects passed to create".into()) } else { Ok(()) }
}

async fn one(call: &Call<'_>, info: Info, dry_run: DryRun) -> Outcome<Value> {
    let mut object = info.object.clone();
    if call.flags.is("record") {
        object["metadata"]["annotations"].set(super::record::CHANGE_CAUSE, call.change_cause());
    }
    if call.flags.is("save-config") {
        object = with_last_applied(object);
    }
    if dry_run == DryRun::Client {
        return Ok(object);
    }
    let target = parameters(call, info.collection(), dry_run)?;
    match call.client.create(&target, &object).await {
        Ok(object) => Ok(object),
        Err(failure) => {
            let failure = info.or_missing_namespace(&call.client, failure).await;
            Err(failure.when("creating", &info.source))
        }
    }
}

fn parameters(call: &Call<'_>, target: Target, dry_run: DryRun) -> Outcome<Target> {
    Ok(target
        .query("fieldManager", call.flags.text("field-manager"))
        .query("fieldValidation", call.validation()?)
        .query_some("dryRun", dry_run.parameter()))
}

/// The one name among the arguments. The flags that all generators share are
/// looked at right after it.
fn name<'c>(call: &'c Call<'_>) -> Outcome<&'c str> {
    let before = call.dash.unwrap_or(call.args.len());
    match call.args.get(..before) {
        Some([name]) => {
            call.check_dry_run()?;
            Printer::of(call, FORMATS)?;
            call.validation()?;
            Ok(name)
        }
        other => {
            let count = other.map_or(0, <[String]>::len);
            Err(call.usage(format!("exactly one NAME is required, got {count}")))
        }
    }
}

/// The command after `--`.
fn command<'c>(call: &'c Call<'_>) -> &'c [String] {
    call.dash.and_then(|dash| call.args.get(dash..)).unwrap_or_default()
}

/// An object that Go has just made: without a time of creation.
fn object(api_version: &str, kind: &str, name: &str) -> Value {
    value!({
        "apiVersion": api_version,
        "kind": kind,
        "metadata": { "creationTimestamp": null, "name": name },
    })
}

/// Creates a generated object and prints what was done. `plural` names its
/// collection, which is in a namespace unless it begins with a slash; `failed`
/// introduces a refusal of the server.
async fn generate(call: &Call<'_>, plural: &str, mut object: Value, failed: &str) -> Outcome {
    let dry_run = call.dry_run()?;
    let mut reporter = Reporter::new(call)?.typed();
    let namespaced = !plural.starts_with('/');
    if namespaced && call.namespace_given {
        object["metadata"].set("namespace", call.namespace.as_str());
    }
    // Of services, real kubectl keeps no configuration.
    if call.flags.is("save-config") && plural != "services" {
        object = with_own_config(object);
    }
    if dry_run != DryRun::Client {
        let api_version = object["apiVersion"].text();
        let root = if api_version.contains('/') { "/apis/" } else { "/api/" };
        let mut target = Target::raw(format!("{root}{api_version}"));
        if namespaced {
            target = target.child("namespaces").child(&call.namespace);
        }
        let target = parameters(call, target.child(plural.trim_start_matches('/')), dry_run)?;
        object = match call.client.create(&target, &object).await {
            Ok(created) => created,
            Err(failure) if failed.is_empty() => return Err(failure),
            Err(failure) => return Err(failure.under(failed)),
        };
    }
    reporter.report(call, &object, &format!("created{}", dry_run.suffix()))
}
