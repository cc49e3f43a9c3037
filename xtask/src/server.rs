//! A server of static files on the loopback address: right content types,
//! nothing cached, nothing outside its folder.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::failure::{Doing, Result};

/// How long a connection may stay silent, so that no thread waits for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// A listening server.
pub(crate) struct Server {
    listener: TcpListener,
    site: Arc<Site>,
    url: String,
}

/// A folder, and the path below which its files are found.
struct Site {
    base: String,
    folder: PathBuf,
}

impl Server {
    /// Listens on 127.0.0.1; the folder's files appear below `base`, which
    /// starts and ends with a slash.
    pub(crate) fn bind(port: u16, base: &str, folder: PathBuf) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .doing(format_args!("cannot listen on port {port} (--port names another)"))?;
        let address = listener.local_addr().doing("the server's address")?;
        let site = Arc::new(Site { base: base.to_owned(), folder });
        Ok(Self { listener, site, url: format!("http://{address}{base}") })
    }

    /// The address of the folder's index page.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Answers until the process ends.
    pub(crate) fn serve(self) {
        for stream in self.listener.incoming().flatten() {
            let site = Arc::clone(&self.site);
            // A visitor who leaves early is no fault of the server.
            thread::spawn(move || site.talk(&stream).ok());
        }
    }
}

impl Site {
    /// Answers the requests of one connection, one after the other.
    fn talk(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut reader = BufReader::new(stream);
        loop {
            let mut request = String::new();
            if reader.read_line(&mut request)? == 0 {
                return Ok(());
            }
            let mut header = String::new();
            while reader.read_line(&mut header)? > 2 {
                header.clear();
            }
            let mut words = request.split_whitespace();
            let (method, target) = (words.next(), words.next().unwrap_or("/"));
            match method {
                Some("GET") => self.answer(target, stream, true)?,
                Some("HEAD") => self.answer(target, stream, false)?,
                _ => return head(stream, "405 Method Not Allowed", "text/plain", 0),
            }
        }
    }

    fn answer(&self, target: &str, mut stream: &TcpStream, with_body: bool) -> io::Result<()> {
        let file = self.file(target).and_then(|path| Some((File::open(&path).ok()?, path)));
        let Some((mut file, path)) = file else {
            return head(stream, "404 Not Found", "text/plain", 0);
        };
        head(stream, "200 OK", content_type(&path), file.metadata()?.len())?;
        if with_body {
            io::copy(&mut file, &mut stream)?;
        }
        Ok(())
    }

    /// The file that a request's target names, if it lies in the folder.
    fn file(&self, target: &str) -> Option<PathBuf> {
        let path = target.split(['?', '#']).next()?.strip_prefix(&self.base)?;
        let inside = Path::new(path);
        if !inside.components().all(|part| matches!(part, Component::Normal(_))) {
            return None;
        }
        let file = self.folder.join(inside);
        if file.is_dir() { Some(file.join("index.html")) } else { Some(file) }
    }
}

fn head(mut stream: &TcpStream, status: &str, kind: &str, length: u64) -> io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
         Cache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\n\r\n"
    )
}

/// The content type of a file, by its ending.
fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("ttf") => "font/ttf",
        Some("woff2") => "font/woff2",
        Some("md" | "txt" | "yaml" | "ts") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        Site { base: "/some/where/".to_owned(), folder: PathBuf::from("dist") }
    }

    #[test]
    fn finds_files_below_its_base() {
        let file = site().file("/some/where/monaco/editor.js?x=1").unwrap();
        assert_eq!(file, Path::new("dist/monaco/editor.js"));
    }

    #[test]
    fn gives_nothing_from_outside_its_folder() {
        for target in ["/", "/some/", "/some/where/../secret", "/some/where//etc/passwd"] {
            assert_eq!(site().file(target), None, "{target}");
        }
    }
}
