//! `ping`, `nc` and `telnet`: is somebody there?

use std::fmt::Write as _;

use super::adapter::Call;
use super::arguments::Arguments;
use super::wait::duration;
use crate::process::{
    Family, HttpRequest, HttpResponse, Kernel, NetError, NetRequest, Program, Read, Reply,
    RequestId, Served, Step, Wait,
};
use crate::sim::{Delay, Time};

pub(super) fn ping(_argv: &[String], family: Family) -> Box<dyn Program> {
    Box::new(Ping { family, state: None })
}

#[derive(Debug, Clone)]
struct Ping {
    family: Family,
    state: Option<Pinging>,
}

#[derive(Debug, Clone)]
struct Pinging {
    host: String,
    address: Option<String>,
    /// How many to send; none for endlessly.
    count: Option<u32>,
    interval: Delay,
    patience: Delay,
    sent: u32,
    trips: Vec<i64>,
    request: Option<RequestId>,
    /// When the last was sent, hence when it is given up and the next due.
    last: Time,
    stop: Option<Time>,
}

fn prepare(call: &mut Call<'_, '_>) -> Result<Pinging, u8> {
    let arguments = call.parse("c:i:W:w:s:t:qn4I:", &[])?;
    let Some(host) = arguments.operands.first().cloned() else {
        return Err(call.missing_operand());
    };
    let delay = |letter, default| arguments.value(letter).and_then(duration).unwrap_or(default);
    let now = call.kernel.now;
    Ok(Pinging {
        host,
        address: None,
        count: arguments.value('c').and_then(|text| text.parse().ok()),
        interval: delay('i', Delay::secs(1)),
        patience: delay('W', Delay::secs(10)),
        sent: 0,
        trips: Vec::new(),
        request: None,
        last: now,
        stop: arguments.value('w').and_then(duration).map(|delay| now + delay),
    })
}

