//! Sessions with a container: the streams of `exec` and `attach`.
//!
//! Models client-go's `tools/remotecommand` over the `v5.channel.k8s.io`
//! protocol: the first byte of each message names the channel.

use std::task::Poll;

use podyard_engine::value::{Value, parse_json};
use podyard_engine::wire::{Body, Chunk, Request, StreamId};

use crate::call::Call;
use crate::client::Target;
use crate::failure::{Failure, Outcome};
use crate::io::Io;
use crate::resource::Info;

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const ERROR: u8 = 3;
const CLOSE: u8 = 255;

/// What goes through a session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session {
    /// Whether standard input goes to the container.
    pub(super) stdin: bool,
    /// Whether the container gets a terminal.
    pub(super) tty: bool,
}

impl Session {
    /// The session that `-i` and `-t` ask for; without a terminal there is no
    /// terminal to give.
    pub(super) fn of(call: &Call<'_>) -> Self {
        Self::with(call, call.flags.is("tty"))
    }

    /// The session with what runs in a container: whether there is a terminal
    /// was decided when that started.
    fn attaching(call: &Call<'_>, container: &Value) -> Self {
        let has_tty = container["tty"].is_true();
        if call.flags.is("tty") && !has_tty && !call.flags.is("quiet") {
            let name = container["name"].text();
            call.io.warn(&format!(
                "error: Unable to use a TTY - container {name} did not allocate one"
            ));
        }
        Self::with(call, has_tty)
    }

    fn with(call: &Call<'_>, mut tty: bool) -> Self {
        let stdin = call.flags.is("stdin");
        if tty && !(stdin && call.io.host.stdin_is_terminal()) {
            tty = false;
            if stdin && !call.flags.is("quiet") {
                call.io.warn(
                    "Unable to use a TTY - input is not a terminal or the right kind of file",
                );
            }
        }
        Self { stdin, tty }
    }

    fn parameters(self, target: Target) -> Target {
        let on = |wanted: bool| if wanted { "true" } else { "" };
        target
            .query_some("stdin", on(self.stdin))
            .query("stdout", "true")
            .query_some("stderr", on(!self.tty))
            .query_some("tty", on(self.tty))
    }
}

/// Runs a command in a container.
pub(super) async fn exec(
    call: &Call<'_>,
    info: &Info,
    container: &str,
    command: &[String],
    session: Session,
) -> Outcome {
    exec_with(call, &call.io, info, container, command, session).await
}

/// Runs a command in a container, its output going where `io` says.
pub(super) async fn exec_with(
    call: &Call<'_>,
    io: &Io<'_>,
    info: &Info,
    container: &str,
    command: &[String],
    session: Session,
) -> Outcome {
    let mut target = info.target().child("exec").query("container", container);
    for word in command {
        target = target.query("command", word.as_str());
    }
    run(call, io, session.parameters(target), session).await
}

/// Attaches to what runs in a container of `pod`.
pub(super) async fn attach(call: &Call<'_>, info: &Info, pod: &Value, name: &str) -> Outcome {
    let found = containers_of(&pod["spec"]).find(|(_, container)| container["name"].text() == name);
    let (list, container) = found.unwrap_or(("containers", &Value::Null));
    let session = Session::attaching(call, container);
    let target = info.target().child("attach").query("container", name);
    let quiet = call.flags.is("quiet");
    if !quiet {
        call.io.warn("If you don't see a command prompt, try pressing enter.");
    }
    run(call, &call.io, session.parameters(target), session).await?;
    if !quiet && session.stdin && session.tty {
        let again = format!("'kubectl attach {} -c {name} -i -t'", info.name);
        call.io.line(&if list == "ephemeralContainers" {
            format!(
                "Session ended, the ephemeral container will not be restarted but may be \
                 reattached using {again} if it is still running"
            )
        } else {
            format!("Session ended, resume using {again} command when the pod is running")
        });
    }
    Ok(())
}

/// All containers of a Pod, each with the list it is in.
fn containers_of(spec: &Value) -> impl Iterator<Item = (&'static str, &Value)> {
    let lists = ["containers", "initContainers", "ephemeralContainers"];
    lists.into_iter().flat_map(|list| spec[list].items().iter().map(move |one| (list, one)))
}

