//! `kubectl debug`: looks into a Pod with a container of its own, into a copy
//! of the Pod, or into a node.
//!
//! Models kubectl's `pkg/cmd/debug` (`debug.go`, `profiles.go`).

use podyard_engine::sim::{Random, Time};
use podyard_engine::value;
use podyard_engine::value::Value;
use podyard_engine::wire::Method;

use super::run_pod::until;
use super::session::{self, Session};
use crate::call::Call;
use crate::client::{JSON, STRATEGIC_PATCH, Target};
use crate::command::Command;
use crate::failure::{Outcome, fail};
use crate::flags::{self, Flag};
use crate::resource::Info;

const FLAGS: &[Flag] = &[
    flags::switch("arguments-only", "The words after -- are arguments, not the command."),
    flags::switch("attach", "Wait until the container runs and attach to it."),
    flags::text("container", "The name of the debugging container.").short('c'),
    flags::text("copy-to", "Make a copy of the Pod with this name."),
    flags::array("env", "A variable of the container, as KEY=value."),
    flags::text("image", "The image of the debugging container."),
    flags::text("image-pull-policy", "When to pull the image."),
    flags::text("profile", "The debugging profile.").default("legacy"),
    flags::switch("replace", "With --copy-to, delete the original Pod."),
    flags::switch("same-node", "With --copy-to, run the copy on the same node."),
    flags::list("set-image", "With --copy-to, containers and their new images."),
    flags::switch("share-processes", "With --copy-to, share processes in the copy."),
    flags::text("target", "Share the processes of this container."),
];
const PROFILES: [&str; 6] = ["general", "baseline", "restricted", "netadmin", "sysadmin", "legacy"];

pub(super) const DEBUG: Command = Command::new(
    "debug",
    "Create debugging sessions for troubleshooting workloads and nodes",
    "(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]",
)
.flags(&[FLAGS, flags::TERMINAL])
.run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    let split = call.dash.unwrap_or(call.args.len()).min(call.args.len());
    let (names, command) = call.args.split_at(split);
    if names.is_empty() {
        return Err(call.usage("NAME is required for debug"));
    }
    validate(call, command)?;
    if call.flags.text("profile") == "legacy" && !call.flags.is("quiet") {
        call.io.warn(
            "--profile=legacy is deprecated and will be removed in the future. It is recommended \
             to explicitly specify a profile, for example \"--profile=general\".",
        );
    }
    let discovery = call.client.discovery().await?;
    for name in names {
        let (kind, name) = name.split_once('/').unwrap_or(("pods", name));
        let resource = discovery.lookup(kind)?;
        let namespace = if resource.namespaced { call.namespace.clone() } else { String::new() };
        let mut info = Info {
            resource,
            namespace,
            name: name.to_owned(),
            source: String::new(),
            object: Value::Null,
        };
        info.object = info.get(&call.client).await?;
        let kind = info.object["kind"].text().to_owned();
        let (pod, container) = match kind.as_str() {
            "Pod" if call.flags.text("copy-to").is_empty() => add(call, &info, command).await?,
            "Pod" => copy(call, &info, command).await?,
            "Node" => visit_node(call, &info, command).await?,
            _ => {
                let version = info.object["apiVersion"].text();
                let (group, version) = version.split_once('/').unwrap_or(("", version));
                return fail(format!("\"{group}/{version}, Kind={kind}\" not supported by debug"));
            }
        };
        let attaches =
            call.flags.is("attach") || (call.flags.is("stdin") && !call.flags.changed("attach"));
        if attaches {
            attach(call, &pod, &container).await?;
        }
    }
    Ok(())
}

fn validate(call: &Call<'_>, command: &[String]) -> Outcome {
    let flags = &call.flags;
    let is_given = |name: &str| !flags.text(name).is_empty();
    let has_images = !flags.list("set-image").is_empty();
    if is_given("copy-to") {
        if !is_given("image") && !has_images && command.is_empty() {
            return Err(call.usage("you must specify --image, --set-image or command arguments."));
        }
        if !command.is_empty() && !is_given("container") && !is_given("image") {
            return Err(call.usage(
                "you must specify an existing container or a new image when specifying args.",
            ));
        }
        if is_given("target") {
            return Err(call
                .usage("--target is incompatible with --copy-to. Use --share-processes instead."));
        }
    } else {
        for name in ["replace", "same-node"] {
            if flags.is(name) {
                return Err(call.usage(format!("--{name} may only be used with --copy-to.")));
            }
        }
        if has_images {
            return Err(call.usage("--set-image may only be used with --copy-to."));
        }
        if !is_given("image") {
            return Err(call.usage("you must specify --image when not using --copy-to."));
        }
    }
    if flags.is("tty") && !flags.is("stdin") {
        return Err(call.usage("-i/--stdin is required for containers with -t/--tty=true"));
    }
    let profile = flags.text("profile");
    if !PROFILES.contains(&profile) {
        return fail(format!("unknown profile: {profile}"));
    }
    Ok(())
}

