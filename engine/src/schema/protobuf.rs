//! Reading Kubernetes' protobuf: the form in which kubectl's generators send
//! objects.
//!
//! The table's field numbers drive it. Source: apimachinery
//! `pkg/runtime/serializer/protobuf` for the envelope, and each group's
//! `generated.proto`.

use super::table::{Field, Schema, Shape, Struct, Type};
use crate::base64;
use crate::sim::{Delay, Time};
use crate::value::{Value, parse_json};

/// What every message begins with.
const MAGIC: &[u8] = b"k8s\0";

/// Why bytes are no object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProtobufError {
    /// They do not begin as Kubernetes' messages do.
    #[error(
        "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"
    )]
    Prefix,
    /// They end too early.
    #[error("unexpected EOF")]
    End,
    /// A field has a wire type that no field has.
    #[error("proto: illegal wireType")]
    WireType,
    /// Messages nest too deep.
    #[error("proto: exceeded max depth")]
    Depth,
}

/// How deep messages may nest.
const DEPTH_MAX: usize = 100;

/// Reads an object of type `target` with its envelope.
pub fn decode_protobuf(target: &'static Struct, bytes: &[u8]) -> Result<Value, ProtobufError> {
    let message = bytes.strip_prefix(MAGIC).ok_or(ProtobufError::Prefix)?;
    let mut object = Value::map();
    let mut kind = (String::new(), String::new());
    for part in Parts(message) {
        match part? {
            (1, Payload::Bytes(type_meta)) => kind = read_type_meta(type_meta)?,
            (2, Payload::Bytes(raw)) => object = read_struct(target, raw, 0)?,
            _ => {}
        }
    }
    let (api_version, kind) = kind;
    object.set_nonzero("apiVersion", api_version);
    object.set_nonzero("kind", kind);
    Ok(object)
}

fn read_type_meta(message: &[u8]) -> Result<(String, String), ProtobufError> {
    let mut read = (String::new(), String::new());
    for part in Parts(message) {
        match part? {
            (1, Payload::Bytes(text)) => read.0 = text_of(text),
            (2, Payload::Bytes(text)) => read.1 = text_of(text),
            _ => {}
        }
    }
    Ok(read)
}

fn read_struct(own: &'static Struct, message: &[u8], depth: usize) -> Result<Value, ProtobufError> {
    let mut object = Value::map();
    read_fields(own, &mut Vec::new(), message, &mut object, depth)?;
    Ok(object)
}

/// Reads the fields whose numbers begin with `outer`: those of a message that
/// Go embeds in the struct.
fn read_fields(
    own: &'static Struct,
    outer: &mut Vec<u32>,
    message: &[u8],
    object: &mut Value,
    depth: usize,
) -> Result<(), ProtobufError> {
    if depth > DEPTH_MAX {
        return Err(ProtobufError::Depth);
    }
    for part in Parts(message) {
        let (number, payload) = part?;
        outer.push(number);
        let field = own.fields.iter().find(|field| field.numbers == *outer);
        let embeds = own.fields.iter().any(|field| field.numbers.starts_with(outer));
        match (field, payload) {
            (Some(field), payload) => read_field(field, payload, object, depth)?,
            (None, Payload::Bytes(inner)) if embeds => {
                read_fields(own, outer, inner, object, depth + 1)?;
            }
            _ => {}
        }
        outer.pop();
    }
    Ok(())
}

fn read_field(
    field: &'static Field,
    payload: Payload<'_>,
    object: &mut Value,
    depth: usize,
) -> Result<(), ProtobufError> {
    match &field.value.shape {
        Shape::List(item) => {
            let value = read_value(item, payload, depth)?;
            object[field.name].push(value);
        }
        Shape::Map(entry) => {
            let Payload::Bytes(message) = payload else { return Ok(()) };
            let (mut key, mut value) = (String::new(), Value::Null);
            for part in Parts(message) {
                match part? {
                    (1, Payload::Bytes(text)) => key = text_of(text),
                    (2, payload) => value = read_value(entry, payload, depth)?,
                    _ => {}
                }
            }
            object[field.name].set(key, value);
        }
        _ => {
            let value = read_value(&field.value, payload, depth)?;
            object.set(field.name, value);
        }
    }
    Ok(())
}

