//! A server at work: it starts, listens, answers, logs, and ends.

use std::sync::Arc;

use super::redis::Store;
use super::template::{Facts, fill, option};
use crate::images::{Behaviour, ErrorPages, Image, LogFormat, Protocol, Route, Stop};
use crate::process::{
    Bytes, FileError, Files, HttpRequest, HttpResponse, Kernel, Program, Served, Signal, Step, Wait,
};
use crate::sim::{Delay, Time};
use crate::tools::format_time;
use crate::value::Str;

/// A server process.
#[derive(Debug, Clone)]
pub(super) struct Server {
    behaviour: Arc<Behaviour>,
    image: Arc<Image>,
    /// The port that replaces its first one.
    port: Option<u16>,
    pub(super) started: Option<Time>,
    /// When it will end, and how.
    ends: Option<(Time, u8)>,
    /// Processor time that requests have taken.
    used: Delay,
    store: Option<Box<Store>>,
}

/// Where a server runs: what it sees of its container.
pub(super) struct Scene<'a> {
    pub(super) hostname: &'a str,
    pub(super) ip: &'a str,
    pub(super) env: &'a [(Str, Str)],
    pub(super) argv: Vec<String>,
    pub(super) now: Time,
}

impl Scene<'_> {
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.env.iter().find(|(own, _)| &**own == name).map(|(_, value)| &**value)
    }
}

/// A line for the log: whether on standard error, and the text.
pub(super) type Line = (bool, String);

impl Server {
    pub(super) fn new(behaviour: Arc<Behaviour>, image: Arc<Image>) -> Self {
        Self {
            behaviour,
            image,
            port: None,
            started: None,
            ends: None,
            used: Delay::ZERO,
            store: None,
        }
    }

