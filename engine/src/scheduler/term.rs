//! One condition of a Pod on other Pods: their namespace, their labels, and
//! how near they must be.
//!
//! Source: upstream `pkg/scheduler/framework/types.go` (`AffinityTerm`).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::watched::Watched;
use crate::api::selector::Selector;
use crate::value::{Str, Value};

/// Which other Pods are meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Meant {
    namespaces: BTreeSet<Str>,
    /// Namespaces that are meant by their labels.
    of_namespaces: Option<Selector>,
    selector: Selector,
}

/// A term of an affinity or anti-affinity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Term {
    /// Which Pods.
    pub(super) meant: Meant,
    /// The label of nodes that says what is near.
    pub(super) topology: Str,
    /// What a preference counts; 1 for what is required.
    pub(super) weight: i64,
}

/// What a Pod's spec says of other Pods.
#[derive(Debug, Clone, Default)]
pub(super) struct Terms {
    /// Pods that must be near.
    pub(super) affinity: Vec<Arc<Term>>,
    /// Pods that must not be near.
    pub(super) anti_affinity: Vec<Arc<Term>>,
    /// Pods that should be near, or, where the weight is negative, not.
    pub(super) preferred: Vec<Arc<Term>>,
}

impl Meant {
    /// The Pods of one namespace with some labels.
    pub(super) fn within(namespace: &Str, selector: Selector) -> Self {
        Self { namespaces: [namespace.clone()].into(), of_namespaces: None, selector }
    }

    fn of_term(term: &Value, own_namespace: &Str) -> Option<Self> {
        let listed = term["namespaces"].items().iter().filter_map(Value::as_shared).cloned();
        let mut namespaces: BTreeSet<Str> = listed.collect();
        let chosen = &term["namespaceSelector"];
        if namespaces.is_empty() && chosen.is_null() {
            namespaces.insert(own_namespace.clone());
        }
        let of_namespaces =
            if chosen.is_null() { None } else { Some(Selector::from_object(chosen)?) };
        let selector = Selector::from_object(&term["labelSelector"])?;
        Some(Self { namespaces, of_namespaces, selector })
    }

    /// The one namespace that is meant, if it is one.
    pub(super) fn only_namespace(&self) -> Option<&Str> {
        let single = self.namespaces.len() == 1 && self.of_namespaces.is_none();
        self.namespaces.first().filter(|_| single)
    }

    /// A label that all meant Pods have, if one is asked for.
    pub(super) fn shared_label(&self) -> Option<(&Str, &Str)> {
        self.selector.shared_label()
    }

    /// Whether the labels of namespaces decide.
    pub(super) fn asks_namespaces(&self) -> bool {
        self.of_namespaces.is_some()
    }

    /// Whether a Pod in `namespace` with `labels` is meant.
    pub(super) fn matches(&self, namespace: &Str, labels: &Value, watched: Watched<'_>) -> bool {
        let placed = self.namespaces.contains(namespace)
            || self
                .of_namespaces
                .as_ref()
                .is_some_and(|own| own.matches(watched.namespace_labels(namespace)));
        placed && self.selector.matches(labels)
    }
}

impl Terms {
    /// The terms of a Pod's `spec.affinity`; `None` if it says nothing of
    /// other Pods.
    pub(super) fn of(spec: &Value, namespace: &Str) -> Option<Self> {
        let affinity = &spec["affinity"];
        let (near, far) = (&affinity["podAffinity"], &affinity["podAntiAffinity"]);
        if near.is_null() && far.is_null() {
            return None;
        }
        let required = |part: &Value| -> Vec<Arc<Term>> {
            let terms = part["requiredDuringSchedulingIgnoredDuringExecution"].items().iter();
            terms.filter_map(|term| read(term, namespace, 1)).collect()
        };
        let mut preferred = Vec::new();
        for (part, sign) in [(near, 1), (far, -1)] {
            let terms = part["preferredDuringSchedulingIgnoredDuringExecution"].items().iter();
            preferred.extend(terms.filter_map(|own| {
                read(&own["podAffinityTerm"], namespace, sign * own["weight"].int())
            }));
        }
        Some(Self { affinity: required(near), anti_affinity: required(far), preferred })
    }
}

fn read(term: &Value, namespace: &Str, weight: i64) -> Option<Arc<Term>> {
    let topology = term["topologyKey"].as_shared()?.clone();
    Some(Arc::new(Term { meant: Meant::of_term(term, namespace)?, topology, weight }))
}
