//! Changing an object that exists: the patch, and what to do when it is
//! refused.
//!
//! Models `pkg/cmd/apply/patcher.go`.

use podyard_engine::sim::Delay;
use podyard_engine::value::{Value, parse_json};

use super::{Apply, LAST_APPLIED, described, patch};
use crate::client::{MERGE_PATCH, STRATEGIC_PATCH};
use crate::failure::{Failure, Outcome};
use crate::resource::Info;

/// How often a conflict is tried again.
const ATTEMPTS_MAX: usize = 5;

pub(super) struct Patcher<'p, 'c, 'a> {
    pub(super) apply: &'p Apply<'c, 'a>,
    pub(super) info: &'p Info,
    /// The file's object, with its annotation.
    pub(super) modified: &'p Value,
}

impl Patcher<'_, '_, '_> {
    /// Patches the object, of which `live` is what the server has; gives the
    /// patch and the object after it.
    pub(super) async fn patch(&self, live: Value) -> Outcome<(Value, Value)> {
        let (mut patch, mut answer) = self.attempt(live).await?;
        for _ in 1..ATTEMPTS_MAX {
            match &answer {
                Err(failure) if failure.is_conflict() => {
                    self.apply.call.io.transport.sleep(Delay::secs(1)).await;
                    let live = self.info.get(&self.apply.call.client).await?;
                    (patch, answer) = self.attempt(live).await?;
                }
                _ => break,
            }
        }
        match answer {
            Ok(object) => Ok((patch, object)),
            Err(failure) if self.may_recreate(&failure) => Ok((patch, self.recreate().await?)),
            Err(failure) => {
                let source = &self.info.source;
                let verb = format!(
                    "applying patch:\n{}\nto:\n{}\nfor:",
                    patch.to_json(),
                    described(self.info)
                );
                Err(failure.when("patching", source).when(&verb, source))
            }
        }
    }

    async fn attempt(&self, live: Value) -> Outcome<(Value, Outcome<Value>)> {
        let last = live["metadata"]["annotations"][LAST_APPLIED].text();
        let original = if last.is_empty() {
            Value::Null
        } else {
            parse_json(last.as_bytes()).map_err(|error| Failure::Text(error.message))?
        };

        let made = patch::three_way(&self.info.resource, &original, self.modified, &live)
            .map_err(|problem| {
                Failure::Text(format!("creating patch with:\noriginal:\n{last}\nmodified:\n{}\ncurrent:\n{}\nfor: {problem}", self.modified.to_json(), live.to_json()))
                    .when("applying patch", &self.info.source)
            })?;
        if made.patch.is_empty() {
            return Ok((made.patch, Ok(live)));
        }
        let content_type = if made.strategic { STRATEGIC_PATCH } else { MERGE_PATCH };
        let target = self.apply.with_parameters(self.info.target());
        let answer = self.apply.call.client.patch(&target, content_type, &made.patch).await;
        Ok((made.patch, answer))
    }

    fn may_recreate(&self, failure: &Failure) -> bool {
        let refused = failure.is_conflict() || failure.reason() == "Invalid";
        self.apply.call.flags.is("force") && refused
    }

    async fn recreate(&self) -> Outcome<Value> {
        let call = self.apply.call;
        super::super::delete::delete_and_wait(call, self.info, &self.apply.deletion).await?;
        let target = self.apply.with_parameters(self.info.collection());
        call.client.create(&target, self.modified).await
    }
}
