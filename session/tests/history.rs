//! Every moment of a history is shown as a replay from the start shows it.

#![expect(clippy::expect_used, reason = "a test")]

use std::collections::BTreeMap;

use podyard_engine::sim::{Delay, Random};
use podyard_session::{Action, History, Machine, Session, Setup, TaskId};

/// How many random histories are gone through, and how often in each.
const HISTORIES: u64 = 4;
const DEEDS: usize = 14;
const SEEKS: usize = 8;

/// What a person may do, in any order.
const LINES: &[&str] = &[
    "kubectl create deployment web --image=nginx --replicas=3",
    "kubectl create deployment api --image=no/such",
    "kubectl scale deployment web --replicas=6",
    "kubectl scale deployment web --replicas=1",
    "kubectl set image deployment/web nginx=nginx:1.25",
    "kubectl rollout restart deployment",
    "kubectl rollout status deployment/web",
    "kubectl expose deployment web --port=80 --type=NodePort",
    "kubectl get pods -w",
    "kubectl delete pods --all --wait=false",
    "kubectl delete deployment web",
    "for i in $(seq 9); do kubectl get nodes; sleep 7; done",
    "n=$((n + 1)); echo $n >> note.txt",
    "podyard fault node worker-1 down",
    "podyard fault node worker-1 up",
    "podyard fault registry down",
    "kubectl exec -it deploy/web -- sh",
    "kubectl apply -f note.yaml",
];

/// One thing that a person does.
fn deed(random: &mut Random, tasks: u32) -> Action {
    let task = TaskId(1 + u32::try_from(random.below(tasks.max(1).into())).unwrap_or_default());
    match random.below(8) {
        0 => {
            let number = random.below(9);
            let text = format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: note}}\ndata: {{a: b{number}}}\n"
            );
            Action::Write(BTreeMap::from([("note.yaml".to_owned(), Some(text))]))
        }
        1 => Action::Interrupt(task),
        2 => Action::Type(task, "echo typed; exit\n".to_owned()),
        _ => Action::Run((*random.choose(LINES).expect("a line")).to_owned()),
    }
}

fn moment(random: &mut Random, end: Delay) -> Delay {
    let end = u64::try_from(end.as_micros()).unwrap_or_default();
    Delay::micros(i64::try_from(random.below(end + 1)).unwrap_or_default())
}

/// A random history, and all that was done in it.
fn live(random: &mut Random) -> (History, Session) {
    let setup = Setup { seed: random.next_u64(), ..Setup::default() };
    let mut history = History::new(Machine::new(setup));
    let mut tasks = 0;
    for _ in 0..DEEDS {
        tasks += u32::from(history.act(deed(random, tasks)).is_some());
        let pause = moment(random, Delay::secs(120));
        history.advance_to(history.machine().now() + pause);
    }
    let whole = history.machine().session();
    (history, whole)
}

/// The history shows what a replay shows.
fn check_shows(history: &mut History, whole: &Session, moment: Delay) {
    history.seek(moment);
    check_equal(history, &Machine::replay(&whole.until(moment)), moment);
}

fn check_equal(history: &History, again: &Machine, moment: Delay) {
    let machine = history.machine();
    assert_eq!(machine.now(), again.now());
    assert_eq!(machine.entries(), again.entries(), "at {moment:?}");
    assert_eq!(machine.files(), again.files(), "at {moment:?}");
    assert_eq!(machine.state_hash(), again.state_hash(), "at {moment:?}");
    for task in (1..).map(TaskId).take(DEEDS) {
        assert_eq!(machine.is_running(task), again.is_running(task), "{task:?} at {moment:?}");
    }
}

#[test]
fn every_moment_is_shown_as_a_replay_shows_it() {
    for seed in 0..HISTORIES {
        let mut random = Random::new(seed);
        let (mut history, whole) = live(&mut random);
        for _ in 0..SEEKS {
            check_shows(&mut history, &whole, moment(&mut random, whole.moment));
        }
        check_shows(&mut history, &whole, whole.moment);
        assert_eq!(history.entries(), whole.entries);
    }
}

#[test]
fn what_is_done_at_an_earlier_moment_has_the_same_future_as_in_a_replay() {
    for seed in 0..HISTORIES {
        let mut random = Random::new(seed);
        let (mut history, whole) = live(&mut random);
        let at = moment(&mut random, whole.moment);
        history.seek(at);
        let mut again = Machine::replay(&whole.until(at));
        let first = deed(&mut random, 3);
        for action in [first, Action::Run("kubectl get all -A -o yaml".to_owned())] {
            drop((history.machine_mut().take_printed(), again.take_printed()));
            assert_eq!(history.act(action.clone()), again.act(action));
            let to = again.now() + Delay::secs(77);
            history.advance_to(to);
            again.advance_to(to);
            assert_eq!(history.machine_mut().take_printed(), again.take_printed());
        }
        check_equal(&history, &again, at);
        let whole = again.session();
        for _ in 0..SEEKS / 2 {
            check_shows(&mut history, &whole, moment(&mut random, whole.moment));
        }
    }
}

#[test]
fn a_long_history_keeps_few_copies_and_forgets_no_moment() {
    let mut history = History::new(Machine::new(Setup::default()));
    for _ in 0..3 {
        let line = "kubectl create deployment web --image=nginx --replicas=2";
        history.act(Action::Run(line.to_owned()));
        history.advance_to(history.machine().now() + Delay::secs(2 * 3_600));
        history.act(Action::Run("kubectl delete deployment web".to_owned()));
        history.advance_to(history.machine().now() + Delay::secs(2 * 3_600));
    }
    assert!((6..=64).contains(&history.copy_count()), "{}", history.copy_count());
    let whole = history.machine().session();
    for hours in [1, 5, 9, 11] {
        check_shows(&mut history, &whole, Delay::secs(hours * 3_600));
    }
}
