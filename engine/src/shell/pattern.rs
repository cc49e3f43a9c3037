//! Shell patterns: `*`, `?`, `[…]`, and a backslash before what is meant
//! literally.

/// Whether `text` as a whole fits `pattern`.
pub fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    fits(&pattern, &text)
}

/// Whether `text` holds a letter that makes a pattern of it.
pub(super) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// `text` with a backslash before every letter that means something.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for letter in text.chars() {
        if "*?[]\\!-".contains(letter) {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    quoted
}

fn fits(pattern: &[char], text: &[char]) -> bool {
    // One star to come back to is enough: a later star makes it moot.
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        let ahead = step(pattern, at, text.get(from).copied());
        match (pattern.get(at), ahead) {
            (Some('*'), _) => {
                star = Some((at + 1, from));
                at += 1;
            }
            (None, _) if from == text.len() => return true,
            (_, Some(next)) => {
                at = next;
                from += 1;
            }
            _ => match star {
                Some((after, start)) if start < text.len() => {
                    star = Some((after, start + 1));
                    at = after;
                    from = start + 1;
                }
                _ => return false,
            },
        }
    }
}

/// Where the pattern goes on after the one letter at `at` fits `letter`.
fn step(pattern: &[char], at: usize, letter: Option<char>) -> Option<usize> {
    let letter = letter?;
    match *pattern.get(at)? {
        '?' => Some(at + 1),
        '[' => match class(pattern, at, letter) {
            Some((fits, next)) => fits.then_some(next),
            None => (letter == '[').then_some(at + 1),
        },
        '\\' => match pattern.get(at + 1) {
            Some(escaped) => (*escaped == letter).then_some(at + 2),
            None => (letter == '\\').then_some(at + 1),
        },
        plain => (plain == letter).then_some(at + 1),
    }
}

/// Whether `letter` is in the class that opens at `at`, and where it ends.
fn class(pattern: &[char], at: usize, letter: char) -> Option<(bool, usize)> {
    let mut next = at + 1;
    let negated = matches!(pattern.get(next), Some('!' | '^'));
    if negated {
        next += 1;
    }
    let first = next;
    let mut found = false;
    loop {
        let mut low = *pattern.get(next)?;
        if low == ']' && next > first {
            return Some((found != negated, next + 1));
        }
        if low == '[' && pattern.get(next + 1) == Some(&':') {
            let name: String =
                pattern.get(next + 2..)?.iter().take_while(|letter| **letter != ':').collect();
            found |= is_in_class(&name, letter);
            next += name.chars().count() + 4;
            continue;
        }
        if low == '\\' {
            next += 1;
            low = *pattern.get(next)?;
        }
        let is_range = pattern.get(next + 1) == Some(&'-')
            && pattern.get(next + 2).is_some_and(|high| *high != ']');
        if is_range {
            found |= (low..=*pattern.get(next + 2)?).contains(&letter);
            next += 3;
        } else {
            found |= low == letter;
            next += 1;
        }
    }
}

/// Whether `letter` is in the POSIX class `name`.
pub fn is_in_class(name: &str, letter: char) -> bool {
    match name {
        "alpha" => letter.is_ascii_alphabetic(),
        "digit" => letter.is_ascii_digit(),
        "alnum" => letter.is_ascii_alphanumeric(),
        "upper" => letter.is_ascii_uppercase(),
        "lower" => letter.is_ascii_lowercase(),
        "space" => letter.is_ascii_whitespace() || letter == '\u{b}',
        "blank" => letter == ' ' || letter == '\t',
        "punct" => letter.is_ascii_punctuation(),
        "print" => letter.is_ascii_graphic() || letter == ' ',
        "graph" => letter.is_ascii_graphic(),
        "cntrl" => letter.is_ascii_control(),
        "xdigit" => letter.is_ascii_hexdigit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_fit_whole_texts() {
        for (pattern, text, expected) in [
            ("*.log", "a.log", true),
            ("*.log", "a.logs", false),
            ("a*b*c", "aXbYbc", true),
            ("[a-c]?", "b1", true),
            ("[!a-c]?", "b1", false),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("[[:digit:]]*", "7x", true),
            ("", "", true),
            ("*", "", true),
            ("[", "[", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
