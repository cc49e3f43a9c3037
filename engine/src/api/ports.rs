//! The rules for ports that several kinds share.
//!
//! Source: `pkg/apis/core/validation`, `ValidatePortNumOrName`.

use super::{Errors, Path, names};
use crate::value::Value;

/// The protocols of ports, in the order in which upstream lists them.
pub(crate) const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

/// Finds what is wrong with a port's protocol.
pub(crate) fn validate_protocol(protocol: &Value, path: &Path<'_>, errors: &mut Errors) {
    let protocol = protocol.text();
    if protocol.is_empty() {
        errors.required(path, "");
    } else if !PROTOCOLS.contains(&protocol) {
        errors.not_supported(path, protocol, &PROTOCOLS);
    }
}

/// Finds what is wrong with a port given by its number or its name.
pub(crate) fn validate_number_or_name(port: &Value, path: &Path<'_>, errors: &mut Errors) {
    if let Some(name) = port.as_str() {
        errors.invalid_each(path, name, names::port_name(name));
    } else {
        for complaint in names::port_number(port.int()) {
            errors.invalid(path, port.int(), &complaint);
        }
    }
}
