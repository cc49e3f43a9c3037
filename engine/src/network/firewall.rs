//! The cloud's firewall before the nodes.
//!
//! Source: Google's VPC firewall rules and Amazon's security groups: nothing
//! reaches a port of a node from outside until a rule opens it.

use super::trace::{Blame, Reason};

/// A rule that lets traffic from outside reach ports of the nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirewallRule {
    /// Its name.
    pub name: String,
    /// The first and last port it opens.
    pub ports: Vec<(u16, u16)>,
}

/// The firewall, where there is one.
#[derive(Debug, Clone, Default)]
pub(super) struct Firewall {
    is_up: bool,
    rules: Vec<FirewallRule>,
}

impl Firewall {
    /// A firewall that is closed, or none.
    pub(super) fn new(is_up: bool) -> Self {
        Self { is_up, rules: Vec::new() }
    }

    /// Its rules; none where there is no firewall.
    pub(super) fn rules(&self) -> Option<&[FirewallRule]> {
        self.is_up.then_some(self.rules.as_slice())
    }

    /// Adds a rule; `false` if there is one of the same name.
    pub(super) fn open(&mut self, rule: FirewallRule) -> bool {
        let is_new = self.rules.iter().all(|own| own.name != rule.name);
        if is_new {
            self.rules.push(rule);
        }
        is_new
    }

    /// Removes a rule; `false` if there is none of that name.
    pub(super) fn close(&mut self, name: &str) -> bool {
        let before = self.rules.len();
        self.rules.retain(|own| own.name != name);
        self.rules.len() < before
    }

    /// Whether it lets connections to a node's port pass.
    pub(super) fn check(&self, node: &str, port: u16) -> Result<(), Blame> {
        // An echo has no port, and passes.
        if !self.is_up || port == 0 || !self.opener(port).is_empty() {
            return Ok(());
        }
        let blame = Blame::new(Reason::FirewallClosed).at(format!("Node/{node}"), "");
        Err(blame.detail(port.to_string()))
    }

    /// The name of the rule that opens a port; empty where none does.
    pub(super) fn opener(&self, port: u16) -> String {
        let opens = |rule: &&FirewallRule| {
            rule.ports.iter().any(|(first, last)| (*first..=*last).contains(&port))
        };
        self.rules.iter().find(opens).map(|rule| rule.name.clone()).unwrap_or_default()
    }
}
