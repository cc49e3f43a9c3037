//! Requests that the API server hands to a kubelet: logs, exec, attach.
//!
//! Source: upstream `pkg/registry/core/pod/rest` and `strategy.go`
//! (`LogLocation`, `streamLocation`).

use super::route::{self, Query, Resource, Route};
use super::{ApiServer, Status};
use crate::sim::Time;
use crate::store::Key;
use crate::value::{Str, Value};
use crate::wire::{Method, Request, StreamId};

/// What a client wants of a Pod's kubelet.
#[derive(Debug, Clone, PartialEq)]
pub struct Connect {
    /// The Pod.
    pub pod: Key,
    /// The node it is bound to.
    pub node: Str,
    /// The container.
    pub container: Str,
    /// What is to be done there.
    pub what: Errand,
}

/// What is to be done in a container.
#[derive(Debug, Clone, PartialEq)]
pub enum Errand {
    /// Read its log.
    Log(LogOptions),
    /// Run a command.
    Exec {
        /// The command.
        command: Vec<String>,
        /// Whether it has a terminal.
        tty: bool,
        /// Whether it has an input.
        stdin: bool,
    },
    /// Join its first process.
    Attach,
}

/// Which part of a log is wanted, and how.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LogOptions {
    /// Go on as it grows.
    pub follow: bool,
    /// Of the container's run before.
    pub previous: bool,
    /// Only so many last lines.
    pub tail: Option<usize>,
    /// Only lines since then.
    pub since: Option<Time>,
    /// A time before each line.
    pub timestamps: bool,
    /// Only so many bytes.
    pub limit_bytes: Option<usize>,
}

impl ApiServer {
    /// What a request asks of a kubelet; `None` when it asks nothing of one.
    pub fn connection(&self, request: &Request) -> Option<Result<Connect, Status>> {
        let (route, query) = route::parse(&request.target, self.registry());
        let Some(Route::Resource(resource)) = route else { return None };
        let connects = matches!(resource.subresource.as_str(), "log" | "exec" | "attach")
            && resource.served.kind == "Pod"
            && matches!(request.method, Method::Get | Method::Post);
        connects.then(|| self.connect(&resource, &query))
    }

    /// A number for a stream that somebody else serves.
    pub fn reserve_stream(&mut self) -> StreamId {
        self.streams.reserve()
    }

    fn connect(&self, resource: &Resource, query: &Query) -> Result<Connect, Status> {
        let key = Key::new(resource.kind, &resource.namespace, &resource.name);
        let Some(pod) = self.store().get(&key) else {
            return Err(Status::not_found(resource.served, &resource.name));
        };
        let container = container_of(pod, query.get("container"), &resource.subresource)?;
        let node = pod["spec"]["nodeName"].as_shared().cloned().unwrap_or_default();
        let name = &resource.name;
        let what = match resource.subresource.as_str() {
            "log" => Errand::Log(self.log_options(query)),
            "attach" => Errand::Attach,
            _ => Errand::Exec {
                command: query.all("command").map(str::to_owned).collect(),
                tty: query.is_true("tty"),
                stdin: query.is_true("stdin"),
            },
        };
        if node.is_empty() {
            let why = format!("pod {name} does not have a host assigned");
            return Err(Status::bad_request(why));
        }
        Ok(Connect { pod: key, node, container: container.into(), what })
    }

    fn log_options(&self, query: &Query) -> LogOptions {
        let count = |name: &str| query.int(name).and_then(|own| usize::try_from(own).ok());
        let secs = query.int("sinceSeconds").map(crate::sim::Delay::secs);
        let since = secs.map(|secs| self.now() + secs.times(-1));
        LogOptions {
            follow: query.is_true("follow"),
            previous: query.is_true("previous"),
            tail: count("tailLines"),
            since: since.or_else(|| Time::parse(query.get("sinceTime"))),
            timestamps: query.is_true("timestamps"),
            limit_bytes: count("limitBytes"),
        }
    }
}

/// The container meant; a Pod with several must say which.
fn container_of(pod: &Value, wanted: &str, errand: &str) -> Result<String, Status> {
    let name = pod["metadata"]["name"].text();
    let names = |list: &str| -> Vec<&str> {
        pod["spec"][list].items().iter().map(|own| own["name"].text()).collect()
    };
    let mains = names("containers");
    let inits = names("initContainers");
    let all = [mains.clone(), inits.clone(), names("ephemeralContainers")].concat();
    if !wanted.is_empty() {
        if all.contains(&wanted) {
            return Ok(wanted.to_owned());
        }
        return Err(Status::bad_request(format!("container {wanted} is not valid for pod {name}")));
    }
    match mains.as_slice() {
        [one] if inits.is_empty() || errand != "log" => Ok((*one).to_owned()),
        [one] if errand == "log" => Ok((*one).to_owned()),
        _ => {
            let mut choices = format!("choose one of: [{}]", mains.join(" "));
            if !inits.is_empty() {
                choices.push_str(&format!(" or one of the init containers: [{}]", inits.join(" ")));
            }
            Err(Status::bad_request(format!(
                "a container name must be specified for pod {name}, {choices}"
            )))
        }
    }
}
