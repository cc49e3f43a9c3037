//! The Ingress controller's data path: from a host and a path to a Pod.
//!
//! Source: ingress-nginx 1.12 (`internal/ingress/controller`): the host's
//! exact rules before wildcards before those without a host; exact paths
//! before the longest prefix; endpoints are chosen without the Service's own
//! address. Without a rule it answers 404, without an endpoint 503. With
//! `rewrite-target` or `use-regex` paths are regular expressions.
//!
//! **Real clusters:** the controller is Pods of its own, and its certificates
//! are checked; here it runs beside the first node that takes traffic, and
//! HTTPS is trusted.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::route::{Arrival, Destination, Packet};
use super::rules::{Door, ServiceRules, Standpoint, points};
use super::trace::{Blame, Choice, Hop, Reason, Way};
use super::{Network, world};
use crate::process::{HttpRequest, HttpResponse};
use crate::sim::Time;
use crate::store::Key;
use crate::value::{Str, Value};

const REWRITE: &str = "nginx.ingress.kubernetes.io/rewrite-target";
const REGEX: &str = "nginx.ingress.kubernetes.io/use-regex";
const SSL_REDIRECT: &str = "nginx.ingress.kubernetes.io/ssl-redirect";

/// Every Ingress.
#[derive(Debug, Clone, Default)]
pub(super) struct Ingresses(BTreeMap<Key, Value>);

impl Ingresses {
    /// Takes note of an Ingress.
    pub(super) fn see(&mut self, key: &Key, ingress: Option<&Value>) {
        match ingress {
            Some(ingress) => self.0.insert(key.clone(), ingress.clone()),
            None => self.0.remove(key),
        };
    }

    /// The Ingresses that have been given an address.
    fn served(&self) -> impl Iterator<Item = (&Key, &Value)> {
        self.0.iter().filter(|(_, ingress)| points(ingress).next().is_some())
    }

    fn is_address(&self, address: &str) -> bool {
        let of = |point: &Value| world::balancer_address(point).is_some_and(|own| *own == *address);
        self.served().any(|(_, ingress)| points(ingress).any(of))
    }

    /// Whether this is the name of the point at which requests come in.
    pub(super) fn has_name(&self, name: &str) -> bool {
        let of = |point: &Value| point["hostname"].text() == name;
        self.served().any(|(_, ingress)| points(ingress).any(of))
    }
}

/// A rule that fits a request.
struct Match<'a> {
    key: &'a Key,
    ingress: &'a Value,
    /// Where it stands, as `spec.rules[0].http.paths[1]`.
    field: String,
    backend: &'a Value,
    /// How well it fits: host, kind of path, length of path.
    rank: (u8, u8, usize),
    /// The path as the backend gets it.
    path: String,
}

impl Network {
    /// The Ingress controller's doorstep, if the destination is that.
    pub(super) fn at_ingress(
        &self,
        packet: &Packet<'_>,
        to: &Destination,
        way: &mut Way,
    ) -> Option<Arrival> {
        let is_it = matches!(to.port, 80 | 443) && self.ingresses.is_address(&to.address);
        is_it.then(|| {
            let (address, service) = (to.address.clone(), String::new());
            let nodes = self.controller_node().into_iter().map(|own| own.to_string()).collect();
            way.step(|| Hop::LoadBalancer { address, service, nodes });
            Arrival::Ingress { client: packet.source() }
        })
    }

    /// The node beside which the Ingress controller runs.
    fn controller_node(&self) -> Option<Str> {
        self.balanced.first().cloned()
    }

    /// Finds the way of a request that has come to the Ingress controller, and
    /// the request as it goes on.
    pub fn route_ingress(
        &mut self,
        request: &HttpRequest,
        (client, tls): (&str, bool),
        now: Time,
        way: &mut Way,
    ) -> (Arrival, HttpRequest) {
        let mut passed = forwarded(request, client, tls);
        let asked = request.header("Host").unwrap_or_default().to_lowercase();
        let host = asked.split(':').next().unwrap_or_default();
        let node = self.controller_node().unwrap_or_default();
        let Some(found) = best_match(&self.ingresses, host, request.path()) else {
            let blame = Blame::new(Reason::NoIngressRule)
                .at(self.nearest(host), "spec.rules")
                .detail(format!("{host}{}", request.path()));
            return (Arrival::Answered(page(404, "Not Found"), Some(blame)), passed);
        };
        let ingress = format!("{}/{}", found.key.namespace, found.key.name);
        let service = &found.backend["service"];
        let name = service["name"].text();
        let port = &service["port"];
        way.step(|| Hop::Ingress {
            ingress: ingress.clone(),
            rule: found.field.clone(),
            backend: format!("{}/{name}:{}", found.key.namespace, port_text(port)),
        });
        if !tls && redirects(found.ingress, host) {
            let mut response = page(308, "Permanent Redirect");
            let location = format!("https://{host}{}", request.target);
            response.headers.push(("Location".to_owned(), location));
            return (Arrival::Answered(response, None), passed);
        }
        let query =
            request.target.split_once('?').map_or(String::new(), |(_, own)| format!("?{own}"));
        passed.target = format!("{}{query}", found.path);
        let key = Key::new(self.kinds.service, &found.key.namespace, name);
        let seen = self.proxies.seen_by(&node, now);
        let Some(rules) = self.proxies.rules(&key, seen).map(Arc::clone) else {
            let blame = Blame::new(Reason::NoSuchService)
                .at(format!("Ingress/{ingress}"), format!("{}.backend.service.name", found.field))
                .detail(name);
            let answer = page(503, "Service Temporarily Unavailable");
            return (Arrival::Answered(answer, Some(blame)), passed);
        };
        let index = rules.service["spec"]["ports"].items().iter().position(|own| {
            own["port"] == port["number"] && !port["number"].is_null()
                || !port["name"].is_empty() && own["name"] == port["name"]
        });
        let Some(index) = index else {
            let blame = Blame::new(Reason::NoSuchPort)
                .at(format!("Ingress/{ingress}"), format!("{}.backend.service.port", found.field))
                .detail(port_text(port));
            let answer = page(503, "Service Temporarily Unavailable");
            return (Arrival::Answered(answer, Some(blame)), passed);
        };
        (self.choose_backend(&rules, index, &node, now, way), passed)
    }

