//! Go values as `%#v` prints them.

use super::model::Go;
use crate::value::Value;

/// Real addresses vary from run to run, so any will do.
pub(super) const ADDRESS: &str = "0xc000010000";

impl Go {
    /// The value in Go's own syntax; pointers within it as addresses.
    pub(super) fn syntax(&self) -> String {
        match self {
            Self::Leaf { text, .. } => text.clone(),
            Self::Struct { name, fields, .. } => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(name, value)| format!("{name}:{}", value.syntax()))
                    .collect();
                format!("{name}{{{}}}", fields.join(", "))
            }
            Self::List { name, items: None } | Self::Map { name, entries: None, .. } => {
                format!("{name}(nil)")
            }
            Self::List { name, items: Some(items) } => {
                let items: Vec<String> = items.iter().map(Self::syntax).collect();
                format!("{name}{{{}}}", items.join(", "))
            }
            Self::Map { name, entries: Some(entries), .. } => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(key, value)| format!("{}:{}", Value::str(key).to_json(), value.syntax()))
                    .collect();
                format!("{name}{{{}}}", entries.join(", "))
            }
            Self::Pointer { name, target: None } if name == "v1.Time" => "<nil>".to_owned(),
            Self::Pointer { name, target } => {
                let address = if target.is_some() { ADDRESS } else { "nil" };
                format!("(*{name})({address})")
            }
        }
    }
}
