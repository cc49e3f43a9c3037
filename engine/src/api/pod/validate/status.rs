//! What a Pod's status may say.

use super::super::super::meta::immutable;
use super::super::super::{Errors, Path, ip, names};
use super::annotations;
use crate::value::Value;

/// Finds what is wrong with a change of a Pod's status.
pub(in super::super) fn validate_status(new: &Value, old: &Value, errors: &mut Errors) {
    annotations::validate_change(new, old, errors);
    let metadata = Path::ROOT.field("metadata");
    let (status, old_status, path) = (&new["status"], &old["status"], Path::ROOT.field("status"));
    let conditions = metadata.field("conditions");
    for (index, condition) in status["conditions"].items().iter().enumerate() {
        let kind = condition["type"].text();
        if !matches!(kind, "PodScheduled" | "Ready" | "Initialized") {
            let path = conditions.index(index);
            errors.invalid_each(&path.field("Type"), kind, names::qualified_name(kind));
        }
    }
    if new.at(&["spec", "nodeName"]) != old.at(&["spec", "nodeName"]) {
        errors.forbidden(&path.field("nodeName"), "may not be changed directly");
    }
    let nominated = status["nominatedNodeName"].text();
    if !nominated.is_empty() && nominated != old_status["nominatedNodeName"].text() {
        errors.invalid_each(
            &path.field("nominatedNodeName"),
            nominated,
            names::subdomain(nominated),
        );
    }
    immutable(status, old_status, "qosClass", &path, errors);
    validate_transitions(new, old, &path, errors);
    for (index, address) in status["podIPs"].items().iter().enumerate() {
        let list = path.field("podIPs");
        ip::validate(address["ip"].text(), &list.index(index), errors);
    }
    for (index, address) in status["hostIPs"].items().iter().enumerate() {
        let list = path.field("hostIPs");
        let address = address["ip"].text();
        if index == 0 && status["hostIP"].text() != address {
            let own = list.index(0);
            errors.invalid(&own.field("ip"), address, "must be equal to `hostIP`");
        }
        ip::validate(address, &list.index(index), errors);
    }
}

/// A container that has ended for good does not start again.
fn validate_transitions(new: &Value, old: &Value, path: &Path<'_>, errors: &mut Errors) {
    let policy = old.at(&["spec", "restartPolicy"]).text();
    for (list, policy) in [
        ("containerStatuses", policy),
        ("initContainerStatuses", policy),
        ("ephemeralContainerStatuses", "Never"),
    ] {
        if policy == "Always" {
            continue;
        }
        let path = path.field(list);
        for (index, before) in old.at(&["status", list]).items().iter().enumerate() {
            let ended = before.at(&["state", "terminated"]);
            let may_restart = policy == "OnFailure" && ended["exitCode"].int() != 0;
            if ended.is_null() || may_restart || is_sidecar(old, before) {
                continue;
            }
            let after = new.at(&["status", list]).items();
            for status in after.iter().filter(|status| status["name"] == before["name"]) {
                if status.at(&["state", "terminated"]).is_null() {
                    let path = path.index(index);
                    let detail = "may not be transitioned to non-terminated state";
                    errors.forbidden(&path.field("state"), detail);
                }
            }
        }
    }
}

fn is_sidecar(pod: &Value, status: &Value) -> bool {
    super::super::PodView(pod).sidecars().any(|own| own.name() == status["name"].text())
}
