//! What admission adds to a new Pod, whoever makes it: its ServiceAccount's
//! token, the time it stays on a lost node, and its priority.
//!
//! Source: `plugin/pkg/admission/{serviceaccount,defaulttolerationseconds,priority}`.

use std::sync::OnceLock;

use super::super::defaulting::{each, text};
use crate::value;
use crate::value::Value;

/// Where containers find the token of their ServiceAccount.
const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// What the names of token volumes start with; five random characters follow.
pub const TOKEN_VOLUME_PREFIX: &str = "kube-api-access-";
/// How long a Pod stays on a node that is lost.
const LOST_NODE_SECS: i64 = 300;

/// Names the ServiceAccount `default` where a Pod names none.
pub fn default_service_account(pod: &mut Value) {
    let spec = &mut pod["spec"];
    text(spec, "serviceAccountName", "default");
    let name = spec["serviceAccountName"].clone();
    spec.set("serviceAccount", name);
}

/// Whether a Pod of `account` gets a token: the Pod decides, else the account.
pub fn wants_token(pod: &Value, account: &Value) -> bool {
    let of_pod = pod.at(&["spec", "automountServiceAccountToken"]).as_bool();
    of_pod.or(account["automountServiceAccountToken"].as_bool()) != Some(false)
}

/// Adds the volume with the token, the cluster's certificate and the
/// namespace, and mounts it where nothing else is mounted. `suffix` is five
/// random characters.
pub fn mount_token(pod: &mut Value, suffix: &str) {
    let name = token_volume(pod).unwrap_or_else(|| format!("{TOKEN_VOLUME_PREFIX}{suffix}"));
    let mut mounted = false;
    for list in ["initContainers", "containers"] {
        each(&mut pod["spec"], list, |container| {
            let mounts = container["volumeMounts"].items();
            if mounts.iter().all(|mount| mount["mountPath"].text() != TOKEN_PATH) {
                mounted = true;
                container["volumeMounts"].push(value!({
                    "name": (name.as_str()),
                    "readOnly": true,
                    "mountPath": TOKEN_PATH,
                }));
            }
        });
    }
    let is_there =
        pod.at(&["spec", "volumes"]).items().iter().any(|own| own["name"].text() == name);
    if mounted && !is_there {
        pod.at_mut(&["spec", "volumes"]).push(token_volume_of(&name));
    }
}

/// The name of a token volume that the Pod already has.
fn token_volume(pod: &Value) -> Option<String> {
    let volumes = pod.at(&["spec", "volumes"]).items();
    let mut names = volumes.iter().map(|volume| volume["name"].text());
    names.find(|name| name.starts_with(TOKEN_VOLUME_PREFIX)).map(str::to_owned)
}

fn token_volume_of(name: &str) -> Value {
    value!({ "name": name, "projected": (token_sources()) })
}

/// What every token volume shows; all Pods share it.
fn token_sources() -> Value {
    static SOURCES: OnceLock<Value> = OnceLock::new();
    let sources = SOURCES.get_or_init(|| {
        value!({
            "sources": [
                { "serviceAccountToken": { "expirationSeconds": 3607, "path": "token" } },
                {
                    "configMap": {
                        "name": "kube-root-ca.crt",
                        "items": [{ "key": "ca.crt", "path": "ca.crt" }],
                    },
                },
                {
                    "downwardAPI": {
                        "items": [{
                            "path": "namespace",
                            "fieldRef": { "apiVersion": "v1", "fieldPath": "metadata.namespace" },
                        }],
                    },
                },
            ],
            "defaultMode": 420,
        })
    });
    sources.clone()
}

/// Adds the pull secrets of the Pod's ServiceAccount, if the Pod has none.
pub fn add_pull_secrets(pod: &mut Value, account: &Value) {
    let secrets = &account["imagePullSecrets"];
    if !secrets.is_empty() && pod.at(&["spec", "imagePullSecrets"]).is_empty() {
        pod["spec"].set("imagePullSecrets", secrets);
    }
}

