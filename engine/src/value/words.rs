//! The words that objects are full of, each with a number: texts that are one
//! of them take no memory and compare as numbers.
//!
//! The list is for speed only: a text means the same whether it is here or not.

/// How many places the table has: a power of two, twice what is needed.
const PLACES: usize = 2_048;

/// The number of the word at each place, by its print; 0 where there is none.
static TABLE: [u16; PLACES] = table();

/// The word numbered `number`.
#[inline]
pub(super) fn word(number: u16) -> &'static str {
    WORDS.get(usize::from(number)).copied().unwrap_or_default()
}

/// The number of the word that `text` is. Numbers are in byte order.
///
/// Where the compiler knows the text, it knows the number too, unless it must
/// make a small program.
#[cfg_attr(
    not(target_family = "wasm"),
    inline(always),
    expect(clippy::inline_always, reason = "a text known while compiling needs no search")
)]
pub(super) fn find(text: &str) -> Option<u16> {
    if text.is_empty() {
        return Some(0);
    }
    let place = place(print(text));
    let number = TABLE.get(place).copied().filter(|number| *number > 0)?;
    if word(number) == text { Some(number) } else { find_after(place, text) }
}

/// The same, after the first place was another word's.
fn find_after(mut place: usize, text: &str) -> Option<u16> {
    loop {
        place = (place + 1) % PLACES;
        let number = TABLE.get(place).copied().filter(|number| *number > 0)?;
        if word(number) == text {
            return Some(number);
        }
    }
}

/// A number that tells most texts apart: that of one text is always the same.
#[cfg_attr(
    not(target_family = "wasm"),
    inline(always),
    expect(clippy::inline_always, reason = "a text known while compiling needs no search")
)]
fn print(text: &str) -> u16 {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.get(bytes.len() / 2), bytes.last()) {
        (Some(first), Some(middle), Some(last)) => mix(bytes.len(), *first, *middle, *last),
        _ => 0,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a print needs no more, and const no try_from")]
const fn mix(length: usize, first: u8, middle: u8, last: u8) -> u16 {
    let bytes = u32::from_le_bytes([length as u8, first, middle, last]);
    (bytes.wrapping_mul(0x9e37_79b1) >> 16) as u16
}

/// Where the search for a print begins: by the upper bits, which are mixed best.
const fn place(print: u16) -> usize {
    print as usize * PLACES / (u16::MAX as usize + 1)
}

#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "runs while compiling, where a mistake is an error"
)]
const fn table() -> [u16; PLACES] {
    let mut table = [0; PLACES];
    let mut number = 1;
    while number < WORDS.len() {
        let bytes = WORDS[number].as_bytes();
        let length = bytes.len();
        let mut place = place(mix(length, bytes[0], bytes[length / 2], bytes[length - 1]));
        while table[place] > 0 {
            place = (place + 1) % PLACES;
        }
        table[place] = number as u16;
        number += 1;
    }
    table
}

