//! `chmod`, `chown`, `truncate`, `dd`: what a file is, not where.

use super::adapter::Call;
use super::find::tree;
use crate::process::{FileError, Read};

/// Reads `755`, `+x`, `u+w,g-r`; what it makes of the old bits.
fn mode(text: &str, old: u16) -> Option<u16> {
    if let Ok(bits) = u16::from_str_radix(text, 8) {
        return Some(bits);
    }
    let mut bits = old;
    for clause in text.split(',') {
        let at = clause.find(['+', '-', '='])?;
        let (who, rest) = clause.split_at(at);
        let operator = rest.chars().next()?;
        let places: u16 = match who {
            "" | "a" => 0o111,
            _ => who
                .chars()
                .map(|letter| match letter {
                    'u' => 0o100,
                    'g' => 0o010,
                    'o' => 0o001,
                    _ => 0o111,
                })
                .fold(0, |all, place| all | place),
        };
        let rights = rest.chars().skip(1).fold(0, |all, letter| {
            all | match letter {
                'r' => 4,
                'w' => 2,
                'x' | 'X' => 1,
                _ => 0,
            }
        });
        let mask = places * rights;
        bits = match operator {
            '+' => bits | mask,
            '-' => bits & !mask,
            _ => (bits & !(places * 7)) | mask,
        };
    }
    Some(bits)
}

pub(super) fn change_mode(call: &mut Call<'_, '_>) -> u8 {
    let mut operands: Vec<String> = call.arguments.clone();
    let recursive = operands.iter().any(|operand| operand == "-R");
    operands.retain(|operand| !matches!(operand.as_str(), "-R" | "-v" | "-f" | "--recursive"));
    if operands.len() < 2 {
        return call.missing_operand();
    }
    let wanted = operands.remove(0);
    let mut code = 0;
    for operand in operands {
        let path = call.kernel.absolute(&operand);
        let Ok(entry) = call.kernel.files.entry(&path) else {
            let message = if call.is_busybox() {
                format!("{operand}: {}", FileError::NotFound)
            } else {
                format!("cannot access '{operand}': {}", FileError::NotFound)
            };
            call.error(&message);
            code = 1;
            continue;
        };
        if mode(&wanted, entry.mode).is_none() {
            call.error(&format!("invalid mode: '{wanted}'"));
            return 1;
        }
        let paths = if recursive {
            tree(call.kernel, &path).into_iter().map(|(path, _)| path).collect()
        } else {
            vec![path]
        };
        for path in paths {
            let result = call.kernel.files.change(&path, |entry| {
                entry.mode = mode(&wanted, entry.mode).unwrap_or(entry.mode);
            });
            if let Err(error) = result {
                call.error(&format!("changing permissions of '{operand}': {error}"));
                code = 1;
            }
        }
    }
    code
}

pub(super) fn change_owner(call: &mut Call<'_, '_>) -> u8 {
    let mut operands: Vec<String> = call.arguments.clone();
    let recursive = operands.iter().any(|operand| operand == "-R");
    operands.retain(|operand| !operand.starts_with('-'));
    if operands.len() < 2 {
        return call.missing_operand();
    }
    let wanted = operands.remove(0);
    let user = wanted.split([':', '.']).next().unwrap_or_default();
    // Names other than root's have numbers that no file here tells.
    let uid = if user == "root" { Some(0) } else { user.parse::<u32>().ok() };
    let mut code = 0;
    for operand in operands {
        let path = call.kernel.absolute(&operand);
        let paths = if recursive {
            tree(call.kernel, &path).into_iter().map(|(path, _)| path).collect()
        } else {
            vec![path]
        };
        for path in paths {
            let result = call.kernel.files.change(&path, |entry| {
                entry.owner = uid.filter(|_| call.name == "chown").unwrap_or(entry.owner);
            });
            if let Err(error) = result {
                call.error(&format!("cannot access '{operand}': {error}"));
                code = 1;
            }
        }
    }
    code
}

/// A size as `10M`, `512k` or `1G`.
fn bytes(text: &str) -> Option<usize> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit =
        match text.get(digits.len()..)?.chars().next().map(|letter| letter.to_ascii_uppercase()) {
            None | Some('C') => 1,
            Some('B') => 512,
            Some('K') => 1 << 10,
            Some('M') => 1 << 20,
            Some('G') => 1 << 30,
            Some(_) => return None,
        };
    digits.parse::<usize>().ok()?.checked_mul(unit)
}

/// Files larger than this would only fill the simulation's own memory.
const LARGEST: usize = 64 << 20;

pub(super) fn truncate(call: &mut Call<'_, '_>) -> u8 {
    let arguments = match call.parse("s:c", &[("size", 's')]) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let size = arguments.value('s').and_then(bytes).unwrap_or_default();
    for operand in &arguments.operands {
        let path = call.kernel.absolute(operand);
        let old = call.kernel.files.read(&path).unwrap_or_default();
        let mut data = old.to_vec();
        data.resize(size.min(LARGEST), 0);
        if let Err(error) = call.kernel.files.write(&path, &data, false) {
            call.error(&format!("cannot open '{operand}' for writing: {error}"));
            return 1;
        }
    }
    0
}

pub(super) fn convert(call: &mut Call<'_, '_>) -> u8 {
    let value = |name: &str| {
        call.arguments.iter().find_map(|argument| argument.strip_prefix(name)).map(String::from)
    };
    let size = value("bs=").and_then(|text| bytes(&text)).unwrap_or(512);
    let count = value("count=").and_then(|text| bytes(&text)).unwrap_or(usize::MAX);
    let input = value("if=").unwrap_or_else(|| "/dev/stdin".into());
    let wanted = size.saturating_mul(count);
    let kept = wanted.min(LARGEST);
    let mut data = Vec::new();
    match call.kernel.open(&input) {
        Ok(descriptor) => {
            let saved = call.kernel.set_descriptor(200, Some(descriptor));
            while data.len() < kept {
                match call.kernel.read_up_to(200, kept - data.len()) {
                    Read::Data(piece) => data.extend(piece),
                    _ => break,
                }
            }
            call.kernel.set_descriptor(200, saved);
        }
        Err(error) => {
            call.error(&format!("failed to open '{input}': {error}"));
            return 1;
        }
    }
    if let Some(output) = value("of=") {
        let path = call.kernel.absolute(&output);
        if let Err(error) = call.kernel.files.write(&path, &data, false) {
            call.error(&format!("failed to open '{output}': {error}"));
            return 1;
        }
    } else {
        call.kernel.write(1, &data);
    }
    let total = if data.len() == kept { wanted } else { data.len() };
    let (whole, part) = (total / size.max(1), usize::from(total % size.max(1) > 0));
    let text =
        format!("{whole}+{part} records in\n{whole}+{part} records out\n{total} bytes copied\n");
    call.kernel.write(2, text.as_bytes());
    0
}
