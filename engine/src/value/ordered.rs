//! JSON whose fields come in a given order, as Go writes its structs.

use super::Value;

impl Value {
    /// The value as JSON in one line; of each map the fields of `order` come
    /// first, in that order.
    pub fn to_json_in_order(&self, order: &[&str]) -> String {
        let mut text = String::new();
        write(self, order, &mut text);
        text
    }
}

fn write(value: &Value, order: &[&str], text: &mut String) {
    match value {
        Value::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                write(item, order, text);
            }
            text.push(']');
        }
        Value::Map(map) => {
            let mut fields: Vec<_> = map.iter().collect();
            fields.sort_by_key(|(name, _)| {
                order.iter().position(|own| *own == &***name).unwrap_or(order.len())
            });
            text.push('{');
            for (index, (name, field)) in fields.into_iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                text.push_str(&Value::Str(name.clone()).to_json());
                text.push(':');
                write(field, order, text);
            }
            text.push('}');
        }
        other => text.push_str(&other.to_json()),
    }
}

#[cfg(test)]
mod tests {
    use crate::value;

    #[test]
    fn fields_come_in_the_order_given() {
        let value = value!({ "a": 1, "kind": "List", "items": [{ "z": null, "name": "x" }] });
        let text = value.to_json_in_order(&["kind", "name", "items"]);
        assert_eq!(text, r#"{"kind":"List","items":[{"name":"x","z":null}],"a":1}"#);
    }
}
