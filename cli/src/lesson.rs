//! `podyard lesson check`: a lesson's checks against any Kubernetes API
//! server. Those that need a simulation are told as such.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use podyard_lesson::{Eye, Language, Lesson, Origin, Step, Text, Traffic, Verdict, Way, text};

use crate::kubectl;

/// What to do with lessons.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check how far a cluster is in a lesson.
    Check(Check),
}

/// Which lesson to check, and where.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The lesson's id.
    id: String,
    /// The API server, as kubectl's --server.
    #[arg(long)]
    server: String,
    /// The folder of the lessons.
    #[arg(long, default_value = "public/lessons")]
    lessons: PathBuf,
    /// Only this step; all if it is not said.
    #[arg(long)]
    step: Option<String>,
    /// The language of what is said.
    #[arg(long, value_enum, default_value = "en")]
    language: Words,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Words {
    En,
    Ko,
}

/// Sees a cluster as kubectl shows it.
struct Outside<'a>(&'a str);

impl Eye for Outside<'_> {
    fn ask(&self, arguments: &[String]) -> Option<String> {
        let server = format!("--server={}", self.0);
        let arguments: Vec<String> = arguments.iter().cloned().chain([server]).collect();
        kubectl::capture(&arguments)
    }

    fn reach(&self, _: &Origin, _: &str, _: u16) -> Option<Vec<Way>> {
        None
    }

    fn requests(&self, _: &str, _: i64) -> Option<Traffic> {
        None
    }
}

/// Does it; fails when a check does not hold.
#[expect(clippy::print_stderr, reason = "the results of the command")]
pub(crate) fn run(command: &Command) -> ExitCode {
    let Command::Check(check) = command;
    match check.judge() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("podyard lesson: {error}");
            ExitCode::FAILURE
        }
    }
}

impl Check {
    /// Judges every step and tells of it; says whether all holds.
    #[expect(clippy::print_stdout, reason = "the results of the command")]
    fn judge(&self) -> Result<bool, String> {
        let folder = self.lessons.join(&self.id);
        let lesson = read(&folder.join("lesson.yaml"))?;
        let lesson = Lesson::parse(&lesson).map_err(|error| error.to_string())?;
        let (tag, language) = match self.language {
            Words::En => ("en", Language::English),
            Words::Ko => ("ko", Language::Korean),
        };
        let text = Text::read(&read(&folder.join(format!("text.{tag}.md")))?);
        let eye = Outside(&self.server);
        if eye.ask(&["get", "namespaces"].map(str::to_owned)).is_none() {
            return Err(format!("{} does not answer as an API server", self.server));
        }
        let mut steps = lesson.steps.iter();
        let wanted = |step: &Step| self.step.as_ref().is_none_or(|id| *id == step.id);
        let steps: Vec<&Step> = steps.by_ref().filter(|step| wanted(step)).collect();
        if steps.is_empty() {
            return Err(format!("{} has no such step", self.id));
        }
        let mut all = true;
        for step in steps {
            let words = text.step(&step.id).cloned().unwrap_or_default();
            println!("{}", words.title);
            for check in &step.checks {
                let verdict = check.judge(&eye);
                let told = words.check(&check.id).map(plain).unwrap_or_default();
                let (mark, why) = match &verdict {
                    Verdict::Passed => ("✓", String::new()),
                    Verdict::Unknowable => ("-", format!(" ({})", verdict.say(language))),
                    _ => ("✗", format!("\n      {}", verdict.say(language))),
                };
                all &= matches!(verdict, Verdict::Passed | Verdict::Unknowable);
                println!("  {mark} {told}{why}");
            }
        }
        Ok(all)
    }
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// A line without its marks.
fn plain(words: &[text::Span]) -> String {
    use text::Span::{Code, Link, Plain, Strong};
    let part = |span: &text::Span| match span {
        Plain(text) | Code(text) | Strong(text) | Link(text, _) => text.clone(),
    };
    words.iter().map(part).collect()
}
