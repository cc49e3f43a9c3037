//! `-o custom-columns`: a table of JSONPaths (kubectl's
//! `pkg/cmd/get/customcolumn.go`).

use podyard_engine::value::Value;

use super::gofmt::sprint;
use super::jsonpath::{JsonPath, JsonPathError, relaxed};
use super::table::escape_terminal;
use super::tabwriter::TabWriter;

/// The columns that were asked for.
#[derive(Debug, Clone)]
pub struct CustomColumns {
    columns: Vec<(String, JsonPath)>,
}

impl CustomColumns {
    /// Reads `HEADER:path,HEADER:path`.
    pub fn parse(spec: &str) -> Result<Self, JsonPathError> {
        if spec.is_empty() {
            let message = "custom-columns format specified but no custom columns given";
            return Err(message.into());
        }
        let columns = spec.split(',').map(|part| match part.split_once(':') {
            Some((header, path)) => Ok((header.to_owned(), JsonPath::parse(&relaxed(path)?)?)),
            None => Err(JsonPathError::from(format!(
                "unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"
            ))),
        });
        Ok(Self { columns: columns.collect::<Result<_, _>>()? })
    }

    /// Reads a template file: a line of headers above a line of paths.
    pub fn parse_template(text: &str) -> Result<Self, JsonPathError> {
        let mut lines = text.lines();
        let (headers, paths) = (words(lines.next()), words(lines.next()));
        if headers.is_empty() {
            return Err("invalid template, missing header line. Expected format is one line of \
                        space separated headers, one line of space separated column specs."
                .into());
        }
        if paths.is_empty() {
            return Err("invalid template, missing spec line. Expected format is one line of \
                        space separated headers, one line of space separated column specs."
                .into());
        }
        if headers.len() != paths.len() {
            let message = format!(
                "number of headers ({}) and field specifications ({}) don't match",
                headers.len(),
                paths.len()
            );
            return Err(message.into());
        }
        let columns = headers.into_iter().zip(paths);
        let columns =
            columns.map(|(header, path)| Ok((header, JsonPath::parse(&relaxed(&path)?)?)));
        Ok(Self { columns: columns.collect::<Result<_, JsonPathError>>()? })
    }

    /// The table of `object`, or of the items of a list.
    pub fn print(&self, object: &Value, no_headers: bool) -> Result<String, JsonPathError> {
        let mut text = String::new();
        if !no_headers {
            let headers: Vec<&str> =
                self.columns.iter().map(|(header, _)| header.as_str()).collect();
            text.push_str(&headers.join("\t"));
            text.push('\n');
        }
        let items = match object.get("items") {
            Some(Value::List(items)) => items.as_slice(),
            _ => std::slice::from_ref(object),
        };
        for item in items {
            text.push_str(&self.row(item)?);
            text.push('\n');
        }
        Ok(TabWriter::for_tables().format(&text))
    }

    fn row(&self, object: &Value) -> Result<String, JsonPathError> {
        let mut cells = Vec::with_capacity(self.columns.len());
        for (_, path) in &self.columns {
            let found: Vec<Value> = path.find(object)?.into_iter().flatten().collect();
            let texts: Vec<String> =
                found.iter().map(|value| escape_terminal(&sprint(value)).into_owned()).collect();
            cells.push(if texts.is_empty() { "<none>".to_owned() } else { texts.join(",") });
        }
        Ok(cells.join("\t"))
    }
}

fn words(line: Option<&str>) -> Vec<String> {
    line.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use podyard_engine::value;

    fn list() -> Value {
        value!({ "kind": "List", "items": [
            { "metadata": { "name": "nginx" }, "status": { "podIPs": [{ "ip": "10.244.1.2" }] } },
            { "metadata": { "name": "web" } }
        ] })
    }

    #[test]
    fn each_column_is_a_path() {
        let columns = CustomColumns::parse("NAME:.metadata.name,IP:status.podIPs").expect("read");
        let expected = "NAME    IP\nnginx   [map[ip:10.244.1.2]]\nweb     <none>\n";
        assert_eq!(columns.print(&list(), false).expect("printed"), expected);
    }

    #[test]
    fn a_file_has_headers_above_paths() {
        let columns =
            CustomColumns::parse_template("NAME  IP\nmetadata.name .status.podIPs[0].ip\n");
        let expected = "nginx   10.244.1.2\nweb     <none>\n";
        assert_eq!(columns.expect("read").print(&list(), true).expect("printed"), expected);
    }

    #[test]
    fn a_wrong_column_is_named() {
        let error = CustomColumns::parse("NAME").expect_err("no path").to_string();
        let expected = "unexpected custom-columns spec: NAME, expected <header>:<json-path-expr>";
        assert_eq!(error, expected);
    }
}
