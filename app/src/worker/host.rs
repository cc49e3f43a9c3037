//! Obeys the page's commands and lets the cluster's time pass.

use podyard_engine::sim::{Delay, Time};
use podyard_engine::view::View;

use super::check;
use super::clock::{Metronome, now_ms, today};
use super::console::{self, Printed};
use super::tasks::Tasks;
use super::world::World;
use crate::protocol::{Call, Command, Report, Setup};

/// How long one stretch of work may take before the page is heard again.
const SLICE_MS: f64 = 24.0;
/// The exit code of a command that was cut off, as a shell gives it.
const INTERRUPTED: i32 = 130;

/// The cluster, its clock, and who waits for what.
pub(super) struct Host {
    world: World,
    view: View,
    tasks: Tasks,
    printed: Printed,
    ended: Vec<(Call, i32)>,
    metronome: Metronome,
    /// Who waits until when, while time is let pass for them.
    journeys: Vec<(Call, Time)>,
    /// The time that was last told.
    told: Option<Time>,
}

/// Where reports go.
type Tell<'a> = &'a dyn Fn(&Report);

impl Host {
    /// A host with a new cluster.
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            world: World::new(setup, today()),
            view: View::default(),
            tasks: Tasks::default(),
            printed: Printed::default(),
            ended: Vec::new(),
            metronome: Metronome::default(),
            journeys: Vec::new(),
            told: None,
        }
    }

    /// Tells where the new cluster's time begins, and how fast it goes.
    pub(super) fn begin(&mut self, metronome: Metronome, tell: Tell) {
        self.metronome = metronome;
        tell(&Report::Started(self.world.now().as_micros()));
        self.settle(tell);
    }

    /// The clock's speed, for the cluster that follows.
    pub(super) fn metronome(&self) -> Metronome {
        self.metronome
    }

    /// Does what the page asks.
    pub(super) fn obey(&mut self, command: Command, tell: Tell) {
        match command {
            Command::Start(_) => {}
            Command::Pace(pace) => self.metronome.set(pace),
            Command::Run { call, line, files } => {
                let task = console::start(call, &line, files, self.world.clone(), &self.printed);
                self.tasks.add(call, task);
            }
            Command::Interrupt(call) => {
                if self.tasks.drop(call) {
                    self.ended.push((call, INTERRUPTED));
                }
            }
            Command::Advance { call, micros } => {
                let from = self.journeys.last().map_or(self.world.now(), |(_, until)| *until);
                self.journeys.push((call, from + Delay::micros(micros)));
                self.travel(tell);
            }
            Command::Step => {
                let later = self.world.now() + Delay::secs(1);
                self.world.advance_to(self.world.next_wake().unwrap_or(later));
            }
            Command::Check { edition, files } => {
                tell(&Report::Problems(edition, check::problems(&files)));
            }
        }
        self.settle(tell);
    }

    /// Lets time pass as the clock on the wall does, and tells what is new.
    pub(super) fn tick(&mut self, tell: Tell) {
        let passed = self.metronome.beat();
        if self.journeys.is_empty() {
            self.move_on(self.world.now() + passed);
        } else {
            self.travel(tell);
        }
        self.settle(tell);
    }

    /// Lets time pass for those who asked for it, as fast as it goes.
    fn travel(&mut self, tell: Tell) {
        while let Some((call, until)) = self.journeys.first().copied() {
            self.move_on(until);
            if self.world.now() < until {
                return;
            }
            self.journeys.remove(0);
            self.settle(tell);
            self.ended.push((call, 0));
        }
    }

    /// Goes on until `until` or until the slice is used up, whichever is first.
    fn move_on(&mut self, until: Time) {
        let stop_ms = now_ms() + SLICE_MS;
        while self.world.now() < until && now_ms() < stop_ms {
            let next = self.world.next_wake().filter(|next| *next < until).unwrap_or(until);
            self.world.advance_to(next.max(self.world.now()));
            if !self.tasks.is_empty() {
                self.ended.extend(self.tasks.poll());
            }
        }
    }

    /// Tells everything that is new.
    fn settle(&mut self, tell: Tell) {
        self.ended.extend(self.tasks.poll());
        for (call, channel, text) in self.printed.take() {
            tell(&Report::Printed(call, channel, text));
        }
        let deltas = self.world.deltas(&mut self.view);
        if !deltas.is_empty() {
            tell(&Report::Changes(deltas));
        }
        let now = self.world.now();
        if self.told != Some(now) {
            self.told = Some(now);
            tell(&Report::Clock(now.as_micros()));
        }
        for (call, code) in std::mem::take(&mut self.ended) {
            tell(&Report::Ended(call, code));
        }
    }
}
