//! The Objects picture: who owns whom, each owner above what it owns. The
//! revisions of a Deployment stand side by side: odd ones on the left, even
//! ones on the right, so that a rollout flows across and nobody else moves.

use podyard_engine::view::{Id, Workload};

use super::board::{Board, GAP, INSET, MARGIN, PART_GAP, to_f64};
use super::cluster::is_live;
use super::{EdgeKind, Key, Part, Rect, Scene, Shape};

const ROOT_HEIGHT: f64 = 60.0;
const HOLDER_HEADER: f64 = 46.0;
/// The line between an owner and what it owns.
const STEM: f64 = 12.0;
const CHIP_HEIGHT: f64 = 28.0;
const CHIP_WIDTH: f64 = 158.0;
/// Room for a workload's own name and count.
const NAME_ROOM: f64 = 240.0;
const COUNT_ROOM: f64 = 64.0;
const CHIP_GAP: f64 = 6.0;
/// Below this width, revisions stand one above the other.
const SIDE_BY_SIDE_FROM: f64 = 520.0;

pub(super) fn lay_out(mut board: Board) -> Scene {
    let roots = board.roots();
    let first = roots.first().map(|(_, namespace)| namespace.clone());
    let several = roots.iter().any(|(_, namespace)| Some(namespace) != first.as_ref());
    let mut last = None;
    for (root, namespace) in roots {
        if several && last.as_ref() != Some(&namespace) {
            board.heading(Part::Namespace(namespace.clone()));
        }
        last = Some(namespace);
        family(&mut board, root);
        board.y += PART_GAP;
    }
    loose(&mut board);
    unused(&mut board);
    board.finish()
}

/// A workload with everything it owns, and what stands beside it.
fn family(board: &mut Board, root: Id) {
    let (key, width) = (Key::Object(root), board.inner_width());
    let rect = Rect { x: MARGIN, y: board.y, width, height: ROOT_HEIGHT };
    board.place(key, Shape::Root, rect);
    let mentioned = mentioned(board, root);
    let grown = beside(board, root, &mentioned, rect);
    let rect = Rect { height: ROOT_HEIGHT + grown, ..rect };
    board.scene.shapes.insert(key, (Shape::Root, rect));
    board.y = rect.bottom();
    let children: Vec<(Id, Workload)> =
        board.cluster.children(root).into_iter().map(|(id, own)| (id, own.clone())).collect();
    board.y += STEM;
    if children.is_empty() {
        pods_of(board, root, rect);
        return;
    }
    let has_revisions = children.iter().any(|(_, child)| child.revision > 0);
    let top = board.y;
    let side_by_side = has_revisions && children.len() > 1 && width >= SIDE_BY_SIDE_FROM;
    if !side_by_side {
        column(board, root, &children, (MARGIN, width));
        return;
    }
    let half = (width - GAP) / 2.0;
    let mut bottom = top;
    for (x, odd) in [(MARGIN, 1), (MARGIN + half + GAP, 0)] {
        board.y = top;
        let own: Vec<_> =
            children.iter().filter(|(_, child)| child.revision % 2 == odd).cloned().collect();
        column(board, root, &own, (x, half));
        bottom = f64::max(bottom, board.y);
    }
    board.y = bottom;
}

/// The Pods of a workload that owns them itself.
fn pods_of(board: &mut Board, owner: Id, above: Rect) {
    let tiles = board.tiles_of_owner(owner, Some(owner));
    if tiles.is_empty() {
        board.y -= STEM;
        return;
    }
    let area = Rect { y: board.y, height: board.tiles_height(&tiles, above.width), ..above };
    board.place_tiles(Some(Key::Object(owner)), tiles, area, 0.0);
    board.y += area.height;
}

/// What a workload owns, from the newest down: those with Pods as boxes. Of
/// those without, the newest is kept in sight: it is what an undo goes back to.
fn column(board: &mut Board, root: Id, children: &[(Id, Workload)], (x, width): (f64, f64)) {
    let newest_idle = children.iter().find(|(_, child)| !is_live(child)).map(|(id, _)| *id);
    let drawn = children.iter().filter(|(id, child)| is_live(child) || newest_idle == Some(*id));
    for (index, (id, _)) in drawn.enumerate() {
        if index > 0 {
            board.y += GAP;
        }
        let (key, top) = (Key::Object(*id), board.y);
        let tiles = board.tiles_of_owner(*id, Some(*id));
        let inner = width - 2.0 * INSET;
        let pods = board.tiles_height(&tiles, inner);
        let height = HOLDER_HEADER + if pods > 0.0 { pods + INSET } else { 0.0 };
        board.place(key, Shape::Holder, Rect { x, y: top, width, height });
        board.belongs(key, Key::Object(root));
        if index == 0 {
            let stem_x = x + 28.0;
            board.connect(
                (Key::Object(root), key),
                EdgeKind::Owns,
                vec![(stem_x, top - STEM), (stem_x, top)],
            );
        }
        let area = Rect { x: x + INSET, y: top + HOLDER_HEADER, width: inner, height: pods };
        board.place_tiles(Some(key), tiles, area, 0.0);
        board.y = top + height;
    }
}

