//! What components ask of any object's metadata.

use crate::sim::Time;
use crate::value::Value;

/// An object, seen through its metadata.
#[derive(Debug, Clone, Copy)]
pub struct Object<'a>(pub &'a Value);

/// Another object that this one belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner<'a> {
    /// Group and version, as `apps/v1`.
    pub api_version: &'a str,
    /// The kind, as `ReplicaSet`.
    pub kind: &'a str,
    /// The name.
    pub name: &'a str,
    /// The UID, which alone makes it the same object.
    pub uid: &'a str,
    /// Whether it is the one that manages this.
    pub controls: bool,
    /// Whether its foreground deletion waits for this.
    pub blocks_deletion: bool,
}

impl<'a> Object<'a> {
    fn meta(self, field: &str) -> &'a Value {
        self.0.at(&["metadata", field])
    }

    /// The kind, as `Pod`.
    pub fn kind(self) -> &'a str {
        self.0["kind"].text()
    }

    /// Group and version, as `apps/v1`.
    pub fn api_version(self) -> &'a str {
        self.0["apiVersion"].text()
    }

    /// The name.
    pub fn name(self) -> &'a str {
        self.meta("name").text()
    }

    /// The namespace; empty for objects that have none.
    pub fn namespace(self) -> &'a str {
        self.meta("namespace").text()
    }

    /// The UID.
    pub fn uid(self) -> &'a str {
        self.meta("uid").text()
    }

    /// The version, as the store counts.
    pub fn resource_version(self) -> &'a str {
        self.meta("resourceVersion").text()
    }

    /// How often `spec` has changed.
    pub fn generation(self) -> i64 {
        self.meta("generation").int()
    }

    /// The labels.
    pub fn labels(self) -> &'a Value {
        self.meta("labels")
    }

    /// One label; empty if it is not there.
    pub fn label(self, key: &str) -> &'a str {
        self.labels()[key].text()
    }

    /// The annotations.
    pub fn annotations(self) -> &'a Value {
        self.meta("annotations")
    }

    /// One annotation; empty if it is not there.
    pub fn annotation(self, key: &str) -> &'a str {
        self.annotations()[key].text()
    }

    /// When it was made.
    pub fn created(self) -> Option<Time> {
        Time::parse(self.meta("creationTimestamp").text())
    }

    /// When it is due to go, once its deletion was asked for.
    pub fn deletion_timestamp(self) -> Option<Time> {
        Time::parse(self.meta("deletionTimestamp").text())
    }

    /// Whether its deletion was asked for.
    pub fn is_deleting(self) -> bool {
        !self.meta("deletionTimestamp").is_null()
    }

    /// What must be done before it may go.
    pub fn finalizers(self) -> impl Iterator<Item = &'a str> {
        self.meta("finalizers").items().iter().map(Value::text)
    }

    /// Everything it belongs to.
    pub fn owners(self) -> impl Iterator<Item = Owner<'a>> {
        self.meta("ownerReferences").items().iter().map(|owner| Owner {
            api_version: owner["apiVersion"].text(),
            kind: owner["kind"].text(),
            name: owner["name"].text(),
            uid: owner["uid"].text(),
            controls: owner["controller"].is_true(),
            blocks_deletion: owner["blockOwnerDeletion"].is_true(),
        })
    }

    /// What manages it.
    pub fn controller(self) -> Option<Owner<'a>> {
        self.owners().find(|owner| owner.controls)
    }

    /// Whether the object with `uid` manages it.
    pub fn is_controlled_by(self, uid: &str) -> bool {
        self.controller().is_some_and(|owner| owner.uid == uid)
    }

    /// The condition `kind` of its status.
    pub fn condition(self, kind: &str) -> Option<&'a Value> {
        let conditions = self.0.at(&["status", "conditions"]).items();
        conditions.iter().find(|condition| condition["type"].text() == kind)
    }

    /// Whether the condition `kind` is `True`.
    pub fn has_condition(self, kind: &str) -> bool {
        self.condition(kind).is_some_and(|condition| condition["status"].text() == "True")
    }
}

/// A reference that makes `owner` the controller of another object.
pub fn controller_reference(owner: &Value) -> Value {
    let object = Object(owner);
    crate::value!({
        "apiVersion": (object.api_version()),
        "kind": (object.kind()),
        "name": (object.name()),
        "uid": (object.uid()),
        "controller": true,
        "blockOwnerDeletion": true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    #[test]
    fn a_controller_is_the_owner_that_says_so() {
        let set = value!({
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": { "name": "web", "uid": "u1" },
        });
        let reference = controller_reference(&set);
        let pod = value!({ "metadata": { "ownerReferences": [{ "uid": "u0" }, reference] } });
        let controller = Object(&pod).controller().expect("a controller");
        assert_eq!((controller.kind, controller.name, controller.uid), ("ReplicaSet", "web", "u1"));
        assert!(Object(&pod).is_controlled_by("u1"));
        assert!(!Object(&pod).is_controlled_by("u0"));
    }
}
