//! The Cluster picture: what is wished for above, the machines that carry it
//! below.

use podyard_engine::view::{Id, Workload};

use super::board::{Board, GAP, INSET, MARGIN, PART_GAP, columns, to_f64};
use super::tiles::Tiles;
use super::{Key, Part, Rect, Scene, Shape};

/// The least width of a card.
const CARD_WIDTH: f64 = 216.0;
const ROOT_HEIGHT: f64 = 60.0;
const CHILD_HEIGHT: f64 = 30.0;
const CHILD_GAP: f64 = 4.0;
const SERVICE_HEIGHT: f64 = 60.0;
/// The height of a machine's name and capacity.
const NODE_HEADER: f64 = 60.0;
/// The height of a machine that carries nothing of the learner's.
const BAND_HEIGHT: f64 = 34.0;

pub(super) fn lay_out(mut board: Board) -> Scene {
    let mut cards: Vec<Card> = roots(&board);
    cards.extend(services(&board));
    let (count, width) = columns(board.inner_width(), CARD_WIDTH, cards.len());
    if !cards.is_empty() {
        board.heading(Part::Wishes);
    }
    for row in cards.chunks(count) {
        place_cards(&mut board, row, width);
    }
    if !cards.is_empty() {
        board.y += PART_GAP - GAP;
    }
    waiting(&mut board);
    if !board.cluster.nodes.is_empty() {
        board.heading(Part::Nodes);
        machines(&mut board);
    }
    board.finish()
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
                ROOT_HEIGHT + to_f64(rows) * (CHILD_HEIGHT + CHILD_GAP) + INSET - CHILD_GAP
            }
        }
    }
}

fn roots(board: &Board) -> Vec<Card> {
    let card = |(id, _): (Id, String)| {
        let children = board.cluster.children(id);
        let live =
            children.iter().enumerate().filter(|(index, (_, child))| *index == 0 || is_live(child));
        let children = live.map(|(_, (id, _))| *id).collect();
        Card { id, shape: Shape::Root, children }
    };
    board.roots().into_iter().map(card).collect()
}

/// Whether a revision still has or wants Pods.
pub(super) fn is_live(child: &Workload) -> bool {
    child.desired > 0 || child.current > 0
}

fn services(board: &Board) -> Vec<Card> {
    let services = board.services().into_iter();
    services.map(|(id, _)| Card { id, shape: Shape::Service, children: Vec::new() }).collect()
}

fn place_cards(board: &mut Board, row: &[Card], width: f64) {
    let height = row.iter().map(Card::height).fold(0.0, f64::max);
    let mut x = MARGIN;
    for card in row {
        let (y, key) = (board.y, Key::Object(card.id));
        board.place(key, card.shape, Rect { x, y, width, height });
        let mut child_y = y + ROOT_HEIGHT;
        for child in &card.children {
            let rect =
                Rect { x: x + INSET, y: child_y, width: width - 2.0 * INSET, height: CHILD_HEIGHT };
            board.place(Key::Object(*child), Shape::Child, rect);
            board.belongs(Key::Object(*child), key);
            child_y += CHILD_HEIGHT + CHILD_GAP;
        }
        x += width + GAP;
    }
    board.y += height + GAP;
}

/// Pods that no machine has taken yet.
fn waiting(board: &mut Board) {
    let system = board.frame.system_shown;
    let own = board.cluster.places.on("", false);
    let systems = if system { board.cluster.places.on("", true) } else { Vec::new() };
    let pods: Vec<Id> = own.into_iter().chain(systems).map(|(_, id)| id).collect();
    let Some(home) = pods.first().copied() else { return };
    let tiles = board.tiles_of(home, &pods);
    board.heading(Part::Unscheduled);
    let width = board.inner_width();
    let height = board.tiles_height(&tiles, width);
    board.place_tiles(None, tiles, Rect { x: MARGIN, y: board.y, width, height }, 0.0);
    board.y += height + PART_GAP;
}

/// A machine with the tiles on it.
type Machine = (Id, Tiles);

fn machines(board: &mut Board) {
    let nodes = board.cluster.nodes_in_order();
    let several = nodes.len() > 1;
    // A control plane that carries nothing of the learner's is a slim band.
    let (mut bands, mut boxes) = (Vec::<Machine>::new(), Vec::<Machine>::new());
    for (id, node) in nodes {
        let tiles = board.tiles_of_node(id, &node.name);
        let is_band = several && node.control_plane && tiles.is_empty();
        if is_band { &mut bands } else { &mut boxes }.push((id, tiles));
    }
    for (id, _) in bands {
        let rect = Rect { x: MARGIN, y: board.y, width: board.inner_width(), height: BAND_HEIGHT };
        board.place(Key::Object(id), Shape::Band, rect);
        board.y += BAND_HEIGHT + GAP;
    }
    place_machines(board, boxes);
}

fn place_machines(board: &mut Board, machines: Vec<Machine>) {
    let (count, width) = columns(board.inner_width(), CARD_WIDTH, machines.len());
    let inner = width - 2.0 * INSET;
    let heights: Vec<f64> = machines
        .chunks(count)
        .map(|row| {
            let tiles =
                row.iter().map(|(_, tiles)| board.tiles_height(tiles, inner)).fold(0.0, f64::max);
            NODE_HEADER + if tiles > 0.0 { tiles + INSET } else { 0.0 }
        })
        .collect();
    // Room that is left over is shared, so that the picture fills its pane.
    let needed: f64 = heights.iter().map(|height| height + GAP).sum();
    let spare = (board.frame.height - MARGIN + GAP - board.y - needed).max(0.0);
    let share = spare / to_f64(heights.len().max(1));
    let mut machines = machines.into_iter();
    for least in heights {
        let height = least + share;
        let mut x = MARGIN;
        for (id, tiles) in machines.by_ref().take(count) {
            let key = Key::Object(id);
            board.place(key, Shape::Node, Rect { x, y: board.y, width, height });
            let (x_in, y) = (x + INSET, board.y + NODE_HEADER);
            let area = Rect { x: x_in, y, width: inner, height: height - NODE_HEADER };
            board.place_tiles(Some(key), tiles, area, 0.0);
            x += width + GAP;
        }
        board.y += height + GAP;
    }
    board.y -= GAP;
}
