//! What was measured, for people.

use serde_json::Value;

use super::peer;

/// Prints everything.
pub(super) fn print(all: &Value) {
    let rows = |name: &str| all[name].as_array().cloned().unwrap_or_default();
    deployments(&rows("pods"), &rows("peer"));
    let (floor, requests, link) = (&all["floor"], &all["requests"], &all["link"]);
    println!(
        "\nThe floor: {} objects allocated and indexed; the engine takes {:.1} times that",
        float(&floor["objects"]),
        float(&floor["times"])
    );
    println!(
        "Requests: {} a second, {} failed",
        requests["requests_per_second"], requests["failed"]
    );
    println!("A link of {} actions: {:.0} ms", link["actions"], float(&link["open_ms"]));
    println!("\nThe parts, in microseconds");
    for (name, nanos) in all["parts"].as_object().into_iter().flatten() {
        println!("{:>12.1}  {name}", float(nanos) / 1_000.0);
    }
    let worker = all.pointer("/page/worker/pods").unwrap_or(&Value::Null);
    if let Some(theirs) = rows("peer").iter().find(|peer| peer["N"] == worker["replicas"]) {
        let times = peer::millis(theirs) / float(&worker["worker_cpu_ms"]);
        println!("\nIn the page's worker: {times:.0} times less than the peer");
    }
    println!("\nThe page");
    leaves("", &all["page"]);
}

/// One row for each of our runs, with the peer's time where it has one.
fn deployments(ours: &[Value], peers: &[Value]) {
    println!(
        "\n{:>8}{:>7}{:>12}{:>12}{:>12}{:>10}{:>8}{:>10}{:>10}{:>12}{:>8}",
        "pods",
        "nodes",
        "create ms",
        "roll ms",
        "zero ms",
        "cpu ms",
        "MB",
        "writes",
        "us/pod",
        "peer cpu ms",
        "times"
    );
    for row in ours {
        let [create, roll, zero] =
            ["converge_ms", "rollout_ms", "scale_to_zero_ms"].map(|key| float(&row[key]));
        let (all, pods) = (float(&row["cpu_ms"]), float(&row["replicas"]));
        let theirs = peers.iter().find(|peer| peer["N"] == row["replicas"]).map(peer::millis);
        let times = theirs.map_or_else(String::new, |theirs| format!("{:.0}", theirs / all));
        let theirs = theirs.map_or_else(String::new, |theirs| format!("{theirs:.0}"));
        println!(
            "{pods:>8}{:>7}{create:>12.1}{roll:>12.1}{zero:>12.1}{all:>10.1}{:>8}{:>10}{:>10.1}\
             {theirs:>12}{times:>8}",
            float(&row["nodes"]),
            float(&row["peak_rss_mb"]),
            float(&row["events"]),
            all * 1_000.0 / pods
        );
    }
}

/// Every number in a tree, with its path.
fn leaves(path: &str, value: &Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                leaves(&format!("{path} {name}"), value);
            }
        }
        Value::String(text) => println!("{:>12} {path}: {text}", ""),
        Value::Number(number) => println!("{:>12.1} {path}", number.as_f64().unwrap_or_default()),
        _ => {}
    }
}

fn float(value: &Value) -> f64 {
    value.as_f64().unwrap_or_default()
}
