//! Moving through a picture with the arrow keys, as through a tree: right to
//! what belongs to it, left to what it belongs to, up and down along its
//! neighbours.

use super::{Key, Scene};

/// A key that moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// To what it belongs to, or where requests to it come from.
    Left,
    /// To what belongs to it, or where it sends requests.
    Right,
    /// To the one before.
    Up,
    /// To the one behind.
    Down,
    /// To the first of all.
    Home,
    /// To the last of all.
    End,
}

/// Where a key leads.
pub(crate) fn neighbour(scene: &Scene, from: Key, direction: Direction) -> Option<Key> {
    let at = scene.order.iter().position(|(key, _)| *key == from)?;
    let (_, depth) = *scene.order.get(at)?;
    match direction {
        Direction::Home => scene.order.first().map(|(key, _)| *key),
        Direction::End => scene.order.last().map(|(key, _)| *key),
        Direction::Right => {
            let below = scene.order.get(at + 1).filter(|(_, below)| *below > depth);
            let served = || scene.edges.iter().find(|edge| edge.from == from).map(|edge| edge.to);
            below.map(|(key, _)| *key).or_else(served)
        }
        Direction::Left => {
            let parent = scene.parents.get(&from).copied();
            let server = || scene.edges.iter().find(|edge| edge.to == from).map(|edge| edge.from);
            parent.filter(|key| scene.shapes.contains_key(key)).or_else(server)
        }
        Direction::Up => sibling(scene.order.iter().take(at).rev(), depth),
        Direction::Down => sibling(scene.order.iter().skip(at + 1), depth),
    }
}

/// The nearest of the same depth, or else what is nearest above that.
fn sibling<'a>(mut others: impl Iterator<Item = &'a (Key, u32)>, depth: u32) -> Option<Key> {
    others.find(|(_, own)| *own <= depth).map(|(key, _)| *key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use podyard_engine::view::Id;

    #[test]
    fn goes_through_the_tree() {
        let key = |id| Key::Object(Id(id));
        let mut scene = Scene::default();
        for (id, depth) in [(0, 1), (1, 2), (2, 2), (3, 1)] {
            scene.order.push((key(id), depth));
            scene
                .shapes
                .insert(key(id), (crate::scene::Shape::Node, crate::scene::Rect::default()));
        }
        scene.parents.extend([(key(1), key(0)), (key(2), key(0))]);
        let from = |id, direction| neighbour(&scene, key(id), direction);
        assert_eq!(from(0, Direction::Right), Some(key(1)));
        assert_eq!(from(2, Direction::Left), Some(key(0)));
        assert_eq!(from(1, Direction::Down), Some(key(2)));
        assert_eq!(from(0, Direction::Down), Some(key(3)));
        assert_eq!(from(2, Direction::Down), Some(key(3)));
        assert_eq!(from(3, Direction::Right), None);
    }
}
