//! Files, directories, links, programs and devices.

use std::collections::BTreeMap;

use super::Bytes;
use crate::sim::Time;
use crate::value::Str;

/// The files of one image layer by absolute path; directories are listed too.
pub type Layer = BTreeMap<Str, Entry>;

/// One file, directory, link, program or device.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What it is, with its contents.
    pub kind: Kind,
    /// Permission bits.
    pub mode: u16,
    /// The owner's number.
    pub owner: u32,
    /// When it was last written.
    pub modified: Time,
}

/// What an [`Entry`] is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A file and its contents.
    File(Bytes),
    /// A symbolic link and its target.
    Link(Str),
    /// A program that the simulation knows.
    Program(Executable),
    /// A device.
    Device(Device),
}

/// A program file: which program, in whose edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executable {
    /// The program's name, as `ls`.
    pub name: Str,
    /// Whose edition.
    pub family: Family,
}

/// Editions of the common programs; their messages differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Family {
    /// GNU coreutils and the like, as in Debian and Ubuntu.
    #[default]
    Gnu,
    /// busybox, as in Alpine.
    Busybox,
}

/// Devices under `/dev`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// Swallows writes, is empty.
    Null,
    /// Endless zero bytes.
    Zero,
    /// Endless random bytes.
    Random,
    /// The process' own standard stream of that number.
    Stream(u8),
}

impl Entry {
    fn new(kind: Kind, mode: u16, modified: Time) -> Self {
        Self { kind, mode, owner: 0, modified }
    }

    /// A plain file.
    pub fn file(data: Vec<u8>, modified: Time) -> Self {
        Self::new(Kind::File(Bytes::new(data)), 0o644, modified)
    }

    /// A directory.
    pub fn directory(modified: Time) -> Self {
        Self::new(Kind::Directory, 0o755, modified)
    }

    /// A symbolic link to `target`.
    pub fn link(target: &str, modified: Time) -> Self {
        Self::new(Kind::Link(target.into()), 0o777, modified)
    }

    /// A program.
    pub fn program(name: &str, family: Family, modified: Time) -> Self {
        Self::new(Kind::Program(Executable { name: name.into(), family }), 0o755, modified)
    }

    /// A device.
    pub fn device(device: Device) -> Self {
        Self::new(Kind::Device(device), 0o666, Time::default())
    }

    /// The size that `ls -l` shows.
    pub fn size(&self) -> usize {
        match &self.kind {
            Kind::Directory => 4096,
            Kind::File(data) => data.len(),
            Kind::Link(target) => target.len(),
            // The size of a typical static tool; no program here has bytes.
            Kind::Program(_) => 1_131_168,
            Kind::Device(_) => 0,
        }
    }

    /// Whether this is a directory.
    pub fn is_directory(&self) -> bool {
        self.kind == Kind::Directory
    }
}
