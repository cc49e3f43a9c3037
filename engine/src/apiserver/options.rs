//! What a request's headers and query ask for: the shape of the answer, and
//! the options of lists, writes and deletions.
//!
//! Source: apimachinery `pkg/apis/meta/v1/validation`,
//! `pkg/apis/meta/internalversion/validation` and apiserver
//! `pkg/endpoints/handlers/negotiation`.

use super::body::parse_body;
use super::route::{Query, Resource};
use super::{ApiServer, DeleteOptions, Part, Propagation, Status, WriteOptions};
use crate::api::{Errors, Kind, Path, Verbatim};
use crate::value;
use crate::value::Value;
use crate::wire::Request;

/// In which shape an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// The objects themselves.
    Whole,
    /// Rows of cells.
    Table,
    /// Only `metadata`.
    Metadata,
}

impl Shape {
    /// The first of the shapes asked for that the server writes.
    pub(super) fn wanted(accept: &str) -> Result<Self, Status> {
        let mut ranges =
            accept.split(',').map(str::trim).filter(|range| !range.is_empty()).peekable();
        if ranges.peek().is_none() {
            return Ok(Self::Whole);
        }
        for range in ranges {
            let mut parts = range.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default();
            let known = ["application/json", "application/yaml", "*/*", "application/*"];
            if !known.contains(&media) {
                continue;
            }
            let mut parts = parts.filter_map(|part| part.strip_prefix("as="));
            match parts.next() {
                Some("Table") => return Ok(Self::Table),
                Some("PartialObjectMetadata" | "PartialObjectMetadataList") => {
                    return Ok(Self::Metadata);
                }
                Some(_) => {}
                None => return Ok(Self::Whole),
            }
        }
        // Clients that ask for protobuf alone take JSON as well.
        if accept.contains("protobuf") { Ok(Self::Whole) } else { Err(Status::not_acceptable()) }
    }
}

/// Whether the first format asked for that the server writes is YAML.
pub(super) fn wants_yaml(accept: &str) -> bool {
    let media = |range: &str| range.split(';').next().unwrap_or_default().trim().to_owned();
    let mut known = accept.split(',').map(media).filter(|media| {
        matches!(media.as_str(), "application/json" | "application/yaml" | "application/*" | "*/*")
    });
    known.next().is_some_and(|media| media == "application/yaml")
}

/// An object's metadata alone.
pub(super) fn only_metadata(object: &Value) -> Value {
    value!({
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": &object["metadata"],
    })
}

/// The refusal of a request's options, named `kind`.
fn invalid(kind: &'static str, errors: &Errors) -> Status {
    Status::invalid(&Kind { group: "meta.k8s.io", kind, ..Kind::BASE }, "", errors)
}

/// Refuses contradictory options of a list or a watch.
pub(super) fn check_list_options(query: &Query) -> Result<(), Status> {
    let mut errors = Errors::default();
    let path = Path::ROOT.field("resourceVersionMatch");
    let (version, wanted) = (query.get("resourceVersion"), query.get("resourceVersionMatch"));
    let (is_watch, initial) = (query.is_true("watch"), query.contains_key("sendInitialEvents"));
    let mut forbid = |detail: &str| errors.forbidden(&path, detail);
    if is_watch && !wanted.is_empty() && !initial {
        forbid("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
    } else if is_watch && initial && wanted != "NotOlderThan" {
        forbid("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    } else if !is_watch && !wanted.is_empty() {
        if version.is_empty() {
            forbid("resourceVersionMatch is forbidden unless resourceVersion is provided");
        }
        if !query.get("continue").is_empty() {
            forbid("resourceVersionMatch is forbidden when continue is provided");
        }
        if !matches!(wanted, "Exact" | "NotOlderThan") {
            errors.not_supported(&path, wanted, &["Exact", "NotOlderThan", ""]);
        } else if wanted == "Exact" && version == "0" {
            let detail = "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
            errors.forbidden(&path, detail);
        }
    }
    if !is_watch && initial {
        let path = Path::ROOT.field("sendInitialEvents");
        errors.forbidden(&path, "sendInitialEvents is forbidden for list");
    }
    if errors.is_empty() { Ok(()) } else { Err(invalid("ListOptions", &errors)) }
}

/// The revision that `resourceVersion` names, if it names one.
pub(super) fn revision(version: &str) -> Result<Option<u64>, Status> {
    if matches!(version, "" | "0") {
        return Ok(None);
    }
    version.parse().map(Some).map_err(|_| {
        Status::bad_request(format!(
            "resourceVersion: Invalid value: \"{version}\": strconv.ParseUint: parsing \
             \"{version}\": invalid syntax"
        ))
    })
}

impl ApiServer {
    /// Refuses a list at a revision that is not there yet or no longer kept.
    pub(super) fn check_list_revision(&self, query: &Query) -> Result<(), Status> {
        let Some(wanted) = revision(query.get("resourceVersion"))? else { return Ok(()) };
        let current = self.store.revision();
        if wanted > current {
            return Err(Status::too_large_version(wanted, current));
        }
        if query.get("resourceVersionMatch") == "Exact" && wanted != current {
            let message = "The resourceVersion for the provided list is too old.";
            return Err(Status::expired(message));
        }
        Ok(())
    }
}

/// The options of a write.
pub(super) fn write_options<'a>(
    resource: &'a Resource,
    query: &'a Query,
    request: &'a Request,
    part: Part,
) -> Result<WriteOptions<'a>, Status> {
    let mut errors = Errors::default();
    check_dry_run(query.all("dryRun"), &mut errors);
    let validation = query.get("fieldValidation");
    if !matches!(validation, "" | "Ignore" | "Strict" | "Warn") {
        let path = Path::ROOT.field("fieldValidation");
        errors.not_supported(&path, validation, &["", "Ignore", "Strict", "Warn"]);
    }
    if !errors.is_empty() {
        let kind = match request.method {
            crate::wire::Method::Post => "CreateOptions",
            crate::wire::Method::Put => "UpdateOptions",
            _ => "PatchOptions",
        };
        return Err(invalid(kind, &errors));
    }
    let agent = request.user_agent.split('/').next().unwrap_or_default();
    let manager = match query.get("fieldManager") {
        "" => agent,
        given => given,
    };
    let dry_run = query.get("dryRun") == "All";
    Ok(WriteOptions { manager, dry_run, part, subresource: &resource.subresource, track: true })
}

