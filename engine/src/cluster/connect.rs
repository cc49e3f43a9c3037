//! Streams between a client and a container: logs, exec, attach.
//!
//! Source: the `v5.channel.k8s.io` protocol: the first byte of a message is
//! its channel. 0 is input, 1 output, 2 error output, 3 the result, 4 the
//! terminal's size; 255 closes the channel that follows.

use std::collections::BTreeMap;

use super::Cluster;
use crate::apiserver::{Connect, Errand, LogOptions, Status};
use crate::container::{ExecId, LogLine};
use crate::kubelet::{Kubelet, LogPlace};
use crate::sim::Delay;
use crate::value;
use crate::value::Value;
use crate::wire::{Body, Chunk, Request, Response, StreamId};

const OUTPUT: u8 = 1;
const ERROR_OUTPUT: u8 = 2;
const RESULT: u8 = 3;
const INPUT: u8 = 0;
const CLOSE: u8 = 255;
/// How long a machine that is gone is asked for: three times, once a second.
const NO_ROUTE: Delay = Delay::secs(3);
/// How long the API server waits for a kubelet that says nothing; Go's
/// `net/http` (`TLSHandshakeTimeout`).
const HANDSHAKE: Delay = Delay::secs(10);

/// Every open stream to a container.
#[derive(Debug, Clone, Default)]
pub(super) struct Sessions(BTreeMap<StreamId, Session>);

#[derive(Debug, Clone)]
struct Session {
    to: Connect,
    kind: Kind,
    pending: Vec<Vec<u8>>,
    ended: bool,
}

#[derive(Debug, Clone)]
enum Kind {
    Log(LogPlace, LogOptions),
    Exec(ExecId),
}

impl Cluster {
    /// Answers a request for a container's kubelet; `None` when it is not one.
    pub(super) fn connect(&mut self, request: &Request) -> Option<Response> {
        let refuse = |status: Status| Response::json(status.code, &status.to_value());
        let to = match self.api.connection(request)? {
            Ok(to) => to,
            Err(status) => return Some(refuse(status)),
        };
        let node = to.node.clone();
        let response = self.open(to).unwrap_or_else(refuse);
        self.take_requests_of(&node);
        Some(response)
    }

    /// How long a request takes until it is answered: as long as the API
    /// server's requests take now, and as it waits for a kubelet that is silent.
    pub fn delay_of(&self, request: &Request) -> Delay {
        let lost = self.kubelets.iter().any(|(_, kubelet)| !kubelet.is_running());
        let connection = if lost { self.api.connection(request) } else { None };
        let wait = connection.and_then(Result::ok).map_or(Delay::ZERO, |to| {
            match self.kubelets.get(&to.node).map(Kubelet::is_running) {
                Some(false) if self.down.contains(&to.node) => NO_ROUTE,
                Some(false) => HANDSHAKE,
                _ => Delay::ZERO,
            }
        });
        self.latency + wait
    }

    /// What the API server says of a kubelet that it cannot reach; `None` of
    /// one that answers.
    fn unreached(&self, to: &Connect) -> Option<Status> {
        let runs = self.kubelets.get(&to.node).is_some_and(Kubelet::is_running);
        if runs {
            return None;
        }
        let host = format!("{}:10250", self.network.node_ip(&to.node));
        // A kubelet that stands still has its port open, and says nothing.
        let there = self.kubelets.contains_key(&to.node) && !self.down.contains(&to.node);
        let why = if there {
            "net/http: TLS handshake timeout".to_owned()
        } else {
            format!("dial tcp {host}: connect: no route to host")
        };
        let Connect { pod, container, .. } = to;
        Some(Status::unknown(match to.what {
            Errand::Log(_) => {
                let path = format!("containerLogs/{}/{}/{container}", pod.namespace, pod.name);
                format!("Get \"https://{host}/{path}\": {why}")
            }
            Errand::Exec { .. } | Errand::Attach => format!("error dialing backend: {why}"),
        }))
    }

    fn open(&mut self, to: Connect) -> Result<Response, Status> {
        let now = self.now();
        if let Some(status) = self.unreached(&to) {
            return Err(status);
        }
        let Some(mut kubelet) = self.kubelets.get_mut(&to.node) else {
            return Err(Status::internal("its kubelet is gone"));
        };
        if !kubelet.is_running() {
            let why = format!("Get \"https://{}:10250\": dial tcp: connection refused", to.node);
            return Err(Status::internal(&why));
        }
        let (kind, first) = match &to.what {
            Errand::Log(options) => {
                let (lines, place) = kubelet.logs(&to.pod, &to.container, options)?;
                let text = log_text(lines, options, true);
                if !options.follow {
                    return Ok(Response::text(200, text));
                }
                drop(kubelet);
                (Kind::Log(place, options.clone()), text.into_bytes())
            }
            Errand::Exec { command, tty, stdin } => {
                if command.is_empty() {
                    return Err(Status::bad_request("you must specify at least 1 command"));
                }
                let command = Some((command.clone(), *tty, *stdin));
                let session =
                    kubelet.open_session(&to.pod, &to.container, command, &mut self.disks, now);
                drop(kubelet);
                match session {
                    Ok(session) => (Kind::Exec(session), Vec::new()),
                    Err(status) => return Ok(self.failed_exec(to, &status.message)),
                }
            }
            Errand::Attach => {
                let session =
                    kubelet.open_session(&to.pod, &to.container, None, &mut self.disks, now)?;
                drop(kubelet);
                (Kind::Exec(session), Vec::new())
            }
        };
        let pending = if first.is_empty() { Vec::new() } else { vec![first] };
        Ok(self.stream(Session { to, kind, pending, ended: false }))
    }

