//! A lesson at work: its machine at the beginning, and what is seen since.

use std::collections::{BTreeMap, VecDeque};

use podyard_engine::network::{Caller, Hop, Trace};
use podyard_engine::process::NetError;
use podyard_engine::sim::{Delay, Time};
use podyard_engine::store::Key;
use podyard_engine::value::{Str, parse_json};
use podyard_session::{Action, Machine};

use crate::check::{MEMORY_SECS, Origin};
use crate::judge::{Eye, Traffic, Way};
use crate::model::{Deed, Lesson, Step};
use crate::verdict::{Fate, Verdict};

/// So many connections show what chance may choose.
const TRIES: usize = 8;

/// A lesson that somebody takes.
#[derive(Debug, Clone, Default)]
pub struct Course {
    /// The lesson.
    pub lesson: Lesson,
    seen: VecDeque<Seen>,
}

/// A request that was seen.
#[derive(Debug, Clone)]
struct Seen {
    at: Time,
    target: String,
    failed: bool,
}

impl Course {
    /// Begins a lesson.
    pub fn new(lesson: Lesson) -> Self {
        Self { lesson, seen: VecDeque::new() }
    }

    /// The machine as the learner finds it.
    pub fn machine(&self) -> Machine {
        let mut machine = self.lesson.unbegun();
        for deed in &self.lesson.start {
            deed.do_to(&mut machine);
        }
        machine.take_printed();
        machine.take_traces();
        machine
    }

    /// Takes note of requests.
    pub fn observe(&mut self, traces: &[Trace]) {
        for trace in traces {
            let (target, failed) = (trace.target.clone(), !trace.has_answer() || is_error(trace));
            self.seen.push_back(Seen { at: trace.at, target, failed });
        }
        let last = self.seen.back().map(|seen| seen.at);
        let old = |seen: &Seen| last.is_some_and(|last| seen.at + Delay::secs(MEMORY_SECS) < last);
        while self.seen.front().is_some_and(old) {
            self.seen.pop_front();
        }
    }

    /// How the checks of a step come out now.
    pub fn judge(&self, step: &Step, machine: &Machine) -> Vec<Verdict> {
        let eye = Inside { course: self, machine };
        step.checks.iter().map(|check| check.judge(&eye)).collect()
    }

    /// The eye that sees all of a simulated cluster.
    pub fn eye<'a>(&'a self, machine: &'a Machine) -> impl Eye + 'a {
        Inside { course: self, machine }
    }
}

impl Lesson {
    /// A machine with the lesson's files, in which nothing has happened yet.
    pub(crate) fn unbegun(&self) -> Machine {
        let mut machine = Machine::new(self.setup.clone());
        if !self.files.is_empty() {
            let files = self.files.iter();
            let files = files.map(|(name, text)| (name.clone(), Some(text.clone())));
            machine.act(Action::Write(files.collect()));
        }
        machine
    }
}

impl Deed {
    /// Does it; gives what was printed and the exit code if it ran a command.
    pub fn do_to(&self, machine: &mut Machine) -> Option<(String, Option<i32>)> {
        match self {
            Self::Run(line) => return Some(machine.finish(line)),
            Self::Wait(length) => {
                let to = machine.now() + *length;
                machine.advance_to(to);
            }
            Self::Write { file, text } => write(machine, file, text.clone()),
            Self::Edit { file, from, to } => {
                let text = machine.files().remove(file).unwrap_or_default();
                write(machine, file, text.replacen(from, to, 1));
            }
        }
        None
    }
}

fn write(machine: &mut Machine, file: &str, text: String) {
    machine.act(Action::Write(BTreeMap::from([(file.to_owned(), Some(text))])));
}

/// Whether a server answered that it could not.
fn is_error(trace: &Trace) -> bool {
    matches!(trace.hops.last(), Some(Hop::Answer { status, .. }) if *status >= 500)
}

struct Inside<'a> {
    course: &'a Course,
    machine: &'a Machine,
}

impl Eye for Inside<'_> {
    fn ask(&self, arguments: &[String]) -> Option<String> {
        self.machine.ask(arguments)
    }

    fn reach(&self, from: &Origin, host: &str, port: u16) -> Option<Vec<Way>> {
        let Some(caller) = self.caller(from) else { return Some(Vec::new()) };
        let tries = self.machine.with_cluster(|cluster| cluster.probe(&caller, host, port, TRIES));
        Some(tries.iter().map(|hops| way(hops)).collect())
    }

    fn requests(&self, to: &str, seconds: i64) -> Option<Traffic> {
        let now = self.machine.now();
        let from = now + Delay::secs(-seconds);
        let seen = self.course.seen.iter();
        let seen = seen.filter(|seen| seen.at >= from && is_for(&seen.target, to));
        Some(seen.fold(Traffic::default(), |all, seen| Traffic {
            sent: all.sent + 1,
            failed: all.failed + u64::from(seen.failed),
            since: all.since.max(now.since(seen.at).as_micros() / 1_000_000),
        }))
    }
}

impl Inside<'_> {
    fn caller(&self, from: &Origin) -> Option<Caller> {
        let name = match from {
            Origin::Outside => return Some(Caller::Outside),
            Origin::Named(name) => name.clone(),
            Origin::Pod(selector) => {
                let words = ["get", "pods", "-l", selector.as_str(), "-o", "json"];
                let printed = self.machine.ask(&words.map(str::to_owned))?;
                let pods = parse_json(printed.as_bytes()).ok()?;
                pods["items"].items().first()?["metadata"]["name"].text().to_owned()
            }
        };
        let kind = self.machine.with_cluster(|cluster| cluster.kinds().pod);
        Some(Caller::Pod(Key { kind, namespace: Str::from("default"), name: Str::from(name) }))
    }
}

/// Whether a request for an address such as `http://web:80/` went to `to`, a
/// host with or without port.
fn is_for(target: &str, to: &str) -> bool {
    let server = target.split("://").last().unwrap_or(target);
    let server = server.split('/').next().unwrap_or(server);
    server == to || server.rsplit_once(':').is_some_and(|(host, _)| host == to)
}

/// What became of a connection that took these steps.
fn way(hops: &[Hop]) -> Way {
    let Some(Hop::Failure { error, blame }) = hops.last() else {
        return Way { fate: Fate::Arrived, object: String::new(), field: String::new() };
    };
    let fate = match error {
        NetError::UnknownHost | NetError::DnsTimeout => Fate::UnknownHost,
        NetError::TimedOut | NetError::NoRoute => Fate::TimedOut,
        NetError::Refused => Fate::Refused,
        NetError::Reset | NetError::Tls => Fate::Cut,
    };
    Way { fate, object: blame.object.clone(), field: blame.field.clone() }
}
