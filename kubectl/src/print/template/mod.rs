//! `-o go-template`: the part of Go's `text/template` that data without
//! methods can use.

mod eval;
mod format;
mod functions;
mod lex;
mod parse;

use podyard_engine::value::Value;

use self::parse::Templates;
use super::gofmt;

/// Why a template cannot be read, in Go's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TemplateError(String);

impl TemplateError {
    fn at_line(line: usize, message: &str) -> Self {
        Self(format!("template: output:{line}: {message}"))
    }
}

/// A template that could not be filled in to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateFailure {
    /// What kubectl had printed by then, and its hints for debugging.
    pub printed: String,
    /// The error itself.
    pub message: String,
}

/// A template that has been read.
#[derive(Debug, Clone)]
pub struct Template {
    text: String,
    templates: Templates,
    allow_missing_keys: bool,
}

impl Template {
    /// Reads a template; a key that is missing later prints `<no value>`.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let templates = parse::parse(text, lex::lex(text)?)?;
        Ok(Self { text: text.to_owned(), templates, allow_missing_keys: true })
    }

    /// Whether a missing key is `<no value>` or an error
    /// (`--allow-missing-template-keys`).
    #[must_use]
    pub fn allow_missing_keys(self, allow_missing_keys: bool) -> Self {
        Self { allow_missing_keys, ..self }
    }

    /// The template filled in with `value`.
    pub fn print(&self, value: &Value) -> Result<String, TemplateFailure> {
        let mut printed = String::new();
        let text = (self.text.as_str(), self.allow_missing_keys);
        match eval::execute(&self.templates, text, value, &mut printed) {
            Ok(()) => Ok(printed),
            Err(error) => {
                let (template, raw, object) = (&self.text, value.to_json(), gofmt::sprint(value));
                let hints = format!(
                    "Error executing template: {error}. Printing more information for debugging \
                     the template:\n\ttemplate was:\n\t\t{template}\n\traw data \
                     was:\n\t\t{raw}\n\tobject given to template engine was:\n\t\t{object}\n\n"
                );
                printed.push_str(&hints);
                let message =
                    format!("error executing template {}: {error}", gofmt::quote(template));
                Err(TemplateFailure { printed, message })
            }
        }
    }
}

#[cfg(test)]
mod tests;
