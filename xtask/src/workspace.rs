//! Where things are, and whether they changed since a step was last done.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::failure::{Doing, Result};

/// The folder that holds the workspace's `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// A path inside the workspace.
pub(crate) fn path(inside: &str) -> PathBuf {
    root().join(inside)
}

/// Every file in the folder, in the order of their names; one file is itself.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(if folder.exists() { vec![folder.to_owned()] } else { Vec::new() });
    }
    let entries = fs::read_dir(folder).doing(folder.display())?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.doing(folder.display())?.path());
    }
    paths.sort();
    let mut all = Vec::new();
    for path in paths {
        all.extend(files(&path)?);
    }
    Ok(all)
}

/// Something made from sources, and a note of the sources it was made from.
///
/// The note holds a fingerprint of the sources' bytes, so a fresh clone, a
/// `touch` or a change of branch and back make nothing again.
pub(crate) struct Made {
    note: PathBuf,
    fingerprint: String,
}

impl Made {
    /// Looks at the sources of `name`; paths are relative to the workspace.
    pub(crate) fn from_sources(name: &str, sources: &[&str]) -> Result<Self> {
        let mut hasher = DefaultHasher::new();
        for source in sources {
            for file in files(&path(source))? {
                file.strip_prefix(root()).unwrap_or(&file).hash(&mut hasher);
                fs::read(&file).doing(file.display())?.hash(&mut hasher);
            }
        }
        let fingerprint = format!("{:016x}", hasher.finish());
        Ok(Self { note: path("target/xtask").join(name), fingerprint })
    }

    /// Whether the product exists and its sources are what they were.
    pub(crate) fn is_current(&self, product: &str) -> bool {
        let noted = fs::read_to_string(&self.note).unwrap_or_default();
        path(product).exists() && noted == self.fingerprint
    }

    /// Notes that the product is made.
    pub(crate) fn note(&self) -> Result<()> {
        if let Some(folder) = self.note.parent() {
            fs::create_dir_all(folder).doing(folder.display())?;
        }
        fs::write(&self.note, &self.fingerprint).doing(self.note.display())
    }
}
