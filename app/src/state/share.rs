//! What can be shared, and what can be opened again.

/// What can be shared, while that is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Share {
    /// The link.
    pub(crate) link: String,
    /// Whether it holds all that was done, or only the files.
    pub(crate) whole: bool,
    /// The last sessions, the latest first.
    pub(crate) recent: Vec<Kept>,
}

/// A session on the shelf.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The key it is kept under.
    pub(crate) key: String,
    /// The desk it was on.
    pub(crate) desk: String,
    /// What it is called: the files it has.
    pub(crate) title: String,
    /// When it was kept last, in milliseconds as browsers count.
    pub(crate) at: i64,
    /// The session, packed.
    pub(crate) packed: String,
}

/// How far a link of a length gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// It fits into any message.
    Small,
    /// Browsers open it; some chats cut it.
    Medium,
    /// A file is safer.
    Large,
}

/// Chats cut messages that are longer.
const MESSAGE: usize = 2_000;
/// Servers and editors need not take longer addresses.
const ADDRESS: usize = 8_000;

impl Share {
    /// How far the link gets.
    pub(crate) fn size(&self) -> Size {
        match self.link.len() {
            length if length <= MESSAGE => Size::Small,
            length if length <= ADDRESS => Size::Medium,
            _ => Size::Large,
        }
    }

    /// The link as Markdown.
    pub(crate) fn markdown(&self) -> String {
        format!("[Podyard]({})", self.link)
    }

    /// A frame that shows the session in another page.
    pub(crate) fn frame(&self) -> String {
        let (page, fragment) = self.link.split_once('#').unwrap_or((&self.link, ""));
        let page = page.split('?').next().unwrap_or(page);
        format!(
            "<iframe src=\"{page}?embed=1#{fragment}\" title=\"Podyard\" width=\"100%\" height=\"480\"></iframe>"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(length: usize) -> Share {
        Share { link: "x".repeat(length), ..Share::default() }
    }

    #[test]
    fn a_link_is_measured_by_where_it_gets() {
        assert_eq!(share(700).size(), Size::Small);
        assert_eq!(share(2_001).size(), Size::Medium);
        assert_eq!(share(8_001).size(), Size::Large);
    }

    #[test]
    fn a_frame_asks_for_the_embedded_page() {
        let share = Share { link: "https://a.b/c/?x=1#p=1.q".to_owned(), ..Share::default() };
        assert!(share.frame().contains("\"https://a.b/c/?embed=1#p=1.q\""), "{}", share.frame());
        assert_eq!(share.markdown(), "[Podyard](https://a.b/c/?x=1#p=1.q)");
    }
}
