//! Completes a command line from the words kubectl knows and the objects there
//! are.

use super::cluster::Cluster;

const PROGRAMS: [&str; 6] = ["kubectl", "curl", "clear", "help", "cat", "podyard"];
const VERBS: [&str; 22] = [
    "annotate",
    "api-resources",
    "apply",
    "autoscale",
    "create",
    "delete",
    "describe",
    "diff",
    "edit",
    "exec",
    "explain",
    "expose",
    "get",
    "label",
    "logs",
    "patch",
    "replace",
    "rollout",
    "run",
    "scale",
    "set",
    "wait",
];
const ROLLOUT: [&str; 6] = ["history", "pause", "restart", "resume", "status", "undo"];
const KINDS: [&str; 16] = [
    "all",
    "configmaps",
    "daemonsets",
    "deployments",
    "endpoints",
    "endpointslices",
    "events",
    "jobs",
    "namespaces",
    "nodes",
    "pods",
    "replicasets",
    "secrets",
    "serviceaccounts",
    "services",
    "statefulsets",
];

/// What pressing Tab does to a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Completion {
    /// The line with everything added that is certain.
    pub(crate) line: String,
    /// The words it could go on with, when there are several.
    pub(crate) choices: Vec<String>,
}

/// Completes the last word of `line`.
pub(crate) fn complete(line: &str, cluster: &Cluster, files: &[String]) -> Completion {
    let (before, word) = line.rsplit_once(' ').map_or(("", line), |(before, word)| (before, word));
    let words: Vec<&str> = before.split_whitespace().collect();
    let mut choices = candidates(&words, cluster, files);
    choices.retain(|choice| choice.starts_with(word));
    choices.sort();
    choices.dedup();

    let certain = common_start(&choices);
    let Some(rest) = certain.strip_prefix(word) else {
        return Completion { line: line.to_owned(), choices: Vec::new() };
    };
    let end = if choices.len() == 1 { " " } else { "" };
    let line = format!("{line}{rest}{end}");
    if choices.len() == 1 {
        choices.clear();
    }
    Completion { line, choices }
}

fn candidates(words: &[&str], cluster: &Cluster, files: &[String]) -> Vec<String> {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    if words.last().is_some_and(|last| matches!(*last, "-f" | "--filename" | "cat")) {
        return files.to_vec();
    }
    if words.last().is_some_and(|last| matches!(*last, "-n" | "--namespace")) {
        return namespaces(cluster);
    }
    let arguments: Vec<&str> =
        words.iter().filter(|word| !word.starts_with('-')).copied().collect();
    match arguments.as_slice() {
        [] => owned(&PROGRAMS),
        ["kubectl" | "k"] => owned(&VERBS),
        [_, "rollout"] => owned(&ROLLOUT),
        [_, "logs" | "exec"] => names(cluster, "pods"),
        [_, "rollout", _] => prefixed(cluster, "deployments"),
        [
            _,
            "get" | "describe" | "delete" | "scale" | "edit" | "label" | "annotate" | "patch"
            | "expose",
        ] => owned(&KINDS),
        [_, _, kind] | [_, "rollout", _, kind] => names(cluster, kind),
        _ => Vec::new(),
    }
}

fn prefixed(cluster: &Cluster, kind: &str) -> Vec<String> {
    names(cluster, kind).into_iter().map(|name| format!("deployment/{name}")).collect()
}

fn namespaces(cluster: &Cluster) -> Vec<String> {
    let mut names: Vec<String> = cluster.pods.values().map(|pod| pod.namespace.clone()).collect();
    names.push("default".to_owned());
    names
}

fn names(cluster: &Cluster, kind: &str) -> Vec<String> {
    let of = |wanted: &str| {
        let workloads = cluster.workloads.values().filter(|workload| workload.kind == wanted);
        workloads.map(|workload| workload.name.clone()).collect()
    };
    match kind {
        "po" | "pod" | "pods" => cluster.pods.values().map(|pod| pod.name.clone()).collect(),
        "no" | "node" | "nodes" => cluster.nodes.values().map(|node| node.name.clone()).collect(),
        "svc" | "service" | "services" => {
            cluster.services.values().map(|service| service.name.clone()).collect()
        }
        "deploy" | "deployment" | "deployments" => of("Deployment"),
        "rs" | "replicaset" | "replicasets" => of("ReplicaSet"),
        "ds" | "daemonset" | "daemonsets" => of("DaemonSet"),
        "sts" | "statefulset" | "statefulsets" => of("StatefulSet"),
        "job" | "jobs" => of("Job"),
        _ => Vec::new(),
    }
}

fn common_start(words: &[String]) -> String {
    let Some((first, rest)) = words.split_first() else { return String::new() };
    let shared =
        |word: &String| first.chars().zip(word.chars()).take_while(|(a, b)| a == b).count();
    let length = rest.iter().map(shared).min().unwrap_or(usize::MAX);
    first.chars().take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::cluster::tests::sample;

    fn check(line: &str, completed: &str, choices: &[&str]) {
        let completion = complete(line, &sample(), &["web.yaml".to_owned()]);
        assert_eq!(completion.line, completed);
        assert_eq!(completion.choices, choices);
    }

    #[test]
    fn completes_programs_verbs_and_kinds() {
        check("kub", "kubectl ", &[]);
        check("kubectl des", "kubectl describe ", &[]);
        check("kubectl get po", "kubectl get pods ", &[]);
        check("kubectl get end", "kubectl get endpoints", &["endpoints", "endpointslices"]);
    }

    #[test]
    fn completes_names_and_files() {
        check("kubectl delete rs web-", "kubectl delete rs web-", &["web-new", "web-old"]);
        check("kubectl apply -f w", "kubectl apply -f web.yaml ", &[]);
        check("kubectl -n default get deploy ", "kubectl -n default get deploy ", &[]);
    }

    #[test]
    fn leaves_an_unknown_word_alone() {
        check("kubectl zzz", "kubectl zzz", &[]);
    }
}
