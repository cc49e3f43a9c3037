//! The names of resources and which amounts of them make sense.
//!
//! Source: `pkg/apis/core/helper/helpers.go` and `pkg/apis/core/validation`.

use super::meta::NEGATIVE;
use super::{Errors, Path, Verbatim, gotext, names};
use crate::quantity::Quantity;
use crate::value::Value;

const HUGE_PAGES: &str = "hugepages-";
/// What a container may ask of a node, hugepages apart.
const CONTAINER: [&str; 3] = ["cpu", "ephemeral-storage", "memory"];
/// What a quota counts in whole pieces.
const COUNTED: [&str; 9] = [
    "configmaps",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
];
/// What a quota limits beyond [`CONTAINER`] and [`COUNTED`].
const SUMMED: [&str; 7] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
    "requests.storage",
];

/// Whether `name` is for hugepages of some size.
pub(crate) fn is_huge_page(name: &str) -> bool {
    name.starts_with(HUGE_PAGES)
}

fn is_quota_huge_page(name: &str) -> bool {
    is_huge_page(name.strip_prefix("requests.").unwrap_or(name))
}

/// Whether `name` may stand without a domain.
fn is_standard(name: &str) -> bool {
    name == "storage" || is_standard_for_quota(name)
}

/// Whether a container may ask for `name`, which has no domain.
fn is_standard_for_container(name: &str) -> bool {
    CONTAINER.contains(&name) || is_huge_page(name)
}

/// Whether a quota may limit `name`, which has no domain.
pub(crate) fn is_standard_for_quota(name: &str) -> bool {
    CONTAINER.contains(&name)
        || COUNTED.contains(&name)
        || SUMMED.contains(&name)
        || is_quota_huge_page(name)
}

/// Whether Kubernetes itself defines `name`.
pub(crate) fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

/// Whether `name` is a device or the like that some vendor defines.
pub(crate) fn is_extended(name: &str) -> bool {
    !is_native(name)
        && !name.starts_with("requests.")
        && names::qualified_name(&format!("requests.{name}")).is_empty()
}

/// Whether limits for `name` may exceed requests.
pub(crate) fn allows_overcommit(name: &str) -> bool {
    is_native(name) && !is_huge_page(name)
}

/// Finds what is wrong with the name of a resource.
pub(crate) fn validate_name(name: &str, path: &Path<'_>, errors: &mut Errors) {
    let complaints = names::qualified_name(name);
    if complaints.is_empty() && !name.contains('/') && !is_standard(name) {
        errors.invalid(path, Verbatim(name), "must be a standard resource type or fully qualified");
    }
    // Upstream's type of names prints itself without quotes.
    for complaint in complaints {
        errors.invalid(path, Verbatim(name), &complaint);
    }
}

/// Finds what is wrong with the name of a resource of a container.
pub(crate) fn validate_container_name(name: &str, path: &Path<'_>, errors: &mut Errors) {
    validate_name(name, path, errors);
    if !name.contains('/') {
        if !is_standard_for_container(name) {
            errors.invalid(path, Verbatim(name), "must be a standard resource for containers");
        }
    } else if !is_native(name) && !is_extended(name) {
        errors.invalid(path, Verbatim(name), "doesn't follow extended resource name standard");
    }
}

/// Finds what is wrong with the name of a resource of a quota.
pub(crate) fn validate_quota_name(name: &str, path: &Path<'_>, errors: &mut Errors) {
    validate_name(name, path, errors);
    if !name.contains('/') && !is_standard_for_quota(name) {
        errors.invalid(path, Verbatim(name), "must be a standard resource for quota");
    }
}

/// Finds what is wrong with an amount of the resource `name`.
pub(crate) fn validate_amount(name: &str, amount: &Value, path: &Path<'_>, errors: &mut Errors) {
    let quantity = Quantity::parse_or_zero(amount.text());
    if quantity.is_negative() {
        errors.invalid(path, amount.text(), NEGATIVE);
    }
    let is_counted = COUNTED.contains(&name) || is_extended(name);
    if is_counted && quantity.milli_value() % 1_000 != 0 {
        errors.invalid(path, Verbatim(&gotext::quantity(amount)), "must be an integer");
    }
}

/// Says that an amount is not above zero, if it is not.
pub(crate) fn validate_positive(amount: &Value, path: &Path<'_>, errors: &mut Errors) {
    let quantity = Quantity::parse_or_zero(amount.text());
    if quantity.is_negative() || quantity.is_zero() {
        errors.invalid(path, amount.text(), "must be greater than zero");
    }
}
