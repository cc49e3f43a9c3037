//! Watches: one JSON event a line.

use podyard_engine::value::{Value, parse_json};
use podyard_engine::wire::{Body, Chunk};

use crate::failure::{Failure, Outcome};
use crate::io::Io;
use podyard_engine::sim::Time;

use crate::transport::until;

/// One event of a watch.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// `ADDED`, `MODIFIED`, `DELETED` or `BOOKMARK`.
    pub kind: String,
    /// The object after the change.
    pub object: Value,
}

/// An open watch; dropping it ends it.
pub struct Watch<'a> {
    io: Io<'a>,
    body: Body,
    buffer: Vec<u8>,
    /// When `--request-timeout` ends it.
    end: Option<Time>,
}

impl<'a> Watch<'a> {
    /// The watch that `body` streams, until `end` at the latest.
    pub fn new(io: Io<'a>, body: Body, end: Option<Time>) -> Self {
        let (body, buffer) = match body {
            Body::Bytes(bytes) => (Body::Bytes(Vec::new()), bytes),
            stream @ Body::Stream(_) => (stream, Vec::new()),
        };
        Self { io, body, buffer, end }
    }

    /// The next event; none when the server ends the watch, or at `deadline`.
    pub async fn next(&mut self, deadline: Option<Time>) -> Outcome<Option<Event>> {
        let deadline = [deadline, self.end].into_iter().flatten().min();
        loop {
            if let Some(line) = self.line() {
                let event = parse_json(&line).map_err(|error| Failure::Text(error.message))?;
                let object = event["object"].clone();
                return match event["type"].text() {
                    "BOOKMARK" => continue,
                    "ERROR" => Err(Failure::Status(object)),
                    kind => Ok(Some(Event { kind: kind.to_owned(), object })),
                };
            }
            let Body::Stream(stream) = self.body else { return Ok(None) };
            match until(self.io.transport, deadline, self.io.transport.read(stream)).await {
                Some(Chunk::Data(bytes)) => self.buffer.extend_from_slice(&bytes),
                _ => return Ok(None),
            }
        }
    }

    fn line(&mut self) -> Option<Vec<u8>> {
        let end = self.buffer.iter().position(|byte| *byte == b'\n')?;
        let line = self.buffer.drain(..=end).collect::<Vec<u8>>();
        if line.trim_ascii().is_empty() { self.line() } else { Some(line) }
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if let Body::Stream(stream) = self.body {
            self.io.transport.close(stream);
        }
    }
}
