//! Binding: a Pod's place on a node. It is acted on, never stored.

use super::Kind;

/// The row of Binding.
pub static KIND: Kind = Kind {
    kind: "Binding",
    plural: "bindings",
    singular: "binding",
    verbs: &["create"],
    schema: "io.k8s.api.core.v1.Binding",
    ..Kind::BASE
};
