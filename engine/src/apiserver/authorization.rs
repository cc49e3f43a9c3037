//! Who may do what: the rules of roles and their bindings.
//!
//! Whoever does not act as somebody else is the cluster's administrator, who
//! may do everything. Source: upstream `plugin/pkg/auth/authorizer/rbac` and
//! apiserver `pkg/endpoints/filters/{impersonation,authorization}.go`.

use super::route::Resource;
use super::{ApiServer, Status};
use crate::api::rbac;
use crate::store::KindId;
use crate::value;
use crate::value::Value;
use crate::wire::{Method, Request};

/// Who may do everything whatever the roles say.
const MASTERS: &str = "system:masters";

/// Somebody, as the API server knows them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct User {
    name: String,
    uid: &'static str,
    groups: Vec<String>,
}

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wish<'a> {
    pub(super) verb: &'a str,
    pub(super) group: &'a str,
    pub(super) resource: &'a str,
    pub(super) subresource: &'a str,
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
    /// A path that is no resource's; else empty.
    pub(super) path: &'a str,
}

impl User {
    /// The cluster's administrator, known by a token or by a certificate.
    fn administrator(has_token: bool) -> Self {
        let (uid, group) =
            if has_token { ("admin", MASTERS) } else { ("", "kubeadm:cluster-admins") };
        let groups = [group, "system:authenticated"];
        let groups = groups.map(str::to_owned).to_vec();
        Self { name: "kubernetes-admin".to_owned(), uid, groups }
    }

    /// A part of the control plane, by the name under which it writes.
    pub(super) fn component(manager: &str) -> Self {
        let groups = vec!["system:authenticated".to_owned()];
        Self { name: format!("system:{manager}"), uid: "", groups }
    }

    /// A ServiceAccount.
    pub(super) fn account(namespace: &str, name: &str) -> Self {
        let groups = vec![
            "system:serviceaccounts".to_owned(),
            format!("system:serviceaccounts:{namespace}"),
            "system:authenticated".to_owned(),
        ];
        Self { name: format!("system:serviceaccount:{namespace}:{name}"), uid: "", groups }
    }

    /// Whoever sends a request: the administrator, unless they act as
    /// somebody else.
    pub(super) fn sending(request: &Request, administrator_has_token: bool) -> Self {
        Self::impersonated(request).unwrap_or_else(|| Self::administrator(administrator_has_token))
    }

    /// What is said of the user.
    pub(super) fn info(&self) -> Value {
        let mut info = value!({ "username": &self.name, "groups": (self.groups.clone()) });
        info.set_nonzero("uid", self.uid);
        info
    }

    /// As whom a request acts, if not as its sender.
    pub(super) fn impersonated(request: &Request) -> Option<Self> {
        let name = &request.impersonate;
        if name.is_empty() {
            return None;
        }
        let mut groups = request.impersonate_groups.clone();
        if let (Some((namespace, _)), true) = (account(name), groups.is_empty()) {
            groups.push("system:serviceaccounts".to_owned());
            groups.push(format!("system:serviceaccounts:{namespace}"));
        }
        let everyone = if name == "system:anonymous" {
            "system:unauthenticated"
        } else {
            "system:authenticated"
        };
        if !groups.iter().any(|own| own == everyone) {
            groups.push(everyone.to_owned());
        }
        Some(Self { name: name.clone(), uid: "", groups })
    }

    fn has(&self, group: &str) -> bool {
        self.groups.iter().any(|own| own == group)
    }

    /// As whom a binding in `namespace` names this user.
    fn among<'a>(&self, subjects: &'a Value, namespace: &str) -> Option<&'a Value> {
        subjects.items().iter().find(|subject| match subject["kind"].text() {
            "User" => subject["name"].text() == self.name,
            "Group" => self.has(subject["name"].text()),
            "ServiceAccount" => {
                let own = subject["namespace"].text();
                let space = if own.is_empty() { namespace } else { own };
                account(&self.name) == Some((space, subject["name"].text()))
            }
            _ => false,
        })
    }
}

/// A rule that holds for somebody, and how they came by it.
struct Grant<'a> {
    rule: &'a Value,
    binding: &'a Value,
    subject: &'a Value,
}

