//! `kubectl explain`.
//!
//! Models kubectl's `pkg/explain/v2` and its plain text template.

use std::fmt::Write as _;

use podyard_engine::value::Value;

use crate::call::Call;
use crate::client::Target;
use crate::command::Command;
use crate::discovery::Resource;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};

const FLAGS: &[Flag] = &[
    flags::text("api-version", "The version to explain, as group/version."),
    flags::text("output", "The output format: plaintext or plaintext-openapiv2.")
        .short('o')
        .default("plaintext"),
    flags::switch("recursive", "The names of all fields and those below them."),
];

pub(super) const EXPLAIN: Command = Command::new(
    "explain",
    "Get documentation for a resource",
    "TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] \
     [-o|--output=plaintext|plaintext-openapiv2]",
)
.flags(&[FLAGS])
.run(|call| Box::pin(run(call)));

/// How wide descriptions are, without their indentation.
const WIDTH: usize = 76;

/// How many values of an enumeration a list of fields shows.
const ENUM_MAX: usize = 4;

async fn run(call: &Call<'_>) -> Outcome {
    let [path] = call.args.as_slice() else {
        if call.args.is_empty() {
            return fail(
                "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources.",
            );
        }
        return fail("We accept only this format: explain RESOURCE");
    };
    match call.flags.text("output") {
        "plaintext" => {}
        "plaintext-openapiv2" => {
            return fail("--output=plaintext-openapiv2 is not supported here: leave it out");
        }
        other => {
            return fail(format!("unrecognized format: {other}"));
        }
    }
    let (resource, fields) = resource(call, path).await?;
    let document = document(call, &resource).await?;
    let explainer = Explainer { schemas: &document["components"]["schemas"] };
    let Some(root) = explainer.root(&resource) else {
        return fail(format!("GVR ({}) not found in OpenAPI schema", resource.gvr()));
    };
    if !resource.group.is_empty() {
        call.io.line(&format!("GROUP:      {}", resource.group));
    }
    call.io.line(&format!("KIND:       {}\nVERSION:    {}\n", resource.kind, resource.version));
    call.io.out(&explainer.explain(root, &fields, call.flags.is("recursive"))?);
    Ok(())
}

/// The resource that the first part of the path names, and the fields after.
async fn resource(call: &Call<'_>, path: &str) -> Outcome<(Resource, Vec<String>)> {
    let discovery = call.client.discovery_tried(2).await?;
    let path = path.strip_suffix('.').unwrap_or(path);
    // A group may follow the resource before the fields do.
    let parts: Vec<&str> = path.split('.').collect();
    if path.contains('{') {
        return fail("unrecognized character in action: U+007B '{'");
    }
    if path.contains(['[', '*']) || parts.len() > 1 && parts.contains(&"") {
        return fail("invalid jsonpath syntax, first node must be field node");
    }
    if path.is_empty() {
        return fail("a resource must be present, got: /, Resource=");
    }
    let mut found = None;
    for taken in (1..=parts.len()).rev() {
        let word = parts.get(..taken).unwrap_or_default().join(".");
        if let Some(resource) = discovery.find(&word)
            && (taken == 1 || !resource.group.is_empty() && word.ends_with(resource.group.as_str()))
            && !parts.get(1).is_some_and(|part| taken > 1 && *part == resource.version)
        {
            found = Some((resource.clone(), taken));
            break;
        }
    }
    let Some((resource, taken)) = found else {
        let word = parts.first().copied().unwrap_or_default();
        return Err(Failure::Verbatim(format!("the server doesn't have a resource type {word:?}")));
    };
    let mut resource = resource.as_ref().clone();
    let wanted = call.flags.text("api-version");
    if !wanted.is_empty() {
        let (group, version) = wanted.split_once('/').unwrap_or(("", wanted));
        match discovery.kind(group, version, &resource.kind) {
            Some(other) => resource = other.as_ref().clone(),
            None if discovery.serves(group, version) => {
                return fail(format!(
                    "GVR ({group}/{version}, Resource={}) not found in OpenAPI schema",
                    resource.plural
                ));
            }
            None => {
                return fail(format!(
                    "couldn't find resource for \"{wanted}, Resource={}\"",
                    resource.plural
                ));
            }
        }
    }
    let fields = parts.get(taken..).unwrap_or_default();
    Ok((resource, fields.iter().map(|field| (*field).to_owned()).collect()))
}

async fn document(call: &Call<'_>, resource: &Resource) -> Outcome<Value> {
    let index = call.client.get(&Target::raw("/openapi/v3").query("timeout", "32s")).await?;
    let key = if resource.group.is_empty() {
        format!("api/{}", resource.version)
    } else {
        format!("apis/{}/{}", resource.group, resource.version)
    };
    let url = index["paths"][key.as_str()]["serverRelativeURL"].text();
    if url.is_empty() {
        return fail(format!("couldn't find resource for \"{}\"", resource.gvr()));
    }
    call.client.get(&Target::raw(url)).await
}

struct Explainer<'d> {
    schemas: &'d Value,
}

