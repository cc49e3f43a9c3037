//! Carrying out probes: a command, an HTTP request, a connection, gRPC.
//!
//! Source: upstream `pkg/probe/{exec,http,tcp,grpc}` and
//! `pkg/kubelet/prober/prober.go`.

use super::node::Node;
use super::probe::{Kind, Verdict};
use super::runtime::Beside;
use super::unit::{Restart, State};
use super::worker::{End, Worker, others};
use crate::api::pod::{ContainerView, PodView};
use crate::container::Answer;
use crate::process::{HttpRequest, Volumes};
use crate::recorder::Note;
use crate::sim::Time;
use crate::value::Value;

impl Worker {
    /// Asks every probe that is due.
    pub(super) fn run_probes(&mut self, node: &mut Node<'_>) {
        if self.end != End::No {
            return;
        }
        for index in 0..self.units.len() {
            for (kind, spec) in self.due_probes(index, node) {
                let answer = self.ask(index, &spec, node);
                self.note_answer(index, kind, answer, node);
            }
        }
    }

    fn due_probes(&mut self, index: usize, node: &Node<'_>) -> Vec<(Kind, Value)> {
        let unit = self.units.get_mut(index).filter(|unit| unit.is_running());
        unit.map_or_else(Vec::new, |unit| unit.probes.take_due(node.now()))
    }

    fn note_answer(
        &mut self,
        index: usize,
        kind: Kind,
        answer: Result<(), String>,
        node: &mut Node<'_>,
    ) {
        if let Err(why) = &answer {
            let message = format!("{} probe failed: {why}", kind.name());
            let note = Note::warning(&self.pod, "Unhealthy", message).at(self.field_path(index));
            node.tell(note);
        }
        let Some(unit) = self.units.get_mut(index) else { return };
        let verdict = unit.probes.note(kind, answer.is_ok());
        let steady = matches!(&unit.state, State::Running(running) if running.is_steady());
        if steady && verdict == Verdict::Same && answer.is_ok() && unit.is_ready() {
            unit.probes.rest(kind);
        }
        match (kind, verdict) {
            (_, Verdict::Same) | (Kind::Liveness, Verdict::Passes) => {}
            (Kind::Readiness, _) | (Kind::Startup, Verdict::Passes) => {
                self.report(node);
                self.want_sync(node.next_relist());
            }
            (Kind::Startup | Kind::Liveness, Verdict::Fails) => {
                let name = unit.name.clone();
                let which = kind.lower_name();
                let again = match PodView(&self.pod).restart_policy() {
                    "Never" => "",
                    _ => ", will be restarted",
                };
                let message = format!("Container {name} failed {which} probe{again}");
                self.stop_for_restart(index, Restart::Failed, &message, node);
            }
        }
    }

    /// Asks one probe; an error is why it failed.
    pub(super) fn ask(
        &mut self,
        index: usize,
        spec: &Value,
        node: &mut Node<'_>,
    ) -> Result<(), String> {
        let container = self.container(index).clone();
        let port_of = |port: &Value| -> Result<u16, String> {
            let number = match port {
                Value::Str(name) => ContainerView(&container).named_port(name),
                other => other.as_int(),
            };
            let number = number.and_then(|number| u16::try_from(number).ok());
            number.ok_or_else(|| format!("couldn't find port: {}", port.text()))
        };
        if !spec["exec"].is_null() {
            return match self.exec(index, &spec["exec"], node) {
                Some((0, _)) => Ok(()),
                Some((_, output)) => Err(output.trim_end().to_owned()),
                None => Err("command timed out".to_owned()),
            };
        }
        if !spec["sleep"].is_null() {
            // Waiting cannot fail.
            return Ok(());
        }
        if !spec["httpGet"].is_null() {
            let port = port_of(&spec["httpGet"]["port"])?;
            return self.ask_http(&spec["httpGet"], port, node);
        }
        let socket = if spec["tcpSocket"].is_null() { &spec["grpc"] } else { &spec["tcpSocket"] };
        let port = port_of(&socket["port"])?;
        if self.listens(port, node.now()) {
            return Ok(());
        }
        let refused = format!("dial tcp {}:{port}: connect: connection refused", self.ip);
        if spec["grpc"].is_null() {
            return Err(refused);
        }
        Err(format!(
            "timeout: failed to connect service \"{}:{port}\" within 1s: context deadline exceeded",
            self.ip
        ))
    }

