//! The Traffic picture: who is outside on the left, then the doors into the
//! cluster, the Services, and the Pods that answer on the right.
//!
//! Lines run in lanes of their own: along a trunk beside the Pods, then above
//! each row of them, and down into one. So none crosses another Pod's card.

use podyard_engine::view::{Id, Service};

use super::board::{Board, GAP, MARGIN, PART_GAP, to_f64};
use super::{EdgeKind, Key, Part, Rect, Scene, Shape};

const OUTSIDE_WIDTH: f64 = 74.0;
const DOOR_WIDTH: f64 = 132.0;
const DOOR_HEIGHT: f64 = 32.0;
/// A load balancer says its address too.
const BALANCER_HEIGHT: f64 = 42.0;
const DOOR_GAP: f64 = 6.0;
const SERVICE_WIDTH: f64 = 176.0;
const SERVICE_HEIGHT: f64 = 60.0;
/// Room for lines between columns.
const LANE: f64 = 26.0;
/// Room for a line above each row of Pods.
const RAIL: f64 = 10.0;
/// Below this width the columns stand one above the other.
const SIDE_BY_SIDE_FROM: f64 = 640.0;
/// The height of the card for everything outside, where it stands on top.
const OUTSIDE_HEIGHT: f64 = 40.0;
/// More nodes than these do not each show their door.
const MAX_DOORS: usize = 6;

pub(super) fn lay_out(mut board: Board) -> Scene {
    let wide = board.frame.width >= SIDE_BY_SIDE_FROM;
    let services = board.services();
    let (top, inner) = (board.y, board.inner_width());
    let outside_width = if wide { OUTSIDE_WIDTH } else { inner };
    let outside = Rect { x: MARGIN, y: top, width: outside_width, height: OUTSIDE_HEIGHT };
    board.place(Key::Outside, Shape::Outside, outside);
    if !wide {
        board.y += OUTSIDE_HEIGHT + PART_GAP;
    }
    for (id, service) in services {
        if wide {
            row(&mut board, id, service);
        } else {
            stack(&mut board, id, service);
        }
        board.y += PART_GAP;
    }
    if wide {
        // What is outside stands beside everything.
        let height = (board.y - PART_GAP - top).max(SERVICE_HEIGHT * 2.0);
        let rect = Rect { height, ..outside };
        board.scene.shapes.insert(Key::Outside, (Shape::Outside, rect));
        board.y = board.y.max(top + height);
    }
    clients(&mut board);
    board.finish()
}

/// Pods that no Service leads to; requests may begin there.
fn clients(board: &mut Board) {
    board.scene.stand_ins.sort();
    let pods = board.cluster.pods.iter();
    let pods = pods.filter(|(id, pod)| {
        board.shows(&pod.namespace)
            && !board.scene.shapes.contains_key(&Key::Object(**id))
            && board.scene.stand_ins.of(**id).is_none()
    });
    let pods: Vec<Id> = pods.map(|(id, _)| *id).collect();
    let Some(home) = pods.first().copied() else { return };
    board.y += PART_GAP;
    board.heading(Part::Clients);
    let tiles = board.tiles_of(home, &pods);
    let width = board.inner_width();
    let height = board.tiles_height(&tiles, width);
    board.place_tiles(None, tiles, Rect { x: MARGIN, y: board.y, width, height }, 0.0);
    board.y += height;
}

/// A door into the cluster.
struct Doors {
    balancer: Option<Key>,
    nodes: Vec<Key>,
}

fn doors_of(board: &Board, id: Id, service: &Service) -> Doors {
    let balancer = (service.kind == "LoadBalancer").then_some(Key::Balancer(id));
    let port = service.ports.iter().find_map(|port| u16::try_from(port.node_port).ok());
    let nodes = board.cluster.nodes_in_order();
    // Of many nodes the first stands for all.
    let shown = if nodes.len() > MAX_DOORS { 1 } else { nodes.len() };
    let port = port.filter(|port| *port > 0);
    let doors =
        port.map(|port| nodes.iter().take(shown).map(move |(node, _)| Key::Door(*node, port)));
    Doors { balancer, nodes: doors.into_iter().flatten().collect() }
}

/// One Service as a row, from left to right.
fn row(board: &mut Board, id: Id, service: &Service) {
    let doors = doors_of(board, id, service);
    let top = board.y;
    let door_x = MARGIN + OUTSIDE_WIDTH + LANE;
    let service_x = door_x + DOOR_WIDTH + LANE;
    let pods_x = service_x + SERVICE_WIDTH + LANE;
    let pods_width = MARGIN + board.inner_width() - pods_x;

    let key = Key::Object(id);
    let card = Rect { x: service_x, y: top, width: SERVICE_WIDTH, height: SERVICE_HEIGHT };
    board.place(key, Shape::Service, card);
    place_doors(board, &doors, (door_x, top), (key, card));
    let doors_end = board.y;
    board.y = top;
    endpoints(board, (id, service), card, (pods_x, pods_width));
    board.y = board.y.max(doors_end).max(card.bottom());
}

