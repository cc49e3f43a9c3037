//! Watches: the changes of the objects that a client asked for, as they come.
//!
//! Source: apiserver `pkg/storage/cacher` and `pkg/endpoints/handlers/watch.go`.

use std::sync::Arc;

use super::list::Filter;
use super::options::{Shape, only_metadata, revision};
use super::route::{Query, Resource};
use super::table::{RowObject, table};
use super::{ApiServer, Status};
use crate::sim::{Delay, Time};
use crate::store::Change;
use crate::value;
use crate::value::Value;
use crate::wire::Chunk;

/// How often a watch that asked for bookmarks gets one.
const BOOKMARK_PERIOD: Delay = Delay::secs(60);

/// One open watch.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    resource: Resource,
    filter: Filter,
    shape: Shape,
    include: RowObject,
    table_begun: bool,
    /// How many changes of the store it has looked at.
    seen: u64,
    pending: Vec<u8>,
    ends_at: Option<Time>,
    bookmark_at: Option<Time>,
    ended: bool,
}

impl ApiServer {
    /// Opens a watch.
    pub(super) fn open_watch(
        &self,
        resource: &Resource,
        query: &Query,
        shape: Shape,
    ) -> Result<Watch, Status> {
        let mut watch = Watch {
            resource: resource.clone(),
            filter: Filter::parse(resource, query)?,
            shape,
            include: RowObject::parse(query.get("includeObject")),
            table_begun: false,
            seen: self.store.change_count(),
            pending: Vec::new(),
            ends_at: query.int("timeoutSeconds").map(|secs| self.now + Delay::secs(secs)),
            bookmark_at: query.is_true("allowWatchBookmarks").then(|| self.now + BOOKMARK_PERIOD),
            ended: false,
        };
        match revision(query.get("resourceVersion"))? {
            Some(after) if !query.is_true("sendInitialEvents") => watch.begin_after(self, after),
            _ => watch.begin_with_state(self, query.is_true("sendInitialEvents")),
        }
        Ok(watch)
    }
}

impl Watch {
    /// Starts with an `ADDED` for everything that is there.
    fn begin_with_state(&mut self, api: &ApiServer, ends_with_bookmark: bool) {
        let kind = self.resource.served;
        let objects: Vec<Value> = api
            .store
            .list(self.resource.kind, &self.resource.namespace)
            .filter(|object| self.filter.matches(kind, object))
            .cloned()
            .collect();
        for object in objects {
            self.send(api, "ADDED", &object);
        }
        if ends_with_bookmark {
            self.bookmark(api, true);
        }
    }

    fn begin_after(&mut self, api: &ApiServer, revision: u64) {
        match api.store.changes_after(revision) {
            Ok(changes) => self.seen -= changes.count() as u64,
            Err(expired) => {
                let message = format!("too old resource version: {revision} ({})", expired.oldest);
                self.fail(&Status::expired(message));
            }
        }
    }

    fn fail(&mut self, status: &Status) {
        self.line("ERROR", &status.to_value());
        self.ended = true;
    }

    /// What has come since the last read.
    pub(super) fn read(&mut self, api: &ApiServer) -> Chunk {
        self.catch_up(api);
        if !self.pending.is_empty() {
            return Chunk::Data(std::mem::take(&mut self.pending));
        }
        let over = self.ended || self.ends_at.is_some_and(|at| at <= api.now);
        if over { Chunk::End } else { Chunk::Pending }
    }

    /// When the watch has something to say without a change.
    pub(super) fn next_wake(&self) -> Option<Time> {
        self.ends_at.into_iter().chain(self.bookmark_at).min()
    }

    fn catch_up(&mut self, api: &ApiServer) {
        if self.ended {
            return;
        }
        let count = api.store.change_count();
        let kept = api.store.changes_since_count(self.seen).count() as u64;
        if count - self.seen > kept {
            self.fail(&Status::expired("The resourceVersion for the provided watch is too old."));
            return;
        }
        let changes: Vec<Arc<Change>> = api
            .store
            .changes_since_count(self.seen)
            .filter(|change| self.resource.contains(&change.key))
            .cloned()
            .collect();
        self.seen = count;
        for change in changes {
            self.tell(api, &change);
        }
        if self.bookmark_at.is_some_and(|at| at <= api.now) {
            self.bookmark(api, false);
            self.bookmark_at = Some(api.now + BOOKMARK_PERIOD);
        }
    }

    fn tell(&mut self, api: &ApiServer, change: &Change) {
        let kind = self.resource.served;
        let matched = |object: &Option<Value>| {
            object.as_ref().is_some_and(|object| self.filter.matches(kind, object))
        };
        // The last state of a deleted object decides whether it was wanted.
        let was = matched(&change.old);
        let event = match (was, matched(&change.new)) {
            (false, true) => "ADDED",
            (true, true) => "MODIFIED",
            (true, false) => "DELETED",
            (false, false) => return,
        };
        let mut object = change.object().clone();
        if event == "DELETED" {
            object = change.old.clone().unwrap_or_default();
            object["metadata"]["resourceVersion"] = change.revision.to_string().into();
        }
        self.send(api, event, &object);
    }

    fn send(&mut self, api: &ApiServer, event: &str, object: &Value) {
        match self.shape {
            Shape::Table => {}
            Shape::Metadata => return self.line(event, &only_metadata(object)),
            Shape::Whole => {
                let object = api.as_renewed(self.resource.kind, object);
                return self.line(event, &self.resource.outward(&object));
            }
        }
        let metadata = value!({ "resourceVersion": &object["metadata"]["resourceVersion"] });
        let mut table = table(self.resource.served, [object], metadata, self.include, api.now);
        if self.table_begun {
            table["columnDefinitions"] = Value::Null;
        }
        self.table_begun = true;
        self.line(event, &table);
    }

    fn bookmark(&mut self, api: &ApiServer, initial_end: bool) {
        let kind = self.resource.served;
        let version = api.store.revision().to_string();
        let mut metadata = value!({ "resourceVersion": version, "creationTimestamp": null });
        if initial_end {
            metadata.set("annotations", value!({ "k8s.io/initial-events-end": "true" }));
        }
        let object = value!({
            "kind": (kind.kind),
            "apiVersion": (kind.api_version()),
            "metadata": metadata,
        });
        self.line("BOOKMARK", &object);
    }

    fn line(&mut self, event: &str, object: &Value) {
        let line = value!({ "type": event, "object": object });
        self.pending.extend(line.to_json().into_bytes());
        self.pending.push(b'\n');
    }
}
