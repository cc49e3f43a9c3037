//! What the API server knows of a kind: one row of the registry.

use super::Errors;
use super::custom::Definition;
use crate::sim::Time;
use crate::value::{Str, Value};

/// One kind of object, in one group and version.
///
/// A kind is a constant in a file of its own under `api/`, and a row of
/// `api::registry::KINDS`. Most fields have a default: write
/// `Kind { kind: "ConfigMap", …, ..Kind::BASE }`.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts of a kind, each for itself")]
pub struct Kind {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The version, as `v1`.
    pub version: &'static str,
    /// The kind, as `Deployment`.
    pub kind: &'static str,
    /// The name in paths, as `deployments`.
    pub plural: &'static str,
    /// The singular name, as `deployment`.
    pub singular: &'static str,
    /// Short names, as `deploy`.
    pub short_names: &'static [&'static str],
    /// Categories, as `all`.
    pub categories: &'static [&'static str],
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// What may be asked of the kind, as `create`, in alphabetical order.
    pub verbs: &'static [&'static str],
    /// Subresources, as `status` and `scale`, in alphabetical order.
    pub subresources: &'static [&'static str],
    /// The name of the type in the schema, as `io.k8s.api.apps.v1.Deployment`.
    pub schema: &'static str,
    /// Whether `metadata.generation` counts the changes of `spec`.
    pub has_generation: bool,
    /// Whether a client may set `status` while it creates the object, as
    /// kubelets do when they register their node.
    pub created_with_status: bool,
    /// Whether an update may leave open which version of an object it is for.
    /// Source: `AllowUnconditionalUpdate` of each registry's `strategy.go`.
    pub allows_unconditional_update: bool,
    /// The kind in whose shape objects are stored, if that is another
    /// version's.
    ///
    /// Of such a row, `default` gets objects in their own shape, and all other
    /// functions get them in the stored one: the API server converts between
    /// the two.
    pub stored_as: Option<StoredAs>,
    /// What the kind looks like, if a CustomResourceDefinition brought it. It
    /// then speaks in place of `default`, `validate` and `cells`: use
    /// [`Kind::fill`], [`Kind::judge`] and [`Kind::row`].
    pub custom: Option<&'static Definition>,
    /// Fills in what the object leaves open, after decoding. Source: each
    /// group's `v1/defaults.go`.
    pub default: fn(&mut Value),
    /// Whether `default` looks at `status` too.
    pub defaults_status: bool,
    /// Resets what a client may not set, before validation; `old` is there on
    /// an update. Source: each registry's `strategy.go`, `PrepareForCreate`
    /// and `PrepareForUpdate` (status and generation are handled for all
    /// kinds by the API server).
    pub prepare: fn(new: &mut Value, old: Option<&Value>),
    /// Finds what is wrong with a new object, its metadata apart.
    pub validate: fn(new: &Value, errors: &mut Errors),
    /// Finds what is wrong with a change, its metadata apart. It includes
    /// what `validate` would find, in upstream's order.
    pub validate_update: fn(new: &Value, old: &Value, errors: &mut Errors),
    /// Finds what is wrong with a change of `status`.
    pub validate_status: fn(new: &Value, old: &Value, errors: &mut Errors),
    /// The rule for `metadata.name`.
    pub name_rule: NameRule,
    /// What the server warns of, as `Warning` headers.
    pub warnings: fn(new: &Value, old: Option<&Value>) -> Vec<String>,
    /// What every answer warns of when the version is deprecated.
    pub deprecation: &'static str,
    /// The columns of its tables.
    pub columns: &'static [Column],
    /// The cells of an object's row, one for each column.
    pub cells: fn(object: &Value, now: Time) -> Vec<Value>,
    /// The fields that a field selector may name beside `metadata.name` and
    /// `metadata.namespace`, each with how to read it.
    pub selectable: &'static [(&'static str, Getter)],
}

