//! The terminal: a log that screen readers read, and a line to type in.

use leptos::ev::{Event, KeyboardEvent, SubmitEvent};
use leptos::html::{Div, Input};
use leptos::prelude::*;

use super::icons::Icon;
use crate::browser;
use crate::i18n::Word;
use crate::protocol::Channel;
use crate::session::{Action, Session};
use crate::state::completion::complete;
use crate::state::terminal::Entry;
use crate::state::{EntryKind, Files, State, Terminal};

/// The id of the command line.
pub(crate) const COMMAND_LINE: &str = "command-line";

/// Ctrl-D as a terminal sends it.
const END: &str = "\u{4}";

/// The terminal.
#[component]
pub(crate) fn TerminalPane(
    /// The session.
    session: Session,
) -> impl IntoView {
    let say = session.state().say();
    let terminal = session.state().terminal;
    let running = move || terminal.with(|terminal| terminal.foreground().is_some());
    let reading = move || terminal.with(|terminal| terminal.reader().is_some());
    view! {
        <section class="pane terminal" data-testid="terminal" aria-label=say.word(Word::Terminal)>
            <div class="pane__head">
                <h2 class="pane__title">{say.word(Word::Terminal)}</h2>
                <span class="pane__space"></span>
                <Show when=reading>
                    <button
                        class="button"
                        title=say.word(Word::EndInputHint)
                        on:click=move |_| session.dispatch(Action::Type(END.to_owned()))
                    >
                        {say.word(Word::EndInput)}
                    </button>
                </Show>
                <Show when=running>
                    <button class="button" on:click=move |_| session.dispatch(Action::Interrupt)>
                        <Icon name="close" />
                        {say.word(Word::Interrupt)}
                    </button>
                </Show>
            </div>
            <Log session />
            <CommandLine session />
        </section>
    }
}

/// Everything typed and printed.
#[component]
fn Log(session: Session) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let log = NodeRef::<Div>::new();
    let entries = move || state.terminal.with(seen);
    Effect::new(move |_| {
        state.terminal.track();
        if let Some(log) = log.get() {
            request_animation_frame(move || browser::scroll_to_end(&log));
        }
    });
    view! {
        <div class="terminal__log" role="log" tabindex="0" aria-label=say.word(Word::Terminal) data-testid="terminal-output" node_ref=log>
            <p class="terminal__entry terminal__entry--note">{say.word(Word::TerminalWelcome)}</p>
            <For each=entries key=|entry| (entry.number, entry.text.len()) children=show_entry />
        </div>
    }
}

/// The blocks as they are shown: a prompt stands before the line that is typed.
fn seen(terminal: &Terminal) -> Vec<Entry> {
    let mut entries: Vec<Entry> = terminal.entries().cloned().collect();
    if let (Some(prompt), Some(last)) = (terminal.prompt(), entries.last_mut()) {
        last.text.truncate(last.text.len() - prompt.len());
        if last.text.is_empty() {
            entries.pop();
        }
    }
    if !terminal.draft().is_empty() {
        let text = terminal.draft().trim_end().to_owned();
        entries.push(Entry { number: u64::MAX, kind: EntryKind::Line, text });
    }
    entries
}

fn show_entry(entry: Entry) -> impl IntoView {
    let class = match entry.kind {
        EntryKind::Line => "terminal__entry terminal__entry--line",
        EntryKind::Printed(_, Channel::Out) => "terminal__entry",
        EntryKind::Printed(_, Channel::Err) => "terminal__entry terminal__entry--err",
        EntryKind::Note => "terminal__entry terminal__entry--note",
    };
    view! { <div class=class>{entry.text}</div> }
}

