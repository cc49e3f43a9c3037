//! The three probes of a container: startup, liveness, readiness.
//!
//! Source: upstream `pkg/kubelet/prober`: each probe has a worker of its own
//! that begins with the Pod, before its containers, and asks every period. It
//! asks nothing before the status tells that the container runs. While a
//! container is not ready, each look at the Pod asks as well.

use crate::sim::{Delay, Time};
use crate::value::Value;

/// Which probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Holds back the others until it has succeeded once.
    Startup,
    /// Its failure restarts the container.
    Liveness,
    /// Its failure takes the Pod out of Services.
    Readiness,
}

/// The state of one probe.
#[derive(Debug, Clone)]
struct Probe {
    kind: Kind,
    spec: Value,
    passes: bool,
    /// How many equal answers came last, and what they were.
    run: (bool, i64),
    turn: Turn,
}

/// When a probe asks next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Not before it is known that the container runs.
    Later,
    /// Then.
    At(Time),
    /// Never again in this run of the container.
    Never,
}

/// The probes of one container.
#[derive(Debug, Clone, Default)]
pub(super) struct Probes {
    all: Vec<Probe>,
    /// When their workers began, from which their periods count.
    since: Time,
}

/// What an answer changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing yet.
    Same,
    /// The probe now passes.
    Passes,
    /// The probe now fails.
    Fails,
}

impl Probe {
    fn new(kind: Kind, spec: &Value) -> Self {
        Self { kind, spec: spec.clone(), passes: false, run: (false, 0), turn: Turn::Later }
    }

    fn secs(&self, field: &str, otherwise: i64) -> i64 {
        self.spec[field].as_int().unwrap_or(otherwise)
    }

    fn period(&self) -> Delay {
        Delay::secs(self.secs("periodSeconds", 10).max(1))
    }

    fn next_at(&self) -> Option<Time> {
        if let Turn::At(at) = self.turn { Some(at) } else { None }
    }

    /// The first tick after `now` of a worker that began at `since`.
    fn tick_after(&self, now: Time, since: Time) -> Time {
        let period = self.period();
        let past = now.since(since).as_micros().rem_euclid(period.as_micros());
        now + (period - Delay::micros(past))
    }

    /// When a container that started then may be asked first. Statuses tell
    /// whole seconds.
    fn earliest(&self, started_at: Time) -> Time {
        let told = Time::from_secs(started_at.as_secs());
        told + Delay::secs(self.secs("initialDelaySeconds", 0))
    }
}

impl Probes {
    /// The probes that a container declares.
    pub(super) fn new(container: &Value) -> Self {
        let declared = [
            (Kind::Startup, &container["startupProbe"]),
            (Kind::Liveness, &container["livenessProbe"]),
            (Kind::Readiness, &container["readinessProbe"]),
        ];
        let probes = declared.into_iter().filter(|(_, spec)| !spec.is_null());
        let all = probes.map(|(kind, spec)| Probe::new(kind, spec)).collect();
        Self { all, since: Time::default() }
    }

    /// Starts their workers.
    pub(super) fn work_from(&mut self, now: Time) {
        self.since = now;
    }

    fn find(&self, kind: Kind) -> Option<&Probe> {
        self.all.iter().find(|probe| probe.kind == kind)
    }

    /// Whether the startup probe has passed, if there is one.
    pub(super) fn has_started(&self) -> bool {
        self.find(Kind::Startup).is_none_or(|probe| probe.passes)
    }

    /// Whether the readiness probe passes, if there is one.
    pub(super) fn is_ready(&self) -> bool {
        self.has_started() && self.find(Kind::Readiness).is_none_or(|probe| probe.passes)
    }

    /// Begins anew with a container that has just been started.
    pub(super) fn begin(&mut self) {
        for probe in &mut self.all {
            probe.passes = probe.kind == Kind::Liveness;
            probe.run = (false, 0);
            probe.turn = Turn::Later;
        }
    }

    /// A look at the Pod: its status tells that the container runs since
    /// `started_at`. Who is not ready is asked at once.
    pub(super) fn look(&mut self, now: Time, started_at: Time) {
        let (started, ready) = (self.has_started(), self.is_ready());
        for probe in &mut self.all {
            let earliest = probe.earliest(started_at);
            if probe.kind == Kind::Readiness && started && !ready && earliest <= now {
                probe.turn = Turn::At(now);
            } else if probe.turn == Turn::Later {
                let mut tick = probe.tick_after(now, self.since);
                while tick < earliest {
                    tick += probe.period();
                }
                probe.turn = Turn::At(tick);
            }
        }
    }

    /// Asks no more what is known to be answered alike: time that passes
    /// without a change costs nothing.
    pub(super) fn rest(&mut self, kind: Kind) {
        if let Some(probe) = self.all.iter_mut().find(|probe| probe.kind == kind) {
            probe.turn = Turn::Never;
        }
    }

