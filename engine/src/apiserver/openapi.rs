//! `/openapi/v2` and `/openapi/v3`.

use super::{ApiServer, VERSION};
use crate::api::Kind;
use crate::openapi::{Descriptions, document_v2, document_v3, index};
use crate::wire::Response;

impl ApiServer {
    /// Gives the documents their words; without them they hold facts alone.
    pub fn set_descriptions(&mut self, descriptions: Descriptions) {
        self.descriptions = descriptions;
    }

    /// Answers a path below `/openapi`.
    pub(super) fn openapi(&self, path: &[&str]) -> Option<Response> {
        let kinds: Vec<&'static Kind> = self
            .registry
            .iter()
            .map(|(_, kind)| kind)
            // Their schemas are not among those of Go types.
            .filter(|kind| kind.custom.is_none())
            .collect();
        let document = match path {
            ["v2"] => document_v2(&kinds, VERSION, &self.descriptions),
            ["v3"] => index(&kinds, VERSION),
            ["v3", rest @ ..] => document_v3(&kinds, &rest.join("/"), VERSION, &self.descriptions)?,
            _ => return None,
        };
        Some(Response::json(200, &document))
    }
}
