//! Server-side apply over the wire, and who manages which fields.
//!
//! Source: apiserver `pkg/endpoints/handlers/patch.go` (`applyPatcher`) and
//! `pkg/endpoints/handlers/fieldmanager`.
//!
//! Only what clients write is tracked: the cluster's own components know what
//! they own, and the entries would cost more than the objects.

use super::body::decode_object;
use super::route::{Query, Resource};
use super::write::WriteOptions;
use super::{ApiServer, Part, Status};
use crate::api::{Errors, Kind, Path};
use crate::patch::server_side::{
    ApplyError, Manager, Operation, apply_configuration, track_update,
};
use crate::schema::{FieldValidation, Schema};
use crate::value;
use crate::value::Value;
use crate::wire::Request;
use crate::yaml::parse_yaml;

/// What an apply gives back: whether it created the object, and the object.
pub(super) struct Applied {
    pub(super) created: bool,
    pub(super) object: Value,
    pub(super) warnings: Vec<String>,
}

impl ApiServer {
    /// Applies the request's configuration.
    pub(super) fn apply(
        &mut self,
        resource: &Resource,
        query: &Query,
        request: &Request,
        options: &WriteOptions<'_>,
    ) -> Result<Applied, Status> {
        let kind = resource.served;
        if query.get("fieldManager").is_empty() {
            return Err(manager_required());
        }
        let configuration = configuration(resource, request)?;
        let live = self.get(resource.kind, &resource.namespace, &resource.name).cloned();
        let served = live.as_ref().map(|live| resource.outward(live));
        let manager = manager(kind, Operation::Apply, options);
        let applied = apply_configuration(
            Schema::get().find(kind.schema),
            served.as_ref(),
            &configuration,
            &manager,
            query.is_true("force"),
            self.now,
        );
        let applied = applied.map_err(|error| refusal(kind, &configuration, &error))?;
        let (object, mut warnings) = decode_object(kind, &applied, &[], FieldValidation::Ignore)?;
        let object = resource.inward(object);
        warnings.extend((kind.warnings)(&object, live.as_ref()));
        // The entries are written already.
        let options = WriteOptions { track: false, ..*options };
        let stored = match &live {
            Some(_) => self.update(resource.kind, object, &options)?,
            None if options.part == Part::Main => {
                self.create(resource.kind, &resource.namespace, object, &options)?
            }
            None => return Err(Status::not_found(kind, &resource.name)),
        };
        if options.part != Part::Status {
            warnings.extend(self.pod_security_warnings(kind, &stored, live.as_ref()));
        }
        Ok(Applied { created: live.is_none(), object: resource.outward(&stored), warnings })
    }

    /// Notes who made `new` of `live`, if this write is to be tracked.
    pub(super) fn track(
        &self,
        kind: &Kind,
        live: Option<&Value>,
        new: &mut Value,
        options: &WriteOptions<'_>,
    ) {
        if !options.track {
            return;
        }
        let ignored: &[&[&str]] = match options.part {
            Part::Main if kind.subresources.contains(&"status") => &[&["status"]],
            Part::Status => &[&["spec"]],
            Part::Main | Part::Special => &[],
        };
        let manager = manager(kind, Operation::Update, options);
        track_update(Schema::get().find(kind.schema), live, new, &manager, ignored, self.now);
    }
}

fn manager(kind: &Kind, operation: Operation, options: &WriteOptions<'_>) -> Manager {
    Manager {
        name: options.manager.to_owned(),
        operation,
        api_version: kind.api_version(),
        subresource: options.subresource.to_owned(),
    }
}

fn manager_required() -> Status {
    let mut errors = Errors::default();
    errors.required(&Path::ROOT.field("fieldManager"), "is required for apply patch");
    let options = Kind { group: "meta.k8s.io", kind: "PatchOptions", ..Kind::BASE };
    Status::invalid(&options, "", &errors)
}

/// The configuration in the body, with the name and namespace of the path.
fn configuration(resource: &Resource, request: &Request) -> Result<Value, Status> {
    let text = String::from_utf8_lossy(&request.body);
    let mut configuration = parse_yaml(&text)
        .map_err(|error| Status::bad_request(format!("error decoding YAML: {error}")))?;
    let metadata = &configuration["metadata"];
    if !metadata["managedFields"].is_null() {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    for (field, own) in [("name", &resource.name), ("namespace", &resource.namespace)] {
        let given = metadata[field].text();
        if !given.is_empty() && given != own {
            return Err(Status::bad_request(format!(
                "the {field} of the object ({given}) does not match the {field} on the URL ({own})"
            )));
        }
    }
    configuration["metadata"]["name"] = resource.name.as_str().into();
    if !resource.namespace.is_empty() {
        configuration["metadata"]["namespace"] = resource.namespace.as_str().into();
    }
    Ok(configuration)
}

fn refusal(kind: &Kind, configuration: &Value, error: &ApplyError) -> Status {
    match error {
        ApplyError::Conflicts(conflicts) => {
            let cause = |conflict: &crate::patch::server_side::Conflict| {
                value!({
                    "reason": "FieldManagerConflict",
                    "message": (format!("conflict with {}", conflict.manager_text())),
                    "field": (&conflict.path),
                })
            };
            Status::apply_conflict(error.to_string(), conflicts.iter().map(cause).collect())
        }
        ApplyError::NotTyped(message) => {
            let metadata = &configuration["metadata"];
            let (namespace, name) = (metadata["namespace"].text(), metadata["name"].text());
            let (group, version) = (kind.group, kind.version);
            Status::unknown(format!(
                "failed to create typed patch object ({namespace}/{name}; {group}/{version}, \
                 Kind={}): {message}",
                kind.kind
            ))
        }
    }
}
