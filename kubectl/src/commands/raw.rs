//! `--raw` of `create` and `replace`: a file sent to a path as it is.
//!
//! Models kubectl's `pkg/rawhttp`.

use podyard_engine::wire::{Method, Request};

use crate::call::Call;
use crate::client::JSON;
use crate::failure::{Failure, Outcome, fail};

/// Sends the one file of `-f` to the path, and prints the answer.
pub(super) async fn send(call: &Call<'_>, method: Method) -> Outcome {
    let flags = &call.flags;
    if flags.is("edit") {
        return fail("--raw and --edit are mutually exclusive");
    }
    let [path] = flags.list("filename") else {
        return fail("--raw can only use a single local file or stdin");
    };
    if path.starts_with("http://") || path.starts_with("https://") {
        return fail("--raw cannot read from a url");
    }
    if !flags.text("selector").is_empty() {
        return fail("--raw and --selector (-l) are mutually exclusive");
    }
    if !flags.text("output").is_empty() {
        return fail("--raw and --output are mutually exclusive");
    }
    let body = if path == "-" {
        call.io.host.read_stdin().await
    } else {
        let read = call.io.host.read_file(path);
        read.map_err(|error| Failure::Text(format!("open {path}: {}", error.text())))?
    };
    let request = Request {
        method,
        target: flags.text("raw").to_owned(),
        content_type: JSON.to_owned(),
        body,
        ..Request::default()
    };
    let response = call.client.send(request).await?;
    call.io.stdout.write(response.bytes());
    Ok(())
}
