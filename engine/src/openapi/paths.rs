//! The paths of the API and what may be done at each.

use super::Version;
use super::definitions::{Definitions, kind_value};
use crate::api::Kind;
use crate::value;
use crate::value::Value;

const WRITE: &[&str] = &["dryRun", "fieldManager", "fieldValidation"];
const PATCH: &[&str] = &["dryRun", "fieldManager", "fieldValidation", "force"];
const DELETE: &[&str] = &["dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy"];
const LIST: &[&str] = &[
    "allowWatchBookmarks",
    "continue",
    "fieldSelector",
    "labelSelector",
    "limit",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "timeoutSeconds",
    "watch",
];
const PATCH_TYPES: &[&str] = &[
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
];

/// One thing that may be done at a path.
struct Operation<'a> {
    method: &'a str,
    /// Kubernetes' word for it: `list`, `deletecollection`.
    action: &'a str,
    parameters: &'a [&'a str],
    /// The definition of the body, if there is one.
    body: Option<&'a str>,
    /// The definition of the answer.
    answer: &'a str,
}

/// The paths of `kinds`.
pub(super) fn paths(
    version: Version,
    kinds: &[&'static Kind],
    definitions: &mut Definitions<'_>,
) -> Value {
    let mut paths = Value::map();
    for kind in kinds {
        let mut writer = PathWriter { version, kind, definitions, paths: &mut paths };
        writer.collection();
        writer.item();
        for subresource in kind.subresources {
            writer.subresource(subresource);
        }
    }
    paths
}

struct PathWriter<'a, 'b> {
    version: Version,
    kind: &'static Kind,
    definitions: &'a mut Definitions<'b>,
    paths: &'a mut Value,
}

impl PathWriter<'_, '_> {
    fn path(&self, namespaced: bool) -> String {
        let prefix = if self.kind.group.is_empty() { "/api" } else { "/apis" };
        let namespace = if namespaced { "namespaces/{namespace}/" } else { "" };
        format!("{prefix}/{}/{namespace}{}", self.kind.api_version(), self.kind.plural)
    }

    fn collection(&mut self) {
        let schema = self.kind.schema;
        let list = format!("{schema}List");
        let own = kind_value(self.kind, "");
        let list = Operation {
            method: "get",
            action: "list",
            parameters: LIST,
            body: None,
            answer: &list,
        };
        if self.kind.namespaced {
            self.add(&self.path(false), &list, &own);
        }
        let path = self.path(self.kind.namespaced);
        self.add(&path, &list, &own);
        let create = Operation {
            method: "post",
            action: "post",
            parameters: WRITE,
            body: Some(schema),
            answer: schema,
        };
        self.add(&path, &create, &own);
        let delete = Operation {
            method: "delete",
            action: "deletecollection",
            parameters: DELETE,
            body: Some("meta/v1.DeleteOptions"),
            answer: "meta/v1.Status",
        };
        self.add(&path, &delete, &own);
    }

    fn item(&mut self) {
        let path = format!("{}/{{name}}", self.path(self.kind.namespaced));
        let own = kind_value(self.kind, "");
        self.add_read_and_write(&path, self.kind.schema, &own);
        let delete = Operation {
            method: "delete",
            action: "delete",
            parameters: DELETE,
            body: Some("meta/v1.DeleteOptions"),
            answer: "meta/v1.Status",
        };
        self.add(&path, &delete, &own);
    }

    fn subresource(&mut self, name: &str) {
        let path = format!("{}/{{name}}/{name}", self.path(self.kind.namespaced));
        let kind = |group: &str, version: &str, kind: &str| value!({ "group": group, "version": version, "kind": kind });
        let (schema, kind) = match name {
            "scale" => ("autoscaling/v1.Scale", kind("autoscaling", "v1", "Scale")),
            "eviction" => ("policy/v1.Eviction", kind("policy", "v1", "Eviction")),
            "binding" => ("core/v1.Binding", kind("", "v1", "Binding")),
            "token" => (
                "authentication/v1.TokenRequest",
                kind("authentication.k8s.io", "v1", "TokenRequest"),
            ),
            "log" | "exec" | "attach" | "portforward" | "proxy" => {
                return self.connection(&path, name);
            }
            _ => (self.kind.schema, kind_value(self.kind, "")),
        };
        if !matches!(name, "eviction" | "binding" | "token") {
            return self.add_read_and_write(&path, schema, &kind);
        }
        let create = Operation {
            method: "post",
            action: "post",
            parameters: WRITE,
            body: Some(schema),
            answer: schema,
        };
        self.add(&path, &create, &kind);
    }

    /// A subresource that answers with bytes.
    fn connection(&mut self, path: &str, name: &str) {
        let (action, methods) = match name {
            "log" => ("get", &["get"][..]),
            _ => ("connect", &["get", "post"][..]),
        };
        let own = kind_value(self.kind, "");
        for method in methods {
            let operation = value!({
                "x-kubernetes-action": action,
                "x-kubernetes-group-version-kind": (own.clone()),
                "responses": { "200": { "description": "OK" } },
            });
            *self.paths.at_mut(&[path, method]) = operation;
        }
    }

    fn add_read_and_write(&mut self, path: &str, schema: &str, kind: &Value) {
        let read =
            Operation { method: "get", action: "get", parameters: &[], body: None, answer: schema };
        self.add(path, &read, kind);
        let replace = Operation {
            method: "put",
            action: "put",
            parameters: WRITE,
            body: Some(schema),
            answer: schema,
        };
        self.add(path, &replace, kind);
        let change = Operation {
            method: "patch",
            action: "patch",
            parameters: PATCH,
            body: Some("meta/v1.Patch"),
            answer: schema,
        };
        self.add(path, &change, kind);
    }

    fn add(&mut self, path: &str, operation: &Operation<'_>, kind: &Value) {
        let place = self.paths.at_mut(&[path]);
        if place.is_null() {
            place.set("parameters", path_parameters(self.version, path));
        }
        let Some(answer) = self.reference(operation.answer) else { return };
        let body = operation.body.and_then(|body| self.reference(body));
        let named = |name: &&str| parameter(self.version, name, "query");
        let mut parameters: Vec<Value> = operation.parameters.iter().map(named).collect();
        let mut written = value!({
            "description": (format!("{} {}", operation.action, self.kind.kind)),
            "operationId": (self.operation_id(path, operation)),
            "x-kubernetes-action": (operation.action),
            "x-kubernetes-group-version-kind": (kind.clone()),
        });
        match self.version {
            Version::V2 => {
                parameters.extend(body.map(|schema| {
                    value!({ "name": "body", "in": "body", "required": true, "schema": schema })
                }));
                if operation.action == "patch" {
                    written.set("consumes", self.patch_types());
                }
                let answer = value!({ "description": "OK", "schema": answer });
                written.set("responses", value!({ "200": answer }));
            }
            Version::V3 => {
                if let Some(schema) = body {
                    let types =
                        if operation.action == "patch" { self.patch_types() } else { vec!["*/*"] };
                    let content = content(&types, &schema);
                    written.set("requestBody", value!({ "content": content, "required": true }));
                }
                let types = ["application/json", "application/yaml"];
                let content = content(&types, &answer);
                let answer = value!({ "description": "OK", "content": content });
                written.set("responses", value!({ "200": answer }));
            }
        }
        if !parameters.is_empty() {
            written.set("parameters", parameters);
        }
        *self.paths.at_mut(&[path, operation.method]) = written;
    }

    /// Nothing says how lists of custom kinds are merged.
    fn patch_types(&self) -> Vec<&'static str> {
        let merges = self.kind.custom.is_none();
        let types = PATCH_TYPES.iter().copied();
        types.filter(|media| merges || !media.contains("strategic")).collect()
    }

    fn reference(&mut self, schema: &str) -> Option<Value> {
        self.definitions.reference_to(schema)
    }

    /// A name as `listAppsV1NamespacedDeployment`.
    fn operation_id(&self, path: &str, operation: &Operation<'_>) -> String {
        let verb = match operation.action {
            "get" => "read",
            "put" => "replace",
            "post" => "create",
            "deletecollection" => "deleteCollection",
            other => other,
        };
        let group = self.kind.group.split('.').next().unwrap_or_default();
        let group = if group.is_empty() { "core" } else { group };
        let scope = if path.contains("{namespace}") { "Namespaced" } else { "" };
        let tail = match path.rsplit_once("{name}") {
            Some((_, subresource)) => capital(subresource.trim_start_matches('/')),
            None if self.kind.namespaced && scope.is_empty() => "ForAllNamespaces".to_owned(),
            None => String::new(),
        };
        let version = capital(self.kind.version);
        format!("{verb}{}{version}{scope}{}{tail}", capital(group), self.kind.kind)
    }
}

