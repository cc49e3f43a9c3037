//! What the word being typed may become.
//!
//! Models kubectl's `pkg/util/completion` on top of cobra's `__complete`.

use crate::call::Call;
use crate::client::Target;
use crate::command::{Command, find};
use crate::commands::ROOT;
use crate::discovery::Resource;
use crate::failure::Outcome;
use crate::flags::{Flag, GLOBAL, parse};
use crate::io::Io;
use crate::output::GET_FORMATS;

/// What a word may become.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    /// The candidates: whole words, and what they are, where that is known.
    pub words: Vec<(String, &'static str)>,
    /// Whether the names of files are candidates too.
    pub files: bool,
}

/// Completes the last of `words`, which follow `kubectl`; it may be empty.
pub async fn complete(words: &[String], io: &Io<'_>) -> Completion {
    let Some((typed, before)) = words.split_last() else { return Completion::default() };
    let found = find(&ROOT, before);
    let Some(command) = found.command() else { return Completion::default() };
    let mut groups = command.flags.to_vec();
    groups.push(GLOBAL);
    let flags: Vec<&Flag> = groups.iter().flat_map(|group| group.iter()).collect();
    if let Some(flag) = awaited(&flags, before) {
        let call = call_of(io, &found, before);
        return value_of(call.as_ref(), flag, "", typed).await;
    }
    if let Some((name, value)) = typed.split_once('=')
        && let Some(flag) = flags.iter().find(|flag| name.strip_prefix("--") == Some(flag.name))
    {
        let call = call_of(io, &found, before);
        return value_of(call.as_ref(), flag, &format!("{name}="), value).await;
    }
    if typed.starts_with('-') {
        return Completion { words: flag_names(&flags, typed), files: false };
    }
    let mut completion = Completion::default();
    if found.args.iter().all(|arg| arg.starts_with('-')) {
        completion.words.extend(children(command, typed));
    }
    if command.run.is_some()
        && let Some(call) = call_of(io, &found, before)
        // Without a server there is nothing to offer.
        && let Ok(found) = arguments(&call, command, typed).await
    {
        completion.words.extend(found.into_iter().map(|word| (word, "")));
    }
    completion
}

fn call_of<'a>(io: &Io<'a>, found: &crate::command::Found, before: &[String]) -> Option<Call<'a>> {
    let mut groups = found.command()?.flags.to_vec();
    groups.push(GLOBAL);
    // A flag that still awaits its value is left out.
    let parsed = parse(&groups, &found.args).or_else(|_| {
        let shorter = found.args.split_last().map(|(_, rest)| rest).unwrap_or_default();
        parse(&groups, shorter)
    });
    Call::new(*io, found.path.clone(), before, parsed.ok()?).ok()
}

/// The flag whose value comes next.
fn awaited<'f>(flags: &[&'f Flag], before: &[String]) -> Option<&'f Flag> {
    let last = before.last()?;
    let flag = flags.iter().find(|flag| match last.strip_prefix("--") {
        Some(long) => flag.name == long,
        None => last.strip_prefix('-').is_some_and(|letters| {
            let mut letters = letters.chars();
            flag.short.is_some() && letters.next() == flag.short && letters.next().is_none()
        }),
    })?;
    flag.bare().is_none().then_some(*flag)
}

fn flag_names(flags: &[&Flag], typed: &str) -> Vec<(String, &'static str)> {
    let mut names = Vec::new();
    for flag in flags.iter().filter(|flag| flag.deprecated.is_none()) {
        names.push((format!("--{}", flag.name), flag.usage));
        names.extend(flag.short.map(|letter| (format!("-{letter}"), flag.usage)));
    }
    names.retain(|(name, _)| name.starts_with(typed));
    names.sort();
    names
}

fn children(command: &Command, typed: &str) -> Vec<(String, &'static str)> {
    let named = command.children.iter().filter(|child| child.name.starts_with(typed));
    named.map(|child| (child.name.to_owned(), child.short)).collect()
}

