//! What the API's types look like, and reading values as them.
//!
//! `types.txt` holds the facts of Kubernetes' Go structs: one table from which
//! decoding, patches, protobuf, OpenAPI and the editor's help are driven.
//! Nothing here knows a kind by name.

mod decode;
mod help;
mod protobuf;
mod table;
mod time;

pub use self::decode::{DecodeError, Decoded, FieldValidation, decode, zero_of};
pub use self::help::{FieldHelp, Hint, Place, hint_for_unknown, type_at};
pub use self::protobuf::{ProtobufError, decode_protobuf};
pub use self::table::{Field, FieldPatch, ListKind, Schema, Shape, Struct, StructId, Type};
