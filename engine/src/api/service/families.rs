//! Fills in the IP families of a Service, on a cluster that has IPv4 only.
//!
//! Source: `pkg/registry/core/service/storage/alloc.go`, `initIPFamilyFields`.

use super::super::{Errors, Path, Verbatim, gotext, ip};
use super::cluster_ips;
use super::spec::Spec;
use crate::value;
use crate::value::Value;

/// Sets `ipFamilies` and `ipFamilyPolicy` where the client left them open, or
/// says why what it asks cannot be had here.
pub(super) fn fill(service: &mut Value, old: Option<&Value>) -> Result<(), Errors> {
    if Spec::of(service).is_external_name() || keeps_prefer_dual_stack(service, old) {
        return Ok(());
    }
    let mut errors = Errors::default();
    if let Some(old) = old {
        release_secondary(service, old);
    }
    cluster_ips::validate(service, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    refuse_two_for_single_stack(service, &mut errors);
    infer_families(service, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let spec = Spec::of(service);
    if spec.is_headless() && spec.0["selector"].is_empty() {
        fill_selectorless(&mut service["spec"]);
        return Ok(());
    }
    refuse_missing_families(spec, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let spec = &mut service["spec"];
    if spec["ipFamilies"].is_empty() {
        spec["ipFamilies"] = value!(["IPv4"]);
    }
    spec.set_default("ipFamilyPolicy", "SingleStack");
    Ok(())
}

/// A Service that prefers two stacks is left alone while nothing about its
/// addresses changes.
fn keeps_prefer_dual_stack(service: &Value, old: Option<&Value>) -> bool {
    let Some(old) = old else { return false };
    let (is, was) = (Spec::of(service), Spec::of(old));
    let same = |name: &str| is.0[name] == was.0[name];
    is.0["ipFamilyPolicy"].text() == "PreferDualStack"
        && ["type", "ipFamilyPolicy", "clusterIP", "clusterIPs", "ipFamilies"].into_iter().all(same)
}

/// Who turns to one stack and changes nothing else gives up the second
/// address and family.
fn release_secondary(service: &mut Value, old: &Value) {
    let (is, was) = (Spec::of(service), Spec::of(old));
    let turns = is.0["ipFamilyPolicy"].text() == "SingleStack"
        && was.0["ipFamilyPolicy"].text() != "SingleStack";
    for name in ["clusterIPs", "ipFamilies"] {
        let spec = Spec::of(service);
        if turns && spec.0[name].items().len() > 1 && spec.0[name] == was.0[name] {
            service.at_mut(&["spec", name]).make_list().truncate(1);
        }
    }
}

fn refuse_two_for_single_stack(service: &Value, errors: &mut Errors) {
    let spec = Spec::of(service);
    let root = Path::ROOT.field("spec");
    if spec.0["ipFamilyPolicy"].text() != "SingleStack" {
        return;
    }
    for (name, what) in [("clusterIPs", "cluster IPs"), ("ipFamilies", "IP families")] {
        if spec.0[name].items().len() == 2 {
            let detail = format!(
                "must be 'RequireDualStack' or 'PreferDualStack' when multiple {what} are specified"
            );
            errors.invalid(&root.field("ipFamilyPolicy"), "SingleStack", &detail);
        }
    }
}

/// Adds the families of addresses that the client chose without saying them.
fn infer_families(service: &mut Value, errors: &mut Errors) {
    let root = Path::ROOT.field("spec");
    let path = root.field("clusterIPs");
    let ips = service.at(&["spec", "clusterIPs"]).clone();
    for (index, address) in ips.items().iter().enumerate() {
        let is_known = index < service.at(&["spec", "ipFamilies"]).items().len();
        if address.text() == "None" {
            break;
        }
        if is_known {
            continue;
        }
        if ip::is_v6(address.text()) {
            let shown = gotext::texts(&ips);
            let detail = "IPv6 is not configured on this cluster";
            errors.invalid(&path.index(index), Verbatim(&shown), detail);
        } else {
            service.at_mut(&["spec", "ipFamilies"]).push("IPv4");
        }
    }
}

/// Endpoints that someone else manages may be of any family.
fn fill_selectorless(spec: &mut Value) {
    if spec["ipFamilies"].is_empty() {
        spec["ipFamilies"] = value!(["IPv4"]);
    }
    let wants_one = spec["ipFamilyPolicy"].text() == "SingleStack";
    if let ([only], false) = (spec["ipFamilies"].items(), wants_one) {
        let other = if only.text() == "IPv4" { "IPv6" } else { "IPv4" };
        spec["ipFamilies"].push(other);
    }
    spec.set_default("ipFamilyPolicy", "RequireDualStack");
}

fn refuse_missing_families(spec: Spec<'_>, errors: &mut Errors) {
    let root = Path::ROOT.field("spec");
    if spec.0["ipFamilyPolicy"].text() == "RequireDualStack" {
        let detail = "this cluster is not configured for dual-stack services";
        errors.invalid(&root.field("ipFamilyPolicy"), "RequireDualStack", detail);
    }
    let path = root.field("ipFamilies");
    for (index, family) in spec.0["ipFamilies"].items().iter().enumerate() {
        if family.text() != "IPv4" {
            let detail = "not configured on this cluster";
            errors.invalid(&path.index(index), family.text(), detail);
        }
    }
}
