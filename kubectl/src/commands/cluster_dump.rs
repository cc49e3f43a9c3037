//! `kubectl cluster-info dump`.
//!
//! Models kubectl's `pkg/cmd/clusterinfo/clusterinfo_dump.go`.

use std::cell::Cell;

use podyard_engine::value::Value;

use crate::call::Call;
use crate::client::Target;
use crate::command::Command;
use crate::failure::{Failure, Outcome};
use crate::flags::{self, Flag};
use crate::output::{FORMATS, Printer, without_managed_fields};

const FLAGS: &[Flag] = &[
    flags::ALL_NAMESPACES,
    flags::switch("allow-missing-template-keys", "Let templates name fields that are missing.")
        .default("true"),
    flags::list("namespaces", "The namespaces to dump, commas between them."),
    flags::text("output", "The output format.").short('o').default("json"),
    flags::text("output-directory", "A directory for the files; none for standard output."),
    flags::duration("pod-running-timeout", "20s", "How long to wait until a Pod runs."),
    flags::switch("show-managed-fields", "Keep managedFields when printing JSON or YAML."),
    flags::text("template", "A template, for -o go-template."),
];

pub(super) const DUMP: Command =
    Command::new("dump", "Dump relevant information for debugging and diagnosis", "[flags]")
        .flags(&[FLAGS])
        .run(|call| Box::pin(run(call)));

/// What is dumped of a namespace: the file's name, the API and the collection.
const LISTS: &[(&str, &str, &str)] = &[
    ("events", "/api/v1", "events"),
    ("replication-controllers", "/api/v1", "replicationcontrollers"),
    ("services", "/api/v1", "services"),
    ("daemonsets", "/apis/apps/v1", "daemonsets"),
    ("deployments", "/apis/apps/v1", "deployments"),
    ("replicasets", "/apis/apps/v1", "replicasets"),
    ("pods", "/api/v1", "pods"),
];

/// One dump.
struct Dump<'c, 'a> {
    call: &'c Call<'a>,
    printer: Printer,
    /// Where files go; empty for standard output.
    folder: &'c str,
    /// Whether a list was printed already: YAML parts its documents.
    begun: Cell<bool>,
}

async fn run(call: &Call<'_>) -> Outcome {
    let flags = &call.flags;
    let by_template = !flags.text("template").is_empty() && !flags.changed("output");
    let printer = if by_template { Printer::template(call)? } else { Printer::of(call, FORMATS)? };
    let Some(printer) = printer.map(Printer::typed) else { return Ok(()) };
    let folder = match flags.text("output-directory") {
        "-" => "",
        folder => folder.trim_end_matches('/'),
    };
    let dump = Dump { call, printer, folder, begun: Cell::new(false) };
    dump.list("nodes", Target::raw("/api/v1/nodes")).await?;
    for namespace in namespaces(call).await? {
        dump.namespace(&namespace).await?;
    }
    if !folder.is_empty() {
        call.io.line(&format!("Cluster info dumped to {}", flags.text("output-directory")));
    }
    Ok(())
}

async fn namespaces(call: &Call<'_>) -> Outcome<Vec<String>> {
    if call.flags.is("all-namespaces") {
        let list = call.client.get(&Target::raw("/api/v1/namespaces")).await?;
        let names = list["items"].items().iter().map(|one| one["metadata"]["name"].text());
        return Ok(names.map(str::to_owned).collect());
    }
    match call.flags.list("namespaces") {
        [] => Ok(vec!["kube-system".to_owned(), call.namespace.clone()]),
        given => Ok(given.to_vec()),
    }
}

impl Dump<'_, '_> {
    async fn namespace(&self, namespace: &str) -> Outcome {
        let mut pods = Value::Null;
        for (name, root, plural) in LISTS {
            let target = Target::raw(*root).child("namespaces").child(namespace).child(plural);
            pods = self.list(&format!("{namespace}/{name}"), target).await?;
        }
        for pod in pods["items"].items() {
            let mut text = String::new();
            for list in ["initContainers", "containers"] {
                for container in pod["spec"][list].items() {
                    text.push_str(&self.log(pod, container["name"].text()).await);
                }
            }
            let name = pod["metadata"]["name"].text();
            self.write(&format!("{namespace}/{name}/logs.txt"), &text)?;
        }
        Ok(())
    }

    /// Dumps a list, and gives it.
    async fn list(&self, name: &str, target: Target) -> Outcome<Value> {
        let list = self.call.client.get(&target).await?;
        if matches!(self.printer, Printer::Name) {
            return Err(Failure::Text(format!(
                "list types are not supported by name printing: *v1.{}",
                list["kind"].text()
            )));
        }
        let shows = self.call.flags.is("show-managed-fields");
        let shown = if shows { list.clone() } else { without_managed_fields(&list) };
        let ending = match self.call.flags.text("output") {
            "json" => "json",
            "yaml" => "yaml",
            _ => "txt",
        };
        let mut text = self.printer.text(&self.call.io, &shown)?;
        if self.begun.replace(true) && matches!(self.printer, Printer::Yaml) {
            text.insert_str(0, "---\n");
        }
        self.write(&format!("{name}.{ending}"), &text)?;
        Ok(list)
    }

    async fn log(&self, pod: &Value, container: &str) -> String {
        let metadata = &pod["metadata"];
        let (namespace, name) = (metadata["namespace"].text(), metadata["name"].text());
        let of = format!("logs for container {container} of pod {namespace}/{name} ====\n");
        let target = Target::of(["api", "v1", "namespaces", namespace, "pods", name, "log"])
            .query("container", container);
        let text = match self.call.client.get_text(&target).await {
            Ok(text) => text,
            Err(failure) => format!("Request log error: {}\n", failure.text()),
        };
        format!("==== START {of}{text}==== END {of}")
    }

    fn write(&self, name: &str, text: &str) -> Outcome {
        if self.folder.is_empty() {
            self.call.io.out(text);
            return Ok(());
        }
        let path = format!("{}/{name}", self.folder);
        let written = self.call.io.host.write_file(&path, text.as_bytes());
        written.map_err(|error| Failure::Text(format!("open {path}: {}", error.text())))
    }
}
