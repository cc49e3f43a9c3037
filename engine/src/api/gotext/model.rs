//! Values as Go holds them, with the types of upstream's internal structs.

use super::names;
use crate::quantity::{Notation, Quantity};
use crate::schema::{Field, Schema, Shape, Struct, Type};
use crate::value::Value;

/// A Go value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Go {
    /// A number, boolean or text as Go writes it.
    Leaf { text: String, is_zero: bool },
    /// A struct.
    Struct { name: String, fields: Vec<(String, Go)>, compares_whole: bool },
    /// A slice; none if nil.
    List { name: String, items: Option<Vec<Go>> },
    /// A map; none if nil.
    Map { name: String, key: MapKey, entries: Option<Vec<(String, Go)>> },
    /// A pointer to a value of type `name`; none if nil.
    Pointer { name: String, target: Option<Box<Go>> },
}

/// How the keys of a map are typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MapKey {
    /// A plain text.
    Text,
    /// A type that can say what it is.
    Stringer,
}

/// The internal package of a versioned one.
fn package(versioned: &str) -> &str {
    match versioned.split_once('/') {
        Some(("meta", _)) => "v1",
        Some((group, _)) => group,
        None => versioned,
    }
}

/// The internal name of a struct, as `core.PodSpec`.
pub(super) fn struct_name(target: &Struct) -> String {
    format!("{}.{}", package(target.package()), target.short_name())
}

impl Go {
    pub(super) fn is_zero(&self) -> bool {
        match self {
            Self::Leaf { is_zero, .. } => *is_zero,
            Self::Struct { fields, .. } => fields.iter().all(|(_, value)| value.is_zero()),
            Self::List { items, .. } => items.is_none(),
            Self::Map { entries, .. } => entries.is_none(),
            Self::Pointer { target, .. } => target.is_none(),
        }
    }

