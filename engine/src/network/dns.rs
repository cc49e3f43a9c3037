//! What CoreDNS answers: Services, the Pods behind them, and the world beyond.
//!
//! Source: the specification `kubernetes/dns`, and CoreDNS' `kubernetes`
//! plugin (with `pods insecure`, as kubeadm sets it up) with its `forward` to
//! the outside.

use super::{Network, world};
use crate::process::{Record, RecordKind};
use crate::sim::{Delay, Time};
use crate::store::Key;
use crate::value::Value;

/// The domain of the cluster.
pub(super) const DOMAIN: &str = "cluster.local";
/// How long CoreDNS takes to hear of a change.
const LAG: Delay = Delay::millis(30);
/// How long answers may be kept, in seconds, as kubeadm sets it.
const TTL: u32 = 30;
/// How many aliases are followed.
const ALIASES_MAX: usize = 8;

/// An endpoint of a headless Service, as DNS tells of it.
struct Host {
    name: String,
    address: String,
}

impl Network {
    /// The records that the cluster's DNS has for a full name; `None` is
    /// NXDOMAIN, and no records mean that the name has none of that kind.
    pub(super) fn records(&self, name: &str, kind: RecordKind, now: Time) -> Option<Vec<Record>> {
        if kind == RecordKind::Ptr {
            return self.pointer(name, now);
        }
        let Some(inner) = name.strip_suffix(&format!(".{DOMAIN}")) else {
            return self.records_outside(name, kind);
        };
        let labels: Vec<&str> = inner.split('.').collect();
        match labels.as_slice() {
            [service, namespace, "svc"] => self.of_service(name, kind, [service, namespace], now),
            [host, service, namespace, "svc"] => {
                let hosts = self.hosts(service, namespace, now)?;
                let own = hosts.into_iter().filter(|own| own.name == *host);
                let records: Vec<Record> = own.map(|own| a(name, &own.address)).collect();
                (!records.is_empty()).then(|| of_kind(records, kind))
            }
            [port, protocol, service, namespace, "svc"] => {
                let (port, protocol) = (port.strip_prefix('_')?, protocol.strip_prefix('_')?);
                let records = self.ports(name, [service, namespace], now, |own| {
                    own["name"].text() == port
                        && own["protocol"].text().eq_ignore_ascii_case(protocol)
                })?;
                (!records.is_empty()).then(|| of_kind(records, kind))
            }
            [dashed, namespace, "pod"] => {
                self.namespace_exists(namespace).then_some(())?;
                let address = dashed.replace('-', ".");
                super::resolver::is_address(&address)
                    .then(|| of_kind(vec![a(name, &address)], kind))
            }
            _ => None,
        }
    }

    fn of_service(
        &self,
        full: &str,
        kind: RecordKind,
        [name, namespace]: [&str; 2],
        now: Time,
    ) -> Option<Vec<Record>> {
        let service = self.service_named(name, namespace, now)?;
        let spec = &service["spec"];
        if spec["type"].text() == "ExternalName" {
            let target = spec["externalName"].text().trim_end_matches('.');
            return Some(self.follow(full, target, kind, now));
        }
        if kind == RecordKind::Srv {
            return self.ports(full, [name, namespace], now, |_| true);
        }
        if spec["clusterIP"].text() == "None" {
            let hosts = self.hosts(name, namespace, now)?;
            // A headless Service without endpoints has no records at all.
            let records: Vec<Record> = hosts.iter().map(|own| a(full, &own.address)).collect();
            return (!records.is_empty()).then(|| of_kind(records, kind));
        }
        Some(of_kind(vec![a(full, spec["clusterIP"].text())], kind))
    }

    /// An alias, and what is behind it.
    fn follow(&self, name: &str, target: &str, kind: RecordKind, now: Time) -> Vec<Record> {
        let mut records = vec![record(name, RecordKind::Cname, target)];
        if kind != RecordKind::Cname && target.split('.').count() <= ALIASES_MAX * 8 {
            let is_loop = target == name;
            let next = if is_loop { None } else { self.records(target, kind, now) };
            records.extend(next.unwrap_or_default());
        }
        records
    }

    /// The Service as CoreDNS knows it.
    pub(super) fn service_named(&self, name: &str, namespace: &str, now: Time) -> Option<&Value> {
        let key = Key::new(self.kinds.service, namespace, name);
        Some(&self.proxies.rules(&key, now + LAG.times(-1))?.service)
    }

