//! `echo` and `printf`, as builtins and as programs.

use super::state::Dialect;

/// What `echo` prints; the shells and `/bin/echo` differ in what they take
/// for options and escapes.
pub fn echo(arguments: &[String], dialect: Dialect) -> String {
    let mut newline = true;
    let mut escapes = dialect == Dialect::Dash;
    let mut rest = arguments;
    while let [first, others @ ..] = rest {
        let letters = first.strip_prefix('-').filter(|letters| !letters.is_empty());
        let allowed = if dialect == Dialect::Dash { "n" } else { "neE" };
        match letters {
            Some(letters) if letters.chars().all(|letter| allowed.contains(letter)) => {
                for letter in letters.chars() {
                    match letter {
                        'n' => newline = false,
                        'e' => escapes = true,
                        _ => escapes = false,
                    }
                }
            }
            _ => break,
        }
        rest = others;
    }
    let mut text = rest.join(" ");
    if escapes {
        let (unescaped, stopped) = unescape(&text, true);
        text = unescaped;
        newline &= !stopped;
    }
    if newline {
        text.push('\n');
    }
    text
}

/// Replaces C's escapes; whether `\c` cut the rest off. `echo` writes octal
/// numbers as `\0nnn`, `printf` as `\nnn`.
pub(super) fn unescape(text: &str, is_echo: bool) -> (String, bool) {
    let mut result = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            result.push(letter);
            continue;
        }
        match letters.next() {
            Some('\\') => result.push('\\'),
            Some('n') => result.push('\n'),
            Some('t') => result.push('\t'),
            Some('r') => result.push('\r'),
            Some('a') => result.push('\u{7}'),
            Some('b') => result.push('\u{8}'),
            Some('f') => result.push('\u{c}'),
            Some('v') => result.push('\u{b}'),
            Some('e') => result.push('\u{1b}'),
            Some('"') if !is_echo => result.push('"'),
            Some('c') => return (result, true),
            Some('x') => result.push(number(&mut letters, 16, 2)),
            Some('0') if is_echo => result.push(number(&mut letters, 8, 3)),
            Some(digit @ '0'..='7') if !is_echo => {
                let rest = u32::from(number(&mut letters, 8, 2));
                let high = digit.to_digit(8).unwrap_or_default();
                let shift = if rest > 7 { 6 } else { 3 };
                result.push(char::from_u32((high << shift) | rest).unwrap_or_default());
            }
            other => result.extend(std::iter::once('\\').chain(other)),
        }
    }
    (result, false)
}

fn number(letters: &mut std::iter::Peekable<std::str::Chars<'_>>, base: u32, most: u32) -> char {
    let mut value = 0;
    for _ in 0..most {
        let Some(digit) = letters.peek().and_then(|letter| letter.to_digit(base)) else { break };
        letters.next();
        value = value * base + digit;
    }
    char::from_u32(value).unwrap_or_default()
}

/// What `printf` prints, and whether an argument was no number.
pub fn printf(format: &str, arguments: &[String]) -> (String, Vec<String>) {
    let mut result = String::new();
    let mut complaints = Vec::new();
    let mut rest = arguments.iter();
    loop {
        let before = rest.len();
        let stopped = once(format, &mut rest, &mut result, &mut complaints);
        // The format repeats as long as it uses arguments up.
        if stopped || rest.len() == 0 || rest.len() == before {
            return (result, complaints);
        }
    }
}

fn once(
    format: &str,
    arguments: &mut std::slice::Iter<'_, String>,
    result: &mut String,
    complaints: &mut Vec<String>,
) -> bool {
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        let (text, stopped) = unescape(rest.get(..at).unwrap_or_default(), false);
        result.push_str(&text);
        if stopped {
            return true;
        }
        rest = rest.get(at + 1..).unwrap_or_default();
        if let Some(after) = rest.strip_prefix('%') {
            result.push('%');
            rest = after;
            continue;
        }
        let length = rest.chars().take_while(|letter| "-+ 0#123456789.*".contains(*letter)).count();
        let (flags, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let after = after.trim_start_matches(['l', 'h', 'z']);
        let Some(kind) = after.chars().next() else { return false };
        rest = after.get(kind.len_utf8()..).unwrap_or_default();
        let mut flags = flags.to_string();
        while flags.contains('*') {
            let width = arguments.next().map_or("0", String::as_str);
            flags = flags.replacen('*', width, 1);
        }
        let argument = arguments.next().map_or("", String::as_str);
        match conversion(kind, argument, &flags) {
            Ok((text, stopped)) => {
                result.push_str(&pad(&text, &flags, kind));
                if stopped {
                    return true;
                }
            }
            Err(text) => {
                complaints.push(argument.to_string());
                result.push_str(&pad(&text, &flags, kind));
            }
        }
    }
    let (text, stopped) = unescape(rest, false);
    result.push_str(&text);
    stopped
}