fn content(types: &[&str], schema: &Value) -> Value {
    let mut content = Value::map();
    for media in types {
        content.set(media, value!({ "schema": (schema.clone()) }));
    }
    content
}

fn path_parameters(version: Version, path: &str) -> Value {
    let parts = ["name", "namespace"].into_iter();
    let parts = parts.filter(|part| path.contains(&format!("{{{part}}}")));
    parts.map(|part| parameter(version, part, "path")).collect()
}

fn parameter(version: Version, name: &str, place: &str) -> Value {
    let value_type = match name {
        "limit" | "timeoutSeconds" | "gracePeriodSeconds" => "integer",
        "watch" | "allowWatchBookmarks" | "sendInitialEvents" | "force" | "orphanDependents" => {
            "boolean"
        }
        _ => "string",
    };
    let mut parameter = value!({ "name": name, "in": place });
    parameter.set_nonzero("description", meaning(name));
    if place == "path" {
        parameter.set("required", true);
    }
    match version {
        Version::V2 => {
            parameter.set("type", value_type);
            parameter.set("uniqueItems", true);
        }
        Version::V3 => {
            parameter.set("schema", value!({ "type": value_type, "uniqueItems": true }));
        }
    }
    parameter
}

/// What the parameters mean by which lists and watches are narrowed.
fn meaning(name: &str) -> &'static str {
    match name {
        "fieldSelector" => {
            "A selector to restrict the list of returned objects by their fields. Defaults to \
             everything."
        }
        "labelSelector" => {
            "A selector to restrict the list of returned objects by their labels. Defaults to \
             everything."
        }
        "watch" => {
            "Watch for changes to the described resources and return them as a stream of add, \
             update, and remove notifications. Specify resourceVersion."
        }
        "timeoutSeconds" => {
            "Timeout for the list/watch call. This limits the duration of the call, regardless of \
             any activity or inactivity."
        }
        "name" => "name of the object",
        "namespace" => "object name and auth scope, such as for teams and projects",
        _ => "",
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}
