//! `kubectl debug`: a container beside those of a Pod, in a copy of the Pod, or
//! on a node.
//!
//! Models kubectl's `pkg/cmd/debug`. Custom profiles and Pods from files are
//! refused.

mod made;

use podyard_engine::sim::{Delay, Random};
use podyard_engine::value;
use podyard_engine::value::Value;

use super::logs;
use super::run_pod::until;
use super::session;
use crate::call::Call;
use crate::client::{STRATEGIC_PATCH, Target};
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};
use crate::resource::{FileOptions, Info, Selection, Selector};

const FLAGS: &[Flag] = &[
    flags::switch("arguments-only", "What follows -- are arguments, not the command."),
    flags::switch("attach", "Wait until the container runs, and attach to it."),
    flags::text("container", "The name of the debug container.").short('c'),
    flags::text("copy-to", "Make a copy of the Pod with this name."),
    flags::text("custom", "A file with a part of a container."),
    flags::array("env", "Variables for the container, as KEY=value."),
    flags::list("filename", "A file that names the object.").short('f'),
    flags::text("image", "The image of the debug container."),
    flags::text("image-pull-policy", "When to pull the image."),
    flags::switch("keep-annotations", "With --copy-to, keep the annotations."),
    flags::switch("keep-init-containers", "With --copy-to, keep the init containers.")
        .default("true"),
    flags::switch("keep-labels", "With --copy-to, keep the labels."),
    flags::switch("keep-liveness", "With --copy-to, keep the liveness probes."),
    flags::switch("keep-readiness", "With --copy-to, keep the readiness probes."),
    flags::switch("keep-startup", "With --copy-to, keep the startup probes."),
    flags::text(
        "profile",
        "What the container may: legacy, general, baseline, netadmin, restricted or sysadmin.",
    )
    .default("legacy"),
    flags::switch("quiet", "Print only what the container prints.").short('q'),
    flags::switch("replace", "With --copy-to, delete the Pod itself."),
    flags::switch("same-node", "With --copy-to, stay on the Pod's node."),
    flags::list("set-image", "With --copy-to, other images, as NAME=IMAGE."),
    flags::switch("share-processes", "With --copy-to, let the containers see each other.")
        .default("true"),
    flags::switch("stdin", "Pass standard input to the container.").short('i'),
    flags::text("target", "The container whose processes to see."),
    flags::switch("tty", "Give the container a terminal.").short('t'),
];

pub(super) const DEBUG: Command = Command::new(
    "debug",
    "Create debugging sessions for troubleshooting workloads and nodes",
    "(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]",
)
.flags(&[FLAGS])
.run(|call| Box::pin(run(call)));

/// How long to wait for a container to begin.
const PATIENCE: Delay = Delay::secs(7 * 86_400);

/// What is to be made, beside the flags.
struct Debugging<'c, 'a> {
    call: &'c Call<'a>,
    names: &'c [String],
    command: &'c [String],
    random: Random,
}

async fn run(call: &Call<'_>) -> Outcome {
    let (names, command) = call.args.split_at(call.dash.unwrap_or(call.args.len()));
    let seed = u64::try_from(call.io.transport.now().as_micros()).unwrap_or_default();
    let mut debugging = Debugging { call, names, command, random: Random::new(seed) };
    debugging.validate()?;
    if call.flags.text("profile") == "legacy" {
        call.io.warn(
            "--profile=legacy is deprecated and will be removed in the future. It is recommended \
             to explicitly specify a profile, for example \"--profile=general\".",
        );
    }
    for info in debugging.objects().await? {
        debugging.one(&info).await?;
    }
    Ok(())
}

