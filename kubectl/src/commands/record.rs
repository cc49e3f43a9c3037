//! `--record`: the command in the annotation `kubernetes.io/change-cause`.

use podyard_engine::value;

use crate::call::Call;
use crate::client::MERGE_PATCH;
use crate::failure::Outcome;
use crate::resource::Info;

/// The annotation.
pub(super) const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// Notes the command in an object that has just been changed.
pub(super) async fn note(call: &Call<'_>, info: &Info) -> Outcome {
    let mut patch = value!({});
    patch["metadata"]["annotations"].set(CHANGE_CAUSE, call.change_cause());
    call.client.patch(&info.target(), MERGE_PATCH, &patch).await.map(|_| ())
}
