//! Values as Go's `%#v` prints the structs that upstream's validation quotes.
//!
//! A `field.Invalid` of a struct or map shows Go's own syntax of it, so that
//! text is part of what users read: `v1.LabelSelector{MatchLabels:map[…`.

mod compare;
mod diff;
mod layout;
mod model;
mod names;
mod syntax;

use self::model::Go;
use crate::sim::Time;
use crate::value::Value;

/// A text in Go's quotes.
pub fn text(value: &Value) -> String {
    Value::str(value.text()).to_json()
}

/// A `[]string`.
pub fn texts(list: &Value) -> String {
    typed_list("[]string", list, text)
}

/// A `map[string]string`.
pub fn text_map(map: &Value) -> String {
    if !matches!(map, Value::Map(_)) {
        return "map[string]string(nil)".to_owned();
    }
    let entries: Vec<String> = map
        .entries()
        .map(|(key, value)| format!("{}:{}", Value::str(key).to_json(), text(value)))
        .collect();
    format!("map[string]string{{{}}}", entries.join(", "))
}

/// A list of type `name` whose items `print` prints.
pub fn typed_list(name: &str, list: &Value, print: fn(&Value) -> String) -> String {
    if list.is_null() {
        return format!("{name}(nil)");
    }
    let items: Vec<String> = list.items().iter().map(print).collect();
    format!("{name}{{{}}}", items.join(", "))
}

/// A list of whole numbers, as `[]int32{1, 2}`.
pub fn ints(name: &str, list: &Value) -> String {
    let items: Vec<String> = list.items().iter().map(|item| item.int().to_string()).collect();
    format!("[]{name}{{{}}}", items.join(", "))
}

/// A pointer of type `name`: nil, or an address. Real addresses vary from
/// call to call, so any will do.
pub fn pointer(name: &str, value: &Value) -> String {
    let address = if value.is_null() { "nil" } else { syntax::ADDRESS };
    format!("(*{name})({address})")
}

/// A `v1.LabelSelector`.
pub fn label_selector(selector: &Value) -> String {
    let requirements =
        typed_list("[]v1.LabelSelectorRequirement", &selector["matchExpressions"], |requirement| {
            format!(
                "v1.LabelSelectorRequirement{{Key:{}, Operator:{}, Values:{}}}",
                text(&requirement["key"]),
                text(&requirement["operator"]),
                texts(&requirement["values"])
            )
        });
    let labels = text_map(&selector["matchLabels"]);
    format!("v1.LabelSelector{{MatchLabels:{labels}, MatchExpressions:{requirements}}}")
}

/// A struct called `name` in the schema, as `core/v1.SecurityContext`.
pub fn structure(name: &str, value: &Value) -> String {
    Go::of(name, value).map_or_else(|| value.to_json(), |value| value.syntax())
}

/// How two structs called `name` in the schema differ, over several lines.
pub fn diff(name: &str, old: &Value, new: &Value) -> String {
    match (Go::of(name, old), Go::of(name, new)) {
        (Some(old), Some(new)) => diff::diff(&old, &new),
        _ => String::new(),
    }
}

/// How the structs that two others, called `name` in the schema, embed differ.
pub fn diff_embedded(name: &str, old: &Value, new: &Value) -> String {
    let embedded = |value: &Value| Go::of(name, value)?.into_field(names::embedded(name));
    match (embedded(old), embedded(new)) {
        (Some(old), Some(new)) => diff::diff(&old, &new),
        _ => String::new(),
    }
}

/// An `intstr.IntOrString`.
pub fn int_or_string(value: &Value) -> String {
    let (kind, number) = (i64::from(value.as_str().is_some()), value.int());
    format!("intstr.IntOrString{{Type:{kind}, IntVal:{number}, StrVal:{}}}", text(value))
}

/// A `resource.Quantity`: the number and the power of ten as they were
/// written.
pub fn quantity(value: &Value) -> String {
    model::of_quantity(value).syntax()
}

/// A `core.ResourceList`.
pub fn resource_list(list: &Value) -> String {
    if list.is_null() {
        return "core.ResourceList(nil)".to_owned();
    }
    let entries: Vec<String> =
        list.entries().map(|(name, amount)| format!("{name:?}:{}", quantity(amount))).collect();
    format!("core.ResourceList{{{}}}", entries.join(", "))
}

/// A `metav1.Time`, which prints itself as `2026-01-01 00:00:00 +0000 UTC`;
/// `null` for none.
pub fn time(value: &Value) -> String {
    match Time::parse(value.text()) {
        None => "null".to_owned(),
        Some(time) => {
            let (year, month, day, hour, minute, second) = time.civil();
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} +0000 UTC")
        }
    }
}

