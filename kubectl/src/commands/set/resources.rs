//! `kubectl set resources`.

use podyard_engine::quantity::Quantity;

use super::{COMMON, Setting, each_container, pod_spec};
use crate::call::Call;
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};

const FLAGS: &[Flag] = &[
    flags::text("containers", "Which containers, * standing for any letters.")
        .short('c')
        .default("*"),
    flags::text("limits", "The limits, as cpu=100m,memory=256Mi; 0 takes one away."),
    flags::text("requests", "The requests, as cpu=100m,memory=256Mi; 0 takes one away."),
];

pub(super) const RESOURCES: Command = Command::new(
    "resources",
    "Update resource requests/limits on objects with pod templates",
    "(-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS]",
)
.flags(&[FLAGS, COMMON, flags::FILES, flags::PRINT, flags::DRY_RUN, flags::RECORD])
.run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    let flags = &call.flags;
    let limits = parse(flags.text("limits"));
    let requests = parse(flags.text("requests"));
    let mut checked = Ok(());
    if flags.text("limits").is_empty() && flags.text("requests").is_empty() {
        checked = fail(
            "you must specify an update to requests or limits (in the form of --requests/--limits)",
        );
    }
    let checked = checked
        .and(limits.as_ref().map(|_| ()).map_err(Clone::clone))
        .and(requests.as_ref().map(|_| ()).map_err(Clone::clone));
    let wanted =
        [("limits", limits.unwrap_or_default()), ("requests", requests.unwrap_or_default())];
    let setting = Setting {
        resources: &call.args,
        done: "resource requirements updated",
        failed: "failed to patch resources update to pod template ",
        local: super::LOCAL_NEEDS_FILES,
        named: true,
    };
    setting
        .run(call, checked, |object| {
            let spec = pod_spec(object)?;
            let pattern = flags.text("containers");
            let mut count = 0;
            for list in ["initContainers", "containers"] {
                count += each_container(spec, list, pattern, |container| {
                    for (field, amounts) in &wanted {
                        for (name, amount) in amounts {
                            container["resources"][*field].set(name, amount.as_str());
                        }
                    }
                });
            }
            if count == 0 {
                return Err(vec![format!("unable to find container named {pattern}")]);
            }
            Ok(())
        })
        .await
}

/// Reads `cpu=100m,memory=256Mi`.
fn parse(text: &str) -> Outcome<Vec<(String, String)>> {
    let mut amounts = Vec::new();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let Some((name, amount)) = part.split_once('=').filter(|(_, rest)| !rest.contains('='))
        else {
            return Err(Failure::Text(format!(
                "Invalid argument syntax {part}, expected <resource>=<value>"
            )));
        };
        Quantity::parse(amount).map_err(|error| Failure::Text(error.to_string()))?;
        amounts.push((name.to_owned(), amount.to_owned()));
    }
    Ok(amounts)
}
