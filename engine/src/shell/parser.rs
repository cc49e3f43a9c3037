//! Reads scripts: POSIX shell grammar, with what of bash's manifests use.

use std::sync::Arc;

use super::cursor::Cursor;
use super::redirection::PendingHere;
use super::syntax::{
    AndOr, Assignment, Body, Command, Joint, List, Piece, Pipeline, Redirect, RedirectKind, Simple,
    SyntaxError, Word,
};
use super::word;

/// Reads a whole script.
pub fn parse(text: &str) -> Result<List, SyntaxError> {
    let mut parser = Parser { cursor: Cursor::new(text), pending: Vec::new(), separated: false };
    let list = parser.list(&[])?;
    match parser.cursor.peek() {
        None => Ok(list),
        Some(_) => Err(parser.cursor.unexpected(None)),
    }
}

/// Whether `text` is only the beginning of a script, so that a terminal asks
/// for the next line: an open quote, a here-document, a loop, a last `\\`.
pub fn is_incomplete(text: &str) -> bool {
    let line = text.trim_end_matches('\n');
    let escapes = line.len() - line.trim_end_matches('\\').len();
    escapes % 2 == 1 || parse(text).is_err_and(|error| error.is_incomplete())
}

/// The parser of command grammar; words are read by [`word`].
pub(super) struct Parser {
    pub(super) cursor: Cursor,
    /// Here-documents whose text starts after this line.
    pub(super) pending: Vec<PendingHere>,
    /// Whether `;` or `&` ended the last command.
    separated: bool,
}

pub(super) type Parsed<T> = Result<T, SyntaxError>;

/// Words that mean something where a command may start.
const RESERVED: &[&str] = &[
    "then", "else", "elif", "fi", "do", "done", "esac", "in", "}", "!", "{", "if", "while",
    "until", "for", "case", "function", "[[", "select",
];

impl Parser {
    pub(super) fn nested(cursor: Cursor) -> Self {
        Self { cursor, pending: Vec::new(), separated: false }
    }

    /// Commands until one of the reserved words `ends` (not taken), a closing
    /// parenthesis, `;;` or the end.
    pub(super) fn list(&mut self, ends: &[&str]) -> Parsed<List> {
        self.cursor.enter()?;
        let mut items = Vec::new();
        loop {
            self.skip_lines()?;
            let at_end = match self.cursor.peek() {
                None | Some(')') => true,
                Some(';') => self.cursor.looks_at(";;"),
                Some(_) => self.reserved().is_some_and(|word| ends.contains(&word)),
            };
            if at_end {
                break;
            }
            items.push(self.and_or()?);
            if !self.separated {
                self.cursor.skip_blanks();
                if self.cursor.peek().is_some_and(|next| !matches!(next, '\n' | ')'))
                    && !self.cursor.looks_at(";;")
                {
                    return Err(self.cursor.unexpected(None));
                }
            }
        }
        self.cursor.leave();
        self.fill_heres(&mut items);
        Ok(Arc::new(items))
    }

    /// A list that must not be empty, then the reserved word `end`, taken.
    fn body(&mut self, end: &'static str) -> Parsed<List> {
        let list = self.list(&[end])?;
        if list.is_empty() {
            return Err(self.cursor.unexpected(None));
        }
        self.expect(end)?;
        Ok(list)
    }

    fn expect(&mut self, word: &'static str) -> Parsed<()> {
        self.skip_lines()?;
        if self.reserved() == Some(word) || (word == ")" && self.cursor.peek() == Some(')')) {
            self.cursor.take(word);
            return Ok(());
        }
        Err(self.cursor.unexpected(Some(word)))
    }

