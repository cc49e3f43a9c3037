//! The computer under the native kubectl: its files, environment and editor.

use std::cell::{OnceCell, RefCell};
use std::future::poll_fn;
use std::io::{ErrorKind, IsTerminal as _, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};

use podyard_engine::wire::Chunk;
use podyard_kubectl::host::{FileError, Host};
use podyard_kubectl::transport::LocalFuture;

use super::reply::Incoming;

/// This computer.
#[derive(Default)]
pub(super) struct Computer {
    /// What is typed, once anybody asks for it.
    typed: OnceCell<Incoming>,
    /// How the terminal was set before every key was to go through.
    cooked: RefCell<Option<String>>,
}

/// Sets or asks the terminal that is standard input; none where it cannot be.
fn stty(words: &[&str]) -> Option<String> {
    let output = Command::new("stty").args(words).stdin(Stdio::inherit()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn worded(error: &std::io::Error) -> FileError {
    match error.kind() {
        ErrorKind::NotFound => FileError::NotFound,
        ErrorKind::IsADirectory => FileError::IsDirectory,
        ErrorKind::PermissionDenied => FileError::Other("permission denied".to_owned()),
        _ => FileError::Other(error.to_string()),
    }
}

impl Host for Computer {
    fn read_file(&self, path: &str) -> Result<Vec<u8>, FileError> {
        std::fs::read(path).map_err(|error| worded(&error))
    }

    fn list_directory(&self, path: &str) -> Result<Vec<String>, FileError> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(path).map_err(|error| worded(&error))? {
            let entry = entry.map_err(|error| worded(&error))?;
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    fn write_file(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        let path = Path::new(path);
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            std::fs::create_dir_all(parent).map_err(|error| worded(&error))?;
        }
        std::fs::write(path, bytes).map_err(|error| worded(&error))
    }

    fn read_stdin(&self) -> LocalFuture<'_, Vec<u8>> {
        Box::pin(async {
            let mut bytes = Vec::new();
            // What could be read before a failure is all there is.
            let _ = std::io::stdin().read_to_end(&mut bytes);
            bytes
        })
    }

    fn type_ahead(&self) -> LocalFuture<'_, Option<Vec<u8>>> {
        // Another thread reads, so that output goes on while nobody types.
        let typed = self.typed.get_or_init(|| {
            Incoming::read(|| {
                let mut buffer = [0; 4096];
                let count = std::io::stdin().read(&mut buffer)?;
                Ok(buffer.get(..count).filter(|bytes| !bytes.is_empty()).map(<[u8]>::to_vec))
            })
        });
        Box::pin(poll_fn(|context| {
            typed.poll(context).map(|chunk| match chunk {
                Chunk::Data(bytes) => Some(bytes),
                Chunk::Pending | Chunk::End => None,
            })
        }))
    }

    fn stdin_is_terminal(&self) -> bool {
        std::io::stdin().is_terminal()
    }

    fn set_raw(&self, raw: bool) {
        if raw {
            self.cooked.replace(stty(&["-g"]));
            stty(&["raw", "-echo"]);
        } else if let Some(cooked) = self.cooked.take() {
            stty(&[&cooked]);
        }
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn edit<'a>(
        &'a self,
        editor: &'a str,
        name: &'a str,
        text: &'a str,
    ) -> LocalFuture<'a, Result<String, String>> {
        Box::pin(async move {
            let path = std::env::temp_dir().join(format!("{}-{name}", std::process::id()));
            let shown = path.to_string_lossy().into_owned();
            std::fs::write(&path, text).map_err(|error| error.to_string())?;
            // A shell is asked only where there is something for it to read.
            let status = if editor.contains([' ', '"', '\'', '\\']) {
                Command::new("sh").args(["-c", &format!("{editor} \"$0\""), &shown]).status()
            } else {
                Command::new(editor).arg(&shown).status()
            };
            let status = status.map_err(|_| format!("unable to launch the editor {editor:?}"))?;
            if !status.success() {
                return Err(format!("there was a problem with the editor {editor:?}"));
            }
            let edited = std::fs::read_to_string(&path).map_err(|error| error.to_string());
            let _ = std::fs::remove_file(&path);
            edited
        })
    }
}
