//! `wget`, GNU's and busybox'.

use std::fmt::Write as _;

use super::adapter::Call;
use super::arguments::Arguments;
use super::clock;
use super::url::Url;
use super::wait::duration;
use crate::process::{
    Family, HttpRequest, HttpResponse, Kernel, NetError, NetRequest, Program, Reply, RequestId,
    Step, Wait,
};
use crate::sim::{Delay, Time};

const LONG: &[(&str, char)] = &[
    ("quiet", 'q'),
    ("output-document", 'O'),
    ("server-response", 'S'),
    ("spider", 's'),
    ("timeout", 'T'),
    ("tries", 't'),
    ("header", 'H'),
    ("post-data", 'd'),
    ("no-check-certificate", 'k'),
    ("user-agent", 'U'),
    ("no-verbose", 'v'),
    ("continue", 'c'),
    ("connect-timeout", 'T'),
    ("read-timeout", 'R'),
    ("method", 'M'),
];

pub(super) fn start(_argv: &[String], family: Family) -> Box<dyn Program> {
    Box::new(Wget { family, state: None })
}

#[derive(Debug, Clone)]
struct Wget {
    family: Family,
    state: Option<State>,
}

#[derive(Debug, Clone)]
struct State {
    options: Arguments,
    url: Url,
    text: String,
    request: RequestId,
    deadline: Time,
    redirects: u32,
}

