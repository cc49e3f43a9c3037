//! `curl` 7.88: the options that people use, its messages and exit codes.

use super::adapter::Call;
use super::arguments::Arguments;
use super::url::Url;
use super::wait::duration;
use crate::base64;
use crate::process::{
    Family, HttpRequest, HttpResponse, Kernel, NetAnswer, NetError, NetRequest, Program, Reply,
    RequestId, Step, Wait,
};
use crate::sim::{Delay, Time};

const LETTERS: &str = "sSvo:Ow:IiX:d:H:kLfm:A:u:G0146#gNe:b:c:T:F:r:x:y:Y:Z:J:Ra:q";
const LONG: &[(&str, char)] = &[
    ("silent", 's'),
    ("show-error", 'S'),
    ("verbose", 'v'),
    ("output", 'o'),
    ("remote-name", 'O'),
    ("write-out", 'w'),
    ("head", 'I'),
    ("include", 'i'),
    ("request", 'X'),
    ("data", 'd'),
    ("data-raw", 'd'),
    ("data-binary", 'd'),
    ("data-urlencode", 'd'),
    ("header", 'H'),
    ("insecure", 'k'),
    ("location", 'L'),
    ("fail", 'f'),
    ("max-time", 'm'),
    ("connect-timeout", 'y'),
    ("user-agent", 'A'),
    ("user", 'u'),
    ("get", 'G'),
    ("retry", 'r'),
    ("retry-delay", 'Y'),
    ("resolve", 'Z'),
    ("cacert", 'c'),
    ("cert", 'T'),
    ("key", 'F'),
    ("proxy", 'x'),
    ("cookie", 'b'),
    ("noproxy", 'J'),
    ("http1.1", '1'),
    ("progress-bar", '#'),
    ("no-buffer", 'N'),
    ("compressed", 'g'),
    ("retry-connrefused", 'q'),
    ("url", 'a'),
];

pub(super) fn start(_argv: &[String], family: Family) -> Box<dyn Program> {
    Box::new(Curl { family, transfer: None })
}

#[derive(Debug, Clone)]
struct Curl {
    family: Family,
    transfer: Option<Transfer>,
}

/// The transfers of one command line, one after the other.
#[derive(Debug, Clone)]
pub(super) struct Transfer {
    pub(super) options: Arguments,
    urls: Vec<String>,
    pub(super) url: Url,
    pub(super) started: Time,
    request: RequestId,
    deadline: Option<Time>,
    pub(super) redirects: u32,
    retries: u32,
    code: u8,
    /// When the next try starts, after a failed one.
    retry_at: Option<Time>,
}

impl Program for Curl {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        let Some(transfer) = &mut self.transfer else {
            return match begin(&mut Call::new(kernel, self.family)) {
                Ok(transfer) => {
                    let wait = transfer.wait();
                    self.transfer = Some(transfer);
                    Step::Wait(wait)
                }
                Err(code) => Step::Exit(code),
            };
        };
        match transfer.go_on(kernel) {
            Some(code) => Step::Exit(code),
            None => Step::Wait(transfer.wait()),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }

    fn memory(&self) -> u64 {
        4 << 20
    }
}

fn begin(call: &mut Call<'_, '_>) -> Result<Transfer, u8> {
    if call.arguments.iter().any(|argument| argument == "--version" || argument == "-V") {
        call.out("curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1 OpenSSL/3.0.15\nRelease-Date: 2023-02-20\nProtocols: http https telnet\n");
        return Err(0);
    }
    let options = Arguments::parse(&call.arguments, LETTERS, LONG).map_err(|option| {
        let dashes = if option.starts_with('-') { "" } else { "-" };
        let text = format!("curl: option {dashes}{option}: is unknown\ncurl: try 'curl --help' for more information\n");
        call.kernel.write(2, text.as_bytes());
        2
    })?;
    let mut urls: Vec<String> = options.values('a').map(String::from).collect();
    urls.extend(options.operands.iter().cloned());
    urls.reverse();
    let Some(first) = urls.pop() else {
        call.kernel.write(2, b"curl: no URL specified!\ncurl: try 'curl --help' or 'curl --manual' for more information\n");
        return Err(2);
    };
    let url = parse(call.kernel, &first, &options)?;
    let mut transfer = Transfer {
        options,
        urls,
        url,
        started: call.kernel.now,
        request: RequestId(0),
        deadline: None,
        redirects: 0,
        retries: 0,
        code: 0,
        retry_at: None,
    };
    transfer.send(call.kernel);
    Ok(transfer)
}

