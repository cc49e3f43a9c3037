//! `kubectl edit`, and the editing of objects before they are created.
//!
//! Models kubectl's `pkg/cmd/util/editor`.

use podyard_engine::value::Value;

use super::apply::{LAST_APPLIED, with_last_applied};
use super::change;
use crate::call::{Call, DryRun};
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};
use crate::manifest;
use crate::output::{Reporter, without_managed_fields};
use crate::print;
use crate::resource::{FileOptions, Info, Selector, latest, read_files};

const FLAGS: &[Flag] = &[
    flags::field_manager("kubectl-edit"),
    flags::switch("output-patch", "Print the patch."),
    flags::text("subresource", "Edit this subresource of the object."),
    flags::switch("windows-line-endings", "Edit with Windows' line endings."),
];

pub(super) const EDIT: Command =
    Command::new("edit", "Edit a resource on the server", "(RESOURCE/NAME | -f FILENAME)")
        .flags(&[
            FLAGS,
            flags::FILES,
            flags::PRINT,
            flags::VALIDATE,
            flags::SAVE_CONFIG,
            flags::RECORD,
        ])
        .run(|call| Box::pin(run(call)));

const HEADER: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
";

async fn run(call: &Call<'_>) -> Outcome {
    let mut reporter = Reporter::new(call)?;
    let (infos, failures) = latest(call, &Selector::of(call, true)).await?;
    Failure::collect(failures)?;
    if infos.is_empty() {
        return fail("edit cancelled, no objects found");
    }
    for info in infos {
        if let Some(object) = one(call, &info).await? {
            reporter.report(call, &object, "edited")?;
        }
    }
    Ok(())
}

/// The editor that the environment names.
fn editor(call: &Call<'_>) -> String {
    let named = ["KUBE_EDITOR", "EDITOR"].into_iter().find_map(|name| call.io.host.variable(name));
    named.filter(|name| !name.is_empty()).unwrap_or_else(|| "vi".to_owned())
}

/// Lets the person edit `text`; none when it comes back empty.
pub(super) async fn open(call: &Call<'_>, text: &str) -> Outcome<Option<String>> {
    let editor = editor(call);
    let edited = call.io.host.edit(&editor, "kubectl-edit.yaml", text).await;
    let edited = edited.map_err(Failure::Text)?;
    let is_empty = edited.lines().all(|line| line.trim().is_empty() || line.starts_with('#'));
    Ok((!is_empty).then_some(edited))
}

/// Edits one object until it can be saved or nothing is changed any more.
async fn one(call: &Call<'_>, info: &Info) -> Outcome<Option<Value>> {
    let before = without_managed_fields(&info.object);
    let body = print::to_yaml(&before);
    let mut text = format!("{HEADER}{body}");
    let mut problem = false;
    loop {
        let Some(edited) = open(call, &text).await? else {
            call.io.warn("Edit cancelled, saved file was empty.");
            return Ok(None);
        };
        if edited == text {
            if problem {
                return fail("Edit cancelled, no valid changes were saved.");
            }
            call.io.warn("Edit cancelled, no changes made.");
            return Ok(None);
        }
        let result = match manifest::read_one(edited.as_bytes()) {
            Ok(after) if after == before => {
                call.io.warn("Edit cancelled, no changes made.");
                return Ok(None);
            }
            Ok(after) => save(call, info, &before, after).await,
            Err(error) => fail(format!("error parsing edited-file: {error}")),
        };
        match result {
            Ok(object) => return Ok(Some(object)),
            Err(failure) => {
                let (message, _) = failure.report();
                call.io.warn(&message);
                let lines: Vec<_> = message.lines().map(|line| format!("# {line}\n")).collect();
                let plain: String =
                    edited.split_inclusive('\n').filter(|line| !line.starts_with('#')).collect();
                text = format!("{HEADER}{}#\n{plain}", lines.concat());
                problem = true;
            }
        }
    }
}

async fn save(call: &Call<'_>, info: &Info, before: &Value, after: Value) -> Outcome<Value> {
    for field in ["apiVersion", "kind"] {
        if after[field] != before[field] {
            return fail(format!("{field} may not be changed"));
        }
    }
    if after["metadata"]["name"] != before["metadata"]["name"] {
        return fail("At least one of apiVersion, kind and name was changed");
    }
    let mut after = after;
    let annotated = after["metadata"]["annotations"].get(LAST_APPLIED).is_some();
    if call.flags.is("save-config") || annotated && call.flags.changed("save-config") {
        after = with_last_applied(after);
    }
    let changed = change::send(call, &info.refreshed(before.clone()), &after, DryRun::No).await?;
    Ok(changed.unwrap_or(after))
}

/// `create --edit`: edits the objects of the files, then creates them.
pub(super) async fn create(call: &Call<'_>) -> Outcome {
    let mut reporter = Reporter::new(call)?;
    for info in read_files(call, &FileOptions::of(call).validated()).await? {
        let info = info?;
        let text = format!("{HEADER}{}", print::to_yaml(&info.object));
        let Some(edited) = open(call, &text).await? else {
            call.io.warn("Edit cancelled, saved file was empty.");
            continue;
        };
        let object = manifest::read_one(edited.as_bytes()).map_err(Failure::Text)?;
        let target = info
            .collection()
            .query("fieldManager", call.flags.text("field-manager"))
            .query("fieldValidation", call.validation()?);
        let created = call.client.create(&target, &object).await?;
        reporter.report(call, &created, "created")?;
    }
    Ok(())
}
