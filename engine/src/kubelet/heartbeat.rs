//! How a kubelet shows that it lives: its Lease and its Node's conditions.
//!
//! Source: upstream `pkg/kubelet/kubelet_node_status.go`, `nodestatus/setters.go`
//! and `component-helpers/apimachinery/lease`.

use std::collections::BTreeSet;

use super::Kubelet;
use crate::apiserver::{ApiServer, Holder, WriteOptions};
use crate::quantity::Quantity;
use crate::recorder::Note;
use crate::sim::{Delay, Time};
use crate::store::Key;
use crate::value;
use crate::value::Value;

/// How long a node's Lease lasts, and how often it is renewed.
const LEASE: Delay = Delay::secs(40);
const RENEW: Delay = Delay::secs(10);
/// From a kubelet's return to its first report, and to the next.
const RETURN: Delay = Delay::millis(20);
const REPORT: Delay = Delay::secs(10);
/// How long a node shows pressure after it is gone.
const PRESSURE_STAYS: Delay = Delay::secs(300);
/// How often Pods are evicted while a resource is short.
const EVICT: Delay = Delay::secs(10);

/// A resource that a node can run short of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pressure {
    /// `MemoryPressure`.
    Memory,
    /// `DiskPressure`.
    Disk,
}

/// Something a kubelet does by the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Beat {
    /// Begins to renew the Lease.
    Join,
    /// Is back, and has not looked at its containers yet.
    Return,
    /// Reports how the node is.
    Report,
    /// Makes room.
    Evict,
}

/// What a kubelet does by the clock, and how its node is.
#[derive(Debug, Clone, Default)]
pub(super) struct Heartbeat {
    beats: BTreeSet<(Time, Beat)>,
    short_of: BTreeSet<Pressure>,
    /// Pressure that is gone but still shows, and until when.
    fading: BTreeSet<(Pressure, Time)>,
    pub(super) is_stopped: bool,
}

impl Heartbeat {
    pub(super) fn next_wake(&self) -> Option<Time> {
        self.beats.first().map(|(at, _)| *at)
    }

    fn shows(&self, pressure: Pressure, now: Time) -> bool {
        self.short_of.contains(&pressure)
            || self.fading.iter().any(|(own, until)| *own == pressure && *until > now)
    }
}

impl Kubelet {
    /// Begins at `now` to show that the node is there.
    pub fn join(&mut self, now: Time) {
        self.heartbeat.beats.insert((now, Beat::Join));
    }

    /// Whether it works.
    pub fn is_running(&self) -> bool {
        !self.heartbeat.is_stopped
    }

    /// Stops it as SIGSTOP does: its containers go on, and nobody looks.
    pub fn stop(&mut self, api: &mut ApiServer) {
        self.heartbeat.is_stopped = true;
        api.end_renewing(&self.lease());
    }

    /// Lets it go on.
    pub fn resume(&mut self, now: Time) {
        self.heartbeat.is_stopped = false;
        self.heartbeat.beats.insert((now + RETURN, Beat::Return));
        for (key, worker) in &mut self.workers {
            // What others wrote into the statuses meanwhile is written over.
            worker.pod["status"] = Value::Null;
            worker.want_sync(now + RETURN.times(5));
            self.due.insert((now + RETURN.times(5), key.clone()));
        }
    }

    /// Makes the node run short of something, or no longer.
    pub fn set_pressure(&mut self, pressure: Pressure, short: bool, now: Time) {
        let own = &mut self.heartbeat;
        if short && own.short_of.insert(pressure) {
            own.beats.insert((now, Beat::Report));
            own.beats.insert((now + EVICT, Beat::Evict));
        } else if !short && own.short_of.remove(&pressure) {
            own.fading.insert((pressure, now + PRESSURE_STAYS));
            own.beats.insert((now + PRESSURE_STAYS, Beat::Report));
        }
    }

    fn lease(&self) -> Key {
        Key::new(self.kinds.lease, "kube-node-lease", &self.name)
    }

    /// Does what is due by the clock.
    pub(super) fn beat(&mut self, api: &mut ApiServer) {
        let now = api.now();
        while self.heartbeat.next_wake().is_some_and(|at| at <= now) {
            let Some((_, beat)) = self.heartbeat.beats.pop_first() else { return };
            let Some(node) = api.get(self.kinds.node, "", &self.name).cloned() else { return };
            match beat {
                Beat::Join => self.renew(&node, api),
                Beat::Return => {
                    self.renew(&node, api);
                    self.report_return(node, api);
                }
                Beat::Report => self.report_node(node, api),
                Beat::Evict => self.make_room(&node, api),
            }
        }
    }

    fn renew(&self, node: &Value, api: &mut ApiServer) {
        let holder =
            Holder { identity: &self.name, duration: LEASE, period: RENEW, owner: Some(node) };
        api.begin_renewing(&self.lease(), &holder);
    }