fn conversion(kind: char, argument: &str, flags: &str) -> Result<(String, bool), String> {
    let precision =
        flags.split_once('.').map(|(_, digits)| digits.parse::<usize>().unwrap_or_default());
    let plain = |text: String| Ok((text, false));
    match kind {
        's' => plain(argument.chars().take(precision.unwrap_or(usize::MAX)).collect()),
        'b' => Ok(unescape(argument, true)),
        'c' => plain(argument.chars().take(1).collect()),
        'q' => plain(format!("'{}'", argument.replace('\'', "'\\''"))),
        'd' | 'i' | 'u' | 'x' | 'X' | 'o' => {
            let (value, fits) = integer(argument);
            let text = match kind {
                'x' => format!("{value:x}"),
                'X' => format!("{value:X}"),
                'o' => format!("{value:o}"),
                _ if flags.contains('+') && value >= 0 => format!("+{value}"),
                _ => value.to_string(),
            };
            if fits { plain(text) } else { Err(text) }
        }
        'f' | 'F' | 'e' | 'g' => {
            let value = argument.parse::<f64>();
            let digits = precision.unwrap_or(6);
            let number = value.clone().unwrap_or_default();
            let text = if kind == 'g' { number.to_string() } else { format!("{number:.digits$}") };
            if value.is_ok() || argument.is_empty() { plain(text) } else { Err(text) }
        }
        other => plain(format!("%{other}")),
    }
}

fn integer(text: &str) -> (i64, bool) {
    if text.is_empty() {
        return (0, true);
    }
    if let Some(letter) = text.strip_prefix(['\'', '"']) {
        return (letter.chars().next().map_or(0, |letter| i64::from(u32::from(letter))), true);
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return (i64::from_str_radix(hex, 16).unwrap_or_default(), true);
    }
    if let Ok(value) = text.parse() {
        (value, true)
    } else {
        let digits: String =
            text.chars().take_while(|letter| letter.is_ascii_digit() || *letter == '-').collect();
        (digits.parse().unwrap_or_default(), false)
    }
}

fn pad(text: &str, flags: &str, kind: char) -> String {
    let width_text =
        flags.split('.').next().unwrap_or_default().trim_start_matches(['-', '+', ' ', '0', '#']);
    let width: usize = width_text.parse().unwrap_or_default();
    let missing = width.saturating_sub(text.chars().count());
    let zeros = flags.trim_start_matches(['+', ' ', '#']).starts_with('0')
        && !flags.contains('-')
        && kind != 's';
    match (flags.contains('-'), zeros) {
        (true, _) => format!("{text}{}", " ".repeat(missing)),
        (false, true) => {
            let (sign, digits) = text.split_at(usize::from(text.starts_with(['-', '+'])));
            format!("{sign}{}{digits}", "0".repeat(missing))
        }
        (false, false) => format!("{}{text}", " ".repeat(missing)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arguments: &[&str], expected: &str) {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let (format, rest) = arguments.split_first().expect("a format");
        assert_eq!(printf(format, rest).0, expected, "{arguments:?}");
    }

    #[test]
    fn printf_formats_as_posix_says() {
        check(&["%s-%d\\n", "a", "7"], "a-7\n");
        check(&["%s\\n", "a", "b"], "a\nb\n");
        check(&["%05d|%-5s|%5s|%.2f", "42", "ab", "cd", "3.14159"], "00042|ab   |   cd|3.14");
        check(&["%x %o %c %%", "255", "8", "xyz"], "ff 10 x %");
        check(&["%b", "a\\tb"], "a\tb");
        check(&["no args\\n"], "no args\n");
    }

    #[test]
    fn echo_differs_by_shell() {
        let arguments = ["-e".to_string(), "a\\nb".to_string()];
        assert_eq!(echo(&arguments, Dialect::Bash), "a\nb\n");
        assert_eq!(echo(&arguments, Dialect::Dash), "-e a\nb\n");
        assert_eq!(echo(&arguments[1..], Dialect::Bash), "a\\nb\n");
        assert_eq!(echo(&["-n".to_string(), "x".to_string()], Dialect::Busybox), "x");
    }
}
