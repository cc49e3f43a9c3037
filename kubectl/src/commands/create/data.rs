//! `create configmap` and `create secret`.

use podyard_engine::api::names;
use podyard_engine::base64;
use podyard_engine::tools::{hex, sha256};
use podyard_engine::value::Value;

use super::{generate, name, object, with_own};
use crate::call::Call;
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};
use crate::host::{FileError, Host};
use crate::print::to_json_line;

const SOURCES: &[Flag] = &[
    APPEND_HASH,
    flags::array("from-env-file", "A file of KEY=value lines."),
    FROM_FILE,
    flags::array("from-literal", "A key and its value, as key=value."),
    flags::text("type", "The type of the secret."),
];
const APPEND_HASH: Flag = flags::switch("append-hash", "Append a hash of the data to the name.");
const FROM_FILE: Flag = flags::list("from-file", "A file or directory, as [key=]path.");
const REGISTRY_FLAGS: &[Flag] = &[
    APPEND_HASH,
    FROM_FILE,
    flags::text("docker-email", "The mail address at the registry."),
    flags::text("docker-password", "The password at the registry."),
    flags::text("docker-server", "The registry.").default("https://index.docker.io/v1/"),
    flags::text("docker-username", "The user at the registry."),
];
const TLS_FLAGS: &[Flag] = &[
    APPEND_HASH,
    flags::text("cert", "The file with the certificate, in PEM."),
    flags::text("key", "The file with the private key, in PEM."),
];

pub(super) const CONFIG_MAP: Command = Command::new(
    "configmap",
    "Create a config map from a local file, directory or literal value",
    "NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]",
)
.aliases(&["cm"])
.flags(with_own!(SOURCES))
.run(|call| Box::pin(config_map(call)));

pub(super) const SECRET: Command = Command::new(
    "secret",
    "Create a secret using a specified subcommand",
    "(docker-registry | generic | tls)",
)
.children(&[
    Command::new(
        "docker-registry",
        "Create a secret for use with a Docker registry",
        "NAME --docker-username=user --docker-password=password --docker-email=email \
         [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none]",
    )
    .flags(with_own!(REGISTRY_FLAGS))
    .run(|call| Box::pin(docker_registry(call))),
    Command::new(
        "generic",
        "Create a secret from a local file, directory, or literal value",
        "NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] \
         [--dry-run=server|client|none]",
    )
    .flags(with_own!(SOURCES))
    .run(|call| Box::pin(generic(call))),
    Command::new(
        "tls",
        "Create a TLS secret",
        "NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none]",
    )
    .flags(with_own!(TLS_FLAGS))
    .run(|call| Box::pin(tls(call))),
]);

/// Keys and their bytes, in the order in which they were given.
struct Entries<'c> {
    kind: &'static str,
    name: &'c str,
    found: Vec<(String, Vec<u8>)>,
}

impl Entries<'_> {
    fn add(&mut self, key: &str, bytes: Vec<u8>) -> Outcome {
        let problems = names::config_key(key);
        if !problems.is_empty() {
            return fail(format!(
                "{key:?} is not a valid key name for a {}: {}",
                self.kind,
                problems.join(";")
            ));
        }
        if self.found.iter().any(|(known, _)| known == key) {
            return fail(format!(
                "cannot add key {key:?}, another key by that name already exists in Data for \
                 {} {:?}",
                self.kind, self.name
            ));
        }
        self.found.push((key.to_owned(), bytes));
        Ok(())
    }

    fn read(&mut self, call: &Call<'_>) -> Outcome {
        let flags = &call.flags;
        let host = call.io.host;
        let (env_files, files) = (flags.list("from-env-file"), flags.list("from-file"));
        let literals = flags.list("from-literal");
        let others = !files.is_empty() || !literals.is_empty();
        if !env_files.is_empty() && others {
            return fail("from-env-file cannot be combined with from-file or from-literal");
        }
        for literal in literals {
            match literal.split_once('=') {
                Some((key, value)) if !key.is_empty() => {
                    self.add(key, value.as_bytes().to_vec())?;
                }
                _ => {
                    return fail(format!("invalid literal source {literal}, expected key=value"));
                }
            }
        }
        for source in files {
            self.read_source(host, source)?;
        }
        for path in env_files {
            self.read_env(host, path)?;
        }
        Ok(())
    }

    fn read_source(&mut self, host: &dyn Host, source: &str) -> Outcome {
        let (key, path) = match source.split_once('=') {
            Some(("", _)) => {
                return fail(format!(
                    "key name for file path {} missing",
                    source.trim_start_matches('=')
                ));
            }
            Some((key, "")) => return fail(format!("file path for key name {key} missing")),
            Some((key, path)) => (Some(key), path),
            None => (None, source),
        };
        match host.read_file(path) {
            Ok(bytes) => self.add(key.unwrap_or_else(|| base(path)), bytes),
            Err(FileError::IsDirectory) => {
                if key.is_some() {
                    return fail("cannot give a key name for a directory path");
                }
                for name in host.list_directory(path).unwrap_or_default() {
                    let inner = format!("{}/{name}", path.trim_end_matches('/'));
                    if let Ok(bytes) = host.read_file(&inner) {
                        self.add(&name, bytes)?;
                    }
                }
                Ok(())
            }
            Err(error) => fail(format!("error reading {path}: {}", error.text())),
        }
    }

    fn read_env(&mut self, host: &dyn Host, path: &str) -> Outcome {
        let bytes = host
            .read_file(path)
            .map_err(|error| Failure::Text(format!("error reading {path}: {}", error.text())))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, value) = match line.split_once('=') {
                Some((key, value)) => (key, value.to_owned()),
                None => (line, host.variable(line).unwrap_or_default()),
            };
            let problems = names::env_name(key);
            if !problems.is_empty() {
                return fail(format!("{key:?} is not a valid key name: {}", problems.join(";")));
            }
            self.add(key, value.into_bytes())?;
        }
        Ok(())
    }
}

