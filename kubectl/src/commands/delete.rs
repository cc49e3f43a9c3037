//! `kubectl delete`.
//!
//! Models kubectl's `pkg/cmd/delete`.

use podyard_engine::sim::Delay;
use podyard_engine::value;
use podyard_engine::wire::{Method, Request};

use super::wait::until_deleted;
use crate::call::{Call, DryRun};
use crate::client::JSON;
use crate::command::Command;
use crate::failure::{Failure, Outcome};
use crate::flags::{self, Flag};
use crate::resource::{Info, Selection, Selector};

const FLAGS: &[Flag] = &[
    flags::ALL,
    flags::ALL_NAMESPACES,
    flags::switch("ignore-not-found", "What is not there counts as deleted."),
    flags::switch("interactive", "Ask before deleting.").short('i'),
    flags::switch("now", "End at once, as --grace-period=1."),
    flags::text("output", "\"name\" for shorter output (resource/name).").short('o'),
    flags::text("raw", "A path to DELETE, as it is."),
    flags::switch("wait", "Return when the objects are gone.").default("true"),
];

pub(super) const DELETE: Command = Command::new(
    "delete",
    "Delete resources by file names, stdin, resources and names, or by resources and label selector",
    "([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])",
)
.flags(&[FLAGS, flags::SELECT, flags::FILES, flags::DELETION, flags::DRY_RUN])
.run(|call| Box::pin(run(call)));

/// How objects are to be deleted.
pub(super) struct Deletion {
    /// Seconds; negative for the object's own.
    pub(super) grace_period: i64,
    /// `Background`, `Foreground` or `Orphan`.
    pub(super) cascade: &'static str,
    /// Whether it is only tried.
    pub(super) dry_run: DryRun,
}

impl Deletion {
    /// What the deletion flags of `call` ask for, where deleting is only a
    /// part of the work: `--force` then takes no grace away.
    pub(super) fn on_the_way(call: &Call<'_>) -> Outcome<Self> {
        let grace_period = call.flags.int("grace-period");
        Ok(Self { grace_period, cascade: cascade(call)?, dry_run: call.dry_run()? })
    }

    /// What the deletion flags of `kubectl delete` ask for.
    fn of(call: &Call<'_>) -> Outcome<Self> {
        let flags = &call.flags;
        let force = flags.is("force");
        let mut grace_period = flags.int("grace-period");
        if flags.is("now") {
            if grace_period != -1 {
                return Err("--now and --grace-period cannot be specified together".into());
            }
            grace_period = 1;
        }
        if grace_period == 0 && !force {
            // Without --force, zero seconds become one: enough to be safe.
            grace_period = 1;
        }
        if force && grace_period > 0 {
            return Err(
                "--force and --grace-period greater than 0 cannot be specified together".into()
            );
        }
        if force && grace_period < 0 {
            grace_period = 0;
        }
        Ok(Self { grace_period, cascade: cascade(call)?, dry_run: call.dry_run()? })
    }

    /// Says that forced deletion does not wait.
    pub(super) fn warn(&self, call: &Call<'_>) {
        if self.grace_period == 0 {
            call.io.warn(
                "Warning: Immediate deletion does not wait for confirmation that the running \
                 resource has been terminated. The resource may continue to run on the cluster \
                 indefinitely.",
            );
        }
    }

    /// Deletes one object; gives its UID.
    pub(super) async fn delete(&self, call: &Call<'_>, info: &Info) -> Outcome<String> {
        let mut options = value!({ "propagationPolicy": self.cascade });
        if self.grace_period >= 0 {
            options.set("kind", "DeleteOptions");
            options.set("apiVersion", "v1");
            options.set("gracePeriodSeconds", self.grace_period);
        }
        if self.dry_run == DryRun::Server {
            options.set("dryRun", value!(["All"]));
        }
        let answer = call.client.write(Method::Delete, &info.target(), JSON, &options).await;
        let answer = answer.map_err(|failure| failure.when("deleting", &info.source))?;
        let uid = match answer["kind"].text() {
            "Status" => &answer["details"]["uid"],
            _ => &answer["metadata"]["uid"],
        };
        Ok(uid.text().to_owned())
    }

    fn report(&self, call: &Call<'_>, info: &Info) {
        if call.flags.text("output") == "name" {
            call.io.line(&info.printed());
            return;
        }
        let done = if self.grace_period == 0 { "force deleted" } else { "deleted" };
        call.io.line(&format!(
            "{} \"{}\" {done}{}",
            info.resource.printed(),
            info.name,
            self.dry_run.suffix()
        ));
    }
}

