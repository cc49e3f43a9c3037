//! Manifests: the documents of YAML and JSON files.

use podyard_engine::value::Value;
use podyard_engine::yaml::read_stream;

/// The documents of a text, up to the first that cannot be read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Documents {
    /// What could be read. Empty documents are left out.
    pub values: Vec<Value>,
    /// Why the rest could not.
    pub error: Option<String>,
}

/// Reads all documents of `bytes`.
pub fn read_all(bytes: &[u8]) -> Documents {
    let (documents, error) = read_stream(&String::from_utf8_lossy(bytes));
    Documents {
        values: documents.into_iter().map(|document| document.value).collect(),
        error: error.map(|error| error.message),
    }
}

/// Reads the one document of `bytes`.
pub fn read_one(bytes: &[u8]) -> Result<Value, String> {
    let documents = read_all(bytes);
    match documents.error {
        Some(error) => Err(error),
        None => Ok(documents.values.into_iter().next().unwrap_or_default()),
    }
}
