//! CustomResourceDefinition: a kind that the cluster's users bring.
//!
//! [`super::custom`] makes kinds of definitions. Sources:
//! `apiextensions-apiserver`'s `pkg/apis/apiextensions` and
//! `pkg/controller/{status,establish}`.

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
    validate_versions(spec["versions"].items(), &path.field("versions"), errors);
    validate_names(&spec["names"], &path.field("names"), errors);
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

fn validate_versions(versions: &[Value], path: &Path<'_>, errors: &mut Errors) {
    let (mut stored, mut seen) = (0, Vec::new());
    for (index, version) in versions.iter().enumerate() {
        let (name, path) = (version["name"].text(), path.index(index));
        let complaints = names::label_1035(name);
        if !complaints.is_empty() {
            errors.invalid(&path.field("name"), name, &complaints.join(","));
        }
        if seen.contains(&name) {
            errors.invalid(&path.field("name"), name, "must contain unique version names");
        }
        seen.push(name);
        stored += usize::from(version["storage"].is_true());
        let schema_path = path.field("schema");
        let root_path = schema_path.field("openAPIV3Schema");
        let root = version.at(&["schema", "openAPIV3Schema"]);
        if root.is_null() {
            errors.required(&root_path, "schemas are required");
        } else {
            validate_root(root, &root_path, errors);
        }
    }
    if stored != 1 {
        let shown = Value::list(versions.to_vec());
        let detail = "must have exactly one version marked as storage version";
        errors.invalid(path, &shown, detail);
    }
}

/// A structural schema says the type of everything, and starts at an object.
fn validate_root(root: &Value, path: &Path<'_>, errors: &mut Errors) {
    let kind = root["type"].text();
    if kind.is_empty() {
        errors.required(&path.field("type"), "must not be empty at the root");
    } else if kind != "object" {
        errors.invalid(&path.field("type"), kind, "must be object at the root");
    }
    validate_structure(root, path, errors);
}

fn validate_structure(schema: &Value, path: &Path<'_>, errors: &mut Errors) {
    let need = |inner: &Value, path: &Path<'_>, what: &str, errors: &mut Errors| {
        let open = inner["x-kubernetes-int-or-string"].is_true()
            || inner["x-kubernetes-preserve-unknown-fields"].is_true();
        if inner["type"].is_empty() && !open {
            let detail = format!("must not be empty for specified {what}");
            errors.required(&path.field("type"), &detail);
        }
        validate_structure(inner, path, errors);
    };
    if schema["type"].text() == "array" && schema["items"].is_null() {
        errors.required(&path.field("items"), "must be specified");
    }
    if !schema["items"].is_null() {
        need(&schema["items"], &path.field("items"), "array items", errors);
    }
    let list = path.field("properties");
    for (name, inner) in schema["properties"].entries() {
        need(inner, &list.key(name), "object fields", errors);
    }
    let additional = &schema["additionalProperties"];
    if matches!(additional, Value::Map(_)) {
        let path = path.field("additionalProperties");
        need(additional, &path, "object fields", errors);
    }
}

fn validate_names(own: &Value, path: &Path<'_>, errors: &mut Errors) {
    let mut check = |name: &str, text: &str, shown: &str| {
        let complaints = names::label_1035(text);
        if text.is_empty() {
            errors.required(&path.field(name), "");
        } else if !complaints.is_empty() {
            errors.invalid(&path.field(name), shown, &complaints.join(","));
        }
    };
    for name in ["plural", "singular"] {
        check(name, own[name].text(), own[name].text());
    }
    for name in ["kind", "listKind"] {
        check(name, &own[name].text().to_lowercase(), own[name].text());
    }
    let list = path.field("shortNames");
    for (index, name) in own["shortNames"].items().iter().enumerate() {
        let complaints = names::label_1035(name.text());
        if !complaints.is_empty() {
            errors.invalid(&list.index(index), name.text(), &complaints.join(","));
        }
    }
    let (kind, list_kind) = (own["kind"].text(), own["listKind"].text());
    if !kind.is_empty() && kind == list_kind {
        errors.invalid(&path.field("listKind"), list_kind, "kind and listKind may not be the same");
    }
}

fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    validate(new, errors);
    let (spec, old_spec) = (&new["spec"], &old["spec"]);
    let path = Path::ROOT.field("spec");
    meta::immutable(spec, old_spec, "group", &path, errors);
    meta::immutable(spec, old_spec, "scope", &path, errors);
    let names_path = path.field("names");
    for name in ["kind", "plural"] {
        meta::immutable(&spec["names"], &old_spec["names"], name, &names_path, errors);
    }
}
