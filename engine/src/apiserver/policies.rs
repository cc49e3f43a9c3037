//! ValidatingAdmissionPolicies: whether a write may be made, as the policies
//! that are bound say.
//!
//! Source: `k8s.io/apiserver`'s `pkg/admission/plugin/policy`.
//!
//! **Real clusters:** a policy takes a moment until it is in force; here it is
//! as soon as it is stored.

use super::authorization::{User, Wish};
use super::scale::scale_of;
use super::{ApiServer, Status, WriteOptions};
use crate::api::policy_program::{Policy, Refusal};
use crate::api::selector::Selector;
use crate::api::{Kind, rbac};
use crate::cel::{Access, Cel, Judge};
use crate::value;
use crate::value::Value;

const GROUP: &str = "admissionregistration.k8s.io";

/// Who a request is from, and what to tell them beside the answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Sender {
    /// The sender of the request that is being answered; nobody while the
    /// cluster's own components write.
    pub(super) user: Option<User>,
    /// What policies warn of.
    pub(super) warnings: Vec<String>,
}

/// A write that policies judge.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writing<'a> {
    pub(super) kind: &'static Kind,
    pub(super) operation: &'static str,
    pub(super) object: &'a Value,
    pub(super) old: &'a Value,
    pub(super) manager: &'a str,
    pub(super) subresource: &'a str,
    pub(super) dry_run: bool,
}

impl<'a> Writing<'a> {
    /// A write with these options.
    pub(super) fn new(
        kind: &'static Kind,
        (object, old): (&'a Value, &'a Value),
        options: &WriteOptions<'a>,
    ) -> Self {
        let operation = if old.is_null() { "CREATE" } else { "UPDATE" };
        let WriteOptions { manager, subresource, dry_run, .. } = *options;
        Self { kind, operation, object, old, manager, subresource, dry_run }
    }

    /// The object, or the last of it.
    fn subject(&self) -> &'a Value {
        if self.object.is_null() { self.old } else { self.object }
    }
}

impl ApiServer {
    /// Refuses what a policy denies, and notes what one warns of.
    pub(super) fn check_policies(&mut self, writing: Writing<'_>) -> Result<(), Status> {
        let id = |name: &str| self.registry.by_kind(GROUP, name);
        let (policies, bindings) =
            (id("ValidatingAdmissionPolicy"), id("ValidatingAdmissionPolicyBinding"));
        let (Some(policies), Some(bindings)) = (policies, bindings) else { return Ok(()) };
        if self.list(bindings, "").next().is_none() || writing.kind.group == GROUP {
            return Ok(());
        }
        let (mut denial, mut warnings) = (None, Vec::new());
        for binding in self.list(bindings, "") {
            let spec = &binding["spec"];
            let Some(policy) = self.get(policies, "", spec["policyName"].text()) else { continue };
            let bound = Bound { policy, binding, writing };
            for refusal in self.refusals(bound) {
                let (name, by) =
                    (policy["metadata"]["name"].text(), binding["metadata"]["name"].text());
                let source = format!("ValidatingAdmissionPolicy '{name}' with binding '{by}'");
                let actions = spec["validationActions"].items();
                let says = |wanted: &str| actions.iter().any(|own| own.text() == wanted);
                if says("Deny") && denial.is_none() {
                    let message = format!("{source} denied request: {}", refusal.message);
                    denial = Some((message, refusal.reason));
                } else if says("Warn") {
                    warnings.push(format!("Validation failed for {source}: {}", refusal.message));
                }
            }
        }
        self.sender.warnings.extend(warnings);
        denial.map_or(Ok(()), |(message, reason)| {
            let name = writing.subject()["metadata"]["name"].text();
            Err(denied(writing.kind, name, &message, &reason))
        })
    }

    /// What a bound policy has against a write.
    fn refusals(&self, bound: Bound<'_>) -> Vec<Refusal> {
        let (policy, binding) = (&bound.policy["spec"], &bound.binding["spec"]);
        if !self.matches(&policy["matchConstraints"], bound.writing)
            || !binding["matchResources"].is_null()
                && !self.matches(&binding["matchResources"], bound.writing)
        {
            return Vec::new();
        }
        let mut refusals = match self.parameters(policy, &binding["paramRef"], bound.writing) {
            Ok(parameters) => {
                let program = Policy::compile(policy);
                let each = parameters.iter();
                each.flat_map(|own| self.ask(&program, bound.writing, own)).collect()
            }
            Err(why) => vec![Refusal::failure(why)],
        };
        if policy["failurePolicy"].text() == "Ignore" {
            refusals.retain(|refusal| !refusal.is_failure);
        }
        refusals
    }

