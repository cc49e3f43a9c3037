//! `ls`, `stat`, `du`, `df`, `find`: what there is.

use std::fmt::Write as _;

use super::Starter;
use super::adapter::{Call, Instant};
use super::arguments::Arguments;
use super::clock;
use crate::process::{Device, Entry, FileError, Kind};
use crate::sim::Time;

pub(super) fn find(name: &str) -> Option<Starter> {
    Some(match name {
        "ls" => |_, family| Instant::boxed(family, list),
        "stat" => |_, family| Instant::boxed(family, stat),
        "du" => |_, family| Instant::boxed(family, usage),
        "df" => |_, family| Instant::boxed(family, free_space),
        "find" => |_, family| Instant::boxed(family, super::find::run),
        _ => return None,
    })
}

#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "they are command line flags")]
struct Style {
    all: bool,
    almost: bool,
    long: bool,
    human: bool,
    classify: bool,
    by_time: bool,
    reverse: bool,
    directory: bool,
    inode: bool,
}

impl Style {
    fn of(arguments: &Arguments) -> Self {
        Self {
            all: arguments.has('a'),
            almost: arguments.has('A'),
            long: arguments.has('l') || arguments.has('n'),
            human: arguments.has('h'),
            classify: arguments.has('F'),
            by_time: arguments.has('t'),
            reverse: arguments.has('r'),
            directory: arguments.has('d'),
            inode: arguments.has('i'),
        }
    }
}

fn list(call: &mut Call<'_, '_>) -> u8 {
    let long = [("all", 'a'), ("color", 'C'), ("human-readable", 'h'), ("almost-all", 'A')];
    let arguments = match call.parse("alA1hFtrdRiSscnC", &long) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let style = Style::of(&arguments);
    let recursive = arguments.has('R');
    let mut operands = arguments.operands;
    if operands.is_empty() {
        operands.push(".".into());
    }
    let mut code = 0;
    let (mut files, mut directories) = (Vec::new(), Vec::new());
    for operand in &operands {
        let path = call.kernel.absolute(operand);
        let found = if style.long {
            call.kernel.files.entry_itself(&path)
        } else {
            call.kernel.files.entry(&path)
        };
        match found {
            Ok(entry) if entry.is_directory() && !style.directory => {
                directories.push((operand.clone(), path));
            }
            Ok(entry) => files.push((operand.clone(), entry)),
            Err(error) => {
                complain(call, operand, error);
                code = if call.is_busybox() { 1 } else { 2 };
            }
        }
    }
    let mut shown = !files.is_empty();
    let text = lines(&files, style, call.kernel.now);
    call.out(&text);
    let titled = operands.len() > 1 || recursive;
    while !directories.is_empty() {
        let (name, path) = directories.remove(0);
        if titled {
            call.out(&format!("{}{name}:\n", if shown { "\n" } else { "" }));
        }
        shown = true;
        let entries = entries(call, &path, style);
        if recursive {
            let inner = entries.iter().filter(|(name, entry)| {
                entry.is_directory() && !matches!(name.as_str(), "." | "..")
            });
            let inner = inner.map(|(own, _)| {
                (format!("{}/{own}", name.trim_end_matches('/')), format!("{path}/{own}"))
            });
            directories.splice(0..0, inner.collect::<Vec<_>>());
        }
        let blocks: usize = entries.iter().map(|(_, entry)| entry.size().div_ceil(4096) * 4).sum();
        if style.long {
            call.out(&format!("total {blocks}\n"));
        }
        let text = lines(&entries, style, call.kernel.now);
        call.out(&text);
    }
    code
}

fn complain(call: &mut Call<'_, '_>, path: &str, error: FileError) {
    let message = if call.is_busybox() {
        format!("{path}: {error}")
    } else {
        format!("cannot access '{path}': {error}")
    };
    call.error(&message);
}

fn entries(call: &Call<'_, '_>, path: &str, style: Style) -> Vec<(String, Entry)> {
    let files = &call.kernel.files;
    let mut found = Vec::new();
    if style.all {
        let own = files.entry(path);
        found.extend(
            [".", ".."].iter().filter_map(|name| Some(((*name).to_string(), own.clone().ok()?))),
        );
    }
    for name in files.list(path).unwrap_or_default() {
        if name.starts_with('.') && !style.all && !style.almost {
            continue;
        }
        if let Ok(entry) = files.entry_itself(&format!("{}/{name}", path.trim_end_matches('/'))) {
            found.push((name, entry));
        }
    }
    if style.by_time {
        found.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.modified));
    }
    if style.reverse {
        found.reverse();
    }
    found
}

