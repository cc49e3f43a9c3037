//! Requests to the API server: their targets, answers and warnings.

mod status;
mod target;
mod watch;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use podyard_engine::sim::{Delay, Time};
use podyard_engine::value::{Value, parse_json};
use podyard_engine::wire::{Body, Method, Request, Response};

pub use self::target::Target;
pub use self::watch::{Event, Watch};

use crate::discovery::{self, Discovery};
use crate::failure::{Failure, Outcome};
use crate::io::Io;
use crate::transport::TransportError;

/// What `get` asks for to print a table.
pub const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,\
                         application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
/// Plain objects.
pub const JSON: &str = "application/json";
/// A merge patch.
pub const MERGE_PATCH: &str = "application/merge-patch+json";
/// A strategic merge patch.
pub const STRATEGIC_PATCH: &str = "application/strategic-merge-patch+json";
/// A JSON patch.
pub const JSON_PATCH: &str = "application/json-patch+json";
/// A server-side apply.
pub const APPLY_PATCH: &str = "application/apply-patch+yaml";

/// A client of the API server for one run of kubectl.
pub struct Client<'a> {
    /// The surroundings.
    pub io: Io<'a>,
    /// Whom to act as, and how the server is reached.
    pub connection: Connection,
    /// How many warnings the server gave.
    pub warnings: Cell<usize>,
    warned: RefCell<BTreeSet<String>>,
    discovery: RefCell<Option<Rc<Discovery>>>,
}

/// What the flags and the kubeconfig say of the way to the server.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// The server's address, or empty.
    pub server: String,
    /// Whom to act as, or empty.
    pub user: String,
    /// In which groups.
    pub groups: Vec<String>,
    /// How long one answer may take; zero waits for ever.
    pub timeout: Delay,
    /// Why no request can be sent.
    pub refusal: Option<Failure>,
}

impl<'a> Client<'a> {
    /// A client of the server that `connection` leads to.
    pub fn new(io: Io<'a>, connection: Connection) -> Self {
        Self {
            io,
            connection,
            warnings: Cell::new(0),
            warned: RefCell::default(),
            discovery: RefCell::default(),
        }
    }

    /// What the server serves; asked for once in a run.
    pub async fn discovery(&self) -> Outcome<Rc<Discovery>> {
        self.discovery_tried(1).await
    }

    /// The same, where real kubectl asks so many `times` before it gives up,
    /// and says so in its log.
    pub async fn discovery_tried(&self, times: usize) -> Outcome<Rc<Discovery>> {
        let known = self.discovery.borrow().clone();
        if let Some(known) = known {
            return Ok(known);
        }
        match discovery::read(self).await {
            Ok(found) => {
                let found = Rc::new(found);
                *self.discovery.borrow_mut() = Some(found.clone());
                Ok(found)
            }
            Err(failure) => {
                let text =
                    format!("couldn't get current server API group list: {}", failure.text());
                for _ in (0..times).filter(|_| matches!(failure, Failure::Refused { .. })) {
                    let text = format!("\"Unhandled Error\" err={text:?}");
                    self.io.log('E', "memcache.go:265", &text);
                }
                Err(failure)
            }
        }
    }

    /// When an answer that begins now has taken too long.
    pub fn deadline(&self) -> Option<Time> {
        let timeout = self.connection.timeout;
        (timeout > Delay::ZERO).then(|| self.io.transport.now() + timeout)
    }

    /// Sends a request; anything but success is a failure.
    pub async fn send(&self, mut request: Request) -> Outcome<Response> {
        if let Some(refusal) = &self.connection.refusal {
            return Err(refusal.clone());
        }
        "kubectl/v1.32.13 (linux/amd64) kubernetes".clone_into(&mut request.user_agent);
        self.connection.user.clone_into(&mut request.impersonate);
        self.connection.groups.clone_into(&mut request.impersonate_groups);
        if request.accept.is_empty() {
            JSON.clone_into(&mut request.accept);
        }
        let kind = Asked { method: request.method, target: request.target.clone() };
        let response = self.io.transport.send(request).await.map_err(|error| match error {
            TransportError::Refused { host } => self.refused(host, &kind),
            TransportError::Failed(text) => {
                Failure::Verbatim(format!("Unable to connect to the server: {text}"))
            }
        })?;
        self.pass_on(&response.warnings);
        if (200..300).contains(&response.status) || response.status == 101 {
            return Ok(response);
        }
        Err(status::failure(&response, &kind))
    }