    fn ask(&self, program: &Policy, writing: Writing<'_>, parameter: &Value) -> Vec<Refusal> {
        let user = self.writer(writing.manager);
        let seen = |object: &Value| match (object, writing.subresource) {
            (Value::Null, _) => Cel::Null,
            (object, "scale") => Cel::of(&scale_of(writing.kind, object)),
            (object, _) => Cel::of(object),
        };
        let namespace = self.namespace_of(writing.subject());
        let request = request(writing, &user);
        let answer = |access: &Access| {
            let allowed = self.allows(&user_of(access, &user), &wish(access));
            (allowed.is_some(), allowed.unwrap_or_default())
        };
        let known = [
            ("object", seen(writing.object)),
            ("oldObject", seen(writing.old)),
            ("request", Cel::of(&request)),
            ("params", Cel::of(parameter)),
            ("namespaceObject", namespace.map_or(Cel::Null, Cel::of)),
            ("authorizer", Cel::Access(authorizer(writing).into())),
        ];
        program.refusals(&known, Judge(&answer))
    }

    /// Who writes: the sender of the request, or a component.
    pub(super) fn writer(&self, manager: &str) -> User {
        self.sender.user.clone().unwrap_or_else(|| User::component(manager))
    }

    fn namespace_of(&self, object: &Value) -> Option<&Value> {
        let namespaces = self.registry.by_kind("", "Namespace")?;
        self.get(namespaces, "", object["metadata"]["namespace"].text())
    }

    /// Whether rules are about a write.
    fn matches(&self, rules: &Value, writing: Writing<'_>) -> bool {
        let equivalent = rules["matchPolicy"].text() != "Exact";
        let lists = |list: &str| {
            rules[list].items().iter().any(|rule| rule_matches(rule, equivalent, writing))
        };
        let selects = |selector: &Value, object: &Value| {
            let selector = Selector::from_object(selector);
            selector.is_none_or(|selector| selector.matches(&object["metadata"]["labels"]))
        };
        let (object, old) = (writing.object, writing.old);
        let space = match writing.kind.kind {
            "Namespace" => Some(writing.subject()),
            _ => self.namespace_of(writing.subject()),
        };
        let unsaid = rules["resourceRules"].is_empty();
        !lists("excludeResourceRules")
            && (unsaid || lists("resourceRules"))
            && space.is_none_or(|space| selects(&rules["namespaceSelector"], space))
            && (!object.is_null() && selects(&rules["objectSelector"], object)
                || !old.is_null() && selects(&rules["objectSelector"], old))
    }

    /// The objects with the parameters that a binding refers to; nothing for a
    /// policy without.
    fn parameters(
        &self,
        policy: &Value,
        reference: &Value,
        writing: Writing<'_>,
    ) -> Result<Vec<Value>, String> {
        let wanted = &policy["paramKind"];
        if wanted.is_null() || reference.is_null() {
            return Ok(vec![Value::Null]);
        }
        let (api_version, kind) = (wanted["apiVersion"].text(), wanted["kind"].text());
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        let Some(id) = self.registry.by_kind(group, kind) else {
            return Err(format!(
                "failed to configure policy: failed to find resource referenced by paramKind: \
                 '{api_version}, Kind={kind}'"
            ));
        };
        let own = reference["namespace"].text();
        let namespace = match self.kind(id).namespaced {
            false => "",
            true if own.is_empty() => writing.subject()["metadata"]["namespace"].text(),
            true => own,
        };
        let name = reference["name"].text();
        let found: Vec<Value> = if name.is_empty() {
            let selector = Selector::from_object(&reference["selector"]);
            let fits = |object: &&Value| {
                let labels = &object["metadata"]["labels"];
                selector.as_ref().is_none_or(|selector| selector.matches(labels))
            };
            self.list(id, namespace).filter(fits).cloned().collect()
        } else {
            self.get(id, namespace, name).cloned().into_iter().collect()
        };
        if found.is_empty() && reference["parameterNotFoundAction"].text() == "Deny" {
            return Err("failed to configure binding: no params found for policy binding with \
                        `Deny` parameterNotFoundAction"
                .to_owned());
        }
        Ok(found)
    }
}

