//! How long it takes to show a moment of an hour's history.

use std::time::{Duration, Instant};

use clap::Args;
use podyard_engine::sim::Delay;
use podyard_engine::value;
use podyard_engine::value::Value;
use podyard_session::{Action, History, Machine, Setup};

/// How long the history is, and how large its cluster.
#[derive(Debug, Args)]
pub(crate) struct Seek {
    /// How many Pods the cluster has.
    #[arg(long, default_value_t = 100)]
    replicas: u32,
    /// How many simulated minutes it lives.
    #[arg(long, default_value_t = 60)]
    minutes: i64,
    /// How many requests a second are sent meanwhile.
    #[arg(long, default_value_t = 5)]
    rps: u32,
    /// Print one line of JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// How often a moment is shown, back and forth.
const SEEKS: i64 = 40;
/// How many things are done in the time.
const DEEDS: i64 = 20;

/// Lives an hour, and then goes back and forth in it.
pub(super) fn measure(seek: &Seek) -> Value {
    let mut history = History::new(Machine::new(Setup::default()));
    let lived = Instant::now();
    live(&mut history, seek);
    let (lived, held) = (lived.elapsed(), super::rss_mb("VmRSS"));
    let whole = history.machine().session();
    let mut times = Vec::new();
    for number in 0..SEEKS {
        let moment = Delay::micros(whole.moment.as_micros() / SEEKS * (number * 17 % SEEKS));
        let begun = Instant::now();
        history.seek(moment);
        times.push(begun.elapsed());
    }
    let begun = Instant::now();
    drop(Machine::replay(&whole));
    let replayed = begun.elapsed();
    times.sort();
    let millis = |time: Option<&Duration>| {
        Value::Float(time.map_or(0.0, |time| time.as_secs_f64() * 1_000.0))
    };
    value!({
        "replicas": (seek.replicas),
        "simulated_s": (whole.moment.as_micros() / 1_000_000),
        "actions": (whole.entries.len()),
        "live_ms": (millis(Some(&lived))),
        "replay_ms": (millis(Some(&replayed))),
        "seek_ms_median": (millis(times.get(times.len() / 2))),
        "seek_ms_most": (millis(times.last())),
        "copies": (history.copy_count()),
        "rss_mb": held,
    })
}

/// A Deployment is made, sent requests, scaled and rolled all the time.
fn live(history: &mut History, seek: &Seek) {
    let (replicas, rps) = (seek.replicas, seek.rps);
    run(history, &format!("kubectl create deployment web --image=nginx --replicas={replicas}"), 60);
    run(history, "kubectl expose deployment web --port=80 --type=NodePort", 5);
    if rps > 0 {
        let line = "kubectl run client --image=nginx";
        run(history, line, 20);
        let line = format!("podyard traffic start --to http://web/ --rps {rps} --from pod/client");
        run(history, &line, 1);
    }
    let pause = seek.minutes * 60 / DEEDS;
    for number in 0..DEEDS {
        let line = match number % 5 {
            0 => "kubectl rollout restart deployment web".to_owned(),
            1 => format!("kubectl scale deployment web --replicas={}", replicas * 9 / 10),
            2 => "kubectl get pods -o wide".to_owned(),
            3 => format!("kubectl scale deployment web --replicas={replicas}"),
            _ => "kubectl describe deployment web".to_owned(),
        };
        run(history, &line, pause);
    }
}

fn run(history: &mut History, line: &str, secs: i64) {
    history.act(Action::Run(line.to_owned()));
    history.advance_to(history.machine().now() + Delay::secs(secs));
    let machine = history.machine_mut();
    drop((machine.take_printed(), machine.take_traces(), machine.take_ended()));
}
