//! Sessions with containers over WebSocket: exec and attach.
//!
//! Source: apiserver `pkg/util/wsstream` and apimachinery
//! `pkg/util/remotecommand`: each message begins with the number of its
//! channel.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use podyard_engine::wire::{self, Body, Chunk, Request};
use tokio::sync::watch;

use super::http::{Stream, from_wire};
use super::shared::Shared;

/// The protocols spoken, the preferred one first. The fourth differs only in
/// that it cannot say that the input has ended.
const PROTOCOLS: [&str; 2] = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
const NORMAL: u16 = 1000;
/// How long a client may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// Whether a path ends in a session that needs more than one answer.
pub(super) fn is_session(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts.as_slice(), ["", "api", "v1", "namespaces", _, "pods", _, "exec" | "attach"])
}

/// Answers a request for a session: with the session, or why there is none.
pub(super) async fn open(mut parts: Parts, request: Request, shared: Shared) -> Response {
    let upgrade = upgrade_of(&parts.headers);
    if !upgrade.eq_ignore_ascii_case("websocket") {
        return refuse(&upgrade, &request, shared);
    }
    let socket = match WebSocketUpgrade::from_request_parts(&mut parts, &shared).await {
        Ok(socket) => socket.protocols(PROTOCOLS),
        Err(refusal) => return refusal.into_response(),
    };
    if socket.selected_protocol().is_none() {
        let text =
            format!("none of the subprotocols is supported, but: {}\n", PROTOCOLS.join(", "));
        return (StatusCode::BAD_REQUEST, text).into_response();
    }
    shared.wait_for(&request).await;
    let moved = shared.subscribe();
    let answer = shared.with(|cluster| cluster.handle(&request));
    match answer.body {
        Body::Stream(id) => {
            let stream = Stream { id, shared, moved };
            socket.on_upgrade(|socket| converse(socket, stream))
        }
        Body::Bytes(_) => from_wire(answer, shared, moved),
    }
}

fn upgrade_of(headers: &HeaderMap) -> String {
    let value = headers.get(header::UPGRADE).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// What a client hears that does not speak WebSocket. kubectl asks again like
/// this when a session fails, and shows only this answer.
fn refuse(upgrade: &str, request: &Request, shared: Shared) -> Response {
    let refusal = shared.look(|cluster| cluster.api().connection(request));
    if let Some(Err(status)) = refusal {
        let answer = wire::Response::json(status.code, &status.to_value());
        let moved = shared.subscribe();
        return from_wire(answer, shared, moved);
    }
    let text = if upgrade.is_empty() {
        "Upgrade request required\n".to_owned()
    } else {
        format!("unable to upgrade: {upgrade} is not supported here, WebSocket is\n")
    };
    (StatusCode::BAD_REQUEST, text).into_response()
}

/// Carries messages both ways until one side has enough.
async fn converse(mut socket: WebSocket, mut stream: Stream) {
    loop {
        stream.moved.mark_unchanged();
        match stream.read() {
            Chunk::Data(bytes) => {
                if socket.send(Message::Binary(Bytes::from(bytes))).await.is_err() {
                    return;
                }
            }
            Chunk::End => {
                let close = CloseFrame { code: NORMAL, reason: "".into() };
                // A client that has gone needs no goodbye.
                let _ = socket.send(Message::Close(Some(close))).await;
                // What the client still says is heard out: a connection closed
                // with bytes unread is reset, and takes the answer along.
                let heard = async { while let Some(Ok(_)) = socket.recv().await {} };
                let _ = tokio::time::timeout(GOODBYE, heard).await;
                return;
            }
            Chunk::Pending => {
                if !wait(&mut socket, &mut stream).await {
                    return;
                }
            }
        }
    }
}

/// Waits for either side; whether the session goes on.
async fn wait(socket: &mut WebSocket, stream: &mut Stream) -> bool {
    let moved: &mut watch::Receiver<u64> = &mut stream.moved;
    tokio::select! {
        message = socket.recv() => match message {
            Some(Ok(Message::Binary(bytes))) => stream.write(&bytes),
            Some(Ok(Message::Text(text))) => stream.write(text.as_bytes()),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_)) | Err(_)) | None => return false,
        },
        changed = moved.changed() => return changed.is_ok(),
    }
    true
}
