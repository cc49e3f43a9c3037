//! `apply --prune`: deleting what was applied before and is in no file now.
//!
//! Models `pkg/cmd/apply/prune.go`.

use super::apply::LAST_APPLIED;
use super::delete::Deletion;
use crate::call::{Call, DryRun};
use crate::failure::{Failure, Outcome};
use crate::output::printed_kind;
use crate::resource::{Info, Listed};

/// The kinds that are pruned unless `--prune-allowlist` names others:
/// group, version, kind and whether they live in namespaces.
const DEFAULT: &[(&str, &str, &str)] = &[
    ("", "v1", "ConfigMap"),
    ("", "v1", "Endpoints"),
    ("", "v1", "PersistentVolumeClaim"),
    ("", "v1", "Pod"),
    ("", "v1", "ReplicationController"),
    ("", "v1", "Secret"),
    ("", "v1", "Service"),
    ("batch", "v1", "Job"),
    ("batch", "v1", "CronJob"),
    ("networking.k8s.io", "v1", "Ingress"),
    ("apps", "v1", "DaemonSet"),
    ("apps", "v1", "Deployment"),
    ("apps", "v1", "ReplicaSet"),
    ("apps", "v1", "StatefulSet"),
    ("", "v1", "Namespace"),
    ("", "v1", "PersistentVolume"),
];

/// The warning about kinds without namespaces.
const NAMESPACED_ONLY: &str = "Deprecated: kubectl apply will no longer prune non-namespaced \
    resources by default when used with the --namespace flag in a future release. To preserve the \
    current behaviour, list the resources you want to target explicitly in the --prune-allowlist \
    flag.";

/// Deletes the objects of the chosen kinds that `apply` once made and that
/// are not among `applied`, in the namespaces of `applied`.
pub(super) async fn run(call: &Call<'_>, applied: &[Info], deletion: &Deletion) -> Outcome {
    for info in candidates(call, applied).await? {
        if deletion.dry_run != DryRun::Client {
            deletion.delete(call, &info).await?;
        }
        let done = deletion.dry_run.suffix();
        call.io.line(&format!("{}/{} pruned{done}", printed_kind(&info.object), info.name));
    }
    Ok(())
}

fn unknown(group: &str, version: &str, kind: &str) -> Failure {
    let version = crate::discovery::api_version(group, version);
    Failure::Text(format!("no matches for kind {kind:?} in version {version:?}"))
}

/// Refuses kinds that there are not, before anything is applied.
pub(super) async fn check(call: &Call<'_>) -> Outcome {
    let discovery = call.client.discovery().await?;
    for (group, version, kind) in kinds(call)? {
        if discovery.kind(group, version, kind).is_none() {
            return Err(unknown(group, version, kind));
        }
    }
    Ok(())
}

/// What pruning deletes when `applied` is all that there is to be.
pub(super) async fn candidates(call: &Call<'_>, applied: &[Info]) -> Outcome<Vec<Info>> {
    let discovery = call.client.discovery().await?;
    let kinds = kinds(call)?;
    if call.flags.list("prune-allowlist").is_empty() {
        call.log('W', "prune.go:71", NAMESPACED_ONLY);
    }
    let mut namespaces: Vec<&str> = applied
        .iter()
        .map(|info| info.namespace.as_str())
        .filter(|namespace| !namespace.is_empty())
        .collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    let mut found = Vec::new();
    for (group, version, kind) in kinds {
        let Some(resource) = discovery.kind(group, version, kind) else {
            return Err(unknown(group, version, kind));
        };
        let places = if resource.namespaced { namespaces.clone() } else { vec![""] };
        for namespace in places {
            let list = Listed {
                resource: resource.clone(),
                namespace: namespace.to_owned(),
                labels: call.flags.text("selector").to_owned(),
                fields: String::new(),
            };
            let infos = list.read(&call.client).await?;
            found.extend(infos.into_iter().filter(|info| is_gone(info, applied)));
        }
    }
    Ok(found)
}

/// The kinds to look at: group, version and kind.
fn kinds<'c>(call: &'c Call<'_>) -> Outcome<Vec<(&'c str, &'c str, &'c str)>> {
    let given = call.flags.list("prune-allowlist");
    let mut kinds = Vec::new();
    if given.is_empty() {
        kinds.extend(DEFAULT.iter().copied());
    }
    for text in given {
        match text.split('/').collect::<Vec<_>>().as_slice() {
            [group, version, kind] => {
                kinds.push((if *group == "core" { "" } else { *group }, *version, *kind));
            }
            _ => {
                return Err(Failure::Text(format!(
                    "invalid GroupVersionKind format: {text}, please follow <group/version/kind>"
                )));
            }
        }
    }
    Ok(kinds)
}

/// Whether `apply` made the object, and would not make it now.
fn is_gone(info: &Info, applied: &[Info]) -> bool {
    let metadata = &info.object["metadata"];
    let same = |one: &Info| {
        let uid = &one.object["metadata"]["uid"];
        let place =
            |info: &Info| (info.resource.kind.clone(), info.namespace.clone(), info.name.clone());
        *uid == metadata["uid"] || uid.is_null() && place(one) == place(info)
    };
    !applied.iter().any(same) && metadata["annotations"].get(LAST_APPLIED).is_some()
}
