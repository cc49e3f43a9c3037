//! What the kubeconfig says.

use std::fmt::Write as _;

use podyard_engine::base64;
use podyard_engine::value::Value;

use crate::call::Call;
use crate::failure::{Failure, Outcome, fail};
use crate::output::{FORMATS, Printer};
use crate::print::{self, TabWriter};

pub(super) fn current_context(call: &Call<'_>) -> Outcome {
    match call.config.current() {
        "" => fail("current-context is not set"),
        name => {
            call.io.line(name);
            Ok(())
        }
    }
}

pub(super) fn names(call: &Call<'_>, section: &str) {
    call.io.line("NAME");
    for entry in call.config.content[section].items() {
        call.io.line(entry["name"].text());
    }
}

pub(super) fn contexts(call: &Call<'_>) -> Outcome {
    let output = call.flags.text("output");
    if !matches!(output, "" | "name") {
        return fail(format!(
            "--output {output} is not available in kubectl config get-contexts; resetting to \
             default output format"
        ));
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
            let _ = writeln!(text, "{name}");
            continue;
        }
        let context = &entry["context"];
        let mark = if name == call.config.current() { "*" } else { "" };
        let _ = writeln!(
            text,
            "{mark}\t{name}\t{}\t{}\t{}",
            context["cluster"].text(),
            context["user"].text(),
            context["namespace"].text()
        );
    }
    call.io.out(&TabWriter::for_tables().format(&text));
    Failure::collect(failures)
}

pub(super) fn view(call: &Call<'_>) -> Outcome {
    if !call.args.is_empty() {
        return Err(call.usage(format!("unexpected arguments: [{}]", call.args.join(" "))));
    }
    if !call.flags.is("merge") && call.flags.text("kubeconfig").is_empty() {
        return fail("if merge==false a precise file must be specified");
    }
    let mut content = call.config.content.clone();
    if call.flags.is("minify") {
        content = minified(call)?;
    }
    if call.flags.is("flatten") {
        flatten(call, &mut content);
    } else if !call.flags.is("raw") {
        redact(&mut content);
    }
    // A template alone is enough, though YAML is the default.
    let by_template = !call.flags.text("template").is_empty() && !call.flags.changed("output");
    let printer = if by_template { Printer::template(call)? } else { Printer::of(call, FORMATS)? };
    if let Some(Printer::Json) = printer {
        call.io.out(&print::to_ranked_json_text(&content, ORDER, 4));
        Ok(())
    } else if let Some(printer) = printer {
        printer.print(&call.io, &content)
    } else {
        call.io.out(&print::to_yaml(&content));
        Ok(())
    }
}

/// The fields of Go's structs for a kubeconfig, in their order.
const ORDER: &[&str] = &[
    "kind",
    "apiVersion",
    "preferences",
    "clusters",
    "users",
    "contexts",
    "current-context",
    "name",
    "cluster",
    "user",
    "context",
    "server",
    "tls-server-name",
    "insecure-skip-tls-verify",
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
    "certificate-authority",
    "certificate-authority-data",
    "proxy-url",
    "token",
    "username",
    "password",
    "auth-provider",
    "exec",
    "config",
    "command",
    "args",
    "env",
    "apiVersion",
    "provideClusterInfo",
    "interactiveMode",
    "namespace",
];

/// Puts the content of files in the place of their names.
fn flatten(call: &Call<'_>, content: &mut Value) {
    let sections = [
        ("clusters", "cluster", &["certificate-authority"][..]),
        ("users", "user", &["client-certificate", "client-key"][..]),
    ];
    for (section, entry, fields) in sections {
        if content[section].is_null() {
            continue;
        }
        for one in content[section].make_list() {
            for field in fields {
                let path = one[entry][*field].text();
                let Ok(bytes) = call.io.host.read_file(path) else { continue };
                one[entry].set(format!("{field}-data"), base64::encode(&bytes));
                one[entry].remove(field);
            }
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
    let used = call.config.context(name);
    if used.is_null() {
        return fail(format!("cannot locate context {name}"));
    }
    let kept =
        [("contexts", name), ("clusters", used["cluster"].text()), ("users", used["user"].text())];
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
