//! Creating and updating: default, admit, prepare, validate, store.
//!
//! Source of the order: apiserver `pkg/endpoints/handlers` and
//! `pkg/registry/rest/{create,update}.go`.

use super::policies::Writing;
use super::{ApiServer, Status, admission};
use crate::api::{Errors, Kind, meta};
use crate::store::{Key, KindId};
use crate::value::Value;

/// How a write is to be made.
#[derive(Debug, Clone, Copy, Default)]
pub struct WriteOptions<'a> {
    /// Who writes, as `managedFields` names them: `kubectl-client-side-apply`.
    pub manager: &'a str,
    /// Do everything but store.
    pub dry_run: bool,
    /// The part of the object that is written.
    pub part: Part,
    /// The subresource through which it is written; mostly empty.
    pub subresource: &'a str,
    /// Note in `managedFields` who sets which fields.
    pub track: bool,
}

/// The part of an object that an update may change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Part {
    /// Everything but the status.
    #[default]
    Main,
    /// Only the status.
    Status,
    /// Main, through a subresource that checks for itself (scale, binding,
    /// ephemeralcontainers, finalize).
    Special,
}

impl<'a> WriteOptions<'a> {
    /// A plain write by the component `manager`.
    pub fn by(manager: &'a str) -> Self {
        Self { manager, ..Self::default() }
    }

    /// A write of the status by the component `manager`.
    pub fn status_by(manager: &'a str) -> Self {
        Self { manager, part: Part::Status, ..Self::default() }
    }
}

/// The tries at a free generated name, as upstream.
const NAME_TRIES: usize = 8;
/// How many random letters end a generated name.
const SUFFIX_LETTERS: usize = 5;
/// The longest base of a generated name.
const NAME_BASE_MAX: usize = 63 - SUFFIX_LETTERS;

impl ApiServer {
    /// Creates `object`, a decoded object of kind `id`, in `namespace`.
    pub fn create(
        &mut self,
        id: KindId,
        namespace: &str,
        mut object: Value,
        options: &WriteOptions<'_>,
    ) -> Result<Value, Status> {
        let kind = self.kind(id);
        place_in_namespace(kind, namespace, &mut object)?;
        if !matches!(object["metadata"]["resourceVersion"].text(), "" | "0") {
            let message = "resourceVersion should not be set on objects to be created";
            return Err(Status::unknown(message.to_owned()));
        }
        self.name(id, namespace, &mut object);
        kind.fill(&mut object);
        self.track(kind, None, &mut object, options);
        admission::mutate_new(self, kind, &mut object)?;
        let transaction = self.allocate(kind, &mut object, None, options.dry_run)?;
        let result = self.finish_create(id, object, options);
        self.settle(transaction, result.is_ok());
        result
    }

    /// Prepares, validates and stores a new object.
    fn finish_create(
        &mut self,
        id: KindId,
        mut object: Value,
        options: &WriteOptions<'_>,
    ) -> Result<Value, Status> {
        let kind = self.kind(id);
        self.begin_life(kind, &mut object);
        self.sign_request(kind, &mut object, options.manager);
        (kind.prepare)(&mut object, None);
        let key = Key::of(id, &object);
        let mut errors = Errors::default();
        meta::validate(kind, &object, &mut errors);
        kind.judge(&object, &mut errors);
        if !errors.is_empty() {
            return Err(Status::invalid(kind, &key.name, &errors));
        }
        // Before admission, which would charge quotas for nothing.
        if self.store.get(&key).is_some() {
            return Err(Status::already_exists(kind, &key.name));
        }
        self.check_policies(Writing::new(kind, (&object, &Value::Null), options))?;
        admission::check_new(self, kind, &object, options.dry_run)?;
        if options.dry_run {
            return Ok(object);
        }
        Ok(self.commit(key, Some(object)))
    }

    /// Gives the object its name where only a base for one is given.
    fn name(&mut self, id: KindId, namespace: &str, object: &mut Value) {
        let metadata = &object["metadata"];
        let base = metadata["generateName"].text();
        if base.is_empty() || !metadata["name"].is_empty() {
            return;
        }
        let base = base.get(..NAME_BASE_MAX).unwrap_or(base).to_owned();
        let mut name = String::new();
        for _ in 0..NAME_TRIES {
            name = format!("{base}{}", self.random.suffix(SUFFIX_LETTERS));
            if self.store.get(&Key::new(id, namespace, &name)).is_none() {
                break;
            }
        }
        object["metadata"]["name"] = name.into();
    }

    /// Sets what the server alone decides on a new object.
    fn begin_life(&mut self, kind: &Kind, object: &mut Value) {
        let uid = self.random.uuid();
        let metadata = &mut object["metadata"];
        metadata.remove("deletionTimestamp");
        metadata.remove("deletionGracePeriodSeconds");
        metadata.remove("selfLink");
        metadata.set("uid", uid);
        metadata.set("creationTimestamp", &self.stamp);
        if kind.has_generation {
            metadata.set("generation", 1);
        } else {
            metadata.remove("generation");
        }
        if kind.subresources.contains(&"status") && !kind.created_with_status {
            object.remove("status");
        }
    }

