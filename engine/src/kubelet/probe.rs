//! The three probes of a container: startup, liveness, readiness.
//!
//! Source: upstream `pkg/kubelet/prober`: each probe has a worker of its own
//! that asks every period, and changes its mind after so many equal answers.

use crate::sim::{Delay, Random, Time};
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
    next_at: Option<Time>,
}

/// The probes of one container.
#[derive(Debug, Clone, Default)]
pub(super) struct Probes(Vec<Probe>);

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
        Self { kind, spec: spec.clone(), passes: false, run: (false, 0), next_at: None }
    }

    fn secs(&self, field: &str, otherwise: i64) -> i64 {
        self.spec[field].as_int().unwrap_or(otherwise)
    }

    fn period(&self) -> Delay {
        Delay::secs(self.secs("periodSeconds", 10).max(1))
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
        Self(probes.map(|(kind, spec)| Probe::new(kind, spec)).collect())
    }

    fn find(&self, kind: Kind) -> Option<&Probe> {
        self.0.iter().find(|probe| probe.kind == kind)
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
    pub(super) fn begin(&mut self, now: Time, random: &mut Random) {
        for probe in &mut self.0 {
            probe.passes = probe.kind == Kind::Liveness;
            probe.run = (false, 0);
            let wait = Delay::secs(probe.secs("initialDelaySeconds", 0));
            // Workers begin within their period, so that not all ask at once.
            let period = probe.period().as_micros();
            let spread = random.below(u64::try_from(period).unwrap_or(1));
            let spread = Delay::micros(i64::try_from(spread).unwrap_or(0));
            let first = if wait > Delay::ZERO { wait } else { spread.min(Delay::millis(700)) };
            probe.next_at = Some(now + first);
        }
    }

    /// Asks next at `at`.
    pub(super) fn ask_at(&mut self, kind: Kind, at: Time) {
        if let Some(probe) = self.0.iter_mut().find(|probe| probe.kind == kind) {
            probe.next_at = Some(at);
        }
    }

    /// Asks no more what is known to be answered alike: time that passes
    /// without a change costs nothing.
    pub(super) fn rest(&mut self, kind: Kind) {
        if let Some(probe) = self.0.iter_mut().find(|probe| probe.kind == kind) {
            probe.next_at = None;
        }
    }

    /// Stops asking.
    pub(super) fn stop(&mut self) {
        for probe in &mut self.0 {
            probe.next_at = None;
            if probe.kind != Kind::Liveness {
                probe.passes = false;
            }
        }
    }

    /// When a probe is due next.
    pub(super) fn next_wake(&self) -> Option<Time> {
        self.0.iter().filter_map(|probe| probe.next_at).min()
    }

    /// The probe that is due, and what it asks; its next time is set.
    pub(super) fn take_due(&mut self, now: Time) -> Option<(Kind, Value)> {
        let started = self.has_started();
        let probe = self.0.iter_mut().find(|probe| probe.next_at.is_some_and(|at| at <= now))?;
        let period = probe.period();
        if let Some(at) = &mut probe.next_at {
            while *at <= now {
                *at += period;
            }
        }
        if probe.kind == Kind::Startup && probe.passes {
            probe.next_at = None;
            return self.take_due(now);
        }
        if probe.kind != Kind::Startup && !started {
            return self.take_due(now);
        }
        Some((probe.kind, probe.spec.clone()))
    }

    /// Takes in an answer and says what it changes.
    pub(super) fn note(&mut self, kind: Kind, success: bool) -> Verdict {
        let Some(probe) = self.0.iter_mut().find(|probe| probe.kind == kind) else {
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
        probes.begin(Time::from_secs(0), &mut Random::new(1));
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
        probes.begin(Time::from_secs(0), &mut Random::new(1));
        let due = probes.take_due(Time::from_secs(5)).map(|(kind, _)| kind);
        assert_eq!(due, Some(Kind::Startup));
        assert_eq!(probes.take_due(Time::from_secs(5)).map(|(kind, _)| kind), None);
        assert_eq!(probes.note(Kind::Startup, true), Verdict::Passes);
        let due = probes.take_due(Time::from_secs(7)).map(|(kind, _)| kind);
        assert_eq!(due, Some(Kind::Readiness));
    }
}
