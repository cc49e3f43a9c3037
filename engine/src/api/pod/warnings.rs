//! What the server warns of in Pods and templates.
//!
//! Source: `pkg/api/pod/warnings.go` and `pkg/api/node/util.go`.

use std::collections::BTreeMap;

use super::super::{Path, names, node_selector};
use super::CONTAINER_LISTS;
use super::prepare::apparmor_profile;
use super::validate::{APPARMOR_CONTAINER, SECCOMP_CONTAINER, SECCOMP_POD};
use crate::quantity::Quantity;
use crate::value::Value;

const ANNOTATIONS: [(&str, &str); 3] = [
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        "non-functional in v1.16+; use the \"priorityClassName\" field instead",
    ),
    (
        "security.alpha.kubernetes.io/sysctls",
        "non-functional in v1.11+; use the \"sysctls\" field instead",
    ),
    (
        "security.alpha.kubernetes.io/unsafe-sysctls",
        "non-functional in v1.11+; use the \"sysctls\" field instead",
    ),
];
const VOLUMES: [(&str, &str); 9] = [
    ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("gitRepo", "deprecated in v1.11"),
    ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
];
const NULL_SELECTOR: &str = "a null labelSelector results in matching no pod";

/// What the server warns of in a Pod, as it was before
/// [`prepare`](super::super::Kind::prepare).
pub(super) fn pod_warnings(pod: &Value, old: Option<&Value>) -> Vec<String> {
    if old.is_some() {
        return Vec::new();
    }
    let mut warnings = apparmor_warnings(pod);
    let name = pod.at(&["metadata", "name"]).text();
    let complaints = names::label(name);
    if !name.is_empty() && !complaints.is_empty() {
        warnings.push(format!(
            "metadata.name: this is used in the Pod's hostname, which can result in surprising \
             behavior; a DNS label is recommended: [{}]",
            complaints.join(" ")
        ));
    }
    let mut prepared = pod.clone();
    super::prepare::prepare_template(&mut prepared, None);
    let mut found = Warnings { list: warnings };
    found.look(&prepared, &Path::ROOT, false);
    found.list
}

/// What the server warns of in a template at `path`.
pub fn template_warnings(template: &Value, path: &Path<'_>) -> Vec<String> {
    let mut prepared = template.clone();
    super::prepare::prepare_template(&mut prepared, None);
    let mut found = Warnings { list: Vec::new() };
    found.look(&prepared, path, true);
    found.list
}

/// Annotations that have no field yet, or that make none.
fn apparmor_warnings(pod: &Value) -> Vec<String> {
    let metadata = Path::ROOT.field("metadata");
    let path = metadata.field("annotations");
    let annotations = pod.at(&["metadata", "annotations"]);
    let of_pod = pod.at(&["spec", "securityContext", "appArmorProfile"]);
    let mut warnings = Vec::new();
    for container in CONTAINER_LISTS.iter().flat_map(|list| pod.at(&["spec", list]).items()) {
        let key = format!("{APPARMOR_CONTAINER}{}", container["name"].text());
        let own = container.at(&["securityContext", "appArmorProfile"]);
        let Some(annotation) = annotations[key.as_str()].as_str() else { continue };
        let repeats_pod = apparmor_profile(annotation).is_some_and(|profile| profile == *of_pod);
        if own.is_null() && !repeats_pod {
            let path = path.key(&key);
            warnings.push(format!(
                "{path}: deprecated since v1.30; use the \"appArmorProfile\" field instead"
            ));
        }
    }
    warnings
}

struct Warnings {
    list: Vec<String>,
}

impl Warnings {
    fn say(&mut self, path: &Path<'_>, warning: &str) {
        self.list.push(format!("{path}: {warning}"));
    }

