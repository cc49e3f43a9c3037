//! `kubectl config`.
//!
//! Models kubectl's `pkg/cmd/config`.

use podyard_engine::value::Value;

use crate::call::Call;
use crate::command::{Command, full_help};
use crate::config::Config;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};
use crate::output::{FORMATS, Printer};
use crate::print::{self, TabWriter};

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
    flags::text("namespace", "The context's namespace.").short('n'),
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
            .run(|call| Box::pin(current_context(call))),
        Command::new("delete-cluster", "Delete the specified cluster from the kubeconfig", "NAME")
            .run(|call| Box::pin(delete(call, "clusters", "cluster"))),
        Command::new("delete-context", "Delete the specified context from the kubeconfig", "NAME")
            .run(|call| Box::pin(delete(call, "contexts", "context"))),
        Command::new("delete-user", "Delete the specified user from the kubeconfig", "NAME")
            .run(|call| Box::pin(delete(call, "users", "user"))),
        Command::new("get-clusters", "Display clusters defined in the kubeconfig", "[flags]")
            .run(|call| Box::pin(names(call, "clusters"))),
        Command::new("get-contexts", "Describe one or many contexts", "[(-o|--output=)name)]")
            .flags(&[CONTEXTS_FLAGS])
            .run(|call| Box::pin(contexts(call))),
        Command::new("get-users", "Display users defined in the kubeconfig", "[flags]")
            .run(|call| Box::pin(names(call, "users"))),
        Command::new(
            "rename-context",
            "Rename a context from the kubeconfig file",
            "CONTEXT_NAME NEW_NAME",
        )
        .run(|call| Box::pin(rename(call))),
        Command::new(
            "set",
            "Set an individual value in a kubeconfig file",
            "PROPERTY_NAME PROPERTY_VALUE",
        )
        .run(|call| Box::pin(set(call))),
        Command::new(
            "set-cluster",
            "Set a cluster entry in kubeconfig",
            "NAME [--server=server] \
             [--certificate-authority=path/to/certificate/authority] \
             [--insecure-skip-tls-verify=true]",
        )
        .flags(&[SET_CLUSTER_FLAGS])
        .run(|call| Box::pin(set_cluster(call))),
        Command::new(
            "set-context",
            "Set a context entry in kubeconfig",
            "[NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] \
             [--namespace=namespace]",
        )
        .flags(&[SET_CONTEXT_FLAGS])
        .run(|call| Box::pin(set_context(call))),
        Command::new(
            "set-credentials",
            "Set a user entry in kubeconfig",
            "NAME [--token=bearer_token] [--username=basic_user] [--password=basic_password]",
        )
        .flags(&[SET_USER_FLAGS])
        .run(|call| Box::pin(set_user(call))),
        Command::new("use-context", "Set the current-context in a kubeconfig file", "CONTEXT_NAME")
            .aliases(&["use"])
            .run(|call| Box::pin(use_context(call))),
        Command::new(
            "view",
            "Display merged kubeconfig settings or a specified kubeconfig file",
            "[flags]",
        )
        .flags(&[VIEW_FLAGS])
        .run(|call| Box::pin(view(call))),
    ]);

async fn current_context(call: &Call<'_>) -> Outcome {
    match call.config.current() {
        "" => fail("current-context is not set"),
        name => {
            call.io.line(name);
            Ok(())
        }
    }
}

/// The refusal of arguments, after the command's help.
fn unexpected(call: &Call<'_>) -> Failure {
    call.io.out(&full_help(&call.path));
    Failure::Text(format!("Unexpected args: [{}]", call.args.join(" ")))
}

/// The one argument.
fn one<'c>(call: &'c Call<'_>) -> Outcome<&'c str> {
    match call.args.as_slice() {
        [name] => Ok(name),
        _ => Err(unexpected(call)),
    }
}

async fn use_context(call: &Call<'_>) -> Outcome {
    let name = one(call)?;
    if call.config.entry("contexts", name).is_none() {
        return fail(format!("no context exists with the name: {name:?}"));
    }
    let mut config = call.config.clone();
    config.content.set("current-context", name);
    config.save(call.io.host)?;
    call.io.line(&format!("Switched to context {name:?}."));
    Ok(())
}

