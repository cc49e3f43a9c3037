//! `kubectl drain`.
//!
//! Models kubectl's `pkg/cmd/drain` and `pkg/drain`.

use podyard_engine::api::selector::Selector;
use podyard_engine::sim::{Delay, Time};
use podyard_engine::value;
use podyard_engine::value::Value;

use super::{controller, mark, nodes};
use crate::call::{Call, DryRun};
use crate::client::Target;
use crate::command::Command;
use crate::commands::delete::Deletion;
use crate::failure::{Failure, Outcome};
use crate::flags::{self, Flag};
use crate::resource::{Info, Listed};

const FLAGS: &[Flag] = &[
    flags::CHUNK_SIZE,
    flags::switch("delete-emptydir-data", "Go on where Pods keep data in emptyDir volumes."),
    flags::switch("disable-eviction", "Delete Pods, which no disruption budget can stop."),
    flags::switch("force", "Go on where Pods have no controller."),
    flags::int("grace-period", "-1", "Seconds to end in peace; negative for the Pod's own."),
    flags::switch("ignore-daemonsets", "Leave the Pods of DaemonSets alone."),
    flags::text("pod-selector", "Only Pods with these labels."),
    flags::LABELS,
    flags::int(
        "skip-wait-for-delete-timeout",
        "0",
        "Do not wait for Pods that have been ending for longer than these seconds.",
    ),
    flags::duration("timeout", "0s", "How long to try; zero for ever."),
];

pub(in crate::commands) const DRAIN: Command =
    Command::new("drain", "Drain node in preparation for maintenance", "NODE")
        .flags(&[FLAGS, flags::DRY_RUN])
        .run(|call| Box::pin(run(call)));

/// How long to wait when a disruption budget forbids an eviction.
const RETRY: Delay = Delay::secs(5);

async fn run(call: &Call<'_>) -> Outcome {
    let dry_run = call.dry_run()?;
    if Selector::parse(call.flags.text("pod-selector")).is_err() {
        return Err("--pod-selector=<pod_selector> must be a valid label selector".into());
    }
    let (nodes, failures) = nodes(call).await?;
    Failure::collect(failures)?;
    mark(call, &nodes, true, dry_run).await?;
    let mut fatal = Vec::new();
    let mut pending = Vec::new();
    for node in &nodes {
        match drain(call, node, dry_run).await {
            Ok(()) => call.io.line(&format!("node/{} drained{}", node.name, dry_run.suffix())),
            Err(problems) => {
                let texts: Vec<_> = problems.iter().map(Failure::text).collect();
                let text = match texts.as_slice() {
                    [one] => one.clone(),
                    many => format!("[{}]", many.join(", ")),
                };
                call.io.warn(&format!(
                    "error: unable to drain node {:?} due to error: {text}, continuing command...",
                    node.name
                ));
                pending.push(&node.name);
                fatal.extend(problems);
            }
        }
    }
    if pending.is_empty() {
        return Ok(());
    }
    call.io.warn("There are pending nodes to be drained:");
    for name in pending {
        call.io.warn(&format!(" {name}"));
    }
    Err(Failure::Many(fatal))
}