    fn facts<'a>(
        &'a self,
        scene: &'a Scene<'a>,
        request: Option<(&'a HttpRequest, &'a str)>,
    ) -> Facts<'a> {
        let port = self.port.or(self.behaviour.ports.first().copied()).unwrap_or_default();
        Facts {
            scene,
            image: &self.image,
            port,
            started: self.started.unwrap_or(scene.now),
            request,
        }
    }

    /// Starts; `taken` are ports of others on the same network. What it logs
    /// when it cannot.
    pub(super) fn start(&mut self, scene: &Scene<'_>, taken: &[u16]) -> Vec<Line> {
        self.started = Some(scene.now);
        self.port = self.chosen_port(scene);
        let needs = &self.behaviour.needs_env;
        if !needs.is_empty()
            && !needs.iter().any(|name| scene.variable(name).is_some_and(|value| !value.is_empty()))
        {
            self.ends = Some((scene.now + Delay::millis(200), 1));
            let refusal = self.behaviour.refusal.clone();
            return vec![(true, fill(&refusal, &self.facts(scene, None)))];
        }
        if let Some(port) = self.all_ports().into_iter().find(|port| taken.contains(port)) {
            // nginx tries for two seconds; the others give up at once.
            let is_nginx = self.behaviour.errors == ErrorPages::Nginx;
            self.ends = Some((scene.now + Delay::millis(if is_nginx { 2500 } else { 50 }), 1));
            return vec![(true, address_in_use(&self.behaviour, port, scene.now))];
        }
        Vec::new()
    }

    /// What it logs once it has started.
    pub(super) fn greeting(&self, scene: &Scene<'_>) -> Vec<Line> {
        if self.ends.is_some_and(|(_, code)| code != 0) && self.started == Some(scene.now) {
            return Vec::new();
        }
        let facts = self.facts(scene, None);
        let line = |text: &Str| match text.strip_prefix('!') {
            Some(text) => (true, format!("{}\n", fill(text, &facts))),
            None => (false, format!("{}\n", fill(text, &facts))),
        };
        self.behaviour.lines.iter().map(line).collect()
    }

    fn chosen_port(&self, scene: &Scene<'_>) -> Option<u16> {
        let from = self.behaviour.port_from.as_deref()?;
        let text = match from.strip_prefix('$') {
            Some(name) => scene.variable(name)?,
            None => option(&scene.argv, from)?,
        };
        text.rsplit(':').next()?.parse().ok()
    }

    fn all_ports(&self) -> Vec<u16> {
        let mut ports = self.behaviour.ports.clone();
        if let (Some(port), Some(first)) = (self.port, ports.first_mut()) {
            *first = port;
        }
        ports
    }

    fn is_up(&self, now: Time) -> bool {
        let up_at = self.started.map(|started| started + self.behaviour.starts);
        up_at.is_some_and(|up_at| up_at <= now) && self.ends.is_none()
    }

    /// The ports it listens on.
    pub(super) fn listening(&self, now: Time) -> Vec<u16> {
        if self.is_up(now) { self.all_ports() } else { Vec::new() }
    }

    /// When it ends, and with which code, once that is decided.
    pub(super) fn ends(&self) -> Option<(Time, u8)> {
        self.ends
    }

    /// Whether it answers every request alike for as long as it runs, and
    /// leaves no trace of it.
    pub(super) fn is_steady(&self) -> bool {
        let own = &self.behaviour;
        let same = |route: &Route| route.before.is_none() && route.exits.is_none();
        own.protocol == Protocol::Http
            && own.root.is_none()
            && own.access_log.is_none()
            && own.routes.iter().all(same)
            && self.ends.is_none()
    }

    /// Processor time used: idle so far, and by requests.
    pub(super) fn cpu_time(&self, now: Time) -> Delay {
        let run = self.started.map_or(0, |started| now.since(started).as_micros());
        let idle = i64::try_from(self.behaviour.idle_millis).unwrap_or_default();
        self.used + Delay::micros(run / 1000 * idle)
    }

    /// Whether a signal makes it stop by itself.
    pub(super) fn heeds(&self, signal: Signal) -> bool {
        let polite = [Signal::TERM, Signal::INT, Signal::QUIT, Signal(28), Signal(37)];
        self.behaviour.stop != Stop::Ignored && polite.contains(&signal)
    }

    /// Takes a signal that it heeds.
    pub(super) fn stop(&mut self, now: Time) {
        if let Stop::Exit(code, after) = self.behaviour.stop {
            self.ends.get_or_insert((now + after, code));
        }
    }

    /// Answers a TCP client's first words.
    pub(super) fn converse(&mut self, payload: &[u8]) -> Vec<u8> {
        match self.behaviour.protocol {
            Protocol::Redis => {
                let line = String::from_utf8_lossy(payload).into_owned();
                self.store.get_or_insert_default().answer(&line).into_bytes()
            }
            Protocol::Http | Protocol::Other => Vec::new(),
        }
    }

    /// Answers an HTTP request, with what it logs.
    pub(super) fn respond(
        &mut self,
        scene: &Scene<'_>,
        files: &Files<'_>,
        request: &HttpRequest,
        client: &str,
    ) -> (Served, Vec<Line>) {
        if self.behaviour.protocol != Protocol::Http {
            return (Served::Closed, Vec::new());
        }
        self.used = self.used + self.behaviour.request_cpu;
        let behaviour = self.behaviour.clone();
        let path = request.path();
        let age = self.started.map_or(Delay::ZERO, |started| scene.now.since(started));
        let route = behaviour.routes.iter().find(|route| {
            route.fits(path, &request.method) && route.before.is_none_or(|before| age < before)
        });
        let mut lines = Vec::new();
        let (mut response, takes) = match route {
            Some(route) => (self.routed(route, scene, request, client), route.takes),
            None => (self.file(scene, files, request, &mut lines, client), Delay::micros(250)),
        };
        self.complete(&mut response, scene, request, client);
        lines.extend(self.access_line(&response, scene, request, client).map(|line| (false, line)));
        if let Some(code) = route.and_then(|route| route.exits.clone()) {
            let code = fill(&code, &self.facts(scene, Some((request, client))));
            self.ends = Some((scene.now + Delay::millis(10), code.parse().unwrap_or_default()));
        }
        if request.method == "HEAD" {
            response.body = Bytes::default();
        }
        (Served::Response(response, takes), lines)
    }

    fn routed(
        &self,
        route: &Route,
        scene: &Scene<'_>,
        request: &HttpRequest,
        client: &str,
    ) -> HttpResponse {
        let facts = self.facts(scene, Some((request, client)));
        let mut response = HttpResponse::text(route.status, fill(&route.body, &facts));
        response.headers = route
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), fill(value, &facts)))
            .collect();
        response
    }

    fn file(
        &self,
        scene: &Scene<'_>,
        files: &Files<'_>,
        request: &HttpRequest,
        lines: &mut Vec<Line>,
        client: &str,
    ) -> HttpResponse {
        let Some(root) = &self.behaviour.root else { return self.error_page(404) };
        let root = fill(root, &self.facts(scene, None));
        let root = if root.starts_with('/') { root } else { "/".into() };
        let path = format!("{}{}", root.trim_end_matches('/'), request.path());
        if files.is_directory(&path) && !path.ends_with('/') {
            let mut response = self.error_page(301);
            response.headers.push(("Location".into(), format!("{}/", request.path())));
            return response;
        }
        let is_directory = path.ends_with('/');
        let file =
            if is_directory { format!("{path}{}", self.behaviour.index) } else { path.clone() };
        match files.read(&file) {
            Ok(data) => {
                let mut response = HttpResponse { status: 200, headers: Vec::new(), body: data };
                response
                    .headers
                    .push(("Content-Type".into(), content_type(&file, &self.behaviour)));
                response
            }
            Err(error) => {
                let status = if is_directory && files.is_directory(&path)
                    || error == FileError::PermissionDenied
                {
                    403
                } else {
                    404
                };
                if self.behaviour.errors == ErrorPages::Nginx {
                    lines.push((true, nginx_error(scene, status, &file, &path, request, client)));
                }
                self.error_page(status)
            }
        }
    }

    fn error_page(&self, status: u16) -> HttpResponse {
        let mut response = HttpResponse::text(status, "");
        let reason = response.reason();
        let body = match self.behaviour.errors {
            ErrorPages::Plain => format!("{status} page {}\n", reason.to_lowercase()),
            ErrorPages::Nginx => format!(
                "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n<center><h1>{status} {reason}</h1></center>\r\n<hr><center>nginx/{}</center>\r\n</body>\r\n</html>\r\n",
                self.image.version()
            ),
            ErrorPages::Apache => format!(
                "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>{status} {reason}</title>\n</head><body>\n<h1>{reason}</h1>\n<p>{}</p>\n</body></html>\n",
                if status == 404 {
                    "The requested URL was not found on this server."
                } else {
                    "The request was not answered."
                }
            ),
        };
        let kind = if self.behaviour.errors == ErrorPages::Plain {
            "text/plain; charset=utf-8"
        } else {
            "text/html"
        };
        response.headers.push(("Content-Type".into(), kind.into()));
        response.body = Bytes::new(body.into_bytes());
        response
    }

    /// Adds the headers that every response has, in the usual order.
    fn complete(
        &self,
        response: &mut HttpResponse,
        scene: &Scene<'_>,
        request: &HttpRequest,
        client: &str,
    ) {
        let facts = self.facts(scene, Some((request, client)));
        let mut headers: Vec<(String, String)> = Vec::new();
        for (name, value) in &self.behaviour.headers {
            headers.push((name.to_string(), fill(value, &facts)));
        }
        headers.push(("Date".into(), crate::tools::http_date(scene.now)));
        if response.header("Content-Type").is_none() {
            headers.push(("Content-Type".into(), self.behaviour.content_type.to_string()));
        }
        headers.append(&mut response.headers);
        headers.push(("Content-Length".into(), response.body.len().to_string()));
        response.headers = headers;
    }

    fn access_line(
        &self,
        response: &HttpResponse,
        scene: &Scene<'_>,
        request: &HttpRequest,
        client: &str,
    ) -> Option<String> {
        let HttpRequest { method, target, .. } = request;
        let (status, size) = (response.status, response.body.len());
        let time = format_time("%d/%b/%Y:%H:%M:%S +0000", scene.now);
        let head = format!("{client} - - [{time}] \"{method} {target} HTTP/1.1\" {status} {size}");
        let referer = request.header("Referer").unwrap_or("-");
        let agent = request.header("User-Agent").unwrap_or("-");
        Some(match self.behaviour.access_log? {
            LogFormat::Nginx => {
                let forwarded = request.header("X-Forwarded-For").unwrap_or("-");
                format!("{head} \"{referer}\" \"{agent}\" \"{forwarded}\"\n")
            }
            LogFormat::Common => format!("{head}\n"),
            LogFormat::Combined => format!("{head} \"{referer}\" \"{agent}\"\n"),
            LogFormat::Path => format!(
                "{} Serving request: {target}\n",
                format_time("%Y/%m/%d %H:%M:%S", scene.now)
            ),
        })
    }
}

