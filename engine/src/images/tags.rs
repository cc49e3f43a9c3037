//! Which tags an image has: `1.{7..29}`, `{,-alpine}` and `*` in patterns.

/// Whether `tag` fits `pattern`: braces hold alternatives parted by commas or
/// a range of numbers, `#` is any whole number, `*` anything.
pub(super) fn fits(pattern: &str, tag: &str) -> bool {
    let Some(special) = pattern.find(['{', '#', '*']) else { return pattern == tag };
    let (plain, rest) = pattern.split_at(special);
    let Some(tag) = tag.strip_prefix(plain) else { return false };
    if let Some(after) = rest.strip_prefix('*') {
        return after.is_empty()
            || (0..=tag.len()).filter_map(|at| tag.get(at..)).any(|tail| fits(after, tail));
    }
    if let Some(after) = rest.strip_prefix('#') {
        return number(tag).is_some_and(|(_, tail)| fits(after, tail));
    }
    let Some((inner, after)) = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'))
    else {
        return false;
    };
    if let Some((low, high)) = inner.split_once("..") {
        let (low, high) =
            (low.parse::<u64>().unwrap_or_default(), high.parse().unwrap_or_default());
        return number(tag)
            .is_some_and(|(value, tail)| (low..=high).contains(&value) && fits(after, tail));
    }
    inner.split(',').any(|choice| tag.strip_prefix(choice).is_some_and(|tail| fits(after, tail)))
}

/// The number that `text` starts with, written as numbers are, and the rest.
fn number(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(digits)?;
    let is_plain = number == "0" || !number.starts_with('0');
    number.parse().ok().filter(|_| is_plain).map(|value| (value, rest))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn patterns_name_the_tags_that_exist() {
        for (pattern, tag, expected) in [
            ("1.{7..29}", "1.25", true),
            ("1.{7..29}", "1.161", false),
            ("1.{7..29}.#{,-alpine}", "1.14.2", true),
            ("1.{7..29}.#{,-alpine}", "1.14.2-alpine", true),
            ("1.{7..29}.#{,-alpine}", "1.14.2-x", false),
            ("latest", "latest", true),
            ("v*", "v2.5.2", true),
            ("#.#", "16.4", true),
            ("#.#", "16.04", false),
        ] {
            assert_eq!(fits(pattern, tag), expected, "{pattern} {tag}");
        }
    }
}
