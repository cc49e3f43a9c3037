//! The commands that need little, and those that cannot be here.

use std::future::ready;

use crate::call::Call;
use crate::command::{Command, options_help};
use crate::failure::{Outcome, fail};
use crate::flags::{self, Flag};
use crate::resource::refuse_kustomization;

const PLUGIN_FLAGS: &[Flag] = &[flags::switch("name-only", "Print names without their paths.")];

/// Flags of what is refused as a whole, so that it is the refusal that is read.
const KUSTOMIZE_FLAGS: &[Flag] = &[
    flags::switch("as-current-user", "Run functions as the current user."),
    flags::switch("enable-alpha-plugins", "Allow plugins."),
    flags::switch("enable-helm", "Allow Helm charts."),
    flags::array("env", "A variable for functions.").short('e'),
    flags::array("helm-api-versions", "The versions that Helm is told."),
    flags::text("helm-command", "The program for Helm charts.").default("helm"),
    flags::switch("helm-debug", "Let Helm explain itself."),
    flags::text("helm-kube-version", "The version of Kubernetes that Helm is told."),
    flags::text("load-restrictor", "Whether files outside may be read.")
        .default("LoadRestrictionsRootOnly"),
    flags::array("mount", "What functions may read."),
    flags::switch("network", "Let functions use the network."),
    flags::text("network-name", "The network of functions.").default("bridge"),
    flags::text("output", "Where to write.").short('o'),
];
const PROXY_FLAGS: &[Flag] = &[
    flags::text("accept-hosts", "Which hosts may ask."),
    flags::text("accept-paths", "Which paths may be asked for.").default("^.*"),
    flags::text("address", "The address to serve on.").default("127.0.0.1"),
    flags::text("api-prefix", "The prefix of the API.").default("/"),
    flags::switch("append-server-path", "Append the server's own path."),
    flags::switch("disable-filter", "Let everybody ask everything."),
    flags::duration("keepalive", "0s", "How often to see whether a connection lives."),
    flags::int("port", "8001", "The port to serve on.").short('p'),
    flags::text("reject-methods", "Which methods are refused.").default("^$"),
    flags::text("reject-paths", "Which paths are refused."),
    flags::text("unix-socket", "The socket to serve on.").short('u'),
    flags::text("www", "A directory to serve.").short('w'),
    flags::text("www-prefix", "The prefix of the directory.").short('P').default("/static/"),
];

pub(super) const OPTIONS: Command =
    Command::new("options", "Print the list of flags inherited by all commands", "[flags]").run(
        |call| {
            options(call);
            Box::pin(ready(Ok(())))
        },
    );

pub(super) const COMPLETION: Command = Command::new(
    "completion",
    "Output shell completion code for the specified shell (bash, zsh, fish, or powershell)",
    "SHELL",
)
.run(|call| Box::pin(ready(completion(call))));

pub(super) const PLUGIN: Command =
    Command::new("plugin", "Provides utilities for interacting with plugins", "[flags]").children(
        &[Command::new("list", "List all visible plugin executables on a user's PATH", "[flags]")
            .flags(&[PLUGIN_FLAGS])
            .run(|_| Box::pin(ready(plugins())))],
    );

pub(super) const KUSTOMIZE: Command = Command::new(
    "kustomize",
    "Build a kustomization target from a directory or URL",
    "DIR [flags]",
)
.flags(&[KUSTOMIZE_FLAGS])
.run(|call| Box::pin(ready(kustomize(call))));

pub(super) const PROXY: Command =
    Command::new("proxy", "Run a proxy to the Kubernetes API server", "[--port=PORT]")
        .flags(&[PROXY_FLAGS])
        .run(|_| Box::pin(ready(unsupported("serving a proxy"))));

fn options(call: &Call<'_>) {
    call.io.out(&options_help(call.io.host));
}

fn kustomize(call: &Call<'_>) -> Outcome {
    match call.args.as_slice() {
        [] => Err(refuse_kustomization(call, ".")),
        [directory] => Err(refuse_kustomization(call, directory)),
        _ => fail("specify one path to a kustomization directory"),
    }
}

fn plugins() -> Outcome {
    fail("unable to find any kubectl plugins in your PATH")
}

fn completion(call: &Call<'_>) -> Outcome {
    match call.args.as_slice() {
        [] => Err(call.usage("Shell not specified.")),
        [shell] if matches!(shell.as_str(), "bash" | "zsh" | "fish" | "powershell") => {
            fail(format!("this kubectl completes by itself and has no script for {shell}"))
        }
        [shell] => Err(call.usage(format!("Unsupported shell type {shell:?}."))),
        _ => Err(call.usage("Too many arguments. Expected only the shell type.")),
    }
}

fn unsupported(what: &str) -> Outcome {
    fail(format!("{what} is not supported here"))
}
