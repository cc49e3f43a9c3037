//! Volumes: trees of files that containers share by mounting them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::Bytes;
use super::entry::{Entry, Kind, Layer};
use super::files::parent;
use crate::sim::Time;
use crate::value::Str;

/// Names a volume of [`Volumes`]: the handle that Pods and containers share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VolumeId(pub u64);

/// Every volume of the cluster.
#[derive(Debug, Clone, Default)]
pub struct Volumes {
    table: BTreeMap<VolumeId, Volume>,
    next: u64,
    /// The files of the latest projected volume: most have some in common.
    recent: Vec<ShownFile>,
}

/// A file of a projected volume.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownFile {
    /// Its path within the volume.
    pub path: Str,
    /// Its contents.
    pub data: Bytes,
    /// Its permission bits.
    pub mode: u16,
}

/// One volume's files, by absolute path from its own root.
#[derive(Debug, Clone, Default)]
pub struct Volume {
    /// What is in it, once somebody has looked.
    entries: OnceLock<Layer>,
    /// What a projected volume began with, and when.
    begun: Option<(Box<[ShownFile]>, Time)>,
    /// The dated directories that mounts of a `subPath` go on showing.
    pinned: BTreeSet<String>,
    /// The group that `fsGroup` gives its files to.
    pub group: Option<u32>,
}

impl ShownFile {
    /// A file at `path`.
    pub fn new(path: &str, data: Vec<u8>, mode: u16) -> Self {
        Self { path: path.into(), data: Bytes::new(data), mode }
    }
}

impl Volumes {
    /// Adds `volume` and returns its handle.
    pub fn add(&mut self, volume: Volume) -> VolumeId {
        self.next += 1;
        let id = VolumeId(self.next);
        self.table.insert(id, volume);
        id
    }

    /// Adds a volume that shows `files`; it is laid out when somebody looks.
    pub fn add_projected(&mut self, mut files: Vec<ShownFile>, now: Time) -> VolumeId {
        for file in &mut files {
            if let Some(known) = self.recent.iter().find(|known| *known == file) {
                file.clone_from(known);
            }
        }
        self.recent.clone_from(&files);
        self.add(Volume { begun: Some((files.into(), now)), ..Volume::default() })
    }

    /// Forgets the volume `id`.
    pub fn remove(&mut self, id: VolumeId) {
        self.table.remove(&id);
    }

    /// The volume `id`.
    pub fn get(&self, id: VolumeId) -> Option<&Volume> {
        self.table.get(&id)
    }

    /// The volume `id` for writing.
    pub fn get_mut(&mut self, id: VolumeId) -> Option<&mut Volume> {
        self.table.get_mut(&id)
    }
}

impl Volume {
    /// An empty directory.
    pub fn empty() -> Self {
        Self::default()
    }

    /// What is in it.
    pub(super) fn entries(&self) -> &Layer {
        self.entries.get_or_init(|| {
            let mut entries = Layer::new();
            if let Some((files, at)) = &self.begun {
                lay_out(&mut entries, files, *at);
            }
            entries
        })
    }

    /// What is in it, for writing.
    pub(super) fn entries_mut(&mut self) -> &mut Layer {
        self.entries();
        match self.entries.get_mut() {
            Some(entries) => entries,
            None => unreachable!("filled above"),
        }
    }

    /// Whether exactly these files are shown.
    pub fn projects(&self, files: &[ShownFile]) -> bool {
        let Some(dated) = self.link("..data") else { return false };
        let same = files.iter().all(|file| {
            let entry = self.entries().get(format!("/{dated}/{}", file.path).as_str());
            entry.is_some_and(|own| {
                own.mode == file.mode && matches!(&own.kind, Kind::File(own) if *own == file.data)
            })
        });
        let folder = format!("/{dated}/");
        let shown = self
            .entries()
            .iter()
            .filter(|(path, own)| path.starts_with(&folder) && matches!(own.kind, Kind::File(_)));
        same && files.len() == shown.count()
    }

    /// The place of a `subPath` for a new mount: of a projected volume the
    /// files that are current now, which the mount shows for ever.
    pub fn pin(&mut self, sub_path: &str) -> String {
        let sub_path = sub_path.trim_matches('/');
        let first = sub_path.split('/').next().unwrap_or_default();
        if sub_path.is_empty() || self.link(first).is_none() {
            return sub_path.to_owned();
        }
        let Some(dated) = self.link("..data").map(str::to_owned) else {
            return sub_path.to_owned();
        };
        let pinned = format!("{dated}/{sub_path}");
        self.pinned.insert(dated);
        pinned
    }

    /// Replaces the files of a projected volume, as an update does.
    pub fn project(&mut self, files: &[ShownFile], now: Time) {
        let pinned = std::mem::take(&mut self.pinned);
        let entries = self.entries_mut();
        entries.retain(|path, _| {
            let top = path.trim_start_matches('/').split('/').next();
            top.is_some_and(|top| pinned.contains(top))
        });
        lay_out(entries, files, now);
        self.pinned = pinned;
    }

    /// Puts an entry at `path`, with the directories above it.
    pub fn put(&mut self, path: &str, entry: Entry) {
        put(self.entries_mut(), path, entry);
    }

    /// The path `inner` with the links of its `sub_path` followed: a `subPath`
    /// mount shows the file that was current when it was made, not the link.
    pub(super) fn real(&self, sub_path: &str, inner: String) -> String {
        let top = sub_path.trim_matches('/');
        let first = top.split('/').next().unwrap_or_default();
        let is_projected = !top.is_empty() && self.link(first).is_some();
        match self.link("..data").filter(|_| is_projected) {
            Some(dated) => format!("/{dated}{inner}"),
            None => inner,
        }
    }

    fn link(&self, name: &str) -> Option<&str> {
        match &self.entries().get(format!("/{name}").as_str())?.kind {
            Kind::Link(target) => Some(target),
            _ => None,
        }
    }

    /// The contents of the file at `path`, through no links.
    pub fn read(&self, path: &str) -> Option<&[u8]> {
        match &self.entries().get(path)?.kind {
            Kind::File(data) => Some(data),
            _ => None,
        }
    }

    /// Every path and entry, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Str, &Entry)> {
        self.entries().iter()
    }
}

/// Lays out the files of a configMap, secret, downwardAPI or projected volume
/// as kubelet's atomic writer does: a dated directory, `..data` pointing at it,
/// and a link per file.
fn lay_out(entries: &mut Layer, files: &[ShownFile], now: Time) {
    let (year, month, day, hour, minute, second) = now.civil();
    // Kubelet ends the name with a random number; here the microseconds serve.
    let dated = format!(
        "..{year:04}_{month:02}_{day:02}_{hour:02}_{minute:02}_{second:02}.{:010}",
        now.as_micros() % 10_000_000_000
    );
    put(entries, "/..data", Entry::link(&dated, now));
    put(entries, &format!("/{dated}"), Entry::directory(now));
    for ShownFile { path, data, mode } in files {
        let file = Entry { kind: Kind::File(data.clone()), mode: *mode, owner: 0, modified: now };
        put(entries, &format!("/{dated}/{path}"), file);
        let top = path.split('/').next().unwrap_or(path);
        put(entries, &format!("/{top}"), Entry::link(&format!("..data/{top}"), now));
    }
}

/// Puts an entry at `path`, with the directories above it.
fn put(entries: &mut Layer, path: &str, entry: Entry) {
    let mut above = parent(path);
    while above != "/" && !entries.contains_key(above) {
        entries.insert(above.into(), Entry::directory(entry.modified));
        above = parent(above);
    }
    entries.insert(path.into(), entry);
}
