//! Moving through a picture with the arrow keys.

use podyard_engine::view::Id;

use super::{Rect, Scene};

/// An arrow key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// Upwards.
    Up,
    /// Downwards.
    Down,
}

/// The nearest thing in a direction. What lies straight ahead is nearer than
/// what lies aside.
pub(crate) fn neighbour(scene: &Scene, from: Id, direction: Direction) -> Option<Id> {
    let (_, start) = scene.shapes.get(&from)?;
    let others = scene.shapes.iter().filter(|(id, _)| **id != from);
    let ahead = others.filter_map(|(id, (_, rect))| {
        let (along, across) = offset(*start, *rect, direction);
        (along > 0.5).then_some((*id, along + 2.5 * across))
    });
    let nearest = ahead.min_by(|(_, a), (_, b)| a.total_cmp(b));
    nearest.map(|(id, _)| id)
}

/// How far `to` lies in the direction, and how far aside. Upper left corners
/// are compared, so that a card and the tiles in it are apart.
fn offset(from: Rect, to: Rect, direction: Direction) -> (f64, f64) {
    let (right, down) = (to.x - from.x, to.y - from.y);
    match direction {
        Direction::Left => (-right, down.abs()),
        Direction::Right => (right, down.abs()),
        Direction::Up => (-down, right.abs()),
        Direction::Down => (down, right.abs()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Shape;

    #[test]
    fn goes_to_what_lies_straight_ahead() {
        let mut scene = Scene::default();
        for (id, x, y) in [(0, 0.0, 0.0), (1, 100.0, 0.0), (2, 60.0, 80.0), (3, 0.0, 120.0)] {
            let rect = Rect { x, y, width: 50.0, height: 50.0 };
            scene.shapes.insert(Id(id), (Shape::Node, rect));
        }
        assert_eq!(neighbour(&scene, Id(0), Direction::Right), Some(Id(1)));
        assert_eq!(neighbour(&scene, Id(0), Direction::Down), Some(Id(3)));
        assert_eq!(neighbour(&scene, Id(0), Direction::Left), None);
        assert_eq!(neighbour(&scene, Id(3), Direction::Up), Some(Id(0)));
    }
}
