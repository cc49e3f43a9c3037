//! `kubectl run`.
//!
//! Models kubectl's `pkg/cmd/run`.

use podyard_engine::sim::Delay;
use podyard_engine::value;
use podyard_engine::value::{Value, parse_json};

use super::apply::with_own_config;
use super::delete::{Deletion, delete_and_wait};
use super::expose;
use super::session;
use super::wait::alone;
use crate::call::{Call, DryRun};
use crate::client::{JSON, Target};
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};
use crate::output::Reporter;
use crate::resource::Info;

const FLAGS: &[Flag] = &[
    flags::array("annotations", "An annotation of the Pod, as key=value."),
    flags::switch("attach", "Wait until the Pod runs and attach to it."),
    flags::switch("command", "The arguments are the command, not its arguments."),
    flags::array("env", "A variable of the container, as KEY=value."),
    flags::switch("expose", "Create a ClusterIP service too; needs --port."),
    flags::field_manager("kubectl-run"),
    flags::text("image", "The image to run."),
    flags::text("image-pull-policy", "When to pull the image: Always, IfNotPresent or Never."),
    flags::text("labels", "The labels of the Pod, commas between them.").short('l'),
    flags::switch("leave-stdin-open", "Leave standard input open after the first attach."),
    flags::text("override-type", "How to lay --overrides over the Pod: json, merge or strategic.")
        .default("merge"),
    flags::text("overrides", "JSON to lay over the Pod."),
    flags::POD_RUNNING_TIMEOUT,
    flags::text("port", "The port that the container exposes."),
    flags::switch("privileged", "Run the container in privileged mode."),
    flags::text("restart", "The restart policy: Always, OnFailure or Never.").default("Always"),
    flags::switch("rm", "Delete the Pod when it is over; only when attached."),
    flags::switch("wait", "Wait until deleted objects are gone."),
];

pub(super) const RUN: Command = Command::new(
    "run",
    "Run a particular image on the cluster",
    "NAME --image=image [--env=\"key=value\"] [--port=port] [--dry-run=server|client] \
     [--overrides=inline-json] [--command] -- [COMMAND] [args...]",
)
.flags(&[
    FLAGS,
    flags::TERMINAL,
    flags::FILES,
    flags::PRINT,
    flags::DRY_RUN,
    flags::DELETION,
    flags::SAVE_CONFIG,
    flags::RECORD,
])
.required(&["image"])
.run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    let flags = &call.flags;
    let dry_run = call.dry_run()?;
    let Some((name, command)) = call.args.split_first() else {
        return Err(call.usage("NAME is required for run"));
    };
    if flags.text("image").is_empty() {
        return fail("--image is required");
    }
    check_image(flags.text("image"))?;
    let attached = validate(call, dry_run)?;
    let pod = pod(call, name, command)?;
    let mut reporter = Reporter::new(call)?.typed();
    let created = create(call, "pods", pod, dry_run).await?;
    // Told first, but only what has a Pod is exposed; a failure is told last.
    let mut failures = Vec::new();
    if flags.is("expose") {
        failures.extend(expose(call, name, dry_run, &mut reporter).await.err());
    }
    if attached {
        return attach(call, &created).await;
    }
    if !reporter.is_brief() && flags.is("expose") {
        call.io.out("---\n");
    }
    reporter.report(call, &created, &format!("created{}", dry_run.suffix()))?;
    Failure::collect(failures)
}

/// A reference to an image is `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`, and a path has
/// no upper case.
fn check_image(image: &str) -> Outcome {
    let name = image.split('@').next().unwrap_or_default();
    let (host, path) = match name.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host, path),
        _ => ("", name),
    };
    let (path, tag) = path.rsplit_once(':').unwrap_or((path, "latest"));
    let good = |part: &str| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
        !part.is_empty()
            && part.chars().all(inner)
            && part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.ends_with(|c: char| c.is_ascii_alphanumeric())
    };
    let good_tag = !tag.is_empty()
        && tag.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        && !tag.starts_with(['.', '-']);
    if path.split('/').all(good) && good_tag && host.split(':').count() <= 2 {
        return Ok(());
    }
    fail(format!("Invalid image name {image:?}: invalid reference format"))
}

