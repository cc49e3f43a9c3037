//! `-o`: the printers of whole objects.
//!
//! Models cli-runtime's `genericclioptions` print flags.

use podyard_engine::value::Value;

use crate::call::Call;
use crate::discovery::with_group;
use crate::failure::{Failure, Outcome};
use crate::host::Host;
use crate::io::Io;
use crate::print;
use crate::print::CustomColumns;
use crate::print::jsonpath::{JsonPath, JsonPathError};
use crate::print::template::Template;

/// A printer of whole objects.
pub enum Printer {
    /// `kind.group/name`.
    Name,
    /// JSON over several lines.
    Json,
    /// JSON over several lines, in the order of Go's struct.
    TypedJson,
    /// YAML; documents after the first begin with `---`.
    Yaml,
    /// A JSONPath template.
    JsonPath(JsonPath),
    /// A JSONPath template, its results as JSON.
    JsonPathAsJson(JsonPath),
    /// A Go template.
    Template(Box<Template>),
    /// A table of JSONPaths, and whether it goes without headers.
    CustomColumns(CustomColumns, bool),
}

/// The formats that every printing command knows.
pub const FORMATS: &str = "go-template,go-template-file,json,jsonpath,jsonpath-as-json,\
                           jsonpath-file,name,template,templatefile,yaml";

/// The formats of `get`.
pub const GET_FORMATS: &str = "custom-columns,custom-columns-file,go-template,go-template-file,\
    json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,wide,yaml";

impl Printer {
    /// The printer that `-o` (and `--template`) ask for; `None` when they ask
    /// for none. `allowed` names the formats for the refusal of others.
    pub fn of(call: &Call<'_>, allowed: &str) -> Outcome<Option<Self>> {
        let flags = &call.flags;
        let output = flags.text("output");
        let template = flags.text("template");
        if output.is_empty() && template.is_empty() {
            return Ok(None);
        }
        let (name, given) = match output.split_once('=') {
            Some((name, given)) => (name, given),
            None if output.is_empty() => ("go-template", ""),
            None => (output, ""),
        };
        let unknown = || {
            Failure::Text(format!(
                "unable to match a printer suitable for the output format {output:?}, \
                 allowed formats are: {allowed}"
            ))
        };
        if !allowed.split(',').any(|format| format == name) {
            return Err(unknown());
        }
        let source = if given.is_empty() { template } else { given };
        let lenient = flags.is("allow-missing-template-keys");
        let host = call.io.host;
        let bare = flags.is("no-headers");
        Ok(Some(match name {
            "name" => Self::Name,
            "json" => Self::Json,
            "yaml" => Self::Yaml,
            "jsonpath" | "jsonpath-as-json" | "jsonpath-file" => {
                let path = json_path(host, name, source, lenient)?;
                if name == "jsonpath-as-json" {
                    Self::JsonPathAsJson(path)
                } else {
                    Self::JsonPath(path)
                }
            }
            "custom-columns" => Self::CustomColumns(columns(CustomColumns::parse(given))?, bare),
            "custom-columns-file" => {
                let text = read(host, given, "error reading template")?;
                Self::CustomColumns(columns(CustomColumns::parse_template(&text))?, bare)
            }
            "go-template" | "template" | "go-template-file" | "templatefile" => {
                Self::Template(Box::new(go_template(host, name, source, lenient)?))
            }
            _ => return Err(unknown()),
        }))
    }

    /// The printer of `--template` alone, whatever `-o` is by default.
    pub fn template(call: &Call<'_>) -> Outcome<Option<Self>> {
        let lenient = call.flags.is("allow-missing-template-keys");
        let source = call.flags.text("template");
        let template = go_template(call.io.host, "go-template", source, lenient)?;
        Ok(Some(Self::Template(Box::new(template))))
    }

    /// The same printer for objects that kubectl has decoded into structs.
    #[must_use]
    pub fn typed(self) -> Self {
        if let Self::Json = self { Self::TypedJson } else { self }
    }

    /// Prints one object, or a list.
    pub fn print(&self, io: &Io<'_>, object: &Value) -> Outcome {
        io.out(&self.text(io, object)?);
        Ok(())
    }

    /// What it prints of one object, or a list.
    pub fn text(&self, io: &Io<'_>, object: &Value) -> Outcome<String> {
        let worded = |error: JsonPathError| Failure::Text(error.to_string());
        match self {
            Self::Name => Ok(names(object)),
            Self::Json => Ok(print::to_json_text(object)),
            Self::TypedJson => Ok(print::to_typed_json_text(object)),
            Self::Yaml => Ok(print::to_yaml(object)),
            Self::JsonPath(path) => path.print(object).map_err(worded),
            Self::JsonPathAsJson(path) => path.print_as_json(object).map_err(worded),
            Self::Template(template) => template.print(object).map_err(|failure| {
                io.out(&failure.printed);
                Failure::Text(failure.message)
            }),
            Self::CustomColumns(columns, no_headers) => {
                columns.print(object, *no_headers).map_err(worded)
            }
        }
    }