    /// The ready endpoints of a headless Service; `None` where it is not one.
    fn hosts(&self, name: &str, namespace: &str, now: Time) -> Option<Vec<Host>> {
        let service = self.service_named(name, namespace, now)?;
        if service["spec"]["clusterIP"].text() != "None" {
            return None;
        }
        let key = Key::new(self.kinds.service, namespace, name);
        let slices = self.proxies.slices(&key, now + LAG.times(-1));
        let ready = slices
            .flat_map(|slice| slice["endpoints"].items())
            .filter(|endpoint| endpoint["conditions"]["ready"].as_bool() != Some(false));
        let hosts = ready.flat_map(|endpoint| {
            let given = endpoint["hostname"].text();
            endpoint["addresses"].items().iter().map(move |address| Host {
                name: match given {
                    "" => address.text().replace('.', "-"),
                    given => given.to_owned(),
                },
                address: address.text().to_owned(),
            })
        });
        Some(hosts.collect())
    }

    /// The SRV records of a Service's ports that `wanted` likes.
    fn ports(
        &self,
        full: &str,
        [name, namespace]: [&str; 2],
        now: Time,
        wanted: impl Fn(&Value) -> bool,
    ) -> Option<Vec<Record>> {
        let service = self.service_named(name, namespace, now)?;
        let base = format!("{name}.{namespace}.svc.{DOMAIN}");
        let hosts = self.hosts(name, namespace, now);
        let mut records = Vec::new();
        for port in service["spec"]["ports"].items().iter().filter(|port| wanted(port)) {
            let Some(hosts) = &hosts else {
                let data = format!("0 100 {} {base}", port["port"].int());
                records.push(record(full, RecordKind::Srv, &data));
                continue;
            };
            let weight = 100 / hosts.len().max(1);
            let number = match port["targetPort"].int() {
                0 => port["port"].int(),
                target => target,
            };
            for host in hosts {
                let data = format!("0 {weight} {number} {}.{base}", host.name);
                records.push(record(full, RecordKind::Srv, &data));
            }
        }
        Some(records)
    }

    /// The name of an address that is asked for as `1.0.96.10.in-addr.arpa`
    /// or plainly.
    fn pointer(&self, name: &str, now: Time) -> Option<Vec<Record>> {
        let address = match name.strip_suffix(".in-addr.arpa") {
            Some(turned) => turned.rsplit('.').collect::<Vec<_>>().join("."),
            None => name.to_owned(),
        };
        let turned: Vec<&str> = address.rsplit('.').collect();
        let asked = format!("{}.in-addr.arpa", turned.join("."));
        let answer = |data: String| Some(vec![record(&asked, RecordKind::Ptr, &data)]);
        if let Some(rules) = self.proxies.owner(&address, now + LAG.times(-1)) {
            let Key { namespace, name, .. } = &rules.key;
            return answer(format!("{name}.{namespace}.svc.{DOMAIN}"));
        }
        for key in self.proxies.keys() {
            let hosts = self.hosts(&key.name, &key.namespace, now).unwrap_or_default();
            if let Some(host) = hosts.iter().find(|host| host.address == address) {
                return answer(format!(
                    "{}.{}.{}.svc.{DOMAIN}",
                    host.name, key.name, key.namespace
                ));
            }
        }
        answer(world::name_at(&address)?.to_owned())
    }

    /// The records that a DNS server outside the cluster has.
    pub(super) fn records_outside(&self, name: &str, kind: RecordKind) -> Option<Vec<Record>> {
        if let Some(address) = world::address_of(name) {
            return Some(of_kind(vec![a(name, address)], kind));
        }
        let behind = world::address_behind(name);
        let exists = self.proxies.has_balancer(name, &behind) || self.ingresses.has_name(name);
        exists.then(|| of_kind(vec![a(name, &behind)], kind))
    }
}

fn record(name: &str, kind: RecordKind, data: &str) -> Record {
    Record { name: name.to_owned(), kind, data: data.to_owned(), ttl: TTL }
}

fn a(name: &str, address: &str) -> Record {
    record(name, RecordKind::A, address)
}

/// What remains of a name's records when only one kind is asked for.
fn of_kind(records: Vec<Record>, kind: RecordKind) -> Vec<Record> {
    records.into_iter().filter(|own| own.kind == kind).collect()
}
