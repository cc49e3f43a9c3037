//! Where a picture is put together: columns, shelves and rows of tiles.

use podyard_engine::view::{Id, Pod, PodHealth, Service};

use super::{Detail, Edge, EdgeKind, Fold, Frame, Heading, Part, Rect, Scene, Shape};
use crate::state::cluster::is_builtin;
use crate::state::{Cluster, SYSTEM_NAMESPACE};

/// Space around the picture.
pub(super) const MARGIN: f64 = 16.0;
/// Space between cards.
pub(super) const GAP: f64 = 12.0;
/// Space inside a card.
pub(super) const INSET: f64 = 10.0;
/// Space between tiles.
pub(super) const TILE_GAP: f64 = 6.0;
/// Space between parts of the picture.
pub(super) const PART_GAP: f64 = 18.0;
const HEADING_HEIGHT: f64 = 26.0;
/// Above this many tiles in one home, ready Pods are only counted.
const MAX_TILES: usize = 240;
const FOLD_HEIGHT: f64 = 24.0;
/// A child that begins this little to the right of its parent is indented.
const INDENT_MAX: f64 = 40.0;

/// A picture in the making.
pub(super) struct Board<'a> {
    /// What is drawn.
    pub(super) cluster: &'a Cluster,
    /// How it is drawn.
    pub(super) frame: Frame,
    /// The detail of every tile in this picture.
    pub(super) detail: Detail,
    /// The upper edge of what comes next.
    pub(super) y: f64,
    scene: Scene,
}

impl<'a> Board<'a> {
    pub(super) fn new(cluster: &'a Cluster, frame: Frame) -> Self {
        let frame = Frame { width: frame.width.max(240.0), ..frame };
        let detail = detail_for(cluster, frame);
        Self { cluster, frame, detail, y: MARGIN, scene: Scene::default() }
    }

