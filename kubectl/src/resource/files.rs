//! Objects from files: `-f` with files, directories, patterns and `-`.
//!
//! Models the path, file and stream visitors of cli-runtime.

use std::rc::Rc;

use podyard_engine::value::Value;

use super::{Info, metadata};
use crate::call::Call;
use crate::discovery::{Discovery, Resource};
use crate::failure::{Failure, Outcome};
use crate::host::{FileError, Host};
use crate::manifest;

/// Which files, and how to read them.
#[derive(Debug, Clone, Default)]
pub struct FileOptions {
    /// The values of `-f`.
    pub paths: Vec<String>,
    /// `-k`, or empty.
    pub kustomization: String,
    /// `-R`.
    pub recursive: bool,
    /// Whether objects are checked for `apiVersion` and `kind` first.
    pub validate: bool,
    /// Whether the server is left alone (`--local`).
    pub local: bool,
}

impl FileOptions {
    /// What the flags of `call` say.
    pub fn of(call: &Call<'_>) -> Self {
        Self {
            paths: call.flags.list("filename").to_vec(),
            kustomization: call.flags.text("kustomize").to_owned(),
            recursive: call.flags.is("recursive"),
            validate: false,
            local: call.flags.is("local"),
        }
    }

    /// Whether objects come from files at all.
    pub fn are_given(&self) -> bool {
        !self.paths.is_empty() || !self.kustomization.is_empty()
    }

    /// Refuses paths that lead nowhere.
    pub(super) fn check_paths(&self, call: &Call<'_>) -> Outcome {
        let plain = |path: &&String| *path != "-" && !path.contains(['*', '?', '[', ':']);
        for path in self.paths.iter().filter(plain) {
            if call.io.host.read_file(path) == Err(FileError::NotFound) {
                return Err(Failure::Text(format!("the path {path:?} does not exist")));
            }
        }
        Ok(())
    }

    /// With the check that `apply`, `create` and `replace` make.
    #[must_use]
    pub fn validated(mut self) -> Self {
        self.validate = true;
        self
    }
}

/// One file's name for messages, and its bytes.
struct Source {
    name: String,
    bytes: Vec<u8>,
}

/// The objects of all files in order. A text that cannot be read ends its own
/// file only.
pub async fn read_files(call: &Call<'_>, options: &FileOptions) -> Outcome<Vec<Outcome<Info>>> {
    match (options.paths.is_empty(), options.kustomization.as_str()) {
        (_, "") => {}
        (true, directory) => return Err(refuse_kustomization(call, directory)),
        (false, _) => return Err("only one of -f or -k can be specified".into()),
    }
    let mut reader = Reader { call, options, discovery: None, infos: Vec::new() };
    for source in sources(call, options).await? {
        reader.read(&source).await?;
    }
    Ok(reader.infos)
}

/// Why the kustomization in a directory is not built: there may be none.
pub fn refuse_kustomization(call: &Call<'_>, directory: &str) -> Failure {
    const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
    let host = call.io.host;
    let is_there = |name: &str| host.read_file(&format!("{directory}/{name}")).is_ok();
    if NAMES.iter().any(|name| is_there(name)) {
        return "kustomize is not supported here: give the manifests with -f".into();
    }
    let here = host.variable("PWD").unwrap_or_default();
    let path = match directory.trim_end_matches('/') {
        "." | "" => here,
        path if path.starts_with('/') => path.to_owned(),
        path => format!("{here}/{}", path.trim_start_matches("./")),
    };
    Failure::Text(format!(
        "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in \
         directory '{path}'"
    ))
}

async fn sources(call: &Call<'_>, options: &FileOptions) -> Outcome<Vec<Source>> {
    let host = call.io.host;
    let mut sources = Vec::new();
    for path in &options.paths {
        if path == "-" {
            sources.push(Source { name: "STDIN".to_owned(), bytes: host.read_stdin().await });
        } else if path.starts_with("http://") || path.starts_with("https://") {
            return Err(Failure::Text(format!(
                "reading manifests from a URL is not supported here: {path}"
            )));
        } else if path.contains(['*', '?', '[']) && host.read_file(path).is_err() {
            let matching = expand_pattern(host, path);
            if matching.is_empty() {
                return Err(Failure::Text(format!("the path {path:?} does not exist")));
            }
            for path in matching {
                add_path(host, &path, options.recursive, &mut sources)?;
            }
        } else {
            add_path(host, path, options.recursive, &mut sources)?;
        }
    }
    Ok(sources)
}

