//! `kubectl label` and `kubectl annotate`.
//!
//! Models kubectl's `pkg/cmd/label` and `pkg/cmd/annotate`.

use podyard_engine::api::names;
use podyard_engine::patch::create_merge_patch;
use podyard_engine::value::Value;

use super::change::{Pairs, Parsed, require_resources};
use crate::call::{Call, DryRun};
use crate::client::MERGE_PATCH;
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};
use crate::output::Reporter;
use crate::resource::{Info, Selector, latest, read_files};

const FLAGS: &[Flag] = &[
    flags::ALL,
    flags::ALL_NAMESPACES,
    flags::switch("list", "Print what is there."),
    flags::LOCAL,
    flags::switch("overwrite", "Change what is there."),
    flags::text("resource-version", "Change the object only if it is still at this version."),
];
const LABEL_MANAGER: &[Flag] = &[flags::field_manager("kubectl-label")];
const ANNOTATE_MANAGER: &[Flag] = &[flags::field_manager("kubectl-annotate")];

pub(super) const LABEL: Command = Command::new(
    "label",
    "Update the labels on a resource",
    "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N \
     [--resource-version=version]",
)
.flags(&[
    FLAGS,
    LABEL_MANAGER,
    flags::SELECT,
    flags::FILES,
    flags::PRINT,
    flags::DRY_RUN,
    flags::RECORD,
])
.run(|call| Box::pin(run(call, &LABELS)));

pub(super) const ANNOTATE: Command = Command::new(
    "annotate",
    "Update the annotations on a resource",
    "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N \
     [--resource-version=version]",
)
.flags(&[
    FLAGS,
    ANNOTATE_MANAGER,
    flags::SELECT,
    flags::FILES,
    flags::PRINT,
    flags::DRY_RUN,
    flags::RECORD,
])
.run(|call| Box::pin(run(call, &ANNOTATIONS)));

/// What the two commands differ in.
struct Words {
    /// The field of `metadata`.
    field: &'static str,
    /// As in "at least one label update is required".
    one: &'static str,
    /// As in "invalid annotation format".
    pair: &'static str,
}

static LABELS: Words = Words { field: "labels", one: "label", pair: "label" };
static ANNOTATIONS: Words = Words { field: "annotations", one: "annotation", pair: "annotation" };

impl Words {
    fn is_label(&self) -> bool {
        self.field == "labels"
    }
}

async fn run(call: &Call<'_>, words: &'static Words) -> Outcome {
    let flags = &call.flags;
    let split = Pairs::split(&call.args, words.pair)?;
    if flags.is("all") && !(flags.text("selector").is_empty()) {
        return fail("cannot set --all and --selector at the same time");
    }
    if flags.is("all") && !(flags.text("field-selector").is_empty()) {
        return fail("cannot set --all and --field-selector at the same time");
    }
    require_resources(&split.resources, call)?;
    let list = flags.is("list");
    if split.pairs.is_empty() && !list {
        return fail(format!("at least one {} update is required", words.one));
    }
    let parsed = parse(&split, words)?;
    let dry_run = call.dry_run()?;
    let mut reporter = Reporter::new(call)?;
    if flags.is("local") && !split.resources.is_empty() {
        let file = if words.is_label() { "pod" } else { "rsrc" };
        return fail(format!(
            "can only use local files by -f {file}.yaml or --filename={file}.json when \
             --local=true is set"
        ));
    }
    let (infos, mut failures) = objects(call, &split.resources).await?;
    if infos.len() > 1 && !flags.text("resource-version").is_empty() {
        return fail("--resource-version may only be used with a single resource");
    }
    let several = infos.len() > 1;
    for info in infos {
        if list {
            show(call, words, &info, several);
            continue;
        }
        if let Err(failure) = one(call, words, &parsed, &info, dry_run, &mut reporter).await {
            failures.push(failure);
        }
    }
    Failure::collect(failures)
}

async fn objects(call: &Call<'_>, resources: &[String]) -> Outcome<(Vec<Info>, Vec<Failure>)> {
    let mut selector = Selector::of(call, false);
    selector.args = resources.to_vec();
    if !call.flags.is("local") {
        return latest(call, &selector).await;
    }
    let (mut infos, mut failures) = (Vec::new(), Vec::new());
    for info in read_files(call, &selector.files).await? {
        match info {
            Ok(info) => infos.push(info),
            Err(failure) => failures.push(failure),
        }
    }
    Ok((infos, failures))
}

