//! `kubectl auth reconcile`.
//!
//! Models kubectl's `pkg/cmd/auth/reconcile.go` and component-helpers'
//! `auth/rbac/reconciliation`.

use podyard_engine::value;
use podyard_engine::value::Value;
use podyard_engine::wire::Method;

use super::apply::require_files;
use crate::call::{Call, DryRun};
use crate::client::{JSON, Target};
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};
use crate::output::Reporter;
use crate::resource::{FileOptions, Info, read_files};

const FLAGS: &[Flag] = &[
    flags::switch("remove-extra-permissions", "Take away what a role allows besides."),
    flags::switch("remove-extra-subjects", "Take away whom a binding names besides."),
];

pub(super) const RECONCILE: Command = Command::new(
    "reconcile",
    "Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects",
    "-f FILENAME",
)
.flags(&[FLAGS, flags::FILES, flags::PRINT, flags::DRY_RUN])
.run(|call| Box::pin(run(call)));

const GROUP: &str = "rbac.authorization.k8s.io";

/// What has to be done about one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Nothing,
    Create,
    Update,
    Recreate,
}

/// What was found out about one object.
struct Plan {
    operation: Operation,
    object: Value,
    protected: bool,
    missing: Vec<Value>,
    extra: Vec<Value>,
}

async fn run(call: &Call<'_>) -> Outcome {
    require_one_source(call)?;
    if !call.args.is_empty() {
        return fail("no arguments are allowed");
    }
    let dry_run = dry_run(call)?;
    let files = FileOptions { local: true, ..FileOptions::of(call) };
    let infos = read_files(call, &files).await?;
    let mut reporter = Reporter::new(call)?.typed();
    let mut failures = Vec::new();
    for info in infos {
        let done = match info {
            Ok(info) => one(call, &info, dry_run, &mut reporter).await,
            Err(failure) => Err(failure),
        };
        failures.extend(done.err());
    }
    Failure::collect(failures)
}

fn require_one_source(call: &Call<'_>) -> Outcome {
    require_files(call).map_err(|failure| match failure.text().as_str() {
        "only one of -f or -k can be specified" => failure,
        _ => "must specify one of -f and -k".into(),
    })
}

fn dry_run(call: &Call<'_>) -> Outcome<bool> {
    match call.dry_run() {
        Ok(DryRun::Server) => fail("--dry-run=server for command reconcile is not supported yet"),
        Ok(dry_run) => Ok(dry_run == DryRun::Client),
        Err(failure) => Err(failure.under("error accessing --dry-run flag for command reconcile")),
    }
}

async fn one(call: &Call<'_>, info: &Info, dry_run: bool, reporter: &mut Reporter) -> Outcome {
    let kind = info.object["kind"].text();
    let plural = match kind {
        "Role" => "roles",
        "ClusterRole" => "clusterroles",
        "RoleBinding" => "rolebindings",
        "ClusterRoleBinding" => "clusterrolebindings",
        // Anything else is passed over.
        _ => return Ok(()),
    };
    let api_version = info.object["apiVersion"].text();
    if api_version != format!("{GROUP}/v1") {
        return fail(format!("only {GROUP}/v1 is supported: not {api_version}"));
    }
    let mut root = Target::raw(format!("/apis/{api_version}"));
    if !kind.starts_with("Cluster") && !info.namespace.is_empty() {
        root = root.child("namespaces").child(&info.namespace);
    }
    let collection = root.child(plural);
    let target = collection.clone().child(&info.name);
    let plan = match call.client.get(&target).await {
        Ok(live) => compared(call, &info.object, live),
        Err(failure) if failure.is_not_found() => created(&info.object),
        Err(failure) => return Err(failure),
    };
    let object = if dry_run || plan.protected {
        plan.object.clone()
    } else {
        carry_out(call, info, &plan, (&collection, &target)).await?
    };
    let suffix = if dry_run { " (dry run)" } else { "" };
    reporter.report(call, &object, &format!("reconciled{suffix}"))?;
    tell(call, &plan, kind.ends_with("Role"));
    Ok(())
}

fn parts(object: &Value) -> &'static str {
    if object["kind"].text().ends_with("Binding") { "subjects" } else { "rules" }
}

fn created(wanted: &Value) -> Plan {
    Plan {
        operation: Operation::Create,
        object: wanted.clone(),
        protected: false,
        missing: wanted[parts(wanted)].items().to_vec(),
        extra: Vec::new(),
    }
}

/// What makes `live` at least what is wanted.
fn compared(call: &Call<'_>, wanted: &Value, live: Value) -> Plan {
    let field = parts(wanted);
    let (have, want) = (live[field].items().to_vec(), wanted[field].items().to_vec());
    let (missing, extra, flag) = if field == "rules" {
        (uncovered(&have, &want), uncovered(&want, &have), "remove-extra-permissions")
    } else {
        let without = |list: &[Value], other: &[Value]| {
            list.iter().filter(|one| !other.contains(one)).cloned().collect::<Vec<_>>()
        };
        (without(&want, &have), without(&have, &want), "remove-extra-subjects")
    };
    let protected = live["metadata"]["annotations"]["rbac.authorization.kubernetes.io/autoupdate"]
        .text()
        == "false";
    let mut object = live.clone();
    let mut operation = Operation::Nothing;
    for map in ["labels", "annotations"] {
        for (key, value) in wanted["metadata"][map].entries() {
            if live["metadata"][map].get(key).is_none() {
                object["metadata"][map].set(key, value.clone());
                operation = Operation::Update;
            }
        }
    }
    if field == "subjects" && live["roleRef"] != wanted["roleRef"] {
        let object = wanted.clone();
        return Plan { operation: Operation::Recreate, object, protected, missing, extra };
    }
    if call.flags.is(flag) {
        if !missing.is_empty() || !extra.is_empty() {
            object.set(field, Value::list(want));
            operation = Operation::Update;
        }
    } else if !missing.is_empty() {
        object.set(field, Value::list([have, missing.clone()].concat()));
        operation = Operation::Update;
    }
    Plan { operation, object, protected, missing, extra }
}

