//! `kubectl apply`.
//!
//! Models kubectl's `pkg/cmd/apply`.

mod last_applied;
mod patch;
mod patcher;
mod server_side;

use podyard_engine::value::Value;

use super::delete::Deletion;
use super::get::list_of;
use crate::call::{Call, DryRun};
use crate::command::Command;
use crate::failure::{Failure, Outcome};
use crate::flags::{self, Flag};
use crate::output::Reporter;
use crate::print;
use crate::resource::{FileOptions, Info, Selector};

pub(super) use self::patch::three_way;
use self::patcher::Patcher;

/// Where `apply` keeps what was applied last.
pub(super) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

const FLAGS: &[Flag] = &[
    flags::ALL,
    flags::field_manager("kubectl-client-side-apply"),
    flags::switch("force-conflicts", "With --server-side, take over fields of others."),
    flags::LABELS,
    flags::switch("openapi-patch", "Make patches by the server's schemas.").default("true"),
    flags::switch("overwrite", "Let the file win over changes made elsewhere.").default("true"),
    flags::switch("prune", "Delete what was applied before and is in no file now."),
    flags::list("prune-allowlist", "The kinds that --prune may delete, as group/version/kind."),
    flags::switch("server-side", "Let the server apply."),
    flags::text("subresource", "Apply to this subresource; only with --server-side."),
    flags::switch("wait", "With --prune, return when the objects are gone."),
];

pub(super) const APPLY: Command = Command::new(
    "apply",
    "Apply a configuration to a resource by file name or stdin",
    "(-f FILENAME | -k DIRECTORY)",
)
.flags(&[
    FLAGS,
    flags::FILES,
    flags::PRINT,
    flags::DRY_RUN,
    flags::VALIDATE,
    flags::DELETION,
    flags::RECORD,
])
.children(&[last_applied::EDIT, last_applied::SET, last_applied::VIEW])
.run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    if !call.args.is_empty() {
        return Err(call.usage(format!("Unexpected args: [{}]", call.args.join(" "))));
    }
    let dry_run = call.dry_run()?;
    require_files(call)?;
    validate(call, dry_run)?;
    let validation = call.validation()?;
    let deletion = Deletion::on_the_way(call)?;
    if call.flags.is("prune") {
        super::prune::check(call).await?;
    }
    let mut apply = Apply {
        call,
        reporter: Reporter::new(call)?,
        dry_run,
        validation,
        deletion,
        applied: Vec::new(),
    };
    let mut failures = Vec::new();
    let mut infos = Vec::new();
    let selector = Selector {
        labels: call.flags.text("selector").to_owned(),
        files: FileOptions::of(call).validated(),
        ..Default::default()
    };
    for info in selector.files(call).await? {
        match info {
            Ok(info) => infos.push(info),
            Err(failure) => failures.push(failure),
        }
    }
    if infos.is_empty() && failures.is_empty() {
        return Err("no objects passed to apply".into());
    }
    // What is wrong with the files counts as one failure.
    let mut failures: Vec<Failure> = Failure::collect(failures).err().into_iter().collect();
    for info in infos {
        if let Err(failure) = apply.one(info).await {
            failures.push(failure);
        }
    }
    Failure::collect(failures)?;
    apply.finish().await
}

/// The refusal when neither `-f` nor `-k` is given.
pub(super) fn require_files(call: &Call<'_>) -> Outcome {
    let files = !call.flags.list("filename").is_empty();
    let kustomize = !call.flags.text("kustomize").is_empty();
    match (files, kustomize) {
        (false, false) => Err("must specify one of -f and -k".into()),
        (true, true) => Err("only one of -f or -k can be specified".into()),
        _ => Ok(()),
    }
}

fn validate(call: &Call<'_>, dry_run: DryRun) -> Outcome {
    let flags = &call.flags;
    let server_side = flags.is("server-side");
    if flags.is("force-conflicts") && !server_side {
        return Err("--force-conflicts only works with --server-side".into());
    }
    if dry_run == DryRun::Client && server_side {
        return Err("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)".into());
    }
    if flags.is("force") && server_side {
        return Err("--force cannot be used with --server-side".into());
    }
    if flags.is("force") && dry_run == DryRun::Server {
        return Err("--dry-run=server cannot be used with --force".into());
    }
    if flags.is("all") && !flags.text("selector").is_empty() {
        return Err("cannot set --all and --selector at the same time".into());
    }
    if flags.is("prune") && !flags.is("all") && flags.text("selector").is_empty() {
        return Err("all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector".into());
    }
    if !flags.text("subresource").is_empty() && !server_side {
        return Err("--subresource can only be specified for --server-side".into());
    }
    Ok(())
}

/// One run of `apply`.
struct Apply<'c, 'a> {
    call: &'c Call<'a>,
    reporter: Reporter,
    dry_run: DryRun,
    validation: &'static str,
    deletion: Deletion,
    /// What was applied, as the server now shows it.
    applied: Vec<Info>,
}

