//! Going back in time: a machine, and copies of it along its way.
//!
//! To show a moment, the latest copy before it goes on from there. So the end
//! of an hour is shown as soon as its beginning, and what is shown is what a
//! replay from the start would show, to the byte.

use std::collections::BTreeMap;

use podyard_engine::sim::{Delay, Time};

use crate::action::{Action, Entry, START, Session, TaskId};
use crate::machine::Machine;

/// How many copies are kept at most. Beyond that every other one goes, and the
/// next ones are taken at twice the distance.
const COPIES_MAX: usize = 64;
/// How many Pods there may be in all copies: of a large cluster there are fewer.
const PODS_MAX: usize = 12_000;
/// As many copies are kept of any cluster.
const COPIES_MIN: usize = 4;
/// How much is done from one copy to the next at first: so much is soon done
/// again.
const DISTANCE: u64 = 400;
/// And at least so much for each Pod, for which a copy costs its time too.
const DISTANCE_A_POD: u64 = 4;
/// How often it is asked whether a copy is due.
const LOOK: Delay = Delay::secs(5);

/// A machine that can be shown as it was at any moment of its history.
pub struct History {
    machine: Machine,
    /// All that was done, while an earlier moment of it is shown.
    whole: Option<Session>,
    copies: BTreeMap<Time, Copied>,
    distance: u64,
}

/// A machine without its record, of which it had done so many entries.
struct Copied {
    machine: Machine,
    count: usize,
    work: u64,
    pods: usize,
}

impl Copied {
    /// The machine as it was, with its part of all that was done.
    fn revive(&self, whole: &Session) -> Option<Machine> {
        self.machine.copy(whole.entries.get(..self.count)?.to_vec())
    }
}

impl History {
    /// The history of a machine, from here on; what it has done before is done
    /// again where it is asked for.
    pub fn new(machine: Machine) -> Self {
        Self { machine, whole: None, copies: BTreeMap::new(), distance: DISTANCE }
    }

    /// Does again what a session did, up to the moment it shows.
    pub fn replay(session: &Session) -> Self {
        let mut history = Self::new(Machine::new(session.setup.clone()));
        history.go_through(session, session.moment);
        history
    }

    /// The machine at the moment that is shown.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The machine, to look around in it and to take what it has to tell. Only
    /// the history itself acts and lets time pass.
    pub fn machine_mut(&mut self) -> &mut Machine {
        &mut self.machine
    }

    /// What was done, in order, also later than the moment that is shown.
    pub fn entries(&self) -> &[Entry] {
        self.whole.as_ref().map_or(self.machine.entries(), |whole| &whole.entries)
    }

    /// How many copies of the machine there are.
    pub fn copy_count(&self) -> usize {
        self.copies.len()
    }

    /// Does what a person does. What was done later than the moment that is
    /// shown is given up.
    pub fn act(&mut self, action: Action) -> Option<TaskId> {
        self.branch();
        self.copy_beginning();
        self.machine.act(action)
    }

    /// Gives up what was done later than the moment that is shown.
    pub fn branch(&mut self) {
        if self.whole.take().is_some() {
            let (now, count) = (self.machine.now(), self.machine.entries().len());
            self.copies.retain(|at, copied| *at <= now && copied.count <= count);
        }
    }

    /// Lets time pass until `to`; what was done later than the moment that is
    /// shown is given up.
    pub fn advance_to(&mut self, to: Time) {
        self.branch();
        self.pass_to(to);
    }

    fn pass_to(&mut self, to: Time) {
        self.copy_beginning();
        loop {
            let stop = to.min(self.machine.now() + LOOK);
            self.machine.advance_to(stop);
            if self.is_copy_due() {
                self.copy();
            }
            if stop >= to {
                return;
            }
        }
    }

    /// Shows the machine as it was at a moment of its history, or as it is at
    /// the end. What was done later is kept until something else is done.
    pub fn seek(&mut self, moment: Delay) {
        let whole = self.whole.take();
        let is_past = whole.is_some();
        let whole = whole.unwrap_or_else(|| self.machine.record());
        let moment = moment.min(whole.moment);
        let now = self.machine.now();
        // The machine itself may be nearest, when time goes forward.
        let from = self.copies.range(..=START + moment).next_back();
        let is_nearest = is_past && now <= START + moment && from.is_none_or(|(at, _)| *at <= now);
        if !is_nearest {
            let again = from.and_then(|(_, copied)| copied.revive(&whole));
            self.machine = again.unwrap_or_else(|| Machine::new(whole.setup.clone()));
        }
        self.go_through(&whole, moment);
        self.whole = (moment < whole.moment).then_some(whole);
    }

    /// Does what a session did after what the machine has done, until `moment`.
    fn go_through(&mut self, session: &Session, moment: Delay) {
        let done = self.machine.entries().len();
        let rest = session.entries.iter().skip(done);
        for entry in rest.take_while(|entry| entry.at <= moment) {
            self.pass_to(START + entry.at);
            self.machine.act(entry.action.clone());
        }
        self.pass_to(START + moment);
    }

    /// Keeps a copy from before anything happens. Nobody waits for it who only
    /// wants to see the machine.
    fn copy_beginning(&mut self) {
        if self.copies.is_empty() {
            self.copy();
        }
    }

    fn is_copy_due(&self) -> bool {
        let before = self.copies.range(..=self.machine.now()).next_back();
        before.is_none_or(|(_, copied)| {
            let least = DISTANCE_A_POD * copied.pods as u64;
            self.machine.work() >= copied.work + self.distance.max(least)
        })
    }

    /// Keeps a copy of the machine, if it can be copied just now.
    fn copy(&mut self) {
        let Some(machine) = self.machine.copy(Vec::new()) else { return };
        let pods = machine.with_cluster(|own| own.api().store().count(own.kinds().pod));
        let count = self.machine.entries().len();
        let copied = Copied { machine, count, work: self.machine.work(), pods };
        self.copies.insert(self.machine.now(), copied);
        while self.copies.len() > COPIES_MIN && self.are_too_many() {
            self.thin_out();
        }
    }

    fn are_too_many(&self) -> bool {
        let pods: usize = self.copies.values().map(|copied| copied.pods).sum();
        self.copies.len() > COPIES_MAX || pods > PODS_MAX
    }

    /// Drops copies until the rest are twice as far from each other.
    fn thin_out(&mut self) {
        self.distance *= 2;
        let mut next = 0;
        self.copies.retain(|_, copied| {
            let stays = copied.work >= next;
            if stays {
                next = copied.work + self.distance;
            }
            stays
        });
    }
}