    fn refused(&self, host: String, asked: &Asked) -> Failure {
        let server = match self.connection.server.trim_end_matches('/') {
            "" if host.starts_with("localhost") => format!("http://{host}"),
            "" => format!("https://{host}"),
            given => given.to_owned(),
        };
        let verb = asked.verb().to_lowercase();
        let (first, rest) = verb.split_at(verb.len().min(1));
        let url = format!("{server}{}", asked.target);
        Failure::Refused { host, asked: format!("{}{rest} {url:?}", first.to_uppercase()) }
    }

    fn pass_on(&self, warnings: &[String]) {
        for warning in warnings {
            self.warnings.set(self.warnings.get() + 1);
            if self.warned.borrow_mut().insert(warning.clone()) {
                self.io.warn(&format!("Warning: {warning}"));
            }
        }
    }

    /// Reads an object or a list.
    pub async fn get(&self, target: &Target) -> Outcome<Value> {
        self.get_as(target, JSON).await
    }

    /// Reads an object or a list in another shape.
    pub async fn get_as(&self, target: &Target, accept: &str) -> Outcome<Value> {
        let accept = accept.to_owned();
        let request = Request { target: target.text(), accept, ..Request::default() };
        value_of(&self.send(request).await?)
    }

    /// Reads what is no object: a log.
    pub async fn get_text(&self, target: &Target) -> Outcome<String> {
        let accept = "application/json, */*".to_owned();
        let request = Request { target: target.text(), accept, ..Request::default() };
        let mut bytes = Vec::new();
        let body = self.send(request).await?.body;
        self.drain(body, |more| bytes.extend_from_slice(more)).await;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Writes: creates, replaces, patches or deletes.
    pub async fn write(
        &self,
        method: Method,
        target: &Target,
        content_type: &str,
        body: &Value,
    ) -> Outcome<Value> {
        self.write_text(method, target, content_type, body.to_json()).await
    }

    /// Writes a body that is text already.
    pub async fn write_text(
        &self,
        method: Method,
        target: &Target,
        content_type: &str,
        body: String,
    ) -> Outcome<Value> {
        let request = Request {
            method,
            target: target.text(),
            content_type: content_type.to_owned(),
            body: body.into_bytes(),
            ..Request::default()
        };
        value_of(&self.send(request).await?)
    }

    /// Creates an object in the collection `target`.
    pub async fn create(&self, target: &Target, object: &Value) -> Outcome<Value> {
        self.write(Method::Post, target, JSON, object).await
    }

    /// Patches the object at `target`.
    pub async fn patch(&self, target: &Target, kind: &str, patch: &Value) -> Outcome<Value> {
        self.write(Method::Patch, target, kind, patch).await
    }

    /// Watches the collection at `target` from `resource_version` on.
    pub async fn watch(
        &self,
        target: &Target,
        accept: &str,
        resource_version: &str,
    ) -> Outcome<Watch<'a>> {
        let target =
            target.clone().query("watch", "true").query("resourceVersion", resource_version);
        let accept = accept.to_owned();
        let request = Request { target: target.text(), accept, ..Request::default() };
        let response = self.send(request).await?;
        Ok(Watch::new(self.io, response.body, self.deadline()))
    }

    /// Reads a stream or a body to its end, handing on every piece.
    pub async fn drain(&self, body: Body, mut take: impl FnMut(&[u8])) {
        use podyard_engine::wire::Chunk;
        match body {
            Body::Bytes(bytes) => take(&bytes),
            Body::Stream(stream) => {
                while let Chunk::Data(bytes) = self.io.transport.read(stream).await {
                    take(&bytes);
                }
            }
        }
    }
}

/// What was asked, for the words about a failure without a `Status`.
pub(crate) struct Asked {
    method: Method,
    target: String,
}

impl Asked {
    fn verb(&self) -> &'static str {
        match self.method {
            Method::Get | Method::Head => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
            Method::Other => "",
        }
    }
}

fn value_of(response: &Response) -> Outcome<Value> {
    let bytes = response.bytes();
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    parse_json(bytes).map_err(|error| Failure::Text(error.message))
}
