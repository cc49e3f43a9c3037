//! `create token`.

use podyard_engine::value;
use podyard_engine::value::Value;

use super::name;
use crate::call::Call;
use crate::client::Target;
use crate::command::Command;
use crate::failure::{Outcome, fail};
use crate::flags::{self, Flag};
use crate::output::{FORMATS, Printer};

const FLAGS: &[Flag] = &[
    flags::array("audience", "For whom the token is meant."),
    flags::text("bound-object-kind", "The kind of the object that the token lives with."),
    flags::text("bound-object-name", "The name of the object that the token lives with."),
    flags::text("bound-object-uid", "The UID of the object that the token lives with."),
    flags::duration("duration", "0s", "How long the token is good for."),
];

pub(super) const TOKEN: Command =
    Command::new("token", "Request a service account token", "SERVICE_ACCOUNT_NAME")
        .flags(&[FLAGS, flags::PRINT])
        .run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    let name = name(call)?;
    let flags = &call.flags;
    check_bound(call)?;
    let mut spec = Value::map();
    let audiences: Value = flags.list("audience").iter().map(Value::from).collect();
    spec.set_nonzero("audiences", audiences);
    let seconds = flags.duration("duration").as_secs();
    if seconds < 0 {
        return fail("--duration must be greater than or equal to 0");
    }
    spec.set_nonzero("expirationSeconds", seconds);
    let kind = flags.text("bound-object-kind");
    if !kind.is_empty() {
        let mut bound = value!({
            "apiVersion": "v1", "kind": kind, "name": (flags.text("bound-object-name")),
        });
        bound.set_nonzero("uid", flags.text("bound-object-uid"));
        spec.set("boundObjectRef", bound);
    }
    let mut request = value!({ "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest" });
    request.set("spec", spec);
    let target = Target::of(["api", "v1", "namespaces", &call.namespace])
        .child("serviceaccounts")
        .child(name)
        .child("token");
    let answer = call.client.create(&target, &request).await;
    let answer = answer.map_err(|failure| {
        if failure.is_not_found() { failure } else { failure.under("failed to create token") }
    })?;
    // A template alone is not asked for.
    if flags.text("output").is_empty() {
        call.io.line(answer["status"]["token"].text());
        return Ok(());
    }
    let mut answer = answer;
    answer["spec"].set_default("boundObjectRef", Value::Null);
    match Printer::of(call, FORMATS)? {
        Some(printer) => printer.typed().print(&call.io, &answer),
        None => Ok(()),
    }
}

/// Checks the flags about the bound object against each other.
fn check_bound(call: &Call<'_>) -> Outcome {
    let flags = &call.flags;
    let given = |name: &str| !flags.text(name).is_empty();
    let kind = flags.text("bound-object-kind");
    if kind.is_empty() {
        for name in ["bound-object-name", "bound-object-uid"] {
            if given(name) {
                return fail(format!(
                    "--{name} can only be set if --bound-object-kind is provided"
                ));
            }
        }
        return Ok(());
    }
    if !matches!(kind, "Node" | "Pod" | "Secret") {
        return fail("supported --bound-object-kind values are Node, Pod, Secret");
    }
    if !given("bound-object-name") {
        return fail("--bound-object-name is required if --bound-object-kind is provided");
    }
    Ok(())
}