fn lines(entries: &[(String, Entry)], style: Style, now: Time) -> String {
    let width =
        entries.iter().map(|(_, entry)| size(entry, style.human).len()).max().unwrap_or_default();
    let mut text = String::new();
    for (at, (name, entry)) in entries.iter().enumerate() {
        if style.inode {
            let _ = write!(text, "{} ", 131_072 + at);
        }
        if style.long {
            let links = if entry.is_directory() { 2 } else { 1 };
            let owner = owner(entry.owner);
            let _ = write!(
                text,
                "{} {links:>4} {owner:<8} {owner:<8} {:>width$} {} ",
                permissions(entry),
                size(entry, style.human),
                clock::listing(entry.modified, now)
            );
        }
        text.push_str(name);
        match &entry.kind {
            Kind::Link(target) if style.long => {
                let _ = write!(text, " -> {target}");
            }
            Kind::Directory if style.classify => text.push('/'),
            Kind::Program(_) if style.classify => text.push('*'),
            _ => {}
        }
        text.push('\n');
    }
    text
}

fn owner(uid: u32) -> String {
    if uid == 0 { "root".into() } else { uid.to_string() }
}

fn size(entry: &Entry, human: bool) -> String {
    if human { self::human(entry.size()) } else { entry.size().to_string() }
}

/// As `1.5K` or `12M`.
pub(super) fn human(bytes: usize) -> String {
    let mut unit = 0;
    let mut tenths = bytes.saturating_mul(10);
    while tenths >= 10_240 && unit < 5 {
        tenths = tenths.div_ceil(1024);
        unit += 1;
    }
    let letter = ["", "K", "M", "G", "T", "P"].get(unit).copied().unwrap_or_default();
    if unit > 0 && tenths < 100 {
        format!("{}.{}{letter}", tenths / 10, tenths % 10)
    } else {
        format!("{}{letter}", tenths.div_ceil(10))
    }
}

/// As `drwxr-xr-x`.
pub(super) fn permissions(entry: &Entry) -> String {
    let kind = match entry.kind {
        Kind::Directory => 'd',
        Kind::Link(_) => 'l',
        Kind::Device(_) => 'c',
        Kind::File(_) | Kind::Program(_) => '-',
    };
    let bits = (0..9).rev().zip("rwxrwxrwx".chars());
    let mut text = String::from(kind);
    text.extend(bits.map(|(bit, letter)| if entry.mode >> bit & 1 == 1 { letter } else { '-' }));
    if entry.mode & 0o1000 != 0 {
        text.pop();
        text.push('t');
    }
    text
}

fn stat(call: &mut Call<'_, '_>) -> u8 {
    let arguments = match call.parse("c:Lft", &[("format", 'c')]) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let mut code = 0;
    for operand in &arguments.operands {
        let path = call.kernel.absolute(operand);
        let entry = match call.kernel.files.entry_itself(&path) {
            Ok(entry) => entry,
            Err(error) => {
                let message = if call.is_busybox() {
                    format!("can't stat '{operand}': {error}")
                } else {
                    format!("cannot statx '{operand}': {error}")
                };
                call.error(&message);
                code = 1;
                continue;
            }
        };
        let text = match arguments.value('c') {
            Some(format) => format!("{}\n", stat_format(format, operand, &entry)),
            None => stat_page(operand, &entry),
        };
        call.out(&text);
    }
    code
}

fn kind_name(entry: &Entry) -> &'static str {
    match entry.kind {
        Kind::Directory => "directory",
        Kind::Link(_) => "symbolic link",
        Kind::Device(Device::Stream(_)) => "fifo",
        Kind::Device(_) => "character special file",
        Kind::File(_) if entry.size() == 0 => "regular empty file",
        Kind::File(_) | Kind::Program(_) => "regular file",
    }
}

