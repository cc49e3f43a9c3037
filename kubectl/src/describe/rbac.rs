//! Roles and their bindings (kubectl's `pkg/util/rbac`).

use podyard_engine::value::Value;

use super::metadata::{name, write_labels_and_annotations};
use super::writer::Writer;

/// A rule about one kind of resource, or one URL.
#[derive(Default)]
struct Rule<'a> {
    group: Option<&'a str>,
    resource: Option<&'a str>,
    object: Option<&'a str>,
    url: Option<&'a str>,
    verbs: Vec<&'a str>,
}

impl Rule<'_> {
    /// What rules are sorted by: their print in Go, which starts with the verbs.
    fn order(&self) -> String {
        let [group, resource, object, url] = [self.group, self.resource, self.object, self.url]
            .map(|part| format!("[{}]", part.unwrap_or_default()));
        format!(
            "Verbs:[{}],APIGroups:{group},Resources:{resource},ResourceNames:{object},\
             NonResourceURLs:{url},",
            self.verbs.join(" ")
        )
    }

    fn is_about_what(&self, other: &Self) -> bool {
        self.url.is_none()
            && other.url.is_none()
            && self.group == other.group
            && self.resource == other.resource
            && self.object == other.object
    }

    /// The resource with its group: `deployments.apps/scale`.
    fn resource_and_group(&self) -> String {
        let Some(resource) = self.resource else { return String::new() };
        let (kind, subresource) = match resource.split_once('/') {
            Some((kind, subresource)) => (kind, format!("/{subresource}")),
            None => (resource, String::new()),
        };
        match self.group {
            None | Some("") => format!("{kind}{subresource}"),
            Some(group) => format!("{kind}.{group}{subresource}"),
        }
    }
}

/// Writes a Role or a ClusterRole.
pub(super) fn role(writer: &mut Writer, role: &Value) {
    writer.field(0, "Name", name(role));
    write_labels_and_annotations(writer, role);
    writer.line(0, "PolicyRule:");
    writer.header(1, &["Resources", "Non-Resource URLs", "Resource Names", "Verbs"]);
    let mut rules = compact(role["rules"].items().iter().flat_map(break_down));
    rules.sort_by_cached_key(Rule::order);
    for rule in &rules {
        let bracketed = |part: Option<&str>| format!("[{}]", part.unwrap_or_default());
        let verbs = format!("[{}]", rule.verbs.join(" "));
        let (url, object) = (bracketed(rule.url), bracketed(rule.object));
        writer.row(1, &[&rule.resource_and_group(), &url, &object, &verbs]);
    }
}

/// A rule for every combination of group, resource, object and verb.
fn break_down(rule: &Value) -> Vec<Rule<'_>> {
    let texts =
        |field: &str| -> Vec<&str> { rule[field].items().iter().map(Value::text).collect() };
    let objects: Vec<Option<&str>> = match texts("resourceNames") {
        none if none.is_empty() => vec![None],
        names => names.into_iter().map(Some).collect(),
    };
    let mut rules = Vec::new();
    for group in texts("apiGroups") {
        for resource in texts("resources") {
            for verb in texts("verbs") {
                rules.extend(objects.iter().map(|object| Rule {
                    group: Some(group),
                    resource: Some(resource),
                    object: *object,
                    url: None,
                    verbs: vec![verb],
                }));
            }
        }
    }
    for url in texts("nonResourceURLs") {
        let verbs = texts("verbs").into_iter();
        rules.extend(verbs.map(|verb| Rule {
            url: Some(url),
            verbs: vec![verb],
            ..Rule::default()
        }));
    }
    rules
}

/// Joins the verbs of rules about the same resource.
fn compact<'a>(rules: impl Iterator<Item = Rule<'a>>) -> Vec<Rule<'a>> {
    let mut compacted: Vec<Rule<'a>> = Vec::new();
    for rule in rules {
        match compacted.iter_mut().find(|known| known.is_about_what(&rule)) {
            None => compacted.push(rule),
            Some(known) => {
                for verb in rule.verbs {
                    if !known.verbs.contains(&verb) {
                        known.verbs.push(verb);
                    }
                }
            }
        }
    }
    compacted
}

/// Writes a RoleBinding or a ClusterRoleBinding.
pub(super) fn binding(writer: &mut Writer, binding: &Value) {
    writer.field(0, "Name", name(binding));
    write_labels_and_annotations(writer, binding);
    writer.line(0, "Role:");
    writer.field(1, "Kind", binding.at(&["roleRef", "kind"]).text());
    writer.field(1, "Name", binding.at(&["roleRef", "name"]).text());
    writer.line(0, "Subjects:");
    writer.header(1, &["Kind", "Name", "Namespace"]);
    for subject in binding["subjects"].items() {
        writer.row(1, &["kind", "name", "namespace"].map(|field| subject[field].text()));
    }
}
