//! Finds images by name, as a registry and containerd do.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::behaviour::Behaviour;
use super::image::{Bases, Image, Servers};
use super::reference::Reference;
use super::tags;
use crate::tools::{hex, sha256};
use crate::value::{Str, Value};
use crate::yaml::parse_yaml;

/// The images that come with Podyard.
const BUILT_IN: &str = include_str!("catalogue.yaml");

/// Every image that can be pulled.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    images: BTreeMap<Str, Vec<Arc<Image>>>,
    /// Where an image is also found, and under which name it is listed.
    aliases: BTreeMap<Str, Str>,
    /// Servers that declared images may use too.
    servers: Arc<Servers>,
    /// What has been looked up, so that containers share it.
    found: BTreeMap<String, Arc<Image>>,
    /// Whether no registry can be reached.
    unreachable: bool,
}

/// gRPC's code of a failed pull.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullCode {
    /// There is no such tag.
    NotFound,
    /// Anything else.
    Unknown,
}

/// Why an image cannot be pulled; displays as the kubelet quotes containerd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullError {
    /// gRPC's code.
    pub code: PullCode,
    /// containerd's message.
    pub message: String,
}

impl fmt::Display for PullError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = match self.code {
            PullCode::NotFound => "NotFound",
            PullCode::Unknown => "Unknown",
        };
        write!(f, "rpc error: code = {code} desc = {}", self.message)
    }
}

impl Catalogue {
    /// The images that come with Podyard.
    pub fn built_in() -> Result<Self, String> {
        let value = parse_yaml(BUILT_IN).map_err(|error| error.to_string())?;
        let mut servers = Servers::new();
        for (name, server) in value["servers"].entries() {
            let behaviour = Behaviour::read(name, server, &format!("servers.{name}"))?;
            servers.insert(name.clone(), Arc::new(behaviour));
        }
        let servers = Arc::new(servers);
        let mut catalogue = Self { servers: servers.clone(), ..Self::default() };
        let mut bases = Bases::default();
        for image in value["images"].items() {
            let names: Vec<Str> = image["names"]
                .items()
                .iter()
                .filter_map(|name| name.as_shared().cloned())
                .collect();
            let mut image = image.clone();
            image.remove("names");
            for (at, name) in names.iter().enumerate() {
                image.set("name", name);
                let read = Image::read(&image, &mut bases, &servers)
                    .map_err(|error| format!("{name}: {error}"))?;
                if at == 0 || !names.first().is_some_and(|first| catalogue.knows(first)) {
                    catalogue.add(read);
                } else if let Some(first) = names.first() {
                    let listed = Reference::parse(first)?.name();
                    catalogue.aliases.insert(read.name.clone(), listed.into());
                }
            }
        }
        Ok(catalogue)
    }

    fn knows(&self, name: &str) -> bool {
        Reference::parse(name)
            .is_ok_and(|reference| self.images.contains_key(reference.name().as_str()))
    }

    /// Adds an image, before others of the same name.
    pub fn add(&mut self, image: Image) {
        self.images.entry(image.name.clone()).or_default().push(Arc::new(image));
    }

    /// Adds an image that a page's author declares; see [`Image::declared`].
    pub fn declare(&mut self, value: &Value) -> Result<(), String> {
        let image = Image::read(value, &mut Bases::default(), &self.servers)?;
        self.found.clear();
        self.images.entry(image.name.clone()).or_default().insert(0, Arc::new(image));
        Ok(())
    }

    /// The names of all images, for completion.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.images.keys().chain(self.aliases.keys()).map(|name| &**name)
    }

    /// Says whether the registries can be reached.
    pub fn set_reachable(&mut self, reachable: bool) {
        self.unreachable = !reachable;
    }

    /// Finds the image that `reference` names.
    pub fn lookup(&mut self, reference: &Reference) -> Result<Arc<Image>, PullError> {
        let full = reference.to_string();
        if self.unreachable {
            return Err(silent(reference));
        }
        if let Some(found) = self.found.get(&full) {
            return Ok(found.clone());
        }
        let image = Arc::new(self.find(reference)?);
        self.found.insert(full, image.clone());
        Ok(image)
    }

    fn find(&self, reference: &Reference) -> Result<Image, PullError> {
        let own = reference.name();
        let name = self.aliases.get(own.as_str()).map_or(own.as_str(), |name| name);
        let Some(images) = self.images.get(name) else { return Err(unknown(reference)) };
        let tag = reference.tag.as_deref().unwrap_or("latest");
        let has = |image: &&Arc<Image>| {
            image.tags.is_empty() || image.tags.iter().any(|pattern| tags::fits(pattern, tag))
        };
        let found = match &reference.digest {
            Some(digest) => {
                images.iter().find(|image| digest_of(&own, tag) == **digest && has(image))
            }
            None => images.iter().find(has),
        };
        let Some(found) = found else { return Err(missing(reference)) };
        let mut image = (**found).clone();
        image.name = own.as_str().into();
        image.tag = tag.into();
        image.digest = digest_of(&own, tag).into();
        // Versions differ a little in size, as they do in life.
        image.size += u64::from(image.digest.bytes().map(u32::from).sum::<u32>()) * 101;
        Ok(image)
    }
}

