//! Whose files and cluster are on the page.

/// Whose files and cluster these are. Each desk keeps its own files, so that
/// a lesson or a link never lies on top of the person's own work.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Desk {
    /// The person's own.
    #[default]
    Own,
    /// Those of the lesson of this id.
    Lesson(String),
    /// Those of a share link, by a hash of what it holds.
    Link(u64),
}

impl Desk {
    /// Its name in storage; empty for the person's own.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Own => String::new(),
            Self::Lesson(id) => format!(".lesson.{id}"),
            Self::Link(hash) => format!(".{hash:016x}"),
        }
    }
}
