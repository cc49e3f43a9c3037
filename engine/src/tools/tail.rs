//! `tail`, which can follow a file that grows.

use super::adapter::{Call, cannot_open};
use super::arguments::Arguments;
use crate::process::{Family, Kernel, Program, Read, Step, Wait};
use crate::sim::Delay;

pub(super) fn start(_argv: &[String], family: Family) -> Box<dyn Program> {
    Box::new(Tail { family, state: None, input: Vec::new() })
}

#[derive(Debug, Clone)]
struct Tail {
    family: Family,
    state: Option<State>,
    /// What came on standard input so far.
    input: Vec<u8>,
}

#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "they are command line flags")]
struct State {
    count: usize,
    from_start: bool,
    bytes: bool,
    follow: bool,
    retry: bool,
    titles: bool,
    files: Vec<Followed>,
    last: Option<usize>,
    failed: bool,
}

#[derive(Debug, Clone)]
struct Followed {
    path: String,
    position: usize,
    missing: bool,
    shown: bool,
}

/// How often a followed file is looked at, as both editions do.
const PERIOD: Delay = Delay::secs(1);

fn prepare(call: &mut Call<'_, '_>) -> Result<State, u8> {
    for argument in &mut call.arguments {
        let digits = argument.get(1..).unwrap_or_default();
        if argument.starts_with('-')
            && !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_digit())
        {
            argument.insert(1, 'n');
        }
    }
    let long = [("follow", 'f'), ("lines", 'n'), ("bytes", 'c'), ("quiet", 'q'), ("retry", 'F')];
    let arguments: Arguments = call.parse("n:c:fFqvs:", &long)?;
    let bytes = arguments.has('c');
    let text = arguments.value(if bytes { 'c' } else { 'n' }).unwrap_or("10");
    let Ok(count) = text.trim_start_matches(['+', '-']).parse() else {
        call.error(&format!("invalid number of lines: '{text}'"));
        return Err(1);
    };
    let files: Vec<Followed> = arguments
        .operands
        .iter()
        .map(|path| Followed { path: path.clone(), position: 0, missing: false, shown: false })
        .collect();
    Ok(State {
        count,
        from_start: text.starts_with('+'),
        bytes,
        follow: arguments.has('f') || arguments.has('F'),
        retry: arguments.has('F'),
        titles: (files.len() > 1 || arguments.has('v')) && !arguments.has('q'),
        files,
        last: None,
        failed: false,
    })
}

/// The part of `data` that `tail` shows at first.
fn end_of(data: &[u8], state: &State) -> usize {
    let count = state.count;
    if state.bytes {
        return if state.from_start {
            count.saturating_sub(1).min(data.len())
        } else {
            data.len().saturating_sub(count)
        };
    }
    let mut starts: Vec<usize> = vec![0];
    starts
        .extend(data.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1));
    if starts.last() == Some(&data.len()) {
        starts.pop();
    }
    let line =
        if state.from_start { count.saturating_sub(1) } else { starts.len().saturating_sub(count) };
    starts.get(line).copied().unwrap_or(data.len())
}

impl Program for Tail {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        if self.state.is_none() {
            match prepare(&mut Call::new(kernel, self.family)) {
                Ok(state) => self.state = Some(state),
                Err(code) => return Step::Exit(code),
            }
        }
        let Some(state) = &mut self.state else { return Step::Exit(1) };
        if state.files.is_empty() {
            return match kernel.read(0) {
                Read::Data(data) => {
                    self.input.extend(data);
                    Step::Busy
                }
                Read::Pending => Step::Wait(Wait::input(0)),
                Read::End => {
                    let start = end_of(&self.input, state);
                    kernel.write(1, self.input.get(start..).unwrap_or_default());
                    Step::Exit(0)
                }
            };
        }
        for at in 0..state.files.len() {
            state.look(kernel, at, self.family);
        }
        let anything_left = state.retry || state.files.iter().any(|file| !file.missing);
        if state.follow && anything_left {
            return Step::Wait(Wait::until(kernel.now + PERIOD));
        }
        if state.follow {
            kernel.write(2, b"tail: no files remaining\n");
        }
        Step::Exit(u8::from(state.failed))
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

impl State {
    fn look(&mut self, kernel: &mut Kernel<'_>, at: usize, family: Family) {
        let Some(mut file) = self.files.get(at).cloned() else { return };
        match kernel.files.read(&kernel.absolute(&file.path)) {
            Ok(data) => {
                if file.missing && file.shown {
                    let path = &file.path;
                    let message = format!("tail: '{path}' has appeared;  following new file\n");
                    kernel.write(2, message.as_bytes());
                }
                if !file.shown && !file.missing {
                    file.position = end_of(&data, self);
                    if self.titles {
                        self.title(kernel, at, &file.path);
                    }
                } else if data.len() < file.position {
                    let message = format!("tail: {}: file truncated\n", file.path);
                    kernel.write(2, message.as_bytes());
                    file.position = 0;
                }
                let new = data.get(file.position..).unwrap_or_default();
                if !new.is_empty() {
                    if file.shown && self.titles && self.last != Some(at) {
                        self.title(kernel, at, &file.path);
                    }
                    kernel.write(1, new);
                }
                file.position = data.len();
                (file.missing, file.shown) = (false, true);
            }
            Err(error) if !file.missing => {
                let message = match family {
                    Family::Busybox => {
                        format!("tail: {}\n", cannot_open(family, &file.path, error))
                    }
                    Family::Gnu => {
                        format!("tail: cannot open '{}' for reading: {error}\n", file.path)
                    }
                };
                kernel.write(2, message.as_bytes());
                file.missing = true;
                self.failed = true;
            }
            Err(_) => {}
        }
        if let Some(place) = self.files.get_mut(at) {
            *place = file;
        }
    }

    fn title(&mut self, kernel: &mut Kernel<'_>, at: usize, path: &str) {
        let gap = if self.last.is_some() { "\n" } else { "" };
        kernel.write(1, format!("{gap}==> {path} <==\n").as_bytes());
        self.last = Some(at);
    }
}
