//! Command lines that have begun and not ended. They are futures that wait for
//! simulated time, so whoever moves it polls them; nothing else wakes them.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::protocol::Call;

/// A command line on its way to an exit code.
pub(super) type Task = Pin<Box<dyn Future<Output = i32>>>;

/// All command lines that have not ended.
#[derive(Default)]
pub(super) struct Tasks(BTreeMap<Call, Task>);

impl Tasks {
    /// Takes a command line in.
    pub(super) fn add(&mut self, call: Call, task: Task) {
        self.0.insert(call, task);
    }

    /// Drops a command line where it stands; says whether it was there.
    pub(super) fn drop(&mut self, call: Call) -> bool {
        self.0.remove(&call).is_some()
    }

    /// Whether none is left.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Lets each go as far as it can; gives those that ended.
    pub(super) fn poll(&mut self) -> Vec<(Call, i32)> {
        let mut context = Context::from_waker(Waker::noop());
        let mut ended = Vec::new();
        for (call, task) in &mut self.0 {
            if let Poll::Ready(code) = task.as_mut().poll(&mut context) {
                ended.push((*call, code));
            }
        }
        for (call, _) in &ended {
            self.0.remove(call);
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_ends_when_what_it_waits_for_is_there() {
        let mut tasks = Tasks::default();
        let mut rounds = 0;
        tasks.add(
            Call(1),
            Box::pin(std::future::poll_fn(move |_| {
                rounds += 1;
                if rounds < 2 { Poll::Pending } else { Poll::Ready(3) }
            })),
        );
        assert_eq!(tasks.poll(), []);
        assert_eq!(tasks.poll(), [(Call(1), 3)]);
        assert!(tasks.is_empty());
    }
}