fn parse(kernel: &mut Kernel<'_>, text: &str, options: &Arguments) -> Result<Url, u8> {
    if let Some(url) = Url::parse(text) {
        return Ok(url);
    }
    let (message, code) = match text.split_once("://") {
        Some((scheme, _)) if !matches!(scheme, "http" | "https") => {
            (format!("Protocol \"{scheme}\" not supported or disabled in libcurl"), 1)
        }
        _ => ("URL using bad/illegal format or missing URL".to_string(), 3),
    };
    if !options.has('s') || options.has('S') {
        kernel.write(2, format!("curl: ({code}) {message}\n").as_bytes());
    }
    Err(code)
}

impl Transfer {
    fn wait(&self) -> Wait {
        match self.retry_at {
            Some(until) => Wait::until(until),
            None => Wait { until: self.deadline, ..Wait::answer(self.request) },
        }
    }

    fn method(&self) -> String {
        match self.options.value('X') {
            Some(method) => method.into(),
            None if self.options.has('I') => "HEAD".into(),
            None if self.options.has('d') && !self.options.has('G') => "POST".into(),
            None => "GET".into(),
        }
    }

    pub(super) fn http(&self) -> HttpRequest {
        let options = &self.options;
        let body: Vec<&str> = options.values('d').collect();
        let body = body.join("&");
        let mut target = self.url.target.clone();
        let mut headers = vec![
            ("Host".to_string(), self.url.authority()),
            ("User-Agent".into(), options.value('A').unwrap_or("curl/7.88.1").into()),
            ("Accept".into(), "*/*".into()),
        ];
        if let Some(user) = options.value('u').or(self.url.user.as_deref()) {
            headers.insert(
                1,
                ("Authorization".into(), format!("Basic {}", base64::encode(user.as_bytes()))),
            );
        }
        for header in options.values('H') {
            let Some((name, value)) = header.split_once(':') else { continue };
            headers.retain(|(own, _)| !own.eq_ignore_ascii_case(name));
            let place = if name.eq_ignore_ascii_case("host") { 0 } else { headers.len() };
            headers.insert(place, (name.into(), value.trim().into()));
        }
        let sends = options.has('d') && !options.has('G');
        if options.has('d') && options.has('G') {
            target.push(if target.contains('?') { '&' } else { '?' });
            target.push_str(&body);
        }
        if sends {
            headers.push(("Content-Length".into(), body.len().to_string()));
            if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
                headers.push(("Content-Type".into(), "application/x-www-form-urlencoded".into()));
            }
        }
        HttpRequest {
            method: self.method(),
            target,
            headers,
            body: if sends { body } else { String::new() },
        }
    }

    fn send(&mut self, kernel: &mut Kernel<'_>) {
        self.retry_at = None;
        self.started = kernel.now;
        let limit = |letter| {
            self.options.value(letter).and_then(duration).filter(|limit| *limit > Delay::ZERO)
        };
        self.deadline =
            [limit('m'), limit('y')].into_iter().flatten().min().map(|limit| kernel.now + limit);
        let request = NetRequest::Http {
            tls: self.url.tls,
            host: self.url.host.clone(),
            port: self.url.port,
            request: self.http(),
        };
        self.request = kernel.request(request);
    }

    /// Looks for the answer; an exit code when all is done.
    fn go_on(&mut self, kernel: &mut Kernel<'_>) -> Option<u8> {
        if self.retry_at.is_some() {
            self.send(kernel);
            return None;
        }
        let result = match kernel.take_answer(self.request) {
            Some(answer) => self.answered(kernel, answer),
            None if self.deadline.is_some_and(|deadline| deadline <= kernel.now) => {
                kernel.cancel(self.request);
                let millis = kernel.now.since(self.started).as_micros() / 1000 + 1;
                Some(self.failed(
                    kernel,
                    28,
                    &format!("Connection timed out after {millis} milliseconds"),
                    None,
                ))
            }
            None => return None,
        };
        let code = result?;
        if code != 0 && self.again(kernel, code) {
            return None;
        }
        if code != 0 {
            self.code = code;
        }
        let Some(next) = self.urls.pop() else { return Some(self.code) };
        match parse(kernel, &next, &self.options) {
            Ok(url) => {
                self.url = url;
                (self.redirects, self.retries) = (0, 0);
                self.send(kernel);
                None
            }
            Err(code) => Some(code),
        }
    }

    /// Whether a failed transfer is tried again, for `--retry`.
    fn again(&mut self, kernel: &mut Kernel<'_>, code: u8) -> bool {
        let most: u32 =
            self.options.value('r').and_then(|text| text.parse().ok()).unwrap_or_default();
        let is_passing = matches!(code, 6 | 28) || (code == 7 && self.options.has('q'));
        if self.retries >= most || !is_passing {
            return false;
        }
        let pause = self
            .options
            .value('Y')
            .and_then(|text| text.parse().ok())
            .unwrap_or(1_i64 << self.retries.min(9));
        self.retries += 1;
        self.retry_at = Some(kernel.now + Delay::secs(pause));
        true
    }

    fn failed(
        &self,
        kernel: &mut Kernel<'_>,
        code: u8,
        message: &str,
        address: Option<&str>,
    ) -> u8 {
        let port = self.url.port;
        match address {
            Some(address) if code == 7 => {
                self.note(kernel, &format!("  Trying {address}:{port}..."));
                self.note(
                    kernel,
                    &format!("connect to {address} port {port} failed: Connection refused"),
                );
                self.note(kernel, message);
                self.note(kernel, "Closing connection 0");
            }
            Some(address) => {
                self.note(kernel, &format!("  Trying {address}:{port}..."));
                self.note(kernel, message);
                self.note(kernel, "Closing connection 0");
            }
            None => {
                self.note(kernel, message);
                self.note(kernel, "Closing connection 0");
            }
        }
        self.progress(kernel, 0);
        if !self.options.has('s') || self.options.has('S') {
            kernel.write(2, format!("curl: ({code}) {message}\n").as_bytes());
        }
        self.write_out(kernel, None);
        code
    }

    /// The exit code, or none when a redirection is followed.
    fn answered(&mut self, kernel: &mut Kernel<'_>, answer: NetAnswer) -> Option<u8> {
        let (host, port) = (self.url.host.clone(), self.url.port);
        let address = answer.address.as_deref();
        let millis = kernel.now.since(self.started).as_micros() / 1000;
        let cannot = format!(
            "Failed to connect to {host} port {port} after {millis} ms: Couldn't connect to server"
        );
        let (code, message) = match answer.outcome {
            Ok(Reply::Http(response)) => return self.received(kernel, &response, address),
            Err(NetError::UnknownHost | NetError::DnsTimeout) => {
                (6, format!("Could not resolve host: {host}"))
            }
            Err(NetError::Refused | NetError::NoRoute) => (7, cannot),
            Err(NetError::TimedOut) => (28, cannot),
            Err(NetError::Reset) => (56, "Recv failure: Connection reset by peer".to_string()),
            Err(NetError::Tls) => (35, "error:0A00010B:SSL routines::wrong version number".into()),
            Ok(_) => (52, "Empty reply from server".into()),
        };
        Some(self.failed(kernel, code, &message, address))
    }

    fn received(
        &mut self,
        kernel: &mut Kernel<'_>,
        response: &HttpResponse,
        address: Option<&str>,
    ) -> Option<u8> {
        self.trace(kernel, response, address);
        let follows =
            self.options.has('L') && matches!(response.status, 301 | 302 | 303 | 307 | 308);
        if follows
            && self.redirects < 50
            && let Some(url) =
                response.header("Location").and_then(|location| self.url.join(location))
        {
            self.redirects += 1;
            self.url = url;
            self.send(kernel);
            return None;
        }
        if self.options.has('f') && response.status >= 400 {
            return Some(self.failed(
                kernel,
                22,
                &format!("The requested URL returned error: {}", response.status),
                None,
            ));
        }
        let mut output = Vec::new();
        if self.options.has('i') || self.options.has('I') {
            output.extend(
                format!("HTTP/1.1 {} {}\r\n", response.status, response.reason()).into_bytes(),
            );
            for (name, value) in &response.headers {
                output.extend(format!("{name}: {value}\r\n").into_bytes());
            }
            output.extend(b"\r\n");
        }
        if self.method() != "HEAD" {
            output.extend_from_slice(&response.body);
        }
        let code = self.save(kernel, &output);
        self.note(kernel, &format!("Connection #0 to host {} left intact", self.url.host));
        self.write_out(kernel, Some(response));
        Some(code)
    }
}
