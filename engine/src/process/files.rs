//! A container's file system: the image's layers shared and read-only, what
//! the container wrote above them, and mounted volumes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::Bytes;
use super::entry::{Entry, Executable, Kind, Layer};
use super::volume::{VolumeId, Volumes};
use crate::sim::Time;
use crate::value::Str;

/// Why a file operation failed; displays as the C library says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileError {
    /// ENOENT.
    NotFound,
    /// ENOTDIR.
    NotADirectory,
    /// EISDIR.
    IsADirectory,
    /// EEXIST.
    Exists,
    /// ENOTEMPTY.
    NotEmpty,
    /// EROFS.
    ReadOnly,
    /// EACCES.
    PermissionDenied,
    /// EBUSY.
    Busy,
    /// ELOOP.
    TooManyLinks,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "No such file or directory",
            Self::NotADirectory => "Not a directory",
            Self::IsADirectory => "Is a directory",
            Self::Exists => "File exists",
            Self::NotEmpty => "Directory not empty",
            Self::ReadOnly => "Read-only file system",
            Self::PermissionDenied => "Permission denied",
            Self::Busy => "Device or resource busy",
            Self::TooManyLinks => "Too many levels of symbolic links",
        })
    }
}

/// A volume shown at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Where: an absolute path without a last slash.
    pub path: Str,
    /// What.
    pub volume: VolumeId,
    /// The part of the volume shown, as `subPath` says; empty for all.
    pub sub_path: Str,
    /// Whether writes fail.
    pub read_only: bool,
}

/// The directory that `path` is in; `/` for the root itself.
pub fn parent(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(slash) => path.get(..slash).unwrap_or("/"),
    }
}

/// The file system of one container. Costs next to nothing until written.
#[derive(Debug, Clone, Default)]
pub struct FileSystem {
    layers: Arc<[Arc<Layer>]>,
    upper: BTreeMap<Str, Option<Entry>>,
    mounts: Arc<[Mount]>,
    /// `readOnlyRootFilesystem`.
    pub read_only: bool,
}

impl FileSystem {
    /// A file system of an image's `layers`, later ones on top, with `mounts`.
    pub fn new(layers: Arc<[Arc<Layer>]>, mounts: Arc<[Mount]>) -> Self {
        Self { layers, mounts, ..Self::default() }
    }

    /// Puts an entry in the container's own layer, with the directories above.
    pub fn put(&mut self, path: &str, entry: Entry) {
        let mut above = parent(path);
        while above != "/" && self.own(above).is_none() {
            self.upper.insert(above.into(), Some(Entry::directory(entry.modified)));
            above = parent(above);
        }
        self.upper.insert(path.into(), Some(entry));
    }

    /// The entry at `path` in the container's own layers, mounts aside.
    fn own(&self, path: &str) -> Option<&Entry> {
        match self.upper.get(path) {
            Some(entry) => entry.as_ref(),
            None => self.layers.iter().rev().find_map(|layer| layer.get(path)),
        }
    }

    /// The mount that `path` lies in and the path inside its volume.
    fn mount_of(&self, path: &str) -> Option<(&Mount, String)> {
        let mount = self
            .mounts
            .iter()
            .filter(|mount| is_within(path, &mount.path))
            .max_by_key(|mount| mount.path.len())?;
        let rest = path.get(mount.path.len()..).unwrap_or_default();
        let sub = mount.sub_path.trim_matches('/');
        let inner = if sub.is_empty() { rest.to_string() } else { format!("/{sub}{rest}") };
        Some((mount, if inner.is_empty() { "/".into() } else { inner }))
    }

    /// The mounted volumes.
    pub fn mounts(&self) -> &[Mount] {
        &self.mounts
    }
}

/// Whether `path` is `top` or lies under it.
fn is_within(path: &str, top: &str) -> bool {
    match path.strip_prefix(top) {
        Some(rest) => rest.is_empty() || rest.starts_with('/') || top == "/",
        None => false,
    }
}

/// A file system with the volumes it mounts, at one moment, for one user.
#[derive(Debug)]
pub struct Files<'a> {
    /// The container's file system.
    pub system: &'a mut FileSystem,
    /// The cluster's volumes.
    pub volumes: &'a mut Volumes,
    /// The time that writes are marked with.
    pub now: Time,
    /// The user, whose rights count.
    pub uid: u32,
}

