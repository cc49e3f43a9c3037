//! `kubectl certificate approve` and `deny`.
//!
//! Models kubectl's `pkg/cmd/certificates`.

use podyard_engine::value;
use podyard_engine::value::Value;
use podyard_engine::wire::Method;

use crate::call::Call;
use crate::client::JSON;
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};
use crate::output::Reporter;
use crate::resource::{FileOptions, Info, Selector, latest};

const FLAGS: &[Flag] = &[flags::switch("force", "Decide even what is decided already.")];

pub(super) const CERTIFICATE: Command =
    Command::new("certificate", "Modify certificate resources", "SUBCOMMAND").children(&[
        Command::new("approve", "Approve a certificate signing request", "(-f FILENAME | NAME)")
            .flags(&[FLAGS, flags::FILES, flags::PRINT])
            .run(|call| Box::pin(run(call, &APPROVE))),
        Command::new("deny", "Deny a certificate signing request", "(-f FILENAME | NAME)")
            .flags(&[FLAGS, flags::FILES, flags::PRINT])
            .run(|call| Box::pin(run(call, &DENY))),
    ]);

/// What is decided about a request.
struct Decision {
    condition: &'static str,
    reason: &'static str,
    message: &'static str,
    done: &'static str,
}

const APPROVE: Decision = Decision {
    condition: "Approved",
    reason: "KubectlApprove",
    message: "This CSR was approved by kubectl certificate approve.",
    done: "approved",
};
const DENY: Decision = Decision {
    condition: "Denied",
    reason: "KubectlDeny",
    message: "This CSR was denied by kubectl certificate deny.",
    done: "denied",
};

async fn run(call: &Call<'_>, decision: &Decision) -> Outcome {
    let files = FileOptions::of(call);
    if call.args.is_empty() && !files.are_given() {
        return fail("one or more CSRs must be specified as <name> or -f <filename>");
    }
    let mut reporter = Reporter::new(call)?.typed();
    let named = call.args.iter().map(|name| format!("certificatesigningrequests/{name}"));
    let selector = Selector { args: named.collect(), files, ..Selector::default() };
    let (infos, mut failures) = latest(call, &selector).await?;
    if infos.is_empty() && failures.is_empty() {
        call.io.line("No resources found");
        return Ok(());
    }
    for info in &infos {
        match decide(call, info, decision).await {
            Ok(object) => reporter.report(call, &object, decision.done)?,
            Err(failure) => failures.push(failure),
        }
    }
    Failure::collect(failures)
}

/// Adds the condition, unless the request has it.
async fn decide(call: &Call<'_>, info: &Info, decision: &Decision) -> Outcome<Value> {
    let mut request = info.object.clone();
    let conditions = info.object["status"]["conditions"].items();
    let has = conditions.iter().any(|one| one["type"].text() == decision.condition);
    if has && !call.flags.is("force") {
        return Ok(request);
    }
    let now = call.io.transport.now().rfc3339();
    request["status"]["conditions"].push(value!({
        "type": (decision.condition),
        "status": "True",
        "reason": (decision.reason),
        "message": (decision.message),
        "lastUpdateTime": now,
        "lastTransitionTime": null,
    }));
    call.client.write(Method::Put, &info.target().child("approval"), JSON, &request).await
}
