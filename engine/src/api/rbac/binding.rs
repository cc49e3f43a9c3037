//! RoleBinding and ClusterRoleBinding: who has a role.

use super::super::age::object_age;
use super::super::{Column, Errors, Kind, Path, Verbatim, defaulting, names, table};
use super::{ANY, GROUP};
use crate::sim::Time;
use crate::value::Value;

/// The row of RoleBinding.
pub static KIND: Kind = Kind {
    kind: "RoleBinding",
    plural: "rolebindings",
    singular: "rolebinding",
    schema: "io.k8s.api.rbac.v1.RoleBinding",
    default,
    validate: |binding, errors| validate(binding, true, errors),
    validate_update: |new, old, errors| validate_update(new, old, true, errors),
    columns: COLUMNS,
    cells,
    ..ANY
};

/// The row of ClusterRoleBinding.
pub static CLUSTER_KIND: Kind = Kind {
    kind: "ClusterRoleBinding",
    plural: "clusterrolebindings",
    singular: "clusterrolebinding",
    namespaced: false,
    schema: "io.k8s.api.rbac.v1.ClusterRoleBinding",
    default,
    validate: |binding, errors| validate(binding, false, errors),
    validate_update: |new, old, errors| validate_update(new, old, false, errors),
    columns: COLUMNS,
    cells,
    ..ANY
};

const COLUMNS: &[Column] = &[
    table::NAME,
    Column::text("Role", "The role that is given."),
    table::AGE,
    Column::text("Users", "Users in the roleBinding").wide(),
    Column::text("Groups", "Groups in the roleBinding").wide(),
    Column::text("ServiceAccounts", "ServiceAccounts in the roleBinding").wide(),
];

fn default(binding: &mut Value) {
    defaulting::text(&mut binding["roleRef"], "apiGroup", GROUP);
    defaulting::each(binding, "subjects", |subject| {
        if matches!(subject["kind"].text(), "User" | "Group") {
            defaulting::text(subject, "apiGroup", GROUP);
        }
    });
}

fn validate(binding: &Value, namespaced: bool, errors: &mut Errors) {
    let (role, path) = (&binding["roleRef"], Path::ROOT.field("roleRef"));
    let group = role["apiGroup"].text();
    if group != GROUP {
        errors.not_supported(&path.field("apiGroup"), group, &[GROUP]);
    }
    let kinds: &[&str] = if namespaced { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    let (kind, name) = (role["kind"].text(), role["name"].text());
    if !kinds.contains(&kind) {
        errors.not_supported(&path.field("kind"), kind, kinds);
    }
    if name.is_empty() {
        errors.required(&path.field("name"), "");
    } else {
        errors.invalid_each(&path.field("name"), name, names::path_segment(name, false));
    }
    let list = Path::ROOT.field("subjects");
    for (index, subject) in binding["subjects"].items().iter().enumerate() {
        validate_subject(subject, namespaced, &list.index(index), errors);
    }
}

fn validate_subject(subject: &Value, namespaced: bool, path: &Path<'_>, errors: &mut Errors) {
    let (name, group) = (subject["name"].text(), subject["apiGroup"].text());
    if name.is_empty() {
        errors.required(&path.field("name"), "");
    }
    match subject["kind"].text() {
        "ServiceAccount" => {
            if !name.is_empty() {
                errors.invalid_each(&path.field("name"), name, names::subdomain(name));
            }
            if !group.is_empty() {
                errors.not_supported(&path.field("apiGroup"), group, &[""]);
            }
            if !namespaced && subject["namespace"].is_empty() {
                errors.required(&path.field("namespace"), "");
            }
        }
        "User" | "Group" if group != GROUP => {
            errors.not_supported(&path.field("apiGroup"), group, &[GROUP]);
        }
        "User" | "Group" => {}
        other => {
            let kinds = ["ServiceAccount", "User", "Group"];
            errors.not_supported(&path.field("kind"), other, &kinds);
        }
    }
}

fn validate_update(new: &Value, old: &Value, namespaced: bool, errors: &mut Errors) {
    validate(new, namespaced, errors);
    let role = &new["roleRef"];
    if *role != old["roleRef"] {
        let shown = format!(
            "rbac.RoleRef{{APIGroup:{:?}, Kind:{:?}, Name:{:?}}}",
            role["apiGroup"].text(),
            role["kind"].text(),
            role["name"].text()
        );
        errors.invalid(&Path::ROOT.field("roleRef"), Verbatim(&shown), "cannot change roleRef");
    }
}

fn cells(binding: &Value, now: Time) -> Vec<Value> {
    let role = &binding["roleRef"];
    let subjects = |kind: &str| -> Value {
        let subjects = binding["subjects"].items().iter();
        let of_kind = subjects.filter(|subject| subject["kind"].text() == kind);
        let names: Vec<String> = of_kind
            .map(|subject| match kind {
                "ServiceAccount" => {
                    format!("{}/{}", subject["namespace"].text(), subject["name"].text())
                }
                _ => subject["name"].text().to_owned(),
            })
            .collect();
        names.join(", ").into()
    };
    vec![
        table::name(binding),
        format!("{}/{}", role["kind"].text(), role["name"].text()).into(),
        object_age(binding, now),
        subjects("User"),
        subjects("Group"),
        subjects("ServiceAccount"),
    ]
}
