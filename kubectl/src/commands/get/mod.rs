//! `kubectl get`.
//!
//! Models kubectl's `pkg/cmd/get`.

mod table;
mod watch;

use podyard_engine::value;
use podyard_engine::value::Value;
use podyard_engine::wire::Request;

use crate::call::Call;
use crate::client::JSON;
use crate::command::Command;
use crate::failure::{Failure, Outcome};
use crate::flags::{self, Flag};
use crate::output::{GET_FORMATS, Printer, without_managed_fields};
use crate::print;
use crate::resource::{FileOptions, Selection, Selector, latest};

const FLAGS: &[Flag] = &[
    flags::ALL_NAMESPACES,
    flags::CHUNK_SIZE,
    flags::FIELD_SELECTOR,
    flags::switch("ignore-not-found", "A missing object is no failure."),
    flags::list("label-columns", "Labels to show as columns.").short('L'),
    flags::switch("no-headers", "Print no headers."),
    flags::switch("output-watch-events", "Print each change with its type."),
    flags::text("raw", "A path to ask the server for, as it is."),
    flags::LABELS,
    flags::switch("server-print", "Let the server make the table.").default("true"),
    flags::switch("show-kind", "Print the kind before each name."),
    flags::switch("show-labels", "Print all labels in a last column."),
    flags::text("sort-by", "Sort by this field, a JSONPath."),
    flags::text("subresource", "Ask for this subresource of the object."),
    flags::switch("watch", "Go on to watch for changes.").short('w'),
    flags::switch("watch-only", "Watch for changes, without listing first."),
];

pub(super) const GET: Command = Command::new(
    "get",
    "Display one or many resources",
    "[(-o|--output=)json|yaml|name|go-template|go-template-file|template|templatefile|jsonpath|\
     jsonpath-as-json|jsonpath-file|custom-columns|custom-columns-file|wide] \
     (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]",
)
.flags(&[FLAGS, flags::FILES, flags::PRINT])
.run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    let flags = &call.flags;
    if !flags.text("raw").is_empty() {
        return raw(call).await;
    }
    validate(call)?;
    let printer = match flags.text("output") {
        "wide" => None,
        _ => Printer::of(call, GET_FORMATS)?,
    };
    if call.args.is_empty() && !FileOptions::of(call).are_given() {
        return missing(call);
    }
    let selector = Selector::of(call, true);
    if flags.is("watch") || flags.is("watch-only") {
        return watch::run(call, &selector, printer.as_ref()).await;
    }
    match printer {
        Some(printer) => objects(call, &selector, &printer).await,
        None => table::run(call, &selector).await,
    }
}

fn validate(call: &Call<'_>) -> Outcome {
    let flags = &call.flags;
    let output = flags.text("output");
    if flags.is("show-labels") && !matches!(output, "" | "wide") {
        return Err(Failure::Text(format!(
            "--show-labels option cannot be used with {output} printer"
        )));
    }
    let watching = flags.is("watch") || flags.is("watch-only");
    if flags.is("output-watch-events") && !watching {
        return Err(
            "--output-watch-events option can only be used with --watch or --watch-only".into()
        );
    }
    if watching && !flags.text("sort-by").is_empty() {
        call.io.warn(
            "warning: --watch requested, --sort-by will be ignored for watch events received",
        );
    }
    Ok(())
}

/// Nothing says what to get.
fn missing(call: &Call<'_>) -> Outcome {
    call.io.warn(
        "You must specify the type of resource to get. Use \"kubectl api-resources\" for a \
         complete list of supported resources.\n",
    );
    Err(call.usage(
        "Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed \
         description of that resource (e.g. kubectl explain pods).",
    ))
}

async fn raw(call: &Call<'_>) -> Outcome {
    if !call.args.is_empty() || !call.flags.list("filename").is_empty() {
        return Err("arguments may not be passed when --raw is specified".into());
    }
    let path = call.flags.text("raw");
    if !path.starts_with('/') {
        return Err(Failure::Text(format!(
            "--raw must be a valid URL path: parse {path:?}: invalid URI for request"
        )));
    }
    let target = call.flags.text("raw").to_owned();
    let request = Request { target, accept: JSON.to_owned(), ..Request::default() };
    let response = call.client.send(request).await?;
    let stdout = call.io.stdout;
    call.client.drain(response.body, |bytes| stdout.write(bytes)).await;
    Ok(())
}

/// Prints whole objects: one alone, or a `List`.
async fn objects(call: &Call<'_>, selector: &Selector, printer: &Printer) -> Outcome {
    let flags = &call.flags;
    let ignore = flags.is("ignore-not-found");
    let single = is_single(selector);
    let (infos, mut failures) = match flags.text("subresource") {
        "" => latest(call, selector).await?,
        subresource => subresources(call, selector, subresource).await?,
    };
    if ignore {
        failures.retain(|failure| !failure.is_not_found());
    }
    if single && !failures.is_empty() || infos.is_empty() && ignore {
        return Failure::collect(failures);
    }
    let mut items: Vec<Value> = infos.into_iter().map(|info| info.object).collect();
    let sort_by = flags.text("sort-by");
    if !sort_by.is_empty() {
        print::sort_objects(&mut items, sort_by)
            .map_err(|error| Failure::Text(error.to_string()))?;
    }
    let object = match items.as_slice() {
        [one] if single => one.clone(),
        _ => list_of(items),
    };
    print_object(call, printer, &object)?;
    Failure::collect(failures)
}

/// A list as kubectl makes it of what it was asked for.
pub(crate) fn list_of(items: Vec<Value>) -> Value {
    let mut list =
        value!({ "apiVersion": "v1", "kind": "List", "metadata": { "resourceVersion": "" } });
    list.set("items", Value::list(items));
    list
}

fn print_object(call: &Call<'_>, printer: &Printer, object: &Value) -> Outcome {
    if printer.shows_fields() && !call.flags.is("show-managed-fields") {
        return printer.print(&call.io, &without_managed_fields(object));
    }
    printer.print(&call.io, object)
}

/// Whether one object alone was asked for by name, or one file.
fn is_single(selector: &Selector) -> bool {
    if let [path] = selector.files.paths.as_slice() {
        return path != "-" && !selector.files.recursive;
    }
    let slash = selector.args.iter().any(|arg| arg.contains('/'));
    !selector.is_by_query()
        && selector.args.len() == if slash { 1 } else { 2 }
        && !selector.args.first().is_some_and(|types| types.contains(','))
}

async fn subresources(
    call: &Call<'_>,
    selector: &Selector,
    subresource: &str,
) -> Outcome<(Vec<crate::resource::Info>, Vec<Failure>)> {
    let Selection::Objects(objects) = selector.resolve(call).await? else {
        return Err("subresource cannot be used when bulk resources are specified".into());
    };
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for object in objects {
        let info = object?;
        match call.client.get(&info.target().child(subresource)).await {
            Ok(object) => found.push(info.refreshed(object)),
            Err(failure) => failures.push(failure),
        }
    }
    Ok((found, failures))
}
