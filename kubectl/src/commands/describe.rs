//! `kubectl describe`.
//!
//! Models kubectl's `pkg/cmd/describe`.

use podyard_engine::value::Value;

use crate::call::Call;
use crate::client::{Client, Target};
use crate::command::Command;
use crate::describe::{Context, FetchError, Fetched, Query, Related, Resource, describe};
use crate::failure::{Failure, Outcome};
use crate::flags::{self, Flag};
use crate::resource::{Info, Listed, Selector, latest};

const FLAGS: &[Flag] = &[
    flags::ALL_NAMESPACES,
    flags::CHUNK_SIZE,
    flags::LABELS,
    flags::switch("show-events", "Print the events about the object as well.").default("true"),
];

pub(super) const DESCRIBE: Command = Command::new(
    "describe",
    "Show details of a specific resource or group of resources",
    "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
)
.flags(&[FLAGS, flags::FILES])
.run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    if call.args.is_empty() && call.flags.list("filename").is_empty() {
        return Err("You must specify the type of resource to describe. Use \"kubectl \
                    api-resources\" for a complete list of supported resources.\n"
            .into());
    }
    let selector = Selector::of(call, true);
    let (infos, mut failures) = latest(call, &selector).await?;
    if let ([], [failure], [kind, prefix]) =
        (infos.as_slice(), failures.as_slice(), call.args.as_slice())
        && failure.is_not_found()
    {
        let failure = failure.clone();
        return by_prefix(call, kind, prefix, failure).await;
    }
    let mut texts = Vec::new();
    for info in &infos {
        match text(call, info).await {
            Ok(text) => texts.push(text),
            Err(failure) if failures.contains(&failure) => {}
            Err(failure) => failures.push(failure),
        }
    }
    call.io.out(&texts.join("\n\n"));
    if infos.is_empty() && failures.is_empty() {
        if call.flags.is("all-namespaces") {
            call.io.warn("No resources found");
        } else {
            call.io.warn(&format!("No resources found in {} namespace.", call.namespace));
        }
    }
    Failure::collect(failures)
}

/// Describes the objects whose names start with `prefix`.
async fn by_prefix(call: &Call<'_>, kind: &str, prefix: &str, missing: Failure) -> Outcome {
    let discovery = call.client.discovery().await?;
    let list = Listed {
        resource: discovery.lookup(kind)?,
        namespace: call.list_namespace().to_owned(),
        labels: String::new(),
        fields: String::new(),
    };
    let infos = list.read(&call.client).await?;
    let mut found = false;
    for info in infos.iter().filter(|info| info.name.starts_with(prefix)) {
        found = true;
        call.io.line(&text(call, info).await?);
    }
    if found { Ok(()) } else { Err(missing) }
}

async fn text(call: &Call<'_>, info: &Info) -> Outcome<String> {
    let context = Context {
        related: &call.client,
        now: call.io.transport.now(),
        show_events: call.flags.is("show-events"),
    };
    let described = describe(&info.resource.group, &info.object, context).await;
    described.map_err(|error| Failure::Text(error.message))
}

impl Related for Client<'_> {
    fn list(&self, query: Query) -> Fetched<'_, Vec<Value>> {
        Box::pin(async move {
            let mut items = Vec::new();
            let mut next = String::new();
            loop {
                let target = collection(query.resource, &query.namespace)
                    .query("limit", "500")
                    .query_some("labelSelector", &query.labels)
                    .query_some("fieldSelector", &query.fields)
                    .query_some("continue", &next);
                let mut list = Client::get(self, &target).await.map_err(fetch_error)?;
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
        Box::pin(async move { Client::get(self, &target).await.map_err(fetch_error) })
    }
}

fn collection(resource: Resource, namespace: &str) -> Target {
    let Resource { group, version, plural } = resource;
    let mut target = if group.is_empty() {
        Target::of(["api", version])
    } else {
        Target::of(["apis", group, version])
    };
    if !namespace.is_empty() {
        target = target.child("namespaces").child(namespace);
    }
    target.child(plural)
}

fn fetch_error(failure: Failure) -> FetchError {
    FetchError { not_found: failure.is_not_found(), message: failure.text() }
}
