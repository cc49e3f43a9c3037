//! The two kubectls.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A kubectl that can be run.
pub(crate) struct Client {
    /// The words before the arguments.
    pub(crate) command: String,
}

impl Client {
    /// Our own.
    pub(crate) fn ours() -> Self {
        Self { command: format!("{} kubectl", env!("CARGO_BIN_EXE_podyard")) }
    }

    /// The real one of the emulated version, if it is here: the one that
    /// `PODYARD_REAL_KUBECTL` names, or one on the path. Google's Cloud SDK has
    /// one that only chooses among several beside it, and garbles some errors.
    pub(crate) fn real() -> Option<Self> {
        let named = env::var_os("PODYARD_REAL_KUBECTL").map(PathBuf::from);
        let path = env::var_os("PATH").unwrap_or_default();
        let on_path = env::split_paths(&path).map(|folder| folder.join("kubectl"));
        named
            .into_iter()
            .chain(on_path)
            .flat_map(|file| beside(&file))
            .find(|file| fits(file))
            .map(|file| Self { command: file.to_string_lossy().into_owned() })
    }
}

/// The kubectl of the right version beside a chooser, and the file itself.
fn beside(file: &Path) -> Vec<PathBuf> {
    let Ok(target) = file.canonicalize() else { return Vec::new() };
    vec![target.with_file_name("kubectl.1.32"), target]
}

fn fits(file: &Path) -> bool {
    let output = Command::new(file).args(["version", "--client"]).output();
    output.is_ok_and(|output| {
        let text = String::from_utf8_lossy(&output.stdout);
        text.contains("Client Version: v1.32.") && !text.contains("dispatcher")
    })
}
