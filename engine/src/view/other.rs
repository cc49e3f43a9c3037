//! Reads the objects that Pods use or that act on workloads, and who uses whom.

use super::items::{Link, Other, text};
use crate::value::Value;

pub(super) fn read(kind: &str, object: &Value) -> Other {
    Other {
        kind: kind.to_owned(),
        namespace: text(object, &["metadata", "namespace"]),
        name: text(object, &["metadata", "name"]),
        fact: fact(kind, object),
        points_to: points_to(kind, object),
    }
}

fn fact(kind: &str, object: &Value) -> String {
    let (spec, status) = (&object["spec"], &object["status"]);
    match kind {
        "PersistentVolumeClaim" => status["phase"].text().to_owned(),
        "HorizontalPodAutoscaler" => {
            let least = spec["minReplicas"].as_int().unwrap_or(1);
            format!("{least}–{}", spec["maxReplicas"].int())
        }
        "Ingress" => {
            let hosts = spec["rules"].items().iter().map(|rule| rule["host"].text());
            hosts.filter(|host| !host.is_empty()).collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    }
}

fn points_to(kind: &str, object: &Value) -> Vec<Link> {
    let spec = &object["spec"];
    match kind {
        "HorizontalPodAutoscaler" => {
            let target = &spec["scaleTargetRef"];
            vec![link(target["kind"].text(), &target["name"])]
        }
        "Ingress" => {
            let paths = spec["rules"].items().iter().flat_map(|rule| rule["http"]["paths"].items());
            let backends = paths.map(|path| &path["backend"]);
            let all = backends.chain(std::iter::once(&spec["defaultBackend"]));
            let named = all.map(|backend| link("Service", &backend["service"]["name"]));
            tidy(named.collect())
        }
        _ => Vec::new(),
    }
}

/// The ConfigMaps, Secrets and claims that a Pod template names.
pub(super) fn uses(template: &Value) -> Vec<Link> {
    let spec = &template["spec"];
    let mut links = Vec::new();
    for volume in spec["volumes"].items() {
        links.push(link("ConfigMap", &volume["configMap"]["name"]));
        links.push(link("Secret", &volume["secret"]["secretName"]));
        links.push(link("PersistentVolumeClaim", &volume["persistentVolumeClaim"]["claimName"]));
        for source in volume["projected"]["sources"].items() {
            links.push(link("ConfigMap", &source["configMap"]["name"]));
            links.push(link("Secret", &source["secret"]["name"]));
        }
    }
    links.extend(spec["imagePullSecrets"].items().iter().map(|own| link("Secret", &own["name"])));
    let containers = spec["initContainers"].items().iter().chain(spec["containers"].items());
    for container in containers {
        for source in container["envFrom"].items() {
            links.push(link("ConfigMap", &source["configMapRef"]["name"]));
            links.push(link("Secret", &source["secretRef"]["name"]));
        }
        for entry in container["env"].items() {
            let source = &entry["valueFrom"];
            links.push(link("ConfigMap", &source["configMapKeyRef"]["name"]));
            links.push(link("Secret", &source["secretKeyRef"]["name"]));
        }
    }
    tidy(links)
}

fn link(kind: &str, name: &Value) -> Link {
    Link { kind: kind.to_owned(), name: name.text().to_owned() }
}

fn tidy(mut links: Vec<Link>) -> Vec<Link> {
    links.retain(|link| !link.name.is_empty());
    links.sort();
    links.dedup();
    links
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    #[test]
    fn a_template_names_what_it_uses_once() {
        let template = value!({ "spec": {
            "volumes": [{ "configMap": { "name": "settings" } }],
            "containers": [{
                "envFrom": [{ "configMapRef": { "name": "settings" } }],
                "env": [{ "valueFrom": { "secretKeyRef": { "name": "password" } } }],
            }],
        } });
        let links: Vec<_> = uses(&template)
            .into_iter()
            .map(|link| format!("{}/{}", link.kind, link.name))
            .collect();
        assert_eq!(links, ["ConfigMap/settings", "Secret/password"]);
    }

    #[test]
    fn an_autoscaler_points_to_what_it_scales() {
        let scaler = value!({ "spec": {
            "scaleTargetRef": { "kind": "Deployment", "name": "web" }, "maxReplicas": 5,
        } });
        let read = read("HorizontalPodAutoscaler", &scaler);
        assert_eq!(read.fact, "1–5");
        assert_eq!(read.points_to, [link("Deployment", &Value::from("web"))]);
    }
}
