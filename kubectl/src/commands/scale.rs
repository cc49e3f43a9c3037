//! `kubectl scale`.
//!
//! Models kubectl's `pkg/cmd/scale` and `pkg/scale`.

use podyard_engine::sim::Delay;
use podyard_engine::value;
use podyard_engine::value::Value;
use podyard_engine::wire::Method;

use crate::call::{Call, DryRun};
use crate::client::{JSON, MERGE_PATCH};
use crate::command::Command;
use crate::failure::{Failure, Outcome};
use crate::flags::{self, Flag};
use crate::output::Reporter;
use crate::resource::{Info, Selector, latest};

const FLAGS: &[Flag] = &[
    flags::ALL,
    flags::LABELS,
    flags::int("current-replicas", "-1", "Scale only if the size is this now; -1 for any."),
    flags::int("replicas", "0", "The size to give it."),
    flags::text("resource-version", "Scale only if the resource version is this now."),
    flags::duration("timeout", "0s", "How long to wait for the new size; zero does not wait."),
];

pub(super) const SCALE: Command = Command::new(
    "scale",
    "Set a new size for a deployment, replica set, or replication controller",
    "[--resource-version=version] [--current-replicas=count] --replicas=COUNT \
     (-f FILENAME | TYPE NAME)",
)
.flags(&[FLAGS, flags::FILES, flags::PRINT, flags::DRY_RUN, flags::RECORD])
.required(&["replicas"])
.run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    let flags = &call.flags;
    if flags.int("replicas") < 0 {
        return Err(
            "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0"
                .into(),
        );
    }
    if flags.int("current-replicas") < -1 {
        return Err("The --current-replicas must specify an integer of -1 or greater".into());
    }
    let dry_run = call.dry_run()?;
    let mut reporter = Reporter::new(call)?;
    let selector = Selector::of(call, false);
    let (infos, failures) = latest(call, &selector).await?;
    if infos.is_empty() {
        let reasons: Vec<_> = failures.iter().map(Failure::text).collect();
        let text = format!("no objects passed to scale {}", reasons.join(", "));
        return Err(Failure::Text(text.trim_end().to_owned()));
    }
    if !flags.text("resource-version").is_empty() && infos.len() > 1 {
        return Err("cannot use --resource-version with multiple resources".into());
    }
    for info in &infos {
        if dry_run != DryRun::Client {
            scale(call, info, dry_run).await?;
        }
        if flags.is("record") && dry_run == DryRun::No {
            super::record::note(call, info).await?;
        }
        reporter.report(call, &info.object, &format!("scaled{}", dry_run.suffix()))?;
    }
    Failure::collect(failures)
}

async fn scale(call: &Call<'_>, info: &Info, dry_run: DryRun) -> Outcome {
    let flags = &call.flags;
    let target = info.target().child("scale").query_some("dryRun", dry_run.parameter());
    let replicas = flags.int("replicas");
    let (current, version) = (flags.int("current-replicas"), flags.text("resource-version"));
    if current == -1 && version.is_empty() {
        let patch = value!({ "spec": { "replicas": replicas } });
        call.client.patch(&target, MERGE_PATCH, &patch).await?;
    } else {
        let mut scale = call.client.get(&info.target().child("scale")).await?;
        check(
            "replicas",
            current != -1,
            &current.to_string(),
            &scale["spec"]["replicas"].int().to_string(),
        )?;
        let found = scale["metadata"]["resourceVersion"].text();
        check("resource version", !version.is_empty(), version, found)?;
        scale["spec"]["replicas"] = replicas.into();
        call.client.write(Method::Put, &target, JSON, &scale).await?;
    }
    let timeout = flags.duration("timeout");
    if timeout > Delay::ZERO && dry_run == DryRun::No {
        wait(call, info, replicas, timeout).await?;
    }
    Ok(())
}

fn check(what: &str, wanted: bool, expected: &str, found: &str) -> Outcome {
    if wanted && expected != found {
        return Err(Failure::Text(format!("Expected {what} to be {expected}, was {found}")));
    }
    Ok(())
}

async fn wait(call: &Call<'_>, info: &Info, replicas: i64, timeout: Delay) -> Outcome {
    let deadline = call.io.transport.now() + timeout;
    let target = info.target().child("scale");
    loop {
        let scale: Value = call.client.get(&target).await?;
        if scale["status"]["replicas"].int() == replicas {
            return Ok(());
        }
        if call.io.transport.now() >= deadline {
            return Err("timed out waiting for the condition".into());
        }
        call.io.transport.sleep(Delay::millis(500)).await;
    }
}
