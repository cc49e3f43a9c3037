//! The way from kubectl to the cluster in the same program.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use podyard_engine::cluster::Cluster;
use podyard_engine::sim::{Delay, Time};
use podyard_engine::wire::{Chunk, Request, Response, StreamId};
use podyard_kubectl::transport::{LocalFuture, Transport, TransportError};

/// The instants for which somebody sleeps.
pub(crate) type Alarms = Rc<RefCell<BTreeSet<Time>>>;

/// Where the API server listens, as refused connections name it.
const API_HOST: &str = "192.168.49.2:6443";

/// Requests to the cluster, answered at once unless something is slow.
#[derive(Clone)]
pub(crate) struct InProcess {
    pub(crate) cluster: Rc<RefCell<Cluster>>,
    pub(crate) alarms: Alarms,
}

impl Transport for InProcess {
    fn send(&self, request: Request) -> LocalFuture<'_, Result<Response, TransportError>> {
        let began = self.now();
        let end = began + self.cluster.borrow().delay_of(&request);
        if end > began {
            self.alarms.borrow_mut().insert(end);
        }
        Box::pin(poll_fn(move |_| {
            let mut cluster = self.cluster.borrow_mut();
            if !cluster.is_serving() {
                let host = API_HOST.to_owned();
                return Poll::Ready(Err(TransportError::Refused { host }));
            }
            // Whom it waits for may be back by now.
            if cluster.now() < began + cluster.delay_of(&request) {
                return Poll::Pending;
            }
            Poll::Ready(Ok(cluster.handle(&request)))
        }))
    }

    fn read(&self, stream: StreamId) -> LocalFuture<'_, Chunk> {
        Box::pin(poll_fn(move |_| match self.cluster.borrow_mut().read_stream(stream) {
            Chunk::Pending => Poll::Pending,
            chunk => Poll::Ready(chunk),
        }))
    }

    fn write(&self, stream: StreamId, bytes: &[u8]) {
        self.cluster.borrow_mut().write_stream(stream, bytes);
    }

    fn close(&self, stream: StreamId) {
        self.cluster.borrow_mut().close_stream(stream);
    }

    fn sleep(&self, delay: Delay) -> LocalFuture<'_, ()> {
        let end = self.now() + delay;
        self.alarms.borrow_mut().insert(end);
        Box::pin(poll_fn(move |_| if self.now() >= end { Poll::Ready(()) } else { Poll::Pending }))
    }

    fn now(&self) -> Time {
        self.cluster.borrow().now()
    }
}
