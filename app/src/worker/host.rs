//! Obeys the page's commands and lets the session's time pass.

use std::collections::{BTreeMap, BTreeSet};

use podyard_engine::cluster::Profile;
use podyard_engine::openapi::Descriptions;
use podyard_engine::sim::{Delay, Time};
use podyard_engine::value::Str;
use podyard_engine::view::View;
use podyard_session::link::{self, LinkError};
use podyard_session::{self as session, Action, Entry, History, Machine, TaskId};

use super::assist::Assistant;
use super::check;
use super::clock::{Metronome, now_ms};
use super::lesson::Tutor;
use super::traffic::Counter;
use crate::protocol::{Advice, Call, Channel, Command, File, Report, Setup, Trouble, Wish};

/// How long one stretch of work may take before the page is heard again.
const SLICE_MS: f64 = 24.0;

/// The machine a person sits at, its past and its clock, and who waits for
/// what.
pub(super) struct Host {
    history: History,
    view: View,
    calls: BTreeMap<TaskId, Call>,
    /// Those of which the page knows that they read what is typed.
    readers: BTreeSet<Call>,
    metronome: Metronome,
    /// Who waits until when, while time is let pass for them.
    journeys: Vec<(Call, Time)>,
    /// What the fields of Kubernetes' types mean, once the page has told.
    descriptions: Descriptions,
    /// The time that was last told.
    told: Option<Time>,
    /// The machines that were last told to be switched off.
    stopped: BTreeSet<String>,
    /// The lesson that is taken, if one is.
    tutor: Option<Tutor>,
    /// Tells of generators of traffic.
    counter: Counter,
}

/// Where reports go.
type Tell<'a> = &'a dyn Fn(&Report);

impl Host {
    /// A host with a new cluster, or with the session of a link; tells of its
    /// beginning.
    pub(super) fn new(command: &Command, tell: Tell) -> Option<Self> {
        let mut tutor = None;
        let mut differs = false;
        let history = match command {
            Command::Start(setup) => History::new(Machine::new(setup_of(setup))),
            Command::Teach { lesson, packed, step } => {
                let (new, history) = Tutor::begin(lesson, packed.as_deref(), *step)?;
                tutor = Some(new);
                history
            }
            Command::Open(text) => match link::unpack(text) {
                Ok(session) => {
                    let history = History::replay(&session);
                    let hash = history.machine().state_hash();
                    differs = session.hash.is_some_and(|told| told != hash);
                    history
                }
                Err(error) => {
                    tell(&Report::Refused(trouble(&error)));
                    History::new(Machine::new(session::Setup::default()))
                }
            },
            _ => return None,
        };
        let machine = history.machine();
        tell(&Report::Started(session::START.as_micros()));
        if matches!(command, Command::Open(_) | Command::Teach { .. }) {
            let files = machine.files().into_iter().map(|(name, text)| File { name, text });
            tell(&Report::Opened(files.collect()));
        }
        if differs {
            tell(&Report::Differs);
        }
        Some(Self {
            history,
            view: View::default(),
            calls: BTreeMap::new(),
            readers: BTreeSet::new(),
            metronome: Metronome::default(),
            journeys: Vec::new(),
            descriptions: Descriptions::default(),
            told: None,
            stopped: BTreeSet::new(),
            tutor,
            counter: Counter::default(),
        })
    }

    /// The machine at the moment that is shown.
    fn machine(&self) -> &Machine {
        self.history.machine()
    }

    /// Goes on with the clock of the host before, and with what it was told.
    pub(super) fn follow(&mut self, before: Option<&Self>, tell: Tell) {
        self.metronome = before.map(|before| before.metronome).unwrap_or_default();
        if let Some(before) = before {
            self.describe(before.descriptions.clone());
        }
        self.tell_deeds(tell);
        self.settle(tell);
    }

    /// Tells what was done so far, and will have been done where an earlier
    /// moment is shown.
    fn tell_deeds(&self, tell: Tell) {
        let run = |entry: &Entry| {
            let Action::Run(line) = &entry.action else { return None };
            Some((entry.at.as_micros(), line.clone()))
        };
        let deeds = self.history.entries().iter().filter_map(run);
        tell(&Report::Deeds(deeds.collect()));
    }

    fn describe(&mut self, descriptions: Descriptions) {
        self.machine().set_descriptions(descriptions.clone());
        self.descriptions = descriptions;
    }