fn cascade(call: &Call<'_>) -> Outcome<&'static str> {
    match call.flags.text("cascade") {
        "background" | "" => Ok("Background"),
        "foreground" => Ok("Foreground"),
        "orphan" => Ok("Orphan"),
        "true" => {
            call.io.warn("warning: --cascade=true is deprecated (boolean value) and can be replaced with --cascade=background.");
            Ok("Background")
        }
        "false" => {
            call.io.warn("warning: --cascade=false is deprecated (boolean value) and can be replaced with --cascade=orphan.");
            Ok("Orphan")
        }
        other => Err(Failure::Text(format!(
            "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
        ))),
    }
}

async fn run(call: &Call<'_>) -> Outcome {
    let flags = &call.flags;
    if !flags.text("raw").is_empty() {
        return raw(call).await;
    }
    let mut selector = Selector::of(call, false);
    selector.everything = flags.is("all");
    let deletion = Deletion::of(call)?;
    if selector.everything && !(selector.labels.is_empty() && selector.fields.is_empty()) {
        return Err("setting 'all' parameter but found a non empty selector. ".into());
    }
    let output = flags.text("output");
    if !matches!(output, "" | "name") {
        return Err(Failure::Text(format!(
            "unexpected -o output mode: {output}. We only support '-o name'"
        )));
    }
    let selection = selector.resolve(call).await?;
    deletion.warn(call);
    let mut run = Run { call, deletion, deleted: Vec::new(), failures: Vec::new(), warned: false };
    if flags.is("interactive") {
        let infos = run.list(selection).await;
        Failure::collect(std::mem::take(&mut run.failures))?;
        if !confirmed(call, &infos).await {
            return Ok(());
        }
        for info in infos {
            run.delete(info).await;
        }
    } else {
        run.delete_all(selection).await;
    }
    run.finish().await
}

struct Run<'c, 'a> {
    call: &'c Call<'a>,
    deletion: Deletion,
    deleted: Vec<(Info, String)>,
    failures: Vec<Failure>,
    warned: bool,
}

impl Run<'_, '_> {
    fn ignores(&self, failure: &Failure) -> bool {
        let flags = &self.call.flags;
        let ignore = if flags.changed("ignore-not-found") {
            flags.is("ignore-not-found")
        } else {
            flags.is("all")
        };
        ignore && failure.is_not_found()
    }

    async fn list(&mut self, selection: Selection) -> Vec<Info> {
        let mut infos = Vec::new();
        match selection {
            Selection::Objects(objects) => {
                for object in objects {
                    match object {
                        Ok(info) => infos.push(info),
                        Err(failure) => self.failures.push(failure),
                    }
                }
            }
            Selection::Lists(lists) => {
                for list in lists {
                    match list.read(&self.call.client).await {
                        Ok(found) => infos.extend(found),
                        Err(failure) if self.ignores(&failure) => {}
                        Err(failure) => self.failures.push(failure),
                    }
                }
            }
        }
        infos
    }

    async fn delete_all(&mut self, selection: Selection) {
        let Selection::Lists(lists) = selection else {
            for info in self.list(selection).await {
                self.delete(info).await;
            }
            return;
        };
        // Each kind is listed only when those before it are deleted.
        for list in lists {
            for info in self.list(Selection::Lists(vec![list])).await {
                self.delete(info).await;
            }
        }
    }

    async fn delete(&mut self, info: Info) {
        if self.call.namespace_given && !info.resource.namespaced && !self.warned {
            self.warned = true;
            self.call.io.warn(
                "Warning: deleting cluster-scoped resources, not scoped to the provided namespace",
            );
        }
        if self.deletion.dry_run == DryRun::Client {
            self.deletion.report(self.call, &info);
            self.deleted.push((info, String::new()));
            return;
        }
        match self.deletion.delete(self.call, &info).await {
            Ok(uid) => {
                self.deletion.report(self.call, &info);
                self.deleted.push((info, uid));
            }
            Err(failure) if self.ignores(&failure) => {
                self.deleted.push((info, String::new()));
            }
            Err(failure) => self.failures.push(failure),
        }
    }

    async fn finish(self) -> Outcome {
        let call = self.call;
        Failure::collect(self.failures)?;
        if self.deleted.is_empty() {
            call.io.line("No resources found");
            return Ok(());
        }
        if !call.flags.is("wait") || self.deletion.dry_run != DryRun::No {
            return Ok(());
        }
        let timeout = match call.flags.duration("timeout") {
            Delay::ZERO => Delay::secs(7 * 86_400),
            given => given,
        };
        let deadline = call.io.transport.now() + timeout;
        let mut failures = Vec::new();
        for (info, uid) in &self.deleted {
            match until_deleted(call, info, uid, deadline).await {
                Err(failure) if matches!(failure.reason(), "Forbidden" | "MethodNotAllowed") => {}
                Err(failure) => failures.push(failure),
                Ok(()) => {}
            }
        }
        Failure::collect(failures)
    }
}

async fn confirmed(call: &Call<'_>, infos: &[Info]) -> bool {
    call.io.line(&format!("You are about to delete the following {} resource(s):", infos.len()));
    for info in infos {
        call.io.line(&info.printed());
    }
    call.io.out("Do you want to continue? (y/n): ");
    let answer = call.io.host.type_ahead().await.unwrap_or_default();
    let yes = String::from_utf8_lossy(&answer).trim().eq_ignore_ascii_case("y");
    if !yes {
        call.io.line("deletion is cancelled");
    }
    yes
}

async fn raw(call: &Call<'_>) -> Outcome {
    let target = call.flags.text("raw").to_owned();
    let request = Request { method: Method::Delete, target, ..Request::default() };
    let response = call.client.send(request).await?;
    call.io.stdout.write(response.bytes());
    Ok(())
}

/// Deletes an object and waits until it is gone: what `replace --force` does
/// first.
pub(super) async fn delete_and_wait(call: &Call<'_>, info: &Info, deletion: &Deletion) -> Outcome {
    let uid = deletion.delete(call, info).await?;
    let deadline = call.io.transport.now() + Delay::secs(7 * 86_400);
    until_deleted(call, info, &uid, deadline).await
}
