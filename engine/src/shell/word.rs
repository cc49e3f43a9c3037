//! Reads words: quotes, `$name`, `${…}`, `$(…)`, `` `…` ``, `$((…))`.

use std::sync::Arc;

use super::cursor::Cursor;
use super::parser::Parser;
use super::syntax::{List, Operation, Parameter, Piece, SyntaxError, Word};

type Parsed<T> = Result<T, SyntaxError>;

/// Whether `letter` may be in a variable's name.
pub(super) fn is_name_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// What ends a word outside quotes.
fn ends_word(letter: char) -> bool {
    letter.is_whitespace() || "&|;<>()".contains(letter)
}

/// The word that starts here; none if none does.
pub(super) fn read(cursor: &mut Cursor) -> Parsed<Option<Word>> {
    match cursor.peek() {
        Some(letter) if !ends_word(letter) => {
            let mut pieces = Vec::new();
            tilde(cursor, &mut pieces);
            pieces_until(cursor, &mut pieces, ends_word)?;
            Ok(Some(Arc::new(pieces)))
        }
        _ => Ok(None),
    }
}

/// The value after `name=`, which may be empty.
pub(super) fn read_assigned(cursor: &mut Cursor) -> Parsed<Word> {
    Ok(read(cursor)?.unwrap_or_default())
}

/// The regular expression after `=~`: parentheses and bars belong to it.
pub(super) fn regular_expression(cursor: &mut Cursor) -> Parsed<Word> {
    let mut pieces = Vec::new();
    pieces_until(cursor, &mut pieces, char::is_whitespace)?;
    Ok(Arc::new(pieces))
}

/// The text of a here-document: as in double quotes, but quotes are plain.
pub(super) fn here_document(text: &str, _line: u32) -> Parsed<Word> {
    let mut cursor = Cursor::new(text);
    let mut pieces = Vec::new();
    double_quoted(&mut cursor, &mut pieces, None)?;
    Ok(Arc::new(pieces))
}

/// What stands between `((` (already taken) and `))`, which is taken.
pub(super) fn arithmetic(cursor: &mut Cursor) -> Parsed<Word> {
    let word = arithmetic_until(cursor, ')')?;
    if cursor.take(")") { Ok(word) } else { Err(cursor.unexpected(Some("))"))) }
}

