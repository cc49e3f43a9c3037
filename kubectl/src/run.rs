//! From arguments to a command, and from its failure to messages and an exit
//! code.

use crate::call::Call;
use crate::command::{Found, find, full_help, suggestions};
use crate::commands::ROOT;
use crate::failure::{Failure, Outcome};
use crate::flags::{FlagError, GLOBAL, parse};
use crate::io::Io;

/// Runs kubectl with the arguments that follow its name; gives the exit code.
pub async fn run(args: &[String], io: &Io<'_>) -> i32 {
    match execute(args, io).await {
        Ok(()) => 0,
        Err(failure) => {
            let (text, code) = failure.report();
            if !text.is_empty() {
                io.warn(text.strip_suffix('\n').unwrap_or(&text));
            }
            code
        }
    }
}

async fn execute(args: &[String], io: &Io<'_>) -> Outcome {
    let found = find(&ROOT, args);
    let Some(command) = found.command() else { return Ok(()) };
    let mut groups = command.flags.to_vec();
    groups.push(GLOBAL);
    let parsed = parse(&groups, &found.args).map_err(|FlagError(problem)| {
        Failure::Text(format!("{problem}\nSee '{} --help' for usage.", found.name()))
    })?;
    for warning in &parsed.warnings {
        io.warn(warning);
    }
    if parsed.help {
        io.out(&full_help(&found.path, io.host));
        return Ok(());
    }
    if found.path.len() == 1 {
        return bare(&parsed.args, io);
    }
    let missing: Vec<String> = command
        .required
        .iter()
        .filter(|name| !parsed.values.changed(name))
        .map(|name| format!("{name:?}"))
        .collect();
    if !missing.is_empty() {
        return Err(Failure::Text(format!("required flag(s) {} not set", missing.join(", "))));
    }
    match command.run {
        Some(code) => {
            let as_errors = parsed.values.is("warnings-as-errors");
            let call = Call::new(*io, found.path, args, parsed)?;
            let is_config = call.path.iter().any(|command| command.name == "config");
            if call.flags.is("match-server-version") && !is_config {
                crate::commands::require_same_version(&call).await?;
            }
            code(&call).await?;
            warnings_as_errors(&call, as_errors)
        }
        None => parent(&found, &parsed.args, io),
    }
}

fn warnings_as_errors(call: &Call<'_>, wanted: bool) -> Outcome {
    match call.client.warnings.get() {
        0 => Ok(()),
        _ if !wanted => Ok(()),
        1 => Err("1 warning received".into()),
        many => Err(Failure::Text(format!("{many} warnings received"))),
    }
}

/// `kubectl` with nothing it knows after it.
fn bare(args: &[String], io: &Io<'_>) -> Outcome {
    if let Some(words) = args.strip_prefix(&["help".to_owned()]) {
        help(words, io);
        return Ok(());
    }
    let Some(word) = args.first() else {
        io.out(&full_help(&[&ROOT], io.host));
        return Ok(());
    };
    let mut text = format!("unknown command {word:?} for \"kubectl\"");
    let near = suggestions(&ROOT, word);
    if !near.is_empty() {
        text.push_str("\n\nDid you mean this?\n");
        text.extend(near.into_iter().map(|name| format!("\t{name}\n")));
    }
    Err(Failure::Text(text))
}

/// A command that only holds others.
fn parent(found: &Found, args: &[String], io: &Io<'_>) -> Outcome {
    let is_certificate = found.command().is_some_and(|command| command.name == "certificate");
    if !args.is_empty() && !is_certificate {
        return Err(Failure::Text(format!(
            "unknown command {:?}\nSee '{} -h' for help and examples",
            args.join(" "),
            found.name()
        )));
    }
    let text = full_help(&found.path, io.host);
    if is_certificate {
        io.out(&text);
        return Ok(());
    }
    // Only `rollout` gives its help to standard output.
    if found.command().is_some_and(|command| command.name == "rollout") {
        io.out(&text);
    } else {
        io.stderr.write(text.as_bytes());
    }
    Err(Failure::Exit(1))
}

/// `kubectl help [COMMAND]`.
fn help(words: &[String], io: &Io<'_>) {
    let found = find(&ROOT, words);
    if let Some(unknown) = found.args.first() {
        let words = if found.path.len() == 1 { words.join(" ") } else { unknown.clone() };
        let usage = crate::command::usage_help(&found.path);
        io.warn(&format!("Unknown help topic [`{words}`]\n\n\n{}", usage.trim_end()));
        return;
    }
    io.out(&full_help(&found.path, io.host));
}
