//! `kubectl diff`.
//!
//! Models kubectl's `pkg/cmd/diff`. The lines are compared here: no other
//! program is run.

mod lines;

use podyard_engine::value::{Value, parse_json};

use super::apply::{LAST_APPLIED, require_files, three_way};
use super::prune;
use crate::call::Call;
use crate::client::{APPLY_PATCH, MERGE_PATCH, STRATEGIC_PATCH};
use crate::command::Command;
use crate::failure::{Failure, Outcome};
use crate::flags::{self, Flag};
use crate::output::without_managed_fields;
use crate::print;
use crate::resource::{FileOptions, Info, Selector};

const FLAGS: &[Flag] = &[
    flags::int("concurrency", "1", "How many objects to look at at once."),
    flags::field_manager("kubectl-client-side-apply"),
    flags::switch("force-conflicts", "With --server-side, take over fields of others."),
    flags::LABELS,
    flags::switch("prune", "Show too what apply --prune would delete."),
    flags::list("prune-allowlist", "The kinds that --prune looks at, as group/version/kind."),
    flags::switch("server-side", "Let the server apply."),
    flags::switch("show-managed-fields", "Keep managedFields."),
];

pub(super) const DIFF: Command =
    Command::new("diff", "Diff the live version against a would-be applied version", "-f FILENAME")
        .flags(&[FLAGS, flags::FILES])
        .run(|call| {
            Box::pin(async move {
                // Exit code 1 says that there are differences, so failures take 2.
                run(call).await.map_err(|failure| match failure {
                    Failure::Exit(_) => failure,
                    failure => Failure::Code(2, failure.report().0),
                })
            })
        });

async fn run(call: &Call<'_>) -> Outcome {
    if !call.args.is_empty() {
        return Err(call.usage(format!("Unexpected args: [{}]", call.args.join(" "))));
    }
    require_files(call)?;
    let selector = Selector {
        labels: call.flags.text("selector").to_owned(),
        files: FileOptions::of(call),
        ..Selector::default()
    };
    let now = call.io.transport.now();
    let (mut failures, mut texts, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    for info in selector.files(call).await? {
        let compared = match info {
            Ok(info) => {
                seen.push(info.clone());
                compare(call, &info).await.map(|sides| (file_name(&info), sides))
            }
            Err(failure) => Err(failure),
        };
        match compared {
            Ok(found) => texts.push(found),
            Err(failure) => failures.push(failure),
        }
    }
    if call.flags.is("prune") {
        for gone in prune::candidates(call, &seen).await? {
            texts.push((file_name(&gone), (print::to_yaml(&gone.object), String::new())));
        }
    }
    Failure::collect(failures)?;
    texts.sort_by(|(a, _), (b, _)| a.cmp(b));
    // The directories' names only need to look as they do elsewhere.
    let number = now.as_micros() % 10_000_000_000;
    let folder = call.io.host.variable("TMPDIR").unwrap_or_else(|| "/tmp".to_owned());
    let (live_root, merged_root) =
        (format!("{folder}/LIVE-{number}"), format!("{folder}/MERGED-{}", number + 1));
    let mut differs = false;
    for (name, (live, merged)) in texts {
        let (from, to) = (format!("{live_root}/{name}"), format!("{merged_root}/{name}"));
        let stamp = lines::stamp(now);
        if let Some(text) = lines::unified(&live, &merged, (&from, &to), &stamp) {
            differs = true;
            call.io.line(&format!("diff -u -N {from} {to}"));
            call.io.out(&text);
        }
    }
    if differs { Err(Failure::Exit(1)) } else { Ok(()) }
}

fn file_name(info: &Info) -> String {
    let resource = &info.resource;
    let group =
        if resource.group.is_empty() { String::new() } else { format!("{}.", resource.group) };
    format!("{group}{}.{}.{}.{}", resource.version, resource.kind, info.namespace, info.name)
}

/// What is there and what would be, as YAML.
async fn compare(call: &Call<'_>, info: &Info) -> Outcome<(String, String)> {
    let live = match info.get(&call.client).await {
        Ok(live) => Some(live),
        Err(failure) if failure.is_not_found() => None,
        Err(failure) => return Err(failure),
    };
    let merged = merged(call, info, live.as_ref()).await?;
    let shown = |object: &Value| {
        let object = if call.flags.is("show-managed-fields") {
            object.clone()
        } else {
            without_managed_fields(object)
        };
        print::to_yaml(&object)
    };
    let (live, merged) = masked(live.unwrap_or_default(), merged);
    let live = if live.is_null() { String::new() } else { shown(&live) };
    Ok((live, shown(&merged)))
}

async fn merged(call: &Call<'_>, info: &Info, live: Option<&Value>) -> Outcome<Value> {
    let client = &call.client;
    let with = |target: crate::client::Target| {
        target.query("dryRun", "All").query("fieldManager", call.flags.text("field-manager"))
    };
    if call.flags.is("server-side") {
        let force = call.flags.is("force-conflicts").to_string();
        let changed = call.flags.changed("field-manager");
        let manager = if changed { call.flags.text("field-manager") } else { "kubectl" };
        let target = info
            .target()
            .query("dryRun", "All")
            .query("fieldManager", manager)
            .query("force", force);
        let answer = client.patch(&target, APPLY_PATCH, &info.object).await;
        if answer.as_ref().is_err_and(Failure::is_conflict) {
            let named = format!("{}: {}", info.resource.gvk(), info.name);
            let text = format!("Object ({named}) keeps changing, diffing without lock");
            call.log('W', "diff.go:723", &text);
        }
        return answer;
    }
    // What is shown has no annotation of its own doing: only the fields count.
    let mut modified = info.object.clone();
    let mut annotations = info.object["metadata"]["annotations"].clone();
    annotations.remove(LAST_APPLIED);
    modified["metadata"]
        .set("annotations", if annotations.is_null() { Value::map() } else { annotations });
    let Some(live) = live else {
        return client.create(&with(info.collection()), &modified).await;
    };
    let last = live["metadata"]["annotations"][LAST_APPLIED].text();
    let original = parse_json(last.as_bytes()).unwrap_or_default();
    let made = three_way(&info.resource, &original, &modified, live).map_err(Failure::Text)?;
    let content_type = if made.strategic { STRATEGIC_PATCH } else { MERGE_PATCH };
    client.patch(&with(info.target()), content_type, &made.patch).await
}

/// The values of Secrets are not shown, only that they differ.
fn masked(mut live: Value, mut merged: Value) -> (Value, Value) {
    if merged["kind"].text() != "Secret" {
        return (live, merged);
    }
    let (old, new) = (live["data"].clone(), merged["data"].clone());
    let mask = |own: &Value, other: &Value, note: &str| {
        let mut masked = own.clone();
        for (key, value) in own.entries() {
            let differs = other.get(key).is_some_and(|other| other != value);
            masked.set(key, if differs { format!("*** ({note})") } else { "***".to_owned() });
        }
        masked
    };
    live.set_nonzero("data", mask(&old, &new, "before"));
    merged.set_nonzero("data", mask(&new, &old, "after"));
    if live.is_empty() {
        live = Value::Null;
    }
    (live, merged)
}
