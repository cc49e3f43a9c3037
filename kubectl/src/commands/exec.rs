//! `kubectl exec` and `kubectl attach`.
//!
//! Models kubectl's `pkg/cmd/exec` and `pkg/cmd/attach`.

use super::pods_of;
use super::session::{self, Session};
use crate::call::Call;
use crate::command::Command;
use crate::failure::{Outcome, fail};
use crate::flags::{self, Flag};
use crate::resource::{Info, Selection, Selector};

const FLAGS: &[Flag] = &[
    flags::CONTAINER,
    flags::list("filename", "A file that names the object.").short('f'),
    flags::POD_RUNNING_TIMEOUT,
];
const ATTACH_FLAGS: &[Flag] = &[flags::CONTAINER, flags::POD_RUNNING_TIMEOUT];

pub(super) const EXEC: Command = Command::new(
    "exec",
    "Execute a command in a container",
    "(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]",
)
.flags(&[FLAGS, flags::TERMINAL])
.run(|call| Box::pin(exec(call)));

pub(super) const ATTACH: Command =
    Command::new("attach", "Attach to a running container", "(POD | TYPE/NAME) -c CONTAINER")
        .flags(&[ATTACH_FLAGS, flags::TERMINAL])
        .run(|call| Box::pin(attach(call)));

async fn exec(call: &Call<'_>) -> Outcome {
    let by_file = !call.flags.list("filename").is_empty();
    if call.args.is_empty() && !by_file {
        return fail("pod, type/name or --filename must be specified");
    }
    let (mut names, command) = match call.dash {
        None if by_file => (Vec::new(), call.args.clone()),
        None if call.args.len() > 1 => {
            return Err(call.usage(
                "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] \
                 instead",
            ));
        }
        None => (call.args.clone(), Vec::new()),
        Some(dash) => {
            let (names, command) = call.args.split_at(dash.min(call.args.len()));
            (names.to_vec(), command.to_vec())
        }
    };
    if names.is_empty() && !by_file {
        return fail("pod, type/name or --filename must be specified");
    }
    if names.len() > 1 {
        return Err(call.usage(
            "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead",
        ));
    }
    if command.is_empty() {
        return fail("you must specify at least one command for the container");
    }
    let pod = match names.pop() {
        Some(name) => pod(call, &name).await?,
        None => pod(call, "").await?,
    };
    let phase = pod.object["status"]["phase"].text();
    if matches!(phase, "Succeeded" | "Failed") {
        return fail(format!(
            "cannot exec into a container in a completed pod; current phase is {phase}"
        ));
    }
    let container = match call.flags.text("container") {
        "" => session::container(call, &pod.object)?,
        given => given.to_owned(),
    };
    session::exec(call, &pod, &container, &command, Session::of(call)).await
}

async fn attach(call: &Call<'_>) -> Outcome {
    let [name] = call.args.as_slice() else {
        return fail(if call.args.is_empty() {
            "at least 1 argument is required for attach".to_owned()
        } else {
            format!(
                "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {}: {:?}",
                call.args.len(),
                call.args
            )
        });
    };
    let pod = pod(call, name).await?;
    let phase = pod.object["status"]["phase"].text();
    if matches!(phase, "Succeeded" | "Failed") {
        return fail(format!(
            "cannot attach a container in a completed pod; current phase is {phase}"
        ));
    }
    let container = session::container(call, &pod.object)?;
    session::attach(call, &pod, &pod.object, &container).await
}

/// The Pod that a word names: a Pod, or the first of a workload.
pub(super) async fn pod(call: &Call<'_>, word: &str) -> Outcome<Info> {
    let mut selector = Selector::of(call, false);
    selector.args = match word {
        "" => Vec::new(),
        word if selector.files.are_given() => vec![format!("pods/{word}")],
        word if word.contains('/') => vec![word.to_owned()],
        word => vec!["pods".to_owned(), word.to_owned()],
    };
    let Selection::Objects(objects) = selector.resolve(call).await? else {
        return fail("a single pod must be named");
    };
    let Some(info) = objects.into_iter().next() else {
        return fail("a single pod must be named");
    };
    let info = info?;
    let object = info.get(&call.client).await?;
    let info = info.refreshed(object);
    if info.resource.kind == "Pod" {
        return Ok(info);
    }
    let pods = pods_of::read(call, &info, pods_of::Order::Active).await;
    let mut pods = pods.map_err(|failure| {
        if failure.text().contains("is defined without a selector") {
            return failure.under(&format!("cannot attach to *v1.{}", info.resource.kind));
        }
        failure
    })?;
    if pods.is_empty() {
        return fail("timed out waiting for the condition");
    }
    Ok(pods.swap_remove(0))
}
