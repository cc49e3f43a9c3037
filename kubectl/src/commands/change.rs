//! Changing objects that exist: the smallest patch between before and after,
//! and the parts of objects that several commands change.

use podyard_engine::patch::{create_merge_patch, create_strategic_patch};
use podyard_engine::schema::{Schema, Struct};
use podyard_engine::value::Value;

use crate::call::{Call, DryRun};
use crate::client::{MERGE_PATCH, STRATEGIC_PATCH};
use crate::discovery::Resource;
use crate::failure::{Failure, Outcome};
use crate::resource::{FileOptions, Info};

/// The type of a built-in resource; none for a custom one.
pub(super) fn type_of(resource: &Resource) -> Option<&'static Struct> {
    let package = match resource.group.split('.').next().unwrap_or_default() {
        "" => "core",
        first => first,
    };
    Schema::get().find(&format!("{package}/{}.{}", resource.version, resource.kind))
}

/// The patch that makes `after` of `before`, and its content type.
pub(super) fn difference(
    resource: &Resource,
    before: &Value,
    after: &Value,
) -> Outcome<(Value, &'static str)> {
    match type_of(resource) {
        Some(schema) => match create_strategic_patch(schema, before, after) {
            Ok(patch) => Ok((patch, STRATEGIC_PATCH)),
            Err(error) => Err(Failure::Text(error.to_string())),
        },
        None => Ok((create_merge_patch(before, after), MERGE_PATCH)),
    }
}

/// Sends the patch that makes `after` of the object as it is; gives the object
/// after it, or `None` when there is nothing to change.
pub(super) async fn send(
    call: &Call<'_>,
    info: &Info,
    after: &Value,
    dry_run: DryRun,
) -> Outcome<Option<Value>> {
    let (patch, content_type) = difference(&info.resource, &info.object, after)?;
    if patch.is_empty() {
        return Ok(None);
    }
    if dry_run == DryRun::Client || call.flags.is("local") {
        return Ok(Some(after.clone()));
    }
    let target = info
        .target()
        .query_some("fieldManager", call.flags.text("field-manager"))
        .query_some("dryRun", dry_run.parameter());
    call.client.patch(&target, content_type, &patch).await.map(Some)
}

/// The path to the Pod template's spec in an object of this kind.
pub(super) fn pod_spec_path(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "Pod" => &["spec"],
        "Deployment"
        | "ReplicaSet"
        | "DaemonSet"
        | "StatefulSet"
        | "Job"
        | "ReplicationController" => &["spec", "template", "spec"],
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        "PodTemplate" => &["template", "spec"],
        _ => return None,
    })
}

/// The refusal when neither a resource nor a file is given.
pub(super) fn require_resources(resources: &[String], call: &Call<'_>) -> Outcome {
    if resources.is_empty() && !FileOptions::of(call).are_given() {
        return Err(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>"
                .into(),
        );
    }
    Ok(())
}

/// Arguments parted into resources and `key=value` or `key-` pairs.
pub(super) struct Pairs {
    pub(super) resources: Vec<String>,
    pub(super) pairs: Vec<String>,
}

impl Pairs {
    /// Parts the arguments; `what` names the pairs for the refusal.
    pub(super) fn split(args: &[String], what: &str) -> Outcome<Self> {
        let mut split = Self { resources: Vec::new(), pairs: Vec::new() };
        for arg in args {
            let is_pair =
                arg.contains('=') && !arg.starts_with('=') || arg.ends_with('-') && arg != "-";
            if is_pair {
                split.pairs.push(arg.clone());
            } else if split.pairs.is_empty() {
                split.resources.push(arg.clone());
            } else {
                return Err(Failure::Text(format!(
                    "all resources must be specified before {what} changes: {arg}"
                )));
            }
        }
        Ok(split)
    }

    /// The pairs as keys and values, and the keys to remove.
    pub(super) fn parse(&self, what: &str, removes: bool) -> Outcome<Parsed> {
        let mut parsed = Parsed::default();
        let mut invalid: Vec<&str> = Vec::new();
        for pair in &self.pairs {
            match (pair.split_once('='), pair.strip_suffix('-')) {
                (Some((key, value)), _) if !key.is_empty() => {
                    parsed.set.retain(|(known, _)| known != key);
                    parsed.set.push((key.to_owned(), value.to_owned()));
                }
                (_, Some(key)) if removes => parsed.removed.push(key.to_owned()),
                _ => invalid.push(pair),
            }
        }
        if invalid.is_empty() {
            return Ok(parsed);
        }
        Err(Failure::Text(format!("invalid {what} format: {}", invalid.join(", "))))
    }
}

/// Pairs taken apart.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) set: Vec<(String, String)>,
    pub(super) removed: Vec<String>,
}
