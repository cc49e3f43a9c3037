//! CustomResourceDefinition: a kind that the cluster's users bring.
//!
//! [`super::custom`] makes kinds of definitions. Sources:
//! `apiextensions-apiserver`'s `pkg/apis/apiextensions` and
//! `pkg/controller/{status,establish}`.

mod rules;
mod schema;

use super::{Errors, Kind, Path, meta, names, table};
use crate::sim::Time;
use crate::value;
use crate::value::Value;

/// The row of CustomResourceDefinition.
pub static KIND: Kind = Kind {
    group: "apiextensions.k8s.io",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    singular: "customresourcedefinition",
    short_names: &["crd", "crds"],
    categories: &["api-extensions"],
    namespaced: false,
    subresources: &["status"],
    schema: "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
    allows_unconditional_update: false,
    has_generation: true,
    default,
    prepare,
    validate,
    validate_update,
    columns: &[table::NAME, table::CREATED_AT],
    cells: table::created_cells,
    ..Kind::BASE
};

const HTTPS_PORT: i64 = 443;

fn default(crd: &mut Value) {
    let spec = &mut crd["spec"];
    let names = &mut spec["names"];
    let kind = names["kind"].text().to_owned();
    if names["singular"].is_empty() {
        names.set("singular", kind.to_lowercase());
    }
    if names["listKind"].is_empty() && !kind.is_empty() {
        names.set("listKind", format!("{kind}List"));
    }
    if spec["conversion"].is_null() {
        spec.set("conversion", value!({ "strategy": "None" }));
    }
    let webhook = &["conversion", "webhook", "clientConfig", "service"];
    if !spec.at(webhook).is_null() {
        spec.at_mut(webhook).set_default("port", HTTPS_PORT);
    }
}

fn prepare(new: &mut Value, old: Option<&Value>) {
    if old.is_none() {
        let names = value!({ "kind": "", "plural": "" });
        new.set(
            "status",
            value!({ "acceptedNames": names, "conditions": null, "storedVersions": [] }),
        );
    }
    let stored = storage_version(new).to_owned();
    let versions = new.at_mut(&["status", "storedVersions"]);
    if !stored.is_empty() && !versions.items().iter().any(|own| own.text() == stored) {
        versions.push(stored);
    }
}

fn storage_version(crd: &Value) -> &str {
    let versions = crd.at(&["spec", "versions"]).items();
    let stored = versions.iter().find(|version| version["storage"].is_true());
    stored.map_or("", |version| version["name"].text())
}

/// The status of a definition once its kind is served.
pub fn established(crd: &Value, now: Time) -> Value {
    let condition = |kind: &str, reason: &str, message: &str| {
        let old = crd.at(&["status", "conditions"]).items().iter();
        let mut old = old.filter(|condition| condition["type"].text() == kind);
        let since = old.next().map(|old| old["lastTransitionTime"].clone());
        value!({
            "type": kind,
            "status": "True",
            "lastTransitionTime": (since.unwrap_or_else(|| now.rfc3339().into())),
            "reason": reason,
            "message": message,
        })
    };
    let mut status = crd["status"].clone();
    status.set("acceptedNames", crd.at(&["spec", "names"]).clone());
    status.set(
        "conditions",
        value!([
            (condition("NamesAccepted", "NoConflicts", "no conflicts found")),
            (condition(
                "Established",
                "InitialNamesAccepted",
                "the initial names have been accepted"
            )),
        ]),
    );
    status
}

fn validate(crd: &Value, errors: &mut Errors) {
    let (spec, path) = (&crd["spec"], Path::ROOT.field("spec"));
    let (group, plural) = (spec["group"].text(), spec.at(&["names", "plural"]).text());
    let name = crd.at(&["metadata", "name"]).text();
    if !name.is_empty() && name != format!("{plural}.{group}") {
        let metadata = Path::ROOT.field("metadata");
        let detail = "must be spec.names.plural+\".\"+spec.group";
        errors.invalid(&metadata.field("name"), name, detail);
    }
    validate_group(group, &path.field("group"), errors);
    let scopes = ["Cluster", "Namespaced"];
    let scope = spec["scope"].text();
    if scope.is_empty() {
        errors.required(&path.field("scope"), "");
    } else if !scopes.contains(&scope) {
        errors.not_supported(&path.field("scope"), scope, &scopes);
    }
    if spec["preserveUnknownFields"].is_true() {
        let detail = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in \
                      spec.versions[*].schema instead";
        errors.invalid(&path.field("preserveUnknownFields"), true, detail);
    }
    let versions = spec["versions"].items();
    validate_versions(versions, &path.field("versions"), errors);
    validate_names(&spec["names"], &path.field("names"), errors);
    validate_conversion(&spec["conversion"], &path.field("conversion"), errors);
    validate_common(versions, &path, errors);
}

