//! `create service`.

use podyard_engine::api::names;
use podyard_engine::value;
use podyard_engine::value::Value;

use super::{generate, name, object, with_own};
use crate::call::Call;
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};

const TCP: Flag = flags::list("tcp", "A port and its target, as port:targetPort.");
const CLUSTER_IP_FLAGS: &[Flag] =
    &[flags::text("clusterip", "The address; None for none at all."), TCP];
const EXTERNAL_NAME_FLAGS: &[Flag] =
    &[flags::text("external-name", "The name that stands for the service."), TCP];
const NODE_PORT_FLAGS: &[Flag] =
    &[flags::int("node-port", "0", "The port of the nodes; 0 for any."), TCP];
const LOAD_BALANCER_FLAGS: &[Flag] = &[TCP];

pub(super) const SERVICE: Command =
    Command::new("service", "Create a service using a specified subcommand", "[flags]")
        .aliases(&["svc"])
        .children(&[
            Command::new(
                "clusterip",
                "Create a ClusterIP service",
                "NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none]",
            )
            .flags(with_own!(CLUSTER_IP_FLAGS))
            .run(|call| Box::pin(run(call, "ClusterIP"))),
            Command::new(
                "externalname",
                "Create an ExternalName service",
                "NAME --external-name external.name [--dry-run=server|client|none]",
            )
            .flags(with_own!(EXTERNAL_NAME_FLAGS))
            .required(&["external-name"])
            .run(|call| Box::pin(run(call, "ExternalName"))),
            Command::new(
                "loadbalancer",
                "Create a LoadBalancer service",
                "NAME [--tcp=port:targetPort] [--dry-run=server|client|none]",
            )
            .flags(with_own!(LOAD_BALANCER_FLAGS))
            .run(|call| Box::pin(run(call, "LoadBalancer"))),
            Command::new(
                "nodeport",
                "Create a NodePort service",
                "NAME [--tcp=port:targetPort] [--dry-run=server|client|none]",
            )
            .flags(with_own!(NODE_PORT_FLAGS))
            .run(|call| Box::pin(run(call, "NodePort"))),
        ]);

async fn run(call: &Call<'_>, kind: &'static str) -> Outcome {
    let name = name(call)?;
    let flags = &call.flags;
    let cluster_ip = flags.text("clusterip");
    let tcp = flags.list("tcp");
    if tcp.is_empty() && kind != "ExternalName" && cluster_ip != "None" {
        return fail("at least one tcp port specifier must be provided");
    }
    let mut spec = value!({ "selector": { "app": name }, "type": kind });
    spec.set_nonzero("clusterIP", cluster_ip);
    spec.set_nonzero("externalName", flags.text("external-name"));
    for text in tcp {
        let mut port = port(text)?;
        port.set_nonzero("nodePort", flags.int("node-port"));
        spec["ports"].push(port);
    }
    let mut made = object("v1", "Service", name);
    made["metadata"].set("labels", value!({ "app": name }));
    made.set("spec", spec);
    made.set("status", value!({ "loadBalancer": {} }));
    generate(call, "services", made, &format!("failed to create {kind} service")).await
}

/// Reads `port[:target]`.
fn port(text: &str) -> Outcome<Value> {
    let (port, target) = text.split_once(':').unwrap_or((text, text));
    let number: i64 = port
        .parse::<u16>()
        .map_err(|_| {
            let digits = !port.is_empty() && port.chars().all(|digit| digit.is_ascii_digit());
            let problem = if digits { "value out of range" } else { "invalid syntax" };
            Failure::Text(format!("strconv.ParseUint: parsing {port:?}: {problem}"))
        })?
        .into();
    if let Some(problem) = names::port_number(number).into_iter().next() {
        return fail(problem);
    }
    let target = if let Ok(target) = target.parse::<i64>() {
        if let Some(problem) = names::port_number(target).into_iter().next() {
            return fail(problem);
        }
        Value::from(target)
    } else {
        let problems = names::port_name(target);
        if !problems.is_empty() {
            return fail(problems.join(","));
        }
        Value::from(target)
    };
    let name = text.replace(':', "-");
    Ok(value!({ "name": name, "port": number, "protocol": "TCP", "targetPort": target }))
}
