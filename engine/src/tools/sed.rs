//! `sed`: addresses, `s`, `p`, `d`, `q`, `a`, `i`, `c`, `y`, `=`, `n`, `-n`,
//! `-e`, `-E`, `-i`.

use std::fmt::Write as _;

use regex_lite::Regex;

use super::adapter::Call;
use super::arguments::Arguments;
use super::filter::{Flow, LineFilter, Streaming, lines};
use super::grep::compile;
use crate::process::{Family, Kernel, Program, Step};

pub(super) fn start(_argv: &[String], family: Family) -> Box<dyn Program> {
    Box::new(Sed { family, streaming: None })
}

/// Decides between editing in place, which is done at once, and streaming.
#[derive(Debug, Clone)]
struct Sed {
    family: Family,
    streaming: Option<Box<dyn Program>>,
}

impl Program for Sed {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        if self.streaming.is_none() {
            let mut call = Call::new(kernel, self.family);
            let in_place = call.arguments.iter().any(|argument| {
                argument.starts_with("-i")
                    || argument == "--in-place"
                    || argument == "-Ei"
                    || argument == "-ri"
            });
            if in_place {
                return Step::Exit(edit(&mut call));
            }
            self.streaming = Some(Streaming::boxed(self.family, |call| {
                let arguments = parse(call)?;
                let (editor, arguments) = editor(call, arguments)?;
                lines(editor, arguments)
            }));
        }
        self.streaming.as_mut().map_or(Step::Exit(1), |program| program.resume(kernel))
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

fn parse(call: &mut Call<'_, '_>) -> Result<Arguments, u8> {
    // A suffix after `-i` asks for a backup copy, which nothing here reads.
    for argument in &mut call.arguments {
        if argument.starts_with("-i") {
            *argument = "-i".into();
        }
    }
    call.parse(
        "ne:Erisf:",
        &[("quiet", 'n'), ("expression", 'e'), ("regexp-extended", 'E'), ("in-place", 'i')],
    )
}

fn editor(call: &mut Call<'_, '_>, mut arguments: Arguments) -> Result<(Editor, Arguments), u8> {
    let mut scripts: Vec<String> = arguments.values('e').map(String::from).collect();
    if let Some(path) = arguments.value('f') {
        let path = call.kernel.absolute(path);
        let text = call.kernel.files.read(&path).unwrap_or_default();
        scripts.push(String::from_utf8_lossy(&text).into_owned());
    }
    if scripts.is_empty() {
        if arguments.operands.is_empty() {
            return Err(call.missing_operand());
        }
        scripts.push(arguments.operands.remove(0));
    }
    let extended = arguments.has('E') || arguments.has('r');
    let mut reader = Reader { letters: scripts.join("\n").chars().collect(), at: 0, extended };
    let commands = reader.commands().map_err(|message| {
        call.error(&format!("-e expression #1, char {}: {message}", reader.at));
        1
    })?;
    let editor = Editor {
        commands,
        quiet: arguments.has('n'),
        line: 0,
        held: None,
        ranges: Vec::new(),
        ended: false,
    };
    Ok((editor, arguments))
}

/// `sed -i`: each file becomes what the script makes of it.
fn edit(call: &mut Call<'_, '_>) -> u8 {
    let prepared = parse(call).and_then(|arguments| editor(call, arguments));
    let (editor, arguments) = match prepared {
        Ok(prepared) => prepared,
        Err(code) => return code,
    };
    let mut code = 0;
    for path in &arguments.operands {
        let file = call.kernel.absolute(path);
        let data = match call.kernel.files.read(&file) {
            Ok(data) => data,
            Err(error) if call.is_busybox() => {
                call.error(&format!("{path}: {error}"));
                code = 1;
                continue;
            }
            Err(error) => {
                call.error(&format!("can't read {path}: {error}"));
                code = 2;
                continue;
            }
        };
        let mut editor = editor.clone();
        let mut out = String::new();
        for line in String::from_utf8_lossy(&data).lines() {
            if editor.line(path, line, &mut out) != Flow::More {
                break;
            }
        }
        editor.finish(&mut out);
        if let Err(error) = call.kernel.files.write(&file, out.as_bytes(), false) {
            call.error(&format!("couldn't open temporary file {path}: {error}"));
            code = 4;
        }
    }
    code
}

#[derive(Debug, Clone)]
enum Address {
    Line(u64),
    Last,
    Match(Regex),
}

#[derive(Debug, Clone)]
struct Command {
    from: Option<Address>,
    to: Option<Address>,
    negated: bool,
    action: Action,
}

#[derive(Debug, Clone)]
enum Action {
    Substitute { pattern: Regex, with: String, global: bool, print: bool, which: usize },
    Translate(Vec<char>, Vec<char>),
    Print,
    Delete,
    Quit,
    Append(String),
    Insert(String),
    Change(String),
    Number,
    Next,
    Group(Vec<Command>),
}

#[derive(Debug, Clone)]
struct Editor {
    commands: Vec<Command>,
    quiet: bool,
    line: u64,
    /// The line read but not edited: only then is it known not to be the last.
    held: Option<String>,
    /// Commands whose range is open, by their place.
    ranges: Vec<usize>,
    ended: bool,
}

/// What becomes of a line when its commands have run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Print,
    Drop,
    Quit,
}

