//! What is wrong with a Service.
//!
//! Source: `pkg/apis/core/validation`, `ValidateService` and its neighbours.

use std::collections::BTreeSet;

use super::super::{Errors, Path, Verbatim, ip, meta, names, ports as port_rules};
use super::cluster_ips;
use super::spec::Spec;
use crate::value::Value;

const TOPOLOGY_MODE: &str = "service.kubernetes.io/topology-mode";
const TOPOLOGY_HINTS: &str = "service.kubernetes.io/topology-aware-hints";
const SOURCE_RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";
/// The kubelet's own port, which must not be reachable from outside.
const KUBELET_PORT: i64 = 10_250;
const ONLY_FOR_BALANCERS: &str = "may only be used when `type` is 'LoadBalancer'";
/// The longest that a client may stay with its endpoint.
const AFFINITY_SECS_MAX: i64 = 86_400;

pub(super) fn validate(service: &Value, errors: &mut Errors) {
    let spec = Spec::of(service);
    let root = Path::ROOT.field("spec");
    validate_topology_annotations(service, errors);
    if spec.ports().is_empty() && !spec.is_headless() && !spec.is_external_name() {
        errors.required(&root.field("ports"), "");
    }
    validate_for_type(spec, errors);
    validate_ports(spec, errors);
    meta::validate_labels(&spec.0["selector"], &root.field("selector"), errors);
    validate_affinity(spec, errors);
    cluster_ips::validate(service, errors);
    let path = root.field("externalIPs");
    for (index, address) in spec.0["externalIPs"].items().iter().enumerate() {
        if ip::parse(address.text()).is_some() {
            ip::validate_non_special(address.text(), &path.index(index), errors);
        } else {
            ip::validate(address.text(), &path.index(index), errors);
        }
    }
    let types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    if !types.contains(&spec.kind()) {
        errors.not_supported(&root.field("type"), spec.kind(), &types);
    }
    validate_node_ports(spec, errors);
    validate_source_ranges(service, errors);
    validate_load_balancer_fields(spec, errors);
    validate_traffic(spec, errors);
}

fn validate_topology_annotations(service: &Value, errors: &mut Errors) {
    let annotations = service.at(&["metadata", "annotations"]);
    let (mode, hints) = (&annotations[TOPOLOGY_MODE], &annotations[TOPOLOGY_HINTS]);
    if !mode.is_null() && !hints.is_null() && mode != hints {
        let metadata = Path::ROOT.field("metadata");
        let path = metadata.field("annotations");
        let detail = format!("must match annotations[{TOPOLOGY_HINTS}] when both are specified");
        errors.invalid(&path.key(TOPOLOGY_MODE), mode.text(), &detail);
    }
}

fn validate_for_type(spec: Spec<'_>, errors: &mut Errors) {
    let root = Path::ROOT.field("spec");
    let ips = root.field("clusterIPs");
    if spec.is_load_balancer() {
        let path = root.field("ports");
        for (index, port) in spec.ports().iter().enumerate() {
            if port["port"].int() == KUBELET_PORT {
                let detail = format!(
                    "may not expose port {KUBELET_PORT} externally since it is used by kubelet"
                );
                errors.invalid(&path.index(index), KUBELET_PORT, &detail);
            }
        }
    }
    if spec.needs_node_port() && spec.is_headless() {
        let detail = format!("may not be set to 'None' for {} services", spec.kind());
        errors.invalid(&ips.index(0), "None", &detail);
    }
    if spec.is_external_name() {
        for (is_set, name) in [
            (!spec.cluster_ips().is_empty(), "clusterIPs"),
            (!spec.0["ipFamilies"].is_empty(), "ipFamilies"),
            (!spec.0["ipFamilyPolicy"].is_null(), "ipFamilyPolicy"),
        ] {
            if is_set {
                errors.forbidden(&root.field(name), "may not be set for ExternalName services");
            }
        }
        // A trailing dot marks a name as complete.
        let given = spec.0["externalName"].text();
        let path = root.field("externalName");
        match given.strip_suffix('.').unwrap_or(given) {
            "" => errors.required(&path, ""),
            name => errors.invalid_each(&path, name, names::subdomain(name)),
        }
    }
}

