//! `kubectl describe`: asks for objects and hands them to the describers.
//!
//! Models kubectl's `pkg/cmd/describe`.

use podyard_engine::value::Value;

use crate::call::Call;
use crate::client::{Client, Target};
use crate::command::Command;
use crate::describe::{Context, FetchError, Fetched, Query, Related, Resource, describe};
use crate::failure::{Failure, Outcome};
use crate::flags::{self, Flag};
use crate::resource::{FileOptions, Info, Listed, Selection, Selector, latest};

const FLAGS: &[Flag] = &[
    flags::ALL_NAMESPACES,
    flags::CHUNK_SIZE,
    flags::LABELS,
    flags::switch("show-events", "Show the events about each object.").default("true"),
];

pub(super) const DESCRIBE: Command = Command::new(
    "describe",
    "Show details of a specific resource or group of resources",
    "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
)
.flags(&[FLAGS, flags::FILES])
.run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    if call.args.is_empty() && !FileOptions::of(call).are_given() {
        return Err(Failure::Text(
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" \
             for a complete list of supported resources."
                .to_owned(),
        ));
    }
    let selector = Selector::of(call, true);
    let (infos, failures) = latest(call, &selector).await?;
    if let Some(failure) = failures.iter().find(|failure| failure.is_not_found())
        && call.args.len() == 2
        && !call.args.iter().any(|arg| arg.contains('/'))
    {
        return by_prefix(call, &selector, failure.clone()).await;
    }
    let pairs = call.args.iter().any(|arg| arg.contains('/'));
    if pairs && !failures.is_empty() {
        // Of objects named one by one, all are shown or none.
        return Failure::collect(failures);
    }
    show(call, &infos, failures).await
}

async fn show(call: &Call<'_>, infos: &[Info], mut failures: Vec<Failure>) -> Outcome {
    let mut printed = false;
    for info in infos {
        match text(call, info).await {
            Ok(text) => {
                if std::mem::replace(&mut printed, true) {
                    call.io.out("\n\n");
                }
                call.io.out(&text);
            }
            Err(failure) if failures.contains(&failure) => {}
            Err(failure) => failures.push(failure),
        }
    }
    if !printed && failures.is_empty() {
        if call.flags.is("all-namespaces") {
            call.io.warn("No resources found");
        } else {
            call.io.warn(&format!("No resources found in {} namespace.", call.namespace));
        }
    }
    Failure::collect(failures)
}

/// A name that is no object's may be how several begin.
async fn by_prefix(call: &Call<'_>, selector: &Selector, missing: Failure) -> Outcome {
    let Selection::Objects(objects) = selector.resolve(call).await? else { return Err(missing) };
    let Some(Ok(named)) = objects.into_iter().next() else { return Err(missing) };
    let list = Listed {
        resource: named.resource.clone(),
        namespace: named.namespace.clone(),
        labels: String::new(),
        fields: String::new(),
    };
    let mut infos = list.read(&call.client).await?;
    infos.retain(|info| info.name.starts_with(&named.name));
    if infos.is_empty() {
        return Err(missing);
    }
    for info in &infos {
        call.io.line(&text(call, info).await?);
    }
    Ok(())
}

async fn text(call: &Call<'_>, info: &Info) -> Outcome<String> {
    let related = Surroundings { client: &call.client };
    let context = Context {
        related: &related,
        now: call.io.transport.now(),
        show_events: call.flags.is("show-events"),
    };
    let described = describe(&info.resource.group, &info.object, context).await;
    described.map_err(|error| Failure::Text(error.message))
}

/// The objects around the described one, from the server.
struct Surroundings<'c, 'a> {
    client: &'c Client<'a>,
}

fn collection(resource: Resource, namespace: &str) -> Target {
    let Resource { group, version, plural } = resource;
    let target = if group.is_empty() {
        Target::of(["api", version])
    } else {
        Target::of(["apis", group, version])
    };
    let target =
        if namespace.is_empty() { target } else { target.child("namespaces").child(namespace) };
    target.child(plural)
}

fn worded(failure: Failure) -> FetchError {
    FetchError { not_found: failure.is_not_found(), message: failure.text() }
}

impl Related for Surroundings<'_, '_> {
    fn list(&self, query: Query) -> Fetched<'_, Vec<Value>> {
        Box::pin(async move {
            let (mut items, mut next) = (Vec::new(), String::new());
            loop {
                let target = collection(query.resource, &query.namespace)
                    .query_some("labelSelector", &query.labels)
                    .query_some("fieldSelector", &query.fields)
                    .query("limit", "500")
                    .query_some("continue", &next);
                let mut list = self.client.get(&target).await.map_err(worded)?;
                list["metadata"]["continue"].text().clone_into(&mut next);
                items.append(list["items"].make_list());
                if next.is_empty() {
                    return Ok(items);
                }
            }
        })
    }

    fn get(&self, resource: Resource, namespace: &str, name: &str) -> Fetched<'_, Value> {
        let target = collection(resource, namespace).child(name);
        Box::pin(async move { self.client.get(&target).await.map_err(worded) })
    }
}
