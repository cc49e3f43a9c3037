//! Builtins that set variables and options: `set`, `export`, `read`, `alias`,
//! `getopts` and the like.

use std::sync::Arc;

use super::frame::{Frame, Reading};
use super::machine::{Next, Shell};
use super::state::Dialect;
use crate::process::{Kernel, Read, Wait};
use crate::sim::Delay;
use crate::value::Str;

impl Shell {
    pub(super) fn shift(&mut self, kernel: &mut Kernel<'_>, arguments: &[String]) -> Next {
        let count: usize = arguments.first().and_then(|text| text.parse().ok()).unwrap_or(1);
        if count > self.state.params.len() {
            return match self.state.dialect {
                Dialect::Bash => self.done(1),
                _ => self.fail(kernel, "shift: can't shift that many"),
            };
        }
        Arc::make_mut(&mut self.state.params).drain(..count);
        self.done(0)
    }

    pub(super) fn set_options(&mut self, kernel: &mut Kernel<'_>, arguments: Vec<String>) -> Next {
        if arguments.is_empty() {
            let lines: String = self
                .state
                .variables
                .iter()
                .filter_map(|(name, variable)| {
                    Some(format!("{name}='{}'\n", variable.values.first()?))
                })
                .collect();
            kernel.write(1, lines.as_bytes());
            return self.done(0);
        }
        let mut rest = arguments.into_iter();
        while let Some(argument) = rest.next() {
            let letters = argument.strip_prefix(['-', '+']).filter(|letters| !letters.is_empty());
            let Some(letters) = letters.filter(|_| argument != "--") else {
                let first = (argument != "--").then_some(argument);
                self.state.params = Arc::new(first.into_iter().chain(rest).collect());
                break;
            };
            let on = argument.starts_with('-');
            for letter in letters.chars() {
                if letter == 'o' {
                    let name = rest.next().unwrap_or_default();
                    if name == "pipefail" && self.state.dialect == Dialect::Dash {
                        return self.fail(kernel, "set: Illegal option -o pipefail");
                    }
                    self.option(&name, on);
                } else {
                    self.state.options.set(letter, on);
                }
            }
        }
        self.done(0)
    }

    pub(super) fn unset(&mut self, arguments: &[String]) -> Next {
        let functions = arguments.first().is_some_and(|first| first == "-f");
        for name in arguments.iter().filter(|name| !name.starts_with('-')) {
            if functions || !self.state.variables.contains_key(name.as_str()) {
                self.state.functions.remove(name.as_str());
            }
            if !functions {
                self.state.unset(name);
            }
        }
        self.done(0)
    }

