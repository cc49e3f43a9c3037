//! ValidatingAdmissionPolicy and its binding: rules in CEL for writes.
//!
//! They are stored and shown; no expression is evaluated. Sources:
//! `pkg/apis/admissionregistration/v1/defaults.go` and `validation`.

use super::admission_rules::{
    FAILURE_POLICIES, one_of, validate_conditions, validate_match_resources,
};
use super::age::object_age;
use super::policy_program::{self, Names, Wanted};
use super::{Column, Errors, Kind, Path, Verbatim, defaulting, gotext, names, table};
use crate::cel::{self, Environment, Type};
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
    allows_unconditional_update: false,
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
    if spec["failurePolicy"].is_null() {
        errors.required(&path.field("failurePolicy"), "");
    }
    one_of(spec, "failurePolicy", &FAILURE_POLICIES, &path, errors);
    if !spec["paramKind"].is_null() {
        validate_param_kind(&spec["paramKind"], &path.field("paramKind"), errors);
    }
    let (rules, rules_path) = (&spec["matchConstraints"], path.field("matchConstraints"));
    if rules.is_null() {
        errors.required(&rules_path, "");
    } else {
        validate_match_resources(rules, &rules_path, errors);
        if rules["resourceRules"].is_empty() {
            errors.required(&rules_path.field("resourceRules"), "");
        }
    }
    let params = !spec["paramKind"].is_null();
    let names = Names { params, authorizer: true, namespace: true };
    let conditions = path.field("matchConditions");
    validate_conditions(&spec["matchConditions"], names, &conditions, errors);
    let list = path.field("variables");
    let environment =
        policy_program::with_variables(spec, names, |index, variable, environment| {
            validate_variable(variable, environment, &list.index(index), errors)
        });
    // A message may name all but the authorizer.
    let mut of_messages = environment.clone();
    of_messages.variables.retain(|(name, _)| name != "authorizer");
    if spec["validations"].is_empty() && spec["auditAnnotations"].is_empty() {
        let detail = "validations or auditAnnotations must contain at least one item";
        errors.required(&path.field("validations"), detail);
        errors.required(&path.field("auditAnnotations"), detail);
    }
    let list = path.field("validations");
    for (index, validation) in spec["validations"].items().iter().enumerate() {
        let path = list.index(index);
        validate_validation(validation, [&environment, &of_messages], &path, errors);
    }
    let name = policy.at(&["metadata", "name"]).text();
    let list = path.field("auditAnnotations");
    for (index, annotation) in spec["auditAnnotations"].items().iter().enumerate() {
        validate_audit_annotation(annotation, name, &environment, &list.index(index), errors);
    }
}

fn validate_audit_annotation(
    annotation: &Value,
    policy: &str,
    environment: &Environment,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    if !policy.is_empty() {
        let name = format!("{policy}/{}", annotation["key"].text());
        errors.invalid_each(&path.field("key"), &name, names::qualified_name(&name));
    }
    let (text, place) = (annotation["valueExpression"].text(), path.field("valueExpression"));
    if text.trim().is_empty() {
        errors.required(&place, "valueExpression is not specified");
    } else {
        policy_program::validate(text, Wanted::TextOrNull, environment, &place, errors);
    }
}

fn validate_param_kind(kind: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (api_version, own_kind) = (kind["apiVersion"].text(), kind["kind"].text());
    let version_path = path.field("apiVersion");
    let parts: Vec<&str> = api_version.split('/').collect();
    match parts.as_slice() {
        [""] => errors.required(&version_path, ""),
        [version] => validate_version(version, api_version, &version_path, errors),
        [group, version] => {
            let complaints = names::subdomain(group);
            if !group.is_empty() && !complaints.is_empty() {
                errors.invalid(&version_path, *group, &complaints.join(","));
            }
            validate_version(version, api_version, &version_path, errors);
        }
        _ => {
            let detail = format!("unexpected GroupVersion string: {api_version}");
            errors.invalid(&version_path, api_version, &detail);
        }
    }
    let complaints = names::label_1035(&own_kind.to_lowercase());
    if own_kind.is_empty() {
        errors.required(&path.field("kind"), "");
    } else if !complaints.is_empty() {
        let detail =
            format!("may have mixed case, but should otherwise match: {}", complaints.join(","));
        errors.invalid(&path.field("kind"), own_kind, &detail);
    }
}

