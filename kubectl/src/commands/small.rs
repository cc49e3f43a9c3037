//! The commands that need little, and those that cannot be here.

use crate::call::Call;
use crate::command::{Command, options_help};
use crate::failure::{Outcome, fail};
use crate::flags::{self, Flag};

const PLUGIN_FLAGS: &[Flag] = &[flags::switch("name-only", "Print names without their paths.")];

pub(super) const OPTIONS: Command =
    Command::new("options", "Print the list of flags inherited by all commands", "[flags]")
        .run(|call| Box::pin(options(call)));

pub(super) const COMPLETION: Command = Command::new(
    "completion",
    "Output shell completion code for the specified shell (bash, zsh, fish, or powershell)",
    "SHELL",
)
.run(|call| Box::pin(completion(call)));

pub(super) const PLUGIN: Command =
    Command::new("plugin", "Provides utilities for interacting with plugins", "[flags]").children(
        &[Command::new("list", "List all visible plugin executables on a user's PATH", "[flags]")
            .flags(&[PLUGIN_FLAGS])
            .run(|call| Box::pin(plugins(call)))],
    );

pub(super) const KUSTOMIZE: Command = Command::new(
    "kustomize",
    "Build a kustomization target from a directory or URL",
    "DIR [flags]",
)
.run(|call| Box::pin(unsupported(call, "building kustomizations")));

pub(super) const PROXY: Command =
    Command::new("proxy", "Run a proxy to the Kubernetes API server", "[--port=PORT]")
        .run(|call| Box::pin(unsupported(call, "serving a proxy")));

pub(super) const DEBUG: Command = Command::new(
    "debug",
    "Create debugging sessions for troubleshooting workloads and nodes",
    "(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]",
)
.run(|call| Box::pin(unsupported(call, "debugging containers")));

pub(super) const CERTIFICATE: Command =
    Command::new("certificate", "Modify certificate resources", "SUBCOMMAND")
        .run(|call| Box::pin(unsupported(call, "signing certificates")));

async fn options(call: &Call<'_>) -> Outcome {
    call.io.out(&options_help());
    Ok(())
}

async fn plugins(_call: &Call<'_>) -> Outcome {
    fail("unable to find any kubectl plugins in your PATH")
}

async fn completion(call: &Call<'_>) -> Outcome {
    match call.args.as_slice() {
        [] => Err(call.usage("Shell not specified.")),
        [shell] if matches!(shell.as_str(), "bash" | "zsh" | "fish" | "powershell") => {
            fail(format!("this kubectl completes by itself and has no script for {shell}"))
        }
        [shell] => Err(call.usage(format!("Unsupported shell type {shell:?}."))),
        _ => Err(call.usage("Too many arguments. Expected only the shell type.")),
    }
}

async fn unsupported(_call: &Call<'_>, what: &str) -> Outcome {
    fail(format!("{what} is not supported here"))
}
