//! `kubectl logs`.
//!
//! Models kubectl's `pkg/cmd/logs` and `polymorphichelpers/logsforobject.go`.

use std::task::Poll;

use podyard_engine::sim::Time;
use podyard_engine::value::Value;
use podyard_engine::wire::{Body, Chunk, Request, StreamId};

use super::{pods_of, session};
use crate::call::Call;
use crate::client::Target;
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};
use crate::resource::{Info, Listed, Selection, Selector};

const FLAGS: &[Flag] = &[
    flags::switch("all-containers", "The logs of all containers of the Pod."),
    flags::switch("all-pods", "The logs of all Pods of the object."),
    flags::CONTAINER,
    flags::switch("follow", "Go on to print as the log grows.").short('f'),
    flags::switch("ignore-errors", "Go on with the others when one log fails."),
    flags::switch("insecure-skip-tls-verify-backend", "Do not check the kubelet's certificate."),
    flags::int("limit-bytes", "0", "How many bytes at most; 0 for all."),
    flags::int("max-log-requests", "5", "How many logs to follow at once."),
    flags::duration("pod-running-timeout", "20s", "How long to wait until a Pod runs."),
    flags::switch("prefix", "Print the Pod's and container's name before each line."),
    flags::switch("previous", "The log of the container before it was restarted.").short('p'),
    flags::LABELS,
    flags::duration("since", "0s", "Only what is newer than this."),
    flags::text("since-time", "Only what is newer than this time."),
    flags::int("tail", "-1", "How many of the last lines; -1 for all."),
    flags::switch("timestamps", "Print the time before each line."),
];

pub(super) const LOGS: Command = Command::new(
    "logs",
    "Print the logs for a container in a pod",
    "[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]",
)
.flags(&[FLAGS])
.run(|call| Box::pin(run(call)));

const EXPECTED: &str = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\n\
                        POD or TYPE/NAME is a required argument for the logs command";

const LATE: &str = "context deadline exceeded (Client.Timeout or context cancellation while \
                    reading body)";

/// One log to print.
struct Log {
    target: Target,
    prefix: String,
}

async fn run(call: &Call<'_>) -> Outcome {
    arguments(call)?;
    let pods = pods(call).await.map_err(|failure| worded(call, failure))?;
    validate(call)?;
    let mut logs = Vec::new();
    for pod in pods {
        logs.extend(of_pod(call, &pod)?);
    }
    let follow = call.flags.is("follow");
    let max = call.flags.int("max-log-requests");
    if follow && logs.len() > 1 && i64::try_from(logs.len()).is_ok_and(|count| count > max) {
        return fail(format!(
            "you are attempting to follow {} log streams, but maximum allowed concurrency is \
             {max}, use --max-log-requests to increase the limit",
            logs.len()
        ));
    }
    if follow {
        return follow_all(call, logs).await;
    }
    for log in logs {
        match print(call, &log).await {
            Err(failure) if call.flags.is("ignore-errors") => {
                call.io.warn(&format!("error: {}", failure.text()));
            }
            other => other?,
        }
    }
    Ok(())
}

/// The words for an object that is not there.
fn worded(call: &Call<'_>, failure: Failure) -> Failure {
    if !failure.is_not_found() {
        return failure;
    }
    let (text, namespace) = (failure.text(), &call.namespace);
    Failure::Text(format!("error from server (NotFound): {text} in namespace {namespace:?}"))
}

fn arguments(call: &Call<'_>) -> Outcome {
    let by_labels = !call.flags.text("selector").is_empty();
    match (call.args.as_slice(), by_labels) {
        ([_] | [_, _], true) => Err(call.usage("only a selector (-l) or a POD name is allowed")),
        ([], true) | ([_] | [_, _], _) => Ok(()),
        _ => Err(call.usage(EXPECTED)),
    }
}

