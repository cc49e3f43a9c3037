//! Looking at where connections would arrive, without making them.

use super::Cluster;
use super::exchange::{Place, refuse_at_node};
use crate::network::{Arrival, Caller, Destination, Hop, Network, Way};

impl Cluster {
    /// The steps that so many connections of `caller` to `host` and `port`
    /// would take now. Nothing changes by it: no log has them, and no chance
    /// is used up.
    pub fn probe(&self, caller: &Caller, host: &str, port: u16, times: usize) -> Vec<Vec<Hop>> {
        let mut network = self.network.clone();
        (0..times).map(|_| self.probe_once(&mut network, caller, host, port)).collect()
    }

    fn probe_once(
        &self,
        network: &mut Network,
        caller: &Caller,
        host: &str,
        port: u16,
    ) -> Vec<Hop> {
        let now = self.now();
        let mut way = Way::new(true);
        let Ok(address) = network.find(caller, host, now, &mut way) else {
            return way.into_hops();
        };
        let to = Destination { address, port, is_udp: false };
        let arrives = match network.route(caller, &to, now, &mut way) {
            Arrival::Pod { key, node, port, client, chosen_by } => {
                let place = Place { key, node, port, client, chosen_by };
                let kubelet = self.kubelets.get(&place.node);
                let listens =
                    kubelet.is_some_and(|kubelet| kubelet.listens(&place.key, place.port, now));
                if !listens {
                    self.refuse_at_pod(&place, &mut way);
                }
                listens
            }
            Arrival::Node { node, port } => {
                refuse_at_node(&node, port, &mut way);
                false
            }
            Arrival::World { .. } | Arrival::Ingress { .. } | Arrival::Answered(..) => true,
            Arrival::Failed(_) => false,
        };
        if arrives {
            way.step(|| Hop::Answer { status: 0, blame: None });
        }
        way.into_hops()
    }
}
