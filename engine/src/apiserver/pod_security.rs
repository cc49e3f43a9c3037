//! The Pod Security Standards at the door.
//!
//! Source: upstream `staging/src/k8s.io/pod-security-admission/admission`.

use super::{ApiServer, Status};
use crate::api::Kind;
use crate::api::pod::security::{Level, Policy, Standard, Violation, list, policy_of, violations};
use crate::value::Value;
use std::collections::BTreeMap;

/// The containers whose images can change.
const CONTAINER_LISTS: [&str; 2] = ["initContainers", "containers"];

impl ApiServer {
    /// Refuses a Pod that does what its namespace does not allow, and a
    /// namespace that asks for what there is not.
    pub(super) fn check_pod_security(
        &self,
        kind: &Kind,
        object: &Value,
        old: Option<&Value>,
    ) -> Result<(), Status> {
        let name = object["metadata"]["name"].text();
        match (kind.group, kind.kind) {
            ("", "Namespace") => {
                let errors = policy_of(&object["metadata"]["labels"]).1;
                let texts =
                    |labels| policy_of(labels).1.0.iter().map(ToString::to_string).collect();
                let before: Vec<String> =
                    old.map(|old| texts(&old["metadata"]["labels"])).unwrap_or_default();
                let after: Vec<String> = texts(&object["metadata"]["labels"]);
                if errors.is_empty() || before == after {
                    return Ok(());
                }
                Err(Status::invalid(kind, name, &errors))
            }
            ("", "Pod") if old.is_none_or(|old| is_significant(object, old)) => {
                let enforce = self.pod_policy(object).enforce;
                let found = violations(enforce, &object["spec"]);
                if found.is_empty() {
                    return Ok(());
                }
                let why = format!("violates PodSecurity \"{enforce}\": {}", list(&found));
                Err(Status::forbidden(kind, name, &why))
            }
            _ => Ok(()),
        }
    }

    /// What to warn about a stored object.
    pub(super) fn pod_security_warnings(
        &self,
        kind: &Kind,
        object: &Value,
        old: Option<&Value>,
    ) -> Vec<String> {
        if (kind.group, kind.kind) == ("", "Namespace") {
            return old.map(|old| self.tightening(object, old)).unwrap_or_default();
        }
        let Some(spec) = pod_spec(kind, object) else { return Vec::new() };
        let is_pod = kind.kind == "Pod";
        if is_pod && old.is_some_and(|old| !is_significant(object, old)) {
            return Vec::new();
        }
        let warn = self.pod_policy(object).warn;
        let found = violations(warn, spec);
        if found.is_empty() {
            return Vec::new();
        }
        vec![format!("would violate PodSecurity \"{warn}\": {}", list(&found))]
    }

    /// Which Pods of a namespace would not be let in any more.
    fn tightening(&self, namespace: &Value, old: &Value) -> Vec<String> {
        let enforce = policy_of(&namespace["metadata"]["labels"]).0.enforce;
        let before = policy_of(&old["metadata"]["labels"]).0.enforce;
        let is_laxer = enforce.minor == before.minor && enforce.level <= before.level;
        if enforce.level == Level::Privileged || is_laxer {
            return Vec::new();
        }
        let name = namespace["metadata"]["name"].text();
        let groups = self.violators(name, enforce);
        let mut lines: Vec<String> = groups
            .into_iter()
            .map(|(reasons, pods)| match pods.as_slice() {
                [one] => format!("{one}: {reasons}"),
                [first, _] => format!("{first} (and 1 other pod): {reasons}"),
                [first, others @ ..] => {
                    format!("{first} (and {} other pods): {reasons}", others.len())
                }
                [] => reasons,
            })
            .collect();
        lines.sort();
        if !lines.is_empty() {
            let head = format!(
                "existing pods in namespace \"{name}\" violate the new PodSecurity enforce level \
                 \"{enforce}\""
            );
            lines.insert(0, head);
        }
        lines
    }

    /// The names of Pods that break a standard, by the ways in which they do.
    fn violators(&self, namespace: &str, standard: Standard) -> BTreeMap<String, Vec<String>> {
        let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let Some(pods) = self.registry.by_kind("", "Pod") else { return groups };
        for pod in self.list(pods, namespace) {
            let found = violations(standard, &pod["spec"]);
            if !found.is_empty() {
                let reasons: Vec<&str> = found.iter().map(Violation::reason).collect();
                let name = pod["metadata"]["name"].text().to_owned();
                groups.entry(reasons.join(", ")).or_default().push(name);
            }
        }
        groups
    }

    /// The policy of the namespace that `object` is in.
    fn pod_policy(&self, object: &Value) -> Policy {
        let name = object["metadata"]["namespace"].text();
        let namespaces = self.registry.by_kind("", "Namespace");
        let namespace = namespaces.and_then(|id| self.get(id, "", name));
        namespace.map(|namespace| policy_of(&namespace["metadata"]["labels"]).0).unwrap_or_default()
    }
}

/// The spec of the Pods that an object is or makes.
fn pod_spec<'a>(kind: &Kind, object: &'a Value) -> Option<&'a Value> {
    let path: &[&str] = match (kind.group, kind.kind) {
        ("", "Pod") => &["spec"],
        ("", "PodTemplate") => &["template", "spec"],
        ("batch", "CronJob") => &["spec", "jobTemplate", "spec", "template", "spec"],
        ("", "ReplicationController")
        | ("apps", "ReplicaSet" | "Deployment" | "StatefulSet" | "DaemonSet")
        | ("batch", "Job") => &["spec", "template", "spec"],
        _ => return None,
    };
    Some(object.at(path))
}

/// Whether a change to a Pod is one that could break a standard.
fn is_significant(pod: &Value, old: &Value) -> bool {
    let images = |pod: &Value| -> Vec<String> {
        let lists = CONTAINER_LISTS.iter().flat_map(|list| pod["spec"][*list].items());
        lists.map(|container| container["image"].text().to_owned()).collect()
    };
    let ephemeral = |pod: &Value| pod["spec"]["ephemeralContainers"].items().len();
    images(pod) != images(old) || ephemeral(pod) != ephemeral(old)
}
