//! `create namespace`, `serviceaccount`, `quota`, `poddisruptionbudget` and
//! `priorityclass`.

use podyard_engine::api::selector::Selector;
use podyard_engine::quantity::Quantity;
use podyard_engine::value;
use podyard_engine::value::Value;

use super::{generate, name, object, with_own};
use crate::call::Call;
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};

const QUOTA_FLAGS: &[Flag] = &[
    flags::text("hard", "The limits, as resource=amount,resource=amount."),
    flags::text("scopes", "The scopes, commas between them."),
];
const BUDGET_FLAGS: &[Flag] = &[
    flags::text("max-unavailable", "How many Pods may be down, as a number or percentage."),
    flags::text("min-available", "How many Pods must be up, as a number or percentage."),
    flags::text("selector", "Which Pods are meant, by their labels."),
];
const PRIORITY_FLAGS: &[Flag] = &[
    flags::text("description", "When to use this class."),
    flags::switch("global-default", "Whether Pods without a class get this one."),
    flags::text("preemption-policy", "Whether others make room: PreemptLowerPriority or Never.")
        .default("PreemptLowerPriority"),
    flags::int("value", "0", "The priority."),
];

pub(super) const NAMESPACE: Command = Command::new(
    "namespace",
    "Create a namespace with the specified name",
    "NAME [--dry-run=server|client|none]",
)
.aliases(&["ns"])
.flags(with_own!(&[]))
.run(|call| Box::pin(namespace(call)));

pub(super) const SERVICE_ACCOUNT: Command = Command::new(
    "serviceaccount",
    "Create a service account with the specified name",
    "NAME [--dry-run=server|client|none]",
)
.aliases(&["sa"])
.flags(with_own!(&[]))
.run(|call| Box::pin(service_account(call)));

pub(super) const QUOTA: Command = Command::new(
    "quota",
    "Create a quota with the specified name",
    "NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] \
     [--dry-run=server|client|none]",
)
.aliases(&["resourcequota"])
.flags(with_own!(QUOTA_FLAGS))
.run(|call| Box::pin(quota(call)));

pub(super) const DISRUPTION_BUDGET: Command = Command::new(
    "poddisruptionbudget",
    "Create a pod disruption budget with the specified name",
    "NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none]",
)
.aliases(&["pdb"])
.flags(with_own!(BUDGET_FLAGS))
.run(|call| Box::pin(disruption_budget(call)));

pub(super) const PRIORITY_CLASS: Command = Command::new(
    "priorityclass",
    "Create a priority class with the specified name",
    "NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none]",
)
.aliases(&["pc"])
.flags(with_own!(PRIORITY_FLAGS))
.run(|call| Box::pin(priority_class(call)));

async fn namespace(call: &Call<'_>) -> Outcome {
    let mut made = object("v1", "Namespace", name(call)?);
    made.set("spec", Value::map());
    made.set("status", Value::map());
    generate(call, "/namespaces", made, "").await
}

async fn service_account(call: &Call<'_>) -> Outcome {
    let made = object("v1", "ServiceAccount", name(call)?);
    generate(call, "serviceaccounts", made, "failed to create serviceaccount").await
}

async fn quota(call: &Call<'_>) -> Outcome {
    let mut made = object("v1", "ResourceQuota", name(call)?);
    let mut spec = Value::map();
    for part in call.flags.text("hard").split(',').filter(|part| !part.is_empty()) {
        let Some((resource, amount)) = part.split_once('=') else {
            return fail(format!("Invalid argument syntax {part}, expected <resource>=<value>"));
        };
        Quantity::parse(amount).map_err(|error| Failure::Text(error.to_string()))?;
        spec["hard"].set(resource, amount);
    }
    let scopes = call.flags.text("scopes").split(',').filter(|scope| !scope.is_empty());
    for scope in scopes {
        spec["scopes"].push(scope);
    }
    made.set("spec", spec);
    made.set("status", Value::map());
    generate(call, "resourcequotas", made, "failed to create quota").await
}

async fn disruption_budget(call: &Call<'_>) -> Outcome {
    let name = name(call)?;
    let flags = &call.flags;
    let (min, max) = (flags.text("min-available"), flags.text("max-unavailable"));
    if flags.text("selector").is_empty() {
        return fail("a selector must be specified");
    }
    if min.is_empty() && max.is_empty() {
        return fail("one of min-available or max-unavailable must be specified");
    }
    if !min.is_empty() && !max.is_empty() {
        return fail("min-available and max-unavailable cannot be both specified");
    }
    let mut spec = Value::map();
    for (field, text) in [("minAvailable", min), ("maxUnavailable", max)] {
        match text.parse::<i64>() {
            Ok(number) => spec.set(field, number),
            Err(_) => spec.set_nonzero(field, text),
        }
    }
    spec.set("selector", label_selector(flags.text("selector"))?);
    let mut made = object("policy/v1", "PodDisruptionBudget", name);
    made.set("spec", spec);
    made.set(
        "status",
        value!({
            "currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0,
        }),
    );
    generate(call, "poddisruptionbudgets", made, "failed to create poddisruptionbudgets").await
}

/// A selector's text as a `LabelSelector`.
pub(super) fn label_selector(text: &str) -> Outcome<Value> {
    use podyard_engine::api::selector::Operator as Op;
    let parsed = Selector::parse(text).map_err(Failure::Text)?;
    let mut selector = Value::map();
    for requirement in parsed.requirements() {
        let operator = match (requirement.operator, requirement.values.as_slice()) {
            (Op::Equals | Op::DoubleEquals, [value]) => {
                selector["matchLabels"].set(&requirement.key, value);
                continue;
            }
            (Op::In, _) => "In",
            (Op::NotIn | Op::NotEquals, _) => "NotIn",
            (Op::Exists, _) => "Exists",
            (Op::DoesNotExist, _) => "DoesNotExist",
            _ => {
                return fail(format!(
                    "{:?} is not a valid label selector operator",
                    requirement.to_string()
                ));
            }
        };
        let mut expression = value!({ "key": (&requirement.key), "operator": operator });
        let values: Value = requirement.values.iter().map(Value::from).collect();
        expression.set_nonzero("values", values);
        selector["matchExpressions"].push(expression);
    }
    Ok(selector)
}

async fn priority_class(call: &Call<'_>) -> Outcome {
    let mut made = object("scheduling.k8s.io/v1", "PriorityClass", name(call)?);
    let flags = &call.flags;
    made.set("value", flags.int("value"));
    made.set_nonzero("globalDefault", flags.is("global-default"));
    made.set_nonzero("description", flags.text("description"));
    made.set("preemptionPolicy", flags.text("preemption-policy"));
    generate(call, "/priorityclasses", made, "failed to create priorityclass").await
}
