//! What a tool needs to be a [`Program`]: [`Instant`] for those that answer at
//! once, and [`Call`], their view of the system.

use super::arguments::Arguments;
use crate::process::{Family, FileError, Kernel, Program, Step};

/// One call of a tool.
pub(super) struct Call<'a, 'k> {
    pub(super) kernel: &'a mut Kernel<'k>,
    pub(super) name: String,
    pub(super) arguments: Vec<String>,
    pub(super) family: Family,
}

impl<'a, 'k> Call<'a, 'k> {
    pub(super) fn new(kernel: &'a mut Kernel<'k>, family: Family) -> Self {
        let argv = kernel.argv();
        let name = argv
            .first()
            .map_or("", String::as_str)
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_string();
        let arguments = argv.into_iter().skip(1).collect();
        Self { kernel, name, arguments, family }
    }

    pub(super) fn out(&mut self, text: &str) {
        self.kernel.write(1, text.as_bytes());
    }

    /// Prints a line on standard error, after the tool's name.
    pub(super) fn error(&mut self, message: &str) {
        let line = format!("{}: {message}\n", self.name);
        self.kernel.write(2, line.as_bytes());
    }

    pub(super) fn is_busybox(&self) -> bool {
        self.family == Family::Busybox
    }

    /// Takes the arguments apart; an unknown option is complained about, and
    /// its exit code returned.
    pub(super) fn parse(&mut self, letters: &str, long: &[(&str, char)]) -> Result<Arguments, u8> {
        Arguments::parse(&self.arguments, letters, long).map_err(|option| {
            let (long, name) = (option.starts_with("--"), self.name.clone());
            let message = match (self.is_busybox(), long) {
                (true, _) => format!("unrecognized option: {}", option.trim_start_matches('-')),
                (false, true) => format!(
                    "unrecognized option '{option}'\nTry '{name} --help' for more information."
                ),
                (false, false) => format!(
                    "invalid option -- '{option}'\nTry '{name} --help' for more information."
                ),
            };
            self.error(&message);
            if name == "ls" && !self.is_busybox() { 2 } else { 1 }
        })
    }

    /// Complains that an operand is missing, as each edition does.
    pub(super) fn missing_operand(&mut self) -> u8 {
        let name = self.name.clone();
        if self.is_busybox() {
            let text = format!(
                "BusyBox v1.36.1 multi-call binary.\n\nUsage: {name} [OPTIONS] ARGUMENT...\n"
            );
            self.kernel.write(2, text.as_bytes());
        } else {
            self.error(&format!("missing operand\nTry '{name} --help' for more information."));
        }
        1
    }
}

/// How an edition says that a file cannot be read.
pub(super) fn cannot_open(family: Family, path: &str, error: FileError) -> String {
    match (family, error) {
        (Family::Busybox, FileError::IsADirectory) => format!("read error: {error}"),
        (Family::Busybox, _) => format!("can't open '{path}': {error}"),
        (Family::Gnu, _) => format!("{path}: {error}"),
    }
}

/// A tool that answers at once.
#[derive(Debug, Clone)]
pub(super) struct Instant {
    run: fn(&mut Call<'_, '_>) -> u8,
    family: Family,
}

impl Instant {
    pub(super) fn boxed(family: Family, run: fn(&mut Call<'_, '_>) -> u8) -> Box<dyn Program> {
        Box::new(Self { run, family })
    }
}

impl Program for Instant {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        Step::Exit((self.run)(&mut Call::new(kernel, self.family)))
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
