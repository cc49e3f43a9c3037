//! The resolver of a process: `/etc/hosts`, search list, `ndots`, and which
//! server it asks.
//!
//! Source: `resolv.conf(5)` and `pkg/kubelet/network/dns/dns.go`.

use super::dns::DOMAIN;
use super::rules::{Door, Standpoint};
use super::trace::{Blame, Caller, Reason};
use super::{Network, world};
use crate::api::pod::PodView;
use crate::process::{NetError, Record, RecordKind};
use crate::sim::Time;
use crate::store::Key;
use crate::value::Value;

/// The address of the cluster's DNS.
pub(super) const CLUSTER_DNS: &str = "10.96.0.10";
/// Names with at least so many dots are tried as they are first: by default,
/// and in a Pod.
const NDOTS: usize = 1;
const NDOTS_IN_POD: usize = 5;

/// What is to be looked up.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// The name as typed.
    pub name: &'a str,
    /// Which records.
    pub kind: RecordKind,
    /// The server to ask instead of the usual one.
    pub server: Option<&'a str>,
    /// Whether the search list applies.
    pub search: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// The server asked.
    pub server: String,
    /// The names that had no answer, in the order tried.
    pub tried: Vec<String>,
    /// The name that had an answer, and its records.
    pub found: Result<(String, Vec<Record>), NetError>,
}

impl Resolution {
    /// The data of its records of one kind.
    pub(super) fn data(&self, kind: RecordKind) -> Vec<String> {
        let records = self.found.iter().flat_map(|(_, records)| records);
        records.filter(|own| own.kind == kind).map(|own| own.data.clone()).collect()
    }
}

/// A process' `/etc/resolv.conf`.
struct Config {
    server: String,
    searches: Vec<String>,
    ndots: usize,
}

impl Network {
    /// Looks a name up as the caller's resolver does.
    pub fn resolve(&self, caller: &Caller, query: &Query<'_>, now: Time) -> Resolution {
        let name = query.name.to_lowercase();
        let config = self.resolver_of(caller);
        let server = query.server.map_or(config.server, str::to_owned);
        let mut tried = Vec::new();
        if query.kind == RecordKind::A
            && let Some(address) = self.in_hosts_file(caller, &name)
        {
            let record = Record { name: name.clone(), kind: query.kind, data: address, ttl: 0 };
            return Resolution { server, tried, found: Ok((name, vec![record])) };
        }
        if let Err(error) = self.reaches_server(caller, &server, now) {
            return Resolution { server, tried, found: Err(error) };
        }
        let searches = if query.search { config.searches.as_slice() } else { &[] };
        for candidate in names_to_try(&name, searches, config.ndots) {
            let records = if server == CLUSTER_DNS {
                self.records(&candidate, query.kind, now)
            } else {
                self.records_outside(&candidate, query.kind)
            };
            match records {
                Some(records) => {
                    return Resolution { server, tried, found: Ok((candidate, records)) };
                }
                None => tried.push(candidate),
            }
        }
        Resolution { server, tried, found: Err(NetError::UnknownHost) }
    }

    fn resolver_of(&self, caller: &Caller) -> Config {
        let own =
            || Config { server: world::DNS_SERVER.to_owned(), searches: Vec::new(), ndots: NDOTS };
        let Caller::Pod(key) = caller else { return own() };
        let Some(pod) = self.pods.get(key) else { return own() };
        let policy = pod["spec"]["dnsPolicy"].text();
        let on_host = PodView(pod).uses_host_network() && policy != "ClusterFirstWithHostNet";
        let mut config = match policy {
            "None" => Config { server: String::new(), ..own() },
            "Default" => own(),
            _ if on_host => own(),
            _ => Config {
                server: CLUSTER_DNS.to_owned(),
                searches: vec![
                    format!("{}.svc.{DOMAIN}", key.namespace),
                    format!("svc.{DOMAIN}"),
                    DOMAIN.to_owned(),
                ],
                ndots: NDOTS_IN_POD,
            },
        };
        config.add(&pod["spec"]["dnsConfig"]);
        config
    }

    /// The address that the caller's `/etc/hosts` gives a name.
    fn in_hosts_file(&self, caller: &Caller, name: &str) -> Option<String> {
        if name == "localhost" {
            return Some("127.0.0.1".to_owned());
        }
        let Caller::Pod(key) = caller else { return None };
        let pod = self.pods.get(key)?;
        let spec = &pod["spec"];
        let hostname = match spec["hostname"].text() {
            "" => &*key.name,
            given => given,
        };
        let full = || {
            let subdomain = spec["subdomain"].text();
            format!("{hostname}.{subdomain}.{}.svc.{DOMAIN}", key.namespace)
        };
        if name == hostname || (!spec["subdomain"].is_empty() && name == full()) {
            return Some(PodView(pod).ip().to_owned());
        }
        let has_name =
            |alias: &&Value| alias["hostnames"].items().iter().any(|own| own.text() == name);
        let alias = spec["hostAliases"].items().iter().find(has_name)?;
        Some(alias["ip"].text().to_owned())
    }

