//! `kubectl autoscale`.
//!
//! Models kubectl's `pkg/cmd/autoscale`.

use podyard_engine::value;
use podyard_engine::value::Value;

use super::apply::with_own_config;
use crate::call::{Call, DryRun};
use crate::client::Target;
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};
use crate::output::Reporter;
use crate::resource::{Info, Selector, latest};

const FLAGS: &[Flag] = &[
    flags::int("cpu-percent", "-1", "The CPU use to aim at, in percent of the requests."),
    flags::field_manager("kubectl-autoscale"),
    flags::int("max", "-1", "The most Pods."),
    flags::int("min", "-1", "The fewest Pods."),
    flags::text("name", "The name of the autoscaler."),
];

pub(super) const AUTOSCALE: Command = Command::new(
    "autoscale",
    "Auto-scale a deployment, replica set, stateful set, or replication controller",
    "(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu-percent=CPU]",
)
.flags(&[FLAGS, flags::FILES, flags::PRINT, flags::DRY_RUN, flags::SAVE_CONFIG, flags::RECORD])
.required(&["max"])
.run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    let flags = &call.flags;
    let (min, max) = (flags.int("min"), flags.int("max"));
    if max < 1 {
        return fail(format!("--max=MAXPODS is required and must be at least 1, max: {max}"));
    }
    if max < min {
        return fail(format!(
            "--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}"
        ));
    }
    let dry_run = call.dry_run()?;
    let mut reporter = Reporter::new(call)?.typed();
    let (infos, mut failures) = latest(call, &Selector::of(call, false)).await?;
    if infos.is_empty() && failures.is_empty() {
        return fail("no objects passed to autoscale");
    }
    for info in &infos {
        match one(call, info, dry_run).await {
            Ok(object) => {
                reporter.report(call, &object, &format!("autoscaled{}", dry_run.suffix()))?;
            }
            Err(failure) => failures.push(failure),
        }
    }
    Failure::collect(failures)
}

async fn one(call: &Call<'_>, info: &Info, dry_run: DryRun) -> Outcome<Value> {
    let flags = &call.flags;
    let resource = &info.resource;
    let scalable = ["Deployment", "ReplicaSet", "StatefulSet", "ReplicationController"];
    if !scalable.contains(&resource.kind.as_str()) {
        let kind = crate::discovery::with_group(&resource.kind, &resource.group);
        return fail(format!(
            "cannot autoscale a {kind}: could not find scale subresource for {} in discovery \
             information",
            resource.gvr()
        ));
    }
    let name = if flags.text("name").is_empty() { &info.name } else { flags.text("name") };
    let mut spec = value!({
        "maxReplicas": (flags.int("max")),
        "scaleTargetRef": {
            "apiVersion": (resource.api_version()),
            "kind": (resource.kind.as_str()),
            "name": (info.name.as_str()),
        },
    });
    if flags.int("min") > 0 {
        spec.set("minReplicas", flags.int("min"));
    }
    if flags.int("cpu-percent") >= 0 {
        spec.set("targetCPUUtilizationPercentage", flags.int("cpu-percent"));
    }
    let mut made = value!({
        "apiVersion": "autoscaling/v1",
        "kind": "HorizontalPodAutoscaler",
        "metadata": { "creationTimestamp": null, "name": name },
        "status": { "currentReplicas": 0, "desiredReplicas": 0 },
    });
    made.set("spec", spec);
    if call.namespace_given {
        made["metadata"].set("namespace", call.namespace.as_str());
    }
    if dry_run == DryRun::Client {
        return Ok(made);
    }
    if flags.is("save-config") {
        made = with_own_config(made);
    }
    let target = Target::of(["apis", "autoscaling", "v1", "namespaces", &info.namespace])
        .child("horizontalpodautoscalers")
        .query("fieldManager", flags.text("field-manager"))
        .query_some("dryRun", dry_run.parameter());
    call.client.create(&target, &made).await
}
