//! `kubectl set`.
//!
//! Models kubectl's `pkg/cmd/set`.

mod env;
mod image;
mod resources;
mod selector;
mod service_account;
mod subject;

pub(super) use self::subject::subjects;

use podyard_engine::schema::{FieldValidation, decode};
use podyard_engine::value::Value;

use super::change;
use crate::call::{Call, DryRun};
use crate::command::Command;
use crate::failure::{Failure, Outcome};
use crate::flags::{self, Flag};
use crate::output::Reporter;
use crate::resource::{FileOptions, Info, Selector, latest};

const COMMON: &[Flag] =
    &[flags::ALL, flags::LABELS, flags::LOCAL, flags::field_manager("kubectl-set")];

pub(super) const SET: Command =
    Command::new("set", "Set specific features on objects", "SUBCOMMAND").children(&[
        env::ENV,
        image::IMAGE,
        resources::RESOURCES,
        selector::SELECTOR,
        service_account::SERVICE_ACCOUNT,
        subject::SUBJECT,
    ]);

/// What one subcommand does, in its words.
struct Setting<'w> {
    /// The arguments that name objects.
    resources: &'w [String],
    /// What is printed after the name.
    done: &'w str,
    /// What a refusal of the server is introduced with.
    failed: &'w str,
    /// The refusal of `--local` without a file.
    local: &'static str,
    /// Whether what is wrong with an object is told with its name.
    named: bool,
}

/// The refusal of `--local` without a file.
pub(super) const LOCAL_NEEDS_FILES: &str = "you must specify resources by --filename when --local is set.\n\
    Example resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'";

impl Setting<'_> {
    /// Changes every object that is meant with `change`, which says what is
    /// wrong where it cannot. Real kubectl reads the objects before it checks
    /// its flags, of which `checked` is the result.
    async fn run(
        &self,
        call: &Call<'_>,
        checked: Outcome,
        change: impl Fn(&mut Value) -> Result<(), Vec<String>>,
    ) -> Outcome {
        let dry_run = call.dry_run()?;
        let mut reporter = Reporter::new(call)?.typed();
        let (infos, failures) = self.objects(call).await?;
        Failure::collect(failures)?;
        validate(call)?;
        checked?;
        let mut failures = Vec::new();
        for info in infos {
            let mut after = info.object.clone();
            if let Err(problems) = change(&mut after) {
                let named = |problem: String| {
                    Failure::Text(
                        if !self.named || problem.starts_with("unable to find container") {
                            problem
                        } else {
                            format!("{}/{} {problem}", info.resource.plural, info.name)
                        },
                    )
                };
                failures.extend(problems.into_iter().map(named));
                continue;
            }
            note(call, &info, &mut after);
            match change::send(call, &info, &after, dry_run).await {
                Ok(None) => {
                    if call.flags.is("local") {
                        reporter.report(call, &after, self.done)?;
                    }
                }
                Ok(Some(object)) => {
                    let done = format!("{}{}", self.done, dry_run.suffix());
                    reporter.report(call, &object, &done)?;
                }
                Err(failure) => {
                    failures.push(Failure::Text(format!("{}{}", self.failed, failure.text())));
                }
            }
        }
        Failure::collect(failures)
    }

    async fn objects(&self, call: &Call<'_>) -> Outcome<(Vec<Info>, Vec<Failure>)> {
        let mut selector = Selector::of(call, false);
        selector.args = self.resources.to_vec();
        if call.flags.is("local") {
            if !selector.files.are_given() {
                return Err(self.local.into());
            }
            return local(call, &selector.files).await;
        }
        latest(call, &selector).await
    }
}

/// With `--record`, a changed object notes the command.
fn note(call: &Call<'_>, info: &Info, after: &mut Value) {
    let annotations = &after["metadata"]["annotations"];
    let noted = annotations.get(super::record::CHANGE_CAUSE).is_some();
    if *after != info.object && (call.flags.is("record") || noted && call.flags.changed("record")) {
        after["metadata"]["annotations"].set(super::record::CHANGE_CAUSE, call.change_cause());
    }
}

/// With `--local`, the objects of the files themselves.
async fn local(call: &Call<'_>, files: &FileOptions) -> Outcome<(Vec<Info>, Vec<Failure>)> {
    let (mut infos, mut failures) = (Vec::new(), Vec::new());
    for info in crate::resource::read_files(call, files).await? {
        match info {
            Ok(info) => infos.push(decoded(info)),
            Err(failure) => failures.push(failure),
        }
    }
    Ok((infos, failures))
}

/// The object as a struct writes it that has read it.
fn decoded(info: Info) -> Info {
    let Some(known) = change::type_of(&info.resource) else { return info };
    match decode(known, &info.object, &[], FieldValidation::Ignore) {
        Ok(decoded) => info.refreshed(decoded.value),
        Err(_) => info,
    }
}

/// The checks of flags that all subcommands share.
fn validate(call: &Call<'_>) -> Outcome {
    if call.flags.is("local") && call.dry_run()? == DryRun::Server {
        return Err(
            "cannot specify --local and --dry-run=server - did you mean --dry-run=client?".into()
        );
    }
    if call.flags.is("all") && !call.flags.text("selector").is_empty() {
        return Err("cannot set --all and --selector at the same time".into());
    }
    Ok(())
}

const NO_TEMPLATE: &str = "the object is not a pod or does not have a pod template";

/// The Pod spec inside an object.
fn pod_spec(object: &mut Value) -> Result<&mut Value, Vec<String>> {
    if let Some(path) = change::pod_spec_path(object["kind"].text()) {
        return Ok(object.at_mut(path));
    }
    let api_version = object["apiVersion"].text();
    let version = api_version.rsplit('/').next().unwrap_or(api_version);
    Err(vec![format!("{NO_TEMPLATE}: *{version}.{}", object["kind"].text())])
}

/// Calls `act` with the containers of `list` that `pattern` names; gives how
/// many there were.
fn each_container(
    spec: &mut Value,
    list: &str,
    pattern: &str,
    mut act: impl FnMut(&mut Value),
) -> usize {
    if spec[list].items().is_empty() {
        return 0;
    }
    let mut count = 0;
    for container in spec[list].make_list() {
        if matches_pattern(pattern, container["name"].text()) {
            count += 1;
            act(container);
        }
    }
    count
}

/// Whether a name fits a pattern with `*` at its ends.
fn matches_pattern(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(""), _) => true,
        (Some(end), Some(_)) => name.contains(end.trim_end_matches('*')),
        (Some(end), None) => name.ends_with(end),
        (None, Some(start)) => name.starts_with(start),
        (None, None) => name == pattern,
    }
}
