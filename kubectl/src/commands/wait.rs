//! `kubectl wait`, and waiting until objects are gone.
//!
//! Models kubectl's `pkg/cmd/wait`.

use podyard_engine::sim::Time;

use crate::call::Call;
use crate::client::JSON;
use crate::failure::{Failure, Outcome};
use crate::resource::{Info, Listed};

/// The collection that holds only this object.
pub(super) fn alone(info: &Info) -> Listed {
    Listed {
        resource: info.resource.clone(),
        namespace: info.namespace.clone(),
        labels: String::new(),
        fields: format!("metadata.name={}", info.name),
    }
}

/// What a wait says when the time is up.
pub(super) fn timed_out(info: &Info) -> Failure {
    Failure::Text(format!(
        "timed out waiting for the condition on {}/{}",
        info.resource.plural, info.name
    ))
}

/// Waits until the object is gone, or another with its name is there.
pub(super) async fn until_deleted(
    call: &Call<'_>,
    info: &Info,
    uid: &str,
    deadline: Time,
) -> Outcome {
    let client = &call.client;
    let gone = |found: &str| !uid.is_empty() && found != uid;
    match client.get(&info.target()).await {
        Err(failure) if failure.is_not_found() => return Ok(()),
        Err(failure) => return Err(failure),
        Ok(object) if gone(object["metadata"]["uid"].text()) => return Ok(()),
        Ok(_) => {}
    }
    let target = alone(info).target();
    loop {
        let list = client.get(&target).await?;
        match list["items"].items().first() {
            None => return Ok(()),
            Some(object) if gone(object["metadata"]["uid"].text()) => return Ok(()),
            Some(_) => {}
        }
        let version = list["metadata"]["resourceVersion"].text();
        let mut watch = client.watch(&target, JSON, version).await?;
        while let Some(event) = watch.next(Some(deadline)).await? {
            if event.kind == "DELETED" {
                return Ok(());
            }
        }
        if call.io.transport.now() >= deadline {
            return Err(timed_out(info));
        }
    }
}