async fn run(call: &Call<'_>, io: &Io<'_>, target: Target, session: Session) -> Outcome {
    let request = Request { target: target.text(), ..Request::default() };
    let response = call.client.send(request).await?;
    let stream = match response.body {
        Body::Stream(stream) => stream,
        Body::Bytes(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            return Err(Failure::Text(format!("unable to upgrade connection: {text}")));
        }
    };
    if session.tty {
        io.host.set_raw(true);
    }
    let result = pump(io, stream, session.stdin).await;
    if session.tty {
        io.host.set_raw(false);
    }
    call.io.transport.close(stream);
    result
}

/// What happened next in a session.
enum Next {
    Message(Chunk),
    Typed(Option<Vec<u8>>),
}

/// Carries bytes both ways until the container's side ends.
async fn pump(io: &Io<'_>, stream: StreamId, stdin: bool) -> Outcome {
    let transport = io.transport;
    let mut typing = stdin.then(|| io.host.type_ahead());
    let mut result = Ok(());
    let mut reading = transport.read(stream);
    loop {
        let next = std::future::poll_fn(|context| {
            if let Poll::Ready(chunk) = reading.as_mut().poll(context) {
                return Poll::Ready(Next::Message(chunk));
            }
            match typing.as_mut().map(|typing| typing.as_mut().poll(context)) {
                Some(Poll::Ready(bytes)) => Poll::Ready(Next::Typed(bytes)),
                _ => Poll::Pending,
            }
        })
        .await;
        match next {
            Next::Message(Chunk::Data(message)) => {
                reading = transport.read(stream);
                let Some((channel, bytes)) = message.split_first() else { continue };
                match *channel {
                    STDOUT => io.stdout.write(bytes),
                    STDERR => io.stderr.write(bytes),
                    ERROR => result = ended(bytes),
                    _ => {}
                }
            }
            Next::Message(_) => return result,
            Next::Typed(Some(bytes)) => {
                let mut message = vec![STDIN];
                message.extend(bytes);
                transport.write(stream, &message);
                typing = Some(io.host.type_ahead());
            }
            Next::Typed(None) => {
                transport.write(stream, &[CLOSE, STDIN]);
                typing = None;
            }
        }
    }
}

/// What the `Status` at the end of a session says.
fn ended(bytes: &[u8]) -> Outcome {
    let status = parse_json(bytes).unwrap_or_default();
    if status["status"].text() != "Failure" {
        return Ok(());
    }
    let causes = status["details"]["causes"].items();
    let code = causes
        .iter()
        .find(|cause| cause["reason"].text() == "ExitCode")
        .and_then(|cause| cause["message"].text().parse().ok());
    match (status["reason"].text(), code) {
        ("NonZeroExitCode", Some(code)) => {
            Err(Failure::Code(code, format!("command terminated with exit code {code}")))
        }
        _ => Err(Failure::Text(status["message"].text().to_owned())),
    }
}

/// The container that is meant: the one named, the Pod's default, or the
/// first, which is then announced.
pub(super) fn container(call: &Call<'_>, pod: &Value) -> Outcome<String> {
    let spec = &pod["spec"];
    let name = pod["metadata"]["name"].text();
    let all = || containers_of(spec).map(|(_, container)| container);
    let wanted = call.flags.text("container");
    if !wanted.is_empty() {
        if all().any(|one| one["name"].text() == wanted) {
            return Ok(wanted.to_owned());
        }
        return Err(Failure::Text(format!("container {wanted} not found in pod {name}")));
    }
    let default = pod["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"].text();
    if !default.is_empty() {
        if all().any(|one| one["name"].text() == default) {
            return Ok(default.to_owned());
        }
        call.io.warn(&format!("Default container name {default:?} not found in pod {name}"));
    }
    let first = spec["containers"][0]["name"].text().to_owned();
    if all().count() > 1 && !call.flags.is("quiet") {
        call.io.warn(&format!("Defaulted container {first:?} out of: {}", names(spec).join(", ")));
    }
    Ok(first)
}

/// The container that is meant when none is named: the default, or the first.
pub(super) fn first(pod: &Value) -> String {
    let default = &pod["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"];
    match default.text() {
        "" => pod["spec"]["containers"][0]["name"].text().to_owned(),
        named => named.to_owned(),
    }
}

/// The names of all containers, with what is special about them.
fn names(spec: &Value) -> Vec<String> {
    let kinds =
        [("containers", ""), ("ephemeralContainers", " (ephem)"), ("initContainers", " (init)")];
    let named = kinds.into_iter().flat_map(|(list, note)| {
        spec[list].items().iter().map(move |one| format!("{}{note}", one["name"].text()))
    });
    named.collect()
}
