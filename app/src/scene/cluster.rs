//! The Cluster picture: what is wished for above, the machines that carry it
//! below.

use podyard_engine::view::{Id, Node, Pod, Workload};

use super::board::{Board, GAP, INSET, MARGIN, PART_GAP, columns};
use super::{EdgeKind, Part, Rect, Scene, Shape};

/// The least width of a card.
const CARD_WIDTH: f64 = 216.0;
const ROOT_HEIGHT: f64 = 52.0;
const CHILD_HEIGHT: f64 = 30.0;
const CHILD_GAP: f64 = 4.0;
/// The height of a Service's card.
pub(super) const SERVICE_HEIGHT: f64 = 76.0;
/// The height of a machine's name and meters.
pub(super) const NODE_HEADER: f64 = 62.0;

pub(super) fn lay_out(mut board: Board) -> Scene {
    let mut cards: Vec<Card> = roots(&board);
    cards.extend(services(&board));
    let (count, width) = columns(board.inner_width(), CARD_WIDTH, cards.len());
    if !cards.is_empty() {
        board.heading(Part::Workloads);
    }
    for row in cards.chunks(count) {
        place_cards(&mut board, row, width);
    }
    if !cards.is_empty() {
        board.y += PART_GAP - GAP;
    }
    unscheduled(&mut board);
    if !board.cluster.nodes.is_empty() {
        board.heading(Part::Nodes);
        machines(&mut board);
    }
    let lines = serving(&board);
    board.finish(&lines)
}

/// A card of the upper part, with the ReplicaSets in it.
struct Card {
    id: Id,
    shape: Shape,
    children: Vec<Id>,
}

impl Card {
    fn height(&self) -> f64 {
        match (self.shape, self.children.len()) {
            (Shape::Service, _) => SERVICE_HEIGHT,
            (_, 0) => ROOT_HEIGHT,
            (_, rows) => {
                let rows = super::board::to_f64(rows);
                ROOT_HEIGHT + rows * (CHILD_HEIGHT + CHILD_GAP) + INSET - CHILD_GAP
            }
        }
    }
}

fn roots(board: &Board) -> Vec<Card> {
    let roots = board.cluster.roots().into_iter();
    let roots = roots.filter(|(_, root)| board.shows(&root.namespace));
    roots
        .map(|(id, _)| {
            let children = board.cluster.children(id);
            let live = children
                .iter()
                .enumerate()
                .filter(|(index, (_, child))| *index == 0 || is_live(child));
            let children = live.map(|(_, (id, _))| *id).collect();
            Card { id, shape: Shape::Root, children }
        })
        .collect()
}

/// Whether a revision still has or wants Pods.
fn is_live(child: &Workload) -> bool {
    child.desired > 0 || child.current > 0
}

fn services(board: &Board) -> Vec<Card> {
    let services =
        board.cluster.services.iter().filter(|(_, service)| board.shows_service(service));
    let mut services: Vec<_> = services.collect();
    services.sort_by_key(|(id, service)| (&service.namespace, &service.name, *id));
    services
        .into_iter()
        .map(|(id, _)| Card { id: *id, shape: Shape::Service, children: Vec::new() })
        .collect()
}

fn place_cards(board: &mut Board, row: &[Card], width: f64) {
    let height = row.iter().map(Card::height).fold(0.0, f64::max);
    let mut x = MARGIN;
    for card in row {
        let y = board.y;
        board.place(card.id, card.shape, Rect { x, y, width, height });
        let mut child_y = y + ROOT_HEIGHT;
        for child in &card.children {
            let rect =
                Rect { x: x + INSET, y: child_y, width: width - 2.0 * INSET, height: CHILD_HEIGHT };
            board.place(*child, Shape::Child, rect);
            child_y += CHILD_HEIGHT + CHILD_GAP;
        }
        x += width + GAP;
    }
    board.y += height + GAP;
}

fn unscheduled(board: &mut Board) {
    let waiting = board.pods(|pod| pod.node.is_empty());
    let Some((home, _)) = waiting.first().copied() else { return };
    board.heading(Part::Unscheduled);
    let width = board.inner_width();
    let height = board.tiles_height(&waiting, width);
    board.place_tiles(home, &waiting, Rect { x: MARGIN, y: board.y, width, height });
    board.y += height + PART_GAP;
}

/// A machine with the Pods drawn on it.
type Machine<'a> = (Id, Vec<(Id, &'a Pod)>);

fn machines(board: &mut Board) {
    let nodes = board.cluster.nodes_in_order();
    let several = nodes.len() > 1;
    let carried = |node: &Node| board.pods(|pod| pod.node == node.name);
    // A control plane that carries nothing of the learner's is a slim band.
    let (mut bands, mut boxes) = (Vec::<Machine>::new(), Vec::<Machine>::new());
    for (id, node) in nodes {
        let pods = carried(node);
        let is_band = several && node.control_plane && pods.is_empty();
        if is_band { &mut bands } else { &mut boxes }.push((id, pods));
    }
    let width = board.inner_width();
    place_machines(board, &bands, width);
    place_machines(board, &boxes, CARD_WIDTH);
}

fn place_machines(board: &mut Board, machines: &[Machine], least: f64) {
    let (count, width) = columns(board.inner_width(), least, machines.len());
    for row in machines.chunks(count) {
        let inner = width - 2.0 * INSET;
        let tiles = row.iter().map(|(_, pods)| board.tiles_height(pods, inner)).fold(0.0, f64::max);
        let height = NODE_HEADER + if tiles > 0.0 { tiles + INSET } else { 0.0 };
        let mut x = MARGIN;
        for (id, pods) in row {
            board.place(*id, Shape::Node, Rect { x, y: board.y, width, height });
            let area = Rect { x: x + INSET, y: board.y + NODE_HEADER, width: inner, height: tiles };
            board.place_tiles(*id, pods, area);
            x += width + GAP;
        }
        board.y += height + GAP;
    }
}

/// Lines from Services to the Pods behind them.
pub(super) fn serving(board: &Board) -> Vec<(Id, Id, EdgeKind)> {
    let mut lines = Vec::new();
    for (id, service) in &board.cluster.services {
        for endpoint in board.cluster.endpoints_of(service) {
            let Some(pod) = endpoint.pod else { continue };
            let kind = if endpoint.ready { EdgeKind::Serves } else { EdgeKind::Waits };
            lines.push((*id, pod, kind));
        }
    }
    lines
}