    /// The picture, with its lines drawn last.
    pub(super) fn finish(mut self, lines: &[(Id, Id, EdgeKind)]) -> Scene {
        for (from, to, kind) in lines {
            let ends = self.scene.shapes.get(from).zip(self.scene.shapes.get(to));
            if let Some(((_, start), (_, end))) = ends {
                let path = course(*start, *end);
                self.scene.edges.push(Edge { from: *from, to: *to, kind: *kind, path });
            }
        }
        self.scene.height = self.y + MARGIN;
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

    /// Whether a Service is drawn. The API server's own is the system's.
    pub(super) fn shows_service(&self, service: &Service) -> bool {
        self.shows(&service.namespace) && (self.frame.system_shown || !is_builtin(service))
    }

    /// The Pods that are drawn and for which `wanted` holds; Pods of one
    /// owner stand together, oldest first.
    pub(super) fn pods(&self, wanted: impl Fn(&Pod) -> bool) -> Vec<(Id, &'a Pod)> {
        let pods = self.cluster.pods.iter().map(|(id, pod)| (*id, &**pod));
        let mut pods: Vec<_> =
            pods.filter(|(_, pod)| self.shows(&pod.namespace) && wanted(pod)).collect();
        pods.sort_by(|(a_id, a), (b_id, b)| {
            (&a.namespace, a.owner, a_id).cmp(&(&b.namespace, b.owner, b_id))
        });
        pods
    }

    pub(super) fn heading(&mut self, part: Part) {
        self.heading_at(part, MARGIN);
    }

    /// A heading that begins at `x`.
    pub(super) fn heading_at(&mut self, part: Part, x: f64) {
        let (width, y) = (MARGIN + self.inner_width() - x, self.y);
        self.scene
            .headings
            .push(Heading { part, rect: Rect { x, y, width, height: HEADING_HEIGHT } });
        self.y += HEADING_HEIGHT;
    }

    pub(super) fn place(&mut self, id: Id, shape: Shape, rect: Rect) {
        if self.scene.shapes.insert(id, (shape, rect)).is_none() {
            self.scene.order.push(id);
        }
    }

    /// The height that tiles for `pods` take in `width`.
    pub(super) fn tiles_height(&self, pods: &[(Id, &Pod)], width: f64) -> f64 {
        let shown = shown(pods).len();
        if shown == 0 {
            return 0.0;
        }
        let (_, height) = self.tile_size(width);
        let rows = to_f64(shown.div_ceil(self.tiles_per_row(width)));
        let fold = if shown < pods.len() { FOLD_HEIGHT } else { 0.0 };
        rows * (height + TILE_GAP) - TILE_GAP + fold
    }

    /// Places tiles row by row, and a count of those folded away.
    pub(super) fn place_tiles(&mut self, home: Id, pods: &[(Id, &Pod)], area: Rect) {
        let shown = shown(pods);
        let per_row = self.tiles_per_row(area.width);
        let (width, height) = self.tile_size(area.width);
        let mut bottom = area.y;
        for (index, id) in shown.iter().enumerate() {
            let (row, column) = (to_f64(index / per_row), to_f64(index % per_row));
            let x = area.x + column * (width + TILE_GAP);
            let y = area.y + row * (height + TILE_GAP);
            bottom = y + height;
            self.place(*id, Shape::Pod(self.detail), Rect { x, y, width, height });
        }
        if shown.len() < pods.len() {
            let rect = Rect { x: area.x, y: bottom, width: area.width, height: FOLD_HEIGHT };
            self.scene.folds.push(Fold { home, count: pods.len() - shown.len(), rect });
        }
    }

    fn tiles_per_row(&self, width: f64) -> usize {
        let (least, _) = least_size(self.detail);
        whole((width + TILE_GAP) / (least + TILE_GAP)).max(1)
    }

    /// Full tiles grow to fill their row; smaller ones keep their size.
    fn tile_size(&self, width: f64) -> (f64, f64) {
        let (least, height) = least_size(self.detail);
        if self.detail != Detail::Full {
            return (least, height);
        }
        let per_row = to_f64(self.tiles_per_row(width));
        let even = (width - TILE_GAP * (per_row - 1.0)) / per_row;
        (even.min(168.0), height)
    }
}

/// How many columns of at least `least` fit, and how wide each is, so that
/// `count` things fill their rows evenly.
pub(super) fn columns(width: f64, least: f64, count: usize) -> (usize, f64) {
    let most = whole((width + GAP) / (least + GAP)).max(1);
    let rows = count.max(1).div_ceil(most);
    let columns = count.max(1).div_ceil(rows);
    (columns, (width - GAP * (to_f64(columns) - 1.0)) / to_f64(columns))
}

fn detail_for(cluster: &Cluster, frame: Frame) -> Detail {
    let drawn =
        cluster.pods.values().filter(|pod| frame.system_shown || pod.namespace != SYSTEM_NAMESPACE);
    match drawn.count() {
        0..=60 => Detail::Full,
        61..=240 => Detail::Short,
        _ => Detail::Icon,
    }
}

fn least_size(detail: Detail) -> (f64, f64) {
    match detail {
        Detail::Full => (104.0, 52.0),
        Detail::Short => (64.0, 44.0),
        Detail::Icon => (26.0, 26.0),
    }
}

/// The Pods that get a tile. Those that are not well always do.
fn shown(pods: &[(Id, &Pod)]) -> Vec<Id> {
    if pods.len() <= MAX_TILES {
        return pods.iter().map(|(id, _)| *id).collect();
    }
    let mut kept: Vec<_> = pods.iter().enumerate().collect();
    kept.sort_by_key(|(index, (_, pod))| (pod.health == PodHealth::Running, *index));
    let ill = kept.iter().filter(|(_, (_, pod))| pod.health != PodHealth::Running).count();
    kept.truncate(MAX_TILES.max(ill));
    kept.sort_by_key(|(index, _)| *index);
    kept.into_iter().map(|(_, (id, _))| *id).collect()
}

/// The course of a line: sideways where there is room, else downwards.
fn course(from: Rect, to: Rect) -> String {
    let ((from_x, from_y), (to_x, to_y)) = (from.centre(), to.centre());
    if to.x >= from.right() {
        let (x1, x2) = (from.right(), to.x);
        let bend = (x2 - x1) / 2.0;
        return format!(
            "M{x1:.1} {from_y:.1}C{:.1} {from_y:.1} {:.1} {to_y:.1} {x2:.1} {to_y:.1}",
            x1 + bend,
            x2 - bend
        );
    }
    // An indented child hangs on a line down the left of its parent.
    if to.y >= from.bottom() && (1.0..=INDENT_MAX).contains(&(to.x - from.x)) {
        let x = from.x + (to.x - from.x) / 2.0;
        return format!("M{x:.1} {:.1}V{to_y:.1}H{:.1}", from.bottom(), to.x);
    }
    let (y1, y2) =
        if to.y >= from.bottom() { (from.bottom(), to.y) } else { (from.y, to.bottom()) };
    let bend = (y2 - y1) / 2.0;
    format!(
        "M{from_x:.1} {y1:.1}C{from_x:.1} {:.1} {to_x:.1} {:.1} {to_x:.1} {y2:.1}",
        y1 + bend,
        y2 - bend
    )
}

/// Counts of tiles and columns are small: both ways are exact.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub(super) fn to_f64(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of columns")]
fn whole(number: f64) -> usize {
    number.max(0.0) as usize
}
