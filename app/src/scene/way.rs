//! The course of lines, and the way of a request along them.

use podyard_engine::view::Stop;

use super::{Key, Scene};

/// How round the corners of a line are.
const ROUND: f64 = 5.0;

/// The way as an SVG path; none if it comes by fewer than two places that are
/// drawn. It follows the lines of the picture, and goes straight where there
/// is none. What comes from outside enters from the left.
pub(crate) fn way(scene: &Scene, stops: &[Stop]) -> Option<String> {
    let keys: Vec<Key> = stops.iter().filter_map(|stop| scene.key_of(*stop)).collect();
    let mut points = Vec::new();
    if stops.first() == Some(&Stop::Outside) && keys.first() != Some(&Key::Outside) {
        let (_, y) = scene.rect(*keys.first()?)?.centre();
        points.push((0.0, y));
    }
    let mut before: Option<Key> = None;
    for key in keys {
        if before == Some(key) {
            continue;
        }
        let edge = scene.edges.iter().find(|edge| Some(edge.from) == before && edge.to == key);
        match edge {
            Some(edge) => points.extend(edge.points.iter().copied()),
            None => points.push(scene.rect(key)?.centre()),
        }
        before = Some(key);
    }
    // It ends in the middle of the last thing, not at its edge.
    points.extend(before.and_then(|key| scene.rect(key)).map(super::Rect::centre));
    points.dedup();
    (points.len() > 1).then(|| sharp(&points))
}

fn sharp(points: &[(f64, f64)]) -> String {
    let line = |(index, (x, y)): (usize, &(f64, f64))| {
        format!("{}{x:.1} {y:.1}", if index == 0 { "M" } else { "L" })
    };
    points.iter().enumerate().map(line).collect()
}

/// A line with round corners, as an SVG path.
pub(crate) fn outline(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.iter().copied().enumerate() {
        let around =
            index.checked_sub(1).and_then(|before| points.get(before)).zip(points.get(index + 1));
        match around {
            Some((before, after)) => {
                let (ax, ay) = towards((x, y), *before);
                let (bx, by) = towards((x, y), *after);
                path.push_str(&format!("L{ax:.1} {ay:.1}Q{x:.1} {y:.1} {bx:.1} {by:.1}"));
            }
            None => {
                path.push_str(&format!("{}{x:.1} {y:.1}", if index == 0 { "M" } else { "L" }));
            }
        }
    }
    path
}

/// A point a little way from a corner to its neighbour.
fn towards((x, y): (f64, f64), (to_x, to_y): (f64, f64)) -> (f64, f64) {
    let (dx, dy) = (to_x - x, to_y - y);
    let length = dx.hypot(dy).max(0.01);
    let step = ROUND.min(length / 2.0) / length;
    (x + dx * step, y + dy * step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{Rect, Shape};
    use podyard_engine::view::Id;

    #[test]
    fn a_request_from_outside_enters_from_the_left() {
        let mut scene = Scene::default();
        for (id, x) in [(1, 100.0), (2, 200.0)] {
            let rect = Rect { x, y: 40.0, width: 20.0, height: 20.0 };
            scene.shapes.insert(Key::Object(Id(id)), (Shape::Service, rect));
        }
        let stops = [Stop::Outside, Stop::Object(Id(1)), Stop::Object(Id(2))];
        assert_eq!(way(&scene, &stops).as_deref(), Some("M0.0 50.0L110.0 50.0L210.0 50.0"));
        assert_eq!(way(&scene, &[Stop::Object(Id(1)), Stop::Object(Id(9))]), None);
    }

    #[test]
    fn a_line_has_round_corners() {
        let path = outline(&[(0.0, 0.0), (20.0, 0.0), (20.0, 20.0)]);
        assert_eq!(path, "M0.0 0.0L15.0 0.0Q20.0 0.0 20.0 5.0L20.0 20.0");
    }
}