/// A digest that the name decides.
fn digest_of(name: &str, tag: &str) -> String {
    format!("sha256:{}", hex(&sha256(format!("{name}:{tag}").as_bytes())))
}

fn failed(reference: &Reference, code: PullCode, reason: &str) -> PullError {
    let message = format!(
        "failed to pull and unpack image \"{reference}\": failed to resolve reference \"{reference}\": {reason}"
    );
    PullError { code, message }
}

fn missing(reference: &Reference) -> PullError {
    failed(reference, PullCode::NotFound, &format!("{reference}: not found"))
}

/// No registry answers.
fn silent(reference: &Reference) -> PullError {
    let host = match reference.registry.as_str() {
        "docker.io" => "registry-1.docker.io",
        own => own,
    };
    let repository = &reference.repository;
    let version = reference.digest.as_deref().or(reference.tag.as_deref()).unwrap_or("latest");
    let url = format!("https://{host}/v2/{repository}/manifests/{version}");
    let host = host.split(':').next().unwrap_or(host);
    let reason =
        format!("failed to do request: Head \"{url}\": dial tcp: lookup {host}: i/o timeout");
    failed(reference, PullCode::Unknown, &reason)
}

/// What each registry says of a repository it does not have.
fn unknown(reference: &Reference) -> PullError {
    let (registry, repository) = (&reference.registry, &reference.repository);
    let version = reference.digest.as_deref().or(reference.tag.as_deref()).unwrap_or("latest");
    let unknown = |reason: &str| failed(reference, PullCode::Unknown, reason);
    match registry.as_str() {
        "docker.io" => unknown(
            "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
        ),
        "quay.io" => unknown(&format!(
            "unexpected status from HEAD request to https://quay.io/v2/{repository}/manifests/{version}: 401 UNAUTHORIZED"
        )),
        "ghcr.io" => unknown(&format!(
            "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token?scope=repository%3A{}%3Apull&service=ghcr.io: 403 Forbidden",
            repository.replace('/', "%2F")
        )),
        "gcr.io" | "us.gcr.io" | "eu.gcr.io" | "registry.k8s.io" | "k8s.gcr.io"
        | "mcr.microsoft.com" | "public.ecr.aws" => missing(reference),
        _ if registry.ends_with(".pkg.dev") => unknown(&format!(
            "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://{registry}/v2/token?scope=repository%3A{}%3Apull&service={registry}: 403 Forbidden",
            repository.replace('/', "%2F")
        )),
        _ => {
            let host = registry.split(':').next().unwrap_or(registry);
            unknown(&format!(
                "failed to do request: Head \"https://{registry}/v2/{repository}/manifests/{version}\": dial tcp: lookup {host}: no such host"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(text: &str) -> Result<Arc<Image>, PullError> {
        let mut catalogue = Catalogue::built_in().expect("the catalogue reads");
        catalogue.lookup(&Reference::parse(text).expect("a name"))
    }

    #[test]
    fn the_images_of_the_docs_exist() {
        let mut catalogue = Catalogue::built_in().expect("the catalogue reads");
        for name in include_str!("known.txt").lines() {
            let found = catalogue.lookup(&Reference::parse(name).expect(name));
            assert!(found.is_ok(), "{name}: {found:?}");
        }
    }

    #[test]
    fn what_is_not_there_fails_as_there() {
        for (name, expected) in [
            (
                "nginx:does-not-exist",
                "rpc error: code = NotFound desc = failed to pull and unpack image \"docker.io/library/nginx:does-not-exist\": failed to resolve reference \"docker.io/library/nginx:does-not-exist\": docker.io/library/nginx:does-not-exist: not found",
            ),
            (
                "nosuchuser/nosuchimage",
                "rpc error: code = Unknown desc = failed to pull and unpack image \"docker.io/nosuchuser/nosuchimage:latest\": failed to resolve reference \"docker.io/nosuchuser/nosuchimage:latest\": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
            ),
        ] {
            assert_eq!(lookup(name).map(|_| ()).unwrap_err().to_string(), expected);
        }
        for name in ["nginx:1.161", "nginx:nope", "nginx:sometag", "busybox:9"] {
            assert!(lookup(name).is_err(), "{name}");
        }
    }

    #[test]
    fn an_image_has_one_digest() {
        let first = lookup("nginx:1.25").expect("nginx");
        assert_eq!(lookup("docker.io/library/nginx:1.25").expect("nginx").digest, first.digest);
        assert_ne!(lookup("nginx:1.26").expect("nginx").digest, first.digest);
    }
}
