//! `apply --server-side`: the server merges.

use podyard_engine::value::Value;
use podyard_engine::wire::Method;

use super::Apply;
use crate::client::APPLY_PATCH;
use crate::failure::{Failure, Outcome};
use crate::resource::Info;

/// What to do about conflicts: the text that kubectl adds to the server's.
const ADVICE: &str = "
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";

/// Lets the server apply the object; gives what it is then.
pub(super) async fn apply(apply: &Apply<'_, '_>, info: &Info) -> Outcome<Value> {
    let flags = &apply.call.flags;
    let manager =
        if flags.changed("field-manager") { flags.text("field-manager") } else { "kubectl" };
    let mut target = info.target();
    let subresource = flags.text("subresource");
    if !subresource.is_empty() {
        target = target.child(subresource);
    }
    let target = target
        .query("fieldManager", manager)
        .query("fieldValidation", apply.validation)
        .query("force", flags.is("force-conflicts").to_string())
        .query_some("dryRun", apply.dry_run.parameter());
    let body = info.object.to_json();
    let answer = apply.call.client.write_text(Method::Patch, &target, APPLY_PATCH, body).await;
    answer.map_err(|failure| {
        if failure.is_conflict() {
            return Failure::Text(format!("{}{ADVICE}", failure.text()));
        }
        failure
    })
}
