//! `kubectl config`.
//!
//! Models kubectl's `pkg/cmd/config`.

mod change;
mod cluster;
mod show;
mod user;

use std::future::ready;

use podyard_engine::base64;

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
    flags::switch("embed-certs", "Put the certificate itself into the kubeconfig."),
    flags::switch("insecure-skip-tls-verify", "Do not check the server's certificate."),
    flags::text("proxy-url", "The proxy on the way to the server."),
    flags::text("server", "The cluster's server."),
    flags::text("tls-server-name", "The name that the server's certificate must bear."),
];
const SET_FLAGS: &[Flag] =
    &[flags::switch("set-raw-bytes", "The value of a field of bytes is no base64.")];
const SET_USER_FLAGS: &[Flag] = &[
    flags::text("auth-provider", "The provider of credentials."),
    flags::array("auth-provider-arg", "An argument for the provider, as key=value or key-."),
    flags::text("client-certificate", "A file with the user's certificate."),
    flags::text("client-key", "A file with the user's key."),
    flags::switch("embed-certs", "Put the certificate and key themselves into the kubeconfig."),
    flags::text("exec-api-version", "The version of the API that the command speaks."),
    flags::array("exec-arg", "An argument of the command."),
    flags::text("exec-command", "A command that gives credentials."),
    flags::array("exec-env", "A variable for the command, as KEY=value or KEY-."),
    flags::text(
        "exec-interactive-mode",
        "Whether the command may ask: Never, IfAvailable, Always.",
    ),
    flags::switch("exec-provide-cluster-info", "Tell the command about the cluster."),
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
        .flags(&[SET_FLAGS])
        .run(|call| Box::pin(ready(change::set(call)))),
        Command::new(
            "set-cluster",
            "Set a cluster entry in kubeconfig",
            "NAME [--server=server] \
             [--certificate-authority=path/to/certificate/authority] \
             [--insecure-skip-tls-verify=true]",
        )
        .flags(&[SET_CLUSTER_FLAGS])
        .run(|call| Box::pin(ready(cluster::set(call)))),
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
        .run(|call| Box::pin(ready(user::set(call)))),
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

/// A path as the kubeconfig holds it: from the root.
fn absolute(call: &Call<'_>, path: &str) -> String {
    if path.is_empty() || path.starts_with('/') {
        return path.to_owned();
    }
    format!("{}/{path}", call.io.host.variable("PWD").unwrap_or_default())
}

/// The bytes of a file in base64, as `--embed-certs` holds them.
fn embedded(call: &Call<'_>, flag: &str) -> Outcome<String> {
    let path = absolute(call, call.flags.text(flag));
    match call.io.host.read_file(&path) {
        Ok(bytes) => Ok(base64::encode(&bytes)),
        Err(error) => Err(Failure::Text(format!(
            "could not read {flag} data from {path}: open {path}: {}",
            error.text()
        ))),
    }
}

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
