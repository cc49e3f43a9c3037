//! The way of a request through a picture.

use podyard_engine::view::Stop;

use super::Scene;

/// The way as an SVG path; none if it comes by fewer than two places that are
/// drawn. What comes from outside enters from the left.
pub(crate) fn way(scene: &Scene, stops: &[Stop]) -> Option<String> {
    let place = |stop: &Stop| match stop {
        Stop::Outside => None,
        Stop::Object(id) | Stop::Balancer(id) | Stop::Door(id, _) => {
            scene.shapes.get(id).map(|(_, rect)| rect.centre())
        }
    };
    let mut points: Vec<(f64, f64)> = stops.iter().filter_map(place).collect();
    if stops.first() == Some(&Stop::Outside) {
        let (_, y) = *points.first()?;
        points.insert(0, (0.0, y));
    }
    if points.len() < 2 {
        return None;
    }
    let line = |(index, (x, y)): (usize, &(f64, f64))| {
        format!("{}{x:.1} {y:.1}", if index == 0 { "M" } else { "L" })
    };
    Some(points.iter().enumerate().map(line).collect())
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
            scene.shapes.insert(Id(id), (Shape::Service, rect));
        }
        let stops = [Stop::Outside, Stop::Object(Id(1)), Stop::Object(Id(2))];
        assert_eq!(way(&scene, &stops).as_deref(), Some("M0.0 50.0L110.0 50.0L210.0 50.0"));
        assert_eq!(way(&scene, &[Stop::Object(Id(1)), Stop::Object(Id(9))]), None);
    }
}
