//! `kubectl cordon`, `uncordon`, `drain` and `taint`.

mod drain;
mod taint;

use podyard_engine::value::Value;

pub(super) use self::drain::DRAIN;
pub(super) use self::taint::TAINT;

use super::change;
use crate::call::{Call, DryRun};
use crate::command::Command;
use crate::failure::{Failure, Outcome};
use crate::flags::{self, Flag};
use crate::resource::{Info, MISSING, Selector, latest};

const FLAGS: &[Flag] = &[flags::LABELS];

pub(super) const CORDON: Command = Command::new("cordon", "Mark node as unschedulable", "NODE")
    .flags(&[FLAGS, flags::DRY_RUN])
    .run(|call| Box::pin(run(call, true)));

pub(super) const UNCORDON: Command = Command::new("uncordon", "Mark node as schedulable", "NODE")
    .flags(&[FLAGS, flags::DRY_RUN])
    .run(|call| Box::pin(run(call, false)));

async fn run(call: &Call<'_>, cordon: bool) -> Outcome {
    let dry_run = call.dry_run()?;
    let (nodes, failures) = nodes(call).await?;
    // All of them, or none.
    Failure::collect(failures)?;
    mark(call, &nodes, cordon, dry_run).await
}

/// The nodes that the arguments name.
async fn nodes(call: &Call<'_>) -> Outcome<(Vec<Info>, Vec<Failure>)> {
    let by_labels = !call.flags.text("selector").is_empty();
    let command = call.path.last().map_or("", |command| command.name);
    if call.args.is_empty() && call.flags.changed("selector") && !by_labels {
        return Err(MISSING.into());
    }
    if call.args.is_empty() && !by_labels {
        return Err(call.usage(format!("USAGE: {command} NODE [flags]")));
    }
    if !call.args.is_empty() && by_labels {
        return Err(call.usage("error: cannot specify both a node name and a --selector option"));
    }
    let mut selector = Selector::of(call, false);
    let named = call.args.iter().map(|arg| arg.trim_start_matches("node/").to_owned());
    selector.args = std::iter::once("nodes".to_owned()).chain(named).collect();
    latest(call, &selector).await
}

/// Marks nodes as unschedulable, or as schedulable again.
async fn mark(call: &Call<'_>, nodes: &[Info], cordon: bool, dry_run: DryRun) -> Outcome {
    let done = if cordon { "cordoned" } else { "uncordoned" };
    let mut failed = false;
    for node in nodes {
        let mut after = node.object.clone();
        if cordon == node.object["spec"]["unschedulable"].is_true() {
            call.io.line(&format!("node/{} already {done}{}", node.name, dry_run.suffix()));
            continue;
        }
        if cordon {
            after["spec"].set("unschedulable", true);
        } else {
            after["spec"].remove("unschedulable");
        }
        match change::send(call, node, &after, dry_run).await {
            Ok(_) => call.io.line(&format!("node/{} {done}{}", node.name, dry_run.suffix())),
            Err(failure) => {
                failed = true;
                let word = if cordon { "cordon" } else { "uncordon" };
                call.io.warn(&format!(
                    "error: unable to {word} node {:?}: {}",
                    node.name,
                    failure.text()
                ));
            }
        }
    }
    if failed { Err(Failure::Exit(1)) } else { Ok(()) }
}

/// The controller of an object.
fn controller(pod: &Value) -> Option<&Value> {
    let mut owners = pod["metadata"]["ownerReferences"].items().iter();
    owners.find(|owner| owner["controller"].is_true())
}