/// The line to type in.
#[component]
fn CommandLine(session: Session) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let input = NodeRef::<Input>::new();
    let line = RwSignal::new(String::new());
    // How far back in history the line is; 0 is the line being typed.
    let back = RwSignal::new(0_usize);
    let reading = move || state.terminal.with_untracked(|terminal| terminal.reader().is_some());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = line.get_untracked();
        line.set(String::new());
        back.set(0);
        session.dispatch(Action::Enter(typed));
    };
    // A line cannot hold line ends: what is pasted with them is typed line by line.
    let paste = move |event: Event| {
        let Some(text) = browser::pasted(&event).filter(|text| text.contains('\n')) else { return };
        event.prevent_default();
        let text = line.get_untracked() + &text.replace("\r\n", "\n");
        let (whole, rest) = text.rsplit_once('\n').unwrap_or(("", &text));
        whole.lines().for_each(|typed| session.dispatch(Action::Enter(typed.to_owned())));
        line.set(rest.to_owned());
    };
    let press = move |event: KeyboardEvent| match event.key().as_str() {
        "ArrowUp" => recall(&event, state, line, back, 1),
        "ArrowDown" => recall(&event, state, line, back, -1),
        "Tab" if !event.shift_key() && !reading() && !line.get_untracked().trim().is_empty() => {
            event.prevent_default();
            tab(state, line);
        }
        "c" if event.ctrl_key()
            && state.terminal.with_untracked(|terminal| {
                terminal.foreground().is_some() || !terminal.draft().is_empty()
            }) =>
        {
            event.prevent_default();
            line.set(String::new());
            let drafts = state.terminal.with_untracked(|terminal| !terminal.draft().is_empty());
            session.dispatch(if drafts { Action::Discard } else { Action::Interrupt });
        }
        "d" if event.ctrl_key() && reading() => {
            event.prevent_default();
            let typed = line.get_untracked();
            line.set(String::new());
            session.dispatch(Action::Type(typed + END));
        }
        "l" if event.ctrl_key() => {
            event.prevent_default();
            state.terminal.update(Terminal::clear);
        }
        _ => {}
    };
    let sign = move || state.terminal.with(sign);
    let reads = Memo::new(move |_| state.terminal.with(|terminal| terminal.reader().is_some()));
    let name = move || if reads.get() { Word::TypedInput } else { Word::CommandLine };
    let hint = move || if reads.get() { Word::TypedHint } else { Word::TerminalHint };
    view! {
        <form class="terminal__form" on:submit=submit>
            <label class="terminal__sign" for=COMMAND_LINE aria-hidden="true">{sign}</label>
            <input
                id=COMMAND_LINE
                class="terminal__input"
                data-testid="terminal-input"
                type="text"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                enterkeyhint="send"
                aria-label=move || say.now(name())
                placeholder=move || say.now(hint())
                node_ref=input
                prop:value=move || line.get()
                on:input=move |event| line.set(event_target_value(&event))
                on:keydown=press
                on:paste=move |event| paste(event.into())
            />
        </form>
    }
}

/// What stands before the line: the shell's own sign, or the prompt of the
/// command that gets what is typed.
fn sign(terminal: &Terminal) -> String {
    let waits = terminal.reader().is_some() || !terminal.draft().is_empty();
    let own = if waits { ">" } else { "$" };
    terminal.prompt().unwrap_or(own).trim_end().to_owned()
}

/// Goes back or forth in what was typed before.
fn recall(
    event: &KeyboardEvent,
    state: State,
    line: RwSignal<String>,
    back: RwSignal<usize>,
    by: isize,
) {
    event.prevent_default();
    state.terminal.with_untracked(|terminal| {
        let history = terminal.history();
        let wanted = back.get_untracked().saturating_add_signed(by).min(history.len());
        back.set(wanted);
        let recalled = history.len().checked_sub(wanted).and_then(|index| history.get(index));
        line.set(recalled.cloned().unwrap_or_default());
    });
}

/// Completes the line, or shows what it could go on with.
fn tab(state: State, line: RwSignal<String>) {
    let names: Vec<String> = state
        .files
        .with_untracked(|files: &Files| files.all().iter().map(|file| file.name.clone()).collect());
    let typed = line.get_untracked();
    let completion = state.cluster.with_untracked(|cluster| complete(&typed, cluster, &names));
    if completion.line == typed && !completion.choices.is_empty() {
        state.terminal.update(|terminal| terminal.note(completion.choices.join("   ")));
    }
    line.set(completion.line);
}
