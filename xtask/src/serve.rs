//! `cargo xtask serve`: the page on this machine, for the person who runs it.

use crate::failure::Result;
use crate::options::Options;
use crate::process::say;
use crate::server::Server;
use crate::{dist, workspace};

/// The port unless `--port` names another; 0 takes any free one.
const PORT: u16 = 8080;

/// Builds the page if needed, prints its address, and serves it until stopped.
pub(crate) fn run(options: &[String]) -> Result<()> {
    let mut options = Options::new(options);
    let port = options.value("--port")?.unwrap_or(PORT);
    options.finish()?;
    dist::build()?;
    let server = Server::bind(port, "/", workspace::path("dist"))?;
    say("Serving the page; Ctrl-C stops");
    println!("{}", server.url());
    server.serve();
    Ok(())
}
