//! Bringing a Pod's containers to what its spec wishes, step by step.
//!
//! Source: upstream `pkg/kubelet/kubelet.go` (`SyncPod`) and
//! `kuberuntime_manager.go` (`SyncPod`, `doBackOff`).

use super::backoff::Backoff;
use super::node::Node;
use super::runtime::Beside;
use super::status;
use super::unit::{Ending, Restart, Role, State, Trouble, Unit};
use super::worker::{End, Step, Worker, others};
use crate::api::pod::PodView;
use crate::apiserver::WriteOptions;
use crate::recorder::Note;
use crate::sim::{Delay, Time};
use crate::value::Value;

/// How often volumes that show API objects are filled anew.
const REFRESH: Delay = Delay::secs(60);
/// Making the volumes, and then the sandbox: namespaces, the pause container,
/// the network.
const VOLUMES: Delay = Delay::millis(245);
const SANDBOX: Delay = Delay::millis(45);
/// Making one container.
pub(super) const CREATE: Delay = Delay::millis(4);
/// Starting one container.
const START: Delay = Delay::millis(70);
/// A failed sync is tried again after this, and up to half as much more.
const RETRY: Delay = Delay::secs(10);
/// The first wait for volumes that are not there, and the longest.
const MOUNT_WAIT_MIN: Delay = Delay::millis(500);
const MOUNT_WAIT_MAX: Delay = Delay::secs(122);

impl Worker {
    /// Writes the status if it has changed.
    pub(super) fn report(&mut self, node: &mut Node<'_>) {
        let status = status::generate(self, node.host_ip, node.api.stamp());
        if status == self.pod["status"] {
            return;
        }
        let Some(mut current) = self.in_api(node) else { return };
        // What others wrote into the status (nominated node, their conditions) stays.
        let own = std::mem::replace(&mut current["status"], Value::Null);
        current["status"] = if own == self.pod["status"] {
            status
        } else {
            self.pod["status"] = own;
            status::generate(self, node.host_ip, node.api.stamp())
        };
        let written = node.api.update(node.kinds.pod, current, &WriteOptions::status_by("kubelet"));
        if let Ok(written) = written {
            self.pod["status"] = written["status"].clone();
            self.reported = node.api.store().revision();
        }
    }

    /// One look at the Pod: report, then begin what is to be done.
    pub(super) fn sync(&mut self, node: &mut Node<'_>) {
        self.sync_at = None;
        self.fresh_at = node.next_relist();
        if self.end == End::No && PodView(&self.pod).is_deleting() {
            self.begin_stop(None, node);
            return;
        }
        if self.end != End::No {
            return;
        }
        if self.check_deadline(node) {
            return;
        }
        if self.is_done() {
            self.settle(node);
            return;
        }
        if !self.units.iter().any(Unit::is_turning_over) {
            self.report(node);
            self.look_at_probes(node);
        }
        self.stop_what_changed(node);
        if !self.sandbox {
            self.prepare(node);
            return;
        }
        let starts = self.to_start();
        self.begin_starts(starts, node);
    }

    /// Now that the status tells which containers run, they may be asked.
    fn look_at_probes(&mut self, node: &Node<'_>) {
        for unit in self.units.iter_mut().filter(|unit| unit.is_running()) {
            if let Some(started_at) = unit.started_at {
                unit.probes.look(node.now(), started_at);
            }
        }
    }

    /// All containers have ended by themselves. The end of the Pod is told one
    /// look later than that of its containers: nothing may be left of it then.
    fn settle(&mut self, node: &mut Node<'_>) {
        if self.failure.is_some() || std::mem::replace(&mut self.settling, true) {
            self.forget_earlier_runs();
            self.finish(node);
            return;
        }
        self.report(node);
        self.want_sync(node.next_relist());
    }

