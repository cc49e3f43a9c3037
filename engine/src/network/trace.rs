//! What a request leaves behind: the steps of its way, and who is to blame
//! where it ended early.
//!
//! Traces are Podyard's own; a real cluster keeps none.

use serde::{Deserialize, Serialize};

use crate::process::{HttpResponse, NetError};
use crate::sim::{Delay, Time};
use crate::store::Key;
use crate::value::Str;

/// Who sends a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A container of the Pod under this key.
    Pod(Key),
    /// A process on a node.
    Node(Str),
    /// A computer outside the cluster.
    Outside,
}

impl Caller {
    /// Its name: `namespace/name` of a Pod, a node's name, empty for outside.
    pub fn name(&self) -> String {
        match self {
            Self::Pod(key) => format!("{}/{}", key.namespace, key.name),
            Self::Node(name) => name.to_string(),
            Self::Outside => String::new(),
        }
    }
}

/// One step of a request's way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hop {
    /// Who asks.
    Caller {
        /// Its name: a Pod, a node, or empty for the outside.
        name: String,
        /// Its address.
        address: String,
    },
    /// A name was looked up.
    Dns {
        /// The name as asked.
        name: String,
        /// The names tried before, in the order of the search list.
        tried: Vec<String>,
        /// The name that had an answer.
        found: String,
        /// The names that it is an alias of, in order.
        aliases: Vec<String>,
        /// The addresses.
        addresses: Vec<String>,
    },
    /// A load balancer took the request.
    LoadBalancer {
        /// Its address.
        address: String,
        /// The Service it is for.
        service: String,
        /// The nodes that its health checks find well, in order.
        nodes: Vec<String>,
    },
    /// The cloud's firewall let it pass.
    Firewall {
        /// The rule that opens the port.
        rule: String,
    },
    /// A node took the request on a port of its own.
    NodePort {
        /// The node.
        node: String,
        /// The port.
        port: u16,
    },
    /// The Ingress controller chose a backend.
    Ingress {
        /// Namespace and name; empty for the default backend.
        ingress: String,
        /// The field that fits, as `spec.rules[0].http.paths[1]`.
        rule: String,
        /// The Service that stands there, as `namespace/name:port`.
        backend: String,
    },
    /// The rules of a Service chose one of its endpoints.
    Service {
        /// Namespace and name.
        service: String,
        /// The rule's address and port.
        address: String,
        /// On which node it was chosen.
        node: String,
        /// The endpoints that were fit, in order.
        candidates: Vec<String>,
        /// Which of them was chosen.
        chosen: String,
        /// Why that one.
        by: Choice,
    },
    /// The source address was replaced.
    Snat {
        /// What it was.
        from: String,
        /// What it became.
        to: String,
    },
    /// It went from one node to another.
    Crossing {
        /// The node it left.
        from: String,
        /// The node it came to.
        to: String,
    },
    /// A NetworkPolicy would not let it pass, but nothing here enforces it.
    PolicyIgnored {
        /// The policy, as `NetworkPolicy/default/deny`.
        policy: String,
    },
    /// It reached a Pod.
    Pod {
        /// Namespace and name.
        pod: String,
        /// The node it runs on.
        node: String,
        /// Its address.
        address: String,
        /// The port.
        port: u16,
    },
    /// The server's answer.
    Answer {
        /// The HTTP status; 0 where no HTTP was spoken.
        status: u16,
        /// Who is to blame for an answer that no server of the person gave.
        blame: Option<Blame>,
    },
    /// It ended here without an answer.
    Failure {
        /// What the caller sees.
        error: NetError,
        /// Who is to blame.
        blame: Blame,
    },
}

/// How one of several endpoints was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// By chance, each as likely.
    Chance,
    /// By session affinity: the client's last one.
    Affinity,
    /// By the connection that is still open.
    Connection,
}

