//! The files of a session: the editor's tabs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::task::Poll;

use podyard_kubectl::host::{FileError, Host};
use podyard_kubectl::transport::LocalFuture;

/// Files by name, shared by the machine and its command lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Files(Rc<RefCell<BTreeMap<String, String>>>);

impl Files {
    pub(crate) fn set(&self, name: &str, text: Option<&str>) {
        let mut files = self.0.borrow_mut();
        match text {
            Some(text) => files.insert(name.to_owned(), text.to_owned()),
            None => files.remove(name),
        };
    }

    pub(crate) fn snapshot(&self) -> BTreeMap<String, String> {
        self.0.borrow().clone()
    }
}

/// `./a/../b` is `b`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    parts.join("/")
}

/// What a command line finds when it looks around.
#[derive(Debug, Clone)]
pub(crate) struct Computer {
    pub(crate) files: Files,
    /// What comes in through a pipe or a here-document.
    pub(crate) stdin: Stdin,
}

/// A standard input: a terminal until a pipe is found to be there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stdin(Rc<RefCell<Input>>);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Input {
    #[default]
    Terminal,
    Open(Vec<u8>),
    Closed(Vec<u8>),
}

impl Stdin {
    /// Whether nothing is piped in.
    pub(crate) fn is_terminal(&self) -> bool {
        *self.0.borrow() == Input::Terminal
    }

    /// A pipe is there.
    pub(crate) fn open(&self) {
        *self.0.borrow_mut() = Input::Open(Vec::new());
    }

    /// Something came through it.
    pub(crate) fn push(&self, bytes: &[u8]) {
        if let Input::Open(own) = &mut *self.0.borrow_mut() {
            own.extend_from_slice(bytes);
        }
    }

    /// Its end has come.
    pub(crate) fn close(&self) {
        let mut input = self.0.borrow_mut();
        if let Input::Open(own) = &mut *input {
            *input = Input::Closed(std::mem::take(own));
        }
    }
}

impl Host for Computer {
    fn read_file(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let path = normal(path);
        let files = self.files.0.borrow();
        if let Some(text) = files.get(&path) {
            return Ok(text.clone().into_bytes());
        }
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let is_directory = files.keys().any(|name| name.starts_with(&prefix)) || path.is_empty();
        Err(if is_directory { FileError::IsDirectory } else { FileError::NotFound })
    }

    fn list_directory(&self, path: &str) -> Result<Vec<String>, FileError> {
        let path = normal(path);
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let files = self.files.0.borrow();
        let inside = files.keys().filter_map(|name| name.strip_prefix(prefix.as_str()));
        let mut names: Vec<String> =
            inside.map(|name| name.split('/').next().unwrap_or(name).to_owned()).collect();
        names.dedup();
        if names.is_empty() && !path.is_empty() { Err(FileError::NotFound) } else { Ok(names) }
    }

    fn write_file(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.files.set(&normal(path), Some(&String::from_utf8_lossy(bytes)));
        Ok(())
    }

    fn read_stdin(&self) -> LocalFuture<'_, Vec<u8>> {
        Box::pin(std::future::poll_fn(|_| match &*self.stdin.0.borrow() {
            Input::Terminal => Poll::Ready(Vec::new()),
            Input::Open(_) => Poll::Pending,
            Input::Closed(bytes) => Poll::Ready(bytes.clone()),
        }))
    }

    fn type_ahead(&self) -> LocalFuture<'_, Option<Vec<u8>>> {
        Box::pin(std::future::ready(None))
    }

    fn stdin_is_terminal(&self) -> bool {
        self.stdin.is_terminal()
    }

    fn variable(&self, _name: &str) -> Option<String> {
        None
    }

    fn edit<'a>(
        &'a self,
        _editor: &'a str,
        name: &'a str,
        text: &'a str,
    ) -> LocalFuture<'a, Result<String, String>> {
        // The text becomes a file, which the person changes in the editor.
        self.files.set(name, Some(text));
        Box::pin(std::future::ready(Err(format!(
            "the object is open in the editor as {name}: change it there and run \
             `kubectl replace -f {name}`"
        ))))
    }
}
