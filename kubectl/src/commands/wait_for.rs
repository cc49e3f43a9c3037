//! `kubectl wait`.
//!
//! Models kubectl's `pkg/cmd/wait`.

use podyard_engine::sim::{Delay, Time};
use podyard_engine::value::Value;

use super::set::LOCAL_NEEDS_FILES;
use super::wait::{alone, timed_out, until_deleted};
use crate::call::Call;
use crate::client::JSON;
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};
use crate::output::{FORMATS, Printer, printed_kind, without_managed_fields};
use crate::print::jsonpath::{JsonPath, relaxed};
use crate::resource::{FileOptions, Info, Selection, Selector};

const FLAGS: &[Flag] = &[
    flags::ALL,
    flags::ALL_NAMESPACES,
    flags::array(
        "for",
        "What to wait for: create, delete, condition=NAME[=VALUE] or jsonpath='{PATH}'[=VALUE].",
    ),
    flags::LOCAL,
    flags::duration("timeout", "30s", "How long to wait; zero looks once, less than zero a week."),
];

pub(super) const WAIT: Command = Command::new(
    "wait",
    "Experimental: Wait for a specific condition on one or many resources",
    "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) \
     [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
)
.flags(&[FLAGS, flags::SELECT, flags::FILES, flags::PRINT])
.run(|call| Box::pin(run(call)));

/// What to wait for.
enum Goal {
    Create,
    Delete,
    Condition { name: String, status: String },
    Path { path: JsonPath, value: Option<String> },
}

async fn run(call: &Call<'_>) -> Outcome {
    let goals = call.flags.list("for");
    let goal = Goal::parse(goals.last().map_or("", String::as_str))?;
    let printer = Printer::of(call, FORMATS)?;
    let timeout = match call.flags.duration("timeout") {
        given if given < Delay::ZERO => Delay::secs(7 * 86_400),
        given => given,
    };
    if call.flags.is("local") && !FileOptions::of(call).are_given() {
        return fail(LOCAL_NEEDS_FILES);
    }
    let deadline = call.io.transport.now() + timeout;
    let (infos, mut failures) = objects(call, &goal, deadline).await?;
    if infos.is_empty() && failures.is_empty() {
        return match goal {
            Goal::Delete => Ok(()),
            _ => fail("no matching resources found"),
        };
    }
    for info in &infos {
        match goal.reach(call, info, deadline).await {
            Ok(object) => {
                let object = if object.is_null() { info.object.clone() } else { object };
                report(call, printer.as_ref(), info, &object, &goal);
            }
            Err(failure) => failures.push(failure),
        }
    }
    Failure::collect(failures)
}

fn report(call: &Call<'_>, printer: Option<&Printer>, info: &Info, object: &Value, goal: &Goal) {
    match (printer, goal) {
        // What cannot be printed is passed over.
        (Some(printer), _) => {
            let managed = call.flags.is("show-managed-fields") || !printer.shows_fields();
            let hidden = if managed { object.clone() } else { without_managed_fields(object) };
            printer.print(&call.io, &hidden).ok();
        }
        (None, Goal::Delete) => {}
        (None, _) => {
            let kind = if object["kind"].is_empty() {
                info.resource.printed()
            } else {
                printed_kind(object)
            };
            call.io.line(&format!("{kind}/{} condition met", info.name));
        }
    }
}

/// The objects that are meant. Those still to be created are named only.
async fn objects(
    call: &Call<'_>,
    goal: &Goal,
    deadline: Time,
) -> Outcome<(Vec<Info>, Vec<Failure>)> {
    let selector = Selector::of(call, false);
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    match selector.resolve(call).await? {
        Selection::Objects(objects) => {
            for object in objects {
                let info = object?;
                match (goal, info.get(&call.client).await) {
                    (_, Ok(object)) => found.push(info.refreshed(object)),
                    (Goal::Delete, Err(failure)) if failure.is_not_found() => {}
                    (Goal::Create, Err(failure)) if failure.is_not_found() => {
                        let object = created(call, &info, deadline).await?;
                        found.push(info.refreshed(object));
                    }
                    (_, Err(failure)) => failures.push(failure),
                }
            }
            if found.is_empty() && matches!(goal, Goal::Delete) {
                return Ok((found, failures));
            }
        }
        Selection::Lists(lists) => {
            for list in lists {
                match list.read(&call.client).await {
                    Ok(infos) => found.extend(infos),
                    Err(failure) => failures.push(failure),
                }
            }
        }
    }
    Ok((found, failures))
}

