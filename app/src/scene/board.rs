//! A picture in the making: what is drawn, how far it has come, and the parts
//! that all pictures share.

use std::collections::BTreeMap;

use podyard_engine::view::{Id, Service};

use super::{Detail, Edge, EdgeKind, Frame, Heading, Key, Part, Rect, Scene, Shape};
use crate::state::cluster::is_builtin;
use crate::state::{Cluster, SYSTEM_NAMESPACE};

/// Space around the picture.
pub(super) const MARGIN: f64 = 16.0;
/// Space between cards.
pub(super) const GAP: f64 = 12.0;
/// Space inside a card.
pub(super) const INSET: f64 = 10.0;
/// Space between parts of the picture.
pub(super) const PART_GAP: f64 = 18.0;
const HEADING_HEIGHT: f64 = 26.0;

/// A picture in the making.
pub(super) struct Board<'a> {
    /// What is drawn.
    pub(super) cluster: &'a Cluster,
    /// How it is drawn.
    pub(super) frame: Frame,
    /// The detail of every tile in this picture.
    pub(super) detail: Detail,
    /// Whether like Pods are only counted.
    pub(super) folds: bool,
    /// The upper edge of what comes next.
    pub(super) y: f64,
    /// What has been placed.
    pub(super) scene: Scene,
}

/// More Pods than these are folded: each costs time at every change.
const FOLD_ABOVE: usize = 300;

impl<'a> Board<'a> {
    pub(super) fn new(cluster: &'a Cluster, frame: Frame) -> Self {
        let frame = Frame { width: frame.width.max(240.0), ..frame };
        let drawn = cluster.sums.pods(frame.system_shown);
        let detail = match drawn {
            0..=15 => Detail::Rich,
            16..=60 => Detail::Full,
            61..=160 => Detail::Short,
            _ => Detail::Icon,
        };
        let folds = drawn > FOLD_ABOVE;
        let detail = if folds { Detail::Full } else { detail };
        Self { cluster, frame, detail, folds, y: MARGIN, scene: Scene::default() }
    }

    /// The picture, in the order of its tree.
    pub(super) fn finish(mut self) -> Scene {
        self.scene.height = (self.y + MARGIN).max(self.frame.height);
        self.scene.order = in_order(&self.scene);
        self.scene.stand_ins.sort();
        self.scene
    }

    /// The width between the margins.
    pub(super) fn inner_width(&self) -> f64 {
        self.frame.width - 2.0 * MARGIN
    }

    /// Whether a namespace is drawn.
    pub(super) fn shows(&self, namespace: &str) -> bool {
        self.frame.system_shown || namespace != SYSTEM_NAMESPACE
    }

    /// The Services that are drawn, the learner's own first. The API server's
    /// own is the system's.
    pub(super) fn services(&self) -> Vec<(Id, &'a Service)> {
        let cluster: &'a Cluster = self.cluster;
        let all = cluster.services.iter().map(|(id, service)| (*id, &**service));
        let is_drawn = |service: &Service| {
            self.shows(&service.namespace) && (self.frame.system_shown || !is_builtin(service))
        };
        let mut drawn: Vec<_> = all.filter(|(_, service)| is_drawn(service)).collect();
        drawn.sort_by_key(|(id, service)| {
            (is_builtin(service), namespace_rank(&service.namespace), service.name.clone(), *id)
        });
        drawn
    }

    /// The workloads nobody owns that are drawn, the learner's own first.
    pub(super) fn roots(&self) -> Vec<(Id, String)> {
        let roots = self.cluster.roots().into_iter();
        let roots = roots.filter(|(_, root)| self.shows(&root.namespace));
        let mut roots: Vec<_> = roots.map(|(id, root)| (id, root.namespace.clone())).collect();
        roots.sort_by_key(|(_, namespace)| namespace_rank(namespace));
        roots
    }

    pub(super) fn heading(&mut self, part: Part) {
        let (width, y) = (self.inner_width(), self.y);
        let rect = Rect { x: MARGIN, y, width, height: HEADING_HEIGHT };
        self.scene.headings.push(Heading { part, rect });
        self.y += HEADING_HEIGHT;
    }

    /// Places a shape, in front of everything placed before it.
    pub(super) fn place(&mut self, key: Key, shape: Shape, rect: Rect) {
        if self.scene.shapes.insert(key, (shape, rect)).is_none() {
            self.scene.order.push((key, 1));
        }
    }

    /// Says that a shape belongs to another.
    pub(super) fn belongs(&mut self, key: Key, parent: Key) {
        self.scene.parents.entry(key).or_insert(parent);
    }

    /// Draws a line.
    pub(super) fn connect(&mut self, ends: (Key, Key), kind: EdgeKind, points: Vec<(f64, f64)>) {
        let (from, to) = ends;
        self.scene.edges.push(Edge { from, to, kind, points });
    }
}

/// The learner's namespaces come first, `default` before all.
pub(super) fn namespace_rank(namespace: &str) -> (u8, String) {
    let rank = match namespace {
        "default" => 0,
        SYSTEM_NAMESPACE => 2,
        _ => 1,
    };
    (rank, namespace.to_owned())
}

/// All shapes, each followed by what belongs to it.
fn in_order(scene: &Scene) -> Vec<(Key, u32)> {
    let mut children: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
    let mut roots = Vec::new();
    for (key, _) in &scene.order {
        match scene.parents.get(key).filter(|parent| scene.shapes.contains_key(parent)) {
            Some(parent) => children.entry(*parent).or_default().push(*key),
            None => roots.push(*key),
        }
    }
    let mut order = Vec::with_capacity(scene.order.len());
    let mut open: Vec<(Key, u32)> = roots.into_iter().rev().map(|key| (key, 1)).collect();
    while let Some((key, depth)) = open.pop() {
        order.push((key, depth));
        let own = children.remove(&key).unwrap_or_default();
        open.extend(own.into_iter().rev().map(|child| (child, depth + 1)));
    }
    order
}

/// How many columns of at least `least` fit, and how wide each is, so that
/// `count` things fill their rows evenly.
pub(super) fn columns(width: f64, least: f64, count: usize) -> (usize, f64) {
    let most = whole((width + GAP) / (least + GAP)).max(1);
    let rows = count.max(1).div_ceil(most);
    let columns = count.max(1).div_ceil(rows);
    (columns, (width - GAP * (to_f64(columns) - 1.0)) / to_f64(columns))
}

/// Counts of tiles and columns are small: both ways are exact.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub(super) fn to_f64(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of columns")]
pub(super) fn whole(number: f64) -> usize {
    number.max(0.0) as usize
}