async fn set_context(call: &Call<'_>) -> Outcome {
    let name = match (call.args.as_slice(), call.flags.is("current")) {
        ([name], false) => name.clone(),
        ([], true) => match call.config.current() {
            "" => return fail("no current context is set"),
            current => current.to_owned(),
        },
        ([], false) => return fail("you must specify a non-empty context name or --current"),
        ([_], true) => return fail("you cannot specify both a context name and --current"),
        _ => return Err(unexpected(call)),
    };
    let known = call.config.entry("contexts", &name).is_some();
    let mut config = call.config.clone();
    if let Some(entry) = config.entry_mut("contexts", "context", &name) {
        for field in ["cluster", "user"] {
            entry["context"].set_default(field, "");
        }
        for field in ["cluster", "user", "namespace"] {
            if call.flags.changed(field) {
                entry["context"].set(field, call.flags.text(field));
            }
        }
    }
    config.save(call.io.host)?;
    let done = if known { "modified" } else { "created" };
    call.io.line(&format!("Context {name:?} {done}."));
    Ok(())
}

async fn set_cluster(call: &Call<'_>) -> Outcome {
    let name = one(call)?;
    let mut config = call.config.clone();
    if let Some(entry) = config.entry_mut("clusters", "cluster", name) {
        for field in ["server", "certificate-authority"] {
            if call.flags.changed(field) {
                entry["cluster"].set(field, call.flags.text(field));
            }
        }
        if call.flags.changed("insecure-skip-tls-verify") {
            let skip = call.flags.is("insecure-skip-tls-verify");
            entry["cluster"].set_nonzero("insecure-skip-tls-verify", skip);
        }
    }
    config.save(call.io.host)?;
    call.io.line(&format!("Cluster {name:?} set."));
    Ok(())
}

async fn set_user(call: &Call<'_>) -> Outcome {
    let name = one(call)?;
    let mut config = call.config.clone();
    if let Some(entry) = config.entry_mut("users", "user", name) {
        for field in ["token", "username", "password"] {
            if call.flags.changed(field) {
                entry["user"].set(field, call.flags.text(field));
            }
        }
    }
    config.save(call.io.host)?;
    call.io.line(&format!("User {name:?} set."));
    Ok(())
}

/// The value that a path such as `contexts.dev.namespace` names.
fn property<'v>(config: &'v mut Config, path: &str) -> Option<(&'v mut Value, String)> {
    let (section, rest) = path.split_once('.').unwrap_or((path, ""));
    let field = match section {
        "clusters" => "cluster",
        "contexts" => "context",
        "users" => "user",
        _ => return rest.is_empty().then(|| (&mut config.content, section.to_owned())),
    };
    let (name, key) = rest.rsplit_once('.')?;
    let entry = config.entry_mut(section, field, name)?;
    Some((&mut entry[field], key.to_owned()))
}

async fn set(call: &Call<'_>) -> Outcome {
    let [path, value] = call.args.as_slice() else { return Err(unexpected(call)) };
    let mut config = call.config.clone();
    let Some((holder, key)) = property(&mut config, path) else {
        return fail(format!("unable to parse {path:?} as a property"));
    };
    holder.set(&key, value.as_str());
    config.save(call.io.host)?;
    call.io.line(&format!("Property {path:?} set."));
    Ok(())
}

async fn unset(call: &Call<'_>) -> Outcome {
    let path = one(call)?;
    let mut config = call.config.clone();
    let Some((holder, key)) = property(&mut config, path) else {
        return fail(format!("unable to parse {path:?} as a property"));
    };
    holder.remove(&key);
    config.save(call.io.host)?;
    call.io.line(&format!("Property {path:?} unset."));
    Ok(())
}

async fn delete(call: &Call<'_>, section: &str, what: &str) -> Outcome {
    let name = one(call)?;
    let path = &call.config.path;
    if call.config.entry(section, name).is_none() {
        return fail(format!("cannot delete {what} {name}, not in {path}"));
    }
    let mut config = call.config.clone();
    let entries = config.content[section].make_list();
    entries.retain(|entry| entry["name"].text() != name);
    config.save(call.io.host)?;
    if what == "context" && call.config.current() == name {
        call.io.warn("warning: this removed your active context, use \"kubectl config use-context\" to select a different one");
    }
    call.io.line(&format!("deleted {what} {name} from {path}"));
    Ok(())
}

