//! `podyard`: what a person asks of the simulation itself, which no real
//! cluster has: traffic at a rate, and the way of a request.

use std::cell::RefCell;

use podyard_engine::cluster::{Cluster, Generator, GeneratorSpec, Server, Share};
use podyard_engine::network::{Caller, Hop, Trace};
use podyard_engine::sim::Delay;
use podyard_engine::store::Key;
use podyard_engine::tools::Url;
use podyard_kubectl::Io;

use crate::fault;

const HELP: &str = "\
podyard tells of the simulation itself; a real cluster has no such command.

Usage:
  podyard traffic start --to URL [--rps N] [--from pod/NAME] [-n NAMESPACE] [--keep-alive] [--name NAME]
      sends requests at a steady rate, from outside unless told
  podyard traffic stop NAME | --all
  podyard traffic show [NAME]       what came of them, by endpoint
  podyard trace [NUMBER]            the way of a request: of the last one unless told
";
const TERMINAL_HELP: &str = "\
This terminal is a shell with the usual tools. Beside them it has:
  kubectl   talks to the cluster: try kubectl get pods, or kubectl help
  curl      asks a server, from outside the cluster
  gcloud    compute firewall-rules create|delete|list
  podyard   traffic at a rate, the way of a request, faults: podyard help
Files are those of the editor.
";
/// Requests a second unless told.
const RATE: &str = "5";
/// The most requests a second.
const RATE_MAX: u64 = 100_000;

/// Prints what the terminal can do.
pub(crate) fn terminal_help(io: &Io<'_>) -> i32 {
    io.out(TERMINAL_HELP);
    0
}

/// Runs podyard and gives its exit code.
pub(crate) fn run(arguments: &[String], cluster: &RefCell<Cluster>, io: &Io<'_>) -> i32 {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        [] | ["help" | "--help" | "-h", ..] => {
            io.out(HELP);
            io.out(fault::HELP);
            Ok(())
        }
        ["traffic", "start", rest @ ..] => start(rest, &mut cluster.borrow_mut(), io),
        ["traffic", "stop", rest @ ..] => stop(rest, &mut cluster.borrow_mut(), io),
        ["traffic", "show" | "list", rest @ ..] => show(rest, &cluster.borrow(), io),
        ["fault", rest @ ..] => fault::run(rest, &mut cluster.borrow_mut(), io),
        ["trace", rest @ ..] => trace(rest, &cluster.borrow(), io),
        [other, ..] => Err(format!("unknown command {other:?}; see `podyard help`")),
    };
    match result {
        Ok(()) => 0,
        Err(message) => {
            io.warn(&format!("podyard: {message}"));
            1
        }
    }
}

/// The value of an option given as `--name value` or `--name=value`.
fn option<'a>(words: &[&'a str], name: &str) -> Option<&'a str> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.split_once('=') {
            Some((own, value)) if own == name => return Some(value),
            None if *word == name => return words.next().copied(),
            _ => {}
        }
    }
    None
}

fn start(words: &[&str], cluster: &mut Cluster, io: &Io<'_>) -> Result<(), String> {
    const KNOWN: [&str; 7] =
        ["--to", "--rps", "--from", "-n", "--namespace", "--keep-alive", "--name"];
    let is_unknown = |word: &&&str| {
        word.starts_with('-') && !KNOWN.contains(&word.split('=').next().unwrap_or_default())
    };
    if let Some(word) = words.iter().find(is_unknown) {
        return Err(format!("unknown option {word:?}"));
    }
    let url = option(words, "--to").ok_or("traffic needs --to URL")?;
    let parsed = Url::parse(url).ok_or_else(|| format!("{url:?} is no URL"))?;
    let to = Server { tls: parsed.tls, host: parsed.host, port: parsed.port };
    let rate = parse_rate(option(words, "--rps").unwrap_or(RATE))?;
    let namespace = option(words, "-n").or(option(words, "--namespace")).unwrap_or("default");
    let from = sender(option(words, "--from"), namespace, cluster)?;
    let name = match option(words, "--name") {
        Some(name) => name.to_owned(),
        None => free_name(cluster),
    };
    let keep_alive = words.contains(&"--keep-alive");
    let spec = GeneratorSpec { name, from, to, target: parsed.target, rate, keep_alive };
    let name = spec.name.clone();
    if !cluster.start_generator(spec) {
        return Err(format!("traffic {name:?} runs already"));
    }
    io.line(&format!("traffic/{name} started"));
    Ok(())
}

