//! What crosses the door of the API server: requests and responses.
//!
//! The same two types travel over HTTP, over the page's worker channel and
//! inside the simulation; whoever carries them only carries bytes.

use crate::value::{Value, parse_json};
use crate::yaml::to_yaml;

/// A request method.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Method {
    /// Reads or watches.
    #[default]
    Get,
    /// Creates, or acts (eviction, binding, exec).
    Post,
    /// Replaces.
    Put,
    /// Changes in part.
    Patch,
    /// Deletes.
    Delete,
    /// Asks for headers only.
    Head,
    /// Anything else, which the server answers with 405.
    Other,
}

/// One request to the API server.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    /// The method; `GET` unless told.
    pub method: Method,
    /// Path and query, percent-encoded, as `/api/v1/pods?limit=500`.
    pub target: String,
    /// The `Accept` header.
    pub accept: String,
    /// The `Content-Type` header.
    pub content_type: String,
    /// The `User-Agent` header; its first part names the field manager.
    pub user_agent: String,
    /// `Impersonate-User`, or empty.
    pub impersonate: String,
    /// Every `Impersonate-Group`.
    pub impersonate_groups: Vec<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// The answer to a [`Request`].
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: &'static str,
    /// `Warning` headers, without the `299 -`.
    pub warnings: Vec<String>,
    /// The body.
    pub body: Body,
}

/// The body of a [`Response`].
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Complete.
    Bytes(Vec<u8>),
    /// To be read piece by piece as simulated time goes on: a watch, a
    /// followed log, an exec session.
    Stream(StreamId),
}

/// Names an open stream of the API server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamId(pub u64);

/// What a read of a stream gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chunk {
    /// Some bytes. On exec and attach streams the first byte of each chunk is
    /// the channel number of the `v5.channel.k8s.io` protocol.
    Data(Vec<u8>),
    /// Nothing yet; ask again when simulated time has moved.
    Pending,
    /// The stream has ended.
    End,
}

impl Response {
    /// A complete JSON answer.
    pub fn json(status: u16, value: &Value) -> Self {
        Self {
            status,
            content_type: "application/json",
            warnings: Vec::new(),
            body: Body::Bytes(value.to_json().into_bytes()),
        }
    }

    /// A complete plain text answer.
    pub fn text(status: u16, text: impl Into<String>) -> Self {
        Self {
            status,
            content_type: "text/plain; charset=utf-8",
            warnings: Vec::new(),
            body: Body::Bytes(text.into().into_bytes()),
        }
    }

    /// Spreads a complete JSON answer over several lines, if it is on one.
    pub fn indent(&mut self) {
        if self.content_type == "application/json"
            && let Body::Bytes(bytes) = &mut self.body
            && !bytes.contains(&b'\n')
            && let Ok(value) = parse_json(bytes)
        {
            *bytes = value.to_json_pretty(2).into_bytes();
        }
    }

    /// Writes a complete JSON answer as YAML.
    pub fn turn_to_yaml(&mut self) {
        if self.content_type == "application/json"
            && let Body::Bytes(bytes) = &mut self.body
            && let Ok(value) = parse_json(bytes)
        {
            *bytes = to_yaml(&value).into_bytes();
            self.content_type = "application/yaml";
        }
    }

    /// The complete body; none for a stream.
    pub fn bytes(&self) -> &[u8] {
        if let Body::Bytes(bytes) = &self.body { bytes } else { &[] }
    }
}
