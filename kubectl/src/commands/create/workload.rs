//! `create deployment`, `create job` and `create cronjob`.

use podyard_engine::value;
use podyard_engine::value::Value;

use super::{command, generate, name, object, with_own};
use crate::call::Call;
use crate::command::Command;
use crate::failure::{Outcome, fail};
use crate::flags::{self, Flag};

const DEPLOYMENT_FLAGS: &[Flag] = &[
    flags::list("image", "The image; several make several containers."),
    flags::int("port", "-1", "The port that the containers expose."),
    flags::int("replicas", "1", "How many replicas.").short('r'),
];
const JOB_FLAGS: &[Flag] = &[
    flags::text("from", "A CronJob to take the Job from, as cronjob/name."),
    flags::text("image", "The image to run."),
];
const CRON_JOB_FLAGS: &[Flag] = &[
    flags::text("image", "The image to run."),
    flags::text("restart", "The Job's restart policy: OnFailure or Never."),
    flags::text("schedule", "When to run, in cron's format."),
];

pub(super) const DEPLOYMENT: Command = Command::new(
    "deployment",
    "Create a deployment with the specified name",
    "NAME --image=image -- [COMMAND] [args...]",
)
.aliases(&["deploy"])
.flags(with_own!(DEPLOYMENT_FLAGS))
.required(&["image"])
.run(|call| Box::pin(deployment(call)));

pub(super) const JOB: Command = Command::new(
    "job",
    "Create a job with the specified name",
    "NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]",
)
.flags(with_own!(JOB_FLAGS))
.run(|call| Box::pin(job(call)));

pub(super) const CRON_JOB: Command = Command::new(
    "cronjob",
    "Create a cron job with the specified name",
    "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...] [flags]",
)
.aliases(&["cj"])
.flags(with_own!(CRON_JOB_FLAGS))
.required(&["image", "schedule"])
.run(|call| Box::pin(cron_job(call)));

async fn deployment(call: &Call<'_>) -> Outcome {
    let name = name(call)?;
    let flags = &call.flags;
    let (images, command) = (flags.list("image"), command(call));
    if images.len() > 1 && !command.is_empty() {
        return fail("cannot specify multiple --image options and command");
    }
    let mut containers: Vec<Value> = Vec::new();
    for image in images {
        let container = container(&unused_name(image, &containers), image, command);
        containers.push(container);
    }
    let port = flags.int("port");
    if port >= 0
        && let Some(first) = containers.first_mut()
    {
        first.set("ports", value!([{ "containerPort": port }]));
    }
    let mut made = object("apps/v1", "Deployment", name);
    made["metadata"].set("labels", value!({ "app": name }));
    let mut spec = value!({
        "replicas": flags.int("replicas"),
        "selector": { "matchLabels": { "app": name } },
        "strategy": {},
        "template": {
            "metadata": { "creationTimestamp": null, "labels": { "app": name } },
        },
    });
    spec["template"]["spec"].set("containers", Value::list(containers));
    made.set("spec", spec);
    made.set("status", Value::map());
    generate(call, "deployments", made, "failed to create deployment").await
}

/// The container's name: the image's last part, made a valid and unused name.
fn unused_name(image: &str, others: &[Value]) -> String {
    let last = image.rsplit('/').next().unwrap_or_default();
    let last = last.split(['@', ':']).next().unwrap_or_default();
    let valid = last.replace('_', "-").to_lowercase();
    let used = |name: &str| others.iter().any(|one| one["name"].text() == name);
    if !used(&valid) {
        return valid;
    }
    let numbered = (1..=others.len()).map(|number| format!("{valid}-{number}"));
    numbered.into_iter().find(|name| !used(name)).unwrap_or(valid)
}

fn container(name: &str, image: &str, command: &[String]) -> Value {
    let mut container = value!({ "name": name, "image": image, "resources": {} });
    if !command.is_empty() {
        container.set("command", command.iter().map(Value::from).collect::<Value>());
    }
    container
}

async fn job(call: &Call<'_>) -> Outcome {
    let name = name(call)?;
    let (image, from) = (call.flags.text("image"), call.flags.text("from"));
    if image.is_empty() == from.is_empty() {
        return fail("either --image or --from must be specified");
    }
    let command = command(call);
    if !from.is_empty() && !command.is_empty() {
        return fail("cannot specify --from and command");
    }
    let mut made = object("batch/v1", "Job", name);
    if from.is_empty() {
        made.set("spec", job_spec(name, image, command, "Never"));
    } else {
        from_cron_job(call, from, &mut made).await?;
    }
    made.set("status", Value::map());
    generate(call, "jobs", made, "failed to create job").await
}

fn job_spec(name: &str, image: &str, command: &[String], restart: &str) -> Value {
    let mut spec = value!({ "template": { "metadata": { "creationTimestamp": null } } });
    let container = container(name, image, command);
    spec["template"].set("spec", value!({ "containers": [(container)], "restartPolicy": restart }));
    spec
}

async fn from_cron_job(call: &Call<'_>, from: &str, made: &mut Value) -> Outcome {
    let discovery = call.client.discovery().await?;
    let Some((word, name)) = from.split_once('/') else {
        return fail("from must be an existing cronjob");
    };
    let resource = discovery.lookup(word)?;
    if resource.kind != "CronJob" {
        return fail("from must be an existing cronjob");
    }
    let cron_job = call.client.get(&resource.object(&call.namespace, name)).await?;
    let template = &cron_job["spec"]["jobTemplate"];
    let mut annotations = template["metadata"]["annotations"].clone();
    annotations.set("cronjob.kubernetes.io/instantiate", "manual");
    made["metadata"].set("annotations", annotations);
    made["metadata"].set_nonzero("labels", template["metadata"]["labels"].clone());
    made["metadata"].set(
        "ownerReferences",
        value!([{
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "name": (cron_job["metadata"]["name"].clone()),
            "uid": (cron_job["metadata"]["uid"].clone()),
            "controller": true,
        }]),
    );
    made.set("spec", template["spec"].clone());
    Ok(())
}

async fn cron_job(call: &Call<'_>) -> Outcome {
    let name = name(call)?;
    let flags = &call.flags;
    let restart = match flags.text("restart") {
        "" => "OnFailure",
        given => given,
    };
    let spec = job_spec(name, flags.text("image"), command(call), restart);
    let mut made = object("batch/v1", "CronJob", name);
    made.set(
        "spec",
        value!({
            "schedule": (flags.text("schedule")),
            "jobTemplate": {
                "metadata": { "creationTimestamp": null, "name": name },
                "spec": spec,
            },
        }),
    );
    made.set("status", Value::map());
    generate(call, "cronjobs", made, "failed to create cronjob").await
}
