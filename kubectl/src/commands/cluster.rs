//! `kubectl cluster-info` and `version`.

use podyard_engine::value;
use podyard_engine::value::Value;

use crate::call::Call;
use crate::client::Target;
use crate::command::Command;
use crate::failure::{Outcome, fail};
use crate::flags::{self, Flag};
use crate::print;
use crate::resource::Listed;

/// The version of kubectl that this one equals.
const CLIENT_VERSION: &str = "v1.32.5";
const KUSTOMIZE_VERSION: &str = "v5.5.0";

const VERSION_FLAGS: &[Flag] = &[
    flags::switch("client", "Only this program's version; ask no server."),
    flags::text("output", "The output format: yaml or json.").short('o'),
];
pub(super) const CLUSTER_INFO: Command =
    Command::new("cluster-info", "Display cluster information", "[flags]")
        .children(&[super::cluster_dump::DUMP])
        .run(|call| Box::pin(cluster_info(call)));

pub(super) const VERSION: Command =
    Command::new("version", "Print the client and server version information", "[flags]")
        .flags(&[VERSION_FLAGS])
        .run(|call| Box::pin(version(call)));

/// The fields of Go's struct for a version, in their order.
const VERSION_ORDER: &[&str] = &[
    "clientVersion",
    "kustomizeVersion",
    "serverVersion",
    "major",
    "minor",
    "gitVersion",
    "gitCommit",
    "gitTreeState",
    "buildDate",
    "goVersion",
    "compiler",
    "platform",
];

/// This program's version, as the server gives its own.
fn own_version() -> Value {
    value!({
        "major": "1",
        "minor": "32",
        "gitVersion": CLIENT_VERSION,
        "gitCommit": "9894294ef13a5b32803e3ca2c0d620a088cc84d1",
        "buildDate": "2025-05-15T09:12:10Z",
        "gitTreeState": "clean",
        "goVersion": "go1.23.8",
        "compiler": "gc",
        "platform": "linux/amd64",
    })
}

/// `--match-server-version`: refuses a server of another version.
pub(crate) async fn require_same_version(call: &Call<'_>) -> Outcome {
    let server = call.client.get(&Target::raw("/version").query("timeout", "32s")).await?;
    let own = own_version();
    if server["gitVersion"] == own["gitVersion"] {
        return Ok(());
    }
    let (server, own) = (go_version(&server), go_version(&own));
    fail(format!("server version (&{server}) differs from client version ({own})"))
}

/// A version as Go prints its struct.
fn go_version(version: &Value) -> String {
    let fields = [
        ("Major", "major"),
        ("Minor", "minor"),
        ("GitVersion", "gitVersion"),
        ("GitCommit", "gitCommit"),
        ("GitTreeState", "gitTreeState"),
        ("BuildDate", "buildDate"),
        ("GoVersion", "goVersion"),
        ("Compiler", "compiler"),
        ("Platform", "platform"),
    ];
    let texts = fields.map(|(name, field)| format!("{name}:{:?}", version[field].text()));
    format!("version.Info{{{}}}", texts.join(", "))
}

async fn cluster_info(call: &Call<'_>) -> Outcome {
    let flags = &call.flags;
    let server = match flags.text("server") {
        "" => call.config.server(flags.text("context"), flags.text("cluster")),
        given => Some(given.to_owned()),
    };
    let server = server.unwrap_or_else(|| "http://localhost:8080".to_owned());
    let discovery = call.client.discovery().await?;
    let namespace = if call.namespace_given { &call.namespace } else { "kube-system" };
    let list = Listed {
        resource: discovery.lookup("services")?,
        namespace: namespace.to_owned(),
        labels: "kubernetes.io/cluster-service=true".to_owned(),
        fields: String::new(),
    };
    let services = list.read(&call.client).await;
    if let Ok(services) = &services {
        call.io.line(&format!("Kubernetes control plane is running at {server}"));
        for service in services {
            call.io.line(&running_at(&server, &service.object));
        }
    }
    call.io
        .line("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.");
    services.map(|_| ())
}

fn running_at(server: &str, service: &Value) -> String {
    let metadata = &service["metadata"];
    let name = match metadata["labels"]["kubernetes.io/name"].text() {
        "" => metadata["name"].text(),
        shown => shown,
    };
    let port = match service["spec"]["ports"][0]["name"].text() {
        "" => String::new(),
        named => format!(":{named}"),
    };
    format!(
        "{name} is running at {server}/api/v1/namespaces/{}/services/{}{port}/proxy",
        metadata["namespace"].text(),
        metadata["name"].text()
    )
}

async fn version(call: &Call<'_>) -> Outcome {
    if !call.args.is_empty() {
        return fail(format!("extra arguments: [{}]", call.args.join(" ")));
    }
    let output = call.flags.text("output");
    if !matches!(output, "" | "yaml" | "json") {
        return fail("--output must be 'yaml' or 'json'");
    }
    let server = if call.flags.is("client") {
        None
    } else {
        Some(call.client.get(&Target::raw("/version").query("timeout", "32s")).await)
    };
    let (server, failure) = match server {
        Some(Ok(server)) => (Some(server), None),
        Some(Err(failure)) => (None, Some(failure)),
        None => (None, None),
    };
    let mut all = value!({
        "clientVersion": (own_version()),
        "kustomizeVersion": KUSTOMIZE_VERSION,
    });
    if let Some(server) = &server {
        all.set("serverVersion", server.clone());
    }
    match output {
        "yaml" => call.io.line(&print::to_yaml(&all)),
        "json" => call.io.out(&print::to_ranked_json_text(&all, VERSION_ORDER, 2)),
        _ => {
            call.io.line(&format!("Client Version: {CLIENT_VERSION}"));
            call.io.line(&format!("Kustomize Version: {KUSTOMIZE_VERSION}"));
            if let Some(server) = &server {
                call.io.line(&format!("Server Version: {}", server["gitVersion"].text()));
            }
        }
    }
    failure.map_or(Ok(()), Err)
}
