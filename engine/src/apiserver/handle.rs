//! Requests as they come over the wire, and their answers.
//!
//! Source: apiserver `pkg/endpoints/handlers`.

use super::apply::Applied;
use super::authorization::User;
use super::body::{decode_body, decode_object, field_validation, parse_body};
use super::list::Filter;
use super::options::{
    Shape, check_list_options, delete_options, only_metadata, wants_yaml, write_options,
};
use super::patch::{check_patch_type, unfit_patch};
use super::policies::Sender;
use super::route::{self, Query, Resource, Route};
use super::scale::scale_of;
use super::streams::Stream;
use super::subresources::{only_part, part_of};
use super::table::{RowObject, table};
use super::{ApiServer, DeleteOptions, Deleted, Part, Status};
use crate::api::pod::validate_binding;
use crate::api::{Errors, Kind, Path, Verbatim};
use crate::store::Key;
use crate::value;
use crate::value::Value;
use crate::wire::{Body, Method, Request, Response};

/// The largest body the server reads.
pub const BODY_MAX: usize = 3 * 1024 * 1024;
const APPLY_TYPE: &str = "application/apply-patch+yaml";
pub(super) const PATCH_TYPES: &str = "application/json-patch+json, application/merge-patch+json, \
                                      application/strategic-merge-patch+json, \
                                      application/apply-patch+yaml";

/// The programs by which people ask.
const PEOPLE: [&str; 3] = ["curl", "Wget", "Mozilla/5.0"];

/// What a handler gives back: a status code and an object, and warnings.
struct Answer {
    code: u16,
    object: Value,
    warnings: Vec<String>,
}

impl Answer {
    fn ok(object: Value) -> Self {
        Self { code: 200, object, warnings: Vec::new() }
    }
}

impl ApiServer {
    /// Answers one request.
    pub fn handle(&mut self, request: &Request) -> Response {
        let user = User::sending(request, self.options.administrator_has_token);
        self.sender = Sender { user: Some(user), warnings: Vec::new() };
        let mut response = self
            .respond(request)
            .unwrap_or_else(|status| Response::json(status.code, &status.to_value()));
        response.warnings.append(&mut std::mem::take(&mut self.sender).warnings);
        if wants_yaml(&request.accept) {
            response.turn_to_yaml();
        } else if wants_indentation(request) {
            response.indent();
        }
        response
    }

    fn respond(&mut self, request: &Request) -> Result<Response, Status> {
        if request.body.len() > BODY_MAX {
            return Err(Status::too_large(BODY_MAX));
        }
        let (route, query) = route::parse(&request.target, &self.registry);
        let resource = match route {
            Some(Route::Resource(resource)) => resource,
            Some(Route::Other(path)) => {
                let found = self.discover(&path, &query, &request.accept);
                return Ok(found.unwrap_or_else(|| Response::text(404, "404 page not found\n")));
            }
            None if !self.serves_version_of(&request.target) => {
                return Ok(Response::text(404, "404 page not found\n"));
            }
            None => return Err(Status::unknown_resource()),
        };
        let shape = Shape::wanted(&request.accept)?;
        let verb = match request.method {
            Method::Post => "create",
            Method::Put => "update",
            Method::Patch => "patch",
            Method::Delete => "delete",
            Method::Get | Method::Head | Method::Other => "get",
        };
        let kind = resource.served;
        // All namespaces together can be read, no more.
        let everywhere = kind.namespaced && resource.namespace.is_empty();
        let is_known = kind.verbs.contains(&verb) && (verb == "get" || !everywhere);
        if resource.subresource.is_empty() && !is_known {
            return Err(Status::method_not_allowed());
        }
        if !resource.subresource.is_empty()
            && !kind.subresources.contains(&resource.subresource.as_str())
        {
            return Err(Status::unknown_resource());
        }
        self.authorize(request, &resource, query.is_true("watch"))?;
        let mut response = match request.method {
            Method::Get | Method::Head => self.read(&resource, &query, shape),
            Method::Post => self.post(&resource, &query, request),
            Method::Put => self.put(&resource, &query, request),
            Method::Patch => self.patch(&resource, &query, request),
            Method::Delete => self.remove(&resource, &query, request),
            Method::Other => Err(Status::method_not_allowed()),
        }?;
        if !kind.deprecation.is_empty() {
            response.warnings.insert(0, kind.deprecation.to_owned());
        }
        Ok(response)
    }

