//! `kubectl edit`, and the editing of objects before they are created.
//!
//! Models kubectl's `pkg/cmd/util/editor`.

use podyard_engine::value::Value;

use super::apply::{LAST_APPLIED, with_last_applied};
use super::change;
use crate::call::Call;
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
    let (infos, failures) = latest(call, &Selector::of(call, true)).await?;
    call.validation()?;
    Failure::collect(failures)?;
    let format = Format::of(call)?;
    let mut reporter = Reporter::new(call)?;
    if infos.is_empty() {
        return fail("edit cancelled, no objects found");
    }
    for info in infos {
        let info = match call.flags.text("subresource") {
            "" => info,
            name => {
                let object = call.client.get(&info.target().child(name)).await?;
                info.refreshed(object)
            }
        };
        if let Some(object) = one(call, &info, format).await? {
            reporter.report(call, &object, "edited")?;
        }
    }
    Ok(())
}

/// How the object is shown for editing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// YAML, below a comment that says what to do.
    Yaml,
    /// JSON, which has no comments.
    Json,
}

impl Format {
    /// What `-o` asks for.
    pub(super) fn of(call: &Call<'_>) -> Outcome<Self> {
        match call.flags.text("output") {
            "" | "yaml" => Ok(Self::Yaml),
            "json" => Ok(Self::Json),
            other => fail(format!(
                "unable to match a printer suitable for the output format {other:?}, allowed \
                 formats are: json,yaml"
            )),
        }
    }

    /// The text to edit: `object` below the `header`.
    pub(super) fn text(self, header: &str, object: &Value) -> String {
        match self {
            Self::Yaml => format!("{header}{}", print::to_yaml(object)),
            Self::Json => print::to_json_text(object),
        }
    }
}

/// The editor that the environment names.
fn editor(call: &Call<'_>) -> String {
    let named = ["KUBE_EDITOR", "EDITOR"].into_iter().find_map(|name| call.io.host.variable(name));
    named.filter(|name| !name.is_empty()).unwrap_or_else(|| "vi".to_owned())
}

/// Lets the person edit `text`; none when it comes back empty.
pub(super) async fn open(call: &Call<'_>, text: &str) -> Outcome<Option<String>> {
    let edited = launch(call, text).await?;
    let is_empty = edited.lines().all(|line| line.trim().is_empty() || line.starts_with('#'));
    Ok((!is_empty).then_some(edited))
}

/// Lets the person edit `text`.
async fn launch(call: &Call<'_>, text: &str) -> Outcome<String> {
    let editor = editor(call);
    let dos = call.flags.is("windows-line-endings");
    let given = if dos { text.replace('\n', "\r\n") } else { text.to_owned() };
    let edited = call.io.host.edit(&editor, "kubectl-edit.yaml", &given).await;
    Ok(edited.map_err(Failure::Text)?.replace("\r\n", "\n"))
}

/// Edits one object until it can be saved or nothing is changed any more.
async fn one(call: &Call<'_>, info: &Info, format: Format) -> Outcome<Option<Value>> {
    let before = without_managed_fields(&info.object);
    let save = async |edited: &str| save(call, info, &before, edited).await;
    until_saved(call, &described(info), format.text(HEADER, &before), save).await
}

/// What became of an edited text.
enum Saved {
    /// It is stored, and this is the object now.
    Done(Value),
    /// It is wrong, for this reason; it may be mended.
    Again(String),
    /// Nothing more can be done with it.
    Lost(Failure),
}

/// An object as editing speaks of it.
fn described(info: &Info) -> String {
    format!("{} {:?}", info.resource.qualified(), info.name)
}

/// The text without its comments.
fn stripped(text: &str) -> String {
    text.split_inclusive('\n').filter(|line| !line.starts_with('#')).collect()
}

/// Lets the person edit `original` until `save` is content, or the same text
/// comes back.
async fn until_saved(
    call: &Call<'_>,
    resource: &str,
    original: String,
    save: impl AsyncFn(&str) -> Saved,
) -> Outcome<Option<Value>> {
    let (mut text, mut last) = (original.clone(), None);
    loop {
        let edited = launch(call, &text).await?;
        let plain = stripped(&edited);
        if last.as_ref() == Some(&plain) {
            keep(call, &edited);
            return fail("Edit cancelled, no valid changes were saved.");
        }
        let reason = match manifest::read_one(plain.as_bytes()) {
            _ if plain == stripped(&original) => {
                call.io.warn("Edit cancelled, no changes made.");
                return Ok(None);
            }
            Ok(value) if value.as_map().is_none() => {
                let name = "The edited file failed validation";
                call.io.warn(&format!("error: {resource} is invalid"));
                format!("{resource} was not valid:\n* {name}")
            }
            Ok(_) => match save(&plain).await {
                Saved::Done(object) => return Ok(Some(object)),
                Saved::Again(reason) => reason,
                Saved::Lost(failure) => {
                    keep(call, &edited);
                    return Err(failure);
                }
            },
            Err(error) => format!("The edited file had a syntax error: {error}"),
        };
        let lines: Vec<_> = reason.lines().map(|line| format!("# {line}\n")).collect();
        text = format!("{HEADER}{}#\n{plain}", lines.concat());
        last = Some(plain);
    }
}