fn validate(call: &Call<'_>) -> Outcome {
    let flags = &call.flags;
    let container = flags.text("container");
    if flags.is("all-containers") && !container.is_empty() {
        return fail("--all-containers=true should not be specified with container name");
    }
    if call.args.len() == 2 && !container.is_empty() {
        return Err(call.usage("only one of -c or an inline [CONTAINER] arg is allowed"));
    }
    if flags.changed("since") && flags.changed("since-time") {
        return fail("at most one of `sinceTime` or `sinceSeconds` may be specified");
    }
    let time = flags.text("since-time");
    if !time.is_empty() && Time::parse(time).is_none() {
        return fail(format!(
            "parsing time {time:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse {time:?} as \
             \"2006\""
        ));
    }
    if flags.int("limit-bytes") < 0 {
        return fail("--limit-bytes must be greater than 0");
    }
    if flags.int("tail") < -1 {
        return fail("--tail must be greater than or equal to -1");
    }
    if flags.duration("since").as_micros() < 0 {
        return fail("--since must be greater than 0");
    }
    Ok(())
}

async fn pods(call: &Call<'_>) -> Outcome<Vec<Info>> {
    let labels = call.flags.text("selector");
    let discovery = call.client.discovery().await?;
    if !labels.is_empty() {
        let list = Listed {
            resource: discovery.lookup("pods")?,
            namespace: call.namespace.clone(),
            labels: labels.to_owned(),
            fields: String::new(),
        };
        let pods = list.read(&call.client).await?;
        if pods.is_empty() {
            call.io.warn(&format!("No resources found in {} namespace.", call.namespace));
        }
        return Ok(pods);
    }
    let Some(word) = call.args.first() else { return Ok(Vec::new()) };
    let mut selector = Selector::of(call, false);
    selector.args =
        if word.contains('/') { vec![word.clone()] } else { vec!["pods".to_owned(), word.clone()] };
    let Selection::Objects(objects) = selector.resolve(call).await? else {
        return Ok(Vec::new());
    };
    let Some(info) = objects.into_iter().next() else { return Ok(Vec::new()) };
    let info = info?;
    let object = info.get(&call.client).await?;
    let info = info.refreshed(object);
    if info.resource.kind == "Pod" {
        return Ok(vec![info]);
    }
    let mut pods = pods_of::read(call, &info, pods_of::Order::Logging).await?;
    if pods.is_empty() {
        return fail("timed out waiting for the condition");
    }
    if !call.flags.is("all-pods") {
        if pods.len() > 1 {
            let first = pods.first().map(|pod| pod.name.clone()).unwrap_or_default();
            call.io.warn(&format!("Found {} pods, using pod/{first}", pods.len()));
        }
        pods.truncate(1);
    }
    Ok(pods)
}

/// The logs of a Pod that are meant.
fn of_pod(call: &Call<'_>, pod: &Info) -> Outcome<Vec<Log>> {
    let spec = &pod.object["spec"];
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    let all: Vec<&Value> = lists.into_iter().flat_map(|list| spec[list].items()).collect();
    if call.flags.is("all-containers") {
        return Ok(all.into_iter().map(|one| log(call, pod, one["name"].text())).collect());
    }
    let inline = call.args.get(1).map_or("", String::as_str);
    let named = if inline.is_empty() { call.flags.text("container") } else { inline };
    if named.is_empty() {
        let container = if call.flags.is("all-pods") {
            session::first(&pod.object)
        } else {
            session::container(call, &pod.object)?
        };
        return Ok(vec![log(call, pod, &container)]);
    }
    if !all.iter().any(|one| one["name"].text() == named) {
        return fail(format!("container {named} is not valid for pod {}", pod.name));
    }
    Ok(vec![log(call, pod, named)])
}