impl Program for Wget {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        let is_busybox = self.family == Family::Busybox;
        if self.state.is_none() {
            match begin(&mut Call::new(kernel, self.family)) {
                Ok(state) => self.state = Some(state),
                Err(code) => return Step::Exit(code),
            }
        }
        let Some(state) = &mut self.state else { return Step::Exit(1) };
        let outcome = match kernel.take_answer(state.request) {
            Some(answer) => (answer.address, answer.outcome),
            None if state.deadline <= kernel.now => {
                kernel.cancel(state.request);
                (None, Err(NetError::TimedOut))
            }
            None => {
                return Step::Wait(Wait {
                    until: Some(state.deadline),
                    ..Wait::answer(state.request)
                });
            }
        };
        let result = match outcome {
            (address, Ok(Reply::Http(response))) => {
                state.received(kernel, &response, address.as_deref(), is_busybox)
            }
            (address, Err(error)) => {
                Some(state.failed(kernel, error, address.as_deref(), is_busybox))
            }
            (address, Ok(_)) => {
                Some(state.failed(kernel, NetError::Reset, address.as_deref(), is_busybox))
            }
        };
        match result {
            Some(code) => Step::Exit(code),
            None => Step::Wait(Wait { until: Some(state.deadline), ..Wait::answer(state.request) }),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

fn begin(call: &mut Call<'_, '_>) -> Result<State, u8> {
    let options = call.parse("qO:SsT:t:H:d:kU:cn:vY:P:R:M:", LONG)?;
    let Some(text) = options.operands.first().cloned() else {
        if call.is_busybox() {
            return Err(call.missing_operand());
        }
        call.error(
            "missing URL\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.",
        );
        return Err(1);
    };
    let Some(url) = Url::parse(&text) else {
        let message = if call.is_busybox() {
            format!("not an http or ftp url: {text}")
        } else {
            format!("{text}: Unsupported scheme.")
        };
        call.error(&message);
        return Err(1);
    };
    let limit = options.value('T').and_then(duration);
    let limit = limit.unwrap_or(Delay::secs(900));
    let (now, is_busybox) = (call.kernel.now, call.is_busybox());
    let mut state =
        State { options, url, text, request: RequestId(0), deadline: now + limit, redirects: 0 };
    if !is_busybox && !state.options.has('q') {
        let date = clock::format("%Y-%m-%d %H:%M:%S", now);
        let shown = if state.text.contains("://") {
            state.text.clone()
        } else {
            format!("http://{}", state.text)
        };
        let shown = if state.url.target == "/" && !shown.ends_with('/') {
            format!("{shown}/")
        } else {
            shown
        };
        call.kernel.write(2, format!("--{date}--  {shown}\n").as_bytes());
    }
    state.send(call.kernel, is_busybox);
    Ok(state)
}

impl State {
    fn send(&mut self, kernel: &mut Kernel<'_>, is_busybox: bool) {
        let agent =
            self.options.value('U').unwrap_or(if is_busybox { "Wget" } else { "Wget/1.21.3" });
        let mut headers =
            vec![("Host".to_string(), self.url.authority()), ("User-Agent".into(), agent.into())];
        headers.extend(self.options.values('H').filter_map(|header| {
            header.split_once(':').map(|(name, value)| (name.to_string(), value.trim().to_string()))
        }));
        let body = self.options.value('d').unwrap_or_default().to_string();
        let method = match self.options.value('M') {
            Some(method) => method,
            None if self.options.has('d') => "POST",
            None if self.options.has('s') => "HEAD",
            None => "GET",
        };
        let request =
            HttpRequest { method: method.into(), target: self.url.target.clone(), headers, body };
        let (host, port, tls) = (self.url.host.clone(), self.url.port, self.url.tls);
        self.request = kernel.request(NetRequest::Http { tls, host, port, request });
    }

    fn say(&self, kernel: &mut Kernel<'_>, text: &str) {
        if !self.options.has('q') {
            kernel.write(2, text.as_bytes());
        }
    }

    fn failed(
        &self,
        kernel: &mut Kernel<'_>,
        error: NetError,
        address: Option<&str>,
        is_busybox: bool,
    ) -> u8 {
        let host = &self.url.host;
        let reason = match error {
            NetError::Refused => "Connection refused",
            NetError::NoRoute if is_busybox => "Host is unreachable",
            NetError::NoRoute => "No route to host",
            NetError::Reset => "Connection reset by peer",
            NetError::TimedOut if is_busybox => "Operation timed out",
            _ => "Connection timed out",
        };
        if is_busybox {
            if let Some(address) = address {
                self.say(
                    kernel,
                    &format!(
                        "Connecting to {} ({address}:{})\n",
                        self.url.authority(),
                        self.url.port
                    ),
                );
            }
            let given_up = self.deadline <= kernel.now;
            let message = match error {
                NetError::UnknownHost | NetError::DnsTimeout => {
                    let shown = if self.url.has_port {
                        format!("{host}:{}", self.url.port)
                    } else {
                        host.clone()
                    };
                    format!("bad address '{shown}'")
                }
                NetError::TimedOut if given_up => "download timed out".into(),
                NetError::Reset => "error getting response: Connection reset by peer".into(),
                NetError::Tls => {
                    "note: TLS certificate validation not implemented\nwget: TLS error from peer"
                        .into()
                }
                _ => {
                    format!("can't connect to remote host ({}): {reason}", address.unwrap_or(host))
                }
            };
            kernel.write(2, format!("wget: {message}\n").as_bytes());
            return 1;
        }
        match error {
            NetError::UnknownHost | NetError::DnsTimeout => {
                let why = if error == NetError::UnknownHost {
                    "Name or service not known"
                } else {
                    "Temporary failure in name resolution"
                };
                self.say(kernel, &format!("Resolving {host} ({host})... failed: {why}.\nwget: unable to resolve host address '{host}'\n"));
                4
            }
            _ => {
                self.connecting(kernel, address);
                self.say(kernel, &format!("failed: {reason}.\n"));
                4
            }
        }
    }

    fn connecting(&self, kernel: &mut Kernel<'_>, address: Option<&str>) {
        let (host, port) = (&self.url.host, self.url.port);
        match address.filter(|address| address != host) {
            Some(address) => {
                self.say(kernel, &format!("Resolving {host} ({host})... {address}\nConnecting to {host} ({host})|{address}|:{port}... "));
            }
            None => self.say(kernel, &format!("Connecting to {host}:{port}... ")),
        }
    }

    fn received(
        &mut self,
        kernel: &mut Kernel<'_>,
        response: &HttpResponse,
        address: Option<&str>,
        is_busybox: bool,
    ) -> Option<u8> {
        let (status, reason) = (response.status, response.reason());
        if is_busybox {
            let shown = address.unwrap_or(&self.url.host);
            self.say(
                kernel,
                &format!("Connecting to {} ({shown}:{})\n", self.url.authority(), self.url.port),
            );
        } else {
            self.connecting(kernel, address);
            self.say(
                kernel,
                &format!("connected.\nHTTP request sent, awaiting response... {status} {reason}\n"),
            );
        }
        if self.options.has('S') {
            let mut text = format!("  HTTP/1.1 {status} {reason}\n");
            for (name, value) in &response.headers {
                let _ = writeln!(text, "  {name}: {value}");
            }
            self.say(kernel, &text);
        }
        if matches!(status, 301 | 302 | 303 | 307 | 308)
            && self.redirects < 5
            && let Some(location) = response.header("Location")
            && let Some(url) = self.url.join(location)
        {
            self.say(
                kernel,
                &if is_busybox {
                    String::new()
                } else {
                    format!("Location: {location} [following]\n")
                },
            );
            self.redirects += 1;
            self.url = url;
            self.send(kernel, is_busybox);
            return None;
        }
        if status >= 400 {
            if is_busybox {
                kernel.write(
                    2,
                    format!("wget: server returned error: HTTP/1.1 {status} {reason}\n").as_bytes(),
                );
                return Some(1);
            }
            let date = clock::format("%Y-%m-%d %H:%M:%S", kernel.now);
            self.say(kernel, &format!("{date} ERROR {status}: {reason}.\n\n"));
            return Some(8);
        }
        if self.options.has('s') {
            self.say(
                kernel,
                if is_busybox { "remote file exists\n" } else { "Remote file exists.\n\n" },
            );
            return Some(0);
        }
        Some(self.save(kernel, response, is_busybox))
    }

    fn save(&self, kernel: &mut Kernel<'_>, response: &HttpResponse, is_busybox: bool) -> u8 {
        let name = self.options.value('O').map_or_else(|| self.url.file_name(), String::from);
        let size = response.body.len();
        let kind = response.header("Content-Type").unwrap_or("text/html");
        let kind = kind.split(';').next().unwrap_or(kind);
        let shown = if name == "-" { "STDOUT" } else { &name };
        if !is_busybox {
            self.say(kernel, &format!("Length: {size} [{kind}]\nSaving to: '{shown}'\n\n"));
        } else if name == "-" {
            self.say(kernel, "writing to stdout\n");
        } else {
            self.say(kernel, &format!("saving to '{name}'\n"));
        }
        if name == "-" {
            kernel.write(1, &response.body);
        } else {
            let path = kernel.absolute(&name);
            if let Err(error) = kernel.files.write(&path, &response.body, false) {
                let message = if is_busybox {
                    format!("wget: can't open '{name}': {error}\n")
                } else {
                    format!("{name}: {error}\n")
                };
                kernel.write(2, message.as_bytes());
                return if is_busybox { 1 } else { 3 };
            }
        }
        if is_busybox {
            let label = if name == "-" { "-" } else { &name };
            self.say(
                kernel,
                &format!("{label:<20} 100% |{}| {size:>5}  0:00:00 ETA\n", "*".repeat(32)),
            );
            self.say(
                kernel,
                &if name == "-" {
                    "written to stdout\n".to_string()
                } else {
                    format!("'{name}' saved\n")
                },
            );
        } else {
            let date = clock::format("%Y-%m-%d %H:%M:%S", kernel.now);
            self.say(kernel, &format!("     0K {:<56}100% 12.3M=0s\n\n{date} (12.3 MB/s) - '{shown}' saved [{size}/{size}]\n\n", ""));
        }
        0
    }
}
