//! LimitRange: bounds and defaults for what objects of a namespace ask.
//!
//! Source: `pkg/apis/core/validation`; `admission::limits` applies them.

use std::collections::BTreeSet;

use super::{Errors, Kind, Path, Verbatim, defaulting, gotext, names, resource_names, table};
use crate::quantity::Quantity;
use crate::value::Value;

/// The row of LimitRange.
pub static KIND: Kind = Kind {
    kind: "LimitRange",
    plural: "limitranges",
    singular: "limitrange",
    short_names: &["limits"],
    schema: "io.k8s.api.core.v1.LimitRange",
    default,
    prepare,
    validate,
    validate_update: |new, _, errors| validate(new, errors),
    columns: &[table::NAME, table::CREATED_AT],
    cells: table::created_cells,
    ..Kind::BASE
};

/// A LimitRange without a name gets one: no two of a namespace need agree.
fn prepare(new: &mut Value, _old: Option<&Value>) {
    let metadata = &mut new["metadata"];
    if metadata["name"].is_empty() {
        let uid = metadata["uid"].clone();
        metadata.set("name", uid);
    }
}

fn default(range: &mut Value) {
    defaulting::each(&mut range["spec"], "limits", |limit| {
        if limit["type"].text() == "Container" {
            fill_missing(limit, "max", "default");
            fill_missing(limit, "default", "defaultRequest");
            fill_missing(limit, "min", "defaultRequest");
        }
    });
}

/// Copies the amounts of `from` that `to` lacks.
fn fill_missing(limit: &mut Value, from: &str, to: &str) {
    let amounts = limit[from].clone();
    for (name, amount) in amounts.entries() {
        limit[to].set_default(name, amount.clone());
    }
}

fn validate(range: &Value, errors: &mut Errors) {
    let spec = Path::ROOT.field("spec");
    let path = spec.field("limits");
    let mut seen = BTreeSet::new();
    for (index, limit) in range.at(&["spec", "limits"]).items().iter().enumerate() {
        let (kind, path) = (limit["type"].text(), path.index(index));
        validate_type(kind, &path.field("type"), errors);
        if !seen.insert(kind) {
            errors.duplicate(&path.field("type"), kind);
        }
        validate_names(limit, &path, errors);
        for name in resources(limit) {
            validate_amounts(&name, limit, &path, errors);
        }
    }
}

fn validate_type(kind: &str, path: &Path<'_>, errors: &mut Errors) {
    let complaints = names::qualified_name(kind);
    let known = ["Container", "PersistentVolumeClaim", "Pod"];
    if complaints.is_empty() && !kind.contains('/') && !known.contains(&kind) {
        errors.invalid(path, kind, "must be a standard limit type or fully qualified");
    }
    errors.invalid_each(path, kind, complaints);
}

fn validate_names(limit: &Value, path: &Path<'_>, errors: &mut Errors) {
    let kind = limit["type"].text();
    check_names(limit, "max", path, errors);
    check_names(limit, "min", path, errors);
    if kind == "Pod" {
        for list in ["default", "defaultRequest"] {
            if !limit[list].is_empty() {
                errors.forbidden(&path.field(list), "may not be specified when `type` is 'Pod'");
            }
        }
    } else {
        check_names(limit, "default", path, errors);
        check_names(limit, "defaultRequest", path, errors);
    }
    let claims = kind == "PersistentVolumeClaim";
    let bounded = ["min", "max"].iter().any(|list| limit[*list].get("storage").is_some());
    if claims && !bounded {
        let detail =
            "either minimum or maximum storage value is required, but neither was provided";
        errors.required(&path.field("limits"), detail);
    }
    check_names(limit, "maxLimitRequestRatio", path, errors);
}

