//! Printing objects as the `Table` that kubectl shows.
//!
//! Source: apiserver `pkg/endpoints/handlers/response.go` and
//! `pkg/printers/internalversion`.

use crate::api::Kind;
use crate::api::table::{AGE, NAME};
use crate::sim::Time;
use crate::value;
use crate::value::Value;

/// What of each object a row carries beside its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowObject {
    /// Nothing.
    None,
    /// Its metadata.
    Metadata,
    /// All of it.
    Object,
}

impl RowObject {
    /// Reads `includeObject`.
    pub(super) fn parse(text: &str) -> Self {
        match text {
            "None" => Self::None,
            "Object" => Self::Object,
            _ => Self::Metadata,
        }
    }
}

/// A table of `objects`. A watch repeats the columns only in its first.
pub(super) fn table<'a>(
    kind: &Kind,
    objects: impl IntoIterator<Item = &'a Value>,
    metadata: Value,
    include: RowObject,
    now: Time,
) -> Value {
    let rows = objects.into_iter().map(|object| row(kind, object, include, now));
    value!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": (columns(kind)),
        "rows": (rows.collect::<Value>()),
    })
}

fn columns(kind: &Kind) -> Value {
    let generic = [NAME, AGE];
    let columns = if kind.columns.is_empty() { &generic } else { kind.columns };
    columns
        .iter()
        .map(|column| {
            value!({
                "name": (column.name),
                "type": (column.column_type),
                "format": (column.format),
                "description": (column.description),
                "priority": (column.priority),
            })
        })
        .collect()
}

fn row(kind: &Kind, object: &Value, include: RowObject, now: Time) -> Value {
    let cells = kind.row(object, now);
    let shown = match include {
        RowObject::None => Value::Null,
        RowObject::Metadata => value!({
            "kind": "PartialObjectMetadata",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": &object["metadata"],
        }),
        RowObject::Object => object.clone(),
    };
    value!({ "cells": (Value::list(cells)), "object": shown })
}