/// `5` or `0.5` requests a second, in a thousand seconds.
fn parse_rate(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no rate: give requests a second, up to {RATE_MAX}");
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 3 || !digits(whole) || !digits(part) {
        return Err(wrong());
    }
    let rate = format!("{whole}{part:0<3}").parse().unwrap_or(u64::MAX);
    if (1..=RATE_MAX * 1_000).contains(&rate) { Ok(rate) } else { Err(wrong()) }
}

fn sender(from: Option<&str>, namespace: &str, cluster: &Cluster) -> Result<Caller, String> {
    let Some(from) = from.filter(|from| *from != "outside") else { return Ok(Caller::Outside) };
    let kinds = cluster.kinds();
    match from.split_once('/') {
        Some(("pod" | "pods" | "po", name)) => {
            let found = cluster.api().get(kinds.pod, namespace, name);
            found.ok_or_else(|| format!("there is no Pod {name:?} in namespace {namespace:?}"))?;
            Ok(Caller::Pod(Key::new(kinds.pod, namespace, name)))
        }
        Some(("node" | "nodes" | "no", name)) => {
            let found = cluster.api().get(kinds.node, "", name);
            found.ok_or_else(|| format!("there is no node {name:?}"))?;
            Ok(Caller::Node(name.into()))
        }
        _ => Err(format!("{from:?} can send nothing: say pod/NAME, node/NAME or outside")),
    }
}

/// The first of `traffic-1`, `traffic-2` and so on that is free.
fn free_name(cluster: &Cluster) -> String {
    let mut names = (1..).map(|number| format!("traffic-{number}"));
    let taken = |name: &String| cluster.generators().any(|own| own.spec().name == *name);
    names.find(|name| !taken(name)).unwrap_or_default()
}

fn stop(words: &[&str], cluster: &mut Cluster, io: &Io<'_>) -> Result<(), String> {
    let names: Vec<String> = match words {
        ["--all"] => cluster.generators().map(|own| own.spec().name.clone()).collect(),
        [name] => vec![(*name).to_owned()],
        _ => return Err("say which traffic to stop, or --all".to_owned()),
    };
    for name in names {
        let generator = cluster.stop_generator(&name);
        let generator = generator.ok_or_else(|| format!("there is no traffic {name:?}"))?;
        let counted = generator.statistics();
        let (sent, failed) = (counted.sent, counted.failed());
        io.line(&format!("traffic/{name} stopped: {sent} sent, {failed} failed"));
    }
    Ok(())
}

fn show(words: &[&str], cluster: &Cluster, io: &Io<'_>) -> Result<(), String> {
    let name = words.iter().find(|word| !word.starts_with('-'));
    let chosen: Vec<&Generator> = cluster
        .generators()
        .filter(|own| name.is_none_or(|name| own.spec().name == *name))
        .collect();
    if chosen.is_empty() {
        if let Some(name) = name {
            return Err(format!("there is no traffic {name:?}"));
        }
        io.line("No traffic runs.");
    }
    for generator in chosen {
        print_generator(generator, cluster, io);
    }
    Ok(())
}

fn print_generator(generator: &Generator, cluster: &Cluster, io: &Io<'_>) {
    let (spec, counted) = (generator.spec(), generator.statistics());
    let from = match &spec.from {
        Caller::Outside => "outside".to_owned(),
        from => from.name(),
    };
    let kept = if spec.keep_alive { ", one connection" } else { "" };
    io.line(&format!("{}: {from} to {}{kept}", spec.name, spec.url()));
    let (recent, lost) = counted.recent(cluster.now());
    io.line(&format!(
        "  wanted {}/s, now {}.{}/s with {lost} failed in 10 s",
        decimal(spec.rate),
        recent / 10,
        recent % 10
    ));
    let latency = &counted.latency;
    io.line(&format!(
        "  {} sent, {} answered, {} failed; p50 {} p90 {} p99 {}",
        counted.sent,
        counted.answered,
        counted.failed(),
        millis(latency.percentile(500)),
        millis(latency.percentile(900)),
        millis(latency.percentile(990)),
    ));
    for (failure, count) in &counted.failures {
        io.line(&format!("  failed: {count} {}", failure.text()));
    }
    let all: u64 = counted.endpoints.values().map(|share| share.received).sum();
    for (key, share) in &counted.endpoints {
        io.line(&format!("  {}/{}: {}", key.namespace, key.name, share_text(share, all)));
    }
}

