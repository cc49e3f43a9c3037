//! The standard input of a program that the terminal carries out itself.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::Poll;

use podyard_kubectl::transport::LocalFuture;

/// A standard input, shared by the program that reads it and by the command
/// line that brings it what it wants.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stdin {
    /// Whether it is the terminal's keyboard.
    terminal: bool,
    input: Rc<RefCell<Input>>,
}

#[derive(Debug, Default)]
struct Input {
    /// Whether the program takes every key as it comes, unechoed.
    raw: bool,
    /// Whether the program waits for more: nothing is taken out of a pipe, or
    /// off a keyboard, that nobody asked for.
    wanted: bool,
    bytes: VecDeque<u8>,
    ended: bool,
}

impl Stdin {
    /// A standard input; the terminal's keyboard, or something else.
    pub(crate) fn new(terminal: bool) -> Self {
        Self { terminal, ..Self::default() }
    }

    /// Whether it is the terminal's keyboard.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Whether keys are taken as they come.
    pub(crate) fn is_raw(&self) -> bool {
        self.input.borrow().raw
    }

    pub(crate) fn set_raw(&self, raw: bool) {
        self.input.borrow_mut().raw = raw;
    }

    /// Whether the program waits for more.
    pub(crate) fn is_wanted(&self) -> bool {
        self.input.borrow().wanted
    }

    /// Brings what was asked for.
    pub(crate) fn push(&self, bytes: &[u8]) {
        let mut input = self.input.borrow_mut();
        input.wanted = false;
        input.bytes.extend(bytes);
    }

    /// Its end has come.
    pub(crate) fn close(&self) {
        let mut input = self.input.borrow_mut();
        input.wanted = false;
        input.ended = true;
    }

    /// Everything up to the end.
    pub(crate) fn read_all(&self) -> LocalFuture<'_, Vec<u8>> {
        Box::pin(std::future::poll_fn(|_| {
            let mut input = self.input.borrow_mut();
            if input.ended {
                return Poll::Ready(input.bytes.drain(..).collect());
            }
            input.wanted = true;
            Poll::Pending
        }))
    }

    /// What comes next; none at the end.
    pub(crate) fn read_some(&self) -> LocalFuture<'_, Option<Vec<u8>>> {
        Box::pin(std::future::poll_fn(|_| {
            let mut input = self.input.borrow_mut();
            if !input.bytes.is_empty() {
                return Poll::Ready(Some(input.bytes.drain(..).collect()));
            }
            if input.ended {
                return Poll::Ready(None);
            }
            input.wanted = true;
            Poll::Pending
        }))
    }
}
