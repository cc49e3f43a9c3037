//! The text as a plain field with line numbers: before Monaco arrives, on
//! phones, and wherever it cannot be fetched.

use std::collections::BTreeSet;

use leptos::ev::KeyboardEvent;
use leptos::html::Textarea;
use leptos::prelude::*;

use crate::i18n::Word;
use crate::session::{Action, Session};

/// The plain text.
#[component]
pub(super) fn PlainText(
    /// The session.
    session: Session,
    /// Where the cursor should go: line and column, from 1.
    target: RwSignal<Option<(u32, u32)>>,
) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let field = NodeRef::<Textarea>::new();
    let text = Memo::new(move |_| {
        state.files.with(|files| files.current().map(|file| file.text.clone()).unwrap_or_default())
    });
    let lines = Memo::new(move |_| text.with(|text| text.split('\n').count()));
    let wrong = Memo::new(move |_| {
        let open = state.files.with(|files| files.current().map(|file| file.name.clone()));
        state.problems.with(|problems| {
            let here = problems.iter().filter(|problem| Some(&problem.file) == open.as_ref());
            here.map(|problem| problem.line as usize).collect::<BTreeSet<_>>()
        })
    });
    let number = move |line: usize| {
        let class = move || {
            if wrong.with(|wrong| wrong.contains(&line)) { "editor__number--wrong" } else { "" }
        };
        view! { <div class=class>{line}</div> }
    };
    let press = move |event: KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            session.dispatch(Action::Apply);
        }
    };
    Effect::new(move |_| {
        let (Some((line, column)), Some(field)) = (target.get(), field.get()) else { return };
        let at = text.with_untracked(|text| offset(text, line, column));
        // A field that is gone by now has no cursor to move.
        let _ = field.focus();
        let _ = field.set_selection_range(at, at);
    });
    view! {
        <div class="editor__plain">
            <div class="editor__numbers" aria-hidden="true">
                <For each=move || 1..=lines.get() key=|line| *line children=number />
            </div>
            <textarea
                class="editor__text"
                data-testid="editor-text"
                aria-label=say.word(Word::ManifestText)
                spellcheck="false"
                autocomplete="off"
                autocapitalize="none"
                wrap="off"
                rows=move || lines.get()
                node_ref=field
                prop:value=move || text.get()
                on:input=move |event| session.dispatch(Action::Write(event_target_value(&event)))
                on:keydown=press
            ></textarea>
        </div>
    }
}

/// The offset of a line and column in UTF-16 units, as fields count.
fn offset(text: &str, line: u32, column: u32) -> u32 {
    let before = text.split_inclusive('\n').take(line.saturating_sub(1) as usize);
    let before: usize = before.map(|line| line.encode_utf16().count()).sum();
    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(column.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_as_text_fields_count() {
        assert_eq!(offset("ab\n파드: x\ny", 1, 2), 1);
        assert_eq!(offset("ab\n파드: x\ny", 2, 1), 3);
        assert_eq!(offset("ab\n파드: x\ny", 3, 1), 9);
    }
}
