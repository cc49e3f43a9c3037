//! `kubectl rollout`.
//!
//! Models kubectl's `pkg/cmd/rollout` and `pkg/polymorphichelpers`.

mod history;
mod revisions;
mod status;
mod switch;
mod undo;

use crate::call::Call;
use crate::command::Command;
use crate::failure::{Failure, Outcome};
use crate::flags::{self, Flag};
use crate::resource::{FileOptions, Info, Selector, latest};

const STATUS_FLAGS: &[Flag] = &[
    flags::LABELS,
    flags::int("revision", "0", "Insist on this revision; 0 for the last one."),
    flags::duration("timeout", "0s", "How long to watch; zero watches to the end."),
    flags::switch("watch", "Watch until it is done.").short('w').default("true"),
];
const HISTORY_FLAGS: &[Flag] =
    &[flags::LABELS, flags::int("revision", "0", "Show this revision in full.")];
const UNDO_FLAGS: &[Flag] = &[
    flags::LABELS,
    flags::int("to-revision", "0", "The revision to go back to; 0 for the one before."),
];
const SWITCH_FLAGS: &[Flag] = &[flags::LABELS, flags::field_manager("kubectl-rollout")];

pub(super) const ROLLOUT: Command =
    Command::new("rollout", "Manage the rollout of a resource", "SUBCOMMAND").children(&[
        Command::new("history", "View rollout history", "(TYPE NAME | TYPE/NAME) [flags]")
            .flags(&[HISTORY_FLAGS, flags::FILES, flags::PRINT])
            .run(|call| Box::pin(history::run(call))),
        Command::new("pause", "Mark the provided resource as paused", "RESOURCE")
            .flags(&[SWITCH_FLAGS, flags::FILES, flags::PRINT])
            .run(|call| Box::pin(switch::pause(call))),
        Command::new("restart", "Restart a resource", "RESOURCE")
            .flags(&[SWITCH_FLAGS, flags::FILES, flags::PRINT])
            .run(|call| Box::pin(switch::restart(call))),
        Command::new("resume", "Resume a paused resource", "RESOURCE")
            .flags(&[SWITCH_FLAGS, flags::FILES, flags::PRINT])
            .run(|call| Box::pin(switch::resume(call))),
        Command::new("status", "Show the status of the rollout", "(TYPE NAME | TYPE/NAME) [flags]")
            .flags(&[STATUS_FLAGS, flags::FILES])
            .run(|call| Box::pin(status::run(call))),
        Command::new("undo", "Undo a previous rollout", "(TYPE NAME | TYPE/NAME) [flags]")
            .flags(&[UNDO_FLAGS, flags::FILES, flags::PRINT, flags::DRY_RUN])
            .run(|call| Box::pin(undo::run(call))),
    ]);

/// The objects that are meant, and what went wrong with the others.
async fn objects(call: &Call<'_>) -> Outcome<(Vec<Info>, Vec<Failure>)> {
    if call.args.is_empty() && !FileOptions::of(call).are_given() {
        return Err("required resource not specified".into());
    }
    latest(call, &Selector::of(call, true)).await
}

/// Does `act` to every object; failures do not keep it from the others.
async fn each(call: &Call<'_>, act: impl AsyncFn(&Info) -> Outcome) -> Outcome {
    let (infos, mut failures) = objects(call).await?;
    for info in &infos {
        if let Err(failure) = act(info).await {
            failures.push(failure);
        }
    }
    Failure::collect(failures)
}
