//! Open streams: answers that go on as simulated time does.

use std::collections::BTreeMap;

use super::ApiServer;
use super::watch::Watch;
use crate::sim::Time;
use crate::wire::{Chunk, StreamId};

/// Every open stream.
#[derive(Debug, Clone, Default)]
pub(super) struct Streams {
    opened: u64,
    open: BTreeMap<StreamId, Stream>,
}

/// What a stream carries.
#[derive(Debug, Clone)]
pub(super) enum Stream {
    /// The changes of objects.
    Watch(Box<Watch>),
}

impl Streams {
    pub(super) fn reserve(&mut self) -> StreamId {
        self.opened += 1;
        StreamId(self.opened)
    }

    pub(super) fn open(&mut self, stream: Stream) -> StreamId {
        let id = self.reserve();
        self.open.insert(id, stream);
        id
    }
}

impl ApiServer {
    /// What a stream has to say now.
    pub fn read_stream(&mut self, id: StreamId) -> Chunk {
        let Some(mut stream) = self.streams.open.remove(&id) else { return Chunk::End };
        let chunk = match &mut stream {
            Stream::Watch(watch) => watch.read(self),
        };
        if chunk != Chunk::End {
            self.streams.open.insert(id, stream);
        }
        chunk
    }

    /// Closes a stream; reading it afterwards gives its end.
    pub fn close_stream(&mut self, id: StreamId) {
        self.streams.open.remove(&id);
    }

    /// When a stream will have something to say though nothing changes. What is
    /// due already waits for its reader, and keeps time from nothing.
    pub fn next_stream_wake(&self) -> Option<Time> {
        let wakes = self.streams.open.values().map(|stream| match stream {
            Stream::Watch(watch) => watch.next_wake(),
        });
        wakes.flatten().filter(|wake| *wake > self.now()).min()
    }
}