/// The words in byte order, the empty one first.
#[rustfmt::skip]
static WORDS: [&str; 425] = [
    "", "/dev/termination-log", "/var/run/secrets/kubernetes.io/serviceaccount", "Active", "Always",
    "Available", "BackOff", "BestEffort", "Binding", "Burstable", "Cluster", "ClusterFirst",
    "ClusterIP", "Completed", "ConfigMap", "ContainerCreating", "ContainersNotReady",
    "ContainersReady", "CrashLoopBackOff", "Created", "DaemonSet", "Deployment", "Disabled",
    "DiskPressure", "EndpointSlice", "Endpoints", "Equal", "ErrImagePull", "Error", "Event",
    "Exists", "ExternalIP", "Failed", "FailedScheduling", "False", "File", "Guaranteed", "HTTP",
    "Hostname", "IPv4", "IfNotPresent", "ImagePullBackOff", "Initialized", "InternalIP", "Job",
    "Killing", "List", "LoadBalancer", "MemoryPressure", "MinimumReplicasAvailable",
    "MinimumReplicasUnavailable", "Namespace", "Never", "NewReplicaSetAvailable", "NoExecute",
    "NoSchedule", "Node", "NodePort", "None", "Normal", "OnFailure", "PIDPressure", "Pending",
    "PersistentVolume", "PersistentVolumeClaim", "Pod", "PodCompleted", "PodFailed",
    "PodInitializing", "PodReadyToStartContainers", "PodScheduled", "PreemptLowerPriority",
    "PreferNoSchedule", "Progressing", "Pulled", "Pulling", "Ready", "Recreate", "ReplicaSet",
    "ReplicaSetUpdated", "RollingUpdate", "Running", "ScalingReplicaSet", "Scheduled", "Secret",
    "Service", "ServiceAccount", "SingleStack", "Started", "StatefulSet", "Succeeded",
    "SuccessfulCreate", "SuccessfulDelete", "TCP", "True", "UDP", "Unhealthy", "Unknown", "Warning",
    "accessModes", "acquireTime", "action", "active", "activeDeadlineSeconds", "address",
    "addressType", "addresses", "affinity", "allocatable", "allowPrivilegeEscalation", "amd64",
    "annotations", "apiGroups", "apiVersion", "app", "appProtocol", "apps", "apps/v1", "args",
    "automountServiceAccountToken", "availableReplicas", "backend", "backoffLimit", "batch",
    "blockOwnerDeletion", "ca.crt", "capabilities", "capacity", "claimName", "claims", "clusterIP",
    "clusterIPs", "command", "completions", "component", "conditionType", "conditions", "configMap",
    "configMapKeyRef", "containerID", "containerPort", "containerStatuses", "containers",
    "controller", "coordination.k8s.io/v1", "count", "cpu", "creationTimestamp", "currentReplicas",
    "currentRevision", "data", "default", "default-scheduler", "defaultMode",
    "deletionGracePeriodSeconds", "deletionTimestamp", "deployment-controller",
    "deployment.kubernetes.io/desired-replicas", "deployment.kubernetes.io/max-replicas",
    "deployment.kubernetes.io/revision", "desiredNumberScheduled", "discovery.k8s.io/v1",
    "dnsPolicy", "downwardAPI", "effect", "egress", "emptyDir", "enableServiceLinks", "endpoints",
    "endpointslice.kubernetes.io/managed-by", "env", "envFrom", "ephemeral-storage",
    "ephemeralContainerStatuses", "ephemeralContainers", "eventTime", "exec", "exitCode",
    "expirationSeconds", "externalTrafficPolicy", "failed", "failureThreshold", "fieldPath",
    "fieldRef", "fieldsType", "fieldsV1", "finalizers", "finishedAt", "firstTimestamp", "from",
    "fsGroup", "fullyLabeledReplicas", "generateName", "generation", "grpc", "holderIdentity",
    "host", "hostAliases", "hostIP", "hostIPC", "hostIPs", "hostNetwork", "hostPID", "hostPath",
    "hostPort", "hostname", "hosts", "httpGet", "hugepages-1Gi", "hugepages-2Mi", "image",
    "imageID", "imagePullPolicy", "imagePullSecrets", "immutable", "ingress",
    "initContainerStatuses", "initContainers", "initialDelaySeconds", "internalTrafficPolicy",
    "involvedObject", "ip", "ipFamilies", "ipFamilyPolicy", "items", "jobTemplate", "key", "kind",
    "kube-controller-manager", "kube-node-lease", "kube-public", "kube-root-ca.crt",
    "kube-scheduler", "kube-system", "kubelet", "kubernetes", "kubernetes.io/arch",
    "kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/service-name", "labels",
    "lastHeartbeatTime", "lastObservedTime", "lastProbeTime", "lastState", "lastTimestamp",
    "lastTransitionTime", "lastUpdateTime", "leaseDurationSeconds", "lifecycle", "limits", "linux",
    "livenessProbe", "loadBalancer", "loadBalancerClass", "managedFields", "manager",
    "matchExpressions", "matchLabels", "maxSurge", "maxUnavailable", "medium", "memory", "message",
    "metadata", "metadata.name", "metadata.namespace", "minReadySeconds", "mountPath",
    "mountPropagation", "name", "namespace", "namespaceSelector", "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable", "nodeName", "nodePort", "nodeSelector", "nominatedNodeName",
    "notReadyAddresses", "number", "observedGeneration", "operation", "operator", "optional",
    "overhead", "ownerReferences", "parallelism", "parameters", "path", "paused", "periodSeconds",
    "persistentVolumeClaim", "phase", "pod-template-hash", "podCIDR", "podCIDRs", "podIP", "podIPs",
    "podManagementPolicy", "podSelector", "pods", "port", "ports", "preemptionPolicy", "priority",
    "priorityClassName", "privileged", "progressDeadlineSeconds", "projected", "protocol",
    "provisioner", "publishNotReadyAddresses", "qosClass", "readOnly", "readinessGates",
    "readinessProbe", "ready", "readyReplicas", "reason", "recursiveReadOnly", "renewTime",
    "replicas", "replicaset-controller", "reportingComponent", "reportingInstance", "requests",
    "resize", "resourceFieldRef", "resourceNames", "resourceVersion", "resources", "restartCount",
    "restartPolicy", "revision", "revisionHistoryLimit", "roleRef", "rollingUpdate", "rules",
    "runAsNonRoot", "runAsUser", "running", "runtimeClassName", "schedule", "schedulerName",
    "schedulingGates", "scheme", "secret", "secretKeyRef", "securityContext", "selector",
    "selfLink", "series", "service", "serviceAccount", "serviceAccountName", "serviceAccountToken",
    "serviceName", "serving", "sessionAffinity", "setHostnameAsFQDN", "shareProcessNamespace",
    "signal", "sizeLimit", "source", "sources", "spec", "startTime", "started", "startedAt",
    "startupProbe", "state", "status", "stdin", "stdinOnce", "storageClassName", "strategy",
    "stringData", "subPath", "subdomain", "subjects", "subresource", "subsets", "succeeded",
    "successThreshold", "suspend", "taints", "targetPort", "targetRef", "tcpSocket", "template",
    "terminated", "terminating", "terminationGracePeriodSeconds", "terminationMessagePath",
    "terminationMessagePolicy", "time", "timeoutSeconds", "tls", "to", "token", "tolerationSeconds",
    "tolerations", "topologySpreadConstraints", "tty", "type", "uid", "unavailableReplicas",
    "unschedulable", "updateRevision", "updateStrategy", "updatedReplicas", "v1", "value",
    "valueFrom", "values", "verbs", "volumeClaimTemplates", "volumeDevices", "volumeMounts",
    "volumeName", "volumes", "waiting", "workingDir", "zone",];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_and_nothing_else() {
        for (number, word) in WORDS.iter().enumerate() {
            assert_eq!(find(word).map(usize::from), Some(number), "{word}");
        }
        for text in ["statu", "statuses", "Status", "é", &"x".repeat(300)] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn words_are_in_byte_order() {
        assert!(WORDS.is_sorted());
    }
}