    /// Stops the containers that are declared otherwise than they run; they
    /// start again as declared, whatever the restart policy.
    fn stop_what_changed(&mut self, node: &mut Node<'_>) {
        let changed = |(index, unit): &(usize, &Unit)| {
            matches!(unit.role, Role::Main | Role::Sidecar)
                && unit.is_running()
                && unit.restart != Some(Restart::Changed)
                && unit.declared_image != *self.container(*index)["image"].text()
        };
        let units = self.units.iter().enumerate().filter(changed);
        let changed: Vec<usize> = units.map(|(index, _)| index).collect();
        for index in changed {
            let Some(unit) = self.units.get_mut(index) else { continue };
            unit.crash = Backoff::default();
            let message = format!("Container {} definition changed, will be restarted", unit.name);
            self.stop_for_restart(index, Restart::Changed, &message, node);
        }
    }

    /// Sets up the volumes; the sandbox follows when all are there.
    fn prepare(&mut self, node: &mut Node<'_>) {
        if !self.attach_disks(node) {
            return;
        }
        let ip = self.ip.clone();
        let troubles = node.set_up_volumes(&self.pod, &ip, &mut self.volumes);
        if troubles.is_empty() {
            self.steps.push_back(Step::Sandbox);
            self.step_at = Some(node.now() + VOLUMES.times(node.pace));
            return;
        }
        for (name, trouble) in troubles {
            let message = format!("MountVolume.SetUp failed for volume \"{name}\" : {trouble}");
            node.tell(Note::warning(&self.pod, "FailedMount", message));
        }
        let doubled = self.mount_wait.times(2).min(MOUNT_WAIT_MAX);
        self.mount_wait = doubled.max(MOUNT_WAIT_MIN);
        self.want_sync(node.now() + self.mount_wait);
    }

    /// Queues the steps of the containers that may start now.
    fn begin_starts(&mut self, starts: Vec<usize>, node: &mut Node<'_>) {
        for index in starts {
            if self.is_backing_off(index, node) {
                continue;
            }
            self.steps.extend([Step::Pull(index), Step::Create(index), Step::Start(index)]);
        }
        if self.steps.is_empty() {
            self.end_sync(node);
        } else {
            self.step_at = Some(node.now());
        }
    }

    /// Whether a container that crashed must wait; tells of it.
    fn is_backing_off(&mut self, index: usize, node: &mut Node<'_>) -> bool {
        let now = node.now();
        let uid = self.uid.clone();
        let metadata = &self.pod["metadata"];
        let full_name = format!("{}_{}", metadata["name"].text(), metadata["namespace"].text());
        let path = self.field_path(index);
        let Some(unit) = self.units.get_mut(index) else { return false };
        // What was stopped a moment ago to start again waits if the run before did not last.
        let stopped = unit.restart.take_if(|why| *why == Restart::Failed).is_some();
        let ending = if stopped { unit.last.as_ref() } else { unit.ending() };
        let Some(ending) = ending.cloned() else { return false };
        if !unit.crash.holds(ending.finished_at, now) {
            unit.crash.fail(now);
            return false;
        }
        let name = unit.name.clone();
        let message =
            format!("Back-off restarting failed container {name} in pod {full_name}({uid})");
        let first = unit.trouble.as_ref().is_none_or(|own| own.reason != "CrashLoopBackOff");
        unit.trouble = Some(Trouble {
            reason: "CrashLoopBackOff",
            message: format!(
                "back-off {} restarting failed container={name} pod={full_name}({uid})",
                go_duration(unit.crash.delay())
            ),
        });
        node.tell(Note::warning(&self.pod, "BackOff", message).at(path));
        if first {
            // The state shows at the next look, which comes with the next relist.
            self.want_sync(node.next_relist());
        }
        true
    }

    /// Does the next step; says whether the sync goes on.
    pub(super) fn step(&mut self, node: &mut Node<'_>) {
        let Some(step) = self.steps.pop_front() else {
            self.step_at = None;
            return;
        };
        let wait = match step {
            Step::Sandbox => {
                self.steps.push_front(Step::Enter);
                node.turns.take(SANDBOX, node.api.now())
            }
            Step::Enter => self.enter_sandbox(node),
            Step::Pull(index) => self.pull(index, node),
            Step::Fail(index) => self.pull_failed(index, node),
            Step::Create(index) => self.create(index, node),
            Step::Start(index) => self.start(index, node),
        };
        if self.steps.is_empty() {
            self.step_at = None;
            self.end_sync(node);
        } else {
            self.step_at = Some(node.now() + wait.times(node.pace));
        }
    }

