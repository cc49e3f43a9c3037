//! kubectl's way to an API server: plain HTTP/1.1, one connection a request.

use std::fmt::Write as _;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use podyard_engine::sim::{Delay, Time};
use podyard_engine::wire::{Body, Chunk, Method, Request, Response, StreamId};
use podyard_kubectl::transport::{LocalFuture, Transport, TransportError};

use super::reply::{Head, Incoming, Reader};
use super::{waiting, websocket};

/// A client of one server.
#[derive(Default)]
pub(super) struct Http {
    /// Host and port.
    host: RefCell<String>,
    /// What comes before every path.
    prefix: RefCell<String>,
    secure: Cell<bool>,
    streams: RefCell<BTreeMap<u64, Stream>>,
}

struct Stream {
    incoming: Incoming,
    /// The connection, and whether it speaks WebSocket.
    socket: TcpStream,
    websocket: bool,
}

impl Http {
    fn exchange(&self, request: &Request) -> Result<Response, TransportError> {
        if self.secure.get() {
            let text = "TLS is not supported here: use kubectl proxy and --server=http://…";
            return Err(TransportError::Failed(text.to_owned()));
        }
        let host = self.host.borrow().clone();
        let mut socket = TcpStream::connect(&host)
            .map_err(|_| TransportError::Refused { host: host.clone() })?;
        let failed = |error: std::io::Error| TransportError::Failed(error.to_string());
        let upgrade = is_upgrade(&request.target);
        socket.write_all(&self.head(request, &host, upgrade)).map_err(failed)?;
        socket.write_all(&request.body).map_err(failed)?;
        let mut reader = Reader::new(socket.try_clone().map_err(failed)?);
        let head = reader.head().map_err(failed)?;
        let body = if head.status == 101 {
            self.open(Incoming::websocket(reader), socket, true)
        } else if is_stream(&request.target) && head.status == 200 {
            self.open(Incoming::body(reader, &head), socket, false)
        } else {
            Body::Bytes(reader.whole(&head).map_err(failed)?)
        };
        Ok(response(head, body))
    }

    fn head(&self, request: &Request, host: &str, upgrade: bool) -> Vec<u8> {
        let method = match request.method {
            Method::Get | Method::Other => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
            Method::Head => "HEAD",
        };
        let prefix = self.prefix.borrow();
        let method = if upgrade { "GET" } else { method };
        let mut head = format!("{method} {prefix}{} HTTP/1.1\r\nHost: {host}\r\n", request.target);
        let fields = [
            ("Accept", request.accept.as_str()),
            ("Content-Type", request.content_type.as_str()),
            ("User-Agent", request.user_agent.as_str()),
            ("Impersonate-User", request.impersonate.as_str()),
        ];
        for (name, value) in fields {
            if !value.is_empty() {
                let _ = write!(head, "{name}: {value}\r\n");
            }
        }
        for group in &request.impersonate_groups {
            let _ = write!(head, "Impersonate-Group: {group}\r\n");
        }
        if upgrade {
            head.push_str(websocket::HANDSHAKE);
        } else {
            let _ = write!(head, "Content-Length: {}\r\nConnection: close\r\n", request.body.len());
        }
        head.push_str("\r\n");
        head.into_bytes()
    }

    fn open(&self, incoming: Incoming, socket: TcpStream, websocket: bool) -> Body {
        let mut streams = self.streams.borrow_mut();
        let id = streams.last_key_value().map_or(0, |(id, _)| id + 1);
        streams.insert(id, Stream { incoming, socket, websocket });
        Body::Stream(StreamId(id))
    }
}

/// Whether the answer to `target` is a session of its own.
fn is_upgrade(target: &str) -> bool {
    let path = target.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    let ["", "api", "v1", "namespaces", _, "pods", _, what] = parts.as_slice() else {
        return false;
    };
    matches!(*what, "exec" | "attach" | "portforward")
}

/// Whether the answer to `target` goes on as time does.
fn is_stream(target: &str) -> bool {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|pair| pair == "watch=true" || pair == "follow=true")
}

fn response(head: Head, body: Body) -> Response {
    let warnings = head.warnings();
    Response { status: head.status, content_type: "", warnings, body }
}

impl Transport for Http {
    fn connect(&self, server: &str) {
        self.secure.set(server.starts_with("https://"));
        let rest = server.split_once("://").map_or(server, |(_, rest)| rest);
        let (host, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let port = if host.contains(':') { "" } else { ":80" };
        self.host.replace(format!("{host}{port}"));
        let prefix = prefix.trim_end_matches('/');
        self.prefix.replace(if prefix.is_empty() { String::new() } else { format!("/{prefix}") });
    }

    fn send(&self, request: Request) -> LocalFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move { self.exchange(&request) })
    }

    fn read(&self, stream: StreamId) -> LocalFuture<'_, Chunk> {
        Box::pin(std::future::poll_fn(move |context| match self.streams.borrow().get(&stream.0) {
            Some(open) => open.incoming.poll(context),
            None => std::task::Poll::Ready(Chunk::End),
        }))
    }

    fn write(&self, stream: StreamId, bytes: &[u8]) {
        if let Some(open) = self.streams.borrow_mut().get_mut(&stream.0) {
            let framed = if open.websocket { websocket::frame(bytes) } else { bytes.to_vec() };
            // A session that is over is noticed by its reader.
            let _ = open.socket.write_all(&framed);
        }
    }

    fn close(&self, stream: StreamId) {
        if let Some(open) = self.streams.borrow_mut().remove(&stream.0) {
            let _ = open.socket.shutdown(std::net::Shutdown::Both);
        }
    }

    fn sleep(&self, delay: Delay) -> LocalFuture<'_, ()> {
        let micros = u64::try_from(delay.as_micros()).unwrap_or_default();
        Box::pin(waiting::sleep(Duration::from_micros(micros)))
    }

    fn now(&self) -> Time {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Time::from_micros(i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX))
    }
}
