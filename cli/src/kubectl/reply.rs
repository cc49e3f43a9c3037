//! Answers of HTTP/1.1: heads, whole bodies, and bodies that go on.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Error, Read as _, Result};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use podyard_engine::wire::Chunk;

use super::websocket;

/// Status and header fields.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) status: u16,
    fields: Vec<(String, String)>,
}

impl Head {
    fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn is_chunked(&self) -> bool {
        self.field("Transfer-Encoding").is_some_and(|value| value.contains("chunked"))
    }

    /// The texts of the `Warning` fields.
    pub(super) fn warnings(&self) -> Vec<String> {
        let fields = self.fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Warning"));
        fields.filter_map(|(_, value)| warning_text(value)).collect()
    }
}

/// The text of `299 - "text"`.
fn warning_text(value: &str) -> Option<String> {
    let (_, quoted) = value.split_once('"')?;
    let mut text = String::new();
    let mut letters = quoted.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => text.extend(letters.next()),
            other => text.push(other),
        }
    }
    Some(text)
}

/// Reads one answer.
pub(super) struct Reader(BufReader<TcpStream>);

impl Reader {
    pub(super) fn new(socket: TcpStream) -> Self {
        Self(BufReader::new(socket))
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Err(Error::other("EOF"));
        }
        Ok(line.trim_end().to_owned())
    }

    pub(super) fn head(&mut self) -> Result<Head> {
        let first = self.line()?;
        let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
        let mut head = Head { status: status.unwrap_or_default(), fields: Vec::new() };
        loop {
            let line = self.line()?;
            match line.split_once(':') {
                Some((name, value)) => {
                    head.fields.push((name.to_owned(), value.trim().to_owned()));
                }
                None => return Ok(head),
            }
        }
    }

    /// The body up to its end.
    pub(super) fn whole(&mut self, head: &Head) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        if head.is_chunked() {
            while let Some(chunk) = self.chunk()? {
                body.extend(chunk);
            }
        } else if let Some(length) = head.field("Content-Length").and_then(|n| n.parse().ok()) {
            (&mut self.0).take(length).read_to_end(&mut body)?;
        } else {
            self.0.read_to_end(&mut body)?;
        }
        Ok(body)
    }

    fn chunk(&mut self) -> Result<Option<Vec<u8>>> {
        let line = self.line()?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(Error::other)?;
        let mut bytes = vec![0; size];
        self.0.read_exact(&mut bytes)?;
        self.line()?;
        Ok((size > 0).then_some(bytes))
    }

    fn some(&mut self) -> Result<Option<Vec<u8>>> {
        let bytes = self.0.fill_buf()?.to_vec();
        self.0.consume(bytes.len());
        Ok((!bytes.is_empty()).then_some(bytes))
    }

    /// Exactly `count` bytes.
    pub(super) fn exactly(&mut self, count: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// A body that goes on: another thread reads it.
pub(super) struct Incoming(Arc<Mutex<Queue>>);

#[derive(Default)]
struct Queue {
    chunks: VecDeque<Vec<u8>>,
    ended: bool,
    waker: Option<Waker>,
}

impl Incoming {
    /// The body that follows `head`.
    pub(super) fn body(mut reader: Reader, head: &Head) -> Self {
        let chunked = head.is_chunked();
        Self::read(move || if chunked { reader.chunk() } else { reader.some() })
    }

    /// The messages of a WebSocket.
    pub(super) fn websocket(mut reader: Reader) -> Self {
        Self::read(move || websocket::message(&mut reader))
    }

    /// What `next` gives, one piece after the other.
    pub(super) fn read(mut next: impl FnMut() -> Result<Option<Vec<u8>>> + Send + 'static) -> Self {
        let queue = Arc::new(Mutex::new(Queue::default()));
        let shared = queue.clone();
        thread::spawn(move || {
            loop {
                let chunk = next().unwrap_or_default();
                let mut queue = shared.lock().unwrap_or_else(PoisonError::into_inner);
                queue.ended = chunk.is_none();
                queue.chunks.extend(chunk);
                if let Some(waker) = queue.waker.take() {
                    waker.wake();
                }
                if queue.ended {
                    break;
                }
            }
        });
        Self(queue)
    }

    /// The next piece, when there is one.
    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<Chunk> {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match queue.chunks.pop_front() {
            Some(bytes) => Poll::Ready(Chunk::Data(bytes)),
            None if queue.ended => Poll::Ready(Chunk::End),
            None => {
                queue.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}
