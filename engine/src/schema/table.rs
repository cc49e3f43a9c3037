//! The table of types: parsed once from `types.txt`, then looked up by name.

use std::sync::OnceLock;

/// Every type of the API, by name.
#[derive(Debug)]
pub struct Schema {
    structs: Vec<Struct>,
    named: Vec<(&'static str, Named)>,
}

/// A type that is not a struct but has a name: `core/v1.Protocol`.
#[derive(Debug, Clone, Copy)]
struct Named {
    package: &'static str,
    target: &'static str,
    values: &'static str,
}

/// Which struct of the table: an index into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StructId(u16);

/// A Go struct: the type of an object or of a part of one.
#[derive(Debug)]
pub struct Struct {
    /// The name with its package, as `core/v1.Container`.
    pub name: &'static str,
    /// Whether server-side apply treats it as one value.
    pub atomic: bool,
    /// The fields in Go's order.
    pub fields: Vec<Field>,
    by_name: Vec<u16>,
}

/// A field of a [`Struct`].
#[derive(Debug)]
pub struct Field {
    /// The name in JSON.
    pub name: &'static str,
    /// The type.
    pub value: Type,
    /// Whether Go leaves the field out when it is empty.
    pub omit_empty: bool,
    /// Whether the schema calls it required.
    pub required: bool,
    /// The field's numbers in protobuf, outermost first; empty when it has none.
    pub numbers: Vec<u32>,
    /// What a strategic merge patch does with it.
    pub patch: FieldPatch,
    /// What server-side apply does with it, if it is a list.
    pub list: ListKind,
    /// Whether the schema says what kind of list it is.
    pub states_list: bool,
    /// `atomic` if server-side apply treats the map as one value.
    pub map_type: Option<&'static str>,
    /// The default that the schema states, as JSON.
    pub default: Option<&'static str>,
}

/// What a strategic merge patch does with a field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FieldPatch {
    /// Lists are merged, not replaced.
    pub merge: bool,
    /// Maps are replaced, not merged.
    pub replace: bool,
    /// Only the fields named in `$retainKeys` stay.
    pub retain_keys: bool,
    /// The field that identifies an item of a merged list of maps.
    pub key: Option<&'static str>,
}

/// What server-side apply does with a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ListKind {
    /// One value: it has one owner.
    #[default]
    Atomic,
    /// Each item is a value of its own.
    Set,
    /// Each item is known by the fields named here.
    Map(Vec<&'static str>),
}

/// The type of a field, an item or an entry.
#[derive(Debug, Clone)]
pub struct Type {
    /// What values look like.
    pub shape: Shape,
    /// Whether Go holds it by pointer, so that zero and absent differ.
    pub pointer: bool,
    /// How Go spells the type, without the pointer: `[]v1.EnvVar`.
    pub go: String,
    /// The name in the table of a type that is no struct: `core/v1.Protocol`.
    pub name: Option<&'static str>,
    /// The values it may have, if the schema lists them.
    pub values: Vec<String>,
}

/// What the values of a type look like in JSON.
#[derive(Debug, Clone)]
pub enum Shape {
    /// `true` or `false`.
    Bool,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// A number.
    Float,
    /// A text.
    String,
    /// Bytes as base64.
    Bytes,
    /// An amount, as `500m` or `64Mi`.
    Quantity,
    /// An instant to the second.
    Time,
    /// An instant to the microsecond.
    MicroTime,
    /// A number or a text, as a port.
    IntOrString,
    /// Anything.
    Any,
    /// The fields of a struct.
    Struct(StructId),
    /// A list.
    List(Box<Type>),
    /// A map with texts as keys.
    Map(Box<Type>),
}