    fn enter_sandbox(&mut self, node: &mut Node<'_>) -> Delay {
        self.sandbox = true;
        self.mounted_at = node.now();
        for unit in &mut self.units {
            unit.probes.work_from(node.now());
        }
        self.ip = node.address(&self.pod);
        self.want_sync(node.next_relist());
        for index in self.to_start() {
            self.steps.extend([Step::Pull(index), Step::Create(index), Step::Start(index)]);
        }
        Delay::ZERO
    }

    /// Ends a sync: what failed is tried again later.
    fn end_sync(&mut self, node: &mut Node<'_>) {
        // The next look needs a relist that is newer than this one.
        let relist = node.next_relist();
        self.fresh_at = relist;
        self.sync_at = self.sync_at.map(|at| at.max(relist));
        let troubled = self.units.iter().any(|unit| unit.trouble.is_some());
        if troubled {
            let spread = Delay::micros(i64::try_from(node.random.below(5_000_000)).unwrap_or(0));
            self.want_sync(node.now() + RETRY + spread);
        }
    }

    /// Gives up the remaining steps of a container.
    pub(super) fn give_up(&mut self, index: usize, trouble: Trouble) -> Delay {
        self.steps
            .retain(|step| !matches!(step, Step::Create(own) | Step::Start(own) if *own == index));
        if let Some(unit) = self.units.get_mut(index) {
            unit.trouble = Some(trouble);
        }
        Delay::ZERO
    }

    pub(super) fn warn(
        &self,
        index: usize,
        reason: &'static str,
        message: String,
        node: &mut Node<'_>,
    ) {
        let note = Note::warning(&self.pod, reason, message).at(self.field_path(index));
        node.tell(note);
    }

    pub(super) fn note(
        &self,
        index: usize,
        reason: &'static str,
        message: String,
        node: &mut Node<'_>,
    ) {
        let note = Note::normal(&self.pod, reason, message).at(self.field_path(index));
        node.tell(note);
    }

    fn create(&mut self, index: usize, node: &mut Node<'_>) -> Delay {
        self.take_in_image(index, node);
        let container = self.container(index).clone();
        match node.make(&self.pod, &self.ip, &container, &self.volumes) {
            Ok(made) => {
                let name = container["name"].text();
                self.note(index, "Created", format!("Created container: {name}"), node);
                self.made = Some((index, made));
                node.turns.take(START, node.api.now())
            }
            Err(message) => {
                self.warn(index, "Failed", format!("Error: {message}"), node);
                let reason = "CreateContainerConfigError";
                self.give_up(index, Trouble { reason, message })
            }
        }
    }

    fn start(&mut self, index: usize, node: &mut Node<'_>) -> Delay {
        let now = node.now();
        let made = self.made.take_if(|(own, _)| *own == index).map(|(_, made)| made);
        let relist = node.next_relist();
        self.want_sync(relist);
        let taken = others(&self.ports(now), index);
        let declared = self.container(index)["image"].text().to_owned();
        let (Some(unit), Some(made)) = (self.units.get_mut(index), made) else {
            return Delay::ZERO;
        };
        if unit.has_begun() {
            unit.restarts += 1;
        }
        if let State::Ended(ending) = std::mem::replace(&mut unit.state, State::Waiting) {
            unit.last = Some(ending);
        }
        unit.restart = None;
        unit.declared_image = declared;
        unit.container_id = format!("containerd://{}", node.hex_id()).into();
        unit.image_id.clone_from(&made.image_id);
        unit.image.clone_from(&made.image_name);
        let mut beside = Beside { volumes: &mut node.disks.volumes, taken_ports: &taken };
        match made.start(&mut beside, now) {
            Ok(running) => {
                unit.started_at = Some(now);
                unit.trouble = None;
                unit.state = State::Running(Box::new(running));
                unit.probes.begin();
                let name = unit.name.clone();
                self.note(index, "Started", format!("Started container {name}"), node);
                self.post_start(index, node);
            }
            Err(message) => {
                unit.state = State::Ended(Ending {
                    exit_code: 128,
                    reason: "StartError".into(),
                    message: message.clone(),
                    started_at: None,
                    finished_at: now,
                    container_id: unit.container_id.clone(),
                });
                unit.trouble =
                    Some(Trouble { reason: "RunContainerError", message: message.clone() });
                self.warn(index, "Failed", format!("Error: {message}"), node);
            }
        }
        Delay::ZERO
    }

