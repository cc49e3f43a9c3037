//! HTTP in front of the cluster: requests in, answers and streams out.

use std::convert::Infallible;
use std::io;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use podyard_engine::apiserver::{BODY_MAX as API_BODY_MAX, Status};
use podyard_engine::sim::Delay;
use podyard_engine::wire::{self, Chunk, Method, StreamId};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::clock::{self, Speed};
use super::session;
use super::shared::Shared;

/// The largest body that is read at all; the API server refuses earlier.
const BODY_MAX: usize = 8 * 1024 * 1024;

/// Listens on 127.0.0.1, says where, and serves.
pub(crate) async fn serve(port: u16, speed: Speed, shared: Shared) -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    announce(&format!("listening on http://{}", listener.local_addr()?));
    tokio::spawn(clock::run(speed, shared.clone()));
    let router = Router::new()
        .route("/podyard/advance", post(advance))
        .fallback(api)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(shared);
    axum::serve(listener, router).await
}

#[expect(clippy::print_stdout, reason = "callers read the address from the standard output")]
fn announce(line: &str) {
    println!("{line}");
}

/// `POST /podyard/advance?seconds=S`: lets simulated time pass.
async fn advance(State(shared): State<Shared>, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let given = query.split('&').find_map(|pair| pair.strip_prefix("seconds="));
    let seconds = given.and_then(|text| text.parse::<f64>().ok());
    let Some(seconds) = seconds.filter(|seconds| (0.0..=1e9).contains(seconds)) else {
        let message = "seconds: expected a number from 0 to 1000000000\n";
        return (StatusCode::BAD_REQUEST, message).into_response();
    };
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked above")]
    let micros = (seconds * 1e6).round() as i64;
    shared.with(|cluster| {
        let to = cluster.now() + Delay::micros(micros);
        cluster.advance_to(to);
    });
    StatusCode::NO_CONTENT.into_response()
}

async fn api(State(shared): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_MAX).await else {
        let status = Status::too_large(API_BODY_MAX);
        let answer = wire::Response::json(status.code, &status.to_value());
        let moved = shared.subscribe();
        return from_wire(answer, shared, moved);
    };
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let request = to_wire(parts.method.as_str(), target, &parts.headers, body);
    if session::is_session(parts.uri.path()) {
        return session::open(parts, request, shared).await;
    }
    shared.wait_for(&request).await;
    let moved = shared.subscribe();
    let answer = shared.with(|cluster| cluster.handle(&request));
    from_wire(answer, shared, moved)
}

fn to_wire(method: &str, target: &str, headers: &HeaderMap, body: Bytes) -> wire::Request {
    let text = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    wire::Request {
        method: match method {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "POST" => Method::Post,
            "PUT" => Method::Put,
            "PATCH" => Method::Patch,
            "DELETE" => Method::Delete,
            _ => Method::Other,
        },
        target: target.to_owned(),
        accept: text("accept"),
        content_type: text("content-type"),
        user_agent: text("user-agent"),
        impersonate: text("impersonate-user"),
        impersonate_groups: headers
            .get_all("impersonate-group")
            .iter()
            .filter_map(|value| value.to_str().ok().map(str::to_owned))
            .collect(),
        body: body.into(),
    }
}

pub(super) fn from_wire(
    answer: wire::Response,
    shared: Shared,
    moved: watch::Receiver<u64>,
) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    for warning in &answer.warnings {
        let quoted = warning.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ");
        if let Ok(value) = HeaderValue::try_from(format!("299 - \"{quoted}\"")) {
            headers.append(header::WARNING, value);
        }
    }
    let body = match answer.body {
        wire::Body::Bytes(bytes) => Body::from(bytes),
        wire::Body::Stream(id) => Body::from_stream(Stream { id, shared, moved }.pieces()),
    };
    (status, headers, body).into_response()
}

/// An open stream of the API server; it closes when the client goes.
pub(super) struct Stream {
    pub(super) id: StreamId,
    pub(super) shared: Shared,
    /// Says when to look again.
    pub(super) moved: watch::Receiver<u64>,
}

impl Stream {
    /// What there is to say now.
    pub(super) fn read(&self) -> Chunk {
        self.shared.look(|cluster| cluster.read_stream(self.id))
    }

    /// Takes in what the client sends.
    pub(super) fn write(&self, bytes: &[u8]) {
        self.shared.with(|cluster| cluster.write_stream(self.id, bytes));
    }

    fn pieces(self) -> impl futures_core::Stream<Item = Result<Bytes, Infallible>> {
        async_stream::stream! {
            let mut stream = self;
            loop {
                stream.moved.mark_unchanged();
                match stream.read() {
                    Chunk::Data(bytes) => yield Ok(Bytes::from(bytes)),
                    Chunk::Pending => {
                        if stream.moved.changed().await.is_err() {
                            return;
                        }
                    }
                    Chunk::End => return,
                }
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.shared.look(|cluster| cluster.close_stream(self.id));
    }
}
