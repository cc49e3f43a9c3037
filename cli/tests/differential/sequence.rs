//! Where the commands come from: recordings of a real cluster, where they are
//! at hand; the project's scenarios; and sequences written for this suite.

use std::fs;
use std::path::Path;

use podyard_engine::value::{Value, parse_json};

use super::root;

/// Commands that build on one another, on one server.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sequence {
    pub(crate) name: String,
    /// The options of the server.
    pub(crate) server: String,
    pub(crate) files: Vec<(String, String)>,
    pub(crate) steps: Vec<Step>,
}

/// One thing to do.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Lets so many seconds pass.
    Pass(f64),
    /// Lets time pass up to so many seconds after the start.
    PassTo(f64),
    /// Writes a file.
    Write(String, String),
    /// Types a command.
    Run(String),
}

impl Sequence {
    /// The commands in order.
    pub(crate) fn commands(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| match step {
            Step::Run(command) => Some(command.as_str()),
            _ => None,
        })
    }
}

/// All there are.
pub(crate) fn all() -> Vec<Sequence> {
    let corpus = root("../shared/kubernetes/corpus");
    let mut all = own();
    all.extend(markdown(&root("cli/tests/differential/flags")));
    all.extend(markdown(&root("session/tests/scenarios")));
    for name in ["scenarios.jsonl", "seed-walk.jsonl", "errors.jsonl"] {
        all.extend(recordings(&corpus.join(name)));
    }
    all
}

/// Those written for this suite.
pub(crate) fn own() -> Vec<Sequence> {
    markdown(&root("cli/tests/differential/sequences"))
}

fn recordings(path: &Path) -> Vec<Sequence> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let cases = text.lines().filter_map(|line| parse_json(line.as_bytes()).ok());
    cases.map(|case| recording(&case)).collect()
}

/// A recorded sequence, at the recorded times.
fn recording(case: &Value) -> Sequence {
    let files = case["files"].entries();
    let files = files.map(|(name, text)| (name.to_string(), text.text().to_owned())).collect();
    let mut steps = Vec::new();
    for command in case["setup"].items() {
        steps.extend([Step::Run(command.text().to_owned()), Step::Pass(1.0)]);
    }
    if !case["command"].text().is_empty() {
        steps.push(Step::Run(case["command"].text().to_owned()));
    }
    for step in case["steps"].items() {
        let Value::Str(_) = step["cmd"] else { continue };
        if let Some(then) = seconds(&step["t_seconds"]) {
            steps.push(Step::PassTo(then));
        }
        let command = step["cmd"].text();
        // What runs in the background, or on the recorded machine itself, is
        // decided by a clock that this suite does not move.
        if !command.contains("& ") && !command.starts_with("kill ") {
            steps.push(Step::Run(command.to_owned()));
        }
    }
    let name = case["id"].text().to_owned();
    Sequence { name, server: "--profile reference".to_owned(), files, steps }
}

fn seconds(value: &Value) -> Option<f64> {
    match value {
        Value::Int(whole) => i32::try_from(*whole).ok().map(f64::from),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

/// Scenario files: blocks named `yaml FILE` and `console`. A line `<!-- server:
/// OPTIONS -->` before them says how to start the server.
fn markdown(folder: &Path) -> Vec<Sequence> {
    let entries = fs::read_dir(folder).expect("the sequences are there");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.iter().map(|path| scenario(path)).collect()
}

fn scenario(path: &Path) -> Sequence {
    let text = fs::read_to_string(path).expect("a readable scenario");
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut sequence = Sequence { name, ..Sequence::default() };
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(options) = line.strip_prefix("<!-- server: ") {
            options.trim_end_matches(" -->").clone_into(&mut sequence.server);
        }
        let Some(info) = line.strip_prefix("```") else { continue };
        let block: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        match info.split_once(' ') {
            Some((_, file)) => {
                let text = block.iter().map(|line| format!("{line}\n")).collect();
                sequence.steps.push(Step::Write(file.to_owned(), text));
            }
            None if info == "console" => sequence.steps.extend(block.iter().filter_map(typed)),
            None => {}
        }
    }
    sequence
}

/// The command of a line, if it is one that a real shell runs as ours does.
fn typed(line: &&str) -> Option<Step> {
    let command = line.strip_prefix("$ ")?;
    if let Some(time) = command.strip_prefix("sleep ") {
        let seconds = time.trim_end_matches(['s', 'm']).parse::<f64>().ok()?;
        return Some(Step::Pass(if time.ends_with('m') { seconds * 60.0 } else { seconds }));
    }
    command.contains("kubectl ").then(|| Step::Run(command.to_owned()))
}
