//! The cluster's kubelets, and who of them has something to do next.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::Included;
use std::ops::{Deref, DerefMut};

use crate::kubelet::Kubelet;
use crate::sim::Time;
use crate::value::Str;

/// The kubelets by the names of their nodes.
///
/// Of thousands of nodes few have something to do at any instant, so each is
/// noted with its next one.
#[derive(Clone, Default)]
pub(super) struct Kubelets {
    all: BTreeMap<Str, Entry>,
    wakes: Wakes,
}

type Wakes = BTreeSet<(Time, Str)>;

#[derive(Clone)]
struct Entry {
    kubelet: Kubelet,
    /// Where it stands among the wakes.
    noted: Option<Time>,
}

/// A kubelet for writing; notes its next wake when it is let go.
pub(super) struct KubeletMut<'a> {
    name: &'a Str,
    entry: &'a mut Entry,
    wakes: &'a mut Wakes,
}

impl Kubelets {
    pub(super) fn insert(&mut self, name: Str, kubelet: Kubelet) {
        self.all.insert(name.clone(), Entry { kubelet, noted: None });
        // Notes the wake.
        self.get_mut(&name);
    }

    pub(super) fn contains_key(&self, name: &str) -> bool {
        self.all.contains_key(name)
    }

    /// The kubelet of one node.
    pub(super) fn get_mut(&mut self, name: &str) -> Option<KubeletMut<'_>> {
        let (name, entry) =
            self.all.range_mut::<str, _>((Included(name), Included(name))).next()?;
        Some(KubeletMut { name, entry, wakes: &mut self.wakes })
    }

    /// The kubelet of one node, for reading.
    pub(super) fn get(&self, name: &str) -> Option<&Kubelet> {
        self.all.get(name).map(|entry| &entry.kubelet)
    }

    /// The kubelets in the order of their names.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Str, &Kubelet)> {
        self.all.iter().map(|(name, entry)| (name, &entry.kubelet))
    }

    /// Changes each kubelet, in the order of their names.
    pub(super) fn each_mut(&mut self, mut act: impl FnMut(&mut Kubelet)) {
        for (name, entry) in &mut self.all {
            act(&mut KubeletMut { name, entry, wakes: &mut self.wakes });
        }
    }

    /// When the first of them has something to do.
    pub(super) fn next_wake(&self) -> Option<Time> {
        self.wakes.first().map(|(at, _)| *at)
    }

    /// The names of those that have something to do at `at`, in order.
    pub(super) fn due(&self, at: Time) -> Vec<Str> {
        let due = self.wakes.iter().take_while(|(own, _)| *own <= at);
        let mut names: Vec<Str> = due.map(|(_, name)| name.clone()).collect();
        names.sort();
        names
    }
}

impl Deref for KubeletMut<'_> {
    type Target = Kubelet;

    fn deref(&self) -> &Kubelet {
        &self.entry.kubelet
    }
}

impl DerefMut for KubeletMut<'_> {
    fn deref_mut(&mut self) -> &mut Kubelet {
        &mut self.entry.kubelet
    }
}

impl Drop for KubeletMut<'_> {
    fn drop(&mut self) {
        let next = self.entry.kubelet.next_wake();
        if next == self.entry.noted {
            return;
        }
        if let Some(noted) = self.entry.noted {
            self.wakes.remove(&(noted, self.name.clone()));
        }
        if let Some(next) = next {
            self.wakes.insert((next, self.name.clone()));
        }
        self.entry.noted = next;
    }
}