impl Apply<'_, '_> {
    async fn one(&mut self, info: Info) -> Outcome {
        let generated = info.object["metadata"]["generateName"].text();
        if info.name.is_empty() && !generated.is_empty() {
            return Err(Failure::Text(format!(
                "from {generated}: cannot use generate name with apply"
            )));
        }
        if self.call.flags.is("server-side") {
            let object = server_side::apply(self, &info).await?;
            return self.done(info.refreshed(object), "serverside-applied");
        }
        let modified = with_last_applied(self.noted(&info.object));
        match info.get(&self.call.client).await {
            Ok(live) => self.change(&info, modified, live).await,
            Err(failure) if failure.is_not_found() => self.create(&info, modified).await,
            Err(failure) => {
                let verb = format!(
                    "retrieving current configuration of:\n{}\nfrom server for:",
                    described(&info)
                );
                Err(failure.when(&verb, &info.source))
            }
        }
    }

    /// With `--record`, the object notes the command.
    fn noted(&self, object: &Value) -> Value {
        let mut object = object.clone();
        if self.call.flags.is("record") {
            object["metadata"]["annotations"]
                .set(super::record::CHANGE_CAUSE, self.call.change_cause());
        }
        object
    }

    async fn create(&mut self, info: &Info, modified: Value) -> Outcome {
        let mut created = modified;
        if self.dry_run != DryRun::Client {
            let target = self.with_parameters(info.collection());
            let answer = self.call.client.create(&target, &created).await;
            created = match answer {
                Ok(object) => object,
                Err(failure) => {
                    let failure = info.or_missing_namespace(&self.call.client, failure).await;
                    return Err(failure.when("creating", &info.source));
                }
            };
        }
        self.done(info.refreshed(created), "created")
    }

    async fn change(&mut self, info: &Info, modified: Value, live: Value) -> Outcome {
        if self.dry_run == DryRun::Client {
            return self.done(info.refreshed(live), "configured");
        }
        if live["metadata"]["annotations"].get(LAST_APPLIED).is_none() {
            self.call.io.warn(&format!(
                "Warning: resource {}/{} is missing the {LAST_APPLIED} annotation which is \
                 required by kubectl apply. kubectl apply should only be used on resources \
                 created declaratively by either kubectl create --save-config or kubectl apply. \
                 The missing annotation will be patched automatically.",
                info.resource.plural, info.name
            ));
        }
        let patcher = Patcher { apply: self, info, modified: &modified };
        let (patch, object) = patcher.patch(live).await?;
        if !object["metadata"]["deletionTimestamp"].is_null() {
            self.call.io.warn(&format!(
                "Warning: Detected changes to resource {} which is currently being deleted.",
                info.name
            ));
        }
        let done = if patch.is_empty() { "unchanged" } else { "configured" };
        self.done(info.refreshed(object), done)
    }

    fn with_parameters(&self, target: crate::client::Target) -> crate::client::Target {
        target
            .query("fieldManager", self.call.flags.text("field-manager"))
            .query("fieldValidation", self.validation)
            .query_some("dryRun", self.dry_run.parameter())
    }

    fn done(&mut self, info: Info, done: &str) -> Outcome {
        let brief = self.reporter.is_brief() || self.reporter.is_name();
        if brief {
            let done = format!("{done}{}", self.dry_run.suffix());
            self.reporter.report(self.call, &info.object, &done)?;
        }
        self.applied.push(info);
        Ok(())
    }

    /// Prints the objects, when whole ones are asked for, and prunes.
    async fn finish(&mut self) -> Outcome {
        if self.call.flags.is("prune") {
            super::prune::run(self.call, &self.applied, &self.deletion).await?;
        }
        if self.reporter.is_brief() || self.reporter.is_name() {
            return Ok(());
        }
        let mut objects: Vec<Value> = self.applied.iter().map(|one| one.object.clone()).collect();
        let object =
            if objects.len() == 1 { objects.pop().unwrap_or_default() } else { list_of(objects) };
        self.reporter.report(self.call, &object, "")
    }
}

/// An object as apply's errors describe it.
pub(super) fn described(info: &Info) -> String {
    format!(
        "Resource: {:?}, GroupVersionKind: {:?}\nName: {:?}, Namespace: {:?}",
        info.resource.gvr(),
        info.resource.gvk(),
        info.name,
        info.namespace
    )
}

/// The object that kubectl made itself, with its configuration in an
/// annotation.
pub(super) fn with_own_config(mut object: Value) -> Value {
    let text = format!("{}\n", print::to_typed_json_line(&object));
    object["metadata"]["annotations"].set(LAST_APPLIED, text);
    object
}

/// The object with its own configuration in an annotation.
pub(super) fn with_last_applied(mut object: Value) -> Value {
    let annotations = &mut object["metadata"]["annotations"];
    annotations.make_map().remove(LAST_APPLIED);
    let text = format!("{}\n", print::to_json_line(&object));
    object["metadata"]["annotations"].set(LAST_APPLIED, text);
    object
}
