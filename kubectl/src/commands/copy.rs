//! `kubectl cp` and `kubectl port-forward`.
//!
//! Copying goes through commands in the container, as everywhere; instead of
//! `tar`, plain files are sent through `cat`. Forwarding needs sockets, which
//! only some computers have.

use super::exec;
use super::session::{self, Session};
use crate::call::Call;
use crate::command::Command;
use crate::failure::{Outcome, fail};
use crate::flags::{self, Flag};
use crate::io::Io;

const CP_FLAGS: &[Flag] = &[
    flags::CONTAINER,
    flags::switch("no-preserve", "Do not keep owners and permissions."),
    flags::int("retries", "0", "How often to go on after a break; less than zero for ever."),
];

pub(super) const CP: Command = Command::new(
    "cp",
    "Copy files and directories to and from containers",
    "<file-spec-src> <file-spec-dest>",
)
.flags(&[CP_FLAGS])
.run(|call| Box::pin(copy(call)));

/// A file here, or in a Pod.
struct Place<'s> {
    pod: Option<&'s str>,
    path: &'s str,
}

impl<'s> Place<'s> {
    fn parse(spec: &'s str) -> Outcome<Self> {
        match spec.split_once(':') {
            Some((_, "")) => fail("filepath can not be empty"),
            Some((pod, path)) if !pod.is_empty() && !pod.starts_with(['.', '/']) => {
                Ok(Self { pod: Some(pod), path })
            }
            _ => Ok(Self { pod: None, path: spec }),
        }
    }
}

async fn copy(call: &Call<'_>) -> Outcome {
    let [from, to] = call.args.as_slice() else {
        return fail("source and destination are required");
    };
    let (from, to) = (Place::parse(from)?, Place::parse(to)?);
    match (from.pod, to.pod) {
        (Some(_), Some(_)) => fail("one of src or dest must be a local file specification"),
        (None, None) => fail("one of src or dest must be a remote file specification"),
        (Some(pod), None) => download(call, pod, from.path, to.path).await,
        (None, Some(pod)) => upload(call, pod, from.path, to.path).await,
    }
}

/// Runs a shell command in the Pod, its output going to `io`'s.
async fn shell(
    call: &Call<'_>,
    pod: &str,
    script: String,
    output: Option<&std::cell::RefCell<Vec<u8>>>,
) -> Outcome {
    let word = match pod.split_once('/') {
        Some((namespace, name)) if namespace != call.namespace => {
            return fail(format!(
                "copying to namespace {namespace:?} needs -n {namespace} and the name {name:?} alone"
            ));
        }
        Some((_, name)) => name,
        None => pod,
    };
    let pod = exec::pod(call, word).await?;
    let container = session::container(call, &pod.object)?;
    let session = Session { stdin: false, tty: false };
    let command = ["sh".to_owned(), "-c".to_owned(), script];
    let io = Io { stdout: output.map_or(call.io.stdout, |buffer| buffer), ..call.io };
    session::exec_with(call, &io, &pod, &container, &command, session).await
}

async fn download(call: &Call<'_>, pod: &str, from: &str, to: &str) -> Outcome {
    let buffer = std::cell::RefCell::new(Vec::new());
    shell(call, pod, format!("cat {}", quoted(from)), Some(&buffer)).await?;
    let written = call.io.host.write_file(to, &buffer.into_inner());
    written.or_else(|error| fail(format!("open {to}: {}", error.text())))
}

async fn upload(call: &Call<'_>, pod: &str, from: &str, to: &str) -> Outcome {
    let Ok(bytes) = call.io.host.read_file(from) else {
        return fail(format!("{from} doesn't exist in local filesystem"));
    };
    let Ok(text) = String::from_utf8(bytes) else {
        return fail(format!("{from} is not a text file, which is all that can be copied here"));
    };
    let path = if to.ends_with('/') {
        format!("{to}{}", from.rsplit('/').next().unwrap_or(from))
    } else {
        to.to_owned()
    };
    shell(call, pod, format!("printf %s {} > {}", quoted(&text), quoted(&path)), None).await
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
