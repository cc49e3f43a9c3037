//! Gives Services their ports on the nodes.
//!
//! Source: `pkg/registry/core/service/storage/alloc.go` and
//! `portallocator`.

use std::collections::BTreeMap;

use super::super::{Errors, Path};
use super::allocation::{Allocators, Refusal, Transaction};
use super::spec::Spec;
use crate::value::Value;

const FIRST_NODE_PORT: u32 = 30_000;
/// How many node ports there are.
pub(super) const NODE_PORTS: u32 = 2_768;
/// How many of them are given out last.
pub(super) const NODE_PORT_BAND: u32 = 86;

impl Allocators {
    /// Ports of one number share a node port, whatever their protocols.
    pub(super) fn take_node_ports(
        &mut self,
        service: &mut Value,
        transaction: &mut Transaction,
    ) -> Result<(), Refusal> {
        let allocates = Spec::of(service).allocates_node_ports();
        let mut by_port: BTreeMap<i64, i64> = BTreeMap::new();
        let ports = service.at(&["spec", "ports"]).clone();
        for (index, port) in ports.items().iter().enumerate() {
            let (number, asked) = (port["port"].int(), port["nodePort"].int());
            if asked == 0 && !allocates {
                continue;
            }
            let node_port = match by_port.get(&number) {
                Some(known) if asked == 0 || asked == *known => *known,
                Some(_) => self.take_asked_port(asked, index, transaction)?,
                None => {
                    let same = |other: &&Value| other["port"].int() == number;
                    let mut chosen =
                        ports.items().iter().filter(same).map(|other| other["nodePort"].int());
                    match chosen.find(|chosen| *chosen != 0) {
                        Some(chosen) => self.take_asked_port(chosen, index, transaction)?,
                        None => self.take_any_port("a nodePort", transaction)?,
                    }
                }
            };
            by_port.entry(number).or_insert(node_port);
            set_node_port(service, index, node_port);
        }
        Ok(())
    }

    pub(super) fn update_node_ports(
        &mut self,
        new: &mut Value,
        old: &Value,
        transaction: &mut Transaction,
    ) -> Result<(), Refusal> {
        let had =
            if Spec::of(old).needs_node_port() { node_ports(Spec::of(old)) } else { Vec::new() };
        if Spec::of(new).needs_node_port() {
            self.change_node_ports(new, &had, transaction)?;
            let has = node_ports(Spec::of(new));
            transaction.freed.ports.extend(
                had.iter().filter(|port| !has.contains(port)).filter_map(|port| port_offset(*port)),
            );
        } else {
            transaction.freed.ports.extend(had.iter().filter_map(|port| port_offset(*port)));
        }
        Ok(())
    }

    fn change_node_ports(
        &mut self,
        new: &mut Value,
        had: &[i64],
        transaction: &mut Transaction,
    ) -> Result<(), Refusal> {
        let allocates = Spec::of(new).allocates_node_ports();
        let ports = new.at(&["spec", "ports"]).clone();
        let mut seen: Vec<(&str, i64)> = Vec::new();
        let mut taken: Vec<i64> = Vec::new();
        for (index, port) in ports.items().iter().enumerate() {
            let asked = port["nodePort"].int();
            if asked == 0 && !allocates {
                continue;
            }
            let node_port = if asked == 0 {
                self.take_any_port("a nodePort", transaction)?
            } else if had.contains(&asked) || taken.contains(&asked) {
                asked
            } else {
                taken.push(asked);
                self.take_asked_port(asked, index, transaction)?
            };
            let key = (port["protocol"].text(), node_port);
            if seen.contains(&key) {
                let message = format!("duplicate nodePort: {{{} {node_port}}}", key.0);
                return Err(Refusal::Internal(message));
            }
            seen.push(key);
            set_node_port(new, index, node_port);
        }
        Ok(())
    }

