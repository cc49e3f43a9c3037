//! `apt-get`, `apt` and `apk`: they take their time and bring programs.

use super::adapter::Call;
use super::sets::{install, is_package};
use crate::process::{Entry, Family, Kernel, Program, Step, Wait};
use crate::sim::{Delay, Time};

pub(super) fn start(_argv: &[String], family: Family) -> Box<dyn Program> {
    Box::new(Manager { family, steps: None })
}

/// Prints its lines one by one, as simulated time goes on.
#[derive(Debug, Clone)]
struct Manager {
    family: Family,
    /// What is left to do, last first.
    steps: Option<(Vec<Action>, Time)>,
}

#[derive(Debug, Clone)]
enum Action {
    /// Print, then let so long pass.
    Say(String, Delay),
    /// Note that the lists of packages are there.
    Lists,
    /// Put a package's programs in place.
    Install(String),
    /// Print on standard error and end.
    Fail(String, u8),
}

/// The file that says that `apt-get update` has run.
const LISTS: &str = "/var/lib/apt/lists/lock";

fn plan(call: &Call<'_, '_>) -> Vec<Action> {
    let mut words = call.arguments.iter().filter(|argument| !argument.starts_with('-'));
    let command = words.next().map_or("", String::as_str);
    let packages: Vec<String> = words.filter(|word| !word.starts_with('.')).cloned().collect();
    if call.name == "apk" {
        return apk(command, &packages, call);
    }
    if call.name == "yum" {
        return vec![Action::Fail("yum: there are no enabled repositories\n".into(), 1)];
    }
    apt(command, &packages, call)
}

fn apt(command: &str, packages: &[String], call: &Call<'_, '_>) -> Vec<Action> {
    if call.kernel.uid() != 0 {
        return vec![Action::Fail("E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?\n".into(), 100)];
    }
    let say = |text: &str, millis| Action::Say(format!("{text}\n"), Delay::millis(millis));
    match command {
        "update" => vec![
            say("Get:1 http://deb.debian.org/debian bookworm InRelease [151 kB]", 400),
            say("Get:2 http://deb.debian.org/debian bookworm-updates InRelease [55.4 kB]", 200),
            say(
                "Get:3 http://deb.debian.org/debian-security bookworm-security InRelease [48.0 kB]",
                300,
            ),
            say("Get:4 http://deb.debian.org/debian bookworm/main amd64 Packages [8788 kB]", 1400),
            say("Fetched 9043 kB in 2s (4521 kB/s)", 600),
            Action::Lists,
            say("Reading package lists... Done", 0),
        ],
        "install" => {
            let mut steps = vec![
                say("Reading package lists... Done", 300),
                say("Building dependency tree... Done", 100),
                say("Reading state information... Done", 50),
            ];
            let has_lists = call.kernel.files.exists(LISTS);
            let unknown = packages.iter().find(|name| !has_lists || !is_package(name));
            if let Some(name) = unknown {
                steps.push(Action::Fail(format!("E: Unable to locate package {name}\n"), 100));
                return steps;
            }
            let list = packages.join(" ");
            let count = packages.len();
            steps.push(say(&format!("The following NEW packages will be installed:\n  {list}\n0 upgraded, {count} newly installed, 0 to remove and 0 not upgraded."), 700));
            for name in packages {
                steps.push(say(
                    &format!(
                        "Selecting previously unselected package {name}.\nUnpacking {name} ..."
                    ),
                    500,
                ));
                steps.push(Action::Install(name.clone()));
                steps.push(say(&format!("Setting up {name} ..."), 300));
            }
            steps
        }
        "upgrade" | "dist-upgrade" | "remove" | "purge" => vec![
            say("Reading package lists... Done", 300),
            say("0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.", 0),
        ],
        "clean" | "autoremove" | "autoclean" => Vec::new(),
        _ => vec![Action::Fail(format!("E: Invalid operation {command}\n"), 100)],
    }
}

fn apk(command: &str, packages: &[String], call: &Call<'_, '_>) -> Vec<Action> {
    let say = |text: String, millis| Action::Say(format!("{text}\n"), Delay::millis(millis));
    if call.kernel.uid() != 0 {
        return vec![Action::Fail("ERROR: Unable to lock database: Permission denied\nERROR: Failed to open apk database: Permission denied\n".into(), 99)];
    }
    let mut steps: Vec<Action> = ["main", "community"]
        .iter()
        .map(|part| say(format!("fetch https://dl-cdn.alpinelinux.org/alpine/v3.20/{part}/x86_64/APKINDEX.tar.gz"), 400))
        .collect();
    match command {
        "add" => {
            if let Some(name) = packages.iter().find(|name| !is_package(name)) {
                let text = format!(
                    "ERROR: unable to select packages:\n  {name} (no such package):\n    required by: world[{name}]\n"
                );
                steps.push(Action::Fail(text, 1));
                return steps;
            }
            for (at, name) in packages.iter().enumerate() {
                steps.push(say(format!("({}/{}) Installing {name}", at + 1, packages.len()), 200));
                steps.push(Action::Install(name.clone()));
            }
            steps.push(say(
                format!(
                    "Executing busybox-1.36.1-r29.trigger\nOK: {} MiB in {} packages",
                    7 + packages.len(),
                    14 + packages.len()
                ),
                0,
            ));
            steps
        }
        "update" => {
            steps.push(say("v3.20.3-283-g9d8e8d3d3a8 [https://dl-cdn.alpinelinux.org/alpine/v3.20/main]\nOK: 24162 distinct packages available".into(), 0));
            steps
        }
        "del" | "upgrade" => vec![say("OK: 7 MiB in 14 packages".into(), 0)],
        _ => vec![Action::Fail(
            format!("apk: '{command}' is not an apk command. See 'apk --help'.\n"),
            1,
        )],
    }
}

impl Program for Manager {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        if self.steps.is_none() {
            let mut steps = plan(&Call::new(kernel, self.family));
            steps.reverse();
            self.steps = Some((steps, kernel.now));
        }
        let Some((steps, until)) = &mut self.steps else { return Step::Exit(1) };
        if *until > kernel.now {
            return Step::Wait(Wait::until(*until));
        }
        while let Some(step) = steps.pop() {
            match step {
                Action::Say(text, delay) => {
                    kernel.write(1, text.as_bytes());
                    if delay > Delay::ZERO {
                        *until = kernel.now + delay;
                        return Step::Wait(Wait::until(*until));
                    }
                }
                Action::Lists => {
                    let entry = Entry::file(Vec::new(), kernel.now);
                    if kernel.files.place(LISTS, entry).is_err() {
                        kernel.write(2, b"E: List directory /var/lib/apt/lists/partial is missing. - Acquire (30: Read-only file system)\n");
                        return Step::Exit(100);
                    }
                }
                Action::Install(name) => {
                    if let Err(error) = install(&mut kernel.files, &name) {
                        kernel.write(2, format!("E: {name}: {error}\n").as_bytes());
                        return Step::Exit(100);
                    }
                }
                Action::Fail(text, code) => {
                    kernel.write(2, text.as_bytes());
                    return Step::Exit(code);
                }
            }
        }
        Step::Exit(0)
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