    fn look(&mut self, object: &Value, path: &Path<'_>, is_template: bool) {
        let (spec, metadata) = (&object["spec"], path.field("metadata"));
        let spec_path = path.field("spec");
        let annotations = object.at(&["metadata", "annotations"]);
        let annotations_path = metadata.field("annotations");
        self.node_labels(spec, &spec_path);
        for (key, warning) in ANNOTATIONS {
            if annotations.get(key).is_some() {
                self.say(&annotations_path.key(key), warning);
            }
        }
        self.volumes(spec, &spec_path.field("volumes"));
        self.lists(spec, &spec_path);
        let overhead = spec_path.field("overhead");
        for name in ["memory", "ephemeral-storage"] {
            self.fraction(spec.at(&["overhead", name]), &overhead.key(name));
        }
        if spec.at(&["securityContext", "seccompProfile"]).is_null()
            && annotations.get(SECCOMP_POD).is_some()
        {
            self.seccomp(&annotations_path.key(SECCOMP_POD));
        }
        for (list, index, container) in containers(spec) {
            let list = spec_path.field(list);
            self.annotations_of(container, spec, annotations, &annotations_path, is_template);
            self.container(container, &list.index(index));
        }
        self.ports(spec, &spec_path);
        if spec["terminationGracePeriodSeconds"].int() < 0 {
            let detail = "must be >= 0; negative values are invalid and will be treated as 1";
            self.say(&spec_path.field("terminationGracePeriodSeconds"), detail);
        }
        self.affinity(&spec["affinity"], &spec_path.field("affinity"));
    }

    fn node_labels(&mut self, spec: &Value, path: &Path<'_>) {
        let selector = path.field("nodeSelector");
        for (key, _) in spec["nodeSelector"].entries() {
            if let Some(warning) = node_selector::deprecation(key) {
                self.say(&selector.key(key), &warning);
            }
        }
        let (affinity, path_affinity) =
            (spec.at(&["affinity", "nodeAffinity"]), path.field("affinity"));
        let node = path_affinity.field("nodeAffinity");
        let required = node.field("requiredDuringSchedulingIgnoredDuringExecution");
        let terms = required.field("nodeSelectorTerms");
        let all = affinity
            .at(&["requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"])
            .items();
        for (index, term) in all.iter().enumerate() {
            self.list.extend(node_selector::warnings(term, &terms.index(index)));
        }
        let preferred = node.field("preferredDuringSchedulingIgnoredDuringExecution");
        let all = affinity["preferredDuringSchedulingIgnoredDuringExecution"].items();
        for (index, term) in all.iter().enumerate() {
            let path = preferred.index(index);
            let path = path.field("preference");
            self.list.extend(node_selector::warnings(&term["preference"], &path));
        }
        let constraints = path.field("topologySpreadConstraints");
        for (index, constraint) in spec["topologySpreadConstraints"].items().iter().enumerate() {
            let (path, key) = (constraints.index(index), constraint["topologyKey"].text());
            if let Some(warning) = node_selector::deprecation(key) {
                self.say(&path.field("topologyKey"), &format!("{key} is {warning}"));
            }
            if constraint["labelSelector"].is_null() {
                self.say(&path.field("labelSelector"), NULL_SELECTOR);
            }
        }
    }

    fn volumes(&mut self, spec: &Value, path: &Path<'_>) {
        for (index, volume) in spec["volumes"].items().iter().enumerate() {
            let path = path.index(index);
            for (source, warning) in VOLUMES {
                if !volume[source].is_null() {
                    let source = if source == "storageos" { "storageOS" } else { source };
                    self.say(&path.field(source), warning);
                }
            }
        }
        for volume in spec["volumes"].items() {
            self.list.extend(super::volume_paths::overlap_warnings(volume));
        }
    }

    fn lists(&mut self, spec: &Value, path: &Path<'_>) {
        for (list, field, word) in
            [("hostAliases", "ip", "ip"), ("imagePullSecrets", "name", "name")]
        {
            let items = spec[list].items();
            let list_path = path.field(list);
            for (index, item) in items.iter().enumerate() {
                let own = item[field].text();
                let before = items.get(..index).unwrap_or_default();
                if before.iter().any(|other| other[field].text() == own) {
                    let path = list_path.index(index);
                    self.say(&path.field(field), &format!("duplicate {word} {own:?}"));
                }
            }
        }
        let secrets = path.field("imagePullSecrets");
        for (index, secret) in spec["imagePullSecrets"].items().iter().enumerate() {
            if secret["name"].is_empty() {
                let path = secrets.index(index);
                self.say(&path.field("name"), "invalid empty name \"\"");
            }
        }
    }

    fn fraction(&mut self, amount: &Value, path: &Path<'_>) {
        let amount = Quantity::parse_or_zero(amount.text());
        if amount.milli_value() % 1_000 != 0 {
            let text = amount.to_string();
            let detail = format!("fractional byte value {text:?} is invalid, must be an integer");
            self.say(path, &detail);
        }
    }

    fn seccomp(&mut self, path: &Path<'_>) {
        self.say(path, "non-functional in v1.27+; use the \"seccompProfile\" field instead");
    }