fn read_value(
    own: &'static Type,
    payload: Payload<'_>,
    depth: usize,
) -> Result<Value, ProtobufError> {
    Ok(match (&own.shape, payload) {
        (Shape::Bool, Payload::Number(number)) => Value::Bool(number != 0),
        (Shape::Int32 | Shape::Int64, Payload::Number(number)) => Value::Int(number.cast_signed()),
        (Shape::Float, Payload::Number(bits)) => Value::Float(f64::from_bits(bits)),
        (Shape::String, Payload::Bytes(text)) => Value::from(text_of(text)),
        (Shape::Bytes, Payload::Bytes(bytes)) => Value::from(base64::encode(bytes)),
        (Shape::Quantity, Payload::Bytes(message)) => Value::from(text_of(only_bytes(message)?)),
        (Shape::Time | Shape::MicroTime, Payload::Bytes(message)) => read_time(own, message)?,
        (Shape::IntOrString, Payload::Bytes(message)) => read_int_or_string(message)?,
        (Shape::Any, Payload::Bytes(message)) => {
            parse_json(only_bytes(message)?).unwrap_or_default()
        }
        (Shape::Struct(id), Payload::Bytes(message)) => {
            read_struct(Schema::get().resolve(*id), message, depth + 1)?
        }
        // A list as an item or entry is a message of its own.
        (Shape::List(item), Payload::Bytes(message)) => {
            let mut items = Vec::new();
            for part in Parts(message) {
                items.push(read_value(item, part?.1, depth + 1)?);
            }
            Value::list(items)
        }
        _ => Value::Null,
    })
}

/// The bytes of a message's first field.
fn only_bytes(message: &[u8]) -> Result<&[u8], ProtobufError> {
    for part in Parts(message) {
        if let (1, Payload::Bytes(bytes)) = part? {
            return Ok(bytes);
        }
    }
    Ok(&[])
}

fn read_time(own: &Type, message: &[u8]) -> Result<Value, ProtobufError> {
    let (mut seconds, mut nanos) = (0, 0);
    for part in Parts(message) {
        match part? {
            (1, Payload::Number(number)) => seconds = number.cast_signed(),
            (2, Payload::Number(number)) => nanos = number.cast_signed(),
            _ => {}
        }
    }
    if seconds == 0 && nanos == 0 {
        return Ok(Value::Null);
    }
    let time = Time::from_secs(seconds) + Delay::micros(nanos / 1_000);
    Ok(Value::from(match own.shape {
        Shape::MicroTime => time.rfc3339_micros(),
        _ => time.rfc3339(),
    }))
}

fn read_int_or_string(message: &[u8]) -> Result<Value, ProtobufError> {
    let (mut is_text, mut int, mut text) = (false, 0, String::new());
    for part in Parts(message) {
        match part? {
            (1, Payload::Number(number)) => is_text = number != 0,
            (2, Payload::Number(number)) => int = number.cast_signed(),
            (3, Payload::Bytes(bytes)) => text = text_of(bytes),
            _ => {}
        }
    }
    Ok(if is_text { Value::from(text) } else { Value::Int(int) })
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a field of a message holds.
#[derive(Clone, Copy)]
enum Payload<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message, each with its number.
struct Parts<'a>(&'a [u8]);