    /// Runs a command in a container: its exit code and output, or none if it
    /// goes on.
    fn exec(&mut self, index: usize, exec: &Value, node: &mut Node<'_>) -> Option<(u8, String)> {
        let now = node.now();
        let taken = others(&self.ports(now), index);
        let unit = self.units.get_mut(index);
        let Some(State::Running(running)) = unit.map(|unit| &mut unit.state) else {
            return Some((126, "container is not running".to_owned()));
        };
        let mut beside = Beside { volumes: &mut node.disks.volumes, taken_ports: &taken };
        running.run(words(exec), &mut beside, now)
    }

    /// Whether one of the containers listens on `port`.
    pub(super) fn listens(&self, port: u16, now: Time) -> bool {
        self.units.iter().any(|unit| match &unit.state {
            State::Running(running) => running.listens(port, now),
            _ => false,
        })
    }

    fn ask_http(&mut self, get: &Value, port: u16, node: &mut Node<'_>) -> Result<(), String> {
        let host = match get["host"].text() {
            "" => self.ip.clone(),
            given => given.to_owned(),
        };
        let path = match get["path"].text() {
            "" => "/",
            given => given,
        };
        let scheme = match get["scheme"].text() {
            "HTTPS" => "https",
            _ => "http",
        };
        let url = format!("{scheme}://{host}:{port}{path}");
        let mut request = HttpRequest::get(path);
        request.headers.push(("User-Agent".into(), "kube-probe/1.32".into()));
        for header in get["httpHeaders"].items() {
            request.headers.push((header["name"].text().into(), header["value"].text().into()));
        }
        let answer =
            self.answer(port, &request, node.host_ip, &mut node.disks.volumes, node.api.now());
        match answer {
            Answer::Response(response, _) if (200..=399).contains(&response.status) => {
                return Ok(());
            }
            Answer::Response(response, _) => {
                return Err(format!("HTTP probe failed with statuscode: {}", response.status));
            }
            Answer::Reset => return Err(format!("Get \"{url}\": EOF")),
            Answer::Refused => {}
        }
        Err(format!("Get \"{url}\": dial tcp {host}:{port}: connect: connection refused"))
    }

    /// Answers a request to one of the Pod's ports.
    pub(super) fn answer(
        &mut self,
        port: u16,
        request: &HttpRequest,
        client: &str,
        volumes: &mut Volumes,
        now: Time,
    ) -> Answer {
        let mut answer = Answer::Refused;
        self.each_running(volumes, now, |_, unit, beside| {
            let State::Running(running) = &mut unit.state else { return };
            if answer == Answer::Refused && running.listens(port, now) {
                answer = running.answer(port, request, client, beside, now);
            }
        });
        answer
    }

    /// Runs the hook that follows a container's start.
    pub(super) fn post_start(&mut self, index: usize, node: &mut Node<'_>) {
        let hook = self.container(index)["lifecycle"]["postStart"].clone();
        if hook.is_null() {
            return;
        }
        let Some(message) = self.run_hook(index, &hook, node) else { return };
        if let Some(unit) = self.units.get_mut(index) {
            unit.hook_failure = Some(message);
        }
        // What the hook printed may be secret: events do not tell it.
        self.warn(index, "FailedPostStartHook", "PostStartHook failed".to_owned(), node);
        self.stop_unit(index, "FailedPostStartHook", node);
    }

    /// Why a hook failed, if it did.
    fn run_hook(&mut self, index: usize, hook: &Value, node: &mut Node<'_>) -> Option<String> {
        let metadata = &self.pod["metadata"];
        let (name, namespace) = (metadata["name"].text(), metadata["namespace"].text());
        let container = self.container(index)["name"].text();
        let whose =
            format!("for Container \"{container}\" in Pod \"{name}_{namespace}({})\"", self.uid);
        if hook["exec"].is_null() {
            let why = self.ask(index, hook, node).err()?;
            let path = hook["httpGet"]["path"].text();
            return Some(format!("HTTP lifecycle hook ({path}) {whose} failed - error: {why}"));
        }
        let (code, output) =
            self.exec(index, &hook["exec"], node).filter(|(code, _)| *code != 0)?;
        let command = words(&hook["exec"]).join(" ");
        let error = format!("command '{command}' exited with {code}: {output}");
        Some(format!(
            "Exec lifecycle hook ([{command}]) {whose} failed - error: {error}, message: {output:?}"
        ))
    }
}

/// The command of an `exec` action.
fn words(exec: &Value) -> Vec<String> {
    exec["command"].items().iter().map(|word| word.text().to_owned()).collect()
}