    pub(super) fn update_health_check_port(
        &mut self,
        new: &mut Value,
        old: &Value,
        transaction: &mut Transaction,
    ) -> Result<(), Refusal> {
        let (is, was) = (Spec::of(new), Spec::of(old));
        match (was.needs_health_check(), is.needs_health_check()) {
            (false, true) => return self.take_health_check_port(new, transaction),
            (true, false) => {
                transaction.freed.ports.extend(port_offset(was.health_check_port()));
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn take_health_check_port(
        &mut self,
        service: &mut Value,
        transaction: &mut Transaction,
    ) -> Result<(), Refusal> {
        let asked = Spec::of(service).health_check_port();
        if asked == 0 {
            let port = self.take_any_port("a HealthCheck NodePort 0", transaction)?;
            service["spec"].set("healthCheckNodePort", port);
            return Ok(());
        }
        self.take_port(asked, transaction).map_err(|reason| {
            Refusal::Internal(format!(
                "failed to allocate requested HealthCheck NodePort {asked}: {reason}"
            ))
        })
    }

    fn take_asked_port(
        &mut self,
        port: i64,
        index: usize,
        transaction: &mut Transaction,
    ) -> Result<i64, Refusal> {
        self.take_port(port, transaction).map(|()| port).map_err(|reason| {
            let (root, mut errors) = (Path::ROOT.field("spec"), Errors::default());
            let ports = root.field("ports");
            errors.invalid(&ports.index(index).field("nodePort"), port, &reason);
            Refusal::Invalid(errors)
        })
    }

    fn take_port(&mut self, port: i64, transaction: &mut Transaction) -> Result<(), String> {
        let allocated = || Err("provided port is already allocated".to_owned());
        if transaction.dry_run {
            // A dry run does not look at the range, only at what is taken.
            let number = u32::try_from(port).unwrap_or_default();
            let is_taken = port_offset(port).is_some_and(|offset| self.ports.has(offset))
                || transaction.taken.ports.contains(&number);
            transaction.taken.ports.push(number);
            return if is_taken { allocated() } else { Ok(()) };
        }
        let Some(offset) = port_offset(port) else {
            let last = FIRST_NODE_PORT + NODE_PORTS - 1;
            return Err(format!(
                "provided port is not in the valid range. \
                 The range of valid ports is {FIRST_NODE_PORT}-{last}"
            ));
        };
        if !self.ports.take(offset) {
            return allocated();
        }
        transaction.taken.ports.push(offset);
        Ok(())
    }

    fn take_any_port(&mut self, what: &str, transaction: &mut Transaction) -> Result<i64, Refusal> {
        if transaction.dry_run {
            // A dry run shows a number that no Service can have.
            let last = transaction.taken.ports.iter().max().copied();
            let port = last.unwrap_or(FIRST_NODE_PORT + NODE_PORTS) + 1;
            transaction.taken.ports.push(port);
            return Ok(port.into());
        }
        let offset = self.ports.take_any(&mut self.random).ok_or_else(|| {
            Refusal::Internal(format!("failed to allocate {what}: range is full"))
        })?;
        transaction.taken.ports.push(offset);
        Ok((FIRST_NODE_PORT + offset).into())
    }
}

/// Ports keep their node port by name, unless another port now has it.
pub(super) fn keep_node_ports(new: &mut Value, old: &Value) {
    let old_ports = Spec::of(old).ports();
    let now_used = node_ports(Spec::of(new));
    let mut used: Vec<i64> =
        node_ports(Spec::of(old)).into_iter().filter(|port| now_used.contains(port)).collect();
    let ports = new.at(&["spec", "ports"]).clone();
    for (index, port) in ports.items().iter().enumerate() {
        let mut same_name =
            old_ports.iter().rev().filter(|old| old["name"].text() == port["name"].text());
        let kept = same_name.next().map_or(0, |old| old["nodePort"].int());
        if port["nodePort"].int() == 0 && kept != 0 && !used.contains(&kept) {
            used.push(kept);
            set_node_port(new, index, kept);
        }
    }
}

fn set_node_port(service: &mut Value, index: usize, node_port: i64) {
    if let Some(port) = service.at_mut(&["spec", "ports"]).make_list().get_mut(index) {
        port.set("nodePort", node_port);
    }
}

/// The node ports of a Service.
pub(super) fn node_ports(spec: Spec<'_>) -> Vec<i64> {
    let numbers = spec.ports().iter().map(|port| port["nodePort"].int());
    numbers.filter(|number| *number != 0).collect()
}

/// A node port's place in the range; none outside of it.
pub(super) fn port_offset(port: i64) -> Option<u32> {
    let offset = u32::try_from(port).ok()?.checked_sub(FIRST_NODE_PORT)?;
    (offset < NODE_PORTS).then_some(offset)
}
