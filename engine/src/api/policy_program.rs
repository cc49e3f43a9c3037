//! Admission policies as programs: what their expressions may name, and what
//! they decide about a write.
//!
//! Sources: `k8s.io/apiserver`'s `pkg/admission/plugin/{cel,policy/validating}`
//! and `pkg/apis/admissionregistration/validation`.

use super::{Errors, Path};
use crate::cel::{AUTHORIZER, Cel, Environment, Judge, Program, Scope, Type};
use crate::value::Value;

/// What an expression may name beside the objects and the request.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Names {
    /// The object with the policy's parameters.
    pub(super) params: bool,
    /// The authorizer.
    pub(super) authorizer: bool,
    /// The namespace of the object.
    pub(super) namespace: bool,
}

/// What an expression must evaluate to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A truth value.
    Bool,
    /// A text.
    Text,
    /// A text or nothing.
    TextOrNull,
    /// Anything.
    Any,
}

/// The environment of an expression.
pub(super) fn environment(names: Names) -> Environment {
    let mut variables =
        vec![("object", Type::Dyn), ("oldObject", Type::Dyn), ("request", request_type())];
    if names.params {
        variables.push(("params", Type::Dyn));
    }
    if names.authorizer {
        variables.push(("authorizer", AUTHORIZER));
    }
    if names.namespace {
        variables.push(("namespaceObject", Type::Dyn));
    }
    Environment::new(&variables)
}

fn request_type() -> Type {
    let texts = |name: &str, fields: [&'static str; 3]| {
        Type::object(name, fields.map(|field| (field, Type::Str)).to_vec())
    };
    let kind = || texts("kubernetes.GroupVersionKind", ["group", "version", "kind"]);
    let resource = || texts("kubernetes.GroupVersionResource", ["group", "version", "resource"]);
    let user = Type::object(
        "kubernetes.UserInfo",
        vec![
            ("username", Type::Str),
            ("uid", Type::Str),
            ("groups", Type::list(Type::Str)),
            ("extra", Type::map(Type::list(Type::Str))),
        ],
    );
    Type::object(
        "kubernetes.AdmissionRequest",
        vec![
            ("kind", kind()),
            ("resource", resource()),
            ("subResource", Type::Str),
            ("requestKind", kind()),
            ("requestResource", resource()),
            ("requestSubResource", Type::Str),
            ("name", Type::Str),
            ("namespace", Type::Str),
            ("operation", Type::Str),
            ("userInfo", user),
            ("dryRun", Type::Bool),
            ("options", Type::Dyn),
        ],
    )
}

/// Compiles an expression that must evaluate to something.
fn compile(text: &str, wanted: Wanted, environment: &Environment) -> Result<Program, String> {
    let program = Program::compile(text, environment)?;
    let (fits, name) = match wanted {
        Wanted::Any => (true, ""),
        Wanted::Bool => (matches!(program.result(), Type::Bool | Type::Dyn), "bool"),
        Wanted::Text => (matches!(program.result(), Type::Str | Type::Dyn), "string"),
        Wanted::TextOrNull => {
            let fits = matches!(program.result(), Type::Str | Type::Null | Type::Dyn);
            (fits, "one of [string null_type]")
        }
    };
    if fits { Ok(program) } else { Err(format!("must evaluate to {name}")) }
}

/// Says why an expression cannot be compiled, if it cannot.
pub(super) fn validate(
    text: &str,
    wanted: Wanted,
    environment: &Environment,
    path: &Path<'_>,
    errors: &mut Errors,
) -> Option<Type> {
    match compile(text, wanted, environment) {
        Ok(program) => Some(program.result().clone()),
        Err(why) => {
            errors.invalid(path, text, &why);
            None
        }
    }
}

/// The environment of a policy's validations, with the policy's variables.
/// `each` hears of each variable and of the environment it may use.
pub(super) fn with_variables(
    spec: &Value,
    names: Names,
    mut each: impl FnMut(usize, &Value, &Environment) -> Type,
) -> Environment {
    let base = environment(names);
    let (mut known, mut full) = (Vec::new(), base.clone());
    for (index, variable) in spec["variables"].items().iter().enumerate() {
        let mut own = base.clone();
        own.variables.push(("variables".to_owned(), variables_type(&known)));
        let kind = each(index, variable, &own);
        known.push((variable["name"].text(), kind));
    }
    full.variables.push(("variables".to_owned(), variables_type(&known)));
    full
}

fn variables_type(known: &[(&str, Type)]) -> Type {
    Type::object("kubernetes.variables", known.to_vec())
}

/// A policy whose expressions are compiled.
#[derive(Debug)]
pub struct Policy {
    conditions: Vec<Program>,
    variables: Vec<(String, Program)>,
    validations: Vec<Validation>,
    annotations: Vec<(String, Program)>,
}