/// What to do with a Pod.
enum Verdict {
    Delete,
    DeleteWith(&'static str),
    Skip,
    SkipWith(&'static str),
    Refuse(&'static str),
}

async fn drain(call: &Call<'_>, node: &Info, dry_run: DryRun) -> Result<(), Vec<Failure>> {
    let pods = pods(call, node).await.map_err(|failure| vec![failure])?;
    let mut doomed = Vec::new();
    let mut warnings: Vec<(&str, Vec<String>)> = Vec::new();
    let mut refusals: Vec<(&str, Vec<String>)> = Vec::new();
    for pod in pods {
        let name = format!("{}/{}", pod.namespace, pod.name);
        match judge(call, &pod.object) {
            Verdict::Delete => doomed.push(pod),
            Verdict::DeleteWith(reason) => {
                add(&mut warnings, reason, name);
                doomed.push(pod);
            }
            Verdict::Skip => {}
            Verdict::SkipWith(reason) => add(&mut warnings, reason, name),
            Verdict::Refuse(reason) => add(&mut refusals, reason, name),
        }
    }
    if !refusals.is_empty() {
        let worded = refusals.iter().map(|(reason, names)| {
            Failure::Text(format!("cannot delete {reason}: {}", names.join(", ")))
        });
        return Err(worded.collect());
    }
    if !warnings.is_empty() {
        let worded: Vec<_> = warnings
            .iter()
            .map(|(reason, names)| format!("{reason}: {}", names.join(", ")))
            .collect();
        call.io.warn(&format!("Warning: {}", worded.join("; ")));
    }
    if dry_run == DryRun::Client {
        for pod in &doomed {
            call.io.line(&format!("evicting pod {}/{} (dry run)", pod.namespace, pod.name));
        }
        return Ok(());
    }
    let problems = evict_all(call, &doomed, dry_run).await;
    if problems.is_empty() {
        return Ok(());
    }
    pending_pods(call, node, &problems).await;
    Err(problems)
}

fn add<'r>(groups: &mut Vec<(&'r str, Vec<String>)>, reason: &'r str, name: String) {
    match groups.iter_mut().find(|(known, _)| *known == reason) {
        Some((_, names)) => names.push(name),
        None => groups.push((reason, vec![name])),
    }
}

async fn pods(call: &Call<'_>, node: &Info) -> Outcome<Vec<Info>> {
    let discovery = call.client.discovery().await?;
    let list = Listed {
        resource: discovery.lookup("pods")?,
        namespace: String::new(),
        labels: call.flags.text("pod-selector").to_owned(),
        fields: format!("spec.nodeName={}", node.name),
    };
    list.read(&call.client).await
}

/// Says on standard error which Pods are still there.
async fn pending_pods(call: &Call<'_>, node: &Info, problems: &[Failure]) {
    let Ok(left) = pods(call, node).await else { return };
    let left: Vec<_> = left
        .into_iter()
        .filter(|pod| matches!(judge(call, &pod.object), Verdict::Delete | Verdict::DeleteWith(_)))
        .collect();
    if left.is_empty() {
        return;
    }
    let texts: Vec<_> = problems.iter().map(Failure::text).collect();
    let text = match texts.as_slice() {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    call.io.warn(&format!(
        "There are pending pods in node {:?} when an error occurred: {text}",
        node.name
    ));
    for pod in left {
        call.io.warn(&format!("pod/{}", pod.name));
    }
}

fn judge(call: &Call<'_>, pod: &Value) -> Verdict {
    let flags = &call.flags;
    let over = matches!(pod["status"]["phase"].text(), "Succeeded" | "Failed");
    let owner = controller(pod);
    if owner.is_some_and(|owner| owner["kind"].text() == "DaemonSet") && !over {
        if flags.is("ignore-daemonsets") {
            return Verdict::SkipWith("ignoring DaemonSet-managed Pods");
        }
        return Verdict::Refuse("DaemonSet-managed Pods (use --ignore-daemonsets to ignore)");
    }
    if pod["metadata"]["annotations"].get("kubernetes.io/config.mirror").is_some() {
        return Verdict::Skip;
    }
    if over {
        return Verdict::Delete;
    }
    let local = pod["spec"]["volumes"].items().iter().any(|one| one.get("emptyDir").is_some());
    if local && !flags.is("delete-emptydir-data") {
        return Verdict::Refuse("Pods with local storage (use --delete-emptydir-data to override)");
    }
    match (owner, flags.is("force")) {
        (Some(_), _) if local => Verdict::DeleteWith("deleting Pods with local storage"),
        (Some(_), _) => Verdict::Delete,
        (None, true) => Verdict::DeleteWith("deleting Pods that declare no controller"),
        (None, false) => Verdict::Refuse(
            "cannot delete Pods that declare no controller (use --force to override)",
        ),
    }
}

/// A Pod on its way out.
struct Leaving<'p> {
    pod: &'p Info,
    /// When to try to evict it; none once it is evicted.
    next: Option<Time>,
}

/// Evicts all Pods at once and waits until they are gone.
async fn evict_all(call: &Call<'_>, pods: &[Info], dry_run: DryRun) -> Vec<Failure> {
    let transport = call.io.transport;
    let timeout = call.flags.duration("timeout");
    let deadline = (timeout > Delay::ZERO).then(|| transport.now() + timeout);
    let start = transport.now();
    let mut problems = Vec::new();
    let mut leaving: Vec<_> = pods.iter().map(|pod| Leaving { pod, next: Some(start) }).collect();
    while !leaving.is_empty() {
        let late = deadline.is_some_and(|deadline| transport.now() >= deadline);
        let mut still = Vec::new();
        for mut one in leaving {
            match step(call, &mut one, late, dry_run).await {
                Ok(true) => {}
                Ok(false) => still.push(one),
                Err(failure) => problems.push(failure),
            }
        }
        leaving = still;
        if !leaving.is_empty() {
            transport.sleep(Delay::secs(1)).await;
        }
    }
    problems
}

/// Does what is next for a Pod; gives whether it is gone.
async fn step(
    call: &Call<'_>,
    one: &mut Leaving<'_>,
    late: bool,
    dry_run: DryRun,
) -> Outcome<bool> {
    let pod = one.pod;
    let now = call.io.transport.now();
    let verb = if call.flags.is("disable-eviction") { "deleting" } else { "evicting" };
    if let Some(next) = one.next {
        if next > now {
            return Ok(false);
        }
        call.io.line(&format!("{verb} pod {}/{}{}", pod.namespace, pod.name, dry_run.suffix()));
        if late {
            return Err(global_timeout(call, pod, verb));
        }
        match evict(call, pod, dry_run).await {
            Ok(()) if dry_run == DryRun::Server => return Ok(true),
            Ok(()) => one.next = None,
            Err(failure) if failure.is_not_found() => return Ok(true),
            Err(failure) if failure.reason() == "TooManyRequests" => {
                call.io.warn(&format!(
                    "error when evicting pods/{:?} -n {:?} (will retry after 5s): {}",
                    pod.name,
                    pod.namespace,
                    failure.text()
                ));
                one.next = Some(now + RETRY);
                return Ok(false);
            }
            Err(failure) => {
                let (name, namespace) = (&pod.name, &pod.namespace);
                return Err(
                    failure.under(&format!("error when {verb} pods/{name:?} -n {namespace:?}"))
                );
            }
        }
    }
    let gone = match call.client.get(&pod.target()).await {
        Err(failure) if failure.is_not_found() => true,
        Err(failure) => return Err(failure),
        Ok(found) => found["metadata"]["uid"] != pod.object["metadata"]["uid"],
    };
    if gone {
        let done = if call.flags.is("disable-eviction") { "deleted" } else { "evicted" };
        call.io.line(&format!("pod/{} {done}", pod.name));
    } else if late {
        return Err(Failure::Text(format!(
            "error when waiting for pod {:?} in namespace {:?} to terminate: global timeout reached: {}",
            pod.name,
            pod.namespace,
            call.flags.text("timeout")
        )));
    }
    Ok(gone)
}

fn global_timeout(call: &Call<'_>, pod: &Info, verb: &str) -> Failure {
    Failure::Text(format!(
        "error when {verb} pods/{:?} -n {:?}: global timeout reached: {}",
        pod.name,
        pod.namespace,
        call.flags.text("timeout")
    ))
}

async fn evict(call: &Call<'_>, pod: &Info, dry_run: DryRun) -> Outcome {
    let grace_period = call.flags.int("grace-period");
    if call.flags.is("disable-eviction") {
        let deletion = Deletion { grace_period, cascade: "Background", dry_run };
        return deletion.delete(call, pod).await.map(|_| ());
    }
    let mut options = Value::map();
    if grace_period >= 0 {
        options.set("gracePeriodSeconds", grace_period);
    }
    if dry_run == DryRun::Server {
        options.set("dryRun", value!(["All"]));
    }
    let mut eviction = value!({
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": { "name": (pod.name.as_str()), "namespace": (pod.namespace.as_str()) },
    });
    eviction.set("deleteOptions", options);
    let target: Target = pod.target().child("eviction");
    call.client.create(&target, &eviction).await.map(|_| ())
}