/// A name as `debugger-8xzrl`, of what is told apart by `seed`.
fn generated(call: &Call<'_>, prefix: &str, seed: &Info) -> String {
    let now = call.io.transport.now().as_micros().unsigned_abs();
    let uid = seed.object["metadata"]["uid"].text();
    let suffix = Random::new(now).split(uid).suffix(5);
    format!("{prefix}-{suffix}")
}

/// The debugging container, its security as the profile wants it.
fn container(call: &Call<'_>, name: &str, command: &[String]) -> Outcome<Value> {
    let flags = &call.flags;
    let mut own = value!({
        "name": name,
        "image": (flags.text("image")),
        "resources": {},
        "terminationMessagePolicy": "File",
    });
    own.set_nonzero("imagePullPolicy", flags.text("image-pull-policy"));
    own.set_nonzero("stdin", flags.is("stdin"));
    own.set_nonzero("tty", flags.is("tty"));
    let words: Value = command.iter().map(Value::from).collect();
    own.set_nonzero(if flags.is("arguments-only") { "args" } else { "command" }, words);
    for variable in flags.list("env") {
        match variable.split_once('=') {
            Some((key, value)) if !key.is_empty() => {
                own["env"].push(value!({ "name": key, "value": value }));
            }
            _ => return fail(format!("invalid env: {variable}")),
        }
    }
    let security = match flags.text("profile") {
        "general" => value!({ "capabilities": { "add": ["SYS_PTRACE"] } }),
        "netadmin" => value!({ "capabilities": { "add": ["NET_ADMIN", "NET_RAW"] } }),
        "sysadmin" => value!({ "privileged": true }),
        "restricted" => value!({
            "allowPrivilegeEscalation": false,
            "capabilities": { "drop": ["ALL"] },
            "runAsNonRoot": true,
            "seccompProfile": { "type": "RuntimeDefault" },
        }),
        _ => Value::Null,
    };
    own.set_nonzero("securityContext", security);
    Ok(own)
}

/// The name of the debugging container: the one given, or a new one.
fn container_name(call: &Call<'_>, info: &Info) -> String {
    let given = call.flags.text("container");
    if !given.is_empty() {
        return given.to_owned();
    }
    let name = generated(call, "debugger", info);
    if !call.flags.is("quiet") {
        call.io.warn(&format!("Defaulting debug container name to {name}."));
    }
    name
}

/// Adds an ephemeral container to the Pod.
async fn add(call: &Call<'_>, info: &Info, command: &[String]) -> Outcome<(Info, String)> {
    let target = call.flags.text("target");
    if !target.is_empty() && !call.flags.is("quiet") {
        call.io.line(&format!(
            "Targeting container {target:?}. If you don't see processes from this container it \
             may be because the container runtime doesn't support this feature."
        ));
    }
    let name = container_name(call, info);
    let mut guest = container(call, &name, command)?;
    guest.set_nonzero("targetContainerName", target);
    let patch = value!({ "spec": { "ephemeralContainers": [guest] } });
    let path = info.target().child("ephemeralcontainers");
    let pod = call.client.patch(&path, STRATEGIC_PATCH, &patch).await?;
    Ok((info.refreshed(pod), name))
}

/// Makes a copy of the Pod, changed as the flags say.
async fn copy(call: &Call<'_>, info: &Info, command: &[String]) -> Outcome<(Info, String)> {
    let flags = &call.flags;
    let mut spec = info.object["spec"].clone();
    spec.remove("ephemeralContainers");
    if !flags.is("same-node") {
        spec.remove("nodeName");
    }
    if flags.is("share-processes") || !flags.changed("share-processes") {
        spec.set("shareProcessNamespace", true);
    }
    for own in spec["containers"].make_list() {
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            own.remove(probe);
        }
        for pair in flags.list("set-image") {
            let (name, image) = pair.split_once('=').unwrap_or((pair.as_str(), ""));
            if name == "*" || own["name"].text() == name {
                own.set("image", image);
            }
        }
    }
    let given = flags.text("container").to_owned();
    let known = spec["containers"].items().iter().position(|own| own["name"].text() == given);
    let name = match known {
        Some(index) => {
            if let Some(own) = spec["containers"].make_list().get_mut(index) {
                change(call, own, command);
            }
            given
        }
        None if flags.text("image").is_empty() => {
            let first = spec["containers"].items().first();
            first.map_or_else(String::new, |own| own["name"].text().to_owned())
        }
        None => {
            let name = container_name(call, info);
            spec["containers"].push(container(call, &name, command)?);
            name
        }
    };
    if flags.is("replace") {
        let target = info.target().query("gracePeriodSeconds", "0");
        call.client.write(Method::Delete, &target, JSON, &Value::Null).await?;
    }
    let copy = value!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": (flags.text("copy-to")), "namespace": (&*call.namespace) },
        "spec": spec,
    });
    let made = create_pod(call, &copy).await?;
    let name_of_copy = flags.text("copy-to").to_owned();
    Ok((Info { name: name_of_copy, ..info.refreshed(made) }, name))
}