fn validate_group(group: &str, path: &Path<'_>, errors: &mut Errors) {
    let complaints = names::subdomain(group);
    if group.is_empty() {
        errors.required(path, "");
    } else if !complaints.is_empty() {
        errors.invalid(path, group, &complaints.join(","));
    } else if !group.contains('.') {
        errors.invalid(path, group, "should be a domain with at least one dot");
    }
}

/// What upstream keeps once for all versions if they agree on it.
fn is_common(versions: &[Value], field: &str) -> bool {
    versions.windows(2).all(|pair| matches!(pair, [a, b] if a[field] == b[field]))
}

fn validate_versions(versions: &[Value], path: &Path<'_>, errors: &mut Errors) {
    for (index, version) in versions.iter().enumerate() {
        let has_schema = !version.at(&["schema", "openAPIV3Schema"]).is_null();
        if version["served"].is_true() && !has_schema {
            let path = path.index(index);
            let schema = path.field("schema");
            errors.required(&schema.field("openAPIV3Schema"), "schemas are required");
        }
    }
    let (mut stored, mut seen, mut unique) = (0, Vec::new(), true);
    for (index, version) in versions.iter().enumerate() {
        let (name, path) = (version["name"].text(), path.index(index));
        let complaints = names::label_1035(name);
        if !complaints.is_empty() {
            errors.invalid(&path.field("name"), name, &complaints.join(","));
        }
        unique &= !seen.contains(&name);
        seen.push(name);
        stored += usize::from(version["storage"].is_true());
        for (field, check) in PARTS {
            if !is_common(versions, field) {
                check(&version[field], &path.field(field), errors);
            }
        }
    }
    let shown = Value::list(versions.to_vec());
    if !unique {
        errors.invalid(path, &shown, "must contain unique version names");
    }
    if stored != 1 {
        let detail = "must have exactly one version marked as storage version";
        errors.invalid(path, &shown, detail);
    }
}

