//! The history of a DaemonSet's or StatefulSet's templates, kept as
//! ControllerRevisions.
//!
//! Source: upstream `pkg/controller/history`, and its use in
//! `pkg/controller/{daemon,statefulset}`.

use super::claim::claim;
use super::deployment::template_hash;
use super::{Context, Outcome, Write, controller_reference};
use crate::api::selector::Selector;
use crate::store::{Key, KindId};
use crate::value;
use crate::value::Value;

/// The label that ties Pods and revisions together.
pub(super) const HASH_LABEL: &str = "controller-revision-hash";

/// The revisions of one object, oldest first.
pub(super) struct History<'a> {
    kind: KindId,
    kind_name: &'static str,
    revisions: Vec<&'a Value>,
}

impl<'a> History<'a> {
    /// The history of `owner`, of the kind called `kind_name`; what one of the
    /// same name left behind becomes part of it.
    pub(super) fn of(
        owner: &Value,
        kind_name: &'static str,
        cx: &Context<'a>,
        outcome: &mut Outcome,
    ) -> Self {
        let kind = cx.kinds.controller_revision;
        let selector =
            Selector::from_object(&owner["spec"]["selector"]).unwrap_or(Selector::NOTHING);
        let fits = |revision: &Value| selector.matches(&revision["metadata"]["labels"]);
        let mut revisions = claim(owner, kind, (fits, |_: &Value| true), cx, outcome);
        revisions.sort_by_key(|revision| revision["revision"].int());
        Self { kind, kind_name, revisions }
    }

    /// The revisions, oldest first.
    pub(super) fn revisions(&self) -> &[&'a Value] {
        &self.revisions
    }

    /// Makes sure that the present template is the newest revision. Gives its
    /// hash once it is there.
    pub(super) fn ensure_current(&self, owner: &Value, outcome: &mut Outcome) -> Option<String> {
        let data = value!({ "spec": { "template": (patch_of(owner)) } });
        let next = self.revisions.last().map_or(0, |last| last["revision"].int()) + 1;
        let same = self.revisions.iter().find(|revision| revision["data"] == data);
        if let Some(same) = same {
            if same["revision"].int() + 1 != next {
                let mut object = (*same).clone();
                object["revision"] = next.into();
                outcome.writes.push(Write::Update { kind: self.kind, object });
            }
            return Some(self.hash_of(same).to_owned());
        }
        let object = self.new_revision(owner, data, next);
        let (announce, slow_start) = (None, false);
        outcome.writes.push(Write::Create { kind: self.kind, object, announce, slow_start });
        None
    }

    /// The hash that Pods of a revision carry: StatefulSets use the
    /// revision's name, DaemonSets the hash alone.
    pub(super) fn hash_of(&self, revision: &'a Value) -> &'a str {
        if self.kind_name == "StatefulSet" {
            revision["metadata"]["name"].text()
        } else {
            revision["metadata"]["labels"][HASH_LABEL].text()
        }
    }

    fn new_revision(&self, owner: &Value, data: Value, number: i64) -> Value {
        let metadata = &owner["metadata"];
        let template = &owner["spec"]["template"];
        let hash = template_hash(template, owner["status"]["collisionCount"].as_int());
        let mut labels = template["metadata"]["labels"].clone();
        let own_hash = if self.kind_name == "StatefulSet" {
            format!("{}-{hash}", metadata["name"].text())
        } else {
            hash.clone()
        };
        labels.set(HASH_LABEL, own_hash);
        let mut revision = value!({
            "apiVersion": "apps/v1",
            "kind": "ControllerRevision",
            "metadata": {
                "name": (format!("{}-{hash}", metadata["name"].text())),
                "namespace": &metadata["namespace"],
                "labels": labels,
                "ownerReferences": [(controller_reference(owner))],
            },
            "data": data,
            "revision": number,
        });
        let annotations = &metadata["annotations"];
        if !annotations.is_empty() {
            revision["metadata"].set("annotations", annotations);
        }
        revision
    }

    /// Deletes the oldest revisions beyond the limit that no Pod uses.
    pub(super) fn truncate<'b>(
        &self,
        owner: &Value,
        used: impl Iterator<Item = &'b str>,
        outcome: &mut Outcome,
    ) {
        let limit = owner["spec"]["revisionHistoryLimit"].as_int().unwrap_or(10);
        let used: Vec<&str> = used.collect();
        let current = self.revisions.len().saturating_sub(1);
        let idle: Vec<&&Value> = self
            .revisions
            .iter()
            .take(current)
            .filter(|revision| !used.contains(&self.hash_of(revision)))
            .collect();
        let excess = idle.len().saturating_sub(usize::try_from(limit).unwrap_or(usize::MAX));
        for revision in idle.into_iter().take(excess) {
            outcome.writes.push(Write::Delete {
                key: Key::of(self.kind, revision),
                uid: revision["metadata"]["uid"].as_shared().cloned().unwrap_or_default(),
                propagation: None,
                announce: None,
            });
        }
    }
}

/// The template as a strategic merge patch that replaces it whole.
fn patch_of(owner: &Value) -> Value {
    let mut template = owner["spec"]["template"].clone();
    template.set("$patch", "replace");
    template
}
