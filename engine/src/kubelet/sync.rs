//! Bringing a Pod's containers to what its spec wishes, step by step.
//!
//! Source: upstream `pkg/kubelet/kubelet.go` (`SyncPod`),
//! `kuberuntime_manager.go` (`SyncPod`, `doBackOff`) and
//! `pkg/kubelet/images/image_manager.go`.

use super::node::Node;
use super::runtime::Beside;
use super::status;
use super::unit::{Ending, State, Trouble};
use super::worker::{End, Step, Worker, others};
use crate::api::pod::PodView;
use crate::apiserver::WriteOptions;
use crate::images::Reference;
use crate::recorder::Note;
use crate::sim::{Delay, Time};
use crate::value::Value;

/// How often volumes that show API objects are filled anew.
const REFRESH: Delay = Delay::secs(60);
/// Making the sandbox: namespaces, the pause container, the network.
const SANDBOX: Delay = Delay::millis(290);
/// Making one container.
const CREATE: Delay = Delay::millis(4);
/// Learning from a registry that there is no such image.
const RESOLVE: Delay = Delay::millis(1_200);
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
        let status = status::generate(self, node.host_ip, node.now());
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
            status::generate(self, node.host_ip, node.now())
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
            self.finish(node);
            return;
        }
        self.report(node);
        if !self.sandbox {
            self.prepare(node);
            return;
        }
        let starts = self.to_start();
        self.begin_starts(starts, node);
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
            self.step_at = Some(node.now() + SANDBOX);
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
        let Some(ending) = unit.ending().cloned() else { return false };
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
            Step::Sandbox => self.make_sandbox(node),
            Step::Pull(index) => self.pull(index, node),
            Step::Fail(index) => self.pull_failed(index, node),
            Step::Create(index) => self.create(index, node),
            Step::Start(index) => self.start(index, node),
        };
        if self.steps.is_empty() {
            self.step_at = None;
            self.end_sync(node);
        } else {
            self.step_at = Some(node.now() + wait);
        }
    }

    fn make_sandbox(&mut self, node: &mut Node<'_>) -> Delay {
        self.sandbox = true;
        self.mounted_at = node.now();
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
        self.sync_at = self.sync_at.map(|at| at.max(relist));
        let troubled = self.units.iter().any(|unit| unit.trouble.is_some());
        if troubled {
            let spread = Delay::micros(i64::try_from(node.random.below(5_000_000)).unwrap_or(0));
            self.want_sync(node.now() + RETRY + spread);
        }
    }

    /// Gives up the remaining steps of a container.
    fn give_up(&mut self, index: usize, trouble: Trouble) -> Delay {
        self.steps
            .retain(|step| !matches!(step, Step::Create(own) | Step::Start(own) if *own == index));
        if let Some(unit) = self.units.get_mut(index) {
            unit.trouble = Some(trouble);
        }
        Delay::ZERO
    }

    fn warn(&self, index: usize, reason: &'static str, message: String, node: &mut Node<'_>) {
        let note = Note::warning(&self.pod, reason, message).at(self.field_path(index));
        node.tell(note);
    }

    fn note(&self, index: usize, reason: &'static str, message: String, node: &mut Node<'_>) {
        let note = Note::normal(&self.pod, reason, message).at(self.field_path(index));
        node.tell(note);
    }

    fn pull(&mut self, index: usize, node: &mut Node<'_>) -> Delay {
        let image = self.container(index)["image"].text().to_owned();
        let policy = self.container(index)["imagePullPolicy"].text().to_owned();
        let reference = match Reference::parse(&image) {
            Ok(reference) => reference,
            Err(why) => {
                let message = format!("Failed to apply default image tag \"{image}\": {why}");
                self.warn(index, "InspectFailed", message.clone(), node);
                self.warn(index, "Failed", "Error: InvalidImageName".to_owned(), node);
                return self.give_up(index, Trouble { reason: "InvalidImageName", message });
            }
        };
        let present = node.has_image(&reference);
        if present && policy != "Always" {
            let message = format!("Container image \"{image}\" already present on machine");
            self.note(index, "Pulled", message, node);
            return CREATE;
        }
        if policy == "Never" {
            let message =
                format!("Container image \"{image}\" is not present with pull policy of Never");
            self.warn(index, "ErrImageNeverPull", message.clone(), node);
            self.warn(index, "Failed", "Error: ErrImageNeverPull".to_owned(), node);
            return self.give_up(index, Trouble { reason: "ErrImageNeverPull", message });
        }
        let now = node.now();
        let held = self.units.get(index).filter(|unit| unit.pull.holds(unit.pull.since(), now));
        if let Some(unit) = held {
            let failure = unit.trouble.as_ref().map_or("", |own| own.message.as_str());
            let failure = failure.strip_prefix("Back-off pulling image").map_or_else(
                || format!("Back-off pulling image \"{image}\": ErrImagePull: {failure}"),
                |rest| format!("Back-off pulling image{rest}"),
            );
            self.note(index, "BackOff", format!("Back-off pulling image \"{image}\""), node);
            self.warn(index, "Failed", "Error: ImagePullBackOff".to_owned(), node);
            let trouble = Trouble { reason: "ImagePullBackOff", message: failure };
            return self.give_up(index, trouble);
        }
        self.note(index, "Pulling", format!("Pulling image \"{image}\""), node);
        match node.begin_pull(&reference) {
            Ok((took, size)) => {
                let secs = go_duration(took);
                let message = format!(
                    "Successfully pulled image \"{image}\" in {secs} ({secs} including waiting). \
                     Image size: {size} bytes."
                );
                // Told when the pull is done, with the next step.
                self.pulled = Some((index, message));
                took
            }
            Err(error) => {
                self.failing = Some(error);
                self.steps.push_front(Step::Fail(index));
                RESOLVE
            }
        }
    }

    fn pull_failed(&mut self, index: usize, node: &mut Node<'_>) -> Delay {
        let now = node.now();
        let image = self.container(index)["image"].text().to_owned();
        let Some(error) = self.failing.take() else { return Delay::ZERO };
        if let Some(unit) = self.units.get_mut(index) {
            unit.pull.fail(now);
        }
        let message = format!("Failed to pull image \"{image}\": {error}");
        self.warn(index, "Failed", message, node);
        self.warn(index, "Failed", "Error: ErrImagePull".to_owned(), node);
        let message = error.to_string();
        self.give_up(index, Trouble { reason: "ErrImagePull", message })
    }

    fn create(&mut self, index: usize, node: &mut Node<'_>) -> Delay {
        if let Some((_, message)) = self.pulled.take_if(|(own, _)| *own == index) {
            self.note(index, "Pulled", message, node);
        }
        let container = self.container(index).clone();
        match node.make(&self.pod, &self.ip, &container, &self.volumes) {
            Ok(made) => {
                let name = container["name"].text();
                self.note(index, "Created", format!("Created container: {name}"), node);
                self.made = Some((index, made));
                START
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
        let (Some(unit), Some(made)) = (self.units.get_mut(index), made) else {
            return Delay::ZERO;
        };
        if unit.has_begun() {
            unit.restarts += 1;
        }
        if let State::Ended(ending) = std::mem::replace(&mut unit.state, State::Waiting) {
            unit.last = Some(ending);
        }
        unit.container_id = format!("containerd://{}", node.hex_id());
        unit.image_id.clone_from(&made.image_id);
        unit.image.clone_from(&made.image_name);
        let mut beside = Beside { volumes: &mut node.disks.volumes, taken_ports: &taken };
        match made.start(&mut beside, now) {
            Ok(running) => {
                unit.started_at = Some(now);
                unit.trouble = None;
                unit.state = State::Running(Box::new(running));
                unit.probes.begin(now, node.random);
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
        self.each_running(&mut node.disks.volumes, now, |_, unit, beside| {
            let State::Running(running) = &mut unit.state else { return };
            running.wake(beside, now);
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
            unit.trouble = None;
            if let State::Running(running) =
                std::mem::replace(&mut unit.state, State::Ended(ending))
            {
                unit.previous = Some(running);
            }
            changed = true;
        });
        if changed && self.end == End::No {
            self.want_sync(relist);
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
