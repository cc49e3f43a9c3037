//! `kubectl rollout history`.

use super::revisions::{self, Revision};
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
    if let Some(printer) = Printer::of(call, FORMATS)? {
        return print(call, &printer).await;
    }
    each(call, async |info: &Info| {
        let revisions = revisions::read(call, info, "history viewer").await?;
        let text = view(&revisions, wanted)?;
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
            printer.print(&call.io, &revision.object)?;
        }
    }
    Ok(())
}
