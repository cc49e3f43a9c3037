//! Arguments to flags and the rest, with `pflag`'s words for what is wrong.

use super::Flag;
use super::values::{Values, check_value};

/// What the arguments of a command hold.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    /// The flags.
    pub values: Values,
    /// The rest.
    pub args: Vec<String>,
    /// How many of the rest stood before `--`.
    pub dash: Option<usize>,
    /// The flags with their values, in the order in which they were given.
    pub given: Vec<(&'static str, String)>,
    /// Warnings about deprecated flags.
    pub warnings: Vec<String>,
    /// Whether help is asked for.
    pub help: bool,
}

/// A refusal, as `unknown flag: --foo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagError(pub String);

/// Reads `args` by the tables in `groups`; the first table that has a flag
/// decides.
pub fn parse(groups: &[&[Flag]], args: &[String]) -> Result<Parsed, FlagError> {
    let mut parser = Parser { groups, parsed: Parsed::default() };
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        if arg == "--" {
            parser.parsed.dash = Some(parser.parsed.args.len());
            parser.parsed.args.extend(rest.by_ref().cloned());
        } else if let Some(long) = arg.strip_prefix("--") {
            parser.long(long, &mut rest)?;
        } else if arg.starts_with('-') && arg.len() > 1 {
            parser.letters(arg, &mut rest)?;
        } else {
            parser.parsed.args.push(arg.clone());
        }
        if parser.parsed.help {
            break;
        }
    }
    parser.parsed.values.fill_in(groups);
    Ok(parser.parsed)
}

struct Parser<'a> {
    groups: &'a [&'a [Flag]],
    parsed: Parsed,
}

impl<'a> Parser<'a> {
    fn find(&self, wanted: impl Fn(&Flag) -> bool) -> Option<&'a Flag> {
        self.groups.iter().flat_map(|group| group.iter()).find(|flag| wanted(flag))
    }

    fn long(
        &mut self,
        text: &str,
        rest: &mut std::slice::Iter<'_, String>,
    ) -> Result<(), FlagError> {
        if text.starts_with(['-', '=']) {
            return Err(FlagError(format!("bad flag syntax: --{text}")));
        }
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let normal = name.replace('_', "-");
        let Some(flag) = self.find(|flag| flag.name == normal) else {
            if normal == "help" {
                self.parsed.help = true;
                return Ok(());
            }
            return Err(FlagError(format!("unknown flag: --{name}")));
        };
        let value = match (value, flag.bare()) {
            (Some(value), _) => value,
            (None, Some(bare)) => bare,
            (None, None) => {
                rest.next().ok_or_else(|| FlagError(format!("flag needs an argument: --{name}")))?
            }
        };
        self.set(flag, value)
    }

    /// A group of one-letter flags, of which the last may take a value.
    fn letters(
        &mut self,
        arg: &str,
        rest: &mut std::slice::Iter<'_, String>,
    ) -> Result<(), FlagError> {
        let mut letters = arg.get(1..).unwrap_or_default();
        let whole = letters;
        while let Some(letter) = letters.chars().next() {
            let after = letters.get(letter.len_utf8()..).unwrap_or_default();
            // A command's own flag hides a global one of its name, letter and all.
            let hidden = |flag: &Flag| self.find(|own| own.name == flag.name) != Some(flag);
            let found = self.find(|flag| flag.short == Some(letter)).filter(|flag| !hidden(flag));
            let Some(flag) = found else {
                if letter == 'h' {
                    self.parsed.help = true;
                    return Ok(());
                }
                return Err(FlagError(format!("unknown shorthand flag: {letter:?} in -{letters}")));
            };
            if let Some(value) = after.strip_prefix('=').filter(|_| letters.len() > 2) {
                return self.set(flag, value);
            }
            if let Some(bare) = flag.bare() {
                self.set(flag, bare)?;
                letters = after;
                continue;
            }
            let value = if after.is_empty() {
                let missing = || format!("flag needs an argument: {letter:?} in -{whole}");
                rest.next().ok_or_else(|| FlagError(missing()))?
            } else {
                after
            };
            return self.set(flag, value);
        }
        Ok(())
    }

    fn set(&mut self, flag: &Flag, value: &str) -> Result<(), FlagError> {
        if let Err(problem) = check_value(flag.takes, value) {
            let name = match flag.short {
                Some(letter) => format!("-{letter}, --{}", flag.name),
                None => format!("--{}", flag.name),
            };
            return Err(FlagError(format!(
                "invalid argument {value:?} for {name:?} flag: {problem}"
            )));
        }
        if let Some(words) = flag.deprecated {
            self.parsed.warnings.push(format!("Flag --{} has been deprecated, {words}", flag.name));
        }
        self.parsed.given.push((flag.name, value.to_owned()));
        self.parsed.values.add(flag, value);
        Ok(())
    }
}
