//! Where everything is drawn: pure geometry, from what there is and how wide
//! the pane is. It decides neither colours nor words, and never waits.

mod board;
mod cluster;
mod objects;
mod shape;
mod steer;
mod ticks;
mod tiles;
mod traffic;
mod way;

use std::collections::BTreeMap;
use std::ops::Range;

use podyard_engine::view::{Id, PodHealth, Stop};

pub(crate) use self::shape::{Detail, Family, Key, Rect, Shape};
pub(crate) use self::steer::{Direction, neighbour};
pub(crate) use self::ticks::{Lane, Tick, filled, near, seconds_at, ticks};
pub(crate) use self::way::{outline, way};
use crate::state::{Aspect, Cluster};

/// A heading between parts of the picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heading {
    /// What follows.
    pub(crate) part: Part,
    /// Where it stands.
    pub(crate) rect: Rect,
}

/// The parts of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// What is wished for.
    Wishes,
    /// Machines.
    Nodes,
    /// Pods that no machine has taken yet.
    Unscheduled,
    /// Pods that nobody owns.
    Loose,
    /// Pods that no Service leads to.
    Clients,
    /// Objects that nothing here uses.
    Unused,
    /// A namespace, where there are several.
    Namespace(String),
}

/// A line between two things.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Edge {
    /// Where it begins.
    pub(crate) from: Key,
    /// Where it ends.
    pub(crate) to: Key,
    /// What it means.
    pub(crate) kind: EdgeKind,
    /// Its corners, from beginning to end.
    pub(crate) points: Vec<(f64, f64)>,
}

/// What a line means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EdgeKind {
    /// The first controls the second.
    Owns,
    /// The first sends requests to the second.
    Serves,
    /// The first would send requests, once the second is ready.
    Waits,
}

/// Pods that are there but not drawn one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fold {
    /// How many.
    pub(crate) count: usize,
    /// What state they share.
    pub(crate) health: PodHealth,
}

/// Which tile stands for each Pod that is folded away: sorted once, when all
/// are there.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct StandIns(Vec<(Id, Key)>);

impl StandIns {
    fn extend(&mut self, ids: Vec<Id>, key: Key) {
        self.0.extend(ids.into_iter().map(|id| (id, key)));
    }

    fn sort(&mut self) {
        self.0.sort_unstable();
    }

    fn of(&self, id: Id) -> Option<Key> {
        let at = self.0.binary_search_by_key(&id, |(own, _)| *own).ok()?;
        self.0.get(at).map(|(_, key)| *key)
    }
}

/// A whole picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Scene {
    /// Everything that can be chosen.
    pub(crate) shapes: BTreeMap<Key, (Shape, Rect)>,
    /// The same in reading order, each with its depth in the tree.
    pub(crate) order: Vec<(Key, u32)>,
    /// Which shape another belongs to.
    pub(crate) parents: BTreeMap<Key, Key>,
    /// The headings.
    pub(crate) headings: Vec<Heading>,
    /// The lines.
    pub(crate) edges: Vec<Edge>,
    /// What is folded away.
    pub(crate) folds: BTreeMap<Key, Fold>,
    /// Which tile stands for a Pod that is folded away.
    pub(crate) stand_ins: StandIns,
    /// How high the picture is.
    pub(crate) height: f64,
}

/// What to draw, and how much room there is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Frame {
    /// Which picture.
    pub(crate) aspect: Aspect,
    /// The width of the pane in CSS pixels.
    pub(crate) width: f64,
    /// Its height.
    pub(crate) height: f64,
    /// Whether the cluster's own Pods are drawn.
    pub(crate) system_shown: bool,
}

/// A picture of more shapes than this is drawn only where it is seen.
const MAX_DRAWN: usize = 240;

/// Lays out a picture of the cluster.
pub(crate) fn lay_out(cluster: &Cluster, frame: Frame) -> Scene {
    let board = board::Board::new(cluster, frame);
    match frame.aspect {
        Aspect::Cluster => cluster::lay_out(board),
        Aspect::Objects => objects::lay_out(board),
        Aspect::Traffic => traffic::lay_out(board),
    }
}

