//! Addresses in the web.
//!
//! Source: `k8s.io/apiserver`'s `pkg/cel/library/urls.go`.

use std::sync::Arc;

use super::Answer;
use crate::cel::value::Cel;

/// An address and its parts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Url {
    /// The whole.
    pub text: String,
    scheme: String,
    host: String,
    path: String,
    query: String,
}

pub(super) fn call(name: &str, values: &[Cel]) -> Answer {
    let [value] = values else { return None };
    let url = match value {
        Cel::Url(url) => url,
        Cel::Str(text) => {
            return match name {
                "url" => Some(parse(text).map(|url| Cel::Url(Arc::new(url)))),
                "isURL" => Some(Ok(Cel::Bool(parse(text).is_ok()))),
                _ => None,
            };
        }
        _ => return None,
    };
    Some(Ok(match name {
        "getScheme" => Cel::str(&url.scheme),
        "getHost" => Cel::str(&url.host),
        "getHostname" => Cel::str(split_port(&url.host).0.trim_matches(['[', ']'])),
        "getPort" => Cel::str(split_port(&url.host).1),
        "getEscapedPath" => Cel::str(&url.path),
        "getQuery" => query(&url.query),
        _ => return None,
    }))
}

fn parse(text: &str) -> Result<Url, String> {
    let unfit =
        |why: &str| format!("URL parse error during conversion from string: parse {text:?}: {why}");
    if text.contains(|letter: char| letter.is_ascii_control() || letter == ' ') {
        return Err(unfit("net/url: invalid control character in URL"));
    }
    let whole = text.split('#').next().unwrap_or_default();
    let (whole, query) = whole.split_once('?').unwrap_or((whole, ""));
    let (scheme, rest) = match whole.split_once("://") {
        Some((scheme, rest)) => (scheme, Some(rest)),
        None => ("", None),
    };
    let mut url = Url { text: text.to_owned(), query: query.to_owned(), ..Url::default() };
    let Some(rest) = rest else {
        if !whole.starts_with('/') {
            return Err(unfit("invalid URI for request"));
        }
        whole.clone_into(&mut url.path);
        return Ok(url);
    };
    let is_scheme = scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    if !is_scheme {
        return Err(unfit("first path segment in URL cannot contain colon"));
    }
    scheme.clone_into(&mut url.scheme);
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit('@').next().unwrap_or_default();
    if !split_port(host).1.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(unfit("invalid port after host"));
    }
    host.clone_into(&mut url.host);
    path.clone_into(&mut url.path);
    Ok(url)
}

/// A host and its port, which may be empty.
fn split_port(host: &str) -> (&str, &str) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (host, ""),
    }
}

fn query(text: &str) -> Cel {
    let mut entries: Vec<(Cel, Cel)> = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (key, value) = (Cel::str(unescape(key)), Cel::str(unescape(value)));
        match entries.iter_mut().find(|(own, _)| *own == key) {
            Some((_, Cel::List(values))) => Arc::make_mut(values).push(value),
            _ => entries.push((key, Cel::list(vec![value]))),
        }
    }
    Cel::Map(Arc::new(entries))
}

fn unescape(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, tail @ ..] = rest {
        let code = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let code = code.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (first, code) {
            (b'%', Some(code)) => {
                bytes.push(code);
                rest = tail.get(2..).unwrap_or_default();
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
