//! `cat`, `head`, `wc`, `uniq`, `cut`, `tr`, `tee`, `rev`, `nl`, `tac`, and
//! the other filters of text.

use std::fmt::Write as _;

use super::adapter::{Call, Instant};
use super::columns::{cut, tr};
use super::filter::{Filter, Flow, LineFilter, Lines, Streaming, by_line, lines};
use super::{Starter, awk, grep, sed, sort, tail};
use crate::process::{Kernel, Program, Read, Step, Wait};
use crate::shell::{Dialect, echo, printf};

pub(super) fn find(name: &str) -> Option<Starter> {
    Some(match name {
        "cat" => |_, family| Streaming::boxed(family, cat),
        "head" => |_, family| Streaming::boxed(family, head),
        "wc" => |_, family| Streaming::boxed(family, wc),
        "tac" => {
            |_, family| by_line(family, |call| lines(Backwards(Vec::new()), call.parse("", &[])?))
        }
        "rev" => |_, family| by_line(family, |call| lines(Reverse, call.parse("", &[])?)),
        "nl" => |_, family| by_line(family, |call| lines(Number(0), call.parse("b:w:", &[])?)),
        "uniq" => |_, family| by_line(family, uniq),
        "cut" => |_, family| by_line(family, cut),
        "tr" => |_, family| Streaming::boxed(family, tr),
        "tee" => |_, _| Box::new(Tee::default()),
        "sort" => |_, family| by_line(family, sort::prepare),
        "grep" => |_, family| by_line(family, grep::prepare),
        "egrep" => |_, family| by_line(family, grep::prepare_extended),
        "fgrep" => |_, family| by_line(family, grep::prepare_fixed),
        "sed" => sed::start,
        "awk" | "gawk" | "mawk" => |_, family| by_line(family, awk::prepare),
        "tail" => tail::start,
        "echo" => |_, family| {
            Instant::boxed(family, |call| {
                let text = echo(&call.arguments, Dialect::Bash);
                call.out(&text);
                0
            })
        },
        "printf" => |_, family| {
            Instant::boxed(family, |call| {
                let Some((format, rest)) = call.arguments.split_first() else {
                    return call.missing_operand();
                };
                let (text, complaints) = printf(format, rest);
                call.out(&text);
                u8::from(!complaints.is_empty())
            })
        },
        _ => return None,
    })
}

#[derive(Debug, Clone)]
struct Cat {
    numbered: bool,
    at_start: bool,
    line: u64,
}

fn cat(call: &mut Call<'_, '_>) -> Result<(Cat, Vec<String>), u8> {
    let arguments = call.parse("nbvAeETtsu", &[("number", 'n'), ("show-all", 'A')])?;
    let numbered = arguments.has('n') || arguments.has('b');
    Ok((Cat { numbered, at_start: true, line: 0 }, arguments.operands))
}

impl Filter for Cat {
    fn data(&mut self, _source: &str, data: &[u8], out: &mut Vec<u8>) -> Flow {
        if !self.numbered {
            out.extend_from_slice(data);
            return Flow::More;
        }
        for byte in data {
            if self.at_start {
                self.line += 1;
                out.extend_from_slice(format!("{:>6}\t", self.line).as_bytes());
            }
            out.push(*byte);
            self.at_start = *byte == b'\n';
        }
        Flow::More
    }
}

#[derive(Debug, Clone)]
struct Head {
    limit: i64,
    left: i64,
    bytes: bool,
    titles: bool,
    first: bool,
    held: Vec<Vec<u8>>,
}

fn head(call: &mut Call<'_, '_>) -> Result<(Head, Vec<String>), u8> {
    // `head -5` is `head -n 5`.
    for argument in &mut call.arguments {
        if argument.strip_prefix('-').is_some_and(|digits| {
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        }) {
            argument.insert(1, 'n');
        }
    }
    let arguments = call.parse("n:c:qv", &[("lines", 'n'), ("bytes", 'c'), ("quiet", 'q')])?;
    let bytes = arguments.has('c');
    let text = arguments.value(if bytes { 'c' } else { 'n' }).unwrap_or("10").to_string();
    let Ok(limit) = text.parse::<i64>() else {
        call.error(&format!(
            "invalid number of {}: '{text}'",
            if bytes { "bytes" } else { "lines" }
        ));
        return Err(1);
    };
    let head = Head {
        limit,
        left: limit,
        bytes,
        titles: !arguments.has('q'),
        first: true,
        held: Vec::new(),
    };
    Ok((head, arguments.operands))
}

