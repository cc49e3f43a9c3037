//! `kubectl patch`.
//!
//! Models kubectl's `pkg/cmd/patch`.

use podyard_engine::patch::{
    JsonPatch, apply_json_patch, apply_merge_patch, apply_strategic_patch,
};
use podyard_engine::value::{Value, parse_json};
use podyard_engine::wire::Method;

use super::change::type_of;
use crate::call::{Call, DryRun};
use crate::client::{JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH};
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};
use crate::manifest;
use crate::output::Reporter;
use crate::resource::{Info, Selection, Selector};

const FLAGS: &[Flag] = &[
    flags::field_manager("kubectl-patch"),
    flags::LOCAL,
    flags::text("patch", "The patch, in JSON or YAML.").short('p'),
    flags::text("patch-file", "The file with the patch."),
    flags::text("subresource", "Patch this subresource of the object."),
    flags::text("type", "The type of the patch: json, merge or strategic.").default("strategic"),
];

pub(super) const PATCH: Command = Command::new(
    "patch",
    "Update fields of a resource",
    "(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]",
)
.flags(&[FLAGS, flags::FILES, flags::PRINT, flags::DRY_RUN, flags::RECORD])
.run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    let flags = &call.flags;
    let dry_run = call.dry_run()?;
    if flags.text("patch").is_empty() == flags.text("patch-file").is_empty() {
        return fail(if flags.text("patch").is_empty() {
            "must specify --patch or --patch-file containing the contents of the patch"
        } else {
            "cannot specify --patch and --patch-file together"
        });
    }
    if flags.is("local") && dry_run == DryRun::Server {
        return fail(
            "cannot specify --local and --dry-run=server - did you mean --dry-run=client?",
        );
    }
    let content_type = match flags.text("type").to_lowercase().as_str() {
        "json" => JSON_PATCH,
        "merge" => MERGE_PATCH,
        "strategic" => STRATEGIC_PATCH,
        other => {
            return fail(format!("--type must be one of [json merge strategic], not {other:?}"));
        }
    };
    let patch = patch_text(call)?;
    let mut reporter = Reporter::new(call)?;
    let selector = Selector::of(call, false);
    if flags.is("local") && !call.args.is_empty() {
        return fail("cannot specify --local and server resources");
    }
    let Selection::Objects(objects) = selector.resolve(call).await? else { return Ok(()) };
    let (mut failures, mut count) = (Vec::new(), 0);
    for info in objects {
        count += 1;
        let patched = match info {
            Ok(info) => one(call, &info, content_type, &patch, dry_run).await,
            Err(failure) => Err(failure),
        };
        match patched {
            Ok((before, after)) => {
                // What comes from a file is never what the server has.
                let same = before == after && !selector.files.are_given();
                let done = if same { "patched (no change)" } else { "patched" };
                reporter.report(call, &after, done)?;
            }
            Err(failure) => failures.push(failure),
        }
    }
    if count == 0 {
        return fail("no objects passed to patch");
    }
    Failure::collect(failures)
}

/// The patch as JSON; what begins as JSON is left to the server to read.
fn patch_text(call: &Call<'_>) -> Outcome<String> {
    let text = match call.flags.text("patch-file") {
        "" => call.flags.text("patch").to_owned(),
        path => match call.io.host.read_file(path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => {
                return fail(format!("unable to read patch file: open {path}: {}", error.text()));
            }
        },
    };
    if text.trim_start().starts_with('{') {
        return Ok(text);
    }
    match manifest::read_one(text.as_bytes()) {
        Ok(value) => Ok(value.to_json()),
        Err(error) => {
            let error = error.trim_start_matches("error converting YAML to JSON: ");
            fail(format!("unable to parse {text:?}: {error}"))
        }
    }
}

async fn one(
    call: &Call<'_>,
    info: &Info,
    content_type: &str,
    patch: &str,
    dry_run: DryRun,
) -> Outcome<(Value, Value)> {
    if call.flags.is("local") {
        let after = apply(info, content_type, patch)?;
        return Ok((info.object.clone(), after));
    }
    let mut target = info.target();
    let subresource = call.flags.text("subresource");
    if !subresource.is_empty() {
        target = target.child(subresource);
    }
    let before = call.client.get(&target).await;
    let before = match before {
        Ok(before) => before,
        Err(failure) => return Err(info.or_missing_namespace(&call.client, failure).await),
    };
    if dry_run == DryRun::Client {
        let after = apply(&info.refreshed(before.clone()), content_type, patch)?;
        return Ok((before, after));
    }
    let target = target
        .query("fieldManager", call.flags.text("field-manager"))
        .query_some("dryRun", dry_run.parameter());
    let after =
        call.client.write_text(Method::Patch, &target, content_type, patch.to_owned()).await?;
    if call.flags.is("record") && dry_run == DryRun::No {
        super::record::note(call, info).await?;
    }
    Ok((before, after))
}

/// Works out on this side what the patch makes of the object.
fn apply(info: &Info, content_type: &str, patch: &str) -> Outcome<Value> {
    let patch = parse_json(patch.as_bytes()).map_err(|error| Failure::Text(error.message))?;
    let object = &info.object;
    let worded = |error: podyard_engine::patch::PatchError| Failure::Text(error.to_string());
    match (content_type, type_of(&info.resource)) {
        (MERGE_PATCH, _) => Ok(apply_merge_patch(object, &patch)),
        (JSON_PATCH, _) => {
            let patch = JsonPatch::from_value(&patch).map_err(worded)?;
            apply_json_patch(object, &patch).map_err(worded)
        }
        (_, Some(schema)) => apply_strategic_patch(schema, object, &patch).map_err(worded),
        (_, None) => {
            fail("cannot apply strategic merge patch for this kind locally, try --type merge")
        }
    }
}
