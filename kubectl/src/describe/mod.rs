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
    let kind = object["kind"].text();
    let has_events = match (group, kind) {
        ("", "Namespace") => {
            quota::namespace(&mut writer, object, context).await?;
            false
        }
        ("", "Node") => {
            node::describe(&mut writer, object, context).await?;
            true
        }
        ("", "Service") => {
            service::describe(&mut writer, object, context).await;
            true
        }
        ("", "ServiceAccount") => {
            service_account::describe(&mut writer, object, context).await;
            true
        }
        ("", "PersistentVolumeClaim") => {
            claim::describe(&mut writer, object, context).await?;
            true
        }
        ("", "ReplicationController") | ("apps", "ReplicaSet" | "DaemonSet" | "StatefulSet") => {
            workload::describe(&mut writer, object, context).await?;
            true
        }
        ("apps", "Deployment") => {
            deployment::describe(&mut writer, object, context).await;
            true
        }
        ("autoscaling", "HorizontalPodAutoscaler") => {
            autoscaler::describe(&mut writer, object, context).await;
            true
        }
        ("networking.k8s.io", "Ingress") => {
            ingress::describe(&mut writer, object, context).await;
            true
        }
        _ => alone(&mut writer, (group, kind), object, context.now),
    };
    if has_events && context.show_events {
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

/// Describes a kind that can do without other objects; whether its events
/// belong to the description.
fn alone(writer: &mut Writer, kind: (&str, &str), object: &Value, now: Time) -> bool {
    let with_events: fn(&mut Writer, &Value, Time) = match kind {
        ("", "Pod") => pod::describe,
        ("", "ConfigMap") => config::config_map,
        ("", "Endpoints") => endpoints::endpoints,
        ("", "PersistentVolume") => storage::volume,
        ("batch", "Job") => job::job,
        ("batch", "CronJob") => job::cron_job,
        ("discovery.k8s.io", "EndpointSlice") => endpoints::slice,
        ("networking.k8s.io", "IngressClass") => ingress::class,
        ("policy", "PodDisruptionBudget") => policy::disruption_budget,
        ("scheduling.k8s.io", "PriorityClass") => policy::priority_class,
        ("storage.k8s.io", "StorageClass") => storage::class,
        ("storage.k8s.io", "CSINode") => storage::csi_node,
        ("storage.k8s.io", "VolumeAttributesClass") => storage::attributes_class,
        _ => {
            let without_events: fn(&mut Writer, &Value) = match kind {
                ("", "Secret") => config::secret,
                ("", "LimitRange") => quota::limit_range,
                ("", "ResourceQuota") => quota::resource_quota,
                ("networking.k8s.io", "NetworkPolicy") => network_policy::describe,
                ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => rbac::role,
                ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
                    rbac::binding
                }
                _ => {
                    generic::describe(writer, object);
                    return true;
                }
            };
            without_events(writer, object);
            return false;
        }
    };
    with_events(writer, object, now);
    true
}

#[cfg(test)]
mod tests;
