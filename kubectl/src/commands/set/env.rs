//! `kubectl set env`.

use podyard_engine::value;
use podyard_engine::value::Value;

use super::{COMMON, Setting, each_container, matches_pattern, pod_spec};
use crate::call::Call;
use crate::client::Target;
use crate::command::Command;
use crate::commands::change::{self, Pairs, Parsed};
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};
use crate::resource::{Info, MISSING};

const FLAGS: &[Flag] = &[
    flags::text("containers", "Which containers, * standing for any letters.")
        .short('c')
        .default("*"),
    flags::list("env", "A variable to set, as KEY=value.").short('e'),
    flags::text("from", "A ConfigMap or Secret whose keys become variables."),
    flags::list("keys", "With --from, only these keys."),
    flags::switch("list", "Only print the variables."),
    flags::switch("overwrite", "Change variables that are there.").default("true"),
    flags::text("prefix", "With --from, put this before the names."),
    flags::switch("resolve", "With --list, print what references stand for."),
];

pub(super) const ENV: Command = Command::new(
    "env",
    "Update environment variables on a pod template",
    "RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N",
)
.flags(&[FLAGS, COMMON, flags::FILES, flags::PRINT, flags::DRY_RUN])
.run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    let flags = &call.flags;
    let split = Pairs::split(&call.args, "environment")?;
    if flags.is("list") && !flags.text("output").is_empty() {
        return fail("--list and --output may not be specified together");
    }
    if !flags.list("keys").is_empty() && flags.text("from").is_empty() {
        return fail("when specifying --keys, a configmap or secret must be provided with --from");
    }
    let parsed = variables(call, &split).await?;
    if flags.is("list") {
        return list(call, &split.resources).await;
    }
    let mut set: Vec<Value> =
        parsed.set.iter().map(|(name, value)| value!({ "name": name, "value": value })).collect();
    for variable in from(call).await? {
        if !set.iter().any(|known| known["name"] == variable["name"]) {
            set.push(variable);
        }
    }
    for variable in &mut set {
        let name = format!("{}{}", flags.text("prefix"), variable["name"].text());
        variable.set("name", name);
    }
    let setting = Setting {
        resources: &split.resources,
        done: "env updated",
        failed: "failed to patch env update to pod template: ",
        local: MISSING,
        named: true,
    };
    setting
        .run(call, Ok(()), |object| {
            let kind = object["kind"].text().to_owned();
            let name = object["metadata"]["name"].text().to_owned();
            let spec = pod_spec(object)?;
            let pattern = flags.text("containers");
            let mut count = 0;
            let mut problems = Vec::new();
            for list in ["initContainers", "containers"] {
                count += each_container(spec, list, pattern, |container| {
                    if !flags.is("overwrite") && problems.is_empty() {
                        problems.extend(overwrites(container, &set));
                    }
                    update(container, &set, &parsed.removed);
                });
            }
            if count == 0 {
                call.io.warn(&format!(
                    "Warning: {kind}/{name} does not have any containers matching {pattern:?}"
                ));
            }
            if problems.is_empty() { Ok(()) } else { Err(problems) }
        })
        .await
}

/// The variables of the arguments, of `-e`, and of standard input for `-`.
async fn variables(call: &Call<'_>, split: &Pairs) -> Outcome<Parsed> {
    let mut pairs = split.pairs.clone();
    pairs.extend(call.flags.list("env").iter().cloned());
    let from_stdin = split.resources.iter().any(|one| one == "-");
    if from_stdin {
        let text = call.io.host.read_stdin().await;
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines =
            text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        pairs.extend(lines.map(str::to_owned));
    }
    let parsed = Pairs { resources: Vec::new(), pairs }.parse("environment variable", true)?;
    for (name, _) in &parsed.set {
        if !is_name(name) {
            return fail(format!("{name:?} is not a valid key name: {NAME_RULE}"));
        }
    }
    if parsed.removed.iter().any(|name| parsed.set.iter().any(|(key, _)| key == name)) {
        return fail(
            "can not both modify and remove the same environment variable in the same command",
        );
    }
    Ok(parsed)
}