    /// Shows the cluster as it was at a moment of its history. What was done
    /// later is kept until something else is done here.
    fn seek(&mut self, moment: Delay, tell: Tell) {
        for (call, _) in std::mem::take(&mut self.journeys) {
            tell(&Report::Ended(call, 0));
        }
        self.history.seek(moment);
        self.machine().set_descriptions(self.descriptions.clone());
        self.view.rewind();
        // What was printed, ended or sent then has been told already.
        let machine = self.history.machine_mut();
        drop((machine.take_printed(), machine.take_ended(), machine.take_traces()));
    }

    /// Does what the page asks.
    pub(super) fn obey(&mut self, command: Command, tell: Tell) {
        // What was done later than the moment shown is given up.
        if command.goes_on() {
            self.history.branch();
        }
        match command {
            Command::Seek(micros) => self.seek(Delay::micros(micros), tell),
            Command::Start(_) | Command::Open(_) | Command::Teach { .. } => {}
            Command::Study(step) => self.tutor.iter_mut().for_each(|tutor| tutor.go_to(step)),
            Command::Describe(text) => self.describe(Descriptions::parse(&text)),
            Command::Instruct(text) => session::provide_manual(text),
            Command::Pace(pace) => self.metronome.set(pace),
            Command::Run { call, line, files } => {
                let changes = self.changes(files);
                if !changes.is_empty() {
                    self.history.act(Action::Write(changes));
                }
                if let Some(task) = self.history.act(Action::Run(line)) {
                    self.calls.insert(task, call);
                }
                self.tell_deeds(tell);
            }
            Command::Look { call, line } => {
                let task = self.history.machine_mut().look(&line);
                self.calls.insert(task, call);
            }
            Command::Share { call, files, whole } => {
                let session = self.machine().session();
                let packed = link::pack(&if whole {
                    session.with_files(self.changes(files))
                } else {
                    session
                        .only(files.into_iter().map(|File { name, text }| (name, text)).collect())
                });
                tell(&Report::Printed(call, Channel::Out, packed));
                tell(&Report::Ended(call, 0));
            }
            Command::Interrupt(call) => self.act_on(call, Action::Interrupt),
            Command::Type(call, text) => self.act_on(call, |task| Action::Type(task, text)),
            Command::Advance { call, micros } => {
                let from = self.journeys.last().map_or(self.machine().now(), |(_, until)| *until);
                self.journeys.push((call, from + Delay::micros(micros)));
                self.travel(tell);
            }
            Command::Step => {
                let later = self.machine().now() + Delay::secs(1);
                self.history.advance_to(self.machine().next_wake().unwrap_or(later));
            }
            Command::AskScheduler { namespace, pod } => {
                let opinion = self
                    .machine()
                    .with_cluster(|cluster| super::opinion::opinion(cluster, namespace, pod));
                if let Some(opinion) = opinion {
                    tell(&Report::Opinion(opinion));
                }
            }
            Command::Assist { ask, files, wish } => {
                tell(&Report::Advice(ask, self.advise(&files, wish)));
            }
            Command::Check { edition, files } => {
                tell(&Report::Problems(edition, check::problems(&files)));
            }
        }
        self.settle(tell);
    }

    /// Does something to a command line that runs.
    fn act_on(&mut self, call: Call, action: impl FnOnce(TaskId) -> Action) {
        let task = self.calls.iter().find(|(_, own)| **own == call).map(|(task, _)| *task);
        if let Some(task) = task {
            self.history.act(action(task));
        }
    }

    /// Helps with writing.
    fn advise(&self, files: &[File], wish: Wish) -> Advice {
        let descriptions = &self.descriptions;
        self.machine().with_cluster(|cluster| {
            let assistant = Assistant { api: cluster.api(), files, descriptions };
            match wish {
                Wish::Complete(spot) => Advice::Proposals(assistant.complete(&spot)),
                Wish::Explain(spot) => Advice::Explanation(assistant.explain(&spot).map(Box::new)),
                Wish::Lenses => Advice::Lenses(assistant.lenses()),
            }
        })
    }

    /// Lets time pass as the clock on the wall does, and tells what is new.
    pub(super) fn tick(&mut self, tell: Tell) {
        let passed = self.metronome.beat();
        if self.journeys.is_empty() {
            self.move_on(self.machine().now() + passed);
        } else {
            self.travel(tell);
        }
        self.settle(tell);
    }

