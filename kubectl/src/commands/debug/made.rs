//! The containers and Pods that `kubectl debug` makes.
//!
//! Models kubectl's `pkg/cmd/debug/profiles.go`.

use podyard_engine::patch::apply_strategic_patch;
use podyard_engine::schema::{FieldValidation, Schema, decode};
use podyard_engine::value;
use podyard_engine::value::Value;

use crate::call::Call;
use crate::failure::{Failure, Outcome, fail};
use crate::manifest;

/// What a debug container may be allowed.
pub(super) const PROFILES: &[&str] =
    &["legacy", "general", "baseline", "netadmin", "restricted", "sysadmin"];

/// The part of a container that `--custom` names, if it does.
pub(super) fn custom(call: &Call<'_>) -> Outcome<Option<Value>> {
    let path = call.flags.text("custom");
    if path.is_empty() {
        return Ok(None);
    }
    let bytes = call.io.host.read_file(path).map_err(|error| {
        Failure::Text(format!(
            "must pass a container spec json file for custom profile: open {path}: {}",
            error.text()
        ))
    })?;
    let invalid = |why: String| {
        Failure::Text(format!("{path} does not contain a valid container spec: {why}"))
    };
    let part = manifest::read_one(&bytes).map_err(invalid)?;
    let Some(known) = Schema::get().find("core/v1.Container") else { return Ok(None) };
    if let Err(error) = decode(known, &part, &[], FieldValidation::Ignore) {
        return Err(invalid(format!("error unmarshaling JSON: while decoding JSON: {error}")));
    }
    let fixed = ["name", "command", "image", "lifecycle", "volumeDevices"];
    if fixed.iter().any(|field| !part[*field].is_empty()) {
        return fail(
            "name, command, image, lifecycle and volume devices are not modifiable via custom profile",
        );
    }
    Ok(Some(part))
}

/// Lays the part of `--custom` over a container.
pub(super) fn customize(call: &Call<'_>, container: &mut Value) -> Outcome {
    let (Some(part), Some(known)) = (custom(call)?, Schema::get().find("core/v1.Container")) else {
        return Ok(());
    };
    let changed = apply_strategic_patch(known, container, &part);
    *container = changed.map_err(|error| Failure::Text(error.to_string()))?;
    Ok(())
}

/// All containers of a Pod.
pub(super) fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["containers", "initContainers", "ephemeralContainers"];
    lists.into_iter().flat_map(|list| pod["spec"][list].items())
}

/// The container that the flags describe.
pub(super) fn container(call: &Call<'_>, name: &str, command: &[String]) -> Value {
    let flags = &call.flags;
    let mut made = value!({ "name": name });
    made.set_nonzero("image", flags.text("image"));
    made.set_nonzero("imagePullPolicy", flags.text("image-pull-policy"));
    made.set_nonzero("env", environment(call));
    made.set_nonzero("stdin", flags.is("stdin"));
    made.set_nonzero("tty", flags.is("tty"));
    set_command(call, &mut made, command);
    made
}

fn environment(call: &Call<'_>) -> Vec<Value> {
    let pairs = call.flags.list("env").iter().filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| value!({ "name": name, "value": value })).collect()
}

fn set_command(call: &Call<'_>, container: &mut Value, command: &[String]) {
    let field = if call.flags.is("arguments-only") { "args" } else { "command" };
    container.set_nonzero(field, command.to_vec());
}

/// Gives a container in a Pod what the profile allows.
pub(super) fn grant(call: &Call<'_>, container: &mut Value) {
    let allowed = match call.flags.text("profile") {
        "general" => value!({ "capabilities": { "add": ["SYS_PTRACE"] } }),
        "netadmin" => value!({ "capabilities": { "add": ["NET_ADMIN", "NET_RAW"] } }),
        "restricted" => value!({
            "allowPrivilegeEscalation": false,
            "capabilities": { "drop": ["ALL"] },
            "runAsNonRoot": true,
            "seccompProfile": { "type": "RuntimeDefault" },
        }),
        "sysadmin" => value!({ "privileged": true }),
        _ => return,
    };
    container.set("securityContext", allowed);
}

