//! `kubectl rollout pause`, `resume` and `restart`.

use podyard_engine::value::Value;

use super::objects;
use crate::call::{Call, DryRun};
use crate::commands::change;
use crate::failure::{Failure, Outcome};
use crate::output::Reporter;

/// Changes an object in place, or says why it cannot be done.
type Change = fn(&mut Value, &Call<'_>) -> Result<(), String>;

pub(super) async fn pause(call: &Call<'_>) -> Outcome {
    run(call, "paused", |object, _| {
        if object["kind"].text() != "Deployment" {
            return Err("pausing is not supported".to_owned());
        }
        if object["spec"]["paused"].is_true() {
            return Err("is already paused".to_owned());
        }
        object["spec"].set("paused", true);
        Ok(())
    })
    .await
}

pub(super) async fn resume(call: &Call<'_>) -> Outcome {
    run(call, "resumed", |object, _| {
        if object["kind"].text() != "Deployment" {
            return Err("resuming is not supported".to_owned());
        }
        if !object["spec"]["paused"].is_true() {
            return Err("is not paused".to_owned());
        }
        object["spec"].remove("paused");
        Ok(())
    })
    .await
}

pub(super) async fn restart(call: &Call<'_>) -> Outcome {
    run(call, "restarted", |object, call| {
        if !matches!(object["kind"].text(), "Deployment" | "DaemonSet" | "StatefulSet") {
            return Err("restarting is not supported".to_owned());
        }
        if object["spec"]["paused"].is_true() {
            return Err("can't restart paused deployment (run rollout resume first)".to_owned());
        }
        let now = call.io.transport.now().rfc3339();
        object["spec"]["template"]["metadata"]["annotations"]
            .set("kubectl.kubernetes.io/restartedAt", now);
        Ok(())
    })
    .await
}

async fn run(call: &Call<'_>, done: &str, change: Change) -> Outcome {
    let (infos, mut failures) = objects(call).await?;
    if infos.is_empty() && !failures.is_empty() {
        return Failure::collect(failures);
    }
    let mut reporter = Reporter::new(call)?.typed();
    if infos.is_empty() && failures.is_empty() {
        call.io.warn(&format!("No resources found in {} namespace.", call.namespace));
    }
    for info in infos {
        let mut after = info.object.clone();
        let result = match change(&mut after, call) {
            Ok(()) => change::send(call, &info, &after, DryRun::No).await,
            Err(problem) => Err(Failure::Text(format!(
                "error: {} {:?} {problem}",
                info.resource.qualified(),
                info.name
            ))),
        };
        match result {
            Ok(changed) => {
                reporter.report(call, &changed.unwrap_or_else(|| info.object.clone()), done)?;
            }
            Err(failure @ Failure::Status(_)) => {
                failures.push(Failure::Text(format!("failed to patch: {}", failure.text())));
            }
            Err(failure) => failures.push(failure),
        }
    }
    Failure::collect(failures)
}
