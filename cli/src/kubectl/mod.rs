//! `podyard kubectl`: our kubectl as a native program.

mod files;
mod http;
mod reply;
mod waiting;
mod websocket;

use std::cell::RefCell;
use std::io::Write as _;
use std::process::ExitCode;

use podyard_kubectl::Io;
use podyard_kubectl::host::Output;

/// The help texts of all commands.
const MANUAL: &str = include_str!("../../../public/kubectl-help.txt");

/// Runs kubectl with the arguments that follow its name.
pub(crate) fn run(args: &[String]) -> ExitCode {
    podyard_kubectl::provide_manual(MANUAL.to_owned());
    let transport = http::Http::default();
    let host = files::Computer::default();
    let io = Io { transport: &transport, host: &host, stdout: &Stdout, stderr: &Stderr };
    let code = waiting::block_on(podyard_kubectl::run(args, &io));
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// What kubectl prints for these arguments; none where it fails.
pub(crate) fn capture(args: &[String]) -> Option<String> {
    let transport = http::Http::default();
    let host = files::Computer::default();
    let (stdout, stderr) = (Page::default(), Page::default());
    let io = Io { transport: &transport, host: &host, stdout: &stdout, stderr: &stderr };
    let code = waiting::block_on(podyard_kubectl::run(args, &io));
    (code == 0).then(|| String::from_utf8_lossy(&stdout.0.take()).into_owned())
}

/// Keeps what is printed.
#[derive(Default)]
struct Page(RefCell<Vec<u8>>);

impl Output for Page {
    fn write(&self, bytes: &[u8]) {
        self.0.borrow_mut().extend_from_slice(bytes);
    }
}

struct Stdout;

impl Output for Stdout {
    fn write(&self, bytes: &[u8]) {
        let mut stdout = std::io::stdout();
        if stdout.write_all(bytes).and_then(|()| stdout.flush()).is_err() {
            // Nobody reads any more, as after `kubectl get pods -w | head -1`.
            std::process::exit(141);
        }
    }
}

struct Stderr;

impl Output for Stderr {
    fn write(&self, bytes: &[u8]) {
        // There is nowhere left to report a failure to.
        let _ = std::io::stderr().write_all(bytes);
    }
}