    fn stream(&mut self, session: Session) -> Response {
        let id = self.api.reserve_stream();
        self.sessions.0.insert(id, session);
        Response {
            status: 200,
            content_type: "text/plain; charset=utf-8",
            warnings: Vec::new(),
            body: Body::Stream(id),
        }
    }

    /// A command that could not be started ends its stream with the reason.
    fn failed_exec(&mut self, to: Connect, message: &str) -> Response {
        let why = message.strip_prefix("Internal error occurred: ").unwrap_or(message);
        let mut random = self.random.split("exec").split(&self.now().rfc3339_micros());
        let id: String = (0..4).map(|_| format!("{:016x}", random.next_u64())).collect();
        // Twice internal: the runtime's error is the kubelet's and the API server's.
        let status = Status::internal(&format!(
            "Internal error occurred: error executing command in container: rpc error: code = \
             Unknown desc = failed to exec in container: failed to start exec \"{id}\": {why}"
        ));
        let kind = Kind::Exec(ExecId(0));
        let pending = vec![on_channel(RESULT, status.to_value().to_json().as_bytes())];
        self.stream(Session { to, kind, pending, ended: true })
    }

    /// What such a stream has to say now; `None` when it is another's.
    pub(super) fn read_session(&mut self, id: StreamId) -> Option<Chunk> {
        let now = self.now();
        let session = self.sessions.0.get_mut(&id)?;
        if let (Some(mut kubelet), false) = (self.kubelets.get_mut(&session.to.node), session.ended)
        {
            let (pod, container) = (&session.to.pod, &*session.to.container);
            match &mut session.kind {
                Kind::Log(place, options) => match kubelet.more_logs(pod, container, place) {
                    Some(lines) => {
                        let text = log_text(lines, options, false);
                        if !text.is_empty() {
                            session.pending.push(text.into_bytes());
                        }
                    }
                    None => session.ended = true,
                },
                Kind::Exec(exec) => {
                    let output = kubelet.read_session(pod, container, *exec, &mut self.disks, now);
                    for (is_error, bytes) in output.pieces {
                        let channel = if is_error { ERROR_OUTPUT } else { OUTPUT };
                        session.pending.push(on_channel(channel, &bytes));
                    }
                    if let Some(code) = output.code {
                        // Who attaches hears of the end, not of how it was.
                        let code = if matches!(session.to.what, Errand::Attach) { 0 } else { code };
                        let result = result(code).to_json();
                        session.pending.push(on_channel(RESULT, result.as_bytes()));
                        session.ended = true;
                    }
                }
            }
        }
        if !session.pending.is_empty() {
            return Some(Chunk::Data(session.pending.remove(0)));
        }
        if session.ended || !self.kubelets.contains_key(&session.to.node) {
            self.sessions.0.remove(&id);
            return Some(Chunk::End);
        }
        Some(Chunk::Pending)
    }

    /// Takes in what a client sends up such a stream.
    pub(super) fn write_session(&mut self, id: StreamId, bytes: &[u8]) {
        let now = self.now();
        let Some(session) = self.sessions.0.get_mut(&id) else { return };
        let Kind::Exec(exec) = session.kind else { return };
        let Some(mut kubelet) = self.kubelets.get_mut(&session.to.node) else { return };
        let (pod, container) = (&session.to.pod, &*session.to.container);
        match bytes.split_first() {
            Some((&INPUT, input)) => {
                kubelet.write_session(pod, container, exec, Some(input), &mut self.disks, now);
            }
            Some((&CLOSE, [INPUT, ..])) => {
                kubelet.write_session(pod, container, exec, None, &mut self.disks, now);
            }
            _ => {}
        }
        drop(kubelet);
        let node = session.to.node.clone();
        self.take_requests_of(&node);
    }

    /// Closes such a stream; says whether there was one.
    pub(super) fn close_session(&mut self, id: StreamId) -> bool {
        let now = self.now();
        let Some(session) = self.sessions.0.remove(&id) else { return false };
        if let (Kind::Exec(exec), Some(mut kubelet)) =
            (session.kind, self.kubelets.get_mut(&session.to.node))
        {
            kubelet.close_session(
                &session.to.pod,
                &session.to.container,
                exec,
                &mut self.disks,
                now,
            );
        }
        true
    }
}

fn on_channel(channel: u8, bytes: &[u8]) -> Vec<u8> {
    let mut message = vec![channel];
    message.extend_from_slice(bytes);
    message
}

/// How a command ended, as the result channel tells it.
fn result(code: i64) -> Value {
    if code == 0 {
        return value!({ "metadata": {}, "status": "Success" });
    }
    value!({
        "metadata": {},
        "status": "Failure",
        "message": (format!("command terminated with non-zero exit code: exit status {code}")),
        "reason": "NonZeroExitCode",
        "details": { "causes": [{ "reason": "ExitCode", "message": (code.to_string()) }] },
    })
}

/// The wanted lines as text. Only the first piece of a log is cut to its tail.
fn log_text(mut lines: Vec<LogLine>, options: &LogOptions, first: bool) -> String {
    if first {
        if let Some(since) = options.since {
            lines.retain(|line| line.at >= since);
        }
        if let Some(tail) = options.tail {
            lines.drain(..lines.len().saturating_sub(tail));
        }
    }
    let mut text = String::new();
    for line in lines {
        if options.timestamps {
            let stamp = line.at.rfc3339_micros();
            text.push_str(stamp.trim_end_matches('Z'));
            text.push_str("000Z ");
        }
        text.push_str(&line.text);
        text.push('\n');
    }
    if let Some(limit) = options.limit_bytes {
        let mut end = limit.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
    text
}