impl Schema {
    /// The schema of the emulated version.
    pub fn get() -> &'static Self {
        static SCHEMA: OnceLock<Schema> = OnceLock::new();
        SCHEMA.get_or_init(|| Self::parse(include_str!("types.txt")))
    }

    /// The struct with this `name`, as `core/v1.Pod`, or as the name of its
    /// definition in OpenAPI, as `io.k8s.api.core.v1.Pod`.
    pub fn find(&self, name: &str) -> Option<&Struct> {
        self.id_of(&table_name(name)).map(|id| self.resolve(id))
    }

    /// The struct of a kind of Kubernetes' own: `apps/v1`, `Deployment`.
    pub fn find_kind(&self, api_version: &str, kind: &str) -> Option<&Struct> {
        let (group, version) = api_version.split_once('/').unwrap_or(("core", api_version));
        let package = group.split('.').next().unwrap_or_default();
        self.find(&format!("{package}/{version}.{kind}"))
    }

    /// The struct behind an id of this schema.
    pub fn resolve(&self, id: StructId) -> &Struct {
        match self.structs.get(usize::from(id.0)) {
            Some(found) => found,
            None => unreachable!("ids are made from positions in the table"),
        }
    }

    /// All structs, by name.
    pub fn structs(&self) -> impl Iterator<Item = &Struct> {
        self.structs.iter()
    }

    fn id_of(&self, name: &str) -> Option<StructId> {
        let position = self.structs.binary_search_by(|own| own.name.cmp(name)).ok()?;
        u16::try_from(position).ok().map(StructId)
    }

    fn parse(text: &'static str) -> Self {
        let lines = || text.lines().filter(|line| !line.starts_with('#'));
        let named = lines().filter_map(parse_named);
        let heads = lines().filter(|line| !line.starts_with(' ') && !line.contains('='));
        let atomic = lines().filter_map(|line| line.strip_suffix(" map=atomic"));
        let structs = heads
            .chain(atomic.filter(|line| !line.starts_with(' ')))
            .map(|name| Struct { name, atomic: false, fields: Vec::new(), by_name: Vec::new() });
        let mut schema = Self { structs: structs.collect(), named: named.collect() };
        schema.structs.sort_by_key(|own| own.name);
        schema.named.sort_by_key(|(name, _)| *name);
        schema.parse_fields(text);
        schema
    }

    fn parse_fields(&mut self, text: &'static str) {
        let mut current = None;
        for line in text.lines() {
            if let Some(line) = line.strip_prefix(' ') {
                let Some(StructId(index)) = current else { continue };
                let Some(package) = self.structs.get(usize::from(index)).map(Struct::package)
                else {
                    continue;
                };
                let field = self.parse_field(line, package);
                if let (Some(field), Some(own)) = (field, self.structs.get_mut(usize::from(index)))
                {
                    own.fields.push(field);
                }
            } else {
                let name = line.strip_suffix(" map=atomic").unwrap_or(line);
                current = self.id_of(name);
                if name.len() < line.len()
                    && let Some(StructId(index)) = current
                    && let Some(own) = self.structs.get_mut(usize::from(index))
                {
                    own.atomic = true;
                }
            }
        }
        for own in &mut self.structs {
            own.sort_names();
        }
    }

    fn parse_field(&self, line: &'static str, package: &'static str) -> Option<Field> {
        let mut words = line.split(' ');
        let name = words.next()?;
        let value = self.parse_type(words.next()?, package);
        let numbers = words.next()?.split('.').filter_map(|number| number.parse().ok()).collect();
        let mut field = Field {
            name: name.trim_end_matches('?'),
            value,
            omit_empty: name.ends_with('?'),
            required: false,
            numbers,
            patch: FieldPatch::default(),
            list: ListKind::Atomic,
            states_list: false,
            map_type: None,
            default: None,
        };
        for word in words {
            match word.split_once('=') {
                None => field.required = true,
                Some(("patch", strategy)) => field.patch = FieldPatch::parse(strategy),
                Some(("list", kind)) => {
                    field.states_list = true;
                    field.list = ListKind::parse(kind);
                }
                Some(("map", kind)) => field.map_type = Some(kind),
                Some((_, default)) => field.default = Some(default),
            }
        }
        Some(field)
    }

    fn parse_type(&self, text: &'static str, package: &'static str) -> Type {
        let (text, pointer) = match text.strip_prefix('*') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let mut found = self.parse_value_type(text, package);
        found.pointer = pointer;
        found
    }

    fn parse_value_type(&self, text: &'static str, package: &'static str) -> Type {
        let plain =
            |shape, go: String| Type { shape, pointer: false, go, name: None, values: Vec::new() };
        if text == "[]byte" {
            return plain(Shape::Bytes, "[]uint8".to_owned());
        }
        if let Some(item) = text.strip_prefix("[]") {
            let item = self.parse_type(item, package);
            let go = format!("[]{}", item.go_with_pointer());
            return plain(Shape::List(Box::new(item)), go);
        }
        if let Some((key, entry)) = text.strip_prefix("map[").and_then(|rest| rest.split_once(']'))
        {
            let (key, entry) = (self.parse_type(key, package), self.parse_type(entry, package));
            let go = format!("map[{}]{}", key.go, entry.go_with_pointer());
            return plain(Shape::Map(Box::new(entry)), go);
        }
        if let Some(shape) = builtin(text) {
            return plain(shape, go_name(text));
        }
        let name = match text.strip_prefix('.') {
            Some(name) => format!("{package}.{name}"),
            None => text.to_owned(),
        };
        if let Some(id) = self.id_of(&name) {
            return plain(Shape::Struct(id), go_name(&name));
        }
        self.parse_named_type(&name)
    }

    fn parse_named_type(&self, name: &str) -> Type {
        let position = self.named.binary_search_by(|(own, _)| (*own).cmp(name));
        let Some((own, named)) = position.ok().and_then(|position| self.named.get(position)) else {
            unreachable!("`types.txt` names no type that it does not describe; a test checks it")
        };
        let mut target = self.parse_type(named.target, named.package);
        target.go = go_name(name);
        target.name = Some(own);
        if !named.values.is_empty() {
            target.values = named.values.split('|').map(|value| value.replace('_', " ")).collect();
        }
        target
    }
}