    /// The reserved word that stands here, not taken.
    fn reserved(&mut self) -> Option<&'static str> {
        self.cursor.skip_blanks();
        RESERVED.iter().copied().find(|word| {
            self.cursor.looks_at(word)
                && self
                    .cursor
                    .peek_at(word.len())
                    .is_none_or(|next| next.is_whitespace() || "&|;<>()".contains(next))
        })
    }

    fn take_reserved(&mut self, word: &str) -> bool {
        let found = self.reserved() == Some(word);
        if found {
            self.cursor.take(word);
        }
        found
    }

    /// Skips empty lines and comments, reading here-documents that begin there.
    fn skip_lines(&mut self) -> Parsed<()> {
        loop {
            self.cursor.skip_blanks();
            if !self.cursor.take("\n") {
                return Ok(());
            }
            self.read_heres()?;
        }
    }

    fn and_or(&mut self) -> Parsed<AndOr> {
        let start = self.cursor.at();
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            self.cursor.skip_blanks();
            let joint = if self.cursor.take("&&") {
                Joint::And
            } else if self.cursor.take("||") {
                Joint::Or
            } else {
                break;
            };
            self.skip_lines()?;
            rest.push((joint, self.pipeline()?));
        }
        let text = self.cursor.since(start).trim().into();
        let background = self.cursor.take("&");
        self.separated = background || (!self.cursor.looks_at(";;") && self.cursor.take(";"));
        self.cursor.skip_blanks();
        Ok(AndOr { first, rest, background, text })
    }

    fn pipeline(&mut self) -> Parsed<Pipeline> {
        let mut negated = false;
        while self.take_reserved("!") {
            negated = !negated;
        }
        let mut stages = vec![self.command()?];
        loop {
            self.cursor.skip_blanks();
            if self.cursor.looks_at("||") || !self.cursor.take("|") {
                break;
            }
            let merges_errors = self.cursor.take("&");
            if let Some(last) = stages.last_mut().filter(|_| merges_errors) {
                Arc::make_mut(last).redirects.push(Redirect {
                    descriptor: 2,
                    kind: RedirectKind::Duplicate,
                    target: Arc::new(vec![Piece::Text("1".into())]),
                });
            }
            self.skip_lines()?;
            stages.push(self.command()?);
        }
        Ok(Pipeline { negated, stages })
    }

    fn command(&mut self) -> Parsed<Arc<Command>> {
        self.cursor.skip_blanks();
        let line = self.cursor.line();
        let body = match self.reserved() {
            Some("if") => self.conditional()?,
            Some(word @ ("while" | "until")) => self.repetition(word)?,
            Some("for" | "select") => self.iteration()?,
            Some("case") => self.case()?,
            Some("{") => {
                self.cursor.take("{");
                Body::Group(self.body("}")?)
            }
            Some("[[") => self.extended_test()?,
            Some("function") => self.function_keyword()?,
            Some(_) => return Err(self.cursor.unexpected(None)),
            None if self.cursor.looks_at("((") => {
                self.cursor.take("((");
                Body::Arithmetic(word::arithmetic(&mut self.cursor)?)
            }
            None if self.cursor.take("(") => {
                let list = self.list(&[])?;
                if list.is_empty() {
                    return Err(self.cursor.unexpected(None));
                }
                self.expect(")")?;
                Body::Subshell(list)
            }
            None => return self.simple(line),
        };
        let mut redirects = Vec::new();
        while let Some(redirect) = self.redirect()? {
            redirects.push(redirect);
        }
        Ok(Arc::new(Command { body, redirects, line }))
    }

    fn conditional(&mut self) -> Parsed<Body> {
        let mut arms = Vec::new();
        let mut keyword = "if";
        loop {
            self.cursor.take(keyword);
            let condition = self.body("then")?;
            let list = self.list(&["elif", "else", "fi"])?;
            if list.is_empty() {
                return Err(self.cursor.unexpected(None));
            }
            arms.push((condition, list));
            match self.reserved() {
                Some("elif") => keyword = "elif",
                Some("else") => {
                    self.cursor.take("else");
                    return Ok(Body::If(Arc::new(arms), Some(self.body("fi")?)));
                }
                _ => {
                    self.expect("fi")?;
                    return Ok(Body::If(Arc::new(arms), None));
                }
            }
        }
    }

    fn repetition(&mut self, keyword: &str) -> Parsed<Body> {
        self.cursor.take(keyword);
        let condition = self.body("do")?;
        Ok(Body::Loop(keyword == "until", condition, self.body("done")?))
    }

    fn iteration(&mut self) -> Parsed<Body> {
        self.cursor.take("for");
        self.cursor.skip_blanks();
        if self.cursor.take("((") {
            let first = word::arithmetic_until(&mut self.cursor, ';')?;
            let condition = word::arithmetic_until(&mut self.cursor, ';')?;
            let step = word::arithmetic(&mut self.cursor)?;
            self.cursor.skip_blanks();
            self.cursor.take(";");
            self.expect("do")?;
            return Ok(Body::Count(Arc::new([first, condition, step]), self.body("done")?));
        }
        let name = self.cursor.take_while(word::is_name_letter);
        if name.is_empty() {
            return Err(self.cursor.unexpected(None));
        }
        self.skip_lines()?;
        let mut words = None;
        if self.take_reserved("in") {
            words = Some(Arc::new(self.words()?));
        }
        self.cursor.skip_blanks();
        self.cursor.take(";");
        self.expect("do")?;
        Ok(Body::For(name.into(), words, self.body("done")?))
    }

    /// Words up to the end of the command.
    fn words(&mut self) -> Parsed<Vec<Word>> {
        let mut words = Vec::new();
        loop {
            self.cursor.skip_blanks();
            match word::read(&mut self.cursor)? {
                Some(word) => words.push(word),
                None => return Ok(words),
            }
        }
    }

    fn case(&mut self) -> Parsed<Body> {
        self.cursor.take("case");
        self.cursor.skip_blanks();
        let Some(subject) = word::read(&mut self.cursor)? else {
            return Err(self.cursor.unexpected(None));
        };
        self.expect("in")?;
        let mut arms = Vec::new();
        loop {
            self.skip_lines()?;
            if self.take_reserved("esac") {
                return Ok(Body::Case(subject, Arc::new(arms)));
            }
            self.cursor.take("(");
            let mut patterns = Vec::new();
            loop {
                self.cursor.skip_blanks();
                match word::read(&mut self.cursor)? {
                    Some(pattern) => patterns.push(pattern),
                    None => return Err(self.cursor.unexpected(None)),
                }
                self.cursor.skip_blanks();
                if !self.cursor.take("|") {
                    break;
                }
            }
            self.expect(")")?;
            let list = self.list(&["esac"])?;
            arms.push((patterns, list));
            self.skip_lines()?;
            if !self.cursor.take(";;") && self.reserved() != Some("esac") {
                return Err(self.cursor.unexpected(Some(";;")));
            }
        }
    }

    fn extended_test(&mut self) -> Parsed<Body> {
        self.cursor.take("[[");
        let mut words = Vec::new();
        loop {
            self.skip_lines()?;
            if self.cursor.looks_at("]]") {
                self.cursor.take("]]");
                return Ok(Body::Test(Arc::new(words)));
            }
            let is_pattern = words.last().is_some_and(
                |word: &Word| matches!(word.first(), Some(Piece::Text(text)) if text == "=~"),
            );
            let operator = ["&&", "||", "(", ")", "<", ">"]
                .into_iter()
                .find(|operator| !is_pattern && self.cursor.looks_at(operator));
            if let Some(operator) = operator {
                self.cursor.take(operator);
                words.push(Arc::new(vec![Piece::Text(operator.into())]));
            } else if is_pattern {
                words.push(word::regular_expression(&mut self.cursor)?);
            } else {
                match word::read(&mut self.cursor)? {
                    Some(word) => words.push(word),
                    None => return Err(self.cursor.unexpected(Some("]]"))),
                }
            }
        }
    }

    fn function_keyword(&mut self) -> Parsed<Body> {
        self.cursor.take("function");
        self.cursor.skip_blanks();
        let name =
            self.cursor.take_while(|letter| !letter.is_whitespace() && !"(){};&|".contains(letter));
        self.cursor.skip_blanks();
        if self.cursor.take("(") {
            self.expect(")")?;
        }
        self.function_body(name)
    }

    fn function_body(&mut self, name: String) -> Parsed<Body> {
        self.skip_lines()?;
        self.cursor.enter()?;
        let command = self.command()?;
        self.cursor.leave();
        Ok(Body::Function(name.into(), command))
    }

    fn simple(&mut self, line: u32) -> Parsed<Arc<Command>> {
        let mut simple = Simple::default();
        let mut redirects = Vec::new();
        loop {
            self.cursor.skip_blanks();
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                continue;
            }
            let takes_assignments = simple.words.is_empty() || declares(&simple.words);
            if let Some(assignment) = self.assignment(takes_assignments, &mut simple)? {
                simple.assignments.push(assignment);
                continue;
            }
            let Some(word) = word::read(&mut self.cursor)? else { break };
            simple.words.push(word);
            if let [only] = simple.words.as_slice()
                && self.cursor.peek() == Some('(')
                && let [Piece::Text(name)] = only.as_slice()
            {
                let name = name.clone();
                self.cursor.take("(");
                self.expect(")")?;
                let body = self.function_body(name)?;
                return Ok(Arc::new(Command { body, redirects, line }));
            }
        }
        if simple.words.is_empty() && simple.assignments.is_empty() && redirects.is_empty() {
            return Err(self.cursor.unexpected(None));
        }
        Ok(Arc::new(Command { body: Body::Simple(simple), redirects, line }))
    }

    /// `name=…` here, if assignments are possible. After `export` and the
    /// like only arrays are read here; their other arguments stay words.
    fn assignment(&mut self, possible: bool, simple: &mut Simple) -> Parsed<Option<Assignment>> {
        let mut ahead = self.cursor.clone();
        let name = ahead.take_while(word::is_name_letter);
        if !possible || name.is_empty() || name.starts_with(|letter: char| letter.is_ascii_digit())
        {
            return Ok(None);
        }
        let mut index = None;
        if ahead.take("[") {
            index = Some(word::arithmetic_until(&mut ahead, ']')?);
        }
        let append = ahead.take("+=");
        if !append && !ahead.take("=") {
            return Ok(None);
        }
        let is_array = index.is_none() && ahead.peek() == Some('(');
        if !simple.words.is_empty() && !is_array {
            return Ok(None);
        }
        self.cursor = ahead;
        let value = if is_array {
            self.cursor.take("(");
            Err(self.array()?)
        } else {
            Ok(word::read_assigned(&mut self.cursor)?)
        };
        Ok(Some(Assignment { name: name.into(), index, append, value }))
    }

    fn array(&mut self) -> Parsed<Vec<Word>> {
        let mut words = Vec::new();
        loop {
            self.skip_lines()?;
            if self.cursor.take(")") {
                return Ok(words);
            }
            match word::read(&mut self.cursor)? {
                Some(word) => words.push(word),
                None => return Err(self.cursor.unexpected(Some(")"))),
            }
        }
    }
}

/// Whether the command declares variables, so that `name=(…)` may follow.
fn declares(words: &[Word]) -> bool {
    matches!(words.first().map(|word| word.as_slice()),
        Some([Piece::Text(name)]) if matches!(name.as_str(), "export" | "local" | "declare" | "readonly" | "typeset"))
}