/// A Pod on a node; most profiles share what is the node's own with it.
pub(super) fn node_pod(
    call: &Call<'_>,
    name: &str,
    node: &str,
    (container_name, command): (&str, &[String]),
) -> Outcome<Value> {
    let profile = call.flags.text("profile");
    let mut own = container(call, container_name, command);
    // The others are content with the node's own namespaces and files.
    if matches!(profile, "netadmin" | "sysadmin" | "restricted") {
        grant(call, &mut own);
    }
    let mut pod = value!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": name },
        "spec": {
            "nodeName": node,
            "restartPolicy": "Never",
            "tolerations": [{ "operator": "Exists" }],
        },
    });
    if !matches!(profile, "baseline" | "restricted" | "netadmin") {
        own.set("volumeMounts", value!([{ "name": "host-root", "mountPath": "/host" }]));
        pod["spec"].set("volumes", value!([{ "name": "host-root", "hostPath": { "path": "/" } }]));
    }
    let shared: &[&str] = match profile {
        "baseline" | "restricted" => &[],
        _ => &["hostIPC", "hostNetwork", "hostPID"],
    };
    for namespace in shared {
        pod["spec"].set(namespace, true);
    }
    customize(call, &mut own)?;
    pod["spec"].set("containers", Value::list(vec![own]));
    Ok(pod)
}

/// A Pod like another, without what ties that one to its place.
pub(super) fn copy(call: &Call<'_>, pod: &Value) -> Value {
    let flags = &call.flags;
    let mut made = value!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": (flags.text("copy-to")), "namespace": (pod["metadata"]["namespace"].clone()) },
    });
    for field in ["labels", "annotations"] {
        made["metadata"].set_nonzero(field, pod["metadata"][field].clone());
    }
    made.set("spec", pod["spec"].clone());
    made["spec"].remove("ephemeralContainers");
    if !flags.is("same-node") {
        made["spec"].remove("nodeName");
    }
    made
}

/// The state of one container of a Pod, or null before it has one.
pub(super) fn state(pod: &Value, container: &str) -> Value {
    let lists = ["containerStatuses", "ephemeralContainerStatuses", "initContainerStatuses"];
    let mut all = lists.into_iter().flat_map(|list| pod["status"][list].items());
    let found = all.find(|one| one["name"].text() == container);
    found.map_or(Value::Null, |one| one["state"].clone())
}

/// Gives containers other images, as `NAME=IMAGE`, `*` standing for all.
pub(super) fn set_images(pod: &mut Value, images: &[String]) -> Outcome {
    for pair in images {
        let Some((name, image)) = pair.split_once('=') else {
            return fail(format!("--set-image must take the form name=image, got {pair}"));
        };
        for list in ["containers", "initContainers"] {
            if pod["spec"][list].is_null() {
                continue;
            }
            for container in pod["spec"][list].make_list() {
                if name == "*" || container["name"].text() == name {
                    container.set("image", image);
                }
            }
        }
    }
    Ok(())
}

/// Takes away what a copy that is debugged must not keep: nothing may select
/// it, and no probe may end it.
pub(super) fn strip(call: &Call<'_>, pod: &mut Value) {
    let flags = &call.flags;
    let shares = flags.is("share-processes");
    if flags.text("profile") == "legacy" {
        if !flags.is("keep-labels") {
            pod["metadata"].remove("labels");
        }
        if flags.changed("share-processes") {
            pod["spec"].set("shareProcessNamespace", shares);
        }
        return;
    }
    for field in ["labels", "annotations"] {
        if !flags.is(&format!("keep-{field}")) {
            pod["metadata"].remove(field);
        }
    }
    if !flags.is("keep-init-containers") {
        pod["spec"].remove("initContainers");
    }
    for container in pod["spec"]["containers"].make_list() {
        for probe in ["liveness", "readiness", "startup"] {
            if !flags.is(&format!("keep-{probe}")) {
                container.remove(&format!("{probe}Probe"));
            }
        }
    }
    if shares || flags.changed("share-processes") {
        pod["spec"].set("shareProcessNamespace", shares);
    }
}

/// Changes a container that the Pod has already.
pub(super) fn change(call: &Call<'_>, pod: &mut Value, name: &str, command: &[String]) {
    let flags = &call.flags;
    let all = pod["spec"]["containers"].make_list();
    let Some(own) = all.iter_mut().find(|one| one["name"].text() == name) else { return };
    if !command.is_empty() {
        own.remove("command");
        own.remove("args");
        set_command(call, own, command);
    }
    for (field, value) in
        [("image", flags.text("image")), ("imagePullPolicy", flags.text("image-pull-policy"))]
    {
        if !value.is_empty() {
            own.set(field, value);
        }
    }
    for variable in environment(call) {
        own["env"].push(variable);
    }
    for field in ["stdin", "tty"] {
        if flags.is(field) {
            own.set(field, true);
        }
    }
}
