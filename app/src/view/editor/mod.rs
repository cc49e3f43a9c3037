//! The editor: tabs, the text, and what is wrong with it.

mod files;
mod plain;
mod problems;
mod rich;

use leptos::prelude::*;

use self::files::FileTabs;
use self::plain::PlainText;
use self::problems::Problems;
use self::rich::RichText;
use crate::i18n::Word;
use crate::session::Session;

/// The editor.
#[component]
pub(crate) fn EditorPane(
    /// The session.
    session: Session,
) -> impl IntoView {
    let say = session.state().say();
    let target = session.state().cursor;
    let rich = RwSignal::new(false);
    view! {
        <section class="pane editor" data-testid="editor" data-rich=move || rich.get().to_string() aria-label=say.word(Word::Editor)>
            <FileTabs session />
            <div class="editor__body">
                <Show when=move || !rich.get()>
                    <PlainText session target />
                </Show>
                <RichText session target shown=rich />
            </div>
            <Problems session target />
        </section>
    }
}
