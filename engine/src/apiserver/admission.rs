//! Admission: what the server adds to a write, and what it refuses though
//! the object itself is fine.
//!
//! Source: upstream `plugin/pkg/admission`: NamespaceLifecycle,
//! ServiceAccount, DefaultTolerationSeconds, Priority, LimitRanger,
//! PodSecurity, RuntimeClass, ResourceQuota, DefaultStorageClass, DefaultIngressClass,
//! PersistentVolumeClaimResize.

use super::{ApiServer, Status};
use crate::api::Kind;
use crate::api::persistent_volume::class_of;
use crate::api::pod::admission as pod;
use crate::api::storage_class;
use crate::api::volume_binding::wanted;
use crate::value::Value;

/// Marks the API's picture of a Pod that a kubelet runs from a file.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// Names an Ingress' class as was done before there was a field for it.
const INGRESS_CLASS: &str = "kubernetes.io/ingress.class";
/// Marks the class of Ingresses that name none.
const DEFAULT_CLASS: &str = "ingressclass.kubernetes.io/is-default-class";

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
        set_runtime(api, kind, object)?;
    }
    if is_claim(kind) && storage_class::is_unsaid(object) {
        set_default_class(api, object);
    }
    if kind.kind == "Ingress" {
        set_ingress_class(api, object);
    }
    Ok(())
}

/// Gives a claim that names no class the default one.
fn set_default_class(api: &ApiServer, claim: &mut Value) {
    let kind = api.registry.by_kind("storage.k8s.io", "StorageClass");
    let classes = kind.into_iter().flat_map(|kind| api.list(kind, ""));
    if let Some(class) = storage_class::default_of(classes) {
        claim["spec"].set("storageClassName", &class["metadata"]["name"]);
    }
}

/// Only volumes that a driver made can grow, and only where their class allows
/// it.
fn check_expansion(api: &ApiServer, kind: &Kind, claim: &Value, old: &Value) -> Result<(), Status> {
    if wanted(claim) <= wanted(old) || old.at(&["status", "phase"]).text() != "Bound" {
        return Ok(());
    }
    let classes = api.registry.by_kind("storage.k8s.io", "StorageClass");
    let class = classes.and_then(|classes| api.get(classes, "", class_of(old)));
    if class.is_some_and(|class| class["allowVolumeExpansion"].is_true()) {
        return Ok(());
    }
    let why = "only dynamically provisioned pvc can be resized and the storageclass that \
               provisions the pvc must support resize";
    Err(Status::forbidden(kind, claim["metadata"]["name"].text(), why))
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

/// Gives an Ingress without a class the default one: the newest of them.
/// Source: upstream `plugin/pkg/admission/network/defaultingressclass`.
fn set_ingress_class(api: &ApiServer, object: &mut Value) {
    let has_class = !object["spec"]["ingressClassName"].is_null()
        || object["metadata"]["annotations"].get(INGRESS_CLASS).is_some();
    let Some(id) = api.registry.by_kind("networking.k8s.io", "IngressClass") else { return };
    let is_default =
        |class: &&Value| class["metadata"]["annotations"][DEFAULT_CLASS].text() == "true";
    let newest = api
        .list(id, "")
        .filter(is_default)
        .max_by_key(|class| class["metadata"]["creationTimestamp"].text().to_owned());
    if let Some(class) = newest.filter(|_| !has_class) {
        let name = class["metadata"]["name"].clone();
        object["spec"].set("ingressClassName", name);
    }
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

/// Gives a Pod what its RuntimeClass costs, and the nodes where it runs.
/// Source: upstream `plugin/pkg/admission/runtimeclass`.
fn set_runtime(api: &ApiServer, kind: &Kind, object: &mut Value) -> Result<(), Status> {
    let name = object["spec"]["runtimeClassName"].text();
    if object["spec"]["runtimeClassName"].is_null() {
        return Ok(());
    }
    let classes = api.registry.by_kind("node.k8s.io", "RuntimeClass");
    let refusal = match classes.and_then(|classes| api.get(classes, "", name)) {
        Some(class) => pod::set_runtime(object, class).err(),
        None => Some(format!("pod rejected: RuntimeClass \"{name}\" not found")),
    };
    let own_name = object["metadata"]["name"].text();
    refusal.map_or(Ok(()), |why| Err(Status::forbidden(kind, own_name, &why)))
}

/// Only a RuntimeClass says what running a Pod costs.
fn check_overhead(api: &ApiServer, kind: &Kind, object: &Value) -> Result<(), Status> {
    let name = object["spec"]["runtimeClassName"].text();
    let classes = api.registry.by_kind("node.k8s.io", "RuntimeClass");
    let class = classes.and_then(|classes| api.get(classes, "", name));
    let has_overhead = class.is_some_and(|class| !class["overhead"].is_null());
    if has_overhead || object["spec"]["overhead"].is_null() {
        return Ok(());
    }
    let why = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead";
    Err(Status::forbidden(kind, object["metadata"]["name"].text(), why))
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
    api.check_pod_security(kind, object, None)?;
    if is_pod(kind) {
        check_overhead(api, kind, object)?;
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
        check_expansion(api, kind, object, old)?;
    }
    api.check_pod_security(kind, object, Some(old))?;
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