    /// A container has ended: takes note of how.
    pub(super) fn note_exits(&mut self, node: &mut Node<'_>) {
        let now = node.now();
        let relist = node.next_relist();
        let mut changed = false;
        let mut at_once = false;
        let mut failed_hooks = Vec::new();
        self.each_running(&mut node.disks.volumes, now, |index, unit, beside| {
            let State::Running(running) = &mut unit.state else { return };
            running.wake(beside, now);
            if running.take_hook_failure() {
                failed_hooks.push(index);
            }
            let Some(ended) = running.ended() else { return };
            let ending = Ending {
                exit_code: ended.code,
                reason: ended.reason.into(),
                message: running.termination_message(beside, now),
                started_at: unit.started_at,
                finished_at: ended.at,
                container_id: unit.container_id.clone(),
            };
            unit.probes.stop();
            unit.trouble = unit
                .hook_failure
                .take()
                .map(|message| Trouble { reason: "PostStartHookError", message });
            if let State::Running(running) =
                std::mem::replace(&mut unit.state, State::Ended(ending))
            {
                unit.previous = Some(running);
            }
            changed = true;
            at_once |= unit.restart.is_some();
        });
        for index in failed_hooks {
            self.tell_of_failed_hook(index, node);
        }
        if changed && self.end == End::No {
            if at_once {
                // It starts again within the look that stopped it.
                self.sync_at = Some(now);
            } else {
                self.want_sync(relist);
            }
        }
    }

    /// Asks for the volumes to be filled anew, if they may show what has just
    /// changed. Kubelets look at them once in a while, changed or not; only
    /// the look after a change does anything.
    pub(super) fn want_refresh(&mut self, now: Time) {
        if self.shows_objects() && self.sandbox && self.end == End::No {
            let past = now.since(self.mounted_at).as_micros().rem_euclid(REFRESH.as_micros());
            self.refresh_at = Some(now + (REFRESH - Delay::micros(past)));
        }
    }

    /// Fills the volumes that show API objects anew.
    pub(super) fn refresh(&mut self, node: &mut Node<'_>) {
        self.refresh_at = None;
        let ip = self.ip.clone();
        node.refresh_volumes(&self.pod, &ip, &self.volumes);
    }

    /// Fails a Pod that has been active for too long.
    fn check_deadline(&mut self, node: &mut Node<'_>) -> bool {
        let Some(secs) = self.pod["spec"]["activeDeadlineSeconds"].as_int() else { return false };
        let deadline = self.admitted_at + Delay::secs(secs);
        if node.now() < deadline {
            self.want_sync(deadline);
            return false;
        }
        let message = "Pod was active on the node longer than the specified deadline";
        node.tell(Note::normal(&self.pod, "DeadlineExceeded", message.to_owned()));
        self.failure = Some(("DeadlineExceeded".to_owned(), message.to_owned()));
        self.begin_stop(None, node);
        true
    }
}

/// A length as Go prints it: `1.2s`, `40s`, `2m40s`.
pub(super) fn go_duration(delay: Delay) -> String {
    let millis = delay.as_micros() / 1_000;
    let (minutes, rest) = (millis / 60_000, millis % 60_000);
    let (secs, fraction) = (rest / 1_000, rest % 1_000);
    let fraction = if fraction == 0 {
        String::new()
    } else {
        format!(".{fraction:03}").trim_end_matches('0').to_owned()
    };
    if minutes == 0 { format!("{secs}{fraction}s") } else { format!("{minutes}m{secs}{fraction}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_print_as_in_go() {
        let lengths = [1_200, 10_000, 40_000, 160_000, 300_000, 1_201];
        let texts: Vec<String> =
            lengths.into_iter().map(|millis| go_duration(Delay::millis(millis))).collect();
        assert_eq!(texts, ["1.2s", "10s", "40s", "2m40s", "5m0s", "1.201s"]);
    }
}
