//! `cut` and `tr`.

use super::adapter::Call;
use super::filter::{Filter, Flow, LineFilter, Lines, lines};
use crate::shell::{is_in_class, printf};

#[derive(Debug, Clone)]
pub(super) struct Cut {
    ranges: Vec<(usize, usize)>,
    by_field: bool,
    delimiter: char,
    only_delimited: bool,
}

pub(super) fn cut(call: &mut Call<'_, '_>) -> Result<(Lines<Cut>, Vec<String>), u8> {
    let arguments = call.parse(
        "f:d:c:b:sn",
        &[("fields", 'f'), ("delimiter", 'd'), ("characters", 'c'), ("only-delimited", 's')],
    )?;
    let by_field = arguments.has('f');
    let list = arguments.value('f').or(arguments.value('c')).or(arguments.value('b'));
    let Some(ranges) = list.and_then(parse_ranges) else {
        call.error("you must specify a list of bytes, characters, or fields");
        return Err(1);
    };
    let delimiter = arguments.value('d').and_then(|text| text.chars().next()).unwrap_or('\t');
    lines(Cut { ranges, by_field, delimiter, only_delimited: arguments.has('s') }, arguments)
}

/// `1,3-5,7-` as pairs of first and last.
fn parse_ranges(list: &str) -> Option<Vec<(usize, usize)>> {
    let number = |text: &str, default: usize| {
        if text.is_empty() { Some(default) } else { text.parse().ok() }
    };
    list.split(',')
        .map(|range| match range.split_once('-') {
            Some((low, high)) => Some((number(low, 1)?, number(high, usize::MAX)?)),
            None => range.parse().ok().map(|at| (at, at)),
        })
        .collect()
}

impl LineFilter for Cut {
    fn line(&mut self, _source: &str, line: &str, out: &mut String) -> Flow {
        let wanted = |at: usize| {
            self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&(at + 1)))
        };
        if !self.by_field {
            out.extend(
                line.chars().enumerate().filter(|(at, _)| wanted(*at)).map(|(_, letter)| letter),
            );
        } else if line.contains(self.delimiter) {
            let fields = line
                .split(self.delimiter)
                .enumerate()
                .filter(|(at, _)| wanted(*at))
                .map(|(_, field)| field);
            out.push_str(&fields.collect::<Vec<_>>().join(&self.delimiter.to_string()));
        } else if self.only_delimited {
            return Flow::More;
        } else {
            out.push_str(line);
        }
        out.push('\n');
        Flow::More
    }
}

#[derive(Debug, Clone)]
pub(super) struct Translate {
    from: Vec<char>,
    to: Vec<char>,
    complement: bool,
    delete: bool,
    squeeze: bool,
    last: Option<char>,
}

pub(super) fn tr(call: &mut Call<'_, '_>) -> Result<(Translate, Vec<String>), u8> {
    let arguments =
        call.parse("cCdst", &[("delete", 'd'), ("squeeze-repeats", 's'), ("complement", 'c')])?;
    let mut sets = arguments.operands.iter().map(|text| letters(text));
    let Some(from) = sets.next() else { return Err(call.missing_operand()) };
    let to = sets.next().unwrap_or_default();
    let filter = Translate {
        from,
        to,
        complement: arguments.has('c') || arguments.has('C'),
        delete: arguments.has('d'),
        squeeze: arguments.has('s'),
        last: None,
    };
    Ok((filter, Vec::new()))
}

/// The letters of a set as `a-z`, `[:upper:]`, `\n`.
fn letters(set: &str) -> Vec<char> {
    let mut found = Vec::new();
    let mut rest = set;
    while let Some(first) = rest.chars().next() {
        if let Some((class, after)) =
            rest.strip_prefix("[:").and_then(|inner| inner.split_once(":]"))
        {
            found.extend((0..128_u8).map(char::from).filter(|letter| is_in_class(class, *letter)));
            rest = after;
            continue;
        }
        let mut length = first.len_utf8();
        let mut letter = first;
        if first == '\\' {
            let (unescaped, _) = printf(rest.get(..2).unwrap_or(rest), &[]);
            letter = unescaped.chars().next().unwrap_or('\\');
            length = 2.min(rest.len());
        }
        rest = rest.get(length..).unwrap_or_default();
        let high = rest.strip_prefix('-').and_then(|after| after.chars().next());
        match high {
            Some(high) if high >= letter => {
                found.extend(letter..=high);
                rest = rest.get(1 + high.len_utf8()..).unwrap_or_default();
            }
            _ => found.push(letter),
        }
    }
    found
}

impl Filter for Translate {
    fn data(&mut self, _source: &str, data: &[u8], out: &mut Vec<u8>) -> Flow {
        // Bytes, not letters: `tr -dc a-z < /dev/urandom` must not stumble.
        for byte in data {
            let letter = char::from(*byte);
            let place = self.from.iter().position(|own| *own == letter);
            let found = place.is_some() != self.complement;
            if found && self.delete {
                continue;
            }
            let mut result = letter;
            if found && !self.to.is_empty() {
                let at = place.unwrap_or(usize::MAX).min(self.to.len() - 1);
                result = self.to.get(at).copied().unwrap_or(letter);
            }
            if found && self.squeeze && self.last == Some(result) {
                continue;
            }
            self.last = Some(result);
            match u8::try_from(u32::from(result)) {
                Ok(byte) => out.push(byte),
                Err(_) => out.extend_from_slice(result.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        Flow::More
    }
}
