//! `kubectl expose`.
//!
//! Models kubectl's `pkg/cmd/expose`.

use podyard_engine::value;
use podyard_engine::value::Value;

use super::apply::with_own_config;
use super::run_pod::overridden;
use crate::call::{Call, DryRun};
use crate::client::Target;
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};
use crate::output::Reporter;
use crate::resource::{Info, Selector, latest};

const FLAGS: &[Flag] = &[
    flags::text("cluster-ip", "The service's address; None for none, empty for any."),
    flags::text("external-ip", "A further address for the service."),
    flags::field_manager("kubectl-expose"),
    flags::text("labels", "Labels of the service.").short('l'),
    flags::text("load-balancer-ip", "The load balancer's address."),
    flags::text("name", "The service's name."),
    flags::text("override-type", "How to lay --overrides over it: json, merge or strategic.")
        .default("merge"),
    flags::text("overrides", "JSON to lay over the service."),
    flags::text("port", "The service's port; the object's own unless given."),
    flags::text("protocol", "The network protocol; TCP unless given."),
    flags::text("selector", "The labels that choose the Pods."),
    flags::text("session-affinity", "None or ClientIP."),
    flags::text("target-port", "The containers' port, a number or a name."),
    flags::text("type", "ClusterIP, NodePort, LoadBalancer or ExternalName."),
];

pub(super) const EXPOSE: Command = Command::new(
    "expose",
    "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service",
    "(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] \
     [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] \
     [--type=type]",
)
.flags(&[FLAGS, flags::FILES, flags::PRINT, flags::DRY_RUN, flags::SAVE_CONFIG, flags::RECORD])
.run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    let dry_run = call.dry_run()?;
    let mut reporter = Reporter::new(call)?.typed();
    let mut selector = Selector::of(call, false);
    selector.labels.clear();
    let (infos, mut failures) = latest(call, &selector).await?;
    for info in &infos {
        match expose(call, info, dry_run).await {
            Ok(service) => {
                reporter.report(call, &service, &format!("exposed{}", dry_run.suffix()))?;
            }
            Err(failure) => failures.push(failure),
        }
    }
    Failure::collect(failures)
}

async fn expose(call: &Call<'_>, info: &Info, dry_run: DryRun) -> Outcome<Value> {
    check_kind(info)?;
    let service = overridden(call, service(call, info)?)?;
    let mut service = service;
    if call.namespace_given {
        service["metadata"].set("namespace", call.namespace.as_str());
    }
    if dry_run == DryRun::Client {
        return Ok(service);
    }
    if call.flags.is("save-config") {
        service = with_own_config(service);
    }
    let target = Target::of(["api", "v1", "namespaces", &call.namespace, "services"])
        .query("fieldManager", call.flags.text("field-manager"))
        .query_some("dryRun", dry_run.parameter());
    call.client.create(&target, &service).await
}

fn check_kind(info: &Info) -> Outcome {
    let kind = info.resource.kind.as_str();
    if matches!(kind, "ReplicationController" | "Service" | "Pod" | "Deployment" | "ReplicaSet") {
        return Ok(());
    }
    fail(format!("cannot expose a {}", crate::discovery::with_group(kind, &info.resource.group)))
}

fn service(call: &Call<'_>, info: &Info) -> Outcome<Value> {
    let flags = &call.flags;
    let mut name = flags.text("name");
    if name.is_empty() {
        name = info.name.get(..63).unwrap_or(&info.name);
    }
    let selector = selector_of(call, info)?;
    let ports = ports(call, info)?;
    let mut spec = value!({ "ports": ports, "selector": selector });
    spec.set_nonzero("type", flags.text("type"));
    if !flags.text("external-ip").is_empty() {
        spec.set("externalIPs", value!([(flags.text("external-ip"))]));
    }
    if flags.text("type") == "LoadBalancer" {
        spec.set_nonzero("loadBalancerIP", flags.text("load-balancer-ip"));
    }
    match flags.text("session-affinity") {
        affinity @ ("" | "None" | "ClientIP") => spec.set_nonzero("sessionAffinity", affinity),
        other => return fail(format!("unknown session affinity: {other}")),
    }
    spec.set_nonzero("clusterIP", flags.text("cluster-ip"));
    let mut made = value!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "creationTimestamp": null, "name": name },
        "status": { "loadBalancer": {} },
    });
    let labels = match flags.text("labels") {
        "" => info.object["metadata"]["labels"].clone(),
        given => labels(given)?,
    };
    made["metadata"].set_nonzero("labels", labels);
    made.set("spec", spec);
    Ok(made)
}

