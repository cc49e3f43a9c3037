//! `apply view-last-applied`, `set-last-applied` and `edit-last-applied`.

use podyard_engine::value;
use podyard_engine::value::{Value, parse_json};

use super::LAST_APPLIED;
use crate::call::{Call, DryRun};
use crate::client::MERGE_PATCH;
use crate::command::Command;
use crate::commands::edit::Format;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};
use crate::manifest;
use crate::output::Reporter;
use crate::print;
use crate::resource::{FileOptions, Info, MISSING, Selector, latest, read_files};

const VIEW_FLAGS: &[Flag] = &[
    flags::ALL,
    flags::LABELS,
    flags::text("output", "The output format: yaml or json.").short('o').default("yaml"),
];
const SET_FLAGS: &[Flag] =
    &[flags::switch("create-annotation", "Make the annotation where it is missing.")];
const EDIT_FLAGS: &[Flag] = &[
    flags::field_manager("kubectl-client-side-apply"),
    flags::switch("windows-line-endings", "Edit with Windows' line endings."),
];
const HEADER: &str = "# Please edit the 'last-applied-configuration' annotations below.
# Lines beginning with a '#' will be ignored, and an empty file will abort the edit.
#
";

pub(super) const VIEW: Command = Command::new(
    "view-last-applied",
    "View the latest last-applied-configuration annotations of a resource/object",
    "(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)",
)
.flags(&[VIEW_FLAGS, flags::FILES])
.run(|call| Box::pin(view(call)));

pub(super) const SET: Command = Command::new(
    "set-last-applied",
    "Set the last-applied-configuration annotation on a live object to match the contents of a file",
    "-f FILENAME",
)
.flags(&[SET_FLAGS, flags::FILES, flags::PRINT, flags::DRY_RUN])
.run(|call| Box::pin(set(call)));

pub(super) const EDIT: Command = Command::new(
    "edit-last-applied",
    "Edit latest last-applied-configuration annotations of a resource/object",
    "(RESOURCE/NAME | -f FILENAME)",
)
.flags(&[EDIT_FLAGS, flags::FILES, flags::PRINT, flags::VALIDATE, flags::RECORD])
.run(|call| Box::pin(edit(call)));

fn last_applied(info: &Info) -> Outcome<Value> {
    let text = info.object["metadata"]["annotations"][LAST_APPLIED].text();
    if text.is_empty() {
        return fail(format!(
            "no last-applied-configuration annotation found on resource: {}",
            info.name
        ));
    }
    parse_json(text.as_bytes()).map_err(|error| Failure::Text(error.message))
}

async fn view(call: &Call<'_>) -> Outcome {
    let output = call.flags.text("output");
    let mut selector = Selector::of(call, true);
    selector.everything = call.flags.is("all");
    let (infos, mut failures) = latest(call, &selector).await?;
    if !failures.is_empty() {
        return Failure::collect(failures);
    }
    if !matches!(output, "yaml" | "json") {
        return Err(call.usage(format!(
            "Unexpected -o output mode: {output}, the flag 'output' must be one of yaml|json"
        )));
    }
    for info in &infos {
        // An object without the annotation is passed over without a word.
        if info.object["metadata"]["annotations"].get(LAST_APPLIED).is_none() {
            continue;
        }
        match last_applied(info) {
            Ok(object) if output == "json" => call.io.line(&object.to_json_pretty(2)),
            Ok(object) => call.io.out(&print::to_yaml(&object)),
            Err(failure) => failures.push(failure),
        }
    }
    Failure::collect(failures)
}

async fn set(call: &Call<'_>) -> Outcome {
    if call.flags.list("filename").is_empty() {
        return Err(MISSING.into());
    }
    let dry_run = call.dry_run()?;
    let mut reporter = Reporter::new(call)?;
    for info in read_files(call, &FileOptions::of(call)).await? {
        let info = info?;
        let live = info.get(&call.client).await?;
        let has = live["metadata"]["annotations"].get(LAST_APPLIED).is_some();
        if !has && !call.flags.is("create-annotation") {
            return fail(format!(
                "no last-applied-configuration annotation found on resource: {}, to create the annotation, run the command with --create-annotation",
                info.name
            ));
        }
        if live["metadata"]["annotations"][LAST_APPLIED] == noted(&info) {
            call.io.line(&format!("set-last-applied {}: no changes required.", info.name));
            continue;
        }
        let object = annotate(call, &info, live, dry_run).await?;
        reporter.report(call, &object, &format!("configured{}", dry_run.suffix()))?;
    }
    Ok(())
}

/// The annotation that the object of a file gets: the object as it is there.
fn noted(info: &Info) -> Value {
    let mut object = info.object.clone();
    if object["metadata"].get("annotations").is_some() {
        object["metadata"]["annotations"].remove(LAST_APPLIED);
    }
    format!("{}\n", print::to_json_line(&object)).into()
}

async fn annotate(call: &Call<'_>, info: &Info, live: Value, dry_run: DryRun) -> Outcome<Value> {
    let text = noted(info);
    if dry_run == DryRun::Client || live["metadata"]["annotations"][LAST_APPLIED] == text {
        return Ok(live);
    }
    let mut patch = value!({});
    patch["metadata"]["annotations"].set(LAST_APPLIED, text);
    let target = info.target().query_some("dryRun", dry_run.parameter());
    call.client.patch(&target, MERGE_PATCH, &patch).await
}

async fn edit(call: &Call<'_>) -> Outcome {
    let (infos, failures) = latest(call, &Selector::of(call, true)).await?;
    call.validation()?;
    Failure::collect(failures)?;
    let format = Format::of(call)?;
    let mut reporter = Reporter::new(call)?;
    for info in infos {
        let before = format.text(HEADER, &last_applied(&info)?);
        let Some(edited) = super::super::edit::open(call, &before).await? else {
            call.io.warn("Edit cancelled, saved file was empty.");
            continue;
        };
        if edited == before {
            call.io.warn("Edit cancelled, no changes made.");
            continue;
        }
        let object = manifest::read_one(edited.as_bytes()).map_err(Failure::Text)?;
        let live = info.object.clone();
        let object = annotate(call, &info.refreshed(object), live, DryRun::No).await?;
        reporter.report(call, &object, "edited")?;
    }
    Ok(())
}
