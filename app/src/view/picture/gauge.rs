//! How far a rollout has come: the Pods of each revision side by side, and
//! the bounds that it keeps.

use leptos::prelude::*;
use podyard_engine::view::Id;

use super::shape::{Place, hue};
use crate::i18n::Word;
use crate::state::Cluster;

/// The Pods of one revision: how many are ready, and how many are not.
#[derive(Debug, Clone, PartialEq)]
struct Share {
    revision: i64,
    ready: i64,
    waiting: i64,
}

/// What a gauge shows.
#[derive(Debug, Clone, PartialEq, Default)]
struct Reading {
    shares: Vec<Share>,
    bounds: Option<(i64, i64)>,
    full: i64,
    is_rolling: bool,
}

impl Reading {
    fn of(cluster: &Cluster, id: Id) -> Self {
        let Some(root) = cluster.workloads.get(&id) else { return Self::default() };
        let children = cluster.children(id);
        let mut shares: Vec<Share> = children
            .iter()
            .filter(|(_, child)| child.current > 0)
            .map(|(_, child)| Share {
                revision: child.revision,
                ready: child.ready,
                waiting: (child.current - child.ready).max(0),
            })
            .collect();
        if children.is_empty() && root.current > 0 {
            let waiting = (root.current - root.ready).max(0);
            shares.push(Share { revision: 0, ready: root.ready, waiting });
        }
        shares.sort_by_key(|share| share.revision);
        let present: i64 = shares.iter().map(|share| share.ready + share.waiting).sum();
        let most = root.bounds.map_or(0, |(_, most)| most);
        let is_rolling = shares.len() > 1 || shares.iter().any(|share| share.waiting > 0);
        let full = present.max(root.desired).max(if is_rolling { most } else { 0 }).max(1);
        Self { shares, bounds: root.bounds.filter(|_| is_rolling), full, is_rolling }
    }
}

/// The gauge of a workload.
#[component]
pub(super) fn Gauge(place: Place) -> impl IntoView {
    let state = place.state();
    let say = state.say();
    let reading = Memo::new(move |_| state.cluster.with(|cluster| Reading::of(cluster, place.id)));
    let part = |count: i64, full: i64| format!("{:.2}%", percent(count, full));
    let bars = move || {
        let Reading { shares, full, .. } = reading.get();
        let bar = |share: Share| {
            view! {
                <i class="gauge__ready" data-hue=hue(share.revision) style:inline-size=part(share.ready, full)></i>
                <i class="gauge__waiting" data-hue=hue(share.revision) style:inline-size=part(share.waiting, full)></i>
            }
        };
        shares.into_iter().map(bar).collect_view()
    };
    let bounds = move || {
        let Reading { bounds, full, .. } = reading.get();
        bounds.map(|(least, most)| {
            let text = say.fill(Word::RolloutBounds, &[&least, &most]);
            view! {
                <i class="gauge__bound" style:inset-inline-start=part(least, full)></i>
                <i class="gauge__bound" style:inset-inline-start=part(most, full)></i>
                <span class="hidden">{text}</span>
            }
        })
    };
    view! {
        <span class="gauge" data-testid="gauge" data-rolling=move || reading.with(|own| own.is_rolling).to_string()>
            <span class="gauge__bars">{bars}</span>
            {bounds}
        </span>
    }
}

#[expect(clippy::cast_precision_loss, reason = "a picture needs no more")]
fn percent(part: i64, whole: i64) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::cluster::tests::sample;

    #[test]
    fn half_is_half() {
        assert!((percent(2, 4) - 50.0).abs() < 1e-9);
        assert!(Reading::of(&sample(), Id(9_999)).shares.is_empty());
    }
}