fn check_names(limit: &Value, list: &str, path: &Path<'_>, errors: &mut Errors) {
    let path = path.field(list);
    let of_containers = matches!(limit["type"].text(), "Pod" | "Container");
    for (name, _) in limit[list].entries() {
        if of_containers {
            resource_names::validate_container_name(name, &path.key(name), errors);
        } else {
            resource_names::validate_name(name, &path.key(name), errors);
        }
    }
}

/// All resources that a limit speaks of.
fn resources(limit: &Value) -> BTreeSet<String> {
    let mut lists = vec!["max", "min", "maxLimitRequestRatio"];
    if limit["type"].text() != "Pod" {
        lists.extend(["default", "defaultRequest"]);
    }
    let names = lists.into_iter().flat_map(|list| limit[list].entries().map(|(name, _)| name));
    names.map(ToString::to_string).collect()
}

/// Finds amounts of one resource that contradict each other.
fn validate_amounts(name: &str, limit: &Value, path: &Path<'_>, errors: &mut Errors) {
    let is_pod = limit["type"].text() == "Pod";
    let get =
        |list: &str| limit[list].get(name).filter(|_| !is_pod || !list.starts_with("default"));
    let (min, max) = (get("min"), get("max"));
    let (default, request) = (get("default"), get("defaultRequest"));
    let mut at_most =
        |low: Option<&Value>, high: Option<&Value>, blame: (&str, bool), words: (&str, &str)| {
            let (Some(low), Some(high)) = (low, high) else { return };
            if amount(low) <= amount(high) {
                return;
            }
            let (list, blames_low) = blame;
            let shown = gotext::quantity(if blames_low { low } else { high });
            let detail = format!(
                "{} value {} is greater than {} value {}",
                words.0,
                low.text(),
                words.1,
                high.text()
            );
            errors.invalid(&path.field(list).key(name), Verbatim(&shown), &detail);
        };
    at_most(min, max, ("min", true), ("min", "max"));
    at_most(min, request, ("defaultRequest", false), ("min", "default request"));
    at_most(request, max, ("defaultRequest", true), ("default request", "max"));
    at_most(request, default, ("defaultRequest", true), ("default request", "default limit"));
    at_most(min, default, ("default", true), ("min", "default"));
    at_most(default, max, ("default", false), ("default", "max"));
    validate_ratio(name, limit, path, errors);
    if let (Some(default), Some(request)) = (default, request)
        && !resource_names::allows_overcommit(name)
        && amount(default) != amount(request)
    {
        let detail = format!(
            "default value {} must equal to defaultRequest value {} in {name}",
            default.text(),
            request.text()
        );
        let shown = gotext::quantity(request);
        errors.invalid(&path.field("defaultRequest").key(name), Verbatim(&shown), &detail);
    }
}

fn amount(value: &Value) -> Quantity {
    Quantity::parse_or_zero(value.text())
}

fn validate_ratio(name: &str, limit: &Value, path: &Path<'_>, errors: &mut Errors) {
    let Some(ratio) = limit["maxLimitRequestRatio"].get(name) else { return };
    let list = path.field("maxLimitRequestRatio");
    let (path, shown) = (list.key(name), gotext::quantity(ratio));
    let most = amount(ratio);
    if most < Quantity::millis(1_000) {
        let detail = format!("ratio {} is less than 1", ratio.text());
        errors.invalid(&path, Verbatim(&shown), &detail);
    }
    let (Some(min), Some(max)) = (limit["min"].get(name), limit["max"].get(name)) else { return };
    let (min, max) = (i128::from(amount(min).milli_value()), i128::from(amount(max).milli_value()));
    let exceeds = i128::from(most.milli_value()) * min > max * 1_000;
    if exceeds {
        // Rounded half up to six places, as Go prints the quotient.
        let millionths = (max * 2_000_000 + min) / (min * 2);
        let (whole, rest) = (millionths / 1_000_000, millionths % 1_000_000);
        let detail = format!("ratio {} is greater than max/min = {whole}.{rest:06}", ratio.text());
        errors.invalid(&path, Verbatim(&shown), &detail);
    }
}
