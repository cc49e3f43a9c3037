//! `kubectl top`.
//!
//! Models kubectl's `pkg/cmd/top` and `pkg/metricsutil/metrics_printer.go`.

use podyard_engine::quantity::Quantity;
use podyard_engine::value::Value;

use crate::call::Call;
use crate::client::Target;
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};
use crate::print::TabWriter;

const FLAGS: &[Flag] = &[
    flags::LABELS,
    flags::switch("no-headers", "Print no headers."),
    flags::text("sort-by", "Sort by cpu or memory."),
    flags::switch("use-protocol-buffers", "Ask for protobuf.").default("true"),
];
const NODE_FLAGS: &[Flag] =
    &[flags::switch("show-capacity", "Compare with all that the node has, not what it gives.")];
const POD_FLAGS: &[Flag] = &[
    flags::ALL_NAMESPACES,
    flags::switch("containers", "Print a line for each container."),
    flags::FIELD_SELECTOR,
    flags::switch("sum", "Print the sum below."),
];

pub(super) const TOP: Command =
    Command::new("top", "Display resource (CPU/memory) usage", "[flags]").children(&[
        Command::new("node", "Display resource (CPU/memory) usage of nodes", "[NAME | -l label]")
            .aliases(&["nodes", "no"])
            .flags(&[FLAGS, NODE_FLAGS])
            .run(|call| Box::pin(nodes(call))),
        Command::new("pod", "Display resource (CPU/memory) usage of pods", "[NAME | -l label]")
            .aliases(&["pods", "po"])
            .flags(&[FLAGS, POD_FLAGS])
            .run(|call| Box::pin(pods(call))),
    ]);

/// How much is used: thousandths of a CPU, and bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Usage {
    cpu: i64,
    memory: i64,
}

impl Usage {
    fn of(value: &Value) -> Self {
        let amount = |name: &str| Quantity::parse_or_zero(value[name].text());
        Self { cpu: amount("cpu").milli_value(), memory: amount("memory").value() }
    }

    fn sum(all: impl Iterator<Item = Self>) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            cpu: sum.cpu + one.cpu,
            memory: sum.memory + one.memory,
        })
    }

    fn cells(self) -> [String; 2] {
        [format!("{}m", self.cpu), format!("{}Mi", self.memory >> 20)]
    }
}

/// A table whose last column is filled up as all others are.
struct Table<'c, 'a> {
    call: &'c Call<'a>,
    text: String,
}

impl<'c, 'a> Table<'c, 'a> {
    fn new(call: &'c Call<'a>, header: &[&str]) -> Self {
        let mut table = Self { call, text: String::new() };
        if !call.flags.is("no-headers") {
            table.row(header);
        }
        table
    }

    fn row<S: AsRef<str>>(&mut self, cells: &[S]) {
        for cell in cells {
            self.text.push_str(cell.as_ref());
            self.text.push('\t');
        }
        self.text.push('\n');
    }

    fn print(self) {
        self.call.io.out(&TabWriter::for_tables().format(&self.text));
    }
}

/// Checks what both have in common; gives the name, if one is given.
fn name<'c>(call: &'c Call<'_>) -> Outcome<Option<&'c str>> {
    let selected = !call.flags.text("selector").is_empty();
    let name = match call.args.as_slice() {
        [] => None,
        [name] => Some(name.as_str()),
        _ => return Err(call.usage(format!("unexpected arguments: {:?}", call.args))),
    };
    if !matches!(call.flags.text("sort-by"), "" | "cpu" | "memory") {
        return fail("--sort-by accepts only cpu or memory");
    }
    if name.is_some() && selected {
        return fail("only one of NAME or --selector can be provided");
    }
    Ok(name)
}

/// Where the metrics are; a failure when nothing measures.
async fn metrics(call: &Call<'_>) -> Outcome<Target> {
    let discovery = call.client.discovery().await?;
    let found = discovery.groups.iter().find(|group| group.name == "metrics.k8s.io");
    match found.and_then(|group| group.versions.first()) {
        Some(version) => Ok(Target::of(["apis", "metrics.k8s.io", &version.name])),
        None => fail("Metrics API not available"),
    }
}

/// One object by name, or the items of a list.
async fn read(call: &Call<'_>, target: Target, name: Option<&str>) -> Outcome<Vec<Value>> {
    match name {
        Some(name) => Ok(vec![call.client.get(&target.child(name)).await?]),
        None => Ok(call.client.get(&selected(call, target)).await?["items"].items().to_vec()),
    }
}

fn selected(call: &Call<'_>, target: Target) -> Target {
    target
        .query_some("labelSelector", call.flags.text("selector"))
        .query_some("fieldSelector", call.flags.text("field-selector"))
}

