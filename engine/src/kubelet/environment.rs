//! The environment of a container: Services, ConfigMaps, Secrets, fields.
//!
//! Source: upstream `pkg/kubelet/kubelet_pods.go`, `makeEnvironmentVariables`,
//! `pkg/kubelet/envvars` and `third_party/forked/golang/expansion`.

use std::collections::BTreeMap;

use super::sources::{Keys, Sources};
use crate::value::Value;

/// Variables, the last of a name winning.
pub(super) type Environment = BTreeMap<String, String>;

impl Sources<'_> {
    /// The variables of `container`, or why they cannot be made.
    pub(super) fn environment(&self, container: &Value) -> Result<Environment, String> {
        let services = self.service_variables();
        let mut result = Environment::new();
        for source in container["envFrom"].items() {
            let prefix = source["prefix"].text();
            for (key, bytes) in self.all_keys(source)? {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                result.insert(format!("{prefix}{key}"), text);
            }
        }
        for variable in container["env"].items() {
            let name = variable["name"].text();
            let text = if variable["valueFrom"].is_null() {
                let known = |name: &str| result.get(name).or_else(|| services.get(name)).cloned();
                Some(expand(variable["value"].text(), known))
            } else {
                self.referred(&variable["valueFrom"], container)?
            };
            if let Some(text) = text {
                result.insert(name.to_owned(), text);
            }
        }
        for (name, text) in services {
            result.entry(name).or_insert(text);
        }
        Ok(result)
    }

    fn all_keys(&self, source: &Value) -> Result<Keys, String> {
        let (reference, keys, kind) = if source["configMapRef"].is_null() {
            let reference = &source["secretRef"];
            (reference, self.secret(reference["name"].text()), "secret")
        } else {
            let reference = &source["configMapRef"];
            (reference, self.config_map(reference["name"].text()), "configmap")
        };
        match keys {
            Some(keys) => Ok(keys),
            None if reference["optional"].is_true() => Ok(Keys::new()),
            None => Err(format!("{kind} \"{}\" not found", reference["name"].text())),
        }
    }

    fn referred(&self, source: &Value, container: &Value) -> Result<Option<String>, String> {
        if !source["fieldRef"].is_null() {
            return self.field(source["fieldRef"]["fieldPath"].text()).map(Some);
        }
        if !source["resourceFieldRef"].is_null() {
            return self.resource(&source["resourceFieldRef"], container).map(Some);
        }
        let is_map = !source["configMapKeyRef"].is_null();
        let reference = &source[if is_map { "configMapKeyRef" } else { "secretKeyRef" }];
        let (name, key) = (reference["name"].text(), reference["key"].text());
        let optional = reference["optional"].is_true();
        let keys = if is_map { self.config_map(name) } else { self.secret(name) };
        let Some(keys) = keys else {
            let kind = if is_map { "configmap" } else { "secret" };
            let missing = format!("{kind} \"{name}\" not found");
            return if optional { Ok(None) } else { Err(missing) };
        };
        match keys.into_iter().find(|(own, _)| own == key) {
            Some((_, bytes)) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            None if optional => Ok(None),
            None => {
                let kind = if is_map { "ConfigMap" } else { "Secret" };
                let namespace = self.pod["metadata"]["namespace"].text();
                Err(format!("couldn't find key {key} in {kind} {namespace}/{name}"))
            }
        }
    }

    /// The variables that tell of Services: always of the API's own.
    fn service_variables(&self) -> Environment {
        let links = self.pod["spec"]["enableServiceLinks"].as_bool().unwrap_or(true);
        let namespace = self.pod["metadata"]["namespace"].text();
        let mut result = Environment::new();
        for service in self.api.list(self.kinds.service, "") {
            let metadata = &service["metadata"];
            let name = metadata["name"].text();
            let own = metadata["namespace"].text();
            let is_api = own == "default" && name == "kubernetes";
            let address = service["spec"]["clusterIP"].text();
            let has_address = !address.is_empty() && address != "None";
            if has_address && (is_api || (links && own == namespace)) {
                add_service(&mut result, name, address, service["spec"]["ports"].items());
            }
        }
        result
    }
}

fn add_service(result: &mut Environment, name: &str, address: &str, ports: &[Value]) {
    let prefix = name.to_uppercase().replace('-', "_");
    let Some(first) = ports.first() else { return };
    let mut set = |suffix: String, text: String| {
        result.insert(format!("{prefix}_{suffix}"), text);
    };
    set("SERVICE_HOST".to_owned(), address.to_owned());
    set("SERVICE_PORT".to_owned(), first["port"].int().to_string());
    for port in ports.iter().filter(|port| !port["name"].is_empty()) {
        let name = port["name"].text().to_uppercase().replace('-', "_");
        set(format!("SERVICE_PORT_{name}"), port["port"].int().to_string());
    }
    for (index, port) in ports.iter().enumerate() {
        let number = port["port"].int();
        let protocol = match port["protocol"].text() {
            "" => "TCP",
            given => given,
        };
        let url = format!("{}://{address}:{number}", protocol.to_lowercase());
        if index == 0 {
            set("PORT".to_owned(), url.clone());
        }
        let own = format!("PORT_{number}_{protocol}");
        set(own.clone(), url);
        set(format!("{own}_PROTO"), protocol.to_lowercase());
        set(format!("{own}_PORT"), number.to_string());
        set(format!("{own}_ADDR"), address.to_owned());
    }
}

/// Replaces `$(NAME)` where the name is known; `$$` is a plain dollar.
pub(super) fn expand(text: &str, known: impl Fn(&str) -> Option<String>) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        let (before, after) = rest.split_at(dollar);
        result.push_str(before);
        let after = after.get(1..).unwrap_or_default();
        if let Some(tail) = after.strip_prefix('$') {
            result.push('$');
            rest = tail;
        } else if let Some((name, tail)) =
            after.strip_prefix('(').and_then(|own| own.split_once(')'))
        {
            match known(name) {
                Some(text) => result.push_str(&text),
                None => result.extend(["$(", name, ")"]),
            }
            rest = tail;
        } else {
            result.push('$');
            rest = after;
        }
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_names_are_replaced() {
        let known = |name: &str| (name == "A").then(|| "x".to_owned());
        assert_eq!(expand("$(A)-$(B)-$$(A)-$A-$", known), "x-$(B)-$(A)-$A-$");
    }

    #[test]
    fn a_service_is_told_of_as_docker_links_are() {
        let mut result = Environment::new();
        let ports = [crate::value!({ "name": "web", "port": 80, "protocol": "TCP" })];
        add_service(&mut result, "my-svc", "10.96.0.7", &ports);
        let lines: Vec<String> =
            result.into_iter().map(|(name, text)| format!("{name}={text}")).collect();
        assert_eq!(
            lines,
            [
                "MY_SVC_PORT=tcp://10.96.0.7:80",
                "MY_SVC_PORT_80_TCP=tcp://10.96.0.7:80",
                "MY_SVC_PORT_80_TCP_ADDR=10.96.0.7",
                "MY_SVC_PORT_80_TCP_PORT=80",
                "MY_SVC_PORT_80_TCP_PROTO=tcp",
                "MY_SVC_SERVICE_HOST=10.96.0.7",
                "MY_SVC_SERVICE_PORT=80",
                "MY_SVC_SERVICE_PORT_WEB=80",
            ]
        );
    }
}