impl Grant<'_> {
    /// What reviews say of it.
    fn reason(&self) -> String {
        let (metadata, role) = (&self.binding["metadata"], &self.binding["roleRef"]);
        let namespace = metadata["namespace"].text();
        let (kind, name) = match (namespace, metadata["name"].text()) {
            ("", name) => ("ClusterRoleBinding", name.to_owned()),
            (namespace, name) => ("RoleBinding", format!("{name}/{namespace}")),
        };
        let (role_kind, role) = (role["kind"].text(), role["name"].text());
        let subject_kind = self.subject["kind"].text();
        let mut subject = self.subject["name"].text().to_owned();
        if subject_kind == "ServiceAccount" {
            let own = self.subject["namespace"].as_str().unwrap_or(namespace);
            subject = format!("{subject}/{own}");
        }
        format!(
            "RBAC: allowed by {kind} {name:?} of {role_kind} {role:?} to {subject_kind} {subject:?}"
        )
    }
}

/// The answer to a question whether something is allowed.
fn allowance(reason: Option<String>) -> Value {
    let mut status = value!({ "allowed": (reason.is_some()) });
    status.set_nonzero("reason", reason.unwrap_or_default());
    status
}

/// Namespace and name of the ServiceAccount that a user name stands for.
fn account(user: &str) -> Option<(&str, &str)> {
    user.strip_prefix("system:serviceaccount:")?.split_once(':')
}

impl ApiServer {
    /// Refuses a request that acts as somebody who may not do this.
    pub(super) fn authorize(
        &self,
        request: &Request,
        resource: &Resource,
        is_watch: bool,
    ) -> Result<(), Status> {
        let Some(user) = User::impersonated(request) else { return Ok(()) };
        if !self.checks_access() {
            return Ok(());
        }
        let kind = resource.served;
        let wish = Wish {
            verb: verb(request.method, resource, is_watch),
            group: kind.group,
            resource: kind.plural,
            subresource: &resource.subresource,
            namespace: &resource.namespace,
            name: &resource.name,
            path: "",
        };
        if self.allows(&user, &wish).is_some() {
            return Ok(());
        }
        let place = match wish.namespace {
            "" => "at the cluster scope".to_owned(),
            namespace => format!("in the namespace \"{namespace}\""),
        };
        let mut what = wish.resource.to_owned();
        if !wish.subresource.is_empty() {
            what = format!("{what}/{}", wish.subresource);
        }
        let why = format!(
            "User \"{}\" cannot {} resource \"{what}\" in API group \"{}\" {place}",
            user.name, wish.verb, wish.group
        );
        Err(Status::forbidden(kind, wish.name, &why))
    }

    /// Whether those who act as somebody else may do only what roles allow:
    /// Kubernetes' command tests, which have no kubelets, run with
    /// `--authorization-mode=RBAC,AlwaysAllow`.
    fn checks_access(&self) -> bool {
        self.options.kubelets
    }

    /// Why somebody may do something, if they may.
    pub(super) fn allows(&self, user: &User, wish: &Wish<'_>) -> Option<String> {
        if user.has(MASTERS) {
            return Some(String::new());
        }
        let mut grants = self.grants(user, wish.namespace);
        let granted = grants.find(|grant| covers(grant.rule, wish)).map(|grant| grant.reason());
        granted.or_else(|| (!self.checks_access()).then(String::new))
    }