fn validate_ports(spec: Spec<'_>, errors: &mut Errors) {
    let root = Path::ROOT.field("spec");
    let path = root.field("ports");
    let mut seen = BTreeSet::new();
    for (index, port) in spec.ports().iter().enumerate() {
        let path = path.index(index);
        let name = port["name"].text();
        if !name.is_empty() {
            errors.invalid_each(&path.field("name"), name, names::label(name));
            if !seen.insert(name) {
                errors.duplicate(&path.field("name"), name);
            }
        } else if spec.ports().len() > 1 {
            errors.required(&path.field("name"), "");
        }
        let number = port["port"].int();
        for complaint in names::port_number(number) {
            errors.invalid(&path.field("port"), number, &complaint);
        }
        port_rules::validate_protocol(&port["protocol"], &path.field("protocol"), errors);
        port_rules::validate_number_or_name(&port["targetPort"], &path.field("targetPort"), errors);
        let protocol = &port["appProtocol"];
        if !protocol.is_null() {
            let complaints = names::qualified_name(protocol.text());
            errors.invalid_each(&path.field("appProtocol"), protocol.text(), complaints);
        }
    }
}

fn validate_affinity(spec: Spec<'_>, errors: &mut Errors) {
    let root = Path::ROOT.field("spec");
    let (affinity, path) = (spec.0["sessionAffinity"].text(), root.field("sessionAffinity"));
    let config = &spec.0["sessionAffinityConfig"];
    let config_path = root.field("sessionAffinityConfig");
    match affinity {
        "" => errors.required(&path, ""),
        "None" if config.is_null() => {}
        "None" => {
            errors.forbidden(&config_path, "must not be set when session affinity is None");
        }
        "ClientIP" => {
            let secs = config.at(&["clientIP", "timeoutSeconds"]).int();
            if secs <= 0 || secs > AFFINITY_SECS_MAX {
                let client = config_path.field("clientIP");
                let detail = format!("must be greater than 0 and less than {AFFINITY_SECS_MAX}");
                errors.invalid(&client.field("timeoutSeconds"), secs, &detail);
            }
        }
        _ => errors.not_supported(&path, affinity, &["ClientIP", "None"]),
    }
}

fn validate_node_ports(spec: Spec<'_>, errors: &mut Errors) {
    let root = Path::ROOT.field("spec");
    let path = root.field("ports");
    let node_ports =
        || spec.ports().iter().enumerate().filter(|(_, port)| port["nodePort"].int() != 0);
    if spec.kind() == "ClusterIP" {
        for (index, _) in node_ports() {
            let detail = "may not be used when `type` is 'ClusterIP'";
            errors.forbidden(&path.index(index).field("nodePort"), detail);
        }
    }
    let mut seen = BTreeSet::new();
    for (index, port) in node_ports() {
        if !seen.insert((port["protocol"].text(), port["nodePort"].int())) {
            errors.duplicate(&path.index(index).field("nodePort"), port["nodePort"].int());
        }
    }
    let mut seen = BTreeSet::new();
    for (index, port) in spec.ports().iter().enumerate() {
        let (protocol, number) = (port["protocol"].text(), port["port"].int());
        if !seen.insert((protocol, number)) {
            let shown = format!(
                "core.ServicePort{{Name:\"\", Protocol:{protocol:?}, AppProtocol:(*string)(nil), \
                 Port:{number}, TargetPort:intstr.IntOrString{{Type:0, IntVal:0, StrVal:\"\"}}, \
                 NodePort:0}}"
            );
            errors.duplicate(&path.index(index), Verbatim(&shown));
        }
    }
}

fn validate_source_ranges(service: &Value, errors: &mut Errors) {
    let spec = Spec::of(service);
    let (root, metadata) = (Path::ROOT.field("spec"), Path::ROOT.field("metadata"));
    let annotations = metadata.field("annotations");
    let ranges = spec.0["loadBalancerSourceRanges"].items();
    let annotation = &service.at(&["metadata", "annotations"])[SOURCE_RANGES];
    if !ranges.is_empty() {
        let path = root.field("LoadBalancerSourceRanges");
        if !spec.is_load_balancer() {
            errors.forbidden(&path, ONLY_FOR_BALANCERS);
        }
        for (index, range) in ranges.iter().enumerate() {
            ip::validate_cidr(range.text().trim(), &path.index(index), errors);
        }
    } else if !annotation.is_null() {
        let path = annotations.key(SOURCE_RANGES);
        if !spec.is_load_balancer() {
            errors.forbidden(&path, ONLY_FOR_BALANCERS);
        }
        let listed = annotation.text().trim();
        for range in listed.split(',').filter(|_| !listed.is_empty()) {
            ip::validate_cidr(range.trim(), &path, errors);
        }
    }
}

fn validate_load_balancer_fields(spec: Spec<'_>, errors: &mut Errors) {
    let root = Path::ROOT.field("spec");
    let name = "allocateLoadBalancerNodePorts";
    match (spec.is_load_balancer(), spec.0[name].is_null()) {
        (true, true) => errors.required(&Path::ROOT.field(name), ""),
        (false, false) => errors.forbidden(&root.field(name), ONLY_FOR_BALANCERS),
        _ => {}
    }
    validate_class(spec, errors);
}

