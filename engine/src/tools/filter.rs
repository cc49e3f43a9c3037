//! Programs that read files or standard input piece by piece and write what
//! becomes of it: [`Streaming`] does the reading, a [`Filter`] the rest.

use std::collections::VecDeque;
use std::fmt::Debug;

use super::adapter::{Call, cannot_open};
use super::arguments::Arguments;
use crate::process::{Family, Kernel, Program, Read, Step, Wait};

/// Whether a filter wants more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// Yes.
    More,
    /// Not of this source.
    Next,
    /// No more at all.
    Enough,
}

/// What happens to the bytes.
pub(super) trait Filter: Debug + Clone + Send + Sync + 'static {
    /// Bytes from `source`; what is pushed on `out` is written.
    fn data(&mut self, source: &str, data: &[u8], out: &mut Vec<u8>) -> Flow;

    /// A source begins; `many` if it is not the only one.
    fn begin(&mut self, _source: &str, _many: bool, _out: &mut Vec<u8>) {}

    /// A source has ended.
    fn end(&mut self, _source: &str, _out: &mut Vec<u8>) {}

    /// All sources have ended: the last output, and the exit code.
    fn finish(&mut self, _out: &mut Vec<u8>) -> u8 {
        0
    }
}

/// What happens to whole lines.
pub(super) trait LineFilter: Debug + Clone + Send + Sync + 'static {
    /// A line without its end.
    fn line(&mut self, source: &str, line: &str, out: &mut String) -> Flow;

    /// All lines have passed.
    fn finish(&mut self, _out: &mut String) -> u8 {
        0
    }

    /// A source begins.
    fn begin(&mut self, _source: &str, _many: bool) {}

    /// A source has ended.
    fn end(&mut self, _source: &str, _out: &mut String) {}
}

/// A [`Filter`] of a [`LineFilter`].
#[derive(Debug, Clone)]
pub(super) struct Lines<L> {
    filter: L,
    partial: Vec<u8>,
}

impl<L: LineFilter> Filter for Lines<L> {
    fn begin(&mut self, source: &str, many: bool, _out: &mut Vec<u8>) {
        self.filter.begin(source, many);
    }

    fn data(&mut self, source: &str, data: &[u8], out: &mut Vec<u8>) -> Flow {
        let mut text = String::new();
        let mut flow = Flow::More;
        for piece in data.split_inclusive(|byte| *byte == b'\n') {
            self.partial.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                self.partial.pop();
                let line = std::mem::take(&mut self.partial);
                flow = self.filter.line(source, &String::from_utf8_lossy(&line), &mut text);
                if flow != Flow::More {
                    break;
                }
            }
        }
        out.extend_from_slice(text.as_bytes());
        flow
    }

    fn end(&mut self, source: &str, out: &mut Vec<u8>) {
        let mut text = String::new();
        if !self.partial.is_empty() {
            let line = std::mem::take(&mut self.partial);
            self.filter.line(source, &String::from_utf8_lossy(&line), &mut text);
        }
        self.filter.end(source, &mut text);
        out.extend_from_slice(text.as_bytes());
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> u8 {
        let mut text = String::new();
        let code = self.filter.finish(&mut text);
        out.extend_from_slice(text.as_bytes());
        code
    }
}

/// Makes a filter of a call's arguments: the filter and the files it reads,
/// or an exit code when the arguments will not do.
pub(super) type Prepare<F> = fn(&mut Call<'_, '_>) -> Result<(F, Vec<String>), u8>;

/// A program around a [`Filter`].
#[derive(Debug, Clone)]
pub(super) struct Streaming<F: Filter> {
    prepare: Prepare<F>,
    family: Family,
    running: Option<Running<F>>,
}

#[derive(Debug, Clone)]
struct Running<F> {
    filter: F,
    sources: VecDeque<String>,
    many: bool,
    current: Option<String>,
    name: String,
    failed: bool,
    is_done: bool,
}