    fn read(
        &mut self,
        resource: &Resource,
        query: &Query,
        shape: Shape,
    ) -> Result<Response, Status> {
        let kind = resource.served;
        if resource.name.is_empty() || query.is_true("watch") {
            check_list_options(query)?;
        }
        if query.is_true("watch") {
            let watch = self.open_watch(resource, query, shape)?;
            let id = self.streams.open(Stream::Watch(Box::new(watch)));
            return Ok(Response {
                status: 200,
                content_type: "application/json",
                warnings: Vec::new(),
                body: Body::Stream(id),
            });
        }
        let include = RowObject::parse(query.get("includeObject"));
        if resource.name.is_empty() {
            self.check_list_revision(query)?;
            let page = self.page(resource, query)?;
            let answer = match shape {
                Shape::Table => table(kind, page.items, page.metadata, include, self.now),
                Shape::Metadata => value!({
                    "kind": "PartialObjectMetadataList",
                    "apiVersion": "meta.k8s.io/v1",
                    "metadata": (page.metadata),
                    "items": (page.items.into_iter().map(only_metadata).collect::<Value>()),
                }),
                Shape::Whole => value!({
                    "kind": (format!("{}List", kind.kind)),
                    "apiVersion": (kind.api_version()),
                    "metadata": (page.metadata),
                    "items": (page.items.into_iter().map(|item| as_item(kind, resource.outward(&self.as_renewed(resource.kind, item)))).collect::<Value>()),
                }),
            };
            return Ok(Response::json(200, &answer));
        }
        let object = self.existing(resource)?;
        let answer = match resource.subresource.as_str() {
            "" | "status" if shape == Shape::Metadata => only_metadata(object),
            "" | "status" if shape == Shape::Table => {
                let version = &object["metadata"]["resourceVersion"];
                let metadata = value!({ "resourceVersion": version });
                table(kind, [object], metadata, include, self.now)
            }
            "" | "status" | "ephemeralcontainers" | "approval" => {
                resource.outward(&self.as_renewed(resource.kind, object))
            }
            "scale" if kind.subresources.contains(&"scale") => scale_of(kind, object),
            _ => return Err(Status::unknown_resource()),
        };
        Ok(Response::json(200, &answer))
    }

    fn existing(&self, resource: &Resource) -> Result<&Value, Status> {
        let found = self.get(resource.kind, &resource.namespace, &resource.name);
        found.ok_or_else(|| Status::not_found(resource.served, &resource.name))
    }

    fn post(
        &mut self,
        resource: &Resource,
        query: &Query,
        request: &Request,
    ) -> Result<Response, Status> {
        let kind = resource.served;
        let options = write_options(resource, query, request, Part::Main)?;
        match resource.subresource.as_str() {
            "" if kind.kind == "Binding" => return self.post_binding(resource, request),
            "" if resource.name.is_empty() => {}
            "binding" if kind.kind == "Pod" => return self.post_binding(resource, request),
            "token" => return self.post_token(resource, request),
            "eviction" if kind.kind == "Pod" => return self.post_eviction(resource, request),
            _ => return Err(Status::method_not_allowed()),
        }
        let (object, mut warnings) = decode_body(kind, query, request)?;
        let mut object = resource.inward(object);
        if !kind.verbs.contains(&"get") {
            self.answer_review(&mut object, request);
            return Ok(respond(Answer { code: 201, object, warnings }));
        }
        warnings.extend((kind.warnings)(&object, None));
        let stored = self.create(resource.kind, &resource.namespace, object, &options)?;
        warnings.extend(self.pod_security_warnings(kind, &stored, None));
        Ok(respond(Answer { code: 201, object: resource.outward(&stored), warnings }))
    }

    fn post_token(&mut self, resource: &Resource, request: &Request) -> Result<Response, Status> {
        let account = self.existing(resource)?.clone();
        let (wish, _) = parse_body("io.k8s.api.authentication.v1.TokenRequest", request)?;
        let object = self.issue_token(&account, wish)?;
        Ok(respond(Answer { code: 201, object, warnings: Vec::new() }))
    }

