//! The lesson at the side.

use leptos::prelude::*;

use crate::i18n::Word;
use crate::session::Session;

/// The lesson.
#[component]
pub(crate) fn LessonPane(
    /// The session.
    session: Session,
) -> impl IntoView {
    let say = session.state().say();
    view! {
        <aside class="pane lesson" data-testid="lesson" aria-label=say.word(Word::Lesson)>
            <div class="lesson__body">
                <h2>{say.word(Word::LessonEmptyTitle)}</h2>
                <p>{say.word(Word::LessonEmptyText)}</p>
            </div>
        </aside>
    }
}
