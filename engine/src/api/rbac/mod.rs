//! Roles and bindings: who may do what.
//!
//! They are stored and shown; nothing is refused by them yet. Sources:
//! `pkg/apis/rbac/v1/defaults.go` and `validation`.

mod binding;
mod role;

pub use self::binding::{CLUSTER_KIND as CLUSTER_ROLE_BINDING, KIND as ROLE_BINDING};
pub use self::role::{CLUSTER_KIND as CLUSTER_ROLE, KIND as ROLE};
use super::{Kind, NameRule};

/// The group of all kinds here, and of users and groups.
const GROUP: &str = "rbac.authorization.k8s.io";

/// What the kinds here have in common.
const ANY: Kind = Kind { group: GROUP, name_rule: NameRule::PathSegment, ..Kind::BASE };
