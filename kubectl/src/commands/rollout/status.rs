//! `kubectl rollout status`.

use podyard_engine::sim::Delay;
use podyard_engine::value::Value;

use super::objects;
use crate::call::Call;
use crate::client::JSON;
use crate::commands::wait::alone;
use crate::failure::{Failure, Outcome, fail};
use crate::resource::Info;

pub(super) async fn run(call: &Call<'_>) -> Outcome {
    if call.flags.int("revision") < 0 {
        return fail(format!(
            "revision must be a positive integer: {}",
            call.flags.int("revision")
        ));
    }
    let (infos, failures) = objects(call).await?;
    Failure::collect(failures)?;
    if infos.is_empty() {
        call.io.warn(&format!("No resources found in {} namespace.", call.namespace));
    }
    for info in &infos {
        follow(call, info).await?;
    }
    Ok(())
}

/// Prints the status of one object until its rollout is done.
async fn follow(call: &Call<'_>, info: &Info) -> Outcome {
    if !matches!(info.resource.kind.as_str(), "Deployment" | "DaemonSet" | "StatefulSet") {
        return fail(format!("no status viewer has been implemented for {}", go_group_kind(info)));
    }
    let timeout = call.flags.duration("timeout");
    let deadline = (timeout > Delay::ZERO).then(|| call.io.transport.now() + timeout);
    let target = alone(info).target();
    let list = call.client.get(&target).await?;
    if let Some(object) = list["items"].items().first()
        && show(call, info, object)?
    {
        return Ok(());
    }
    let mut version = list["metadata"]["resourceVersion"].text().to_owned();
    loop {
        let mut watch = call.client.watch(&target, JSON, &version).await?;
        while let Some(event) = watch.next(deadline).await? {
            if event.kind == "DELETED" {
                return fail("object has been deleted");
            }
            event.object["metadata"]["resourceVersion"].text().clone_into(&mut version);
            if show(call, info, &event.object)? {
                return Ok(());
            }
        }
        if deadline.is_some_and(|deadline| call.io.transport.now() >= deadline) {
            return fail("timed out waiting for the condition");
        }
    }
}

/// Prints the status; gives whether there is no more to wait for.
fn show(call: &Call<'_>, info: &Info, object: &Value) -> Outcome<bool> {
    let (text, done) = match info.resource.kind.as_str() {
        "Deployment" => deployment(object, call.flags.int("revision"))?,
        "DaemonSet" => daemon_set(object)?,
        _ => stateful_set(object)?,
    };
    call.io.line(&text);
    Ok(done || !call.flags.is("watch"))
}

fn go_group_kind(info: &Info) -> String {
    let (kind, group) = (&info.resource.kind, &info.resource.group);
    if group.is_empty() { kind.clone() } else { format!("{kind}.{group}") }
}

/// Whether the controller has yet to see the last change.
fn is_unobserved(object: &Value) -> bool {
    object["metadata"]["generation"].int() > object["status"]["observedGeneration"].int()
}

fn deployment(object: &Value, revision: i64) -> Outcome<(String, bool)> {
    let name = object["metadata"]["name"].text();
    let (spec, status) = (&object["spec"], &object["status"]);
    if revision > 0 {
        let running = super::revisions::number(object);
        if running != revision {
            return fail(format!(
                "desired revision ({revision}) is different from the running revision ({running})"
            ));
        }
    }
    if is_unobserved(object) {
        return Ok(("Waiting for deployment spec update to be observed...".to_owned(), false));
    }
    let late = status["conditions"].items().iter().any(|condition| {
        condition["type"].text() == "Progressing"
            && condition["reason"].text() == "ProgressDeadlineExceeded"
    });
    if late {
        return fail(format!("deployment {name:?} exceeded its progress deadline"));
    }
    let (wanted, updated) = (spec["replicas"].int(), status["updatedReplicas"].int());
    let (all, available) = (status["replicas"].int(), status["availableReplicas"].int());
    let waiting = format!("Waiting for deployment {name:?} rollout to finish:");
    Ok(if updated < wanted {
        (format!("{waiting} {updated} out of {wanted} new replicas have been updated..."), false)
    } else if all > updated {
        let old = all - updated;
        (format!("{waiting} {old} old replicas are pending termination..."), false)
    } else if available < updated {
        (format!("{waiting} {available} of {updated} updated replicas are available..."), false)
    } else {
        (format!("deployment {name:?} successfully rolled out"), true)
    })
}

fn require_rolling(object: &Value) -> Outcome {
    if object["spec"]["updateStrategy"]["type"].text() != "RollingUpdate" {
        return fail("rollout status is only available for RollingUpdate strategy type");
    }
    Ok(())
}

fn daemon_set(object: &Value) -> Outcome<(String, bool)> {
    require_rolling(object)?;
    let name = object["metadata"]["name"].text();
    let status = &object["status"];
    if is_unobserved(object) {
        return Ok(("Waiting for daemon set spec update to be observed...".to_owned(), false));
    }
    let wanted = status["desiredNumberScheduled"].int();
    let (updated, available) =
        (status["updatedNumberScheduled"].int(), status["numberAvailable"].int());
    let waiting = format!("Waiting for daemon set {name:?} rollout to finish:");
    Ok(if updated < wanted {
        (format!("{waiting} {updated} out of {wanted} new pods have been updated..."), false)
    } else if available < wanted {
        (format!("{waiting} {available} of {wanted} updated pods are available..."), false)
    } else {
        (format!("daemon set {name:?} successfully rolled out"), true)
    })
}

fn stateful_set(object: &Value) -> Outcome<(String, bool)> {
    require_rolling(object)?;
    let (spec, status) = (&object["spec"], &object["status"]);
    if status["observedGeneration"].int() == 0 || is_unobserved(object) {
        return Ok(("Waiting for statefulset spec update to be observed...".to_owned(), false));
    }
    let (wanted, ready) = (spec["replicas"].int(), status["readyReplicas"].int());
    if ready < wanted {
        return Ok((format!("Waiting for {} pods to be ready...", wanted - ready), false));
    }
    let updated = status["updatedReplicas"].int();
    let rolling = &spec["updateStrategy"]["rollingUpdate"];
    if !rolling.is_null() {
        if let Some(partition) = rolling["partition"].as_int()
            && updated < wanted - partition
        {
            let text = format!(
                "Waiting for partitioned roll out to finish: {updated} out of {} new pods have \
                 been updated...",
                wanted - partition
            );
            return Ok((text, false));
        }
        let text =
            format!("partitioned roll out complete: {updated} new pods have been updated...");
        return Ok((text, true));
    }
    let (next, current) = (status["updateRevision"].text(), status["currentRevision"].text());
    if next != current {
        let text = format!(
            "waiting for statefulset rolling update to complete {updated} pods at revision {next}..."
        );
        return Ok((text, false));
    }
    let pods = status["currentReplicas"].int();
    Ok((format!("statefulset rolling update complete {pods} pods at revision {current}..."), true))
}