fn add_path(host: &dyn Host, path: &str, recursive: bool, sources: &mut Vec<Source>) -> Outcome {
    match host.read_file(path) {
        Ok(bytes) => sources.push(Source { name: path.to_owned(), bytes }),
        Err(FileError::IsDirectory) => {
            let before = sources.len();
            walk(host, path, recursive, sources)?;
            if sources.len() == before {
                return Err(Failure::Text(format!(
                    "error reading [{path}]: recognized file extensions are [.json .yaml .yml]"
                )));
            }
        }
        Err(FileError::NotFound) => {
            return Err(Failure::Text(format!("the path {path:?} does not exist")));
        }
        Err(error) => {
            return Err(Failure::Text(format!("open {path}: {}", error.text())));
        }
    }
    Ok(())
}

fn walk(host: &dyn Host, path: &str, recursive: bool, sources: &mut Vec<Source>) -> Outcome {
    let base = path.trim_end_matches('/');
    let names = host
        .list_directory(path)
        .map_err(|error| Failure::Text(format!("open {path}: {}", error.text())))?;
    for name in names {
        let inner = if base == "." { name } else { format!("{base}/{name}") };
        let known = [".json", ".yaml", ".yml"].iter().any(|ending| inner.ends_with(ending));
        match host.read_file(&inner) {
            Ok(bytes) if known => sources.push(Source { name: inner, bytes }),
            Err(FileError::IsDirectory) if recursive => walk(host, &inner, true, sources)?,
            _ => {}
        }
    }
    Ok(())
}

/// The files that a pattern in the last part of a path matches.
fn expand_pattern(host: &dyn Host, pattern: &str) -> Vec<String> {
    let (directory, last) = pattern.rsplit_once('/').unwrap_or((".", pattern));
    let mut names = host.list_directory(directory).unwrap_or_default();
    names.retain(|name| glob(last.as_bytes(), name.as_bytes()));
    let prefix = if pattern.contains('/') { format!("{directory}/") } else { String::new() };
    names.into_iter().map(|name| format!("{prefix}{name}")).collect()
}

fn glob(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            glob(rest, name) || name.split_first().is_some_and(|(_, tail)| glob(pattern, tail))
        }
        (Some((b'?', rest)), Some((_, tail))) => glob(rest, tail),
        (Some((wanted, rest)), Some((found, tail))) => wanted == found && glob(rest, tail),
        _ => false,
    }
}

struct Reader<'c, 'a> {
    call: &'c Call<'a>,
    options: &'c FileOptions,
    discovery: Option<Rc<Discovery>>,
    infos: Vec<Outcome<Info>>,
}

impl Reader<'_, '_> {
    async fn read(&mut self, source: &Source) -> Outcome {
        let documents = manifest::read_all(&source.bytes);
        for value in documents.values {
            if self.options.validate
                && let Err(problem) = self.check(&value)
            {
                self.infos.push(Err(Failure::Text(format!(
                    "error validating {:?}: error validating data: {problem}; if you choose \
                         to ignore these errors, turn validation off with --validate=false",
                    source.name
                ))));
                return Ok(());
            }
            self.add(value, &source.name).await?;
        }
        if let Some(error) = documents.error {
            let text = format!("error parsing {}: {error}", source.name);
            self.infos.push(Err(Failure::Text(text)));
        }
        Ok(())
    }

    fn validates(&self) -> bool {
        let ignored = self.call.validation().is_ok_and(|validation| validation == "Ignore");
        self.options.validate && !ignored
    }

    /// The words for a server that is not there: who validates asks it for its
    /// schemas first.
    fn unreachable(&self, source: &str, failure: &Failure) -> String {
        let text = failure.text();
        if self.validates() {
            let text = text.replace("/api?", "/openapi/v2?");
            format!(
                "error validating {source:?}: error validating data: failed to download openapi: \
                 {text}; if you choose to ignore these errors, turn validation off with \
                 --validate=false"
            )
        } else {
            format!("unable to recognize {source:?}: {text}")
        }
    }