    /// The first report after a while says that it is not ready yet, if it
    /// was missed.
    fn report_return(&mut self, mut node: Value, api: &mut ApiServer) {
        if ready(&node) == "True" {
            return;
        }
        let now = api.now();
        let message = "container runtime is down";
        set(&mut node, ("Ready", "False"), ("KubeletNotReady", message), now);
        self.write(node, api);
        self.heartbeat.beats.insert((now + REPORT, Beat::Report));
    }

    fn report_node(&mut self, mut node: Value, api: &mut ApiServer) {
        let now = api.now();
        let was_ready = ready(&node) == "True";
        for (pressure, kind, short, enough) in PRESSURES {
            let shows = self.heartbeat.shows(pressure, now);
            let (status, why) = if shows { ("True", short) } else { ("False", enough) };
            set(&mut node, (kind, status), why, now);
        }
        let enough = ("KubeletHasSufficientPID", "kubelet has sufficient PID available");
        set(&mut node, ("PIDPressure", "False"), enough, now);
        let posting = ("KubeletReady", "kubelet is posting ready status");
        set(&mut node, ("Ready", "True"), posting, now);
        self.write(node.clone(), api);
        if !was_ready {
            self.note(&node, "NodeReady", "NodeReady", api);
        }
    }

    fn write(&mut self, node: Value, api: &mut ApiServer) {
        let became = ready(&node) != "True";
        // The next report says it again, should this one be refused.
        let _ = api.update(self.kinds.node, node.clone(), &WriteOptions::status_by("kubelet"));
        if became {
            self.note(&node, "NodeNotReady", "NodeNotReady", api);
        }
    }

    fn note(&mut self, node: &Value, reason: &'static str, status: &str, api: &mut ApiServer) {
        let message = format!("Node {} status is now: {status}", self.name);
        let note = Note::normal(&by_name(node), reason, message);
        self.recorder.record(note, api, &self.kinds);
    }

    /// Evicts the Pod that matters least, and looks again later.
    fn make_room(&mut self, node: &Value, api: &mut ApiServer) {
        let Some(pressure) = self.heartbeat.short_of.first().copied() else { return };
        let now = api.now();
        self.heartbeat.beats.insert((now + EVICT, Beat::Evict));
        let Some(key) = self.least_important(pressure, now) else { return };
        let (resource, threshold) = match pressure {
            Pressure::Memory => ("memory", "100Mi".to_owned()),
            Pressure::Disk => {
                let capacity = node["status"]["capacity"]["ephemeral-storage"].text();
                let tenth = Quantity::parse_or_zero(capacity).value() / 10;
                ("ephemeral-storage", tenth.to_string())
            }
        };
        let note = Note::warning(
            &by_name(node),
            "EvictionThresholdMet",
            format!("Attempting to reclaim {resource}"),
        );
        self.recorder.record(note, api, &self.kinds);
        let greedy = match pressure {
            Pressure::Memory => self.greedy_containers(&key, now),
            Pressure::Disk => String::new(),
        };
        let message = format!(
            "The node was low on resource: {resource}. Threshold quantity: {threshold}, available: \
             0. {greedy}"
        );
        self.evict(&key, &message, api);
    }
}

/// Which conditions tell of pressure: kind, and reason and message of both
/// states.
type Words = (&'static str, &'static str);
const PRESSURES: [(Pressure, &str, Words, Words); 2] = [
    (
        Pressure::Memory,
        "MemoryPressure",
        ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available"),
        ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ),
    (
        Pressure::Disk,
        "DiskPressure",
        ("KubeletHasDiskPressure", "kubelet has disk pressure"),
        ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ),
];

/// Kubelets take the node's name for its UID in events.
fn by_name(node: &Value) -> Value {
    let mut node = node.clone();
    let name = node["metadata"]["name"].clone();
    node["metadata"].set("uid", name);
    node["metadata"].remove("resourceVersion");
    node
}

fn ready(node: &Value) -> &str {
    let conditions = node["status"]["conditions"].items();
    conditions
        .iter()
        .find(|own| own["type"].text() == "Ready")
        .map_or("", |own| own["status"].text())
}

fn set(node: &mut Value, (kind, status): Words, (reason, message): Words, now: Time) {
    let stamp = now.rfc3339();
    let conditions = node["status"]["conditions"].make_list();
    let old = conditions.iter_mut().find(|own| own["type"].text() == kind);
    let since = match &old {
        Some(old) if old["status"].text() == status => old["lastTransitionTime"].clone(),
        _ => stamp.as_str().into(),
    };
    let new = value!({
        "type": kind,
        "status": status,
        "lastHeartbeatTime": stamp,
        "lastTransitionTime": since,
        "reason": reason,
        "message": message,
    });
    match old {
        Some(old) => *old = new,
        None => conditions.push(new),
    }
}