/// A policy, what binds it, and a write that it judges.
#[derive(Clone, Copy)]
struct Bound<'a> {
    policy: &'a Value,
    binding: &'a Value,
    writing: Writing<'a>,
}

fn rule_matches(rule: &Value, equivalent: bool, writing: Writing<'_>) -> bool {
    let (kind, subject) = (writing.kind, writing.subject());
    let scope = match rule["scope"].text() {
        "Cluster" => !kind.namespaced,
        "Namespaced" => kind.namespaced,
        _ => true,
    };
    let (plural, part) = (kind.plural, writing.subresource);
    let covers = |resource: &Value| match resource.text().split_once('/') {
        None => part.is_empty() && matches!(resource.text(), own if own == "*" || own == plural),
        Some((own, sub)) => {
            let whole = sub == "*" && (own == "*" || !part.is_empty()) || sub == part;
            whole && (own == "*" || own == plural)
        }
    };
    let names = &rule["resourceNames"];
    scope
        && rbac::matches(&rule["operations"], writing.operation)
        && rbac::matches(&rule["apiGroups"], kind.group)
        && (equivalent || rbac::matches(&rule["apiVersions"], kind.version))
        && rule["resources"].items().iter().any(covers)
        && (names.is_empty() || rbac::matches(names, subject["metadata"]["name"].text()))
}

/// What expressions know of a request.
fn request(writing: Writing<'_>, user: &User) -> Value {
    let kind = writing.kind;
    let own_kind = match writing.subresource {
        "scale" => value!({ "group": "autoscaling", "version": "v1", "kind": "Scale" }),
        _ => value!({ "group": (kind.group), "version": (kind.version), "kind": (kind.kind) }),
    };
    let resource =
        value!({ "group": (kind.group), "version": (kind.version), "resource": (kind.plural) });
    let metadata = &writing.subject()["metadata"];
    let subresource = writing.subresource;
    value!({
        "kind": &own_kind,
        "resource": &resource,
        "subResource": subresource,
        "requestKind": &own_kind,
        "requestResource": &resource,
        "requestSubResource": subresource,
        "name": (metadata["name"].text()),
        "namespace": (metadata["namespace"].text()),
        "operation": (writing.operation),
        "userInfo": (user.info()),
        "dryRun": (writing.dry_run),
        "options": {},
    })
}

/// The authorizer, which also knows what the request is about.
fn authorizer(writing: Writing<'_>) -> Access {
    let metadata = &writing.subject()["metadata"];
    let requested = Access {
        group: writing.kind.group.to_owned(),
        resource: writing.kind.plural.to_owned(),
        subresource: writing.subresource.to_owned(),
        namespace: metadata["namespace"].text().to_owned(),
        name: metadata["name"].text().to_owned(),
        ..Access::default()
    };
    Access { requested: Some(requested.into()), ..Access::default() }
}

fn user_of(access: &Access, user: &User) -> User {
    match &access.account {
        Some((namespace, name)) => User::account(namespace, name),
        None => user.clone(),
    }
}

fn wish(access: &Access) -> Wish<'_> {
    Wish {
        verb: &access.verb,
        group: &access.group,
        resource: &access.resource,
        subresource: &access.subresource,
        namespace: &access.namespace,
        name: &access.name,
        path: &access.path,
    }
}

/// The answer to a write that a policy denies.
fn denied(kind: &Kind, name: &str, message: &str, reason: &str) -> Status {
    let mut status = Status::forbidden(kind, name, message);
    let (code, reason) = match reason {
        "Forbidden" => (403, "Forbidden"),
        "Unauthorized" => (401, "Unauthorized"),
        "RequestEntityTooLarge" => (413, "RequestEntityTooLarge"),
        _ => (422, "Invalid"),
    };
    status.code = code;
    status.reason = reason;
    status.details["causes"] = value!([{ "message": message }]);
    status
}
