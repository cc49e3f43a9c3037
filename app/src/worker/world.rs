//! The cluster of this worker, and the way command lines reach it.

use std::cell::RefCell;
use std::rc::Rc;

use podyard_engine::cluster::{Cluster, ClusterOptions, Profile};
use podyard_engine::sim::{Delay, Time};
use podyard_engine::view::{Delta, View};
use podyard_engine::wire::{Chunk, Request, Response, StreamId};
use podyard_kubectl::transport::{LocalFuture, Transport, TransportError};

use crate::protocol::Setup;

/// The cluster, shared with the command lines that talk to it.
#[derive(Clone)]
pub(super) struct World(Rc<RefCell<Cluster>>);

impl World {
    /// A new cluster that begins at `start`.
    pub(super) fn new(setup: &Setup, start: Time) -> Self {
        let profile = match setup.profile.as_str() {
            "gke" => Profile::Gke,
            "eks" => Profile::Eks,
            _ => Profile::Local,
        };
        let options = ClusterOptions {
            seed: setup.seed,
            nodes: setup.workers,
            profile,
            start,
            ..ClusterOptions::default()
        };
        Self(Rc::new(RefCell::new(Cluster::new(options))))
    }

    /// The time in the cluster.
    pub(super) fn now(&self) -> Time {
        self.0.borrow().now()
    }

    /// When something happens next.
    pub(super) fn next_wake(&self) -> Option<Time> {
        self.0.borrow().next_wake()
    }

    /// Lets time pass.
    pub(super) fn advance_to(&self, to: Time) {
        self.0.borrow_mut().advance_to(to);
    }

    /// What changed in the cluster since `view` last looked.
    pub(super) fn deltas(&self, view: &mut View) -> Vec<Delta> {
        view.follow(self.0.borrow().api());
        view.take_deltas()
    }
}

impl Transport for World {
    fn send(&self, request: Request) -> LocalFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move { Ok(self.0.borrow_mut().handle(&request)) })
    }

    fn read(&self, stream: StreamId) -> LocalFuture<'_, Chunk> {
        Box::pin(std::future::poll_fn(move |_| match self.0.borrow_mut().read_stream(stream) {
            Chunk::Pending => std::task::Poll::Pending,
            chunk => std::task::Poll::Ready(chunk),
        }))
    }

    fn write(&self, _stream: StreamId, _bytes: &[u8]) {}

    fn close(&self, stream: StreamId) {
        self.0.borrow_mut().close_stream(stream);
    }

    fn sleep(&self, delay: Delay) -> LocalFuture<'_, ()> {
        let until = self.now() + delay;
        Box::pin(std::future::poll_fn(move |_| {
            if self.now() < until { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
        }))
    }

    fn now(&self) -> Time {
        Self::now(self)
    }
}
