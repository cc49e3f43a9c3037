//! Scenario files: Markdown sessions with commands and what they print.
//!
//! A block that begins with three backticks, `yaml` and a file name writes
//! that file. A `console` block runs the lines after `$ ` and expects what
//! follows them; `$ sleep 30s` lets simulated time pass. Lines after `> ` that
//! follow the command at once are typed into it while it runs, `^C` and `^D`
//! as those keys. Between commands half a second passes. In expected lines a word in brackets, such as `[age]`,
//! stands for any run of letters that are no spaces, and spaces for any number
//! of spaces, since widths vary with what they part. A scenario may begin with
//! a block between lines of three hyphens: `profile: local` there says where
//! its cluster stands.

use std::collections::BTreeMap;

use podyard_engine::sim::Delay;

use crate::link::profile_named;
use crate::{Action, Machine, Setup};

/// What passes between two commands.
const PAUSE: Delay = Delay::millis(500);

/// Does what a scenario says and returns its text with what really happened:
/// the same text when all is as expected.
pub fn play(text: &str) -> String {
    played(text).out
}

/// A hash of all that a scenario prints and of the state it ends in.
pub fn history(text: &str) -> u64 {
    let player = played(text);
    mixed(player.history, &player.machine.state_hash().to_le_bytes())
}

fn played(text: &str) -> Player {
    let machine = Machine::new(setup(text));
    let mut player = Player { machine, out: String::new(), history: 0xcbf2_9ce4_8422_2325 };
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        player.put(line);
        let Some(info) = line.strip_prefix("```") else { continue };
        let mut block = Vec::new();
        for line in lines.by_ref() {
            if line == "```" {
                break;
            }
            block.push(line);
        }
        match info.split_once(' ') {
            Some(("yaml" | "sh" | "text", name)) => player.write(name, &block),
            None if info == "console" => player.console(&block),
            _ => block.iter().for_each(|line| player.put(line)),
        }
        player.put("```");
    }
    player
}

/// FNV-1a.
fn mixed(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The cluster that a scenario asks for at its head.
fn setup(text: &str) -> Setup {
    let mut setup = Setup::default();
    let head = text.strip_prefix("---\n").and_then(|rest| rest.split_once("---\n"));
    for line in head.iter().flat_map(|(head, _)| head.lines()) {
        if let Some(profile) = line.strip_prefix("profile: ").and_then(profile_named) {
            setup.profile = profile;
        }
    }
    setup
}

struct Player {
    machine: Machine,
    out: String,
    /// A hash of what was printed.
    history: u64,
}

impl Player {
    fn put(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn write(&mut self, name: &str, block: &[&str]) {
        let text: String = block.iter().map(|line| format!("{line}\n")).collect();
        self.out.push_str(&text);
        self.machine.act(Action::Write(BTreeMap::from([(name.to_owned(), Some(text))])));
    }

    fn console(&mut self, block: &[&str]) {
        let mut rest = block.iter().copied().peekable();
        while let Some(line) = rest.next() {
            let Some(command) = line.strip_prefix("$ ") else {
                // Lines before the first command can come from none.
                continue;
            };
            self.put(line);
            let mut typed = Vec::new();
            while let Some(line) = rest.next_if(|line| line.starts_with("> ")) {
                self.put(line);
                typed.push(keys(line.trim_start_matches("> ")));
            }
            let mut expected = Vec::new();
            while let Some(line) = rest.next_if(|line| !line.starts_with("$ ")) {
                expected.push(line);
            }
            let blank = expected.last().is_some_and(|line| line.is_empty());
            if blank {
                expected.pop();
            }
            let actual = self.run(command, &typed);
            self.history = mixed(self.history, actual.as_bytes());
            self.compare(&expected, &actual);
            if blank {
                self.put("");
            }
        }
    }

    fn compare(&mut self, expected: &[&str], actual: &str) {
        let actual: Vec<&str> = actual.lines().collect();
        let same = expected.len() == actual.len()
            && expected.iter().zip(&actual).all(|(wanted, line)| fits(wanted, line));
        for line in if same { expected } else { &actual } {
            self.put(line);
        }
    }

    fn run(&mut self, command: &str, typed: &[String]) -> String {
        if let Some(length) = command.strip_prefix("sleep ").and_then(seconds) {
            self.pass(length);
            return String::new();
        }
        let (printed, code) = self.machine.finish_typing(command, typed);
        if code.is_none() {
            return format!("[{command} did not end within ten minutes]\n");
        }
        self.pass(PAUSE);
        printed
    }

    fn pass(&mut self, length: Delay) {
        let to = self.machine.now() + length;
        self.machine.advance_to(to);
    }
}

/// What is typed for a line of a scenario.
fn keys(line: &str) -> String {
    match line {
        "^C" => "\u{3}".to_owned(),
        "^D" => "\u{4}".to_owned(),
        line => format!("{line}\n"),
    }
}

/// `30s` or `5m`.
pub fn seconds(text: &str) -> Option<Delay> {
    let minutes = text.strip_suffix('m').and_then(|count| count.parse::<i64>().ok());
    let secs = text.strip_suffix('s').and_then(|count| count.parse::<i64>().ok());
    minutes.map(|count| Delay::secs(count * 60)).or(secs.map(Delay::secs))
}

/// Whether a line is as expected, with words in brackets for what varies.
pub fn fits(wanted: &str, line: &str) -> bool {
    let (wanted, line) = (wanted.trim_end(), line.trim_end());
    match (wanted.chars().next(), line.chars().next()) {
        (None, None) => true,
        (Some(' '), Some(' ')) => fits(wanted.trim_start(), line.trim_start()),
        (Some('['), Some(found)) if found != ' ' => {
            let Some(rest) = placeholder(wanted) else {
                return found == '[' && fits_next(wanted, line);
            };
            let run = line.find(' ').unwrap_or(line.len());
            (1..=run)
                .rev()
                .filter(|end| line.is_char_boundary(*end))
                .any(|end| fits(rest, line.get(end..).unwrap_or_default()))
        }
        (Some(a), Some(b)) if a == b => fits_next(wanted, line),
        _ => false,
    }
}

fn fits_next(wanted: &str, line: &str) -> bool {
    let next = |text: &str| {
        let first = text.chars().next().map_or(0, char::len_utf8);
        text.get(first..).unwrap_or_default().to_owned()
    };
    fits(&next(wanted), &next(line))
}

/// What follows a word such as `[age]`, if `text` begins with one.
fn placeholder(text: &str) -> Option<&str> {
    let (word, rest) = text.strip_prefix('[')?.split_once(']')?;
    let plain = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    plain.then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_brackets_stand_for_what_varies() {
        assert!(fits("web-[rand]   1/1   Running   [age]", "web-7f4-x2k1p      1/1  Running  3s"));
        assert!(!fits("web-[rand]   1/1", "web-   1/1"));
        assert!(fits("plain [x1] text", "plain [x1] text"));
        assert!(!fits("a b", "a c"));
    }

    #[test]
    fn a_scenario_gives_its_own_text_when_all_is_as_expected() {
        let text = "# Namespaces\n\n```console\n$ kubectl get ns default\nNAME      STATUS   AGE\n\
                    default   Active   [age]\n```\n";
        assert_eq!(play(text), text);
        let wrong = text.replace("Active", "Passive");
        assert!(play(&wrong).contains("default   Active   "), "{}", play(&wrong));
    }
}
