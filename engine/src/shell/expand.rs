//! Turns words into arguments: parameters, substitutions, splitting, patterns.
//!
//! Expansion is a function of the shell's state and of the outputs of the
//! command substitutions made so far. When it meets one more it stops with
//! [`Stop::Substitute`]; the shell runs that, and expands again from the start
//! with its output. Assignments on the way (`${x:=y}`, `$((i++))`) are kept
//! aside until the whole succeeds, so that a second try does no harm.

use super::arithmetic;
use super::field::{Field, Fields};
use super::pattern;
use super::state::{Dialect, State};
use super::syntax::{List, Operation, Parameter, Piece, Word};
use crate::process::Kernel;
use crate::sim::Random;

/// Why an expansion did not finish.
#[derive(Debug)]
pub(super) enum Stop {
    /// The output of this substitution is needed.
    Substitute(List),
    /// A message; the command fails.
    Fail(String),
}

pub(super) type Expanded<T> = Result<T, Stop>;

/// One try at expanding a command.
pub(super) struct Expansion<'a, 'k> {
    state: &'a State,
    kernel: &'a Kernel<'k>,
    /// Outputs of the substitutions that earlier tries asked for, in order.
    outputs: &'a [String],
    used: usize,
    /// Variables set on the way.
    pub(super) changes: Vec<(String, String)>,
    /// Variables that the command itself assigns, for its later words only.
    pub(super) assigned: Vec<(String, String)>,
    pub(super) random: Random,
}

/// A parameter's value.
enum Found {
    Unset,
    One(String),
    /// `$@`, `$*` and whole arrays; true for the `@` kind, which stays apart
    /// in quotes.
    Many(Vec<String>, bool),
}

impl<'a, 'k> Expansion<'a, 'k> {
    pub(super) fn new(state: &'a State, kernel: &'a Kernel<'k>, outputs: &'a [String]) -> Self {
        let random = state.random.clone();
        Self { state, kernel, outputs, used: 0, changes: Vec::new(), assigned: Vec::new(), random }
    }

    /// The positional parameters.
    pub(super) fn params(&self) -> Vec<String> {
        self.state.params.to_vec()
    }

    /// The arguments that `words` make.
    pub(super) fn words(&mut self, words: &[Word]) -> Expanded<Vec<String>> {
        let mut arguments = Vec::new();
        for word in words {
            let alternatives = match self.state.dialect {
                Dialect::Bash => super::brace::expand(word),
                _ => vec![word.clone()],
            };
            for word in alternatives {
                for field in self.fields(&word)? {
                    self.glob(field, &mut arguments);
                }
            }
        }
        Ok(arguments)
    }

    /// The text of `word`, neither split nor matched against files.
    pub(super) fn text(&mut self, word: &Word) -> Expanded<String> {
        let mut fields = Fields::unsplit();
        self.pieces(word, false, &mut fields)?;
        Ok(fields.joined())
    }

    /// The pattern that `word` is: what was quoted is meant literally.
    pub(super) fn pattern(&mut self, word: &Word) -> Expanded<String> {
        Ok(self.operand(word)?.1)
    }

    /// The text of `word`, and itself as a pattern.
    pub(super) fn operand(&mut self, word: &Word) -> Expanded<(String, String)> {
        let mut fields = Fields::unsplit();
        self.pieces(word, false, &mut fields)?;
        let pattern = fields.clone().joined_pattern();
        Ok((fields.joined(), pattern))
    }

    /// The value of an arithmetic word.
    pub(super) fn arithmetic(&mut self, word: &Word) -> Expanded<i64> {
        let text = self.text(word)?;
        arithmetic::evaluate(&text, self).map_err(|message| {
            Stop::Fail(match self.state.dialect {
                Dialect::Dash => format!("arithmetic expression: {message}: \"{text}\""),
                Dialect::Bash => format!("{text}: {message}"),
                Dialect::Busybox => message,
            })
        })
    }

