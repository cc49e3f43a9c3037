//! The programs of an image: the simulation's tools, and its servers.

use std::sync::Arc;

use super::server::Server;
use crate::images::Image;
use crate::process::{Executable, Kernel, Program, Programs, Signal, Step};
use crate::tools::Toolbox;

/// What can run in a container of one image.
#[derive(Debug, Clone)]
pub(super) struct ImagePrograms {
    pub(super) image: Arc<Image>,
    pub(super) tools: Toolbox,
}

impl ImagePrograms {
    /// The server that `executable` is when started with `argv`; none if it
    /// is another program, or is only asked for its version or to signal.
    pub(super) fn server(&self, executable: &Executable, argv: &[String]) -> Option<Server> {
        let first = argv.get(1).map_or("", String::as_str);
        let name = match &*executable.name {
            "agnhost" => match first {
                "serve-hostname" => "serve-hostname",
                other => other,
            },
            "python" if argv.iter().any(|argument| argument == "http.server") => "python-http",
            "busybox-httpd" => "busybox-httpd",
            name => name,
        };
        let asks = |argument: &String| {
            matches!(
                argument.as_str(),
                "-s" | "-t" | "-T" | "-v" | "-V" | "--version" | "-k" | "--help" | "-h"
            )
        };
        let is_question = name != "busybox-httpd" && argv.get(1).is_some_and(asks);
        let behaviour = self.image.servers.get(name).filter(|_| !is_question)?;
        Some(Server::new(behaviour.clone(), self.image.clone()))
    }
}

impl Programs for ImagePrograms {
    fn load(&self, executable: &Executable, argv: &[String]) -> Option<Box<dyn Program>> {
        if let Some(server) = self.server(executable, argv) {
            return Some(Box::new(server));
        }
        let name = &*executable.name;
        if name == "agnhost" && argv.get(1).is_none_or(|command| command == "pause") {
            let pause = Executable { name: "pause".into(), family: executable.family };
            return self.tools.load(&pause, argv);
        }
        if self.image.servers.contains_key(name) || matches!(name, "agnhost" | "python" | "hello") {
            return Some(Box::new(Control {
                name: name.to_string(),
                version: self.image.version(),
            }));
        }
        self.tools.load(executable, argv)
    }
}

/// A server's program called for something else than to serve: its version, a
/// check of its configuration, a signal to the one that runs.
#[derive(Debug, Clone)]
struct Control {
    name: String,
    version: String,
}

impl Program for Control {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        let argv = kernel.argv();
        let words: Vec<&str> = argv.iter().skip(1).map(String::as_str).collect();
        let (name, version) = (&self.name, &self.version);
        let (out, error, code) = match (name.as_str(), words.as_slice()) {
            ("hello", _) => ("\nHello from Docker!\n\n".to_string(), String::new(), 0),
            (_, ["-s" | "-k", action, ..]) => return self.signal(kernel, action),
            ("nginx", ["-t" | "-T", ..]) => (
                String::new(),
                "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\nnginx: configuration file /etc/nginx/nginx.conf test is successful\n".into(),
                0,
            ),
            ("nginx", ["-v" | "-V", ..]) => (String::new(), format!("nginx version: nginx/{version}\n"), 0),
            ("httpd", ["-v" | "-V", ..]) => (format!("Server version: Apache/{version} (Unix)\n"), String::new(), 0),
            ("python", ["--version" | "-V", ..]) => (format!("Python {version}\n"), String::new(), 0),
            ("python", _) => (String::new(), "this simulated interpreter runs no programs of one's own\n".into(), 1),
            ("agnhost", [command, ..]) => (String::new(), format!("Error: unknown command \"{command}\" for \"app\"\n"), 1),
            _ => (format!("{name} {version}\n"), String::new(), 0),
        };
        kernel.write(1, out.as_bytes());
        kernel.write(2, error.as_bytes());
        Step::Exit(code)
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

impl Control {
    fn signal(&self, kernel: &mut Kernel<'_>, action: &str) -> Step {
        let signal = match action {
            "stop" => Signal::TERM,
            "quit" | "graceful-stop" => Signal::QUIT,
            "reload" | "reopen" | "graceful" | "restart" => return Step::Exit(0),
            _ => {
                kernel.write(
                    2,
                    format!("{}: invalid option: \"-s {action}\"\n", self.name).as_bytes(),
                );
                return Step::Exit(1);
            }
        };
        let own = kernel.pid;
        let name = self.name.clone();
        let server = kernel.processes.alive().find(|(pid, process)| {
            *pid != own
                && process.argv.first().is_some_and(|first| first.rsplit('/').next() == Some(&name))
        });
        let found = server.map(|(pid, _)| pid);
        if let Some(pid) = found {
            kernel.kill(pid, signal);
            Step::Exit(0)
        } else {
            let text = format!(
                "{name}: [error] open() \"/run/{name}.pid\" failed (2: No such file or directory)\n"
            );
            kernel.write(2, text.as_bytes());
            Step::Exit(1)
        }
    }
}
