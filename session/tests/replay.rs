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

#[test]
fn what_is_typed_into_a_shell_is_typed_again() {
    let mut machine = Machine::new(Setup::default());
    run(&mut machine, "kubectl run web --image=nginx");
    run(&mut machine, "kubectl wait --for=condition=Ready pod/web");
    let shell = machine.act(Action::Run("kubectl exec -it web -- sh".to_owned())).expect("a task");
    for text in ["echo kept > /tmp/note\n", "sleep 50\n", "\u{3}", "exit 3\n"] {
        assert!(machine.reads(shell), "before {text:?}");
        machine.act(Action::Type(shell, text.to_owned()));
        let to = machine.now() + Delay::millis(1_234);
        machine.advance_to(to);
    }
    assert_eq!(machine.take_ended().last(), Some(&(shell, 3)));
    assert_eq!(run(&mut machine, "kubectl exec web -- cat /tmp/note").lines().last(), Some("kept"));
    let session = link::unpack(&link::pack(&machine.session())).expect("a link opens");
    assert_eq!(session, machine.session());
    assert_eq!(Machine::replay(&session).state_hash(), machine.state_hash());
}

#[test]
fn the_terminal_is_a_shell_with_kubectl_and_a_network() {
    let mut machine = Machine::new(Setup::default());
    let lines = run(&mut machine, "kubectl get ns -o name | grep kube | wc -l");
    assert_eq!(lines.trim(), "3");
    let made = run(
        &mut machine,
        "cat <<EOF | kubectl apply -f -\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: piped}\nEOF",
    );
    assert_eq!(made, "configmap/piped created\n");
    let refused = run(&mut machine, "curl -sS http://nowhere.example/; echo $?");
    assert!(refused.contains("Could not resolve host: nowhere.example"), "{refused}");
    run(&mut machine, "kubectl create deployment web --image=nginx --port=80 --replicas=2");
    run(&mut machine, "kubectl expose deployment web --type=LoadBalancer");
    let to = machine.now() + Delay::secs(60);
    machine.advance_to(to);
    let page = run(
        &mut machine,
        "curl -s http://$(kubectl get svc web -o jsonpath='{.status.loadBalancer.ingress[0].ip}')/",
    );
    assert!(page.contains("Welcome to nginx"), "{page}");
    let pods = run(&mut machine, "kubectl get pods");
    let inside = run(&mut machine, "kubectl exec deploy/web -- curl -s http://web | grep -c nginx");
    assert!(inside.trim().parse::<u32>().is_ok_and(|count| count > 0), "{inside}\n{pods}");
}