    fn fields(&mut self, word: &Word) -> Expanded<Vec<Field>> {
        let separators = self.value("IFS").unwrap_or_else(|| " \t\n".into());
        let mut fields = Fields::split_at(separators);
        // `"$@"` of nothing is nothing, though other quotes make an empty word.
        if let [Piece::Quoted(empty), Piece::Parameter(parameter, true)] = word.as_slice()
            && empty.is_empty()
            && parameter.operation == Operation::Value
            && matches!(self.find(parameter)?, Found::Many(texts, true) if texts.is_empty())
        {
            return Ok(Vec::new());
        }
        self.pieces(word, false, &mut fields)?;
        Ok(fields.finish())
    }

    fn pieces(&mut self, word: &Word, quoted: bool, fields: &mut Fields) -> Expanded<()> {
        for piece in word.iter() {
            match piece {
                Piece::Text(text) if quoted => fields.quoted(text),
                Piece::Text(text) => fields.plain(text),
                Piece::Quoted(text) => fields.quoted(text),
                Piece::Tilde => {
                    let home = self.value("HOME").unwrap_or_else(|| "/root".into());
                    fields.quoted(&home);
                }
                Piece::Parameter(parameter, own) => {
                    self.parameter(parameter, quoted || *own, fields)?;
                }
                Piece::Substitution(list, own) => {
                    let Some(output) = self.outputs.get(self.used) else {
                        return Err(Stop::Substitute(list.clone()));
                    };
                    self.used += 1;
                    fields.value(output.trim_end_matches('\n'), quoted || *own);
                }
                Piece::Arithmetic(word, own) => {
                    let value = self.arithmetic(word)?.to_string();
                    fields.value(&value, quoted || *own);
                }
            }
        }
        Ok(())
    }

    fn glob(&self, field: Field, arguments: &mut Vec<String>) {
        if field.is_pattern && !self.state.options.has('f') {
            let mut found = super::glob::paths(self.kernel, &field.pattern);
            if !found.is_empty() {
                arguments.append(&mut found);
                return;
            }
        }
        arguments.push(field.text);
    }

    /// A variable's value, with what this try has set.
    fn value(&self, name: &str) -> Option<String> {
        match self.changes.iter().chain(&self.assigned).rev().find(|(own, _)| own == name) {
            Some((_, value)) => Some(value.clone()),
            None => self.state.get(name).map(String::from),
        }
    }

    fn find(&mut self, parameter: &Parameter) -> Expanded<Found> {
        let name = &*parameter.name;
        let state = self.state;
        let one = |text: String| Ok(Found::One(text));
        match name {
            "@" => return Ok(Found::Many(state.params.to_vec(), true)),
            "*" => return Ok(Found::Many(state.params.to_vec(), false)),
            "#" => return one(state.params.len().to_string()),
            "?" => return one(state.status.to_string()),
            "$" => return one(state.pid.to_string()),
            "-" => return one(state.options.letters().into()),
            "!" => {
                return Ok(state
                    .background
                    .map_or(Found::Unset, |pid| Found::One(pid.to_string())));
            }
            "0" => return one(state.name.clone()),
            _ => {}
        }
        if let Ok(number) = name.parse::<usize>() {
            let found = number.checked_sub(1).and_then(|at| state.params.get(at));
            return Ok(found.map_or(Found::Unset, |text| Found::One(text.clone())));
        }
        if let Some(index) = &parameter.index {
            return self.item(name, index);
        }
        Ok(match self.value(name) {
            Some(value) => Found::One(value),
            None => self.dynamic(name).map_or(Found::Unset, Found::One),
        })
    }

    fn item(&mut self, name: &str, index: &Word) -> Expanded<Found> {
        let values = self
            .state
            .variables
            .get(name)
            .map(|variable| variable.values.clone())
            .unwrap_or_default();
        if let [Piece::Quoted(text)] = index.as_slice()
            && (text == "@" || text == "*")
        {
            return Ok(Found::Many(values, text == "@"));
        }
        let at = self.arithmetic(index)?;
        let at = if at < 0 { at + i64::try_from(values.len()).unwrap_or_default() } else { at };
        let value = usize::try_from(at).ok().and_then(|at| values.get(at).cloned());
        Ok(value.map_or(Found::Unset, Found::One))
    }