fn parse(split: &Pairs, words: &Words) -> Outcome<Parsed> {
    if !words.is_label() {
        let parsed = split.parse(words.pair, true)?;
        if let Some((key, _)) = parsed.set.iter().find(|(key, _)| parsed.removed.contains(key)) {
            return fail(format!(
                "can not both modify and remove the following annotation(s) in the same command: {key}"
            ));
        }
        return Ok(parsed);
    }
    let mut parsed = Parsed::default();
    for pair in &split.pairs {
        match pair.split('=').collect::<Vec<_>>().as_slice() {
            [key, value] => {
                let problems = names::label_value(value);
                if !problems.is_empty() {
                    return fail(format!("invalid label value: {pair:?}: {}", problems.join(";")));
                }
                parsed.set.push(((*key).to_owned(), (*value).to_owned()));
            }
            [key] if key.ends_with('-') => {
                parsed.removed.push(key.trim_end_matches('-').to_owned());
            }
            [_] => return fail(format!("unknown label spec: {pair}")),
            _ => return fail(format!("invalid label spec: {pair}")),
        }
    }
    if parsed.set.iter().any(|(key, _)| parsed.removed.contains(key)) {
        return fail("can not both modify and remove a label in the same command");
    }
    Ok(parsed)
}

/// Refuses to change what is there, unless told to.
fn check_overwrites(call: &Call<'_>, words: &Words, parsed: &Parsed, info: &Info) -> Outcome {
    if call.flags.is("overwrite") {
        return Ok(());
    }
    let found = &info.object["metadata"][words.field];
    let mut problems = Vec::new();
    for (key, value) in &parsed.set {
        if let Some(known) = found.get(key)
            && known.text() != value
        {
            let text = format!("'{key}' already has a value ({})", known.text());
            problems.push(if words.is_label() {
                Failure::Text(format!("{text}, and --overwrite is false"))
            } else {
                Failure::Text(text)
            });
        }
    }
    if words.is_label() || problems.is_empty() {
        return Failure::collect(problems);
    }
    let texts: Vec<_> = problems.iter().map(Failure::text).collect();
    fail(format!(
        "--overwrite is false but found the following declared annotation(s): {}",
        texts.join("; ")
    ))
}

async fn one(
    call: &Call<'_>,
    words: &Words,
    parsed: &Parsed,
    info: &Info,
    dry_run: DryRun,
    reporter: &mut Reporter,
) -> Outcome {
    check_overwrites(call, words, parsed, info)?;
    for key in &parsed.removed {
        if words.is_label() && info.object["metadata"]["labels"].get(key).is_none() {
            call.io.line(&format!("label {key:?} not found."));
        }
    }
    let after = changed(call, words, parsed, &info.object);
    let local = dry_run == DryRun::Client || call.flags.is("local");
    let result = if local {
        after.clone()
    } else {
        let patch = create_merge_patch(&info.object, &after);
        let target = info
            .target()
            .query("fieldManager", call.flags.text("field-manager"))
            .query_some("dryRun", dry_run.parameter());
        call.client.patch(&target, MERGE_PATCH, &patch).await?
    };
    let done = if !words.is_label() {
        "annotated"
    } else if info.object == after {
        "not labeled"
    } else if !call.flags.is("overwrite") && after.to_json().len() < info.object.to_json().len() {
        "unlabeled"
    } else {
        "labeled"
    };
    reporter.report(call, &result, &format!("{done}{}", dry_run.suffix()))
}

fn changed(call: &Call<'_>, words: &Words, parsed: &Parsed, object: &Value) -> Value {
    let mut after = object.clone();
    let metadata = &mut after["metadata"];
    let mut map = metadata[words.field].clone();
    for (key, value) in &parsed.set {
        map.set(key, value.as_str());
    }
    for key in &parsed.removed {
        map.remove(key);
    }
    // Go leaves an empty map behind, which its comparison sees.
    if map.is_null() {
        map = Value::map();
    }
    metadata.set(words.field, map);
    let version = call.flags.text("resource-version");
    if !version.is_empty() {
        metadata.set("resourceVersion", version);
    }
    if call.flags.is("record") && after != *object {
        after["metadata"]["annotations"].set(super::record::CHANGE_CAUSE, call.change_cause());
    }
    after
}

/// `--list`.
fn show(call: &Call<'_>, words: &Words, info: &Info, headed: bool) {
    if headed {
        let (kind, group) = (&info.resource.kind, &info.resource.group);
        call.io.line(&format!("Listing {} for {kind}.{group}/{}:", words.field, info.name));
    }
    let indent = if headed { " " } else { "" };
    for (key, value) in info.object["metadata"][words.field].entries() {
        call.io.line(&format!("{indent}{key}={}", value.text()));
    }
}
