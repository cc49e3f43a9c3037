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
    if let Some(printer) = Printer::of(call, FORMATS)? {
        printer.print(&call.io, &answer)
    } else {
        call.io.line(answer["status"]["token"].text());
        Ok(())
    }
}