/// Checks the flags against each other; gives whether to attach.
fn validate(call: &Call<'_>, dry_run: DryRun) -> Outcome<bool> {
    let flags = &call.flags;
    let (stdin, tty) = (flags.is("stdin"), flags.is("tty"));
    if tty && !stdin {
        return Err(call.usage("-i/--stdin is required for containers with -t/--tty=true"));
    }
    if flags.is("expose") && flags.text("port").is_empty() {
        return Err(call.usage("--port must be set when exposing a service"));
    }
    let attached = flags.is("attach") || stdin && !flags.changed("attach");
    if flags.is("rm") && !attached {
        return Err(call.usage("--rm should only be used for attached containers"));
    }
    if attached && dry_run != DryRun::No {
        return Err(call.usage(
            "--dry-run=[server|client] can't be used with attached containers options \
             (--attach, --stdin, or --tty)",
        ));
    }
    let policy = flags.text("image-pull-policy");
    if !matches!(policy, "" | "Always" | "IfNotPresent" | "Never") {
        return Err(call.usage(format!("invalid image pull policy: {policy}")));
    }
    if !matches!(flags.text("restart"), "Always" | "OnFailure" | "Never") {
        return Err(call.usage(format!("invalid restart policy: {}", flags.text("restart"))));
    }
    Ok(attached)
}

fn pod(call: &Call<'_>, name: &str, command: &[String]) -> Outcome<Value> {
    let flags = &call.flags;
    let mut container = value!({ "name": name, "image": (flags.text("image")), "resources": {} });
    let words: Value = command.iter().map(Value::from).collect();
    container.set_nonzero(if flags.is("command") { "command" } else { "args" }, words);
    container.set_nonzero("imagePullPolicy", flags.text("image-pull-policy"));
    for variable in flags.list("env") {
        match variable.split_once('=') {
            Some((key, value)) if !key.is_empty() => {
                let mut entry = value!({ "name": key });
                entry.set_nonzero("value", value);
                container["env"].push(entry);
            }
            _ => return fail(format!("invalid env: {variable}")),
        }
    }
    if !flags.text("port").is_empty() {
        let port = port(flags.text("port"))?;
        container.set("ports", value!([{ "containerPort": port }]));
    }
    if flags.is("privileged") {
        container.set("securityContext", value!({ "privileged": true }));
    }
    if flags.is("stdin") {
        container.set("stdin", true);
        container.set_nonzero("stdinOnce", !flags.is("leave-stdin-open"));
        container.set_nonzero("tty", flags.is("tty"));
    }
    let mut pod = value!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "creationTimestamp": null, "name": name },
        "spec": {
            "containers": [container],
            "dnsPolicy": "ClusterFirst",
            "restartPolicy": (flags.text("restart")),
        },
        "status": {},
    });
    let labels = expose::labels(flags.text("labels"))?;
    pod["metadata"].set("labels", if labels.is_empty() { value!({ "run": name }) } else { labels });
    for annotation in flags.list("annotations") {
        match annotation.split_once('=') {
            Some((key, value)) if !key.is_empty() => {
                pod["metadata"]["annotations"].set(key, value);
            }
            _ => return fail(format!("invalid annotations format: {annotation}")),
        }
    }
    overridden(call, pod)
}

fn port(text: &str) -> Outcome<i64> {
    text.parse()
        .map_err(|_| Failure::Text(format!("strconv.Atoi: parsing {text:?}: invalid syntax")))
}

/// The object with `--overrides` laid over it.
pub(super) fn overridden(call: &Call<'_>, object: Value) -> Outcome<Value> {
    use podyard_engine::patch::{
        JsonPatch, apply_json_patch, apply_merge_patch, apply_strategic_patch,
    };
    let text = call.flags.text("overrides");
    if text.is_empty() {
        return Ok(object);
    }
    let invalid = || Failure::from("Invalid JSON Patch");
    let patch = parse_json(text.as_bytes()).map_err(|_| invalid())?;
    let kind = call.flags.text("override-type");
    if patch.as_map().is_none() && kind != "json" {
        return Err(invalid());
    }
    let worded = |error: podyard_engine::patch::PatchError| Failure::Text(error.to_string());
    match kind {
        "json" => {
            let patch = JsonPatch::from_value(&patch).map_err(worded)?;
            apply_json_patch(&object, &patch).map_err(worded)
        }
        "merge" => Ok(apply_merge_patch(&object, &patch)),
        "strategic" => {
            let name = format!("core/v1.{}", object["kind"].text());
            match podyard_engine::schema::Schema::get().find(&name) {
                Some(schema) => apply_strategic_patch(schema, &object, &patch).map_err(worded),
                None => Ok(apply_merge_patch(&object, &patch)),
            }
        }
        other => fail(format!("invalid override type: {other}")),
    }
}

