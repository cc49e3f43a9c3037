//! The documents that describe the API: `/openapi/v2` and `/openapi/v3`.
//!
//! They are made of the schema's table, the registry of kinds and, where at
//! hand, the descriptions of the fields. Source: kube-openapi, and apiserver
//! `pkg/endpoints/installer.go` for the paths.

mod definitions;
mod descriptions;
mod paths;
mod protobuf;

use std::collections::BTreeSet;

pub use self::descriptions::Descriptions;

use self::definitions::Definitions;
use crate::api::Kind;
use crate::value;
use crate::value::Value;

/// Which version of OpenAPI a document has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    V2,
    V3,
}

impl Version {
    /// Where a document keeps its definitions.
    fn reference(self, definition: &str) -> Value {
        let prefix = match self {
            Self::V2 => "#/definitions/",
            Self::V3 => "#/components/schemas/",
        };
        value!({ "$ref": (format!("{prefix}{definition}")) })
    }
}

/// `/openapi/v3`: where each group and version has its document.
pub fn index(kinds: &[&'static Kind], release: &str) -> Value {
    let mut paths = Value::map();
    let versions: BTreeSet<String> = kinds.iter().map(|kind| document_path(kind)).collect();
    for path in versions {
        let customs = kinds.iter().filter(|kind| document_path(kind) == path);
        let schemas = customs.filter_map(|kind| kind.custom.map(|own| own.schema().to_json()));
        let content = format!("{path}{}", schemas.collect::<String>());
        let url = format!("/openapi/v3/{path}?hash={}", hash(&content, release));
        paths.set(&path, value!({ "serverRelativeURL": url }));
    }
    value!({ "paths": paths })
}

/// `/openapi/v3/PATH`, where `path` is as `api/v1` or `apis/apps/v1`.
pub fn document_v3(
    kinds: &[&'static Kind],
    path: &str,
    release: &str,
    descriptions: &Descriptions,
) -> Option<Value> {
    let own: Vec<_> = kinds.iter().copied().filter(|kind| document_path(kind) == path).collect();
    if own.is_empty() {
        return None;
    }
    let mut definitions = Definitions::new(Version::V3, kinds, descriptions);
    let paths = paths::paths(Version::V3, &own, &mut definitions);
    Some(value!({
        "openapi": "3.0.0",
        "info": { "title": "Kubernetes", "version": (minor(release)) },
        "paths": paths,
        "components": { "schemas": (definitions.finish()) },
    }))
}

/// `/openapi/v2`: all in one.
pub fn document_v2(kinds: &[&'static Kind], release: &str, descriptions: &Descriptions) -> Value {
    let mut definitions = Definitions::new(Version::V2, kinds, descriptions);
    let paths = paths::paths(Version::V2, kinds, &mut definitions);
    value!({
        "swagger": "2.0",
        "info": { "title": "Kubernetes", "version": release },
        "paths": paths,
        "definitions": (definitions.finish()),
    })
}

/// A document of version 2 in its binary form.
pub fn protobuf_v2(document: &Value) -> Vec<u8> {
    protobuf::encode(document)
}

fn document_path(kind: &Kind) -> String {
    let prefix = if kind.group.is_empty() { "api" } else { "apis" };
    format!("{prefix}/{}", kind.api_version())
}

/// `v1.32.13` as `1.32`.
fn minor(release: &str) -> String {
    release.trim_start_matches('v').splitn(3, '.').take(2).collect::<Vec<_>>().join(".")
}

/// Names a document's content: the same for the same release. FNV-1a.
fn hash(content: &str, release: &str) -> String {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = release.bytes().chain(content.bytes()).fold(0xcbf2_9ce4_8422_2325, fold);
    format!("{hash:016X}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::registry::KINDS;

    #[test]
    fn each_group_version_has_a_document() {
        let index = index(KINDS, "v1.32.13");
        for (path, _) in index["paths"].entries() {
            let document = document_v3(KINDS, path, "v1.32.13", &Descriptions::default());
            let document = document.expect(path);
            assert_eq!(document["info"]["version"].text(), "1.32");
            assert!(!document["components"]["schemas"].is_empty(), "{path}");
        }
        assert!(document_v3(KINDS, "apis/none/v1", "v1.32.13", &Descriptions::default()).is_none());
    }

    #[test]
    fn a_deployment_can_be_patched_with_field_validation() {
        let document = document_v3(KINDS, "apis/apps/v1", "v1.32.13", &Descriptions::default());
        let document = document.expect("apps/v1");
        let item = "/apis/apps/v1/namespaces/{namespace}/deployments/{name}";
        let patch = document.at(&["paths", item, "patch"]);
        let kind = &patch["x-kubernetes-group-version-kind"];
        assert_eq!(kind.to_json(), r#"{"group":"apps","kind":"Deployment","version":"v1"}"#);
        let names: Vec<&str> =
            patch["parameters"].items().iter().map(|parameter| parameter["name"].text()).collect();
        assert!(names.contains(&"fieldValidation"));
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document_v2(KINDS, "v1.32.13", &Descriptions::default());
        let text = document.to_json();
        for part in text.split("\"#/definitions/").skip(1) {
            let name = part.split('"').next().unwrap_or_default();
            assert!(!document["definitions"][name].is_null(), "{name}");
        }
    }
}
