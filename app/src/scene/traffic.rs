//! The Traffic picture: Services on the left, the machines with the Pods that
//! answer on the right.

use super::board::{Board, GAP, INSET, MARGIN};
use super::cluster::{NODE_HEADER, SERVICE_HEIGHT, serving};
use super::{Part, Rect, Scene, Shape};

/// Room for requests to travel.
const LANE: f64 = 72.0;
/// Below this width the Services stand above the machines.
const SIDE_BY_SIDE_FROM: f64 = 560.0;

pub(super) fn lay_out(mut board: Board) -> Scene {
    let side_by_side = board.frame.width >= SIDE_BY_SIDE_FROM;
    let inner = board.inner_width();
    let service_width = if side_by_side { (inner * 0.34).clamp(190.0, 280.0) } else { inner };
    let node_x = if side_by_side { MARGIN + service_width + LANE } else { MARGIN };
    let node_width = MARGIN + inner - node_x;

    let top = board.y;
    services(&mut board, service_width);
    let services_end = board.y;
    if side_by_side {
        board.y = top;
    }
    machines(&mut board, node_x, node_width);
    board.y = board.y.max(services_end);
    let lines = serving(&board);
    board.finish(&lines)
}

fn services(board: &mut Board, width: f64) {
    let services =
        board.cluster.services.iter().filter(|(_, service)| board.shows_service(service));
    let mut services: Vec<_> = services.collect();
    services.sort_by_key(|(id, service)| (&service.namespace, &service.name, *id));
    if services.is_empty() {
        return;
    }
    board.heading(Part::Services);
    for (id, _) in services {
        board.place(
            *id,
            Shape::Service,
            Rect { x: MARGIN, y: board.y, width, height: SERVICE_HEIGHT },
        );
        board.y += SERVICE_HEIGHT + GAP;
    }
}

fn machines(board: &mut Board, x: f64, width: f64) {
    board.heading_at(Part::Nodes, x);
    for (id, node) in board.cluster.nodes_in_order() {
        let pods = board.pods(|pod| pod.node == node.name);
        if pods.is_empty() && node.control_plane {
            continue;
        }
        let inner = width - 2.0 * INSET;
        let tiles = board.tiles_height(&pods, inner);
        let height = NODE_HEADER + if tiles > 0.0 { tiles + INSET } else { 0.0 };
        board.place(id, Shape::Node, Rect { x, y: board.y, width, height });
        let area = Rect { x: x + INSET, y: board.y + NODE_HEADER, width: inner, height: tiles };
        board.place_tiles(id, &pods, area);
        board.y += height + GAP;
    }
    let waiting = board.pods(|pod| pod.node.is_empty());
    let Some((home, _)) = waiting.first().copied() else { return };
    board.heading_at(Part::Unscheduled, x);
    let height = board.tiles_height(&waiting, width);
    board.place_tiles(home, &waiting, Rect { x, y: board.y, width, height });
    board.y += height;
}
