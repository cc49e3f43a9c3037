//! kubectl's dialect of JSONPath: templates of texts and `{actions}`
//! (client-go's `util/jsonpath`).

mod compare;
mod eval;
mod parse;

use podyard_engine::value::Value;

pub(super) use self::compare::compare;
use self::parse::Node;
use super::gofmt;
use super::json::{to_json_line, to_json_text};

/// Why a template cannot be read or filled in, in kubectl's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JsonPathError(String);

impl From<String> for JsonPathError {
    fn from(message: String) -> Self {
        Self(message)
    }
}

impl From<&str> for JsonPathError {
    fn from(message: &str) -> Self {
        Self(message.to_owned())
    }
}

/// A template that has been read.
#[derive(Debug, Clone)]
pub struct JsonPath {
    nodes: Vec<Node>,
    text: String,
    allow_missing_keys: bool,
}

impl JsonPath {
    /// Reads a template; a field that is missing later is an empty result.
    pub fn parse(text: &str) -> Result<Self, JsonPathError> {
        let nodes = parse::parse(text)?;
        Ok(Self { nodes, text: text.to_owned(), allow_missing_keys: true })
    }

    /// Whether a missing field is an empty result or an error
    /// (`--allow-missing-template-keys`).
    #[must_use]
    pub fn allow_missing_keys(self, allow_missing_keys: bool) -> Self {
        Self { allow_missing_keys, ..self }
    }

    /// What each node of the template finds in `value`.
    pub fn find(&self, value: &Value) -> Result<Vec<Vec<Value>>, JsonPathError> {
        eval::find(&self.nodes, value, self.allow_missing_keys)
    }

    /// The first thing the template finds in `value`.
    pub fn find_first(&self, value: &Value) -> Result<Option<Value>, JsonPathError> {
        Ok(self.find(value)?.into_iter().next().and_then(|found| found.into_iter().next()))
    }

    /// `-o jsonpath`: the template filled in.
    pub fn print(&self, value: &Value) -> Result<String, JsonPathError> {
        let found = self.find(value).map_err(|error| self.explain(&error, value))?;
        let texts = found.iter().map(|values| {
            let texts: Vec<String> = values.iter().map(text).collect();
            texts.join(" ")
        });
        Ok(texts.collect())
    }

    /// `-o jsonpath-as-json`: a JSON list of what each node found.
    pub fn print_as_json(&self, value: &Value) -> Result<String, JsonPathError> {
        let found = self.find(value).map_err(|error| self.explain(&error, value))?;
        Ok(found.into_iter().map(|values| to_json_text(&Value::list(values))).collect())
    }

    fn explain(&self, error: &JsonPathError, value: &Value) -> JsonPathError {
        let (template, object) = (&self.text, gofmt::go_syntax(value));
        JsonPathError(format!(
            "error executing jsonpath {}: Error executing template: {error}. Printing more \
             information for debugging the template:\n\ttemplate was:\n\t\t{template}\n\tobject \
             given to jsonpath engine was:\n\t\t{object}\n\n\n",
            gofmt::quote(template)
        ))
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Map(_) | Value::List(_) => to_json_line(value),
        Value::Null => "null".to_owned(),
        scalar => gofmt::sprint(scalar),
    }
}

/// The full form of a path that may lack its braces or its first dot, as
/// `--sort-by` and custom columns allow.
pub fn relaxed(path: &str) -> Result<String, JsonPathError> {
    if path.is_empty() {
        return Ok(String::new());
    }
    let inner = path.strip_prefix('{').and_then(|path| path.strip_suffix('}')).unwrap_or(path);
    let field = inner.strip_prefix('.').filter(|field| !field.is_empty()).unwrap_or(inner);
    if field.is_empty() || field.contains(['{', '}']) {
        return Err("unexpected path string, expected a 'name1.name2' or '.name1.name2' or \
                    '{name1.name2}' or '{.name1.name2}'"
            .into());
    }
    Ok(format!("{{.{field}}}"))
}

#[cfg(test)]
mod tests;
