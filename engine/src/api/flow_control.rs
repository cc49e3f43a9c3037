//! FlowSchema and PriorityLevelConfiguration: which requests wait when the
//! API server is busy.
//!
//! They are stored and shown; the simulated server is never too busy. Source:
//! `pkg/apis/flowcontrol`.

use super::age::object_age;
use super::{Column, Errors, Kind, Path, Verbatim, defaulting, gotext, names, table};
use crate::sim::Time;
use crate::value::Value;

/// The row of FlowSchema.
pub static SCHEMA_KIND: Kind = Kind {
    kind: "FlowSchema",
    plural: "flowschemas",
    singular: "flowschema",
    schema: "io.k8s.api.flowcontrol.v1.FlowSchema",
    default: |schema| defaulting::nonzero(&mut schema["spec"], "matchingPrecedence", PRECEDENCE),
    validate: validate_schema,
    validate_update: |new, _, errors| validate_schema(new, errors),
    columns: &[
        table::NAME,
        Column::text("PriorityLevel", "The priority level that matching requests get."),
        Column::integer("MatchingPrecedence", "Lower numbers are tried first."),
        Column::text("DistinguisherMethod", "What tells flows apart."),
        table::AGE,
        Column::text("MissingPL", "Whether the priority level is missing."),
    ],
    cells: schema_cells,
    ..ANY
};

/// The row of PriorityLevelConfiguration.
pub static LEVEL_KIND: Kind = Kind {
    kind: "PriorityLevelConfiguration",
    plural: "prioritylevelconfigurations",
    singular: "prioritylevelconfiguration",
    schema: "io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration",
    default: default_level,
    validate: validate_level,
    validate_update: |new, _, errors| validate_level(new, errors),
    columns: &[
        table::NAME,
        Column::text("Type", "Whether requests of the level are limited."),
        Column::text("NominalConcurrencyShares", "The level's share of the server."),
        Column::text("Queues", "How many queues the level has."),
        Column::text("HandSize", "How many queues a flow may use."),
        Column::text("QueueLengthLimit", "How many requests may wait in a queue."),
        table::AGE,
    ],
    cells: level_cells,
    ..ANY
};

/// What both kinds have in common.
const ANY: Kind = Kind {
    group: "flowcontrol.apiserver.k8s.io",
    namespaced: false,
    subresources: &["status"],
    has_generation: true,
    prepare: |new, old| {
        if old.is_none() {
            new.set("status", Value::map());
        }
    },
    ..Kind::BASE
};

/// The precedence of a schema that sets none.
const PRECEDENCE: i64 = 1_000;
const PRECEDENCE_MAX: i64 = 10_000;
/// The share of a level that sets none.
const SHARES: i64 = 30;

fn default_level(level: &mut Value) {
    let spec = &mut level["spec"];
    defaulting::within(spec, "exempt", |exempt| {
        exempt.set_default("nominalConcurrencyShares", 0);
        exempt.set_default("lendablePercent", 0);
    });
    defaulting::within(spec, "limited", |limited| {
        limited.set_default("nominalConcurrencyShares", SHARES);
        limited.set_default("lendablePercent", 0);
        defaulting::within(&mut limited["limitResponse"], "queuing", |queuing| {
            defaulting::nonzero(queuing, "handSize", 8);
            defaulting::nonzero(queuing, "queues", 64);
            defaulting::nonzero(queuing, "queueLengthLimit", 50);
        });
    });
}

const VERBS: [&str; 9] =
    ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];
/// The kinds of subjects, each with its field and the field's rules.
const SUBJECTS: [(&str, &str, &[&str]); 3] = [
    ("User", "user", &["name"]),
    ("Group", "group", &["name"]),
    ("ServiceAccount", "serviceAccount", &["name", "namespace"]),
];

