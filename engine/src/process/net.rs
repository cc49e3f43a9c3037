//! What a process asks of the network, and what it hears back.
//!
//! A process only states its wish; the cluster's network decides how long the
//! answer takes and what it is.

use serde::{Deserialize, Serialize};

use super::Bytes;

/// An HTTP request as its client sends it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET`, `POST`, and so on.
    pub method: String,
    /// Path and query, as `/healthz?full=1`.
    pub target: String,
    /// Headers in the order sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl HttpRequest {
    /// A plain `GET` of `target`.
    pub fn get(target: &str) -> Self {
        Self { method: "GET".into(), target: target.into(), ..Self::default() }
    }

    /// The header called `name`, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The query's parameter `name`, undecoded.
    pub fn query(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }
}

/// An HTTP response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Headers in the order sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

impl HttpResponse {
    /// A response of `status` whose body is `text`.
    pub fn text(status: u16, text: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new(text.into().into_bytes()) }
    }

    /// The standard reason phrase of the status.
    pub fn reason(&self) -> &'static str {
        match self.status {
            200 => "OK",
            201 => "Created",
            204 => "No Content",
            206 => "Partial Content",
            301 => "Moved Permanently",
            302 => "Found",
            304 => "Not Modified",
            307 => "Temporary Redirect",
            308 => "Permanent Redirect",
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            408 => "Request Timeout",
            429 => "Too Many Requests",
            500 => "Internal Server Error",
            501 => "Not Implemented",
            502 => "Bad Gateway",
            503 => "Service Unavailable",
            504 => "Gateway Timeout",
            _ => "",
        }
    }

    /// The header called `name`, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// What a process wants of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetRequest {
    /// Look a name up.
    Resolve {
        /// The name as typed.
        name: String,
        /// Which records.
        kind: RecordKind,
        /// Ask this server instead of the one in `/etc/resolv.conf`.
        server: Option<String>,
        /// Whether the search list applies.
        search: bool,
    },
    /// Connect and make one HTTP request.
    Http {
        /// Whether over TLS.
        tls: bool,
        /// Name or address.
        host: String,
        /// Port.
        port: u16,
        /// The request.
        request: HttpRequest,
    },
    /// Connect by TCP, say something, hear the first answer.
    Tcp {
        /// Name or address.
        host: String,
        /// Port.
        port: u16,
        /// What is said after connecting; nothing for a mere look (`nc -z`).
        payload: Vec<u8>,
    },
    /// Send one UDP datagram.
    Udp {
        /// Name or address.
        host: String,
        /// Port.
        port: u16,
        /// The datagram.
        payload: Vec<u8>,
    },
    /// One ICMP echo.
    Ping {
        /// Name or address.
        host: String,
    },
}

/// Kinds of DNS records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordKind {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// An alias.
    Cname,
    /// A service's ports and hosts.
    Srv,
    /// An address' name.
    Ptr,
    /// Anything else, which has no records here.
    Other,
}

/// One DNS record of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The full name it belongs to, without the last dot.
    pub name: String,
    /// Its kind.
    pub kind: RecordKind,
    /// Its data as zone files write it.
    pub data: String,
    /// Seconds it may be kept.
    pub ttl: u32,
}

/// What the network answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetAnswer {
    /// The address the host's name meant, once that is known.
    pub address: Option<String>,
    /// The DNS server asked, for [`NetRequest::Resolve`].
    pub server: Option<String>,
    /// The reply or what went wrong.
    pub outcome: Result<Reply, NetError>,
}

/// A good answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The records found; none when the name exists without such records.
    Records(Vec<Record>),
    /// The HTTP response.
    Http(HttpResponse),
    /// The connection stands (or the datagram left); the peer's first words.
    Connected(Vec<u8>),
    /// The echo's round trip in microseconds.
    Pong(i64),
}

/// What can go wrong on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum NetError {
    /// NXDOMAIN: the name does not exist.
    UnknownHost,
    /// No DNS server answered.
    DnsTimeout,
    /// The port is closed.
    Refused,
    /// Nobody answered.
    TimedOut,
    /// No route to host.
    NoRoute,
    /// The connection was reset, or closed without an answer.
    Reset,
    /// TLS was spoken to a plain port, or the certificate did not fit.
    Tls,
}
