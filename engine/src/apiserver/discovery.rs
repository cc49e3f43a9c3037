//! What the server serves: `/version`, `/api`, `/apis`, plain and aggregated.
//!
//! Source: apiserver `pkg/endpoints/discovery`.

use std::collections::{BTreeMap, BTreeSet};

use super::route::Query;
use super::{ApiServer, Registry};
use crate::api::Kind;
use crate::base64;
use crate::tools::sha256;
use crate::value;
use crate::value::Value;
use crate::wire::Response;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// The groups in the order in which the real server lists them.
const GROUP_ORDER: &[&str] = &[
    "",
    "apiregistration.k8s.io",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "node.k8s.io",
    "discovery.k8s.io",
    "flowcontrol.apiserver.k8s.io",
];

impl ApiServer {
    /// Answers a path outside the resources, if it is one.
    pub(super) fn discover(
        &self,
        path: &[String],
        query: &Query,
        accept: &str,
    ) -> Option<Response> {
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        let aggregated = accept.contains("as=APIGroupDiscoveryList");
        match words.as_slice() {
            ["version"] => Some(version()),
            ["metrics"] => Some(self.metrics()),
            ["openapi", rest @ ..] => self.openapi(rest, accept),
            [] => Some(indented(&root_paths(&self.registry))),
            [check @ ("healthz" | "livez" | "readyz")] if query.contains_key("verbose") => {
                Some(Response::text(200, health(check, query)))
            }
            ["healthz" | "livez" | "readyz"] => Some(Response::text(200, "ok")),
            ["healthz" | "livez" | "readyz", check] if HEALTH_CHECKS.contains(check) => {
                Some(Response::text(200, "ok"))
            }
            ["api" | "apis"] if aggregated => {
                let core = words == ["api"];
                let mut response = Response::json(200, &aggregated_list(&self.registry, core));
                response.content_type = AGGREGATED;
                Some(response)
            }
            ["api"] => Some(ordered(&api_versions())),
            ["apis"] => Some(ordered(&group_list(&self.registry))),
            ["api", version] => resource_list(&self.registry, "", version),
            ["apis", group] => api_group(&self.registry, group).map(|group| {
                let mut answer = value!({ "kind": "APIGroup", "apiVersion": "v1" });
                for (key, value) in group.entries() {
                    answer.set(key, value);
                }
                Response::json(200, &answer)
            }),
            ["apis", group, version] => resource_list(&self.registry, group, version),
            _ => None,
        }
    }
}

/// What `/healthz`, `/livez` and `/readyz` look at.
const HEALTH_CHECKS: &[&str] = &[
    "ping",
    "log",
    "etcd",
    "informer-sync",
    "poststarthook/start-apiserver-admission-initializer",
    "poststarthook/generic-apiserver-start-informers",
    "poststarthook/start-apiextensions-controllers",
    "poststarthook/crd-informer-synced",
    "poststarthook/start-system-namespaces-controller",
    "poststarthook/rbac/bootstrap-roles",
    "poststarthook/scheduling/bootstrap-system-priority-classes",
    "poststarthook/apiservice-registration-controller",
    "poststarthook/apiservice-discovery-controller",
    "autoregister-completion",
];

fn health(path: &str, query: &Query) -> String {
    let excluded: Vec<&str> = query.all("exclude").collect();
    let checks: Vec<&str> = HEALTH_CHECKS
        .iter()
        .copied()
        .filter(|check| *check != "informer-sync" || path == "readyz")
        .collect();
    let line = |check: &&str| {
        let word = if excluded.contains(check) { "excluded: ok" } else { "ok" };
        format!("[+]{check} {word}\n")
    };
    let lines: String = checks.iter().map(line).collect();
    let unknown: Vec<String> = excluded
        .iter()
        .filter(|check| !checks.contains(check))
        .map(|check| format!("{check:?}"))
        .collect();
    let warning = match unknown.as_slice() {
        [] => String::new(),
        names => format!(
            "warn: some health checks cannot be excluded: no matches for {}\n",
            names.join(",")
        ),
    };
    format!("{lines}{warning}{path} check passed\n")
}

/// An answer over several lines, whoever asks.
fn indented(value: &Value) -> Response {
    let mut response = Response::text(200, value.to_json_pretty(2));
    response.content_type = "application/json";
    response
}

/// `/`: every path there is.
fn root_paths(registry: &Registry) -> Value {
    let mut paths: BTreeSet<String> = [
        "/api",
        "/apis",
        "/healthz",
        "/livez",
        "/metrics",
        "/openapi/v2",
        "/openapi/v3",
        "/readyz",
        "/version",
    ]
    .map(str::to_owned)
    .into();
    for (_, kind) in registry.iter() {
        let prefix = if kind.group.is_empty() { "/api" } else { "/apis" };
        paths.insert(format!("{prefix}/{}", kind.api_version()));
        if !kind.group.is_empty() {
            paths.insert(format!("/apis/{}", kind.group));
        }
    }
    value!({ "paths": (paths.into_iter().map(Value::str).collect::<Value>()) })
}

