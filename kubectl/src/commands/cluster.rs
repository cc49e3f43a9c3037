//! `kubectl cluster-info`, `version` and `top`.

use podyard_engine::quantity::Quantity;
use podyard_engine::value;
use podyard_engine::value::Value;

use crate::call::Call;
use crate::client::Target;
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};
use crate::print::{self, TabWriter};
use crate::resource::Listed;

/// The version of kubectl that this one equals.
const CLIENT_VERSION: &str = "v1.32.5";
const KUSTOMIZE_VERSION: &str = "v5.5.0";

const VERSION_FLAGS: &[Flag] = &[
    flags::switch("client", "Only this program's version; ask no server."),
    flags::text("output", "The output format: yaml or json.").short('o'),
];
const TOP_FLAGS: &[Flag] = &[
    flags::LABELS,
    flags::switch("no-headers", "Print no headers."),
    flags::text("sort-by", "Sort by cpu or memory."),
];
const TOP_POD_FLAGS: &[Flag] = &[
    flags::ALL_NAMESPACES,
    flags::switch("containers", "Print a line for each container."),
    flags::FIELD_SELECTOR,
];

pub(super) const CLUSTER_INFO: Command =
    Command::new("cluster-info", "Display cluster information", "[flags]")
        .run(|call| Box::pin(cluster_info(call)));

pub(super) const VERSION: Command =
    Command::new("version", "Print the client and server version information", "[flags]")
        .flags(&[VERSION_FLAGS])
        .run(|call| Box::pin(version(call)));

pub(super) const TOP: Command =
    Command::new("top", "Display resource (CPU/memory) usage", "[flags]").children(&[
        Command::new("node", "Display resource (CPU/memory) usage of nodes", "[NAME | -l label]")
            .aliases(&["nodes", "no"])
            .flags(&[TOP_FLAGS])
            .run(|call| Box::pin(top_nodes(call))),
        Command::new("pod", "Display resource (CPU/memory) usage of pods", "[NAME | -l label]")
            .aliases(&["pods", "po"])
            .flags(&[TOP_FLAGS, TOP_POD_FLAGS])
            .run(|call| Box::pin(top_pods(call))),
    ]);

async fn cluster_info(call: &Call<'_>) -> Outcome {
    let flags = &call.flags;
    let server = match flags.text("server") {
        "" => call.config.server(flags.text("context"), flags.text("cluster")),
        given => Some(given.to_owned()),
    };
    let server = server.unwrap_or_else(|| "http://localhost:8080".to_owned());
    let discovery = call.client.discovery().await?;
    let namespace = if call.namespace_given { &call.namespace } else { "kube-system" };
    let list = Listed {
        resource: discovery.lookup("services")?,
        namespace: namespace.to_owned(),
        labels: "kubernetes.io/cluster-service=true".to_owned(),
        fields: String::new(),
    };
    let services = list.read(&call.client).await;
    if let Ok(services) = &services {
        call.io.line(&format!("Kubernetes control plane is running at {server}"));
        for service in services {
            call.io.line(&running_at(&server, &service.object));
        }
    }
    call.io
        .line("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.");
    services.map(|_| ())
}

fn running_at(server: &str, service: &Value) -> String {
    let metadata = &service["metadata"];
    let name = match metadata["labels"]["kubernetes.io/name"].text() {
        "" => metadata["name"].text(),
        shown => shown,
    };
    let port = match service["spec"]["ports"][0]["name"].text() {
        "" => String::new(),
        named => format!(":{named}"),
    };
    format!(
        "{name} is running at {server}/api/v1/namespaces/{}/services/{}{port}/proxy",
        metadata["namespace"].text(),
        metadata["name"].text()
    )
}

async fn version(call: &Call<'_>) -> Outcome {
    if !call.args.is_empty() {
        return fail(format!("extra arguments: [{}]", call.args.join(" ")));
    }
    let output = call.flags.text("output");
    if !matches!(output, "" | "yaml" | "json") {
        return fail("--output must be 'yaml' or 'json'");
    }
    let server = if call.flags.is("client") {
        None
    } else {
        Some(call.client.get(&Target::raw("/version").query("timeout", "32s")).await)
    };
    let (server, failure) = match server {
        Some(Ok(server)) => (Some(server), None),
        Some(Err(failure)) => (None, Some(failure)),
        None => (None, None),
    };
    let mut all = value!({
        "clientVersion": {
            "major": "1",
            "minor": "32",
            "gitVersion": CLIENT_VERSION,
            "gitCommit": "9894294ef13a5b32803e3ca2c0d620a088cc84d1",
            "buildDate": "2025-05-15T09:12:10Z",
            "gitTreeState": "clean",
            "goVersion": "go1.23.8",
            "compiler": "gc",
            "platform": "linux/amd64",
        },
        "kustomizeVersion": KUSTOMIZE_VERSION,
    });
    if let Some(server) = &server {
        all.set("serverVersion", server.clone());
    }
    match output {
        "yaml" => call.io.line(&print::to_yaml(&all)),
        "json" => call.io.line(&all.to_json_pretty(2)),
        _ => {
            call.io.line(&format!("Client Version: {CLIENT_VERSION}"));
            call.io.line(&format!("Kustomize Version: {KUSTOMIZE_VERSION}"));
            if let Some(server) = &server {
                call.io.line(&format!("Server Version: {}", server["gitVersion"].text()));
            }
        }
    }
    failure.map_or(Ok(()), Err)
}

