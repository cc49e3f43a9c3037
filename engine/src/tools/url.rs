//! Addresses of web pages as command lines give them.

/// An address taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// Whether over TLS.
    pub tls: bool,
    pub(super) user: Option<String>,
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Whether the address names the port.
    pub(super) has_port: bool,
    /// Path and query.
    pub target: String,
}

impl Url {
    /// Reads `[http[s]://][user@]host[:port][/path]`; none for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (tls, rest) = match text.split_once("://") {
            Some(("http" | "HTTP", rest)) => (false, rest),
            Some(("https" | "HTTPS", rest)) => (true, rest),
            Some(_) => return None,
            None => (false, text),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (user, authority) = match authority.rsplit_once('@') {
            Some((user, authority)) => (Some(user.to_string()), authority),
            None => (None, authority),
        };
        let (host, port) = match authority.strip_prefix('[').and_then(|inner| inner.split_once(']'))
        {
            Some((host, rest)) => (host, rest.strip_prefix(':')),
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        let default = if tls { 443 } else { 80 };
        let number = match port.filter(|port| !port.is_empty()) {
            Some(port) => port.parse().ok()?,
            None => default,
        };
        let path = path.split('#').next().unwrap_or_default();
        let target = if path.starts_with('/') { path.to_string() } else { format!("/{path}") };
        if host.is_empty() {
            return None;
        }
        Some(Self { tls, user, host: host.into(), port: number, has_port: port.is_some(), target })
    }

    /// Where a redirection from here to `location` leads.
    pub(super) fn join(&self, location: &str) -> Option<Self> {
        if location.contains("://") {
            return Self::parse(location);
        }
        let target =
            if location.starts_with('/') { location.into() } else { format!("/{location}") };
        Some(Self { target, ..self.clone() })
    }

    /// The `Host` header.
    pub(super) fn authority(&self) -> String {
        let default = if self.tls { 443 } else { 80 };
        if self.port == default {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// The name a download is saved under.
    pub(super) fn file_name(&self) -> String {
        let path = self.target.split('?').next().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        if name.is_empty() { "index.html".into() } else { name.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_apart() {
        for (text, host, port, target) in [
            ("web", "web", 80, "/"),
            ("https://kubernetes.default.svc/api?x=1", "kubernetes.default.svc", 443, "/api?x=1"),
            ("http://10.0.0.1:8080/a/b#c", "10.0.0.1", 8080, "/a/b"),
            ("localhost:9376", "localhost", 9376, "/"),
        ] {
            let url = Url::parse(text).expect(text);
            assert_eq!(
                (url.host.as_str(), url.port, url.target.as_str()),
                (host, port, target),
                "{text}"
            );
        }
        assert_eq!(Url::parse("ftp://x"), None);
        assert_eq!(Url::parse("http://x:99999/"), None);
    }
}
