//! What can go wrong: faults that a person makes, to see what follows.
//!
//! A fault is part of a session like everything else that is done, so it
//! replays. But for a Node that joins none writes an object: what shows in the API is what the
//! cluster's components make of it.

use super::Cluster;
use super::system::{CONTROL_PLANE, MANIFESTS};
use crate::apiserver::WriteOptions;
use crate::kubelet::Pressure;
use crate::sim::Delay;
use crate::store::Key;
use crate::value::Str;

/// Something that goes wrong, or is set right again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A machine is cut off from everything, and its kubelet stands still.
    Node {
        /// The node.
        name: Str,
        /// Whether that begins or ends.
        down: bool,
    },
    /// A kubelet stands still; its containers go on.
    Kubelet {
        /// Its node.
        name: Str,
        /// Whether that begins or ends.
        stopped: bool,
    },
    /// Nothing passes between two nodes.
    Network {
        /// The one.
        one: Str,
        /// The other.
        other: Str,
        /// Whether that begins or ends.
        cut: bool,
    },
    /// A node runs short of something.
    Pressure {
        /// The node.
        name: Str,
        /// What it lacks.
        of: Pressure,
        /// Whether that begins or ends.
        short: bool,
    },
    /// What a node's kubelet does for containers takes ten times as long.
    Slow {
        /// The node.
        name: Str,
        /// Whether that begins or ends.
        slow: bool,
    },
    /// A machine that was not there joins the cluster.
    Join {
        /// Its name.
        name: Str,
    },
    /// A container is killed.
    Kill {
        /// The Pod's namespace.
        namespace: Str,
        /// The Pod.
        pod: Str,
        /// The container; all of them if empty.
        container: Str,
    },
    /// No registry can be reached.
    Registry {
        /// Whether that begins or ends.
        down: bool,
    },
    /// Requests to the API server take long, and what it tells comes late.
    Latency {
        /// How long; nothing ends it.
        of: Delay,
    },
    /// The manifest of a static Pod of the control plane is taken away.
    Component {
        /// As `kube-scheduler`.
        name: Str,
        /// Whether it is taken away or put back.
        stopped: bool,
    },
}

/// The longest that requests may take. With more, components would give up
/// their leases and nodes would seem lost, which are faults of their own.
const LATENCY_MAX: Delay = Delay::secs(4);

impl Cluster {
    /// Makes a fault happen; an error says why it cannot.
    pub fn fault(&mut self, fault: &Fault) -> Result<(), String> {
        match fault {
            Fault::Node { name, down } => self.cut_off(name, *down)?,
            Fault::Kubelet { name, stopped } => self.stop_kubelet(name, *stopped)?,
            Fault::Network { one, other, cut } => {
                self.machine(one)?;
                self.machine(other)?;
                self.network.set_cut(one, other, *cut);
            }
            Fault::Pressure { name, of, short } => {
                let now = self.now();
                self.machine(name)?;
                if let Some(mut kubelet) = self.kubelets.get_mut(name) {
                    kubelet.set_pressure(*of, *short, now);
                }
            }
            Fault::Slow { name, slow } => {
                self.machine(name)?;
                if let Some(mut kubelet) = self.kubelets.get_mut(name) {
                    kubelet.set_slow(*slow);
                }
            }
            Fault::Join { name } => self.join_machine(name)?,
            Fault::Kill { namespace, pod, container } => self.kill(namespace, pod, container)?,
            Fault::Registry { down } => self.catalogue.set_reachable(!down),
            Fault::Latency { of } => self.set_latency(*of)?,
            Fault::Component { name, stopped } => self.move_manifest(name, *stopped)?,
        }
        self.observe_components();
        self.dispatch();
        Ok(())
    }

    fn set_latency(&mut self, latency: Delay) -> Result<(), String> {
        if latency > LATENCY_MAX {
            let most = LATENCY_MAX.as_secs();
            return Err(format!("requests that take longer than {most}s are not simulated"));
        }
        self.latency = latency;
        Ok(())
    }

    /// The machines, whether they are in the API or not.
    pub fn machines(&self) -> impl Iterator<Item = &Str> {
        self.kubelets.iter().map(|(name, _)| name)
    }

    /// The machines that a fault has stopped, whether the cluster has noticed or
    /// not.
    pub fn stopped_machines(&self) -> impl Iterator<Item = &Str> {
        self.down.iter()
    }

    fn machine(&self, name: &str) -> Result<(), String> {
        let known = self.kubelets.contains_key(name);
        known.then_some(()).ok_or_else(|| format!("there is no machine \"{name}\""))
    }

    fn cut_off(&mut self, name: &Str, down: bool) -> Result<(), String> {
        self.machine(name)?;
        if down {
            self.down.insert(name.clone());
        } else {
            self.down.remove(name);
        }
        self.network.set_running(name, !down);
        self.stop_kubelet(name, down)
    }

    fn stop_kubelet(&mut self, name: &Str, stop: bool) -> Result<(), String> {
        self.machine(name)?;
        let now = self.now();
        let Some(mut kubelet) = self.kubelets.get_mut(name) else { return Ok(()) };
        match (stop, kubelet.is_running()) {
            (true, true) => kubelet.stop(&mut self.api),
            (false, false) => kubelet.resume(now),
            _ => {}
        }
        drop(kubelet);
        if !stop && self.api.get(self.kinds.node, "", name).is_none() {
            // A kubelet that starts and finds no Node of its name makes one.
            self.register(name)?;
        }
        Ok(())
    }

    fn join_machine(&mut self, name: &Str) -> Result<(), String> {
        if self.kubelets.contains_key(name) {
            return Err(format!("there is a machine \"{name}\" already"));
        }
        self.network.set_running(name, true);
        self.register(name)
    }

    /// Puts the Node of a machine into the API.
    fn register(&mut self, name: &Str) -> Result<(), String> {
        let next = self.machines.values().max().map_or(0, |last| last + 1);
        let number = self.machines.get(name).copied().unwrap_or(next);
        let node = self.node(name, number);
        self.machines.insert(name.clone(), number);
        let made = self.api.create(self.kinds.node, "", node, &WriteOptions::by("kubelet"));
        if let Err(status) = made {
            self.machines.remove(name);
            return Err(status.message);
        }
        Ok(())
    }

    fn kill(&mut self, namespace: &str, pod: &str, container: &str) -> Result<(), String> {
        let now = self.now();
        let key = Key::new(self.kinds.pod, namespace, pod);
        let found = self.api.get(key.kind, namespace, pod);
        let node = found.map(|pod| pod["spec"]["nodeName"].text().to_owned()).unwrap_or_default();
        let kubelet = self.kubelets.get_mut(node.as_str());
        let killed =
            kubelet.is_some_and(|mut kubelet| kubelet.kill(&key, container, &mut self.disks, now));
        killed.then_some(()).ok_or_else(|| match container {
            "" => format!("no container of pod \"{pod}\" in namespace \"{namespace}\" runs"),
            own => format!("container \"{own}\" of pod \"{pod}\" does not run"),
        })
    }

    fn move_manifest(&mut self, name: &str, away: bool) -> Result<(), String> {
        let file = format!("{name}.yaml");
        let known = MANIFESTS.iter().any(|(own, _)| *own == file);
        if !known || !self.has_system_pods() {
            return Err(format!("there is no static Pod \"{name}\" on {CONTROL_PLANE}"));
        }
        if away {
            self.remove_manifest(&file);
        } else {
            self.put_manifest(&file);
        }
        Ok(())
    }
}