fn log(call: &Call<'_>, pod: &Info, container: &str) -> Log {
    let flags = &call.flags;
    let on = |name: &str| if flags.is(name) { "true" } else { "" };
    let by_labels = !flags.text("selector").is_empty();
    let tail = match flags.int("tail") {
        -1 if by_labels && !flags.is("follow") && !flags.changed("tail") => "10".to_owned(),
        -1 => String::new(),
        lines => lines.to_string(),
    };
    let some = |number: i64| if number > 0 { number.to_string() } else { String::new() };
    let since = flags.duration("since");
    // A part of a second counts as a whole one.
    let since = (since.as_micros() + 999_999) / 1_000_000;
    let target = pod
        .target()
        .child("log")
        .query("container", container)
        .query_some("follow", on("follow"))
        .query_some("previous", on("previous"))
        .query_some("timestamps", on("timestamps"))
        .query_some("tailLines", &tail)
        .query_some("limitBytes", &some(flags.int("limit-bytes")))
        .query_some("sinceSeconds", &some(since))
        .query_some("sinceTime", flags.text("since-time"));
    let prefix = if flags.is("prefix") || flags.is("all-pods") {
        format!("[pod/{}/{container}] ", pod.name)
    } else {
        String::new()
    };
    Log { target, prefix }
}

/// Prints a whole log of a Pod that is over.
pub(super) async fn print_one(call: &Call<'_>, pod: &Info, container: &str) -> Outcome {
    let target = pod.target().child("log").query("container", container);
    print(call, &Log { target, prefix: String::new() }).await
}

async fn open(call: &Call<'_>, log: &Log) -> Outcome<Body> {
    let request = Request {
        target: log.target.text(),
        accept: "application/json, */*".to_owned(),
        ..Request::default()
    };
    Ok(call.client.send(request).await?.body)
}

async fn print(call: &Call<'_>, log: &Log) -> Outcome {
    let body = open(call, log).await?;
    let mut lines = Lines { call, prefix: &log.prefix, at_start: true };
    call.client.drain(body, |bytes| lines.write(bytes)).await;
    Ok(())
}

/// Puts a prefix before each line.
struct Lines<'c, 'a> {
    call: &'c Call<'a>,
    prefix: &'c str,
    at_start: bool,
}

impl Lines<'_, '_> {
    fn write(&mut self, bytes: &[u8]) {
        if self.prefix.is_empty() {
            self.call.io.stdout.write(bytes);
            return;
        }
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.at_start {
                self.call.io.out(self.prefix);
            }
            self.call.io.stdout.write(line);
            self.at_start = line.ends_with(b"\n");
        }
    }
}

/// Follows several logs, each as it grows.
async fn follow_all(call: &Call<'_>, logs: Vec<Log>) -> Outcome {
    let mut open_logs: Vec<(StreamId, Lines<'_, '_>)> = Vec::new();
    for log in &logs {
        let mut lines = Lines { call, prefix: &log.prefix, at_start: true };
        match open(call, log).await {
            Ok(Body::Bytes(bytes)) => lines.write(&bytes),
            Ok(Body::Stream(stream)) => open_logs.push((stream, lines)),
            Err(failure) if call.flags.is("ignore-errors") => {
                call.io.warn(&format!("error: {}", failure.text()));
            }
            Err(failure) => return Err(failure),
        }
    }
    let transport = call.io.transport;
    let end = call.client.deadline();
    let mut alarm = end.map(|end| transport.sleep(end.since(transport.now())));
    while !open_logs.is_empty() {
        let mut reading: Vec<_> =
            open_logs.iter().map(|(stream, _)| transport.read(*stream)).collect();
        let next = std::future::poll_fn(|context| {
            for (index, read) in reading.iter_mut().enumerate() {
                if let Poll::Ready(chunk) = read.as_mut().poll(context) {
                    return Poll::Ready(Some((index, chunk)));
                }
            }
            let is_late =
                alarm.as_mut().is_some_and(|alarm| alarm.as_mut().poll(context).is_ready());
            if is_late { Poll::Ready(None) } else { Poll::Pending }
        })
        .await;
        drop(reading);
        let Some((index, chunk)) = next else {
            return fail(LATE);
        };
        if let (Chunk::Data(bytes), Some((_, lines))) = (chunk, open_logs.get_mut(index)) {
            lines.write(&bytes);
        } else {
            let (stream, _) = open_logs.remove(index);
            transport.close(stream);
        }
    }
    Ok(())
}
