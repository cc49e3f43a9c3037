//! `touch`, `rm`, `mkdir`, `cp`, `mv`, `ln`, `chmod`, and the other changes of
//! the tree of files.

use super::Starter;
use super::adapter::{Call, Instant};
use super::find::tree;
use super::modes::{change_mode, change_owner, convert, truncate};
use crate::process::{Entry, FileError, Kind, parent};

pub(super) fn find(name: &str) -> Option<Starter> {
    Some(match name {
        "touch" => |_, family| Instant::boxed(family, touch),
        "rm" => |_, family| Instant::boxed(family, remove),
        "rmdir" => |_, family| Instant::boxed(family, remove_directory),
        "mkdir" => |_, family| Instant::boxed(family, make_directory),
        "cp" => |_, family| Instant::boxed(family, copy),
        "mv" => |_, family| Instant::boxed(family, rename),
        "ln" => |_, family| Instant::boxed(family, link),
        "chmod" => |_, family| Instant::boxed(family, change_mode),
        "chown" | "chgrp" => |_, family| Instant::boxed(family, change_owner),
        "basename" => |_, family| Instant::boxed(family, basename),
        "dirname" => |_, family| Instant::boxed(family, dirname),
        "readlink" | "realpath" => |_, family| Instant::boxed(family, real_path),
        "mktemp" => |_, family| Instant::boxed(family, temporary),
        "which" => |_, family| Instant::boxed(family, which),
        "truncate" => |_, family| Instant::boxed(family, truncate),
        "dd" => |_, family| Instant::boxed(family, convert),
        _ => return None,
    })
}

fn touch(call: &mut Call<'_, '_>) -> u8 {
    let arguments = match call.parse("acmd:t:r:", &[("date", 'd'), ("no-create", 'c')]) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let mut code = 0;
    for operand in &arguments.operands {
        let path = call.kernel.absolute(operand);
        let now = call.kernel.now;
        let result = if call.kernel.files.exists(&path) {
            call.kernel.files.change(&path, |entry| entry.modified = now)
        } else if arguments.has('c') {
            Ok(())
        } else {
            call.kernel.files.write(&path, b"", true)
        };
        if let Err(error) = result {
            let message = if call.is_busybox() {
                format!("{operand}: {error}")
            } else {
                format!("cannot touch '{operand}': {error}")
            };
            call.error(&message);
            code = 1;
        }
    }
    code
}

fn remove(call: &mut Call<'_, '_>) -> u8 {
    let arguments =
        match call.parse("rRfivd", &[("recursive", 'r'), ("force", 'f'), ("verbose", 'v')]) {
            Ok(arguments) => arguments,
            Err(code) => return code,
        };
    let recursive = arguments.has('r') || arguments.has('R');
    if arguments.operands.is_empty() && !arguments.has('f') {
        return call.missing_operand();
    }
    let mut code = 0;
    for operand in &arguments.operands {
        let path = call.kernel.absolute(operand);
        let problem = match call.kernel.files.entry_itself(&path) {
            Err(FileError::NotFound) if arguments.has('f') => continue,
            Err(error) => Some(error),
            Ok(entry) if entry.is_directory() && !recursive => Some(FileError::IsADirectory),
            Ok(_) => {
                let mut all = tree(call.kernel, &path);
                all.reverse();
                all.iter().find_map(|(path, _)| call.kernel.files.remove(path).err())
            }
        };
        if let Some(error) = problem {
            let message = if call.is_busybox() && error == FileError::IsADirectory {
                format!("'{operand}' is a directory")
            } else if call.is_busybox() {
                format!("can't remove '{operand}': {error}")
            } else {
                format!("cannot remove '{operand}': {error}")
            };
            call.error(&message);
            code = 1;
        } else if arguments.has('v') {
            call.out(&format!("removed '{operand}'\n"));
        }
    }
    code
}

fn remove_directory(call: &mut Call<'_, '_>) -> u8 {
    let mut code = 0;
    for operand in call.arguments.clone() {
        let path = call.kernel.absolute(&operand);
        let result = match call.kernel.files.entry_itself(&path) {
            Ok(entry) if !entry.is_directory() => Err(FileError::NotADirectory),
            Ok(_) => call.kernel.files.remove(&path),
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            let message = if call.is_busybox() {
                format!("'{operand}': {error}")
            } else {
                format!("failed to remove '{operand}': {error}")
            };
            call.error(&message);
            code = 1;
        }
    }
    code
}

