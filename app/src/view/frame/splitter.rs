//! The borders between panes: dragged, or moved with the arrow keys.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::browser;
use crate::i18n::Word;
use crate::session::Session;

/// Which way a border moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    /// To the left and right.
    Column,
    /// Up and down.
    Row,
}

const LEAST: u32 = 20;
const MOST: u32 = 78;
const KEY_STEP: i32 = 3;

/// A border between panes.
#[component]
pub(super) fn Splitter(
    /// The session.
    session: Session,
    /// Which way it moves.
    axis: Axis,
    /// The share of what stands before it, in percent.
    share: RwSignal<u32>,
) -> impl IntoView {
    let say = session.state().say();
    let held = RwSignal::new(None::<(i32, u32)>);
    let set = move |from: u32, by: i32| {
        share.set(from.saturating_add_signed(by).clamp(LEAST, MOST));
    };
    let grab = move |event: PointerEvent| {
        capture(&event);
        held.set(Some((place(&event, axis), share.get_untracked())));
    };
    let pull = move |event: PointerEvent| {
        if let Some((from, start)) = held.get_untracked() {
            set(start, (place(&event, axis) - from) * 100 / extent(axis).max(1));
        }
    };
    let press = move |event: KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowLeft" | "ArrowUp" => -KEY_STEP,
            "ArrowRight" | "ArrowDown" => KEY_STEP,
            _ => return,
        };
        event.prevent_default();
        set(share.get_untracked(), step);
    };
    let (class, orientation, label) = match axis {
        Axis::Column => ("splitter splitter--column", "vertical", Word::ResizeColumns),
        Axis::Row => ("splitter splitter--row", "horizontal", Word::ResizeRows),
    };
    view! {
        <div
            class=class
            role="separator"
            tabindex="0"
            aria-orientation=orientation
            aria-label=say.word(label)
            aria-valuemin=LEAST.to_string()
            aria-valuemax=MOST.to_string()
            aria-valuenow=move || share.get().to_string()
            on:pointerdown=grab
            on:pointermove=pull
            on:pointerup=move |_| held.set(None)
            on:pointercancel=move |_| held.set(None)
            on:keydown=press
        ></div>
    }
}

fn place(event: &PointerEvent, axis: Axis) -> i32 {
    match axis {
        Axis::Column => event.client_x(),
        Axis::Row => event.client_y(),
    }
}

fn extent(axis: Axis) -> i32 {
    let (width, height) = browser::window_size();
    if axis == Axis::Column { width } else { height }
}

/// Keeps hearing of the pointer when it leaves the border.
fn capture(event: &PointerEvent) {
    let target =
        event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    if let Some(element) = target {
        // Without it dragging only ends sooner.
        let _ = element.set_pointer_capture(event.pointer_id());
    }
}
