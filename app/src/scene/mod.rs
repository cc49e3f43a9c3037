//! Where everything is drawn: pure geometry, from what there is and how wide
//! the pane is. It decides neither colours nor words, and never waits.

mod board;
mod cluster;
mod objects;
mod steer;
mod ticks;
mod traffic;
mod way;

use std::collections::BTreeMap;

use podyard_engine::view::Id;

pub(crate) use self::steer::{Direction, neighbour};
pub(crate) use self::ticks::{Tick, filled, ticks};
pub(crate) use self::way::way;
use crate::state::{Aspect, Cluster};

/// A rectangle in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Rect {
    /// Left edge.
    pub(crate) x: f64,
    /// Upper edge.
    pub(crate) y: f64,
    /// Width.
    pub(crate) width: f64,
    /// Height.
    pub(crate) height: f64,
}

/// What stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Shape {
    /// A machine.
    Node,
    /// A Pod at one of three levels of detail.
    Pod(Detail),
    /// A Deployment or another workload nobody owns.
    Root,
    /// A ReplicaSet or another workload with an owner.
    Child,
    /// A Service.
    Service,
}

/// The kinds of shapes, whatever their detail. A shape that changes only its
/// detail stays the same element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Family {
    /// A machine.
    Node,
    /// A Pod.
    Pod,
    /// A workload nobody owns.
    Root,
    /// A workload with an owner.
    Child,
    /// A Service.
    Service,
}

impl Shape {
    /// The kind of shape.
    pub(crate) fn family(self) -> Family {
        match self {
            Self::Node => Family::Node,
            Self::Pod(_) => Family::Pod,
            Self::Root => Family::Root,
            Self::Child => Family::Child,
            Self::Service => Family::Service,
        }
    }
}

/// How much a Pod's tile can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Detail {
    /// Icon, end of the name, status.
    Full,
    /// Icon and end of the name.
    Short,
    /// Icon alone.
    Icon,
}

/// A heading between parts of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Heading {
    /// What follows.
    pub(crate) part: Part,
    /// Where it stands.
    pub(crate) rect: Rect,
}

/// The parts of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Part {
    /// Deployments and the like.
    Workloads,
    /// Services.
    Services,
    /// Machines.
    Nodes,
    /// Pods that no machine has taken yet.
    Unscheduled,
    /// Pods that nobody owns.
    Loose,
}

/// A line between two things.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Edge {
    /// Where it begins.
    pub(crate) from: Id,
    /// Where it ends.
    pub(crate) to: Id,
    /// What it means.
    pub(crate) kind: EdgeKind,
    /// Its course, as an SVG path.
    pub(crate) path: String,
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
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fold {
    /// The machine or workload they belong to.
    pub(crate) home: Id,
    /// How many.
    pub(crate) count: usize,
    /// Where the number stands.
    pub(crate) rect: Rect,
}

/// A whole picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Scene {
    /// Everything that can be chosen, by its number.
    pub(crate) shapes: BTreeMap<Id, (Shape, Rect)>,
    /// The same in reading order.
    pub(crate) order: Vec<Id>,
    /// The headings.
    pub(crate) headings: Vec<Heading>,
    /// The lines.
    pub(crate) edges: Vec<Edge>,
    /// What is folded away.
    pub(crate) folds: Vec<Fold>,
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
    /// Whether the cluster's own Pods are drawn.
    pub(crate) system_shown: bool,
}

/// Lays out a picture of the cluster.
pub(crate) fn lay_out(cluster: &Cluster, frame: Frame) -> Scene {
    let board = board::Board::new(cluster, frame);
    match frame.aspect {
        Aspect::Cluster => cluster::lay_out(board),
        Aspect::Objects => objects::lay_out(board),
        Aspect::Traffic => traffic::lay_out(board),
    }
}

impl Rect {
    /// The point in the middle.
    pub(crate) fn centre(self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// The lower edge.
    pub(crate) fn bottom(self) -> f64 {
        self.y + self.height
    }

    /// The right edge.
    pub(crate) fn right(self) -> f64 {
        self.x + self.width
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::cluster::tests::sample;

    fn scene(aspect: Aspect, width: f64) -> Scene {
        lay_out(&sample(), Frame { aspect, width, system_shown: false })
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
        for aspect in Aspect::ALL {
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
}