/// The descriptor of the file that is being read.
const SOURCE: u8 = 249;
/// Bytes read at a time.
const PIECE: usize = 64 * 1024;

impl<F: Filter> Streaming<F> {
    pub(super) fn boxed(family: Family, prepare: Prepare<F>) -> Box<dyn Program> {
        Box::new(Self { prepare, family, running: None })
    }
}

/// A program around a [`LineFilter`].
pub(super) fn by_line<L: LineFilter>(
    family: Family,
    prepare: Prepare<Lines<L>>,
) -> Box<dyn Program> {
    Streaming::boxed(family, prepare)
}

/// The filter and its files, for the end of a [`Prepare`].
#[expect(clippy::unnecessary_wraps, reason = "it ends functions that can fail")]
pub(super) fn lines<L: LineFilter>(
    filter: L,
    arguments: Arguments,
) -> Result<(Lines<L>, Vec<String>), u8> {
    Ok((Lines { filter, partial: Vec::new() }, arguments.operands))
}

impl<F: Filter> Program for Streaming<F> {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        if self.running.is_none() {
            let mut call = Call::new(kernel, self.family);
            match (self.prepare)(&mut call) {
                Err(code) => return Step::Exit(code),
                Ok((filter, files)) => {
                    let sources: VecDeque<String> =
                        if files.is_empty() { ["-".to_string()].into() } else { files.into() };
                    self.running = Some(Running {
                        filter,
                        many: sources.len() > 1,
                        sources,
                        current: None,
                        name: call.name,
                        failed: false,
                        is_done: false,
                    });
                }
            }
        }
        let family = self.family;
        let Some(running) = &mut self.running else { return Step::Exit(1) };
        for _ in 0..16 {
            if kernel.is_full(1) {
                return Step::Wait(Wait { output: Some(1), ..Wait::default() });
            }
            if let Some(step) = running.step(kernel, family) {
                return step;
            }
        }
        Step::Busy
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

impl<F: Filter> Running<F> {
    fn step(&mut self, kernel: &mut Kernel<'_>, family: Family) -> Option<Step> {
        let mut out = Vec::new();
        let Some(source) = self.current.clone() else { return self.open(kernel, family) };
        let descriptor = if source == "-" { 0 } else { SOURCE };
        match kernel.read_up_to(descriptor, PIECE) {
            Read::Pending => return Some(Step::Wait(Wait::input(descriptor))),
            Read::Data(data) => match self.filter.data(&source, &data, &mut out) {
                Flow::More => {}
                flow => {
                    self.is_done = flow == Flow::Enough;
                    self.close(kernel, &source, &mut out);
                }
            },
            Read::End => self.close(kernel, &source, &mut out),
        }
        kernel.write(1, &out);
        None
    }

    fn close(&mut self, kernel: &mut Kernel<'_>, source: &str, out: &mut Vec<u8>) {
        self.filter.end(source, out);
        self.current = None;
        if source != "-" {
            kernel.set_descriptor(SOURCE, None);
        }
    }

    fn open(&mut self, kernel: &mut Kernel<'_>, family: Family) -> Option<Step> {
        let mut out = Vec::new();
        let next = self.sources.pop_front().filter(|_| !self.is_done);
        let Some(source) = next else {
            let code = self.filter.finish(&mut out);
            kernel.write(1, &out);
            return Some(Step::Exit(if self.failed { code.max(1) } else { code }));
        };
        if source != "-" {
            match kernel.open(&source) {
                Ok(descriptor) => drop(kernel.set_descriptor(SOURCE, Some(descriptor))),
                Err(error) => {
                    let message =
                        format!("{}: {}\n", self.name, cannot_open(family, &source, error));
                    kernel.write(2, message.as_bytes());
                    self.failed = true;
                    return None;
                }
            }
        }
        self.filter.begin(&source, self.many, &mut out);
        kernel.write(1, &out);
        self.current = Some(source);
        None
    }
}
