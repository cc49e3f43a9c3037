//! Ports of the person's computer that `kubectl port-forward` listens on.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::task::Poll;

use podyard_engine::cluster::Cluster;
use podyard_engine::network::Caller;
use podyard_engine::process::{NetAnswer, NetError, NetRequest, Reply};
use podyard_engine::sim::Delay;
use podyard_kubectl::host::{Forward, Told};
use podyard_kubectl::transport::LocalFuture;

/// How long this computer takes to answer itself.
pub(crate) const LOOPBACK: Delay = Delay::micros(40);

/// The ports that are listened on, shared by all command lines.
#[derive(Clone, Default)]
pub(crate) struct Forwards(Rc<RefCell<BTreeMap<u16, Tunnel>>>);

/// One port that leads into a Pod.
struct Tunnel {
    namespace: String,
    pod: String,
    there: u16,
    /// What has happened that its kubectl has not yet told.
    news: Vec<Told>,
    /// Whether the Pod is gone.
    is_broken: bool,
}

/// Where a system begins to give out ports by itself.
const EPHEMERAL: u16 = 40_000;

impl Forwards {
    /// Listens until the Pod is gone, or whoever waits for this is.
    pub(crate) fn listen<'a>(
        &self,
        forward: &'a Forward,
        told: &'a dyn Fn(Told),
    ) -> LocalFuture<'a, Result<(), String>> {
        let mut open = Open { forwards: self.clone(), ports: Vec::new() };
        for (here, there) in &forward.ports {
            match open.add(forward, (*here, *there)) {
                Ok(here) => {
                    for address in addresses(&forward.addresses) {
                        told(Told::Listening(address, here, *there));
                    }
                }
                Err(problem) => return Box::pin(std::future::ready(Err(problem))),
            }
        }
        Box::pin(std::future::poll_fn(move |_| {
            let (news, is_broken) = open.take_news();
            news.into_iter().for_each(told);
            if is_broken {
                Poll::Ready(Err("lost connection to pod".to_owned()))
            } else {
                Poll::Pending
            }
        }))
    }

    /// The answer to a request to a port of this computer, if it leads anywhere.
    pub(crate) fn answer(
        &self,
        cluster: &RefCell<Cluster>,
        request: &NetRequest,
    ) -> Option<(NetAnswer, Delay)> {
        let (NetRequest::Http { port, .. } | NetRequest::Tcp { port, .. }) = request else {
            return None;
        };
        let mut tunnels = self.0.borrow_mut();
        let tunnel = tunnels.get_mut(port)?;
        tunnel.news.push(Told::Handling(*port));
        let (mut answer, took) = tunnel.carry(cluster, request);
        answer.address = Some("127.0.0.1".to_owned());
        if let Err(NetError::Refused | NetError::TimedOut) = &answer.outcome {
            let why = format!(
                "failed to execute portforward in network namespace: failed to connect to \
                 localhost:{} inside namespace: dial tcp4 127.0.0.1:{}: connect: connection refused",
                tunnel.there, tunnel.there
            );
            tunnel.news.push(Told::Failed(*port, tunnel.there, why));
            tunnel.is_broken = true;
            answer.outcome = Err(NetError::Reset);
        }
        Some((answer, took))
    }
}

/// `localhost` is both of its addresses.
fn addresses(given: &[String]) -> Vec<String> {
    let both = |address: &String| match address.as_str() {
        "localhost" => vec!["127.0.0.1".to_owned(), "[::1]".to_owned()],
        other => vec![other.to_owned()],
    };
    given.iter().flat_map(both).collect()
}

impl Tunnel {
    fn carry(&self, cluster: &RefCell<Cluster>, request: &NetRequest) -> (NetAnswer, Delay) {
        let refused = || NetAnswer { address: None, server: None, outcome: Err(NetError::Refused) };
        let mut cluster = cluster.borrow_mut();
        let kind = cluster.kinds().pod;
        let found = cluster.api().get(kind, &self.namespace, &self.pod).cloned();
        let Some(pod) = found else { return (refused(), Delay::ZERO) };
        let address = pod.at(&["status", "podIP"]).text().to_owned();
        let node = pod.at(&["spec", "nodeName"]).text().to_owned();
        if address.is_empty() {
            return (refused(), Delay::ZERO);
        }
        let mut request = request.clone();
        match &mut request {
            NetRequest::Http { host, port, .. } | NetRequest::Tcp { host, port, .. } => {
                *host = address;
                *port = self.there;
            }
            _ => {}
        }
        cluster.answer(&Caller::Node(node.as_str().into()), &request)
    }
}

/// The ports of one kubectl; they are free again when it ends.
struct Open {
    forwards: Forwards,
    ports: Vec<u16>,
}

impl Open {
    fn add(&mut self, forward: &Forward, (here, there): (u16, u16)) -> Result<u16, String> {
        let mut tunnels = self.forwards.0.borrow_mut();
        let here = match here {
            0 => {
                (EPHEMERAL..u16::MAX).find(|port| !tunnels.contains_key(port)).unwrap_or(EPHEMERAL)
            }
            given => given,
        };
        if tunnels.contains_key(&here) {
            return Err(format!(
                "unable to listen on any of the requested ports: [{{{here} {there}}}]"
            ));
        }
        let (namespace, pod) = (forward.namespace.clone(), forward.pod.clone());
        let tunnel = Tunnel { namespace, pod, there, news: Vec::new(), is_broken: false };
        tunnels.insert(here, tunnel);
        self.ports.push(here);
        Ok(here)
    }

    fn take_news(&self) -> (Vec<Told>, bool) {
        let mut tunnels = self.forwards.0.borrow_mut();
        let (mut news, mut is_broken) = (Vec::new(), false);
        for port in &self.ports {
            if let Some(tunnel) = tunnels.get_mut(port) {
                news.append(&mut tunnel.news);
                is_broken |= tunnel.is_broken;
            }
        }
        (news, is_broken)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut tunnels = self.forwards.0.borrow_mut();
        for port in &self.ports {
            tunnels.remove(port);
        }
    }
}

/// What this computer answers itself: where nothing
/// listens, it refuses.
pub(crate) fn loopback(request: &NetRequest) -> Option<Result<Reply, NetError>> {
    let (NetRequest::Http { host, .. }
    | NetRequest::Tcp { host, .. }
    | NetRequest::Udp { host, .. }
    | NetRequest::Ping { host }) = request
    else {
        return None;
    };
    let own = matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1" | "[::1]");
    own.then(|| match request {
        NetRequest::Ping { .. } => Ok(Reply::Pong(LOOPBACK.as_micros())),
        _ => Err(NetError::Refused),
    })
}