    fn choose_backend(
        &mut self,
        rules: &ServiceRules,
        index: usize,
        node: &Str,
        now: Time,
        way: &mut Way,
    ) -> Arrival {
        let from = Standpoint { node, zone: "", door: Door::ExternalFromInside };
        let candidates: Vec<_> = rules
            .ports
            .get(index)
            .map(|port| rules.candidates(port, from).cloned().collect())
            .unwrap_or_default();
        let Some(target) = self.random.choose(&candidates).cloned() else {
            let blame = self.why_no_endpoints(rules, index, Door::ExternalFromInside, node);
            return Arrival::Answered(page(503, "Service Temporarily Unavailable"), Some(blame));
        };
        way.step(|| Hop::Service {
            service: rules.name.clone(),
            address: target.address.to_string(),
            node: node.to_string(),
            candidates: candidates.iter().map(|own| own.address.to_string()).collect(),
            chosen: target.address.to_string(),
            by: Choice::Chance,
        });
        let to =
            Destination { address: target.address.to_string(), port: target.port, is_udp: false };
        let caller = super::Caller::Node(node.clone());
        self.route(&caller, &to, now, way)
    }

    /// The Ingress that is for this host, though not for the path.
    fn nearest(&self, host: &str) -> String {
        let has_host = |ingress: &Value| {
            ingress["spec"]["rules"].items().iter().any(|rule| rule["host"].text() == host)
        };
        let found = self.ingresses.served().find(|(_, ingress)| has_host(ingress));
        let found = found.or_else(|| self.ingresses.served().next());
        found.map(|(key, _)| format!("Ingress/{}/{}", key.namespace, key.name)).unwrap_or_default()
    }
}

fn port_text(port: &Value) -> String {
    port["number"].as_int().map_or_else(|| port["name"].text().to_owned(), |port| port.to_string())
}

fn best_match<'a>(ingresses: &'a Ingresses, host: &str, path: &str) -> Option<Match<'a>> {
    let mut best: Option<Match<'a>> = None;
    for (key, ingress) in ingresses.served() {
        for found in matches(key, ingress, host, path) {
            if best.as_ref().is_none_or(|best| found.rank > best.rank) {
                best = Some(found);
            }
        }
    }
    best
}

/// Every rule of an Ingress that fits.
fn matches<'a>(key: &'a Key, ingress: &'a Value, host: &str, path: &str) -> Vec<Match<'a>> {
    let mut found = Vec::new();
    let mut is_own_host = ingress["spec"]["rules"].is_empty();
    for (index, rule) in ingress["spec"]["rules"].items().iter().enumerate() {
        let Some(by_host) = host_rank(rule["host"].text(), host) else { continue };
        is_own_host = true;
        for (place, item) in rule["http"]["paths"].items().iter().enumerate() {
            let Some((by_kind, rewritten)) = path_rank(ingress, item, path) else { continue };
            found.push(Match {
                key,
                ingress,
                field: format!("spec.rules[{index}].http.paths[{place}]"),
                backend: &item["backend"],
                rank: (by_host, by_kind, item["path"].text().len()),
                path: rewritten,
            });
        }
    }
    let backend = &ingress["spec"]["defaultBackend"];
    if is_own_host && !backend.is_null() {
        let (field, path) = ("spec.defaultBackend".to_owned(), path.to_owned());
        found.push(Match { key, ingress, field, backend, rank: (0, 0, 0), path });
    }
    found
}