    /// The rules that hold for somebody in a namespace.
    fn grants<'a>(&'a self, user: &'a User, namespace: &'a str) -> impl Iterator<Item = Grant<'a>> {
        let id = |kind: &str| self.registry.by_kind("rbac.authorization.k8s.io", kind);
        let everywhere = id("ClusterRoleBinding").map(|id| (id, ""));
        let here = id("RoleBinding").filter(|_| !namespace.is_empty()).map(|id| (id, namespace));
        let roles = (id("ClusterRole"), id("Role"));
        everywhere
            .into_iter()
            .chain(here)
            .flat_map(move |(id, space)| self.list(id, space).map(move |own| (own, space)))
            .filter_map(move |(binding, space)| {
                let subject = user.among(&binding["subjects"], space)?;
                let role = self.role(roles, &binding["roleRef"], space)?;
                Some((binding, subject, role))
            })
            .flat_map(|(binding, subject, role)| {
                let rules = role["rules"].items().iter();
                rules.map(move |rule| Grant { rule, binding, subject })
            })
    }

    fn role(
        &self,
        (cluster, own): (Option<KindId>, Option<KindId>),
        reference: &Value,
        namespace: &str,
    ) -> Option<&Value> {
        let name = reference["name"].text();
        match reference["kind"].text() {
            "ClusterRole" => self.get(cluster?, "", name),
            _ => self.get(own?, namespace, name),
        }
    }

    /// Answers a review in its `status`.
    pub(super) fn answer_review(&self, review: &mut Value, request: &Request) {
        let asking = User::impersonated(request);
        let spec = review["spec"].clone();
        let status = match review["kind"].text() {
            "SelfSubjectReview" => {
                let user = asking
                    .unwrap_or_else(|| User::administrator(self.options.administrator_has_token));
                value!({ "userInfo": (user.info()) })
            }
            "TokenReview" => value!({ "user": {}, "error": "invalid bearer token" }),
            "SelfSubjectRulesReview" => self.rules_review(asking, spec["namespace"].text()),
            "SelfSubjectAccessReview" => {
                let wish = wish(&spec);
                let reason = match asking {
                    Some(user) => self.allows(&user, &wish),
                    None => Some(String::new()),
                };
                allowance(reason)
            }
            _ => {
                let groups = spec["groups"].items().iter().map(|group| group.text().to_owned());
                let name = spec["user"].text().to_owned();
                let user = User { name, uid: "", groups: groups.collect() };
                allowance(self.allows(&user, &wish(&spec)))
            }
        };
        review.set("status", status);
    }

    fn rules_review(&self, asking: Option<User>, namespace: &str) -> Value {
        let all = value!([
            { "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"] },
            { "verbs": ["*"], "nonResourceURLs": ["*"] },
        ]);
        let mut rules: Vec<Value> = Vec::new();
        if let Some(user) = &asking {
            rules.extend(self.grants(user, namespace).map(|grant| grant.rule.clone()));
        }
        if asking.is_none() || !self.checks_access() {
            rules.extend(all.items().iter().cloned());
        }
        let (paths, resources): (Vec<Value>, Vec<Value>) =
            rules.into_iter().partition(|rule| !rule["nonResourceURLs"].is_empty());
        value!({ "resourceRules": resources, "nonResourceRules": paths, "incomplete": false })
    }
}

/// Kubernetes' word for what a request does.
fn verb(method: Method, resource: &Resource, is_watch: bool) -> &'static str {
    let all = resource.name.is_empty();
    match method {
        Method::Get | Method::Head | Method::Other if is_watch => "watch",
        Method::Get | Method::Head | Method::Other if all => "list",
        Method::Get | Method::Head | Method::Other => "get",
        Method::Post => "create",
        Method::Put => "update",
        Method::Patch => "patch",
        Method::Delete if all => "deletecollection",
        Method::Delete => "delete",
    }
}

/// What a review asks about.
fn wish(spec: &Value) -> Wish<'_> {
    let (asked, path) = (&spec["resourceAttributes"], &spec["nonResourceAttributes"]);
    if !path.is_null() {
        return Wish { verb: path["verb"].text(), path: path["path"].text(), ..Wish::default() };
    }
    Wish {
        verb: asked["verb"].text(),
        group: asked["group"].text(),
        resource: asked["resource"].text(),
        subresource: asked["subresource"].text(),
        namespace: asked["namespace"].text(),
        name: asked["name"].text(),
        path: "",
    }
}

/// Whether a rule allows something.
fn covers(rule: &Value, wish: &Wish<'_>) -> bool {
    if !rbac::matches(&rule["verbs"], wish.verb) {
        return false;
    }
    if !wish.path.is_empty() {
        let urls = rule["nonResourceURLs"].items().iter();
        return urls.map(Value::text).any(|url| match url.strip_suffix('*') {
            Some(start) => wish.path.starts_with(start),
            None => wish.path == url,
        });
    }
    let names = &rule["resourceNames"];
    rbac::matches(&rule["apiGroups"], wish.group)
        && rbac::covers_resource(&rule["resources"], wish.resource, wish.subresource)
        && (names.is_empty() || names.items().iter().any(|name| name.text() == wish.name))
}
