//! Installing a tool: the maker's prebuilt program where the network gives it,
//! else compiled from its crate.

use std::fs;
use std::path::{Path, PathBuf};

use super::{cache, is_installed};
use crate::failure::{Doing, Failure, Result};
use crate::process::{Program, say};
use crate::workspace;

/// A program that comes from crates.io, and where it is found prebuilt.
pub(super) struct Tool {
    /// What it is called on the path.
    pub(super) name: &'static str,
    /// The crate that it comes from.
    pub(super) package: &'static str,
    /// What it brings besides.
    pub(super) companions: &'static [&'static str],
    /// The exact version.
    pub(super) version: String,
    /// Where its maker publishes it, with `{version}` and `{host}` to fill in.
    pub(super) prebuilt: &'static str,
    /// Whether to compile it with its own lock file.
    pub(super) locked: bool,
}

impl Tool {
    /// Installs it unless the path has it already.
    pub(super) fn ensure(&self) -> Result<()> {
        if is_installed(self.name, &self.version) {
            return Ok(());
        }
        let folder = cache().join(format!("{}-{}", self.name, self.version));
        fs::create_dir_all(folder.join("bin")).doing(folder.display())?;
        if !self.download(&folder) {
            self.compile(&folder)?;
        }
        if is_installed(self.name, &self.version) {
            return Ok(());
        }
        Err(Failure::new(format!("{} {} is installed but not found", self.name, self.version)))
    }

    /// Tries the prebuilt program; `false` where there is none to be had.
    fn download(&self, folder: &Path) -> bool {
        say(format!("Looking for a prebuilt {} {}", self.name, self.version));
        let archive = folder.join("prebuilt.tar.gz");
        hosts().iter().any(|host| {
            let url = self.prebuilt.replace("{version}", &self.version).replace("{host}", host);
            fetch(&url, &archive) && self.unpack(&archive, folder).is_ok()
        })
    }

    /// Takes the programs out of the archive, in which they may lie in a folder.
    fn unpack(&self, archive: &Path, folder: &Path) -> Result<()> {
        let unpacked = folder.join("unpacked");
        fs::create_dir_all(&unpacked).doing(unpacked.display())?;
        Program::new("tar").arg("-xzf").arg(archive).arg("-C").arg(&unpacked).run()?;
        let files = workspace::files(&unpacked)?;
        for wanted in self.companions.iter().chain([&self.name]) {
            let program = files
                .iter()
                .find(|file| file.file_stem().is_some_and(|stem| stem == *wanted))
                .ok_or_else(|| Failure::new(format!("the archive holds no {wanted}")))?;
            let name = program.file_name().map(PathBuf::from).unwrap_or_default();
            fs::rename(program, folder.join("bin").join(name)).doing(wanted)?;
        }
        fs::remove_dir_all(&unpacked).doing(unpacked.display())?;
        fs::remove_file(archive).doing(archive.display())
    }

    /// Compiles it: sooner done than fast to run, which is what matters here.
    fn compile(&self, folder: &Path) -> Result<()> {
        say(format!(
            "Compiling {} {} once: it takes several minutes, and later runs reuse it",
            self.name, self.version
        ));
        Program::cargo("install --root")
            .arg(folder)
            .args(self.locked.then_some("--locked"))
            .args(["--version", &self.version, self.package])
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .run()
    }
}

fn fetch(url: &str, file: &Path) -> bool {
    Program::new("curl")
        .args(["--fail", "--silent", "--location", "--connect-timeout", "10", "--max-time", "120"])
        .arg("--output")
        .arg(file)
        .arg(url)
        .succeeds()
}

/// The names under which a prebuilt program for this machine may be published.
fn hosts() -> Vec<String> {
    let version = Program::new("rustc").arg("-vV").output().unwrap_or_default();
    let Some(host) = version.lines().find_map(|line| line.strip_prefix("host: ")) else {
        return Vec::new();
    };
    // A statically linked program runs on the glibc machine too.
    let fixed = host.replace("-linux-gnu", "-linux-musl");
    if fixed == host { vec![fixed] } else { vec![host.to_owned(), fixed] }
}