/// Lets a Pod stay on a lost node for a while, unless it says otherwise.
pub fn add_default_tolerations(pod: &mut Value) {
    let defaults = default_tolerations();
    if pod.at(&["spec", "tolerations"]).is_empty() {
        pod["spec"].set("tolerations", defaults);
        return;
    }
    for own in defaults.items() {
        let is_borne = pod.at(&["spec", "tolerations"]).items().iter().any(|toleration| {
            let (key, effect) = (&toleration["key"], toleration["effect"].text());
            (key == &own["key"] || key.is_empty()) && matches!(effect, "NoExecute" | "")
        });
        if !is_borne {
            pod.at_mut(&["spec", "tolerations"]).push(own);
        }
    }
}

/// The tolerations of a Pod that names none; all such Pods share them.
fn default_tolerations() -> Value {
    static TOLERATIONS: OnceLock<Value> = OnceLock::new();
    let toleration = |key: &str| {
        value!({
            "key": key,
            "operator": "Exists",
            "effect": "NoExecute",
            "tolerationSeconds": LOST_NODE_SECS,
        })
    };
    let keys = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
    TOLERATIONS.get_or_init(|| keys.map(toleration).into_iter().collect()).clone()
}

/// Gives a Pod the value and preemption policy of its `class`, a
/// PriorityClass; of none, the lowest.
pub fn set_priority(pod: &mut Value, class: Option<&Value>) {
    let (priority, policy) = match class {
        Some(class) => (class["value"].int(), class["preemptionPolicy"].text()),
        None => (0, ""),
    };
    let policy = if policy.is_empty() { "PreemptLowerPriority" } else { policy };
    let spec = &mut pod["spec"];
    spec.set("priority", priority);
    spec.set_default("preemptionPolicy", policy);
}

/// Gives a Pod the overhead, node labels and tolerations of its `class`, a
/// RuntimeClass, or says why they do not fit.
pub fn set_runtime(pod: &mut Value, class: &Value) -> Result<(), String> {
    let overhead = class.at(&["overhead", "podFixed"]);
    if !overhead.is_null() {
        pod["spec"].set_default("overhead", overhead);
        if pod["spec"]["overhead"] != *overhead {
            let why = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";
            return Err(why.to_owned());
        }
    }
    for (key, value) in class.at(&["scheduling", "nodeSelector"]).entries() {
        if let Some(own) = pod.at(&["spec", "nodeSelector"]).get(key).filter(|own| *own != value) {
            return Err(format!(
                "conflict: runtimeClass.scheduling.nodeSelector[{key}] = {}; \
                 pod.spec.nodeSelector[{key}] = {}",
                value.text(),
                own.text()
            ));
        }
        pod.at_mut(&["spec", "nodeSelector"]).set(key, value);
    }
    for toleration in class.at(&["scheduling", "tolerations"]).items() {
        if !pod.at(&["spec", "tolerations"]).items().contains(toleration) {
            pod.at_mut(&["spec", "tolerations"]).push(toleration);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_mounted_where_nothing_else_is() {
        let mut pod = value!({
            "spec": {
                "containers": [
                    { "name": "a" },
                    { "name": "b", "volumeMounts": [{ "name": "own", "mountPath": TOKEN_PATH }] },
                ],
            },
        });
        mount_token(&mut pod, "x7k2p");
        let containers = pod.at(&["spec", "containers"]);
        assert_eq!(containers[0]["volumeMounts"][0]["name"].text(), "kube-api-access-x7k2p");
        assert_eq!(containers[1]["volumeMounts"].items().len(), 1);
        assert_eq!(pod.at(&["spec", "volumes"]).items().len(), 1);
    }

    #[test]
    fn tolerations_are_added_once() {
        let mut pod = value!({ "spec": {} });
        add_default_tolerations(&mut pod);
        add_default_tolerations(&mut pod);
        assert_eq!(pod.at(&["spec", "tolerations"]).items().len(), 2);
        let mut pod = value!({ "spec": { "tolerations": [{ "operator": "Exists" }] } });
        add_default_tolerations(&mut pod);
        assert_eq!(pod.at(&["spec", "tolerations"]).items().len(), 1);
    }
}
