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
        let labels = Selector::parse(text)
            .map_err(|why| Status::bad_request(format!("unable to parse requirement: {why}")))?;
        let fields = FieldSelector::parse(query.get("fieldSelector"))
            .and_then(|fields| fields.check(kind).map(|()| fields))
            .map_err(Status::bad_request)?;
        Ok(Self { labels, fields, name: resource.name.clone() })
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
        let revision = self.store.revision().to_string();
        let mut metadata = value!({ "resourceVersion": revision });
        if let Some(last) = items.last().filter(|_| left > 0) {
            metadata.set("continue", Continue { after: place(last) }.to_text());
            metadata.set("remainingItemCount", left);
        }
        Ok(Page { items, metadata })
    }
}

/// Where a list goes on.
struct Continue {
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
        Ok(Some(Self { after }))
    }

    fn to_text(&self) -> String {
        let token = value!({ "namespace": (&self.after.0), "name": (&self.after.1) });
        base64::encode(token.to_json().as_bytes()).trim_end_matches('=').to_owned()
    }
}
