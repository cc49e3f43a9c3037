//! Requests and limits.

use std::collections::BTreeSet;

use super::super::super::resource_names::{
    allows_overcommit, is_huge_page, validate_amount, validate_container_name,
};
use super::super::super::{Errors, Path};
use crate::quantity::Quantity;
use crate::value::Value;

/// Finds what is wrong with the requests and limits of a container.
pub(super) fn validate_requirements(
    requirements: &Value,
    spec: &Value,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let limits = &requirements["limits"];
    let (limits_path, requests_path) = (path.field("limits"), path.field("requests"));
    for (name, amount) in limits.entries() {
        validate_limit(name, amount, &limits_path.key(name), errors);
    }
    for (name, amount) in requirements["requests"].entries() {
        let own = requests_path.key(name);
        validate_container_name(name, &own, errors);
        validate_amount(name, amount, &own, errors);
        match limits.get(name) {
            Some(limit) => validate_within(name, amount, limit, &requests_path, errors),
            None if allows_overcommit(name) => {}
            None => {
                let detail = "Limit must be set for non overcommitable resources";
                errors.required(&limits_path, detail);
            }
        }
        validate_huge_pages(name, amount, &own, errors);
    }
    let named = |start: fn(&str) -> bool| {
        ["limits", "requests"]
            .iter()
            .flat_map(|field| requirements[*field].entries())
            .any(|(name, _)| start(name))
    };
    let has_huge_pages = named(is_huge_page);
    if has_huge_pages && !named(|name| matches!(name, "cpu" | "memory")) {
        errors.forbidden(path, "HugePages require cpu or memory");
    }
    validate_claims(&requirements["claims"], spec, &path.field("claims"), errors);
}

fn validate_limit(name: &str, amount: &Value, path: &Path<'_>, errors: &mut Errors) {
    validate_container_name(name, path, errors);
    validate_amount(name, amount, path, errors);
    validate_huge_pages(name, amount, path, errors);
}

fn validate_within(
    name: &str,
    request: &Value,
    limit: &Value,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let request = Quantity::parse_or_zero(request.text());
    let limit = Quantity::parse_or_zero(limit.text());
    let relation = if request != limit && !allows_overcommit(name) {
        "equal to"
    } else if request > limit {
        "less than or equal to"
    } else {
        return;
    };
    let detail = format!("must be {relation} {name} limit of {limit}");
    errors.invalid(path, request.to_string().as_str(), &detail);
}

fn validate_huge_pages(name: &str, amount: &Value, path: &Path<'_>, errors: &mut Errors) {
    let Some(size) = name.strip_prefix("hugepages-") else { return };
    let amount = Quantity::parse_or_zero(amount.text());
    let size = Quantity::parse_or_zero(size);
    if size <= Quantity::ZERO || amount.value() % size.value() != 0 {
        let shown = amount.to_string();
        let detail = format!("{shown} is not positive integer multiple of {name}");
        errors.invalid(path, shown.as_str(), &detail);
    }
}

fn validate_claims(claims: &Value, spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let known: BTreeSet<&str> =
        spec["resourceClaims"].items().iter().map(|claim| claim["name"].text()).collect();
    let mut seen = BTreeSet::new();
    for (index, claim) in claims.items().iter().enumerate() {
        let (name, path) = (claim["name"].text(), path.index(index));
        if name.is_empty() {
            errors.required(&path, "");
            continue;
        }
        if !seen.insert(name) {
            errors.duplicate(&path, name);
        }
        if !known.contains(name) {
            let list = known.iter().copied().collect::<Vec<_>>().join(", ");
            let which =
                if list.is_empty() { " which is empty".to_owned() } else { format!(": {list}") };
            let detail = format!("must be one of the names in pod.spec.resourceClaims{which}");
            errors.not_found_with_detail(&path, name, &detail);
        }
    }
}
