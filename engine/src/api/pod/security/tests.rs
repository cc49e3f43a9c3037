//! What each standard finds in a Pod, and what labels ask for.

use super::*;
use crate::value;

fn standard(level: Level) -> Standard {
    Standard { level, minor: u32::MAX }
}

#[test]
fn a_plain_pod_is_fine_at_the_baseline_and_not_above() {
    let spec = value!({ "containers": [{ "name": "nginx", "image": "nginx" }] });
    assert_eq!(violations(standard(Level::Baseline), &spec), []);
    assert_eq!(
        list(&violations(standard(Level::Restricted), &spec)),
        "allowPrivilegeEscalation != false (container \"nginx\" must set \
         securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container \
         \"nginx\" must set securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != true \
         (pod or container \"nginx\" must set securityContext.runAsNonRoot=true), seccompProfile \
         (pod or container \"nginx\" must set securityContext.seccompProfile.type to \
         \"RuntimeDefault\" or \"Localhost\")"
    );
}

#[test]
fn a_careful_pod_is_fine_at_the_restricted_level() {
    let spec = value!({
        "securityContext": { "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } },
        "containers": [{
            "name": "a",
            "securityContext": {
                "allowPrivilegeEscalation": false,
                "capabilities": { "drop": ["ALL"], "add": ["NET_BIND_SERVICE"] },
            },
        }],
        "volumes": [{ "name": "a", "emptyDir": {} }],
    });
    assert_eq!(violations(standard(Level::Restricted), &spec), []);
}

#[test]
fn every_way_to_the_node_is_named() {
    let spec = |container: Value| value!({ "containers": [container, { "name": "b" }] });
    let rows = [
        (
            value!({ "hostNetwork": true, "hostIPC": true }),
            "host namespaces (hostNetwork=true, hostIPC=true)",
        ),
        (
            value!({ "volumes": [{ "name": "v", "hostPath": { "path": "/" } }] }),
            "hostPath volumes (volume \"v\")",
        ),
        (
            spec(value!({ "name": "a", "ports": [{ "hostPort": 80 }, { "hostPort": 443 }] })),
            "hostPort (container \"a\" uses hostPorts 443, 80)",
        ),
        (
            spec(value!({ "name": "a", "securityContext": { "privileged": true } })),
            "privileged (container \"a\" must not set securityContext.privileged=true)",
        ),
        (
            spec(value!({
                "name": "a",
                "securityContext": { "capabilities": { "add": ["SYS_TIME", "NET_ADMIN", "KILL"] } },
            })),
            "non-default capabilities (container \"a\" must not include \"NET_ADMIN\", \
             \"SYS_TIME\" in securityContext.capabilities.add)",
        ),
        (
            value!({ "securityContext": { "sysctls": [
                { "name": "kernel.msgmax", "value": "1" },
                { "name": "net.ipv4.tcp_syncookies", "value": "1" },
            ] } }),
            "forbidden sysctls (kernel.msgmax)",
        ),
        (
            value!({ "securityContext": { "seLinuxOptions": { "type": "own", "user": "me" } } }),
            "seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type \"own\"; user \
             may not be set)",
        ),
        (
            spec(value!({
                "name": "a",
                "securityContext": { "seccompProfile": { "type": "Unconfined" } },
            })),
            "seccompProfile (container \"a\" must not set securityContext.seccompProfile.type to \
             \"Unconfined\")",
        ),
    ];
    for (spec, expected) in rows {
        assert_eq!(list(&violations(standard(Level::Baseline), &spec)), expected);
    }
}

#[test]
fn labels_say_what_is_wanted() {
    let label = |mode: &str| format!("{PREFIX}{mode}");
    let mut labels = Value::map();
    labels.set(label("enforce"), "baseline");
    labels.set(label("enforce-version"), "v1.28");
    let (policy, errors) = policy_of(&labels);
    assert!(errors.is_empty());
    assert_eq!(policy.enforce.to_string(), "baseline:v1.28");
    // What is enforced is warned about where nothing else is said.
    assert_eq!(policy.warn.to_string(), "baseline:v1.28");
    labels.set(label("warn"), "restricted");
    assert_eq!(policy_of(&labels).0.warn.to_string(), "restricted:latest");
    labels.set(label("warn"), "strict");
    labels.set(label("audit-version"), "1.2");
    let (policy, errors) = policy_of(&labels);
    assert_eq!(policy.warn.level, Level::Privileged);
    let texts: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "metadata.labels[pod-security.kubernetes.io/audit-version]: Invalid value: \"1.2\": \
             must be \"latest\" or \"v1.x\"",
            "metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: \"strict\": must be \
             one of privileged, baseline, restricted",
        ]
    );
}
