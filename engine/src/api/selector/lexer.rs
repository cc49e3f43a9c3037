//! The tokens of a label query.
//!
//! Source: apimachinery `pkg/labels/selector.go`, `Lexer`.

/// What a piece of a label query is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    ClosedPar,
    Comma,
    DoesNotExist,
    DoubleEquals,
    Equals,
    GreaterThan,
    In,
    LessThan,
    NotEquals,
    NotIn,
    OpenPar,
    Identifier,
    Error,
    EndOfString,
}

fn token_of(text: &str) -> Option<Token> {
    Some(match text {
        ")" => Token::ClosedPar,
        "," => Token::Comma,
        "!" => Token::DoesNotExist,
        "==" => Token::DoubleEquals,
        "=" => Token::Equals,
        ">" => Token::GreaterThan,
        "in" => Token::In,
        "<" => Token::LessThan,
        "!=" => Token::NotEquals,
        "notin" => Token::NotIn,
        "(" => Token::OpenPar,
        _ => return None,
    })
}

fn is_special(char: char) -> bool {
    matches!(char, '=' | '!' | '(' | ')' | ',' | '>' | '<')
}

fn is_space(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\r' | '\n')
}

/// Cuts a query into tokens with their texts; the last is the end.
pub(super) fn tokens(query: &str) -> Vec<(Token, String)> {
    let mut tokens = Vec::new();
    let mut rest = query.trim_start_matches(is_space);
    while let Some(first) = rest.chars().next() {
        let length = if is_special(first) { special_length(rest) } else { word_length(rest) };
        let (text, after) = rest.split_at(length);
        let token = match token_of(text) {
            Some(token) => (token, text.to_owned()),
            None if is_special(first) => {
                (Token::Error, format!("error expected: keyword found '{text}'"))
            }
            None => (Token::Identifier, text.to_owned()),
        };
        tokens.push(token);
        rest = after.trim_start_matches(is_space);
    }
    tokens.push((Token::EndOfString, String::new()));
    tokens
}

fn word_length(text: &str) -> usize {
    text.find(|char| is_special(char) || is_space(char)).unwrap_or(text.len())
}

/// The length of the longest operator at the start of `text`.
fn special_length(text: &str) -> usize {
    let run = text.find(|char| !is_special(char)).unwrap_or(text.len());
    let longest = (1..=run).take_while(|length| text.get(..*length).and_then(token_of).is_some());
    longest.last().unwrap_or(run)
}
