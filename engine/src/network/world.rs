//! The outside world: the few names and servers that are known here.
//!
//! All addresses are from the ranges for documentation (RFC 5737), so none of
//! them can be taken for a real one.

use crate::process::HttpResponse;
use crate::value::{Str, Value};

/// The address of everybody outside.
pub(super) const CLIENT: &str = "203.0.113.7";
/// The DNS server of the nodes and of the outside.
pub(super) const DNS_SERVER: &str = "192.0.2.53";
/// Where a load balancer that is a proxy sends its requests from.
pub(super) const PROXY: &str = "192.168.48.10";

/// Names with their addresses.
const SERVERS: &[(&str, &str)] = &[
    ("example.com", "192.0.2.10"),
    ("www.example.com", "192.0.2.10"),
    ("example.org", "192.0.2.10"),
    ("my.sample.com", "192.0.2.20"),
    ("kubernetes.io", "192.0.2.30"),
    ("google.com", "192.0.2.40"),
    ("www.google.com", "192.0.2.40"),
    ("github.com", "192.0.2.50"),
];

/// The address of a name of the outside world.
pub(super) fn address_of(name: &str) -> Option<&'static str> {
    SERVERS.iter().find(|(own, _)| *own == name).map(|(_, address)| *address)
}

/// The name of the server with this address.
pub(super) fn name_at(address: &str) -> Option<&'static str> {
    SERVERS.iter().find(|(_, own)| *own == address).map(|(name, _)| *name)
}

/// What the server with this address answers to a request for a page.
pub fn page(address: &str) -> HttpResponse {
    let name = name_at(address).unwrap_or(address);
    let title = if name == "example.com" { "Example Domain" } else { name };
    let body = format!(
        "<!doctype html>\n<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n\
         <p>This page stands for {name} in a simulated world.</p>\n</body>\n</html>\n"
    );
    let length = body.len().to_string();
    let mut response = HttpResponse::text(200, body);
    response.headers = vec![
        ("Content-Type".to_owned(), "text/html".to_owned()),
        ("Content-Length".to_owned(), length),
    ];
    response
}

/// The address of a load balancer, whether it is known by it or by a name.
pub(super) fn balancer_address(point: &Value) -> Option<Str> {
    match point["ip"].as_shared() {
        Some(ip) if !ip.is_empty() => Some(ip.clone()),
        _ => point["hostname"].as_str().map(|name| address_behind(name).into()),
    }
}

/// The address behind a load balancer's name, which the name decides.
pub(super) fn address_behind(name: &str) -> String {
    let fnv = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let hash = name.bytes().fold(0x811c_9dc5, fnv);
    format!("198.51.100.{}", (hash ^ (hash >> 16)) % 250 + 2)
}