/// An arithmetic expression up to `end` outside parentheses, `end` taken.
pub(super) fn arithmetic_until(cursor: &mut Cursor, end: char) -> Parsed<Word> {
    let mut pieces = Vec::new();
    let mut depth = 0_u32;
    loop {
        match cursor.peek() {
            None => return Err(cursor.unexpected(Some("))"))),
            Some(letter) if letter == end && depth == 0 => {
                cursor.next();
                return Ok(Arc::new(pieces));
            }
            Some('$') => dollar(cursor, &mut pieces, true)?,
            Some('`') => backticks(cursor, &mut pieces, true)?,
            Some('"') => drop(cursor.next()),
            Some(letter) => {
                match letter {
                    '(' | '[' => depth += 1,
                    ')' | ']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                cursor.next();
                push(&mut pieces, letter, true);
            }
        }
    }
}

fn tilde(cursor: &mut Cursor, pieces: &mut Vec<Piece>) {
    if cursor.peek() == Some('~')
        && cursor.peek_at(1).is_none_or(|next| next == '/' || ends_word(next))
    {
        cursor.next();
        pieces.push(Piece::Tilde);
    }
}

/// Adds a letter to the last piece if that is text of the same kind.
fn push(pieces: &mut Vec<Piece>, letter: char, quoted: bool) {
    match (pieces.last_mut(), quoted) {
        (Some(Piece::Text(text)), false) | (Some(Piece::Quoted(text)), true) => text.push(letter),
        (_, false) => pieces.push(Piece::Text(letter.into())),
        (_, true) => pieces.push(Piece::Quoted(letter.into())),
    }
}

/// Pieces outside quotes until a letter that `ends` them, which is not taken.
fn pieces_until(
    cursor: &mut Cursor,
    pieces: &mut Vec<Piece>,
    ends: impl Fn(char) -> bool,
) -> Parsed<()> {
    while let Some(letter) = cursor.peek().filter(|letter| !ends(*letter)) {
        match letter {
            '\'' => {
                cursor.next();
                single_quoted(cursor, pieces)?;
            }
            '"' => {
                cursor.next();
                // Even an empty pair of quotes makes a word.
                pieces.push(Piece::Quoted(String::new()));
                double_quoted(cursor, pieces, Some('"'))?;
            }
            '\\' => {
                cursor.next();
                match cursor.next() {
                    Some('\n') | None => {}
                    Some(escaped) => push(pieces, escaped, true),
                }
            }
            '$' => dollar(cursor, pieces, false)?,
            '`' => backticks(cursor, pieces, false)?,
            _ => {
                cursor.next();
                push(pieces, letter, false);
            }
        }
    }
    Ok(())
}

fn single_quoted(cursor: &mut Cursor, pieces: &mut Vec<Piece>) -> Parsed<()> {
    let text = cursor.take_while(|letter| letter != '\'');
    if !cursor.take("'") {
        return Err(cursor.unexpected(Some("'")));
    }
    pieces.push(Piece::Quoted(text));
    Ok(())
}

/// Pieces inside double quotes up to `end`, which is taken; to the end of the
/// text when there is none (a here-document).
fn double_quoted(cursor: &mut Cursor, pieces: &mut Vec<Piece>, end: Option<char>) -> Parsed<()> {
    loop {
        match cursor.peek() {
            None if end.is_none() => return Ok(()),
            None => return Err(cursor.unexpected(Some("\""))),
            Some(letter) if Some(letter) == end => {
                cursor.next();
                return Ok(());
            }
            Some('\\') => {
                cursor.next();
                match cursor.peek() {
                    Some('\n') => drop(cursor.next()),
                    Some(letter) if "$`\\".contains(letter) || (letter == '"' && end.is_some()) => {
                        cursor.next();
                        push(pieces, letter, true);
                    }
                    _ => push(pieces, '\\', true),
                }
            }
            Some('$') => dollar(cursor, pieces, true)?,
            Some('`') => backticks(cursor, pieces, true)?,
            Some(letter) => {
                cursor.next();
                push(pieces, letter, true);
            }
        }
    }
}

fn dollar(cursor: &mut Cursor, pieces: &mut Vec<Piece>, quoted: bool) -> Parsed<()> {
    cursor.next();
    match cursor.peek() {
        Some('(') if cursor.peek_at(1) == Some('(') => {
            let before = cursor.clone();
            cursor.take("((");
            match arithmetic(cursor) {
                Ok(word) => pieces.push(Piece::Arithmetic(word, quoted)),
                // `$((cmd) | other)`: a substitution that starts with a subshell.
                Err(error) => {
                    *cursor = before;
                    cursor.take("(");
                    let list = substitution(cursor).map_err(|_| error)?;
                    pieces.push(Piece::Substitution(list, quoted));
                }
            }
        }
        Some('(') => {
            cursor.next();
            pieces.push(Piece::Substitution(substitution(cursor)?, quoted));
        }
        Some('{') => {
            cursor.next();
            let parameter = braced(cursor)?;
            pieces.push(Piece::Parameter(parameter, quoted));
        }
        Some('\'') if !quoted => {
            cursor.next();
            ansi_quoted(cursor, pieces)?;
        }
        Some(letter) if letter.is_ascii_digit() || "@*#?$!-".contains(letter) => {
            cursor.next();
            pieces.push(Piece::Parameter(plain(&letter.to_string()), quoted));
        }
        Some(letter) if is_name_letter(letter) => {
            let name = cursor.take_while(is_name_letter);
            pieces.push(Piece::Parameter(plain(&name), quoted));
        }
        _ => push(pieces, '$', quoted),
    }
    Ok(())
}

fn plain(name: &str) -> Parameter {
    Parameter { name: name.into(), index: None, operation: Operation::Value }
}

/// `$'…'`, with C's escapes.
fn ansi_quoted(cursor: &mut Cursor, pieces: &mut Vec<Piece>) -> Parsed<()> {
    let mut text = String::new();
    loop {
        match cursor.next() {
            None => return Err(cursor.unexpected(Some("'"))),
            Some('\'') => break,
            Some('\\') => match cursor.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some('e' | 'E') => text.push('\u{1b}'),
                Some('0') => text.push('\0'),
                Some(other) => text.push(other),
                None => return Err(cursor.unexpected(Some("'"))),
            },
            Some(letter) => text.push(letter),
        }
    }
    pieces.push(Piece::Quoted(text));
    Ok(())
}