fn stat_format(format: &str, name: &str, entry: &Entry) -> String {
    let mut text = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => text.push_str(name),
            Some('s') => text.push_str(&entry.size().to_string()),
            Some('a') => {
                let _ = write!(text, "{:o}", entry.mode);
            }
            Some('A') => text.push_str(&permissions(entry)),
            Some('u' | 'g') => text.push_str(&entry.owner.to_string()),
            Some('U' | 'G') => text.push_str(&owner(entry.owner)),
            Some('F') => text.push_str(kind_name(entry)),
            Some('X' | 'Y' | 'Z') => text.push_str(&entry.modified.as_secs().to_string()),
            Some('x' | 'y' | 'z') => text.push_str(&clock::full(entry.modified)),
            Some(other) => text.extend(['%', other]),
            None => text.push('%'),
        }
    }
    text
}

fn stat_page(name: &str, entry: &Entry) -> String {
    let (size, owner) = (entry.size(), owner(entry.owner));
    let time = clock::full(entry.modified);
    format!(
        "  File: {name}\n  Size: {size:<10}\tBlocks: {:<10} IO Block: 4096   {}\nDevice: 0,51\tInode: 131072      Links: 1\n\
         Access: ({:04o}/{})  Uid: ({:>5}/{owner:>8})   Gid: ({:>5}/{owner:>8})\nAccess: {time}\nModify: {time}\nChange: {time}\n Birth: {time}\n",
        size.div_ceil(4096) * 8,
        kind_name(entry),
        entry.mode,
        permissions(entry),
        entry.owner,
        entry.owner,
    )
}

fn usage(call: &mut Call<'_, '_>) -> u8 {
    let arguments = match call.parse("shkmacd:x", &[("summarize", 's'), ("human-readable", 'h')]) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let mut operands = arguments.operands.clone();
    if operands.is_empty() {
        operands.push(".".into());
    }
    for operand in operands {
        if !call.kernel.files.exists(&call.kernel.absolute(&operand)) {
            call.error(&format!("cannot access '{operand}': {}", FileError::NotFound));
            return 1;
        }
        let paths = super::find::tree(call.kernel, &operand);
        let mut directories: Vec<(String, usize)> = Vec::new();
        for (path, entry) in paths.iter().rev() {
            let inside = format!("{}/", path.trim_end_matches('/'));
            if !entry.is_directory() {
                continue;
            }
            let total = paths
                .iter()
                .filter(|(other, _)| other == path || other.starts_with(&inside))
                .map(|(_, entry)| entry.size().div_ceil(4096) * 4)
                .sum();
            directories.push((path.clone(), total));
        }
        if directories.is_empty() {
            directories.extend(
                paths.iter().map(|(path, entry)| (path.clone(), entry.size().div_ceil(4096) * 4)),
            );
        }
        for (path, kilobytes) in directories {
            if arguments.has('s') && path != operand {
                continue;
            }
            let size =
                if arguments.has('h') { human(kilobytes * 1024) } else { kilobytes.to_string() };
            call.out(&format!("{size}\t{path}\n"));
        }
    }
    0
}

fn free_space(call: &mut Call<'_, '_>) -> u8 {
    let human_readable =
        call.arguments.iter().any(|argument| argument.starts_with('-') && argument.contains('h'));
    let used = 12_582_912 + call.kernel.files.written() / 1024;
    let total = 98_831_908_usize;
    let show = |kilobytes: usize| {
        if human_readable { human(kilobytes * 1024) } else { kilobytes.to_string() }
    };
    let column = if human_readable { "Size" } else { "1K-blocks" };
    let mut rows = vec![("overlay".to_string(), "/".to_string())];
    rows.push(("tmpfs".into(), "/dev".into()));
    rows.extend(
        call.kernel
            .files
            .system
            .mounts()
            .iter()
            .map(|mount| ("/dev/vda1".to_string(), mount.path.to_string())),
    );
    let mut text = format!(
        "{:<20} {column:>9} {:>9} {:>9} {:>4} Mounted on\n",
        "Filesystem", "Used", "Available", "Use%"
    );
    for (source, target) in rows {
        let (total, used) = if source == "tmpfs" { (65_536, 0) } else { (total, used) };
        let percent = used * 100 / total.max(1);
        let _ = writeln!(
            text,
            "{source:<20} {:>9} {:>9} {:>9} {percent:>3}% {target}",
            show(total),
            show(used),
            show(total - used)
        );
    }
    call.out(&text);
    0
}
