//! Admission: what the server adds to a write, and what it refuses though
//! the object itself is fine.
//!
//! Source: upstream `plugin/pkg/admission`: NamespaceLifecycle,
//! ServiceAccount, DefaultTolerationSeconds, Priority, LimitRanger,
//! ResourceQuota.

use super::{ApiServer, Status};
use crate::api::Kind;
use crate::value::Value;

/// Changes or refuses a new object, before it is validated.
pub(super) fn mutate_new(
    api: &mut ApiServer,
    kind: &Kind,
    object: &mut Value,
) -> Result<(), Status> {
    check_namespace(api, kind, object)
}

/// Changes or refuses a changed object, before it is validated.
pub(super) fn mutate_changed(
    _api: &mut ApiServer,
    _kind: &Kind,
    _object: &mut Value,
    _old: &Value,
) -> Result<(), Status> {
    Ok(())
}

/// Refuses a valid new object.
pub(super) fn check_new(
    _api: &mut ApiServer,
    _kind: &Kind,
    _object: &Value,
    _dry_run: bool,
) -> Result<(), Status> {
    Ok(())
}

/// Refuses a valid change.
pub(super) fn check_changed(
    _api: &mut ApiServer,
    _kind: &Kind,
    _object: &Value,
    _old: &Value,
    _dry_run: bool,
) -> Result<(), Status> {
    Ok(())
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
