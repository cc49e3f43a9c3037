//! Empties namespaces that are being deleted, and lets them go.
//!
//! Source: upstream `pkg/controller/namespace`.

use super::{Context, Controller, Outcome, Write, is_deleted};
use crate::apiserver::Propagation;
use crate::sim::Delay;
use crate::store::{Change, Key};
use crate::value;
use crate::value::Value;

/// How long to wait for content that needs time to go: half of what is
/// expected and a second, as upstream.
const PATIENCE: Delay = Delay::secs(3);

/// The controller of namespaces.
pub(super) struct NamespaceController;

impl Controller for NamespaceController {
    fn name(&self) -> &'static str {
        "namespace-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        let is_namespace = change.key.kind == cx.kinds.namespace;
        if is_namespace && is_deleted(change.object()) {
            vec![change.key.clone()]
        } else {
            Vec::new()
        }
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(namespace) = cx.cache.get(key).filter(|namespace| is_deleted(namespace)) else {
            return outcome;
        };
        let mut left: Vec<(String, usize)> = Vec::new();
        for (id, kind) in cx.registry.iter().filter(|(_, kind)| kind.namespaced) {
            if kind.stored_as.is_some() {
                continue;
            }
            let objects: Vec<&Value> = cx.cache.list(id, &key.name).collect();
            for object in objects.iter().filter(|object| !is_deleted(object)) {
                outcome.writes.push(Write::Delete {
                    key: Key::of(id, object),
                    uid: object["metadata"]["uid"].as_shared().cloned().unwrap_or_default(),
                    propagation: Some(Propagation::Background),
                    announce: None,
                });
            }
            if !objects.is_empty() {
                left.push((kind.resource(), objects.len()));
            }
        }
        let mut object = namespace.clone();
        object["status"]["conditions"] = conditions(&left, namespace, cx);
        if object != *namespace {
            outcome.writes.push(Write::UpdateStatus { kind: key.kind, object });
        }
        if left.is_empty() {
            outcome.writes.push(Write::Finalize { key: key.clone(), finalizer: "kubernetes" });
        } else {
            outcome.again = Some(PATIENCE);
        }
        outcome
    }
}

/// What keeps the namespace, as its conditions tell.
fn conditions(left: &[(String, usize)], namespace: &Value, cx: &Context<'_>) -> Value {
    let remaining = if left.is_empty() {
        ("False", "ContentRemoved", "All content successfully removed".to_owned())
    } else {
        let parts: Vec<String> = left
            .iter()
            .map(|(resource, count)| format!("{resource} has {count} resource instances"))
            .collect();
        let message = format!("Some resources are remaining: {}", parts.join(", "));
        ("True", "SomeResourcesRemain", message)
    };
    let fine = |reason: &'static str, message: &str| ("False", reason, message.to_owned());
    let all = [
        (
            "NamespaceDeletionDiscoveryFailure",
            fine("ResourcesDiscovered", "All resources successfully discovered"),
        ),
        (
            "NamespaceDeletionGroupVersionParsingFailure",
            fine("ParsedGroupVersions", "All legacy kube types successfully parsed"),
        ),
        (
            "NamespaceDeletionContentFailure",
            fine(
                "ContentDeleted",
                "All content successfully deleted, may be waiting on finalization",
            ),
        ),
        ("NamespaceContentRemaining", remaining),
        (
            "NamespaceFinalizersRemaining",
            fine("ContentHasNoFinalizers", "All content-preserving finalizers finished"),
        ),
    ];
    let own = namespace["status"]["conditions"].items();
    all.into_iter()
        .map(|(name, (status, reason, message))| {
            let old = own.iter().find(|own| own["type"].text() == name);
            let since = match old {
                Some(old) if old["status"].text() == status => old["lastTransitionTime"].clone(),
                _ => cx.now.rfc3339().into(),
            };
            value!({
                "type": name,
                "status": status,
                "reason": reason,
                "message": message,
                "lastTransitionTime": since,
            })
        })
        .collect()
}
