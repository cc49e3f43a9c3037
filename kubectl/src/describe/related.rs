//! What a description may ask of the API server.

use std::pin::Pin;

use podyard_engine::value::Value;

/// A kind of object, as its URL names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource {
    /// The group; empty for the core.
    pub group: &'static str,
    /// The version.
    pub version: &'static str,
    /// The plural name.
    pub plural: &'static str,
}

impl Resource {
    pub(super) const PODS: Self = Self::core("pods");
    pub(super) const EVENTS: Self = Self::core("events");
    pub(super) const SECRETS: Self = Self::core("secrets");
    pub(super) const SERVICES: Self = Self::core("services");
    pub(super) const RESOURCE_QUOTAS: Self = Self::core("resourcequotas");
    pub(super) const LIMIT_RANGES: Self = Self::core("limitranges");
    pub(super) const REPLICA_SETS: Self =
        Self { group: "apps", version: "v1", plural: "replicasets" };
    pub(super) const AUTOSCALERS: Self =
        Self { group: "autoscaling", version: "v2", plural: "horizontalpodautoscalers" };
    pub(super) const LEASES: Self =
        Self { group: "coordination.k8s.io", version: "v1", plural: "leases" };
    pub(super) const ENDPOINT_SLICES: Self =
        Self { group: "discovery.k8s.io", version: "v1", plural: "endpointslices" };

    const fn core(plural: &'static str) -> Self {
        Self { group: "", version: "v1", plural }
    }
}

/// A wish for some objects of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Which kind.
    pub resource: Resource,
    /// In which namespace; empty for all of them.
    pub namespace: String,
    /// The label selector, or empty.
    pub labels: String,
    /// The field selector, or empty.
    pub fields: String,
}

impl Query {
    pub(super) fn all(resource: Resource, namespace: &str) -> Self {
        let namespace = namespace.to_owned();
        Self { resource, namespace, labels: String::new(), fields: String::new() }
    }

    pub(super) fn labelled(resource: Resource, namespace: &str, labels: String) -> Self {
        Self { labels, ..Self::all(resource, namespace) }
    }
}

/// Why objects could not be had, in the server's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FetchError {
    /// Whether it is that there is no such object or kind.
    pub not_found: bool,
    /// The message of the server's Status.
    pub message: String,
}

/// An answer that may take its time.
pub type Fetched<'a, T> = Pin<Box<dyn Future<Output = Result<T, FetchError>> + 'a>>;

/// The way to the objects around the described one.
pub trait Related {
    /// The objects that `query` selects, in the server's order.
    fn list(&self, query: Query) -> Fetched<'_, Vec<Value>>;

    /// One object.
    fn get(&self, resource: Resource, namespace: &str, name: &str) -> Fetched<'_, Value>;
}
