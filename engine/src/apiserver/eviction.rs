//! The eviction subresource: deleting a Pod if its budget allows it.
//!
//! Source: upstream `pkg/registry/core/pod/storage/eviction.go`.

use super::{ApiServer, DeleteOptions, Status, WriteOptions};
use crate::api::pod::PodView;
use crate::api::selector::Selector;
use crate::store::Key;
use crate::value;
use crate::value::Value;

const MANAGER: &str = "kube-apiserver";

impl ApiServer {
    /// Deletes the Pod under `key`, unless a disruption budget forbids it.
    pub(super) fn evict(&mut self, key: &Key, options: &DeleteOptions) -> Result<(), Status> {
        let Some(pod) = self.store.get(key).cloned() else {
            return Err(Status::not_found(self.kind(key.kind), &key.name));
        };
        let view = PodView(&pod);
        let stands = !view.is_terminal() && !view.is_deleting() && view.phase() != "Pending";
        if stands && let Some(budget) = self.budget_of(&pod)? {
            self.charge(budget, &pod, options)?;
        }
        if !options.dry_run && !view.is_deleting() {
            self.mark_evicted(key, pod);
        }
        self.delete(key.kind, &key.namespace, &key.name, options).map(|_| ())
    }

    /// The budget that a Pod counts for.
    fn budget_of(&self, pod: &Value) -> Result<Option<Value>, Status> {
        let Some(kind) = self.registry.by_kind("policy", "PodDisruptionBudget") else {
            return Ok(None);
        };
        let labels = &pod["metadata"]["labels"];
        let selects = |budget: &&Value| {
            let selector = Selector::from_object(&budget["spec"]["selector"]);
            selector.is_some_and(|own| own.matches(labels))
        };
        let mut budgets = self.list(kind, pod["metadata"]["namespace"].text()).filter(selects);
        let first = budgets.next().cloned();
        if budgets.next().is_some() {
            return Err(Status::internal(
                "This pod has more than one PodDisruptionBudget, which the eviction subresource \
                 does not support.",
            ));
        }
        Ok(first)
    }

    /// Takes one of the disruptions that a budget allows, or refuses.
    fn charge(
        &mut self,
        mut budget: Value,
        pod: &Value,
        options: &DeleteOptions,
    ) -> Result<(), Status> {
        let name = budget["metadata"]["name"].text().to_owned();
        let status = &budget["status"];
        let (healthy, desired) = (status["currentHealthy"].int(), status["desiredHealthy"].int());
        if !PodView(pod).is_ready() {
            // A Pod that does not serve is no loss, if the others suffice.
            let always = budget["spec"]["unhealthyPodEvictionPolicy"].text() == "AlwaysAllow";
            if always || (healthy >= desired && desired > 0) {
                return Ok(());
            }
        }
        if status["observedGeneration"].int() < budget["metadata"]["generation"].int() {
            return Err(refusal(&format!(
                "The disruption budget {name} is still being processed by the server."
            )));
        }
        let allowed = status["disruptionsAllowed"].int();
        if allowed <= 0 {
            return Err(refusal(&format!(
                "The disruption budget {name} needs {desired} healthy pods and has {healthy} currently"
            )));
        }
        if options.dry_run {
            return Ok(());
        }
        let now = self.now.rfc3339();
        let status = &mut budget["status"];
        status.set("disruptionsAllowed", allowed - 1);
        status["disruptedPods"].set(pod["metadata"]["name"].text(), now);
        let Some(kind) = self.registry.by_kind("policy", "PodDisruptionBudget") else {
            return Ok(());
        };
        self.update(kind, budget, &WriteOptions::status_by(MANAGER)).map(|_| ())
    }

    fn mark_evicted(&mut self, key: &Key, mut pod: Value) {
        let conditions = pod["status"]["conditions"].make_list();
        conditions.retain(|own| own["type"].text() != "DisruptionTarget");
        conditions.push(value!({
            "type": "DisruptionTarget",
            "status": "True",
            "reason": "EvictionByEvictionAPI",
            "message": "Eviction API: evicting",
            "lastProbeTime": null,
            "lastTransitionTime": (self.now.rfc3339()),
        }));
        // It is about to go; why is worth a try only.
        let _ = self.update(key.kind, pod, &WriteOptions::status_by(MANAGER));
    }
}

fn refusal(why: &str) -> Status {
    let cause = value!({ "reason": "DisruptionBudget", "message": why });
    let message = "Cannot evict pod as it would violate the pod's disruption budget.";
    Status::too_many_requests(message, vec![cause])
}
