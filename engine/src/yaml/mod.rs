//! Reading and writing YAML as kubectl does: `sigs.k8s.io/yaml`, hence
//! go-yaml v2.
//!
//! The scanner and parser are libyaml's, of which go-yaml is a port, so errors
//! are found at the same places with the same words. What go-yaml adds is
//! here: which document a text holds, what a plain scalar means in YAML 1.1,
//! anchors, merge keys, and JSON's narrower idea of a key.

mod construct;
mod emit;
mod node;
mod places;
mod scalar;
mod stream;

use crate::value::Value;

pub use self::emit::{go_float, to_yaml};
pub use self::places::{Place, Places, Position};
pub use self::stream::{Document, StreamError, read_stream};

/// Why a text is not YAML, in go-yaml's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct YamlError {
    /// As `yaml: line 3: mapping values are not allowed in this context`.
    pub message: String,
    /// Where it was noticed. go-yaml's own line is often the one before.
    pub position: Option<Position>,
}

/// Reads the first YAML document of a text as JSON.
pub fn parse_yaml(text: &str) -> Result<Value, YamlError> {
    construct::construct(&node::compose(text)?)
}

/// Reads the first YAML document of a text as JSON, and where its parts stand.
pub fn parse_yaml_with_places(text: &str) -> Result<(Value, Places), YamlError> {
    let document = node::compose(text)?;
    let value = construct::construct(&document)?;
    Ok((value, Places::of(&document)))
}

impl YamlError {
    fn new(message: impl std::fmt::Display) -> Self {
        Self { message: format!("yaml: {message}"), position: None }
    }
}