impl Files<'_> {
    /// The entry at the absolute, resolved `path`.
    fn raw(&self, path: &str) -> Option<Entry> {
        if let Some((mount, inner)) = self.system.mount_of(path) {
            let volume = self.volumes.get(mount.volume)?;
            let (entries, inner) = (volume.entries(), volume.real(&mount.sub_path, inner));
            // Kubelet makes the directory of a `subPath` that is not there yet.
            let is_root = inner == "/" || *path == *mount.path;
            return entries
                .get(inner.as_str())
                .cloned()
                .or_else(|| is_root.then(|| Entry { mode: 0o777, ..Entry::directory(self.now) }));
        }
        if path == "/" {
            return Some(Entry::directory(self.now));
        }
        let leads_to_mount = || self.system.mounts.iter().any(|mount| is_within(&mount.path, path));
        self.system
            .own(path)
            .cloned()
            .or_else(|| leads_to_mount().then(|| Entry::directory(self.now)))
    }

    /// Follows the links in `path`, which must be absolute; with `last` also
    /// one at its end. What need not exist yet is the last part only.
    pub fn resolve(&self, path: &str, last: bool) -> Result<String, FileError> {
        let mut todo: Vec<String> = path.split('/').rev().map(String::from).collect();
        let mut done = String::new();
        let mut links = 0;
        while let Some(part) = todo.pop() {
            match part.as_str() {
                "" | "." => continue,
                ".." => {
                    done.truncate(done.rfind('/').unwrap_or_default());
                    continue;
                }
                _ => {}
            }
            let here = format!("{done}/{part}");
            let is_last = todo.iter().all(|part| part.is_empty() || part == ".");
            match self.raw(&here).map(|entry| entry.kind) {
                Some(Kind::Link(target)) if last || !is_last => {
                    links += 1;
                    if links > 40 {
                        return Err(FileError::TooManyLinks);
                    }
                    if target.starts_with('/') {
                        done.clear();
                    }
                    todo.extend(target.split('/').rev().map(String::from));
                }
                Some(Kind::Directory | Kind::Link(_)) => done = here,
                Some(_) if !is_last => return Err(FileError::NotADirectory),
                Some(_) => done = here,
                None if is_last => done = here,
                None => return Err(FileError::NotFound),
            }
        }
        Ok(if done.is_empty() { "/".into() } else { done })
    }

    /// The entry at `path`, links followed.
    pub fn entry(&self, path: &str) -> Result<Entry, FileError> {
        self.raw(&self.resolve(path, true)?).ok_or(FileError::NotFound)
    }

    /// The entry at `path` itself, even if it is a link.
    pub fn entry_itself(&self, path: &str) -> Result<Entry, FileError> {
        self.raw(&self.resolve(path, false)?).ok_or(FileError::NotFound)
    }

    /// Whether something is at `path`.
    pub fn exists(&self, path: &str) -> bool {
        self.entry(path).is_ok()
    }

    /// Whether `path` is a directory.
    pub fn is_directory(&self, path: &str) -> bool {
        self.entry(path).is_ok_and(|entry| entry.is_directory())
    }

    /// The contents of the file at `path`.
    pub fn read(&self, path: &str) -> Result<Bytes, FileError> {
        let entry = self.entry(path)?;
        if self.uid != 0 && entry.owner != self.uid && entry.mode & 0o044 == 0 {
            return Err(FileError::PermissionDenied);
        }
        match entry.kind {
            Kind::File(data) => Ok(data),
            Kind::Directory => Err(FileError::IsADirectory),
            Kind::Program(executable) => {
                Ok(Bytes::new(format!("\u{7f}ELF {}", executable.name).into_bytes()))
            }
            Kind::Device(_) | Kind::Link(_) => Ok(Bytes::default()),
        }
    }

    /// The names in the directory at `path`, sorted.
    pub fn list(&self, path: &str) -> Result<BTreeSet<String>, FileError> {
        let path = self.resolve(path, true)?;
        if !self.raw(&path).ok_or(FileError::NotFound)?.is_directory() {
            return Err(FileError::NotADirectory);
        }
        let mut names = BTreeSet::new();
        if let Some((mount, inner)) = self.system.mount_of(&path) {
            if let Some(volume) = self.volumes.get(mount.volume) {
                let inner = volume.real(&mount.sub_path, inner);
                names.extend(child_names(volume.entries(), &inner));
            }
        } else {
            for layer in self.system.layers.iter() {
                names.extend(child_names(layer, &path));
            }
            for (own, entry) in under(&self.system.upper, &path) {
                if let Some(name) = child_name(&path, own) {
                    match entry {
                        Some(_) => names.insert(name),
                        None => names.remove(&name),
                    };
                }
            }
        }
        let mounted = self.system.mounts.iter().filter_map(|mount| {
            let top = prefix(&path);
            mount.path.strip_prefix(top.as_str())?.split('/').next().map(String::from)
        });
        names.extend(mounted.filter(|name| !name.is_empty()));
        Ok(names)
    }

    /// Puts an entry at `path`, which must be resolved and its directory exist.
    fn store(&mut self, path: &str, entry: Option<Entry>) -> Result<(), FileError> {
        if let Some((mount, inner)) = self.system.mount_of(path) {
            if mount.read_only {
                return Err(FileError::ReadOnly);
            }
            if *path == *mount.path && entry.is_none() {
                return Err(FileError::Busy);
            }
            let volume = self.volumes.get_mut(mount.volume).ok_or(FileError::NotFound)?;
            match entry {
                Some(entry) => volume.put(&inner, entry),
                None => drop(volume.entries_mut().remove(inner.as_str())),
            }
            return Ok(());
        }
        if self.system.read_only {
            return Err(FileError::ReadOnly);
        }
        self.system.upper.insert(path.into(), entry);
        Ok(())
    }

    /// Checks that `path`'s directory exists and may be written by the user.
    fn writable(&self, path: &str) -> Result<String, FileError> {
        let path = self.resolve(path, true)?;
        let above = self.raw(parent(&path)).ok_or(FileError::NotFound)?;
        if !above.is_directory() {
            return Err(FileError::NotADirectory);
        }
        let existing = self.raw(&path);
        let subject = existing.as_ref().filter(|entry| !entry.is_directory()).unwrap_or(&above);
        let in_volume = self.system.mount_of(&path).is_some();
        if self.uid != 0 && !in_volume && subject.owner != self.uid && subject.mode & 0o002 == 0 {
            return Err(FileError::PermissionDenied);
        }
        Ok(path)
    }

    /// Writes the whole file at `path`, or adds to its end.
    pub fn write(&mut self, path: &str, data: &[u8], append: bool) -> Result<(), FileError> {
        let path = self.writable(path)?;
        let mut entry = match self.raw(&path) {
            Some(entry) if entry.is_directory() => return Err(FileError::IsADirectory),
            Some(Entry { kind: Kind::Device(_), .. }) => return Ok(()),
            Some(entry) => entry,
            None => Entry { owner: self.uid, ..Entry::file(Vec::new(), self.now) },
        };
        let mut contents = match entry.kind {
            Kind::File(contents) if append => {
                // Drops the stored copy, so that appending need not copy it all.
                self.store(&path, Some(Entry::file(Vec::new(), self.now)))?;
                contents
            }
            _ => Bytes::default(),
        };
        Arc::make_mut(&mut contents).extend_from_slice(data);
        entry.kind = Kind::File(contents);
        entry.modified = self.now;
        self.store(&path, Some(entry))
    }

    /// Makes a directory.
    pub fn make_directory(&mut self, path: &str) -> Result<(), FileError> {
        let path = self.writable(path)?;
        if self.raw(&path).is_some() {
            return Err(FileError::Exists);
        }
        self.store(&path, Some(Entry { owner: self.uid, ..Entry::directory(self.now) }))
    }

    /// Puts `entry` at `path`: a link, a copy, a program.
    pub fn place(&mut self, path: &str, entry: Entry) -> Result<(), FileError> {
        let path = self.resolve(path, false)?;
        self.writable(parent(&path))?;
        if self.raw(parent(&path)).is_none_or(|above| !above.is_directory()) {
            return Err(FileError::NotFound);
        }
        self.store(&path, Some(entry))
    }

    /// Changes the mode, the owner or the time of the entry at `path`.
    pub fn change(&mut self, path: &str, change: impl FnOnce(&mut Entry)) -> Result<(), FileError> {
        let path = self.resolve(path, true)?;
        let mut entry = self.raw(&path).ok_or(FileError::NotFound)?;
        change(&mut entry);
        self.store(&path, Some(entry))
    }

    /// Removes a file, a link or an empty directory.
    pub fn remove(&mut self, path: &str) -> Result<(), FileError> {
        let path = self.resolve(path, false)?;
        let entry = self.raw(&path).ok_or(FileError::NotFound)?;
        if entry.is_directory() && !self.list(&path)?.is_empty() {
            return Err(FileError::NotEmpty);
        }
        if self.uid != 0 {
            self.writable(parent(&path))?;
        }
        self.store(&path, None)
    }

    /// Which program the file at `path` is, or the script it holds.
    pub fn executable(&self, path: &str) -> Result<Result<Executable, Bytes>, FileError> {
        let entry = self.entry(path)?;
        match entry.kind {
            Kind::Program(executable) => Ok(Ok(executable)),
            Kind::File(data) if entry.mode & 0o111 != 0 => Ok(Err(data)),
            _ => Err(FileError::PermissionDenied),
        }
    }

    /// Bytes written in the container's own layer.
    pub fn written(&self) -> usize {
        self.system.upper.values().flatten().map(Entry::size).sum()
    }
}

fn prefix(directory: &str) -> String {
    if directory == "/" { "/".into() } else { format!("{directory}/") }
}

fn child_name(directory: &str, path: &str) -> Option<String> {
    let rest = path.strip_prefix(prefix(directory).as_str())?;
    (!rest.is_empty() && !rest.contains('/')).then(|| rest.into())
}

fn under<'m, V>(
    map: &'m BTreeMap<Str, V>,
    directory: &str,
) -> impl Iterator<Item = (&'m Str, &'m V)> {
    let start = prefix(directory);
    map.range::<str, _>((std::ops::Bound::Included(start.as_str()), std::ops::Bound::Unbounded))
        .take_while(move |(path, _)| path.starts_with(start.as_str()))
        .collect::<Vec<_>>()
        .into_iter()
}

fn child_names(layer: &Layer, directory: &str) -> Vec<String> {
    under(layer, directory).filter_map(|(path, _)| child_name(directory, path)).collect()
}
