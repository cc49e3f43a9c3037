//! `kubectl config set-credentials`.

use podyard_engine::value;
use podyard_engine::value::Value;

use super::{absolute, embedded, one};
use crate::call::Call;
use crate::failure::{Outcome, fail};

pub(super) fn set(call: &Call<'_>) -> Outcome {
    let name = one(call).map_err(|failure| failure.text().replacen('U', "u", 1))?;
    let flags = &call.flags;
    let given = |name: &str| !flags.text(name).is_empty();
    if given("token") && (given("username") || given("password")) {
        return fail(
            "you cannot specify more than one authentication method at the same time: --token, --username/--password",
        );
    }
    if flags.is("embed-certs") && !given("client-certificate") && !given("client-key") {
        return fail("you must specify a --client-certificate or --client-key to embed");
    }
    let mut config = call.config.clone();
    if let Some(entry) = config.entry_mut("users", "user", name) {
        let user = &mut entry["user"];
        certificates(call, user)?;
        if given("token") {
            remove(user, &["username", "password"]);
        } else if given("username") || given("password") {
            remove(user, &["token"]);
        }
        for field in ["token", "username", "password"] {
            if flags.changed(field) {
                user.set(field, flags.text(field));
            }
        }
        provider(call, user)?;
        exec(call, user)?;
    }
    config.save(call.io.host)?;
    call.io.line(&format!("User {name:?} set."));
    Ok(())
}

fn remove(user: &mut Value, fields: &[&str]) {
    for field in fields {
        user.remove(field);
    }
}

fn certificates(call: &Call<'_>, user: &mut Value) -> Outcome {
    for field in ["client-certificate", "client-key"] {
        let path = call.flags.text(field);
        if path.is_empty() {
            continue;
        }
        let data = format!("{field}-data");
        if call.flags.is("embed-certs") {
            user.set(&data, embedded(call, field)?);
            user.remove(field);
        } else {
            user.set(field, absolute(call, path));
            user.remove(&data);
        }
    }
    Ok(())
}

fn provider(call: &Call<'_>, user: &mut Value) -> Outcome {
    let name = call.flags.text("auth-provider");
    if !name.is_empty() {
        user.set("auth-provider", value!({ "config": null, "name": name }));
    }
    if user["auth-provider"].is_null() {
        return Ok(());
    }
    for argument in call.flags.list("auth-provider-arg") {
        let config = &mut user["auth-provider"]["config"];
        match (argument.split_once('='), argument.strip_suffix('-')) {
            (Some((key, value)), _) if !key.is_empty() => config.set(key, value),
            (_, Some(key)) => {
                config.make_map().remove(key);
            }
            _ => return fail("invalid auth-provider-arg format, expected key=value or key-"),
        }
    }
    Ok(())
}

/// The command that gives credentials. Without one, what else is said of it is
/// passed over.
fn exec(call: &Call<'_>, user: &mut Value) -> Outcome {
    let flags = &call.flags;
    let command = flags.text("exec-command");
    if !command.is_empty() {
        if user["exec"].is_null() {
            user.set(
                "exec",
                value!({
                    "args": null, "env": null, "interactiveMode": "IfAvailable",
                    "provideClusterInfo": false,
                }),
            );
        }
        user["exec"].set("command", command);
    }
    if user["exec"].is_null() {
        return Ok(());
    }
    let exec = &mut user["exec"];
    for (flag, field) in
        [("exec-api-version", "apiVersion"), ("exec-interactive-mode", "interactiveMode")]
    {
        if flags.changed(flag) {
            exec.set(field, flags.text(flag));
        }
    }
    if flags.changed("exec-provide-cluster-info") {
        exec.set("provideClusterInfo", flags.is("exec-provide-cluster-info"));
    }
    if flags.changed("exec-arg") {
        exec.set("args", flags.list("exec-arg").iter().map(Value::from).collect::<Value>());
    }
    for variable in flags.list("exec-env") {
        match (variable.split_once('='), variable.strip_suffix('-')) {
            (Some((name, text)), _) if !name.is_empty() => {
                let env = exec["env"].make_list();
                env.retain(|one| one["name"].text() != name);
                env.push(value!({ "name": name, "value": text }));
            }
            (_, Some(name)) => exec["env"].make_list().retain(|one| one["name"].text() != name),
            _ => return fail("invalid exec-env format, expected KEY=value or KEY-"),
        }
    }
    Ok(())
}