/// The script of `$(…)`, its opening already taken, its closing taken.
fn substitution(cursor: &mut Cursor) -> Parsed<List> {
    let mut parser = Parser::nested(cursor.clone());
    let list = parser.list(&[])?;
    *cursor = parser.cursor;
    if cursor.take(")") { Ok(list) } else { Err(cursor.unexpected(Some(")"))) }
}

fn backticks(cursor: &mut Cursor, pieces: &mut Vec<Piece>, quoted: bool) -> Parsed<()> {
    cursor.next();
    let mut text = String::new();
    loop {
        match cursor.next() {
            None => return Err(cursor.unexpected(Some("`"))),
            Some('`') => break,
            Some('\\') => match cursor.next() {
                Some(letter) if "$`\\".contains(letter) || (letter == '"' && quoted) => {
                    text.push(letter);
                }
                Some(letter) => text.extend(['\\', letter]),
                None => return Err(cursor.unexpected(Some("`"))),
            },
            Some(letter) => text.push(letter),
        }
    }
    pieces.push(Piece::Substitution(super::parser::parse(&text)?, quoted));
    Ok(())
}

/// `${…}`, its opening already taken.
fn braced(cursor: &mut Cursor) -> Parsed<Parameter> {
    cursor.enter()?;
    let is_length = cursor.peek() == Some('#')
        && cursor.peek_at(1).is_some_and(|next| is_name_letter(next) || "@*".contains(next));
    let is_indirect = cursor.peek() == Some('!') && cursor.peek_at(1).is_some_and(is_name_letter);
    if is_length || is_indirect {
        cursor.next();
    }
    let name = match cursor.peek() {
        Some(letter) if "@*#?$!-".contains(letter) => {
            cursor.next();
            letter.to_string()
        }
        _ => cursor.take_while(is_name_letter),
    };
    let mut index = None;
    if cursor.take("[") {
        index = Some(arithmetic_until(cursor, ']')?);
    }
    let operation = match () {
        () if name.is_empty() => return Err(cursor.unexpected(None)),
        () if is_length => Operation::Length,
        () if is_indirect => Operation::Indirect,
        () => operation(cursor)?,
    };
    cursor.leave();
    if !cursor.take("}") {
        return Err(cursor.unexpected(Some("}")));
    }
    Ok(Parameter { name: name.into(), index, operation })
}

fn operation(cursor: &mut Cursor) -> Parsed<Operation> {
    let colon =
        cursor.peek() == Some(':') && cursor.peek_at(1).is_some_and(|next| "-=?+".contains(next));
    if colon {
        cursor.next();
    }
    let Some(letter) = cursor.peek().filter(|letter| *letter != '}') else {
        return Ok(Operation::Value);
    };
    cursor.next();
    Ok(match letter {
        '-' => Operation::Default(colon, operand(cursor, "}")?),
        '=' => Operation::Assign(colon, operand(cursor, "}")?),
        '?' => Operation::Require(colon, operand(cursor, "}")?),
        '+' => Operation::Alternative(colon, operand(cursor, "}")?),
        '#' => Operation::Prefix(cursor.take("#"), operand(cursor, "}")?),
        '%' => Operation::Suffix(cursor.take("%"), operand(cursor, "}")?),
        '/' => {
            let all = cursor.take("/");
            let pattern = operand(cursor, "/}")?;
            let with = if cursor.take("/") { operand(cursor, "}")? } else { Word::default() };
            Operation::Replace(all, pattern, with)
        }
        ':' => {
            let offset = operand(cursor, ":}")?;
            let length = if cursor.take(":") { Some(operand(cursor, "}")?) } else { None };
            Operation::Slice(offset, length)
        }
        '^' => Operation::Case(true, cursor.take("^")),
        ',' => Operation::Case(false, cursor.take(",")),
        _ => return Err(cursor.unexpected(None)),
    })
}

/// The word after an operator of `${…}`, up to one of the letters `ends`.
fn operand(cursor: &mut Cursor, ends: &str) -> Parsed<Word> {
    let mut pieces = Vec::new();
    tilde(cursor, &mut pieces);
    pieces_until(cursor, &mut pieces, |letter| ends.contains(letter))?;
    Ok(Arc::new(pieces))
}
