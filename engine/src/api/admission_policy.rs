//! ValidatingAdmissionPolicy and its binding: rules in CEL for writes.
//!
//! They are stored and shown; no expression is evaluated. Sources:
//! `pkg/apis/admissionregistration/v1/defaults.go` and `validation`.

use super::age::object_age;
use super::{Column, Errors, Kind, Path, defaulting, names, table};
use crate::sim::Time;
use crate::value::Value;

/// The row of ValidatingAdmissionPolicy.
pub static KIND: Kind = Kind {
    kind: "ValidatingAdmissionPolicy",
    plural: "validatingadmissionpolicies",
    singular: "validatingadmissionpolicy",
    subresources: &["status"],
    schema: "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy",
    default: default_policy,
    prepare: |new, old| {
        if old.is_none() {
            new.set("status", Value::map());
        }
    },
    validate: validate_policy,
    validate_update: |new, _, errors| validate_policy(new, errors),
    columns: &[
        table::NAME,
        Column::integer(
            "Validations",
            "Validations indicates the number of validation rules defined in this configuration",
        ),
        Column::text(
            "ParamKind",
            "ParamKind specifies the kind of resources used to parameterize this policy",
        ),
        table::AGE,
    ],
    cells: policy_cells,
    ..ANY
};

/// The row of ValidatingAdmissionPolicyBinding.
pub static BINDING_KIND: Kind = Kind {
    kind: "ValidatingAdmissionPolicyBinding",
    plural: "validatingadmissionpolicybindings",
    singular: "validatingadmissionpolicybinding",
    schema: "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding",
    default: |binding| {
        defaulting::within(&mut binding["spec"], "matchResources", default_match);
    },
    validate: validate_binding,
    validate_update: |new, _, errors| validate_binding(new, errors),
    columns: &[
        table::NAME,
        Column::text(
            "PolicyName",
            "PolicyName indicates the policy definition which the policy binding binded to",
        ),
        Column::text(
            "ParamRef",
            "ParamRef indicates the param resource which sets the configration param",
        ),
        table::AGE,
    ],
    cells: binding_cells,
    ..ANY
};

/// What both kinds have in common.
const ANY: Kind = Kind {
    group: "admissionregistration.k8s.io",
    categories: &["api-extensions"],
    namespaced: false,
    has_generation: true,
    ..Kind::BASE
};

fn default_policy(policy: &mut Value) {
    let spec = &mut policy["spec"];
    spec.set_default("failurePolicy", "Fail");
    defaulting::within(spec, "matchConstraints", default_match);
}

/// What a policy or binding matches unless it says.
fn default_match(rules: &mut Value) {
    rules.set_default("matchPolicy", "Equivalent");
    for name in ["namespaceSelector", "objectSelector"] {
        rules.set_default(name, Value::map());
    }
    for list in ["resourceRules", "excludeResourceRules"] {
        defaulting::each(rules, list, |rule| rule.set_default("scope", "*"));
    }
}

fn validate_policy(policy: &Value, errors: &mut Errors) {
    let (spec, path) = (&policy["spec"], Path::ROOT.field("spec"));
    let policies = ["Fail", "Ignore"];
    match spec["failurePolicy"].as_str() {
        None => errors.required(&path.field("failurePolicy"), ""),
        Some(policy) if !policies.contains(&policy) => {
            errors.not_supported(&path.field("failurePolicy"), policy, &policies);
        }
        Some(_) => {}
    }
    let kind = &spec["paramKind"];
    if !kind.is_null() {
        for name in ["apiVersion", "kind"] {
            if kind[name].is_empty() {
                errors.required(&path.field("paramKind").field(name), "");
            }
        }
    }
    let (rules, rules_path) = (&spec["matchConstraints"], path.field("matchConstraints"));
    if rules.is_null() {
        errors.required(&rules_path, "");
    } else if rules["resourceRules"].is_empty() {
        errors.required(&rules_path.field("resourceRules"), "");
    }
    if spec["validations"].is_empty() && spec["auditAnnotations"].is_empty() {
        let detail = "validations or auditAnnotations must contain at least one item";
        errors.required(&path.field("validations"), detail);
        errors.required(&path.field("auditAnnotations"), detail);
    }
    let list = path.field("validations");
    for (index, validation) in spec["validations"].items().iter().enumerate() {
        if validation["expression"].text().trim().is_empty() {
            let detail = "expression is not specified";
            errors.required(&list.index(index).field("expression"), detail);
        }
    }
}

fn validate_binding(binding: &Value, errors: &mut Errors) {
    let (spec, path) = (&binding["spec"], Path::ROOT.field("spec"));
    let policy = spec["policyName"].text();
    if policy.is_empty() {
        errors.required(&path.field("policyName"), "");
    } else {
        errors.invalid_each(&path.field("policyName"), policy, names::subdomain(policy));
    }
    let (param, param_path) = (&spec["paramRef"], path.field("paramRef"));
    if !param.is_null() {
        validate_parameter(param, &param_path, errors);
    }
    let (actions, list) = (spec["validationActions"].items(), path.field("validationActions"));
    if actions.is_empty() {
        errors.required(&list, "at least one validation action is required");
    }
    let known = ["Audit", "Deny", "Warn"];
    for (index, action) in actions.iter().enumerate() {
        if !known.contains(&action.text()) {
            errors.not_supported(&list.index(index), action.text(), &known);
        }
        if actions.iter().take(index).any(|earlier| earlier == action) {
            errors.duplicate(&list.index(index), action.text());
        }
    }
}

fn validate_parameter(param: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (name, has_selector) = (param["name"].text(), !param["selector"].is_null());
    match (name.is_empty(), has_selector) {
        (true, false) => errors.required(path, "one of name or selector must be specified"),
        (false, true) => {
            errors.forbidden(&path.field("name"), "name and selector are mutually exclusive");
        }
        _ => {}
    }
    let actions = ["Allow", "Deny"];
    let (action, path) =
        (param["parameterNotFoundAction"].as_str(), path.field("parameterNotFoundAction"));
    match action {
        None | Some("") => errors.required(&path, ""),
        Some(action) if !actions.contains(&action) => {
            errors.not_supported(&path, action, &["Deny", "Allow"]);
        }
        Some(_) => {}
    }
}

fn policy_cells(policy: &Value, now: Time) -> Vec<Value> {
    let kind = policy.at(&["spec", "paramKind"]);
    let kind = match (kind["apiVersion"].text(), kind["kind"].text()) {
        _ if kind.is_null() => "<unset>".to_owned(),
        (version, kind) => format!("{version}/{kind}"),
    };
    vec![
        table::name(policy),
        policy.at(&["spec", "validations"]).items().len().into(),
        kind.into(),
        object_age(policy, now),
    ]
}

fn binding_cells(binding: &Value, now: Time) -> Vec<Value> {
    let param = binding.at(&["spec", "paramRef"]);
    let param = match (param["namespace"].text(), param["name"].text()) {
        _ if param.is_null() => "<unset>".to_owned(),
        ("", "") => "*".to_owned(),
        ("", name) => format!("*/{name}"),
        (namespace, "") => format!("{namespace}/*"),
        (namespace, name) => format!("{namespace}/{name}"),
    };
    vec![
        table::name(binding),
        binding.at(&["spec", "policyName"]).text().into(),
        param.into(),
        object_age(binding, now),
    ]
}
