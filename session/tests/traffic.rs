//! Generators of traffic: shares, and what a replay makes of them.

use podyard_engine::sim::Delay;
use podyard_session::{Action, Machine, Setup};

/// Three endpoints behind a Service, and a generator that sends `rps` requests
/// a second to it from a Pod.
fn machine_with_traffic(rps: u32) -> Machine {
    let mut machine = Machine::new(Setup::default());
    for line in [
        "kubectl create deployment web --image=nginx --replicas=3",
        "kubectl expose deployment web --port=80",
        "kubectl run asker --image=nginx",
    ] {
        machine.act(Action::Run(line.to_owned()));
    }
    machine.advance_to(machine.now() + Delay::secs(30));
    let start = format!("podyard traffic start --to http://web --rps {rps} --from pod/asker");
    machine.act(Action::Run(start));
    machine
}

#[test]
fn each_of_three_ready_endpoints_gets_a_third() {
    let mut machine = machine_with_traffic(1_000);
    machine.advance_to(machine.now() + Delay::secs(30));
    let shares: Vec<u64> = machine.with_cluster(|cluster| {
        let all = cluster.generators().flat_map(|own| own.statistics().endpoints.values());
        all.map(|share| share.received).collect()
    });
    let sum: u64 = shares.iter().sum();
    assert!(sum >= 30_000, "{shares:?}");
    for share in &shares {
        // Within 2 % of a third.
        let off = (share * 3).abs_diff(sum);
        assert!(off * 50 <= sum, "{shares:?}");
    }
    assert_eq!(shares.len(), 3);
}

#[test]
fn a_replay_sends_the_same_requests() {
    let mut machine = machine_with_traffic(7);
    machine.advance_to(machine.now() + Delay::secs(10));
    let count = |machine: &Machine| {
        machine.with_cluster(|cluster| {
            let counted = cluster.generators().map(|own| own.statistics().clone());
            counted.collect::<Vec<_>>()
        })
    };
    let again = Machine::replay(&machine.session());
    assert_eq!(count(&again), count(&machine));
    assert_eq!(count(&machine).len(), 1);
}
