//! Lessons: what a learner is to reach, and whether the cluster is there yet.
//!
//! A lesson is a folder: `lesson.yaml` without words, and one
//! `text.<language>.md` a language; `public/lessons/README.md` tells authors
//! of both. [`Check`]s look at outcomes, so any way that leads there counts.
//! They ask an [`Eye`]: the simulated cluster's, or that of a real one, and
//! the same judge says what it saw. [`trial`] is what each lesson has to stand
//! before anybody sees it.

#![expect(clippy::indexing_slicing, reason = "clippy takes `value[\"field\"]` for a slice")]

mod verdict;
mod check;
mod judge;
mod model;
mod file;
pub mod text;
mod course;
pub mod trial;

pub use self::check::{Check, Origin};
pub use self::course::Course;
pub use self::file::ReadError;
pub use self::judge::{Eye, Traffic, Way};
pub use self::model::{Attempt, Deed, Lesson, Question, Step};
pub use self::text::Text;
pub use self::verdict::{Fate, Language, Thing, Verdict, Wanted};
