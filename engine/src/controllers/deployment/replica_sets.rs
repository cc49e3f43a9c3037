//! A Deployment's ReplicaSets: which is new, which are old, and making one.
//!
//! Source: upstream `pkg/controller/deployment/sync.go` and
//! `util/deployment_util.go`.

use super::super::conditions::{self, Condition};
use super::super::{Context, Outcome, Write, controller_reference, is_deleted, release};
use super::{DESIRED_REPLICAS, Deployment, REVISION, replicas_of, set_replica_annotations, total};
use crate::api::selector::Selector;
use crate::value;
use crate::value::{Str, Value};

const HASH_LABEL: &str = "pod-template-hash";
const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";

/// The annotations of a Deployment that its ReplicaSets do not take over.
const OWN_ANNOTATIONS: &[&str] = &[
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    REVISION_HISTORY,
    DESIRED_REPLICAS,
    super::MAX_REPLICAS,
    "deprecated.deployment.rollback.to",
];

/// The ReplicaSets of one Deployment.
pub(super) struct ReplicaSets {
    /// The one made from the Deployment's present template.
    pub(super) new: Option<Value>,
    /// All others, oldest first.
    pub(super) old: Vec<Value>,
}

impl ReplicaSets {
    /// Finds the ReplicaSets that the Deployment controls, adopting and
    /// releasing by label.
    pub(super) fn of(deployment: &Deployment<'_>, cx: &Context<'_>, outcome: &mut Outcome) -> Self {
        let selector =
            Selector::from_object(&deployment.0["spec"]["selector"]).unwrap_or(Selector::NOTHING);
        let kind = cx.kinds.replica_set;
        let mut sets: Vec<Value> = Vec::new();
        for set in cx.cache.controlled_by(kind, deployment.uid()) {
            if selector.matches(&set["metadata"]["labels"]) {
                sets.push(set.clone());
            } else if !is_deleted(set) {
                let mut released = set.clone();
                release(&mut released, deployment.uid());
                outcome.writes.push(Write::Update { kind, object: released });
            }
        }
        if !is_deleted(deployment.0) {
            for set in cx.cache.orphans(kind, deployment.namespace()) {
                if !is_deleted(set) && selector.matches(&set["metadata"]["labels"]) {
                    let mut adopted = set.clone();
                    adopted["metadata"]["ownerReferences"].push(controller_reference(deployment.0));
                    outcome.writes.push(Write::Update { kind, object: adopted.clone() });
                    sets.push(adopted);
                }
            }
        }
        sets.sort_by(|a, b| age_order(a).cmp(&age_order(b)));
        let template = &deployment.0["spec"]["template"];
        let found = sets.iter().position(|set| same_template(&set["spec"]["template"], template));
        let new = found.map(|index| sets.remove(index));
        Self { new, old: sets }
    }

    /// All of them, the new one last.
    pub(super) fn all(&self) -> impl Iterator<Item = &Value> {
        self.old.iter().chain(&self.new)
    }

    /// Whether the Deployment's replicas changed since they were last set.
    pub(super) fn is_scaling_event(&self, deployment: &Deployment<'_>) -> bool {
        let wish = deployment.replicas().to_string();
        self.all().filter(|set| replicas_of(set) > 0).any(|set| {
            let noted = set["metadata"]["annotations"][DESIRED_REPLICAS].text();
            !noted.is_empty() && noted != wish
        })
    }

    fn next_revision(&self) -> i64 {
        self.old.iter().map(revision_of).max().unwrap_or(0) + 1
    }

    /// Makes sure that the new ReplicaSet is there and has its revision, and
    /// that the Deployment shows it. Returns whether one had to be made.
    pub(super) fn ensure_new(
        &mut self,
        deployment: &Deployment<'_>,
        cx: &Context<'_>,
        outcome: &mut Outcome,
    ) -> bool {
        let revision = self.next_revision();
        if let Some(set) = &self.new {
            let updated = with_annotations(set.clone(), deployment, revision);
            let revision = updated["metadata"]["annotations"][REVISION].clone();
            if updated != *set {
                let object = updated.clone();
                outcome.writes.push(Write::Update { kind: cx.kinds.replica_set, object });
                self.new = Some(updated);
                return true;
            }
            let message = format!("Found new replica set \"{}\"", set["metadata"]["name"].text());
            let missing = conditions::find(&deployment.0["status"], "Progressing").is_none();
            let found = missing.then_some(progressing("FoundNewReplicaSet", &message));
            show_revision(deployment, revision.text(), found, cx, outcome);
            return false;
        }
        self.create_new(deployment, revision, cx, outcome);
        true
    }

    fn create_new(
        &mut self,
        deployment: &Deployment<'_>,
        revision: i64,
        cx: &Context<'_>,
        outcome: &mut Outcome,
    ) {
        if let Some(failure) = cx.failure
            && failure.reason == "AlreadyExists"
        {
            let mut collided = deployment.0.clone();
            let count = collided["status"]["collisionCount"].int() + 1;
            collided["status"]["collisionCount"] = count.into();
            let kind = cx.kinds.deployment;
            outcome.writes.push(Write::UpdateStatus { kind, object: collided });
            return;
        }
        let mut set = blank_set(deployment);
        let replicas = self.initial_replicas(deployment);
        set["spec"]["replicas"] = replicas.into();
        let set = with_annotations(set, deployment, revision);
        let name = set["metadata"]["name"].text().to_owned();
        outcome.writes.push(Write::Create {
            kind: cx.kinds.replica_set,
            object: set.clone(),
            announce: None,
            slow_start: false,
        });
        if replicas > 0 {
            let message = format!("Scaled up replica set {name} from 0 to {replicas}");
            outcome.note(deployment.0, "ScalingReplicaSet", message);
        }
        let message = format!("Created new replica set \"{name}\"");
        let created = Some(progressing("NewReplicaSetCreated", &message));
        show_revision(deployment, &revision.to_string(), created, cx, outcome);
        self.new = Some(set);
    }

