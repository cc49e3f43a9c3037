//! Names of images: `nginx`, `quay.io/a/b:v1`, `x@sha256:…`.
//!
//! Source: the grammar of `distribution/reference`, and Kubernetes'
//! `pkg/util/parsers`.

use std::fmt;

/// An image's name taken apart and completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The registry's host, `docker.io` unless named.
    pub registry: String,
    /// The path in the registry, as `library/nginx`.
    pub repository: String,
    /// The tag; `latest` when there is neither tag nor digest.
    pub tag: Option<String>,
    /// The digest, as `sha256:…`.
    pub digest: Option<String>,
}

const INVALID: &str = "invalid reference format";

impl Reference {
    /// Reads an image's name; the error is Kubernetes' for `InvalidImageName`.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::read(text).map_err(|reason| format!("couldn't parse image name {text:?}: {reason}"))
    }

    fn read(text: &str) -> Result<Self, String> {
        if text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(format!(
                "invalid repository name ({text}), cannot specify 64-byte hexadecimal strings"
            ));
        }
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let (name, tag) = match name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
            Some((name, tag)) => (name, Some(tag)),
            None => (name, None),
        };
        let (registry, path) = split_registry(name);
        let repository = if registry == "docker.io" && !path.contains('/') {
            format!("library/{path}")
        } else {
            path.to_string()
        };
        if repository.to_lowercase() != repository {
            return Err(format!("{INVALID}: repository name ({repository}) must be lowercase"));
        }
        let fits = is_host(registry)
            && repository.split('/').all(is_component)
            && tag.is_none_or(is_tag)
            && digest.is_none_or(is_digest);
        if !fits {
            return Err(INVALID.into());
        }
        if registry.len() + repository.len() > 254 {
            return Err("repository name must not be more than 255 characters".into());
        }
        let tag = match (tag, digest) {
            (None, None) => Some("latest".into()),
            (tag, _) => tag.map(String::from),
        };
        Ok(Self { registry: registry.into(), repository, tag, digest: digest.map(String::from) })
    }

    /// Registry and repository, as `docker.io/library/nginx`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }
}

impl fmt::Display for Reference {
    /// As containerd names it: `docker.io/library/nginx:latest`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// The registry and the rest. The first part is a host only if it looks like
/// one: a dot, a port, `localhost`, or capitals.
fn split_registry(name: &str) -> (&str, &str) {
    match name.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':'])
                || first == "localhost"
                || first.to_lowercase() != first =>
        {
            (if first == "index.docker.io" { "docker.io" } else { first }, rest)
        }
        _ => ("docker.io", name),
    }
}

fn is_host(host: &str) -> bool {
    let (name, port) = host.split_once(':').unwrap_or((host, "1"));
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    name.split('.').all(is_label)
        && !port.is_empty()
        && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Lower-case letters and digits, joined by `.`, `_`, `__` or dashes.
fn is_component(part: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut separators =
        part.split(|letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit());
    part.bytes().next().is_some_and(plain)
        && part.bytes().last().is_some_and(plain)
        && separators.all(|separator| {
            matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|byte| byte == b'-')
        })
}

fn is_tag(tag: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=128).contains(&tag.len())
        && tag.bytes().next().is_some_and(fits)
        && tag.bytes().all(|byte| fits(byte) || byte == b'.' || byte == b'-')
}

fn is_digest(digest: &str) -> bool {
    digest.split_once(':').is_some_and(|(algorithm, hex)| {
        algorithm.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
            && algorithm.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+._-".contains(&byte))
            && hex.len() >= 32
            && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_completed_as_containerd_does() {
        for (text, full) in [
            ("nginx", "docker.io/library/nginx:latest"),
            ("nginx:1.25", "docker.io/library/nginx:1.25"),
            ("docker.io/redis:6.0.5", "docker.io/library/redis:6.0.5"),
            ("alicek106/rr-test:echo-hostname", "docker.io/alicek106/rr-test:echo-hostname"),
            ("registry.k8s.io/pause:3.6", "registry.k8s.io/pause:3.6"),
            ("localhost:5000/a", "localhost:5000/a:latest"),
            ("localhost/a", "localhost/a:latest"),
        ] {
            assert_eq!(Reference::parse(text).map(|found| found.to_string()).as_deref(), Ok(full));
        }
    }

    #[test]
    fn names_that_are_none_are_refused_with_kubernetes_words() {
        for (text, reason) in [
            (
                "Nginx",
                "invalid reference format: repository name (library/Nginx) must be lowercase",
            ),
            ("nginx:", "invalid reference format"),
            ("nginx:a b", "invalid reference format"),
            ("<your-image>", "invalid reference format"),
            ("a//b", "invalid reference format"),
            ("nginx@sha256:12", "invalid reference format"),
            ("-nginx", "invalid reference format"),
        ] {
            let expected = format!("couldn't parse image name {text:?}: {reason}");
            assert_eq!(Reference::parse(text), Err(expected));
        }
    }
}