    /// Whether the caller's questions reach a DNS server that answers.
    fn reaches_server(&self, caller: &Caller, server: &str, now: Time) -> Result<(), NetError> {
        if server != CLUSTER_DNS {
            return if server == world::DNS_SERVER || !super::is_inside(server) {
                Ok(())
            } else {
                Err(NetError::DnsTimeout)
            };
        }
        let node = self.node_of(caller).unwrap_or_default();
        let key = Key::new(self.kinds.service, "kube-system", "kube-dns");
        if self.has_dns_service {
            let rules = self.proxies.rules(&key, self.proxies.seen_by(&node, now));
            let zone = self.zone_of(&node);
            let from = Standpoint { node: &node, zone: &zone, door: Door::ClusterIp };
            let up = rules.is_some_and(|rules| {
                rules.ports.iter().any(|port| rules.candidates(port, from).next().is_some())
            });
            if !up {
                return Err(NetError::DnsTimeout);
            }
        }
        if self.denies_dns(caller).is_some() { Err(NetError::DnsTimeout) } else { Ok(()) }
    }

    /// Who is to blame for a name that was not found.
    pub(super) fn blame_name(
        &self,
        caller: &Caller,
        name: &str,
        error: NetError,
        now: Time,
    ) -> Blame {
        if error == NetError::DnsTimeout {
            return match self.denies_dns(caller) {
                Some(policy) => Blame::new(Reason::PolicyEgress).at(policy, "spec.egress"),
                None => Blame::new(Reason::NoDns).at("Service/kube-system/kube-dns", ""),
            };
        }
        let mut labels = name.split('.');
        let service = labels.next().unwrap_or_default();
        let asked = labels.next();
        let found = self.proxies.keys().find(|key| {
            *key.name == *service
                && asked.is_none_or(|namespace| *key.namespace == *namespace)
                && self.service_named(&key.name, &key.namespace, now).is_some()
        });
        let elsewhere = found.or_else(|| self.proxies.keys().find(|key| *key.name == *service));
        let object = elsewhere.map(|key| format!("Service/{}/{}", key.namespace, key.name));
        match (caller, object, elsewhere) {
            (Caller::Pod(_), Some(object), Some(key)) => Blame::new(Reason::OtherNamespace)
                .at(object, "metadata.namespace")
                .detail(&*key.namespace),
            (_, Some(object), _) => Blame::new(Reason::InsideOnly).at(object, "spec.type"),
            _ => Blame::new(Reason::NoSuchName).detail(name),
        }
    }
}

impl Config {
    fn add(&mut self, config: &Value) {
        if self.server.is_empty() {
            config["nameservers"][0].text().clone_into(&mut self.server);
        }
        let texts = config["searches"].items().iter();
        self.searches.extend(texts.map(|own| own.text().trim_end_matches('.').to_owned()));
        let ndots = config["options"].items().iter().find(|own| own["name"].text() == "ndots");
        if let Some(ndots) = ndots.and_then(|own| own["value"].text().parse().ok()) {
            self.ndots = ndots;
        }
    }
}

/// The names that are asked for, in order.
fn names_to_try(name: &str, searches: &[String], ndots: usize) -> Vec<String> {
    if let Some(absolute) = name.strip_suffix('.') {
        return vec![absolute.to_owned()];
    }
    let mut names: Vec<String> = searches.iter().map(|search| format!("{name}.{search}")).collect();
    let first = name.matches('.').count() >= ndots;
    names.insert(if first { 0 } else { names.len() }, name.to_owned());
    names
}

/// Whether a host is given by its address.
pub(super) fn is_address(host: &str) -> bool {
    let mut numbers = 0;
    host.split('.').all(|part| {
        numbers += 1;
        part.parse::<u8>().is_ok()
    }) && numbers == 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, ndots: usize, expected: &[&str]) {
        let searches = ["a.svc".to_owned(), "svc".to_owned()];
        assert_eq!(names_to_try(name, &searches, ndots), expected);
    }

    #[test]
    fn few_dots_go_through_the_search_list_first() {
        check("web", 5, &["web.a.svc", "web.svc", "web"]);
        check(
            "web.a.svc.x.y.z",
            5,
            &["web.a.svc.x.y.z", "web.a.svc.x.y.z.a.svc", "web.a.svc.x.y.z.svc"],
        );
        check("example.com", 1, &["example.com", "example.com.a.svc", "example.com.svc"]);
        check("example.com.", 5, &["example.com"]);
    }
}
