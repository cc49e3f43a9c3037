//! Custom resources: kinds that a CustomResourceDefinition brings.
//!
//! Sources: `apiextensions-apiserver`'s `pkg/registry/customresource` and
//! `pkg/apiserver/schema`.

mod columns;
mod path;
pub(super) mod rules;
mod structural;
mod validate;

use self::columns::PrinterColumn;
use self::rules::Rules;
use super::{Column, Errors, FieldError, Kind, Path, Reason, StoredAs};
use crate::schema::{FieldValidation, Schema, decode};
use crate::sim::Time;
use crate::value::Value;

/// What one version of a custom kind looks like.
#[derive(Debug)]
pub struct Definition {
    schema: Value,
    rules: Option<Rules>,
    columns: Vec<PrinterColumn>,
    scale: Value,
    selectable: Vec<String>,
}

impl Definition {
    /// Fills in what the schema has defaults for.
    pub fn default(&self, object: &mut Value) {
        structural::default(object, &self.schema);
    }

    /// Reads an object: its metadata as that of all kinds, the rest as the
    /// schema says. Fields that the schema does not know are dropped and
    /// named.
    pub fn decode(&self, object: &Value) -> Result<(Value, Vec<String>), String> {
        let mut object = object.clone();
        let mut unknown = structural::prune(&mut object, &self.schema);
        let target = Schema::get().find("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
        if let Some(target) = target {
            let metadata = decode(target, &object["metadata"], &[], FieldValidation::Warn)
                .map_err(|error| error.to_string())?;
            let warnings = metadata.warnings.iter();
            unknown.extend(warnings.map(|text| text.replacen('"', "\"metadata.", 1)));
            object.set("metadata", metadata.value);
        }
        Ok((object, unknown))
    }

    /// Finds what is wrong with an object, its metadata apart.
    pub fn validate(&self, object: &Value, old: Option<&Value>, errors: &mut Errors) {
        validate::validate(object, &self.schema, &Path::ROOT, errors);
        let Some(rules) = &self.rules else { return };
        if !errors.0.iter().any(|error| blocks_rules(error.reason)) {
            rules.ask(object, old, &Path::ROOT, errors);
            return;
        }
        let message = "Invalid value: \"null\": some validation rules were not checked because the \
                       object was invalid; correct the existing errors to complete validation";
        errors.0.push(FieldError {
            reason: Reason::Invalid,
            field: "<nil>".to_owned(),
            message: message.to_owned(),
        });
    }

    /// The schema, as the definition states it.
    pub fn schema(&self) -> &Value {
        &self.schema
    }

    /// Where objects hold what their scale calls `which`:
    /// `specReplicasPath`, `statusReplicasPath` or `labelSelectorPath`.
    pub fn scale_path(&self, which: &str) -> Vec<&str> {
        self.scale[which].text().split('.').filter(|part| !part.is_empty()).collect()
    }

    /// Whether a field selector may name `field`, as `spec.color`.
    pub fn is_selectable(&self, field: &str) -> bool {
        self.selectable.iter().any(|own| own == field)
    }

    /// What a field selector compares of an object.
    pub fn selected(&self, object: &Value, field: &str) -> String {
        let path: Vec<&str> = field.split('.').collect();
        match object.at(&path) {
            Value::Null => String::new(),
            Value::Str(text) => text.to_string(),
            other => other.to_json(),
        }
    }

    /// The cells of an object's row.
    pub fn cells(&self, object: &Value, now: Time) -> Vec<Value> {
        let mut cells = vec![super::table::name(object)];
        cells.extend(self.columns.iter().map(|column| column.cell(object, now)));
        cells
    }
}

/// Whether rules could not make sense of an object with such an error.
fn blocks_rules(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Required
            | Reason::NotSupported
            | Reason::TooLong
            | Reason::TooMany
            | Reason::TypeInvalid
    )
}

/// The kinds that a definition brings, the one that is stored first.
///
/// Rows of the registry live as long as the program, so those made here do
/// too: a few kilobytes for each change of a definition.
pub fn kinds(crd: &Value) -> Vec<&'static Kind> {
    let versions = crd.at(&["spec", "versions"]).items();
    let Some(storage) = versions.iter().find(|version| version["storage"].is_true()) else {
        return Vec::new();
    };
    let stored: &'static Kind = Box::leak(Box::new(kind(crd, storage, None)));
    let others = versions
        .iter()
        .filter(|version| version["served"].is_true() && version["name"] != storage["name"]);
    let mut kinds = vec![stored];
    for version in others {
        let as_stored = StoredAs { kind: stored, to_stored: |_| {}, from_stored: |_| {} };
        kinds.push(Box::leak(Box::new(kind(crd, version, Some(as_stored)))));
    }
    kinds
}

