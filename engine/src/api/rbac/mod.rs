//! Roles and bindings: who may do what.
//!
//! They bind those who act as somebody else. Sources:
//! `pkg/apis/rbac/v1/defaults.go`, `validation` and `evaluation_helpers.go`.

mod binding;
mod role;

pub use self::binding::{CLUSTER_KIND as CLUSTER_ROLE_BINDING, KIND as ROLE_BINDING};
pub use self::role::{CLUSTER_KIND as CLUSTER_ROLE, KIND as ROLE};
use super::{Kind, NameRule};
use crate::value::Value;

/// The group of all kinds here, and of users and groups.
const GROUP: &str = "rbac.authorization.k8s.io";

/// What the kinds here have in common.
const ANY: Kind = Kind { group: GROUP, name_rule: NameRule::PathSegment, ..Kind::BASE };

/// Whether a list of a rule names `wanted`, or everything.
pub fn matches(list: &Value, wanted: &str) -> bool {
    list.items().iter().any(|item| item.text() == "*" || item.text() == wanted)
}

/// Whether a rule's resources include one, or its `subresource` if not empty.
pub fn covers_resource(resources: &Value, resource: &str, subresource: &str) -> bool {
    if subresource.is_empty() {
        return matches(resources, resource);
    }
    matches(resources, &format!("{resource}/{subresource}"))
        || resources.items().iter().any(|item| item.text().strip_prefix("*/") == Some(subresource))
}
