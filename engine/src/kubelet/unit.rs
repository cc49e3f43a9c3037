//! One container of a Pod as its kubelet sees it: what it is for, what it
//! does now, what it did last.

use super::backoff::Backoff;
use super::probe::Probes;
use super::runtime::Running;
use crate::sim::Time;
use crate::value;
use crate::value::{Str, Value};

/// What a container is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Runs to its end before the next begins.
    Init,
    /// An init container that stays (`restartPolicy: Always`).
    Sidecar,
    /// One of `spec.containers`.
    Main,
    /// One that was added to look into the Pod: it starts once, whatever the
    /// others do.
    Ephemeral,
}

/// What a container does.
#[derive(Debug, Clone)]
pub(super) enum State {
    /// It has never run, or waits to run again.
    Waiting,
    /// It runs.
    Running(Box<Running>),
    /// It has ended.
    Ended(Ending),
}

/// How a container ended.
#[derive(Debug, Clone)]
pub(super) struct Ending {
    pub(super) exit_code: i64,
    pub(super) reason: Str,
    pub(super) message: String,
    /// `None` when it never began: the year 1970 in statuses.
    pub(super) started_at: Option<Time>,
    pub(super) finished_at: Time,
    pub(super) container_id: Str,
}

/// One container.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub(super) name: Str,
    pub(super) role: Role,
    pub(super) state: State,
    /// The run before the present one.
    pub(super) last: Option<Ending>,
    pub(super) restarts: i64,
    pub(super) started_at: Option<Time>,
    pub(super) container_id: Str,
    pub(super) image_id: Str,
    /// The image that it was started with, as declared.
    pub(super) declared_image: String,
    /// Why it was stopped to start again, from then until it does.
    pub(super) restart: Option<Restart>,
    /// The image as the runtime names it, once there is a container.
    pub(super) image: Str,
    /// Why the last try to start it failed, as statuses show it.
    pub(super) trouble: Option<Trouble>,
    /// Why the hook after its start failed, until it has been stopped for that.
    pub(super) hook_failure: Option<String>,
    pub(super) crash: Backoff,
    pub(super) pull: Backoff,
    pub(super) probes: Probes,
    /// What its logs were when it ran before.
    pub(super) previous: Option<Box<Running>>,
}

/// Why a container was stopped that is to start again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Restart {
    /// A probe found it dead.
    Failed,
    /// It is declared otherwise now: it starts again whatever the policy.
    Changed,
}

/// Why a container does not start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// `ErrImagePull`, `CrashLoopBackOff`, …
    pub(super) reason: &'static str,
    /// The words.
    pub(super) message: String,
}

impl Ending {
    /// The `terminated` state of a status.
    pub(super) fn to_value(&self) -> Value {
        let time = |at: Option<Time>| at.unwrap_or_default().rfc3339();
        let mut state = value!({
            "exitCode": (self.exit_code),
            "startedAt": (time(self.started_at)),
            "finishedAt": (time(Some(self.finished_at))),
        });
        state.set_nonzero("reason", &self.reason);
        state.set_nonzero("message", self.message.as_str());
        state.set_nonzero("containerID", &self.container_id);
        state
    }
}

impl Unit {
    /// A container that has not been made yet.
    pub(super) fn new(container: &Value, role: Role) -> Self {
        Self {
            name: container["name"].as_shared().cloned().unwrap_or_default(),
            role,
            state: State::Waiting,
            last: None,
            restarts: 0,
            started_at: None,
            container_id: Str::default(),
            image_id: Str::default(),
            image: Str::default(),
            declared_image: String::new(),
            restart: None,
            trouble: None,
            hook_failure: None,
            crash: Backoff::default(),
            pull: Backoff::default(),
            probes: Probes::new(container),
            previous: None,
        }
    }

    /// Whether it runs.
    pub(super) fn is_running(&self) -> bool {
        matches!(self.state, State::Running(_))
    }

    /// How it ended, if it has and has not been started again.
    pub(super) fn ending(&self) -> Option<&Ending> {
        if let State::Ended(ending) = &self.state { Some(ending) } else { None }
    }

    /// Whether it has ever run.
    pub(super) fn has_begun(&self) -> bool {
        !matches!(self.state, State::Waiting) || self.last.is_some()
    }

    /// Whether it has been stopped and starts again at once.
    pub(super) fn is_turning_over(&self) -> bool {
        self.restart.is_some() && self.ending().is_some()
    }

    /// Whether it ran to its end without failing.
    pub(super) fn has_succeeded(&self) -> bool {
        self.ending().is_some_and(|ending| ending.exit_code == 0)
    }

    /// The `containerStatuses` entry of this container.
    pub(super) fn status(&self, container: &Value, waiting_for: &'static str) -> Value {
        let shown = self.shown_state(waiting_for);
        let ready = self.is_ready();
        let given = self.image.is_empty().then(|| container["image"].clone());
        let image = given.unwrap_or_else(|| (&self.image).into());
        let mut status = value!({
            "name": (&self.name),
            "image": image,
            "imageID": (&self.image_id),
            "ready": ready,
            "started": (self.is_running() && self.probes.has_started()),
            "restartCount": (self.restarts),
            "state": shown,
            "lastState": {},
        });
        if self.role == Role::Init {
            // An init container is ready when it is done.
            status.set("ready", self.has_succeeded());
        }
        if self.role == Role::Ephemeral {
            // It has no probes, hence nothing that says it has started.
            status.remove("started");
        }
        status.set_nonzero("containerID", &self.container_id);
        let shows_ending = self.ending().is_some() && self.is_held_back();
        let last = if shows_ending { self.ending() } else { self.last.as_ref() };
        if let Some(last) = last {
            status.set("lastState", value!({ "terminated": (last.to_value()) }));
        }
        status.set_nonzero("volumeMounts", mounts(container));
        status
    }

    /// Whether it runs and answers its readiness probe.
    pub(super) fn is_ready(&self) -> bool {
        self.is_running() && self.probes.is_ready()
    }

    /// Whether its next start waits, which its state shows.
    pub(super) fn is_held_back(&self) -> bool {
        self.trouble.is_some()
    }

    fn shown_state(&self, waiting_for: &'static str) -> Value {
        if let (Some(trouble), false) = (&self.trouble, self.is_running()) {
            let mut waiting = value!({ "reason": (trouble.reason) });
            waiting.set_nonzero("message", trouble.message.as_str());
            return value!({ "waiting": waiting });
        }
        match &self.state {
            State::Waiting => value!({ "waiting": { "reason": waiting_for } }),
            State::Running(_) => {
                let since = self.started_at.unwrap_or_default().rfc3339();
                value!({ "running": { "startedAt": since } })
            }
            State::Ended(ending) => value!({ "terminated": (ending.to_value()) }),
        }
    }
}

/// The mounts as statuses list them.
fn mounts(container: &Value) -> Value {
    let mounts = container["volumeMounts"].items().iter().map(|mount| {
        let mut own = value!({ "name": &mount["name"], "mountPath": &mount["mountPath"] });
        if mount["readOnly"].is_true() {
            own.set("readOnly", true);
            own.set("recursiveReadOnly", "Disabled");
        }
        own
    });
    mounts.collect()
}
