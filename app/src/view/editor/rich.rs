//! Monaco in the page, and how text goes back and forth.

use gloo::timers::callback::Timeout;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser;
use crate::i18n::Word;
use crate::session::{EditorOptions, RichEditor, Session, load_editor};
use crate::state::Theme;

/// Long enough for the page to be painted and usable first.
const LOAD_AFTER_MS: u32 = 400;
/// Monaco needs a fine pointer and some room.
const FIT_FOR_MONACO: &str = "(pointer: fine) and (min-width: 640px)";

/// Monaco, once it is there.
#[component]
pub(super) fn RichText(
    /// The session.
    session: Session,
    /// Where the cursor should go: line and column, from 1.
    target: RwSignal<Option<(u32, u32)>>,
    /// Whether it is there.
    shown: RwSignal<bool>,
) -> impl IntoView {
    let container = NodeRef::<Div>::new();
    let editor = RwSignal::new_local(None::<RichEditor>);
    let dark = browser::media("(prefers-color-scheme: dark)");
    let theme = Signal::derive(move || match session.state().theme.get() {
        Theme::Dark => "dark",
        Theme::System if dark.get() => "dark",
        Theme::System | Theme::Light => "light",
    });
    if browser::media(FIT_FOR_MONACO).get_untracked() {
        Timeout::new(LOAD_AFTER_MS, move || {
            spawn_local(load(session, container, theme, editor, shown));
        })
        .forget();
    }
    keep_in_step(session, editor, theme);
    Effect::new(move |_| {
        let Some((line, column)) = target.get() else { return };
        editor.with_untracked(|editor| {
            if let Some(editor) = editor {
                editor.reveal(line, column);
                editor.focus();
            }
        });
    });
    view! { <div class="editor__monaco" node_ref=container hidden=move || !shown.get()></div> }
}

async fn load(
    session: Session,
    container: NodeRef<Div>,
    theme: Signal<&'static str>,
    editor: RwSignal<Option<RichEditor>, LocalStorage>,
    shown: RwSignal<bool>,
) {
    let state = session.state();
    let Some(place) = container.get_untracked() else { return };
    let word = |word: Word| word.text(state.language.get_untracked());
    let files = state.files.get_untracked();
    let options = EditorOptions {
        files: files.all().to_vec(),
        open: files.current().map(|file| file.name.clone()).unwrap_or_default(),
        language: state.language.get_untracked().tag(),
        theme: theme.get_untracked(),
        label: word(Word::ManifestText),
        words: [word(Word::ApplyHint), word(Word::LeaveEditor), word(Word::LeavingEditor)],
    };
    // Where Monaco cannot be fetched the plain text stays.
    if let Ok(loaded) = load_editor(place.into(), options, session).await {
        editor.set(Some(loaded));
        shown.set(true);
    }
}

/// Hands text, open file, problems and theme over whenever they change.
fn keep_in_step(
    session: Session,
    editor: RwSignal<Option<RichEditor>, LocalStorage>,
    theme: Signal<&'static str>,
) {
    let state = session.state();
    Effect::new(move |_| {
        let files = state.files.get();
        editor.with(|editor| {
            let Some(editor) = editor else { return };
            editor.set_files(files.all());
            if let Some(file) = files.current() {
                editor.open_file(&file.name);
            }
        });
    });
    Effect::new(move |_| {
        let problems = state.problems.get();
        let files = state.files.get_untracked();
        editor.with(|editor| {
            let Some(editor) = editor else { return };
            for file in files.all() {
                let here = problems.iter().filter(|problem| problem.file == file.name);
                editor.set_problems(&file.name, here, state.say());
            }
        });
    });
    // Whom the selectors select changes with the Pods, and their words with
    // the language.
    let pods = Memo::new(move |_| state.cluster.with(|cluster| cluster.pods.len()));
    Effect::new(move |_| {
        pods.track();
        state.language.track();
        editor.with(|editor| editor.as_ref().inspect(|editor| editor.refresh()).is_some());
    });
    Effect::new(move |_| {
        let theme = theme.get();
        // A theme chosen while Monaco was on its way reaches it when it is there.
        editor.track();
        // The page must wear the theme before Monaco takes its colours.
        request_animation_frame(move || {
            editor.with_untracked(|editor| {
                editor.as_ref().inspect(|editor| editor.set_theme(theme)).is_some()
            });
        });
    });
}
