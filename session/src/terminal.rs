//! The terminal's command lines: kubectl and the small programs beside it.

use podyard_kubectl::Io;

/// Runs one command line and gives its exit code.
pub(crate) async fn run(line: &str, io: &Io<'_>) -> i32 {
    let words = match split(line) {
        Ok(words) => words,
        Err(message) => {
            io.warn(&format!("sh: {message}"));
            return 2;
        }
    };
    match words.split_first() {
        None => 0,
        Some((program, arguments)) => match program.as_str() {
            "kubectl" | "k" => podyard_kubectl::run(arguments, io).await,
            other => {
                io.warn(&format!("sh: {other}: command not found"));
                127
            }
        },
    }
}

/// Splits a line into words, with the quotes of a shell.
fn split(line: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => loop {
                match letters.next() {
                    Some('\'') => break,
                    Some(other) => word.get_or_insert_default().push(other),
                    None => return Err("unexpected end of line in a quoted word"),
                }
            },
            '"' => {
                word.get_or_insert_default();
                loop {
                    match letters.next() {
                        Some('"') => break,
                        Some('\\') => word.get_or_insert_default().extend(letters.next()),
                        Some(other) => word.get_or_insert_default().push(other),
                        None => return Err("unexpected end of line in a quoted word"),
                    }
                }
            }
            '\\' => word.get_or_insert_default().extend(letters.next()),
            space if space.is_whitespace() => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}
