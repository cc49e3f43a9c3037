//! The volumes of Pods, and the sources of PersistentVolumes.

mod sources;

use podyard_engine::quantity::Quantity;
use podyard_engine::value::Value;

use self::sources::{PERSISTENT_SOURCES, SOURCES, Show, Source};
use super::claim;
use super::containers::Origin;
use super::metadata::{ANNOTATION_MAX, bracketed, joined, shortened};
use super::writer::Writer;

/// Writes the volumes of a Pod or a template.
pub(super) fn write(writer: &mut Writer, volumes: &Value, origin: Origin<'_>) {
    let title = origin.title();
    if volumes.items().is_empty() {
        writer.line(0, format_args!("{title}Volumes:\t<none>"));
        return;
    }
    writer.line(0, format_args!("{title}Volumes:"));
    for volume in volumes.items() {
        writer.line(1, format_args!("{}{}:", origin.name(), volume["name"].text()));
        write_volume(writer, volume);
    }
}

fn write_volume(writer: &mut Writer, volume: &Value) {
    if let Some(empty) = volume.get("emptyDir") {
        write_empty_dir(writer, empty);
    } else if let Some(api) = volume.get("downwardAPI") {
        write_downward_api(writer, api);
    } else if let Some(projected) = volume.get("projected") {
        write_projected(writer, projected);
    } else if let Some(ephemeral) = volume.get("ephemeral") {
        writer.field(2, "Type", "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)");
        if let Some(template) = ephemeral.get("volumeClaimTemplate") {
            writer.nested(2, |writer| claim::write_template(writer, template));
        }
    } else if !write_source(writer, volume, &[]) {
        writer.line(1, "<unknown>");
    }
}

/// Writes the source of a PersistentVolume's `spec`.
pub(super) fn write_persistent(writer: &mut Writer, spec: &Value) {
    if !write_source(writer, spec, PERSISTENT_SOURCES) {
        writer.line(1, "<unknown>");
    }
}

fn write_source(writer: &mut Writer, volume: &Value, special: &[Source]) -> bool {
    let Some(common) = SOURCES.iter().find(|source| volume.get(source.field).is_some()) else {
        return false;
    };
    let source = special.iter().find(|source| source.field == common.field).unwrap_or(common);
    let fields = &volume[source.field];
    writer.field(2, "Type", source.about);
    for (label, field, show) in source.lines {
        writer.line(2, format_args!("{label}\t{}", shown(&fields[*field], *show)));
    }
    if source.field == "csi" {
        let attributes = fields["volumeAttributes"].entries();
        let lines = attributes.map(|(key, value)| {
            // kubectl indents each of these once more.
            let line = format!("{key}={}", value.text());
            format!("    {}", shortened(&line, ANNOTATION_MAX))
        });
        writer.lines(2, "VolumeAttributes", lines);
    }
    true
}

fn shown(value: &Value, show: Show) -> String {
    match show {
        Show::Text => value.text().to_owned(),
        Show::TextOr(default) => value.as_str().unwrap_or(default).to_owned(),
        Show::Number => value.int().to_string(),
        Show::NumberOr(default) => {
            value.as_int().map_or(default.to_owned(), |value| value.to_string())
        }
        Show::Bool => value.is_true().to_string(),
        Show::List => bracketed(value),
        Show::Joined => joined(value, ", "),
        Show::Map => match value {
            Value::Null => "map[]".to_owned(),
            map => crate::print::sprint(map),
        },
        Show::Secret if value.is_null() => "nil".to_owned(),
        Show::Secret => {
            let name = value["name"].text();
            match value["namespace"].as_str() {
                Some(namespace) => {
                    format!("&SecretReference{{Name:{name},Namespace:{namespace},}}")
                }
                None => format!("&LocalObjectReference{{Name:{name},}}"),
            }
        }
    }
}

fn write_empty_dir(writer: &mut Writer, empty: &Value) {
    let limit = Quantity::parse_or_zero(empty["sizeLimit"].text());
    writer.field(2, "Type", "EmptyDir (a temporary directory that shares a pod's lifetime)");
    writer.field(2, "Medium", empty["medium"].text());
    if limit > Quantity::ZERO {
        writer.field(2, "SizeLimit", limit);
    } else {
        writer.field(2, "SizeLimit", "<unset>");
    }
}

fn write_downward_api(writer: &mut Writer, api: &Value) {
    writer.field(2, "Type", "DownwardAPI (a volume populated by information about the pod)");
    writer.line(2, "Items:");
    for item in api["items"].items() {
        let path = item["path"].text();
        for source in
            [item.at(&["fieldRef", "fieldPath"]), item.at(&["resourceFieldRef", "resource"])]
        {
            if !source.is_null() {
                writer.line(3, format_args!("{} -> {path}", source.text()));
            }
        }
    }
}

fn write_projected(writer: &mut Writer, projected: &Value) {
    let about = "Projected (a volume that contains injected data from multiple sources)";
    writer.field(2, "Type", about);
    for source in projected["sources"].items() {
        if let Some(secret) = source.get("secret") {
            writer.field(2, "SecretName", secret["name"].text());
            writer.field(2, "SecretOptionalName", pointer(&secret["optional"]));
        } else if source.get("downwardAPI").is_some() {
            writer.field(2, "DownwardAPI", true);
        } else if let Some(config_map) = source.get("configMap") {
            writer.field(2, "ConfigMapName", config_map["name"].text());
            writer.field(2, "ConfigMapOptional", pointer(&config_map["optional"]));
        } else if let Some(token) = source.get("serviceAccountToken") {
            writer.field(2, "TokenExpirationSeconds", token["expirationSeconds"].int());
        }
    }
}

/// Kubernetes 1.32 prints these flags as pointers; any address will do.
fn pointer(value: &Value) -> &'static str {
    if value.is_null() { "<nil>" } else { "0xc000010000" }
}