async fn rename(call: &Call<'_>) -> Outcome {
    let [old, new] = call.args.as_slice() else {
        return Err(unexpected(call));
    };
    let path = &call.config.path;
    if call.config.entry("contexts", old).is_none() {
        return fail(format!("cannot rename the context {old:?}, it's not in {path}"));
    }
    if call.config.entry("contexts", new).is_some() {
        return fail(format!(
            "cannot rename the context {old:?}, the context {new:?} already exists in {path}"
        ));
    }
    let mut config = call.config.clone();
    if let Some(entry) = config.entry_mut("contexts", "context", old) {
        entry.set("name", new.as_str());
    }
    if config.current() == old {
        config.content.set("current-context", new.as_str());
    }
    config.save(call.io.host)?;
    call.io.line(&format!("Context {old:?} renamed to {new:?}."));
    Ok(())
}

async fn names(call: &Call<'_>, section: &str) -> Outcome {
    call.io.line("NAME");
    for entry in call.config.content[section].items() {
        call.io.line(entry["name"].text());
    }
    Ok(())
}

async fn contexts(call: &Call<'_>) -> Outcome {
    let output = call.flags.text("output");
    if !matches!(output, "" | "name") {
        return fail(format!("output must be one of '' or 'name': {output}"));
    }
    let mut failures = Vec::new();
    for name in &call.args {
        if call.config.entry("contexts", name).is_none() {
            failures.push(Failure::Text(format!("context {name} not found")));
        }
    }
    let mut text = String::new();
    if output.is_empty() && !call.flags.is("no-headers") {
        text.push_str("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
    }
    for entry in call.config.content["contexts"].items() {
        let name = entry["name"].text();
        if !call.args.is_empty() && !call.args.iter().any(|wanted| wanted == name) {
            continue;
        }
        if output == "name" {
            text.push_str(&format!("{name}\n"));
            continue;
        }
        let context = &entry["context"];
        let mark = if name == call.config.current() { "*" } else { "" };
        text.push_str(&format!(
            "{mark}\t{name}\t{}\t{}\t{}\n",
            context["cluster"].text(),
            context["user"].text(),
            context["namespace"].text()
        ));
    }
    call.io.out(&TabWriter::for_tables().format(&text));
    Failure::collect(failures)
}

async fn view(call: &Call<'_>) -> Outcome {
    if !call.args.is_empty() {
        return Err(call.usage(format!("unexpected arguments: {:?}", call.args)));
    }
    let mut content = call.config.content.clone();
    if call.flags.is("minify") {
        content = minified(call)?;
    }
    if !call.flags.is("raw") {
        redact(&mut content);
    }
    match Printer::of(call, FORMATS)? {
        Some(printer) => printer.print(&call.io, &content),
        None => {
            call.io.out(&print::to_yaml(&content));
            Ok(())
        }
    }
}

/// Only the current context, with its cluster and user.
fn minified(call: &Call<'_>) -> Outcome<Value> {
    let mut content = call.config.content.clone();
    let name = match call.flags.text("context") {
        "" => call.config.current(),
        given => given,
    };
    if name.is_empty() {
        return fail("current-context must exist in order to minify");
    }
    let context = call.config.context(name);
    if context.is_null() {
        return fail(format!("cannot locate context {name}"));
    }
    let kept = [
        ("contexts", name),
        ("clusters", context["cluster"].text()),
        ("users", context["user"].text()),
    ];
    for (section, name) in kept {
        let entries = content[section].items().iter();
        let entries: Vec<Value> =
            entries.filter(|entry| entry["name"].text() == name).cloned().collect();
        content.set(section, if entries.is_empty() { Value::Null } else { Value::list(entries) });
    }
    content.set("current-context", name);
    Ok(content)
}

fn redact(content: &mut Value) {
    let hide = |value: &mut Value, field: &str, with: &str| {
        if !value[field].is_empty() {
            value.set(field, with);
        }
    };
    if !content["clusters"].is_null() {
        for entry in content["clusters"].make_list() {
            hide(&mut entry["cluster"], "certificate-authority-data", "DATA+OMITTED");
        }
    }
    if !content["users"].is_null() {
        for entry in content["users"].make_list() {
            let user = &mut entry["user"];
            hide(user, "client-certificate-data", "DATA+OMITTED");
            hide(user, "client-key-data", "DATA+OMITTED");
            hide(user, "token", "REDACTED");
            hide(user, "password", "REDACTED");
        }
    }
}