impl Debugging<'_, '_> {
    fn validate(&self) -> Outcome {
        let flags = &self.call.flags;
        let given = |name: &str| !flags.text(name).is_empty();
        if given("copy-to") {
            if !given("image") && flags.list("set-image").is_empty() && self.command.is_empty() {
                return fail("you must specify --image, --set-image or command arguments.");
            }
            if given("target") {
                return fail(
                    "--target is incompatible with --copy-to. Use --share-processes instead.",
                );
            }
        } else {
            if !given("image") {
                return fail("you must specify --image when not using --copy-to.");
            }
            for name in ["replace", "same-node"] {
                if flags.is(name) {
                    return Err(Failure::Text(format!(
                        "--{name} may only be used with --copy-to."
                    )));
                }
            }
            if !flags.list("set-image").is_empty() {
                return fail("--set-image may only be used with --copy-to.");
            }
        }
        if self.names.is_empty() && flags.list("filename").is_empty() {
            return fail("NAME or filename is required for debug");
        }
        if flags.is("tty") && !flags.is("stdin") {
            return fail("-i/--stdin is required for containers with -t/--tty=true");
        }
        if !made::PROFILES.contains(&flags.text("profile")) {
            return Err(Failure::Text(format!("unknown profile: {}", flags.text("profile"))));
        }
        made::custom(self.call)?;
        if given("target") {
            self.say(&format!(
                "Targeting container {:?}. If you don't see processes from this container it may \
                 be because the container runtime doesn't support this feature.",
                flags.text("target")
            ));
        }
        Ok(())
    }

    /// The objects that the words name; a bare word is a Pod.
    async fn objects(&self) -> Outcome<Vec<Info>> {
        let mut found = Vec::new();
        let word = |name: &String| {
            vec![if name.contains('/') { name.clone() } else { format!("pods/{name}") }]
        };
        let mut words: Vec<_> = self.names.iter().map(word).collect();
        if words.is_empty() {
            words.push(Vec::new());
        }
        for args in words {
            let files = FileOptions::of(self.call);
            let selector = Selector { args, files, ..Selector::default() };
            let Selection::Objects(objects) = selector.resolve(self.call).await? else { continue };
            for info in objects {
                let info = info?;
                let object = info.get(&self.call.client).await?;
                found.push(info.refreshed(object));
            }
        }
        Ok(found)
    }

    async fn one(&mut self, info: &Info) -> Outcome {
        let (pod, container) = match info.resource.kind.as_str() {
            "Node" => self.on_node(info).await?,
            "Pod" if self.call.flags.text("copy-to").is_empty() => self.ephemeral(info).await?,
            "Pod" => self.copy(info).await?,
            _ => {
                let resource = &info.resource;
                let named =
                    format!("{}/{}, Kind={}", resource.group, resource.version, resource.kind);
                return Err(Failure::Text(format!("{named:?} not supported by debug")));
            }
        };
        let flags = &self.call.flags;
        if container.is_empty()
            || !(flags.is("attach") || flags.is("stdin") && !flags.changed("attach"))
        {
            return Ok(());
        }
        self.attach(&pod, &container).await
    }

    /// Waits until the container runs, and attaches; one that has ended already
    /// shows its log instead.
    async fn attach(&self, pod: &Info, container: &str) -> Outcome {
        let call = self.call;
        let deadline = call.io.transport.now() + PATIENCE;
        let begun = |pod: &Value| {
            let state = made::state(pod, container);
            !state["running"].is_null() || !state["terminated"].is_null()
        };
        let found = until(call, pod, deadline, begun).await?;
        if !made::state(&found, container)["terminated"].is_null() {
            return logs::print_one(call, pod, container).await;
        }
        session::attach(call, pod, &found, container).await
    }

    /// Says something, unless nothing is to be said.
    fn say(&self, text: &str) {
        if !self.call.flags.is("quiet") {
            self.call.io.line(text);
        }
    }

