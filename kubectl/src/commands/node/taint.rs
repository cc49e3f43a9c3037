//! `kubectl taint`.
//!
//! Models kubectl's `pkg/cmd/taint`.

use podyard_engine::api::names;
use podyard_engine::value;
use podyard_engine::value::Value;

use crate::call::Call;
use crate::command::Command;
use crate::commands::change;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};
use crate::output::Reporter;
use crate::resource::{Selector, latest};

const FLAGS: &[Flag] = &[
    flags::ALL,
    flags::field_manager("kubectl-taint"),
    flags::LABELS,
    flags::switch("overwrite", "Change taints that are there."),
];

pub(in crate::commands) const TAINT: Command = Command::new(
    "taint",
    "Update the taints on one or more nodes",
    "NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N",
)
.flags(&[FLAGS, flags::PRINT, flags::DRY_RUN, flags::VALIDATE])
.run(|call| Box::pin(run(call)));

/// What the arguments ask for.
#[derive(Default)]
struct Wanted {
    resources: Vec<String>,
    added: Vec<Value>,
    removed: Vec<Value>,
}

async fn run(call: &Call<'_>) -> Outcome {
    let wanted = parse(call)?;
    let dry_run = call.dry_run()?;
    let mut selector = Selector::of(call, false);
    selector.args.clone_from(&wanted.resources);
    if selector.type_means_all || !selector.labels.is_empty() {
        // All of them, or those with the labels: names say nothing then.
        selector.args.truncate(1);
    }
    call.validation()?;
    let mut reporter = Reporter::new(call)?;
    let (nodes, mut failures) = latest(call, &selector).await?;
    for node in nodes {
        let (done, taints) = match taints(call, &wanted, &node.object) {
            Ok(found) => found,
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        let mut after = node.object.clone();
        if taints.is_empty() {
            after["spec"].remove("taints");
        } else {
            after["spec"].set("taints", Value::list(taints));
        }
        match change::send(call, &node, &after, dry_run).await {
            Ok(changed) => {
                let object = changed.unwrap_or(after);
                reporter.report(call, &object, done)?;
            }
            Err(failure) => failures.push(failure),
        }
    }
    Failure::collect(failures)
}

fn parse(call: &Call<'_>) -> Outcome<Wanted> {
    let mut wanted = Wanted::default();
    let mut specs: Vec<&str> = Vec::new();
    for arg in &call.args {
        let is_spec = arg.contains('=') || arg.contains(':') || arg.ends_with('-');
        if is_spec {
            specs.push(arg);
        } else if specs.is_empty() {
            wanted.resources.push(arg.clone());
        } else {
            return fail(format!("all resources must be specified before taint changes: {arg}"));
        }
    }
    let flags = &call.flags;
    let usage = |text: String| call.usage(text);
    if wanted.resources.is_empty() {
        return fail("one or more resources must be specified as <resource> <name>");
    }
    if specs.is_empty() {
        return fail("at least one taint update is required");
    }
    if !matches!(wanted.resources.first().map(String::as_str), Some("node" | "nodes" | "no")) {
        return fail(format!(
            "invalid resource type {}, only node types are supported",
            wanted.resources.first().map_or("", String::as_str)
        ));
    }
    if flags.is("all") && !flags.text("selector").is_empty() {
        return fail("setting 'all' parameter with a non empty selector is prohibited");
    }
    if wanted.resources.len() < 2 && !flags.is("all") && flags.text("selector").is_empty() {
        return fail(
            "at least one resource name must be specified since 'all' parameter is not set",
        );
    }
    for spec in specs {
        match spec.strip_suffix('-') {
            Some(removed) => wanted.removed.push(taint(removed, true).map_err(&usage)?),
            None => wanted.added.push(taint(spec, false).map_err(&usage)?),
        }
    }
    for (at, new) in wanted.added.iter().enumerate() {
        if wanted.added.iter().take(at).any(|before| same(before, new)) {
            return Err(call.usage(format!(
                "duplicated taints with the same key and effect: {{{} {} {} <nil>}}",
                new["key"].text(),
                new["value"].text(),
                new["effect"].text()
            )));
        }
    }
    let both = wanted.added.iter().filter(|new| wanted.removed.iter().any(|gone| same(gone, new)));
    let both: Vec<_> =
        both.map(|one| format!("{}={}", one["key"].text(), one["effect"].text())).collect();
    if !both.is_empty() {
        return fail(format!(
            "can not both modify and remove the following taint(s) in the same command: {}",
            both.join(", ")
        ));
    }
    Ok(wanted)
}

/// Reads `key=value:effect`; what is removed may lack all but the key.
fn taint(spec: &str, removed: bool) -> Result<Value, String> {
    let (rest, effect) = spec.split_once(':').unwrap_or((spec, ""));
    // Only what has an effect can have a value.
    let (key, text) = match rest.split_once('=') {
        Some((key, text)) if spec.contains(':') => (key, text),
        _ => (rest, ""),
    };
    if effect.contains(':') || text.contains('=') {
        return Err(format!("invalid taint spec: {spec}"));
    }
    if !effect.is_empty() && !matches!(effect, "NoSchedule" | "PreferNoSchedule" | "NoExecute") {
        return Err(format!("invalid taint effect: {effect}, unsupported taint effect"));
    }
    let problems = names::qualified_name(key);
    if !problems.is_empty() {
        return Err(format!("invalid taint spec: {spec}, {}", problems.join("; ")));
    }
    let problems = names::label_value(text);
    if !problems.is_empty() {
        return Err(format!("invalid taint spec: {spec}, {}", problems.join("; ")));
    }
    if effect.is_empty() && !removed {
        return Err(format!("invalid taint spec: {spec}"));
    }
    let mut taint = value!({ "key": key });
    taint.set_nonzero("value", text);
    taint.set_nonzero("effect", effect);
    Ok(taint)
}

fn same(a: &Value, b: &Value) -> bool {
    a["key"] == b["key"] && a["effect"] == b["effect"]
}

/// What is done to the node, and its taints afterwards.
fn taints(call: &Call<'_>, wanted: &Wanted, node: &Value) -> Outcome<(&'static str, Vec<Value>)> {
    let old = node["spec"]["taints"].items();
    let overwrite = call.flags.is("overwrite");
    if !overwrite {
        let clash: Vec<_> = wanted
            .added
            .iter()
            .filter(|new| old.iter().any(|old| same(old, new)))
            .map(|new| new["key"].text())
            .collect();
        if !clash.is_empty() {
            return fail(format!(
                "node {} already has {} taint(s) with same effect(s) and --overwrite is false",
                node["metadata"]["name"].text(),
                clash.join(",")
            ));
        }
    }
    let mut taints = wanted.added.clone();
    let kept: Vec<Value> =
        old.iter().filter(|old| !taints.iter().any(|new| same(old, new))).cloned().collect();
    taints.extend(kept);
    let added = taints.len() != old.len();
    let mut failures = Vec::new();
    for gone in &wanted.removed {
        let before = taints.len();
        let by_key = gone["effect"].is_null();
        taints
            .retain(|one| one["key"] != gone["key"] || !by_key && one["effect"] != gone["effect"]);
        if taints.len() == before {
            let named = match gone["effect"].text() {
                "" => gone["key"].text().to_owned(),
                effect => format!("{}:{effect}", gone["key"].text()),
            };
            failures.push(Failure::Text(format!("taint {named:?} not found")));
        }
    }
    Failure::collect(failures)?;
    let deleted = !wanted.removed.is_empty();
    let done = match (added, deleted) {
        _ if overwrite => "modified",
        (true, true) => "modified",
        (true, false) => "tainted",
        _ => "untainted",
    };
    Ok((done, taints))
}