    /// What can be said of an object without knowing its kind.
    fn check(&self, value: &Value) -> Result<(), String> {
        if !self.validates() {
            return Ok(());
        }
        if value.as_map().is_none() {
            return Err("invalid object to validate".to_owned());
        }
        let mut problems = Vec::new();
        for field in ["apiVersion", "kind"] {
            match &value[field] {
                Value::Null => problems.push(format!("{field} not set")),
                Value::Str(_) => {}
                _ => problems.push(format!("{field} isn't string type")),
            }
        }
        match problems.as_slice() {
            [] => Ok(()),
            [one] => Err(one.clone()),
            many => Err(format!("[{}]", many.join(", "))),
        }
    }

    /// Adds an object, or each item of a list.
    async fn add(&mut self, value: Value, source: &str) -> Outcome {
        let is_list = value["kind"].text().ends_with("List") && value.get("items").is_some();
        if !is_list {
            let info = self.info(value, source).await?;
            self.infos.push(info);
            return Ok(());
        }
        for item in value["items"].items() {
            let info = self.info(item.clone(), source).await?;
            self.infos.push(info);
        }
        Ok(())
    }

    /// The object with its resource and namespace. The outer failure is one
    /// of reaching the server, the inner one concerns this object only.
    async fn info(&mut self, value: Value, source: &str) -> Outcome<Outcome<Info>> {
        if let Err(problem) = metadata::check(&value) {
            return Ok(Err(Failure::Text(format!("unable to decode {source:?}: {problem}"))));
        }
        let resource = if self.options.local {
            Rc::new(guess(&value))
        } else {
            match self.resource(&value, source).await? {
                Ok(resource) => resource,
                Err(failure) => return Ok(Err(failure)),
            }
        };
        let metadata = &value["metadata"];
        let mut info = Info {
            resource,
            namespace: metadata["namespace"].text().to_owned(),
            name: metadata["name"].text().to_owned(),
            source: source.to_owned(),
            object: value,
        };
        if !info.resource.namespaced {
            info.namespace.clear();
            return Ok(Ok(info));
        }
        let wanted = &self.call.namespace;
        if self.options.local {
            // Without a server nothing is known to have a namespace.
        } else if info.namespace.is_empty() {
            info.namespace.clone_from(wanted);
            info.object["metadata"].set("namespace", wanted.as_str());
        } else if self.call.namespace_given && info.namespace != *wanted {
            return Ok(Err(Failure::Text(format!(
                "the namespace from the provided object {:?} does not match the namespace \
                 {wanted:?}. You must pass '--namespace={}' to perform this operation.",
                info.namespace, info.namespace
            ))));
        }
        Ok(Ok(info))
    }

    async fn resource(&mut self, value: &Value, source: &str) -> Outcome<Outcome<Rc<Resource>>> {
        let tries = usize::from(!self.validates());
        let discovery = match &self.discovery {
            Some(discovery) => discovery.clone(),
            None => match self.call.client.discovery_tried(tries).await {
                Err(failure @ Failure::Refused { .. }) => {
                    return Err(Failure::Text(self.unreachable(source, &failure)));
                }
                found => found?,
            },
        };
        self.discovery = Some(discovery.clone());
        let api_version = value["apiVersion"].text();
        let kind = value["kind"].text();
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Ok(discovery.kind(group, version, kind).cloned().ok_or_else(|| {
            let metadata = &value["metadata"];
            Failure::Text(format!(
                "resource mapping not found for name: {:?} namespace: {:?} from {source:?}: \
                 no matches for kind {kind:?} in version {api_version:?}\n\
                 ensure CRDs are installed first",
                metadata["name"].text(),
                metadata["namespace"].text()
            ))
        }))
    }
}

/// A resource worked out from the object alone.
fn guess(value: &Value) -> Resource {
    let api_version = value["apiVersion"].text();
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let kind = value["kind"].text();
    Resource {
        group: group.to_owned(),
        version: version.to_owned(),
        plural: format!("{}s", kind.to_lowercase()),
        singular: kind.to_lowercase(),
        kind: kind.to_owned(),
        namespaced: true,
        ..Resource::default()
    }
}
