//! The tables that `get` prints for people.

use std::rc::Rc;

use podyard_engine::api::age::object_age;
use podyard_engine::sim::Time;
use podyard_engine::value;
use podyard_engine::value::Value;

use crate::call::Call;
use crate::client::{JSON, TABLE, Target};
use crate::discovery::Resource;
use crate::failure::{Failure, Outcome};
use crate::print::{self, TableOptions, TablePrinter};
use crate::resource::{Info, Listed, Selection, Selector};

/// One kind's table, or what came in its place.
struct Answer {
    resource: Rc<Resource>,
    table: Value,
}

/// Asks for tables and prints them, one kind after the other.
pub(super) async fn run(call: &Call<'_>, selector: &Selector) -> Outcome {
    let (answers, mut failures, in_namespace) = ask(call, selector).await?;
    if call.flags.is("ignore-not-found") {
        failures.retain(|failure| !failure.is_not_found());
    }
    let several = answers
        .iter()
        .any(|one| answers.first().is_some_and(|first| first.resource.gvk() != one.resource.gvk()));
    let sort_by = call.flags.text("sort-by");
    if !sort_by.is_empty() && answers.len() > 1 {
        // kubectl sorts several tables as if each were an object.
        let mut tables = answers.iter().map(|answer| answer.table.clone()).collect();
        print::sort_objects(&mut tables, sort_by)
            .map_err(|error| Failure::Text(error.to_string()))?;
    }
    let (mut printed, mut with_namespace) = (false, false);
    for mut answer in joined(answers) {
        // Nor does it say when the rows of one table cannot be sorted.
        if !sort_by.is_empty() && print::sort_table(&mut answer.table, sort_by).is_err() {
            continue;
        }
        let mut options = options(call, &answer.resource, several);
        // Once shown, the namespaces stay for the kinds that have none.
        with_namespace |= options.with_namespace;
        options.with_namespace = with_namespace;
        let text = TablePrinter::new(options).print(&answer.table);
        if !text.is_empty() {
            if printed && !call.flags.is("no-headers") {
                call.io.out("\n");
            }
            printed = true;
            call.io.out(&text);
        }
    }
    if !printed && failures.is_empty() && !call.flags.is("ignore-not-found") {
        if in_namespace && !call.flags.is("all-namespaces") {
            call.io.warn(&format!("No resources found in {} namespace.", call.namespace));
        } else {
            call.io.warn("No resources found");
        }
    }
    Failure::collect(failures)
}

/// What the flags ask of the table of `resource`.
pub(super) fn options(call: &Call<'_>, resource: &Resource, several: bool) -> TableOptions {
    let flags = &call.flags;
    TableOptions {
        no_headers: flags.is("no-headers"),
        with_namespace: flags.is("all-namespaces") && resource.namespaced,
        wide: flags.text("output") == "wide",
        show_labels: flags.is("show-labels"),
        column_labels: flags.list("label-columns").to_vec(),
        kind: (several || flags.is("show-kind")).then(|| resource.printed()),
    }
}

async fn ask(call: &Call<'_>, selector: &Selector) -> Outcome<(Vec<Answer>, Vec<Failure>, bool)> {
    let (mut answers, mut failures) = (Vec::new(), Vec::new());
    let mut in_namespace = true;
    match selector.resolve(call).await? {
        Selection::Objects(objects) => {
            for object in objects {
                match one(call, object).await {
                    Ok(answer) => answers.push(answer),
                    Err(failure) => failures.push(failure),
                }
            }
        }
        Selection::Lists(lists) => {
            for list in lists {
                in_namespace &= list.resource.namespaced;
                match all(call, &list).await {
                    Ok(answer) => answers.push(answer),
                    Err(failure) => failures.push(failure),
                }
            }
        }
    }
    Ok((answers, failures, in_namespace))
}

async fn one(call: &Call<'_>, object: Outcome<Info>) -> Outcome<Answer> {
    let info = object?;
    let subresource = call.flags.text("subresource");
    let mut target = info.target();
    if !subresource.is_empty() {
        target = target.child(subresource);
    }
    match call.client.get_as(&with_objects(call, target), accepted(call)).await {
        Ok(answer) => Ok(Answer { table: as_table(call, answer), resource: info.resource }),
        Err(failure) => Err(info.or_missing_namespace(&call.client, failure).await),
    }
}

/// Tables, unless `--server-print=false` asks for the objects themselves.
fn accepted(call: &Call<'_>) -> &'static str {
    if call.flags.is("server-print") { TABLE } else { JSON }
}

/// Sorting needs the whole objects beside their rows.
fn with_objects(call: &Call<'_>, target: Target) -> Target {
    let sort = !call.flags.text("sort-by").is_empty();
    target.query_some("includeObject", if sort { "Object" } else { "" })
}

/// A list as one table, asked for a part at a time.
pub(super) async fn all_rows(call: &Call<'_>, list: &Listed) -> Outcome<Value> {
    let limit = call.flags.int("chunk-size");
    let limit = if limit > 0 { limit.to_string() } else { String::new() };
    let mut whole = Value::Null;
    let mut next = String::new();
    loop {
        let target = with_objects(call, list.target())
            .query_some("limit", &limit)
            .query_some("continue", &next);
        let answer = call.client.get_as(&target, accepted(call)).await;
        let mut part = as_table(call, answer.map_err(|failure| list.explain(failure))?);
        part["metadata"]["continue"].text().clone_into(&mut next);
        if whole.is_null() {
            whole = part;
        } else {
            let rows = std::mem::take(part["rows"].make_list());
            whole["rows"].make_list().extend(rows);
        }
        if next.is_empty() {
            return Ok(whole);
        }
    }
}

async fn all(call: &Call<'_>, list: &Listed) -> Outcome<Answer> {
    let table = all_rows(call, list).await?;
    Ok(Answer { resource: list.resource.clone(), table })
}

/// Rows of one kind that follow each other belong to one table.
fn joined(answers: Vec<Answer>) -> Vec<Answer> {
    let mut joined: Vec<Answer> = Vec::new();
    for mut answer in answers {
        match joined.last_mut() {
            Some(last) if last.resource == answer.resource => {
                let rows = std::mem::take(answer.table["rows"].make_list());
                last.table["rows"].make_list().extend(rows);
            }
            _ => joined.push(answer),
        }
    }
    joined
}

/// A server that knows no tables sends objects: name and age are all that can
/// be said of them.
pub(super) fn as_table(call: &Call<'_>, answer: Value) -> Value {
    if answer["kind"].text() == "Table" {
        return answer;
    }
    let now = call.io.transport.now();
    let rows = match answer.get("items") {
        Some(items) => items.items().iter().map(|item| row(item, now)).collect(),
        None => vec![row(&answer, now)],
    };
    let mut table = value!({
        "kind": "Table",
        "columnDefinitions": [
            { "name": "Name", "type": "string", "format": "name" },
            { "name": "Age", "type": "string" },
        ],
    });
    table.set("metadata", answer["metadata"].clone());
    table.set("rows", Value::list(rows));
    table
}

fn row(object: &Value, now: Time) -> Value {
    let mut row = value!({});
    row.set(
        "cells",
        Value::list(vec![object["metadata"]["name"].clone(), object_age(object, now)]),
    );
    row.set("object", object.clone());
    row
}