fn base(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

/// With `--append-hash`, the object's name with a hash of what is in it, in
/// letters that form no words.
fn append_hash(call: &Call<'_>, made: &mut Value, fields: &[&str]) {
    if !call.flags.is("append-hash") {
        return;
    }
    let mut hashed = Value::map();
    hashed.set("kind", made["kind"].clone());
    hashed.set("name", made["metadata"]["name"].clone());
    for field in fields {
        let found = &made[*field];
        let is_none = found.is_null() && *field == "data";
        hashed.set(field, if is_none { Value::map() } else { found.clone() });
    }
    if !made["binaryData"].is_empty() {
        hashed.set("binaryData", made["binaryData"].clone());
    }
    let hash = hex(&sha256(to_json_line(&hashed).as_bytes()));
    let spelt = hash.chars().take(10).map(|digit| match digit {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    });
    let name = format!("{}-{}", made["metadata"]["name"].text(), spelt.collect::<String>());
    made["metadata"].set("name", name);
}

async fn config_map(call: &Call<'_>) -> Outcome {
    let name = name(call)?;
    let mut entries = Entries { kind: "ConfigMap", name, found: Vec::new() };
    entries.read(call)?;
    let mut made = object("v1", "ConfigMap", name);
    for (key, bytes) in entries.found {
        match String::from_utf8(bytes) {
            Ok(text) => made["data"].set(&key, text),
            Err(error) => made["binaryData"].set(&key, base64::encode(error.as_bytes())),
        }
    }
    append_hash(call, &mut made, &["data"]);
    generate(call, "configmaps", made, "failed to create configmap").await
}

async fn secret(call: &Call<'_>, entries: Entries<'_>, kind: &str) -> Outcome {
    let mut made = object("v1", "Secret", entries.name);
    for (key, bytes) in entries.found {
        made["data"].set(&key, base64::encode(&bytes));
    }
    made.set("type", kind);
    append_hash(call, &mut made, &["data", "type"]);
    if kind.is_empty() {
        made.remove("type");
    }
    generate(call, "secrets", made, "failed to create secret").await
}

async fn generic(call: &Call<'_>) -> Outcome {
    let name = name(call)?;
    let mut entries = Entries { kind: "Secret", name, found: Vec::new() };
    entries.read(call)?;
    secret(call, entries, call.flags.text("type")).await
}

async fn docker_registry(call: &Call<'_>) -> Outcome {
    let name = name(call)?;
    let flags = &call.flags;
    let mut entries = Entries { kind: "Secret", name, found: Vec::new() };
    let (user, password) = (flags.text("docker-username"), flags.text("docker-password"));
    if !flags.list("from-file").is_empty() {
        entries.read(call)?;
    } else if user.is_empty() || password.is_empty() || flags.text("docker-server").is_empty() {
        return fail(
            "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
        );
    } else {
        // The fields stand in the order of Go's struct.
        let quoted = |text: &str| to_json_line(&Value::from(text));
        let email = match flags.text("docker-email") {
            "" => String::new(),
            email => format!("\"email\":{},", quoted(email)),
        };
        let auth = base64::encode(format!("{user}:{password}").as_bytes());
        let text = format!(
            "{{\"auths\":{{{}:{{\"username\":{},\"password\":{},{email}\"auth\":\"{auth}\"}}}}}}",
            quoted(flags.text("docker-server")),
            quoted(user),
            quoted(password)
        );
        entries.add(".dockerconfigjson", text.into_bytes())?;
    }
    secret(call, entries, "kubernetes.io/dockerconfigjson").await
}

async fn tls(call: &Call<'_>) -> Outcome {
    let name = name(call)?;
    let (cert, key) = (call.flags.text("cert"), call.flags.text("key"));
    if cert.is_empty() || key.is_empty() {
        return fail("key and cert must be specified");
    }
    let read = |path: &str| {
        call.io.host.read_file(path).map_err(|error| {
            Failure::Text(format!("Cannot read file {path}, open {path}: {}", error.text()))
        })
    };
    let (cert, key) = (read(cert)?, read(key)?);
    for (bytes, what) in [(&cert, "certificate"), (&key, "key")] {
        if !String::from_utf8_lossy(bytes).contains("-----BEGIN ") {
            return fail(format!("tls: failed to find any PEM data in {what} input"));
        }
    }
    let mut entries = Entries { kind: "Secret", name, found: Vec::new() };
    entries.add("tls.crt", cert)?;
    entries.add("tls.key", key)?;
    secret(call, entries, "kubernetes.io/tls").await
}
