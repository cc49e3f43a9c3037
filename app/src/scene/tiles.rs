//! Rows of tiles: each Pod in its slot, or like Pods as one counted tile.

use std::collections::BTreeMap;

use podyard_engine::view::{Id, Pod, PodHealth};

use super::board::{Board, to_f64, whole};
use super::{Detail, Fold, Key, Rect, Shape};

/// Space between tiles.
const TILE_GAP: f64 = 6.0;
/// Tiles do not grow wider than this.
const WIDEST: f64 = 260.0;
/// More Pods than these in one home that are not well are folded all the
/// same, apart from those that are.
const MAX_SINGLE: usize = 120;

/// The tiles of one home, by slot.
#[derive(Debug, Clone, Default)]
pub(super) struct Tiles(Vec<(usize, Tile)>);

#[derive(Debug, Clone)]
enum Tile {
    Pod(Id),
    Fold(Key, Fold, Vec<Id>),
}

impl Board<'_> {
    /// The tiles of a machine: the learner's Pods, then the cluster's own.
    pub(super) fn tiles_of_node(&self, home: Id, name: &str) -> Tiles {
        let own = self.cluster.places.on(name, false);
        let system =
            if self.frame.system_shown { self.cluster.places.on(name, true) } else { Vec::new() };
        let behind = own.last().map_or(0, |(slot, _)| slot + 1);
        let system = system.into_iter().map(|(slot, id)| (slot + behind, id));
        self.tiles(home, own.into_iter().chain(system).collect())
    }

    /// The tiles of a workload, or of Pods without one.
    pub(super) fn tiles_of_owner(&self, home: Id, owner: Option<Id>) -> Tiles {
        let slots = self.cluster.places.of(owner);
        let is_drawn =
            |id: &Id| self.cluster.pods.get(id).is_some_and(|pod| self.shows(&pod.namespace));
        self.tiles(home, slots.into_iter().filter(|(_, id)| is_drawn(id)).collect())
    }

    /// The tiles of these Pods, one behind the other.
    pub(super) fn tiles_of(&self, home: Id, pods: &[Id]) -> Tiles {
        self.tiles(home, (0..).zip(pods.iter().copied()).collect())
    }

    fn tiles(&self, home: Id, slots: Vec<(u32, Id)>) -> Tiles {
        if !self.folds {
            let tile = |(slot, id)| (usize::try_from(slot).unwrap_or_default(), Tile::Pod(id));
            return Tiles(slots.into_iter().map(tile).collect());
        }
        let pods = slots.iter().filter_map(|(_, id)| Some((*id, &**self.cluster.pods.get(id)?)));
        let single = pods.clone().filter(|(_, pod)| !may_fold(pod)).count();
        let (mut folded, mut alone) = (BTreeMap::<Key, Vec<Id>>::new(), Vec::new());
        for (id, pod) in pods {
            if may_fold(pod) || single > MAX_SINGLE {
                let owner = pod.owner.unwrap_or(id);
                folded.entry(Key::Fold(home, owner, pod.health)).or_default().push(id);
            } else {
                alone.push(id);
            }
        }
        let folds = folded.into_iter().map(|(key, ids)| match (key, ids.as_slice()) {
            (_, [only]) => Tile::Pod(*only),
            (Key::Fold(_, _, health), _) => Tile::Fold(key, Fold { count: ids.len(), health }, ids),
            _ => Tile::Fold(key, Fold { count: ids.len(), health: PodHealth::Unknown }, ids),
        });
        Tiles(folds.chain(alone.into_iter().map(Tile::Pod)).enumerate().collect())
    }

    /// The height that tiles take in `width`.
    pub(super) fn tiles_height(&self, tiles: &Tiles, width: f64) -> f64 {
        let Some((last, _)) = tiles.0.last() else { return 0.0 };
        let (_, height) = least_size(self.detail);
        let rows = last / self.tiles_per_row(width) + 1;
        to_f64(rows) * (height + TILE_GAP) - TILE_GAP
    }

    /// Places tiles in their slots, row by row. Gives back what was placed.
    pub(super) fn place_tiles(
        &mut self,
        parent: Option<Key>,
        tiles: Tiles,
        area: Rect,
        row_gap: f64,
    ) -> Vec<(Key, Rect)> {
        let per_row = self.tiles_per_row(area.width);
        let (width, height) = self.tile_size(area.width);
        let mut placed = Vec::with_capacity(tiles.0.len());
        for (slot, tile) in tiles.0 {
            let (row, column) = (to_f64(slot / per_row), to_f64(slot % per_row));
            let x = area.x + column * (width + TILE_GAP);
            let y = area.y + row * (height + TILE_GAP + row_gap);
            let rect = Rect { x, y, width, height };
            let key = match tile {
                Tile::Pod(id) => {
                    let key = Key::Object(id);
                    self.place(key, Shape::Pod(self.detail), rect);
                    key
                }
                Tile::Fold(key, fold, ids) => {
                    self.place(key, Shape::Fold, rect);
                    self.scene.folds.insert(key, fold);
                    self.scene.stand_ins.extend(ids, key);
                    key
                }
            };
            if let Some(parent) = parent {
                self.belongs(key, parent);
            }
            placed.push((key, rect));
        }
        placed
    }

    /// How many rows the tiles take in `width`.
    pub(super) fn tile_rows(&self, tiles: &Tiles, width: f64) -> usize {
        tiles.0.last().map_or(0, |(last, _)| last / self.tiles_per_row(width) + 1)
    }

    fn tiles_per_row(&self, width: f64) -> usize {
        let (least, _) = least_size(self.detail);
        whole((width + TILE_GAP) / (least + TILE_GAP)).max(1)
    }

    /// Tiles with words grow to fill their row; smaller ones keep their size.
    fn tile_size(&self, width: f64) -> (f64, f64) {
        let (least, height) = least_size(self.detail);
        if matches!(self.detail, Detail::Short | Detail::Icon) {
            return (least, height);
        }
        let per_row = to_f64(self.tiles_per_row(width));
        let even = (width - TILE_GAP * (per_row - 1.0)) / per_row;
        (even.min(WIDEST), height)
    }
}

impl Tiles {
    /// Whether there is nothing to show.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether a Pod may be counted instead of drawn. One that is not well never
/// is; one that starts or goes as it should is counted apart.
fn may_fold(pod: &Pod) -> bool {
    matches!(
        pod.health,
        PodHealth::Running | PodHealth::Succeeded | PodHealth::Pending | PodHealth::Terminating
    )
}

fn least_size(detail: Detail) -> (f64, f64) {
    match detail {
        Detail::Rich => (118.0, 68.0),
        Detail::Full => (104.0, 50.0),
        Detail::Short => (70.0, 30.0),
        Detail::Icon => (26.0, 26.0),
    }
}