/// The emulated version: the one place that names it.
pub const VERSION: &str = "v1.32.13";

/// `/version`, whose fields have an order of their own.
fn version() -> Response {
    let facts = BUILD.map(|(name, value)| format!("  \"{name}\": \"{value}\""));
    let mut response = Response::text(200, format!("{{\n{}\n}}", facts.join(",\n")));
    response.content_type = "application/json";
    response
}

/// What is known of the emulated program.
pub(super) const BUILD: [(&str, &str); 9] = [
    ("major", "1"),
    ("minor", "32"),
    ("gitVersion", VERSION),
    ("gitCommit", "63adf010aa20e104c0b7043b47f42f50c9f72b17"),
    ("gitTreeState", "clean"),
    ("buildDate", "2026-08-20T00:00:00Z"),
    ("goVersion", "go1.23.9"),
    ("compiler", "gc"),
    ("platform", "linux/amd64"),
];

fn api_versions() -> Value {
    value!({
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [
            { "clientCIDR": "0.0.0.0/0", "serverAddress": "192.168.49.2:8443" },
        ],
    })
}

/// The kinds of a group by version, the preferred one last.
type Versions = BTreeMap<Preference, Vec<&'static Kind>>;

/// A version in the order of preference: `v3alpha1`, `v2beta1`, `v1`, `v2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Preference {
    stability: u8,
    major: u32,
    minor: u32,
    name: &'static str,
}

impl Preference {
    fn of(name: &'static str) -> Self {
        let unknown = Self { stability: 0, major: 0, minor: 0, name };
        let Some(rest) = name.strip_prefix('v') else { return unknown };
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let (major, rest) = rest.split_at(digits);
        let (stability, minor) = match (rest.strip_prefix("beta"), rest.strip_prefix("alpha")) {
            (Some(minor), _) => (2, minor),
            (_, Some(minor)) => (1, minor),
            _ => (3, if rest.is_empty() { "0" } else { "" }),
        };
        match (major.parse(), minor.parse()) {
            (Ok(major), Ok(minor)) => Self { stability, major, minor, name },
            _ => unknown,
        }
    }
}

/// The kinds of each group, by version, in the order of discovery.
fn groups(registry: &Registry) -> Vec<(&'static str, Versions)> {
    let mut found: Vec<(&str, Versions)> = Vec::new();
    for (_, kind) in registry.iter() {
        let version = Preference::of(kind.version);
        match found.iter_mut().find(|(group, _)| *group == kind.group) {
            Some((_, versions)) => versions.entry(version).or_default().push(kind),
            None => found.push((kind.group, BTreeMap::from([(version, vec![kind])]))),
        }
    }
    let rank = |group: &str| {
        let place = GROUP_ORDER.iter().position(|own| *own == group);
        place.unwrap_or(GROUP_ORDER.len())
    };
    found.sort_by_key(|(group, _)| rank(group));
    for (_, versions) in &mut found {
        for kinds in versions.values_mut() {
            kinds.sort_by_key(|kind| kind.plural);
        }
    }
    found
}

fn aggregated_list(registry: &Registry, core: bool) -> Value {
    let items = groups(registry).into_iter().filter(|(group, _)| group.is_empty() == core);
    let items = items.map(|(group, versions)| {
        let mut metadata = value!({ "creationTimestamp": null });
        metadata.set_nonzero("name", group);
        // The newest version is preferred, hence first.
        let versions = versions.into_iter().rev().map(|(version, kinds)| {
            let resources = kinds.into_iter().map(aggregated_resource);
            value!({
                "version": (version.name),
                "resources": (resources.collect::<Value>()),
                "freshness": "Current",
            })
        });
        value!({ "metadata": metadata, "versions": (versions.collect::<Value>()) })
    });
    value!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": (items.collect::<Value>()),
    })
}

fn aggregated_resource(kind: &Kind) -> Value {
    let response_kind = |(group, version, name): (&str, &str, &str)| value!({ "group": group, "version": version, "kind": name });
    let mut resource = value!({
        "resource": (kind.plural),
        "responseKind": (response_kind(("", "", kind.kind))),
        "scope": (if kind.namespaced { "Namespaced" } else { "Cluster" }),
        "singularResource": (kind.singular),
        "verbs": (verbs(kind)),
    });
    resource.set_nonzero("shortNames", kind.short_names.to_vec());
    resource.set_nonzero("categories", kind.categories.to_vec());
    let subresources = kind.subresources.iter().map(|name| {
        let (own_kind, verbs) = subresource(kind, name);
        value!({
            "subresource": (*name),
            "responseKind": (response_kind(own_kind)),
            "verbs": (verbs.to_vec()),
        })
    });
    resource.set_nonzero("subresources", subresources.collect::<Value>());
    resource
}

fn verbs(kind: &Kind) -> Value {
    kind.verbs.to_vec().into()
}

