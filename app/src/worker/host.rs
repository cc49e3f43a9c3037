//! Obeys the page's commands and lets the session's time pass.

use std::collections::{BTreeMap, BTreeSet};

use podyard_engine::cluster::Profile;
use podyard_engine::openapi::Descriptions;
use podyard_engine::sim::{Delay, Time};
use podyard_engine::view::View;
use podyard_session::link::{self, LinkError};
use podyard_session::{self as session, Action, Entry, Machine, TaskId};

use super::assist::Assistant;
use super::check;
use super::clock::{Metronome, now_ms};
use super::lesson::Tutor;
use super::traffic::Counter;
use crate::protocol::{Advice, Call, Channel, Command, File, Report, Setup, Trouble, Wish};

/// How long one stretch of work may take before the page is heard again.
const SLICE_MS: f64 = 24.0;

/// The machine a person sits at, its clock, and who waits for what.
pub(super) struct Host {
    machine: Machine,
    view: View,
    calls: BTreeMap<TaskId, Call>,
    /// Those of which the page knows that they read what is typed.
    readers: BTreeSet<Call>,
    metronome: Metronome,
    /// Who waits until when, while time is let pass for them.
    journeys: Vec<(Call, Time)>,
    /// What the fields of Kubernetes' types mean, once the page has told.
    descriptions: Descriptions,
    /// All that was done, while an earlier moment of it is shown.
    whole: Option<session::Session>,
    /// The time that was last told.
    told: Option<Time>,
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
        let machine = match command {
            Command::Start(setup) => Machine::new(setup_of(setup)),
            Command::Teach { lesson, packed, step } => {
                let (new, machine) = Tutor::begin(lesson, packed.as_deref(), *step)?;
                tutor = Some(new);
                machine
            }
            Command::Open(text) => match link::unpack(text) {
                Ok(session) => {
                    let machine = Machine::replay(&session);
                    differs = session.hash.is_some_and(|hash| hash != machine.state_hash());
                    machine
                }
                Err(error) => {
                    tell(&Report::Refused(trouble(&error)));
                    Machine::new(session::Setup::default())
                }
            },
            _ => return None,
        };
        let started = machine.session().moment;
        tell(&Report::Started((machine.now() + started.times(-1)).as_micros()));
        if matches!(command, Command::Open(_) | Command::Teach { .. }) {
            let files = machine.files().into_iter().map(|(name, text)| File { name, text });
            tell(&Report::Opened(files.collect()));
        }
        if differs {
            tell(&Report::Differs);
        }
        Some(Self {
            machine,
            view: View::default(),
            calls: BTreeMap::new(),
            readers: BTreeSet::new(),
            metronome: Metronome::default(),
            journeys: Vec::new(),
            descriptions: Descriptions::default(),
            whole: None,
            told: None,
            tutor,
            counter: Counter::default(),
        })
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
        let entries = self.whole.as_ref().map_or(self.machine.entries(), |whole| &whole.entries);
        let run = |entry: &Entry| {
            let Action::Run(line) = &entry.action else { return None };
            Some((entry.at.as_micros(), line.clone()))
        };
        tell(&Report::Deeds(entries.iter().filter_map(run).collect()));
    }

    fn describe(&mut self, descriptions: Descriptions) {
        self.machine.set_descriptions(descriptions.clone());
        self.descriptions = descriptions;
    }

    /// Shows the cluster as it was at a moment of its history: does again what
    /// was done until then. What was done later is kept until something else
    /// is done here.
    fn seek(&mut self, moment: Delay, tell: Tell) {
        for (call, _) in std::mem::take(&mut self.journeys) {
            tell(&Report::Ended(call, 0));
        }
        let whole = self.whole.take().unwrap_or_else(|| self.machine.session());
        let moment = moment.min(whole.moment);
        let part = if moment == whole.moment { whole.clone() } else { whole.until(moment) };
        self.machine = Machine::replay(&part);
        self.machine.set_descriptions(self.descriptions.clone());
        self.whole = (moment < whole.moment).then_some(whole);
        self.view.rewind();
        // What was printed, ended or sent then has been told already.
        drop((self.machine.take_printed(), self.machine.take_ended(), self.machine.take_traces()));
    }

    /// Does what the page asks.
    pub(super) fn obey(&mut self, command: Command, tell: Tell) {
        // What was done later than the moment shown is given up.
        if command.goes_on() {
            self.whole = None;
        }
        match command {
            Command::Seek(micros) => self.seek(Delay::micros(micros), tell),
            Command::Start(_) | Command::Open(_) | Command::Teach { .. } => {}
            Command::Study(step) => self.tutor.iter_mut().for_each(|tutor| tutor.go_to(step)),
            Command::Describe(text) => self.describe(Descriptions::parse(&text)),
            Command::Instruct(text) => session::provide_manual(text),
            Command::Pace(pace) => self.metronome.set(pace),
            Command::Run { call, line, files } => {
                self.write(files);
                if let Some(task) = self.machine.act(Action::Run(line)) {
                    self.calls.insert(task, call);
                }
                self.tell_deeds(tell);
            }
            Command::Look { call, line } => {
                let task = self.machine.look(&line);
                self.calls.insert(task, call);
            }
            Command::Share { call, files, whole } => {
                self.write(files);
                let session = self.machine.session();
                let packed = link::pack(&if whole { session } else { session.only_files() });
                tell(&Report::Printed(call, Channel::Out, packed));
                tell(&Report::Ended(call, 0));
            }
            Command::Interrupt(call) => self.act_on(call, Action::Interrupt),
            Command::Type(call, text) => self.act_on(call, |task| Action::Type(task, text)),
            Command::Advance { call, micros } => {
                let from = self.journeys.last().map_or(self.machine.now(), |(_, until)| *until);
                self.journeys.push((call, from + Delay::micros(micros)));
                self.travel(tell);
            }
            Command::Step => {
                let later = self.machine.now() + Delay::secs(1);
                self.machine.advance_to(self.machine.next_wake().unwrap_or(later));
            }
            Command::AskScheduler { namespace, pod } => {
                let opinion = self
                    .machine
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
            self.machine.act(action(task));
        }
    }

    /// Helps with writing.
    fn advise(&self, files: &[File], wish: Wish) -> Advice {
        let descriptions = &self.descriptions;
        self.machine.with_cluster(|cluster| {
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
            self.move_on(self.machine.now() + passed);
        } else {
            self.travel(tell);
        }
        self.settle(tell);
    }

    /// Writes the files that differ from what the machine has.
    fn write(&mut self, files: Vec<File>) {
        let mut gone = self.machine.files();
        let mut changes = BTreeMap::new();
        for File { name, text } in files {
            if gone.remove(&name).as_ref() != Some(&text) {
                changes.insert(name, Some(text));
            }
        }
        changes.extend(gone.into_keys().map(|name| (name, None)));
        if !changes.is_empty() {
            self.machine.act(Action::Write(changes));
        }
    }

    /// Lets time pass for those who asked for it, as fast as it goes.
    fn travel(&mut self, tell: Tell) {
        while let Some((call, until)) = self.journeys.first().copied() {
            self.move_on(until);
            if self.machine.now() < until {
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
        while self.machine.now() < until && now_ms() < stop_ms {
            let next = self.machine.next_wake().filter(|next| *next < until).unwrap_or(until);
            self.machine.advance_to(next.max(self.machine.now()));
        }
    }

    /// Tells everything that is new.
    fn settle(&mut self, tell: Tell) {
        for (task, channel, bytes) in self.machine.take_printed() {
            let Some(call) = self.calls.get(&task) else { continue };
            let channel = match channel {
                session::Channel::Out => Channel::Out,
                session::Channel::Err => Channel::Err,
            };
            let text = String::from_utf8_lossy(&bytes).into_owned();
            tell(&Report::Printed(*call, channel, text));
        }
        for (task, call) in &self.calls {
            if self.machine.reads(*task) && self.readers.insert(*call) {
                tell(&Report::Reads(*call));
            }
        }
        let view = &mut self.view;
        self.machine.with_cluster(|cluster| view.follow(cluster.api()));
        let deltas = self.view.take_deltas();
        if !deltas.is_empty() {
            tell(&Report::Changes(deltas));
        }
        let traces = self.machine.take_traces();
        if let Some(tutor) = &mut self.tutor {
            tutor.observe(&traces);
        }
        if !traces.is_empty() {
            let seen = Counter::seen(&traces);
            let requests = seen.iter().map(|trace| self.view.request(trace));
            tell(&Report::Requests(requests.collect()));
        }
        self.counter.look(&self.machine, &self.view, tell);
        let now = self.machine.now();
        if self.told != Some(now) {
            self.told = Some(now);
            tell(&Report::Clock(now.as_micros()));
        }
        for (task, code) in self.machine.take_ended() {
            if let Some(call) = self.calls.remove(&task) {
                self.readers.remove(&call);
                tell(&Report::Ended(call, code));
            }
        }
        if let Some(tutor) = &mut self.tutor {
            tutor.look(&self.machine, tell);
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
