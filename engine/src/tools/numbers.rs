//! `seq` and `expr`.

use super::adapter::Call;
use super::arguments::Arguments;

pub(super) fn sequence(call: &mut Call<'_, '_>) -> u8 {
    let arguments = match Arguments::parse(&call.arguments, "s:wf:", &[("separator", 's')]) {
        Ok(arguments) => arguments,
        // A negative number looks like an option.
        Err(_) => Arguments::plain(&call.arguments),
    };
    let numbers: Option<Vec<i64>> =
        arguments.operands.iter().map(|text| text.parse().ok()).collect();
    let (first, step, last) = match numbers.as_deref() {
        Some([last]) => (1, 1, *last),
        Some([first, last]) => (*first, 1, *last),
        Some([first, step, last]) if *step != 0 => (*first, *step, *last),
        _ => {
            let bad = arguments.operands.first().cloned().unwrap_or_default();
            call.error(&format!("invalid floating point argument: '{bad}'"));
            return 1;
        }
    };
    let width =
        if arguments.has('w') { last.to_string().len().max(first.to_string().len()) } else { 0 };
    let gap = arguments.value('s').unwrap_or("\n").to_string();
    let count =
        if (last - first).signum() * step.signum() < 0 { 0 } else { (last - first) / step + 1 };
    let texts: Vec<String> =
        (0..count.min(1_000_000)).map(|at| format!("{:0width$}", first + at * step)).collect();
    if !texts.is_empty() {
        call.out(&format!("{}\n", texts.join(&gap)));
    }
    0
}

pub(super) fn expression(call: &mut Call<'_, '_>) -> u8 {
    let texts: Vec<&str> = call.arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<i64>().ok();
    let result = match texts.as_slice() {
        [only] => Ok((*only).to_string()),
        ["length", text] => Ok(text.chars().count().to_string()),
        ["substr", text, from, length] => {
            let (from, length) =
                (from.parse::<usize>().unwrap_or(1).max(1), length.parse().unwrap_or_default());
            Ok(text.chars().skip(from - 1).take(length).collect())
        }
        [left, ":", pattern] | ["match", left, pattern] => {
            let regex = super::grep::compile(&format!("^{pattern}"), false, false);
            Ok(match regex.ok().as_ref().and_then(|regex| regex.captures(left)) {
                Some(found) => found.get(1).map_or_else(
                    || found.get(0).map_or(0, |all| all.as_str().chars().count()).to_string(),
                    |group| group.as_str().to_string(),
                ),
                None => "0".into(),
            })
        }
        _ => arithmetic(&texts, number),
    };
    match result {
        Ok(text) => {
            call.out(&format!("{text}\n"));
            u8::from(text.is_empty() || text == "0")
        }
        Err(message) => {
            call.error(message);
            2
        }
    }
}

/// Operators from left to right, the tight ones first.
fn arithmetic(
    texts: &[&str],
    number: impl Fn(&str) -> Option<i64>,
) -> Result<String, &'static str> {
    let levels: [&[&str]; 3] =
        [&["*", "/", "%"], &["+", "-"], &["<", "<=", "=", "==", "!=", ">=", ">"]];
    let mut items: Vec<String> = texts.iter().map(ToString::to_string).collect();
    for level in levels {
        while let Some(at) =
            items.iter().position(|item| level.contains(&item.as_str())).filter(|at| *at > 0)
        {
            let (Some(left), Some(operator), Some(right)) =
                (items.get(at - 1), items.get(at), items.get(at + 1))
            else {
                return Err("syntax error");
            };
            let value = match (number(left), number(right)) {
                (Some(left), Some(right)) => match operator.as_str() {
                    "*" => left.wrapping_mul(right),
                    "/" | "%" if right == 0 => return Err("division by zero"),
                    "/" => left / right,
                    "%" => left % right,
                    "+" => left.wrapping_add(right),
                    "-" => left.wrapping_sub(right),
                    "<" => i64::from(left < right),
                    "<=" => i64::from(left <= right),
                    "!=" => i64::from(left != right),
                    ">=" => i64::from(left >= right),
                    ">" => i64::from(left > right),
                    _ => i64::from(left == right),
                },
                _ => match operator.as_str() {
                    "=" | "==" => i64::from(left == right),
                    "!=" => i64::from(left != right),
                    _ => return Err("non-integer argument"),
                },
            };
            items.splice(at - 1..=at + 1, [value.to_string()]);
        }
    }
    match items.as_slice() {
        [only] => Ok(only.clone()),
        _ => Err("syntax error"),
    }
}
