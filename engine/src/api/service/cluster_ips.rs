//! The addresses of a Service in the cluster and their families: keeping
//! `clusterIP` and `clusterIPs` in step, what may be asked, what may change.
//!
//! Sources: `pkg/registry/core/service/storage/storage.go` and
//! `pkg/apis/core/validation`.

use super::super::{Errors, Path, Verbatim, gotext, ip};
use super::spec::Spec;
use crate::value::Value;

/// Makes `clusterIPs` follow `clusterIP` where a client set only one of them.
pub(super) fn normalize(new: &mut Value, old: Option<&Value>) {
    let spec = &mut new["spec"];
    let Some(old) = old else {
        if !spec["clusterIP"].is_empty() && spec["clusterIPs"].is_empty() {
            spec["clusterIPs"] = [spec["clusterIP"].clone()].into_iter().collect();
        }
        return;
    };
    let old = &old["spec"];
    let same_ip = old["clusterIP"].text() == spec["clusterIP"].text();
    if same_ip {
        if !old["clusterIPs"].is_empty() && spec["clusterIPs"].is_empty() {
            spec["clusterIPs"] = old["clusterIPs"].clone();
        }
    } else if old["clusterIPs"].items() == spec["clusterIPs"].items() {
        if spec["clusterIP"].is_empty() {
            spec.remove("clusterIPs");
        } else {
            spec["clusterIPs"] = [spec["clusterIP"].clone()].into_iter().collect();
        }
    }
}

/// Finds what is wrong with the addresses, their families and the policy
/// taken together.
pub(super) fn validate(service: &Value, errors: &mut Errors) {
    let spec = Spec::of(service);
    if spec.is_external_name() {
        return;
    }
    let root = Path::ROOT.field("spec");
    let ips_path = root.field("clusterIPs");
    let (ips, shown) = (spec.cluster_ips(), gotext::texts(&spec.0["clusterIPs"]));
    match (spec.0["clusterIP"].text(), ips.first()) {
        ("", Some(_)) => {
            let detail = "must be empty when `clusterIP` is not specified";
            errors.invalid(&ips_path, Verbatim(&shown), detail);
        }
        ("", None) => {}
        (_, None) => errors.required(&ips_path, ""),
        (own, Some(first)) if first.text() != own => {
            errors.invalid(&ips_path, Verbatim(&shown), "first value must match `clusterIP`");
        }
        _ => {}
    }
    validate_families(spec, errors);
    let policy = &spec.0["ipFamilyPolicy"];
    let policies = ["PreferDualStack", "RequireDualStack", "SingleStack"];
    if !policy.is_null() && !policies.contains(&policy.text()) {
        errors.not_supported(&root.field("ipFamilyPolicy"), policy.text(), &policies);
    }
    let all_valid = validate_each(ips, &shown, errors);
    if ips.len() > 2 {
        errors.invalid(&ips_path, Verbatim(&shown), "may only hold up to 2 values");
    }
    // More would only repeat what is wrong with a single address.
    if !all_valid {
        return;
    }
    if ips.len() > 1 && !is_dual_stack(ips) {
        let detail = "may specify no more than one IP for each IP family";
        errors.invalid(&ips_path, Verbatim(&shown), detail);
    }
    if !spec.is_headless() {
        validate_match(spec, errors);
    }
}

fn is_dual_stack(ips: &[Value]) -> bool {
    let sixes = ips.iter().filter(|address| ip::is_v6(address.text())).count();
    sixes > 0 && sixes < ips.len()
}

fn validate_families(spec: Spec<'_>, errors: &mut Errors) {
    let root = Path::ROOT.field("spec");
    let path = root.field("ipFamilies");
    let families = spec.0["ipFamilies"].items();
    for (index, family) in families.iter().enumerate() {
        let supported = ["IPv4", "IPv6"];
        if !supported.contains(&family.text()) {
            errors.not_supported(&path.index(index), family.text(), &supported);
        }
        if families.iter().take(index).any(|earlier| earlier == family) {
            errors.duplicate(&path.index(index), family.text());
        }
    }
}