    pub(super) fn start_read(&mut self, kernel: &mut Kernel<'_>, arguments: &[String]) -> Next {
        let mut reading =
            Reading { names: Vec::new(), raw: false, array: false, until: None, line: Vec::new() };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match argument.as_str() {
                "-p" => {
                    let prompt = rest.next().cloned().unwrap_or_default();
                    kernel.write(2, prompt.as_bytes());
                }
                "-t" => {
                    let secs = rest.next().and_then(|text| text.parse().ok()).unwrap_or_default();
                    reading.until = Some(kernel.now + Delay::secs(secs));
                }
                "-d" | "-n" | "-u" | "-N" => drop(rest.next()),
                option if option.starts_with('-') => {
                    reading.raw |= option.contains('r');
                    reading.array |= option.contains('a');
                }
                name => reading.names.push(name.into()),
            }
        }
        self.read(kernel, reading)
    }

    pub(super) fn read(&mut self, kernel: &mut Kernel<'_>, mut reading: Reading) -> Next {
        let ended = match super::input::read_line(kernel, &mut reading.line) {
            Read::Pending if reading.until.is_some_and(|until| until <= kernel.now) => {
                return self.done(142);
            }
            Read::Pending => {
                let wait = Wait { until: reading.until, ..Wait::input(0) };
                self.frames.push(Frame::Read(reading));
                return Next::Wait(wait);
            }
            Read::Data(_) => false,
            Read::End => true,
        };
        let mut text = String::from_utf8_lossy(&reading.line).trim_end_matches('\n').to_string();
        if !reading.raw {
            text = unescape(&text);
        }
        let separators = self.state.get("IFS").unwrap_or(" \t\n").to_string();
        if let Err(message) = self.set_read(&reading, &text, &separators) {
            return self.complain(kernel, &message, 1);
        }
        self.done(u8::from(ended))
    }

    fn set_read(&mut self, reading: &Reading, text: &str, separators: &str) -> Result<(), String> {
        let is_separator = |letter: char| separators.contains(letter);
        let is_blank = |letter: char| letter.is_ascii_whitespace() && separators.contains(letter);
        if reading.names.is_empty() {
            return self.state.set("REPLY", vec![text.into()]);
        }
        let mut rest = text.trim_matches(is_blank);
        if let (true, Some(name)) = (reading.array, reading.names.first()) {
            let values = rest
                .split(is_separator)
                .filter(|part| !part.is_empty())
                .map(String::from)
                .collect();
            return self.state.set(name, values);
        }
        let (last, others) = reading
            .names
            .split_last()
            .map_or((None, [].as_slice()), |(last, others)| (Some(last), others));
        for name in others {
            let end = rest.find(is_separator).unwrap_or(rest.len());
            let (value, after) = rest.split_at(end);
            self.state.set(name, vec![value.into()])?;
            let mut after = after.trim_start_matches(is_blank);
            if let Some(letter) = after.chars().next().filter(|letter| is_separator(*letter)) {
                after =
                    after.get(letter.len_utf8()..).unwrap_or_default().trim_start_matches(is_blank);
            }
            rest = after;
        }
        last.map_or(Ok(()), |name| self.state.set(name, vec![rest.into()]))
    }

    pub(super) fn alias(
        &mut self,
        kernel: &mut Kernel<'_>,
        name: &str,
        arguments: &[String],
    ) -> Next {
        if name == "unalias" {
            for argument in arguments {
                if argument == "-a" {
                    self.state.aliases.clear();
                }
                self.state.aliases.remove(argument.as_str());
            }
            return self.done(0);
        }
        let show = |name: &Str, text: &Str| format!("alias {name}='{text}'\n");
        let mut lines = String::new();
        let mut status = 0;
        if arguments.is_empty() {
            lines = self.state.aliases.iter().map(|(name, text)| show(name, text)).collect();
        }
        for argument in arguments {
            if let Some((name, text)) = argument.split_once('=') {
                self.state.aliases.insert(name.into(), text.into());
            } else if let Some((name, text)) = self.state.aliases.get_key_value(argument.as_str()) {
                lines.push_str(&show(name, text));
            } else {
                let message = format!("alias: {argument}: not found");
                kernel.write(2, self.state.complaint(&message).as_bytes());
                status = 1;
            }
        }
        kernel.write(1, lines.as_bytes());
        self.done(status)
    }

    pub(super) fn let_values(&mut self, kernel: &mut Kernel<'_>, arguments: &[String]) -> Next {
        let mut value = 0;
        for argument in arguments {
            let word = Arc::new(vec![super::syntax::Piece::Quoted(argument.clone())]);
            match self.evaluate(kernel, &word) {
                Ok(number) => value = number,
                Err(message) => return self.complain(kernel, &format!("let: {message}"), 1),
            }
        }
        self.done(u8::from(value == 0))
    }

    pub(super) fn getopts(&mut self, kernel: &mut Kernel<'_>, arguments: &[String]) -> Next {
        let [options, name, rest @ ..] = arguments else { return self.done(2) };
        let params = if rest.is_empty() { self.state.params.to_vec() } else { rest.to_vec() };
        let at: usize = self.state.get("OPTIND").and_then(|text| text.parse().ok()).unwrap_or(1);
        let word = params.get(at.saturating_sub(1)).cloned().unwrap_or_default();
        let letter = word.strip_prefix('-').and_then(|letters| letters.chars().next());
        let Some(letter) = letter.filter(|_| word != "--") else {
            self.state.put(name, "?");
            return self.done(1);
        };
        let mut next = at + 1;
        let place = options.find(letter);
        let takes = place
            .and_then(|place| options.get(place + 1..))
            .is_some_and(|after| after.starts_with(':'));
        if takes {
            let inline = word.get(2..).filter(|text| !text.is_empty()).map(String::from);
            next += usize::from(inline.is_none());
            let value = inline.or_else(|| params.get(at).cloned()).unwrap_or_default();
            self.state.put("OPTARG", &value);
        }
        if place.is_none() {
            let message = format!("illegal option -- {letter}");
            kernel.write(2, self.state.complaint(&message).as_bytes());
        }
        self.state.put("OPTIND", &next.to_string());
        self.state.put(name, &place.map_or('?', |_| letter).to_string());
        self.done(0)
    }

    /// `export`, `readonly`, `local`, `declare`.
    pub(super) fn declare(
        &mut self,
        kernel: &mut Kernel<'_>,
        command: &str,
        arguments: &[String],
    ) -> Next {
        let flags: String =
            arguments.iter().filter_map(|argument| argument.strip_prefix('-')).collect();
        let names: Vec<&String> =
            arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
        if names.is_empty() && command == "export" {
            let lines: Vec<String> = self
                .state
                .environment()
                .iter()
                .map(|(name, value)| format!("export {name}='{value}'\n"))
                .collect();
            kernel.write(1, lines.concat().as_bytes());
        }
        for argument in names {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (argument.as_str(), None),
            };
            let is_name = !name.is_empty()
                && name.chars().all(super::word::is_name_letter)
                && !name.starts_with(|letter: char| letter.is_ascii_digit());
            if !is_name {
                let message = match self.state.dialect {
                    Dialect::Bash => format!("{command}: `{argument}': not a valid identifier"),
                    _ => format!("{command}: {name}: bad variable name"),
                };
                return self.complain(kernel, &message, 1);
            }
            let is_local =
                matches!(command, "local" | "declare" | "typeset") && !flags.contains('g');
            let call = self.frames.iter_mut().rev().find_map(|frame| match frame {
                Frame::Call(_, saved) => Some(saved),
                _ => None,
            });
            if let Some(saved) = call.filter(|_| is_local) {
                saved.push((name.into(), self.state.variables.get(name).cloned()));
                if value.is_none() {
                    self.state.unset(name);
                }
            }
            if let Some(value) = value
                && let Err(message) = self.state.set(name, vec![value.into()])
            {
                return self.complain(kernel, &message, 1);
            }
            if command == "export" && flags.contains('n') {
                self.state.variables.entry(name.into()).or_default().exported = false;
            } else if command == "export" || flags.contains('x') {
                self.state.export(name);
            }
            if command == "readonly" || flags.contains('r') {
                self.state.variables.entry(name.into()).or_default().read_only = true;
            }
        }
        self.done(0)
    }
}

/// `read` without `-r`: a backslash protects the letter after it.
fn unescape(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        result.extend(if letter == '\\' { letters.next() } else { Some(letter) });
    }
    result
}
