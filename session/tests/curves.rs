//! How long many replicas take, beside the recording of a real cluster: the
//! curves of `../shared/kubernetes/timing.json`, 100 and 300 replicas.
//!
//! Controllers may write 20 times a second, 30 at once, and tell nothing
//! before all their writes are made; the runtime of a node starts some nine
//! containers a second. What follows from that comes in this order, and within
//! a fifth of the recorded time. How long so many take to roll is not compared:
//! the recorded controllers wrote more than these do.

use std::collections::BTreeMap;

use podyard_engine::cluster::Profile;
use podyard_engine::sim::{Delay, Time};
use podyard_session::{Action, Machine, Setup};

/// When things had happened, in seconds since the command.
#[derive(Debug, Default)]
struct Curve {
    /// The last Pod was made, and the last was gone.
    made: f64,
    gone: f64,
    /// The status first told as many replicas as are wanted.
    told: f64,
    /// And as many that are ready, and none else.
    done: f64,
}

fn machine(replicas: u32, image: &str, nodes: u32) -> Machine {
    let mut machine = Machine::new(Setup { profile: Profile::Reference, nodes, seed: 1 });
    let manifest = format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{name: swarm}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: swarm}}}}
  template:
    metadata: {{labels: {{app: swarm}}}}
    spec:
      terminationGracePeriodSeconds: 2
      containers: [{{name: web, image: '{image}'}}]
"
    );
    machine.act(Action::Write(BTreeMap::from([("big.yaml".to_owned(), Some(manifest))])));
    machine
}

/// Has images pulled to every node.
fn pull(machine: &mut Machine, images: &[&str]) {
    let nodes = machine.finish("kubectl get nodes -o name").0;
    for node in nodes.lines().filter_map(|node| node.strip_prefix("node/node")) {
        for (number, image) in images.iter().enumerate() {
            let place = format!("{{\"spec\":{{\"nodeName\":\"node{node}\"}}}}");
            machine.finish(&format!(
                "kubectl run p{number}-{node} --image={image} --overrides='{place}'"
            ));
        }
    }
    machine.advance_to(machine.now() + Delay::secs(8));
    machine.finish("kubectl delete pod --all --now");
    machine.advance_to(machine.now() + Delay::secs(20));
}

fn curve(machine: &mut Machine, command: &str, wanted: i64) -> Curve {
    let (began, seen) =
        (machine.now(), machine.with_cluster(|cluster| cluster.api().store().change_count()));
    machine.act(Action::Run(command.to_owned()));
    machine.advance_to(began + Delay::secs(60));
    machine.with_cluster(|cluster| {
        let mut curve = Curve::default();
        let mut last = (-1, -1, -1);
        for change in cluster.api().store().changes_since_count(seen) {
            let at = secs(change.at, began);
            let object = change.object();
            match object["kind"].text() {
                "Pod" if change.old.is_none() => curve.made = at,
                "Pod" if change.new.is_none() => curve.gone = at,
                "Deployment" => {
                    let status = &object["status"];
                    let count = |field: &str| status[field].int();
                    let now = (count("readyReplicas"), count("updatedReplicas"), count("replicas"));
                    if now.1 == wanted && last.1 != wanted {
                        curve.told = at;
                    }
                    if now == (wanted, wanted, wanted) && now != last {
                        curve.done = at;
                    }
                    last = now;
                }
                _ => {}
            }
        }
        curve
    })
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a test")]
fn secs(at: Time, began: Time) -> f64 {
    at.since(began).as_micros() as f64 / 1e6
}

fn check(what: &str, at: f64, recorded: f64) {
    assert!((at - recorded).abs() <= recorded / 5.0, "{what}: {at:.2} s, recorded {recorded} s");
}

#[test]
fn a_hundred_replicas_come_and_go() {
    let mut machine = machine(100, "nginx:1.25", 2);
    pull(&mut machine, &["nginx:1.25"]);
    let created = curve(&mut machine, "kubectl apply -f big.yaml", 100);
    check("100 were made", created.made, 3.8);
    check("100 were told", created.told, 4.2);
    check("100 were ready", created.done, 5.9);
    let scaled = curve(&mut machine, "kubectl scale deploy/swarm --replicas=0", 0);
    check("none was told", scaled.told, 4.1);
    check("100 were gone", scaled.gone, 4.5);
}

#[test]
fn three_hundred_replicas_come_and_go() {
    // Two nodes take 220 Pods; those of the recording took more.
    let mut machine = machine(300, "memcached:1.6.20", 3);
    pull(&mut machine, &["memcached:1.6.20"]);
    let created = curve(&mut machine, "kubectl apply -f big.yaml", 300);
    check("300 were made", created.made, 14.0);
    check("300 were told", created.told, 14.6);
    let scaled = curve(&mut machine, "kubectl scale deploy/swarm --replicas=0", 0);
    check("none was told", scaled.told, 13.6);
    check("300 were gone", scaled.gone, 14.7);
}
