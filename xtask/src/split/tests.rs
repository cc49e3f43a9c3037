//! Small programs, split and run: what they answer, and when the later part is
//! asked for.

use std::process::Command;

use super::program::{Halves, split};

/// Runs both programs as the page's script does, and prints `answer:brings`
/// for each call.
const RUN: &str = r#"
const [first, later] = process.argv.slice(1, 3).map((hex) => new WebAssembly.Module(Buffer.from(hex, "hex")));
const [slot, count] = process.argv.slice(3, 5).map(Number);
const host = { twice: (n) => 2 * n };
let brings = 0;
const bring = () => {
  brings += 1;
  const shared = { ...exports };
  for (let at = 0; at < count; at += 1) shared[at] = exports["~slots"].get(slot + at);
  new WebAssembly.Instance(later, { host, first: shared });
};
const { exports } = new WebAssembly.Instance(first, { host, later: { bring } });
console.log(process.argv.slice(5).map((name) => `${exports[name](5)}:${brings}`).join(" "));
"#;

/// Splits a program, keeping the functions whose names are listed, and compares
/// what its exports answer to 5, one after the other.
#[track_caller]
fn check(wat: &str, kept: &[&str], calls: &[&str], wanted: &str) -> Halves {
    let whole = wat::parse_str(wat).unwrap();
    let halves = split(&whole, &|name| kept.contains(&name)).unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (slot, count) = halves.shared;
    let output = Command::new("node")
        .args(["-e", RUN, &hex(&halves.first), &hex(&halves.later)])
        .args([slot.to_string(), count.to_string()])
        .args(calls)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), wanted, "{errors}");
    halves
}

const CALLS: &str = r#"(module
  (import "host" "twice" (func $twice (param i32) (result i32)))
  (memory 1)
  (global $calls (mut i32) (i32.const 0))
  (table 3 funcref)
  (elem (i32.const 1) $late $early)
  (type $number (func (param i32) (result i32)))
  (func $early (type $number) (i32.add (local.get 0) (i32.const 1)))
  (func $late (type $number)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (call $early (call $twice (call $latest (local.get 0)))))
  (func $latest (type $number) (i32.mul (local.get 0) (i32.const 10)))
  (func $indirect (type $number) (call_indirect (type $number) (local.get 0) (i32.const 1)))
  (func (export "direct") (type $number) (call $latest (local.get 0)))
  (func (export "early") (type $number) (call_indirect (type $number) (local.get 0) (i32.const 2)))
  (func (export "late") (type $number) (call $indirect (local.get 0)))
  (func (export "calls") (type $number) (global.get $calls)))"#;

#[test]
fn a_function_that_stays_asks_for_nothing() {
    check(CALLS, &["early"], &["early", "calls"], "6:0 0:0");
}

#[test]
fn a_call_brings_the_later_part_once() {
    check(CALLS, &["early", "indirect"], &["direct", "direct", "early"], "50:1 50:1 6:1");
}

#[test]
fn a_call_through_the_table_brings_it_too() {
    check(CALLS, &["early", "indirect"], &["late", "late", "calls"], "101:1 101:1 2:1");
}

#[test]
fn both_parts_share_what_they_change() {
    check(CALLS, &[], &["early", "late", "calls"], "6:1 101:1 1:1");
}

#[test]
fn a_function_that_only_comes_later_is_not_in_the_first_part() {
    let all = ["early", "late", "latest", "indirect"];
    let whole = check(CALLS, &all, &["late"], "101:0");
    let halves = check(CALLS, &["early"], &["late"], "101:1");
    assert!(halves.first.len() < whole.first.len() + 60);
    assert!(halves.later.len() > whole.later.len());
}
