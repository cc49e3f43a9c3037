//! Deleting: grace, finalizers, propagation.
//!
//! Source of the rules: apiserver `pkg/registry/rest/delete.go` and
//! `pkg/registry/generic/registry/store.go`; for Pods the strategy's
//! `CheckGracefulDelete`.

use super::policies::Writing;
use super::write::is_ready_to_go;
use super::{ApiServer, Status};
use crate::api::Kind;
use crate::sim::Delay;
use crate::store::{Key, KindId};
use crate::value::Value;

/// The namespaces that nobody may delete. Source: upstream's admission plugin
/// NamespaceLifecycle.
const IMMORTAL: [&str; 3] = ["default", "kube-system", "kube-public"];

/// What happens to the objects that the deleted one owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Propagation {
    /// They are deleted afterwards.
    Background,
    /// They are deleted first.
    Foreground,
    /// They stay, without their owner.
    Orphan,
}

/// How an object is to be deleted.
#[derive(Debug, Clone, Default)]
pub struct DeleteOptions {
    /// Seconds of grace; the object's own wish when not given.
    pub grace_secs: Option<i64>,
    /// What happens to what it owns.
    pub propagation: Option<Propagation>,
    /// Only an object with this uid, unless empty.
    pub uid: String,
    /// Only an object at this version, unless empty.
    pub resource_version: String,
    /// Do everything but store.
    pub dry_run: bool,
}

/// What a deletion did.
#[derive(Debug, Clone, PartialEq)]
pub enum Deleted {
    /// The object is gone; this is its last state.
    Gone(Value),
    /// The object waits for its grace or its finalizers; this is it now.
    Waiting(Value),
}

impl ApiServer {
    /// Deletes an object, or begins to.
    pub fn delete(
        &mut self,
        id: KindId,
        namespace: &str,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<Deleted, Status> {
        let kind = self.kind(id);
        let key = Key::new(id, namespace, name);
        let Some(old) = self.store.get(&key).cloned() else {
            return Err(Status::not_found(kind, name));
        };
        if kind.kind == "Namespace" && IMMORTAL.contains(&name) {
            return Err(Status::forbidden(kind, name, "this namespace may not be deleted"));
        }
        check_preconditions(kind, name, &old, options)?;
        self.check_policies(Writing {
            kind,
            operation: "DELETE",
            object: &Value::Null,
            old: &old,
            manager: "kube-controller-manager",
            subresource: "",
            dry_run: options.dry_run,
        })?;
        let mut object = old.clone();
        let waits = self.options.kubelets;
        let grace_secs = if waits { grace_secs(kind, &old, options) } else { 0 };
        let first = object["metadata"]["deletionTimestamp"].is_null();
        let shorter = !first && grace_secs < object["metadata"]["deletionGracePeriodSeconds"].int();
        if first || shorter {
            self.mark_deleted(kind, &mut object, grace_secs, first);
        }
        if shorter && !options.dry_run {
            // A grace that is cut short shows before the object goes.
            object = self.commit(key.clone(), Some(object));
        }
        add_finalizer(&mut object, options.propagation);
        if is_ready_to_go(&object) {
            if !options.dry_run {
                self.release(kind, &object);
                object = self.commit(key, None);
            }
            return Ok(Deleted::Gone(object));
        }
        if object != old && !shorter && !options.dry_run {
            object = self.commit(key, Some(object));
        }
        Ok(Deleted::Waiting(object))
    }

    fn mark_deleted(&self, kind: &Kind, object: &mut Value, grace_secs: i64, first: bool) {
        let metadata = &mut object["metadata"];
        let at = self.now + Delay::secs(grace_secs);
        metadata.set("deletionTimestamp", at.rfc3339());
        metadata.set("deletionGracePeriodSeconds", grace_secs);
        if first && kind.has_generation {
            let generation = metadata["generation"].int() + 1;
            metadata.set("generation", generation);
        }
        if kind.kind == "Namespace" {
            object["status"]["phase"] = "Terminating".into();
        }
    }
}

fn check_preconditions(
    kind: &Kind,
    name: &str,
    object: &Value,
    options: &DeleteOptions,
) -> Result<(), Status> {
    let metadata = &object["metadata"];
    let checks = [
        ("UID", options.uid.as_str(), metadata["uid"].text()),
        ("ResourceVersion", options.resource_version.as_str(), metadata["resourceVersion"].text()),
    ];
    for (what, wanted, own) in checks {
        if !wanted.is_empty() && wanted != own {
            let why = format!(
                "Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {own}"
            );
            return Err(Status::conflict(kind, name, &why));
        }
    }
    Ok(())
}

/// The grace an object gets: Pods that run somewhere ask for it, nothing else.
fn grace_secs(kind: &Kind, object: &Value, options: &DeleteOptions) -> i64 {
    if kind.kind != "Pod" {
        return 0;
    }
    let phase = object["status"]["phase"].text();
    if object["spec"]["nodeName"].is_empty() || matches!(phase, "Succeeded" | "Failed") {
        return 0;
    }
    let own = object["spec"]["terminationGracePeriodSeconds"].as_int().unwrap_or(30);
    options.grace_secs.unwrap_or(own).max(0)
}

/// Lets the garbage collector finish what the propagation asks for first.
fn add_finalizer(object: &mut Value, propagation: Option<Propagation>) {
    let finalizer = match propagation {
        Some(Propagation::Foreground) => "foregroundDeletion",
        Some(Propagation::Orphan) => "orphan",
        Some(Propagation::Background) | None => return,
    };
    let finalizers = &mut object["metadata"]["finalizers"];
    if !finalizers.items().iter().any(|own| own.text() == finalizer) {
        finalizers.push(finalizer);
    }
}