impl Filter for Head {
    fn begin(&mut self, source: &str, many: bool, out: &mut Vec<u8>) {
        self.left = self.limit;
        self.held.clear();
        if many && self.titles {
            let gap = if self.first { "" } else { "\n" };
            let title = if source == "-" { "standard input" } else { source };
            out.extend_from_slice(format!("{gap}==> {title} <==\n").as_bytes());
        }
        self.first = false;
    }

    fn data(&mut self, _source: &str, data: &[u8], out: &mut Vec<u8>) -> Flow {
        if self.limit < 0 {
            self.held.extend(data.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec));
            return Flow::More;
        }
        for byte in data {
            if self.left <= 0 {
                return Flow::Next;
            }
            out.push(*byte);
            if self.bytes || *byte == b'\n' {
                self.left -= 1;
            }
        }
        if self.left <= 0 { Flow::Next } else { Flow::More }
    }

    fn end(&mut self, _source: &str, out: &mut Vec<u8>) {
        let keep = self.held.len().saturating_sub(usize::try_from(-self.limit).unwrap_or_default());
        self.held.drain(..).take(keep).for_each(|line| out.extend(line));
    }
}

#[derive(Debug, Clone, Default)]
struct Counter {
    columns: String,
    counts: [usize; 4],
    totals: [usize; 4],
    sources: usize,
    in_word: bool,
    busybox: bool,
}

fn wc(call: &mut Call<'_, '_>) -> Result<(Counter, Vec<String>), u8> {
    let arguments =
        call.parse("lwcmL", &[("lines", 'l'), ("words", 'w'), ("bytes", 'c'), ("chars", 'm')])?;
    let chosen: String = "lwmc".chars().filter(|letter| arguments.has(*letter)).collect();
    let columns = if chosen.is_empty() { "lwc".into() } else { chosen };
    Ok((Counter { columns, busybox: call.is_busybox(), ..Counter::default() }, arguments.operands))
}

impl Counter {
    fn show(&self, counts: [usize; 4], name: &str, out: &mut Vec<u8>) {
        let [lines, words, letters, bytes] = counts;
        let values: Vec<String> = self
            .columns
            .chars()
            .map(|letter| match letter {
                'l' => lines,
                'w' => words,
                'm' => letters,
                _ => bytes,
            })
            .map(|value| value.to_string())
            .collect();
        let name = if name == "-" { String::new() } else { format!(" {name}") };
        let line = match values.as_slice() {
            [only] => format!("{only}{name}\n"),
            _ if self.busybox => format!(
                "{}{name}\n",
                values.iter().map(|value| format!("{value:>9}")).collect::<Vec<_>>().join(" ")
            ),
            _ if name.is_empty() => format!(
                "{}\n",
                values.iter().map(|value| format!("{value:>7}")).collect::<Vec<_>>().join(" ")
            ),
            _ => format!(
                "{}{name}\n",
                values.iter().map(|value| format!("{value:>2}")).collect::<Vec<_>>().join(" ")
            ),
        };
        out.extend_from_slice(line.as_bytes());
    }
}

impl Filter for Counter {
    fn data(&mut self, _source: &str, data: &[u8], _out: &mut Vec<u8>) -> Flow {
        let [lines, words, letters, bytes] = &mut self.counts;
        *bytes += data.len();
        for byte in data {
            *lines += usize::from(*byte == b'\n');
            *letters += usize::from(byte & 0xc0 != 0x80);
            let is_space = byte.is_ascii_whitespace();
            *words += usize::from(!is_space && !self.in_word);
            self.in_word = !is_space;
        }
        Flow::More
    }

