//! The document of version 2 as protobuf, the only form in which kubectl
//! asks for it.
//!
//! Source: gnostic-models `openapiv2/OpenAPIv2.proto`, whose messages follow
//! the JSON; only what our documents hold has a row here.

use crate::value::Value;

/// A message: its fields, and the number of the field for extensions (0 where
/// there is none).
struct Layout {
    fields: &'static [Field],
    extension: u32,
}

/// A field of a message: its key in JSON, the numbers of the fields that wrap
/// it one in another, and what it holds.
type Field = (&'static str, &'static [u32], Shape);

#[derive(Clone, Copy)]
enum Shape {
    Text,
    Bool,
    Message(&'static Layout),
    /// A map: messages of a key and a value.
    Named(&'static Layout),
    /// A parameter, whose place decides its message.
    Parameter,
    /// Anything, as YAML.
    Any,
}

use Shape::{Any, Bool, Message, Named, Parameter, Text};

static DOCUMENT: Layout = Layout {
    fields: &[
        ("swagger", &[1], Text),
        ("info", &[2], Message(&INFO)),
        ("paths", &[8, 2], Named(&PATH_ITEM)),
        ("definitions", &[9, 1], Named(&SCHEMA)),
    ],
    extension: 0,
};

static INFO: Layout =
    Layout { fields: &[("title", &[1], Text), ("version", &[2], Text)], extension: 0 };

static PATH_ITEM: Layout = Layout {
    fields: &[
        ("get", &[2], Message(&OPERATION)),
        ("put", &[3], Message(&OPERATION)),
        ("post", &[4], Message(&OPERATION)),
        ("delete", &[5], Message(&OPERATION)),
        ("patch", &[8], Message(&OPERATION)),
        ("parameters", &[9], Parameter),
    ],
    extension: 0,
};

static OPERATION: Layout = Layout {
    fields: &[
        ("description", &[3], Text),
        ("operationId", &[5], Text),
        ("consumes", &[7], Text),
        ("parameters", &[8], Parameter),
        ("responses", &[9, 1], Named(&RESPONSE)),
    ],
    extension: 13,
};

/// Within the choice of `ResponseValue`.
static RESPONSE: Layout = Layout {
    fields: &[("description", &[1, 1], Text), ("schema", &[1, 2, 1], Message(&SCHEMA))],
    extension: 0,
};

static BODY_PARAMETER: Layout = Layout {
    fields: &[
        ("name", &[2], Text),
        ("in", &[3], Text),
        ("required", &[4], Bool),
        ("schema", &[5], Message(&SCHEMA)),
    ],
    extension: 0,
};
static QUERY_PARAMETER: Layout = Layout {
    fields: &[
        ("in", &[2], Text),
        ("name", &[4], Text),
        ("type", &[6], Text),
        ("uniqueItems", &[20], Bool),
    ],
    extension: 0,
};
static PATH_PARAMETER: Layout = Layout {
    fields: &[
        ("required", &[1], Bool),
        ("in", &[2], Text),
        ("name", &[4], Text),
        ("type", &[5], Text),
        ("uniqueItems", &[19], Bool),
    ],
    extension: 0,
};

static SCHEMA: Layout = Layout {
    fields: &[
        ("$ref", &[1], Text),
        ("format", &[2], Text),
        ("description", &[4], Text),
        ("default", &[5], Any),
        ("required", &[19], Text),
        ("enum", &[20], Any),
        ("additionalProperties", &[21, 1], Message(&SCHEMA)),
        ("type", &[22, 1], Text),
        ("items", &[23, 1], Message(&SCHEMA)),
        ("properties", &[25, 1], Named(&SCHEMA)),
    ],
    extension: 31,
};

/// Writes a document of version 2.
pub(super) fn encode(document: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write_message(&DOCUMENT, document, &mut out);
    out
}

fn write_message(layout: &'static Layout, object: &Value, out: &mut Vec<u8>) {
    for (key, numbers, shape) in layout.fields {
        let value = &object[*key];
        match shape {
            _ if value.is_null() => {}
            Named(entry) => wrap(numbers, out, &mut |number, out| {
                for (name, value) in value.entries() {
                    write_part(number, out, |out| write_entry(name, value, entry, out));
                }
            }),
            _ => wrap(numbers, out, &mut |number, out| write_value(number, value, *shape, out)),
        }
    }
    if layout.extension == 0 {
        return;
    }
    for (name, value) in object.entries().filter(|(name, _)| name.starts_with("x-")) {
        write_part(layout.extension, out, |out| {
            write_text(1, name, out);
            write_part(2, out, |out| write_text(2, &value.to_json(), out));
        });
    }
}

fn write_entry(name: &str, value: &Value, layout: &'static Layout, out: &mut Vec<u8>) {
    write_text(1, name, out);
    write_part(2, out, |out| write_message(layout, value, out));
}

fn write_value(number: u32, value: &Value, shape: Shape, out: &mut Vec<u8>) {
    if let Value::List(items) = value {
        return items.iter().for_each(|item| write_value(number, item, shape, out));
    }
    match shape {
        Text => write_text(number, value.text(), out),
        Bool => {
            write_number(u64::from(number) << 3, out);
            write_number(u64::from(value.is_true()), out);
        }
        Message(layout) => write_part(number, out, |out| write_message(layout, value, out)),
        Any => write_part(number, out, |out| write_text(2, &value.to_json(), out)),
        Parameter => {
            let (choice, layout): (&[u32], _) = match value["in"].text() {
                "body" => (&[1, 1], &BODY_PARAMETER),
                "path" => (&[1, 2, 4], &PATH_PARAMETER),
                _ => (&[1, 2, 3], &QUERY_PARAMETER),
            };
            write_part(number, out, |out| {
                wrap(choice, out, &mut |number, out| {
                    write_part(number, out, |out| write_message(layout, value, out));
                });
            });
        }
        Named(_) => {}
    }
}

/// Writes the messages around a field, and with `inner` the field itself.
fn wrap(numbers: &[u32], out: &mut Vec<u8>, inner: &mut dyn FnMut(u32, &mut Vec<u8>)) {
    match numbers {
        [] => {}
        [number] => inner(*number, out),
        [number, rest @ ..] => write_part(*number, out, |out| wrap(rest, out, inner)),
    }
}

fn write_part(number: u32, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let mut part = Vec::new();
    write(&mut part);
    write_bytes(number, &part, out);
}

fn write_text(number: u32, text: &str, out: &mut Vec<u8>) {
    write_bytes(number, text.as_bytes(), out);
}

fn write_bytes(number: u32, bytes: &[u8], out: &mut Vec<u8>) {
    write_number(u64::from(number) << 3 | 2, out);
    write_number(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

fn write_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push((number & 0x7f) as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    fn check(document: &Value, expected: &[u8]) {
        assert_eq!(encode(document), expected);
    }

    #[test]
    fn texts_stand_under_their_numbers() {
        check(&value!({ "swagger": "2.0" }), b"\x0a\x032.0");
    }

    #[test]
    fn definitions_are_messages_of_name_and_schema() {
        let document = value!({ "definitions": { "a": { "type": "object" } } });
        check(&document, b"\x4a\x12\x0a\x10\x0a\x01a\x12\x0b\xb2\x01\x08\x0a\x06object");
    }
}
