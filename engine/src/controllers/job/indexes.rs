//! The completion indexes of an Indexed Job.
//!
//! Source: upstream `pkg/controller/job/indexed_job_utils.go`.

use std::collections::BTreeSet;

use crate::api::job::parse_indexes;
use crate::value;
use crate::value::Value;

const INDEX: &str = "batch.kubernetes.io/job-completion-index";
const FAILURES: &str = "batch.kubernetes.io/job-index-failure-count";

/// The index that a Pod completes.
pub(super) fn index_of(pod: &Value) -> Option<i64> {
    pod["metadata"]["annotations"][INDEX].text().parse().ok()
}

/// How often the index of a Pod had failed before this Pod.
pub(super) fn earlier_failures(pod: &Value) -> i64 {
    pod["metadata"]["annotations"][FAILURES].text().parse().unwrap_or(0)
}

/// Marks a Pod as the one for an index; with `failures`, where each index has
/// a limit of its own.
pub(super) fn mark(pod: &mut Value, job: &Value, index: i64, failures: Option<i64>) {
    let name = job["metadata"]["name"].text();
    pod["metadata"]["generateName"] = format!("{name}-{index}-").into();
    pod["metadata"]["annotations"].set(INDEX, index.to_string());
    if let Some(failures) = failures {
        pod["metadata"]["annotations"].set(FAILURES, failures.to_string());
    }
    pod["metadata"]["labels"].set(INDEX, index.to_string());
    pod["spec"]["hostname"] = format!("{name}-{index}").into();
    for list in ["initContainers", "containers"] {
        if pod["spec"][list].is_null() {
            continue;
        }
        for container in pod["spec"][list].make_list() {
            container["env"].push(value!({
                "name": "JOB_COMPLETION_INDEX",
                "valueFrom": { "fieldRef": {
                    "apiVersion": "v1",
                    "fieldPath": (format!("metadata.labels['{INDEX}']")),
                } },
            }));
        }
    }
}

/// The indexes in a text as `0-2,4`, below `completions`.
pub(super) fn parse(text: &str, completions: i64) -> BTreeSet<i64> {
    let ranges = parse_indexes(text, completions).unwrap_or_default();
    ranges.into_iter().flat_map(|(first, last)| first..=last).collect()
}

/// Indexes as `0-2,4`.
pub(super) fn print(indexes: &BTreeSet<i64>) -> String {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for index in indexes {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *index => *last = *index,
            _ => ranges.push((*index, *index)),
        }
    }
    let texts = ranges.into_iter().map(|(first, last)| match last - first {
        0 => first.to_string(),
        1 => format!("{first},{last}"),
        _ => format!("{first}-{last}"),
    });
    texts.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_told_as_ranges() {
        for (indexes, text) in [
            (vec![], ""),
            (vec![3], "3"),
            (vec![0, 1], "0,1"),
            (vec![0, 1, 2, 4, 7, 8], "0-2,4,7,8"),
        ] {
            let indexes: BTreeSet<i64> = indexes.into_iter().collect();
            assert_eq!(print(&indexes), text);
            assert_eq!(parse(text, 9), indexes);
        }
    }
}
