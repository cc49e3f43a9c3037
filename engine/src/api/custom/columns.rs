//! The columns that a definition has for its tables.
//!
//! Source: `apiextensions-apiserver/pkg/registry/customresource/tableconvertor`.

use super::super::age::age;
use super::path::find;
use crate::sim::Time;
use crate::value;
use crate::value::Value;

/// One of `additionalPrinterColumns`.
#[derive(Debug)]
pub(super) struct PrinterColumn {
    pub(super) name: String,
    pub(super) column_type: String,
    pub(super) format: String,
    pub(super) description: String,
    pub(super) priority: i64,
    path: String,
}

/// The columns of a version: its own, or the age.
pub(super) fn of(version: &Value) -> Vec<PrinterColumn> {
    let age =
        value!([{ "name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp" }]);
    let own = &version["additionalPrinterColumns"];
    let columns = if own.is_empty() { &age } else { own };
    let column = |column: &Value| PrinterColumn {
        name: column["name"].text().to_owned(),
        column_type: column["type"].text().to_owned(),
        format: column["format"].text().to_owned(),
        description: match column["description"].text() {
            "" => format!(
                "Custom resource definition column (in JSONPath format): {}",
                column["jsonPath"].text()
            ),
            text => text.to_owned(),
        },
        priority: column["priority"].int(),
        path: column["jsonPath"].text().to_owned(),
    };
    columns.items().iter().map(column).collect()
}

impl PrinterColumn {
    /// The cell of `object`; `null` when there is nothing at the path.
    pub(super) fn cell(&self, object: &Value, now: Time) -> Value {
        let found = find(object, &self.path);
        let Some(first) = found.first() else { return Value::Null };
        match self.column_type.as_str() {
            "date" => age(first, now).into(),
            "integer" | "number" | "boolean" => (*first).clone(),
            _ if found.len() > 1 => {
                found.iter().map(|value| text(value)).collect::<Vec<_>>().join(",").into()
            }
            _ => text(first).into(),
        }
    }
}

/// A text as it is, anything else as JSON.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_json(), str::to_owned)
}