    /// The field `name` of a struct.
    pub(super) fn into_field(self, name: &str) -> Option<Self> {
        let Self::Struct { fields, .. } = self else { return None };
        fields.into_iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// The value of the struct called `name` in the schema.
    pub(super) fn of(name: &str, value: &Value) -> Option<Self> {
        Some(Self::of_struct(Schema::get().find(name)?, value))
    }

    pub(super) fn of_struct(target: &'static Struct, value: &Value) -> Self {
        let name = struct_name(target);
        let moved;
        let value = if target.name == "core/v1.PodSpec" {
            moved = with_host_fields_moved(value);
            &moved
        } else {
            value
        };
        let own = package(target.package());
        let embedded = names::embedded(target.name);
        let mut fields: Vec<(String, Self)> = Vec::new();
        let mut inner: Vec<(String, Self)> = Vec::new();
        for field in internal_fields(target) {
            let by_value = names::is_held_by_value(target.short_name(), field.name);
            let kind = Type { pointer: field.value.pointer && !by_value, ..field.value.clone() };
            let entry = (
                names::field(target.short_name(), field.name),
                Self::of_type(&kind, own, &value[field.name]),
            );
            if field.numbers.len() > 1 {
                inner.push(entry);
                continue;
            }
            embed(&mut fields, &mut inner, embedded);
            fields.push(entry);
        }
        embed(&mut fields, &mut inner, embedded);
        Self::Struct { name, fields, compares_whole: false }
    }

    fn of_type(target: &Type, own: &str, value: &Value) -> Self {
        if target.pointer {
            let pointee = Type { pointer: false, ..target.clone() };
            let inner = (!value.is_null()).then(|| Box::new(Self::of_type(&pointee, own, value)));
            return Self::Pointer { name: type_name(target, own), target: inner };
        }
        let name = type_name(target, own);
        match &target.shape {
            Shape::Struct(id) => Self::of_struct(Schema::get().resolve(*id), value),
            Shape::List(item) => {
                let items = value.items().iter().map(|value| Self::of_type(item, own, value));
                let items = matches!(value, Value::List(_)).then(|| items.collect());
                Self::List { name, items }
            }
            Shape::Map(item) => {
                let entries = value.entries();
                let entries =
                    entries.map(|(key, value)| (key.to_string(), Self::of_type(item, own, value)));
                let entries = matches!(value, Value::Map(_)).then(|| entries.collect());
                let is_named = target.go.ends_with("ResourceList");
                let key = if is_named { MapKey::Stringer } else { MapKey::Text };
                Self::Map { name, key, entries }
            }
            Shape::Quantity => quantity(value),
            Shape::IntOrString => int_or_string(value),
            Shape::Time | Shape::MicroTime => time(value),
            Shape::Bool => leaf(value.is_true().to_string(), !value.is_true()),
            Shape::Int32 | Shape::Int64 | Shape::Float => {
                let text = if value.is_null() { "0".to_owned() } else { value.to_json() };
                leaf(text, value.is_zero())
            }
            Shape::String | Shape::Bytes | Shape::Any => text(value.text()),
        }
    }
}

/// Puts the fields of an embedded struct where they belong.
fn embed(fields: &mut Vec<(String, Go)>, inner: &mut Vec<(String, Go)>, name: &str) {
    if inner.is_empty() {
        return;
    }
    let fields_of_it = std::mem::take(inner);
    let value =
        Go::Struct { name: format!("core.{name}"), fields: fields_of_it, compares_whole: false };
    fields.push((name.to_owned(), value));
}

fn type_name(target: &Type, own: &str) -> String {
    match &target.shape {
        Shape::Struct(id) => struct_name(Schema::get().resolve(*id)),
        Shape::List(item) => format!("[]{}", type_name(item, own)),
        _ => match target.go.strip_prefix("v1.") {
            Some(name) if matches!(target.shape, Shape::Time | Shape::MicroTime) => {
                format!("v1.{name}")
            }
            Some(name) => format!("{own}.{name}"),
            None => target.go.clone(),
        },
    }
}

/// The fields of a struct in the order of upstream's internal one.
fn internal_fields(target: &'static Struct) -> Vec<&'static Field> {
    let pod = || Schema::get().find("core/v1.PodSpec");
    match target.name {
        "core/v1.PodSpec" => names::POD_SPEC.iter().filter_map(|name| target.field(name)).collect(),
        "core/v1.PodSecurityContext" => {
            let moved = names::MOVED.iter().filter_map(|name| pod()?.field(name));
            moved.chain(&target.fields).collect()
        }
        _ => target.fields.iter().collect(),
    }
}

/// Upstream's internal Pods keep what concerns the host in their security
/// context.
fn with_host_fields_moved(spec: &Value) -> Value {
    let mut moved = spec.clone();
    for field in names::MOVED {
        if let Some(value) = moved.remove(field) {
            moved["securityContext"].set(field, value);
        }
    }
    moved
}

fn leaf(text: String, is_zero: bool) -> Go {
    Go::Leaf { text, is_zero }
}

fn text(text: &str) -> Go {
    leaf(Value::str(text).to_json(), text.is_empty())
}

fn structure(name: &str, fields: Vec<(&str, Go)>, compares_whole: bool) -> Go {
    let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Go::Struct { name: name.to_owned(), fields, compares_whole }
}

fn int_or_string(value: &Value) -> Go {
    let kind = i64::from(value.as_str().is_some());
    let fields = vec![
        ("Type", leaf(kind.to_string(), kind == 0)),
        ("IntVal", leaf(value.int().to_string(), value.int() == 0)),
        ("StrVal", text(value.text())),
    ];
    structure("intstr.IntOrString", fields, false)
}

fn time(value: &Value) -> Go {
    let printed = match crate::sim::Time::parse(value.text()) {
        None => "time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC)".to_owned(),
        Some(_) => super::time(value),
    };
    leaf(printed, value.is_null())
}

fn quantity(value: &Value) -> Go {
    let (number, scale, format) = quantity_parts(value.text());
    let amount = vec![
        ("value", leaf(number.clone(), number == "0")),
        ("scale", leaf(scale.to_string(), scale == 0)),
    ];
    let dec = Go::Pointer { name: "inf.Dec".to_owned(), target: None };
    let fields = vec![
        ("i", structure("resource.int64Amount", amount, false)),
        ("d", structure("resource.infDecAmount", vec![("Dec", dec)], false)),
        ("s", text(value.text())),
        ("Format", text(format)),
    ];
    structure("resource.Quantity", fields, true)
}

/// The number, the power of ten and the format of an amount as it was written.
fn quantity_parts(amount: &str) -> (String, i32, &'static str) {
    let quantity = Quantity::parse_or_zero(amount);
    let digits = amount.find(|letter: char| !letter.is_ascii_digit() && letter != '-');
    let (number, suffix) =
        amount.split_at_checked(digits.unwrap_or(amount.len())).unwrap_or_default();
    match quantity.notation() {
        Notation::Binary => (quantity.value().to_string(), 0, "BinarySI"),
        Notation::Decimal => (number.to_owned(), decimal_exponent(suffix), "DecimalSI"),
        Notation::Exponent => {
            let exponent = suffix.trim_start_matches(['e', 'E']).parse().unwrap_or_default();
            (number.to_owned(), exponent, "DecimalExponent")
        }
    }
}

fn decimal_exponent(suffix: &str) -> i32 {
    let known = [("n", -9), ("u", -6), ("m", -3), ("k", 3), ("M", 6), ("G", 9), ("T", 12)];
    let larger = [("P", 15), ("E", 18)];
    let found = known.iter().chain(&larger).find(|(own, _)| *own == suffix);
    found.map_or(0, |(_, exponent)| *exponent)
}

/// A `resource.Quantity` for [`super::quantity`].
pub(super) fn of_quantity(value: &Value) -> Go {
    quantity(value)
}