/// What a workload uses, and what acts on it.
fn mentioned(board: &Board, root: Id) -> Vec<Id> {
    let cluster = board.cluster;
    let Some(workload) = cluster.workloads.get(&root) else { return Vec::new() };
    let mut ids: Vec<Id> = Vec::new();
    for (id, service) in board.services() {
        let serves = |pod: Id| cluster.root_of(pod) == Some(root);
        if cluster.endpoints_of(service).iter().any(|end| end.pod.is_some_and(serves)) {
            ids.push(id);
        }
    }
    let acts = cluster.others.iter().filter(|(_, other)| {
        let is_target = |own: &podyard_engine::view::Link| {
            own.kind == workload.kind && own.name == workload.name
        };
        other.namespace == workload.namespace && other.points_to.iter().any(is_target)
    });
    ids.extend(acts.map(|(id, _)| *id));
    ids.extend(workload.uses.iter().filter_map(|link| cluster.linked(&workload.namespace, link)));
    ids
}

/// Places what is mentioned in its workload's card: beside the name where
/// there is room, else below. Says how much the card grows.
fn beside(board: &mut Board, root: Id, ids: &[Id], card: Rect) -> f64 {
    if ids.is_empty() {
        return 0.0;
    }
    let key = |id: Id| Key::Mention(root, id);
    let parent = Some(Key::Object(root));
    let room = card.width - NAME_ROOM - COUNT_ROOM;
    let needed = to_f64(ids.len()) * (CHIP_WIDTH + CHIP_GAP) - CHIP_GAP;
    if needed <= room {
        let (x, y) = (card.right() - COUNT_ROOM - needed, card.y + INSET);
        chips(board, ids, (key, parent), Rect { x, y, width: needed, height: 0.0 });
        return 0.0;
    }
    let (x, y) = (card.x + INSET, card.y + ROOT_HEIGHT - CHIP_GAP / 2.0);
    let area = Rect { x, y, width: card.width - 2.0 * INSET, height: 0.0 };
    chips(board, ids, (key, parent), area) + INSET - CHIP_GAP / 2.0
}

/// Places chips row by row; says how high they are together.
fn chips(
    board: &mut Board,
    ids: &[Id],
    (key, parent): (impl Fn(Id) -> Key, Option<Key>),
    area: Rect,
) -> f64 {
    let width = area.width;
    let per_row = super::board::whole((width + CHIP_GAP) / (CHIP_WIDTH + CHIP_GAP)).max(1);
    let mut y = area.y;
    for row in ids.chunks(per_row) {
        let mut x = area.x;
        for id in row {
            let rect = Rect { x, y, width: CHIP_WIDTH.min(width), height: CHIP_HEIGHT };
            board.place(key(*id), Shape::Mention, rect);
            if let Some(parent) = parent {
                board.belongs(key(*id), parent);
            }
            x += CHIP_WIDTH + CHIP_GAP;
        }
        y += CHIP_HEIGHT + CHIP_GAP;
    }
    y - CHIP_GAP - area.y
}

/// Pods that nobody owns, or whose owner is not drawn.
fn loose(board: &mut Board) {
    let is_loose = |pod: &podyard_engine::view::Pod| {
        pod.owner.is_none_or(|id| !board.cluster.workloads.contains_key(&id))
    };
    let pods = board.cluster.pods.iter();
    let pods = pods.filter(|(_, pod)| board.shows(&pod.namespace) && is_loose(pod));
    let pods: Vec<Id> = pods.map(|(id, _)| *id).collect();
    let Some(home) = pods.first().copied() else { return };
    board.heading(Part::Loose);
    let tiles = board.tiles_of(home, &pods);
    let width = board.inner_width();
    let height = board.tiles_height(&tiles, width);
    board.place_tiles(None, tiles, Rect { x: MARGIN, y: board.y, width, height }, 0.0);
    board.y += height + PART_GAP;
}

/// Everything else that is the learner's own.
fn unused(board: &mut Board) {
    let is_mentioned = |id: Id| {
        board.scene.shapes.keys().any(|key| matches!(key, Key::Mention(_, own) if *own == id))
    };
    let services = board.services().into_iter().map(|(id, _)| id);
    let others = board.cluster.others.iter().filter(|(_, other)| {
        board.shows(&other.namespace) && (board.frame.system_shown || !is_everywhere(&other.name))
    });
    let all: Vec<Id> =
        services.chain(others.map(|(id, _)| *id)).filter(|id| !is_mentioned(*id)).collect();
    if !all.is_empty() {
        board.heading(Part::Unused);
        let area = Rect { x: MARGIN, y: board.y, width: board.inner_width(), height: 0.0 };
        board.y += chips(board, &all, (Key::Object, None), area) + PART_GAP;
    }
}

/// The ConfigMap that every namespace is given.
fn is_everywhere(name: &str) -> bool {
    name == "kube-root-ca.crt"
}
