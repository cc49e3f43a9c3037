//! A Chromium for the browser tests: an installed one, else Playwright's own,
//! else one from the system's package manager.

use std::env;
use std::path::PathBuf;

use crate::failure::{Failure, Result};
use crate::process::{Program, found, say};

/// The names under which Chromium and Chrome are installed.
const NAMES: &[&str] =
    &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];

/// Where macOS keeps Chrome, which is on no path.
const APPLICATION: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/// Finds or installs a Chromium; `None` stands for Playwright's own.
///
/// `PODYARD_CHROMIUM` names one to be used before all others.
pub(crate) fn ensure() -> Result<Option<PathBuf>> {
    if let Some(installed) = installed() {
        return Ok(Some(installed));
    }
    say("Downloading Playwright's Chromium");
    if Program::new("npx").args(["playwright", "install", "chromium"]).run().is_ok() {
        return Ok(None);
    }
    if found("apt-get").is_some() {
        say("Installing Chromium with apt-get");
        apt(&["update"])?;
        apt(&["install", "-y", "--no-install-recommends", "chromium", "fonts-noto-cjk"])?;
    }
    installed().map(Some).ok_or_else(|| {
        Failure::new("no Chromium found: install one, or name it in PODYARD_CHROMIUM")
    })
}

fn installed() -> Option<PathBuf> {
    env::var_os("PODYARD_CHROMIUM")
        .map(PathBuf::from)
        .or_else(|| NAMES.iter().find_map(|name| found(name)))
        .or_else(|| Some(PathBuf::from(APPLICATION)).filter(|file| file.is_file()))
}

/// Runs apt-get, through sudo where it is needed and there.
fn apt(arguments: &[&str]) -> Result<()> {
    let is_root = Program::new("id").arg("-u").output().is_ok_and(|id| id.trim() == "0");
    let program = match found("sudo") {
        Some(_) if !is_root => Program::new("sudo").args(["-n", "apt-get"]),
        _ => Program::new("apt-get"),
    };
    program.arg("-q").args(arguments).env("DEBIAN_FRONTEND", "noninteractive").run()
}
