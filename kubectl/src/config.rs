//! The kubeconfig file: which server, which namespace.
//!
//! Models client-go's `tools/clientcmd`.

use podyard_engine::value;
use podyard_engine::value::Value;

use crate::failure::{Failure, Outcome};
use crate::host::{FileError, Host};
use crate::manifest;
use crate::print;

/// A kubeconfig and the file that it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Its content, as the file says it.
    pub content: Value,
    /// The file to write changes to.
    pub path: String,
    /// Whether a file asked for by name is not there.
    pub is_missing: bool,
}

impl Config {
    /// Reads the file that `--kubeconfig`, `KUBECONFIG` or custom names; a
    /// missing file reads as an empty one, unless it was asked for by name.
    pub fn load(host: &dyn Host, flag: &str) -> Outcome<Self> {
        let variable = host.variable("KUBECONFIG").unwrap_or_default();
        let first = variable.split(':').find(|path| !path.is_empty()).unwrap_or_default();
        let path = match (flag, first) {
            ("", "") => {
                let home = host.variable("HOME").unwrap_or_else(|| "/root".to_owned());
                format!("{home}/.kube/config")
            }
            ("", path) | (path, _) => path.to_owned(),
        };
        let mut is_missing = false;
        let content = match host.read_file(&path) {
            Ok(bytes) => manifest::read_one(&bytes).map_err(|error| {
                Failure::Text(format!("error loading config file \"{path}\": {error}"))
            })?,
            Err(FileError::NotFound) => {
                is_missing = !flag.is_empty();
                Value::Null
            }
            Err(error) => {
                return Err(Failure::Text(format!(
                    "error loading config file \"{path}\": open {path}: {}",
                    error.text()
                )));
            }
        };
        Ok(Self { content: complete(content), path, is_missing })
    }

    /// Writes the file.
    pub fn save(&self, host: &dyn Host) -> Outcome {
        let text = print::to_yaml(&self.content);
        host.write_file(&self.path, text.as_bytes())
            .map_err(|error| Failure::Text(format!("open {}: {}", self.path, error.text())))
    }

    /// The name of the current context.
    pub fn current(&self) -> &str {
        self.content["current-context"].text()
    }

    /// The entry called `name` of `clusters`, `contexts` or `users`.
    pub fn entry(&self, section: &str, name: &str) -> Option<&Value> {
        self.content[section].items().iter().find(|entry| entry["name"].text() == name)
    }

    /// The entry called `name` for writing, made in its place where missing.
    pub fn entry_mut(&mut self, section: &str, field: &str, name: &str) -> Option<&mut Value> {
        let entries = self.content[section].make_list();
        if !entries.iter().any(|entry| entry["name"].text() == name) {
            let mut entry = value!({ "name": name });
            entry.set(field, Value::map());
            entries.push(entry);
            entries.sort_by(|a, b| a["name"].text().cmp(b["name"].text()));
        }
        entries.iter_mut().find(|entry| entry["name"].text() == name)
    }

    /// The context to use: `--context`, or else the current one.
    pub fn context(&self, flag: &str) -> &Value {
        let name = if flag.is_empty() { self.current() } else { flag };
        self.entry("contexts", name).map_or(&Value::Null, |entry| &entry["context"])
    }

    /// The namespace of the context.
    pub fn namespace(&self, flag: &str) -> Option<String> {
        let namespace = self.context(flag)["namespace"].text();
        (!namespace.is_empty()).then(|| namespace.to_owned())
    }

    /// The server of the context's cluster.
    pub fn server(&self, context: &str, cluster: &str) -> Option<String> {
        let cluster = match cluster {
            "" => self.context(context)["cluster"].text(),
            given => given,
        };
        let server = self.entry("clusters", cluster)?["cluster"]["server"].text();
        (!server.is_empty()).then(|| server.to_owned())
    }
}

/// Fills in the fields that kubectl always writes.
fn complete(mut content: Value) -> Value {
    content.set_default("apiVersion", "v1");
    content.set_default("kind", "Config");
    content.set_default("preferences", Value::map());
    content.set_default("current-context", "");
    for section in ["clusters", "contexts", "users"] {
        if content[section].is_null() {
            content.set(section, Value::Null);
        }
    }
    content
}
