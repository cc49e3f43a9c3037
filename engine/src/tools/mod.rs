//! The programs of containers and of the page's terminal: coreutils, text
//! filters, network clients, package managers, in GNU's and busybox' editions.
//!
//! Each is a small [`Program`] on the system calls of
//! [`process`](crate::process); [`Toolbox`] says which exist.

mod adapter;
mod arguments;
mod awk;
mod clock;
mod columns;
mod curl;
mod curl_output;
mod digest;
mod dns;
mod exchange;
mod filter;
mod find;
mod grep;
mod listing;
mod modes;
mod numbers;
mod packages;
mod paths;
mod pi;
mod probe;
mod sed;
mod sets;
mod signals;
mod sort;
mod stress;
mod system;
mod tail;
mod text;
mod url;
mod wait;
mod wget;
mod wrappers;

use std::sync::Arc;

use crate::process::{Executable, Family, Foreign, Layer, Program, Programs};
use crate::shell::{Dialect, Shell};

pub(crate) use self::clock::{format as format_time, http as http_date};
pub use self::digest::{hex, sha256};
pub(crate) use self::sets::built;
pub use self::sets::{Set, install};
pub use self::url::Url;

/// The programs that come with the simulation.
#[derive(Debug, Clone, Default)]
pub struct Toolbox {
    /// Programs by name that take precedence: the servers of images, the
    /// terminal's `kubectl`.
    more: Vec<(&'static str, Starter)>,
}

/// Makes a program that is started with a command line.
pub type Starter = fn(&[String], Family) -> Box<dyn Program>;

impl Toolbox {
    /// The same programs and one more, or another one under its name.
    #[must_use]
    pub fn with(mut self, name: &'static str, starter: Starter) -> Self {
        self.more.push((name, starter));
        self
    }

    /// The same programs and some that the owner of the process table runs.
    #[must_use]
    pub fn with_foreign(mut self, names: &[&'static str]) -> Self {
        self.more.extend(names.iter().map(|name| (*name, (|_, _| Box::new(Foreign)) as Starter)));
        self
    }

    /// To share between process tables.
    pub fn shared(self) -> Arc<dyn Programs> {
        Arc::new(self)
    }
}

impl Programs for Toolbox {
    fn load(&self, executable: &Executable, argv: &[String]) -> Option<Box<dyn Program>> {
        let name = &*executable.name;
        if let Some(server) = name.strip_prefix("entrypoint ") {
            return Some(wrappers::entrypoint(server));
        }
        let starter =
            self.more.iter().rev().find(|(own, _)| *own == name).map(|(_, starter)| *starter);
        starter.or_else(|| find(name)).map(|starter| starter(argv, executable.family))
    }
}

/// The program called `name`.
fn find(name: &str) -> Option<Starter> {
    if let Some(starter) = shells(name) {
        return Some(starter);
    }
    [
        text::find as fn(&str) -> Option<Starter>,
        listing::find,
        paths::find,
        system::find,
        wrappers::find,
        digest::find,
        clients,
        languages,
    ]
    .iter()
    .find_map(|group| group(name))
}

fn shells(name: &str) -> Option<Starter> {
    Some(match name {
        "bash" => |argv, _| Box::new(Shell::new(Dialect::Bash, argv)),
        "dash" => |argv, _| Box::new(Shell::new(Dialect::Dash, argv)),
        "ash" => |argv, _| Box::new(Shell::new(Dialect::Busybox, argv)),
        "sh" => |argv, family| {
            let dialect = if family == Family::Busybox { Dialect::Busybox } else { Dialect::Dash };
            Box::new(Shell::new(dialect, argv))
        },
        _ => return None,
    })
}

fn clients(name: &str) -> Option<Starter> {
    Some(match name {
        "curl" => curl::start,
        "wget" => wget::start,
        "nslookup-classic" => dns::classic,
        "nslookup" | "dig" | "host" | "getent" => dns::start,
        "ping" => probe::ping,
        "nc" | "ncat" | "netcat" | "telnet" => probe::connect,
        "redis-cli" => exchange::redis,
        "mysqladmin" | "mysql" | "psql" | "pg_isready" | "mongo" | "mongosh" => exchange::database,
        "apt-get" | "apt" | "apk" | "yum" => packages::start,
        _ => return None,
    })
}

fn languages(name: &str) -> Option<Starter> {
    Some(match name {
        "perl" => pi::start,
        "stress" | "stress-ng" | "vish-stress" => stress::start,
        "pause" => |_, _| Box::new(wait::Pause),
        _ => return None,
    })
}

/// A layer that holds the given sets of programs.
pub fn layer(sets: &[Set]) -> Arc<Layer> {
    let mut layer = Layer::new();
    for set in sets {
        sets::fill(&mut layer, *set);
    }
    Arc::new(layer)
}