async fn created(call: &Call<'_>, info: &Info, deadline: Time) -> Outcome<Value> {
    loop {
        match call.client.get(&info.target()).await {
            Err(failure) if failure.is_not_found() => {}
            other => return other,
        }
        if call.io.transport.now() >= deadline {
            return fail("timed out waiting for the condition");
        }
        call.io.transport.sleep(Delay::millis(500)).await;
    }
}

impl Goal {
    fn parse(text: &str) -> Outcome<Self> {
        let lower = text.to_lowercase();
        if lower == "delete" {
            return Ok(Self::Delete);
        }
        if lower == "create" {
            return Ok(Self::Create);
        }
        if let Some(condition) = text.strip_prefix("condition=") {
            let (name, status) = condition.split_once('=').unwrap_or((condition, "true"));
            return Ok(Self::Condition { name: name.to_owned(), status: status.to_owned() });
        }
        let Some(rest) = text.strip_prefix("jsonpath=") else {
            return fail(format!("unrecognized condition: {text:?}"));
        };
        if rest.is_empty() {
            return fail("jsonpath expression cannot be empty");
        }
        // The value begins after the last brace.
        let split = rest.rfind('}').map_or(0, |end| end + 1);
        let (path, value) = rest.split_at(split);
        let (path, value) = if path.is_empty() {
            rest.split_once('=').map_or((rest, None), |(path, value)| (path, Some(value)))
        } else {
            (path, value.strip_prefix('='))
        };
        if value == Some("") {
            return fail(
                "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
            );
        }
        let unquoted = |value: &str| value.trim_matches(['"', '\'']).to_owned();
        let worded =
            |error: crate::print::jsonpath::JsonPathError| Failure::Text(error.to_string());
        let path = JsonPath::parse(&relaxed(path).map_err(worded)?).map_err(worded)?;
        Ok(Self::Path { path, value: value.map(unquoted) })
    }

    /// Waits until the object is as wished; gives the object then.
    async fn reach(&self, call: &Call<'_>, info: &Info, deadline: Time) -> Outcome<Value> {
        if let Self::Delete = self {
            let uid = info.object["metadata"]["uid"].text();
            until_deleted(call, info, uid, deadline).await?;
            return Ok(Value::Null);
        }
        if self.holds(&info.object)? {
            return Ok(info.object.clone());
        }
        let target = alone(info).target();
        loop {
            let list = call.client.get(&target).await?;
            if let Some(object) = list["items"].items().first()
                && self.holds(object)?
            {
                return Ok(alone(info).info(object).object);
            }
            let version = list["metadata"]["resourceVersion"].text();
            let mut watch = call.client.watch(&target, JSON, version).await?;
            while let Some(event) = watch.next(Some(deadline)).await? {
                if event.kind != "DELETED" && self.holds(&event.object)? {
                    return Ok(event.object);
                }
            }
            if call.io.transport.now() >= deadline {
                return Err(timed_out(info));
            }
        }
    }

    fn holds(&self, object: &Value) -> Outcome<bool> {
        match self {
            Self::Create => Ok(true),
            Self::Delete => Ok(false),
            Self::Condition { name, status } => Ok(condition_holds(object, name, status)),
            Self::Path { path, value } => path_holds(object, path, value.as_deref()),
        }
    }
}

fn condition_holds(object: &Value, name: &str, wanted: &str) -> bool {
    let conditions = object["status"]["conditions"].items();
    let found = conditions.iter().find(|one| one["type"].text().eq_ignore_ascii_case(name));
    let Some(condition) = found else { return false };
    // A condition that speaks of an older version of the object says nothing.
    let generation = object["metadata"]["generation"].int();
    let observed = match condition["observedGeneration"].as_int() {
        Some(observed) => observed,
        None => object["status"]["observedGeneration"].as_int().unwrap_or(generation),
    };
    observed >= generation && condition["status"].text().eq_ignore_ascii_case(wanted)
}

fn path_holds(object: &Value, path: &JsonPath, wanted: Option<&str>) -> Outcome<bool> {
    let found = path.find(object).unwrap_or_default();
    let found: Vec<Value> = found.into_iter().flatten().collect();
    match found.as_slice() {
        [] => Ok(false),
        [one] => match (one, wanted) {
            (_, None) => Ok(true),
            (Value::Map(_) | Value::List(_), Some(_)) => {
                fail("jsonpath leads to a nested object or list which is not supported")
            }
            (one, Some(wanted)) => Ok(crate::print::sprint(one) == wanted),
        },
        _ => fail("given jsonpath expression matches more than one value"),
    }
}
