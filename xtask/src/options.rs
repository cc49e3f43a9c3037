//! The options of a chore: `--name VALUE`, `--name=VALUE` and `--flag`.

use std::str::FromStr;

use crate::failure::{Failure, Result};

/// The arguments of one chore, taken out one by one until none is left.
pub(crate) struct Options(Vec<String>);

impl Options {
    /// Reads the arguments after the chore's name.
    pub(crate) fn new(arguments: &[String]) -> Self {
        Self(arguments.iter().flat_map(|argument| split(argument)).collect())
    }

    /// Takes `name VALUE` out, if it is there.
    pub(crate) fn value<T: FromStr>(&mut self, name: &str) -> Result<Option<T>> {
        let Some(at) = self.0.iter().position(|argument| argument == name) else {
            return Ok(None);
        };
        self.0.remove(at);
        if at >= self.0.len() {
            return Err(Failure::new(format!("{name} needs a value")));
        }
        let text = self.0.remove(at);
        match text.parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(Failure::new(format!("`{text}` is no value for {name}"))),
        }
    }

    /// Takes the bare `name` out and says whether it was there.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|argument| argument != name);
        self.0.len() < before
    }

    /// Refuses whatever nobody took.
    pub(crate) fn finish(self) -> Result<()> {
        match self.0.first() {
            None => Ok(()),
            Some(unknown) => Err(Failure::new(format!("unknown argument `{unknown}`"))),
        }
    }
}

fn split(argument: &str) -> Vec<String> {
    match argument.split_once('=') {
        Some((name, value)) if name.starts_with("--") => vec![name.to_owned(), value.to_owned()],
        _ => vec![argument.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> Options {
        Options::new(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn takes_a_value_in_both_spellings() {
        assert_eq!(options("--port 81").value::<u16>("--port").unwrap(), Some(81));
        assert_eq!(options("--port=81").value::<u16>("--port").unwrap(), Some(81));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        assert_eq!(
            options("--fast").finish().unwrap_err().to_string(),
            "unknown argument `--fast`"
        );
    }

    #[test]
    fn says_which_value_is_wrong() {
        let error = options("--port many").value::<u16>("--port").unwrap_err();
        assert_eq!(error.to_string(), "`many` is no value for --port");
    }
}
