//! Reads Services and the EndpointSlices behind them.

use super::Ids;
use super::items::{Endpoint, Endpoints, Port, Service, text};
use crate::value::Value;

const SERVICE_NAME: &str = "kubernetes.io/service-name";

pub(super) fn read_service(service: &Value) -> Service {
    let spec = &service["spec"];
    let kind = text(spec, &["type"]);
    let external_name = kind == "ExternalName";
    Service {
        namespace: text(service, &["metadata", "namespace"]),
        name: text(service, &["metadata", "name"]),
        address: if external_name { String::new() } else { text(spec, &["clusterIP"]) },
        external: external(service, &kind),
        kind,
        ports: spec["ports"].items().iter().map(port).collect(),
        selector: spec["selector"].entries().map(|(k, v)| format!("{k}={}", v.text())).collect(),
    }
}

/// What the EXTERNAL-IP column says, without its `<none>`.
fn external(service: &Value, kind: &str) -> String {
    let spec = &service["spec"];
    let mut addresses: Vec<&str> = spec["externalIPs"].items().iter().map(Value::text).collect();
    if kind == "ExternalName" {
        addresses.push(spec["externalName"].text());
    }
    if kind == "LoadBalancer" {
        let ingress = service.at(&["status", "loadBalancer", "ingress"]).items();
        let granted = ingress.iter().map(|entry| match entry["ip"].text() {
            "" => entry["hostname"].text(),
            ip => ip,
        });
        addresses.extend(granted);
        if addresses.is_empty() {
            addresses.push("<pending>");
        }
    }
    addresses.join(",")
}

fn port(port: &Value) -> Port {
    let target = &port["targetPort"];
    Port {
        name: text(port, &["name"]),
        port: port["port"].int(),
        target: target.as_int().map_or_else(|| target.text().to_owned(), |port| port.to_string()),
        node_port: port["nodePort"].int(),
        protocol: text(port, &["protocol"]),
    }
}

pub(super) fn read_slice(slice: &Value, ids: &mut Ids) -> Endpoints {
    Endpoints {
        namespace: text(slice, &["metadata", "namespace"]),
        service: text(slice, &["metadata", "labels", SERVICE_NAME]),
        endpoints: slice["endpoints"].items().iter().map(|one| endpoint(one, ids)).collect(),
    }
}

fn endpoint(endpoint: &Value, ids: &mut Ids) -> Endpoint {
    let conditions = &endpoint["conditions"];
    Endpoint {
        address: endpoint["addresses"]
            .items()
            .first()
            .map(|address| address.text().to_owned())
            .unwrap_or_default(),
        pod: endpoint.at(&["targetRef", "uid"]).as_shared().map(|uid| ids.of(uid)),
        // The API says to read a missing `ready` as true.
        ready: conditions["ready"].as_bool().unwrap_or(true),
        terminating: conditions["terminating"].is_true(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    fn check(service: Value, external: &str) {
        assert_eq!(read_service(&service).external, external);
    }

    #[test]
    fn says_where_a_service_is_reached_from_outside() {
        check(value!({ "spec": { "type": "ClusterIP" } }), "");
        check(value!({ "spec": { "type": "LoadBalancer" } }), "<pending>");
        check(value!({ "spec": { "type": "ExternalName", "externalName": "a.b" } }), "a.b");
        let granted = value!({
            "spec": { "type": "LoadBalancer" },
            "status": { "loadBalancer": { "ingress": [{ "ip": "34.0.0.1" }] } },
        });
        check(granted, "34.0.0.1");
    }

    #[test]
    fn an_endpoint_points_at_its_pod() {
        let mut ids = Ids::default();
        let slice = value!({
            "metadata": { "labels": { "kubernetes.io/service-name": "web" } },
            "endpoints": [
                { "addresses": ["10.0.0.1"], "targetRef": { "uid": "a" }, "conditions": { "ready": false } },
                { "addresses": ["10.0.0.2"] },
            ],
        });
        let slice = read_slice(&slice, &mut ids);
        assert_eq!(slice.service, "web");
        let seen: Vec<_> = slice.endpoints.iter().map(|one| (one.pod, one.ready)).collect();
        assert_eq!(seen, [(Some(crate::view::Id(0)), false), (None, true)]);
    }
}