fn share_text(share: &Share, all: u64) -> String {
    let part = share.received * 1_000 / all.max(1);
    format!(
        "{} received ({}.{} %), {} failed, p50 {}",
        share.received,
        part / 10,
        part % 10,
        share.failed,
        millis(share.latency.percentile(500))
    )
}

fn decimal(thousandths: u64) -> String {
    let text = format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn millis(delay: Delay) -> String {
    format!("{}.{} ms", delay.as_micros() / 1_000, delay.as_micros() / 100 % 10)
}

fn trace(words: &[&str], cluster: &Cluster, io: &Io<'_>) -> Result<(), String> {
    let found = match words {
        [] => cluster.last_trace(),
        [number] => {
            let number = number.parse().map_err(|_| format!("{number:?} is no number"))?;
            cluster.trace(number)
        }
        _ => return Err("say the number of one request".to_owned()),
    };
    print_trace(found.ok_or("no such request is remembered")?, io);
    Ok(())
}

fn print_trace(trace: &Trace, io: &Io<'_>) {
    io.line(&format!("{}  ({})", trace.target, millis(trace.took)));
    for hop in &trace.hops {
        io.line(&format!("  {}", hop_text(hop)));
    }
    if let Some(blame) = trace.blame() {
        let place = format!("{} {}", blame.object, blame.field);
        let reason = format!("{:?} {}", blame.reason, blame.detail);
        io.line(&format!("  because: {} [{}]", place.trim(), reason.trim()));
    }
}

fn hop_text(hop: &Hop) -> String {
    match hop {
        Hop::Caller { name, address } if name.is_empty() => format!("from outside, {address}"),
        Hop::Caller { name, address } => format!("from {name}, {address}"),
        Hop::Dns { tried, found, aliases, addresses, .. } => {
            let tried: String = tried.iter().map(|name| format!("{name}? no; ")).collect();
            let aliases: String = aliases.iter().map(|name| format!(" = {name}")).collect();
            format!("name: {tried}{found}{aliases} is {}", addresses.join(", "))
        }
        Hop::LoadBalancer { address, nodes, .. } => {
            format!("load balancer {address}: nodes {}", nodes.join(", "))
        }
        Hop::Firewall { rule } if rule.is_empty() => "no firewall".to_owned(),
        Hop::Firewall { rule } => format!("firewall: rule {rule} lets it in"),
        Hop::NodePort { node, port } => format!("node {node}, port {port}"),
        Hop::Ingress { ingress, rule, backend } => {
            format!("Ingress {ingress}, {rule}: {backend}")
        }
        Hop::Service { service, address, node, candidates, chosen, by } => format!(
            "Service {service} {address} on {node}: {chosen} of {} by {by:?}",
            candidates.len()
        ),
        Hop::Snat { from, to } => format!("source {from} becomes {to}"),
        Hop::Crossing { from, to } => format!("crosses from {from} to {to}"),
        Hop::PolicyIgnored { policy } => format!("{policy} forbids it, but is not enforced here"),
        Hop::Pod { pod, node, address, port } => format!("Pod {pod} on {node}, {address}:{port}"),
        Hop::Answer { status: 0, .. } => "connected".to_owned(),
        Hop::Answer { status, .. } => format!("answer {status}"),
        Hop::Failure { error, .. } => format!("failed: {error:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<u64>) {
        assert_eq!(parse_rate(text).ok(), expected, "{text}");
    }

    #[test]
    fn a_rate_is_a_number_with_up_to_three_decimals() {
        check("5", Some(5_000));
        check("0.5", Some(500));
        check("12.25", Some(12_250));
        check("0", None);
        check("fast", None);
        check("-1", None);
        check("1000000", None);
    }
}
