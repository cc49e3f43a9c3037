//! What `curl` shows: the body, the meter, the trace of `-v`, `-w`.

use std::fmt::Write as _;

use super::curl::Transfer;
use crate::process::{HttpResponse, Kernel};

impl Transfer {
    pub(super) fn note(&self, kernel: &mut Kernel<'_>, line: &str) {
        if self.options.has('v') {
            kernel.write(2, format!("* {line}\n").as_bytes());
        }
    }

    pub(super) fn save(&self, kernel: &mut Kernel<'_>, output: &[u8]) -> u8 {
        let named = self.options.value('o').map(String::from);
        let file = named.or_else(|| self.options.has('O').then(|| self.url.file_name()));
        if let Some(file) = file.filter(|file| file != "-") {
            self.progress(kernel, output.len());
            let path = kernel.absolute(&file);
            match kernel.files.write(&path, output, false) {
                Ok(()) => 0,
                Err(error) => {
                    kernel.write(2, format!("Warning: Failed to open the file {file}: {error}\ncurl: (23) Failure writing output to destination\n").as_bytes());
                    23
                }
            }
        } else {
            if !kernel.is_terminal(1) {
                self.progress(kernel, output.len());
            }
            kernel.write(1, output);
            0
        }
    }

    /// The meter that curl draws when its output goes elsewhere.
    pub(super) fn progress(&self, kernel: &mut Kernel<'_>, length: usize) {
        if self.options.has('s') || (kernel.is_terminal(1) && length == 0) {
            return;
        }
        let line = if length == 0 {
            "  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0\n"
                .to_string()
        } else {
            format!(
                "100 {length:>5}  100 {length:>5}    0     0   {length:>4}k      0 --:--:-- --:--:-- --:--:-- {length:>4}k\n"
            )
        };
        let head = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n";
        kernel.write(2, format!("{head}{line}").as_bytes());
    }

    pub(super) fn trace(
        &self,
        kernel: &mut Kernel<'_>,
        response: &HttpResponse,
        address: Option<&str>,
    ) {
        if !self.options.has('v') {
            return;
        }
        let (host, port) = (&self.url.host, self.url.port);
        let address = address.unwrap_or(host);
        let request = self.http();
        let mut text = format!(
            "*   Trying {address}:{port}...\n* Connected to {host} ({address}) port {port} (#0)\n"
        );
        let _ = writeln!(text, "> {} {} HTTP/1.1", request.method, request.target);
        for (name, value) in &request.headers {
            let _ = writeln!(text, "> {name}: {value}");
        }
        let _ = writeln!(text, "> \n< HTTP/1.1 {} {}", response.status, response.reason());
        for (name, value) in &response.headers {
            let _ = writeln!(text, "< {name}: {value}");
        }
        text.push_str("< \n");
        if !response.body.is_empty() && !kernel.is_terminal(1) {
            let _ = writeln!(text, "{{ [{} bytes data]", response.body.len());
        }
        kernel.write(2, text.as_bytes());
    }

    /// `-w`: the format with its variables filled in.
    pub(super) fn write_out(&self, kernel: &mut Kernel<'_>, response: Option<&HttpResponse>) {
        let Some(format) = self.options.value('w') else { return };
        let took = kernel.now.since(self.started).as_micros();
        let secs = format!("{}.{:06}", took / 1_000_000, took % 1_000_000);
        let status = response.map_or("000".to_string(), |response| response.status.to_string());
        let size = response.map_or(0, |response| response.body.len()).to_string();
        let mut text = format.replace("\\n", "\n").replace("\\t", "\t");
        for (name, value) in [
            ("http_code", status.as_str()),
            ("response_code", status.as_str()),
            ("time_total", secs.as_str()),
            ("time_connect", secs.as_str()),
            ("time_starttransfer", secs.as_str()),
            ("time_namelookup", "0.000500"),
            ("size_download", size.as_str()),
            (
                "url_effective",
                &format!(
                    "http{}://{}{}",
                    if self.url.tls { "s" } else { "" },
                    self.url.authority(),
                    self.url.target
                ),
            ),
            ("remote_ip", ""),
            ("num_redirects", &self.redirects.to_string()),
            (
                "content_type",
                response.and_then(|response| response.header("Content-Type")).unwrap_or_default(),
            ),
        ] {
            text = text.replace(&format!("%{{{name}}}"), value);
        }
        kernel.write(1, text.as_bytes());
    }
}
