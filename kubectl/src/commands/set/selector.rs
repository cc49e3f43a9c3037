//! `kubectl set selector`.

use podyard_engine::api::selector::{Operator, Selector};
use podyard_engine::value::Value;

use super::{COMMON, Setting};
use crate::call::Call;
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};

const FLAGS: &[Flag] =
    &[flags::text("resource-version", "Change the object only if it is still at this version.")];

pub(super) const SELECTOR: Command = Command::new(
    "selector",
    "Set the selector on a resource",
    "(-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]",
)
.flags(&[FLAGS, COMMON, flags::FILES, flags::PRINT, flags::DRY_RUN, flags::RECORD])
.run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    let Some((expression, resources)) = call.args.split_last() else {
        return Err("one selector is required".into());
    };
    let parsed = Selector::parse(expression).map_err(Failure::Text)?;
    let mut labels = Value::map();
    for requirement in parsed.requirements() {
        match (requirement.operator, requirement.values.as_slice()) {
            (Operator::Equals | Operator::DoubleEquals, [value]) => {
                labels.set(&requirement.key, value);
            }
            (Operator::NotEquals, _) => {
                return fail("\"!=\" is not a valid label selector operator");
            }
            (operator, values) => {
                let word = match operator {
                    Operator::In => "In",
                    Operator::NotIn => "NotIn",
                    Operator::Exists => "Exists",
                    _ => "DoesNotExist",
                };
                return fail(format!(
                    "match expression [{{{} {word} [{}]}}] not supported on this object",
                    requirement.key,
                    values.join(" ")
                ));
            }
        }
    }
    let setting = Setting {
        resources,
        done: "selector updated",
        failed: "failed to patch selector update to pod template: ",
        local: super::LOCAL_NEEDS_FILES,
        named: false,
    };
    setting
        .run(call, Ok(()), |object| {
            if object["kind"].text() != "Service" {
                return Err(vec!["setting a selector is only supported for Services".to_owned()]);
            }
            object["spec"].set("selector", labels.clone());
            let version = call.flags.text("resource-version");
            if !version.is_empty() {
                object["metadata"].set("resourceVersion", version);
            }
            Ok(())
        })
        .await
}
