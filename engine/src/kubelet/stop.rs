//! Stopping a Pod: hooks, signals, patience, and the end.
//!
//! Source: upstream `pkg/kubelet/kuberuntime/kuberuntime_container.go`
//! (`killContainer`) and `pkg/kubelet/pod_workers.go` (`SyncTerminatingPod`).

use super::node::Node;
use super::runtime::StopHook;
use super::unit::{Restart, Role, State, Unit};
use super::worker::{End, Worker};
use crate::api::pod::PodView;
use crate::apiserver::DeleteOptions;
use crate::process::Signal;
use crate::recorder::Note;
use crate::sim::Delay;

/// The longest a failed Pod's containers get to stop when nobody gave a grace.
const MIN_GRACE: Delay = Delay::secs(2);

impl Worker {
    /// Begins to stop all containers.
    pub(super) fn begin_stop(&mut self, grace: Option<Delay>, node: &mut Node<'_>) {
        let now = node.now();
        if PodView(&self.pod).is_deleting() {
            // What others wrote in the meantime is set right first.
            self.report(node);
        }
        self.steps.clear();
        self.step_at = None;
        self.made = None;
        let own = self.pod["metadata"]["deletionGracePeriodSeconds"].as_int();
        let grace = grace
            .or(own.map(Delay::secs))
            .unwrap_or_else(|| PodView(&self.pod).grace_period())
            .max(if own == Some(0) { Delay::ZERO } else { MIN_GRACE.min(Delay::secs(1)) });
        self.end = End::Stopping { deadline: now + grace };
        for index in 0..self.units.len() {
            let name = self.units.get(index).map(|unit| unit.name.clone()).unwrap_or_default();
            self.announce_stop(index, format!("Stopping container {name}"), node);
        }
        self.stop_in_order(node);
        self.forget_earlier_runs();
        self.go_on_stopping(node);
    }

    /// What waited to be started again has ended for good. One dead container
    /// is kept of each: the run before it is gone.
    pub(super) fn forget_earlier_runs(&mut self) {
        for unit in self.units.iter_mut().filter(|unit| unit.ending().is_some()) {
            unit.trouble = None;
            unit.last = None;
        }
    }

    /// Tells all containers to stop whose turn it is: sidecars go when what
    /// was started after them has ended, the last first.
    fn stop_in_order(&mut self, node: &mut Node<'_>) {
        let is_sidecar = |unit: &Unit| unit.role == Role::Sidecar;
        let order = |unit: &Unit| is_sidecar(unit) && unit.is_running();
        let others = self.units.iter().enumerate().filter(|(_, unit)| !is_sidecar(unit));
        let mut turn: Vec<usize> = others.map(|(index, _)| index).collect();
        if !self.units.iter().any(|unit| !is_sidecar(unit) && unit.is_running()) {
            turn.extend(self.units.iter().rposition(order));
        }
        for index in turn {
            self.tell_to_stop(index, node);
        }
    }

    /// Stops one container, if it runs.
    pub(super) fn stop_unit(&mut self, index: usize, message: &str, node: &mut Node<'_>) {
        self.announce_stop(index, message.to_owned(), node);
        self.tell_to_stop(index, node);
    }

    fn announce_stop(&self, index: usize, message: String, node: &mut Node<'_>) {
        if self.units.get(index).is_some_and(Unit::is_running) {
            node.tell(Note::normal(&self.pod, "Killing", message).at(self.field_path(index)));
        }
    }

    /// Tells one container to stop, unless it has been told.
    fn tell_to_stop(&mut self, index: usize, node: &mut Node<'_>) {
        let (hook, mut failure) = self.stop_hook(index, node);
        let now = node.now();
        self.each_running(&mut node.disks.volumes, now, |own, unit, beside| {
            let State::Running(running) = &mut unit.state else { return };
            if own == index {
                unit.probes.stop();
                failure = running.stop(hook.clone(), beside, now).err().or(failure.take());
            }
        });
        if failure.is_some() {
            self.tell_of_failed_hook(index, node);
        }
    }

    /// What a hook printed is kept to the node.
    pub(super) fn tell_of_failed_hook(&self, index: usize, node: &mut Node<'_>) {
        let note = Note::warning(&self.pod, "FailedPreStopHook", "PreStopHook failed".into());
        node.tell(note.at(self.field_path(index)));
    }

    /// Stops one container that is to start again.
    pub(super) fn stop_for_restart(
        &mut self,
        index: usize,
        why: Restart,
        message: &str,
        node: &mut Node<'_>,
    ) {
        let grace = PodView(&self.pod).grace_period();
        if let Some(unit) = self.units.get_mut(index) {
            unit.restart = Some(why);
        }
        self.stop_unit(index, message, node);
        let state = self.units.get_mut(index).map(|unit| &mut unit.state);
        if let Some(State::Running(running)) = state {
            running.kill_at(node.now() + grace);
        }
        self.note_exits(node);
    }

    /// What a container does before it stops. A request is made at once; the
    /// second part says why it failed.
    fn stop_hook(&mut self, index: usize, node: &mut Node<'_>) -> (StopHook, Option<String>) {
        let state = self.units.get(index).map(|unit| &unit.state);
        let is_new = matches!(state, Some(State::Running(running)) if !running.is_told());
        let hook = self.container(index)["lifecycle"]["preStop"].clone();
        if hook.is_null() || !is_new {
            return (StopHook::None, None);
        }
        if let Some(secs) = hook["sleep"]["seconds"].as_int() {
            return (StopHook::Sleep(Delay::secs(secs)), None);
        }
        let command = hook["exec"]["command"].items().iter();
        let command: Vec<String> = command.map(|word| word.text().to_owned()).collect();
        if command.is_empty() {
            return (StopHook::None, self.ask(index, &hook, node).err());
        }
        (StopHook::Command(command), None)
    }

    /// Goes on stopping: kills what is left at the deadline, ends the Pod when
    /// nothing runs any more.
    pub(super) fn go_on_stopping(&mut self, node: &mut Node<'_>) {
        let End::Stopping { deadline } = self.end else { return };
        let now = node.now();
        if deadline <= now {
            self.each_running(&mut node.disks.volumes, now, |_, unit, beside| {
                if let State::Running(running) = &mut unit.state {
                    running.signal(Signal::KILL, beside, now);
                }
            });
        }
        self.note_exits(node);
        self.stop_in_order(node);
        self.note_exits(node);
        if !self.runs() {
            self.finish(node);
        }
    }

    /// All containers have ended for good: the last status is written.
    pub(super) fn finish(&mut self, node: &mut Node<'_>) {
        if self.runs() {
            // Sidecars outlive the others; now they go too.
            self.begin_stop(None, node);
            return;
        }
        self.end = End::Over;
        self.steps.clear();
        self.step_at = None;
        self.sync_at = None;
        self.report(node);
        self.volumes.tear_down(&self.uid, node.disks);
        if PodView(&self.pod).is_deleting() {
            self.remove_at = Some(node.next_relist());
        }
    }

    /// Takes the Pod out of the API.
    pub(super) fn remove(&mut self, node: &mut Node<'_>) {
        self.remove_at = None;
        if self.is_static {
            self.delete_mirror(node);
            return;
        }
        let metadata = &self.pod["metadata"];
        let options = DeleteOptions {
            grace_secs: Some(0),
            uid: self.uid.to_string(),
            ..DeleteOptions::default()
        };
        let (namespace, name) = (metadata["namespace"].text(), metadata["name"].text());
        // Somebody else may have deleted it by now.
        let _ = node.api.delete(node.kinds.pod, namespace, name, &options);
    }
}