/// Variables that refer to the keys of `--from`.
async fn from(call: &Call<'_>) -> Outcome<Vec<Value>> {
    let source = call.flags.text("from");
    if source.is_empty() {
        return Ok(Vec::new());
    }
    let discovery = call.client.discovery().await?;
    let (word, name) = source.split_once('/').unwrap_or((source, ""));
    let resource = discovery.lookup(word)?;
    let field = match resource.kind.as_str() {
        "ConfigMap" => "configMapKeyRef",
        "Secret" => "secretKeyRef",
        _ => return fail("unsupported resource specified in --from"),
    };
    let object = call.client.get(&resource.object(&call.namespace, name)).await?;
    let keys = call.flags.list("keys");
    let mut found = Vec::new();
    for (key, _) in object["data"].entries() {
        if !keys.is_empty() && !keys.iter().any(|one| **one == **key) {
            continue;
        }
        let variable = key.to_uppercase().replace(['-', '.'], "_");
        if variable != **key {
            call.io.warn(&format!("Warning: key {key} transferred to {variable}"));
        }
        let mut item = value!({ "name": variable });
        item["valueFrom"].set(field, value!({ "name": name, "key": key }));
        found.push(item);
    }
    Ok(found)
}

/// The first variable that has another value already.
fn overwrites(container: &Value, set: &[Value]) -> Option<String> {
    let env = container["env"].items();
    set.iter().find_map(|one| {
        let known = env.iter().find(|known| known["name"] == one["name"])?;
        (known["value"] != one["value"]).then(|| {
            let (name, value) = (one["name"].text(), known["value"].text());
            format!("'{name}' already has a value ({value}), and --overwrite is false")
        })
    })
}

/// kubectl's rule for the names of variables, stricter than the server's.
const NAME_RULE: &str = "a valid environment variable name must consist of alphabetic characters, \
    digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or \
    'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')";

fn is_name(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    !name.is_empty() && name.bytes().all(inner) && !name.starts_with(|c: char| c.is_ascii_digit())
}

fn update(container: &mut Value, set: &[Value], removed: &[String]) {
    let mut env = container["env"].items().to_vec();
    for variable in set {
        match env.iter_mut().find(|one| one["name"] == variable["name"]) {
            Some(known) => *known = variable.clone(),
            None => env.push(variable.clone()),
        }
    }
    env.retain(|one| !removed.iter().any(|name| one["name"].text() == name));
    if env.is_empty() {
        container.remove("env");
    } else {
        container.set("env", Value::list(env));
    }
}

/// `--list`: the variables of every container.
async fn list(call: &Call<'_>, resources: &[String]) -> Outcome {
    let setting = Setting { resources, done: "", failed: "", local: MISSING, named: true };
    let (infos, failures) = setting.objects(call).await?;
    for info in &infos {
        let Some(path) = change::pod_spec_path(&info.resource.kind) else { continue };
        let spec = info.object.at(path);
        for container in spec["containers"].items() {
            if !matches_pattern(call.flags.text("containers"), container["name"].text()) {
                continue;
            }
            call.io.line(&format!(
                "# {} {}, container {}",
                info.resource.kind,
                info.name,
                container["name"].text()
            ));
            for variable in container["env"].items() {
                call.io.line(&shown(call, info, variable).await);
            }
        }
    }
    Failure::collect(failures)
}

async fn shown(call: &Call<'_>, info: &Info, variable: &Value) -> String {
    let name = variable["name"].text();
    let from = &variable["valueFrom"];
    if from.is_null() {
        return format!("{name}={}", variable["value"].text());
    }
    let sources =
        [("configMapKeyRef", "configmaps", "configmap"), ("secretKeyRef", "secrets", "secret")];
    for (field, plural, word) in sources {
        let reference = &from[field];
        if reference.is_null() {
            continue;
        }
        let (object, key) = (reference["name"].text(), reference["key"].text());
        if call.flags.is("resolve") && plural == "configmaps" {
            let target = Target::of(["api", "v1", "namespaces", &info.namespace, plural, object]);
            if let Ok(found) = call.client.get(&target).await {
                return format!("{name}={}", found["data"][key].text());
            }
        }
        return format!("# {name} from {word} {object}, key {key}");
    }
    let path = from["fieldRef"]["fieldPath"].text();
    if path.is_empty() {
        let resource = &from["resourceFieldRef"];
        return format!("# {name} from resource field {}", resource["resource"].text());
    }
    format!("# {name} from field path {path}")
}
