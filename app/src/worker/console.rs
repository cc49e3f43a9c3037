//! A command line as a program run: its words, its files, where it prints.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use podyard_kubectl::Io;
use podyard_kubectl::host::{FileError, Host, Output};
use podyard_kubectl::transport::LocalFuture;

use super::tasks::Task;
use super::world::World;
use crate::protocol::{Call, Channel, File};

/// What commands printed and nobody has taken yet.
pub(super) type Printed = Rc<RefCell<Vec<(Call, Channel, String)>>>;

/// The exit code of a shell that does not know the command.
const NOT_FOUND: i32 = 127;

/// The program that `line` names, ready to run.
pub(super) fn start(
    call: Call,
    line: &str,
    files: Vec<File>,
    world: World,
    printed: &Printed,
) -> Task {
    let out = Printer::new(call, Channel::Out, printed);
    let err = Printer::new(call, Channel::Err, printed);
    let disk = Disk::new(files);
    let words = split(line);
    Box::pin(async move {
        let Ok(words) = words else {
            err.write(b"sh: syntax error: unterminated quoted string\n");
            return 2;
        };
        match words.split_first() {
            None => 0,
            Some((program, arguments)) if matches!(program.as_str(), "kubectl" | "k") => {
                let io = Io { transport: &world, host: &disk, stdout: &out, stderr: &err };
                podyard_kubectl::run(arguments, &io).await
            }
            Some((program, names)) if program == "cat" => cat(names, &disk, &out, &err),
            Some((program, _)) if program == "ls" => {
                disk.0.borrow().keys().for_each(|name| out.write(format!("{name}\n").as_bytes()));
                0
            }
            Some((program, _)) => {
                err.write(format!("sh: {program}: not found\n").as_bytes());
                NOT_FOUND
            }
        }
    })
}

fn cat(names: &[String], disk: &Disk, out: &Printer, err: &Printer) -> i32 {
    let mut code = 0;
    for name in names {
        match disk.read_file(name) {
            Ok(bytes) => out.write(&bytes),
            Err(error) => {
                let text = format!("cat: can't open '{name}': {}\n", capitalized(error.text()));
                err.write(text.as_bytes());
                code = 1;
            }
        }
    }
    code
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// A line is not closed: a quote has no end.
#[derive(Debug, PartialEq, Eq)]
struct Unterminated;

/// Splits a line into words as a shell does, without expanding anything.
fn split(line: &str) -> Result<Vec<String>, Unterminated> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            quote @ ('\'' | '"') => {
                let inside = word.get_or_insert_default();
                quoted(&mut letters, quote, inside)?;
            }
            '\\' => word.get_or_insert_default().extend(letters.next()),
            '#' if word.is_none() => break,
            blank if blank.is_whitespace() => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

fn quoted(
    letters: &mut std::str::Chars<'_>,
    quote: char,
    word: &mut String,
) -> Result<(), Unterminated> {
    while let Some(letter) = letters.next() {
        match letter {
            end if end == quote => return Ok(()),
            '\\' if quote == '"' => match letters.next().ok_or(Unterminated)? {
                escaped @ ('"' | '\\' | '$' | '`') => word.push(escaped),
                other => word.extend(['\\', other]),
            },
            other => word.push(other),
        }
    }
    Err(Unterminated)
}

/// Prints for one command.
struct Printer {
    call: Call,
    channel: Channel,
    printed: Printed,
}

impl Printer {
    fn new(call: Call, channel: Channel, printed: &Printed) -> Self {
        Self { call, channel, printed: printed.clone() }
    }
}

impl Output for Printer {
    fn write(&self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let mut printed = self.printed.borrow_mut();
        match printed.last_mut() {
            Some((call, channel, last)) if *call == self.call && *channel == self.channel => {
                last.push_str(&text);
            }
            _ => printed.push((self.call, self.channel, text.into_owned())),
        }
    }
}

/// The editor's files as a disk with one folder.
struct Disk(RefCell<BTreeMap<String, Vec<u8>>>);

impl Disk {
    fn new(files: Vec<File>) -> Self {
        let files = files.into_iter().map(|file| (file.name, file.text.into_bytes()));
        Self(RefCell::new(files.collect()))
    }
}

/// A path relative to the one folder there is.
fn relative(path: &str) -> &str {
    path.strip_prefix("./").unwrap_or(path)
}

impl Host for Disk {
    fn read_file(&self, path: &str) -> Result<Vec<u8>, FileError> {
        if matches!(path, "." | "./") {
            return Err(FileError::IsDirectory);
        }
        self.0.borrow().get(relative(path)).cloned().ok_or(FileError::NotFound)
    }

    fn list_directory(&self, path: &str) -> Result<Vec<String>, FileError> {
        match path {
            "." | "./" => Ok(self.0.borrow().keys().cloned().collect()),
            other if self.0.borrow().contains_key(relative(other)) => {
                Err(FileError::Other("not a directory".to_owned()))
            }
            _ => Err(FileError::NotFound),
        }
    }

    fn write_file(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.0.borrow_mut().insert(relative(path).to_owned(), bytes.to_vec());
        Ok(())
    }

    fn read_stdin(&self) -> LocalFuture<'_, Vec<u8>> {
        Box::pin(std::future::ready(Vec::new()))
    }

    fn type_ahead(&self) -> LocalFuture<'_, Option<Vec<u8>>> {
        Box::pin(std::future::ready(None))
    }

    fn stdin_is_terminal(&self) -> bool {
        false
    }

    fn variable(&self, _name: &str) -> Option<String> {
        None
    }

    fn edit<'a>(
        &'a self,
        _editor: &'a str,
        _name: &'a str,
        _text: &'a str,
    ) -> LocalFuture<'a, Result<String, String>> {
        let text = "kubectl edit needs an editor of its own: change the manifest and apply it";
        Box::pin(std::future::ready(Err(text.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, words: &[&str]) {
        assert_eq!(split(line).expect("is closed"), words);
    }

    #[test]
    fn a_line_is_split_as_a_shell_splits_it() {
        check("kubectl  get po -o wide", &["kubectl", "get", "po", "-o", "wide"]);
        check(r#"patch -p '{"a": "b"}' # why"#, &["patch", "-p", r#"{"a": "b"}"#]);
        check(r#"a"b c"d\ e """#, &["ab cd e", ""]);
        check("", &[]);
    }

    #[test]
    fn a_quote_without_end_is_an_error() {
        assert_eq!(split("echo 'x"), Err(Unterminated));
    }
}