fn nginx_error(
    scene: &Scene<'_>,
    status: u16,
    file: &str,
    directory: &str,
    request: &HttpRequest,
    client: &str,
) -> String {
    let time = format_time("%Y/%m/%d %H:%M:%S", scene.now);
    let what = if status == 403 {
        format!("directory index of \"{directory}\" is forbidden")
    } else {
        format!("open() \"{file}\" failed (2: No such file or directory)")
    };
    let host = request.header("Host").unwrap_or_default();
    format!(
        "{time} [error] 29#29: *1 {what}, client: {client}, server: localhost, request: \"{} {} HTTP/1.1\", host: \"{host}\"\n",
        request.method, request.target
    )
}

fn address_in_use(behaviour: &Behaviour, port: u16, now: Time) -> String {
    match behaviour.errors {
        ErrorPages::Nginx => {
            let time = format_time("%Y/%m/%d %H:%M:%S", now);
            let bind = format!(
                "{time} [emerg] 1#1: bind() to 0.0.0.0:{port} failed (98: Address already in use)\n"
            );
            format!("{}{time} [emerg] 1#1: still could not bind()\n", bind.repeat(5))
        }
        ErrorPages::Apache => format!(
            "(98)Address already in use: AH00072: make_sock: could not bind to address 0.0.0.0:{port}\nno listening sockets available, shutting down\n"
        ),
        ErrorPages::Plain => format!("listen tcp :{port}: bind: address already in use\n"),
    }
}