/// The doors of a Service, one below the other, with the lines to and from
/// them.
fn place_doors(
    board: &mut Board,
    doors: &Doors,
    (x, top): (f64, f64),
    (owner, service): (Key, Rect),
) {
    let (mut y, mut indent) = (top, 0.0);
    let from = MARGIN + OUTSIDE_WIDTH;
    if let Some(key) = doors.balancer {
        let rect = Rect { x, y, width: DOOR_WIDTH, height: BALANCER_HEIGHT };
        board.place(key, Shape::Balancer, rect);
        board.belongs(key, Key::Outside);
        board.connect(
            (Key::Outside, key),
            EdgeKind::Serves,
            vec![(from, rect.centre().1), (x, rect.centre().1)],
        );
        y += BALANCER_HEIGHT + DOOR_GAP;
        indent = 14.0;
    }
    for key in &doors.nodes {
        let rect = Rect { x: x + indent, y, width: DOOR_WIDTH - indent, height: DOOR_HEIGHT };
        board.place(*key, Shape::Door, rect);
        let middle = rect.centre().1;
        if let Some(balancer) = doors.balancer {
            board.belongs(*key, balancer);
            let stem = x + indent / 2.0;
            let points = vec![(stem, top + BALANCER_HEIGHT), (stem, middle), (rect.x, middle)];
            board.connect((balancer, *key), EdgeKind::Serves, points);
        } else {
            board.belongs(*key, Key::Outside);
            let points = vec![(from, middle), (rect.x, middle)];
            board.connect((Key::Outside, *key), EdgeKind::Serves, points);
        }
        let (bend, end) = (x + DOOR_WIDTH + LANE / 2.0, service.centre().1);
        let points = vec![(rect.right(), middle), (bend, middle), (bend, end), (service.x, end)];
        board.connect((*key, owner), EdgeKind::Serves, points);
        y += DOOR_HEIGHT + DOOR_GAP;
    }
    board.y = if y > top { y - DOOR_GAP } else { y };
}

/// The Pods behind a Service, each with its line.
fn endpoints(board: &mut Board, (id, service): (Id, &Service), card: Rect, (x, width): (f64, f64)) {
    let ends: Vec<(Id, bool)> = board
        .cluster
        .endpoints_of(service)
        .into_iter()
        .filter_map(|end| {
            Some((end.pod.filter(|pod| board.cluster.pods.contains_key(pod))?, end.ready))
        })
        .collect();
    let pods: Vec<Id> = in_slots(board, ends.iter().map(|(pod, _)| *pod).collect());
    let tiles = board.tiles_of(id, &pods);
    let rows = board.tile_rows(&tiles, width);
    let top = board.y;
    let area = Rect { x, y: top + RAIL, width, height: 0.0 };
    let height = board.tiles_height(&tiles, width) + to_f64(rows) * RAIL;
    let key = Key::Object(id);
    let placed = board.place_tiles(Some(key), tiles, area, RAIL);
    let beside = x > card.right();
    let (start_x, start_y) =
        if beside { (card.right(), card.centre().1) } else { (card.x + 14.0, card.bottom()) };
    let trunk = if beside { x - LANE / 2.0 } else { start_x };
    for (tile, rect) in placed {
        let ready = match tile {
            Key::Object(pod) => ends.iter().any(|(own, ready)| *own == pod && *ready),
            _ => true,
        };
        let kind = if ready { EdgeKind::Serves } else { EdgeKind::Waits };
        let (drop_x, rail) = (rect.x + 14.0, rect.y - RAIL / 2.0 - 1.0);
        let mut points = vec![
            (start_x, start_y),
            (trunk, start_y),
            (trunk, rail),
            (drop_x, rail),
            (drop_x, rect.y),
        ];
        points.dedup();
        board.connect((key, tile), kind, points);
    }
    board.y = top + if rows > 0 { height } else { 0.0 };
}

/// Endpoints in the order of their slots with their owners, which does not
/// change while they live.
fn in_slots(board: &Board, mut pods: Vec<Id>) -> Vec<Id> {
    pods.sort_unstable();
    pods.dedup();
    // A Pod behind two Services is drawn once, with the first.
    pods.retain(|pod| !board.scene.shapes.contains_key(&Key::Object(*pod)));
    pods
}

/// One Service where there is no room for columns: its doors above it, its
/// Pods below.
fn stack(board: &mut Board, id: Id, service: &Service) {
    let doors = doors_of(board, id, service);
    let (inner, key) = (board.inner_width(), Key::Object(id));
    let gates: Vec<(Key, Shape)> = doors
        .balancer
        .iter()
        .map(|key| (*key, Shape::Balancer))
        .chain(doors.nodes.iter().map(|key| (*key, Shape::Door)))
        .collect();
    let per_row = to_f64(gates.len().clamp(1, 2));
    let width = (inner - DOOR_GAP * (per_row - 1.0)) / per_row;
    for pair in gates.chunks(2) {
        let is_tall = pair.iter().any(|(_, shape)| *shape == Shape::Balancer);
        let height = if is_tall { BALANCER_HEIGHT } else { DOOR_HEIGHT };
        let mut x = MARGIN;
        for (key, shape) in pair {
            board.place(*key, *shape, Rect { x, y: board.y, width, height });
            board.belongs(*key, Key::Outside);
            x += width + DOOR_GAP;
        }
        board.y += height + DOOR_GAP;
    }
    let card = Rect { x: MARGIN, y: board.y, width: inner, height: SERVICE_HEIGHT };
    board.place(key, Shape::Service, card);
    board.y = card.bottom() + GAP / 2.0;
    let indent = 28.0;
    endpoints(board, (id, service), card, (MARGIN + indent, inner - indent));
}