fn validate_version(version: &str, whole: &str, path: &Path<'_>, errors: &mut Errors) {
    let complaints = names::label_1035(version);
    if version.is_empty() {
        errors.invalid(path, whole, "version must be specified");
    } else if !complaints.is_empty() {
        errors.invalid(path, version, &complaints.join(","));
    }
}

/// Finds what is wrong with a variable, and of which type it is.
fn validate_variable(
    variable: &Value,
    environment: &Environment,
    path: &Path<'_>,
    errors: &mut Errors,
) -> Type {
    let name = variable["name"].text();
    if name.trim().is_empty() {
        errors.required(&path.field("name"), "name is not specified");
    } else if !cel::is_identifier(name) {
        errors.invalid(&path.field("name"), name, "name is not a valid CEL identifier");
    }
    let (text, place) = (variable["expression"].text(), path.field("expression"));
    if text.trim().is_empty() {
        errors.required(&place, "expression is not specified");
        return Type::Dyn;
    }
    let kind = policy_program::validate(text, Wanted::Any, environment, &place, errors);
    kind.unwrap_or(Type::Dyn)
}

fn validate_validation(
    validation: &Value,
    [environment, of_messages]: [&Environment; 2],
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let (text, place) = (validation["expression"].text(), path.field("expression"));
    if text.trim().is_empty() {
        errors.required(&place, "expression is not specified");
    } else {
        policy_program::validate(text, Wanted::Bool, environment, &place, errors);
    }
    let (text, place) = (validation["messageExpression"].text(), path.field("messageExpression"));
    if !text.is_empty() && text.trim().is_empty() {
        errors.invalid(&place, text, "must be non-empty if specified");
    } else if !text.is_empty() {
        policy_program::validate(text, Wanted::Text, of_messages, &place, errors);
    }
    let message = validation["message"].text();
    if !message.is_empty() && message.trim().is_empty() {
        let detail = "message must be non-empty if specified";
        errors.invalid(&path.field("message"), message, detail);
    } else if message.trim().contains(['\n', '\r']) {
        let detail = "message must not contain line breaks";
        errors.invalid(&path.field("message"), message, detail);
    }
    let reasons = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
    one_of(validation, "reason", &reasons, path, errors);
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
    if !spec["matchResources"].is_null() {
        validate_match_resources(&spec["matchResources"], &path.field("matchResources"), errors);
    }
    validate_actions(&spec["validationActions"], &path.field("validationActions"), errors);
}

fn validate_actions(actions: &Value, path: &Path<'_>, errors: &mut Errors) {
    let all: Vec<&str> = actions.items().iter().map(Value::text).collect();
    let known = ["Audit", "Deny", "Warn"];
    for (index, action) in all.iter().copied().enumerate() {
        if !known.contains(&action) {
            errors.not_supported(&path.index(index), action, &known);
        }
        if all.iter().take(index).any(|earlier| *earlier == action) {
            errors.duplicate(&path.index(index), action);
        }
    }
    if all.contains(&"Deny") && all.contains(&"Warn") {
        let shown =
            gotext::typed_list("[]admissionregistration.ValidationAction", actions, gotext::text);
        let detail = "must not contain both Deny and Warn (repeating the same validation failure \
                      information in the API response and headers serves no purpose)";
        errors.invalid(path, Verbatim(&shown), detail);
    }
    if all.is_empty() {
        errors.required(path, "at least one validation action is required");
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
