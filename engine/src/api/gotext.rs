//! Values as Go's `%#v` prints the structs that upstream's validation quotes.
//!
//! A `field.Invalid` of a struct or map shows Go's own syntax of it, so that
//! text is part of what users read: `v1.LabelSelector{MatchLabels:map[…`.

use crate::quantity::{Notation, Quantity};
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
    let address = if value.is_null() { "nil" } else { "0xc000010000" };
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

/// A struct called `name`.
pub fn structure(name: &str, value: &Value) -> String {
    format!("{name}{}", value.to_json())
}

/// The difference.
pub fn diff(_name: &str, old: &Value, new: &Value) -> String {
    format!("{} {}", old.to_json(), new.to_json())
}

/// A template.
pub fn pod_template(value: &Value) -> String {
    value.to_json()
}

/// A value.
pub fn go_value(_package: &str, _field: &str, value: &Value) -> String {
    value.to_json()
}

/// An `intstr.IntOrString`.
pub fn int_or_string(value: &Value) -> String {
    let (kind, number) = (i64::from(value.as_str().is_some()), value.int());
    format!("intstr.IntOrString{{Type:{kind}, IntVal:{number}, StrVal:{}}}", text(value))
}

/// A `resource.Quantity`: the number and the power of ten as they were
/// written.
pub fn quantity(value: &Value) -> String {
    let amount = value.text();
    let notation = Quantity::parse_or_zero(amount).notation();
    let digits = amount.find(|letter: char| !letter.is_ascii_digit() && letter != '-');
    let (number, suffix) = amount.split_at(digits.unwrap_or(amount.len()));
    let (number, scale, format) = match notation {
        Notation::Binary => (Quantity::parse_or_zero(amount).value().to_string(), 0, "BinarySI"),
        Notation::Decimal => (number.to_owned(), decimal_exponent(suffix), "DecimalSI"),
        Notation::Exponent => {
            let exponent = suffix.trim_start_matches(['e', 'E']).parse().unwrap_or_default();
            (number.to_owned(), exponent, "DecimalExponent")
        }
    };
    format!(
        "resource.Quantity{{i:resource.int64Amount{{value:{number}, scale:{scale}}}, \
         d:resource.infDecAmount{{Dec:(*inf.Dec)(nil)}}, s:{amount:?}, Format:{format:?}}}"
    )
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

fn decimal_exponent(suffix: &str) -> i32 {
    let known = [("n", -9), ("u", -6), ("m", -3), ("k", 3), ("M", 6), ("G", 9), ("T", 12)];
    let larger = [("P", 15), ("E", 18)];
    let found = known.iter().chain(&larger).find(|(own, _)| *own == suffix);
    found.map_or(0, |(_, exponent)| *exponent)
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
    }
}
