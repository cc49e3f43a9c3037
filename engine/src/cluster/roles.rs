//! The roles that every cluster has from the start, and who has them.
//!
//! Source: upstream `plugin/pkg/auth/authorizer/rbac/bootstrappolicy`.

use crate::apiserver::{ApiServer, Kinds};
use crate::store::KindId;
use crate::value;
use crate::value::Value;
use crate::yaml::parse_yaml;

const ROLES: &str = include_str!("roles.yaml");
const GROUP: &str = "rbac.authorization.k8s.io";
/// The namespace of the components' own ServiceAccounts.
const SYSTEM: &str = "kube-system";
/// What the roles of controllers are called before their own names.
const CONTROLLER: &str = "system:controller:";

/// Where a role and its bindings live, and what they are called there.
#[derive(Clone, Copy)]
struct Place<'a> {
    namespace: &'a str,
    role: (KindId, &'a str),
    binding: (KindId, &'a str),
}

/// Stores the roles and their bindings.
pub(super) fn boot(api: &mut ApiServer, kinds: &Kinds) {
    let table = parse_yaml(ROLES).unwrap_or_default();
    let everywhere = Place {
        namespace: "",
        role: (kinds.cluster_role, "ClusterRole"),
        binding: (kinds.cluster_role_binding, "ClusterRoleBinding"),
    };
    for (name, part_of) in table["aggregated"].entries() {
        create_aggregated(api, everywhere, name, part_of.text());
    }
    create_all(api, everywhere, &table, &table["verbs"]);
    for (name, rules) in table["controllers"].entries() {
        let role = format!("{CONTROLLER}{name}");
        create_role(api, everywhere, &role, rules, &table["verbs"]);
        let account = format!("account:{name}");
        create_binding(
            api,
            everywhere,
            &role,
            &Value::list(vec![role.as_str().into(), account.into()]),
        );
    }
    for (namespace, own) in table["namespaced"].entries() {
        let place = Place {
            namespace,
            role: (kinds.role, "Role"),
            binding: (kinds.role_binding, "RoleBinding"),
        };
        create_all(api, place, own, &table["verbs"]);
    }
}

fn create_all(api: &mut ApiServer, place: Place<'_>, table: &Value, verbs: &Value) {
    for (name, rules) in table["roles"].entries() {
        create_role(api, place, name, rules, verbs);
    }
    for (name, binding) in table["bindings"].entries() {
        create_binding(api, place, name, binding);
    }
}

/// A role whose rules a controller collects.
fn create_aggregated(api: &mut ApiServer, place: Place<'_>, name: &str, part_of: &str) {
    let mut metadata = metadata(name);
    if !part_of.is_empty() {
        metadata["labels"].set(aggregates_to(part_of), "true");
    }
    let mut labels = value!({});
    labels.set(aggregates_to(name), "true");
    let role = value!({
        "apiVersion": (format!("{GROUP}/v1")),
        "kind": (place.role.1),
        "metadata": metadata,
        "aggregationRule": { "clusterRoleSelectors": [{ "matchLabels": labels }] },
        "rules": null,
    });
    super::boot::create(api, place.role.0, place.namespace, role);
}

fn aggregates_to(role: &str) -> String {
    format!("{GROUP}/aggregate-to-{role}")
}

fn create_role(api: &mut ApiServer, place: Place<'_>, name: &str, rules: &Value, verbs: &Value) {
    let mut metadata = metadata(name);
    if let Some(role) = name.strip_prefix("system:aggregate-to-") {
        metadata["labels"].set(aggregates_to(role), "true");
    }
    let rules: Value = rules.items().iter().map(|rule| expand(rule.text(), verbs)).collect();
    let role = value!({
        "apiVersion": (format!("{GROUP}/v1")),
        "kind": (place.role.1),
        "metadata": metadata,
        "rules": rules,
    });
    super::boot::create(api, place.role.0, place.namespace, role);
}

fn create_binding(api: &mut ApiServer, place: Place<'_>, name: &str, binding: &Value) {
    let [role, subjects @ ..] = binding.items() else { return };
    let mut binding = value!({
        "apiVersion": (format!("{GROUP}/v1")),
        "kind": (place.binding.1),
        "metadata": (metadata(name)),
        "roleRef": { "apiGroup": GROUP, "kind": (place.role.1), "name": role },
    });
    if !subjects.is_empty() {
        let subjects: Value = subjects.iter().map(|own| subject(own.text())).collect();
        binding.set("subjects", subjects);
    }
    super::boot::create(api, place.binding.0, place.namespace, binding);
}

fn subject(text: &str) -> Value {
    if let Some(name) = text.strip_prefix("account:") {
        return value!({ "kind": "ServiceAccount", "name": name, "namespace": SYSTEM });
    }
    let (kind, name) = match text.strip_prefix("user:") {
        Some(name) => ("User", name),
        None => ("Group", text),
    };
    value!({ "apiGroup": GROUP, "kind": kind, "name": name })
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
fn expand(rule: &str, named: &Value) -> Value {
    let mut parts = rule.split('|').map(str::trim);
    let mut next = || parts.next().unwrap_or_default();
    let (groups, resources, verbs, names) = (next(), next(), next(), next());
    let verbs = words(named[verbs].as_str().unwrap_or(verbs));
    if groups == "url" {
        return value!({ "nonResourceURLs": (words(resources)), "verbs": verbs });
    }
    let groups = groups.split(' ').map(|group| if group == "core" { "" } else { group });
    let mut rule = value!({
        "apiGroups": (groups.map(Value::str).collect::<Value>()),
        "resources": (words(resources)),
        "verbs": verbs,
    });
    if !names.is_empty() {
        rule.set("resourceNames", words(names));
    }
    rule
}

fn words(text: &str) -> Value {
    text.split(' ').map(Value::str).collect()
}