impl<'d> Explainer<'d> {
    /// The schema of a kind.
    fn root(&self, resource: &Resource) -> Option<&'d Value> {
        let found = self.schemas.entries().find(|(_, schema)| {
            schema["x-kubernetes-group-version-kind"].items().iter().any(|kind| {
                kind["group"].text() == resource.group
                    && kind["version"].text() == resource.version
                    && kind["kind"].text() == resource.kind
            })
        });
        found.map(|(_, schema)| schema)
    }

    /// The schema behind references.
    fn resolve(&self, schema: &'d Value) -> &'d Value {
        let reference = schema["$ref"].text();
        if let Some(name) = reference.rsplit('/').next().filter(|name| !name.is_empty()) {
            return self.resolve(&self.schemas[name]);
        }
        match schema["allOf"].items() {
            [one] if schema["properties"].is_null() => self.resolve(one),
            _ => schema,
        }
    }

    /// The schema whose properties are the fields of `schema`.
    fn inner(&self, schema: &'d Value) -> &'d Value {
        let schema = self.resolve(schema);
        if !schema["items"].is_null() {
            return self.inner(&schema["items"]);
        }
        let additional = &schema["additionalProperties"];
        if additional.as_map().is_some() { self.inner(additional) } else { schema }
    }

    fn type_of(&self, schema: &'d Value) -> String {
        if !schema["items"].is_null() {
            return format!("[]{}", self.type_of(&schema["items"]));
        }
        if schema["additionalProperties"].as_map().is_some() {
            return format!("map[string]{}", self.type_of(&schema["additionalProperties"]));
        }
        if let [one] = schema["allOf"].items() {
            return self.type_of(one);
        }
        let reference = schema["$ref"].text();
        if !reference.is_empty() {
            let resolved = self.resolve(schema);
            if resolved["format"].text() == "date-time" {
                return "string".to_owned();
            }
            return reference.rsplit(['.', '/']).next().unwrap_or_default().to_owned();
        }
        match schema["type"].text() {
            "" => "Object".to_owned(),
            "object" if !schema["properties"].is_null() => "Object".to_owned(),
            known => known.to_owned(),
        }
    }

    fn explain(&self, root: &'d Value, fields: &[String], recursive: bool) -> Outcome<String> {
        let mut text = String::new();
        let mut schema = root;
        for field in fields {
            let Some(found) = self.inner(schema)["properties"].get(field) else {
                // Whichever part is missing, the last one is named.
                let last = fields.last().unwrap_or(field);
                return fail(format!("field {last:?} does not exist"));
            };
            schema = found;
        }
        if let Some(field) = fields.last() {
            let _ = writeln!(text, "FIELD: {field} <{}>", self.type_of(schema));
            let values = self.enumeration(schema);
            if !values.is_empty() {
                text.push_str("ENUM:");
                for value in &values {
                    let _ = write!(text, "\n    {value}");
                }
            }
            text.push_str("\n\n");
        }
        text.push_str("DESCRIPTION:\n");
        let description = self.description(schema);
        wrap(&mut text, &description, 4);
        if description != "<empty>" {
            text.push_str("    \n");
        }
        let inner = self.inner(schema);
        if inner["properties"].entries().len() > 0 {
            text.push_str("FIELDS:\n");
            self.fields(&mut text, inner, recursive, 1, &mut Vec::new());
        }
        text.push('\n');
        Ok(text)
    }

    /// What a field says of itself, and what its type says.
    fn description(&self, schema: &'d Value) -> String {
        let own = schema["description"].text();
        let inner = self.inner(schema)["description"].text();
        let texts: Vec<&str> = if own == inner || inner.is_empty() {
            vec![own]
        } else if own.is_empty() {
            vec![inner]
        } else {
            vec![own, inner]
        };
        let text = texts.join("\n");
        if text.is_empty() { "<empty>".to_owned() } else { text }
    }

    fn enumeration(&self, schema: &'d Value) -> Vec<String> {
        let own = &self.resolve(schema)["enum"];
        own.items()
            .iter()
            .map(|value| if value.is_empty() { "\"\"".to_owned() } else { value.text().to_owned() })
            .collect()
    }

    fn fields(
        &self,
        text: &mut String,
        schema: &'d Value,
        recursive: bool,
        level: usize,
        above: &mut Vec<*const Value>,
    ) {
        let indent = "  ".repeat(level);
        for (name, field) in schema["properties"].entries() {
            let mark = if is_required(schema, name) { " -required-" } else { "" };
            let _ = writeln!(text, "{indent}{name}\t<{}>{mark}", self.type_of(field));
            let mut values = self.enumeration(field);
            if !values.is_empty() {
                if values.len() > ENUM_MAX {
                    values.truncate(ENUM_MAX);
                    values.push("....".to_owned());
                }
                let _ = writeln!(text, "{indent}enum: {}", values.join(", "));
            }
            if !recursive {
                let description = field["description"].text();
                let shown = if description.is_empty() { "<no description>" } else { description };
                wrap(text, shown, 4);
                text.push('\n');
                continue;
            }
            // A type may hold itself, as JSON schemas do.
            let inner = self.inner(field);
            let address = std::ptr::from_ref(inner);
            if !above.contains(&address) {
                above.push(address);
                self.fields(text, inner, true, level + 1, above);
                above.pop();
            }
        }
    }
}

fn is_required(schema: &Value, field: &str) -> bool {
    schema["required"].items().iter().any(|name| name.text() == field)
}

/// Writes `paragraphs` in lines of at most [`WIDTH`] letters.
fn wrap(text: &mut String, paragraphs: &str, indent: usize) {
    let indent = " ".repeat(indent);
    for paragraph in paragraphs.split('\n') {
        let mut line = String::new();
        let start = paragraph.len() - paragraph.trim_start().len();
        line.push_str(paragraph.get(..start).unwrap_or_default());
        let mut empty = true;
        // Blanks that stand together stay so, unless the line ends there.
        for word in paragraph.trim().split(' ') {
            let width = line.chars().count() + word.chars().count() + usize::from(!empty);
            if !empty && width > WIDTH {
                let _ = writeln!(text, "{indent}{}", line.trim_end());
                line.clear();
                empty = true;
                if word.is_empty() {
                    continue;
                }
            }
            if !empty {
                line.push(' ');
            }
            line.push_str(word);
            empty = false;
        }
        let _ = writeln!(text, "{indent}{line}");
    }
}
