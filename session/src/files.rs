//! The files of a session: the editor's tabs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use podyard_kubectl::host::{FileError, Forward, Host, Told};
use podyard_kubectl::transport::LocalFuture;

use crate::forwards::Forwards;
use crate::stdin::Stdin;

/// Files by name, shared by the machine and its command lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Files(Rc<RefCell<BTreeMap<String, Rc<str>>>>);

impl Files {
    pub(crate) fn set(&self, name: &str, text: Option<&str>) {
        let mut files = self.0.borrow_mut();
        match text {
            Some(text) => files.insert(name.to_owned(), text.into()),
            None => files.remove(name),
        };
    }

    pub(crate) fn snapshot(&self) -> BTreeMap<String, String> {
        let files = self.0.borrow();
        files.iter().map(|(name, text)| (name.clone(), text.to_string())).collect()
    }

    /// The same files, of which each may change without the other.
    pub(crate) fn copy(&self) -> Self {
        Self(Rc::new(RefCell::new(self.0.borrow().clone())))
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
#[derive(Clone)]
pub(crate) struct Computer {
    pub(crate) files: Files,
    /// What is typed, or comes in through a pipe or a here-document.
    pub(crate) stdin: Stdin,
    /// The ports that are listened on.
    pub(crate) forwards: Forwards,
}

impl Host for Computer {
    fn read_file(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let path = normal(path);
        let files = self.files.0.borrow();
        if let Some(text) = files.get(&path) {
            return Ok(text.as_bytes().to_vec());
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
        self.stdin.read_all()
    }

    fn type_ahead(&self) -> LocalFuture<'_, Option<Vec<u8>>> {
        self.stdin.read_some()
    }

    fn stdin_is_terminal(&self) -> bool {
        self.stdin.is_terminal()
    }

    fn set_raw(&self, raw: bool) {
        self.stdin.set_raw(raw);
    }

    fn forward<'a>(
        &'a self,
        forward: &'a Forward,
        told: &'a dyn Fn(Told),
    ) -> LocalFuture<'a, Result<(), String>> {
        self.forwards.listen(forward, told)
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