    /// The name for the new container, announced when it is made up.
    fn container_name(&mut self, pod: &Value) -> String {
        let given = self.call.flags.text("container");
        if !given.is_empty() {
            return given.to_owned();
        }
        let taken = |name: &str| made::containers(pod).any(|one| one["name"].text() == name);
        let mut name = format!("debugger-{}", self.random.suffix(5));
        while taken(&name) {
            name = format!("debugger-{}", self.random.suffix(5));
        }
        self.say(&format!("Defaulting debug container name to {name}."));
        name
    }

    /// Adds an ephemeral container to a running Pod.
    async fn ephemeral(&mut self, info: &Info) -> Outcome<(Info, String)> {
        let name = self.container_name(&info.object);
        let mut container = made::container(self.call, &name, self.command);
        made::grant(self.call, &mut container);
        made::customize(self.call, &mut container)?;
        let target = self.call.flags.text("target");
        if !target.is_empty() {
            container.set("targetContainerName", target);
        }
        let before = info.object["spec"]["ephemeralContainers"].items().iter();
        let mut order: Vec<Value> =
            before.map(|one| value!({ "name": (one["name"].clone()) })).collect();
        order.push(value!({ "name": (name.as_str()) }));
        let mut patch = Value::map();
        patch["spec"].set("$setElementOrder/ephemeralContainers", Value::list(order));
        patch["spec"].set("ephemeralContainers", Value::list(vec![container]));
        let door = info.target().child("ephemeralcontainers");
        let object = self.call.client.patch(&door, STRATEGIC_PATCH, &patch).await?;
        Ok((info.refreshed(object), name))
    }

    /// Makes a Pod that shares the node's own namespaces and files.
    async fn on_node(&mut self, info: &Info) -> Outcome<(Info, String)> {
        let name = match self.call.flags.text("container") {
            "" => "debugger".to_owned(),
            given => given.to_owned(),
        };
        let pod_name = format!("node-debugger-{}-{}", info.name, self.random.suffix(5));
        let pod = made::node_pod(self.call, &pod_name, &info.name, (&name, self.command))?;
        self.say(&format!(
            "Creating debugging pod {pod_name} with container {name} on node {}.",
            info.name
        ));
        Ok((self.create(pod).await?, name))
    }

    /// Makes a copy of a Pod, changed as the flags say.
    async fn copy(&mut self, info: &Info) -> Outcome<(Info, String)> {
        let flags = &self.call.flags;
        let mut pod = made::copy(self.call, &info.object);
        let mut name = String::new();
        let images = flags.list("set-image");
        if !images.is_empty() {
            made::set_images(&mut pod, images)?;
        }
        let only_images =
            !images.is_empty() && flags.text("image").is_empty() && self.command.is_empty();
        if !only_images {
            let wanted = flags.text("container");
            let known = made::containers(&pod).any(|one| one["name"].text() == wanted);
            if known {
                wanted.clone_into(&mut name);
                made::change(self.call, &mut pod, wanted, self.command);
            } else if flags.text("image").is_empty() {
                return fail(
                    "you must specify an existing container or a new image when specifying args.",
                );
            } else {
                name = self.container_name(&pod);
                let mut container = made::container(self.call, &name, self.command);
                made::grant(self.call, &mut container);
                made::customize(self.call, &mut container)?;
                pod["spec"]["containers"].push(container);
            }
            made::strip(self.call, &mut pod);
        }
        if flags.is("replace") {
            let options = value!({});
            let method = podyard_engine::wire::Method::Delete;
            self.call.client.write(method, &info.target(), crate::client::JSON, &options).await?;
        }
        Ok((self.create(pod).await?, name))
    }

    async fn create(&self, pod: Value) -> Outcome<Info> {
        let target = Target::of(["api", "v1", "namespaces", &self.call.namespace, "pods"]);
        let object = self.call.client.create(&target, &pod).await?;
        Ok(Info {
            resource: self.call.client.discovery().await?.lookup("pods")?,
            namespace: self.call.namespace.clone(),
            name: object["metadata"]["name"].text().to_owned(),
            source: String::new(),
            object,
        })
    }
}