    /// How many replicas a ReplicaSet that is being made starts with.
    fn initial_replicas(&self, deployment: &Deployment<'_>) -> i64 {
        if deployment.recreates() {
            return deployment.replicas();
        }
        self.replicas_within_surge(deployment, 0)
    }

    /// How far a new ReplicaSet of `replicas` may grow within the surge.
    pub(super) fn replicas_within_surge(&self, deployment: &Deployment<'_>, replicas: i64) -> i64 {
        let limit = deployment.replicas() + deployment.max_surge();
        let present = total(&self.old, replicas_of) + replicas;
        if present >= limit {
            return replicas;
        }
        replicas + (limit - present).min(deployment.replicas() - replicas)
    }
}

fn progressing<'a>(reason: &'static str, message: &'a str) -> Condition<'a> {
    Condition { kind: "Progressing", status: true, reason, message }
}

/// Shows the revision on the Deployment, and a condition where there is one
/// to tell.
fn show_revision(
    deployment: &Deployment<'_>,
    revision: &str,
    condition: Option<Condition<'_>>,
    cx: &Context<'_>,
    outcome: &mut Outcome,
) {
    let mut shown = deployment.0.clone();
    shown["metadata"]["annotations"][REVISION] = revision.into();
    if let Some(condition) = condition
        && !deployment.0["spec"]["progressDeadlineSeconds"].is_null()
    {
        conditions::set(&mut shown["status"], &condition, cx.now, true);
    }
    if shown != *deployment.0 {
        outcome.writes.push(Write::UpdateStatus { kind: cx.kinds.deployment, object: shown });
    }
}

fn revision_of(set: &Value) -> i64 {
    set["metadata"]["annotations"][REVISION].text().parse().unwrap_or(0)
}

fn age_order(set: &Value) -> (&str, &str) {
    let metadata = &set["metadata"];
    (metadata["creationTimestamp"].text(), metadata["name"].text())
}

/// Whether two templates are the same but for the hash label.
fn same_template(own: &Value, wished: &Value) -> bool {
    let without_hash = |template: &Value| {
        let mut template = template.clone();
        if template["metadata"]["labels"].get(HASH_LABEL).is_some() {
            template["metadata"]["labels"].remove(HASH_LABEL);
        }
        template
    };
    own["spec"] == wished["spec"] && without_hash(own) == without_hash(wished)
}

/// A new ReplicaSet for the Deployment's template, without replicas.
fn blank_set(deployment: &Deployment<'_>) -> Value {
    let spec = &deployment.0["spec"];
    let hash = template_hash(&spec["template"], deployment.0["status"]["collisionCount"].as_int());
    let mut template = spec["template"].clone();
    template["metadata"]["labels"].set(HASH_LABEL, hash.as_str());
    let mut selector = spec["selector"].clone();
    selector["matchLabels"].set(HASH_LABEL, hash.as_str());
    let labels = template["metadata"]["labels"].clone();
    let mut set = value!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": (format!("{}-{hash}", deployment.name())),
            "namespace": (deployment.namespace()),
            "labels": labels,
            "ownerReferences": [(controller_reference(deployment.0))],
        },
        "spec": { "selector": selector, "template": template },
    });
    set["spec"].set_nonzero("minReadySeconds", deployment.min_ready_secs());
    set
}

/// A ReplicaSet with the annotations that its Deployment gives it.
fn with_annotations(mut set: Value, deployment: &Deployment<'_>, revision: i64) -> Value {
    set["spec"].set_nonzero("minReadySeconds", deployment.min_ready_secs());
    for (key, text) in deployment.0["metadata"]["annotations"].entries() {
        if !OWN_ANNOTATIONS.contains(&&**key) {
            set["metadata"]["annotations"].set(Str::clone(key), text);
        }
    }
    let old = revision_of(&set);
    if old < revision {
        let annotations = &mut set["metadata"]["annotations"];
        annotations.set(REVISION, revision.to_string());
        if old > 0 {
            let history = annotations[REVISION_HISTORY].text();
            let history =
                if history.is_empty() { old.to_string() } else { format!("{history},{old}") };
            annotations.set(REVISION_HISTORY, history);
        }
    }
    set_replica_annotations(&mut set, deployment);
    set
}

/// The hash that names a template's ReplicaSet.
///
/// **Real clusters:** hash a dump of Go structs; any hash will do, so long as
/// it is stable and looks the same.
pub(in super::super) fn template_hash(template: &Value, collisions: Option<i64>) -> String {
    let fnv = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let mut hash = template.to_json().bytes().fold(0x811c_9dc5, fnv);
    if let Some(collisions) = collisions {
        hash = collisions.to_le_bytes().into_iter().fold(hash, fnv);
    }
    // Upstream encodes the decimal digits so that no bad word can appear.
    hash.to_string().bytes().map(|digit| encode_digit(digit - b'0')).collect()
}

fn encode_digit(digit: u8) -> char {
    match digit {
        0..=5 => char::from(b'4' + digit),
        6 => 'b',
        7 => 'c',
        8 => 'd',
        _ => 'f',
    }
}
