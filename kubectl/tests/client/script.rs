//! A server that answers from a script, and a computer with a few files.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use podyard_engine::sim::{Delay, Time};
use podyard_engine::value;
use podyard_engine::value::{Value, parse_json};
use podyard_engine::wire::{Body, Chunk, Method, Request, Response, StreamId};
use podyard_kubectl::Io;
use podyard_kubectl::host::{FileError, Host};
use podyard_kubectl::transport::{LocalFuture, Transport, TransportError};

/// What the server serves.
const CORE: &str = r#"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{},"versions":[{"version":"v1","resources":[
    {"resource":"namespaces","responseKind":{"kind":"Namespace"},"scope":"Cluster","singularResource":"namespace","verbs":["get","list"],"shortNames":["ns"]},
    {"resource":"nodes","responseKind":{"kind":"Node"},"scope":"Cluster","singularResource":"node","verbs":["get","list"],"shortNames":["no"]},
    {"resource":"pods","responseKind":{"kind":"Pod"},"scope":"Namespaced","singularResource":"pod","verbs":["get","list"],"shortNames":["po"],"categories":["all"]},
    {"resource":"services","responseKind":{"kind":"Service"},"scope":"Namespaced","singularResource":"service","verbs":["get","list"],"shortNames":["svc"],"categories":["all"]}
]}]}]}"#;
const GROUPS: &str = r#"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"apps"},"versions":[{"version":"v1","resources":[
    {"resource":"deployments","responseKind":{"kind":"Deployment"},"scope":"Namespaced","singularResource":"deployment","verbs":["get","list"],"shortNames":["deploy"],"categories":["all"]},
    {"resource":"replicasets","responseKind":{"kind":"ReplicaSet"},"scope":"Namespaced","singularResource":"replicaset","verbs":["get","list"],"shortNames":["rs"],"categories":["all"]}
]}]}]}"#;

/// One run of kubectl against a script.
#[derive(Default)]
pub(crate) struct Script {
    answers: BTreeMap<String, Vec<(u16, String)>>,
    warnings: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
    requests: RefCell<Vec<String>>,
    used: RefCell<BTreeMap<String, usize>>,
    streams: RefCell<Vec<Vec<u8>>>,
    now: Cell<Time>,
}

/// What a run came to.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Every request but discovery's: method, target and body.
    pub(crate) requests: Vec<String>,
}

impl Script {
    /// Answers `request`, as `GET /api/v1/pods`, with `status` and a body. Said
    /// again, the next such request gets the next answer.
    pub(crate) fn answer(mut self, request: &str, status: u16, body: &str) -> Self {
        self.answers.entry(request.to_owned()).or_default().push((status, body.to_owned()));
        self
    }

    /// Adds a warning to the answers to `request`.
    pub(crate) fn warning(mut self, request: &str, text: &str) -> Self {
        self.warnings.insert(request.to_owned(), text.to_owned());
        self
    }

    /// Adds a file.
    pub(crate) fn file(mut self, name: &str, text: &str) -> Self {
        self.files.insert(name.to_owned(), text.to_owned());
        self
    }

    /// Runs kubectl with the words of `line`.
    pub(crate) fn run(self, line: &str) -> Ran {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let (stdout, stderr) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
        let io = Io { transport: &self, host: &self, stdout: &stdout, stderr: &stderr };
        let code = self.poll(podyard_kubectl::run(&args, &io));
        let text = |bytes: RefCell<Vec<u8>>| String::from_utf8(bytes.into_inner()).expect("text");
        Ran {
            code,
            stdout: text(stdout),
            stderr: text(stderr),
            requests: self.requests.into_inner(),
        }
    }

