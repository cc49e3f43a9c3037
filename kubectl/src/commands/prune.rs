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

/// Deletes the objects of the chosen kinds that `apply` once made and that
/// are not among `applied`, in the namespaces of `applied`.
pub(super) async fn run(call: &Call<'_>, applied: &[Info], deletion: &Deletion) -> Outcome {
    let discovery = call.client.discovery().await?;
    let mut kinds = Vec::new();
    let given = call.flags.list("prune-allowlist");
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
    let mut namespaces: Vec<&str> = applied
        .iter()
        .map(|info| info.namespace.as_str())
        .filter(|namespace| !namespace.is_empty())
        .collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    for (group, version, kind) in kinds {
        let Some(resource) = discovery.kind(group, version, kind) else {
            return Err(Failure::Text(format!(
                "error pruning: no matches for kind {kind:?} in version {:?}",
                crate::discovery::api_version(group, version)
            )));
        };
        let places = if resource.namespaced { namespaces.clone() } else { vec![""] };
        for namespace in places {
            let list = Listed {
                resource: resource.clone(),
                namespace: namespace.to_owned(),
                labels: call.flags.text("selector").to_owned(),
                fields: String::new(),
            };
            for info in list.read(&call.client).await? {
                prune(call, applied, &info, deletion).await?;
            }
        }
    }
    Ok(())
}

async fn prune(call: &Call<'_>, applied: &[Info], info: &Info, deletion: &Deletion) -> Outcome {
    let metadata = &info.object["metadata"];
    let kept = applied.iter().any(|one| one.object["metadata"]["uid"] == metadata["uid"]);
    if kept || metadata["annotations"].get(LAST_APPLIED).is_none() {
        return Ok(());
    }
    if deletion.dry_run != DryRun::Client {
        deletion.delete(call, info).await?;
    }
    let done = deletion.dry_run.suffix();
    call.io.line(&format!("{}/{} pruned{done}", printed_kind(&info.object), info.name));
    Ok(())
}
