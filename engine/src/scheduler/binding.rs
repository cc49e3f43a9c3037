//! Binding a Pod to the node that was found, its volumes first.
//!
//! Source: upstream `pkg/scheduler/schedule_one.go` (`bindingCycle`) and
//! plugin VolumeBinding (`BindPodVolumes`), which looks once a second whether
//! the claims are bound.

use std::sync::Arc;

use super::plugins::Binding;
use super::pod_info::PodInfo;
use super::select::Choice;
use super::watched::Watched;
use super::{MANAGER, Scheduler};
use crate::api::volume_binding::{BOUND_BY_CONTROLLER, SELECTED_NODE, claim_reference, is_bound};
use crate::apiserver::{ApiServer, Status, WriteOptions};
use crate::recorder::Note;
use crate::sim::{Delay, Time};
use crate::store::Key;
use crate::value::{Str, Value};

/// How often claims are looked at, and for how long.
const LOOK: Delay = Delay::secs(1);
const PATIENCE: Delay = Delay::secs(600);

/// A Pod that has a node and waits for its volumes.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pod: Value,
    info: Arc<PodInfo>,
    node: Str,
    look_at: Time,
    until: Time,
}

impl Held {
    /// When its claims are looked at next.
    pub(super) fn looks_at(&self) -> Time {
        self.look_at
    }
}

impl Scheduler {
    /// Gives a Pod its node, at once or when its volumes are there.
    pub(super) fn place(
        &mut self,
        key: &Key,
        info: &Arc<PodInfo>,
        choice: Choice,
        bindings: &[Binding],
        api: &mut ApiServer,
    ) {
        let Some(waiting) = self.queue.get(key) else { return };
        let pod = waiting.pod.clone();
        let node = self.nodes.name(choice.place);
        // What gets a node counts there at once, before the watch tells of it.
        let watched = Watched { cache: &self.cache, kinds: &self.kinds };
        self.nodes.add(Arc::clone(info), &node, watched);
        let (namespace, name) = (&key.namespace, &key.name);
        let message = format!("Successfully assigned {namespace}/{name} to {node}");
        self.thoughts.note_choice(key, api.now(), message, choice);
        if bindings.is_empty() {
            self.bind(key, &pod, &node, api);
            return;
        }
        match prepare_claims(bindings, namespace, &node, self, api) {
            Ok(()) => {
                let now = api.now();
                let (look_at, until) = (now + LOOK, now + PATIENCE);
                let held = Held { pod, info: Arc::clone(info), node, look_at, until };
                self.held.insert(key.clone(), held);
            }
            Err(status) => {
                self.release(key);
                let message = format!("running PreBind plugin \"VolumeBinding\": {status}");
                self.fail(key, message, api);
            }
        }
    }

    fn bind(&mut self, key: &Key, pod: &Value, node: &Str, api: &mut ApiServer) {
        if let Err(refused) = api.bind(key, pod["metadata"]["uid"].text(), node) {
            self.release(key);
            self.fail(key, format!("binding rejected: {}", refused.message), api);
            return;
        }
        self.queue.remove(key);
        self.nominated.remove(key);
        let (namespace, name) = (&key.namespace, &key.name);
        let message = format!("Successfully assigned {namespace}/{name} to {node}");
        self.recorder.record(Note::normal(pod, "Scheduled", message), api, &self.kinds);
    }

    /// Takes a node back that a Pod was to have.
    fn release(&mut self, key: &Key) {
        let watched = Watched { cache: &self.cache, kinds: &self.kinds };
        self.nodes.remove(key, watched);
    }

    /// Binds the Pods whose volumes are there by now.
    pub(super) fn look_at_held(&mut self, api: &mut ApiServer) {
        let now = api.now();
        let due = self.held.iter().filter(|(_, held)| held.look_at <= now);
        let due: Vec<Key> = due.map(|(key, _)| key.clone()).collect();
        for key in due {
            let Some(mut held) = self.held.remove(&key) else { continue };
            match self.claims_are_bound(&held) {
                Ok(true) => self.bind(&key, &held.pod, &held.node, api),
                Ok(false) if now < held.until => {
                    held.look_at = now + LOOK;
                    self.held.insert(key, held);
                }
                Ok(false) => self.drop_held(&key, "context deadline exceeded", api),
                Err(why) => self.drop_held(&key, &why, api),
            }
        }
    }

    fn drop_held(&mut self, key: &Key, why: &str, api: &mut ApiServer) {
        self.release(key);
        let plugin = "running PreBind plugin \"VolumeBinding\"";
        self.fail(key, format!("{plugin}: binding volumes: {why}"), api);
    }

    fn claims_are_bound(&self, held: &Held) -> Result<bool, String> {
        let watched = Watched { cache: &self.cache, kinds: &self.kinds };
        let namespace = &held.info.key.namespace;
        let mut all = true;
        for name in &held.info.claims {
            let claim = watched.get(self.kinds.volume_claim, namespace, name);
            let claim = claim.ok_or_else(|| format!("pvc {namespace}/{name} is gone"))?;
            if is_bound(claim) {
                continue;
            }
            all = false;
            let selected = claim.at(&["metadata", "annotations"])[SELECTED_NODE].as_str();
            if selected.is_some_and(|selected| *selected != *held.node) {
                return Err(format!("provisioning failed for PVC \"{name}\""));
            }
        }
        Ok(all)
    }
}

/// Reserves volumes for claims, and has the others made.
fn prepare_claims(
    bindings: &[Binding],
    namespace: &Str,
    node: &Str,
    scheduler: &Scheduler,
    api: &mut ApiServer,
) -> Result<(), String> {
    let kinds = &scheduler.kinds;
    let options = WriteOptions::by(MANAGER);
    let told = |status: Status| status.message;
    for binding in bindings {
        let (Binding::Bind { claim, .. } | Binding::Provision { claim }) = binding;
        let claim = api.get(kinds.volume_claim, namespace, claim).cloned().unwrap_or_default();
        match binding {
            Binding::Bind { volume, .. } => {
                let mut volume = api.get(kinds.volume, "", volume).cloned().unwrap_or_default();
                volume["spec"]["claimRef"] = claim_reference(&claim);
                volume["metadata"]["annotations"].set(BOUND_BY_CONTROLLER, "yes");
                api.update(kinds.volume, volume, &options).map_err(told)?;
            }
            Binding::Provision { .. } => {
                let mut claim = claim;
                claim["metadata"]["annotations"].set(SELECTED_NODE, node);
                // The provisioner reads there since when it is asked.
                let noted = WriteOptions { track: true, ..WriteOptions::by(MANAGER) };
                api.update(kinds.volume_claim, claim, &noted).map_err(told)?;
            }
        }
    }
    Ok(())
}
