//! Gives Services their cluster addresses and node ports.
//!
//! The API server calls [`Allocators::create`] or [`Allocators::update`]
//! before a Service is prepared and validated, and hands the transaction back
//! with [`Allocators::finish`] once it knows whether the Service was stored.
//! Source: `pkg/registry/core/service/storage/alloc.go`.

use std::net::{IpAddr, Ipv4Addr};

use super::super::{Errors, Path, Verbatim, gotext, ip};
use super::node_ports::{NODE_PORT_BAND, NODE_PORTS, keep_node_ports, node_ports, port_offset};
use super::ranges::Range;
use super::spec::Spec;
use super::{cluster_ips, families};
use crate::sim::Random;
use crate::value;
use crate::value::Value;

/// A range of cluster addresses (`--service-cluster-ip-range`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceRange {
    /// As it is written.
    text: &'static str,
    /// The first address that a Service may have.
    first: u32,
    /// How many there are, without the network's own and the broadcast address.
    count: u32,
    /// How many of them are given out last.
    band: u32,
}

impl ServiceRange {
    /// What kubeadm gives a cluster.
    pub const USUAL: Self =
        Self { text: "10.96.0.0/12", first: 0x0a60_0001, count: (1 << 20) - 2, band: 256 };
    /// What Kubernetes' own command tests run with.
    pub const OF_TESTS: Self =
        Self { text: "10.0.0.0/24", first: 0x0a00_0001, count: 254, band: 16 };

    /// The first address that a Service may have: the API's own.
    pub fn first_address(self) -> String {
        Ipv4Addr::from(self.first).to_string()
    }

    fn offset(self, address: &str) -> Option<u32> {
        let Some(IpAddr::V4(four)) = ip::parse(address) else { return None };
        u32::from(four).checked_sub(self.first).filter(|offset| *offset < self.count)
    }
}

/// Why a Service did not get what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It asked for something that it cannot have: 422.
    Invalid(Errors),
    /// Nothing was left, or something odd was asked: 500 with this message.
    Internal(String),
}

impl From<Errors> for Refusal {
    fn from(errors: Errors) -> Self {
        Self::Invalid(errors)
    }
}

/// What a request took, and what it gives back if it succeeds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "hand it to `Allocators::finish`"]
pub struct Transaction {
    pub(super) taken: Holdings,
    pub(super) freed: Holdings,
    /// A dry run only pretends: what it "took" is free for all others.
    pub(super) dry_run: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Holdings {
    pub(super) addresses: Vec<u32>,
    pub(super) ports: Vec<u32>,
}

/// Who has which address and port.
#[derive(Debug, Clone)]
pub struct Allocators {
    range: ServiceRange,
    addresses: Range,
    pub(super) ports: Range,
    pub(super) random: Random,
}

impl Allocators {
    /// All addresses of `range` and all ports free; `random` decides which
    /// come first.
    pub fn new(range: ServiceRange, random: Random) -> Self {
        Self {
            range,
            addresses: Range::new(range.count, range.band),
            ports: Range::new(NODE_PORTS, NODE_PORT_BAND),
            random,
        }
    }

    /// The range of the addresses.
    pub fn range(&self) -> ServiceRange {
        self.range
    }

    /// Fills in what a new Service leaves to the server.
    pub fn create(&mut self, service: &mut Value, dry_run: bool) -> Result<Transaction, Refusal> {
        cluster_ips::normalize(service, None);
        families::fill(service, None)?;
        self.attempt(dry_run, |own, transaction| {
            own.take_cluster_ip(service, transaction)?;
            if Spec::of(service).needs_node_port() {
                own.take_node_ports(service, transaction)?;
            }
            if Spec::of(service).needs_health_check() {
                own.take_health_check_port(service, transaction)?;
            }
            Ok(())
        })
    }

    /// Fills in what a changed Service leaves to the server, and notes what
    /// it no longer needs.
    pub fn update(
        &mut self,
        new: &mut Value,
        old: &Value,
        dry_run: bool,
    ) -> Result<Transaction, Refusal> {
        keep_allocated(new, old);
        cluster_ips::normalize(new, Some(old));
        families::fill(new, Some(old))?;
        self.attempt(dry_run, |own, transaction| {
            own.update_cluster_ip(new, old, transaction)?;
            own.update_node_ports(new, old, transaction)?;
            own.update_health_check_port(new, old, transaction)
        })
    }