async fn create(call: &Call<'_>, plural: &str, object: Value, dry_run: DryRun) -> Outcome<Value> {
    let mut object = object;
    if call.flags.is("record") {
        object["metadata"]["annotations"].set(super::record::CHANGE_CAUSE, call.change_cause());
    }
    if call.namespace_given {
        object["metadata"].set("namespace", call.namespace.as_str());
    }
    if dry_run == DryRun::Client {
        return Ok(object);
    }
    if call.flags.is("save-config") {
        object = with_own_config(object);
    }
    let target = Target::of(["api", "v1", "namespaces", &call.namespace, plural])
        .query("fieldManager", call.flags.text("field-manager"))
        .query_some("dryRun", dry_run.parameter());
    call.client.create(&target, &object).await
}

async fn expose(call: &Call<'_>, name: &str, dry_run: DryRun, reporter: &mut Reporter) -> Outcome {
    let port = port(call.flags.text("port"))?;
    let labels = expose::labels(call.flags.text("labels"))?;
    let selector = if labels.is_empty() { value!({ "run": name }) } else { labels };
    let mut service = value!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "creationTimestamp": null, "name": name },
        "spec": { "ports": [{ "port": port, "protocol": "TCP", "targetPort": port }] },
        "status": { "loadBalancer": {} },
    });
    service["spec"].set("selector", selector);
    let service = create(call, "services", service, dry_run).await?;
    reporter.report(call, &service, &format!("created{}", dry_run.suffix()))
}

/// Attaches to the Pod, and deletes it afterwards with `--rm`.
async fn attach(call: &Call<'_>, pod: &Value) -> Outcome {
    let discovery = call.client.discovery().await?;
    let info = Info {
        resource: discovery.lookup("pods")?,
        namespace: call.namespace.clone(),
        name: pod["metadata"]["name"].text().to_owned(),
        source: String::new(),
        object: pod.clone(),
    };
    let result = attached(call, &info).await;
    if call.flags.is("rm") {
        let deletion = Deletion::on_the_way(call)?;
        delete_and_wait(call, &info, &deletion).await?;
        if !call.flags.is("quiet") {
            call.io.line(&format!("pod \"{}\" deleted", info.name));
        }
    }
    result
}

async fn attached(call: &Call<'_>, info: &Info) -> Outcome {
    let pod = until_running(call, info).await?;
    let container = pod["spec"]["containers"][0]["name"].text().to_owned();
    if matches!(pod["status"]["phase"].text(), "Succeeded" | "Failed") {
        super::logs::print_one(call, info, &container).await?;
    } else {
        session::attach(call, info, &pod, &container).await?;
    }
    if call.flags.text("restart") != "Never" {
        return Ok(());
    }
    exit_code(call, info).await
}

/// Waits until the Pod runs or is over.
async fn until_running(call: &Call<'_>, info: &Info) -> Outcome<Value> {
    let deadline = call.io.transport.now() + call.flags.duration("pod-running-timeout");
    let has_begun = |pod: &Value| !matches!(pod["status"]["phase"].text(), "Pending" | "");
    until(call, info, deadline, has_begun).await
}

/// Waits until the Pod is as `wanted`.
pub(super) async fn until(
    call: &Call<'_>,
    info: &Info,
    deadline: podyard_engine::sim::Time,
    wanted: impl Fn(&Value) -> bool,
) -> Outcome<Value> {
    let target = alone(info).target();
    loop {
        let list = call.client.get(&target).await?;
        let Some(pod) = list["items"].items().first() else {
            return fail("object has been deleted");
        };
        if wanted(pod) {
            return Ok(pod.clone());
        }
        let version = list["metadata"]["resourceVersion"].text();
        let mut watch = call.client.watch(&target, JSON, version).await?;
        while let Some(event) = watch.next(Some(deadline)).await? {
            if wanted(&event.object) {
                return Ok(event.object);
            }
        }
        if call.io.transport.now() >= deadline {
            return fail("timed out waiting for the condition");
        }
    }
}

/// With `--restart=Never`, kubectl ends as the container did.
async fn exit_code(call: &Call<'_>, info: &Info) -> Outcome {
    let deadline = call.io.transport.now() + Delay::secs(60);
    let is_over = |pod: &Value| matches!(pod["status"]["phase"].text(), "Succeeded" | "Failed");
    let pod = until(call, info, deadline, is_over).await?;
    let ended = &pod["status"]["containerStatuses"][0]["state"]["terminated"];
    match i32::try_from(ended["exitCode"].int()) {
        Ok(0) | Err(_) => Ok(()),
        Ok(code) => Err(Failure::Code(
            code,
            format!("pod {}/{} terminated ({})", info.namespace, info.name, ended["reason"].text()),
        )),
    }
}
