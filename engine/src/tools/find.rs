//! `find`, and walks over trees of files.

use super::adapter::Call;
use crate::process::{Entry, FileError, Kernel, Kind};
use crate::shell::matches;

/// `top` and everything under it, depth first, names as `find` prints them.
pub(super) fn tree(kernel: &Kernel<'_>, top: &str) -> Vec<(String, Entry)> {
    let mut found = Vec::new();
    let mut todo = vec![top.to_string()];
    while let Some(path) = todo.pop() {
        let absolute = kernel.absolute(&path);
        let Ok(entry) = kernel.files.entry_itself(&absolute) else { continue };
        if entry.is_directory() {
            let names = kernel.files.list(&absolute).unwrap_or_default();
            todo.extend(
                names.iter().rev().map(|name| format!("{}/{name}", path.trim_end_matches('/'))),
            );
        }
        found.push((path, entry));
    }
    found
}

/// The plain files under `tops`, or under the working directory.
pub(super) fn files_under(kernel: &Kernel<'_>, tops: &[String]) -> Vec<String> {
    let here = [".".to_string()];
    let tops = if tops.is_empty() { &here } else { tops };
    tops.iter()
        .flat_map(|top| tree(kernel, top))
        .filter(|(_, entry)| matches!(entry.kind, Kind::File(_)))
        .map(|(path, _)| path)
        .collect()
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are command line flags")]
struct Tests {
    name: Option<String>,
    path: Option<String>,
    fold: bool,
    kind: Option<char>,
    deepest: Option<usize>,
    shallowest: usize,
    newer_than_minutes: Option<i64>,
    empty: bool,
    delete: bool,
    ends_with_zero: bool,
}

pub(super) fn run(call: &mut Call<'_, '_>) -> u8 {
    let arguments = call.arguments.clone();
    let is_top = |argument: &&String| !argument.starts_with(['-', '!', '(']);
    let mut tops: Vec<String> = arguments.iter().take_while(is_top).cloned().collect();
    let tests = match read(arguments.get(tops.len()..).unwrap_or_default()) {
        Ok(tests) => tests,
        Err(message) => {
            call.error(&message);
            return 1;
        }
    };
    if tops.is_empty() {
        tops.push(".".into());
    }
    let mut code = 0;
    for top in tops {
        if call.kernel.files.entry_itself(&call.kernel.absolute(&top)).is_err() {
            let shown = if call.is_busybox() { top.clone() } else { format!("'{top}'") };
            call.error(&format!("{shown}: {}", FileError::NotFound));
            code = 1;
            continue;
        }
        let mut found = tree(call.kernel, &top);
        if tests.delete {
            found.reverse();
        }
        for (path, entry) in found {
            if !tests.fit(call.kernel, &top, &path, &entry) {
                continue;
            }
            if tests.delete {
                let absolute = call.kernel.absolute(&path);
                if let Err(error) = call.kernel.files.remove(&absolute) {
                    call.error(&format!("cannot delete '{path}': {error}"));
                    code = 1;
                }
            } else {
                call.out(&path);
                call.out(if tests.ends_with_zero { "\0" } else { "\n" });
            }
        }
    }
    code
}

fn read(arguments: &[String]) -> Result<Tests, String> {
    let mut tests = Tests::default();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value =
            || rest.next().cloned().ok_or_else(|| format!("missing argument to `{argument}'"));
        match argument.as_str() {
            "-name" => tests.name = Some(value()?),
            "-iname" => {
                tests.name = Some(value()?.to_lowercase());
                tests.fold = true;
            }
            "-path" | "-wholename" => tests.path = Some(value()?),
            "-type" => tests.kind = value()?.chars().next(),
            "-maxdepth" => tests.deepest = value()?.parse().ok(),
            "-mindepth" => tests.shallowest = value()?.parse().unwrap_or_default(),
            "-mmin" => tests.newer_than_minutes = value()?.trim_start_matches('-').parse().ok(),
            "-mtime" => {
                tests.newer_than_minutes =
                    value()?.trim_start_matches('-').parse::<i64>().ok().map(|days| days * 1440);
            }
            "-empty" => tests.empty = true,
            "-delete" => tests.delete = true,
            "-print0" => tests.ends_with_zero = true,
            "-print" | "-follow" | "-xdev" => {}
            other => return Err(format!("unknown predicate `{other}'")),
        }
    }
    Ok(tests)
}

impl Tests {
    fn fit(&self, kernel: &Kernel<'_>, top: &str, path: &str, entry: &Entry) -> bool {
        let below = path.get(top.trim_end_matches('/').len()..).unwrap_or_default();
        let depth = below.matches('/').count();
        let own = path.rsplit('/').next().unwrap_or(path);
        let name = if self.fold { own.to_lowercase() } else { own.to_string() };
        let kind = match entry.kind {
            Kind::Directory => 'd',
            Kind::Link(_) => 'l',
            Kind::Device(_) => 'c',
            Kind::File(_) | Kind::Program(_) => 'f',
        };
        let is_empty = match &entry.kind {
            Kind::File(data) => data.is_empty(),
            Kind::Directory => {
                kernel.files.list(&kernel.absolute(path)).is_ok_and(|names| names.is_empty())
            }
            _ => false,
        };
        self.name.as_ref().is_none_or(|pattern| matches(pattern, &name))
            && self.path.as_ref().is_none_or(|pattern| matches(pattern, path))
            && self.kind.is_none_or(|wanted| wanted == kind)
            && self.deepest.is_none_or(|deepest| depth <= deepest)
            && depth >= self.shallowest
            && (!self.empty || is_empty)
            && self
                .newer_than_minutes
                .is_none_or(|minutes| kernel.now.since(entry.modified).as_secs() < minutes * 60)
    }
}
