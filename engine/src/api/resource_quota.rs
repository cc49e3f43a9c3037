//! ResourceQuota: how much all objects of a namespace may use together.
//!
//! Source: `pkg/apis/core/validation`; `admission::quota` enforces them.

use super::age::object_age;
use super::{Column, Errors, Kind, Path, Verbatim, gotext, meta, resource_names, table};
use crate::sim::Time;
use crate::value::Value;

/// The row of ResourceQuota.
pub static KIND: Kind = Kind {
    kind: "ResourceQuota",
    plural: "resourcequotas",
    singular: "resourcequota",
    short_names: &["quota"],
    subresources: &["status"],
    schema: "io.k8s.api.core.v1.ResourceQuota",
    prepare: |new, old| {
        if old.is_none() {
            new.set("status", Value::map());
        }
    },
    validate,
    validate_update,
    validate_status,
    columns: &[
        table::NAME,
        table::AGE,
        Column::text("Request", "Used and allowed requests and counts."),
        Column::text("Limit", "Used and allowed limits."),
    ],
    cells,
    ..Kind::BASE
};

const SCOPES: [&str; 6] = [
    "BestEffort",
    "CrossNamespacePodAffinity",
    "NotBestEffort",
    "NotTerminating",
    "PriorityClass",
    "Terminating",
];
/// The scopes that no object can be in together.
const CONFLICTS: [[&str; 2]; 2] =
    [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]];
/// The resources of Pods that scopes other than `BestEffort` narrow down.
const COMPUTE: [&str; 6] =
    ["cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory"];

fn validate(quota: &Value, errors: &mut Errors) {
    validate_spec(&quota["spec"], errors);
    validate_status_lists(quota, errors);
}

fn validate_spec(spec: &Value, errors: &mut Errors) {
    let path = Path::ROOT.field("spec");
    validate_list(&spec["hard"], &path.field("hard"), errors);
    validate_scopes(spec, &path, errors);
    if !spec["scopeSelector"].is_null() {
        validate_scope_selector(spec, &path.field("scopeSelector"), errors);
    }
}

fn validate_list(list: &Value, path: &Path<'_>, errors: &mut Errors) {
    for (name, amount) in list.entries() {
        resource_names::validate_quota_name(name, &path.key(name), errors);
        resource_names::validate_amount(name, amount, &path.key(name), errors);
    }
}

fn validate_status_lists(quota: &Value, errors: &mut Errors) {
    let path = Path::ROOT.field("status");
    for list in ["hard", "used"] {
        validate_list(quota.at(&["status", list]), &path.field(list), errors);
    }
}

/// Whether a scope can narrow down what is counted of a resource.
fn fits(scope: &str, resource: &str) -> bool {
    match scope {
        "BestEffort" => resource == "pods",
        _ if SCOPES.contains(&scope) => resource == "pods" || COMPUTE.contains(&resource),
        _ => true,
    }
}

fn has_misfit(spec: &Value, scope: &str) -> impl Iterator<Item = ()> {
    spec["hard"]
        .entries()
        .filter(move |(name, _)| resource_names::is_standard_for_quota(name) && !fits(scope, name))
        .map(|_| ())
}

fn validate_scopes(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let scopes = spec["scopes"].items();
    let path = path.field("scopes");
    let shown = shown_scopes(&spec["scopes"]);
    for scope in scopes {
        if !SCOPES.contains(&scope.text()) {
            errors.invalid(&path, Verbatim(&shown), "unsupported scope");
        }
        for () in has_misfit(spec, scope.text()) {
            errors.invalid(&path, Verbatim(&shown), "unsupported scope applied to resource");
        }
    }
    let names: Vec<&str> = scopes.iter().map(Value::text).collect();
    report_conflicts(&names, &path, &shown, errors);
}

fn report_conflicts(names: &[&str], path: &Path<'_>, shown: &str, errors: &mut Errors) {
    for pair in CONFLICTS {
        if pair.iter().all(|name| names.contains(name)) {
            errors.invalid(path, Verbatim(shown), "conflicting scopes");
        }
    }
}

fn shown_scopes(scopes: &Value) -> String {
    gotext::typed_list("[]core.ResourceQuotaScope", scopes, gotext::text)
}

fn validate_scope_selector(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let path = path.field("matchExpressions");
    let expressions = spec.at(&["scopeSelector", "matchExpressions"]).items();
    for expression in expressions {
        let scope = expression["scopeName"].text();
        if !SCOPES.contains(&scope) {
            errors.invalid(&path.field("scopeName"), scope, "unsupported scope");
        }
        for () in has_misfit(spec, scope) {
            let shown = gotext::pointer("core.ScopeSelector", &spec["scopeSelector"]);
            errors.invalid(&path, Verbatim(&shown), "unsupported scope applied to resource");
        }
        validate_operator(expression, &path, errors);
    }
    let names: Vec<&str> = expressions.iter().map(|item| item["scopeName"].text()).collect();
    report_conflicts(&names, &path, &shown_scopes(&spec["scopes"]), errors);
}

fn validate_operator(expression: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (scope, operator) = (expression["scopeName"].text(), expression["operator"].text());
    let (values, operator_path) = (&expression["values"], path.field("operator"));
    if scope != "PriorityClass" && SCOPES.contains(&scope) && operator != "Exists" {
        let detail = "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, \
                      ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, \
                      ResourceQuotaScopeNotBestEffort or \
                      ResourceQuotaScopeCrossNamespacePodAffinity";
        errors.invalid(&operator_path, operator, detail);
    }
    match operator {
        "In" | "NotIn" if values.is_empty() => {
            let detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope \
                          selector";
            errors.required(&path.field("values"), detail);
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            let detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope \
                          selector";
            errors.invalid(&path.field("values"), Verbatim(&gotext::texts(values)), detail);
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        _ => errors.invalid(&operator_path, operator, "not a valid selector operator"),
    }
}

fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    validate_spec(&new["spec"], errors);
    let sorted = |quota: &Value| {
        let scopes = quota.at(&["spec", "scopes"]).items();
        let mut names: Vec<String> = scopes.iter().map(|scope| scope.text().to_owned()).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let spec = Path::ROOT.field("spec");
    if sorted(new) != sorted(old) {
        let shown = shown_scopes(new.at(&["spec", "scopes"]));
        errors.invalid(&spec.field("scopes"), Verbatim(&shown), meta::IMMUTABLE);
    }
}

fn validate_status(new: &Value, _old: &Value, errors: &mut Errors) {
    if new.at(&["metadata", "resourceVersion"]).is_empty() {
        errors.required(&Path::ROOT.field("resourceVersion"), "");
    }
    validate_status_lists(new, errors);
}

fn cells(quota: &Value, now: Time) -> Vec<Value> {
    let hard = quota.at(&["status", "hard"]);
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    for (name, allowed) in hard.entries() {
        let used = quota.at(&["status", "used", name]);
        let used = if used.is_null() { "0" } else { used.text() };
        let text = format!("{name}: {used}/{}", allowed.text());
        let list = if name.starts_with("limits") { &mut limits } else { &mut requests };
        list.push(text);
    }
    vec![
        table::name(quota),
        object_age(quota, now),
        requests.join(", ").into(),
        limits.join(", ").into(),
    ]
}
