//! FlowSchema and PriorityLevelConfiguration: which requests wait when the
//! API server is busy.
//!
//! They are stored and shown; the simulated server is never too busy. Source:
//! `pkg/apis/flowcontrol`.

use super::age::object_age;
use super::{Column, Errors, Kind, Path, defaulting, names, table};
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

fn validate_schema(schema: &Value, errors: &mut Errors) {
    let (spec, path) = (&schema["spec"], Path::ROOT.field("spec"));
    let (precedence, precedence_path) =
        (spec["matchingPrecedence"].int(), path.field("matchingPrecedence"));
    if precedence <= 0 {
        errors.invalid(&precedence_path, precedence, "must be a positive value");
    }
    if precedence > PRECEDENCE_MAX {
        let detail = format!("must not be greater than {PRECEDENCE_MAX}");
        errors.invalid(&precedence_path, precedence, &detail);
    }
    let method = &spec["distinguisherMethod"];
    let methods = ["ByNamespace", "ByUser"];
    if !method.is_null() && !methods.contains(&method["type"].text()) {
        let path = path.field("distinguisherMethod");
        errors.not_supported(&path, method["type"].text(), &methods);
    }
    let level = spec.at(&["priorityLevelConfiguration", "name"]).text();
    let level_path = path.field("priorityLevelConfiguration");
    if level.is_empty() {
        errors.required(&level_path.field("name"), "must reference a priority level");
    } else {
        errors.invalid_each(&level_path.field("name"), level, names::subdomain(level));
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
