//! The suites of Kubernetes' own clients, run against the native program: the
//! real kubectl, where there is one, and `@kubernetes/client-node`.

use super::Closing;
use crate::failure::Result;
use crate::npm;
use crate::process::{Program, found, say};

/// The real kubectl does what its documentation shows.
pub(super) fn kubectl(closing: &mut Closing) -> Result<()> {
    let Some(kubectl) = found("kubectl") else {
        closing.skip("there is no kubectl on this machine");
        return Ok(());
    };
    run(Program::new("node").env("KUBECTL", kubectl), "clients/kubectl.test.mjs", closing)
}

/// client-node creates, lists, watches, patches, reads logs and runs commands.
pub(super) fn client_node(closing: &mut Closing) -> Result<()> {
    npm::clients()?;
    run(Program::new("node"), "clients/client-node.test.mjs", closing)
}

fn run(node: Program, tests: &str, closing: &mut Closing) -> Result<()> {
    say("Building the native program");
    Program::cargo("build --release --package podyard").run()?;
    node.args(["--test", "--test-reporter", "tap", tests]).watch(|line| {
        if is_closing(line) {
            closing.keep(line);
        }
    })
}

/// Whether the line is one of the counts with which node's runner ends.
fn is_closing(line: &str) -> bool {
    let words: Vec<_> = line.split_whitespace().collect();
    matches!(words.as_slice(), ["#", "tests" | "pass" | "fail", count] if count.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_last_lines_of_nodes_runner() {
        assert!(is_closing("# pass 9"));
        assert!(!is_closing("# Subtest: a log is followed"));
        assert!(!is_closing("# duration_ms 3430.4"));
    }
}