    /// What the last word of `line` may become.
    pub(crate) fn complete(&self, line: &str) -> Vec<String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let sink = RefCell::new(Vec::new());
        let io = Io { transport: self, host: self, stdout: &sink, stderr: &sink };
        let completion = self.poll(podyard_kubectl::complete(&words, &io));
        completion.words.into_iter().map(|(word, _)| word).collect()
    }

    /// Polls to the end; time passes meanwhile.
    fn poll<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        let mut poll = || match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => {
                self.now.set(self.now.get() + Delay::millis(100));
                None
            }
        };
        (0..1000).find_map(|_| poll()).expect("kubectl ends")
    }

    fn respond(&self, request: &Request) -> Response {
        match request.target.split('?').next() {
            Some("/api") => {
                return Response::json(200, &parse_json(CORE.as_bytes()).expect("JSON"));
            }
            Some("/apis") => {
                return Response::json(200, &parse_json(GROUPS.as_bytes()).expect("JSON"));
            }
            _ => {}
        }
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
            Method::Head | Method::Other => "OTHER",
        };
        let key = format!("{method} {}", request.target);
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let line = if body.is_empty() { key.clone() } else { format!("{key} {body}") };
        self.requests.borrow_mut().push(line);
        let mut used = self.used.borrow_mut();
        let count = used.entry(key.clone()).or_default();
        let answers = self.answers.get(&key);
        let answer = answers.and_then(|all| all.get(*count).or(all.last()));
        *count += 1;
        let mut response = match answer {
            Some((200, body)) if request.target.contains("watch=true") => {
                let mut streams = self.streams.borrow_mut();
                streams.push(body.clone().into_bytes());
                let id = StreamId(streams.len() as u64 - 1);
                Response { body: Body::Stream(id), ..Response::text(200, "") }
            }
            Some((status, body)) => Response::text(*status, body.as_str()),
            None => Response::json(404, &not_found(&request.target)),
        };
        response.warnings.extend(self.warnings.get(&key).cloned());
        response
    }
}

fn not_found(target: &str) -> Value {
    let path = target.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    let message = match parts.as_slice() {
        [.., "apps", "v1", "namespaces", _, kind, name] => {
            format!("{kind}.apps {name:?} not found")
        }
        [.., kind, name] => format!("{kind} {name:?} not found"),
        _ => "not found".to_owned(),
    };
    value!({ "kind": "Status", "status": "Failure", "reason": "NotFound", "message": message })
}

impl Transport for Script {
    fn send(&self, request: Request) -> LocalFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move { Ok(self.respond(&request)) })
    }

    fn read(&self, stream: StreamId) -> LocalFuture<'_, Chunk> {
        Box::pin(std::future::poll_fn(move |_| {
            let mut streams = self.streams.borrow_mut();
            let index = usize::try_from(stream.0).expect("a small number");
            let bytes = std::mem::take(&mut streams[index]);
            if bytes.is_empty() { Poll::Pending } else { Poll::Ready(Chunk::Data(bytes)) }
        }))
    }

    fn write(&self, _: StreamId, _: &[u8]) {}

    fn close(&self, _: StreamId) {}

    fn sleep(&self, delay: Delay) -> LocalFuture<'_, ()> {
        let end = self.now.get() + delay;
        Box::pin(std::future::poll_fn(move |_| {
            if self.now.get() >= end { Poll::Ready(()) } else { Poll::Pending }
        }))
    }

    fn now(&self) -> Time {
        self.now.get()
    }
}

impl Host for Script {
    fn read_file(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let inside = format!("{}/", path.trim_end_matches('/'));
        match self.files.get(path) {
            Some(text) => Ok(text.clone().into_bytes()),
            None if path == "." => Err(FileError::IsDirectory),
            None if self.files.keys().any(|name| name.starts_with(&inside)) => {
                Err(FileError::IsDirectory)
            }
            None => Err(FileError::NotFound),
        }
    }

    fn list_directory(&self, path: &str) -> Result<Vec<String>, FileError> {
        let inside = if path == "." { String::new() } else { format!("{path}/") };
        let names = self.files.keys().filter_map(|name| name.strip_prefix(inside.as_str()));
        Ok(names.filter(|name| !name.contains('/')).map(str::to_owned).collect())
    }

    fn write_file(&self, _: &str, _: &[u8]) -> Result<(), FileError> {
        Err(FileError::Other("read-only file system".to_owned()))
    }

    fn read_stdin(&self) -> LocalFuture<'_, Vec<u8>> {
        Box::pin(async { Vec::new() })
    }

    fn type_ahead(&self) -> LocalFuture<'_, Option<Vec<u8>>> {
        Box::pin(async { None })
    }

    fn stdin_is_terminal(&self) -> bool {
        false
    }

    fn set_raw(&self, _: bool) {}

    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn edit<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        text: &'a str,
    ) -> LocalFuture<'a, Result<String, String>> {
        Box::pin(async { Ok(text.to_owned()) })
    }
}
