//! Stopping a Pod: hooks, signals, patience, and the end.
//!
//! Source: upstream `pkg/kubelet/kuberuntime/kuberuntime_container.go`
//! (`killContainer`) and `pkg/kubelet/pod_workers.go` (`SyncTerminatingPod`).

use super::node::Node;
use super::runtime::StopHook;
use super::unit::{Restart, State};
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
            self.stop_unit(index, &format!("Stopping container {name}"), node);
        }
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

    /// Tells one container to stop, if it runs.
    pub(super) fn stop_unit(&mut self, index: usize, message: &str, node: &mut Node<'_>) {
        let path = self.field_path(index);
        let (hook, mut failure) = self.stop_hook(index, node);
        let now = node.now();
        let mut told = false;
        self.each_running(&mut node.disks.volumes, now, |own, unit, beside| {
            let State::Running(running) = &mut unit.state else { return };
            if own == index {
                unit.probes.stop();
                failure = running.stop(hook.clone(), beside, now).err().or(failure.take());
                told = true;
            }
        });
        if told {
            let note = Note::normal(&self.pod, "Killing", message.to_owned()).at(path.clone());
            node.tell(note);
        }
        if failure.is_some() {
            let note = Note::warning(&self.pod, "FailedPreStopHook", "PreStopHook failed".into());
            node.tell(note.at(path));
        }
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
