//! The volumes of a Pod, filled with what they show.
//!
//! Source: upstream `pkg/volume` (configmap, secret, downwardapi, projected,
//! emptydir, hostpath) and `pkg/kubelet/volumemanager`.

use std::collections::BTreeMap;

use super::sources::{Keys, Sources};
use crate::process::{Volume, VolumeId, Volumes};
use crate::sim::Time;
use crate::value::{Str, Value};

/// A file's name, contents and mode.
type Shown = Vec<(String, Vec<u8>, u16)>;

/// The volumes of one Pod, by name.
#[derive(Debug, Clone, Default)]
pub(super) struct PodVolumes(BTreeMap<Str, VolumeId>);

/// Volumes that outlive Pods: claims, and directories of the node.
#[derive(Debug, Clone, Default)]
pub(super) struct Lasting(BTreeMap<String, VolumeId>);

impl PodVolumes {
    /// The volume called `name`.
    pub(super) fn get(&self, name: &str) -> Option<VolumeId> {
        self.0.get(name).copied()
    }

    /// Makes what is missing and fills it. Gives the names and troubles of
    /// the volumes that cannot be set up.
    pub(super) fn set_up(
        &mut self,
        sources: &Sources<'_>,
        volumes: &mut Volumes,
        lasting: &mut Lasting,
        now: Time,
    ) -> Vec<(Str, String)> {
        let mut troubles = Vec::new();
        for volume in sources.pod["spec"]["volumes"].items() {
            let Some(name) = volume["name"].as_shared() else { continue };
            if self.0.contains_key(name) {
                continue;
            }
            match sources.volume(volume, volumes, lasting, now) {
                Ok(id) => {
                    self.0.insert(name.clone(), id);
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
            if let Some(own) = volumes.get_mut(id) {
                let same = files.iter().all(|(path, bytes, _)| {
                    let linked = format!("/..data/{path}");
                    own.read(&linked) == Some(bytes.as_slice())
                });
                if !same {
                    own.project(borrowed(&files), now);
                }
            }
        }
    }

    /// Forgets the volumes that go with the Pod.
    pub(super) fn tear_down(&self, volumes: &mut Volumes, lasting: &Lasting) {
        let stays = |id: &VolumeId| lasting.0.values().any(|own| own == id);
        for id in self.0.values().filter(|id| !stays(id)) {
            volumes.remove(*id);
        }
    }
}

fn borrowed(files: &Shown) -> impl Iterator<Item = (&str, &[u8], u16)> {
    files.iter().map(|(path, bytes, mode)| (path.as_str(), bytes.as_slice(), *mode))
}

impl Sources<'_> {
    fn volume(
        &self,
        volume: &Value,
        volumes: &mut Volumes,
        lasting: &mut Lasting,
        now: Time,
    ) -> Result<VolumeId, String> {
        if let Some(shown) = self.shown(volume) {
            let files = shown?;
            return Ok(volumes.add(Volume::projected(borrowed(&files), now)));
        }
        let key = if let Some(path) = volume["hostPath"]["path"].as_str() {
            Some(format!("{}:{path}", self.node))
        } else if let Some(claim) = volume["persistentVolumeClaim"]["claimName"].as_str() {
            Some(self.bound_volume(claim)?)
        } else {
            None
        };
        let Some(key) = key else { return Ok(volumes.add(Volume::empty())) };
        Ok(*lasting.0.entry(key).or_insert_with(|| volumes.add(Volume::empty())))
    }

    /// The name of the PersistentVolume behind a claim.
    fn bound_volume(&self, claim: &str) -> Result<String, String> {
        let namespace = self.pod["metadata"]["namespace"].text();
        let found = self.api.get(self.kinds.volume_claim, namespace, claim);
        let found = found.ok_or_else(|| format!("persistentvolumeclaim \"{claim}\" not found"))?;
        match found["spec"]["volumeName"].text() {
            "" => Err(format!("PVC {namespace}/{claim} is not bound")),
            name => Ok(format!("pv:{name}")),
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
            return Ok(vec![(path.to_owned(), token.into_bytes(), mode)]);
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
            files.push((item["path"].text().to_owned(), text.into_bytes(), item_mode(item, mode)));
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
        return Ok(keys.into_iter().map(|(key, bytes)| (key, bytes, mode)).collect());
    }
    let mut files = Shown::new();
    for item in source["items"].items() {
        let key = item["key"].text();
        match keys.iter().find(|(own, _)| own == key) {
            Some((_, bytes)) => {
                files.push((item["path"].text().to_owned(), bytes.clone(), item_mode(item, mode)));
            }
            None if source["optional"].is_true() => {}
            None => {
                let kind = if is_map { "configmap" } else { "secret" };
                return Err(format!("{kind} references non-existent {kind} key: {key}"));
            }
        }
    }
    Ok(files)
}
