//! The Pod Security Standards: what a namespace's labels let its Pods do.
//!
//! Source: `staging/src/k8s.io/pod-security-admission/{api,policy}`.

mod baseline;
mod restricted;

use crate::api::{Errors, Path};
use crate::value::Value;
use std::fmt;

const PREFIX: &str = "pod-security.kubernetes.io/";

/// How much a Pod may do, the most first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Anything.
    #[default]
    Privileged,
    /// Nothing that is known to take over the node.
    Baseline,
    /// Only what follows today's advice.
    Restricted,
}

/// A level as some version of Kubernetes judged it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standard {
    /// The level.
    pub level: Level,
    /// The minor version; the highest number stands for the newest.
    pub minor: u32,
}

impl Default for Standard {
    fn default() -> Self {
        Self { level: Level::Privileged, minor: u32::MAX }
    }
}

impl fmt::Display for Standard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Privileged => "privileged",
            Level::Baseline => "baseline",
            Level::Restricted => "restricted",
        };
        match self.minor {
            u32::MAX => write!(f, "{level}:latest"),
            minor => write!(f, "{level}:v1.{minor}"),
        }
    }
}

/// What a namespace wants of its Pods. Its wish for audits is without effect,
/// as nobody writes an audit log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    /// What Pods must keep to.
    pub enforce: Standard,
    /// What is warned about.
    pub warn: Standard,
}

/// Reads the policy that the labels of a namespace ask for, and what is wrong
/// with them.
pub fn policy_of(labels: &Value) -> (Policy, Errors) {
    let mut errors = Errors::default();
    let (level, minor) = read_mode(labels, "enforce", Level::Restricted, &mut errors);
    let enforce = Standard { level: level.unwrap_or_default(), minor: minor.unwrap_or(u32::MAX) };
    read_mode(labels, "audit", Level::Privileged, &mut errors);
    let (level, minor) = read_mode(labels, "warn", Level::Privileged, &mut errors);
    // What is enforced is warned about where nothing else is said.
    let usual = if level.is_none() { enforce.minor } else { u32::MAX };
    let warn = Standard { level: level.unwrap_or(enforce.level), minor: minor.unwrap_or(usual) };
    (Policy { enforce, warn }, errors)
}

/// The level and the version that the labels of one mode say. An unreadable
/// level counts as `fallback`, an unreadable version as the newest.
fn read_mode(
    labels: &Value,
    mode: &str,
    fallback: Level,
    errors: &mut Errors,
) -> (Option<Level>, Option<u32>) {
    let mut complain = |key: &str, text: &str, why: &str| {
        errors.invalid(&Path::ROOT.field("metadata").field("labels").key(key), text, why);
    };
    let key = format!("{PREFIX}{mode}");
    let level = labels.get(&key).map(|text| {
        level_of(text.text()).unwrap_or_else(|| {
            complain(&key, text.text(), "must be one of privileged, baseline, restricted");
            fallback
        })
    });
    let key = format!("{key}-version");
    let minor = labels.get(&key).map(|text| {
        minor_of(text.text()).unwrap_or_else(|| {
            complain(&key, text.text(), "must be \"latest\" or \"v1.x\"");
            u32::MAX
        })
    });
    (level, minor)
}

fn level_of(text: &str) -> Option<Level> {
    match text {
        "privileged" => Some(Level::Privileged),
        "baseline" => Some(Level::Baseline),
        "restricted" => Some(Level::Restricted),
        _ => None,
    }
}

fn minor_of(text: &str) -> Option<u32> {
    if text == "latest" {
        return Some(u32::MAX);
    }
    let digits = text.strip_prefix("v1.")?;
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    digits.parse().ok()
}

/// What a Pod does that its standard does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    reason: &'static str,
    detail: String,
}

impl Violation {
    fn new(reason: &'static str, detail: String) -> Self {
        Self { reason, detail }
    }

    /// The kind of violation, as warnings about many Pods name it.
    pub fn reason(&self) -> &'static str {
        self.reason
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.detail.as_str() {
            "" => f.write_str(self.reason),
            detail => write!(f, "{} ({detail})", self.reason),
        }
    }
}

/// Judges the spec of a Pod or of a template.
pub fn violations(standard: Standard, spec: &Value) -> Vec<Violation> {
    let Standard { level, minor } = standard;
    if level == Level::Privileged {
        return Vec::new();
    }
    let is_restricted = level == Level::Restricted;
    // The restricted level says the same in its own words.
    let own = |since: u32| is_restricted && minor >= since;
    let mut found: Vec<Option<Violation>> = vec![baseline::app_armor(spec)];
    if !own(restricted::CAPABILITIES_SINCE) {
        found.push(baseline::capabilities(spec));
    }
    found.push(baseline::host_namespaces(spec));
    if !is_restricted {
        found.push(baseline::host_paths(spec));
    }
    found.extend([
        baseline::host_ports(spec),
        baseline::privileged(spec),
        baseline::proc_mount(spec),
        baseline::se_linux(spec),
    ]);
    if !own(restricted::SECCOMP_SINCE) {
        found.push(baseline::seccomp(spec));
    }
    found.extend([baseline::sysctls(spec, minor), baseline::host_process(spec)]);
    if is_restricted {
        found.extend(restricted::all(spec, minor));
    }
    found.into_iter().flatten().collect()
}

/// `a, b, c`.
pub fn list(violations: &[Violation]) -> String {
    violations.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The containers of a Pod in the order in which they are looked at.
fn containers(spec: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    lists.into_iter().flat_map(|list| spec[list].items())
}

/// The names of the containers of which something holds.
fn names_of(spec: &Value, holds: impl Fn(&Value) -> bool) -> Vec<&str> {
    containers(spec).filter(|one| holds(one)).map(|one| one["name"].text()).collect()
}

/// `container "a"` or `containers "a", "b"`.
fn named(noun: &str, names: &[&str]) -> String {
    format!("{noun}{} {}", plural(names), quoted(names))
}

/// `"a", "b"`.
fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

fn plural(names: &[&str]) -> &'static str {
    if names.len() == 1 { "" } else { "s" }
}

/// Who set something: `pod and containers "a", "b"`; nobody if empty.
fn setters(by_pod: bool, names: &[&str]) -> String {
    let containers = if names.is_empty() { String::new() } else { named("container", names) };
    match (by_pod, containers.as_str()) {
        (true, "") => "pod".to_owned(),
        (true, _) => format!("pod and {containers}"),
        (false, _) => containers,
    }
}

/// The values sorted, each once.
fn sorted<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut values: Vec<&str> = values.into_iter().collect();
    values.sort_unstable();
    values.dedup();
    values
}

#[cfg(test)]
mod tests;
