//! What the page and its worker say to each other, and how it is packed.
//!
//! Both ends are the same program, so the format needs no version. The page
//! gets differences, never whole lists.

mod assist;

use std::collections::BTreeSet;

use podyard_engine::view::{Delta, Request, Traffic};
use podyard_lesson::Verdict;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub(crate) use self::assist::{About, Advice, Explanation, Lens, Proposal, Spot, Wish};

/// Names one command line while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Call(pub(crate) u32);

/// One file of the editor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct File {
    /// Its name, as commands know it.
    pub(crate) name: String,
    /// What is in it.
    pub(crate) text: String,
}

/// What a new cluster is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Setup {
    /// Decides everything that is left to chance.
    pub(crate) seed: u64,
    /// How many workers it has.
    pub(crate) workers: u32,
    /// The cloud it pretends to run in: `local`, `gke` or `eks`.
    pub(crate) profile: String,
}

impl Default for Setup {
    fn default() -> Self {
        Self { seed: 1, workers: 3, profile: "gke".to_owned() }
    }
}

/// How many times faster than the clock on the wall simulated time goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pace(pub(crate) u32);

impl Pace {
    /// Time stands.
    pub(crate) const PAUSED: Self = Self(0);
    /// The speeds on offer.
    pub(crate) const CHOICES: [Self; 4] = [Self::PAUSED, Self(1), Self(10), Self(60)];
}

/// From the page to the worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Command {
    /// Throw the cluster away and begin a new one.
    Start(Setup),
    /// Throw the cluster away and open the session of a share link.
    Open(String),
    /// Throw the cluster away and begin a lesson, or go on with it.
    Teach {
        /// Its `lesson.yaml`.
        lesson: String,
        /// The session to go on with, packed; none to begin.
        packed: Option<String>,
        /// The step that is worked on.
        step: u32,
    },
    /// Work on this step of the lesson.
    Study(u32),
    /// Set how fast time goes.
    Pace(Pace),
    /// Run a command line with the editor's files in reach.
    Run {
        /// What to call it in reports.
        call: Call,
        /// The line as typed.
        line: String,
        /// The files it may name.
        files: Vec<File>,
    },
    /// Run a command line that only looks, for a pane of the page.
    Look {
        /// What to call it in reports.
        call: Call,
        /// The line.
        line: String,
    },
    /// Pack the session with these files into a link: printed by the call.
    Share {
        /// What to call it in reports.
        call: Call,
        /// The files as they are now.
        files: Vec<File>,
        /// With all that was done, or only the files.
        whole: bool,
    },
    /// Interrupt a command line.
    Interrupt(Call),
    /// Type into a command line: text, line ends and control keys.
    Type(Call, String),
    /// Let so many microseconds pass, however long that takes.
    Advance {
        /// What to call it in reports.
        call: Call,
        /// How much time.
        micros: i64,
    },
    /// Let time jump to the next thing that happens.
    Step,
    /// Show the cluster as it was so many microseconds after its beginning.
    Seek(i64),
    /// What the fields of Kubernetes' types mean, for `kubectl explain`.
    Describe(String),
    /// The help texts of kubectl.
    Instruct(String),
    /// What does the scheduler think of this Pod?
    AskScheduler {
        /// Its namespace.
        namespace: String,
        /// Its name.
        pod: String,
    },
    /// Look for mistakes in the editor's files.
    Check {
        /// Which state of the text this is.
        edition: u32,
        /// The files.
        files: Vec<File>,
    },
    /// Help with writing; the answer is [`Report::Advice`].
    Assist {
        /// What to call the answer.
        ask: u32,
        /// The files as they are now.
        files: Vec<File>,
        /// What is wanted.
        wish: Wish,
    },
}

impl Command {
    /// Whether it makes new history.
    pub(crate) fn goes_on(&self) -> bool {
        match self {
            Self::Run { .. } | Self::Type(..) | Self::Advance { .. } | Self::Step => true,
            Self::Pace(pace) => *pace != Pace::PAUSED,
            _ => false,
        }
    }
}

