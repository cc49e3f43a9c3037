//! Getting images: which are on the node, how long others take to come, and
//! what is told of it.
//!
//! Source: upstream `pkg/kubelet/images/image_manager.go` and `puller.go`: a
//! node gets one image after the other (`serializeImagePulls`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::node::Node;
use super::sync::{CREATE, go_duration};
use super::unit::Trouble;
use super::worker::{Step, Worker};
use crate::images::{Catalogue, Image, PullError, Reference};
use crate::sim::{Delay, Random, Time};

/// Learning from a registry that there is no such image.
const RESOLVE: Delay = Delay::millis(1_200);

/// How fast images come to the nodes.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// What each pull takes, whatever its size.
    pub least: Delay,
    /// How many bytes come in a second after that; none where size does not matter.
    pub bytes_a_sec: Option<u64>,
}

/// The images of one node.
#[derive(Debug, Clone)]
pub(super) struct Images {
    present: BTreeMap<String, Arc<Image>>,
    /// What was ever asked for: what is there need not come again.
    asked: BTreeSet<String>,
    line: Line,
    /// When the pulls that were asked for have ended.
    busy_until: Time,
}

/// An image under way.
#[derive(Debug, Clone)]
pub(super) struct Arrival {
    name: String,
    image: Arc<Image>,
    /// What is told when it is there.
    message: String,
}

impl Images {
    pub(super) fn new(line: Line) -> Self {
        Self { present: BTreeMap::new(), asked: BTreeSet::new(), line, busy_until: Time::default() }
    }

    /// The image of that name, if it is on the node.
    pub(super) fn get(&self, reference: &Reference) -> Option<&Arc<Image>> {
        self.present.get(&reference.to_string())
    }

    /// Puts images on the node that somebody pulled earlier.
    pub(super) fn preload(&mut self, names: &[&str], catalogue: &mut Catalogue) {
        for reference in names.iter().filter_map(|name| Reference::parse(name).ok()) {
            if let Ok(image) = catalogue.lookup(&reference) {
                self.asked.insert(reference.to_string());
                self.present.insert(reference.to_string(), image);
            }
        }
    }

    /// How long the pull of an image takes by itself.
    fn duration(&self, name: &str, size: u64, random: &mut Random) -> Delay {
        let bytes = match self.line.bytes_a_sec {
            Some(speed) if !self.asked.contains(name) => size.saturating_mul(1_000) / speed,
            _ => 0,
        };
        // One in three takes a millisecond longer, as measured.
        let uneven = i64::from(random.below(3) == 0);
        self.line.least + Delay::millis(i64::try_from(bytes).unwrap_or(i64::MAX) + uneven)
    }

    /// Queues a pull that takes so long: how long it is until it ends.
    fn queue(&mut self, took: Delay, now: Time) -> Delay {
        self.busy_until = self.busy_until.max(now) + took;
        self.busy_until.since(now)
    }
}

impl Worker {
    /// Looks for the image of a container, and begins to pull it where that is wanted.
    pub(super) fn pull(&mut self, index: usize, node: &mut Node<'_>) -> Delay {
        let image = self.container(index)["image"].text().to_owned();
        let policy = self.container(index)["imagePullPolicy"].text().to_owned();
        let reference = match Reference::parse(&image) {
            Ok(reference) => reference,
            Err(why) => {
                let message = format!("Failed to apply default image tag \"{image}\": {why}");
                self.warn(index, "InspectFailed", message.clone(), node);
                self.warn(index, "Failed", "Error: InvalidImageName".to_owned(), node);
                return self.give_up(index, Trouble { reason: "InvalidImageName", message });
            }
        };
        if node.images.get(&reference).is_some() && policy != "Always" {
            let message = format!("Container image \"{image}\" already present on machine");
            self.note(index, "Pulled", message, node);
            return CREATE;
        }
        if policy == "Never" {
            let message =
                format!("Container image \"{image}\" is not present with pull policy of Never");
            self.warn(index, "ErrImageNeverPull", message.clone(), node);
            self.warn(index, "Failed", "Error: ErrImageNeverPull".to_owned(), node);
            return self.give_up(index, Trouble { reason: "ErrImageNeverPull", message });
        }
        if self.is_pull_held(index, node) {
            return self.hold_pull(index, &image, node);
        }
        self.note(index, "Pulling", format!("Pulling image \"{image}\""), node);
        self.begin_pull(index, &image, &reference, node)
    }

    fn is_pull_held(&self, index: usize, node: &Node<'_>) -> bool {
        let pull = self.units.get(index).map(|unit| &unit.pull);
        pull.is_some_and(|pull| pull.holds(pull.since(), node.now()))
    }

    /// The last pull failed a short while ago: the next waits.
    fn hold_pull(&mut self, index: usize, image: &str, node: &mut Node<'_>) -> Delay {
        let trouble = self.units.get(index).and_then(|unit| unit.trouble.as_ref());
        let failure = trouble.map_or("", |own| own.message.as_str());
        let message = failure.strip_prefix("Back-off pulling image").map_or_else(
            || format!("Back-off pulling image \"{image}\": ErrImagePull: {failure}"),
            |rest| format!("Back-off pulling image{rest}"),
        );
        self.note(index, "BackOff", format!("Back-off pulling image \"{image}\""), node);
        self.warn(index, "Failed", "Error: ImagePullBackOff".to_owned(), node);
        self.give_up(index, Trouble { reason: "ImagePullBackOff", message })
    }

    fn begin_pull(
        &mut self,
        index: usize,
        image: &str,
        reference: &Reference,
        node: &mut Node<'_>,
    ) -> Delay {
        let now = node.now();
        match node.catalogue.lookup(reference) {
            Ok(found) => {
                let (name, size) = (reference.to_string(), found.size);
                let took = node.images.duration(&name, size, node.random);
                node.images.asked.insert(name.clone());
                let waited = node.images.queue(took, now);
                let message = format!(
                    "Successfully pulled image \"{image}\" in {} ({} including waiting). Image \
                     size: {size} bytes.",
                    go_duration(took),
                    go_duration(waited)
                );
                self.pulled = Some((index, Arrival { name, image: found, message }));
                waited
            }
            Err(error) => {
                self.failing = Some(error);
                self.steps.push_front(Step::Fail(index));
                node.images.queue(RESOLVE, now)
            }
        }
    }

    /// A pull has failed: the next try waits.
    pub(super) fn pull_failed(&mut self, index: usize, node: &mut Node<'_>) -> Delay {
        let now = node.now();
        let image = self.container(index)["image"].text().to_owned();
        let Some(error): Option<PullError> = self.failing.take() else { return Delay::ZERO };
        if let Some(unit) = self.units.get_mut(index) {
            unit.pull.fail(now);
        }
        let message = format!("Failed to pull image \"{image}\": {error}");
        self.warn(index, "Failed", message, node);
        self.warn(index, "Failed", "Error: ErrImagePull".to_owned(), node);
        let message = error.to_string();
        self.give_up(index, Trouble { reason: "ErrImagePull", message })
    }

    /// The image of a container has come, if one was under way.
    pub(super) fn take_in_image(&mut self, index: usize, node: &mut Node<'_>) {
        if let Some((_, arrival)) = self.pulled.take_if(|(own, _)| *own == index) {
            node.images.present.insert(arrival.name, arrival.image);
            self.note(index, "Pulled", arrival.message, node);
        }
    }
}
