//! `get -w`: what there is, then every change.

use podyard_engine::value;
use podyard_engine::value::Value;

use super::table;
use crate::call::Call;
use crate::client::{Event, JSON, TABLE, Target};
use crate::failure::{Failure, Outcome};
use crate::output::Printer;
use crate::print::TablePrinter;
use crate::resource::{Info, Listed, Selection, Selector};

/// Prints the objects and then their changes, until the server ends the watch.
pub(super) async fn run(
    call: &Call<'_>,
    selector: &Selector,
    printer: Option<&Printer>,
) -> Outcome {
    if selector.args.first().is_some_and(|types| types.contains(',')) {
        return Err("you may only specify a single resource type".into());
    }
    match selector.resolve(call).await? {
        Selection::Lists(lists) => match lists.as_slice() {
            [list] => watch_list(call, list, printer).await,
            _ => Err("you may only specify a single resource type".into()),
        },
        Selection::Objects(objects) => {
            let mut objects = objects.into_iter();
            match (objects.next(), objects.next()) {
                (Some(info), None) => watch_one(call, &info?, printer).await,
                _ => Err("watch is only supported on individual resources and resource \
                          collections - more than 1 resource was found"
                    .into()),
            }
        }
    }
}

async fn watch_list(call: &Call<'_>, list: &Listed, printer: Option<&Printer>) -> Outcome {
    let mut screen = Screen::new(call, list, printer);
    let current = match printer {
        None => table::all_rows(call, list).await?,
        Some(_) => {
            call.client.get(&list.target()).await.map_err(|failure| list.explain(failure))?
        }
    };
    if !call.flags.is("watch-only") {
        screen.show_all(list, &current)?;
    }
    let version = current["metadata"]["resourceVersion"].text().to_owned();
    screen.follow(list.target(), &version, "").await
}

async fn watch_one(call: &Call<'_>, info: &Info, printer: Option<&Printer>) -> Outcome {
    let list = Listed {
        resource: info.resource.clone(),
        namespace: info.namespace.clone(),
        labels: String::new(),
        fields: format!("metadata.name={}", info.name),
    };
    let mut screen = Screen::new(call, &list, printer);
    let accept = if printer.is_none() { TABLE } else { JSON };
    let current = match call.client.get_as(&info.target(), accept).await {
        Ok(current) => current,
        Err(failure) => return Err(info.or_missing_namespace(&call.client, failure).await),
    };
    let mut shown = current["metadata"]["resourceVersion"].text().to_owned();
    if printer.is_none()
        && let Some(row) = current["rows"].items().first()
    {
        let version = row["object"]["metadata"]["resourceVersion"].text();
        version.clone_into(&mut shown);
    }
    if !call.flags.is("watch-only") {
        screen.show(&current, "ADDED")?;
    }
    // From 0 the server first repeats the object, which is not shown again.
    screen.follow(list.target(), "0", &shown).await
}

/// Where the changes are printed.
struct Screen<'c, 'a> {
    call: &'c Call<'a>,
    printer: Option<&'c Printer>,
    table: TablePrinter,
    printed: bool,
}

impl<'c, 'a> Screen<'c, 'a> {
    fn new(call: &'c Call<'a>, list: &Listed, printer: Option<&'c Printer>) -> Self {
        let table = TablePrinter::new(table::options(call, &list.resource, false));
        Self { call, printer, table, printed: false }
    }

    fn show_all(&mut self, list: &Listed, current: &Value) -> Outcome {
        if self.printer.is_none() {
            return self.show(current, "ADDED");
        }
        for item in current["items"].items() {
            self.show(&list.info(item).object, "ADDED")?;
        }
        Ok(())
    }

    fn show(&mut self, object: &Value, event: &str) -> Outcome {
        let event = self.call.flags.is("output-watch-events").then_some(event);
        let Some(printer) = self.printer else {
            let table = table::as_table(self.call, object.clone());
            self.call.io.out(&self.table.print_event(&table, event));
            return Ok(());
        };
        if std::mem::replace(&mut self.printed, true) && matches!(printer, Printer::Yaml) {
            self.call.io.out("---\n");
        }
        let Some(kind) = event else { return super::print_object(self.call, printer, object) };
        let mut wrapped = value!({ "type": kind });
        wrapped.set("object", object.clone());
        super::print_object(self.call, printer, &wrapped)
    }

    async fn follow(&mut self, target: Target, version: &str, shown: &str) -> Outcome {
        let accept = if self.printer.is_none() { TABLE } else { JSON };
        let mut watch = self.call.client.watch(&target, accept, version).await?;
        let mut first = !shown.is_empty();
        while let Some(Event { kind, object }) = watch.next(None).await.map_err(worded)? {
            let repeated = std::mem::take(&mut first) && version_of(&object) == shown;
            if !repeated {
                self.show(&object, &kind)?;
            }
        }
        Ok(())
    }
}

fn version_of(object: &Value) -> &str {
    let whole = match object["rows"].items().first() {
        Some(row) => &row["object"],
        None => object,
    };
    whole["metadata"]["resourceVersion"].text()
}

fn worded(failure: Failure) -> Failure {
    match failure {
        Failure::Status(status) => Failure::Text(format!(
            "unable to decode an event from the watch stream: {}",
            status["message"].text()
        )),
        other => other,
    }
}
