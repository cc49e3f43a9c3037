//! The roles that every cluster has from the start, and who has them.
//!
//! Source: upstream `plugin/pkg/auth/authorizer/rbac/bootstrappolicy`.
//!
//! **Real clusters:** more than fifty further roles belong to the parts of the
//! control plane, whom this API server refuses nothing; and a controller puts
//! `admin`, `edit` and `view` together from labelled parts.

use crate::apiserver::{ApiServer, Kinds};
use crate::value;
use crate::value::Value;
use crate::yaml::parse_yaml;

const ROLES: &str = include_str!("roles.yaml");
const GROUP: &str = "rbac.authorization.k8s.io";

/// Stores the roles and their bindings.
pub(super) fn boot(api: &mut ApiServer, kinds: &Kinds) {
    let table = parse_yaml(ROLES).unwrap_or_default();
    for (name, rules) in table["roles"].entries() {
        let rules: Value = rules.items().iter().map(|rule| expand(rule, &table["verbs"])).collect();
        let role = value!({
            "apiVersion": (format!("{GROUP}/v1")),
            "kind": "ClusterRole",
            "metadata": (metadata(name)),
            "rules": rules,
        });
        super::boot::create(api, kinds.cluster_role, "", role);
    }
    for (name, binding) in table["bindings"].entries() {
        let [role, groups @ ..] = binding.items() else { continue };
        let subject = |group: &Value| value!({ "apiGroup": GROUP, "kind": "Group", "name": group });
        let binding = value!({
            "apiVersion": (format!("{GROUP}/v1")),
            "kind": "ClusterRoleBinding",
            "metadata": (metadata(name)),
            "roleRef": { "apiGroup": GROUP, "kind": "ClusterRole", "name": role },
            "subjects": (groups.iter().map(subject).collect::<Value>()),
        });
        super::boot::create(api, kinds.cluster_role_binding, "", binding);
    }
}

fn metadata(name: &str) -> Value {
    if name.starts_with("kubeadm:") {
        return value!({ "name": name });
    }
    value!({
        "name": name,
        "annotations": { "rbac.authorization.kubernetes.io/autoupdate": "true" },
        "labels": { "kubernetes.io/bootstrapping": "rbac-defaults" },
    })
}

/// A rule of the table as Kubernetes writes it.
fn expand(rule: &Value, named: &Value) -> Value {
    let (group, verbs) = (rule[0].text(), rule[2].text());
    let words: Value = rule[1].text().split(' ').map(Value::str).collect();
    let verbs = match &named[verbs] {
        Value::Null => Value::list(vec![verbs.into()]),
        list => list.clone(),
    };
    match group {
        "url" => value!({ "nonResourceURLs": words, "verbs": verbs }),
        "core" => value!({ "apiGroups": [""], "resources": words, "verbs": verbs }),
        _ => value!({ "apiGroups": [group], "resources": words, "verbs": verbs }),
    }
}
