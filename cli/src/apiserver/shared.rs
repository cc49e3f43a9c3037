//! The cluster, shared by all connections.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use podyard_engine::cluster::{Cluster, ClusterOptions};
use podyard_engine::openapi::Descriptions;
use podyard_engine::wire::Request;
use tokio::sync::watch;

/// A handle to the one cluster of this process.
#[derive(Clone)]
pub(crate) struct Shared {
    cluster: Arc<Mutex<Cluster>>,
    /// Counts what has happened, so that open streams know when to look.
    moved: watch::Sender<u64>,
}

impl Shared {
    pub(crate) fn new(options: ClusterOptions) -> Self {
        let mut cluster = Cluster::new(options);
        cluster.set_descriptions(Descriptions::parse(&podyard_schema::descriptions()));
        let cluster = Arc::new(Mutex::new(cluster));
        Self { cluster, moved: watch::Sender::new(0) }
    }

    /// Does something with the cluster, and wakes who waits for changes.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Cluster) -> T) -> T {
        let result = act(&mut self.lock());
        self.moved.send_modify(|count| *count = count.wrapping_add(1));
        result
    }

    /// Lets as much simulated time pass as a request takes.
    pub(crate) async fn wait_for(&self, request: &Request) {
        let mut moved = self.subscribe();
        let began = self.look(|cluster| cluster.now());
        loop {
            moved.mark_unchanged();
            let waits = self.look(|cluster| cluster.now() < began + cluster.delay_of(request));
            if !waits || moved.changed().await.is_err() {
                return;
            }
        }
    }

    /// Looks at the cluster without waking anybody.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&mut Cluster) -> T) -> T {
        look(&mut self.lock())
    }

    /// Tells of every call of [`Shared::with`].
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.moved.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Cluster> {
        // A panic in one request must not end the others.
        self.cluster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
