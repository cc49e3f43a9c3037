//! `create ingress`.

use podyard_engine::value;
use podyard_engine::value::Value;

use super::{generate, name, object, with_own};
use crate::call::Call;
use crate::command::Command;
use crate::failure::{Outcome, fail};
use crate::flags::{self, Flag};

const FLAGS: &[Flag] = &[
    flags::array("annotation", "An annotation, as key=value."),
    flags::text("class", "The ingress class."),
    flags::text("default-backend", "The service for everything else, as name:port."),
    flags::array("rule", "A rule, as host/path=service:port[,tls=secret]."),
];

pub(super) const INGRESS: Command = Command::new(
    "ingress",
    "Create an ingress with the specified name",
    "NAME --rule=host/path=service:port[,tls[=secret]] ",
)
.aliases(&["ing"])
.flags(with_own!(FLAGS))
.run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    let name = name(call)?;
    let flags = &call.flags;
    let (rules, default) = (flags.list("rule"), flags.text("default-backend"));
    if rules.is_empty() && default.is_empty() {
        return fail(
            "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
        );
    }
    let mut spec = Value::map();
    spec.set_nonzero("ingressClassName", flags.text("class"));
    if !default.is_empty() {
        let Some((service, port)) = default.split_once(':') else {
            return fail("default-backend should be in format servicename:serviceport");
        };
        spec.set("defaultBackend", backend(service, port));
    }
    for rule in rules {
        add_rule(&mut spec, rule)?;
    }
    let mut made = object("networking.k8s.io/v1", "Ingress", name);
    for annotation in flags.list("annotation") {
        let Some((key, value)) = annotation.split_once('=') else {
            return fail(format!(
                "annotation {annotation} is invalid and should be in format key=[value]"
            ));
        };
        made["metadata"]["annotations"].set(key, value);
    }
    made.set("spec", spec);
    made.set("status", value!({ "loadBalancer": {} }));
    generate(call, "ingresses", made, "failed to create ingress").await
}

fn backend(service: &str, port: &str) -> Value {
    let mut backend = value!({ "service": { "name": service } });
    match port.parse::<i64>() {
        Ok(number) => backend["service"]["port"].set("number", number),
        Err(_) => backend["service"]["port"].set("name", port),
    }
    backend
}

fn add_rule(spec: &mut Value, rule: &str) -> Outcome {
    let (main, tls) = match rule.split_once(',') {
        Some((main, tls)) => (main, Some(tls)),
        None => (rule, None),
    };
    let parts = main.split_once('=').and_then(|(place, service)| {
        let (host, path) = place.split_once('/')?;
        let (service, port) = service.split_once(':')?;
        Some((host, path, service, port))
    });
    let Some((host, path, service, port)) = parts else {
        return fail(format!(
            "rule {rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
        ));
    };
    let (path, kind) = match path.strip_suffix('*') {
        Some(prefix) => (prefix, "Prefix"),
        None => (path, "Exact"),
    };
    let mut entry = value!({ "path": format!("/{path}"), "pathType": kind });
    entry.set("backend", backend(service, port));
    let rules = spec["rules"].make_list();
    if let Some(known) = rules.iter_mut().find(|known| known["host"].text() == host) {
        known["http"]["paths"].push(entry);
    } else {
        let mut known = Value::map();
        known.set_nonzero("host", host);
        known["http"]["paths"].push(entry);
        rules.push(known);
    }
    if let Some(tls) = tls {
        add_tls(spec, host, tls.strip_prefix("tls=").unwrap_or_default());
    }
    Ok(())
}

fn add_tls(spec: &mut Value, host: &str, secret: &str) {
    if host.is_empty() && secret.is_empty() {
        return;
    }
    let entries = spec["tls"].make_list();
    let index = if let Some(index) =
        entries.iter().position(|known| known["secretName"].text() == secret)
    {
        index
    } else {
        let mut entry = Value::map();
        entry.set_nonzero("secretName", secret);
        entries.push(entry);
        entries.len() - 1
    };
    if let Some(entry) = entries.get_mut(index)
        && !host.is_empty()
        && !entry["hosts"].items().iter().any(|known| known.text() == host)
    {
        entry["hosts"].push(host);
    }
}
