//! Reads redirections and here-documents.

use std::sync::Arc;

use super::parser::{Parsed, Parser};
use super::syntax::{AndOr, Piece, Redirect, RedirectKind, Word};
use super::word;

impl Parser {
    pub(super) fn redirect(&mut self) -> Parsed<Option<Redirect>> {
        self.cursor.skip_blanks();
        let mut ahead = self.cursor.clone();
        let digits = ahead.take_while(|letter| letter.is_ascii_digit());
        let operators: [(&str, RedirectKind, u8); 11] = [
            ("&>>", RedirectKind::Both(true), 1),
            ("&>", RedirectKind::Both(false), 1),
            ("<<<", RedirectKind::Here, 0),
            ("<<-", RedirectKind::Here, 0),
            ("<<", RedirectKind::Here, 0),
            ("<&", RedirectKind::Duplicate, 0),
            ("<", RedirectKind::Read, 0),
            (">>", RedirectKind::Append, 1),
            (">&", RedirectKind::Duplicate, 1),
            (">|", RedirectKind::Write, 1),
            (">", RedirectKind::Write, 1),
        ];
        let Some((operator, kind, default)) =
            operators.into_iter().find(|(operator, ..)| ahead.take(operator))
        else {
            return Ok(None);
        };
        if operator.starts_with('&') && !digits.is_empty() {
            return Ok(None);
        }
        let descriptor = digits.parse().unwrap_or(default);
        self.cursor = ahead;
        self.cursor.skip_blanks();
        if operator == "<<" || operator == "<<-" {
            return self.here(descriptor, operator == "<<-").map(Some);
        }
        let Some(mut target) = word::read(&mut self.cursor)? else {
            return Err(self.cursor.unexpected(None));
        };
        if operator == "<<<" {
            Arc::make_mut(&mut target).push(Piece::Quoted("\n".into()));
        }
        Ok(Some(Redirect { descriptor, kind, target }))
    }

    /// Notes a here-document; its text is read at the next line end, and its
    /// place kept by a piece that [`Self::fill_heres`] replaces.
    fn here(&mut self, descriptor: u8, strip: bool) -> Parsed<Redirect> {
        let Some(word) = word::read(&mut self.cursor)? else {
            return Err(self.cursor.unexpected(None));
        };
        let mut literal = false;
        let mut delimiter = String::new();
        for piece in word.iter() {
            match piece {
                Piece::Text(text) => delimiter.push_str(text),
                Piece::Quoted(text) => {
                    literal = true;
                    delimiter.push_str(text);
                }
                _ => return Err(self.cursor.unexpected(None)),
            }
        }
        let number = self.pending.len();
        self.pending.push(PendingHere { delimiter, literal, strip, text: None });
        let target = Arc::new(vec![Piece::Text(place_of(number))]);
        Ok(Redirect { descriptor, kind: RedirectKind::Here, target })
    }

    pub(super) fn read_heres(&mut self) -> Parsed<()> {
        for here in self.pending.iter_mut().filter(|here| here.text.is_none()) {
            let mut text = String::new();
            loop {
                if self.cursor.peek().is_none() {
                    return Err(self.cursor.unexpected(None));
                }
                let mut line = self.cursor.take_while(|letter| letter != '\n');
                if here.strip {
                    line = line.trim_start_matches('\t').to_string();
                }
                let ended = !self.cursor.take("\n");
                if line == here.delimiter {
                    // The line end is left for the list that goes on after it.
                    break;
                }
                text.push_str(&line);
                text.push('\n');
                if ended {
                    return Err(self.cursor.unexpected(None));
                }
            }
            here.text = Some(if here.literal {
                Arc::new(vec![Piece::Quoted(text)])
            } else {
                word::here_document(&text, self.cursor.line())?
            });
        }
        Ok(())
    }

    pub(super) fn fill_heres(&mut self, items: &mut [AndOr]) {
        if self.pending.is_empty() {
            return;
        }
        let texts: Vec<Option<Word>> = self.pending.iter().map(|here| here.text.clone()).collect();
        for item in items {
            let pipelines = std::iter::once(&mut item.first)
                .chain(item.rest.iter_mut().map(|(_, pipeline)| pipeline));
            for stage in pipelines.flat_map(|pipeline| pipeline.stages.iter_mut()) {
                if stage.redirects.iter().any(|redirect| redirect.kind == RedirectKind::Here) {
                    for redirect in &mut Arc::make_mut(stage).redirects {
                        let place = match redirect.target.as_slice() {
                            [Piece::Text(text)] => text.clone(),
                            _ => continue,
                        };
                        let text =
                            texts.iter().enumerate().find(|(number, _)| place_of(*number) == place);
                        if let Some((_, Some(text))) = text {
                            redirect.target = text.clone();
                        }
                    }
                }
            }
        }
    }
}

/// A here-document whose text is still to come.
pub(super) struct PendingHere {
    delimiter: String,
    /// Whether the delimiter was quoted, so that nothing expands.
    literal: bool,
    /// `<<-`: tabs at line starts go.
    strip: bool,
    text: Option<Word>,
}

/// What stands for the here-document `number` until its text is known: a text
/// that no script can contain.
fn place_of(number: usize) -> String {
    format!("\u{0}{number}")
}
