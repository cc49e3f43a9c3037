//! `kubectl config`.
//!
//! Models kubectl's `pkg/cmd/config`.

mod change;
mod show;

use std::future::ready;

use crate::call::Call;
use crate::command::{Command, full_help};
use crate::failure::{Failure, Outcome};
use crate::flags::{self, Flag};

const VIEW_FLAGS: &[Flag] = &[
    flags::switch("allow-missing-template-keys", "Let templates name fields that are missing.")
        .default("true"),
    flags::switch("flatten", "Put the content of files in their places."),
    flags::switch("merge", "Join the files of the kubeconfig.").default("true"),
    flags::switch("minify", "Only what the current context uses."),
    flags::text("output", "The output format.").short('o').default("yaml"),
    flags::switch("raw", "Show certificates and secrets."),
    flags::switch("show-managed-fields", "Keep managedFields."),
    flags::text("template", "A template, for -o go-template."),
];
const CONTEXTS_FLAGS: &[Flag] = &[
    flags::switch("no-headers", "Print no headers."),
    flags::text("output", "The output format: name.").short('o'),
];
const SET_CONTEXT_FLAGS: &[Flag] = &[
    flags::text("cluster", "The context's cluster."),
    flags::switch("current", "Change the current context."),
    flags::text("namespace", "The context's namespace."),
    flags::text("user", "The context's user."),
];
const SET_CLUSTER_FLAGS: &[Flag] = &[
    flags::text("certificate-authority", "A file with the authority's certificate."),
    flags::switch("insecure-skip-tls-verify", "Do not check the server's certificate."),
    flags::text("server", "The cluster's server."),
];
const SET_USER_FLAGS: &[Flag] = &[
    flags::text("password", "The user's password."),
    flags::text("token", "The user's token."),
    flags::text("username", "The user's name."),
];

pub(super) const CONFIG: Command = Command::new("config", "Modify kubeconfig files", "SUBCOMMAND")
    .children(&[
        Command::new("current-context", "Display the current-context", "[flags]")
            .run(|call| Box::pin(ready(show::current_context(call)))),
        Command::new("delete-cluster", "Delete the specified cluster from the kubeconfig", "NAME")
            .run(|call| Box::pin(ready(change::delete(call, "clusters", "cluster")))),
        Command::new("delete-context", "Delete the specified context from the kubeconfig", "NAME")
            .run(|call| Box::pin(ready(change::delete(call, "contexts", "context")))),
        Command::new("delete-user", "Delete the specified user from the kubeconfig", "NAME")
            .run(|call| Box::pin(ready(change::delete(call, "users", "user")))),
        Command::new("get-clusters", "Display clusters defined in the kubeconfig", "[flags]").run(
            |call| {
                show::names(call, "clusters");
                Box::pin(ready(Ok(())))
            },
        ),
        Command::new("get-contexts", "Describe one or many contexts", "[(-o|--output=)name)]")
            .flags(&[CONTEXTS_FLAGS])
            .run(|call| Box::pin(ready(show::contexts(call)))),
        Command::new("get-users", "Display users defined in the kubeconfig", "[flags]").run(
            |call| {
                show::names(call, "users");
                Box::pin(ready(Ok(())))
            },
        ),
        Command::new(
            "rename-context",
            "Rename a context from the kubeconfig file",
            "CONTEXT_NAME NEW_NAME",
        )
        .run(|call| Box::pin(ready(change::rename(call)))),
        Command::new(
            "set",
            "Set an individual value in a kubeconfig file",
            "PROPERTY_NAME PROPERTY_VALUE",
        )
        .run(|call| Box::pin(ready(change::set(call)))),
        Command::new(
            "set-cluster",
            "Set a cluster entry in kubeconfig",
            "NAME [--server=server] \
             [--certificate-authority=path/to/certificate/authority] \
             [--insecure-skip-tls-verify=true]",
        )
        .flags(&[SET_CLUSTER_FLAGS])
        .run(|call| Box::pin(ready(change::set_cluster(call)))),
        Command::new(
            "set-context",
            "Set a context entry in kubeconfig",
            "[NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] \
             [--namespace=namespace]",
        )
        .flags(&[SET_CONTEXT_FLAGS])
        .run(|call| Box::pin(ready(change::set_context(call)))),
        Command::new(
            "set-credentials",
            "Set a user entry in kubeconfig",
            "NAME [--token=bearer_token] [--username=basic_user] [--password=basic_password]",
        )
        .flags(&[SET_USER_FLAGS])
        .run(|call| Box::pin(ready(change::set_user(call)))),
        Command::new("unset", "Unset an individual value in a kubeconfig file", "PROPERTY_NAME")
            .run(|call| Box::pin(ready(change::unset(call)))),
        Command::new("use-context", "Set the current-context in a kubeconfig file", "CONTEXT_NAME")
            .aliases(&["use"])
            .run(|call| Box::pin(ready(change::use_context(call)))),
        Command::new(
            "view",
            "Display merged kubeconfig settings or a specified kubeconfig file",
            "[flags]",
        )
        .flags(&[VIEW_FLAGS])
        .run(|call| Box::pin(ready(show::view(call)))),
    ]);

/// The refusal of arguments, after the command's help.
fn unexpected(call: &Call<'_>) -> Failure {
    call.io.out(&full_help(&call.path, call.io.host));
    Failure::Text(format!("Unexpected args: [{}]", call.args.join(" ")))
}

/// The one argument.
fn one<'c>(call: &'c Call<'_>) -> Outcome<&'c str> {
    match call.args.as_slice() {
        [name] => Ok(name),
        _ => Err(unexpected(call)),
    }
}
