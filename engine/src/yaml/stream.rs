//! A file of manifests: YAML documents between `---` lines, or JSON texts one
//! after the other.
//!
//! Source: apimachinery `pkg/util/yaml/decoder.go`, and Go's `json.Decoder`.

use super::{Places, YamlError, parse_yaml_with_places};
use crate::value::{JsonError, Value, parse_json_prefix};

/// One document of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What it says.
    pub value: Value,
    /// Where its fields stand, counted from [`Document::first_line`]; empty
    /// for JSON.
    pub places: Places,
    /// The line of the file, from 1, on which the document begins.
    pub first_line: u32,
    /// The document's own text.
    pub text: String,
}

/// Why a file cannot be read further, in kubectl's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StreamError {
    /// As `error converting YAML to JSON: yaml: line 3: …`.
    pub message: String,
    /// The line and column of the file where it was noticed, if known.
    pub position: Option<super::Position>,
}

/// Reads a file: its documents up to the first error, and that error.
///
/// Documents without content are left out, as kubectl skips them.
pub fn read_stream(text: &str) -> (Vec<Document>, Option<StreamError>) {
    let mut documents = Vec::new();
    let read = if text.trim_start().starts_with('{') {
        read_json(text, &mut documents)
    } else {
        read_yaml(text, &mut documents)
    };
    documents.retain(|document: &Document| !document.value.is_null());
    (documents, read.err())
}

fn read_yaml(text: &str, documents: &mut Vec<Document>) -> Result<(), StreamError> {
    let mut own = String::new();
    let mut first_line = 1;
    for (line, number) in text.lines().zip(1..) {
        if let Some(after) = line.strip_prefix("---") {
            let after = after.trim();
            if !after.is_empty() && !after.starts_with('#') {
                let message = format!("invalid Yaml document separator: {after}");
                let position = Some(super::Position { line: number, column: 1 });
                return Err(StreamError { message, position });
            }
            if !own.is_empty() {
                documents.push(read_document(std::mem::take(&mut own), first_line)?);
                first_line = number + 1;
                continue;
            }
        }
        own.push_str(line);
        own.push('\n');
    }
    if !own.is_empty() {
        documents.push(read_document(own, first_line)?);
    }
    Ok(())
}

fn read_document(text: String, first_line: u32) -> Result<Document, StreamError> {
    match parse_yaml_with_places(&text) {
        Ok((value, places)) => Ok(Document { value, places, first_line, text }),
        Err(YamlError { message, position }) => Err(StreamError {
            message: format!("error converting YAML to JSON: {message}"),
            position: position
                .map(|own| super::Position { line: own.line + first_line - 1, column: own.column }),
        }),
    }
}

fn read_json(text: &str, documents: &mut Vec<Document>) -> Result<(), StreamError> {
    let mut offset = 0;
    loop {
        let rest = text.get(offset..).unwrap_or_default();
        let start = offset + (rest.len() - rest.trim_start().len());
        let rest = text.get(start..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(());
        }
        let (value, length) = parse_json_prefix(rest.as_bytes())
            .map_err(|error| json_stream_error(text, start, &error))?;
        documents.push(Document {
            value,
            places: Places::default(),
            first_line: position_of(text, start).line,
            text: rest.get(..length).unwrap_or_default().to_owned(),
        });
        offset = start + length;
    }
}

fn json_stream_error(text: &str, start: usize, error: &JsonError) -> StreamError {
    let offset = start + error.offset;
    let message = if offset >= text.len() {
        "unexpected EOF".to_owned()
    } else {
        format!("json: offset {}: {}", offset + 1, error.message)
    };
    StreamError { message, position: Some(position_of(text, offset)) }
}

fn position_of(text: &str, offset: usize) -> super::Position {
    let before = text.get(..offset).unwrap_or(text);
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
    super::Position { line: count(before.matches('\n').count() + 1), column: count(column + 1) }
}

#[cfg(test)]
mod tests {
    use super::super::Position;
    use super::*;

    fn check(text: &str, documents: &[&str], error: Option<&str>) {
        let (read, found) = read_stream(text);
        let read: Vec<String> = read.iter().map(|document| document.value.to_json()).collect();
        assert_eq!(read, documents, "{text}");
        assert_eq!(found.map(|error| error.message).as_deref(), error, "{text}");
    }

    #[test]
    fn documents_stand_between_dashes() {
        check(
            "---\n---\na: 1\n--- # next\nb: 2\n---\n# nothing\n---\n",
            &[r#"{"a":1}"#, r#"{"b":2}"#],
            None,
        );
        check("a: 1\r\n---\r\nb: 2", &[r#"{"a":1}"#, r#"{"b":2}"#], None);
    }

    #[test]
    fn an_error_ends_the_file_and_counts_from_its_document() {
        check(
            "a: 1\n---\nb:\n  name:x\n  c: d\n",
            &[r#"{"a":1}"#],
            Some(
                "error converting YAML to JSON: yaml: line 3: mapping values are not allowed in this context",
            ),
        );
        let (_, error) = read_stream("a: 1\n---\nb:\n  name:x\n  c: d\n");
        assert_eq!(error.and_then(|error| error.position), Some(Position { line: 5, column: 4 }));
        check("a: 1\n--- foo\n", &[], Some("invalid Yaml document separator: foo"));
    }

    #[test]
    fn json_texts_follow_each_other() {
        check("{\"a\":1}\n {\"b\":2}\n", &[r#"{"a":1}"#, r#"{"b":2}"#], None);
        check(
            "{\"a\": x}",
            &[],
            Some("json: offset 7: invalid character 'x' looking for beginning of value"),
        );
        check("{\"a\":1}{\"b\"", &[r#"{"a":1}"#], Some("unexpected EOF"));
        check(
            "{\"a\":1}\n---\n",
            &[r#"{"a":1}"#],
            Some("json: offset 10: invalid character '-' in numeric literal"),
        );
    }
}
