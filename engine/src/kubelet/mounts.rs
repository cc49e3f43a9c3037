//! The volumes of a Pod, filled with what they show.
//!
//! Source: upstream `pkg/volume` (configmap, secret, downwardapi, projected,
//! emptydir, hostpath) and `pkg/kubelet/volumemanager`.

use std::collections::{BTreeMap, BTreeSet};

use super::attach::Attached;
use super::sources::{Keys, Sources};
use crate::process::{ShownFile, Volume, VolumeId, Volumes};
use crate::sim::Time;
use crate::value::{Str, Value};

type Shown = Vec<ShownFile>;

/// The volumes of one Pod, by name.
#[derive(Debug, Clone, Default)]
pub(super) struct PodVolumes {
    by_name: BTreeMap<Str, VolumeId>,
    /// Those that outlive the Pod.
    lasting: BTreeSet<VolumeId>,
    /// Whether some are disks that are attached to the node.
    pub(super) has_disks: bool,
    /// Whether it has been told that a disk is elsewhere.
    pub(super) waits_for_disks: bool,
}

/// The cluster's disks: the volumes of all Pods, and what outlives them.
#[derive(Debug, Clone, Default)]
pub struct Disks {
    /// Every volume that is mounted somewhere, or kept.
    pub(super) volumes: Volumes,
    /// The volumes that outlive Pods: directories of nodes, network disks.
    lasting: BTreeMap<String, VolumeId>,
    /// The disks that are attached to nodes.
    pub(super) attached: BTreeMap<Str, Attached>,
}

/// The sources whose files come from the API.
const SHOWN: [&str; 4] = ["configMap", "secret", "downwardAPI", "projected"];
/// What the volume with the ServiceAccount's token is called: it never changes.
const TOKEN: &str = "kube-api-access-";

/// Whether a volume shows API objects that may change.
pub(super) fn shows_objects(volume: &Value) -> bool {
    SHOWN.iter().any(|kind| !volume[*kind].is_null()) && !volume["name"].text().starts_with(TOKEN)
}

/// Whether nothing can be written to a volume, whatever its mounts say.
pub(super) fn is_read_only(volume: &Value) -> bool {
    SHOWN.iter().any(|kind| !volume[*kind].is_null())
        || volume["persistentVolumeClaim"]["readOnly"].is_true()
}

impl PodVolumes {
    /// The volume called `name`.
    pub(super) fn get(&self, name: &str) -> Option<VolumeId> {
        self.by_name.get(name).copied()
    }

    /// Makes what is missing and fills it. Gives the names and troubles of
    /// the volumes that cannot be set up.
    pub(super) fn set_up(
        &mut self,
        sources: &Sources<'_>,
        disks: &mut Disks,
        now: Time,
    ) -> Vec<(Str, String)> {
        let mut troubles = Vec::new();
        for volume in sources.pod["spec"]["volumes"].items() {
            let Some(name) = volume["name"].as_shared() else { continue };
            if self.by_name.contains_key(name) {
                continue;
            }
            match sources.volume(volume, disks, now) {
                Ok((id, lasts)) => {
                    self.lasting.extend(lasts.then_some(id));
                    self.by_name.insert(name.clone(), id);
                }
                Err(trouble) => troubles.push((name.clone(), trouble)),
            }
        }
        troubles
    }

    /// Fills those that show API objects anew.
    pub(super) fn refresh(&self, sources: &Sources<'_>, volumes: &mut Volumes, now: Time) {
        for volume in sources.pod["spec"]["volumes"].items() {
            let shown = sources.shown(volume);
            let id = self.get(volume["name"].text());
            let (Some(Ok(files)), Some(id)) = (shown, id) else { continue };
            let own = volumes.get_mut(id);
            if let Some(own) = own.filter(|own| !own.projects(&files)) {
                own.project(&files, now);
            }
        }
    }

    /// Forgets the volumes that go with the Pod.
    pub(super) fn tear_down(&self, uid: &str, disks: &mut Disks) {
        if self.has_disks {
            disks.detach(uid);
        }
        for id in self.by_name.values().filter(|id| !self.lasting.contains(id)) {
            disks.volumes.remove(*id);
        }
    }
}

