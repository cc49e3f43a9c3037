//! Whom a selector selects, for a line above it in the editor.

use podyard_engine::value::Value;

use super::known::Known;
use super::outline::Outline;
use crate::protocol::{File, Lens};

/// The selectors in the files, and how many Pods of the cluster each selects.
pub(super) fn lenses(known: Known) -> Vec<Lens> {
    known.files.iter().flat_map(|file| of_file(&known, file)).collect()
}

fn of_file(known: &Known, file: &File) -> Vec<Lens> {
    let outlines = Outline::all(&file.text);
    outlines.iter().filter_map(|outline| of_document(known, outline, &file.name)).collect()
}

fn of_document(known: &Known, outline: &Outline, file: &str) -> Option<Lens> {
    let selector: &[&str] = match outline.value(&["kind"]) {
        "Service" | "ReplicationController" => &["spec", "selector"],
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" => {
            &["spec", "selector", "matchLabels"]
        }
        _ => return None,
    };
    // Whatever is not in the cluster yet selects nobody, and nobody wonders.
    let exists = known
        .objects(outline.value(&["kind"]))
        .any(|own| own.at(&["metadata", "name"]).text() == outline.value(&["metadata", "name"]));
    if !exists {
        return None;
    }
    let row = outline.rows.iter().find(|row| row.path == selector)?;
    let path: Vec<String> = selector.iter().map(|step| (*step).to_owned()).collect();
    let wanted: Vec<(&str, &str)> = outline
        .fields_below(&path, usize::MAX)
        .into_iter()
        .map(|key| {
            let steps: Vec<&str> = selector.iter().copied().chain([key]).collect();
            (key, outline.value(&steps))
        })
        .collect();
    if wanted.is_empty() {
        return None;
    }
    let namespace = match outline.value(&["metadata", "namespace"]) {
        "" => "default",
        own => own,
    };
    let selects = |pod: &&Value| {
        let labels = pod.at(&["metadata", "labels"]);
        pod.at(&["metadata", "namespace"]).text() == namespace
            && wanted.iter().all(|(key, value)| labels.at(&[key]).text() == *value)
    };
    let pods = known.objects("Pod").filter(selects).count();
    Some(Lens {
        file: file.to_owned(),
        line: u32::try_from(row.line).unwrap_or_default() + 1,
        pods: u32::try_from(pods).unwrap_or(u32::MAX),
        path: format!(
            "{}/{namespace}/{}",
            outline.value(&["kind"]),
            outline.value(&["metadata", "name"])
        ),
    })
}