/// The values of a flag, each behind `prefix`.
async fn value_of(call: Option<&Call<'_>>, flag: &Flag, prefix: &str, typed: &str) -> Completion {
    let mut completion = Completion::default();
    let values: Vec<String> = match (flag.name, call) {
        ("filename" | "patch-file" | "kubeconfig" | "from-file" | "from-env-file", _) => {
            completion.files = true;
            Vec::new()
        }
        ("output", Some(call)) if call.path.last().is_some_and(|one| one.name == "get") => {
            GET_FORMATS.split(',').map(str::to_owned).collect()
        }
        ("namespace", Some(call)) => {
            let target = Target::of(["api", "v1", "namespaces"]);
            names(call, &target).await.unwrap_or_default()
        }
        ("context", Some(call)) => {
            let contexts = call.config.content["contexts"].items().iter();
            contexts.map(|entry| entry["name"].text().to_owned()).collect()
        }
        ("dry-run", _) => ["none", "client", "server"].map(str::to_owned).to_vec(),
        _ => Vec::new(),
    };
    let fitting = values.into_iter().filter(|value| value.starts_with(typed));
    completion.words = fitting.map(|value| (format!("{prefix}{value}"), "")).collect();
    completion
}

/// The arguments of `command` that begin as `typed` does.
async fn arguments(call: &Call<'_>, command: &Command, typed: &str) -> Outcome<Vec<String>> {
    let parent = call.path.get(1).map_or("", |command| command.name);
    match (parent, command.name) {
        (_, "logs" | "exec" | "attach" | "port-forward" | "cp" | "debug") => {
            match call.args.len() {
                0 if typed.contains('/') => pair(call, typed).await,
                0 => objects(call, "pods", typed).await,
                _ => Ok(Vec::new()),
            }
        }
        (_, "cordon" | "uncordon" | "drain") => objects(call, "nodes", typed).await,
        ("config", "use-context" | "delete-context" | "rename-context") => {
            let contexts = call.config.content["contexts"].items().iter();
            let named = contexts.map(|entry| entry["name"].text().to_owned());
            Ok(named.filter(|name| name.starts_with(typed)).collect())
        }
        ("config" | "create" | "auth" | "run" | "version" | "apply", _) => Ok(Vec::new()),
        _ => match call.args.first() {
            None if typed.contains('/') => pair(call, typed).await,
            None => types(call, typed).await,
            Some(first) if first.contains('/') => pair(call, typed).await,
            Some(_) if command.name == "explain" => Ok(Vec::new()),
            Some(first) => objects(call, first, typed).await,
        },
    }
}

/// The types that begin as the last part of a comma list does.
async fn types(call: &Call<'_>, typed: &str) -> Outcome<Vec<String>> {
    let (done, typed) = match typed.rsplit_once(',') {
        Some((done, typed)) => (format!("{done},"), typed),
        None => (String::new(), typed),
    };
    let discovery = call.client.discovery().await?;
    let mut found: Vec<&Resource> = discovery.preferred().into_iter().map(|one| &**one).collect();
    found.retain(|one| one.can("get"));
    found.sort_by(|a, b| (&a.group, &a.plural).cmp(&(&b.group, &b.plural)));
    let named = found.into_iter().map(Resource::qualified);
    Ok(named.filter(|name| name.starts_with(typed)).map(|name| format!("{done}{name}")).collect())
}

/// The names of the objects of a type that are not among the arguments yet.
async fn objects(call: &Call<'_>, word: &str, typed: &str) -> Outcome<Vec<String>> {
    let resource = call.client.discovery().await?.lookup(word)?;
    let mut found = names(call, &resource.collection(&call.namespace)).await?;
    found.retain(|name| name.starts_with(typed) && !call.args.contains(name));
    Ok(found)
}

/// The objects of the type in `type/name`.
async fn pair(call: &Call<'_>, typed: &str) -> Outcome<Vec<String>> {
    let (word, name) = typed.split_once('/').unwrap_or((typed, ""));
    let found = objects(call, word, name).await?;
    Ok(found.into_iter().map(|name| format!("{word}/{name}")).collect())
}

async fn names(call: &Call<'_>, target: &Target) -> Outcome<Vec<String>> {
    let list = call.client.get(target).await?;
    let items = list["items"].items().iter();
    Ok(items.map(|item| item["metadata"]["name"].text().to_owned()).collect())
}
