//! The containers of Pods and of Pod templates.

use podyard_engine::value::Value;

use super::env;
use super::metadata::{capital_bool, timestamp};
use super::probe;
use super::writer::{Writer, or_none};
use crate::print::quote;

/// Where containers come from, which decides what is known of them.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    /// A running Pod: its statuses and fields are known.
    Pod(&'a Value),
    /// A template, whose lines are in by one more space.
    Template,
}

impl Origin<'_> {
    /// The indentation of the section's title.
    pub(super) fn title(self) -> &'static str {
        if matches!(self, Self::Pod(_)) { "" } else { "  " }
    }

    /// The extra indentation of a name below the title.
    pub(super) fn name(self) -> &'static str {
        if matches!(self, Self::Pod(_)) { "" } else { " " }
    }
}

/// Writes a section of containers with the statuses that belong to them.
pub(super) fn write(
    writer: &mut Writer,
    title: &str,
    containers: &Value,
    statuses: &Value,
    origin: Origin<'_>,
) {
    let none = if containers.items().is_empty() { " <none>" } else { "" };
    writer.line(0, format_args!("{}{title}:{none}", origin.title()));
    for container in containers.items() {
        let status = statuses.items().iter().find(|status| status["name"] == container["name"]);
        write_basics(writer, container, status, origin);
        for (label, field) in [("Command", "command"), ("Args", "args")] {
            write_words(writer, label, &container[field]);
        }
        if let Some(status) = status {
            write_status(writer, status);
        }
        write_resources(writer, &container["resources"]);
        for (label, field) in [
            ("Liveness", "livenessProbe"),
            ("Readiness", "readinessProbe"),
            ("Startup", "startupProbe"),
        ] {
            if let Some(found) = container.get(field) {
                writer.field(2, label, probe::summary(found));
            }
        }
        let pod = if let Origin::Pod(pod) = origin { Some(pod) } else { None };
        env::write(writer, container, pod);
        write_mounts(writer, container);
    }
}

fn write_basics(
    writer: &mut Writer,
    container: &Value,
    status: Option<&Value>,
    origin: Origin<'_>,
) {
    writer.line(1, format_args!("{}{}:", origin.name(), container["name"].text()));
    if let Some(status) = status {
        writer.field(2, "Container ID", status["containerID"].text());
    }
    writer.field(2, "Image", container["image"].text());
    if let Some(status) = status {
        writer.field(2, "Image ID", status["imageID"].text());
    }
    for (label, field) in [("Port", "containerPort"), ("Host Port", "hostPort")] {
        let ports = ports(&container["ports"], field);
        let plural = if ports.contains(',') { "s" } else { "" };
        writer.field(2, &format!("{label}{plural}"), or_none(&ports));
    }
    let profile = container.at(&["securityContext", "seccompProfile"]);
    if !profile.is_null() {
        writer.field(2, "SeccompProfile", profile["type"].text());
        if profile["type"].text() == "Localhost" {
            writer.field(3, "LocalhostProfile", profile["localhostProfile"].text());
        }
    }
}

fn ports(ports: &Value, field: &str) -> String {
    let texts: Vec<String> = ports
        .items()
        .iter()
        .map(|port| format!("{}/{}", port[field].int(), port["protocol"].text()))
        .collect();
    texts.join(", ")
}

fn write_words(writer: &mut Writer, label: &str, words: &Value) {
    if words.items().is_empty() {
        return;
    }
    writer.line(2, format_args!("{label}:"));
    for line in words.items().iter().flat_map(|word| word.text().split('\n')) {
        writer.line(3, line);
    }
}

fn write_status(writer: &mut Writer, status: &Value) {
    write_state(writer, "State", &status["state"]);
    if status["lastState"].get("terminated").is_some() {
        write_state(writer, "Last State", &status["lastState"]);
    }
    writer.field(2, "Ready", capital_bool(&status["ready"]));
    writer.field(2, "Restart Count", status["restartCount"].int());
}

fn write_state(writer: &mut Writer, label: &str, state: &Value) {
    if let Some(running) = state.get("running") {
        writer.field(2, label, "Running");
        writer.field(3, "Started", timestamp(&running["startedAt"]));
    } else if let (Some(ended), None) = (state.get("terminated"), state.get("waiting")) {
        writer.field(2, label, "Terminated");
        writer.field_if(3, "Reason", ended["reason"].text());
        writer.field_if(3, "Message", ended["message"].text());
        writer.field(3, "Exit Code", ended["exitCode"].int());
        if ended["signal"].int() > 0 {
            writer.field(3, "Signal", ended["signal"].int());
        }
        writer.field(3, "Started", timestamp(&ended["startedAt"]));
        writer.field(3, "Finished", timestamp(&ended["finishedAt"]));
    } else {
        writer.field(2, label, "Waiting");
        writer.field_if(3, "Reason", state.at(&["waiting", "reason"]).text());
    }
}

fn write_resources(writer: &mut Writer, resources: &Value) {
    for (label, field) in [("Limits", "limits"), ("Requests", "requests")] {
        let amounts = &resources[field];
        if !amounts.is_empty() {
            writer.line(2, format_args!("{label}:"));
        }
        for (name, amount) in amounts.entries() {
            writer.field(3, name, amount.text());
        }
    }
}

fn write_mounts(writer: &mut Writer, container: &Value) {
    let mut mounts: Vec<&Value> = container["volumeMounts"].items().iter().collect();
    mounts.sort_by_key(|mount| mount["mountPath"].text());
    let none = if mounts.is_empty() { "\t<none>" } else { "" };
    writer.line(2, format_args!("Mounts:{none}"));
    for mount in mounts {
        let access = if mount["readOnly"].is_true() { "ro" } else { "rw" };
        let sub_path = match mount["subPath"].text() {
            "" => String::new(),
            path => format!(",path={}", quote(path)),
        };
        let (path, name) = (mount["mountPath"].text(), mount["name"].text());
        writer.line(3, format_args!("{path} from {name} ({access}{sub_path})"));
    }
    let mut devices: Vec<&Value> = container["volumeDevices"].items().iter().collect();
    devices.sort_by_key(|device| device["devicePath"].text());
    if !devices.is_empty() {
        writer.line(2, format_args!("Devices:{none}"));
    }
    for device in devices {
        let (path, name) = (device["devicePath"].text(), device["name"].text());
        writer.line(3, format_args!("{path} from {name}"));
    }
}
