//! The same inputs give the same history, natively and in WebAssembly: those
//! of every scenario of `tests/scenarios`, and some more.
//!
//! `cargo xtask test wasm` runs this natively first, and then in WebAssembly
//! with the native history's hash in `PODYARD_HISTORY` while it compiles.

#![cfg_attr(not(target_arch = "wasm32"), expect(clippy::expect_used, reason = "a test"))]

use std::collections::BTreeMap;

use podyard_engine::sim::Delay;
use podyard_session::{Action, Machine, Setup, scenario};
#[cfg(not(target_arch = "wasm32"))]
use std::println as print;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::{console_log as print, wasm_bindgen_test as test};

/// What a person does: the article's objects come, change, fail and go.
const LINES: &[&str] = &[
    "kubectl apply -f 03.yaml -f 04.yaml",
    "kubectl apply -f 02.yaml -f 06.yaml -f 07.yaml",
    "kubectl get pods,svc -o wide",
    "kubectl scale deployment my-nginx-deployment --replicas=5",
    "kubectl set image deployment/hostname-deployment my-webserver=nginx:1.25",
    "kubectl get events -A",
    "kubectl describe deployment my-nginx-deployment",
    "kubectl delete rs --all",
    "kubectl rollout restart deployment",
    "kubectl get all -A -o yaml",
    "kubectl delete deployment,svc --all",
    "kubectl get pods -A",
];

fn files() -> BTreeMap<String, Option<String>> {
    let files = [
        ("02.yaml", include_str!("../../e2e/fixtures/02-replicaset.yaml")),
        ("03.yaml", include_str!("../../e2e/fixtures/03-deployment.yaml")),
        ("04.yaml", include_str!("../../e2e/fixtures/04-hostname-deployment.yaml")),
        ("06.yaml", include_str!("../../e2e/fixtures/06-service-nodeport.yaml")),
        ("07.yaml", include_str!("../../e2e/fixtures/07-service-loadbalancer.yaml")),
    ];
    files.map(|(name, text)| (name.to_owned(), Some(text.to_owned()))).into()
}

/// A hash of all that is printed and of every state on the way.
fn history(seed: u64) -> u64 {
    let mut machine = Machine::new(Setup { seed, ..Setup::default() });
    machine.act(Action::Write(files()));
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for line in LINES {
        machine.act(Action::Run((*line).to_owned()));
        machine.advance_to(machine.now() + Delay::secs(11));
        for (_, _, bytes) in machine.take_printed() {
            hash = mixed(hash, &bytes);
        }
        hash = mixed(hash, &machine.state_hash().to_le_bytes());
    }
    hash
}

/// FNV-1a.
fn mixed(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The scenarios, in the order of their names.
const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios");

#[cfg(not(target_arch = "wasm32"))]
fn scenarios() -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(SCENARIOS).expect("the scenarios are there");
    let files = entries.map(|entry| {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a readable scenario");
        (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), text)
    });
    files.collect()
}

#[cfg(target_arch = "wasm32")]
fn scenarios() -> BTreeMap<String, String> {
    use wasm_bindgen::prelude::wasm_bindgen;

    #[wasm_bindgen(module = "node:fs")]
    extern "C" {
        #[wasm_bindgen(js_name = readdirSync)]
        fn names_in(folder: &str) -> Vec<String>;
        #[wasm_bindgen(js_name = readFileSync)]
        fn read(path: &str, encoding: &str) -> String;
    }

    let text = |name: &String| read(&format!("{SCENARIOS}/{name}"), "utf8");
    names_in(SCENARIOS).into_iter().map(|name| (name.clone(), text(&name))).collect()
}

#[test]
fn every_scenario_has_the_same_history_everywhere() {
    let mut all = 0;
    for (name, text) in scenarios() {
        let own = scenario::history(&text);
        print!("{name} {own:016x}");
        all = mixed(all, &own.to_le_bytes());
    }
    print!("scenarios {all:016x}");
    if let Some(native) = option_env!("PODYARD_SCENARIOS") {
        let here = format!("{all:016x}");
        assert_eq!(here, native, "WebAssembly gave another history than the native program");
    }
}

#[test]
fn the_same_inputs_give_the_same_history_everywhere() {
    let here = format!("{:016x}", mixed(history(1), &history(2).to_le_bytes()));
    print!("history {here}");
    assert_eq!(here, format!("{:016x}", mixed(history(1), &history(2).to_le_bytes())));
    if let Some(native) = option_env!("PODYARD_HISTORY") {
        assert_eq!(here, native, "WebAssembly gave another history than the native program");
    }
}