impl Struct {
    /// The package, as `core/v1`.
    pub fn package(&self) -> &'static str {
        self.name.rsplit_once('.').map_or("", |(package, _)| package)
    }

    /// The name alone, as `Container`: what Go's messages call it.
    pub fn short_name(&self) -> &'static str {
        self.name.rsplit_once('.').map_or(self.name, |(_, name)| name)
    }

    /// The name of its definition in OpenAPI: `io.k8s.api.core.v1.Container`.
    pub fn definition(&self) -> String {
        let prefix = match self.package() {
            "meta/v1" => "io.k8s.apimachinery.pkg.apis.",
            "apiextensions/v1" => "io.k8s.apiextensions-apiserver.pkg.apis.",
            "apiregistration/v1" => "io.k8s.kube-aggregator.pkg.apis.",
            "pkg/version" => "io.k8s.apimachinery.",
            _ => "io.k8s.api.",
        };
        format!("{prefix}{}", self.name.replace('/', "."))
    }

    /// How Go spells the type: `v1.Container`.
    pub fn go(&self) -> String {
        go_name(self.name)
    }

    /// The field with this JSON name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        let named = |index: &u16| self.fields.get(usize::from(*index));
        let found = self
            .by_name
            .binary_search_by(|index| named(index).map_or("", |field| field.name).cmp(name))
            .ok()?;
        self.by_name.get(found).and_then(named)
    }

    fn sort_names(&mut self) {
        let mut names: Vec<(&str, u16)> =
            self.fields.iter().zip(0..).map(|(field, index)| (field.name, index)).collect();
        names.sort_unstable();
        self.by_name = names.into_iter().map(|(_, index)| index).collect();
    }
}

impl FieldPatch {
    fn parse(text: &'static str) -> Self {
        let (strategies, key) = match text.split_once(':') {
            Some((strategies, key)) => (strategies, Some(key)),
            None => (text, None),
        };
        let has = |wanted| strategies.split(',').any(|strategy| strategy == wanted);
        Self { merge: has("merge"), replace: has("replace"), retain_keys: has("retainKeys"), key }
    }
}