/// Keeps a text that could not be saved, and says where.
fn keep(call: &Call<'_>, text: &str) -> String {
    let path = keep_silently(call, text);
    call.io.warn(&format!("A copy of your changes has been stored to {path:?}"));
    path
}

fn keep_silently(call: &Call<'_>, text: &str) -> String {
    let folder = call.io.host.variable("TMPDIR").unwrap_or_else(|| "/tmp".to_owned());
    let number = call.io.transport.now().as_micros() % 10_000_000_000;
    let ending = if call.flags.text("output") == "json" { "json" } else { "yaml" };
    let path = format!("{folder}/kubectl-edit-{number}.{ending}");
    // The copy is a kindness: without it, the person still has the reason.
    call.io.host.write_file(&path, text.as_bytes()).ok();
    path
}

async fn save(call: &Call<'_>, info: &Info, before: &Value, edited: &str) -> Saved {
    let mut after = match manifest::read_one(edited.as_bytes()) {
        Ok(after) => after,
        Err(error) => return Saved::Again(format!("The edited file had a syntax error: {error}")),
    };
    if let Err(failure) = known_kind(call, &after).await {
        return Saved::Again(format!("The edited file had a syntax error: {}", failure.text()));
    }
    let (was, is) = (&before["metadata"], &after["metadata"]);
    if was["uid"] != is["uid"] {
        return Saved::Lost(Failure::Text(format!(
            "no original object found for &unstructured.Unstructured{{Object:{}}}",
            print::go_syntax(&after)
        )));
    }
    let same = |field: &str| after[field] == before[field];
    if !same("apiVersion") || !same("kind") || was["name"] != is["name"] {
        return Saved::Lost("At least one of apiVersion, kind and name was changed".into());
    }
    if call.flags.is("record") {
        after["metadata"]["annotations"].set(super::record::CHANGE_CAUSE, call.change_cause());
    }
    let annotated = after["metadata"]["annotations"].get(LAST_APPLIED).is_some();
    if call.flags.is("save-config") || annotated && call.flags.changed("save-config") {
        after = with_last_applied(after);
    }
    match send(call, info, before, &after).await {
        Ok(object) => Saved::Done(object),
        Err(failure) => refused(call, info, edited, &failure),
    }
}

/// What the server's refusal leads to.
fn refused(call: &Call<'_>, info: &Info, edited: &str, failure: &Failure) -> Saved {
    let what = described(info);
    match failure.reason() {
        "Invalid" => {
            call.io.warn(&format!("error: {what} is invalid"));
            Saved::Again(format!("{what} was not valid:\n* {}", failure.text()))
        }
        "NotFound" => {
            call.io.warn(&format!("error: {what} could not be found on the server"));
            let path = keep(call, edited);
            call.io.warn(&format!(
                "The edits you made on deleted resources have been saved to {path:?}"
            ));
            Saved::Lost(Failure::Exit(1))
        }
        _ => {
            call.io.warn(&format!("error: {what} could not be patched: {}", failure.text()));
            let path = keep_silently(call, edited);
            call.io.warn(&format!(
                "You can run `kubectl replace -f {path}` to try this update again."
            ));
            Saved::Lost(Failure::Exit(1))
        }
    }
}

async fn known_kind(call: &Call<'_>, object: &Value) -> Outcome {
    let (api_version, kind) = (object["apiVersion"].text(), object["kind"].text());
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    match call.client.discovery().await?.kind(group, version, kind) {
        Some(_) => Ok(()),
        None => fail(format!("no matches for kind {kind:?} in version {api_version:?}")),
    }
}

async fn send(call: &Call<'_>, info: &Info, before: &Value, after: &Value) -> Outcome<Value> {
    let (patch, content_type) = change::difference(&info.resource, before, after)?;
    if call.flags.is("output-patch") {
        call.io.line(&format!("Patch: {}", patch.to_json()));
    }
    let mut target = info.target().query_some("fieldManager", call.flags.text("field-manager"));
    match call.flags.text("subresource") {
        "" => {}
        name => target = target.child(name),
    }
    let target = target.query("fieldValidation", call.validation()?);
    call.client.patch(&target, content_type, &patch).await
}

/// `create --edit`: edits the objects of the files, then creates them.
pub(super) async fn create(call: &Call<'_>) -> Outcome {
    let format = Format::of(call)?;
    let mut reporter = Reporter::new(call)?;
    for info in read_files(call, &FileOptions::of(call).validated()).await? {
        let info = info?;
        let save = async |edited: &str| {
            let object = manifest::read_one(edited.as_bytes()).unwrap_or_default();
            if let Err(failure) = known_kind(call, &object).await {
                return Saved::Again(failure.text());
            }
            let target = info
                .collection()
                .query("fieldManager", call.flags.text("field-manager"))
                .query("fieldValidation", call.validation().unwrap_or("Strict"));
            match call.client.create(&target, &object).await {
                Ok(object) => Saved::Done(object),
                Err(failure) => Saved::Lost(failure),
            }
        };
        let original = format.text(HEADER, &info.object);
        let saved = until_saved(call, &described(&info), original, save).await?;
        if let Some(object) = saved {
            reporter.report(call, &object, "created")?;
        }
    }
    Ok(())
}
