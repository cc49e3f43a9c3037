//! The parser's place in the text: letters, lines, here-documents to come.

use super::syntax::SyntaxError;

/// A place in a text.
#[derive(Debug, Clone)]
pub(super) struct Cursor {
    letters: std::sync::Arc<[char]>,
    at: usize,
    line: u32,
    depth: u32,
}

/// How deep constructs may nest: the parser recurses, and a stack is finite.
const DEEPEST: u32 = 60;

impl Cursor {
    pub(super) fn new(text: &str) -> Self {
        Self { letters: text.chars().collect(), at: 0, line: 1, depth: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn line(&self) -> u32 {
        self.line
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<char> {
        self.letters.get(self.at + ahead).copied()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += 1;
        if letter == '\n' {
            self.line += 1;
        }
        Some(letter)
    }

    fn skip(&mut self) {
        self.next();
    }

    /// Whether `text` comes next.
    pub(super) fn looks_at(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(ahead, letter)| self.peek_at(ahead) == Some(letter))
    }

    /// Takes `text` if it comes next.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let found = self.looks_at(text);
        if found {
            text.chars().for_each(|_| self.skip());
        }
        found
    }

    /// Takes letters as long as they fit.
    pub(super) fn take_while(&mut self, fits: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(letter) = self.peek().filter(|letter| fits(*letter)) {
            taken.push(letter);
            self.next();
        }
        taken
    }

    /// The text from `start` to here.
    pub(super) fn since(&self, start: usize) -> String {
        self.letters.get(start..self.at).unwrap_or_default().iter().collect()
    }

    /// Skips blanks, escaped line ends and a comment.
    pub(super) fn skip_blanks(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\r') => self.skip(),
                Some('\\') if self.peek_at(1) == Some('\n') => {
                    self.next();
                    self.next();
                }
                Some('#') => drop(self.take_while(|letter| letter != '\n')),
                _ => return,
            }
        }
    }

    /// The error of finding what is here.
    pub(super) fn unexpected(&self, expecting: Option<&'static str>) -> SyntaxError {
        SyntaxError { line: self.line, found: self.token(), expecting }
    }

    /// The token that stands here, for a message.
    fn token(&self) -> Option<String> {
        let first = self.peek()?;
        if first == '\n' {
            return Some("newline".into());
        }
        let two: String = [Some(first), self.peek_at(1)].into_iter().flatten().collect();
        if matches!(two.as_str(), "&&" | "||" | ";;" | ">>" | "<<") {
            return Some(two);
        }
        if "&|;<>()".contains(first) {
            return Some(first.into());
        }
        let rest = self.letters.get(self.at..).unwrap_or_default();
        Some(
            rest.iter()
                .take_while(|letter| !letter.is_whitespace() && !"&|;<>()".contains(**letter))
                .collect(),
        )
    }

    /// Goes one construct deeper, or fails when that is too deep.
    pub(super) fn enter(&mut self) -> Result<(), SyntaxError> {
        self.depth += 1;
        if self.depth > DEEPEST { Err(self.unexpected(None)) } else { Ok(()) }
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }
}
