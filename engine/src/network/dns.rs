//! Names: what CoreDNS answers in the cluster, and a little of the world.
//!
//! Source: the specification `kubernetes/dns`, and CoreDNS' `kubernetes`
//! plugin with its `forward` to the outside.

use super::{Caller, Network};
use crate::value::Value;

/// The domain of the cluster.
const DOMAIN: &str = "cluster.local";
/// Names with fewer dots go through the search list first.
const NDOTS: usize = 5;
/// A few names of the outside world, with addresses for documentation.
const WORLD: &[(&str, &str)] = &[
    ("example.com", "192.0.2.10"),
    ("www.example.com", "192.0.2.10"),
    ("my.sample.com", "192.0.2.20"),
    ("kubernetes.io", "192.0.2.30"),
    ("google.com", "192.0.2.40"),
    ("www.google.com", "192.0.2.40"),
    ("github.com", "192.0.2.50"),
];

/// What a name means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolution {
    /// The full name that had an answer.
    pub found: String,
    /// The names it is an alias of, in order.
    pub aliases: Vec<String>,
    /// The addresses; none where the name exists without any.
    pub addresses: Vec<String>,
}

impl Network {
    /// Looks a name up as the caller's resolver does. `None` is NXDOMAIN.
    pub fn resolve(&self, caller: &Caller, name: &str) -> Option<Resolution> {
        let name = name.to_lowercase();
        let Caller::Pod(key) = caller else { return self.outside(&name) };
        let policy = self.pods.get(key).map_or("", |pod| pod["spec"]["dnsPolicy"].text());
        if policy == "Default" {
            return self.outside(&name);
        }
        self.names_to_try(&name, &key.namespace).iter().find_map(|name| self.lookup(name))
    }

    fn names_to_try(&self, name: &str, namespace: &str) -> Vec<String> {
        if let Some(absolute) = name.strip_suffix('.') {
            return vec![absolute.to_owned()];
        }
        let searched = [
            format!("{name}.{namespace}.svc.{DOMAIN}"),
            format!("{name}.svc.{DOMAIN}"),
            format!("{name}.{DOMAIN}"),
        ];
        let dots = name.matches('.').count();
        let mut names: Vec<String> = searched.into();
        let place = if dots >= NDOTS { 0 } else { names.len() };
        names.insert(place, name.to_owned());
        names
    }

    fn lookup(&self, name: &str) -> Option<Resolution> {
        let Some(inner) = name.strip_suffix(&format!(".svc.{DOMAIN}")) else {
            return self.outside(name);
        };
        let labels: Vec<&str> = inner.split('.').collect();
        match labels.as_slice() {
            [service, namespace] => self.service_name(name, service, namespace),
            [host, service, namespace] => self.host_name(name, host, service, namespace),
            _ => None,
        }
    }

    fn service_named(&self, name: &str, namespace: &str) -> Option<&Value> {
        let own = |value: &Value| {
            let metadata = &value["metadata"];
            metadata["name"].text() == name && metadata["namespace"].text() == namespace
        };
        self.services.values().find(|service| own(service))
    }

    fn service_name(&self, full: &str, name: &str, namespace: &str) -> Option<Resolution> {
        let service = self.service_named(name, namespace)?;
        let spec = &service["spec"];
        let mut resolution = Resolution { found: full.to_owned(), ..Resolution::default() };
        if spec["type"].text() == "ExternalName" {
            let target = spec["externalName"].text();
            resolution.aliases.push(target.to_owned());
            let next = self.lookup(target.trim_end_matches('.'));
            resolution.addresses = next.map(|next| next.addresses).unwrap_or_default();
            return Some(resolution);
        }
        if spec["clusterIP"].text() == "None" {
            resolution.addresses = self.ready_addresses(name, namespace, None);
            // A headless Service without endpoints has no records at all.
            return (!resolution.addresses.is_empty()).then_some(resolution);
        }
        resolution.addresses.push(spec["clusterIP"].text().to_owned());
        Some(resolution)
    }

    /// The name of one Pod behind a headless Service.
    fn host_name(&self, full: &str, host: &str, name: &str, namespace: &str) -> Option<Resolution> {
        let service = self.service_named(name, namespace)?;
        if service["spec"]["clusterIP"].text() != "None" {
            return None;
        }
        let addresses = self.ready_addresses(name, namespace, Some(host));
        let found = full.to_owned();
        (!addresses.is_empty()).then(|| Resolution { found, addresses, ..Resolution::default() })
    }

    fn ready_addresses(&self, name: &str, namespace: &str, host: Option<&str>) -> Vec<String> {
        let slices = self.slices.values().filter(|slice| {
            let metadata = &slice["metadata"];
            metadata["namespace"].text() == namespace
                && metadata["labels"]["kubernetes.io/service-name"].text() == name
        });
        let endpoints = slices.flat_map(|slice| slice["endpoints"].items());
        let fitting = endpoints.filter(|endpoint| {
            let ready = endpoint["conditions"]["ready"].as_bool() != Some(false);
            ready && host.is_none_or(|host| endpoint["hostname"].text() == host)
        });
        fitting
            .flat_map(|endpoint| endpoint["addresses"].items())
            .map(|address| address.text().to_owned())
            .collect()
    }

    fn outside(&self, name: &str) -> Option<Resolution> {
        let (_, address) = WORLD.iter().find(|(own, _)| *own == name)?;
        Some(Resolution {
            found: name.to_owned(),
            addresses: vec![(*address).to_owned()],
            ..Resolution::default()
        })
    }

    /// Whether an address belongs to the outside world that is known here.
    pub(super) fn is_world(address: &str) -> bool {
        WORLD.iter().any(|(_, own)| *own == address)
    }
}
