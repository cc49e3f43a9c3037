//! The types of which everything else is a part.

use k8s_openapi::api::{
    admissionregistration, apps, authentication, authorization, autoscaling, batch, certificates,
    coordination, core, discovery, events, flowcontrol, networking, node, policy, rbac, scheduling,
    storage,
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions;
use k8s_openapi::apimachinery::pkg::apis::meta;
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration;
use schemars::SchemaGenerator;
use serde_json::{Map, Value};

/// The schemas of all types, by the names of their definitions in OpenAPI.
pub(crate) fn definitions() -> Map<String, Value> {
    let mut generator = schemars::generate::SchemaSettings::draft07().into_generator();
    add_core(&mut generator);
    add_workloads(&mut generator);
    add_policies(&mut generator);
    add_machinery(&mut generator);
    generator.take_definitions(true)
}

macro_rules! add {
    ($generator:ident: $($own:ty),* $(,)?) => {
        $( $generator.subschema_for::<$own>(); )*
    };
}

fn add_core(generator: &mut SchemaGenerator) {
    add!(generator:
        core::v1::Binding, core::v1::ComponentStatus, core::v1::ConfigMap, core::v1::Endpoints,
        core::v1::Event, core::v1::LimitRange, core::v1::Namespace, core::v1::Node,
        core::v1::PersistentVolume, core::v1::PersistentVolumeClaim, core::v1::Pod,
        core::v1::PodTemplate, core::v1::ReplicationController, core::v1::ResourceQuota,
        core::v1::Secret, core::v1::Service, core::v1::ServiceAccount,
        discovery::v1::EndpointSlice, events::v1::Event, coordination::v1::Lease,
        networking::v1::Ingress, networking::v1::IngressClass, networking::v1::NetworkPolicy,
        node::v1::RuntimeClass, scheduling::v1::PriorityClass,
        storage::v1::CSIDriver, storage::v1::CSINode, storage::v1::CSIStorageCapacity,
        storage::v1::StorageClass, storage::v1::VolumeAttachment,
    );
}

fn add_workloads(generator: &mut SchemaGenerator) {
    add!(generator:
        apps::v1::ControllerRevision, apps::v1::DaemonSet, apps::v1::Deployment,
        apps::v1::ReplicaSet, apps::v1::StatefulSet, batch::v1::CronJob, batch::v1::Job,
        autoscaling::v1::HorizontalPodAutoscaler, autoscaling::v1::Scale,
        autoscaling::v2::HorizontalPodAutoscaler,
        policy::v1::Eviction, policy::v1::PodDisruptionBudget,
    );
}

fn add_policies(generator: &mut SchemaGenerator) {
    add!(generator:
        admissionregistration::v1::MutatingWebhookConfiguration,
        admissionregistration::v1::ValidatingAdmissionPolicy,
        admissionregistration::v1::ValidatingAdmissionPolicyBinding,
        admissionregistration::v1::ValidatingWebhookConfiguration,
        authentication::v1::SelfSubjectReview, authentication::v1::TokenRequest,
        authentication::v1::TokenReview, authorization::v1::LocalSubjectAccessReview,
        authorization::v1::SelfSubjectAccessReview, authorization::v1::SelfSubjectRulesReview,
        authorization::v1::SubjectAccessReview, certificates::v1::CertificateSigningRequest,
        flowcontrol::v1::FlowSchema, flowcontrol::v1::PriorityLevelConfiguration,
        rbac::v1::ClusterRole, rbac::v1::ClusterRoleBinding, rbac::v1::Role, rbac::v1::RoleBinding,
    );
}

fn add_machinery(generator: &mut SchemaGenerator) {
    add!(generator:
        apiextensions::v1::CustomResourceDefinition, apiregistration::v1::APIService,
        meta::v1::APIGroup, meta::v1::APIGroupList, meta::v1::APIResourceList,
        meta::v1::APIVersions, meta::v1::DeleteOptions, meta::v1::ListMeta, meta::v1::Patch,
        meta::v1::Status,
        k8s_openapi::apimachinery::pkg::version::Info,
    );
}