fn make_directory(call: &mut Call<'_, '_>) -> u8 {
    let arguments = match call.parse("pm:v", &[("parents", 'p'), ("mode", 'm')]) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    if arguments.operands.is_empty() {
        return call.missing_operand();
    }
    let mut code = 0;
    for operand in &arguments.operands {
        let path = call.kernel.absolute(operand);
        let mut steps = vec![path.clone()];
        if arguments.has('p') {
            let mut above = parent(&path);
            while above != "/" && !call.kernel.files.exists(above) {
                steps.push(above.into());
                above = parent(above);
            }
        }
        for step in steps.iter().rev() {
            match call.kernel.files.make_directory(step) {
                Ok(()) => {}
                Err(FileError::Exists)
                    if arguments.has('p') && call.kernel.files.is_directory(step) => {}
                Err(error) => {
                    let message = if call.is_busybox() {
                        format!("can't create directory '{operand}': {error}")
                    } else {
                        format!("cannot create directory '{operand}': {error}")
                    };
                    call.error(&message);
                    code = 1;
                    break;
                }
            }
        }
    }
    code
}

/// Where the operand goes: into the target if that is a directory.
fn destination(call: &Call<'_, '_>, source: &str, target: &str) -> String {
    let path = call.kernel.absolute(target);
    if call.kernel.files.is_directory(&path) {
        let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or(source);
        return format!("{}/{name}", path.trim_end_matches('/'));
    }
    path
}

/// Copies what is at `from` to `to`, trees included.
fn copy_tree(call: &mut Call<'_, '_>, from: &str, to: &str, links: bool) -> Result<(), FileError> {
    for (path, entry) in tree(call.kernel, from) {
        let target = format!("{to}{}", path.get(from.len()..).unwrap_or_default());
        let entry = if links { entry } else { call.kernel.files.entry(&path).unwrap_or(entry) };
        match &entry.kind {
            Kind::Directory if call.kernel.files.is_directory(&target) => {}
            Kind::Directory => call.kernel.files.make_directory(&target)?,
            Kind::File(data) => {
                let mode = entry.mode;
                call.kernel.files.write(&target, data, false)?;
                call.kernel.files.change(&target, |new| new.mode = mode)?;
            }
            _ => call.kernel.files.place(&target, Entry { modified: call.kernel.now, ..entry })?,
        }
    }
    Ok(())
}

fn copy(call: &mut Call<'_, '_>) -> u8 {
    let long = [
        ("recursive", 'r'),
        ("archive", 'a'),
        ("force", 'f'),
        ("verbose", 'v'),
        ("no-clobber", 'n'),
    ];
    let arguments = match call.parse("rRafpvnLPdiuT", &long) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let Some((target, sources)) =
        arguments.operands.split_last().filter(|(_, sources)| !sources.is_empty())
    else {
        return call.missing_operand();
    };
    let recursive = arguments.has('r') || arguments.has('R') || arguments.has('a');
    let mut code = 0;
    for source in sources {
        let from = call.kernel.absolute(source);
        let to = destination(call, source, target);
        let contents_only = source.ends_with("/.");
        let to = if contents_only { call.kernel.absolute(target) } else { to };
        let result = match call.kernel.files.entry(&from) {
            Ok(entry) if entry.is_directory() && !recursive => {
                let message = if call.is_busybox() {
                    format!("omitting directory '{source}'")
                } else {
                    format!("-r not specified; omitting directory '{source}'")
                };
                call.error(&message);
                code = 1;
                continue;
            }
            Ok(_) if arguments.has('n') && call.kernel.files.exists(&to) => continue,
            Ok(_) => copy_tree(call, from.trim_end_matches("/."), &to, recursive),
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            let missing = call.kernel.files.entry(&from).is_err();
            let message = match (call.is_busybox(), missing) {
                (true, true) => format!("can't stat '{source}': {error}"),
                (false, true) => format!("cannot stat '{source}': {error}"),
                (true, false) => format!("can't create '{target}': {error}"),
                (false, false) => format!("cannot create regular file '{target}': {error}"),
            };
            call.error(&message);
            code = 1;
        }
    }
    code
}

