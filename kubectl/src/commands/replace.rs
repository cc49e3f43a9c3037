//! `kubectl replace`.
//!
//! Models kubectl's `pkg/cmd/replace`.

use podyard_engine::value::Value;
use podyard_engine::wire::Method;

use super::apply::{LAST_APPLIED, require_files, with_last_applied};
use super::delete::{Deletion, delete_and_wait};
use crate::call::{Call, DryRun};
use crate::client::JSON;
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};
use crate::output::Reporter;
use crate::resource::{FileOptions, Info, read_files};

const FLAGS: &[Flag] = &[
    flags::field_manager("kubectl-replace"),
    flags::text("raw", "A path to PUT the file to, as it is."),
    flags::text("subresource", "Replace this subresource of the object."),
    flags::switch("wait", "With --force, return when the old objects are gone."),
];

pub(super) const REPLACE: Command =
    Command::new("replace", "Replace a resource by file name or stdin", "-f FILENAME")
        .flags(&[
            FLAGS,
            flags::FILES,
            flags::PRINT,
            flags::DRY_RUN,
            flags::VALIDATE,
            flags::DELETION,
            flags::SAVE_CONFIG,
            flags::RECORD,
        ])
        .run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    if !call.args.is_empty() {
        return Err(call.usage(format!("Unexpected args: [{}]", call.args.join(" "))));
    }
    require_files(call)?;
    let flags = &call.flags;
    if !flags.text("raw").is_empty() {
        return super::raw::send(call, Method::Put).await;
    }
    let (dry_run, force) = (call.dry_run()?, flags.is("force"));
    if flags.int("grace-period") >= 0 && !force {
        return fail("--grace-period must have --force specified");
    }
    if flags.duration("timeout").as_micros() != 0 && !force {
        return fail("--timeout must have --force specified");
    }
    let deletion = Deletion::on_the_way(call)?;
    let mut reporter = Reporter::new(call)?;
    let infos = read_files(call, &FileOptions::of(call).validated()).await?;
    if infos.is_empty() {
        return fail("no objects passed to replace");
    }
    let mut failures = Vec::new();
    let mut replaced = Vec::new();
    for info in infos {
        let result = match info {
            Ok(info) if force => delete(call, &info, &deletion).await.map(|()| (info, Value::Null)),
            Ok(info) => put(call, &info, dry_run).await.map(|object| (info, object)),
            Err(failure) => Err(failure),
        };
        match result {
            Ok(done) => replaced.push(done),
            Err(failure) => failures.push(failure),
        }
    }
    for (info, object) in replaced {
        let object = if force { create(call, &info).await? } else { object };
        reporter.report(call, &object, &format!("replaced{}", dry_run.suffix()))?;
    }
    Failure::collect(failures)
}

/// The object as it is sent: with its annotation where it had one.
fn prepared(call: &Call<'_>, info: &Info) -> Value {
    let mut object = info.object.clone();
    if call.flags.is("record") {
        object["metadata"]["annotations"].set(super::record::CHANGE_CAUSE, call.change_cause());
    }
    let annotated = object["metadata"]["annotations"].get(LAST_APPLIED).is_some();
    if call.flags.is("save-config") || annotated {
        object = with_last_applied(object);
    }
    object
}

async fn put(call: &Call<'_>, info: &Info, dry_run: DryRun) -> Outcome<Value> {
    let mut object = prepared(call, info);
    if dry_run == DryRun::Client {
        return Ok(object);
    }
    let mut target = info.target();
    let subresource = call.flags.text("subresource");
    if !subresource.is_empty() {
        target = target.child(subresource);
    }
    let target = target
        .query("fieldManager", call.flags.text("field-manager"))
        .query("fieldValidation", call.validation()?)
        .query_some("dryRun", dry_run.parameter());
    let answer = match info.get(&call.client).await {
        Ok(live) => {
            if object["metadata"]["resourceVersion"].is_empty() {
                let version = live["metadata"]["resourceVersion"].clone();
                object["metadata"].set("resourceVersion", version);
            }
            call.client.write(Method::Put, &target, JSON, &object).await
        }
        Err(failure) => Err(failure),
    };
    answer.map_err(|failure| failure.when("replacing", &info.source))
}

/// With `--force`: deletes the old object, if there is one, and waits.
async fn delete(call: &Call<'_>, info: &Info, deletion: &Deletion) -> Outcome {
    match delete_and_wait(call, info, deletion).await {
        Ok(()) => {
            let done = if deletion.grace_period == 0 { "force deleted" } else { "deleted" };
            call.io.line(&format!("{} \"{}\" {done}", info.resource.printed(), info.name));
            Ok(())
        }
        Err(failure) if failure.is_not_found() => Ok(()),
        Err(failure) => Err(failure),
    }
}

async fn create(call: &Call<'_>, info: &Info) -> Outcome<Value> {
    let mut object = prepared(call, info);
    object["metadata"].remove("resourceVersion");
    let target = info
        .collection()
        .query("fieldManager", call.flags.text("field-manager"))
        .query("fieldValidation", call.validation()?);
    call.client.create(&target, &object).await
}