impl Scene {
    /// The shape that shows a place on a request's way: the place itself, or
    /// what stands for it in this picture.
    pub(crate) fn key_of(&self, stop: Stop) -> Option<Key> {
        let drawn = |key: Key| self.shapes.contains_key(&key).then_some(key);
        let object = |id: Id| drawn(Key::Object(id)).or_else(|| self.stand_ins.of(id));
        match stop {
            Stop::Outside => drawn(Key::Outside),
            Stop::Balancer(id) => drawn(Key::Balancer(id)).or_else(|| object(id)),
            Stop::Door(id, port) => drawn(Key::Door(id, port)).or_else(|| object(id)),
            Stop::Object(id) => object(id),
        }
    }

    /// The shapes to draw, in order: all of a picture of few, else those that
    /// reach into what is seen, from above to below, and the one to keep.
    pub(crate) fn within(&self, seen: Range<f64>, kept: Option<Key>) -> Vec<(Key, Family)> {
        let is_tall = self.shapes.len() > MAX_DRAWN;
        let is_seen = |rect: &Rect| rect.y < seen.end && rect.bottom() > seen.start;
        let drawn = self.order.iter().filter_map(|(key, _)| {
            let (shape, rect) = self.shapes.get(key)?;
            let is_drawn = !is_tall || is_seen(rect) || kept == Some(*key);
            is_drawn.then_some((*key, shape.family()))
        });
        drawn.collect()
    }

    /// Where a shape stands.
    pub(crate) fn rect(&self, key: Key) -> Option<Rect> {
        self.shapes.get(&key).map(|(_, rect)| *rect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::cluster::tests::sample;

    fn scene(aspect: Aspect, width: f64) -> Scene {
        lay_out(&sample(), Frame { aspect, width, height: 600.0, system_shown: false })
    }

    #[test]
    fn nothing_reaches_beyond_the_pane() {
        for aspect in Aspect::ALL {
            for width in [300.0, 360.0, 700.0, 1_200.0] {
                let scene = scene(aspect, width);
                for (shape, rect) in scene.shapes.values() {
                    let inside = rect.x >= 0.0 && rect.right() <= width + 0.5;
                    assert!(
                        inside && rect.bottom() <= scene.height,
                        "{aspect:?} {width} {shape:?} {rect:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn pods_do_not_overlap() {
        for aspect in [Aspect::Cluster, Aspect::Objects] {
            let scene = scene(aspect, 640.0);
            let pods: Vec<Rect> = scene
                .shapes
                .values()
                .filter(|(shape, _)| matches!(shape, Shape::Pod(_)))
                .map(|(_, rect)| *rect)
                .collect();
            assert_eq!(pods.len(), 3, "{aspect:?}");
            for (index, a) in pods.iter().enumerate() {
                for b in &pods[index + 1..] {
                    let apart = a.right() <= b.x
                        || b.right() <= a.x
                        || a.bottom() <= b.y
                        || b.bottom() <= a.y;
                    assert!(apart, "{aspect:?}: {a:?} {b:?}");
                }
            }
        }
    }

    #[test]
    fn the_same_cluster_gives_the_same_picture() {
        assert_eq!(scene(Aspect::Cluster, 700.0), scene(Aspect::Cluster, 700.0));
    }

    #[test]
    fn a_replica_set_holds_its_pods() {
        let scene = scene(Aspect::Objects, 700.0);
        for (key, parent) in &scene.parents {
            let (inner, outer) = (scene.rect(*key), scene.rect(*parent));
            let (Some(inner), Some(outer)) = (inner, outer) else { panic!("{key:?}") };
            assert!(inner.y >= outer.y, "{key:?} {parent:?}");
        }
        let depths: Vec<u32> = scene.order.iter().map(|(_, depth)| *depth).collect();
        assert_eq!(depths, [1, 2, 3, 2, 3, 3]);
    }

    #[test]
    fn a_tall_picture_is_drawn_where_it_is_seen() {
        let mut scene = Scene::default();
        for number in 0..1_000_u32 {
            let key = Key::Object(Id(number));
            let rect = Rect { y: f64::from(number) * 10.0, height: 10.0, ..Rect::default() };
            scene.shapes.insert(key, (Shape::Node, rect));
            scene.order.push((key, 1));
        }
        let first = Key::Object(Id(0));
        let drawn = scene.within(100.0..200.0, Some(first));
        assert_eq!(drawn.len(), 11);
        assert_eq!(drawn.first().map(|(key, _)| *key), Some(first));
    }
}
