//! `kubectl set image`.

use std::cell::RefCell;

use super::{COMMON, Setting, each_container, pod_spec};
use crate::call::Call;
use crate::command::Command;
use crate::commands::change::Pairs;
use crate::failure::{Failure, Outcome};
use crate::flags;

pub(super) const IMAGE: Command = Command::new(
    "image",
    "Update the image of a pod template",
    "(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... \
     CONTAINER_NAME_N=CONTAINER_IMAGE_N",
)
.flags(&[COMMON, flags::FILES, flags::PRINT, flags::DRY_RUN, flags::RECORD])
.run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    let split = Pairs::split(&call.args, "image")?;
    let images = split.parse("image", false)?.set;
    let mut problems = Vec::new();
    let wildcard = images.iter().any(|(name, _)| name == "*");
    if images.is_empty() {
        problems.push(Failure::from("at least one image update is required"));
    } else if images.len() > 1 && wildcard {
        problems.push("all containers are already specified by *, but saw more than one container_name=container_image pairs".into());
    }
    let setting = Setting {
        resources: &split.resources,
        done: "image updated",
        failed: "failed to patch image update to pod template: ",
        local: super::LOCAL_NEEDS_FILES,
        named: true,
    };
    // A container that is not there does not keep the others from their image.
    let missing = RefCell::new(Vec::new());
    let done = setting
        .run(call, Failure::collect(problems), |object| {
            let spec = pod_spec(object)?;
            for (container, image) in &images {
                let mut found = 0;
                for list in ["initContainers", "containers"] {
                    found += each_container(spec, list, container, |one| {
                        one.set("image", image.as_str());
                    });
                }
                if found == 0 {
                    let text = format!("unable to find container named {container:?}");
                    missing.borrow_mut().push(Failure::Text(text));
                }
            }
            Ok(())
        })
        .await;
    let mut failures = missing.into_inner();
    failures.extend(done.err());
    Failure::collect(failures)
}
