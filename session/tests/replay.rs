//! A session that is done again ends in the same state.

use std::collections::BTreeMap;

use podyard_engine::sim::Delay;
use podyard_session::{Action, Channel, Machine, Setup, link};

const MANIFEST: &str = "apiVersion: v1
kind: ConfigMap
metadata:
  name: greeting
data:
  text: hello
";

fn run(machine: &mut Machine, line: &str) -> String {
    let task = machine.act(Action::Run(line.to_owned()));
    let to = machine.now() + Delay::secs(5);
    machine.advance_to(to);
    assert!(!task.is_some_and(|task| machine.is_running(task)), "{line} did not end");
    let printed = machine.take_printed();
    let texts = printed.into_iter().map(|(_, channel, bytes)| {
        let mark = if channel == Channel::Err { "! " } else { "" };
        format!("{mark}{}", String::from_utf8_lossy(&bytes))
    });
    texts.collect()
}

#[test]
fn a_replay_ends_in_the_same_state_however_time_was_cut() {
    let mut machine = Machine::new(Setup::default());
    machine.act(Action::Write(BTreeMap::from([(
        "greeting.yaml".to_owned(),
        Some(MANIFEST.to_owned()),
    )])));
    assert_eq!(run(&mut machine, "kubectl apply -f greeting.yaml"), "configmap/greeting created\n");
    assert_eq!(
        run(&mut machine, "kubectl nonsense"),
        "! error: unknown command \"nonsense\" for \"kubectl\"\n"
    );
    for _ in 0..1_000 {
        let to = machine.now() + Delay::millis(17);
        machine.advance_to(to);
    }
    let session = link::unpack(&link::pack(&machine.session())).expect("a link opens");
    assert_eq!(session, machine.session());
    let again = Machine::replay(&session);
    assert_eq!(again.state_hash(), machine.state_hash());
    assert_eq!(again.files(), machine.files());
}
