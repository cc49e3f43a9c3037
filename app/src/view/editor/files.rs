//! The tabs of the editor's files.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use crate::i18n::Word;
use crate::session::{Action, Session};
use crate::state::Files;
use crate::view::icons::Icon;

/// The tabs.
#[component]
pub(super) fn FileTabs(
    /// The session.
    session: Session,
) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let names = move || {
        state.files.with(|files| {
            let names = files.all().iter().map(|file| file.name.clone());
            names.enumerate().collect::<Vec<_>>()
        })
    };
    let renaming = RwSignal::new(false);
    view! {
        <div class="pane__head">
            <div class="editor__files" role="tablist" aria-label=say.word(Word::Files)>
                <For each=names key=Clone::clone let((index, name))>
                    <FileTab session index name renaming />
                </For>
            </div>
            <button class="button button--icon" aria-label=say.word(Word::AddFile) title=say.word(Word::AddFile) on:click=move |_| session.dispatch(Action::AddFile)>
                <Icon name="plus" />
            </button>
        </div>
    }
}

/// One tab; a double click or F2 renames the file.
#[component]
fn FileTab(
    session: Session,
    index: usize,
    name: String,
    renaming: RwSignal<bool>,
) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let open = move || state.files.with(Files::open) == index;
    let several = move || state.files.with(|files| files.all().len()) > 1;
    let rename = move |event: KeyboardEvent| {
        if event.key() == "F2" {
            renaming.set(true);
        }
    };
    let (shown, closed, edited) = (name.clone(), name.clone(), name);
    view! {
        <div class="editor__file" data-open=move || open().to_string()>
            <Show
                when=move || open() && renaming.get()
                fallback=move || {
                    let shown = shown.clone();
                    view! {
                        <button
                            class="tabs__tab"
                            role="tab"
                            aria-selected=move || open().to_string()
                            title=say.word(Word::RenameFile)
                            on:click=move |_| session.dispatch(Action::OpenFile(index))
                            on:dblclick=move |_| renaming.set(true)
                            on:keydown=rename
                        >
                            {shown}
                        </button>
                    }
                }
            >
                <NameField session name=edited.clone() renaming />
            </Show>
            <Show when=several>
                <button
                    class="editor__close"
                    aria-label={
                        let closed = closed.clone();
                        move || say.fill(Word::CloseFile, &[&closed])
                    }
                    on:click=move |_| session.dispatch(Action::CloseFile(index))
                >
                    <Icon name="close" />
                </button>
            </Show>
        </div>
    }
}

/// The field for a new name.
#[component]
fn NameField(session: Session, name: String, renaming: RwSignal<bool>) -> impl IntoView {
    let say = session.state().say();
    let typed = RwSignal::new(name.clone());
    let field = NodeRef::<leptos::html::Input>::new();
    let done = move || {
        if renaming.get_untracked() {
            renaming.set(false);
            session.dispatch(Action::RenameFile(typed.get_untracked()));
        }
    };
    let press = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" => done(),
        "Escape" => renaming.set(false),
        _ => {}
    };
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            // A field that is gone by now needs no focus.
            let _ = field.focus();
            field.select();
        }
    });
    view! {
        <input
            class="editor__name"
            aria-label=say.word(Word::RenameFile)
            node_ref=field
            value=name
            on:input=move |event| typed.set(event_target_value(&event))
            on:keydown=press
            on:blur=move |_| done()
        />
    }
}
