//! `kubectl auth can-i` and `kubectl auth whoami`.
//!
//! Models kubectl's `pkg/cmd/auth`.

use std::fmt::Write as _;

use podyard_engine::value;
use podyard_engine::value::Value;

use crate::call::Call;
use crate::client::Target;
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};
use crate::output::{FORMATS, Printer};
use crate::print::TabWriter;

const NOT_ENABLED: &str = "the selfsubjectreviews API is not enabled in the cluster\n\
    enable APISelfSubjectReview feature gate and authentication.k8s.io/v1alpha1 or \
    authentication.k8s.io/v1beta1 API";

const CAN_I_FLAGS: &[Flag] = &[
    flags::ALL_NAMESPACES,
    flags::switch("list", "Print all that is allowed."),
    flags::switch("no-headers", "Print no headers."),
    flags::switch("quiet", "Print nothing; the exit code says it.").short('q'),
    flags::text("subresource", "The subresource, as log or scale."),
];

pub(super) const AUTH: Command =
    Command::new("auth", "Inspect authorization", "[flags]").children(&[
        Command::new(
            "can-i",
            "Check whether an action is allowed",
            "VERB [TYPE | TYPE/NAME | NONRESOURCEURL]",
        )
        .flags(&[CAN_I_FLAGS])
        .run(|call| Box::pin(can_i(call))),
        super::reconcile::RECONCILE,
        Command::new("whoami", "Experimental: Check self subject attributes", "")
            .flags(&[flags::PRINT])
            .run(|call| Box::pin(who_am_i(call))),
    ]);

/// The verbs that kubectl knows.
const VERBS: &[&str] = &[
    "*",
    "bind",
    "create",
    "delete",
    "deletecollection",
    "escalate",
    "get",
    "impersonate",
    "list",
    "patch",
    "update",
    "use",
    "watch",
    "approve",
    "sign",
    "proxy",
    "attest",
];

async fn can_i(call: &Call<'_>) -> Outcome {
    if call.flags.is("list") {
        if !call.args.is_empty() {
            return fail("list option must be specified with no arguments");
        }
        return list(call).await;
    }
    if call.flags.is("no-headers") {
        return fail("--no-headers cannot be set without --list specified");
    }
    let (verb, about, name) = match call.args.as_slice() {
        [verb, about] => {
            let (about, name) = match about.split_once('/') {
                Some((about, name)) if !about.is_empty() => (about, name),
                _ => (about.as_str(), ""),
            };
            (verb, about, name)
        }
        _ => {
            return fail(
                "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
            );
        }
    };
    if about.starts_with('/') && !call.flags.text("subresource").is_empty() {
        return fail("--subresource can not be used with NonResourceURL");
    }
    if !about.starts_with('/') && !VERBS.contains(&verb.as_str()) {
        call.io.warn(&format!("Warning: verb '{verb}' is not a known verb\n"));
    }
    let spec = if about.starts_with('/') {
        value!({ "nonResourceAttributes": { "path": about, "verb": verb } })
    } else {
        resource_attributes(call, verb, about, name).await?
    };
    let mut review = value!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
    });
    review.set("spec", spec);
    let target = Target::raw("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
    let answer = call.client.create(&target, &review).await?;
    let status = &answer["status"];
    let allowed = status["allowed"].is_true();
    if !call.flags.is("quiet") {
        let mut text = if allowed { "yes" } else { "no" }.to_owned();
        if !allowed {
            if !status["reason"].is_empty() {
                let _ = write!(text, " - {}", status["reason"].text());
            }
            if !status["evaluationError"].is_empty() {
                let _ = write!(text, " - {}", status["evaluationError"].text());
            }
        }
        call.io.line(&text);
    }
    if allowed { Ok(()) } else { Err(Failure::Exit(1)) }
}

async fn resource_attributes(
    call: &Call<'_>,
    verb: &str,
    about: &str,
    name: &str,
) -> Outcome<Value> {
    let (word, sub) = (about, call.flags.text("subresource"));
    let mut attributes = value!({ "verb": verb });
    let mut namespaced = true;
    if word == "*" {
        attributes.set("group", "*");
        attributes.set("resource", "*");
    } else if let Some(resource) = call.client.discovery().await?.find(word) {
        namespaced = resource.namespaced;
        attributes.set_nonzero("group", resource.group.as_str());
        attributes.set_nonzero("version", "");
        attributes.set("resource", resource.plural.as_str());
    } else {
        let (plain, group) = word.split_once('.').unwrap_or((word, ""));
        let place = if group.is_empty() { String::new() } else { format!(" in group '{group}'") };
        call.io
            .warn(&format!("Warning: the server doesn't have a resource type '{plain}'{place}\n"));
        attributes.set("resource", plain);
        attributes.set_nonzero("group", group);
    }
    if !namespaced && !call.flags.is("all-namespaces") {
        call.io.warn(&format!(
            "Warning: resource '{}' is not namespace scoped\n",
            attributes["resource"].text()
        ));
    }
    if !call.flags.is("all-namespaces") {
        attributes.set("namespace", call.namespace.as_str());
    }
    attributes.set_nonzero("name", name);
    attributes.set_nonzero("subresource", sub);
    Ok(value!({ "resourceAttributes": attributes }))
}

