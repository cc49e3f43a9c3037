//! Help texts: as released where they are at hand, else made from the tables.

use std::fmt::Write as _;

use super::{Command, manual};
use crate::flags::{Flag, GLOBAL, Takes};
use crate::host::Host;

/// The headings of the top-level help and the commands under each.
const GROUPS: &[(&str, &[&str])] = &[
    ("Basic Commands (Beginner):", &["create", "expose", "run", "set"]),
    ("Basic Commands (Intermediate):", &["explain", "get", "edit", "delete"]),
    ("Deploy Commands:", &["rollout", "scale", "autoscale"]),
    (
        "Cluster Management Commands:",
        &["certificate", "cluster-info", "top", "cordon", "uncordon", "drain", "taint"],
    ),
    (
        "Troubleshooting and Debugging Commands:",
        &[
            "describe",
            "logs",
            "attach",
            "exec",
            "port-forward",
            "proxy",
            "cp",
            "auth",
            "debug",
            "events",
        ],
    ),
    ("Advanced Commands:", &["diff", "apply", "patch", "replace", "wait", "kustomize"]),
    ("Settings Commands:", &["label", "annotate", "completion"]),
    ("Subcommands provided by plugins:", &[]),
    ("Other Commands:", &["api-resources", "api-versions", "config", "plugin", "version"]),
];

/// Everything `--help` says about the last command of `path`.
pub fn full_help(path: &[&'static Command], host: &dyn Host) -> String {
    let names: Vec<_> = path.iter().map(|command| command.name).collect();
    released(&names.join(" "), host).unwrap_or_else(|| from_tables(path))
}

fn released(name: &str, host: &dyn Host) -> Option<String> {
    manual::entry(name, &host.variable("HOME").unwrap_or_default())
}

fn from_tables(path: &[&'static Command]) -> String {
    let Some(command) = path.last() else { return String::new() };
    let mut text = String::new();
    if path.len() == 1 {
        text.push_str(
            "kubectl controls the Kubernetes cluster manager.\n\n \
             Find more information at: https://kubernetes.io/docs/reference/kubectl/\n\n",
        );
        text.push_str(&usage_help(path));
        return text;
    }
    let _ = write!(text, "{}.\n\n", command.short.trim_end_matches('.'));
    text.push_str(&usage_help(path));
    text
}

/// The part of the help that follows the description: also what
/// `kubectl help nonsense` prints.
pub fn usage_help(path: &[&'static Command]) -> String {
    let Some(command) = path.last() else { return String::new() };
    let names: Vec<_> = path.iter().map(|command| command.name).collect();
    let name = names.join(" ");
    let mut text = String::new();
    if !command.aliases.is_empty() {
        let _ = write!(text, "Aliases:\n{}, {}\n\n", command.name, command.aliases.join(", "));
    }
    if name == "kubectl" {
        text.push_str(&grouped(command));
    } else if !command.children.is_empty() {
        text.push_str("Available Commands:\n");
        let mut children: Vec<_> = command.children.iter().collect();
        children.sort_by_key(|child| child.name);
        let widest = children.iter().map(|child| child.name.len()).max().unwrap_or_default();
        text.push_str(&command_list(&children, widest.max(11)));
        text.push('\n');
    }
    let options = options(command.flags);
    if !options.is_empty() {
        let _ = write!(text, "Options:\n{options}\n");
    }
    let _ = write!(text, "Usage:\n  {name} {}", command.usage);
    if !command.usage.contains("[options]") {
        text.push_str(if command.usage.is_empty() { "[options]" } else { " [options]" });
    }
    text.push_str("\n\n");
    if !command.children.is_empty() {
        let _ = writeln!(
            text,
            "Use \"{name} <command> --help\" for more information about a given command."
        );
    }
    text.push_str(
        "Use \"kubectl options\" for a list of global command-line options \
         (applies to all commands).\n",
    );
    text
}

fn grouped(root: &Command) -> String {
    let mut text = String::new();
    for (heading, names) in GROUPS {
        let _ = writeln!(text, "{heading}");
        let children: Vec<_> = names.iter().filter_map(|name| root.child(name)).collect();
        text.push_str(&command_list(&children, 13));
        text.push('\n');
    }
    text
}

/// Three blanks after the longest name, which counts as eleven letters at least.
fn command_list(children: &[&Command], width: usize) -> String {
    let mut text = String::new();
    for child in children {
        let _ = writeln!(text, "  {:<width$}   {}", child.name, child.short);
    }
    text
}

/// `kubectl options`: the flags that every command takes.
pub fn options_help(host: &dyn Host) -> String {
    let lead = "The following options can be passed to any command:\n\n";
    match released("kubectl options", host) {
        Some(text) => format!("{text}\n"),
        None => format!("{lead}{}", options(&[GLOBAL])),
    }
}

/// The flags with their defaults, in order of their names.
fn options(groups: &[&[Flag]]) -> String {
    let mut flags: Vec<&Flag> = groups.iter().flat_map(|group| group.iter()).collect();
    flags.retain(|flag| flag.deprecated.is_none());
    flags.sort_by_key(|flag| flag.name);
    let mut text = String::new();
    for (index, flag) in flags.iter().enumerate() {
        let lead = if index == 0 { "" } else { "\n" };
        let short = flag.short.map(|letter| format!("-{letter}, ")).unwrap_or_default();
        let default = match flag.takes {
            Takes::Text | Takes::TextOr(_) => format!("'{}'", flag.default),
            Takes::List | Takes::Array => format!("[{}]", flag.default),
            _ => flag.default.to_owned(),
        };
        let _ = write!(text, "{lead}    {short}--{}={default}:\n\t{}\n", flag.name, flag.usage);
    }
    text
}