    /// Ends a request: a success gives up what it freed, a failure what it
    /// took.
    pub fn finish(&mut self, transaction: Transaction, success: bool) {
        let Transaction { taken, freed, dry_run } = transaction;
        if !dry_run {
            self.release(if success { freed } else { taken });
        }
    }

    /// Frees what a deleted Service held.
    pub fn delete(&mut self, service: &Value) {
        self.release(holdings(self.range, service));
    }

    /// Takes what a stored Service holds: how allocators are rebuilt from the
    /// store.
    pub fn adopt(&mut self, service: &Value) {
        let Holdings { addresses, ports } = holdings(self.range, service);
        for address in addresses {
            self.addresses.take(address);
        }
        for port in ports {
            self.ports.take(port);
        }
    }

    fn release(&mut self, holdings: Holdings) {
        for address in holdings.addresses {
            self.addresses.release(address);
        }
        for port in holdings.ports {
            self.ports.release(port);
        }
    }

    /// Runs `take`, undoing what it took when it fails.
    fn attempt(
        &mut self,
        dry_run: bool,
        take: impl FnOnce(&mut Self, &mut Transaction) -> Result<(), Refusal>,
    ) -> Result<Transaction, Refusal> {
        let mut transaction = Transaction { dry_run, ..Transaction::default() };
        match take(self, &mut transaction) {
            Ok(()) => Ok(transaction),
            Err(refusal) => {
                self.finish(transaction, false);
                Err(refusal)
            }
        }
    }

    fn take_cluster_ip(
        &mut self,
        service: &mut Value,
        transaction: &mut Transaction,
    ) -> Result<(), Refusal> {
        let spec = Spec::of(service);
        if spec.is_external_name() || spec.is_headless() {
            return Ok(());
        }
        if let Some(asked) = spec.cluster_ips().first() {
            return self.take_asked_address(asked.text(), transaction).map_err(|reason| {
                let (root, mut errors) = (Path::ROOT.field("spec"), Errors::default());
                let shown = gotext::texts(&spec.0["clusterIPs"]);
                let detail = format!("failed to allocate IP {}: {reason}", asked.text());
                errors.invalid(&root.field("clusterIPs"), Verbatim(&shown), &detail);
                Refusal::Invalid(errors)
            });
        }
        let address = if transaction.dry_run {
            // A dry run does not look for one: it shows the range's start.
            self.range.first - 1
        } else {
            let offset = self.addresses.take_any(&mut self.random).ok_or_else(|| {
                Refusal::Internal("failed to allocate a serviceIP: range is full".to_owned())
            })?;
            transaction.taken.addresses.push(offset);
            self.range.first + offset
        };
        let text = Ipv4Addr::from(address).to_string();
        let spec = &mut service["spec"];
        spec.set("clusterIPs", value!([(text.as_str())]));
        spec.set("clusterIP", text);
        Ok(())
    }

    fn take_asked_address(
        &mut self,
        address: &str,
        transaction: &mut Transaction,
    ) -> Result<(), String> {
        let offset = self.range.offset(address).ok_or_else(|| {
            format!(
                "the provided IP ({address}) is not in the valid range. \
                 The range of valid IPs is {}",
                self.range.text
            )
        })?;
        if transaction.dry_run {
            return Ok(());
        }
        if !self.addresses.take(offset) {
            return Err("provided IP is already allocated".to_owned());
        }
        transaction.taken.addresses.push(offset);
        Ok(())
    }