/// Where a command printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Channel {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// From the worker to the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Report {
    /// The worker listens.
    Awake,
    /// A new cluster began at this time; forget the old one.
    Started(i64),
    /// A share link was opened; these are its files.
    Opened(Vec<File>),
    /// A share link cannot be opened; this is why.
    Refused(Trouble),
    /// A share link was opened, and now tells another story than when it was
    /// made.
    Differs,
    /// It is this time in the cluster.
    Clock(i64),
    /// The lines that were run, and how many microseconds after the beginning.
    Deeds(Vec<(i64, String)>),
    /// Things changed.
    Changes(Vec<Delta>),
    /// The names of the machines that are switched off, because they are not
    /// what they were.
    Stopped(BTreeSet<String>),
    /// Requests went through the network.
    Requests(Vec<Request>),
    /// The generators of traffic, and what came of theirs so far.
    Traffic(Vec<Traffic>),
    /// A command printed something.
    Printed(Call, Channel, String),
    /// A command reads what is typed.
    Reads(Call),
    /// A command ended with this exit code.
    Ended(Call, i32),
    /// The mistakes in this edition of the text.
    Problems(u32, Vec<Problem>),
    /// The answer to what the editor asked.
    Advice(u32, Advice),
    /// What the scheduler last thought of a Pod.
    Opinion(Opinion),
    /// How the checks of this step come out.
    Verdicts(u32, Vec<Verdict>),
    /// The worker is about to fall over; this is why.
    Crashed(String),
}

/// What the scheduler last thought of a Pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Opinion {
    /// The Pod's namespace.
    pub(crate) namespace: String,
    /// Its name.
    pub(crate) pod: String,
    /// The node that was chosen, if one was.
    pub(crate) node: Option<String>,
    /// What it thought of each node.
    pub(crate) nodes: Vec<NodeOpinion>,
}

/// What the scheduler thought of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NodeOpinion {
    /// The node.
    pub(crate) node: String,
    /// The plugin that refused it; none if it fits.
    pub(crate) refused_by: Option<String>,
    /// Why, one text for each thing that is wrong; of a node that fits, what
    /// each plugin gave it.
    pub(crate) reasons: Vec<String>,
    /// The sum of its scores.
    pub(crate) score: i64,
}

/// Why a share link cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Trouble {
    /// It is no share link at all.
    Foreign,
    /// A newer Podyard made it.
    Newer,
    /// It is damaged or cut off.
    Damaged(String),
    /// It is larger than what is opened.
    TooLarge(String),
}

/// A mistake in the editor's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Problem {
    /// The file, by its name.
    pub(crate) file: String,
    /// The first line, from 1.
    pub(crate) line: u32,
    /// The first column, from 1, in UTF-16 units as editors count.
    pub(crate) column: u32,
    /// The column after the last, on the same line.
    pub(crate) end_column: u32,
    /// Whether it keeps the manifest from being applied.
    pub(crate) error: bool,
    /// What Kubernetes says.
    pub(crate) message: String,
    /// What we add.
    pub(crate) help: Option<Help>,
    /// A change that mends it.
    pub(crate) fix: Option<Fix>,
}

/// What we add to Kubernetes' words about a mistake; the page has the language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Help {
    /// This was probably meant.
    MeantToBe(String),
    /// This field stands in the wrong place; it belongs there.
    BelongsTo(String, String),
    /// A colon wants a space after it.
    SpaceAfterColon,
    /// The indentation does not fit the line above.
    Indentation,
    /// YAML is not indented with tabs.
    Tabs,
    /// The template's labels are not those that the selector wants.
    LabelsOfTemplate,
}

/// A change that mends a [`Problem`]: whole lines for whole lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fix {
    /// The first line to replace, from 1.
    pub(crate) line: u32,
    /// How many lines to replace.
    pub(crate) lines: u32,
    /// What to put there.
    pub(crate) text: String,
}

/// Packs a message.
pub(crate) fn pack<T: Serialize>(message: &T) -> Vec<u8> {
    // Writing to memory fails for no type of this file.
    postcard::to_allocvec(message).unwrap_or_default()
}

/// Unpacks a message; none if the bytes are no such message.
pub(crate) fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    postcard::from_bytes(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_survives_the_crossing() {
        let file = File { name: "a.yaml".to_owned(), text: "kind: Pod\n".to_owned() };
        let command =
            Command::Run { call: Call(7), line: "kubectl get po".to_owned(), files: vec![file] };
        assert_eq!(unpack::<Command>(&pack(&command)), Some(command));
        assert_eq!(unpack::<Command>(&[250, 1]), None);
    }
}