/// The collection of metrics; a failure when nothing measures.
async fn metrics(call: &Call<'_>, plural: &str) -> Outcome<Target> {
    let discovery = call.client.discovery().await?;
    let found = discovery.groups.iter().find(|group| group.name == "metrics.k8s.io");
    let version = found.and_then(|group| group.versions.first());
    match version {
        Some(version) => Ok(Target::of(["apis", "metrics.k8s.io", &version.name])
            .child(plural)
            .query_some("labelSelector", call.flags.text("selector"))),
        None => fail("Metrics API not available"),
    }
}

fn check_sort(call: &Call<'_>) -> Outcome {
    match call.flags.text("sort-by") {
        "" | "cpu" | "memory" => Ok(()),
        _ => fail("--sort-by accepts only cpu or memory"),
    }
}

/// One line of `top`.
struct Row {
    name: String,
    cpu: i64,
    memory: i64,
    rest: Vec<String>,
}

fn usage(value: &Value) -> (i64, i64) {
    let amount = |name: &str| Quantity::parse_or_zero(value[name].text());
    (amount("cpu").milli_value(), amount("memory").value() >> 20)
}

fn print_rows(call: &Call<'_>, header: &str, mut rows: Vec<Row>) {
    match call.flags.text("sort-by") {
        "cpu" => rows.sort_by_key(|row| -row.cpu),
        "memory" => rows.sort_by_key(|row| -row.memory),
        _ => rows.sort_by(|a, b| a.name.cmp(&b.name)),
    }
    let mut text = String::new();
    if !call.flags.is("no-headers") {
        text.push_str(header);
        text.push('\n');
    }
    for row in rows {
        let mut cells = vec![row.name];
        cells.extend(row.rest);
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    call.io.out(&TabWriter::for_tables().format(&text));
}

async fn top_nodes(call: &Call<'_>) -> Outcome {
    check_sort(call)?;
    let target = metrics(call, "nodes").await?;
    let list = call.client.get(&target).await?;
    let nodes = call.client.get(&Target::of(["api", "v1", "nodes"])).await?;
    let mut rows = Vec::new();
    for item in list["items"].items() {
        let name = item["metadata"]["name"].text();
        if call.args.first().is_some_and(|wanted| wanted != name) {
            continue;
        }
        let (cpu, memory) = usage(&item["usage"]);
        let node =
            nodes["items"].items().iter().find(|node| node["metadata"]["name"].text() == name);
        let (all_cpu, all_memory) =
            node.map_or((0, 0), |node| usage(&node["status"]["allocatable"]));
        let share = |part: i64, whole: i64| if whole == 0 { 0 } else { part * 100 / whole };
        rows.push(Row {
            name: name.to_owned(),
            cpu,
            memory,
            rest: vec![
                format!("{cpu}m"),
                format!("{}%", share(cpu, all_cpu)),
                format!("{memory}Mi"),
                format!("{}%", share(memory, all_memory)),
            ],
        });
    }
    print_rows(call, "NAME\tCPU(cores)\tCPU(%)\tMEMORY(bytes)\tMEMORY(%)", rows);
    Ok(())
}

/// Pods of which nothing is known are new; otherwise there are none.
async fn nothing_measured(call: &Call<'_>, all: bool) -> Outcome {
    let pods = Target::of(["api", "v1"]);
    let pods = if all { pods } else { pods.child("namespaces").child(&call.namespace) };
    let pods = pods.child("pods").query_some("labelSelector", call.flags.text("selector"));
    if !call.client.get(&pods).await?["items"].is_empty() {
        return fail("metrics not available yet");
    }
    let place = if all { String::new() } else { format!(" in {} namespace.", call.namespace) };
    call.io.warn(&format!("No resources found{place}"));
    Ok(())
}

async fn top_pods(call: &Call<'_>) -> Outcome {
    check_sort(call)?;
    let all = call.flags.is("all-namespaces");
    let plural =
        if all { "pods".to_owned() } else { format!("namespaces/{}/pods", call.namespace) };
    metrics(call, "pods").await?;
    let discovery = call.client.discovery().await?;
    let version = discovery.groups.iter().find(|group| group.name == "metrics.k8s.io");
    let version =
        version.and_then(|group| group.versions.first()).map_or("v1beta1", |one| &one.name);
    let target = Target::raw(format!("/apis/metrics.k8s.io/{version}/{plural}"))
        .query_some("labelSelector", call.flags.text("selector"))
        .query_some("fieldSelector", call.flags.text("field-selector"));
    let list = call.client.get(&target).await?;
    let mut rows = Vec::new();
    for item in list["items"].items() {
        let name = item["metadata"]["name"].text();
        if call.args.first().is_some_and(|wanted| wanted != name) {
            continue;
        }
        let containers = item["containers"].items().iter().map(|one| usage(&one["usage"]));
        let (cpu, memory) = containers.fold((0, 0), |(cpu, memory), (c, m)| (cpu + c, memory + m));
        let shown = if all {
            format!("{}\t{name}", item["metadata"]["namespace"].text())
        } else {
            name.to_owned()
        };
        rows.push(Row {
            name: shown,
            cpu,
            memory,
            rest: vec![format!("{cpu}m"), format!("{memory}Mi")],
        });
    }
    if rows.is_empty() {
        if let Some(name) = call.args.first() {
            return Err(Failure::Text(format!("pods {name:?} not found")));
        }
        return nothing_measured(call, all).await;
    }
    let header = "NAME\tCPU(cores)\tMEMORY(bytes)";
    print_rows(call, &if all { format!("NAMESPACE\t{header}") } else { header.to_owned() }, rows);
    Ok(())
}