fn validate_schema(schema: &Value, errors: &mut Errors) {
    let (spec, path) = (&schema["spec"], Path::ROOT.field("spec"));
    let name = schema.at(&["metadata", "name"]).text();
    let (precedence, precedence_path) =
        (spec["matchingPrecedence"].int(), path.field("matchingPrecedence"));
    if precedence <= 0 {
        errors.invalid(&precedence_path, precedence, "must be a positive value");
    }
    if precedence > PRECEDENCE_MAX {
        let detail = format!("must not be greater than {PRECEDENCE_MAX}");
        errors.invalid(&precedence_path, precedence, &detail);
    }
    if precedence == 1 && name != "exempt" {
        let detail = "only the schema named 'exempt' may have matchingPrecedence 1";
        errors.invalid(&precedence_path, precedence, detail);
    }
    let method = &spec["distinguisherMethod"];
    let methods = ["ByNamespace", "ByUser"];
    if !method.is_null() && !methods.contains(&method["type"].text()) {
        let path = path.field("distinguisherMethod");
        let shown = gotext::structure("flowcontrol/v1.FlowDistinguisherMethod", method);
        errors.not_supported(&path.field("type"), Verbatim(&shown), &methods);
    }
    let level = spec.at(&["priorityLevelConfiguration", "name"]).text();
    let level_path = path.field("priorityLevelConfiguration");
    if level.is_empty() {
        errors.required(&level_path.field("name"), "must reference a priority level");
    } else {
        errors.invalid_each(&level_path.field("name"), level, names::subdomain(level));
    }
    let list = path.field("rules");
    for (index, rule) in spec["rules"].items().iter().enumerate() {
        validate_rule(rule, &list.index(index), errors);
    }
}

fn validate_rule(rule: &Value, path: &Path<'_>, errors: &mut Errors) {
    let subjects = path.field("subjects");
    if rule["subjects"].is_empty() {
        errors.required(&subjects, "subjects must contain at least one value");
    }
    for (index, subject) in rule["subjects"].items().iter().enumerate() {
        validate_subject(subject, &subjects.index(index), errors);
    }
    if rule["resourceRules"].is_empty() && rule["nonResourceRules"].is_empty() {
        let detail = "at least one of resourceRules and nonResourceRules has to be non-empty";
        errors.required(path, detail);
    }
    let list = path.field("resourceRules");
    for (index, own) in rule["resourceRules"].items().iter().enumerate() {
        let path = list.index(index);
        validate_verbs(&own["verbs"], &path.field("verbs"), errors);
        for (field, missing, what) in [
            ("apiGroups", "resource rules must supply at least one api group", "api groups"),
            ("resources", "resource rules must supply at least one resource", "resources"),
        ] {
            validate_wildcards(&own[field], missing, what, &path.field(field), errors);
        }
        if !own["clusterScope"].is_true() || !own["namespaces"].is_empty() {
            let missing = "resource rules that are not cluster scoped must supply at least one \
                           namespace";
            let path = path.field("namespaces");
            validate_wildcards(&own["namespaces"], missing, "namespaces", &path, errors);
        }
    }
    let list = path.field("nonResourceRules");
    for (index, own) in rule["nonResourceRules"].items().iter().enumerate() {
        let path = list.index(index);
        validate_verbs(&own["verbs"], &path.field("verbs"), errors);
        let (urls, missing) =
            ("nonResourceURLs", "nonResourceURLs must contain at least one value");
        validate_wildcards(&own[urls], missing, "non-resource URLs", &path.field(urls), errors);
    }
}

fn validate_subject(subject: &Value, path: &Path<'_>, errors: &mut Errors) {
    let kind = subject["kind"].text();
    let Some((_, own, required)) = SUBJECTS.iter().find(|(name, ..)| *name == kind) else {
        let known = ["Group", "ServiceAccount", "User"];
        return errors.not_supported(&path.field("kind"), kind, &known);
    };
    if subject[*own].is_null() {
        let detail = format!("{own} is required when subject kind is '{kind}'");
        errors.required(&path.field(own), &detail);
    } else {
        for field in *required {
            let detail =
                if *field == "name" { "" } else { "must specify namespace for service account" };
            if subject.at(&[own, field]).is_empty() {
                errors.required(&path.field(own).field(field), detail);
            }
        }
    }
    for (name, field, _) in SUBJECTS.iter().filter(|(name, ..)| *name != kind) {
        if !subject[*field].is_null() {
            let detail = format!("{field} is forbidden when subject kind is not '{name}'");
            errors.forbidden(&path.field(field), &detail);
        }
    }
}

fn validate_verbs(verbs: &Value, path: &Path<'_>, errors: &mut Errors) {
    validate_wildcards(verbs, "verbs must contain at least one value", "verbs", path, errors);
    let all = verbs.items();
    let is_known = |verb: &Value| matches!(verb.text(), "*") || VERBS.contains(&verb.text());
    if !all.iter().any(|verb| verb.text() == "*") && !all.iter().all(is_known) {
        errors.not_supported(path, Verbatim(&gotext::texts(verbs)), &VERBS);
    }
}

