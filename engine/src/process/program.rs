//! What a running program is to the process table.

use std::any::Any;
use std::fmt;

use super::Executable;
use super::kernel::Kernel;
use super::net::{HttpRequest, HttpResponse};
use super::table::RequestId;
use crate::sim::{Delay, Time};

/// A process' number.
pub type Pid = u32;

/// Signals, by Linux' numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signal(pub u8);

impl Signal {
    /// The shells' pseudo-signal for their own end.
    pub const EXIT: Self = Self(0);
    /// Hang-up.
    pub const HUP: Self = Self(1);
    /// Ctrl-C.
    pub const INT: Self = Self(2);
    /// Ctrl-\, and a graceful stop to some servers.
    pub const QUIT: Self = Self(3);
    /// The end that nobody can refuse.
    pub const KILL: Self = Self(9);
    /// A write to a pipe that nobody reads.
    pub const PIPE: Self = Self(13);
    /// The polite end.
    pub const TERM: Self = Self(15);

    const NAMES: &'static [(u8, &'static str)] = &[
        (0, "EXIT"),
        (1, "HUP"),
        (2, "INT"),
        (3, "QUIT"),
        (4, "ILL"),
        (5, "TRAP"),
        (6, "ABRT"),
        (7, "BUS"),
        (8, "FPE"),
        (9, "KILL"),
        (10, "USR1"),
        (11, "SEGV"),
        (12, "USR2"),
        (13, "PIPE"),
        (14, "ALRM"),
        (15, "TERM"),
        (17, "CHLD"),
        (18, "CONT"),
        (19, "STOP"),
        (28, "WINCH"),
        (37, "RTMIN+3"),
    ];

    /// Reads `TERM`, `SIGTERM`, `term` or `15`.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(number) = text.parse() {
            return (number < 65).then_some(Self(number));
        }
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        Self::NAMES.iter().find(|(_, own)| *own == name).map(|(number, _)| Self(*number))
    }

    /// The name without `SIG`.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(own, _)| *own == self.0).map_or("UNKNOWN", |(_, name)| name)
    }

    /// Whether a process without a handler lives on after it.
    pub(super) fn is_harmless(self) -> bool {
        matches!(self.0, 0 | 17 | 18 | 28)
    }
}

/// What a program waits for: the first of these to come wakes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wait {
    /// A time.
    pub until: Option<Time>,
    /// Bytes, or the end, on this descriptor.
    pub input: Option<u8>,
    /// Room in the pipe behind this descriptor.
    pub output: Option<u8>,
    /// The end of this child; of any child when 0.
    pub child: Option<Pid>,
    /// The network's answer to this request.
    pub answer: Option<RequestId>,
}

impl Wait {
    /// Only for `time`.
    pub fn until(time: Time) -> Self {
        Self { until: Some(time), ..Self::default() }
    }

    /// Only for bytes on `descriptor`.
    pub fn input(descriptor: u8) -> Self {
        Self { input: Some(descriptor), ..Self::default() }
    }

    /// Only for the child `pid`.
    pub fn child(pid: Pid) -> Self {
        Self { child: Some(pid), ..Self::default() }
    }

    /// Only for the answer to `request`.
    pub fn answer(request: RequestId) -> Self {
        Self { answer: Some(request), ..Self::default() }
    }

    /// For no event at all: until a signal.
    pub fn forever() -> Self {
        Self::default()
    }
}

/// What a program did when it ran.
#[derive(Debug)]
pub enum Step {
    /// It ended with this exit code.
    Exit(u8),
    /// It waits.
    Wait(Wait),
    /// It used up its share of processor time and would go on.
    Busy,
    /// It became another program (`exec`).
    Exec(Box<dyn Program>, Vec<String>),
}

/// A server's answer to an HTTP request.
#[derive(Debug, Clone, PartialEq)]
pub enum Served {
    /// A response, after so long.
    Response(HttpResponse, Delay),
    /// The connection closed without a word: it does not speak HTTP.
    Closed,
}

/// A running program.
pub trait Program: fmt::Debug + Send + Sync {
    /// Runs until it must wait or ends.
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step;

    /// A copy in the same state.
    fn boxed_clone(&self) -> Box<dyn Program>;

    /// Whether it handles `signal` itself; it then finds it in
    /// [`Kernel::take_signal`] when resumed.
    fn handles(&self, _signal: Signal) -> bool {
        false
    }

    /// The TCP ports it listens on now.
    fn ports(&self, _now: Time) -> Vec<u16> {
        Vec::new()
    }

    /// Answers an HTTP request that came to one of its ports from `client`.
    fn serve(
        &mut self,
        _kernel: &mut Kernel<'_>,
        _port: u16,
        _request: &HttpRequest,
        _client: &str,
    ) -> Served {
        Served::Closed
    }

    /// Answers a TCP client's first words to one of its ports.
    fn converse(&mut self, _payload: &[u8]) -> Vec<u8> {
        Vec::new()
    }

    /// Processor time it has used by itself, if it keeps count.
    fn cpu_time(&self, _now: Time) -> Delay {
        Delay::ZERO
    }

    /// Bytes of memory it holds beyond a process' own few.
    fn memory(&self) -> u64 {
        1 << 20
    }

    /// Thousandths of a processor it uses while it runs by itself.
    fn cpu_millis(&self) -> u64 {
        0
    }

    /// The exit code of the last command it ran, if it is a shell.
    fn last_status(&self) -> Option<u8> {
        None
    }

    /// Whether the owner of the process table runs it (see [`Foreign`]).
    fn is_foreign(&self) -> bool {
        false
    }

    /// Itself, where an owner may want to know what it has become.
    fn as_any(&self) -> Option<&dyn Any> {
        None
    }
}

impl Clone for Box<dyn Program> {
    fn clone(&self) -> Self {
        self.boxed_clone()
    }
}

/// Which programs exist and how they start.
pub trait Programs: fmt::Debug + Send + Sync {
    /// The program behind an executable file, started with `argv`; none if the
    /// simulation does not know it.
    fn load(&self, executable: &Executable, argv: &[String]) -> Option<Box<dyn Program>>;
}

/// A program that the owner of the process table carries out: the terminal's
/// `kubectl`. The owner finds it with `Processes::foreign`, reads its input,
/// writes its output and ends it.
#[derive(Debug, Clone)]
pub struct Foreign;

impl Program for Foreign {
    fn resume(&mut self, _kernel: &mut Kernel<'_>) -> Step {
        Step::Wait(Wait::forever())
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }

    fn is_foreign(&self) -> bool {
        true
    }
}
