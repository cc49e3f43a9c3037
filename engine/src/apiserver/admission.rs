//! Admission: what the server adds to a write, and what it refuses though
//! the object itself is fine.
//!
//! Source: upstream `plugin/pkg/admission`: NamespaceLifecycle,
//! ServiceAccount, DefaultTolerationSeconds, Priority, LimitRanger,
//! ResourceQuota.

use super::{ApiServer, Status};
use crate::api::Kind;
use crate::api::pod::admission as pod;
use crate::value::Value;

/// Marks the API's picture of a Pod that a kubelet runs from a file.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// Changes or refuses a new object, before it is validated.
pub(super) fn mutate_new(
    api: &mut ApiServer,
    kind: &Kind,
    object: &mut Value,
) -> Result<(), Status> {
    check_namespace(api, kind, object)?;
    if is_pod(kind) {
        api.set_default_limits(object);
        give_account(api, kind, object)?;
        set_priority(api, kind, object)?;
        pod::add_default_tolerations(object);
    }
    Ok(())
}

/// Mounts the token of the Pod's ServiceAccount.
fn give_account(api: &mut ApiServer, kind: &Kind, object: &mut Value) -> Result<(), Status> {
    let is_mirror = object["metadata"]["annotations"].get(MIRROR).is_some();
    if !api.options.service_accounts || is_mirror {
        return Ok(());
    }
    pod::default_service_account(object);
    let namespace = object["metadata"]["namespace"].text();
    let name = object["spec"]["serviceAccountName"].text();
    let found = api.registry.by_kind("", "ServiceAccount");
    let Some(account) = found.and_then(|id| api.get(id, namespace, name)).cloned() else {
        let why = format!(
            "error looking up service account {namespace}/{name}: serviceaccount \"{name}\" not found"
        );
        return Err(Status::forbidden(kind, object["metadata"]["name"].text(), &why));
    };
    if pod::wants_token(object, &account) {
        let suffix = api.random.suffix(5);
        pod::mount_token(object, &suffix);
    }
    pod::add_pull_secrets(object, &account);
    Ok(())
}

/// Gives a Pod the number behind its priority class.
fn set_priority(api: &ApiServer, kind: &Kind, object: &mut Value) -> Result<(), Status> {
    let Some(id) = api.registry.by_kind("scheduling.k8s.io", "PriorityClass") else {
        return Ok(());
    };
    let name = object["spec"]["priorityClassName"].text();
    let class = if name.is_empty() {
        let class = api.list(id, "").find(|class| class["globalDefault"].is_true());
        class.cloned()
    } else {
        let Some(class) = api.get(id, "", name) else {
            let why = format!("no PriorityClass with name {name} was found");
            return Err(Status::forbidden(kind, object["metadata"]["name"].text(), &why));
        };
        Some(class.clone())
    };
    if name.is_empty()
        && let Some(class) = &class
    {
        object["spec"].set("priorityClassName", &class["metadata"]["name"]);
    }
    pod::set_priority(object, class.as_ref());
    Ok(())
}

/// Refuses a valid new object.
pub(super) fn check_new(
    api: &mut ApiServer,
    kind: &Kind,
    object: &Value,
    dry_run: bool,
) -> Result<(), Status> {
    if is_pod(kind) || is_claim(kind) {
        api.check_limits(kind, object)?;
    }
    api.charge_quotas(kind, object, None, dry_run)
}

/// Refuses a valid change.
pub(super) fn check_changed(
    api: &mut ApiServer,
    kind: &Kind,
    object: &Value,
    old: &Value,
    dry_run: bool,
) -> Result<(), Status> {
    if is_claim(kind) {
        api.check_limits(kind, object)?;
    }
    api.charge_quotas(kind, object, Some(old), dry_run)
}

fn is_pod(kind: &Kind) -> bool {
    kind.kind == "Pod" && kind.group.is_empty()
}

fn is_claim(kind: &Kind) -> bool {
    kind.kind == "PersistentVolumeClaim" && kind.group.is_empty()
}

/// Nothing is made in a namespace that is not there or is going.
fn check_namespace(api: &ApiServer, kind: &Kind, object: &Value) -> Result<(), Status> {
    if !kind.namespaced {
        return Ok(());
    }
    let name = object["metadata"]["namespace"].text();
    let Some(namespaces) = api.registry.by_kind("", "Namespace") else { return Ok(()) };
    let Some(namespace) = api.get(namespaces, "", name) else {
        return Err(Status::not_found(api.kind(namespaces), name));
    };
    if namespace["status"]["phase"].text() != "Terminating" {
        return Ok(());
    }
    let why =
        format!("unable to create new content in namespace {name} because it is being terminated");
    let own_name = object["metadata"]["name"].text();
    let mut status = Status::forbidden(kind, own_name, &why);
    let cause = crate::value!({
        "reason": "NamespaceTerminating",
        "message": (format!("namespace {name} is being terminated")),
        "field": "metadata.namespace",
    });
    status.details["causes"] = Value::list(vec![cause]);
    Err(status)
}