    fn update_cluster_ip(
        &mut self,
        new: &mut Value,
        old: &Value,
        transaction: &mut Transaction,
    ) -> Result<(), Refusal> {
        let (is, was) = (Spec::of(new), Spec::of(old));
        if was.is_external_name() && !is.is_external_name() {
            return self.take_cluster_ip(new, transaction);
        }
        if is.is_external_name() && !was.is_headless() {
            transaction.freed.addresses.extend(addresses(self.range, was));
        }
        Ok(())
    }
}

/// Carries over what the server gave the old Service and the client, which
/// need not know it, left out of the new one.
fn keep_allocated(new: &mut Value, old: &Value) {
    let (is, was) = (Spec::of(new), Spec::of(old));
    let keeps_ip = is.needs_cluster_ip() && was.needs_cluster_ip();
    let keeps_ports = is.needs_node_port() && was.needs_node_port();
    let keeps_check =
        is.needs_health_check() && was.needs_health_check() && is.health_check_port() == 0;
    let old_spec = &old["spec"];
    if keeps_ip {
        let spec = &mut new["spec"];
        if spec["clusterIP"].is_empty() {
            spec["clusterIP"] = old_spec["clusterIP"].clone();
        }
        if spec["clusterIPs"].is_empty() && spec["clusterIP"] == old_spec["clusterIP"] {
            spec["clusterIPs"] = old_spec["clusterIPs"].clone();
        }
    }
    if keeps_ports {
        keep_node_ports(new, old);
    }
    if keeps_check {
        new["spec"].set("healthCheckNodePort", was.health_check_port());
    }
}

/// What a stored Service holds.
fn holdings(range: ServiceRange, service: &Value) -> Holdings {
    let spec = Spec::of(service);
    let mut numbers = node_ports(spec);
    numbers.push(spec.health_check_port());
    Holdings {
        addresses: addresses(range, spec).collect(),
        ports: numbers.into_iter().filter_map(port_offset).collect(),
    }
}

fn addresses(range: ServiceRange, spec: Spec<'_>) -> impl Iterator<Item = u32> {
    spec.cluster_ips().iter().filter_map(move |address| range.offset(address.text()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(kind: &str) -> Value {
        value!({ "spec": { "type": kind, "selector": { "app": "web" }, "ports": [{ "port": 80 }] } })
    }

    fn refused(refusal: Result<Transaction, Refusal>) -> String {
        match refusal {
            Err(Refusal::Invalid(errors)) => {
                errors.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
            }
            Err(Refusal::Internal(message)) => message,
            Ok(_) => "granted".to_owned(),
        }
    }

    #[test]
    fn a_node_port_service_gets_both_and_gives_them_back() {
        let mut allocators = Allocators::new(ServiceRange::USUAL, Random::new(1));
        let mut first = service("NodePort");
        let granted = allocators.create(&mut first, false).unwrap();
        allocators.finish(granted, true);
        let port = node_ports(Spec::of(&first));
        assert!(port.iter().all(|port| *port >= 30_086), "{port:?}");
        let mut second = first.clone();
        let message = refused(allocators.create(&mut second, false));
        assert!(message.ends_with("provided IP is already allocated"), "{message}");
        let mut third = service("NodePort");
        third["spec"]["ports"] = first["spec"]["ports"].clone();
        let message = refused(allocators.create(&mut third, false));
        assert!(message.ends_with("provided port is already allocated"), "{message}");
        allocators.delete(&first);
        assert_eq!(refused(allocators.create(&mut second, false)), "granted");
    }

    #[test]
    fn a_failed_request_leaves_nothing_behind() {
        let mut allocators = Allocators::new(ServiceRange::USUAL, Random::new(1));
        let mut wrong = service("NodePort");
        wrong["spec"]["ports"] = value!([
            { "port": 80, "nodePort": 30_001 },
            { "port": 81, "nodePort": 80 },
        ]);
        assert_eq!(
            refused(allocators.create(&mut wrong, false)),
            "spec.ports[1].nodePort: Invalid value: 80: provided port is not in the valid range. \
             The range of valid ports is 30000-32767"
        );
        let mut right = service("NodePort");
        right["spec"]["ports"] = value!([{ "port": 80, "nodePort": 30_001 }]);
        assert_eq!(refused(allocators.create(&mut right, false)), "granted");
    }

    #[test]
    fn an_update_keeps_what_the_client_left_out() {
        let mut allocators = Allocators::new(ServiceRange::USUAL, Random::new(1));
        let mut old = service("NodePort");
        let granted = allocators.create(&mut old, false).unwrap();
        allocators.finish(granted, true);
        let mut new = service("NodePort");
        let granted = allocators.update(&mut new, &old, false).unwrap();
        assert_eq!(granted, Transaction::default());
        assert_eq!(new["spec"]["clusterIP"], old["spec"]["clusterIP"]);
        assert_eq!(new["spec"]["ports"], old["spec"]["ports"]);

        let mut external = service("ExternalName");
        let granted = allocators.update(&mut external, &old, false).unwrap();
        assert_eq!(granted.freed.addresses.len() + granted.freed.ports.len(), 2);
    }
}
