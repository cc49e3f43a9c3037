//! The small pictures of lessons: layers of boxes, and arrows between them.

use leptos::prelude::*;
use podyard_lesson::text::{Cell, Layer, Look};

use crate::i18n::Word;
use crate::session::Session;

const WIDTH: f64 = 320.0;
const BOX: f64 = 30.0;
const GAP: f64 = 10.0;
const ARROW: f64 = 22.0;
/// An arrow with words beside it.
const WORDY_ARROW: f64 = 34.0;

/// A letter of a box's label; those of Korean are two.
const LETTER: f64 = 6.0;
/// A box with few words.
const USUAL: f64 = 130.0;

/// A box at its place.
struct Placed<'a> {
    cell: &'a Cell,
    left: f64,
    width: f64,
}

impl Placed<'_> {
    fn middle(&self) -> f64 {
        self.left + self.width / 2.0
    }
}

/// A picture.
pub(super) fn show(session: Session, layers: &[Layer]) -> impl IntoView + use<> {
    let say = session.state().say();
    let labels = layers.iter().map(|layer| {
        let labels = layer.boxes.iter().map(|cell| cell.label.as_str());
        labels.collect::<Vec<_>>().join(", ")
    });
    let told = labels.collect::<Vec<_>>().join(" → ");
    let mut top = 1.0;
    let mut drawn = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        let row = place(&layer.boxes);
        drawn.extend(row.iter().map(|own| draw(own, top)));
        if let Some(next) = layers.get(index + 1) {
            let height = if layer.arrows.is_empty() { ARROW } else { WORDY_ARROW };
            drawn.extend(arrows(&row, &place(&next.boxes), top + BOX, height));
            drawn.extend(words(&layer.arrows, top + BOX + height / 2.0));
            top += BOX + height;
        }
    }
    let height = top + BOX + 1.0;
    view! {
        <svg class="sketch" viewBox=format!("0 0 {WIDTH} {height}") role="img" aria-label=move || say.fill(Word::PictureAlt, &[&told])>
            {drawn}
        </svg>
    }
}

/// The boxes of a layer share its width; few of them are no wider than they
/// need to be for their words.
fn place(boxes: &[Cell]) -> Vec<Placed<'_>> {
    let count = precise(boxes.len().max(1));
    let longest = boxes.iter().map(|cell| letters(&cell.label)).max().unwrap_or_default();
    let needed = (precise(longest) * LETTER + 24.0).max(USUAL);
    let width = ((WIDTH - GAP * (count - 1.0)) / count).min(needed);
    let all = width * count + GAP * (count - 1.0);
    let place = |(index, cell)| {
        let left = (WIDTH - all) / 2.0 + precise(index) * (width + GAP);
        Placed { cell, left, width }
    };
    boxes.iter().enumerate().map(place).collect()
}

fn letters(label: &str) -> usize {
    label.chars().map(|letter| if letter.is_ascii() { 1 } else { 2 }).sum()
}

fn draw(own: &Placed<'_>, top: f64) -> AnyView {
    let look = match own.cell.look {
        Look::Plain => "plain",
        Look::Broken => "broken",
        Look::Ghost => "ghost",
    };
    let label = match own.cell.look {
        Look::Broken => format!("✕ {}", own.cell.label),
        Look::Plain | Look::Ghost => own.cell.label.clone(),
    };
    view! {
        <g class="sketch__box" data-look=look>
            <rect x=own.left y=top width=own.width height=BOX rx="5" />
            <text x=own.middle() y=top + BOX / 2.0 + 4.0>{label}</text>
        </g>
    }
    .into_any()
}

/// From one to all, from all to one, or from each to its own.
fn arrows(from: &[Placed<'_>], to: &[Placed<'_>], top: f64, height: f64) -> Vec<AnyView> {
    let all = from.len() == 1 || to.len() == 1;
    let pairs = from.iter().enumerate().flat_map(|(index, from)| {
        let fits = move |(other, _): &(usize, &Placed<'_>)| all || *other == index;
        to.iter().enumerate().filter(fits).map(move |(_, to)| (from.middle(), to))
    });
    let line = |(start, to): (f64, &Placed<'_>)| {
        let (end, bottom) = (to.middle(), top + height - 2.0);
        let half = top + height / 2.0;
        let path = format!(
            "M{start} {}C{start} {half} {end} {half} {end} {bottom}m-3.500 -5 3.500 5 3.500 -5",
            top + 1.0
        );
        let ghost = (to.cell.look == Look::Ghost).then_some("ghost");
        view! { <path class="sketch__arrow" data-look=ghost d=path /> }.into_any()
    };
    pairs.map(line).collect()
}

/// What stands at the arrows.
fn words(words: &str, middle: f64) -> Option<AnyView> {
    let words = words.to_owned();
    (!words.is_empty()).then(|| {
        view! { <text class="sketch__words" x=WIDTH / 2.0 y=middle + 4.0>{words}</text> }.into_any()
    })
}

#[expect(clippy::cast_precision_loss, reason = "a handful of boxes")]
fn precise(count: usize) -> f64 {
    count as f64
}
