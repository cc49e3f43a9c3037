//! `kubectl events`.
//!
//! Models kubectl's `pkg/cmd/events`.

use podyard_engine::sim::Time;
use podyard_engine::value::Value;

use super::get::list_of;
use crate::call::Call;
use crate::client::{JSON, Target};
use crate::command::Command;
use crate::failure::{Outcome, fail};
use crate::flags::{self, Flag};
use crate::output::{FORMATS, Printer, without_managed_fields};
use crate::print::{TabWriter, age};

const FLAGS: &[Flag] = &[
    flags::ALL_NAMESPACES,
    flags::CHUNK_SIZE,
    flags::text("for", "Only events about this object, as TYPE/NAME."),
    flags::switch("no-headers", "Print no headers."),
    flags::list("types", "Only events of these types: Normal, Warning."),
    flags::switch("watch", "Go on to watch for events.").short('w'),
];

pub(super) const EVENTS: Command = Command::new(
    "events",
    "List events",
    "[(-o|--output=)json|yaml|name|go-template|go-template-file|template|templatefile|jsonpath|\
     jsonpath-as-json|jsonpath-file] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]",
)
.flags(&[FLAGS, flags::PRINT])
.run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    let flags = &call.flags;
    for kind in flags.list("types") {
        if !kind.eq_ignore_ascii_case("Normal") && !kind.eq_ignore_ascii_case("Warning") {
            return fail("valid --types are Normal or Warning");
        }
    }
    let printer = Printer::of(call, FORMATS)?;
    let target = target(call).await?;
    let list = call.client.get(&target.clone().query("limit", "500")).await?;
    let mut events: Vec<Value> = list["items"].items().to_vec();
    events.retain(|event| is_wanted(call, event));
    events.sort_by_key(last_seen);
    let mut screen = Screen { call, writer: TabWriter::for_tables(), headed: false };
    if events.is_empty() && !flags.is("watch") {
        if flags.is("all-namespaces") {
            call.io.warn("No events found.");
        } else {
            call.io.warn(&format!("No events found in {} namespace.", call.namespace));
        }
        return Ok(());
    }
    match &printer {
        // The real one makes names of nothing here: its list has no kinds.
        Some(Printer::Name) => {}
        Some(printer) => {
            let events = events.into_iter().map(|mut event| {
                event.set_default("apiVersion", "v1");
                event.set_default("kind", "Event");
                event
            });
            let mut list = list_of(events.collect());
            list["metadata"].set("resourceVersion", "");
            printer.print(&call.io, &without_managed_fields(&list))?;
        }
        None => screen.show(&events),
    }
    if !flags.is("watch") {
        return Ok(());
    }
    let version = list["metadata"]["resourceVersion"].text();
    let mut watch = call.client.watch(&target, JSON, version).await?;
    while let Some(event) = watch.next(None).await? {
        if event.kind == "DELETED" || !is_wanted(call, &event.object) {
            continue;
        }
        match &printer {
            Some(printer) => printer.print(&call.io, &without_managed_fields(&event.object))?,
            None => screen.show(&[event.object]),
        }
    }
    Ok(())
}

async fn target(call: &Call<'_>) -> Outcome<Target> {
    let mut target = Target::of(["api", "v1"]);
    if !call.flags.is("all-namespaces") {
        target = target.child("namespaces").child(&call.namespace);
    }
    let target = target.child("events");
    let about = call.flags.text("for");
    if about.is_empty() {
        return Ok(target);
    }
    let Some((word, name)) = about.split_once('/') else {
        return fail("--for must be in resource/name form".to_string());
    };
    let resource = call.client.discovery().await?.lookup(word)?;
    let fields = format!(
        "involvedObject.kind={},involvedObject.name={name},involvedObject.apiVersion={}",
        resource.kind,
        resource.api_version()
    );
    Ok(target.query("fieldSelector", fields))
}

fn is_wanted(call: &Call<'_>, event: &Value) -> bool {
    let types = call.flags.list("types");
    types.is_empty() || types.iter().any(|one| one.eq_ignore_ascii_case(event["type"].text()))
}

/// When an event was seen last.
fn last_seen(event: &Value) -> Option<Time> {
    let series = &event["series"]["lastObservedTime"];
    let times = [series, &event["lastTimestamp"], &event["eventTime"]];
    times.into_iter().find(|time| !time.is_empty()).and_then(|time| Time::parse(time.text()))
}

struct Screen<'c, 'a> {
    call: &'c Call<'a>,
    writer: TabWriter,
    headed: bool,
}

impl Screen<'_, '_> {
    fn show(&mut self, events: &[Value]) {
        let all = self.call.flags.is("all-namespaces");
        let mut text = String::new();
        if !std::mem::replace(&mut self.headed, true) && !self.call.flags.is("no-headers") {
            text.push_str(if all { "NAMESPACE\t" } else { "" });
            text.push_str("LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n");
        }
        let now = self.call.io.transport.now();
        for event in events {
            if all {
                text.push_str(event["metadata"]["namespace"].text());
                text.push('\t');
            }
            let about = &event["involvedObject"];
            let cells = [
                interval(event, now),
                event["type"].text().to_owned(),
                event["reason"].text().to_owned(),
                format!("{}/{}", about["kind"].text(), about["name"].text()),
                event["message"].text().trim().to_owned(),
            ];
            text.push_str(&cells.join("\t"));
            text.push('\n');
        }
        self.call.io.out(&self.writer.format(&text));
    }
}

/// How long ago an event was seen, and over how long before that.
fn interval(event: &Value, now: Time) -> String {
    let first = if event["firstTimestamp"].is_empty() {
        age(&event["eventTime"], now)
    } else {
        age(&event["firstTimestamp"], now)
    };
    let series = &event["series"];
    if !series.is_null() {
        let last = age(&series["lastObservedTime"], now);
        return format!("{last} (x{} over {first})", series["count"].int());
    }
    if event["count"].int() > 1 {
        let last = age(&event["lastTimestamp"], now);
        return format!("{last} (x{} over {first})", event["count"].int());
    }
    first
}