    fn end(&mut self, source: &str, out: &mut Vec<u8>) {
        self.show(self.counts, source, out);
        for (total, count) in self.totals.iter_mut().zip(self.counts) {
            *total += count;
        }
        self.counts = [0; 4];
        self.in_word = false;
        self.sources += 1;
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> u8 {
        if self.sources > 1 {
            self.show(self.totals, "total", out);
        }
        0
    }
}

/// The lines of `tac`, kept until the end.
#[derive(Debug, Clone)]
struct Backwards(Vec<String>);

impl LineFilter for Backwards {
    fn line(&mut self, _source: &str, line: &str, _out: &mut String) -> Flow {
        self.0.push(line.into());
        Flow::More
    }

    fn finish(&mut self, out: &mut String) -> u8 {
        for line in self.0.drain(..).rev() {
            out.push_str(&line);
            out.push('\n');
        }
        0
    }
}

#[derive(Debug, Clone)]
struct Reverse;

impl LineFilter for Reverse {
    fn line(&mut self, _source: &str, line: &str, out: &mut String) -> Flow {
        out.extend(line.chars().rev());
        out.push('\n');
        Flow::More
    }
}

#[derive(Debug, Clone)]
struct Number(u64);

impl LineFilter for Number {
    fn line(&mut self, _source: &str, line: &str, out: &mut String) -> Flow {
        if line.is_empty() {
            out.push_str("       \n");
        } else {
            self.0 += 1;
            let _ = writeln!(out, "{:>6}\t{line}", self.0);
        }
        Flow::More
    }
}

#[derive(Debug, Clone)]
struct Uniq {
    count: bool,
    only_repeated: bool,
    only_single: bool,
    last: Option<(String, u64)>,
}

fn uniq(call: &mut Call<'_, '_>) -> Result<(Lines<Uniq>, Vec<String>), u8> {
    let arguments =
        call.parse("cduif:s:", &[("count", 'c'), ("repeated", 'd'), ("unique", 'u')])?;
    let filter = Uniq {
        count: arguments.has('c'),
        only_repeated: arguments.has('d'),
        only_single: arguments.has('u'),
        last: None,
    };
    lines(filter, arguments)
}

impl Uniq {
    fn show(&mut self, out: &mut String) {
        let Some((line, count)) = self.last.take() else { return };
        if (self.only_repeated && count < 2) || (self.only_single && count > 1) {
            return;
        }
        if self.count {
            let _ = write!(out, "{count:>7} ");
        }
        out.push_str(&line);
        out.push('\n');
    }
}

impl LineFilter for Uniq {
    fn line(&mut self, _source: &str, line: &str, out: &mut String) -> Flow {
        match &mut self.last {
            Some((last, count)) if last == line => *count += 1,
            _ => {
                self.show(out);
                self.last = Some((line.into(), 1));
            }
        }
        Flow::More
    }

    fn finish(&mut self, out: &mut String) -> u8 {
        self.show(out);
        0
    }
}

/// Copies its input to its output and to files.
#[derive(Debug, Clone, Default)]
struct Tee {
    started: bool,
    outputs: Vec<u8>,
}

impl Program for Tee {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        if !self.started {
            self.started = true;
            let argv = kernel.argv();
            let append = argv.iter().any(|argument| argument == "-a");
            for path in argv.iter().skip(1).filter(|argument| !argument.starts_with('-')) {
                match kernel.create(path, append) {
                    Ok(descriptor) => {
                        let number = 100 + u8::try_from(self.outputs.len()).unwrap_or_default();
                        kernel.set_descriptor(number, Some(descriptor));
                        self.outputs.push(number);
                    }
                    Err(error) => kernel.write(2, format!("tee: {path}: {error}\n").as_bytes()),
                }
            }
        }
        match kernel.read_up_to(0, 64 * 1024) {
            Read::Pending => Step::Wait(Wait::input(0)),
            Read::End => Step::Exit(0),
            Read::Data(data) => {
                kernel.write(1, &data);
                self.outputs.iter().for_each(|number| kernel.write(*number, &data));
                Step::Busy
            }
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