fn rename(call: &mut Call<'_, '_>) -> u8 {
    let arguments = match call.parse("fivnT", &[("force", 'f'), ("verbose", 'v')]) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let Some((target, sources)) =
        arguments.operands.split_last().filter(|(_, sources)| !sources.is_empty())
    else {
        return call.missing_operand();
    };
    let mut code = 0;
    for source in sources {
        let from = call.kernel.absolute(source);
        let to = destination(call, source, target);
        let result = call
            .kernel
            .files
            .entry_itself(&from)
            .and_then(|_| copy_tree(call, &from, &to, true))
            .and_then(|()| {
                let mut all = tree(call.kernel, &from);
                all.reverse();
                all.iter().try_for_each(|(path, _)| call.kernel.files.remove(path))
            });
        if let Err(error) = result {
            let verb = match (call.is_busybox(), call.kernel.files.entry_itself(&from).is_err()) {
                (true, true) => format!("can't rename '{source}': {error}"),
                (false, true) => format!("cannot stat '{source}': {error}"),
                (_, false) => format!("cannot move '{source}' to '{target}': {error}"),
            };
            call.error(&verb);
            code = 1;
        }
    }
    code
}

fn link(call: &mut Call<'_, '_>) -> u8 {
    let arguments = match call.parse("sfnvT", &[("symbolic", 's'), ("force", 'f')]) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let (source, target) = match arguments.operands.as_slice() {
        [source] => (source.clone(), ".".to_string()),
        [source, target] => (source.clone(), target.clone()),
        _ => return call.missing_operand(),
    };
    let to = destination(call, &source, &target);
    let exists = call.kernel.files.entry_itself(&to).is_ok();
    if exists && !arguments.has('f') {
        call.error(&format!("failed to create symbolic link '{target}': {}", FileError::Exists));
        return 1;
    }
    let now = call.kernel.now;
    let entry = if arguments.has('s') {
        Ok(Entry::link(&source, now))
    } else {
        // No inodes here: a hard link is a copy that shares until written.
        call.kernel.files.entry(&call.kernel.absolute(&source))
    };
    match entry.and_then(|entry| call.kernel.files.place(&to, entry)) {
        Ok(()) => 0,
        Err(error) => {
            call.error(&format!("failed to create link '{target}': {error}"));
            1
        }
    }
}

fn basename(call: &mut Call<'_, '_>) -> u8 {
    let Some(path) = call.arguments.first() else { return call.missing_operand() };
    let trimmed = path.trim_end_matches('/');
    let name = trimmed.rsplit('/').next().unwrap_or_default();
    let suffix = call.arguments.get(1).map_or("", String::as_str);
    let name =
        name.strip_suffix(suffix).filter(|rest| !rest.is_empty()).unwrap_or(name).to_string();
    call.out(&format!("{}\n", if name.is_empty() { "/" } else { &name }));
    0
}

fn dirname(call: &mut Call<'_, '_>) -> u8 {
    let Some(path) = call.arguments.first().cloned() else { return call.missing_operand() };
    let path = path.trim_end_matches('/');
    let above = if path.contains('/') { parent(path) } else { "." };
    call.out(&format!("{above}\n"));
    0
}

fn real_path(call: &mut Call<'_, '_>) -> u8 {
    let follows = call.name == "realpath"
        || call.arguments.iter().any(|argument| matches!(argument.as_str(), "-f" | "-e" | "-m"));
    let Some(operand) = call.arguments.iter().find(|argument| !argument.starts_with('-')).cloned()
    else {
        return call.missing_operand();
    };
    let path = call.kernel.absolute(&operand);
    let found = if follows {
        call.kernel.files.resolve(&path, true).ok()
    } else {
        call.kernel.files.entry_itself(&path).ok().and_then(|entry| match entry.kind {
            Kind::Link(target) => Some(target.to_string()),
            _ => None,
        })
    };
    match found {
        Some(path) => {
            call.out(&format!("{path}\n"));
            0
        }
        None => 1,
    }
}

fn temporary(call: &mut Call<'_, '_>) -> u8 {
    let is_directory = call.arguments.iter().any(|argument| argument == "-d");
    let name = call.kernel.random().suffix(10);
    let path = format!("/tmp/tmp.{name}");
    let result = if is_directory {
        call.kernel.files.make_directory(&path)
    } else {
        call.kernel.files.write(&path, b"", false)
    };
    match result {
        Ok(()) => {
            call.out(&format!("{path}\n"));
            0
        }
        Err(error) => {
            call.error(&format!(
                "failed to create file via template '/tmp/tmp.XXXXXXXXXX': {error}"
            ));
            1
        }
    }
}

fn which(call: &mut Call<'_, '_>) -> u8 {
    let path = call.kernel.var("PATH").unwrap_or_default().to_string();
    let mut code = 0;
    for name in call.arguments.clone() {
        match call.kernel.find(&name, &path) {
            Ok(file) => call.out(&format!("{file}\n")),
            Err(_) => code = 1,
        }
    }
    code
}
