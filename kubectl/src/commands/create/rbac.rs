//! `create role`, `clusterrole`, `rolebinding` and `clusterrolebinding`.

use std::fmt::Write as _;

use podyard_engine::value;
use podyard_engine::value::Value;

use super::policy::label_selector;
use super::{generate, name, object, with_own};
use crate::call::Call;
use crate::command::Command;
use crate::commands::set::subjects;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};

const API: &str = "rbac.authorization.k8s.io/v1";
const VERBS: &[&str] = &[
    "get",
    "delete",
    "list",
    "create",
    "update",
    "patch",
    "watch",
    "proxy",
    "deletecollection",
    "use",
    "bind",
    "escalate",
    "impersonate",
    "*",
];

const VERB: Flag = flags::list("verb", "What may be done.");
const RESOURCE: Flag = flags::list("resource", "To which resources, as name.group/subresource.");
const RESOURCE_NAME: Flag = flags::array("resource-name", "Only to the objects of this name.");
const ROLE_FLAGS: &[Flag] = &[VERB, RESOURCE, RESOURCE_NAME];
const CLUSTER_ROLE_FLAGS: &[Flag] = &[
    VERB,
    RESOURCE,
    RESOURCE_NAME,
    flags::text("aggregation-rule", "The labels of the roles to join, as key=value."),
    flags::list("non-resource-url", "To which paths of the server."),
];
const CLUSTER_ROLE_REF: Flag = flags::text("clusterrole", "The ClusterRole to bind to.");
const USER: Flag = flags::array("user", "A user to bind.");
const GROUP: Flag = flags::array("group", "A group to bind.");
const ACCOUNT: Flag = flags::array("serviceaccount", "A service account, as namespace:name.");
const BINDING_FLAGS: &[Flag] =
    &[CLUSTER_ROLE_REF, USER, GROUP, ACCOUNT, flags::text("role", "The Role to bind to.")];
const CLUSTER_BINDING_FLAGS: &[Flag] = &[CLUSTER_ROLE_REF, USER, GROUP, ACCOUNT];

pub(super) const ROLE: Command = Command::new(
    "role",
    "Create a role with single rule",
    "NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] \
     [--dry-run=server|client|none]",
)
.flags(with_own!(ROLE_FLAGS))
.run(|call| Box::pin(role(call)));

pub(super) const CLUSTER_ROLE: Command = Command::new(
    "clusterrole",
    "Create a cluster role",
    "NAME --verb=verb --resource=resource.group [--resource-name=resourcename] \
     [--dry-run=server|client|none]",
)
.flags(with_own!(CLUSTER_ROLE_FLAGS))
.run(|call| Box::pin(cluster_role(call)));

pub(super) const ROLE_BINDING: Command = Command::new(
    "rolebinding",
    "Create a role binding for a particular role or cluster role",
    "NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] \
     [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
)
.flags(with_own!(BINDING_FLAGS))
.run(|call| Box::pin(role_binding(call)));

pub(super) const CLUSTER_ROLE_BINDING: Command = Command::new(
    "clusterrolebinding",
    "Create a cluster role binding for a particular cluster role",
    "NAME --clusterrole=NAME [--user=username] [--group=groupname] \
     [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
)
.flags(with_own!(CLUSTER_BINDING_FLAGS))
.required(&["clusterrole"])
.run(|call| Box::pin(cluster_role_binding(call)));

async fn role(call: &Call<'_>) -> Outcome {
    let mut made = object(API, "Role", name(call)?);
    if call.flags.list("verb").is_empty() {
        return fail("at least one verb must be specified");
    }
    if call.flags.list("resource").is_empty() {
        return fail("at least one resource must be specified");
    }
    made.set("rules", Value::list(resource_rules(call).await?));
    generate(call, "roles", made, "failed to create role").await
}