    /// Stops asking.
    pub(super) fn stop(&mut self) {
        for probe in &mut self.all {
            probe.turn = Turn::Never;
            if probe.kind != Kind::Liveness {
                probe.passes = false;
            }
        }
    }

    /// When a probe is due next.
    pub(super) fn next_wake(&self) -> Option<Time> {
        self.all.iter().filter_map(Probe::next_at).min()
    }

    /// The probes that are due, and what they ask; their next times are set.
    /// All go by the same status: that one passes now is news to the others.
    pub(super) fn take_due(&mut self, now: Time) -> Vec<(Kind, Value)> {
        let (started, since) = (self.has_started(), self.since);
        let mut due = Vec::new();
        for probe in &mut self.all {
            if probe.next_at().is_none_or(|at| at > now) {
                continue;
            }
            probe.turn = Turn::At(probe.tick_after(now, since));
            if probe.kind == Kind::Startup && probe.passes {
                probe.turn = Turn::Never;
            } else if probe.kind == Kind::Startup || started {
                due.push((probe.kind, probe.spec.clone()));
            }
        }
        due
    }

    /// Takes in an answer and says what it changes.
    pub(super) fn note(&mut self, kind: Kind, success: bool) -> Verdict {
        let Some(probe) = self.all.iter_mut().find(|probe| probe.kind == kind) else {
            return Verdict::Same;
        };
        let (last, count) = &mut probe.run;
        if *last == success && *count > 0 {
            *count += 1;
        } else {
            (*last, *count) = (success, 1);
        }
        let count = *count;
        let threshold = if success {
            probe.secs("successThreshold", 1)
        } else {
            probe.secs("failureThreshold", 3)
        };
        if count < threshold {
            return Verdict::Same;
        }
        match (success, probe.passes) {
            (true, false) => {
                probe.passes = true;
                Verdict::Passes
            }
            // Failing liveness and startup probes fail for good: a restart follows.
            (false, true) => {
                probe.passes = false;
                Verdict::Fails
            }
            (false, false) if kind == Kind::Startup => Verdict::Fails,
            _ => Verdict::Same,
        }
    }
}

impl Kind {
    /// As events name it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Startup => "Startup",
            Self::Liveness => "Liveness",
            Self::Readiness => "Readiness",
        }
    }

    /// As the event of a restart names it.
    pub(super) fn lower_name(self) -> &'static str {
        match self {
            Self::Startup => "startup",
            Self::Liveness => "liveness",
            Self::Readiness => "readiness",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    #[test]
    fn a_probe_changes_its_mind_after_so_many_answers() {
        let container = value!({
            "readinessProbe": { "failureThreshold": 2, "successThreshold": 2, "periodSeconds": 1 },
        });
        let mut probes = Probes::new(&container);
        probes.begin();
        let answers = [true, true, false, true, false, false];
        let verdicts: Vec<Verdict> =
            answers.iter().map(|answer| probes.note(Kind::Readiness, *answer)).collect();
        use Verdict::{Fails, Passes, Same};
        assert_eq!(verdicts, [Same, Passes, Same, Same, Same, Fails]);
    }

    #[test]
    fn the_others_wait_for_the_startup_probe() {
        let container = value!({
            "startupProbe": { "periodSeconds": 1 },
            "readinessProbe": { "periodSeconds": 1 },
        });
        let mut probes = Probes::new(&container);
        probes.work_from(Time::from_secs(0));
        probes.begin();
        probes.look(Time::from_secs(3), Time::from_secs(2));
        let due = |probes: &mut Probes, secs| {
            let due = probes.take_due(Time::from_secs(secs)).into_iter();
            due.map(|(kind, _)| kind).collect::<Vec<Kind>>()
        };
        assert_eq!(due(&mut probes, 5), [Kind::Startup]);
        assert_eq!(due(&mut probes, 5), []);
        assert_eq!(probes.note(Kind::Startup, true), Verdict::Passes);
        assert_eq!(due(&mut probes, 7), [Kind::Readiness]);
    }

    fn check_first(container: &Value, look: i64, expected: i64) {
        let mut probes = Probes::new(container);
        probes.work_from(Time::from_secs(1));
        probes.begin();
        probes.look(Time::from_secs(look), Time::from_secs(3));
        assert_eq!(probes.next_wake(), Some(Time::from_secs(expected)), "{}", container.to_json());
    }

    #[test]
    fn the_first_question_comes_at_a_tick_and_to_the_unready_at_once() {
        check_first(&value!({ "livenessProbe": {} }), 4, 11);
        check_first(&value!({ "livenessProbe": { "initialDelaySeconds": 9 } }), 4, 21);
        check_first(&value!({ "readinessProbe": {} }), 4, 4);
        check_first(&value!({ "readinessProbe": { "initialDelaySeconds": 2 } }), 4, 11);
        check_first(&value!({ "startupProbe": { "periodSeconds": 2 } }), 4, 5);
    }
}
