//! JSON as Go prints its own structs: fields in the order of the struct.
//!
//! What kubectl makes or decodes itself is a struct, and prints so; what it
//! passes on as the server sent it is a map, and prints in the order of keys.

use podyard_engine::schema::{Schema, Struct, Type};
use podyard_engine::value::Value;

use super::json::escape_html;

/// `object` over several lines, as `-o json` prints a struct.
pub fn to_typed_json_text(object: &Value) -> String {
    let mut text = print(object, Some(4));
    text.push('\n');
    text
}

/// `object` on one line, as the annotation of `--save-config` holds it.
pub fn to_typed_json_line(object: &Value) -> String {
    print(object, None)
}

/// `object` over several lines, its fields and those of its parts in the order
/// of `ranks`: for structs of kubectl's own.
pub fn to_ranked_json_text(object: &Value, ranks: &[&str], indent: usize) -> String {
    let mut printer = Printer { text: String::new(), indent: Some(indent), level: 0 };
    printer.ranked(object, ranks);
    let mut text = escape_html(printer.text);
    text.push('\n');
    text
}

fn print(object: &Value, indent: Option<usize>) -> String {
    let known = Schema::get().find_kind(object["apiVersion"].text(), object["kind"].text());
    let mut printer = Printer { text: String::new(), indent, level: 0 };
    match known {
        Some(known) => printer.fields(object, known),
        None => printer.value(object, None),
    }
    escape_html(printer.text)
}

struct Printer {
    text: String,
    indent: Option<usize>,
    level: usize,
}

impl Printer {
    fn value(&mut self, value: &Value, known: Option<&Type>) {
        match (value, known.and_then(Type::as_struct)) {
            (Value::Map(_), Some(known)) => self.fields(value, known),
            (Value::Map(_), None) => {
                let inner = known.and_then(Type::inner);
                let entries = value.entries().map(|(key, value)| (&**key, value, inner));
                self.entries(entries.collect());
            }
            (Value::List(_), _) if !value.items().is_empty() => {
                self.list(value.items(), known.and_then(Type::inner));
            }
            _ => self.text.push_str(&value.to_json()),
        }
    }

    /// The fields that the struct knows in its order, then all others.
    fn fields(&mut self, value: &Value, known: &'static Struct) {
        let mut entries: Vec<(&str, &Value, Option<&Type>)> = Vec::new();
        for field in &known.fields {
            if let Some(found) = value.get(field.name) {
                entries.push((field.name, found, Some(&field.value)));
            }
        }
        for (key, found) in value.entries() {
            if known.field(key).is_none() {
                entries.push((key, found, None));
            }
        }
        self.entries(entries);
    }

    fn ranked(&mut self, value: &Value, ranks: &[&str]) {
        match value {
            Value::Map(_) => {
                let rank =
                    |key: &str| ranks.iter().position(|one| *one == key).unwrap_or(ranks.len());
                let mut entries: Vec<_> = value.entries().collect();
                entries.sort_by_key(|(key, _)| rank(key));
                if entries.is_empty() {
                    return self.text.push_str("{}");
                }
                self.open('{');
                for (index, (key, value)) in entries.into_iter().enumerate() {
                    self.next(index);
                    self.text.push_str(&format!("{}: ", Value::from(&**key).to_json()));
                    self.ranked(value, ranks);
                }
                self.close('}');
            }
            Value::List(_) if !value.items().is_empty() => {
                self.open('[');
                for (index, item) in value.items().iter().enumerate() {
                    self.next(index);
                    self.ranked(item, ranks);
                }
                self.close(']');
            }
            _ => self.text.push_str(&value.to_json()),
        }
    }

    fn entries(&mut self, entries: Vec<(&str, &Value, Option<&Type>)>) {
        if entries.is_empty() {
            self.text.push_str("{}");
            return;
        }
        self.open('{');
        for (index, (key, value, known)) in entries.into_iter().enumerate() {
            self.next(index);
            self.text.push_str(&Value::from(key).to_json());
            self.text.push_str(if self.indent.is_some() { ": " } else { ":" });
            self.value(value, known);
        }
        self.close('}');
    }

    fn list(&mut self, items: &[Value], known: Option<&Type>) {
        self.open('[');
        for (index, item) in items.iter().enumerate() {
            self.next(index);
            self.value(item, known);
        }
        self.close(']');
    }

    fn open(&mut self, bracket: char) {
        self.text.push(bracket);
        self.level += 1;
    }

    fn next(&mut self, index: usize) {
        if index > 0 {
            self.text.push(',');
        }
        self.begin_line();
    }

    fn close(&mut self, bracket: char) {
        self.level -= 1;
        self.begin_line();
        self.text.push(bracket);
    }

    fn begin_line(&mut self) {
        if let Some(indent) = self.indent {
            self.text.push('\n');
            self.text.extend(std::iter::repeat_n(' ', indent * self.level));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use podyard_engine::value;

    #[test]
    fn fields_stand_in_the_order_of_the_struct() {
        let object = value!({
            "apiVersion": "v1", "kind": "ConfigMap", "data": { "b": "1", "a": "<" },
            "metadata": { "creationTimestamp": null, "name": "x" },
        });
        assert_eq!(
            to_typed_json_line(&object),
            r#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x","creationTimestamp":null},"data":{"a":"\u003c","b":"1"}}"#
        );
    }
}