impl Editor {
    fn edit(&mut self, line: String, is_last: bool, out: &mut String) -> Flow {
        self.line += 1;
        let mut text = line;
        let mut after = String::new();
        let commands = std::mem::take(&mut self.commands);
        let mut place = 0;
        let fate = self.run(&commands, &mut place, &mut text, (is_last, &mut after), out);
        self.commands = commands;
        if fate != Fate::Drop && !self.quiet {
            out.push_str(&text);
            out.push('\n');
        }
        out.push_str(&after);
        if fate == Fate::Quit {
            self.ended = true;
            return Flow::Enough;
        }
        Flow::More
    }

    fn run(
        &mut self,
        commands: &[Command],
        place: &mut usize,
        text: &mut String,
        (is_last, after): (bool, &mut String),
        out: &mut String,
    ) -> Fate {
        for command in commands {
            *place += 1;
            if self.applies(command, *place, text, is_last) == command.negated {
                continue;
            }
            match &command.action {
                Action::Substitute { pattern, with, global, print, which } => {
                    let (result, changed) = substitute(pattern, with, text, *global, *which);
                    *text = result;
                    if changed && *print {
                        out.push_str(text);
                        out.push('\n');
                    }
                }
                Action::Translate(from, to) => {
                    let change = |letter: char| {
                        from.iter()
                            .position(|own| *own == letter)
                            .and_then(|at| to.get(at).copied())
                            .unwrap_or(letter)
                    };
                    *text = text.chars().map(change).collect();
                }
                Action::Print => {
                    out.push_str(text);
                    out.push('\n');
                }
                Action::Delete => return Fate::Drop,
                Action::Quit => return Fate::Quit,
                Action::Append(extra) => {
                    let _ = writeln!(after, "{extra}");
                }
                Action::Insert(extra) => {
                    let _ = writeln!(out, "{extra}");
                }
                Action::Change(extra) => {
                    let _ = writeln!(out, "{extra}");
                    return Fate::Drop;
                }
                Action::Number => {
                    let _ = writeln!(out, "{}", self.line);
                }
                Action::Next => return Fate::Print,
                Action::Group(inner) => {
                    let fate = self.run(inner, place, text, (is_last, after), out);
                    if fate != Fate::Print {
                        return fate;
                    }
                }
            }
        }
        Fate::Print
    }

    fn applies(&mut self, command: &Command, place: usize, text: &str, is_last: bool) -> bool {
        let line = self.line;
        let fits = |address: &Address| match address {
            Address::Line(number) => *number == line,
            Address::Last => is_last,
            Address::Match(pattern) => pattern.is_match(text),
        };
        let Some(from) = &command.from else { return true };
        let Some(to) = &command.to else { return fits(from) };
        if self.ranges.contains(&place) {
            if fits(to) || matches!(to, Address::Line(number) if *number <= line) {
                self.ranges.retain(|open| *open != place);
            }
            return true;
        }
        let starts = fits(from);
        if starts && !matches!(to, Address::Line(number) if *number <= line) {
            self.ranges.push(place);
        }
        starts
    }
}

fn substitute(
    pattern: &Regex,
    with: &str,
    text: &str,
    global: bool,
    which: usize,
) -> (String, bool) {
    let (mut result, mut end, mut changed) = (String::new(), 0, false);
    for (number, found) in pattern.captures_iter(text).enumerate() {
        let Some(whole) = found.get(0) else { continue };
        if number + 1 < which {
            continue;
        }
        result.push_str(text.get(end..whole.start()).unwrap_or_default());
        let mut letters = with.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '&' => result.push_str(whole.as_str()),
                '\\' => match letters.next() {
                    Some('n') => result.push('\n'),
                    Some('t') => result.push('\t'),
                    Some(digit) if digit.is_ascii_digit() => {
                        let group = digit
                            .to_digit(10)
                            .and_then(|digit| usize::try_from(digit).ok())
                            .unwrap_or_default();
                        result.push_str(found.get(group).map_or("", |group| group.as_str()));
                    }
                    Some(other) => result.push(other),
                    None => result.push('\\'),
                },
                other => result.push(other),
            }
        }
        end = whole.end();
        changed = true;
        if !global {
            break;
        }
    }
    result.push_str(text.get(end..).unwrap_or_default());
    (result, changed)
}