    /// Binds the Pod that the path names, or that the binding is named after.
    fn post_binding(&mut self, resource: &Resource, request: &Request) -> Result<Response, Status> {
        let (binding, _) = parse_body("core/v1.Binding", request)?;
        let name = match resource.name.as_str() {
            "" => binding["metadata"]["name"].text(),
            name => name,
        };
        let mut errors = Errors::default();
        validate_binding(&binding, &mut errors);
        if !errors.is_empty() {
            let kind = Kind { kind: "Binding", ..Kind::BASE };
            return Err(Status::invalid(&kind, name, &errors));
        }
        let Some(pods) = self.registry.by_kind("", "Pod") else {
            return Err(Status::unknown_resource());
        };
        let key = Key::new(pods, &resource.namespace, name);
        self.bind(&key, binding["metadata"]["uid"].text(), binding["target"]["name"].text())?;
        Ok(done())
    }

    fn post_eviction(
        &mut self,
        resource: &Resource,
        request: &Request,
    ) -> Result<Response, Status> {
        let (eviction, _) = parse_body("policy/v1.Eviction", request)?;
        let key = Key::new(resource.kind, &resource.namespace, &resource.name);
        let options = &eviction["deleteOptions"];
        let options = DeleteOptions {
            grace_secs: options["gracePeriodSeconds"].as_int(),
            uid: options["preconditions"]["uid"].text().to_owned(),
            resource_version: options["preconditions"]["resourceVersion"].text().to_owned(),
            dry_run: options["dryRun"][0].text() == "All",
            ..DeleteOptions::default()
        };
        self.evict(&key, &options)?;
        Ok(done())
    }

    fn put(
        &mut self,
        resource: &Resource,
        query: &Query,
        request: &Request,
    ) -> Result<Response, Status> {
        if resource.name.is_empty() {
            return Err(Status::method_not_allowed());
        }
        let kind = resource.served;
        let part = part_of(&resource.subresource);
        let options = write_options(resource, query, request, part)?;
        if resource.subresource == "scale" {
            let object = self.existing(resource)?.clone();
            let (scale, _) = parse_body("autoscaling/v1.Scale", request)?;
            return self.put_scale(resource.kind, object, &scale, &options).map(plain);
        }
        let (mut object, mut warnings) = decode_body(kind, query, request)?;
        self.check_name(resource, &mut object)?;
        let object = resource.inward(object);
        let old = self.get(resource.kind, &resource.namespace, &resource.name).cloned();
        if old.is_some() && matches!(object["metadata"]["resourceVersion"].text(), "" | "0") {
            check_unconditional(kind, &resource.name)?;
        }
        let object = only_part(resource, object, old.as_ref())?;
        warnings.extend((kind.warnings)(&object, old.as_ref()));
        let stored = self.update(resource.kind, object, &options)?;
        if part != Part::Status {
            warnings.extend(self.pod_security_warnings(kind, &stored, old.as_ref()));
        }
        Ok(respond(Answer { code: 200, object: resource.outward(&stored), warnings }))
    }

    /// Refuses an object whose name or namespace is not the path's.
    fn check_name(&self, resource: &Resource, object: &mut Value) -> Result<(), Status> {
        let metadata = &object["metadata"];
        let (name, namespace) = (metadata["name"].text(), metadata["namespace"].text());
        if name != resource.name {
            let message = format!(
                "the name of the object ({name}) does not match the name on the URL ({})",
                resource.name
            );
            return Err(Status::bad_request(message));
        }
        if !namespace.is_empty() && namespace != resource.namespace {
            let message = format!(
                "the namespace of the object ({namespace}) does not match the namespace on the \
                 request ({})",
                resource.namespace
            );
            return Err(Status::bad_request(message));
        }
        if !resource.namespace.is_empty() {
            object["metadata"]["namespace"] = resource.namespace.as_str().into();
        }
        Ok(())
    }

    fn patch(
        &mut self,
        resource: &Resource,
        query: &Query,
        request: &Request,
    ) -> Result<Response, Status> {
        if resource.name.is_empty() {
            return Err(Status::method_not_allowed());
        }
        let part = part_of(&resource.subresource);
        let options = write_options(resource, query, request, part)?;
        check_patch_type(resource.served, &request.content_type)?;
        if request.content_type.starts_with(APPLY_TYPE) {
            let Applied { created, object, warnings } =
                self.apply(resource, query, request, &options)?;
            let code = if created { 201 } else { 200 };
            return Ok(respond(Answer { code, object, warnings }));
        }
        let scaled = resource.subresource == "scale";
        let current = self.existing(resource)?.clone();
        let base =
            if scaled { scale_of(resource.served, &current) } else { resource.outward(&current) };
        let schema_kind = resource.served;
        let schema = if scaled { "io.k8s.api.autoscaling.v1.Scale" } else { schema_kind.schema };
        let patched = self.patched(schema_kind, schema, &base, request)?;
        if scaled {
            return self.put_scale(resource.kind, current, &patched, &options).map(plain);
        }
        let validation = field_validation(query)?;
        let (object, mut warnings) = decode_object(schema_kind, &patched, &[], validation)
            .map_err(|refusal| unfit_patch(refusal, request, &patched))?;
        let object = only_part(resource, resource.inward(object), Some(&current))?;
        warnings.extend((schema_kind.warnings)(&object, Some(&current)));
        let stored = self.update(resource.kind, object, &options)?;
        if part != Part::Status {
            warnings.extend(self.pod_security_warnings(schema_kind, &stored, Some(&current)));
        }
        Ok(respond(Answer { code: 200, object: resource.outward(&stored), warnings }))
    }