impl Program for Ping {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        if self.state.is_none() {
            match prepare(&mut Call::new(kernel, self.family)) {
                Ok(mut state) => {
                    state.send(kernel);
                    self.state = Some(state);
                }
                Err(code) => return Step::Exit(code),
            }
        }
        let Some(state) = &mut self.state else { return Step::Exit(1) };
        if kernel.take_signal().is_some() {
            return Step::Exit(state.summary(kernel, self.family));
        }
        state.go_on(kernel, self.family)
    }

    fn handles(&self, signal: crate::process::Signal) -> bool {
        signal == crate::process::Signal::INT
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

impl Pinging {
    fn send(&mut self, kernel: &mut Kernel<'_>) {
        self.sent += 1;
        self.last = kernel.now;
        self.request = Some(kernel.request(NetRequest::Ping { host: self.host.clone() }));
    }

    fn go_on(&mut self, kernel: &mut Kernel<'_>, family: Family) -> Step {
        if let Some(request) = self.request
            && let Some(answer) = kernel.take_answer(request)
        {
            self.request = None;
            if matches!(answer.outcome, Err(NetError::UnknownHost | NetError::DnsTimeout)) {
                let (host, code) = (&self.host, if family == Family::Busybox { 1 } else { 2 });
                let text = match family {
                    Family::Busybox => format!("ping: bad address '{host}'\n"),
                    Family::Gnu => format!("ping: {host}: Name or service not known\n"),
                };
                kernel.write(2, text.as_bytes());
                return Step::Exit(code);
            }
            let address = answer.address.unwrap_or_else(|| self.host.clone());
            self.title(kernel, &address, family);
            if let Ok(Reply::Pong(micros)) = answer.outcome {
                self.trips.push(micros);
                let (millis, rest) = (micros / 1000, micros % 1000);
                let text = match family {
                    Family::Busybox => format!(
                        "64 bytes from {address}: seq={} ttl=63 time={millis}.{rest:03} ms\n",
                        self.sent - 1
                    ),
                    Family::Gnu => format!(
                        "64 bytes from {address}: icmp_seq={} ttl=63 time={millis}.{rest:03} ms\n",
                        self.sent
                    ),
                };
                kernel.write(1, text.as_bytes());
            }
        }
        let is_last = self.count.is_some_and(|count| self.sent >= count);
        let given_up = self.last + self.patience <= kernel.now;
        let stopped = self.stop.is_some_and(|stop| stop <= kernel.now);
        if stopped || (is_last && (self.request.is_none() || given_up)) {
            if let Some(request) = self.request.take() {
                kernel.cancel(request);
            }
            let host = self.host.clone();
            self.title(kernel, &host, family);
            return Step::Exit(self.summary(kernel, family));
        }
        let mut next = self.last + self.interval;
        if next <= kernel.now && !is_last {
            if let Some(request) = self.request.take() {
                kernel.cancel(request);
            }
            self.send(kernel);
            next = kernel.now + self.interval;
        }
        let until = if is_last { self.last + self.patience } else { next };
        let until = self.stop.map_or(until, |stop| stop.min(until));
        Step::Wait(Wait { until: Some(until), answer: self.request, ..Wait::default() })
    }

    /// The first line, once the address is known.
    fn title(&mut self, kernel: &mut Kernel<'_>, address: &str, family: Family) {
        if self.address.is_some() {
            return;
        }
        let host = &self.host;
        let text = match family {
            Family::Busybox => format!("PING {host} ({address}): 56 data bytes\n"),
            Family::Gnu => format!("PING {host} ({address}) 56(84) bytes of data.\n"),
        };
        kernel.write(1, text.as_bytes());
        self.address = Some(address.into());
    }

    fn summary(&self, kernel: &mut Kernel<'_>, family: Family) -> u8 {
        let (sent, received) = (self.sent as usize, self.trips.len());
        let loss = (sent - received.min(sent)) * 100 / sent.max(1);
        let host = &self.host;
        let mut text = match family {
            Family::Busybox => format!(
                "\n--- {host} ping statistics ---\n{sent} packets transmitted, {received} packets received, {loss}% packet loss\n"
            ),
            Family::Gnu => {
                let millis = (sent.saturating_sub(1)) * 1000;
                format!(
                    "\n--- {host} ping statistics ---\n{sent} packets transmitted, {received} received, {loss}% packet loss, time {millis}ms\n"
                )
            }
        };
        if let (Some(low), Some(high)) = (self.trips.iter().min(), self.trips.iter().max()) {
            let average = self.trips.iter().sum::<i64>() / i64::try_from(received).unwrap_or(1);
            let show = |micros: i64| format!("{}.{:03}", micros / 1000, micros % 1000);
            let (low, average, high) = (show(*low), show(average), show(*high));
            let line = match family {
                Family::Busybox => format!("round-trip min/avg/max = {low}/{average}/{high} ms\n"),
                Family::Gnu => format!("rtt min/avg/max/mdev = {low}/{average}/{high}/0.010 ms\n"),
            };
            text.push_str(&line);
        }
        kernel.write(1, text.as_bytes());
        u8::from(received == 0)
    }
}

pub(super) fn connect(_argv: &[String], family: Family) -> Box<dyn Program> {
    Box::new(Netcat { family, state: State::New })
}

/// `nc`, as client and as server.
#[derive(Debug, Clone)]
struct Netcat {
    family: Family,
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    New,
    /// Reads what it will say to the server.
    Gathering {
        options: Arguments,
        text: Vec<u8>,
        until: Option<Time>,
    },
    Asking {
        options: Arguments,
        request: RequestId,
        until: Option<Time>,
    },
    /// Waits on a port; what it will answer, and whether it has.
    Listening {
        port: u16,
        text: Vec<u8>,
        stays: bool,
        answered: bool,
    },
}

impl Netcat {
    fn begin(call: &mut Call<'_, '_>) -> Result<State, u8> {
        let is_telnet = call.name == "telnet";
        let mut options =
            call.parse("lp:kzvw:unNtie:q:s:4L", &[("listen", 'l'), ("recv-only", 'N')])?;
        if is_telnet && options.operands.len() == 1 {
            options.operands.push("23".into());
        }
        if options.has('l') || options.has('L') {
            let port = options
                .value('p')
                .or(options.operands.last().map(String::as_str))
                .and_then(|text| text.parse().ok());
            let Some(port) = port else { return Err(call.missing_operand()) };
            return Ok(State::Listening {
                port,
                text: Vec::new(),
                stays: options.has('k') || options.has('L'),
                answered: false,
            });
        }
        if options.operands.len() < 2 {
            return Err(call.missing_operand());
        }
        let limit = options.value('w').and_then(duration);
        let until = limit.map(|limit| call.kernel.now + limit);
        if options.has('z') || options.has('N') || is_telnet {
            return Ok(Self::ask(call.kernel, options, Vec::new(), until));
        }
        Ok(State::Gathering { options, text: Vec::new(), until })
    }

    fn ask(
        kernel: &mut Kernel<'_>,
        options: Arguments,
        payload: Vec<u8>,
        until: Option<Time>,
    ) -> State {
        let host = options.operands.first().cloned().unwrap_or_default();
        let port = options.operands.get(1).and_then(|text| text.parse().ok()).unwrap_or_default();
        let request = if options.has('u') {
            NetRequest::Udp { host, port, payload }
        } else {
            NetRequest::Tcp { host, port, payload }
        };
        State::Asking { request: kernel.request(request), options, until }
    }

    fn answered(
        &self,
        kernel: &mut Kernel<'_>,
        options: &Arguments,
        address: Option<&str>,
        outcome: Result<Reply, NetError>,
    ) -> u8 {
        let host = options.operands.first().map_or("", String::as_str);
        let port = options.operands.get(1).map_or("", String::as_str);
        let address = address.unwrap_or(host);
        let is_telnet = kernel.argv().first().is_some_and(|name| name.ends_with("telnet"));
        let verbose = options.has('v');
        let (out, error, code) = match (outcome, self.family) {
            (Ok(reply), family) => {
                let data = if let Reply::Connected(data) = reply { data } else { Vec::new() };
                let note = match family {
                    _ if is_telnet => format!(
                        "Trying {address}...\nConnected to {host}.\nEscape character is '^]'.\n"
                    ),
                    Family::Busybox if verbose => format!("nc: {host} ({address}:{port}) open\n"),
                    Family::Gnu if verbose => {
                        format!("Connection to {host} ({address}) {port} port [tcp/*] succeeded!\n")
                    }
                    _ => String::new(),
                };
                (data, note, 0)
            }
            (Err(NetError::UnknownHost | NetError::DnsTimeout), Family::Busybox) => {
                (Vec::new(), format!("nc: bad address '{host}'\n"), 1)
            }
            (Err(NetError::UnknownHost | NetError::DnsTimeout), Family::Gnu) => (
                Vec::new(),
                format!(
                    "nc: getaddrinfo for host \"{host}\" port {port}: Name or service not known\n"
                ),
                1,
            ),
            (Err(error), family) => {
                let reason = match error {
                    NetError::Refused => "Connection refused",
                    NetError::NoRoute => "No route to host",
                    NetError::Reset => "Connection reset by peer",
                    _ => "Connection timed out",
                };
                let note = match family {
                    _ if is_telnet => format!(
                        "Trying {address}...\ntelnet: Unable to connect to remote host: {reason}\n"
                    ),
                    Family::Busybox if options.has('z') && !verbose => String::new(),
                    Family::Busybox => format!("nc: {host} ({address}:{port}): {reason}\n"),
                    Family::Gnu => format!(
                        "nc: connect to {host} ({address}) port {port} (tcp) failed: {reason}\n"
                    ),
                };
                (Vec::new(), note, 1)
            }
        };
        kernel.write(1, &out);
        kernel.write(2, error.as_bytes());
        code
    }
}

impl Program for Netcat {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        if matches!(self.state, State::New) {
            match Self::begin(&mut Call::new(kernel, self.family)) {
                Ok(state) => self.state = state,
                Err(code) => return Step::Exit(code),
            }
        }
        match std::mem::replace(&mut self.state, State::New) {
            State::New => Step::Exit(1),
            State::Gathering { options, mut text, until } => {
                let wait = match kernel.read(0) {
                    Read::Data(data) => {
                        text.extend(data);
                        None
                    }
                    Read::Pending => Some(Wait { until, ..Wait::input(0) }),
                    Read::End => {
                        self.state = Self::ask(kernel, options, text, until);
                        return Step::Busy;
                    }
                };
                self.state = State::Gathering { options, text, until };
                wait.map_or(Step::Busy, Step::Wait)
            }
            State::Asking { options, request, until } => {
                let outcome = match kernel.take_answer(request) {
                    Some(answer) => Some((answer.address, answer.outcome)),
                    None => until
                        .filter(|until| *until <= kernel.now)
                        .map(|_| (None, Err(NetError::TimedOut))),
                };
                let Some((address, outcome)) = outcome else {
                    self.state = State::Asking { options, request, until };
                    return Step::Wait(Wait { until, ..Wait::answer(request) });
                };
                kernel.cancel(request);
                Step::Exit(self.answered(kernel, &options, address.as_deref(), outcome))
            }
            State::Listening { port, mut text, stays, answered } => {
                if answered && !stays {
                    return Step::Exit(0);
                }
                while let Read::Data(data) = kernel.read(0) {
                    text.extend(data);
                }
                self.state = State::Listening { port, text, stays, answered };
                Step::Wait(Wait::forever())
            }
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }

    fn ports(&self, _now: Time) -> Vec<u16> {
        match self.state {
            State::Listening { port, answered, stays, .. } if stays || !answered => vec![port],
            _ => Vec::new(),
        }
    }

    fn serve(
        &mut self,
        kernel: &mut Kernel<'_>,
        _port: u16,
        request: &HttpRequest,
        _client: &str,
    ) -> Served {
        let State::Listening { text, answered, .. } = &mut self.state else {
            return Served::Closed;
        };
        *answered = true;
        let mut heard = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
        request.headers.iter().for_each(|(name, value)| {
            let _ = writeln!(heard, "{name}: {value}\r");
        });
        heard.push_str("\r\n");
        kernel.write(1, heard.as_bytes());
        match response(&String::from_utf8_lossy(text)) {
            Some(response) => Served::Response(response, Delay::millis(1)),
            None => Served::Closed,
        }
    }
}

/// Reads an HTTP response as people type it into `nc -l`.
fn response(text: &str) -> Option<HttpResponse> {
    let text = text.replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let status = lines.next()?.strip_prefix("HTTP/")?.split_whitespace().nth(1)?.parse().ok()?;
    let mut response = HttpResponse::text(status, body);
    response.headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.into(), value.trim().into()))
        .collect();
    Some(response)
}