/// Changes a container of the copy.
fn change(call: &Call<'_>, own: &mut Value, command: &[String]) {
    let flags = &call.flags;
    for (field, flag) in [("image", "image"), ("imagePullPolicy", "image-pull-policy")] {
        if !flags.text(flag).is_empty() {
            own.set(field, flags.text(flag));
        }
    }
    if !command.is_empty() {
        let words: Value = command.iter().map(Value::from).collect();
        if flags.is("arguments-only") {
            own.set("args", words);
        } else {
            own.set("command", words);
            own.remove("args");
        }
    }
    own.set_nonzero("stdin", flags.is("stdin"));
    own.set_nonzero("tty", flags.is("tty"));
}

/// Runs a Pod on the node, with the node's root below `/host`.
async fn visit_node(call: &Call<'_>, info: &Info, command: &[String]) -> Outcome<(Info, String)> {
    let given = call.flags.text("container");
    let container_name = if given.is_empty() { "debugger" } else { given };
    let name = generated(call, &format!("node-debugger-{}", info.name), info);
    if !call.flags.is("quiet") {
        call.io.line(&format!(
            "Creating debugging pod {name} with container {container_name} on node {}.",
            info.name
        ));
    }
    let mut own = container(call, container_name, command)?;
    let mut spec = value!({
        "nodeName": (&*info.name),
        "restartPolicy": "Never",
        "tolerations": [{ "operator": "Exists" }],
    });
    let profile = call.flags.text("profile");
    if matches!(profile, "legacy" | "general" | "sysadmin") {
        own.set("volumeMounts", value!([{ "mountPath": "/host", "name": "host-root" }]));
        spec.set("volumes", value!([{ "name": "host-root", "hostPath": { "path": "/" } }]));
    }
    if !matches!(profile, "baseline" | "restricted") {
        for field in ["hostIPC", "hostNetwork", "hostPID"] {
            if field != "hostIPC" || profile != "netadmin" {
                spec.set(field, true);
            }
        }
    }
    spec.set("containers", value!([own]));
    let pod = value!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": (&*name),
            "labels": { "app.kubernetes.io/managed-by": "kubectl-debug" },
        },
        "spec": spec,
    });
    let made = create_pod(call, &pod).await?;
    let pods = call.client.discovery().await?.lookup("pods")?;
    let info = Info {
        resource: pods,
        namespace: call.namespace.clone(),
        name,
        source: String::new(),
        object: made,
    };
    Ok((info, container_name.to_owned()))
}

async fn create_pod(call: &Call<'_>, pod: &Value) -> Outcome<Value> {
    let target = Target::of(["api", "v1", "namespaces", &call.namespace, "pods"])
        .query("fieldManager", "kubectl-debug");
    call.client.create(&target, pod).await
}

/// What a Pod's status says of a container.
fn status_of<'a>(pod: &'a Value, container: &str) -> &'a Value {
    let status = &pod["status"];
    ["ephemeralContainerStatuses", "containerStatuses", "initContainerStatuses"]
        .iter()
        .flat_map(|list| status[*list].items())
        .find(|own| own["name"].text() == container)
        .map_or(&Value::Null, |own| &own["state"])
}

/// Attaches to the container once it runs; prints its log if it is over.
async fn attach(call: &Call<'_>, info: &Info, container: &str) -> Outcome {
    let forever = Time::from_micros(i64::MAX);
    let is_up = |pod: &Value| {
        let state = status_of(pod, container);
        !state["running"].is_null() || !state["terminated"].is_null()
    };
    let pod = until(call, info, forever, is_up).await?;
    if !status_of(&pod, container)["terminated"].is_null() {
        return super::logs::print_one(call, info, container).await;
    }
    let greet = call.flags.is("stdin") && !call.flags.is("quiet");
    let session = Session { greet, ..Session::of(call) };
    session::attach(call, info, container, session).await
}