fn check_dry_run<'a>(given: impl Iterator<Item = &'a str>, errors: &mut Errors) {
    let given: Vec<&str> = given.filter(|value| !value.is_empty()).collect();
    if given.iter().any(|value| *value != "All") {
        let shown: Vec<String> = given.iter().map(|value| format!("{value:?}")).collect();
        let shown = format!("[]string{{{}}}", shown.join(", "));
        errors.not_supported(&Path::ROOT.field("dryRun"), Verbatim(&shown), &["All"]);
    }
}

/// The options of a deletion, in the body or the query.
pub(super) fn delete_options(query: &Query, request: &Request) -> Result<DeleteOptions, Status> {
    let body = if request.body.is_empty() {
        Value::map()
    } else {
        parse_body("meta/v1.DeleteOptions", request)?.0
    };
    let grace = query.get("gracePeriodSeconds");
    if !grace.is_empty() && query.int("gracePeriodSeconds").is_none() {
        let why = format!("strconv.ParseInt: parsing \"{grace}\": invalid syntax");
        return Err(Status::bad_request(why));
    }
    let policy = match body["propagationPolicy"].text() {
        "" => query.get("propagationPolicy"),
        given => given,
    };
    let mut errors = Errors::default();
    let orphan = match body["orphanDependents"].as_bool() {
        None if query.contains_key("orphanDependents") => Some(query.is_true("orphanDependents")),
        given => given,
    };
    let path = Path::ROOT.field("propagationPolicy");
    if orphan.is_some() && !policy.is_empty() {
        let detail = "orphanDependents and deletionPropagation cannot be both set";
        errors.invalid(&path, policy, detail);
    } else if !matches!(policy, "" | "Foreground" | "Background" | "Orphan") {
        let supported = ["Foreground", "Background", "Orphan", "nil"];
        errors.not_supported(&path, policy, &supported);
    }
    let in_body = body["dryRun"].items().iter().map(Value::text);
    check_dry_run(in_body.chain(query.all("dryRun")), &mut errors);
    if !errors.is_empty() {
        return Err(invalid("DeleteOptions", &errors));
    }
    let propagation = match (policy, orphan) {
        ("Background", _) | ("", Some(false)) => Some(Propagation::Background),
        ("Foreground", _) => Some(Propagation::Foreground),
        ("Orphan", _) | ("", Some(true)) => Some(Propagation::Orphan),
        _ => None,
    };
    let preconditions = &body["preconditions"];
    Ok(DeleteOptions {
        grace_secs: body["gracePeriodSeconds"].as_int().or(query.int("gracePeriodSeconds")),
        propagation,
        uid: preconditions["uid"].text().to_owned(),
        resource_version: preconditions["resourceVersion"].text().to_owned(),
        dry_run: body["dryRun"][0].text() == "All" || query.get("dryRun") == "All",
    })
}