#[derive(Debug)]
struct Validation {
    program: Program,
    message_program: Option<Program>,
    source: Value,
}

/// Why a policy refuses a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What it says.
    pub message: String,
    /// Its machine-readable reason; empty where the policy gives none.
    pub reason: String,
    /// Whether the policy failed rather than refused.
    pub is_failure: bool,
}

impl Refusal {
    /// What a failure of the policy itself says.
    pub fn failure(message: String) -> Self {
        Self { message, reason: String::new(), is_failure: true }
    }
}

impl Policy {
    /// Compiles a policy that was valid when it was stored.
    pub fn compile(spec: &Value) -> Self {
        let params = !spec["paramKind"].is_null();
        let names = Names { params, authorizer: true, namespace: true };
        let program =
            |text: &str, wanted, environment: &Environment| compile(text, wanted, environment).ok();
        let base = environment(names);
        let conditions = spec["matchConditions"].items().iter();
        let conditions = conditions
            .filter_map(|own| program(own["expression"].text(), Wanted::Bool, &base))
            .collect();
        let mut variables = Vec::new();
        let full = with_variables(spec, names, |_, variable, environment| {
            let compiled = program(variable["expression"].text(), Wanted::Any, environment);
            let kind = compiled.as_ref().map_or(Type::Dyn, |program| program.result().clone());
            variables.extend(compiled.map(|own| (variable["name"].text().to_owned(), own)));
            kind
        });
        let validations = spec["validations"].items().iter().filter_map(|own| {
            Some(Validation {
                program: program(own["expression"].text(), Wanted::Bool, &full)?,
                message_program: program(own["messageExpression"].text(), Wanted::Text, &full),
                source: own.clone(),
            })
        });
        let validations = validations.collect();
        let annotations = spec["auditAnnotations"].items().iter().filter_map(|own| {
            let text = own["valueExpression"].text();
            Some((text.to_owned(), program(text, Wanted::TextOrNull, &full)?))
        });
        let annotations = annotations.collect();
        Self { conditions, variables, validations, annotations }
    }

    /// What the policy has against a write, of which `known` tells.
    pub fn refusals(&self, known: &[(&str, Cel)], judge: Judge<'_>) -> Vec<Refusal> {
        let mut scope = Scope::new(known.to_vec(), Some(judge));
        match self.applies(&scope) {
            Ok(true) => {}
            Ok(false) => return Vec::new(),
            Err(why) => return vec![Refusal::failure(why)],
        }
        scope.variables.push(("variables", Cel::fields(Vec::new())));
        let mut values: Vec<(&str, Cel)> = Vec::new();
        for (name, program) in &self.variables {
            // A variable that fails fails those who use it.
            let value = program.evaluate(&scope).unwrap_or_else(|why| {
                Cel::Failed(format!("composited variable {name:?} fails to evaluate: {why}").into())
            });
            values.push((name, value));
            if let Some((_, all)) = scope.variables.last_mut() {
                *all = Cel::fields(values.clone());
            }
        }
        let mut refusals: Vec<Refusal> =
            self.validations.iter().filter_map(|own| own.refusal(&scope)).collect();
        refusals.extend(self.annotations.iter().filter_map(|(text, program)| {
            let why = program.evaluate(&scope).err()?;
            Some(Refusal::failure(format!("valueExpression '{text}' resulted in error: {why}")))
        }));
        refusals
    }

    /// Whether all conditions hold. One that does not outweighs those that
    /// fail.
    fn applies(&self, scope: &Scope<'_>) -> Result<bool, String> {
        let mut failed = None;
        for condition in &self.conditions {
            match condition.evaluate(scope) {
                Ok(Cel::Bool(true)) => {}
                Ok(_) => return Ok(false),
                Err(why) => failed = failed.or(Some(why)),
            }
        }
        failed.map_or(Ok(true), Err)
    }
}

impl Validation {
    fn refusal(&self, scope: &Scope<'_>) -> Option<Refusal> {
        let expression = self.source["expression"].text();
        match self.program.evaluate(scope) {
            Ok(Cel::Bool(true)) => None,
            Ok(_) => Some(Refusal {
                message: self.message(scope),
                reason: self.source["reason"].text().to_owned(),
                is_failure: false,
            }),
            Err(why) => {
                let message = format!("expression '{expression}' resulted in error: {why}");
                Some(Refusal::failure(message))
            }
        }
    }

    fn message(&self, scope: &Scope<'_>) -> String {
        let computed = self.message_program.as_ref().and_then(|program| {
            let text = program.evaluate(scope).ok()?.as_str()?.trim().to_owned();
            (!text.is_empty() && !text.contains(['\n', '\r'])).then_some(text)
        });
        computed.unwrap_or_else(|| match self.source["message"].text().trim() {
            "" => format!("failed expression: {}", self.source["expression"].text().trim()),
            message => message.to_owned(),
        })
    }
}
