//! Reads command lines as `getopt` does.

/// A command line taken apart.
#[derive(Debug, Clone, Default)]
pub(super) struct Arguments {
    options: Vec<(char, String)>,
    /// What is neither an option nor an option's value.
    pub(super) operands: Vec<String>,
}

impl Arguments {
    /// Takes `arguments` apart by `letters` (a colon after those with a
    /// value) and `long` names for them. The error is the unknown option.
    pub(super) fn parse(
        arguments: &[String],
        letters: &str,
        long: &[(&str, char)],
    ) -> Result<Self, String> {
        let mut parsed = Self::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            if argument == "--" {
                parsed.operands.extend(rest.cloned());
                break;
            }
            if let Some(name) = argument.strip_prefix("--") {
                let (name, inline) = match name.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_string())),
                    None => (name, None),
                };
                let found = long.iter().find(|(own, _)| *own == name);
                let letter = found.map(|(_, letter)| *letter).ok_or_else(|| argument.clone())?;
                let value = if takes_value(letters, letter) {
                    inline.or_else(|| rest.next().cloned()).ok_or_else(|| argument.clone())?
                } else {
                    inline.unwrap_or_default()
                };
                parsed.options.push((letter, value));
                continue;
            }
            match argument.strip_prefix('-').filter(|group| !group.is_empty()) {
                Some(group) => parsed.group(group, letters, &mut rest)?,
                None => parsed.operands.push(argument.clone()),
            }
        }
        Ok(parsed)
    }

    fn group(
        &mut self,
        group: &str,
        letters: &str,
        rest: &mut std::slice::Iter<'_, String>,
    ) -> Result<(), String> {
        let mut left = group.chars();
        while let Some(letter) = left.next() {
            if letter == ':' || !letters.contains(letter) {
                return Err(letter.to_string());
            }
            if takes_value(letters, letter) {
                let inline = left.as_str();
                let value =
                    if inline.is_empty() { rest.next().cloned() } else { Some(inline.to_string()) };
                self.options.push((letter, value.ok_or_else(|| letter.to_string())?));
                return Ok(());
            }
            self.options.push((letter, String::new()));
        }
        Ok(())
    }

    /// All of `arguments` as operands.
    pub(super) fn plain(arguments: &[String]) -> Self {
        Self { options: Vec::new(), operands: arguments.to_vec() }
    }

    pub(super) fn has(&self, letter: char) -> bool {
        self.options.iter().any(|(own, _)| *own == letter)
    }

    /// The last value of an option.
    pub(super) fn value(&self, letter: char) -> Option<&str> {
        self.values(letter).last()
    }

    /// Every value of an option in order.
    pub(super) fn values(&self, letter: char) -> impl DoubleEndedIterator<Item = &str> {
        self.options.iter().filter(move |(own, _)| *own == letter).map(|(_, value)| value.as_str())
    }
}

fn takes_value(letters: &str, letter: char) -> bool {
    letters.find(letter).is_some_and(|at| {
        letters.get(at + letter.len_utf8()..).is_some_and(|rest| rest.starts_with(':'))
    })
}