/// How well a rule's host fits; `None` where it does not.
fn host_rank(rule: &str, host: &str) -> Option<u8> {
    match rule.strip_prefix("*.") {
        _ if rule.is_empty() => Some(1),
        Some(rest) => {
            let (label, own) = host.split_once('.')?;
            (!label.is_empty() && own == rest).then_some(2)
        }
        None => (rule == host).then_some(3),
    }
}

/// How well a path fits, and what the backend gets.
fn path_rank(ingress: &Value, item: &Value, path: &str) -> Option<(u8, String)> {
    let annotations = &ingress["metadata"]["annotations"];
    let wanted = match item["path"].text() {
        "" => "/",
        wanted => wanted,
    };
    let target = annotations[REWRITE].text();
    if annotations[REGEX].text() == "true" || !target.is_empty() {
        let expression = regex_lite::Regex::new(&format!("(?i)^{wanted}")).ok()?;
        let captures = expression.captures(path)?;
        let mut rewritten = target.to_owned();
        for (index, part) in captures.iter().enumerate().skip(1) {
            let part = part.map_or("", |part| part.as_str());
            rewritten = rewritten.replace(&format!("${index}"), part);
        }
        let rewritten = if target.is_empty() { path.to_owned() } else { rewritten };
        return Some((1, rewritten));
    }
    let fits = match item["pathType"].text() {
        "Exact" => path == wanted,
        _ => is_prefix(wanted, path),
    };
    let rank = if item["pathType"].text() == "Exact" { 2 } else { 1 };
    fits.then(|| (rank, path.to_owned()))
}

/// Whether `prefix` is one of `path`, part by part.
fn is_prefix(prefix: &str, path: &str) -> bool {
    let prefix = prefix.trim_end_matches('/');
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether plain HTTP is sent to HTTPS: for the hosts of a certificate.
fn redirects(ingress: &Value, host: &str) -> bool {
    let annotation = ingress["metadata"]["annotations"][SSL_REDIRECT].text();
    let mut hosts = ingress["spec"]["tls"].items().iter().flat_map(|tls| tls["hosts"].items());
    annotation != "false" && hosts.any(|own| own.text() == host)
}

/// The request as the controller sends it on.
fn forwarded(request: &HttpRequest, client: &str, tls: bool) -> HttpRequest {
    let mut passed = request.clone();
    let host = request.header("Host").unwrap_or_default().to_owned();
    let scheme = if tls { "https" } else { "http" };
    for (name, text) in [
        ("X-Real-IP", client),
        ("X-Forwarded-For", client),
        ("X-Forwarded-Host", &host),
        ("X-Forwarded-Port", if tls { "443" } else { "80" }),
        ("X-Forwarded-Proto", scheme),
        ("X-Forwarded-Scheme", scheme),
        ("X-Scheme", scheme),
    ] {
        passed.headers.push((name.to_owned(), text.to_owned()));
    }
    passed
}

/// A page of the controller itself.
pub fn page(status: u16, reason: &str) -> HttpResponse {
    let body = format!(
        "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n\
         <center><h1>{status} {reason}</h1></center>\r\n<hr><center>nginx</center>\r\n\
         </body>\r\n</html>\r\n"
    );
    let length = body.len().to_string();
    let mut response = HttpResponse::text(status, body);
    response.headers = vec![
        ("Content-Type".to_owned(), "text/html".to_owned()),
        ("Content-Length".to_owned(), length),
    ];
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::KindId;
    use crate::value;

    fn check(host: &str, path: &str, expected: Option<&str>) {
        let backend =
            |name: &str| value!({ "service": { "name": name, "port": { "number": 80 } } });
        let path_of = |kind: &str, path: &str, name: &str| value!({ "pathType": kind, "path": path, "backend": (backend(name)) });
        let ingress = value!({
            "spec": { "rules": [
                { "host": "a.example", "http": { "paths": [
                    (path_of("Prefix", "/", "root")),
                    (path_of("Prefix", "/api", "api")),
                    (path_of("Exact", "/api", "exact")),
                ] } },
                { "host": "*.b.example", "http": { "paths": [(path_of("Prefix", "/shop/", "any"))] } },
            ] },
            "status": { "loadBalancer": { "ingress": [{ "ip": "198.51.100.1" }] } },
        });
        let mut ingresses = Ingresses::default();
        ingresses.see(&Key::new(KindId(0), "default", "web"), Some(&ingress));
        let found = best_match(&ingresses, host, path);
        let name = found.map(|found| found.backend["service"]["name"].text().to_owned());
        assert_eq!(name.as_deref(), expected, "{host}{path}");
    }

    #[test]
    fn the_longest_path_of_the_nearest_host_wins() {
        check("a.example", "/", Some("root"));
        check("a.example", "/api", Some("exact"));
        check("a.example", "/api/v1", Some("api"));
        check("a.example", "/apiary", Some("root"));
        check("x.b.example", "/shop", Some("any"));
        check("x.b.example", "/", None);
        check("b.example", "/shop", None);
        check("c.example", "/", None);
    }
}