/// How a version that is only served becomes the one that is stored.
#[derive(Debug, Clone, Copy)]
pub struct StoredAs {
    /// The row of the version that is stored.
    pub kind: &'static Kind,
    /// Turns a defaulted object into the stored shape; `apiVersion` apart.
    pub to_stored: fn(&mut Value),
    /// Turns a stored object into the served shape; `apiVersion` apart.
    pub from_stored: fn(&mut Value),
}

/// Reads one field as a text; `""` when it is not there.
pub type Getter = fn(&Value) -> &str;

/// How a kind's names must look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameRule {
    /// RFC 1123 subdomain: most kinds.
    Subdomain,
    /// RFC 1123 label: Namespace.
    Label,
    /// RFC 1035 label: Service.
    Label1035,
    /// A path segment: RBAC kinds.
    PathSegment,
}

/// A column of a kind's tables.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The name, as `Up-to-date`.
    pub name: &'static str,
    /// `string`, `integer`, `number`, `boolean` or `date`.
    pub column_type: &'static str,
    /// The format: `name` for the first column, else mostly empty.
    pub format: &'static str,
    /// 0 is always shown, more only with `-o wide`.
    pub priority: i64,
    /// What the column means.
    pub description: &'static str,
}

/// What may be asked of most kinds.
const VERBS: &[&str] =
    &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

impl Kind {
    /// A kind with nothing special about it.
    pub const BASE: Self = Self {
        group: "",
        version: "v1",
        kind: "",
        plural: "",
        singular: "",
        short_names: &[],
        categories: &[],
        namespaced: true,
        verbs: VERBS,
        subresources: &[],
        schema: "",
        has_generation: false,
        created_with_status: false,
        allows_unconditional_update: true,
        stored_as: None,
        custom: None,
        default: |_| {},
        defaults_status: false,
        prepare: |_, _| {},
        validate: |_, _| {},
        validate_update: |_, _, _| {},
        validate_status: |_, _, _| {},
        name_rule: NameRule::Subdomain,
        warnings: |_, _| Vec::new(),
        deprecation: "",
        columns: &[],
        cells: |_, _| Vec::new(),
        selectable: &[],
    };

    /// Fills in what `object` leaves open.
    pub fn fill(&self, object: &mut Value) {
        match self.custom {
            Some(definition) => definition.default(object),
            None => (self.default)(object),
        }
    }

    /// Fills in what `object` leaves open, knowing that `old` leaves nothing
    /// open: what it shares with that needs no second look.
    pub fn fill_changed(&self, object: &mut Value, old: &Value) {
        let is_open = |(field, value): (&Str, &Value)| match &**field {
            // Of metadata, some defaults look at the labels.
            "metadata" => value["labels"] != old["metadata"]["labels"],
            "status" if !self.defaults_status => false,
            _ => *value != old[&**field],
        };
        let opens = object.entries().any(is_open);
        if opens || self.custom.is_some() {
            self.fill(object);
        }
    }

    /// Finds what is wrong with a new object, its metadata apart.
    pub fn judge(&self, new: &Value, errors: &mut Errors) {
        match self.custom {
            Some(definition) => definition.validate(new, None, errors),
            None => (self.validate)(new, errors),
        }
    }

    /// Finds what is wrong with a change, its metadata apart.
    pub fn judge_update(&self, new: &Value, old: &Value, errors: &mut Errors) {
        match self.custom {
            Some(definition) => definition.validate(new, Some(old), errors),
            None => (self.validate_update)(new, old, errors),
        }
    }

    /// Finds what is wrong with a change of `status`.
    pub fn judge_status(&self, new: &Value, old: &Value, errors: &mut Errors) {
        match self.custom {
            Some(definition) => definition.validate(new, Some(old), errors),
            None => (self.validate_status)(new, old, errors),
        }
    }

    /// The cells of an object's row.
    pub fn row(&self, object: &Value, now: Time) -> Vec<Value> {
        match self.custom {
            Some(definition) => definition.cells(object, now),
            None => (self.cells)(object, now),
        }
    }

    /// Group and version as in `apiVersion`: `apps/v1`, or `v1` for the core.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// Plural and group as in errors: `deployments.apps`, or `pods`.
    pub fn resource(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_owned()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }
}