async fn list(call: &Call<'_>) -> Outcome {
    let mut review = value!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
    });
    review.set("spec", value!({ "namespace": (call.namespace.as_str()) }));
    let target = Target::raw("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews");
    let answer = call.client.create(&target, &review).await?;
    let status = &answer["status"];
    let mut text = String::new();
    if !call.flags.is("no-headers") {
        text.push_str("Resources\tNon-Resource URLs\tResource Names\tVerbs\n");
    }
    for rule in compact(status) {
        let (resource, names, url, verbs) = &rule;
        let _ = writeln!(text, "{resource}\t[{url}]\t[{names}]\t[{}]", verbs.join(" "));
    }
    call.io.out(&TabWriter::for_tables().format(&text));
    Ok(())
}

/// A line of `--list`: a resource, the names of objects, a path, and the verbs.
type Allowed = (String, String, String, Vec<String>);

/// Rules taken apart into one resource or path each, the verbs of a resource
/// joined again, in the order of their texts.
fn compact(status: &Value) -> Vec<Allowed> {
    let mut found: Vec<(Value, Allowed)> = Vec::new();
    let texts =
        |list: &Value| list.items().iter().map(|one| one.text().to_owned()).collect::<Vec<_>>();
    for rule in status["resourceRules"].items() {
        let names = match texts(&rule["resourceNames"]) {
            none if none.is_empty() => vec![String::new()],
            names => names,
        };
        for group in texts(&rule["apiGroups"]) {
            for resource in texts(&rule["resources"]) {
                for name in &names {
                    let key = value!([(group.as_str()), (resource.as_str()), (name.as_str())]);
                    let known = found.iter().position(|(known, _)| *known == key);
                    let index = known.unwrap_or_else(|| {
                        let shown = crate::discovery::with_group(&resource, &group);
                        found.push((key, (shown, name.clone(), String::new(), Vec::new())));
                        found.len() - 1
                    });
                    let Some((_, (_, _, _, verbs))) = found.get_mut(index) else { continue };
                    let new = texts(&rule["verbs"]);
                    verbs.extend(
                        new.into_iter().filter(|one| !verbs.contains(one)).collect::<Vec<_>>(),
                    );
                }
            }
        }
    }
    for rule in status["nonResourceRules"].items() {
        for url in texts(&rule["nonResourceURLs"]) {
            for verb in texts(&rule["verbs"]) {
                let line = (String::new(), String::new(), url.clone(), vec![verb]);
                found.push((value!(["", "", ""]), line));
            }
        }
    }
    found.sort_by_cached_key(|(key, (_, _, url, verbs))| {
        let (group, resource, name) = (key[0].text(), key[1].text(), key[2].text());
        format!("[{}],[{group}],[{resource}],[{name}],[{url}],", verbs.join(" "))
    });
    found.into_iter().map(|(_, line)| line).collect()
}

async fn who_am_i(call: &Call<'_>) -> Outcome {
    let review = value!({
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "SelfSubjectReview",
    });
    let target = Target::raw("/apis/authentication.k8s.io/v1/selfsubjectreviews");
    let answer = call.client.create(&target, &review).await.map_err(|failure| {
        if failure.is_not_found() {
            return Failure::from(NOT_ENABLED);
        }
        failure
    })?;
    // A template alone is not asked for.
    if !call.flags.text("output").is_empty()
        && let Some(printer) = Printer::of(call, FORMATS)?
    {
        return printer.typed().print(&call.io, &answer);
    }
    let user = &answer["status"]["userInfo"];
    let mut text = format!("ATTRIBUTE\tVALUE\nUsername\t{}\n", user["username"].text());
    if !user["uid"].is_empty() {
        let _ = writeln!(text, "UID\t{}", user["uid"].text());
    }
    let joined = |list: &Value| {
        let texts: Vec<_> = list.items().iter().map(Value::text).collect();
        format!("[{}]", texts.join(" "))
    };
    if !user["groups"].is_empty() {
        let _ = writeln!(text, "Groups\t{}", joined(&user["groups"]));
    }
    for (key, values) in user["extra"].entries() {
        let _ = writeln!(text, "Extra: {key}\t{}", joined(values));
    }
    call.io.out(&TabWriter::for_tables().format(&text));
    Ok(())
}
