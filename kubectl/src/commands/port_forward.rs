//! `kubectl port-forward`: ports of this computer that lead into a Pod.
//!
//! Models kubectl's `pkg/cmd/portforward`. The listening itself is the
//! computer's.

use podyard_engine::value::Value;

use super::exec;
use crate::call::Call;
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};
use crate::host::{Forward, Told};
use crate::resource::{Info, Selection, Selector};

const FLAGS: &[Flag] = &[
    flags::list("address", "The addresses to listen on.").default("localhost"),
    flags::POD_RUNNING_TIMEOUT,
];

pub(super) const PORT_FORWARD: Command = Command::new(
    "port-forward",
    "Forward one or more local ports to a pod",
    "TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]",
)
.flags(&[FLAGS])
.run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    let Some((word, ports)) = call.args.split_first().filter(|(_, ports)| !ports.is_empty()) else {
        return Err(call.usage("TYPE/NAME and list of ports are required for port-forward"));
    };
    let pod = exec::pod(call, word).await?;
    let service = service(call, word).await?;
    let mut pairs = Vec::new();
    for port in ports {
        let (here, there) = port.split_once(':').unwrap_or((port, port));
        let there = translated(there, &service, &pod)?;
        // A name here means the port's own number.
        let here = if here.is_empty() { "0".to_owned() } else { here.to_owned() };
        let here =
            if port.contains(':') || here.parse::<u16>().is_ok() { here } else { there.clone() };
        pairs.push((number(&here, "local")?, number(&there, "remote")?));
    }
    if pairs.iter().any(|(_, there)| *there == 0) {
        return fail("remote port must be > 0");
    }
    let phase = pod.object["status"]["phase"].text();
    if phase != "Running" {
        return fail(format!(
            "unable to forward port because pod is not running. Current status={phase}"
        ));
    }
    let addresses = match call.flags.list("address") {
        [] => vec!["localhost".to_owned()],
        given => given.to_vec(),
    };
    let forward = Forward {
        namespace: pod.namespace.clone(),
        pod: pod.name.clone(),
        addresses,
        ports: pairs,
    };
    let told = |told: Told| tell(call, &pod, told);
    call.io.host.forward(&forward, &told).await.map_err(Failure::Text)
}

fn tell(call: &Call<'_>, pod: &Info, told: Told) {
    match told {
        Told::Listening(address, here, there) => {
            call.io.line(&format!("Forwarding from {address}:{here} -> {there}"));
        }
        Told::Handling(port) => call.io.line(&format!("Handling connection for {port}")),
        Told::Failed(here, there, why) => {
            let uid = pod.object["metadata"]["uid"].text();
            let text = format!(
                "an error occurred forwarding {here} -> {there}: error forwarding port {there} to \
                 pod {uid}, uid : {why}"
            );
            call.io.log('E', "portforward.go:424", &format!("\"Unhandled Error\" err={text:?}"));
        }
    }
}

fn number(text: &str, side: &str) -> Outcome<u16> {
    text.parse().map_err(|_| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let why = if digits { "value out of range" } else { "invalid syntax" };
        Failure::Text(format!(
            "error parsing {side} port '{text}': strconv.ParseUint: parsing {text:?}: {why}"
        ))
    })
}

/// The Service that `word` names, whose ports are not the Pod's.
async fn service(call: &Call<'_>, word: &str) -> Outcome<Value> {
    if !word.contains('/') {
        return Ok(Value::Null);
    }
    let selector = Selector { args: vec![word.to_owned()], ..Selector::default() };
    let Selection::Objects(objects) = selector.resolve(call).await? else { return Ok(Value::Null) };
    match objects.into_iter().next() {
        Some(info) => {
            let info = info?;
            if info.resource.kind == "Service" {
                info.get(&call.client).await
            } else {
                Ok(Value::Null)
            }
        }
        None => Ok(Value::Null),
    }
}

/// The Pod's port that `port` means: a Service's port leads to its target, and
/// names stand for numbers.
fn translated(port: &str, service: &Value, pod: &Info) -> Outcome<String> {
    if service.is_null() {
        return container_port(port, pod);
    }
    let name = service["metadata"]["name"].text();
    let number = port.parse::<i64>().ok();
    let mut ports = service["spec"]["ports"].items().iter();
    let found = ports.find(|one| match number {
        Some(number) => one["port"].int() == number,
        None => one["name"].text() == port,
    });
    let Some(found) = found else {
        return match number {
            Some(_) => fail(format!("Service {name} does not have a service port {port}")),
            None => fail(format!("Service '{name}' does not have a named port '{port}'")),
        };
    };
    let target = &found["targetPort"];
    if service["spec"]["clusterIP"].text() == "None" {
        return Ok(found["port"].int().to_string());
    }
    match target {
        Value::Int(number) => Ok(number.to_string()),
        Value::Str(_) => container_port(target.text(), pod),
        _ => Ok(found["port"].int().to_string()),
    }
}

/// The number of a container's named port; a number stands for itself.
fn container_port(port: &str, pod: &Info) -> Outcome<String> {
    if port.is_empty() || port.parse::<i64>().is_ok() {
        return Ok(port.to_owned());
    }
    let containers = pod.object["spec"]["containers"].items().iter();
    let mut ports = containers.flat_map(|one| one["ports"].items());
    match ports.find(|one| one["name"].text() == port) {
        Some(found) => Ok(found["containerPort"].int().to_string()),
        None => fail(format!("Pod '{}' does not have a named port '{port}'", pod.name)),
    }
}
