//! All kinds that the API server has, and how to find one.

use super::{
    Kind, admission_policy, api_service, binding, certificate_signing_request, config_map,
    controller_revision, cron_job, csi, custom_resource_definition, daemon_set, deployment,
    endpoint_slice, endpoints, event, flow_control, horizontal_pod_autoscaler, ingress,
    ingress_class, job, lease, limit_range, namespace, network_policy, node, persistent_volume,
    persistent_volume_claim, pod, pod_disruption_budget, pod_template, priority_class, rbac,
    replica_set, replication_controller, resource_quota, review, runtime_class, secret, service,
    service_account, stateful_set, storage_class, webhook_configuration,
};

/// Every kind, by group and then by name.
pub static KINDS: &[&Kind] = &[
    &config_map::KIND,
    &endpoints::KIND,
    &event::KIND,
    &limit_range::KIND,
    &namespace::KIND,
    &node::KIND,
    &persistent_volume::KIND,
    &persistent_volume_claim::KIND,
    &pod::KIND,
    &pod_template::KIND,
    &replication_controller::KIND,
    &resource_quota::KIND,
    &secret::KIND,
    &service::KIND,
    &service_account::KIND,
    &controller_revision::KIND,
    &daemon_set::KIND,
    &deployment::KIND,
    &replica_set::KIND,
    &stateful_set::KIND,
    &horizontal_pod_autoscaler::KIND,
    &horizontal_pod_autoscaler::V1_KIND,
    &cron_job::KIND,
    &job::KIND,
    &lease::KIND,
    &endpoint_slice::KIND,
    &event::NEW_KIND,
    &ingress_class::KIND,
    &ingress::KIND,
    &network_policy::KIND,
    &pod_disruption_budget::KIND,
    &rbac::CLUSTER_ROLE_BINDING,
    &rbac::CLUSTER_ROLE,
    &rbac::ROLE_BINDING,
    &rbac::ROLE,
    &priority_class::KIND,
    &storage_class::KIND,
    &csi::DRIVER_KIND,
    &csi::NODE_KIND,
    &csi::CAPACITY_KIND,
    &csi::ATTACHMENT_KIND,
    &runtime_class::KIND,
    &flow_control::SCHEMA_KIND,
    &flow_control::LEVEL_KIND,
    &admission_policy::KIND,
    &admission_policy::BINDING_KIND,
    &webhook_configuration::MUTATING_KIND,
    &webhook_configuration::VALIDATING_KIND,
    &certificate_signing_request::KIND,
    &api_service::KIND,
    &custom_resource_definition::KIND,
    &review::SELF_SUBJECT,
    &review::TOKEN,
    &review::LOCAL_ACCESS,
    &review::SELF_ACCESS,
    &review::SELF_RULES,
    &review::ACCESS,
    &binding::KIND,
];

/// The kind called `kind` in `group` and `version`.
pub fn by_kind(group: &str, version: &str, kind: &str) -> Option<&'static Kind> {
    find(|own| own.kind == kind && own.group == group && own.version == version)
}

/// The kind called `kind` in an `apiVersion` as `apps/v1` or `v1`.
pub fn by_api_version(api_version: &str, kind: &str) -> Option<&'static Kind> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    by_kind(group, version, kind)
}

/// The kind whose paths read `group`, `version`, `plural`.
pub fn by_plural(group: &str, version: &str, plural: &str) -> Option<&'static Kind> {
    find(|own| own.plural == plural && own.group == group && own.version == version)
}

/// The kind that a person calls `name`: a plural, singular or short name, in
/// any group.
pub fn by_name(name: &str) -> Option<&'static Kind> {
    find(|own| own.plural == name || own.singular == name || own.short_names.contains(&name))
}

fn find(mut holds: impl FnMut(&Kind) -> bool) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|kind| holds(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_kinds_by_every_name() {
        for found in [
            by_kind("apps", "v1", "Deployment"),
            by_api_version("apps/v1", "Deployment"),
            by_plural("apps", "v1", "deployments"),
            by_name("deploy"),
        ] {
            assert_eq!(found.map(|kind| kind.kind), Some("Deployment"));
        }
        assert!(by_api_version("v1", "Deployment").is_none());
    }

    #[test]
    fn no_two_kinds_share_a_path() {
        for (index, kind) in KINDS.iter().enumerate() {
            let same = |other: &&&Kind| {
                other.resource() == kind.resource() && other.version == kind.version
            };
            assert_eq!(KINDS.iter().position(|other| same(&other)), Some(index), "{}", kind.kind);
        }
    }
}
