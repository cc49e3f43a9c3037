//! ConfigMaps and Secrets.

use podyard_engine::base64;
use podyard_engine::value::Value;

use super::metadata::{write_labels_and_annotations, write_names};
use super::writer::Writer;

/// Writes a ConfigMap with its texts.
pub(super) fn config_map(writer: &mut Writer, config_map: &Value) {
    write_names(writer, config_map);
    write_labels_and_annotations(writer, config_map);
    writer.line(0, "\nData\n====");
    for (key, value) in config_map["data"].entries() {
        writer.line(0, format_args!("{key}:\n----\n{}\n", value.text()));
    }
    writer.line(0, "\nBinaryData\n====");
    for (key, value) in config_map["binaryData"].entries() {
        writer.line(0, format_args!("{key}: {} bytes", decoded(value).len()));
    }
    writer.line(0, "");
}

/// Writes a Secret with the sizes of its values.
pub(super) fn secret(writer: &mut Writer, secret: &Value) {
    write_names(writer, secret);
    write_labels_and_annotations(writer, secret);
    let kind = secret["type"].text();
    writer.line(0, format_args!("\nType:\t{kind}"));
    writer.line(0, "\nData\n====");
    for (key, value) in secret["data"].entries() {
        let bytes = decoded(value);
        if &**key == "token" && kind == "kubernetes.io/service-account-token" {
            writer.field(0, key, String::from_utf8_lossy(&bytes));
        } else {
            writer.field(0, key, format_args!("{} bytes", bytes.len()));
        }
    }
}

fn decoded(value: &Value) -> Vec<u8> {
    base64::decode(value.text()).unwrap_or_default()
}
