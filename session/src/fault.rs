//! `podyard fault`: makes something go wrong, to see what the cluster does.
//!
//! This is no command of Kubernetes; what it prints is ours.

use podyard_engine::cluster::{Cluster, Fault, Pressure};
use podyard_engine::sim::Delay;
use podyard_kubectl::Io;

/// What the command can do, for the help of `podyard`.
pub(crate) const HELP: &str = "\
  podyard fault node NODE down|up               cut a machine off; its kubelet stands still
  podyard fault node NODE slow|fast             let all that its kubelet does take ten times as long
  podyard fault node NODE join                  a new machine joins the cluster
  podyard fault kubelet NODE stop|start         only the kubelet; containers go on
  podyard fault network NODE NODE cut|mend      let nothing pass between two nodes
  podyard fault memory NODE short|enough        make a node run short of memory
  podyard fault disk NODE short|enough          make a node run short of disk
  podyard fault container POD[/CONTAINER] kill  kill a Pod's container (-n NAMESPACE)
  podyard fault registry down|up                let no image be pulled
  podyard fault api TIME                        let each request to the API server take so long,
                                                as 500ms or 2s; 0s ends it
  podyard fault COMPONENT stop|start            etcd, kube-apiserver, kube-scheduler or
                                                kube-controller-manager: take its manifest away
";

/// Makes the fault happen that `words` name.
pub(crate) fn run(words: &[&str], cluster: &mut Cluster, io: &Io<'_>) -> Result<(), String> {
    let fault = parse(words).ok_or("this is no fault that it knows; see `podyard help`")?;
    cluster.fault(&fault)?;
    io.line(&format!("podyard: {}", words.join(" ")));
    Ok(())
}

/// The fault that words name.
fn parse(words: &[&str]) -> Option<Fault> {
    let one_of = |word: &str, yes: &str, no: &str| match word {
        own if own == yes => Some(true),
        own if own == no => Some(false),
        _ => None,
    };
    Some(match words {
        ["node", name, "join"] => Fault::Join { name: (*name).into() },
        ["node", name, state @ ("slow" | "fast")] => {
            Fault::Slow { name: (*name).into(), slow: *state == "slow" }
        }
        ["node", name, state] => {
            Fault::Node { name: (*name).into(), down: one_of(state, "down", "up")? }
        }
        ["kubelet", name, state] => {
            Fault::Kubelet { name: (*name).into(), stopped: one_of(state, "stop", "start")? }
        }
        ["network", one, other, state] => Fault::Network {
            one: (*one).into(),
            other: (*other).into(),
            cut: one_of(state, "cut", "mend")?,
        },
        [resource @ ("memory" | "disk"), name, state] => Fault::Pressure {
            name: (*name).into(),
            of: if *resource == "memory" { Pressure::Memory } else { Pressure::Disk },
            short: one_of(state, "short", "enough")?,
        },
        ["container", name, "kill"] => kill("default", name),
        ["-n", namespace, "container", name, "kill"]
        | ["container", name, "kill", "-n", namespace] => kill(namespace, name),
        ["registry", state] => Fault::Registry { down: one_of(state, "down", "up")? },
        ["api", time] => Fault::Latency { of: length(time)? },
        [component, state] => {
            Fault::Component { name: (*component).into(), stopped: one_of(state, "stop", "start")? }
        }
        _ => return None,
    })
}

/// `500ms` or `2s`.
fn length(text: &str) -> Option<Delay> {
    let number = |text: &str| text.parse::<i64>().ok().filter(|count| (0..=60_000).contains(count));
    match text.strip_suffix("ms") {
        Some(count) => number(count).map(Delay::millis),
        None => text.strip_suffix('s').and_then(number).map(Delay::secs),
    }
}

fn kill(namespace: &str, name: &str) -> Fault {
    let (pod, container) = name.split_once('/').unwrap_or((name, ""));
    Fault::Kill { namespace: namespace.into(), pod: pod.into(), container: container.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_faults() {
        let down = Fault::Node { name: "worker-1".into(), down: true };
        assert_eq!(parse(&["node", "worker-1", "down"]), Some(down));
        assert_eq!(parse(&["node", "worker-1", "sideways"]), None);
        let slow = Fault::Latency { of: Delay::millis(500) };
        assert_eq!(parse(&["api", "500ms"]), Some(slow));
        assert_eq!(parse(&["api", "soon"]), None);
        let killed = parse(&["container", "web/side", "kill", "-n", "shop"]);
        assert_eq!(killed, Some(kill("shop", "web/side")));
    }
}
