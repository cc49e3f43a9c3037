//! Reading many objects: selectors, pages.
//!
//! Source: apiserver `pkg/registry/generic/registry/store.go` and
//! `pkg/storage` (continue tokens).

use super::route::{Query, Resource};
use super::{ApiServer, Status};
use crate::api::Kind;
use crate::api::selector::{FieldSelector, Selector};
use crate::base64;
use crate::value;
use crate::value::{Value, parse_json};

/// Which objects a request wants.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    labels: Selector,
    fields: FieldSelector,
    /// The one object that the path names; empty for all.
    name: String,
}

impl Filter {
    /// Reads the selectors of a request.
    pub(super) fn parse(resource: &Resource, query: &Query) -> Result<Self, Status> {
        let kind = resource.served;
        let text = query.get("labelSelector");
        let labels = Selector::parse(text).map_err(Status::bad_request)?;
        let fields = FieldSelector::parse(query.get("fieldSelector"))
            .and_then(|fields| fields.check(kind).map(|()| fields))
            .map_err(Status::bad_request)?;
        Ok(Self { labels, fields, name: resource.name.clone() })
    }

    /// Whether no selector leaves anything out.
    fn is_plain(&self) -> bool {
        self.labels == Selector::default() && self.fields == FieldSelector::default()
    }

    /// Whether an object is wanted.
    pub(super) fn matches(&self, kind: &Kind, object: &Value) -> bool {
        (self.name.is_empty() || object["metadata"]["name"].text() == self.name)
            && self.labels.matches(&object["metadata"]["labels"])
            && self.fields.matches(kind, object)
    }
}

/// A page of a list.
pub(super) struct Page<'a> {
    /// The objects.
    pub(super) items: Vec<&'a Value>,
    /// The list's own metadata.
    pub(super) metadata: Value,
}

impl ApiServer {
    /// The page that a request asks for.
    pub(super) fn page(&self, resource: &Resource, query: &Query) -> Result<Page<'_>, Status> {
        let kind = resource.served;
        let filter = Filter::parse(resource, query)?;
        let start = Continue::parse(query.get("continue"))?;
        if let Some(start) = &start {
            self.check_continue(start)?;
        }
        let given = query.get("limit");
        if !given.is_empty() && query.int("limit").is_none() {
            let why = format!("strconv.ParseInt: parsing \"{given}\": invalid syntax");
            return Err(Status::bad_request(why));
        }
        let limit = match query.int("limit") {
            Some(limit) if limit > 0 => usize::try_from(limit).unwrap_or(usize::MAX),
            _ => usize::MAX,
        };
        let place = |object: &Value| {
            let metadata = &object["metadata"];
            (metadata["namespace"].text().to_owned(), metadata["name"].text().to_owned())
        };
        let mut wanted = self
            .list(resource.kind, &resource.namespace)
            .filter(|object| filter.matches(kind, object))
            .filter(|object| start.as_ref().is_none_or(|start| place(object) > start.after));
        let items: Vec<&Value> = wanted.by_ref().take(limit).collect();
        let left = wanted.count();
        // All pages of a list belong to the revision of its first.
        let revision = start.map_or(self.store.revision(), |start| start.revision);
        let mut metadata = value!({ "resourceVersion": (revision.to_string()) });
        if let Some(last) = items.last().filter(|_| left > 0) {
            metadata.set("continue", Continue { revision, after: place(last) }.to_text());
            // What selectors leave is not counted beforehand.
            if filter.is_plain() {
                metadata.set("remainingItemCount", left);
            }
        }
        Ok(Page { items, metadata })
    }
}

impl ApiServer {
    /// Refuses to go on with a list whose revision is forgotten; the answer
    /// says how to go on nevertheless.
    fn check_continue(&self, start: &Continue) -> Result<(), Status> {
        if self.store.changes_after(start.revision).is_ok() {
            return Ok(());
        }
        let renewed = Continue { revision: self.store.revision(), after: start.after.clone() };
        let mut status = Status::expired(CONTINUE_EXPIRED);
        status.next = renewed.to_text();
        Err(status)
    }
}

const CONTINUE_EXPIRED: &str = "The provided continue parameter is too old to display a consistent list result. You can \
     start a new list without the continue parameter, or use the continue token in this response \
     to retrieve the remainder of the results. Continuing with the provided token results in an \
     inconsistent list - objects that were created, modified, or deleted between the time the \
     first chunk was returned and now may show up in the list.";

/// Where a list goes on, and of which revision it is.
struct Continue {
    revision: u64,
    after: (String, String),
}

impl Continue {
    fn parse(text: &str) -> Result<Option<Self>, Status> {
        if text.is_empty() {
            return Ok(None);
        }
        let broken = || Status::bad_request("continue key is not valid: illegal base64 data");
        let padded = format!("{text}{}", "=".repeat((4 - text.len() % 4) % 4));
        let bytes = base64::decode(&padded).map_err(|_| broken())?;
        let token = parse_json(&bytes).map_err(|_| broken())?;
        let after = (token["namespace"].text().to_owned(), token["name"].text().to_owned());
        let revision = u64::try_from(token["rv"].int()).unwrap_or_default();
        Ok(Some(Self { revision, after }))
    }

    fn to_text(&self) -> String {
        let token = value!({
            "v": "meta.k8s.io/v1",
            "rv": (i64::try_from(self.revision).unwrap_or(i64::MAX)),
            "namespace": (&self.after.0),
            "name": (&self.after.1),
        });
        base64::encode(token.to_json().as_bytes()).trim_end_matches('=').to_owned()
    }
}