fn validate_class(spec: Spec<'_>, errors: &mut Errors) {
    let root = Path::ROOT.field("spec");
    let (class, path) = (&spec.0["loadBalancerClass"], root.field("loadBalancerClass"));
    if class.is_null() {
        return;
    }
    if spec.is_load_balancer() {
        errors.invalid_each(&path, class.text(), names::qualified_name(class.text()));
    } else {
        errors.forbidden(&path, ONLY_FOR_BALANCERS);
    }
}

fn validate_traffic(spec: Spec<'_>, errors: &mut Errors) {
    let root = Path::ROOT.field("spec");
    let policies = ["Cluster", "Local"];
    let (external, path) =
        (spec.0["externalTrafficPolicy"].text(), root.field("externalTrafficPolicy"));
    match external {
        "" if spec.is_external() => errors.required(&path, ""),
        "" => {}
        _ if !spec.is_external() => {
            let detail = "may only be set for externally-accessible services";
            errors.invalid(&path, external, detail);
        }
        _ if !policies.contains(&external) => errors.not_supported(&path, external, &policies),
        _ => {}
    }
    let (port, path) = (spec.health_check_port(), root.field("healthCheckNodePort"));
    match port {
        0 if spec.needs_health_check() => errors.required(&path, ""),
        0 => {}
        _ if !spec.needs_health_check() => {
            let detail = "may only be set when `type` is 'LoadBalancer' and \
                          `externalTrafficPolicy` is 'Local'";
            errors.invalid(&path, port, detail);
        }
        _ => {
            for complaint in names::port_number(port) {
                errors.invalid(&path, port, &complaint);
            }
        }
    }
    let (internal, path) = (&spec.0["internalTrafficPolicy"], root.field("internalTrafficPolicy"));
    if internal.is_null() {
        if spec.needs_cluster_ip() {
            errors.required(&path, "");
        }
    } else if !policies.contains(&internal.text()) {
        errors.not_supported(&path, internal.text(), &policies);
    }
    let distribution = &spec.0["trafficDistribution"];
    if !distribution.is_null() && distribution.text() != "PreferClose" {
        let path = root.field("trafficDistribution");
        errors.not_supported(&path, distribution.text(), &["PreferClose"]);
    }
}

pub(super) fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    let (is, was) = (Spec::of(new), Spec::of(old));
    let root = Path::ROOT.field("spec");
    cluster_ips::validate_change(new, old, errors);
    cluster_ips::validate_family_change(new, old, errors);
    let class = &is.0["loadBalancerClass"];
    if is.is_load_balancer() && was.is_load_balancer() && *class != was.0["loadBalancerClass"] {
        errors.invalid(&root.field("loadBalancerClass"), class, "may not change once set");
    }
    // The server checks the class's form once for the change and once for
    // the whole.
    validate_class(is, errors);
    let same_check = is.health_check_port() == was.health_check_port();
    if is.needs_health_check() && was.needs_health_check() && !same_check {
        errors.forbidden(&root.field("healthCheckNodePort"), "field is immutable");
    }
    validate(new, errors);
}

pub(super) fn validate_status(new: &Value, _old: &Value, errors: &mut Errors) {
    let spec = Spec::of(new);
    let status = Path::ROOT.field("status");
    let balancer = status.field("loadBalancer");
    let path = balancer.field("ingress");
    let ingresses = new.at(&["status", "loadBalancer", "ingress"]).items();
    if !spec.is_load_balancer() && !ingresses.is_empty() {
        let detail = "may only be used when `spec.type` is \"LoadBalancer\"";
        errors.forbidden(&path, detail);
        return;
    }
    for (index, ingress) in ingresses.iter().enumerate() {
        validate_ingress(ingress, &path.index(index), errors);
    }
}

fn validate_ingress(ingress: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (address, mode) = (ingress["ip"].text(), &ingress["ipMode"]);
    let mode_path = path.field("ipMode");
    if address.is_empty() {
        if !mode.is_null() {
            errors.forbidden(&mode_path, "may not be specified when `ip` is not set");
        }
    } else {
        ip::validate(address, &path.field("ip"), errors);
        if mode.is_null() {
            errors.required(&mode_path, "must be specified when `ip` is set");
        } else if !matches!(mode.text(), "VIP" | "Proxy") {
            errors.not_supported(&mode_path, mode.text(), &["Proxy", "VIP"]);
        }
    }
    let host = ingress["hostname"].text();
    if !host.is_empty() {
        let path = path.field("hostname");
        errors.invalid_each(&path, host, names::subdomain(host));
        if ip::parse(host).is_some() {
            errors.invalid(&path, host, "must be a DNS name, not an IP address");
        }
    }
}