/// Sorts by what `--sort-by` says, the most first, or else by `names`.
fn sort<T>(
    call: &Call<'_>,
    rows: &mut [T],
    usage: impl Fn(&T) -> Usage,
    names: impl Fn(&T) -> String,
) {
    match call.flags.text("sort-by") {
        "cpu" => rows.sort_by_key(|row| -usage(row).cpu),
        "memory" => rows.sort_by_key(|row| -usage(row).memory),
        _ => rows.sort_by_key(names),
    }
}

async fn nodes(call: &Call<'_>) -> Outcome {
    let name = name(call)?;
    let target = metrics(call).await?.child("nodes");
    let mut measured = read(call, target, name).await?;
    if measured.is_empty() {
        return fail("metrics not available yet");
    }
    let nodes = read(call, Target::of(["api", "v1", "nodes"]), name).await?;
    let own_name = |node: &Value| node["metadata"]["name"].text().to_owned();
    sort(call, &mut measured, |one| Usage::of(&one["usage"]), own_name);
    let header = ["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"];
    let mut table = Table::new(call, &header);
    let size = if call.flags.is("show-capacity") { "capacity" } else { "allocatable" };
    for one in &measured {
        let node = nodes.iter().find(|node| own_name(node) == own_name(one));
        let whole = node.map(|node| Usage::of(&node["status"][size])).unwrap_or_default();
        let used = Usage::of(&one["usage"]);
        let share = |part: i64, whole: i64| format!("{}%", part * 100 / whole.max(1));
        let [cpu, memory] = used.cells();
        let shares = (share(used.cpu, whole.cpu), share(used.memory, whole.memory));
        table.row(&[own_name(one), cpu, shares.0, memory, shares.1]);
    }
    for node in &nodes {
        if !measured.iter().any(|one| own_name(one) == own_name(node)) {
            let unknown = || "<unknown>".to_owned();
            table.row(&[own_name(node), unknown(), unknown(), unknown(), unknown()]);
        }
    }
    table.print();
    Ok(())
}

/// What a Pod's containers use together.
fn of_pod(pod: &Value) -> Usage {
    Usage::sum(pod["containers"].items().iter().map(|one| Usage::of(&one["usage"])))
}

async fn pods(call: &Call<'_>) -> Outcome {
    let name = name(call)?;
    let (all, by_container) = (call.flags.is("all-namespaces"), call.flags.is("containers"));
    let within = |target: Target| {
        if all {
            target.child("pods")
        } else {
            target.child("namespaces").child(&call.namespace).child("pods")
        }
    };
    let mut measured = read(call, within(metrics(call).await?), name).await?;
    if measured.is_empty() {
        return none_measured(call, within(Target::of(["api", "v1"])), all).await;
    }
    let names = |pod: &Value| {
        let metadata = &pod["metadata"];
        let namespace = if all { metadata["namespace"].text() } else { "" };
        format!("{namespace}/{}", metadata["name"].text())
    };
    sort(call, &mut measured, of_pod, names);
    let mut header = vec![];
    header.extend(all.then_some("NAMESPACE"));
    header.extend(by_container.then_some("POD"));
    header.extend(["NAME", "CPU(cores)", "MEMORY(bytes)"]);
    let mut table = Table::new(call, &header);
    for pod in &measured {
        let mut lead = Vec::new();
        if all {
            lead.push(pod["metadata"]["namespace"].text().to_owned());
        }
        lead.push(pod["metadata"]["name"].text().to_owned());
        if by_container {
            let mut containers = pod["containers"].items().to_vec();
            let named = |one: &Value| one["name"].text().to_owned();
            sort(call, &mut containers, |one| Usage::of(&one["usage"]), named);
            for one in &containers {
                let used = Usage::of(&one["usage"]).cells();
                table.row(&[&lead[..], &[named(one)], &used].concat());
            }
        } else {
            table.row(&[&lead[..], &of_pod(pod).cells()].concat());
        }
    }
    if call.flags.is("sum") {
        let blank = vec![String::new(); header.len() - 2];
        let rule = "_".repeat(8);
        table.row(&[&blank[..], &[rule.clone(), rule]].concat());
        table.row(&[&blank[..], &Usage::sum(measured.iter().map(of_pod)).cells()].concat());
    }
    table.print();
    Ok(())
}

/// Nothing is measured: because there is nothing, or because it is too new.
async fn none_measured(call: &Call<'_>, pods: Target, all: bool) -> Outcome {
    let list = call.client.get(&selected(call, pods)).await?;
    if !list["items"].is_empty() {
        return Err(Failure::from("metrics not available yet"));
    }
    call.io.warn(&if all {
        "No resources found".to_owned()
    } else {
        format!("No resources found in {} namespace.", call.namespace)
    });
    Ok(())
}
