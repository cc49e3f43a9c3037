//! Writes the descriptions of Kubernetes' types to a file: the page's asset.

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        return fail("usage: podyard-schema FILE");
    };
    match std::fs::write(&path, podyard_schema::descriptions()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("{}: {error}", path.display())),
    }
}

#[expect(clippy::print_stderr, reason = "a program says what is wrong")]
fn fail(message: &str) -> ExitCode {
    eprintln!("podyard-schema: {message}");
    ExitCode::FAILURE
}