/// Says what is wrong with single addresses; whether nothing is.
fn validate_each(ips: &[Value], shown: &str, errors: &mut Errors) -> bool {
    let root = Path::ROOT.field("spec");
    let path = root.field("clusterIPs");
    let mut all_valid = true;
    for (index, address) in ips.iter().enumerate() {
        if index == 0 && address.text() == "None" {
            if ips.len() > 1 {
                all_valid = false;
                let detail = "'None' must be the first and only value";
                errors.invalid(&path, Verbatim(shown), detail);
            }
            continue;
        }
        all_valid &= ip::parse(address.text()).is_some();
        ip::validate(address.text(), &path.index(index), errors);
    }
    all_valid
}

/// Says which addresses are not of the family at their place.
fn validate_match(spec: Spec<'_>, errors: &mut Errors) {
    let root = Path::ROOT.field("spec");
    let path = root.field("clusterIPs");
    let families = spec.0["ipFamilies"].items();
    for (index, (address, family)) in spec.cluster_ips().iter().zip(families).enumerate() {
        let is_v6 = ip::is_v6(address.text());
        if (family.text() == "IPv4" && is_v6) || (family.text() == "IPv6" && !is_v6) {
            let family = family.text();
            let detail =
                format!("expected an {family} value as indicated by `ipFamilies[{index}]`");
            errors.invalid(&path.index(index), address.text(), &detail);
        }
    }
}

/// Finds forbidden changes of the addresses.
pub(super) fn validate_change(new: &Value, old: &Value, errors: &mut Errors) {
    let (is, was) = (Spec::of(new), Spec::of(old));
    if is.is_external_name() || was.is_external_name() || is.is_headless() && was.is_headless() {
        return;
    }
    let root = Path::ROOT.field("spec");
    let path = root.field("clusterIPs");
    let shown = gotext::texts(&is.0["clusterIPs"]);
    let (ips, old_ips) = (is.cluster_ips(), was.cluster_ips());
    if ips.len() == old_ips.len() {
        for (index, _) in old_ips.iter().zip(ips).enumerate().filter(|(_, (a, b))| a != b) {
            errors.invalid(&path.index(index), Verbatim(&shown), "may not change once set");
        }
        return;
    }
    match (old_ips.first(), ips.first()) {
        (Some(_), None) => {
            errors.invalid(&path.index(0), Verbatim(&shown), "primary clusterIP can not be unset");
        }
        (Some(before), Some(after)) if before != after => {
            errors.invalid(&path.index(0), Verbatim(&shown), "may not change once set");
        }
        _ => {}
    }
    if old_ips.len() > ips.len() && ips.len() == 1 {
        must_be_single_stack(is, "releasing the secondary clusterIP", errors);
    }
}

/// Finds forbidden changes of the families.
pub(super) fn validate_family_change(new: &Value, old: &Value, errors: &mut Errors) {
    let (is, was) = (Spec::of(new), Spec::of(old));
    let external = is.is_external_name() || was.is_external_name();
    if external || is.is_headless() || was.is_headless() {
        return;
    }
    let root = Path::ROOT.field("spec");
    let families_path = root.field("ipFamilies");
    let path = families_path.index(0);
    let shown = gotext::texts(&is.0["ipFamilies"]);
    let (families, old_families) = (is.0["ipFamilies"].items(), was.0["ipFamilies"].items());
    if families.len() == old_families.len() {
        for _ in old_families.iter().zip(families).filter(|(a, b)| a != b) {
            errors.invalid(&path, Verbatim(&shown), "may not change once set");
        }
        return;
    }
    if old_families.len() > families.len() && is.cluster_ips().is_empty() {
        errors.invalid(&path, Verbatim(&shown), "primary ipFamily can not be unset");
    }
    if let (Some(before), Some(after)) = (old_families.first(), families.first())
        && before != after
    {
        let shown = gotext::texts(&is.0["clusterIPs"]);
        errors.invalid(&path, Verbatim(&shown), "may not change once set");
    }
    if old_families.len() > families.len() && families.len() == 1 {
        must_be_single_stack(is, "releasing the secondary ipFamily", errors);
    }
}

fn must_be_single_stack(spec: Spec<'_>, when: &str, errors: &mut Errors) {
    let policy = &spec.0["ipFamilyPolicy"];
    if policy.text() != "SingleStack" {
        let root = Path::ROOT.field("spec");
        let detail = format!("must be set to 'SingleStack' when {when}");
        errors.invalid(&root.field("ipFamilyPolicy"), policy, &detail);
    }
}