impl LineFilter for Editor {
    fn line(&mut self, _source: &str, line: &str, out: &mut String) -> Flow {
        match self.held.replace(line.into()) {
            Some(held) => self.edit(held, false, out),
            None => Flow::More,
        }
    }

    fn finish(&mut self, out: &mut String) -> u8 {
        if let Some(held) = self.held.take().filter(|_| !self.ended) {
            self.edit(held, true, out);
        }
        0
    }
}

struct Reader {
    letters: Vec<char>,
    at: usize,
    extended: bool,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek();
        self.at += 1;
        letter
    }

    fn skip(&mut self, skipped: &str) {
        while self.peek().is_some_and(|letter| skipped.contains(letter)) {
            self.at += 1;
        }
    }

    fn commands(&mut self) -> Result<Vec<Command>, String> {
        let mut commands = Vec::new();
        loop {
            self.skip(" \t\n;");
            match self.peek() {
                None => return Ok(commands),
                Some('}') => {
                    self.at += 1;
                    return Ok(commands);
                }
                Some('#') => while self.next().is_some_and(|letter| letter != '\n') {},
                Some(_) => commands.push(self.command()?),
            }
        }
    }

    fn command(&mut self) -> Result<Command, String> {
        let from = self.address()?;
        let mut to = None;
        self.skip(" ");
        if self.peek() == Some(',') {
            self.at += 1;
            self.skip(" ");
            to = self.address()?;
            if to.is_none() {
                return Err("unexpected `,'".into());
            }
        }
        self.skip(" ");
        let negated = self.peek() == Some('!');
        self.at += usize::from(negated);
        self.skip(" ");
        let Some(letter) = self.next() else { return Err("missing command".into()) };
        let action = match letter {
            's' => self.substitution()?,
            'y' => {
                let delimiter = self.next().ok_or("unterminated `y' command")?;
                let (from, to) = (self.until(delimiter, "y")?, self.until(delimiter, "y")?);
                Action::Translate(from.chars().collect(), to.chars().collect())
            }
            'p' => Action::Print,
            'd' => Action::Delete,
            'q' => Action::Quit,
            'n' => Action::Next,
            '=' => Action::Number,
            'a' => Action::Append(self.text()),
            'i' => Action::Insert(self.text()),
            'c' => Action::Change(self.text()),
            '{' => Action::Group(self.commands()?),
            other => return Err(format!("unknown command: `{other}'")),
        };
        Ok(Command { from, to, negated, action })
    }

    fn address(&mut self) -> Result<Option<Address>, String> {
        Ok(match self.peek() {
            Some('$') => {
                self.at += 1;
                Some(Address::Last)
            }
            Some('/') => {
                self.at += 1;
                let pattern = self.until('/', "address regex")?;
                Some(Address::Match(compile(&pattern, self.extended, false)?))
            }
            Some(digit) if digit.is_ascii_digit() => {
                let mut digits = String::new();
                while let Some(digit) = self.peek().filter(char::is_ascii_digit) {
                    digits.push(digit);
                    self.at += 1;
                }
                digits.parse().ok().map(Address::Line)
            }
            _ => None,
        })
    }

    /// The text up to `delimiter`, which is taken; escaped it is plain.
    fn until(&mut self, delimiter: char, command: &str) -> Result<String, String> {
        let mut text = String::new();
        loop {
            match self.next() {
                None => return Err(format!("unterminated `{command}' command")),
                Some(letter) if letter == delimiter => return Ok(text),
                Some('\\') => match self.next() {
                    Some(letter) if letter == delimiter => text.push(letter),
                    Some(letter) => text.extend(['\\', letter]),
                    None => return Err(format!("unterminated `{command}' command")),
                },
                Some(letter) => text.push(letter),
            }
        }
    }

    fn substitution(&mut self) -> Result<Action, String> {
        let delimiter = self.next().ok_or("unterminated `s' command")?;
        let pattern = self.until(delimiter, "s")?;
        let with = self.until(delimiter, "s")?;
        let (mut global, mut print, mut ignore_case, mut which) = (false, false, false, 1);
        while let Some(letter) = self.peek() {
            match letter {
                'g' => global = true,
                'p' => print = true,
                'i' | 'I' => ignore_case = true,
                digit if digit.is_ascii_digit() => {
                    which = digit
                        .to_digit(10)
                        .and_then(|digit| usize::try_from(digit).ok())
                        .unwrap_or(1);
                }
                ' ' | ';' | '\n' | '}' => break,
                _ => return Err("unknown option to `s'".into()),
            }
            self.at += 1;
        }
        let pattern = compile(&pattern, self.extended, ignore_case)?;
        Ok(Action::Substitute { pattern, with, global, print, which })
    }

    fn text(&mut self) -> String {
        self.skip(" \\\n");
        let mut text = String::new();
        while let Some(letter) = self.next().filter(|letter| *letter != '\n') {
            text.push(letter);
        }
        text
    }
}