fn content_type(file: &str, behaviour: &Behaviour) -> String {
    match file.rsplit('.').next().unwrap_or_default() {
        "html" | "htm" => "text/html".into(),
        "txt" => "text/plain".into(),
        "json" => "application/json".into(),
        "css" => "text/css".into(),
        "js" => "application/javascript".into(),
        "php" => behaviour.content_type.to_string(),
        _ if behaviour.errors == ErrorPages::Nginx => "application/octet-stream".into(),
        _ => "text/plain".into(),
    }
}

impl Program for Server {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        if self.started.is_none() {
            let lines = {
                let (scene, taken) = scene_of(kernel);
                let mut lines = self.start(&scene, &taken);
                if lines.is_empty() {
                    lines = self.greeting(&scene);
                }
                lines
            };
            write(kernel, &lines);
        }
        while let Some(signal) = kernel.take_signal() {
            if self.heeds(signal) {
                self.stop(kernel.now);
            }
        }
        match self.ends {
            Some((at, code)) if at <= kernel.now => Step::Exit(code),
            Some((at, _)) => Step::Wait(Wait::until(at)),
            None => Step::Wait(Wait::forever()),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }

    fn handles(&self, signal: Signal) -> bool {
        self.heeds(signal)
    }

    fn ports(&self, now: Time) -> Vec<u16> {
        self.listening(now)
    }

    fn serve(
        &mut self,
        kernel: &mut Kernel<'_>,
        _port: u16,
        request: &HttpRequest,
        client: &str,
    ) -> Served {
        let (served, lines) = {
            let (scene, _) = scene_of(kernel);
            self.respond(&scene, &kernel.files, request, client)
        };
        write(kernel, &lines);
        served
    }

    fn converse(&mut self, payload: &[u8]) -> Vec<u8> {
        Self::converse(self, payload)
    }

    fn memory(&self) -> u64 {
        self.behaviour.memory
    }

    fn cpu_time(&self, now: Time) -> Delay {
        Self::cpu_time(self, now)
    }
}

fn write(kernel: &mut Kernel<'_>, lines: &[Line]) {
    for (is_error, text) in lines {
        kernel.write(if *is_error { 2 } else { 1 }, text.as_bytes());
    }
}

/// What a server in a process table sees, and the ports already taken.
fn scene_of<'a>(kernel: &'a Kernel<'_>) -> (Scene<'a>, Vec<u16>) {
    let mut taken: Vec<u16> =
        kernel.processes.listeners(kernel.now).into_iter().map(|(port, _)| port).collect();
    taken.extend(kernel.processes.taken_ports());
    let scene = Scene {
        hostname: kernel.processes.hostname(),
        ip: kernel.processes.address(),
        env: kernel.env(),
        argv: kernel.argv(),
        now: kernel.now,
    };
    (scene, taken)
}
