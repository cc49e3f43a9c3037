//! Changes to the kubeconfig.

use podyard_engine::base64;
use podyard_engine::value::Value;

use super::{one, unexpected};
use crate::call::Call;
use crate::command::full_help;
use crate::config::Config;
use crate::failure::{Failure, Outcome, fail};

pub(super) fn use_context(call: &Call<'_>) -> Outcome {
    let name = one(call)?;
    if call.config.entry("contexts", name).is_none() {
        return fail(format!("no context exists with the name: {name:?}"));
    }
    let mut config = call.config.clone();
    config.content.set("current-context", name);
    config.save(call.io.host)?;
    call.io.line(&format!("Switched to context {name:?}."));
    Ok(())
}

pub(super) fn set_context(call: &Call<'_>) -> Outcome {
    let name = match (call.args.as_slice(), call.flags.is("current")) {
        ([name], false) => name.clone(),
        ([], true) => match call.config.current() {
            "" => return fail("no current context is set"),
            current => current.to_owned(),
        },
        ([], false) => return fail("you must specify a non-empty context name or --current"),
        ([_], true) => return fail("you cannot specify both a context name and --current"),
        _ => return Err(unexpected(call)),
    };
    let known = call.config.entry("contexts", &name).is_some();
    let mut config = call.config.clone();
    if let Some(entry) = config.entry_mut("contexts", "context", &name) {
        for field in ["cluster", "user"] {
            entry["context"].set_default(field, "");
        }
        for field in ["cluster", "user", "namespace"] {
            if call.flags.changed(field) {
                entry["context"].set(field, call.flags.text(field));
            }
        }
    }
    config.save(call.io.host)?;
    let done = if known { "modified" } else { "created" };
    call.io.line(&format!("Context {name:?} {done}."));
    Ok(())
}

fn unparsed(path: &str) -> Failure {
    Failure::Text(format!("unable to parse {path} after [] at api.Config"))
}

/// The value that a path such as `contexts.dev.namespace` names.
fn property<'v>(config: &'v mut Config, path: &str) -> Option<(&'v mut Value, String)> {
    let (section, rest) = path.split_once('.').unwrap_or((path, ""));
    let field = match section {
        "clusters" => "cluster",
        "contexts" => "context",
        "users" => "user",
        _ if matches!(path, "current-context" | "kind" | "apiVersion" | "preferences") => {
            return Some((&mut config.content, section.to_owned()));
        }
        _ => return None,
    };
    let (name, key) = rest.rsplit_once('.')?;
    let entry = config.entry_mut(section, field, name)?;
    Some((&mut entry[field], key.to_owned()))
}

pub(super) fn set(call: &Call<'_>) -> Outcome {
    let [path, value] = call.args.as_slice() else { return Err(unexpected(call)) };
    let mut config = call.config.clone();
    let Some((holder, key)) = property(&mut config, path) else {
        return Err(unparsed(path));
    };
    let is_bytes = key.ends_with("-data");
    if is_bytes && call.flags.is("set-raw-bytes") {
        holder.set(&key, base64::encode(value.as_bytes()));
    } else if is_bytes && let Err(error) = base64::decode(value) {
        return fail(error);
    } else {
        holder.set(&key, value.as_str());
    }
    config.save(call.io.host)?;
    call.io.line(&format!("Property {path:?} set."));
    Ok(())
}

pub(super) fn unset(call: &Call<'_>) -> Outcome {
    let path = one(call)?;
    let mut config = call.config.clone();
    if let Some((section @ ("clusters" | "contexts" | "users"), name)) = path.split_once('.')
        && !name.contains('.')
    {
        config.content[section].make_list().retain(|entry| entry["name"].text() != name);
    } else if ["clusters", "contexts", "users"].contains(&path) {
        config.content.set(path, Value::Null);
    } else {
        let Some((holder, key)) = property(&mut config, path) else { return Err(unparsed(path)) };
        holder.remove(&key);
    }
    config.save(call.io.host)?;
    call.io.line(&format!("Property {path:?} unset."));
    Ok(())
}

pub(super) fn delete(call: &Call<'_>, section: &str, what: &str) -> Outcome {
    let [name] = call.args.as_slice() else {
        call.io.out(&full_help(&call.path, call.io.host));
        return Ok(());
    };
    let path = &call.config.path;
    if call.config.entry(section, name).is_none() {
        return fail(format!("cannot delete {what} {name}, not in {path}"));
    }
    let mut config = call.config.clone();
    let entries = config.content[section].make_list();
    entries.retain(|entry| entry["name"].text() != name);
    config.save(call.io.host)?;
    if what == "context" && call.config.current() == name {
        call.io.warn("warning: this removed your active context, use \"kubectl config use-context\" to select a different one");
    }
    call.io.line(&format!("deleted {what} {name} from {path}"));
    Ok(())
}

pub(super) fn rename(call: &Call<'_>) -> Outcome {
    let [old, new] = call.args.as_slice() else {
        return Err(unexpected(call));
    };
    let path = &call.config.path;
    if call.config.entry("contexts", old).is_none() {
        return fail(format!("cannot rename the context {old:?}, it's not in {path}"));
    }
    if call.config.entry("contexts", new).is_some() {
        return fail(format!(
            "cannot rename the context {old:?}, the context {new:?} already exists in {path}"
        ));
    }
    let mut config = call.config.clone();
    if let Some(entry) = config.entry_mut("contexts", "context", old) {
        entry.set("name", new.as_str());
    }
    if config.current() == old {
        config.content.set("current-context", new.as_str());
    }
    config.save(call.io.host)?;
    call.io.line(&format!("Context {old:?} renamed to {new:?}."));
    Ok(())
}
