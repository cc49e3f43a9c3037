//! DNS, host names and ports of the node.

use super::super::super::{Errors, Path, Verbatim, gotext, ip, names};
use super::Context;
use crate::value::Value;

const NAMESERVERS_MAX: usize = 3;
const SEARCHES_MAX: usize = 32;
const SEARCH_CHARS_MAX: usize = 2_048;

/// On the node's network, a container's port is the node's port.
pub(super) fn validate_host_ports(context: Context<'_>, path: &Path<'_>, errors: &mut Errors) {
    if !context.spec["hostNetwork"].is_true() {
        return;
    }
    for (index, container) in context.spec["containers"].items().iter().enumerate() {
        let path = path.index(index);
        let ports = path.field("ports");
        for (index, port) in container["ports"].items().iter().enumerate() {
            let (host, own) = (port["hostPort"].int(), port["containerPort"].int());
            // A template may leave it open: the Pod will have it.
            if (context.pod.is_some() || host != 0) && host != own {
                let detail = "must match `containerPort` when `hostNetwork` is true";
                errors.invalid(&ports.index(index).field("hostPort"), host, detail);
            }
        }
    }
}

pub(super) fn validate_dns(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let config = &spec["dnsConfig"];
    let nameservers = config["nameservers"].items();
    let servers_path = path.field("nameservers");
    if spec["dnsPolicy"].text() == "None" {
        if config.is_null() {
            return errors.required(path, "must provide `dnsConfig` when `dnsPolicy` is None");
        }
        if nameservers.is_empty() {
            let detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
            return errors.required(&servers_path, detail);
        }
    }
    if nameservers.len() > NAMESERVERS_MAX {
        let shown = gotext::texts(&config["nameservers"]);
        let detail = format!("must not have more than {NAMESERVERS_MAX} nameservers");
        errors.invalid(&servers_path, Verbatim(&shown), &detail);
    }
    for (index, server) in nameservers.iter().enumerate() {
        ip::validate(server.text(), &servers_path.index(index), errors);
    }
    validate_searches(&config["searches"], &path.field("searches"), errors);
    let options = path.field("options");
    for (index, option) in config["options"].items().iter().enumerate() {
        if option["name"].is_empty() {
            errors.required(&options.index(index), "must not be empty");
        }
    }
}

fn validate_searches(searches: &Value, path: &Path<'_>, errors: &mut Errors) {
    let shown = gotext::texts(searches);
    if searches.items().len() > SEARCHES_MAX {
        let detail = format!("must not have more than {SEARCHES_MAX} search paths");
        errors.invalid(path, Verbatim(&shown), &detail);
    }
    let all: Vec<&str> = searches.items().iter().map(Value::text).collect();
    if all.join(" ").len() > SEARCH_CHARS_MAX {
        let detail = format!(
            "must not have more than {SEARCH_CHARS_MAX} characters (including spaces) in the \
             search list"
        );
        errors.invalid(path, Verbatim(&shown), &detail);
    }
    for (index, search) in all.iter().enumerate() {
        let search = search.strip_suffix('.').unwrap_or(search);
        errors.invalid_each(&path.index(index), search, names::subdomain(search));
    }
}

pub(super) fn validate_host_aliases(aliases: &Value, path: &Path<'_>, errors: &mut Errors) {
    for (index, alias) in aliases.items().iter().enumerate() {
        let path = path.index(index);
        ip::validate(alias["ip"].text(), &path.field("ip"), errors);
        let hostnames = path.field("hostnames");
        for (index, name) in alias["hostnames"].items().iter().enumerate() {
            errors.invalid_each(
                &hostnames.index(index),
                name.text(),
                names::subdomain(name.text()),
            );
        }
    }
}
