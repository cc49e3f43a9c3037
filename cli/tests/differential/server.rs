//! An `podyard apiserver` whose time is moved by hand, and a shell beside it.

use std::cell::Cell;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use super::client::Client;

/// How long a command that waits may take before time begins to pass.
const GRACE: Duration = Duration::from_millis(400);
/// The same for a command that needs none: a busy machine decides nothing.
const LONG_GRACE: Duration = Duration::from_secs(8);
/// After a command that waits, time goes on to the next multiple of this, so
/// that how long it waited decides nothing either.
const GRID: f64 = 10.0;
/// The commands that wait.
const WAITING: &[&str] = &[
    "rollout status",
    "wait ",
    "delete ",
    " -w",
    "logs -f",
    "--follow",
    "replace --force",
    "drain",
    "--rm",
    " -it",
    "attach",
    "--wait",
    "--timeout",
    "exec ",
    "debug ",
    "--force",
    "scale ",
];
/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(40);

const KUBECONFIG: &str = "apiVersion: v1
kind: Config
clusters:
- name: podyard
  cluster:
    server: http://ADDRESS
contexts:
- name: podyard
  context:
    cluster: podyard
    user: admin
current-context: podyard
users:
- name: admin
  user: {}
";

/// What a command came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

/// One server with a folder for its commands; both end with it.
pub(crate) struct Server {
    process: Child,
    address: String,
    folder: PathBuf,
    /// The seconds that have passed.
    now: Cell<f64>,
}

impl Server {
    /// Starts one with these options, and puts the client on the path.
    pub(crate) fn start(client: &Client, options: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_podyard"))
            .args(["apiserver", "--port", "0", "--speed", "0", "--seed", "1"])
            .args(options.split_whitespace())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("the server says where it listens");
        let address = line.trim().rsplit_once("http://").expect("an address").1.to_owned();
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("podyard-{}-{number}", std::process::id()));
        let server = Self { process, address, folder, now: Cell::new(0.0) };
        server.install(client);
        server
    }

    /// A home with a kubeconfig, a folder to work in, and the client on the path.
    fn install(&self, client: &Client) {
        for name in ["bin", "home/.kube", "work"] {
            fs::create_dir_all(self.folder.join(name)).expect("a folder");
        }
        let config = KUBECONFIG.replace("ADDRESS", &self.address);
        fs::write(self.folder.join("home/.kube/config"), config).expect("a kubeconfig");
        let kubectl = self.folder.join("bin/kubectl");
        // The real one prints and records the name that it was called by.
        let script = format!("#!/bin/bash\nexec -a kubectl {} \"$@\"\n", client.command);
        fs::write(&kubectl, script).expect("a script");
        Command::new("chmod").arg("755").arg(&kubectl).status().expect("chmod");
    }

    /// Writes files into the folder.
    pub(crate) fn write(&self, files: &[(String, String)]) {
        for (name, text) in files {
            let path = self.folder.join("work").join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
    }

    /// Lets simulated time pass.
    pub(crate) fn advance(&self, seconds: f64) {
        self.now.set(self.now.get() + seconds);
        let request = format!(
            "POST /podyard/advance?seconds={seconds:.3} HTTP/1.1\r\nHost: {}\r\n\
             Content-Length: 0\r\nConnection: close\r\n\r\n",
            self.address
        );
        let mut socket = TcpStream::connect(&self.address).expect("the server listens");
        socket.write_all(request.as_bytes()).expect("a request");
        let mut rest = Vec::new();
        socket.read_to_end(&mut rest).expect("an answer");
    }

    /// Lets time pass up to so many seconds after the start.
    pub(crate) fn advance_to(&self, seconds: f64) {
        if seconds > self.now.get() {
            self.advance(seconds - self.now.get());
        }
    }

    /// Runs a command; time passes by itself while it blocks.
    pub(crate) fn run(&self, command: &str) -> Answer {
        let path = env::var("PATH").unwrap_or_default();
        let out = self.folder.join("stdout");
        let err = self.folder.join("stderr");
        let open = |path: &PathBuf| fs::File::create(path).expect("a file");
        let mut child = Command::new("bash")
            .args(["-c", command])
            .current_dir(self.folder.join("work"))
            .env("PATH", format!("{}:{path}", self.folder.join("bin").display()))
            .env("HOME", self.folder.join("home"))
            .env("TMPDIR", &self.folder)
            .env_remove("KUBECONFIG")
            .process_group(0)
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .stdout(open(&out))
            .stderr(open(&err))
            .spawn()
            .expect("bash");
        let waits = WAITING.iter().any(|words| command.contains(words));
        let grace = if waits { GRACE } else { LONG_GRACE };
        let began = self.now.get();
        let code = self.wait(&mut child, grace).and_then(|status| status.code()).unwrap_or(124);
        if self.now.get() > began {
            self.advance_to((self.now.get() / GRID).ceil() * GRID);
        }
        let read = |path: &PathBuf| {
            let bytes = fs::read(path).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            text.replace(&self.address, "127.0.0.1:6443")
                .replace(&*self.folder.to_string_lossy(), "/folder")
        };
        Answer { stdout: read(&out), stderr: read(&err), code }
    }

    fn wait(&self, child: &mut Child, grace: Duration) -> Option<ExitStatus> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Some(status) = child.try_wait().expect("a child") {
                return Some(status);
            }
            if began.elapsed() > grace {
                self.advance(0.5);
            }
            thread::sleep(Duration::from_millis(4));
        }
        let group = format!("-{}", child.id());
        Command::new("kill").args(["--", &group]).status().expect("kill");
        child.wait().ok();
        None
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
        fs::remove_dir_all(&self.folder).ok();
    }
}
