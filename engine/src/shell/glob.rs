//! Finds the files that a pattern names.

use super::pattern;
use crate::process::Kernel;

/// The paths that fit `pattern`, sorted; none when none does.
pub(super) fn paths(kernel: &Kernel<'_>, pattern: &str) -> Vec<String> {
    let is_absolute = pattern.starts_with('/');
    let mut found = vec![if is_absolute { "/".to_string() } else { String::new() }];
    let mut parts = pattern.split('/').filter(|part| !part.is_empty()).peekable();
    while let Some(part) = parts.next() {
        let only_directories = parts.peek().is_some() || pattern.ends_with('/');
        found = found
            .iter()
            .flat_map(|directory| step(kernel, directory, part, only_directories))
            .collect();
    }
    if pattern.ends_with('/') {
        for path in &mut found {
            path.push('/');
        }
    }
    found
}

fn step(kernel: &Kernel<'_>, directory: &str, part: &str, only_directories: bool) -> Vec<String> {
    let join = |name: &str| match directory {
        "" => name.to_string(),
        _ => format!("{}/{name}", directory.trim_end_matches('/')),
    };
    let fits = |path: &str| {
        let path = kernel.absolute(path);
        if only_directories {
            kernel.files.is_directory(&path)
        } else {
            kernel.files.entry_itself(&path).is_ok()
        }
    };
    if !pattern::is_pattern(part) {
        let path = join(&part.replace('\\', ""));
        return if fits(&path) { vec![path] } else { Vec::new() };
    }
    let here = kernel.absolute(if directory.is_empty() { "." } else { directory });
    let names = kernel.files.list(&here).unwrap_or_default();
    names
        .into_iter()
        .filter(|name| {
            (!name.starts_with('.') || part.starts_with('.')) && pattern::matches(part, name)
        })
        .map(|name| join(&name))
        .filter(|path| fits(path))
        .collect()
}
