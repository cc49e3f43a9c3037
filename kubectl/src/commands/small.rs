//! The commands that need little, and those that cannot be here.

use std::future::ready;

use crate::call::Call;
use crate::command::{Command, options_help};
use crate::failure::{Outcome, fail};
use crate::flags::{self, Flag};
use crate::resource::refuse_kustomization;

const PLUGIN_FLAGS: &[Flag] = &[flags::switch("name-only", "Print names without their paths.")];

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
.run(|call| Box::pin(ready(kustomize(call))));

pub(super) const PROXY: Command =
    Command::new("proxy", "Run a proxy to the Kubernetes API server", "[--port=PORT]")
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