    fn remove(
        &mut self,
        resource: &Resource,
        query: &Query,
        request: &Request,
    ) -> Result<Response, Status> {
        if !resource.subresource.is_empty() {
            return Err(Status::method_not_allowed());
        }
        let options = delete_options(query, request)?;
        let kind = resource.served;
        if resource.name.is_empty() {
            return self.remove_all(resource, query, &options);
        }
        let deleted = self.delete(resource.kind, &resource.namespace, &resource.name, &options)?;
        Ok(plain(match deleted {
            // Pods answer with themselves, other kinds with a Status when gone.
            Deleted::Gone(object) if kind.kind != "Pod" => deletion_status(kind, &object),
            Deleted::Gone(object) | Deleted::Waiting(object) => resource.outward(&object),
        }))
    }

    fn remove_all(
        &mut self,
        resource: &Resource,
        query: &Query,
        options: &DeleteOptions,
    ) -> Result<Response, Status> {
        let kind = resource.served;
        let filter = Filter::parse(resource, query)?;
        let wanted: Vec<Value> = self
            .list(resource.kind, &resource.namespace)
            .filter(|object| filter.matches(kind, object))
            .cloned()
            .collect();
        for object in &wanted {
            let key = Key::of(resource.kind, object);
            self.delete(key.kind, &key.namespace, &key.name, options)?;
        }
        Ok(plain(value!({
            "kind": (format!("{}List", kind.kind)),
            "apiVersion": (kind.api_version()),
            "metadata": { "resourceVersion": (self.store.revision().to_string()) },
            "items": (wanted.iter().map(|object| as_item(kind, resource.outward(object))).collect::<Value>()),
        })))
    }
}

/// Whether a person seems to read the answer. Source: apiserver
/// `pkg/endpoints/handlers/negotiation`.
fn wants_indentation(request: &Request) -> bool {
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    match query.split('&').find_map(|pair| pair.strip_prefix("pretty")) {
        Some(wish) => !matches!(wish, "=0" | "=false"),
        None => PEOPLE.iter().any(|agent| request.user_agent.starts_with(agent)),
    }
}

/// Refuses to overwrite whatever there is, where a kind does not allow that.
fn check_unconditional(kind: &Kind, name: &str) -> Result<(), Status> {
    if kind.allows_unconditional_update && kind.custom.is_none() {
        return Ok(());
    }
    let (metadata, mut errors) = (Path::ROOT.field("metadata"), Errors::default());
    let path = metadata.field("resourceVersion");
    errors.invalid(&path, Verbatim("0x0"), "must be specified for an update");
    // Upstream names the resource here, not the kind.
    let named = Kind { group: kind.group, kind: kind.plural, ..Kind::BASE };
    Err(Status::invalid(&named, name, &errors))
}

/// What a subresource answers that has no object of its own.
fn done() -> Response {
    let status = value!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "code": 201,
    });
    Response::json(201, &status)
}

fn plain(object: Value) -> Response {
    respond(Answer::ok(object))
}

fn respond(answer: Answer) -> Response {
    let mut response = Response::json(answer.code, &answer.object);
    response.warnings = answer.warnings;
    response
}

/// Items of a list do not repeat their type, except custom resources, whose
/// types upstream does not know in advance.
fn as_item(kind: &Kind, mut object: Value) -> Value {
    if kind.custom.is_none() {
        object.remove("kind");
        object.remove("apiVersion");
    }
    object
}

fn deletion_status(kind: &Kind, object: &Value) -> Value {
    let metadata = &object["metadata"];
    let mut details = value!({ "name": &metadata["name"], "kind": (kind.plural) });
    details.set_nonzero("group", kind.group);
    details.set("uid", &metadata["uid"]);
    value!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details,
    })
}
