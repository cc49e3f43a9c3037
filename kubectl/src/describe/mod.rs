//! `kubectl describe`: an object and what surrounds it, for people.
//!
//! Models kubectl's `pkg/describe` of 1.32. Each kind writes its fields with a
//! [`Writer`]; what it needs of other objects it asks of [`Related`]; events
//! come last. Kinds without a describer of their own, custom resources among
//! them, get the generic one.

mod related;
mod writer;
mod metadata;
mod events;
mod env;
mod containers;
mod probe;
mod volumes;
mod claim;
mod pod;
mod template;
mod workload;
mod deployment;
mod job;
mod service;
mod endpoints;
mod ingress;
mod network_policy;
mod config;
mod service_account;
mod storage;
mod node;
mod quota;
mod autoscaler;
mod policy;
mod rbac;
mod generic;

use podyard_engine::sim::Time;
use podyard_engine::value::Value;

pub use self::related::{FetchError, Fetched, Query, Related, Resource};
use self::writer::Writer;

const RBAC: &str = "rbac.authorization.k8s.io";

/// What a description depends on besides the object.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The way to other objects.
    pub related: &'a dyn Related,
    /// The time from which ages are counted.
    pub now: Time,
    /// Whether to add the object's events (`--show-events`).
    pub show_events: bool,
}

/// The description of `object`, whose kind belongs to `group`.
pub async fn describe(
    group: &str,
    object: &Value,
    context: Context<'_>,
) -> Result<String, FetchError> {
    let mut writer = Writer::default();
    let kind = (group, object["kind"].text());
    match kind {
        ("", "Namespace") => quota::namespace(&mut writer, object, context).await?,
        ("", "Node") => node::describe(&mut writer, object, context).await?,
        ("", "PersistentVolumeClaim") => claim::describe(&mut writer, object, context).await?,
        ("", "Service") => service::describe(&mut writer, object, context).await,
        ("", "ServiceAccount") => service_account::describe(&mut writer, object, context).await,
        ("", "ReplicationController") | ("apps", "ReplicaSet" | "DaemonSet" | "StatefulSet") => {
            workload::describe(&mut writer, object, context).await?;
        }
        ("apps", "Deployment") => deployment::describe(&mut writer, object, context).await,
        ("autoscaling", "HorizontalPodAutoscaler") => {
            autoscaler::describe(&mut writer, object, context).await;
        }
        ("networking.k8s.io", "Ingress") => {
            ingress::describe(&mut writer, object, context).await;
        }
        _ => alone(&mut writer, kind, object, context.now),
    }
    if context.show_events && has_events(kind) {
        let found = events::search(object, context.related).await;
        events::write(&mut writer, found, context.now);
    }
    Ok(writer.finish())
}

/// A Pod template as `rollout history` shows it: its tabs stay tabs.
pub fn pod_template(template: &Value) -> String {
    let mut writer = Writer::default();
    template::write(&mut writer, template);
    writer.raw()
}

/// Writes a kind whose description needs no other objects.
fn alone(writer: &mut Writer, kind: (&str, &str), object: &Value, now: Time) {
    match kind {
        ("", "ConfigMap") => config::config_map(writer, object),
        ("", "Endpoints") => endpoints::endpoints(writer, object),
        ("", "LimitRange") => quota::limit_range(writer, object),
        ("", "PersistentVolume") => storage::volume(writer, object, now),
        ("", "Pod") => pod::describe(writer, object, now),
        ("", "ResourceQuota") => quota::resource_quota(writer, object),
        ("", "Secret") => config::secret(writer, object),
        ("batch", "CronJob") => job::cron_job(writer, object),
        ("batch", "Job") => job::job(writer, object),
        ("discovery.k8s.io", "EndpointSlice") => endpoints::slice(writer, object),
        ("networking.k8s.io", "IngressClass") => ingress::class(writer, object),
        ("networking.k8s.io", "NetworkPolicy") => network_policy::describe(writer, object),
        ("policy", "PodDisruptionBudget") => policy::disruption_budget(writer, object),
        (RBAC, "Role" | "ClusterRole") => rbac::role(writer, object),
        (RBAC, "RoleBinding" | "ClusterRoleBinding") => rbac::binding(writer, object),
        ("scheduling.k8s.io", "PriorityClass") => policy::priority_class(writer, object),
        ("storage.k8s.io", "CSINode") => storage::csi_node(writer, object),
        ("storage.k8s.io", "StorageClass") => storage::class(writer, object),
        ("storage.k8s.io", "VolumeAttributesClass") => storage::attributes_class(writer, object),
        _ => generic::describe(writer, object),
    }
}

/// Whether kubectl looks for the events of a kind at all.
fn has_events(kind: (&str, &str)) -> bool {
    !matches!(
        kind,
        ("", "LimitRange" | "Namespace" | "ResourceQuota" | "Secret")
            | ("networking.k8s.io", "NetworkPolicy")
            | (RBAC, "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding")
    )
}

#[cfg(test)]
mod tests;
