//! `gcloud compute firewall-rules`: the little of Google's command line that
//! opens the ports of nodes.

use std::cell::RefCell;

use podyard_engine::cluster::Cluster;
use podyard_engine::network::FirewallRule;
use podyard_kubectl::Io;

const PROJECT: &str = "https://www.googleapis.com/compute/v1/projects/podyard/global/firewalls";

/// Runs gcloud and gives its exit code.
pub(crate) fn run(arguments: &[String], cluster: &RefCell<Cluster>, io: &Io<'_>) -> i32 {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ["compute", "firewall-rules", verb, rest @ ..] = words.as_slice() else {
        let given = words.first().copied().unwrap_or_default();
        io.warn(&format!(
            "ERROR: (gcloud) Invalid choice: '{given}'.\nOnly `gcloud compute firewall-rules \
             create|delete|list` is simulated here."
        ));
        return 2;
    };
    if cluster.borrow().firewall().is_none() {
        io.warn("ERROR: (gcloud) this cluster stands in no cloud, and has no firewall");
        return 1;
    }
    let name = rest.iter().find(|word| !word.starts_with('-')).copied().unwrap_or_default();
    match *verb {
        "create" => create(name, rest, cluster, io),
        "delete" => delete(name, cluster, io),
        "list" => list(cluster, io),
        other => {
            let scope = "gcloud.compute.firewall-rules";
            io.warn(&format!("ERROR: ({scope}) Invalid choice: '{other}'."));
            2
        }
    }
}

fn create(name: &str, rest: &[&str], cluster: &RefCell<Cluster>, io: &Io<'_>) -> i32 {
    const SCOPE: &str = "ERROR: (gcloud.compute.firewall-rules.create)";
    if name.is_empty() {
        io.warn(&format!("{SCOPE} argument NAME: Must be specified."));
        return 2;
    }
    let mut values = rest.iter().skip_while(|word| !word.starts_with("--allow"));
    let allow = values.next().map_or("", |word| match word.split_once('=') {
        Some((_, value)) => value,
        None => values.next().copied().unwrap_or_default(),
    });
    let Some(ports) = parse_ports(allow) else {
        io.warn(&format!(
            "{SCOPE} argument --allow: Bad value [{allow}]: expected tcp:PORT[-PORT]"
        ));
        return 2;
    };
    let rule = FirewallRule { name: name.to_owned(), ports };
    if !cluster.borrow_mut().open_firewall(rule) {
        io.warn(&format!(
            "{SCOPE} Could not fetch resource:\n - The resource 'projects/podyard/global/firewalls/{name}' already exists"
        ));
        return 1;
    }
    io.warn(&format!(
        "Creating firewall...\nCreated [{PROJECT}/{name}].\nCreating firewall...done."
    ));
    list(cluster, io)
}

/// `tcp:30080`, `tcp:30000-32767`, `tcp`, several by commas.
fn parse_ports(text: &str) -> Option<Vec<(u16, u16)>> {
    let mut ports = Vec::new();
    for part in text.split(',') {
        match part.strip_prefix("tcp")? {
            "" => ports.push((0, u16::MAX)),
            rest => {
                let rest = rest.strip_prefix(':')?;
                let (first, last) = rest.split_once('-').unwrap_or((rest, rest));
                ports.push((first.parse().ok()?, last.parse().ok()?));
            }
        }
    }
    Some(ports)
}

fn delete(name: &str, cluster: &RefCell<Cluster>, io: &Io<'_>) -> i32 {
    if cluster.borrow_mut().close_firewall(name) {
        io.warn(&format!("Deleted [{PROJECT}/{name}]."));
        return 0;
    }
    io.warn(&format!(
        "ERROR: (gcloud.compute.firewall-rules.delete) Could not fetch resource:\n - The resource \
         'projects/podyard/global/firewalls/{name}' was not found"
    ));
    1
}

fn list(cluster: &RefCell<Cluster>, io: &Io<'_>) -> i32 {
    let cluster = cluster.borrow();
    let rules = cluster.firewall().unwrap_or_default();
    let allows: Vec<String> = rules
        .iter()
        .map(|rule| {
            let parts = rule.ports.iter().map(|(first, last)| {
                if first == last { format!("tcp:{first}") } else { format!("tcp:{first}-{last}") }
            });
            parts.collect::<Vec<_>>().join(",")
        })
        .collect();
    let name_width = rules.iter().map(|rule| rule.name.len()).max().unwrap_or(0).max(4);
    let allow_width = allows.iter().map(String::len).max().unwrap_or(0).max(5);
    io.line(&format!(
        "{:name_width$}  NETWORK  DIRECTION  PRIORITY  {:allow_width$}  DENY  DISABLED",
        "NAME", "ALLOW"
    ));
    for (rule, allow) in rules.iter().zip(&allows) {
        io.line(&format!(
            "{:name_width$}  default  INGRESS    1000      {allow:allow_width$}        False",
            rule.name
        ));
    }
    0
}
