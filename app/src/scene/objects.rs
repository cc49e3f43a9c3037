//! The Objects picture: who owns whom, from left to right.

use podyard_engine::view::{Id, Pod};

use super::board::{Board, GAP, MARGIN, PART_GAP, columns};
use super::cluster::{SERVICE_HEIGHT, serving};
use super::{EdgeKind, Part, Rect, Scene, Shape};

const CARD_HEIGHT: f64 = 52.0;
/// Room for the lines between columns.
const LANE: f64 = 28.0;
/// Below this width the tree is indented instead of spread out.
const SPREAD_FROM: f64 = 600.0;
const INDENT: f64 = 20.0;

pub(super) fn lay_out(mut board: Board) -> Scene {
    let mut lines = Vec::new();
    let roots = board.cluster.roots();
    let roots: Vec<Id> =
        roots.iter().filter(|(_, root)| board.shows(&root.namespace)).map(|(id, _)| *id).collect();
    if !roots.is_empty() {
        board.heading(Part::Workloads);
    }
    for root in roots {
        family(&mut board, root, &mut lines);
        board.y += PART_GAP;
    }
    loose(&mut board);
    services(&mut board);
    lines.extend(serving(&board));
    board.finish(&lines)
}

/// The columns of the tree.
struct Columns {
    root: Rect,
    child: Rect,
    pods: Rect,
    spread: bool,
}

fn tree_columns(board: &Board) -> Columns {
    let (width, y) = (board.inner_width(), board.y);
    let column = |x: f64, width: f64| Rect { x, y, width, height: CARD_HEIGHT };
    if board.frame.width < SPREAD_FROM {
        let indented = |steps: f64| column(MARGIN + steps * INDENT, width - steps * INDENT);
        return Columns {
            root: indented(0.0),
            child: indented(1.0),
            pods: indented(2.0),
            spread: false,
        };
    }
    let card = ((width - 2.0 * LANE) * 0.28).clamp(150.0, 232.0);
    let child = MARGIN + card + LANE;
    let pods = child + card + LANE;
    Columns {
        root: column(MARGIN, card),
        child: column(child, card),
        pods: column(pods, MARGIN + width - pods),
        spread: true,
    }
}

/// A workload with everything it owns.
fn family(board: &mut Board, root: Id, lines: &mut Vec<(Id, Id, EdgeKind)>) {
    let columns = tree_columns(board);
    board.place(root, Shape::Root, Rect { y: board.y, ..columns.root });
    let top = board.y;
    if !columns.spread {
        board.y += CARD_HEIGHT + GAP;
    }
    let children: Vec<Id> = board.cluster.children(root).iter().map(|(id, _)| *id).collect();
    for child in &children {
        lines.push((root, *child, EdgeKind::Owns));
        board.place(*child, Shape::Child, Rect { y: board.y, ..columns.child });
        let pods = board.pods(|pod| pod.owner == Some(*child));
        lines.extend(first_of(*child, &pods));
        owned(board, *child, &pods, &columns);
    }
    if children.is_empty() {
        let pods = board.pods(|pod| pod.owner == Some(root));
        lines.extend(first_of(root, &pods));
        owned(board, root, &pods, &columns);
    }
    board.y = board.y.max(top + CARD_HEIGHT + GAP) - GAP;
}

fn owned(board: &mut Board, owner: Id, pods: &[(Id, &Pod)], columns: &Columns) {
    if !columns.spread
        && !pods.is_empty()
        && matches!(pods.first(), Some((_, pod)) if pod.owner == Some(owner))
    {
        let under_child =
            board.cluster.workloads.get(&owner).is_some_and(|owner| owner.owner.is_some());
        if under_child {
            board.y += CARD_HEIGHT + GAP;
        }
    }
    let height = board.tiles_height(pods, columns.pods.width);
    board.place_tiles(owner, pods, Rect { y: board.y, height, ..columns.pods });
    let least = if columns.spread || pods.is_empty() { CARD_HEIGHT } else { 0.0 };
    board.y += height.max(least) + GAP;
}

/// One line to the first Pod stands for all that follow it.
fn first_of(owner: Id, pods: &[(Id, &Pod)]) -> Option<(Id, Id, EdgeKind)> {
    pods.first().map(|(pod, _)| (owner, *pod, EdgeKind::Owns))
}

/// Pods that nobody owns, or whose owner is not drawn.
fn loose(board: &mut Board) {
    let pods =
        board.pods(|pod| pod.owner.is_none_or(|id| !board.cluster.workloads.contains_key(&id)));
    let Some((home, _)) = pods.first().copied() else { return };
    board.heading(Part::Loose);
    let width = board.inner_width();
    let height = board.tiles_height(&pods, width);
    board.place_tiles(home, &pods, Rect { x: MARGIN, y: board.y, width, height });
    board.y += height + PART_GAP;
}

fn services(board: &mut Board) {
    let services =
        board.cluster.services.iter().filter(|(_, service)| board.shows_service(service));
    let mut services: Vec<_> = services.collect();
    services.sort_by_key(|(id, service)| (&service.namespace, &service.name, *id));
    if services.is_empty() {
        return;
    }
    board.heading(Part::Services);
    let (count, width) = columns(board.inner_width(), 216.0, services.len());
    for row in services.chunks(count) {
        let mut x = MARGIN;
        for (id, _) in row {
            board.place(
                **id,
                Shape::Service,
                Rect { x, y: board.y, width, height: SERVICE_HEIGHT },
            );
            x += width + GAP;
        }
        board.y += SERVICE_HEIGHT + GAP;
    }
}
