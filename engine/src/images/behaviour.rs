//! What a server does: ports, answers, logs, its end, its appetite.

use super::fields::{Fields, Read};
use crate::sim::Delay;
use crate::value::{Str, Value};

/// A server's behaviour, as data.
#[derive(Debug, Clone, PartialEq)]
pub struct Behaviour {
    /// Its name among the servers.
    pub name: Str,
    /// The TCP ports it listens on.
    pub ports: Vec<u16>,
    /// The option (`--port`) or variable (`$PORT`) that changes its first port.
    pub port_from: Option<Str>,
    /// How long it takes from its start until it listens.
    pub starts: Delay,
    /// The directory whose files it serves.
    pub root: Option<Str>,
    /// The file served for a directory.
    pub index: Str,
    /// Headers of every response.
    pub headers: Vec<(Str, Str)>,
    /// The `Content-Type` of routes that name none.
    pub content_type: Str,
    /// Whose error pages it has.
    pub errors: ErrorPages,
    /// How it logs requests.
    pub access_log: Option<LogFormat>,
    /// Lines it logs when it starts; those after `!` on standard error.
    pub lines: Vec<Str>,
    /// Answers by path, the first that fits.
    pub routes: Vec<Route>,
    /// How it takes SIGTERM and SIGQUIT.
    pub stop: Stop,
    /// What it speaks.
    pub protocol: Protocol,
    /// Bytes of memory it holds.
    pub memory: u64,
    /// Thousandths of a processor it uses when idle.
    pub idle_millis: u64,
    /// Processor time of one request.
    pub request_cpu: Delay,
    /// Of these variables one must be set, or it exits with 1 and `refusal`.
    pub needs_env: Vec<Str>,
    /// What it says when none is set.
    pub refusal: Str,
}

/// Whose pages for errors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ErrorPages {
    /// A line of plain text, as Go's servers.
    #[default]
    Plain,
    /// nginx'.
    Nginx,
    /// Apache's.
    Apache,
}

/// How requests are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// nginx' `main`: combined and the `X-Forwarded-For`.
    Nginx,
    /// Apache's common format.
    Common,
    /// Apache's combined format.
    Combined,
    /// The path alone, with a time, as simple Go servers do.
    Path,
}

/// What a server speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP.
    #[default]
    Http,
    /// Redis' protocol.
    Redis,
    /// Something that no client here speaks: connections stand, that is all.
    Other,
}

/// How a server takes SIGTERM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// It ends with this code after so long.
    Exit(u8, Delay),
    /// It has no handler; as first process of its container it lives on.
    Ignored,
}

/// An answer to requests of a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// The path; with `*` at its end every path that starts so.
    pub path: Str,
    /// The method; any when not given.
    pub method: Option<Str>,
    /// The status.
    pub status: u16,
    /// The body, with `{…}` placeholders.
    pub body: Str,
    /// More headers.
    pub headers: Vec<(Str, Str)>,
    /// How long the answer takes.
    pub takes: Delay,
    /// Only in so much time after the server's start.
    pub before: Option<Delay>,
    /// The server ends with this code after answering.
    pub exits: Option<Str>,
}

impl Behaviour {
    /// Reads a declared server.
    pub(super) fn read(name: &str, value: &Value, path: &str) -> Read<Self> {
        let mut fields = Fields::new(value, path)?;
        let mut ports = Vec::new();
        for text in fields.texts("ports")? {
            ports.push(text.parse().map_err(|_| format!("{path}.ports: {text} is no port"))?);
        }
        let mut routes = Vec::new();
        for (at, route) in fields.field("routes").items().iter().enumerate() {
            routes.push(Route::read(route, &format!("{path}.routes[{at}]"))?);
        }
        let stop = match (fields.text("stop")?.as_deref(), fields.delay("stopAfter")?) {
            (None, after) => Stop::Exit(0, after.unwrap_or(Delay::millis(40))),
            (Some("ignored"), _) => Stop::Ignored,
            (Some(code), after) => {
                let code = code
                    .parse()
                    .map_err(|_| format!("{path}.stop: must be an exit code or ignored"))?;
                Stop::Exit(code, after.unwrap_or(Delay::millis(40)))
            }
        };
        let behaviour = Self {
            name: name.into(),
            ports,
            port_from: fields.text("portFrom")?,
            starts: fields.delay("starts")?.unwrap_or(Delay::millis(30)),
            root: fields.text("root")?,
            index: fields.text("index")?.unwrap_or_else(|| "index.html".into()),
            headers: fields.pairs("headers")?,
            content_type: fields
                .text("contentType")?
                .unwrap_or_else(|| "text/plain; charset=utf-8".into()),
            errors: match fields.text("errors")?.as_deref() {
                None | Some("plain") => ErrorPages::Plain,
                Some("nginx") => ErrorPages::Nginx,
                Some("apache") => ErrorPages::Apache,
                Some(_) => return Err(format!("{path}.errors: must be plain, nginx or apache")),
            },
            access_log: match fields.text("accessLog")?.as_deref() {
                None | Some("none") => None,
                Some("nginx") => Some(LogFormat::Nginx),
                Some("common") => Some(LogFormat::Common),
                Some("combined") => Some(LogFormat::Combined),
                Some("path") => Some(LogFormat::Path),
                Some(_) => {
                    return Err(format!(
                        "{path}.accessLog: must be none, nginx, common, combined or path"
                    ));
                }
            },
            lines: fields.texts("lines")?,
            routes,
            stop,
            protocol: match fields.text("protocol")?.as_deref() {
                None | Some("http") => Protocol::Http,
                Some("redis") => Protocol::Redis,
                Some("other") => Protocol::Other,
                Some(_) => return Err(format!("{path}.protocol: must be http, redis or other")),
            },
            memory: fields.bytes("memory")?.unwrap_or(8 << 20),
            idle_millis: fields.number("idleMillis")?.unwrap_or_default(),
            request_cpu: fields.delay("requestCpu")?.unwrap_or(Delay::micros(200)),
            needs_env: fields.texts("needsEnv")?,
            refusal: fields.text("refusal")?.unwrap_or_default(),
        };
        fields.finish()?;
        Ok(behaviour)
    }
}

impl Route {
    fn read(value: &Value, path: &str) -> Read<Self> {
        let mut fields = Fields::new(value, path)?;
        let route = Self {
            path: fields.required("path")?,
            method: fields.text("method")?,
            status: fields.number("status")?.unwrap_or(200),
            body: fields.text("body")?.unwrap_or_default(),
            headers: fields.pairs("headers")?,
            takes: fields.delay("takes")?.unwrap_or(Delay::micros(300)),
            before: fields.delay("before")?,
            exits: fields.text("exits")?,
        };
        fields.finish()?;
        Ok(route)
    }

    /// Whether it answers requests of `path` by `method`.
    pub fn fits(&self, path: &str, method: &str) -> bool {
        let by_path = match self.path.strip_suffix('*') {
            Some(start) => path.starts_with(start),
            None => *self.path == *path,
        };
        by_path && self.method.as_deref().is_none_or(|own| own.eq_ignore_ascii_case(method))
    }
}
