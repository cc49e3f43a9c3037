//! `kubectl rollout undo`.

use podyard_engine::value;
use podyard_engine::value::Value;

use super::each;
use super::revisions::{self, Revision};
use crate::call::{Call, DryRun};
use crate::client::{JSON_PATCH, STRATEGIC_PATCH};
use crate::commands::apply::LAST_APPLIED;
use crate::describe::pod_template;
use crate::failure::{Failure, Outcome, fail};
use crate::output::{FORMATS, Printer, printed_kind};
use crate::resource::Info;

/// The label that tells a Deployment's ReplicaSets apart.
const HASH: &str = "pod-template-hash";

/// Annotations that a Deployment keeps its own of.
const OWN: &[&str] = &[
    LAST_APPLIED,
    "deployment.kubernetes.io/revision",
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

pub(super) async fn run(call: &Call<'_>) -> Outcome {
    let dry_run = call.dry_run()?;
    each(call, async |info: &Info| {
        let done = undo(call, info, dry_run).await?;
        if let Some(printer) = Printer::of(call, FORMATS)?.map(Printer::typed) {
            printer.print(&call.io, &info.object)
        } else {
            let name = format!("{}/{}", printed_kind(&info.object), info.name);
            call.io.line(&format!("{name} {done}{}", dry_run.suffix()));
            Ok(())
        }
    })
    .await
}

async fn undo(call: &Call<'_>, info: &Info, dry_run: DryRun) -> Outcome<String> {
    let wanted = call.flags.int("to-revision");
    if wanted < 0 {
        return fail(format!("unable to find specified revision {wanted} in history"));
    }
    let revisions = revisions::read(call, info, "rollbacker").await?;
    let of_deployment = info.resource.kind == "Deployment";
    let revision = choose(&revisions, wanted, of_deployment, &info.name)?;
    if dry_run == DryRun::Client {
        return Ok(pod_template(&revision.template));
    }
    if of_deployment && info.object["spec"]["paused"].is_true() {
        return fail(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
        );
    }
    let found = without_hash(&info.object["spec"]["template"]);
    let template = without_hash(&if of_deployment {
        revision.object["spec"]["template"].clone()
    } else {
        revision.template.clone()
    });
    if found == template {
        return Ok(format!(
            "skipped rollback (current template already matches revision {wanted})"
        ));
    }
    let target = info.target().query_some("dryRun", dry_run.parameter());
    let answer = if of_deployment {
        let patch = deployment_patch(info, revision, template);
        call.client.patch(&target, JSON_PATCH, &patch).await
    } else {
        call.client.patch(&target, STRATEGIC_PATCH, &revision.object["data"]).await
    };
    match answer {
        Ok(_) => Ok("rolled back".to_owned()),
        Err(failure) => {
            Err(Failure::Text(format!("failed restoring revision {wanted}: {}", failure.text())))
        }
    }
}

fn choose<'r>(
    revisions: &'r [Revision],
    wanted: i64,
    of_deployment: bool,
    name: &str,
) -> Outcome<&'r Revision> {
    if wanted > 0 {
        let found = revisions.iter().find(|one| one.number == wanted);
        return found.ok_or_else(|| {
            Failure::Text(format!("unable to find specified revision {wanted} in history"))
        });
    }
    revisions.iter().rev().nth(1).ok_or_else(|| {
        Failure::Text(if of_deployment {
            format!("no rollout history found for deployment {name:?}")
        } else {
            "no last revision to roll back to".to_owned()
        })
    })
}

fn without_hash(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(labels) = template["metadata"].get("labels").cloned() {
        let mut labels = labels;
        labels.remove(HASH);
        template["metadata"].set("labels", labels);
    }
    template["metadata"].remove("creationTimestamp");
    template
}

fn deployment_patch(info: &Info, revision: &Revision, template: Value) -> Value {
    let mut annotations = Value::map();
    let own = &info.object["metadata"]["annotations"];
    for key in OWN {
        if let Some(kept) = own.get(key) {
            annotations.set(key, kept.clone());
        }
    }
    for (key, value) in revision.object["metadata"]["annotations"].entries() {
        if !OWN.contains(&&**key) {
            annotations.set(key, value.clone());
        }
    }
    value!([
        { "op": "replace", "path": "/spec/template", "value": template },
        { "op": "replace", "path": "/metadata/annotations", "value": annotations },
    ])
}