    /// How files differ from what the machine has.
    fn changes(&self, files: Vec<File>) -> BTreeMap<String, Option<String>> {
        let mut gone = self.machine().files();
        let mut changes = BTreeMap::new();
        for File { name, text } in files {
            if gone.remove(&name).as_ref() != Some(&text) {
                changes.insert(name, Some(text));
            }
        }
        changes.extend(gone.into_keys().map(|name| (name, None)));
        changes
    }

    /// Lets time pass for those who asked for it, as fast as it goes.
    fn travel(&mut self, tell: Tell) {
        while let Some((call, until)) = self.journeys.first().copied() {
            self.move_on(until);
            if self.machine().now() < until {
                return;
            }
            self.journeys.remove(0);
            self.settle(tell);
            tell(&Report::Ended(call, 0));
        }
    }

    /// Goes on until `until` or until the slice is used up, whichever is first.
    fn move_on(&mut self, until: Time) {
        let stop_ms = now_ms() + SLICE_MS;
        while self.machine().now() < until && now_ms() < stop_ms {
            let next = self.machine().next_wake().filter(|next| *next < until).unwrap_or(until);
            self.history.advance_to(next.max(self.machine().now()));
        }
    }

    /// Tells everything that is new.
    fn settle(&mut self, tell: Tell) {
        for (task, channel, bytes) in self.history.machine_mut().take_printed() {
            let Some(call) = self.calls.get(&task) else { continue };
            let channel = match channel {
                session::Channel::Out => Channel::Out,
                session::Channel::Err => Channel::Err,
            };
            let text = String::from_utf8_lossy(&bytes).into_owned();
            tell(&Report::Printed(*call, channel, text));
        }
        for (task, call) in &self.calls {
            if self.machine().reads(*task) && self.readers.insert(*call) {
                tell(&Report::Reads(*call));
            }
        }
        let view = &mut self.view;
        self.history.machine().with_cluster(|cluster| view.follow(cluster.api()));
        let deltas = self.view.take_deltas();
        if !deltas.is_empty() {
            tell(&Report::Changes(deltas));
        }
        self.tell_stopped(tell);
        let traces = self.history.machine_mut().take_traces();
        if let Some(tutor) = &mut self.tutor {
            tutor.observe(&traces);
        }
        if !traces.is_empty() {
            let seen = Counter::seen(&traces);
            let requests = seen.iter().map(|trace| self.view.request(trace));
            tell(&Report::Requests(requests.collect()));
        }
        self.counter.look(self.history.machine(), &self.view, tell);
        let now = self.machine().now();
        if self.told != Some(now) {
            self.told = Some(now);
            tell(&Report::Clock(now.as_micros()));
        }
        for (task, code) in self.history.machine_mut().take_ended() {
            if let Some(call) = self.calls.remove(&task) {
                self.readers.remove(&call);
                tell(&Report::Ended(call, code));
            }
        }
        if let Some(tutor) = &mut self.tutor {
            tutor.look(self.history.machine(), tell);
        }
    }

    /// Tells which machines are switched off, when they are not what they were.
    fn tell_stopped(&mut self, tell: Tell) {
        let is_new = self.history.machine().with_cluster(|cluster| {
            !cluster.stopped_machines().map(Str::as_str).eq(self.stopped.iter().map(String::as_str))
        });
        if is_new {
            self.stopped = self.history.machine().with_cluster(|cluster| {
                cluster.stopped_machines().map(ToString::to_string).collect()
            });
            tell(&Report::Stopped(self.stopped.clone()));
        }
    }
}

fn trouble(error: &LinkError) -> Trouble {
    match error {
        LinkError::NoVersion => Trouble::Foreign,
        LinkError::Version(_) => Trouble::Newer,
        LinkError::TooLarge { .. } => Trouble::TooLarge(error.to_string()),
        LinkError::Letters(_) | LinkError::Unpack | LinkError::Content(_) => {
            Trouble::Damaged(error.to_string())
        }
    }
}

fn setup_of(setup: &Setup) -> session::Setup {
    let profile = match setup.profile.as_str() {
        "eks" => Profile::Eks,
        "local" => Profile::Local,
        _ => Profile::Gke,
    };
    session::Setup { seed: setup.seed, nodes: setup.workers, profile }
}