/// A `v1.OwnerReference`.
pub fn owner_reference(owner: &Value) -> String {
    format!(
        "v1.OwnerReference{{APIVersion:{}, Kind:{}, Name:{}, UID:{}, Controller:{}, \
         BlockOwnerDeletion:{}}}",
        text(&owner["apiVersion"]),
        text(&owner["kind"]),
        text(&owner["name"]),
        text(&owner["uid"]),
        pointer("bool", &owner["controller"]),
        pointer("bool", &owner["blockOwnerDeletion"])
    )
}

/// A `[]v1.OwnerReference`.
pub fn owner_references(owners: &Value) -> String {
    typed_list("[]v1.OwnerReference", owners, owner_reference)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    #[test]
    fn prints_selectors_as_go_does() {
        assert_eq!(
            label_selector(&value!({ "matchLabels": { "a": "b" } })),
            "v1.LabelSelector{MatchLabels:map[string]string{\"a\":\"b\"}, \
             MatchExpressions:[]v1.LabelSelectorRequirement(nil)}"
        );
        assert_eq!(text_map(&Value::Null), "map[string]string(nil)");
        assert_eq!(
            int_or_string(&value!("20%")),
            "intstr.IntOrString{Type:1, IntVal:0, StrVal:\"20%\"}"
        );
        let template = structure("core/v1.PodTemplateSpec", &value!({}));
        assert!(template.starts_with("core.PodTemplateSpec{ObjectMeta:v1.ObjectMeta{Name:\"\","));
    }

    /// Without the difference between blanks that break and blanks that do not.
    fn check_diff(name: &str, old: Value, new: Value, expected: &str) {
        assert_eq!(diff(name, &old, &new).replace('\u{a0}', " "), expected);
    }

    fn pod(value: &str) -> Value {
        value!({
            "containers": [{
                "name": "nginx",
                "image": "nginx:1.25",
                "env": [{ "name": "A", "value": value }],
                "resources": {},
            }],
            "restartPolicy": "Always",
            "volumes": [{
                "name": "tokens",
                "projected": {
                    "sources": [{ "serviceAccountToken": { "expirationSeconds": 3607 } }],
                    "defaultMode": 420,
                },
            }],
        })
    }

    #[test]
    fn a_difference_deep_in_a_pod_is_shown_in_place() {
        check_diff(
            "core/v1.PodSpec",
            pod("1"),
            pod("2"),
            "  core.PodSpec{
  \tVolumes:        {{Name: \"tokens\", VolumeSource: {Projected: &{Sources: \
{{ServiceAccountToken: &{ExpirationSeconds: 3607}}}, DefaultMode: &420}}}},
  \tInitContainers: nil,
  \tContainers: []core.Container{
  \t\t{
  \t\t\t... // 5 identical fields
  \t\t\tPorts:   nil,
  \t\t\tEnvFrom: nil,
  \t\t\tEnv: []core.EnvVar{
  \t\t\t\t{
  \t\t\t\t\tName:      \"A\",
- \t\t\t\t\tValue:     \"1\",
+ \t\t\t\t\tValue:     \"2\",
  \t\t\t\t\tValueFrom: nil,
  \t\t\t\t},
  \t\t\t},
  \t\t\tResources:    {},
  \t\t\tResizePolicy: nil,
  \t\t\t... // 14 identical fields
  \t\t},
  \t},
  \tEphemeralContainers: nil,
  \tRestartPolicy:       \"Always\",
  \t... // 29 identical fields
  }
",
        );
    }

    #[test]
    fn a_value_that_stands_alone_is_shown_twice() {
        let claim = |size: &str| {
            let requests = value!({ "requests": { "storage": size } });
            value!({ "accessModes": ["ReadWriteOnce"], "resources": requests })
        };
        check_diff(
            "core/v1.PersistentVolumeClaimSpec",
            claim("1Gi"),
            claim("500Mi"),
            "  core.PersistentVolumeClaimSpec{
  \tAccessModes: {\"ReadWriteOnce\"},
  \tSelector:    nil,
  \tResources: core.VolumeResourceRequirements{
  \t\tLimits: nil,
- \t\tRequests: core.ResourceList{
- \t\t\ts\"storage\": {i: resource.int64Amount{value: 1073741824}, s: \"1Gi\", Format: \
\"BinarySI\"},
- \t\t},
+ \t\tRequests: core.ResourceList{
+ \t\t\ts\"storage\": {i: resource.int64Amount{value: 524288000}, s: \"500Mi\", Format: \
\"BinarySI\"},
+ \t\t},
  \t},
  \tVolumeName:       \"\",
  \tStorageClassName: nil,
  \t... // 4 identical fields
  }
",
        );
    }
}
