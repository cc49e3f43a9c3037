//! `'…%s…'.format([…])`.
//!
//! Source: cel-go's `ext/formatting.go`.

use crate::cel::value::Cel;

/// Puts values into a text where it says `%s`, `%d`, `%f` and the like.
pub(super) fn format(text: &str, args: &[Cel]) -> Result<Cel, String> {
    let (mut made, mut args) = (String::new(), args.iter());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            made.push(letter);
            continue;
        }
        if letters.next_if_eq(&'%').is_some() {
            made.push('%');
            continue;
        }
        let mut precision = None;
        if letters.next_if_eq(&'.').is_some() {
            let mut digits = String::new();
            while let Some(digit) = letters.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            precision = digits.parse::<usize>().ok();
        }
        let clause = letters.next().ok_or("unexpected end of string")?;
        let arg = args.next().ok_or("index out of range")?;
        made.push_str(&shown(clause, precision, arg)?);
    }
    Ok(Cel::str(made))
}

fn shown(clause: char, precision: Option<usize>, arg: &Cel) -> Result<String, String> {
    let unfit = || {
        let kind = arg.type_name();
        format!("error during formatting: no formatting function for {clause} given {kind}")
    };
    let precision = precision.unwrap_or(6);
    match (clause, arg) {
        ('s', arg) => Ok(text_of(arg)),
        ('d', Cel::Int(_) | Cel::Uint(_)) => arg.to_text().ok_or_else(unfit),
        ('f', arg) => Ok(format!("{:.precision$}", arg.as_double().ok_or_else(unfit)?)),
        ('e', arg) => Ok(format!("{:.precision$e}", arg.as_double().ok_or_else(unfit)?)),
        ('b', Cel::Int(number)) => Ok(format!("{number:b}")),
        ('b', Cel::Bool(value)) => Ok(u8::from(*value).to_string()),
        ('x', Cel::Int(number)) => Ok(format!("{number:x}")),
        ('X', Cel::Int(number)) => Ok(format!("{number:X}")),
        ('o', Cel::Int(number)) => Ok(format!("{number:o}")),
        ('x', Cel::Str(text)) => Ok(text.bytes().map(|byte| format!("{byte:02x}")).collect()),
        ('X', Cel::Str(text)) => Ok(text.bytes().map(|byte| format!("{byte:02X}")).collect()),
        _ => Err(unfit()),
    }
}

/// A value in a text: lists and maps with their parts.
fn text_of(value: &Cel) -> String {
    match value {
        Cel::List(items) => {
            let items: Vec<String> = items.iter().map(text_of).collect();
            format!("[{}]", items.join(", "))
        }
        Cel::Map(entries) => {
            let mut entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", text_of(key), text_of(value)))
                .collect();
            entries.sort();
            format!("{{{}}}", entries.join(", "))
        }
        other => other.to_text().unwrap_or_default(),
    }
}
