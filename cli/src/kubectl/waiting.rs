//! Running a future on this thread, which sleeps while there is nothing to do.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

thread_local! {
    /// The nearest instant for which a sleeping future waits.
    static ALARM: Cell<Option<Instant>> = const { Cell::new(None) };
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs `future` to its end.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        ALARM.set(None);
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        match ALARM.get() {
            Some(alarm) => thread::park_timeout(alarm.saturating_duration_since(Instant::now())),
            None => thread::park(),
        }
    }
}

/// Waits for `length`.
pub(super) async fn sleep(length: Duration) {
    let end = Instant::now() + length;
    poll_fn(|_| {
        if Instant::now() >= end {
            return Poll::Ready(());
        }
        ALARM.set(Some(ALARM.get().map_or(end, |alarm| alarm.min(end))));
        Poll::Pending
    })
    .await;
}