/// The object and field responsible for a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blame {
    /// The object, as `Service/default/web`; empty if none is.
    pub object: String,
    /// The field, as `spec.ports[0].targetPort`; empty if none is.
    pub field: String,
    /// What is wrong there.
    pub reason: Reason,
    /// A fact that belongs to it, in Kubernetes' words: a port, a name.
    pub detail: String,
}

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Nothing and nobody has this name.
    NoSuchName,
    /// A Service has this name, but in the namespace of `detail`.
    OtherNamespace,
    /// The name means something only inside the cluster.
    InsideOnly,
    /// No DNS server answers.
    NoDns,
    /// No Pod has the labels that the selector asks for.
    NoPodMatches,
    /// The Service selects nothing, and nobody made endpoints for it.
    NoSelector,
    /// Pods fit, but none is ready; `detail` says why this one is not.
    PodNotReady,
    /// No Pod that fits has a container port of the name in `detail`.
    NoSuchPortName,
    /// The Service has no such port; `detail` is the one asked for.
    NoSuchPort,
    /// Nobody listens on the port; `detail` lists those that are listened on.
    PortClosed,
    /// The Pod's container is not running any more.
    PodEnded,
    /// The policy wants an endpoint on this node, and there is none.
    NoLocalEndpoint,
    /// The node's rules do not know yet what has changed.
    RulesBehind,
    /// The firewall is closed for the port in `detail`.
    FirewallClosed,
    /// The client's address is in none of the ranges allowed.
    SourceNotAllowed,
    /// A NetworkPolicy isolates the receiver and allows no such sender.
    PolicyIngress,
    /// A NetworkPolicy isolates the sender and allows no such receiver.
    PolicyEgress,
    /// Nobody has the address.
    NobodyThere,
    /// The node does not run.
    NodeDown,
    /// Nothing passes between the two nodes.
    NetworkCut,
    /// The server closed the connection without an answer.
    ConnectionReset,
    /// No Ingress has a rule for this host and path.
    NoIngressRule,
    /// The Ingress names a Service that does not exist.
    NoSuchService,
    /// TLS was spoken to a plain port.
    NotTls,
}

impl Blame {
    /// Nothing but a reason.
    pub fn new(reason: Reason) -> Self {
        Self { object: String::new(), field: String::new(), reason, detail: String::new() }
    }

    /// The object and its field.
    #[must_use]
    pub fn at(mut self, object: impl Into<String>, field: impl Into<String>) -> Self {
        (self.object, self.field) = (object.into(), field.into());
        self
    }

    /// A fact that belongs to it.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}

/// The way of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Counts all requests from 1.
    pub id: u64,
    /// When it was sent.
    pub at: Time,
    /// How long it took.
    pub took: Delay,
    /// What was asked for, as `http://web:80/`.
    pub target: String,
    /// Its steps, in order.
    pub hops: Vec<Hop>,
}

impl Trace {
    /// Whether an answer came back.
    pub fn has_answer(&self) -> bool {
        matches!(self.hops.last(), Some(Hop::Answer { .. }))
    }

    /// The Pod that took it, as `namespace/name`, if one did.
    pub fn pod(&self) -> Option<&str> {
        self.hops.iter().rev().find_map(|hop| match hop {
            Hop::Pod { pod, .. } => Some(pod.as_str()),
            _ => None,
        })
    }

    /// Who is to blame, if it went wrong on the way.
    pub fn blame(&self) -> Option<&Blame> {
        self.hops.iter().rev().find_map(|hop| match hop {
            Hop::Failure { blame, .. } | Hop::Answer { blame: Some(blame), .. } => Some(blame),
            _ => None,
        })
    }
}

/// What a request brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The address that was connected to, if any.
    pub address: Option<String>,
    /// The answer, or what went wrong.
    pub result: Result<HttpResponse, NetError>,
    /// The way it took.
    pub trace: Trace,
}

/// A way that is being found. Its steps are written down only where somebody
/// will read them.
#[derive(Debug)]
pub struct Way {
    hops: Option<Vec<Hop>>,
    /// The time taken so far, one way.
    pub(super) took: Delay,
}

impl Way {
    /// A way that begins; `noted` if its steps are to be kept.
    pub fn new(noted: bool) -> Self {
        Self { hops: noted.then(Vec::new), took: Delay::ZERO }
    }

    /// Takes a step.
    pub fn step(&mut self, hop: impl FnOnce() -> Hop) {
        if let Some(hops) = &mut self.hops {
            hops.push(hop());
        }
    }

    /// Notes that it ends here without an answer.
    pub fn fail(&mut self, error: NetError, blame: impl FnOnce() -> Blame) -> NetError {
        self.step(|| Hop::Failure { error, blame: blame() });
        error
    }

    /// The time taken so far, one way.
    pub fn took(&self) -> Delay {
        self.took
    }

    /// Its steps.
    pub fn into_hops(self) -> Vec<Hop> {
        self.hops.unwrap_or_default()
    }
}
