//! `/openapi/v2` and `/openapi/v3`.

use super::{ApiServer, VERSION};
use crate::api::Kind;
use crate::openapi::{Descriptions, document_v2, document_v3, index, protobuf_v2};
use crate::value::Value;
use crate::wire::{Body, Response};

const PROTOBUF_V2: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

impl ApiServer {
    /// Gives the documents their words; without them they hold facts alone.
    pub fn set_descriptions(&mut self, descriptions: Descriptions) {
        self.descriptions = descriptions;
    }

    /// Answers a path below `/openapi`.
    pub(super) fn openapi(&self, path: &[&str], accept: &str) -> Option<Response> {
        let kinds: Vec<&'static Kind> = self.registry.iter().map(|(_, kind)| kind).collect();
        let document = match path {
            ["v2"]
                if (accept.contains("openapi.spec.v2@v1.0+protobuf")
                    || accept.contains("openapi.spec.v2.v1.0+protobuf")) =>
            {
                let document = document_v2(&kinds, VERSION, &self.descriptions);
                return Some(Response {
                    content_type: PROTOBUF_V2,
                    body: Body::Bytes(protobuf_v2(&document)),
                    ..Response::json(200, &Value::Null)
                });
            }
            ["v2"] => document_v2(&kinds, VERSION, &self.descriptions),
            ["v3"] => index(&kinds, VERSION),
            ["v3", rest @ ..] => document_v3(&kinds, &rest.join("/"), VERSION, &self.descriptions)?,
            _ => return None,
        };
        Some(Response::json(200, &document))
    }
}
