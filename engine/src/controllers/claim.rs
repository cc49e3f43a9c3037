//! What a controller takes for its own: what it controls by owner reference
//! and its selector fits, and what fits and nobody controls.
//!
//! Source: upstream `pkg/controller/controller_ref_manager.go`.

use super::{Context, Outcome, Write, controller_reference, is_deleted, release};
use crate::api::selector::Selector;
use crate::informer::controller_ref;
use crate::store::{Key, KindId};
use crate::value::Value;

/// The objects of `kind` that `owner` controls. What `fits` no more is let
/// go; what fits, has no controller and passes `adopts` is taken.
pub(super) fn claim<'c>(
    owner: &Value,
    kind: KindId,
    (fits, adopts): (impl Fn(&Value) -> bool, impl Fn(&Value) -> bool),
    cx: &Context<'c>,
    outcome: &mut Outcome,
) -> Vec<&'c Value> {
    let mut claimed = keep(owner, kind, &fits, cx, outcome);
    if !is_deleted(owner) {
        let takes = |object: &Value| fits(object) && !is_deleted(object) && adopts(object);
        claimed.extend(adopt(owner, kind, takes, cx, outcome));
    }
    claimed
}

/// The objects of `kind` that `owner` controls and that fit; lets go of the
/// others, unless it is deleted.
pub(super) fn keep<'c>(
    owner: &Value,
    kind: KindId,
    fits: impl Fn(&Value) -> bool,
    cx: &Context<'c>,
    outcome: &mut Outcome,
) -> Vec<&'c Value> {
    let uid = owner["metadata"]["uid"].text();
    let mut kept = Vec::new();
    for object in cx.cache.controlled_by(kind, uid) {
        if fits(object) {
            kept.push(object);
        } else if !is_deleted(owner) {
            let mut released = object.clone();
            release(&mut released, uid);
            outcome.writes.push(Write::Update { kind, object: released });
        }
    }
    kept
}

/// Takes the objects of `kind` that nobody controls and that `takes` wants.
pub(super) fn adopt<'c>(
    owner: &Value,
    kind: KindId,
    takes: impl Fn(&Value) -> bool,
    cx: &Context<'c>,
    outcome: &mut Outcome,
) -> Vec<&'c Value> {
    let orphans = cx.cache.orphans(kind, owner["metadata"]["namespace"].text());
    let adopted: Vec<&Value> = orphans.filter(|object| takes(object)).collect();
    for object in &adopted {
        let mut object = (*object).clone();
        object["metadata"]["ownerReferences"].push(controller_reference(owner));
        outcome.writes.push(Write::Update { kind, object });
    }
    adopted
}

/// The objects of the kind `owners`, called `kind_name`, that `object` may
/// matter to: the one that controls it, or all that could adopt it.
pub(super) fn interested(
    object: &Value,
    (owners, kind_name): (KindId, &str),
    cx: &Context<'_>,
) -> Vec<Key> {
    let namespace = object["metadata"]["namespace"].text();
    if let Some(owner) = controller_ref(object) {
        let ours = owner["kind"].text() == kind_name;
        return ours
            .then(|| Key::new(owners, namespace, owner["name"].text()))
            .into_iter()
            .collect();
    }
    let labels = &object["metadata"]["labels"];
    let selects = |owner: &&Value| {
        Selector::from_object(&owner["spec"]["selector"]).is_some_and(|own| own.matches(labels))
    };
    let all = cx.cache.list(owners, namespace).filter(selects);
    all.map(|owner| Key::of(owners, owner)).collect()
}