    fn annotations_of(
        &mut self,
        container: &Value,
        spec: &Value,
        annotations: &Value,
        path: &Path<'_>,
        is_template: bool,
    ) {
        let (name, context) = (container["name"].text(), &container["securityContext"]);
        let seccomp = format!("{SECCOMP_CONTAINER}{name}");
        if context["seccompProfile"].is_null() && annotations.get(&seccomp).is_some() {
            self.seccomp(&path.key(&seccomp));
        }
        let apparmor = format!("{APPARMOR_CONTAINER}{name}");
        let has_field = !context["appArmorProfile"].is_null()
            || !spec.at(&["securityContext", "appArmorProfile"]).is_null();
        // Those of Pods are told apart before the fields are made of them.
        if is_template && !has_field && annotations.get(&apparmor).is_some() {
            let detail = "deprecated since v1.30; use the \"appArmorProfile\" field instead";
            self.say(&path.key(&apparmor), detail);
        }
    }

    fn container(&mut self, container: &Value, path: &Path<'_>) {
        let resources = path.field("resources");
        for name in ["memory", "ephemeral-storage"] {
            for field in ["limits", "requests"] {
                let amounts = resources.field(field);
                self.fraction(container.at(&["resources", field, name]), &amounts.key(name));
            }
        }
        let variables = container["env"].items();
        let env = path.field("env");
        for (index, variable) in variables.iter().enumerate() {
            let name = variable["name"].text();
            let before = variables.get(..index).unwrap_or_default();
            let reference = format!("$({name})");
            let (value, from) = (variable["value"].text(), &variable["valueFrom"]);
            let hides = !from.is_null() || value == reference || !value.contains(&reference);
            if hides && before.iter().any(|other| other["name"].text() == name) {
                let detail = format!(
                    "hides previous definition of {name:?}, which may be dropped when using apply"
                );
                self.say(&env.index(index), &detail);
            }
        }
    }

    fn ports(&mut self, spec: &Value, path: &Path<'_>) {
        let mut seen: BTreeMap<String, Vec<(String, &Value)>> = BTreeMap::new();
        for (list, index, container) in containers(spec) {
            let list = path.field(list);
            let own = list.index(index);
            let ports = own.field("ports");
            for (index, port) in container["ports"].items().iter().enumerate() {
                let path = ports.index(index);
                let key = format!("{}/{}", port["containerPort"].int(), port["protocol"].text());
                let others = seen.entry(key).or_default();
                for (place, other) in others.iter() {
                    if let Some(relation) = relation(port, other) {
                        self.say(&path, &format!("{relation} port definition with {place}"));
                    }
                }
                others.push((path.to_string(), port));
            }
        }
    }

    fn affinity(&mut self, affinity: &Value, path: &Path<'_>) {
        for kind in ["podAffinity", "podAntiAffinity"] {
            let (terms, path) = (&affinity[kind], path.field(kind));
            let field = "requiredDuringSchedulingIgnoredDuringExecution";
            let required = path.field(field);
            for (index, term) in terms[field].items().iter().enumerate() {
                if term["labelSelector"].is_null() {
                    let path = required.index(index);
                    self.say(&path.field("labelSelector"), NULL_SELECTOR);
                }
            }
            let field = "preferredDuringSchedulingIgnoredDuringExecution";
            let preferred = path.field(field);
            for (index, term) in terms[field].items().iter().enumerate() {
                if term.at(&["podAffinityTerm", "labelSelector"]).is_null() {
                    let path = preferred.index(index);
                    let path = path.field("podAffinityTerm");
                    self.say(&path.field("labelSelector"), NULL_SELECTOR);
                }
            }
        }
    }
}

fn containers(spec: &Value) -> impl Iterator<Item = (&'static str, usize, &Value)> {
    CONTAINER_LISTS.iter().flat_map(|list| {
        spec[*list].items().iter().enumerate().map(|(index, container)| (*list, index, container))
    })
}

/// How two ports of the same number and protocol get in each other's way.
fn relation(port: &Value, other: &Value) -> Option<&'static str> {
    let (ip, other_ip) = (port["hostIP"].text(), other["hostIP"].text());
    let (host, other_host) = (port["hostPort"].int(), other["hostPort"].int());
    if ip == other_ip && host == other_host {
        Some("duplicate")
    } else if host == 0 || other_host == 0 {
        Some("overlapping")
    } else if host == other_host && ip.is_empty() != other_ip.is_empty() {
        Some("dangerously ambiguous")
    } else {
        None
    }
}