impl Sources<'_> {
    /// The volume for one of the Pod's, and whether it outlives the Pod.
    fn volume(
        &self,
        volume: &Value,
        disks: &mut Disks,
        now: Time,
    ) -> Result<(VolumeId, bool), String> {
        let Disks { volumes, lasting, .. } = disks;
        if let Some(shown) = self.shown(volume) {
            return Ok((volumes.add_projected(shown?, now), false));
        }
        let key = if volume["hostPath"].is_null() {
            match self.claim_of(volume) {
                Some(claim) => Some(self.bound_volume(&claim)?),
                None => None,
            }
        } else {
            Some(self.lasting_key(volume, ""))
        };
        let Some(key) = key else { return Ok((volumes.add(Volume::empty()), false)) };
        Ok((*lasting.entry(key).or_insert_with(|| volumes.add(Volume::empty())), true))
    }

    /// The name of the PersistentVolume behind a claim.
    fn bound_volume(&self, claim: &str) -> Result<String, String> {
        let namespace = self.pod["metadata"]["namespace"].text();
        let found = self.api.get(self.kinds.volume_claim, namespace, claim);
        let found = found.ok_or_else(|| format!("persistentvolumeclaim \"{claim}\" not found"))?;
        let name = found["spec"]["volumeName"].text();
        match self.api.get(self.kinds.volume, "", name) {
            Some(volume) => Ok(self.lasting_key(&volume["spec"], name)),
            None => Err(format!("PVC {namespace}/{claim} is not bound")),
        }
    }

    /// The name of the claim behind a volume of the Pod.
    pub(super) fn claim_of(&self, volume: &Value) -> Option<String> {
        if let Some(claim) = volume["persistentVolumeClaim"]["claimName"].as_str() {
            return Some(claim.to_owned());
        }
        let pod = self.pod["metadata"]["name"].text();
        let own = volume["name"].text();
        (!volume["ephemeral"].is_null()).then(|| format!("{pod}-{own}"))
    }

    /// Which lasting volume a source means: a directory of this node, or a
    /// disk that every node reaches.
    fn lasting_key(&self, source: &Value, volume: &str) -> String {
        let here = ["hostPath", "local"].map(|kind| &source[kind]["path"]);
        if let Some(path) = here.iter().find_map(|path| path.as_str()) {
            return format!("{}:{}", self.node, path.trim_end_matches('/'));
        }
        match source["nfs"]["path"].as_str() {
            Some(path) => format!("nfs:{}:{path}", source["nfs"]["server"].text()),
            None => format!("pv:{volume}"),
        }
    }

    /// The files of a volume that shows API objects; `None` for other kinds.
    fn shown(&self, volume: &Value) -> Option<Result<Shown, String>> {
        let mode = |source: &Value| {
            u16::try_from(source["defaultMode"].as_int().unwrap_or(0o644)).unwrap_or(0o644)
        };
        if !volume["projected"].is_null() {
            let projected = &volume["projected"];
            let mut files = Shown::new();
            for source in projected["sources"].items() {
                match self.projection(source, mode(projected)) {
                    Ok(more) => files.extend(more),
                    Err(trouble) => return Some(Err(trouble)),
                }
            }
            return Some(Ok(files));
        }
        for kind in ["configMap", "secret", "downwardAPI"] {
            let source = &volume[kind];
            if !source.is_null() {
                return Some(self.single(kind, source, mode(source)));
            }
        }
        None
    }

    fn projection(&self, source: &Value, mode: u16) -> Result<Shown, String> {
        if let Some(path) = source["serviceAccountToken"]["path"].as_str() {
            let account = self.pod["spec"]["serviceAccountName"].text();
            let token = format!("podyard.{}.{account}", self.pod["metadata"]["uid"].text());
            return Ok(vec![ShownFile::new(path, token.into_bytes(), mode)]);
        }
        for kind in ["configMap", "secret", "downwardAPI"] {
            if !source[kind].is_null() {
                return self.single(kind, &source[kind], mode);
            }
        }
        Ok(Shown::new())
    }

    fn single(&self, kind: &str, source: &Value, mode: u16) -> Result<Shown, String> {
        if kind == "downwardAPI" {
            return self.downward(source, mode);
        }
        let name = match kind {
            "secret" if source["name"].is_empty() => source["secretName"].text(),
            _ => source["name"].text(),
        };
        let is_map = kind == "configMap";
        let keys = if is_map { self.config_map(name) } else { self.secret(name) };
        let Some(keys) = keys else {
            let kind = if is_map { "configmap" } else { "secret" };
            let missing = Err(format!("{kind} \"{name}\" not found"));
            return if source["optional"].is_true() { Ok(Shown::new()) } else { missing };
        };
        picked(keys, source, mode, is_map)
    }

    fn downward(&self, source: &Value, mode: u16) -> Result<Shown, String> {
        let mut files = Shown::new();
        for item in source["items"].items() {
            let text = if item["fieldRef"].is_null() {
                self.resource(&item["resourceFieldRef"], &Value::Null)?
            } else {
                self.field(item["fieldRef"]["fieldPath"].text())?
            };
            let (path, mode) = (item["path"].text(), item_mode(item, mode));
            files.push(ShownFile::new(path, text.into_bytes(), mode));
        }
        Ok(files)
    }
}

fn item_mode(item: &Value, mode: u16) -> u16 {
    item["mode"].as_int().and_then(|own| u16::try_from(own).ok()).unwrap_or(mode)
}

/// All keys, or those that `items` names, under the paths it gives them.
fn picked(keys: Keys, source: &Value, mode: u16, is_map: bool) -> Result<Shown, String> {
    if source["items"].is_empty() {
        return Ok(keys
            .into_iter()
            .map(|(key, bytes)| ShownFile::new(&key, bytes, mode))
            .collect());
    }
    let mut files = Shown::new();
    for item in source["items"].items() {
        let key = item["key"].text();
        match keys.iter().find(|(own, _)| own == key) {
            Some((_, bytes)) => {
                let (path, mode) = (item["path"].text(), item_mode(item, mode));
                files.push(ShownFile::new(path, bytes.clone(), mode));
            }
            None if source["optional"].is_true() => {}
            None if is_map => {
                return Err(format!("configmap references non-existent config key: {key}"));
            }
            None => return Err(format!("references non-existent secret key: {key}")),
        }
    }
    Ok(files)
}
