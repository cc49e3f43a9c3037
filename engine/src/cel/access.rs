//! Questions to the authorizer: `authorizer.group('apps').resource('…')`.
//!
//! Source: `k8s.io/apiserver`'s `pkg/cel/library/authz.go`.

use std::fmt;
use std::sync::Arc;

use super::value::Cel;

/// A question that is being put together, and its answer in the end.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Access {
    /// A path that is no resource's; else empty.
    pub path: String,
    /// The API group.
    pub group: String,
    /// The resource; empty until one is named.
    pub resource: String,
    /// A part of it.
    pub subresource: String,
    /// The namespace.
    pub namespace: String,
    /// The object.
    pub name: String,
    /// What is to be done.
    pub verb: String,
    /// Whom to ask about instead of the sender of the request.
    pub account: Option<(String, String)>,
    /// What the request that is judged asks for.
    pub requested: Option<Arc<Access>>,
    /// Whether it is allowed, and why.
    pub answer: Option<(bool, String)>,
}

/// Who answers: whether something is allowed, and why.
#[derive(Clone, Copy)]
pub struct Judge<'a>(pub &'a dyn Fn(&Access) -> (bool, String));

impl fmt::Debug for Judge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Judge")
    }
}

/// Answers a method of the authorizer and of what it makes.
pub(super) fn call(
    access: &Access,
    name: &str,
    args: &[Cel],
    judge: Option<Judge<'_>>,
) -> Option<Cel> {
    let text = |at: usize| args.get(at).and_then(Cel::as_str);
    let mut next = access.clone();
    match (name, args.len()) {
        ("path", 1) => text(0)?.clone_into(&mut next.path),
        ("group", 1) => text(0)?.clone_into(&mut next.group),
        ("resource", 1) => text(0)?.clone_into(&mut next.resource),
        ("subresource", 1) => text(0)?.clone_into(&mut next.subresource),
        ("namespace", 1) => text(0)?.clone_into(&mut next.namespace),
        ("name", 1) => text(0)?.clone_into(&mut next.name),
        ("serviceAccount", 2) => next.account = Some((text(0)?.to_owned(), text(1)?.to_owned())),
        ("check", 1) => {
            text(0)?.clone_into(&mut next.verb);
            next.answer = judge.map(|Judge(answer)| answer(&next));
        }
        ("allowed", 0) => return Some(Cel::Bool(access.answer.as_ref()?.0)),
        ("reason", 0) => return Some(Cel::str(&access.answer.as_ref()?.1)),
        ("errored", 0) => return Some(Cel::Bool(false)),
        ("error", 0) => return Some(Cel::str("")),
        _ => return None,
    }
    Some(Cel::Access(Arc::new(next)))
}