/// Finds what is wrong with a list that must not be empty, nor hold `*` and
/// more.
fn validate_wildcards(
    list: &Value,
    missing: &str,
    what: &str,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let all = list.items();
    if all.is_empty() {
        errors.required(path, missing);
    } else if all.len() > 1 && all.iter().any(|item| item.text() == "*") {
        let detail = format!("if '*' is present, must not specify other {what}");
        errors.invalid(path, Verbatim(&gotext::texts(list)), &detail);
    }
}

fn validate_level(level: &Value, errors: &mut Errors) {
    let (spec, path) = (&level["spec"], Path::ROOT.field("spec"));
    let kind = spec["type"].text();
    if (level.at(&["metadata", "name"]).text() == "exempt") != (kind == "Exempt") {
        let detail = "type must be 'Exempt' if and only if name is 'exempt'";
        errors.invalid(&path.field("type"), kind, detail);
    }
    let (limited, limited_path) = (&spec["limited"], path.field("limited"));
    match kind {
        "Exempt" if !limited.is_null() => {
            errors.forbidden(&limited_path, "must be nil if the type is not Limited");
        }
        "Exempt" => {}
        "Limited" if limited.is_null() => {
            errors.required(&limited_path, "must not be empty when type is Limited");
        }
        "Limited" => validate_limited(limited, &limited_path, errors),
        _ => errors.not_supported(&path.field("type"), kind, &["Exempt", "Limited"]),
    }
}

fn validate_limited(limited: &Value, path: &Path<'_>, errors: &mut Errors) {
    let shares = &limited["nominalConcurrencyShares"];
    if shares.int() < 0 {
        let detail = "must be a non-negative integer";
        errors.invalid(&path.field("nominalConcurrencyShares"), shares.int(), detail);
    }
    let (response, path) = (&limited["limitResponse"], path.field("limitResponse"));
    let (queuing, queuing_path) = (&response["queuing"], path.field("queuing"));
    match response["type"].text() {
        "Reject" if !queuing.is_null() => {
            let detail = "must be nil if limited.limitResponse.type is not Limited";
            errors.forbidden(&queuing_path, detail);
        }
        "Reject" => {}
        "Queue" if queuing.is_null() => {
            let detail = "must not be empty if limited.limitResponse.type is Limited";
            errors.required(&queuing_path, detail);
        }
        "Queue" => validate_queuing(queuing, &queuing_path, errors),
        other => errors.not_supported(&path.field("type"), other, &["Queue", "Reject"]),
    }
}

fn validate_queuing(queuing: &Value, path: &Path<'_>, errors: &mut Errors) {
    for field in ["queueLengthLimit", "queues", "handSize"] {
        if queuing[field].int() <= 0 {
            errors.invalid(&path.field(field), queuing[field].int(), "must be positive");
        }
    }
    let (hand, queues) = (queuing["handSize"].int(), queuing["queues"].int());
    if hand > queues && hand > 0 {
        let detail = format!("should not be greater than queues ({queues})");
        errors.invalid(&path.field("handSize"), hand, &detail);
    }
}

fn schema_cells(schema: &Value, now: Time) -> Vec<Value> {
    let spec = &schema["spec"];
    let method = spec.at(&["distinguisherMethod", "type"]);
    let conditions = schema.at(&["status", "conditions"]).items();
    let dangling = conditions.iter().find(|condition| condition["type"].text() == "Dangling");
    vec![
        table::name(schema),
        spec.at(&["priorityLevelConfiguration", "name"]).text().into(),
        spec["matchingPrecedence"].int().into(),
        table::or_none(method.text()),
        object_age(schema, now),
        dangling.map_or("?", |condition| condition["status"].text()).into(),
    ]
}

fn level_cells(level: &Value, now: Time) -> Vec<Value> {
    let spec = &level["spec"];
    let or_none = |value: &Value| match value.as_int() {
        Some(number) => number.to_string().into(),
        None => Value::str("<none>"),
    };
    let queuing = spec.at(&["limited", "limitResponse", "queuing"]);
    let limits = if spec["limited"].is_null() { &spec["exempt"] } else { &spec["limited"] };
    vec![
        table::name(level),
        spec["type"].text().into(),
        or_none(&limits["nominalConcurrencyShares"]),
        or_none(&queuing["queues"]),
        or_none(&queuing["handSize"]),
        or_none(&queuing["queueLengthLimit"]),
        object_age(level, now),
    ]
}
