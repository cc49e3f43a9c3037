//! What containers are given from the API: configMaps, secrets, and the Pod's
//! own fields.
//!
//! Source: upstream `pkg/kubelet/{kubelet_pods.go,configmap,secret}` and
//! `pkg/fieldpath`.

use crate::apiserver::{ApiServer, Kinds};
use crate::base64;
use crate::quantity::Quantity;
use crate::value::Value;

/// Reads what a Pod refers to.
pub(super) struct Sources<'a> {
    pub(super) api: &'a ApiServer,
    pub(super) kinds: &'a Kinds,
    pub(super) pod: &'a Value,
    pub(super) pod_ip: &'a str,
    pub(super) host_ip: &'a str,
    pub(super) node: &'a str,
}

/// The texts and bytes under the keys of a ConfigMap or Secret.
pub(super) type Keys = Vec<(String, Vec<u8>)>;

impl Sources<'_> {
    fn namespace(&self) -> &str {
        self.pod["metadata"]["namespace"].text()
    }

    /// The keys of the ConfigMap `name`, if it is there.
    pub(super) fn config_map(&self, name: &str) -> Option<Keys> {
        let map = self.api.get(self.kinds.config_map, self.namespace(), name)?;
        let texts = map["data"].entries();
        let mut keys: Keys =
            texts.map(|(key, text)| (key.to_string(), text.text().into())).collect();
        keys.extend(decoded(&map["binaryData"]));
        keys.sort();
        Some(keys)
    }

    /// The keys of the Secret `name`, if it is there.
    pub(super) fn secret(&self, name: &str) -> Option<Keys> {
        let secret = self.api.get(self.kinds.secret, self.namespace(), name)?;
        Some(decoded(&secret["data"]).collect())
    }

    /// One field of the Pod, as `fieldRef` names it.
    pub(super) fn field(&self, path: &str) -> Result<String, String> {
        let metadata = &self.pod["metadata"];
        let indexed = |field: &str, list: &str| {
            let inner = field.strip_prefix(list)?.strip_prefix("['")?.strip_suffix("']")?;
            Some(inner.to_owned())
        };
        if let Some(key) = indexed(path, "metadata.labels") {
            return Ok(metadata["labels"][key.as_str()].text().to_owned());
        }
        if let Some(key) = indexed(path, "metadata.annotations") {
            return Ok(metadata["annotations"][key.as_str()].text().to_owned());
        }
        let text = match path {
            "metadata.name" => metadata["name"].text().to_owned(),
            "metadata.namespace" => metadata["namespace"].text().to_owned(),
            "metadata.uid" => metadata["uid"].text().to_owned(),
            "metadata.labels" => map_text(&metadata["labels"]),
            "metadata.annotations" => map_text(&metadata["annotations"]),
            "spec.nodeName" => self.node.to_owned(),
            "spec.serviceAccountName" => self.pod["spec"]["serviceAccountName"].text().to_owned(),
            "status.hostIP" | "status.hostIPs" => self.host_ip.to_owned(),
            "status.podIP" | "status.podIPs" => self.pod_ip.to_owned(),
            other => return Err(format!("unsupported fieldPath: {other}")),
        };
        Ok(text)
    }

    /// One resource of a container, as `resourceFieldRef` names it.
    pub(super) fn resource(&self, reference: &Value, own: &Value) -> Result<String, String> {
        let named = reference["containerName"].text();
        let lists = ["containers", "initContainers"].map(|list| self.pod["spec"][list].items());
        let container = if named.is_empty() {
            own
        } else {
            let found = lists.iter().copied().flatten().find(|own| own["name"].text() == named);
            found.ok_or_else(|| format!("container {named} not found"))?
        };
        let resource = reference["resource"].text();
        let (list, name) = resource
            .split_once('.')
            .ok_or_else(|| format!("unsupported container resource : {resource}"))?;
        let given = container["resources"][list][name].text();
        let amount = if given.is_empty() {
            self.allocatable(name, list)
        } else {
            Quantity::parse_or_zero(given)
        };
        let divisor = match reference["divisor"].text() {
            "" | "0" => Quantity::parse_or_zero("1"),
            given => Quantity::parse_or_zero(given),
        };
        let (amount, divisor) = if name == "cpu" {
            (amount.milli_value(), divisor.milli_value())
        } else {
            (amount.value(), divisor.value())
        };
        let divisor = divisor.max(1);
        // Rounded up, as the real one does.
        Ok(((amount + divisor - 1).div_euclid(divisor)).to_string())
    }

    /// A container without a limit may use all that the node has.
    fn allocatable(&self, name: &str, list: &str) -> Quantity {
        if list != "limits" {
            return Quantity::ZERO;
        }
        let node = self.api.get(self.kinds.node, "", self.node);
        let of_node = node.map(|node| node["status"]["allocatable"][name].text());
        Quantity::parse_or_zero(of_node.unwrap_or("0"))
    }
}

fn decoded(data: &Value) -> impl Iterator<Item = (String, Vec<u8>)> {
    data.entries()
        .map(|(key, text)| (key.to_string(), base64::decode(text.text()).unwrap_or_default()))
}

/// Labels as the downward API writes them: a line for each, quoted.
fn map_text(map: &Value) -> String {
    let lines: Vec<String> =
        map.entries().map(|(key, value)| format!("{key}={}", value.to_json())).collect();
    lines.join("\n")
}