async fn cluster_role(call: &Call<'_>) -> Outcome {
    let mut made = object(API, "ClusterRole", name(call)?);
    let flags = &call.flags;
    let aggregation = flags.text("aggregation-rule");
    let (verbs, urls) = (flags.list("verb"), flags.list("non-resource-url"));
    if aggregation.is_empty() {
        if verbs.is_empty() {
            return fail("at least one verb must be specified");
        }
        if flags.list("resource").is_empty() && urls.is_empty() {
            return fail("one of resource or nonResourceURL must be specified");
        }
        let mut rules = resource_rules(call).await?;
        if !urls.is_empty() {
            let mut rule = Value::map();
            rule.set("verbs", texts(verbs));
            rule.set("nonResourceURLs", texts(urls));
            rules.push(rule);
        }
        made.set("rules", Value::list(rules));
    } else {
        let none = [verbs, urls, flags.list("resource"), flags.list("resource-name")];
        if none.iter().any(|list| !list.is_empty()) {
            return fail(
                "aggregation rule must be specified without nonResourceURLs, verbs, resources or \
                 resourceNames",
            );
        }
        let selector = label_selector(aggregation)?;
        made["aggregationRule"].set("clusterRoleSelectors", Value::list(vec![selector]));
        made.set("rules", Value::Null);
    }
    generate(call, "/clusterroles", made, "failed to create clusterrole").await
}

fn texts(list: &[String]) -> Value {
    list.iter().map(Value::from).collect()
}

/// One rule for each group of the resources.
async fn resource_rules(call: &Call<'_>) -> Outcome<Vec<Value>> {
    let verbs = call.flags.list("verb");
    for verb in verbs {
        if !VERBS.contains(&verb.as_str()) {
            call.io.warn(&format!("Warning: '{verb}' is not a standard resource verb"));
        }
    }
    let verbs = if verbs.iter().any(|verb| verb == "*") { &["*".to_owned()][..] } else { verbs };
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for text in call.flags.list("resource") {
        let (word, sub) = text.split_once('/').unwrap_or((text, ""));
        let (group, plural) =
            if word == "*" { ("*".to_owned(), "*".to_owned()) } else { found(call, word).await? };
        let entry = if sub.is_empty() { plural } else { format!("{plural}/{sub}") };
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, entries)) => entries.push(entry),
            None => groups.push((group, vec![entry])),
        }
    }
    let names = call.flags.list("resource-name");
    let rules = groups.into_iter().map(|(group, entries)| {
        let mut rule = value!({ "apiGroups": [group] });
        rule.set("resources", texts(&entries));
        rule.set("verbs", texts(verbs));
        rule.set_nonzero("resourceNames", texts(names));
        rule
    });
    Ok(rules.collect())
}

/// The group and plural of a resource of a rule.
async fn found(call: &Call<'_>, word: &str) -> Outcome<(String, String)> {
    let discovery = call.client.discovery_tried(2).await?;
    if let Some(resource) = discovery.find(word) {
        return Ok((resource.group.clone(), resource.plural.clone()));
    }
    let (name, group) = word.split_once('.').unwrap_or((word, ""));
    let mut text = format!("the server doesn't have a resource type {name:?}");
    if !group.is_empty() {
        let _ = write!(text, " in group {group:?}");
    }
    Err(Failure::Verbatim(text))
}

async fn role_binding(call: &Call<'_>) -> Outcome {
    let name = name(call)?;
    let (cluster_role, role) = (call.flags.text("clusterrole"), call.flags.text("role"));
    if cluster_role.is_empty() == role.is_empty() {
        return fail("exactly one of clusterrole or role must be specified");
    }
    let made = object(API, "RoleBinding", name);
    let (kind, role) = if role.is_empty() { ("ClusterRole", cluster_role) } else { ("Role", role) };
    bind(call, made, kind, role, "rolebindings", "failed to create rolebinding").await
}

async fn cluster_role_binding(call: &Call<'_>) -> Outcome {
    let made = object(API, "ClusterRoleBinding", name(call)?);
    let role = call.flags.text("clusterrole");
    let failed = "failed to create clusterrolebinding";
    bind(call, made, "ClusterRole", role, "/clusterrolebindings", failed).await
}

async fn bind(
    call: &Call<'_>,
    mut made: Value,
    kind: &str,
    role: &str,
    plural: &str,
    failed: &str,
) -> Outcome {
    made.set(
        "roleRef",
        value!({ "apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role }),
    );
    made.set_nonzero("subjects", Value::list(subjects(call)?));
    generate(call, plural, made, failed).await
}
