//! The words of a lesson as markup: paragraphs, lists, code, and what can be
//! run or loaded with one press.

use leptos::prelude::*;
use podyard_lesson::text::{Block, Command, Span, Wait};

use super::picture;
use crate::i18n::Word;
use crate::session::{Action, Session};
use crate::view::icons::Icon;

/// Blocks, one below the other.
pub(super) fn blocks(session: Session, blocks: Vec<Block>) -> impl IntoView {
    blocks.into_iter().map(|block| show(session, block)).collect_view()
}

fn show(session: Session, block: Block) -> AnyView {
    match block {
        Block::Paragraph(words) => view! { <p>{spans(words)}</p> }.into_any(),
        Block::Item(words) => view! { <p class="lesson__item">{spans(words)}</p> }.into_any(),
        Block::Code(text) => {
            view! { <pre class="lesson__code" tabindex="0">{text}</pre> }.into_any()
        }
        Block::File(name, text) => file(session, name, text).into_any(),
        Block::Command(line) => command(session, line).into_any(),
        Block::Wait(time) => wait(session, time).into_any(),
        Block::Picture(layers) => picture::show(session, &layers).into_any(),
    }
}

fn file(session: Session, name: String, text: String) -> impl IntoView {
    let say = session.state().say();
    let (title, shown) = (name.clone(), text.clone());
    view! {
        <div class="file">
            <div class="file__head">
                <code>{title}</code>
                <button class="button button--outline" on:click=move |_| session.dispatch(Action::LoadFile(name.clone(), text.clone()))>
                    {say.word(Word::LoadFile)}
                </button>
            </div>
            <pre class="lesson__code" tabindex="0">{shown}</pre>
        </div>
    }
}

fn command(session: Session, command: Command) -> impl IntoView {
    let say = session.state().say();
    let Command { line, prints, .. } = command;
    let shown = line.clone();
    let prints = (!prints.is_empty())
        .then(|| prints.join("\n").replace("[rest]", "…").replace("[age]", "…"));
    view! {
        <div class="command">
            <div class="command__line">
                <code>{shown}</code>
                <button class="button button--outline" on:click=move |_| session.dispatch(Action::Run(line.clone()))>{say.word(Word::RunCommand)}</button>
            </div>
            {prints.map(|text| view! { <pre class="command__prints" tabindex="0" aria-label=say.word(Word::Prints)>{text}</pre> })}
        </div>
    }
}

fn wait(session: Session, Wait { seconds, .. }: Wait) -> impl IntoView {
    let say = session.state().say();
    let label = move || match seconds % 60 {
        0 => say.fill(Word::LetMinutesPass, &[&(seconds / 60)]),
        _ => say.fill(Word::LetSecondsPass, &[&seconds]),
    };
    view! {
        <button class="button button--outline wait" data-testid="lesson-wait" on:click=move |_| session.dispatch(Action::LetPass(seconds))>
            <Icon name="pending" />{label}
        </button>
    }
}

/// A line of words.
pub(super) fn spans(words: Vec<Span>) -> impl IntoView {
    words.into_iter().map(span).collect_view()
}

fn span(span: Span) -> AnyView {
    match span {
        Span::Plain(text) => text.into_any(),
        Span::Code(text) => view! { <code>{text}</code> }.into_any(),
        Span::Strong(text) => view! { <strong>{text}</strong> }.into_any(),
        Span::Link(text, address) => {
            view! { <a href=address target="_blank" rel="noopener noreferrer">{text}</a> }
                .into_any()
        }
    }
}