    /// Variables that the shell computes when asked.
    fn dynamic(&mut self, name: &str) -> Option<String> {
        Some(match name {
            "RANDOM" if self.state.dialect != Dialect::Dash => {
                self.random.below(32_768).to_string()
            }
            "SECONDS" if self.state.dialect == Dialect::Bash => {
                self.kernel.now.since(self.state.started).as_secs().to_string()
            }
            "LINENO" => self.state.line.to_string(),
            "PPID" => self.state.parent.to_string(),
            "UID" | "EUID" if self.state.dialect == Dialect::Bash => self.kernel.uid().to_string(),
            _ => return None,
        })
    }

    fn parameter(
        &mut self,
        parameter: &Parameter,
        quoted: bool,
        fields: &mut Fields,
    ) -> Expanded<()> {
        let found = self.find(parameter)?;
        let missing = |counts_empty: bool| match &found {
            Found::Unset => true,
            Found::One(text) => counts_empty && text.is_empty(),
            Found::Many(texts, _) => texts.iter().all(|text| counts_empty && text.is_empty()),
        };
        match &parameter.operation {
            Operation::Default(empty, word) if missing(*empty) => self.pieces(word, quoted, fields),
            Operation::Alternative(empty, word) => {
                if missing(*empty) {
                    fields.value("", quoted);
                    return Ok(());
                }
                self.pieces(word, quoted, fields)
            }
            Operation::Assign(empty, word) if missing(*empty) => {
                let text = self.text(word)?;
                self.changes.push((parameter.name.to_string(), text.clone()));
                fields.value(&text, quoted);
                Ok(())
            }
            Operation::Require(empty, word) if missing(*empty) => {
                let text = self.text(word)?;
                let text = match (text.is_empty(), empty) {
                    (false, _) => text,
                    (true, true) => "parameter null or not set".into(),
                    (true, false) => "parameter not set".into(),
                };
                Err(Stop::Fail(format!("{}: {text}", parameter.name)))
            }
            operation => {
                let found = self.apply(parameter, operation, found)?;
                self.emit(found, quoted, fields);
                Ok(())
            }
        }
    }

    fn emit(&self, found: Found, quoted: bool, fields: &mut Fields) {
        match found {
            Found::Unset => fields.value("", quoted),
            Found::One(text) => fields.value(&text, quoted),
            Found::Many(texts, false) if quoted => {
                let separators = self.value("IFS").unwrap_or_else(|| " ".into());
                let separator: String = separators.chars().take(1).collect();
                fields.value(&texts.join(&separator), true);
            }
            Found::Many(texts, _) => {
                for (at, text) in texts.iter().enumerate() {
                    if at > 0 {
                        fields.part();
                    }
                    fields.value(text, quoted);
                }
            }
        }
    }

    /// Applies an operation that works on the value itself.
    fn apply(
        &mut self,
        parameter: &Parameter,
        operation: &Operation,
        found: Found,
    ) -> Expanded<Found> {
        if matches!(found, Found::Unset) && self.state.options.has('u') {
            let message = match self.state.dialect {
                Dialect::Bash => "unbound variable",
                _ => "parameter not set",
            };
            return Err(Stop::Fail(format!("{}: {message}", parameter.name)));
        }
        if matches!(operation, Operation::Length) {
            let length = match &found {
                Found::Unset => 0,
                Found::One(text) => text.chars().count(),
                Found::Many(texts, _) => texts.len(),
            };
            return Ok(Found::One(length.to_string()));
        }
        if let (Operation::Slice(offset, length), Found::Many(texts, apart)) = (operation, &found) {
            // Positional parameters count from 1.
            let base = usize::from(matches!(&*parameter.name, "@" | "*"));
            let range = self.range(offset, length.as_ref(), texts.len() + base)?;
            let range = range.start.saturating_sub(base)..range.end.saturating_sub(base);
            return Ok(Found::Many(texts.get(range).unwrap_or_default().to_vec(), *apart));
        }
        Ok(match found {
            Found::Unset => Found::One(self.change(operation, String::new())?),
            Found::One(text) => Found::One(self.change(operation, text)?),
            Found::Many(texts, apart) => {
                let changed: Expanded<Vec<String>> =
                    texts.into_iter().map(|text| self.change(operation, text)).collect();
                Found::Many(changed?, apart)
            }
        })
    }