impl<'a> Parts<'a> {
    fn varint(&mut self) -> Result<u64, ProtobufError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first().ok_or(ProtobufError::End)?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(ProtobufError::End)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], ProtobufError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(ProtobufError::End)?;
        self.0 = rest;
        Ok(taken)
    }

    fn part(&mut self) -> Result<(u32, Payload<'a>), ProtobufError> {
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).map_err(|_| ProtobufError::WireType)?;
        let fixed = |bytes: &[u8]| {
            bytes.iter().rev().fold(0, |number: u64, byte| number << 8 | u64::from(*byte))
        };
        let payload = match tag & 7 {
            0 => Payload::Number(self.varint()?),
            1 => Payload::Number(fixed(self.take(8)?)),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| ProtobufError::End)?;
                Payload::Bytes(self.take(length)?)
            }
            5 => Payload::Number(fixed(self.take(4)?)),
            _ => return Err(ProtobufError::WireType),
        };
        Ok((number, payload))
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Result<(u32, Payload<'a>), ProtobufError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let part = self.part();
        if part.is_err() {
            self.0 = &[];
        }
        Some(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        let mut all = vec![number << 3 | 2, u8::try_from(bytes.len()).expect("short")];
        all.extend(bytes);
        all
    }

    fn message(fields: &[Vec<u8>]) -> Vec<u8> {
        fields.concat()
    }

    fn check(target: &str, api_version: &str, kind: &str, raw: &[u8], json: &str) {
        let type_meta = message(&[field(1, api_version.as_bytes()), field(2, kind.as_bytes())]);
        let mut bytes = MAGIC.to_vec();
        bytes.extend(message(&[field(1, &type_meta), field(2, raw)]));
        let target = Schema::get().find(target).expect("a type of the table");
        let read = decode_protobuf(target, &bytes).map(|object| object.to_json());
        assert_eq!(read.as_deref(), Ok(json));
    }

    #[test]
    fn a_pod_is_read() {
        let metadata = message(&[
            field(1, b"web"),
            field(8, b""),
            field(11, &message(&[field(1, b"app"), field(2, b"x")])),
        ]);
        let port = [vec![3 << 3, 80], field(4, b"TCP")].concat();
        let container = message(&[field(1, b"a"), field(6, &port)]);
        // The sources of a volume are a message that Go embeds.
        let volume = message(&[field(1, b"v"), field(2, &field(2, &field(1, b"Memory")))]);
        let spec = message(&[field(1, &volume), field(2, &container)]);
        check(
            "core/v1.Pod",
            "v1",
            "Pod",
            &message(&[field(1, &metadata), field(2, &spec)]),
            r#"{"apiVersion":"v1","kind":"Pod","metadata":{"creationTimestamp":null,"labels":{"app":"x"},"name":"web"},"spec":{"containers":[{"name":"a","ports":[{"containerPort":80,"protocol":"TCP"}]}],"volumes":[{"emptyDir":{"medium":"Memory"},"name":"v"}]}}"#,
        );
    }

    #[test]
    fn values_with_a_form_of_their_own_are_read() {
        let port =
            [vec![3 << 3, 80], field(4, &[1 << 3, 1, 2 << 3, 0, 3 << 3 | 2, 1, b'h'])].concat();
        check(
            "core/v1.Service",
            "v1",
            "Service",
            &field(2, &field(1, &port)),
            r#"{"apiVersion":"v1","kind":"Service","spec":{"ports":[{"port":80,"targetPort":"h"}]}}"#,
        );
        let entry = message(&[field(1, b"k"), field(2, b"hi")]);
        check(
            "core/v1.Secret",
            "v1",
            "Secret",
            &field(2, &entry),
            r#"{"apiVersion":"v1","data":{"k":"aGk="},"kind":"Secret"}"#,
        );
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let target = Schema::get().find("core/v1.Pod").expect("Pod");
        for (bytes, error) in [
            (&b"{}"[..], ProtobufError::Prefix),
            (b"k8s\0\x12\x05ab", ProtobufError::End),
            (b"k8s\0\x0b", ProtobufError::WireType),
        ] {
            assert_eq!(decode_protobuf(target, bytes), Err(error));
        }
    }
}
