//! `kubectl set serviceaccount`.

use super::{COMMON, Setting, pod_spec};
use crate::call::Call;
use crate::command::Command;
use crate::failure::Outcome;
use crate::flags;
use crate::resource::MISSING;

pub(super) const SERVICE_ACCOUNT: Command = Command::new(
    "serviceaccount",
    "Update the service account of a resource",
    "(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT",
)
.aliases(&["sa"])
.flags(&[COMMON, flags::FILES, flags::PRINT, flags::DRY_RUN, flags::RECORD])
.run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    let Some((account, resources)) = call.args.split_last() else {
        return Err("serviceaccount is required".into());
    };
    let setting = Setting {
        resources,
        done: "serviceaccount updated",
        failed: "failed to patch ServiceAccountName ",
        local: MISSING,
        named: true,
    };
    setting
        .run(call, Ok(()), |object| {
            let spec = pod_spec(object)?;
            spec.set("serviceAccountName", account.as_str());
            Ok(())
        })
        .await
}