    /// Whether it shows the whole object, so that `managedFields` are to be
    /// hidden. Templates see them.
    pub fn shows_fields(&self) -> bool {
        matches!(self, Self::Json | Self::TypedJson | Self::Yaml)
    }
}

fn columns<E: ToString>(parsed: Result<CustomColumns, E>) -> Outcome<CustomColumns> {
    parsed.map_err(|error| Failure::Text(error.to_string()))
}

fn json_path(host: &dyn Host, name: &str, source: &str, lenient: bool) -> Outcome<JsonPath> {
    if source.is_empty() {
        return Err("template format specified but no template given".into());
    }
    let text = if name == "jsonpath-file" {
        read(host, source, "error reading --template")?
    } else {
        source.to_owned()
    };
    match JsonPath::parse(&text) {
        Ok(path) => Ok(path.allow_missing_keys(lenient)),
        Err(error) => Err(Failure::Text(format!("error parsing jsonpath {text}, {error}"))),
    }
}

fn go_template(host: &dyn Host, name: &str, source: &str, lenient: bool) -> Outcome<Template> {
    if source.is_empty() {
        return Err("template format specified but no template given".into());
    }
    let text = if name.ends_with("file") {
        read(host, source, "error reading --template")?
    } else {
        source.to_owned()
    };
    match Template::parse(&text) {
        Ok(template) => Ok(template.allow_missing_keys(lenient)),
        Err(error) => Err(Failure::Text(format!("error parsing template {text}, {error}"))),
    }
}

fn read(host: &dyn Host, path: &str, prefix: &str) -> Outcome<String> {
    match host.read_file(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => Err(Failure::Text(format!("{prefix} {path}, open {path}: {}", error.text()))),
    }
}

/// `-o name` for an object, or for each item of a list.
fn names(object: &Value) -> String {
    if object["items"].as_map().is_none() && object.get("items").is_some() {
        return object["items"].items().iter().map(names).collect();
    }
    let name = object["metadata"]["name"].text();
    format!("{}/{}\n", printed_kind(object), if name.is_empty() { "<unknown>" } else { name })
}

/// What prints before an object's name: `pod` or `deployment.apps`.
pub fn printed_kind(object: &Value) -> String {
    let group = object["apiVersion"].text().split_once('/').map_or("", |(group, _)| group);
    with_group(&object["kind"].text().to_lowercase(), group)
}

/// The object without what kubectl hides.
pub fn without_managed_fields(object: &Value) -> Value {
    let mut shown = object.clone();
    if let Some(items) = shown.get("items")
        && !items.items().is_empty()
    {
        for item in shown["items"].make_list() {
            hide(item);
        }
    }
    hide(&mut shown);
    shown
}

fn hide(object: &mut Value) {
    if object["metadata"].get("managedFields").is_some() {
        object["metadata"].remove("managedFields");
    }
}

/// Prints what was done to one object after another: a line for each, or the
/// whole object with `-o`.
pub struct Reporter {
    printer: Option<Printer>,
    show_managed: bool,
    printed: bool,
}

impl Reporter {
    /// The reporter that the flags of `call` ask for.
    pub fn new(call: &Call<'_>) -> Outcome<Self> {
        Ok(Self {
            printer: Printer::of(call, FORMATS)?,
            show_managed: call.flags.is("show-managed-fields"),
            printed: false,
        })
    }

    /// The same reporter for objects that kubectl has decoded into structs.
    #[must_use]
    pub fn typed(mut self) -> Self {
        self.printer = self.printer.map(Printer::typed);
        self
    }

    /// Whether only the line about what was done is printed.
    pub fn is_brief(&self) -> bool {
        self.printer.is_none()
    }

    /// Whether `-o name` was given.
    pub fn is_name(&self) -> bool {
        matches!(self.printer, Some(Printer::Name))
    }

    /// Prints `object`; without `-o`, the line that it was `done`.
    pub fn report(&mut self, call: &Call<'_>, object: &Value, done: &str) -> Outcome {
        let name = object["metadata"]["name"].text();
        let Some(printer) = &self.printer else {
            call.io.line(&format!("{}/{name} {done}", printed_kind(object)));
            return Ok(());
        };
        let hide = printer.shows_fields() && !self.show_managed;
        let shown = if hide { without_managed_fields(object) } else { object.clone() };
        if self.printed && matches!(printer, Printer::Yaml) {
            call.io.out("---\n");
        }
        self.printed = true;
        printer.print(&call.io, &shown)
    }
}