/// A kind that a subresource answers with: group and version where they are not
/// the resource's own, and the name.
type Answering = (&'static str, &'static str, &'static str);

/// The kind that a subresource answers with, and what may be asked of it.
fn subresource(kind: &Kind, name: &str) -> (Answering, &'static [&'static str]) {
    const OBJECT: &[&str] = &["get", "patch", "update"];
    const SESSION: &[&str] = &["create", "get"];
    const CREATE: &[&str] = &["create"];
    const ANY: &[&str] = &["create", "delete", "get", "patch", "update"];
    match name {
        "scale" => (("autoscaling", "v1", "Scale"), OBJECT),
        "binding" => (("", "", "Binding"), CREATE),
        "eviction" => (("policy", "v1", "Eviction"), CREATE),
        "exec" => (("", "", "PodExecOptions"), SESSION),
        "attach" => (("", "", "PodAttachOptions"), SESSION),
        "portforward" => (("", "", "PodPortForwardOptions"), SESSION),
        "log" => (("", "", "Pod"), &["get"]),
        "token" => (("authentication.k8s.io", "v1", "TokenRequest"), CREATE),
        "finalize" => (("", "", "Namespace"), &["update"]),
        "proxy" => (("", "", proxy_options(kind)), ANY),
        _ => (("", "", kind.kind), OBJECT),
    }
}

fn proxy_options(kind: &Kind) -> &'static str {
    match kind.kind {
        "Node" => "NodeProxyOptions",
        "Service" => "ServiceProxyOptions",
        _ => "PodProxyOptions",
    }
}

fn api_group(registry: &Registry, name: &str) -> Option<Value> {
    let (_, versions) = groups(registry).into_iter().find(|(group, _)| *group == name)?;
    let listed: Vec<Value> = versions
        .keys()
        .rev()
        .map(|version| {
            let version = version.name;
            value!({ "groupVersion": (format!("{name}/{version}")), "version": version })
        })
        .collect();
    let preferred = listed.first().cloned();
    Some(value!({ "name": name, "versions": listed, "preferredVersion": preferred }))
}

fn group_list(registry: &Registry) -> Value {
    let named = groups(registry).into_iter().filter(|(group, _)| !group.is_empty());
    let groups = named.filter_map(|(group, _)| api_group(registry, group));
    value!({
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": (groups.collect::<Value>()),
    })
}

/// What tells clients that objects are stored in another version than before.
fn storage_hash(kind: &Kind) -> String {
    let stored = kind.stored_as.as_ref().map_or(kind, |stored| stored.kind);
    let text = format!("{}/{}/{}", stored.group, stored.version, stored.kind);
    base64::encode(sha256(text.as_bytes()).get(..8).unwrap_or_default())
}

/// An answer whose fields come in the order of Go's structs.
fn ordered(value: &Value) -> Response {
    let order: &[&str] = match value["kind"].text() {
        "APIResourceList" => &RESOURCE_FIELDS,
        _ => &["kind", "apiVersion", "name", "groupVersion", "version", "versions"],
    };
    let mut response = Response::text(200, value.to_json_in_order(order));
    response.content_type = "application/json";
    response
}

/// The fields of resources and their lists, in order.
const RESOURCE_FIELDS: [&str; 12] = [
    "name",
    "singularName",
    "namespaced",
    "group",
    "version",
    "kind",
    "apiVersion",
    "groupVersion",
    "verbs",
    "shortNames",
    "categories",
    "storageVersionHash",
];

fn resource_list(registry: &Registry, group: &str, version: &str) -> Option<Response> {
    let (_, versions) = groups(registry).into_iter().find(|(own, _)| *own == group)?;
    let (_, kinds) = versions.iter().find(|(own, _)| own.name == version)?;
    let mut resources = Vec::new();
    for kind in kinds {
        let mut resource = value!({
            "name": (kind.plural),
            "singularName": (kind.singular),
            "namespaced": (kind.namespaced),
            "kind": (kind.kind),
            "verbs": (verbs(kind)),
        });
        resource.set_nonzero("shortNames", kind.short_names.to_vec());
        resource.set_nonzero("categories", kind.categories.to_vec());
        if kind.verbs.contains(&"create") && kind.verbs.contains(&"get") {
            resource.set("storageVersionHash", storage_hash(kind));
        }
        resources.push(resource);
        for name in kind.subresources {
            let ((group, version, own_kind), verbs) = subresource(kind, name);
            let mut entry = value!({
                "name": (format!("{}/{name}", kind.plural)),
                "singularName": "",
                "namespaced": (kind.namespaced),
                "kind": own_kind,
                "verbs": (verbs.to_vec()),
            });
            entry.set_nonzero("group", group);
            entry.set_nonzero("version", version);
            resources.push(entry);
        }
    }
    let mut list = value!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": (format!("{group}/{version}")),
        "resources": resources,
    });
    if group.is_empty() {
        // The oldest list is not as the others are.
        list.remove("apiVersion");
        list.set("groupVersion", version);
    }
    Some(ordered(&list))
}
