//! How the fields of upstream's internal structs are called and ordered,
//! where that is not plain from the API's own.

/// The fields of a Pod's spec that its internal security context has.
pub(super) const MOVED: [&str; 5] =
    ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers"];

/// The fields of the internal Pod spec, in order.
pub(super) const POD_SPEC: [&str; 34] = [
    "volumes",
    "initContainers",
    "containers",
    "ephemeralContainers",
    "restartPolicy",
    "terminationGracePeriodSeconds",
    "activeDeadlineSeconds",
    "dnsPolicy",
    "nodeSelector",
    "serviceAccountName",
    "automountServiceAccountToken",
    "nodeName",
    "securityContext",
    "imagePullSecrets",
    "hostname",
    "subdomain",
    "setHostnameAsFQDN",
    "affinity",
    "schedulerName",
    "tolerations",
    "hostAliases",
    "priorityClassName",
    "priority",
    "preemptionPolicy",
    "dnsConfig",
    "readinessGates",
    "runtimeClassName",
    "overhead",
    "enableServiceLinks",
    "topologySpreadConstraints",
    "os",
    "schedulingGates",
    "resourceClaims",
    "resources",
];

const FIELDS: [(&str, &str); 38] = [
    ("apiGroup", "APIGroup"),
    ("apiVersion", "APIVersion"),
    ("awsElasticBlockStore", "AWSElasticBlockStore"),
    ("cephfs", "CephFS"),
    ("chapAuthDiscovery", "DiscoveryCHAPAuth"),
    ("chapAuthSession", "SessionCHAPAuth"),
    ("csi", "CSI"),
    ("diskURI", "DataDiskURI"),
    ("dnsConfig", "DNSConfig"),
    ("dnsPolicy", "DNSPolicy"),
    ("fc", "FC"),
    ("fsGroup", "FSGroup"),
    ("fsGroupChangePolicy", "FSGroupChangePolicy"),
    ("fsType", "FSType"),
    ("gcePersistentDisk", "GCEPersistentDisk"),
    ("gmsaCredentialSpec", "GMSACredentialSpec"),
    ("gmsaCredentialSpecName", "GMSACredentialSpecName"),
    ("grpc", "GRPC"),
    ("httpGet", "HTTPGet"),
    ("httpHeaders", "HTTPHeaders"),
    ("ip", "IP"),
    ("iqn", "IQN"),
    ("iscsi", "ISCSI"),
    ("metadata", "ObjectMeta"),
    ("nfs", "NFS"),
    ("os", "OS"),
    ("pdID", "PdID"),
    ("pdName", "PDName"),
    ("rbd", "RBD"),
    ("seLinuxChangePolicy", "SELinuxChangePolicy"),
    ("seLinuxOptions", "SELinuxOptions"),
    ("storageos", "StorageOS"),
    ("targetWWNs", "TargetWWNs"),
    ("tcpSocket", "TCPSocket"),
    ("ttlSecondsAfterFinished", "TTLSecondsAfterFinished"),
    ("tty", "TTY"),
    ("uid", "UID"),
    ("wwids", "WWIDs"),
];

/// The Go name of the field `json` of the struct called `owner`.
pub(super) fn field(owner: &str, json: &str) -> String {
    match (owner, json) {
        ("RBDVolumeSource", "monitors") => {
            return "CephMonitors".to_owned();
        }
        ("RBDVolumeSource", "image") => return "RBDImage".to_owned(),
        ("RBDVolumeSource", "pool") => return "RBDPool".to_owned(),
        ("RBDVolumeSource", "user") => return "RadosUser".to_owned(),
        ("GlusterfsVolumeSource", "endpoints") => return "EndpointsName".to_owned(),
        _ => {}
    }
    if let Some((_, name)) = FIELDS.iter().find(|(own, _)| *own == json) {
        return (*name).to_owned();
    }
    let mut letters = json.chars();
    match letters.next() {
        Some(first) => format!("{}{}", first.to_ascii_uppercase(), letters.as_str()),
        None => String::new(),
    }
}

/// Whether the internal struct has a value where the API's has a pointer.
pub(super) fn is_held_by_value(owner: &str, json: &str) -> bool {
    (owner, json) == ("ServiceAccountTokenProjection", "expirationSeconds")
}

/// The struct that the struct called `owner` has within it.
pub(super) fn embedded(owner: &str) -> &'static str {
    match owner {
        "core/v1.Volume" => "VolumeSource",
        "core/v1.Probe" => "ProbeHandler",
        "core/v1.EphemeralContainer" => "EphemeralContainerCommon",
        "core/v1.PersistentVolumeSpec" => "PersistentVolumeSource",
        _ => "LocalObjectReference",
    }
}