/// Labels as `a=b,c=d`.
pub(super) fn labels(text: &str) -> Outcome<Value> {
    let mut labels = Value::map();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        match part.split_once('=') {
            Some((key, value)) if !key.is_empty() => labels.set(key, value),
            _ => return fail(format!("unexpected label spec: {part}")),
        }
    }
    Ok(labels)
}

fn selector_of(call: &Call<'_>, info: &Info) -> Outcome<Value> {
    let given = call.flags.text("selector");
    if !given.is_empty() {
        return labels(given);
    }
    let spec = &info.object["spec"];
    let why = |text: &str| {
        fail(format!("couldn't retrieve selectors via --selector flag or introspection: {text}"))
    };
    match info.resource.kind.as_str() {
        "Pod" if info.object["metadata"]["labels"].is_empty() => {
            why("the pod has no labels and cannot be exposed")
        }
        "Pod" => Ok(info.object["metadata"]["labels"].clone()),
        "Service" if spec["selector"].is_empty() => why("the service has no pod selector set"),
        "Service" | "ReplicationController" => Ok(spec["selector"].clone()),
        _ if !spec["selector"]["matchExpressions"].is_empty() => {
            why("couldn't convert expressions to map-based selector format")
        }
        _ => Ok(spec["selector"]["matchLabels"].clone()),
    }
}

/// The ports of the service: those asked for, or those of the object.
fn ports(call: &Call<'_>, info: &Info) -> Outcome<Value> {
    let flags = &call.flags;
    let own = own_ports(info);
    let wanted = flags.text("port");
    let numbers: Vec<i64> = if wanted.is_empty() {
        own.iter().map(|(number, _)| *number).collect()
    } else {
        let mut numbers = Vec::new();
        for part in wanted.split(',') {
            numbers.push(part.trim().parse().map_err(|_| {
                Failure::Text(format!("strconv.Atoi: parsing {part:?}: invalid syntax"))
            })?);
        }
        numbers
    };
    if numbers.is_empty() {
        return fail("couldn't find port via --port flag or introspection");
    }
    let mut ports = Vec::new();
    let several = numbers.len() > 1;
    for (index, number) in numbers.iter().enumerate() {
        let protocol = match flags.text("protocol") {
            "" => own.iter().find(|(own, _)| own == number).map_or("TCP", |(_, protocol)| protocol),
            given => given,
        };
        let mut port = value!({ "port": *number, "protocol": protocol });
        if several {
            port.set("name", format!("port-{}", index + 1));
        }
        let target = flags.text("target-port");
        match target.parse::<i64>() {
            Ok(target) => port.set("targetPort", target),
            Err(_) if target.is_empty() => port.set("targetPort", *number),
            Err(_) => port.set("targetPort", target),
        }
        ports.push(port);
    }
    Ok(Value::list(ports))
}

/// The ports that the object's containers name, or a service's own.
fn own_ports(info: &Info) -> Vec<(i64, String)> {
    let of = |list: &Value, field: &str| -> Vec<(i64, String)> {
        let ports = list.items().iter();
        ports
            .map(|port| {
                let protocol = port["protocol"].as_str().unwrap_or("TCP").to_owned();
                (port[field].int(), protocol)
            })
            .collect()
    };
    let spec = &info.object["spec"];
    if info.resource.kind == "Service" {
        return of(&spec["ports"], "port");
    }
    let spec = if info.resource.kind == "Pod" { spec } else { &spec["template"]["spec"] };
    let containers = spec["containers"].items().iter();
    containers.flat_map(|container| of(&container["ports"], "containerPort")).collect()
}