fn kind(crd: &Value, version: &Value, stored_as: Option<StoredAs>) -> Kind {
    let (spec, names) = (&crd["spec"], crd.at(&["spec", "names"]));
    let columns = columns::of(version);
    let shown = columns.iter().map(|column| Column {
        name: leak(&column.name),
        column_type: leak(&column.column_type),
        format: leak(&column.format),
        priority: column.priority,
        description: leak(&column.description),
    });
    let shown: Vec<Column> = std::iter::once(super::table::NAME).chain(shown).collect();
    let mut subresources: Vec<&'static str> = Vec::new();
    for name in ["scale", "status"] {
        if !version.at(&["subresources", name]).is_null() {
            subresources.push(name);
        }
    }
    let schema = version.at(&["schema", "openAPIV3Schema"]).clone();
    let scale = version.at(&["subresources", "scale"]).clone();
    let fields = version["selectableFields"].items().iter();
    let selectable =
        fields.map(|field| field["jsonPath"].text().trim_start_matches('.').to_owned());
    let selectable = selectable.collect();
    let domains: Vec<&str> = spec["group"].text().rsplit('.').collect();
    let (version_name, kind_name) = (version["name"].text(), names["kind"].text());
    Kind {
        group: leak(spec["group"].text()),
        version: leak(version_name),
        kind: leak(kind_name),
        plural: leak(names["plural"].text()),
        singular: leak(names["singular"].text()),
        short_names: leak_list(&names["shortNames"]),
        categories: leak_list(&names["categories"]),
        namespaced: spec["scope"].text() == "Namespaced",
        subresources: Vec::leak(subresources),
        schema: leak(&format!("{}.{version_name}.{kind_name}", domains.join("."))),
        has_generation: true,
        stored_as,
        columns: Vec::leak(shown),
        custom: Some(Box::leak(Box::new(Definition {
            rules: Rules::of(&schema, true),
            schema,
            columns,
            scale,
            selectable,
        }))),
        ..Kind::BASE
    }
}

fn leak(text: &str) -> &'static str {
    String::leak(text.to_owned())
}

fn leak_list(list: &Value) -> &'static [&'static str] {
    Vec::leak(list.items().iter().map(|item| leak(item.text())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    fn cron_tabs() -> Value {
        let spec = value!({
            "type": "object",
            "required": ["cronSpec"],
            "properties": {
                "cronSpec": { "type": "string", "pattern": "^(\\d+|\\*)$" },
                "replicas": { "type": "integer", "minimum": 1, "maximum": 10, "default": 1 },
                "mode": { "type": "string", "enum": ["a", "b"] },
            },
        });
        value!({ "spec": {
            "group": "stable.example.com",
            "scope": "Namespaced",
            "names": { "plural": "crontabs", "singular": "crontab", "kind": "CronTab", "shortNames": ["ct"] },
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "schema": { "openAPIV3Schema": {
                    "type": "object",
                    "properties": { "spec": spec },
                } },
                "additionalPrinterColumns": [
                    { "name": "Spec", "type": "string", "jsonPath": ".spec.cronSpec" },
                    { "name": "Replicas", "type": "integer", "jsonPath": ".spec.replicas" },
                    { "name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp" },
                ],
            }],
        } })
    }

    fn check(spec: Value, expected: &[&str]) {
        let kinds = kinds(&cron_tabs());
        let definition = kinds[0].custom.unwrap();
        let object = value!({ "metadata": { "name": "x" }, "spec": spec });
        let (mut object, mut said) = definition.decode(&object).unwrap();
        definition.default(&mut object);
        let mut errors = Errors::default();
        definition.validate(&object, None, &mut errors);
        said.extend(errors.0.iter().map(ToString::to_string));
        assert_eq!(said, expected);
    }

    #[test]
    fn objects_are_judged_by_their_schema() {
        check(value!({ "cronSpec": "5" }), &[]);
        check(value!({ "replicas": 3 }), &["spec.cronSpec: Required value"]);
        check(
            value!({ "cronSpec": "x", "replicas": 11, "mode": "c" }),
            &[
                "spec.cronSpec: Invalid value: \"x\": spec.cronSpec in body should match \
                 '^(\\d+|\\*)$'",
                "spec.mode: Unsupported value: \"c\": supported values: \"a\", \"b\"",
                "spec.replicas: Invalid value: 11: spec.replicas in body should be less than or \
                 equal to 10",
            ],
        );
        check(
            value!({ "cronSpec": "5", "replicas": "many", "extra": { "a": 1 } }),
            &[
                "unknown field \"spec.extra\"",
                "spec.replicas: Invalid value: \"string\": spec.replicas in body must be of type \
                 integer: \"string\"",
            ],
        );
    }

    #[test]
    fn rows_follow_the_printer_columns() {
        let kinds = kinds(&cron_tabs());
        let (kind, definition) = (kinds[0], kinds[0].custom.unwrap());
        let mut object = value!({
            "metadata": { "name": "x", "creationTimestamp": "1970-01-01T00:00:00Z" },
            "spec": { "cronSpec": "5" },
        });
        definition.default(&mut object);
        let cells = definition.cells(&object, Time::from_secs(60));
        assert_eq!(Value::list(cells).to_json(), r#"["x","5",1,"60s"]"#);
        let names: Vec<&str> = kind.columns.iter().map(|column| column.name).collect();
        assert_eq!(names, ["Name", "Spec", "Replicas", "Age"]);
    }
}
