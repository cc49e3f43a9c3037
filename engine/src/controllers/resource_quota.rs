//! Counts what each ResourceQuota limits.
//!
//! The API server charges quotas for what is made; this controller writes the
//! first counts of a quota, and counts again when something goes. Source:
//! upstream `pkg/controller/resourcequota`.

use super::{Context, Controller, Outcome, Write};
use crate::api::Kind;
use crate::api::admission::quota;
use crate::store::{Change, Key};
use crate::value::Value;

/// The controller of quotas.
pub(super) struct ResourceQuotaController;

impl Controller for ResourceQuotaController {
    fn name(&self) -> &'static str {
        "resourcequota-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        if change.key.kind == cx.kinds.resource_quota && change.new.is_some() {
            return vec![change.key.clone()];
        }
        let mut quotas = cx.cache.list(cx.kinds.resource_quota, &change.key.namespace).peekable();
        if quotas.peek().is_none() || change.key.namespace.is_empty() || !frees(change, cx) {
            return Vec::new();
        }
        quotas.map(|quota| Key::of(cx.kinds.resource_quota, quota)).collect()
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(quota) = cx.cache.get(key) else { return outcome };
        let objects = cx
            .registry
            .iter()
            .filter(|(_, kind)| kind.namespaced && kind.stored_as.is_none())
            .flat_map(|(id, kind): (_, &'static Kind)| {
                cx.cache.list(id, &key.namespace).map(move |object| (kind, object))
            });
        let status = quota::status(quota, objects);
        if quota["status"] != status {
            let mut object = quota.clone();
            object.set("status", status);
            outcome.writes.push(Write::UpdateStatus { kind: key.kind, object });
        }
        outcome
    }
}

/// Whether something no longer counts: it is gone, or a Pod has ended.
fn frees(change: &Change, cx: &Context<'_>) -> bool {
    let has_ended = |pod: &Value| matches!(pod["status"]["phase"].text(), "Succeeded" | "Failed");
    match (&change.old, &change.new) {
        (_, None) => true,
        (Some(old), Some(new)) if change.key.kind == cx.kinds.pod => {
            has_ended(new) && !has_ended(old)
        }
        _ => false,
    }
}
