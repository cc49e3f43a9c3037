//! The words of CEL: from text to tokens with their places.
//!
//! Source: the language definition, "Syntax", and cel-go's grammar.

use super::value::Cel;

/// One word.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name or a keyword.
    Name(String),
    /// A text, a number or bytes.
    Literal(Cel),
    /// An operator or a bracket.
    Sign(&'static str),
    /// The end of the text.
    End,
}

/// A word and the character at which it begins.
pub(super) type Placed = (Token, usize);

/// The signs, longer ones first.
const SIGNS: [&str; 29] = [
    "[?", "?.", "&&", "||", "==", "!=", "<=", ">=", "[", "]", "{", "}", "(", ")", ".", ",", ":",
    "?", "+", "-", "*", "/", "%", "!", "<", ">", "$", "=", ";",
];

/// Splits a text into tokens; the last is always the end.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, (usize, String)> {
    let chars: Vec<char> = text.chars().collect();
    let mut lexer = Lexer { chars, at: 0, tokens: Vec::new() };
    while lexer.at < lexer.chars.len() {
        lexer.step()?;
    }
    let end = lexer.chars.len();
    lexer.tokens.push((Token::End, end));
    Ok(lexer.tokens)
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    tokens: Vec<Placed>,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn step(&mut self) -> Result<(), (usize, String)> {
        let (start, letter) = (self.at, self.peek(0));
        if letter.is_whitespace() {
            self.at += 1;
            return Ok(());
        }
        if letter == '/' && self.peek(1) == '/' {
            while self.at < self.chars.len() && self.peek(0) != '\n' {
                self.at += 1;
            }
            return Ok(());
        }
        let token = if let Some((raw, bytes, prefix)) = self.quote_ahead() {
            self.at += prefix;
            self.quoted(raw, bytes)?
        } else if letter.is_ascii_digit() {
            self.number()?
        } else if letter.is_ascii_alphabetic() || letter == '_' {
            while self.peek(0).is_ascii_alphanumeric() || self.peek(0) == '_' {
                self.at += 1;
            }
            Token::Name(self.between(start))
        } else {
            self.sign(start)?
        };
        self.tokens.push((token, start));
        Ok(())
    }

    fn between(&self, start: usize) -> String {
        self.chars.get(start..self.at).unwrap_or_default().iter().collect()
    }

    fn sign(&mut self, start: usize) -> Result<Token, (usize, String)> {
        let fits = |sign: &&&str| sign.chars().enumerate().all(|(at, own)| self.peek(at) == own);
        let Some(sign) = SIGNS.iter().find(fits).filter(|sign| !"$=;".contains(**sign)) else {
            let text = format!("Syntax error: token recognition error at: '{}'", self.peek(0));
            return Err((start, text));
        };
        self.at += sign.len();
        Ok(Token::Sign(sign))
    }

    /// Whether a quotation begins here: raw or not, bytes or not, and how long
    /// the letters before it are.
    fn quote_ahead(&self) -> Option<(bool, bool, usize)> {
        let (mut raw, mut bytes, mut ahead) = (false, false, 0);
        loop {
            match self.peek(ahead) {
                '"' | '\'' => return Some((raw, bytes, ahead)),
                'r' | 'R' if !raw => raw = true,
                'b' | 'B' if !bytes => bytes = true,
                _ => return None,
            }
            ahead += 1;
        }
    }

    fn quoted(&mut self, raw: bool, bytes: bool) -> Result<Token, (usize, String)> {
        let (start, quote) = (self.at, self.peek(0));
        let long = self.peek(1) == quote && self.peek(2) == quote;
        let width = if long { 3 } else { 1 };
        self.at += width;
        let mut text = String::new();
        while !(0..width).all(|ahead| self.peek(ahead) == quote) {
            let letter = self.peek(0);
            if self.at >= self.chars.len() || letter == '\n' && !long {
                let text = self.between(start);
                return Err((start, format!("Syntax error: token recognition error at: '{text}'")));
            }
            self.at += 1;
            match letter {
                '\\' if !raw => text.push(self.escape(start)?),
                _ => text.push(letter),
            }
        }
        self.at += width;
        Ok(Token::Literal(if bytes {
            Cel::Bytes(text.into_bytes())
        } else {
            Cel::Str(text.into())
        }))
    }

    fn escape(&mut self, start: usize) -> Result<char, (usize, String)> {
        let letter = self.peek(0);
        self.at += 1;
        let digits = match letter {
            'n' => return Ok('\n'),
            't' => return Ok('\t'),
            'r' => return Ok('\r'),
            'a' => return Ok('\u{7}'),
            'b' => return Ok('\u{8}'),
            'f' => return Ok('\u{c}'),
            'v' => return Ok('\u{b}'),
            '\\' | '"' | '\'' | '`' | '?' => return Ok(letter),
            'x' | 'X' => 2,
            'u' => 4,
            'U' => 8,
            '0'..='3' => {
                self.at -= 1;
                3
            }
            _ => 0,
        };
        let radix = if digits == 3 { 8 } else { 16 };
        let number: String = (0..digits).map(|ahead| self.peek(ahead)).collect();
        self.at += digits;
        let code = u32::from_str_radix(&number, radix).ok().and_then(char::from_u32);
        code.ok_or_else(|| (start, "Syntax error: unable to unescape string".to_owned()))
    }

    fn number(&mut self) -> Result<Token, (usize, String)> {
        let start = self.at;
        let hex = self.peek(0) == '0' && matches!(self.peek(1), 'x' | 'X');
        if hex {
            self.at += 2;
            while self.peek(0).is_ascii_hexdigit() {
                self.at += 1;
            }
        } else {
            self.digits();
            let mut fraction = false;
            if self.peek(0) == '.' && self.peek(1).is_ascii_digit() {
                fraction = true;
                self.at += 1;
                self.digits();
            }
            if matches!(self.peek(0), 'e' | 'E') {
                fraction = true;
                self.at += if matches!(self.peek(1), '+' | '-') { 2 } else { 1 };
                self.digits();
            }
            if fraction {
                let text = self.between(start);
                let number = text.parse().ok().map(|number| Token::Literal(Cel::Double(number)));
                return number.ok_or((start, "Syntax error: invalid double literal".to_owned()));
            }
        }
        let text = self.between(start);
        let (digits, radix) = if hex { (text.get(2..).unwrap_or(""), 16) } else { (&*text, 10) };
        let number = u64::from_str_radix(digits, radix);
        if matches!(self.peek(0), 'u' | 'U') {
            self.at += 1;
            let number = number.ok().map(|number| Token::Literal(Cel::Uint(number)));
            return number.ok_or((start, "Syntax error: invalid uint literal".to_owned()));
        }
        // The smallest number is written with a sign, which is another word.
        let number = number.ok().filter(|number| *number <= 1 << 63);
        let number = number.map(|number| Token::Literal(Cel::Int(number.cast_signed())));
        number.ok_or((start, "Syntax error: invalid int literal".to_owned()))
    }

    fn digits(&mut self) {
        while self.peek(0).is_ascii_digit() {
            self.at += 1;
        }
    }
}
