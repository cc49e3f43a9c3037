//! Requests that are too many to be seen one by one: a band along the way to
//! each endpoint, as wide as they are many, and their number.

use std::collections::BTreeMap;

use leptos::prelude::*;
use podyard_engine::view::Stop;

use crate::i18n::{Say, Word};
use crate::scene::{Key, Rect, Scene, outline};
use crate::state::Flow;

/// The width of a band of one request a second, and of each doubling of that.
const THINNEST: f64 = 2.0;
const DOUBLED: f64 = 1.0;

/// A band along a line of the picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Band {
    points: Vec<(f64, f64)>,
    /// Where the line ends.
    end: Rect,
    /// Requests in a thousand seconds.
    rate: u64,
    is_well: bool,
}

/// The bands of what flows; endpoints that are drawn as one share theirs.
pub(super) fn bands_of(scene: &Scene, flows: &[Flow]) -> Vec<Band> {
    let mut all: BTreeMap<(Key, Key), (u64, bool)> = BTreeMap::new();
    for flow in flows {
        if let Some(end) = scene.key_of(Stop::Object(flow.pod)) {
            let (rate, is_well) = all.entry((Key::Object(flow.service), end)).or_insert((0, true));
            *rate += flow.rate;
            *is_well &= flow.is_well;
        }
    }
    let bands = scene.edges.iter().filter_map(|edge| {
        let (rate, is_well) = *all.get(&(edge.from, edge.to))?;
        Some(Band { points: edge.points.clone(), end: scene.rect(edge.to)?, rate, is_well })
    });
    bands.collect()
}

/// The bands and their numbers.
#[component]
pub(super) fn Bands(bands: Memo<Vec<Band>>, say: Say) -> impl IntoView {
    let band = |band: Band| {
        view! {
            <path
                class="picture__band"
                data-testid="band"
                data-well=band.is_well.to_string()
                d=outline(&band.points)
                style:stroke-width=format!("{:.1}px", width(band.rate))
            />
        }
    };
    let number = move |band: Band| {
        let place = format!("translate({}px, {}px)", band.end.x, band.end.bottom());
        view! {
            <span class="picture__rate" data-testid="rate" data-well=band.is_well.to_string() style:transform=place style:inline-size=format!("{}px", band.end.width)>
                {say.fill(Word::PerSecond, &[&(band.rate / 1_000)])}
            </span>
        }
    };
    view! {
        <svg class="picture__lines" aria-hidden="true">
            {move || bands.get().into_iter().map(band).collect_view()}
        </svg>
        {move || bands.get().into_iter().map(number).collect_view()}
    }
}

#[expect(clippy::cast_precision_loss, reason = "a picture needs no more")]
fn width(rate: u64) -> f64 {
    THINNEST + DOUBLED * ((rate / 1_000).max(1) as f64).log2()
}
