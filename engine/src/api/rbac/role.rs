//! Role and ClusterRole: a set of permissions.

use super::super::selector::validate_label_selector;
use super::super::{Errors, Kind, Path, Verbatim, gotext, table};
use super::ANY;
use crate::value::Value;

/// The row of Role.
pub static KIND: Kind = Kind {
    kind: "Role",
    plural: "roles",
    singular: "role",
    schema: "io.k8s.api.rbac.v1.Role",
    validate: |role, errors| validate_rules(role, true, errors),
    validate_update: |new, _, errors| validate_rules(new, true, errors),
    columns: &[table::NAME, table::CREATED_AT],
    cells: table::created_cells,
    ..ANY
};

/// The row of ClusterRole.
pub static CLUSTER_KIND: Kind = Kind {
    kind: "ClusterRole",
    plural: "clusterroles",
    singular: "clusterrole",
    namespaced: false,
    schema: "io.k8s.api.rbac.v1.ClusterRole",
    validate: validate_cluster_role,
    validate_update: |new, _, errors| validate_cluster_role(new, errors),
    columns: &[table::NAME, table::CREATED_AT],
    cells: table::created_cells,
    ..ANY
};

fn validate_cluster_role(role: &Value, errors: &mut Errors) {
    validate_rules(role, false, errors);
    let aggregation = &role["aggregationRule"];
    if aggregation.is_null() {
        return;
    }
    let path = Path::ROOT.field("aggregationRule");
    let (selectors, list) =
        (aggregation["clusterRoleSelectors"].items(), path.field("clusterRoleSelectors"));
    if selectors.is_empty() {
        let detail = "at least one clusterRoleSelector required if aggregationRule is non-nil";
        errors.required(&list, detail);
    }
    for (index, selector) in selectors.iter().enumerate() {
        validate_label_selector(selector, &list.index(index), errors);
    }
}

fn validate_rules(role: &Value, namespaced: bool, errors: &mut Errors) {
    let list = Path::ROOT.field("rules");
    for (index, rule) in role["rules"].items().iter().enumerate() {
        validate_rule(rule, namespaced, &list.index(index), errors);
    }
}

fn validate_rule(rule: &Value, namespaced: bool, path: &Path<'_>, errors: &mut Errors) {
    let has = |name: &str| !rule[name].is_empty();
    if !has("verbs") {
        errors.required(&path.field("verbs"), "verbs must contain at least one value");
    }
    if has("nonResourceURLs") {
        let (shown, path) =
            (gotext::texts(&rule["nonResourceURLs"]), path.field("nonResourceURLs"));
        if namespaced {
            let detail = "namespaced rules cannot apply to non-resource URLs";
            errors.invalid(&path, Verbatim(&shown), detail);
        }
        if has("apiGroups") || has("resources") || has("resourceNames") {
            let detail = "rules cannot apply to both regular resources and non-resource URLs";
            errors.invalid(&path, Verbatim(&shown), detail);
        }
        return;
    }
    if !has("apiGroups") {
        let detail = "resource rules must supply at least one api group";
        errors.required(&path.field("apiGroups"), detail);
    }
    if !has("resources") {
        let detail = "resource rules must supply at least one resource";
        errors.required(&path.field("resources"), detail);
    }
}
