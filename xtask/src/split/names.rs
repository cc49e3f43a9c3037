//! The names of functions, as `xtask/startup.txt` lists them.

use std::collections::BTreeSet;

/// A name is listed up to so many letters.
const LONGEST: usize = 100;

/// What stands before the fingerprint of the program that a list is of.
const PROGRAM: &str = "# program ";

/// Names of functions without what differs from build to build.
#[derive(Debug, Default)]
pub(crate) struct Names(BTreeSet<String>);

impl Names {
    /// Reads a list with one name a line.
    pub(crate) fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(lines.map(str::to_owned).collect())
    }

    /// All these names.
    pub(crate) fn of(names: &[String]) -> Self {
        Self(names.iter().map(|name| stable(name)).collect())
    }

    /// The line by which a list says of which program it is, if these are the
    /// program's names.
    pub(crate) fn fingerprint(&self) -> String {
        let hash = self.0.iter().flat_map(|name| name.bytes().chain([0])).fold(START, mixed);
        format!("{PROGRAM}{hash:016x}")
    }

    /// Adds a function by the name that the program gives it.
    pub(crate) fn add(&mut self, name: &str) {
        self.0.insert(stable(name));
    }

    /// Whether the list has the function that the program calls so.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains(&stable(name))
    }

    /// The names in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// The part of a symbol's name that survives another build: without the hash of
/// its crate, the number of its copy, the compiler's own marks, and the numbers
/// of closures, which move whenever one is written before them.
fn stable(name: &str) -> String {
    let name = name.strip_prefix("_R").filter(|rest| rest.starts_with('<')).unwrap_or(name);
    let name = without_copy(name);
    let name = match name.rsplit_once("::h") {
        Some((path, hash)) if is_hash(hash) => path,
        _ => name,
    };
    let mut stable = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('[') {
        stable.push_str(before);
        rest = match after.split_once(']') {
            Some((hash, after)) if is_hash(hash) => after,
            _ => {
                stable.push('[');
                after
            }
        };
    }
    shortened(without_numbers(&(stable + rest)))
}

/// The name with `{closure}` in the place of `{closure#22}`.
fn without_numbers(name: &str) -> String {
    const CLOSURE: &str = "{closure#";
    let mut parts = name.split(CLOSURE);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain += "{closure";
        plain += part.trim_start_matches(|letter: char| letter.is_ascii_digit());
    }
    plain
}

/// The beginning of a long name, and a number that stands for the whole: the
/// types of the page's views have names of many thousand letters.
fn shortened(name: String) -> String {
    if name.len() <= LONGEST {
        return name;
    }
    let start: String = name.chars().take(LONGEST - 20).collect();
    let hash = name.bytes().fold(START, mixed);
    format!("{start}…{hash:016x}")
}

/// The hash of nothing, of Fowler, Noll and Vo's.
const START: u64 = 0xcbf2_9ce4_8422_2325;

/// The hash of one byte more.
fn mixed(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

/// The name without `.42`, `.llvm.123` and the like at its end.
fn without_copy(name: &str) -> &str {
    let mut name = name;
    while let Some((path, number)) = name.rsplit_once('.') {
        let is_mark = number == "llvm" || number.bytes().all(|digit| digit.is_ascii_digit());
        if path.is_empty() || number.is_empty() || !is_mark {
            break;
        }
        name = path;
    }
    name
}

fn is_hash(text: &str) -> bool {
    text.len() >= 8 && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_survives_another_build() {
        let cases = [
            ("podyard_engine::sim::Sim::next::h4c71ac12b39adbbc", "podyard_engine::sim::Sim::next"),
            (
                "_R<core[c5930c85a12de822]::fmt::Error as core[c5930c85a12de822]::fmt::Debug>::fmt.42",
                "<core::fmt::Error as core::fmt::Debug>::fmt",
            ),
            (
                "<[u8] as core::fmt::Debug>::fmt::h6f3c5ad0140f2006.llvm.99",
                "<[u8] as core::fmt::Debug>::fmt",
            ),
            (
                "podyard_app[876d80f1e87a11f8]::view::{closure#22}::{closure#0}",
                "podyard_app::view::{closure}::{closure}",
            ),
            ("__wbindgen_malloc", "__wbindgen_malloc"),
        ];
        for (name, wanted) in cases {
            assert_eq!(stable(name), wanted);
        }
    }

    #[test]
    fn a_program_has_the_fingerprint_of_its_names_in_any_order() {
        let of = |names: &[&str]| {
            Names::of(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
                .fingerprint()
        };
        assert_eq!(of(&["a", "b"]), of(&["b", "a", "b"]));
        assert_ne!(of(&["a", "b"]), of(&["ab"]));
        assert!(of(&[]).starts_with("# program "));
    }

    #[test]
    fn long_names_differ_in_what_stands_for_them() {
        let [one, other] = ["1", "2"].map(|end| stable(&("a".repeat(200) + end)));
        assert_ne!(one, other);
        assert!(one.starts_with("aaaa") && one.chars().count() < 100);
    }
}
