//! `kubectl rollout history`.

use super::revisions::{self, Revision};
use podyard_engine::value::Value;

use super::{each, objects};
use crate::call::Call;
use crate::describe::pod_template;
use crate::failure::{Outcome, fail};
use crate::output::{FORMATS, Printer, printed_kind};
use crate::print::TabWriter;
use crate::resource::Info;

pub(super) async fn run(call: &Call<'_>) -> Outcome {
    let wanted = call.flags.int("revision");
    if wanted < 0 {
        return fail(format!("revision must be a positive integer: {wanted}"));
    }
    let printer = Printer::of(call, FORMATS)?.map(Printer::typed);
    if let Some(printer) = &printer
        && !call.flags.text("output").is_empty()
    {
        return print(call, printer).await;
    }
    each(call, async |info: &Info| {
        let revisions = revisions::read(call, info, "history viewer").await?;
        let text = view(&revisions, wanted)?;
        // A template alone is filled in with the object itself.
        if let Some(printer) = &printer {
            return printer.print(&call.io, &info.object);
        }
        let with = if wanted > 0 { format!("with revision #{wanted}") } else { String::new() };
        call.io.line(&format!("{}/{} {with}\n{text}", printed_kind(&info.object), info.name));
        Ok(())
    })
    .await
}

fn view(revisions: &[Revision], wanted: i64) -> Outcome<String> {
    if revisions.is_empty() {
        return Ok("No rollout history found.".to_owned());
    }
    if wanted > 0 {
        return match revisions.iter().find(|one| one.number == wanted) {
            Some(one) => Ok(pod_template(&one.template)),
            None => fail("unable to find the specified revision"),
        };
    }
    let mut text = "REVISION\tCHANGE-CAUSE\n".to_owned();
    text.extend(revisions.iter().map(|one| {
        let cause = if one.cause().is_empty() { "<none>" } else { one.cause() };
        format!("{}\t{cause}\n", one.number)
    }));
    Ok(TabWriter::for_describe().format(&text))
}

/// The object with the kind that lists leave out.
fn whole(object: &Value) -> Value {
    let mut object = object.clone();
    let is_set = object["spec"].get("replicas").is_some();
    object.set_default("apiVersion", "apps/v1");
    object.set_default("kind", if is_set { "ReplicaSet" } else { "ControllerRevision" });
    object
}

/// With `-o`: the objects that hold the revisions.
async fn print(call: &Call<'_>, printer: &Printer) -> Outcome {
    let wanted = call.flags.int("revision");
    let (infos, _) = objects(call).await?;
    for info in &infos {
        let mut revisions = revisions::read(call, info, "history viewer").await?;
        if wanted > 0 {
            revisions.retain(|one| one.number == wanted);
            if revisions.is_empty() {
                return fail("unable to find the specified revision");
            }
        }
        for revision in revisions {
            // What cannot be printed is passed over.
            printer.print(&call.io, &whole(&revision.object)).ok();
        }
    }
    Ok(())
}