async fn carry_out(
    call: &Call<'_>,
    info: &Info,
    plan: &Plan,
    (collection, target): (&Target, &Target),
) -> Outcome<Value> {
    match plan.operation {
        Operation::Nothing => Ok(plan.object.clone()),
        Operation::Update => call.client.write(Method::Put, target, JSON, &plan.object).await,
        Operation::Create => {
            if info.object["kind"].text().starts_with("Role") {
                require_namespace(call, &info.namespace).await?;
            }
            call.client.create(collection, &plan.object).await
        }
        Operation::Recreate => {
            call.client.write(Method::Delete, target, JSON, &value!({})).await?;
            call.client.create(collection, &plan.object).await
        }
    }
}

/// Makes the namespace where it is missing.
async fn require_namespace(call: &Call<'_>, namespace: &str) -> Outcome {
    if namespace.is_empty() {
        return fail("resource name may not be empty");
    }
    let target = Target::of(["api", "v1", "namespaces"]);
    match call.client.get(&target.clone().child(namespace)).await {
        Err(failure) if failure.is_not_found() => {
            let made = value!({
                "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace },
            });
            call.client.create(&target, &made).await.map(|_| ())
        }
        other => other.map(|_| ()),
    }
}

fn tell(call: &Call<'_>, plan: &Plan, rules: bool) {
    let word = match plan.operation {
        Operation::Nothing => return,
        Operation::Create => "create",
        Operation::Update => "update",
        Operation::Recreate => "recreate",
    };
    let caveat = if plan.protected {
        ", but object opted out (rbac.authorization.kubernetes.io/autoupdate: false)"
    } else {
        ""
    };
    call.io.warn(&format!("\treconciliation required {word}{caveat}"));
    let (what, flag) = if rules {
        ("rules", "remove-extra-permissions")
    } else {
        ("subjects", "remove-extra-subjects")
    };
    let shown = |heading: String, list: &[Value]| {
        if !list.is_empty() {
            call.io.warn(&format!("\t{heading}:"));
        }
        for one in list {
            call.io.warn(&format!("\t\t{}", if rules { rule(one) } else { subject(one) }));
        }
    };
    shown(format!("missing {what} added"), &plan.missing);
    if call.flags.is(flag) {
        shown(format!("extra {what} removed"), &plan.extra);
    }
}

/// A rule as Go prints its struct.
fn rule(rule: &Value) -> String {
    let list = |field: &str| {
        let texts: Vec<_> = rule[field].items().iter().map(Value::text).collect();
        texts.join(" ")
    };
    format!(
        "{{Verbs:[{}] APIGroups:[{}] Resources:[{}] ResourceNames:[{}] NonResourceURLs:[{}]}}",
        list("verbs"),
        list("apiGroups"),
        list("resources"),
        list("resourceNames"),
        list("nonResourceURLs")
    )
}

fn subject(subject: &Value) -> String {
    let text = |field: &str| subject[field].text();
    format!(
        "{{Kind:{} APIGroup:{} Name:{} Namespace:{}}}",
        text("kind"),
        text("apiGroup"),
        text("name"),
        text("namespace")
    )
}

/// The parts of `wanted` rules, each with one verb on one thing, that no rule of
/// `owner` allows.
fn uncovered(owner: &[Value], wanted: &[Value]) -> Vec<Value> {
    let atoms = wanted.iter().flat_map(atoms);
    atoms.filter(|atom| !owner.iter().any(|rule| covers(rule, atom))).collect()
}

fn atoms(rule: &Value) -> Vec<Value> {
    let mut atoms = Vec::new();
    for verb in rule["verbs"].items() {
        for url in rule["nonResourceURLs"].items() {
            atoms.push(value!({ "verbs": [(verb.clone())], "nonResourceURLs": [(url.clone())] }));
        }
        for group in rule["apiGroups"].items() {
            for resource in rule["resources"].items() {
                let mut atom = value!({
                    "verbs": [(verb.clone())],
                    "apiGroups": [(group.clone())],
                    "resources": [(resource.clone())],
                });
                if rule["resourceNames"].items().is_empty() {
                    atoms.push(atom.clone());
                }
                for name in rule["resourceNames"].items() {
                    atom.set("resourceNames", value!([(name.clone())]));
                    atoms.push(atom.clone());
                }
            }
        }
    }
    atoms
}

fn covers(rule: &Value, atom: &Value) -> bool {
    let has = |field: &str| {
        let wanted = atom[field][0].text();
        rule[field].items().iter().any(|one| {
            let one = one.text();
            one == "*"
                || one == wanted
                || one
                    .strip_suffix('*')
                    .is_some_and(|start| field == "nonResourceURLs" && wanted.starts_with(start))
                || one.strip_prefix("*/").is_some_and(|sub| {
                    field == "resources"
                        && wanted.split_once('/').is_some_and(|(_, own)| own == sub)
                })
        })
    };
    if !has("verbs") {
        return false;
    }
    if atom.get("nonResourceURLs").is_some() {
        return has("nonResourceURLs");
    }
    let named = rule["resourceNames"].items().is_empty() || has("resourceNames");
    has("apiGroups") && has("resources") && named
}
