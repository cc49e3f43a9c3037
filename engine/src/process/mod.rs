//! A very small operating system: processes, pipes, files and signals under
//! simulated time.
//!
//! [`Processes`] is the process table of one container (or of the page's
//! terminal). It holds no clock: whoever owns it calls [`Processes::run`] with
//! the time, asks [`Processes::next_wake`] when to come again, carries out the
//! [`NetRequest`]s it takes from it and hands the [`NetAnswer`]s back. A
//! running program is a value that implements [`Program`]: it runs until it
//! must wait, says for what, and can be cloned at any moment.

mod descriptor;
mod entry;
mod files;
mod kernel;
mod net;
mod owner;
mod program;
mod table;
mod terminal;
mod volume;

pub use self::descriptor::{Descriptor, Pipe, Read, Sink};
pub use self::entry::{Device, Entry, Executable, Family, Kind, Layer};
pub use self::files::{FileError, FileSystem, Files, Mount, parent};
pub use self::kernel::{CommandError, Kernel};
pub use self::net::{
    HttpRequest, HttpResponse, NetAnswer, NetError, NetRequest, Record, RecordKind, Reply,
};
pub use self::program::{Foreign, Pid, Program, Programs, Served, Signal, Step, Wait};
pub use self::table::{Ended, Process, Processes, RequestId, Spawn};
pub use self::terminal::{Terminal, Typed, shown};
pub use self::volume::{ShownFile, Volume, VolumeId, Volumes};

/// A file's contents or a message's body, shared until written.
pub type Bytes = std::sync::Arc<Vec<u8>>;