    /// Replaces an object, or its status, by `object`.
    pub fn update(
        &mut self,
        id: KindId,
        mut object: Value,
        options: &WriteOptions<'_>,
    ) -> Result<Value, Status> {
        let kind = self.kind(id);
        let key = Key::of(id, &object);
        let Some(old) = self.store.get(&key).cloned() else {
            return Err(Status::not_found(kind, &key.name));
        };
        self.check_preconditions(kind, &object, &old)?;
        kind.fill_changed(&mut object, &old);
        keep_what_only_the_server_sets(&mut object, &old);
        let mut transaction = None;
        match options.part {
            Part::Main => {
                if kind.subresources.contains(&"status") {
                    carry_over(&mut object, &old, "status");
                }
                self.track(kind, Some(&old), &mut object, options);
                transaction = self.allocate(kind, &mut object, Some(&old), options.dry_run)?;
                (kind.prepare)(&mut object, Some(&old));
            }
            Part::Status => {
                object = with_status_of(&old, object);
                self.track(kind, Some(&old), &mut object, options);
            }
            Part::Special => self.track(kind, Some(&old), &mut object, options),
        }
        let result = self.finish_update(key, object, old, options);
        self.settle(transaction, result.is_ok());
        result
    }

    /// Validates and stores a changed object.
    fn finish_update(
        &mut self,
        key: Key,
        mut object: Value,
        old: Value,
        options: &WriteOptions<'_>,
    ) -> Result<Value, Status> {
        let kind = self.kind(key.kind);
        if object == old {
            return Ok(old);
        }
        let counts = kind.has_generation && options.part != Part::Status;
        if counts && changes_generation(kind, &object, &old) {
            let generation = old["metadata"]["generation"].int() + 1;
            object["metadata"]["generation"] = generation.into();
        }
        let mut errors = Errors::default();
        meta::validate_update(&object, &old, &mut errors);
        match options.part {
            Part::Main => kind.judge_update(&object, &old, &mut errors),
            Part::Status => kind.judge_status(&object, &old, &mut errors),
            Part::Special => {}
        }
        if !errors.is_empty() {
            return Err(Status::invalid(kind, &key.name, &errors));
        }
        self.check_policies(Writing::new(kind, (&object, &old), options))?;
        if options.part == Part::Main {
            admission::check_changed(self, kind, &object, &old, options.dry_run)?;
        } else if options.subresource == "ephemeralcontainers" {
            self.check_pod_security(kind, &object, Some(&old))?;
        }
        if options.dry_run {
            return Ok(object);
        }
        if is_ready_to_go(&object) {
            self.release(kind, &object);
            return Ok(self.commit(key, None));
        }
        Ok(self.commit(key, Some(object)))
    }

    fn check_preconditions(&self, kind: &Kind, new: &Value, old: &Value) -> Result<(), Status> {
        let name = old["metadata"]["name"].text();
        let (uid, own) = (new["metadata"]["uid"].text(), old["metadata"]["uid"].text());
        if !uid.is_empty() && uid != own {
            let why = format!(
                "Precondition failed: UID in precondition: {uid}, UID in object meta: {own}"
            );
            return Err(Status::conflict(kind, name, &why));
        }
        let version = new["metadata"]["resourceVersion"].text();
        if !matches!(version, "" | "0") && version != old["metadata"]["resourceVersion"].text() {
            return Err(Status::modified(kind, name));
        }
        Ok(())
    }
}

/// Puts the object into the namespace of the request, or refuses.
fn place_in_namespace(kind: &Kind, namespace: &str, object: &mut Value) -> Result<(), Status> {
    let own = object["metadata"]["namespace"].text();
    if !kind.namespaced {
        object["metadata"].remove("namespace");
        return Ok(());
    }
    if own == namespace {
        return Ok(());
    }
    if !own.is_empty() {
        return Err(Status::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    object["metadata"]["namespace"] = namespace.into();
    Ok(())
}

fn carry(object: &mut Value, field: &str, value: Option<Value>) {
    match value {
        Some(value) if !value.is_null() => object.set(field, value),
        _ => {
            object.remove(field);
        }
    }
}

fn carry_over(object: &mut Value, old: &Value, field: &str) {
    carry(object, field, old.get(field).cloned());
}

/// The old object with the status of the new one, and its annotations, which
/// upstream lets a status write change.
fn with_status_of(old: &Value, mut new: Value) -> Value {
    let mut object = old.clone();
    carry(&mut object, "status", new.remove("status"));
    let managers = new["metadata"].remove("managedFields");
    if object["metadata"].get("managedFields") != managers.as_ref() {
        carry(&mut object["metadata"], "managedFields", managers);
    }
    let annotations = new["metadata"].remove("annotations");
    if Some(&object["metadata"]["annotations"]) != annotations.as_ref() {
        carry(&mut object["metadata"], "annotations", annotations);
    }
    object
}

fn keep_what_only_the_server_sets(object: &mut Value, old: &Value) {
    let metadata = &mut object["metadata"];
    for field in [
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        "generateName",
        "resourceVersion",
        "selfLink",
    ] {
        let value = old["metadata"].get(field).cloned();
        if metadata.get(field) != value.as_ref() {
            carry(metadata, field, value);
        }
    }
    if metadata["managedFields"].is_null() {
        carry(metadata, "managedFields", old["metadata"].get("managedFields").cloned());
    }
}

/// Whether the change counts as one of the wish. Source: each registry's
/// `strategy.go`; Deployments count their annotations too.
fn changes_generation(kind: &Kind, new: &Value, old: &Value) -> bool {
    if kind.custom.is_some() {
        let wish = |object: &Value| {
            let mut object = object.clone();
            object.remove("metadata");
            object.remove("status");
            object
        };
        return wish(new) != wish(old);
    }
    new["spec"] != old["spec"]
        || (kind.kind == "Deployment"
            && new["metadata"]["annotations"] != old["metadata"]["annotations"])
}

/// Whether a deleted object has nothing left to wait for.
pub(super) fn is_ready_to_go(object: &Value) -> bool {
    let metadata = &object["metadata"];
    !metadata["deletionTimestamp"].is_null()
        && metadata["finalizers"].is_empty()
        && object["spec"]["finalizers"].is_empty()
        && metadata["deletionGracePeriodSeconds"].int() == 0
}