/// Judges what a version says of one thing.
type Check = fn(&Value, &Path<'_>, &mut Errors);

/// What each version has to say, in upstream's order.
const PARTS: [(&str, Check); 3] = [
    ("schema", validate_schema),
    ("subresources", validate_subresources),
    ("additionalPrinterColumns", validate_columns),
];

/// Finds what is wrong with what all versions have in common. Upstream holds
/// it beside the versions, and so names its place.
fn validate_common(versions: &[Value], path: &Path<'_>, errors: &mut Errors) {
    let Some(first) = versions.first() else { return };
    for (field, check) in PARTS {
        if is_common(versions, field) {
            let place = if field == "schema" { "validation" } else { field };
            check(&first[field], &path.field(place), errors);
        }
    }
}

fn validate_schema(schema: &Value, path: &Path<'_>, errors: &mut Errors) {
    let root = &schema["openAPIV3Schema"];
    if root.is_null() {
        return;
    }
    let (path, before) = (path.field("openAPIV3Schema"), errors.0.len());
    schema::validate(root, &path, errors);
    // Upstream compiles rules only against a schema that makes sense.
    if errors.0.len() == before {
        rules::validate(root, &path, errors);
    }
}

fn validate_subresources(subresources: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (scale, path) = (&subresources["scale"], path.field("scale"));
    if scale.is_null() {
        return;
    }
    for (field, root, is_required) in [
        ("specReplicasPath", ".spec.", true),
        ("statusReplicasPath", ".status.", true),
        ("labelSelectorPath", "", false),
    ] {
        let (text, path) = (scale[field].text(), path.field(field));
        if text.is_empty() {
            if is_required {
                errors.required(&path, "");
            }
        } else if text.contains('[') || !text.starts_with('.') {
            let detail = "should be a json path without the array notation";
            errors.invalid(&path, text, detail);
        } else if !text.starts_with(root) {
            let detail = format!("should be a json path under {}", root.trim_end_matches('.'));
            errors.invalid(&path, text, &detail);
        } else if root.is_empty() && !text.starts_with(".spec.") && !text.starts_with(".status.") {
            let detail = "should be a json path under either .spec or .status";
            errors.invalid(&path, text, detail);
        }
    }
}

fn validate_columns(columns: &Value, path: &Path<'_>, errors: &mut Errors) {
    let types = ["boolean", "date", "integer", "number", "string"];
    let formats =
        ["binary", "byte", "date", "date-time", "double", "float", "int32", "int64", "password"];
    for (index, column) in columns.items().iter().enumerate() {
        let path = path.index(index);
        if column["name"].is_empty() {
            errors.required(&path.field("name"), "");
        }
        let kind = column["type"].text();
        if kind.is_empty() {
            let detail = format!("must be one of {}", types.join(","));
            errors.required(&path.field("type"), &detail);
        } else if !types.contains(&kind) {
            let detail = format!("must be one of {}", types.join(","));
            errors.invalid(&path.field("type"), kind, &detail);
        }
        let format = column["format"].text();
        if !format.is_empty() && !formats.contains(&format) {
            let detail = format!("must be one of {}", formats.join(","));
            errors.invalid(&path.field("format"), format, &detail);
        }
        if column["jsonPath"].is_empty() {
            errors.required(&path.field("JSONPath"), "");
        }
    }
}

fn validate_conversion(conversion: &Value, path: &Path<'_>, errors: &mut Errors) {
    let strategies = ["None", "Webhook"];
    let strategy = conversion["strategy"].text();
    let client = &conversion["webhook"]["clientConfig"];
    if strategy.is_empty() {
        errors.required(&path.field("strategy"), "");
    } else if !strategies.contains(&strategy) {
        errors.not_supported(&path.field("strategy"), strategy, &strategies);
    } else if strategy == "Webhook" && client.is_null() {
        let detail = "required when strategy is set to Webhook";
        errors.required(&path.field("webhookClientConfig"), detail);
    } else if strategy == "None" && !client.is_null() {
        let detail = "should not be set when strategy is not set to Webhook";
        errors.forbidden(&path.field("webhookClientConfig"), detail);
    }
}

fn validate_names(own: &Value, path: &Path<'_>, errors: &mut Errors) {
    let all = ["plural", "singular", "kind", "listKind"];
    for name in all.into_iter().filter(|name| own[*name].is_empty()) {
        errors.required(&path.field(name), "");
    }
    for name in all.into_iter().filter(|name| !own[*name].is_empty()) {
        let (text, is_mixed) = (own[name].text(), matches!(name, "kind" | "listKind"));
        let complaints =
            names::label_1035(&if is_mixed { text.to_lowercase() } else { text.to_owned() });
        if !complaints.is_empty() {
            let lead =
                if is_mixed { "may have mixed case, but should otherwise match: " } else { "" };
            let detail = format!("{lead}{}", complaints.join(","));
            errors.invalid(&path.field(name), text, &detail);
        }
    }
    validate_labels(&own["shortNames"], &path.field("shortNames"), errors);
    let (kind, list_kind) = (own["kind"].text(), own["listKind"].text());
    if !kind.is_empty() && kind == list_kind {
        errors.invalid(&path.field("listKind"), list_kind, "kind and listKind may not be the same");
    }
    validate_labels(&own["categories"], &path.field("categories"), errors);
}

fn validate_labels(list: &Value, path: &Path<'_>, errors: &mut Errors) {
    for (index, name) in list.items().iter().map(Value::text).enumerate() {
        let complaints = names::label_1035(name);
        if !complaints.is_empty() {
            errors.invalid(&path.index(index), name, &complaints.join(","));
        }
    }
}

fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    validate(new, errors);
    let (spec, old_spec) = (&new["spec"], &old["spec"]);
    let path = Path::ROOT.field("spec");
    let names_path = path.field("names");
    meta::immutable(spec, old_spec, "scope", &path, errors);
    meta::immutable(&spec["names"], &old_spec["names"], "kind", &names_path, errors);
    meta::immutable(spec, old_spec, "group", &path, errors);
    meta::immutable(&spec["names"], &old_spec["names"], "plural", &names_path, errors);
    let status = Path::ROOT.field("status");
    let list = status.field("storedVersions");
    let versions = spec["versions"].items();
    for (index, stored) in new.at(&["status", "storedVersions"]).items().iter().enumerate() {
        if !versions.iter().any(|version| version["name"] == *stored) {
            errors.invalid(&list.index(index), stored.text(), "must appear in spec.versions");
        }
    }
}
