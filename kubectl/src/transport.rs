//! The one door to an API server, whoever holds the other end.
//!
//! In the page and in scenario files the other end is the simulated cluster in
//! the same program: the futures then wait until whoever advances simulated
//! time polls again. In the native program it is blocking HTTP, and every
//! future is ready at its first poll. So nothing here needs an executor, a
//! waker or a thread.

use std::pin::Pin;

use podyard_engine::sim::{Delay, Time};
use podyard_engine::wire::{Chunk, Request, Response, StreamId};

/// A future that stays on its thread.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Carries requests to one API server.
pub trait Transport {
    /// Names the server, as the kubeconfig or `--server` gives it. Called
    /// before any request; a transport with only one server ignores it.
    fn connect(&self, server: &str) {
        let _ = server;
    }

    /// Sends a request and waits for the head of its answer.
    fn send(&self, request: Request) -> LocalFuture<'_, Result<Response, TransportError>>;

    /// Waits for the next piece of a stream; never gives [`Chunk::Pending`].
    fn read(&self, stream: StreamId) -> LocalFuture<'_, Chunk>;

    /// Sends bytes up a stream (exec, attach).
    fn write(&self, stream: StreamId, bytes: &[u8]);

    /// Ends a stream.
    fn close(&self, stream: StreamId);

    /// Waits while time passes.
    fn sleep(&self, delay: Delay) -> LocalFuture<'_, ()>;

    /// The time now.
    fn now(&self) -> Time;
}

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransportError {
    /// Nothing listens there.
    Refused {
        /// Host and port, as `127.0.0.1:8080`.
        host: String,
    },
    /// Anything else, in Go's words where there are any.
    Failed(String),
}

/// Waits for `future`, but not longer than `deadline`; gives `None` when the
/// time is up first.
pub async fn until<T>(
    transport: &dyn Transport,
    deadline: Option<Time>,
    mut future: LocalFuture<'_, T>,
) -> Option<T> {
    let Some(deadline) = deadline else { return Some(future.await) };
    let left = deadline.since(transport.now());
    let mut alarm = (left > Delay::ZERO).then(|| transport.sleep(left));
    std::future::poll_fn(move |context| {
        use std::task::Poll;
        if let Poll::Ready(value) = future.as_mut().poll(context) {
            return Poll::Ready(Some(value));
        }
        match alarm.as_mut().map(|alarm| alarm.as_mut().poll(context)) {
            Some(Poll::Pending) => Poll::Pending,
            Some(Poll::Ready(())) | None => Poll::Ready(None),
        }
    })
    .await
}
