//! What kubectl needs of the computer it runs on: files, standard input, the
//! environment and an editor. In the page, the editor's tabs are the files.

use crate::transport::LocalFuture;

/// The computer that kubectl runs on.
pub trait Host {
    /// Reads a file whole.
    fn read_file(&self, path: &str) -> Result<Vec<u8>, FileError>;

    /// The names in a directory, in byte order.
    fn list_directory(&self, path: &str) -> Result<Vec<String>, FileError>;

    /// Writes a file whole, making it and its directories where missing.
    fn write_file(&self, path: &str, bytes: &[u8]) -> Result<(), FileError>;

    /// Standard input up to its end.
    fn read_stdin(&self) -> LocalFuture<'_, Vec<u8>>;

    /// The next bytes a person types; `None` at the end of the input.
    fn type_ahead(&self) -> LocalFuture<'_, Option<Vec<u8>>>;

    /// Whether standard input is a terminal.
    fn stdin_is_terminal(&self) -> bool;

    /// Lets every key through as it is typed, unechoed, as a session with a
    /// terminal of its own needs; or lets the terminal gather lines again.
    fn set_raw(&self, raw: bool);

    /// A variable of the environment.
    fn variable(&self, name: &str) -> Option<String>;

    /// Listens on ports of this computer and carries what comes in to a Pod,
    /// until something ends that; `told` hears what happens meanwhile.
    fn forward<'a>(
        &'a self,
        forward: &'a Forward,
        told: &'a dyn Fn(Told),
    ) -> LocalFuture<'a, Result<(), String>> {
        let _ = (forward, told);
        Box::pin(std::future::ready(Err(
            "forwarding ports is not supported here: this kubectl has no sockets to listen on"
                .to_owned(),
        )))
    }

    /// Lets the person edit `text` as a file called `name` with `editor`;
    /// gives the text as saved.
    fn edit<'a>(
        &'a self,
        editor: &'a str,
        name: &'a str,
        text: &'a str,
    ) -> LocalFuture<'a, Result<String, String>>;
}

/// Ports of this computer that lead to a Pod's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forward {
    /// The Pod's namespace.
    pub namespace: String,
    /// The Pod's name.
    pub pod: String,
    /// The addresses to listen on.
    pub addresses: Vec<String>,
    /// The ports here, 0 for any, and the Pod's.
    pub ports: Vec<(u16, u16)>,
}

/// What happens while ports are forwarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// A port is listened on: address, port here and port there.
    Listening(String, u16, u16),
    /// Somebody has connected to this port.
    Handling(u16),
    /// A connection could not be carried on: port here, port there and why.
    Failed(u16, u16, String),
}

/// Why a file cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileError {
    /// There is no such file.
    NotFound,
    /// It is a directory.
    IsDirectory,
    /// Anything else, as `permission denied`.
    Other(String),
}

impl FileError {
    /// As the C library and Go word it.
    pub fn text(&self) -> &str {
        match self {
            Self::NotFound => "no such file or directory",
            Self::IsDirectory => "is a directory",
            Self::Other(text) => text,
        }
    }
}

/// Receives output as it is produced.
pub trait Output {
    /// Takes the next bytes.
    fn write(&self, bytes: &[u8]);
}

impl Output for std::cell::RefCell<Vec<u8>> {
    fn write(&self, bytes: &[u8]) {
        self.borrow_mut().extend_from_slice(bytes);
    }
}
