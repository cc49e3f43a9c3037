//! `apply --server-side`: the server merges.

use podyard_engine::value;
use podyard_engine::value::Value;
use podyard_engine::wire::Method;

use super::{Apply, LAST_APPLIED};
use crate::call::DryRun;
use crate::client::{APPLY_PATCH, JSON_PATCH};
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
    let send = || apply.call.client.write_text(Method::Patch, &target, APPLY_PATCH, body.clone());
    let object = send().await.map_err(|failure| {
        if failure.is_conflict() {
            return Failure::Text(format!("{}{ADVICE}", failure.text()));
        }
        failure
    })?;
    if apply.dry_run != DryRun::No || !subresource.is_empty() {
        return Ok(object);
    }
    let object = keep_annotation(apply, info, manager, object).await;
    // What client-side apply owned is the server's to prune from now on.
    if migrate(apply, info, manager, &object).await { send().await } else { Ok(object) }
}

/// The path of the annotation in `managedFields`.
fn owns_annotation(entry: &Value) -> bool {
    let annotations = &entry["fieldsV1"]["f:metadata"]["f:annotations"];
    annotations.get(&format!("f:{LAST_APPLIED}")).is_some()
}

/// Lets a manager of its own apply the annotation, so that it outlives the
/// change from client-side apply.
async fn keep_annotation(
    apply: &Apply<'_, '_>,
    info: &Info,
    manager: &str,
    object: Value,
) -> Value {
    let metadata = &object["metadata"];
    let Some(annotation) = metadata["annotations"].get(LAST_APPLIED) else { return object };
    let mut entries = metadata["managedFields"].items().iter();
    let is_kept = entries.any(|one| one["operation"].text() == "Apply" && owns_annotation(one));
    if manager != "kubectl" || is_kept {
        return object;
    }
    let mut alone = value!({
        "apiVersion": (object["apiVersion"].clone()),
        "kind": (object["kind"].clone()),
        "metadata": { "name": (metadata["name"].clone()) },
    });
    alone["metadata"].set_nonzero("namespace", metadata["namespace"].clone());
    alone["metadata"]["annotations"].set(LAST_APPLIED, annotation.clone());
    let target =
        info.target().query("fieldManager", "kubectl-last-applied").query("force", "false");
    let kept = apply.call.client.patch(&target, APPLY_PATCH, &alone).await;
    kept.unwrap_or(object)
}

/// Gives what client-side apply owned to `manager`; says whether there was
/// anything to give.
async fn migrate(apply: &Apply<'_, '_>, info: &Info, manager: &str, object: &Value) -> bool {
    let entries = object["metadata"]["managedFields"].items();
    let is_old = |entry: &&Value| {
        entry["operation"].text() == "Update"
            && entry["subresource"].is_empty()
            && owns_annotation(entry)
    };
    if !entries.iter().any(|entry| is_old(&entry)) {
        return false;
    }
    let mut fields = Value::map();
    for entry in entries.iter().filter(is_old) {
        unite(&mut fields, &entry["fieldsV1"]);
    }
    let mut kept: Vec<Value> = entries.iter().filter(|entry| !is_old(entry)).cloned().collect();
    let new = kept.iter_mut().find(|entry| {
        entry["manager"].text() == manager
            && entry["operation"].text() == "Apply"
            && entry["subresource"].is_empty()
    });
    if let Some(entry) = new {
        unite(&mut entry["fieldsV1"], &fields);
    }
    let version = object["metadata"]["resourceVersion"].clone();
    let patch = value!([
        { "op": "replace", "path": "/metadata/managedFields", "value": (Value::list(kept)) },
        { "op": "replace", "path": "/metadata/resourceVersion", "value": version },
    ]);
    apply.call.client.patch(&info.target(), JSON_PATCH, &patch).await.is_ok()
}

/// Adds the fields of `more` to `fields`.
fn unite(fields: &mut Value, more: &Value) {
    for (key, inner) in more.entries() {
        unite(&mut fields[&**key], inner);
        if fields[&**key].is_null() {
            fields.set(key, Value::map());
        }
    }
}