impl ListKind {
    fn parse(text: &'static str) -> Self {
        match text.split_once(':') {
            Some((_, keys)) => Self::Map(keys.split(',').collect()),
            None if text == "set" => Self::Set,
            None => Self::Atomic,
        }
    }
}

impl Type {
    fn go_with_pointer(&self) -> String {
        if self.pointer { format!("*{}", self.go) } else { self.go.clone() }
    }

    /// The struct, if values of this type are one.
    pub fn as_struct(&self) -> Option<&'static Struct> {
        match self.shape {
            Shape::Struct(id) => Some(Schema::get().resolve(id)),
            _ => None,
        }
    }

    /// The type of the items or entries, if this is a list or a map.
    pub fn inner(&self) -> Option<&Self> {
        match &self.shape {
            Shape::List(inner) | Shape::Map(inner) => Some(inner),
            _ => None,
        }
    }
}

fn parse_named(line: &'static str) -> Option<(&'static str, Named)> {
    let (name, rest) = line.split_once(" = ")?;
    let (target, values) = rest.split_once(" enum=").unwrap_or((rest, ""));
    let (package, _) = name.rsplit_once('.')?;
    Some((name, Named { package, target, values }))
}

fn builtin(text: &str) -> Option<Shape> {
    Some(match text {
        "string" => Shape::String,
        "bool" => Shape::Bool,
        "int32" => Shape::Int32,
        "int64" => Shape::Int64,
        "float64" => Shape::Float,
        "resource.Quantity" => Shape::Quantity,
        "meta/v1.Time" | ".Time" => Shape::Time,
        "meta/v1.MicroTime" | ".MicroTime" => Shape::MicroTime,
        "intstr.IntOrString" => Shape::IntOrString,
        "runtime.RawExtension" | "meta/v1.FieldsV1" | ".FieldsV1" | "any" => Shape::Any,
        _ => return None,
    })
}

/// `core/v1.Pod` as Go's reflection prints it: `v1.Pod`.
fn go_name(name: &str) -> String {
    let name = name.strip_prefix('.').map_or_else(|| name.to_owned(), |rest| format!("v1.{rest}"));
    name.rsplit('/').next().unwrap_or_default().to_owned()
}

/// `io.k8s.api.core.v1.Pod` as the table calls it: `core/v1.Pod`.
fn table_name(name: &str) -> String {
    if name.contains('/') {
        return name.to_owned();
    }
    let mut parts = name.rsplit('.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(own), Some(version), Some(group)) => format!("{group}/{version}.{own}"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_named_in_the_table_is_there() {
        // Parsing resolves each name; an unknown one would not get past it.
        let schema = Schema::get();
        assert!(schema.structs().count() > 400);
        for own in schema.structs() {
            let distinct: std::collections::BTreeSet<_> =
                own.fields.iter().map(|field| field.name).collect();
            assert_eq!(distinct.len(), own.fields.len(), "{} repeats a field", own.name);
        }
    }

    #[test]
    fn a_field_carries_its_facts() {
        let container = Schema::get().find("io.k8s.api.core.v1.Container").expect("Container");
        let ports = container.field("ports").expect("ports");
        assert_eq!(ports.value.go, "[]v1.ContainerPort");
        assert_eq!(ports.patch.key, Some("containerPort"));
        assert!(ports.patch.merge && ports.omit_empty && !ports.required);
        assert_eq!(ports.list, ListKind::Map(vec!["containerPort", "protocol"]));
        let protocol =
            ports.value.inner().and_then(Type::as_struct).and_then(|port| port.field("protocol"));
        let protocol = protocol.expect("protocol");
        assert_eq!(protocol.value.go, "v1.Protocol");
        assert_eq!(protocol.value.values, ["SCTP", "TCP", "UDP"]);
        assert_eq!(protocol.default, Some("\"TCP\""));
    }
}