    fn change(&mut self, operation: &Operation, text: String) -> Expanded<String> {
        Ok(match operation {
            Operation::Prefix(longest, word) => cut_prefix(&text, &self.pattern(word)?, *longest),
            Operation::Suffix(longest, word) => cut_suffix(&text, &self.pattern(word)?, *longest),
            Operation::Replace(all, word, with) => {
                let (pattern, with) = (self.pattern(word)?, self.text(with)?);
                replace(&text, &pattern, &with, *all)
            }
            Operation::Slice(offset, length) => {
                let letters: Vec<char> = text.chars().collect();
                let range = self.range(offset, length.as_ref(), letters.len())?;
                letters.get(range).unwrap_or_default().iter().collect()
            }
            Operation::Case(upper, all) => {
                let count = if *all { usize::MAX } else { 1 };
                let change = |(at, letter): (usize, char)| match (at < count, upper) {
                    (false, _) => letter,
                    (true, true) => letter.to_ascii_uppercase(),
                    (true, false) => letter.to_ascii_lowercase(),
                };
                text.chars().enumerate().map(change).collect()
            }
            Operation::Indirect => self.value(&text).unwrap_or_default(),
            _ => text,
        })
    }

    fn range(
        &mut self,
        offset: &Word,
        length: Option<&Word>,
        count: usize,
    ) -> Expanded<std::ops::Range<usize>> {
        let total = i64::try_from(count).unwrap_or(i64::MAX);
        let offset = self.arithmetic(offset)?;
        let start = if offset < 0 { (total + offset).max(0) } else { offset.min(total) };
        let end = match length {
            None => total,
            Some(length) => match self.arithmetic(length)? {
                length if length < 0 => (total + length).max(start),
                length => (start + length).min(total),
            },
        };
        let at = |number: i64| usize::try_from(number).unwrap_or_default();
        Ok(at(start)..at(end))
    }
}

impl arithmetic::Variables for Expansion<'_, '_> {
    fn get(&self, name: &str) -> String {
        let dynamic = || (name == "RANDOM").then(|| self.random.clone().below(32_768).to_string());
        self.value(name).or_else(dynamic).unwrap_or_default()
    }

    fn set(&mut self, name: &str, value: i64) {
        self.changes.push((name.into(), value.to_string()));
    }
}

/// Every place in `text` where a letter starts, and its end.
fn places(text: &str) -> Vec<usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).collect()
}

fn cut_prefix(text: &str, pattern: &str, longest: bool) -> String {
    let mut ends = places(text);
    if longest {
        ends.reverse();
    }
    let fits = |end: &usize| text.get(..*end).is_some_and(|head| pattern::matches(pattern, head));
    let end = ends.into_iter().find(fits).unwrap_or_default();
    text.get(end..).unwrap_or_default().into()
}

fn cut_suffix(text: &str, pattern: &str, longest: bool) -> String {
    let mut starts = places(text);
    if !longest {
        starts.reverse();
    }
    let fits =
        |start: &usize| text.get(*start..).is_some_and(|tail| pattern::matches(pattern, tail));
    let start = starts.into_iter().find(fits).unwrap_or(text.len());
    text.get(..start).unwrap_or_default().into()
}

fn replace(text: &str, pattern: &str, with: &str, all: bool) -> String {
    let (pattern, at_start, at_end) = match pattern.chars().next() {
        Some('#') => (pattern.get(1..).unwrap_or_default(), true, false),
        Some('%') => (pattern.get(1..).unwrap_or_default(), false, true),
        _ => (pattern, false, false),
    };
    if pattern.is_empty() {
        return text.into();
    }
    let places = places(text);
    let (mut result, mut from, mut done) = (String::new(), 0, false);
    while from < text.len() {
        let longest = places.iter().rev().filter(|end| **end > from).find(|end| {
            (!at_end || **end == text.len())
                && text.get(from..**end).is_some_and(|part| pattern::matches(pattern, part))
        });
        if let Some(end) = longest.filter(|_| (all || !done) && (!at_start || from == 0)) {
            result.push_str(with);
            from = *end;
            done = true;
        } else {
            let letter = text.get(from..).and_then(|rest| rest.chars().next()).unwrap_or_default();
            result.push(letter);
            from += letter.len_utf8();
        }
    }
    result
}
