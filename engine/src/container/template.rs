//! Fills in the placeholders of declared texts: `{hostname}`, `{query msg}`.

use super::server::Scene;
use crate::images::Image;
use crate::process::HttpRequest;
use crate::sim::Time;
use crate::tools::format_time;

/// What a placeholder may ask for.
pub(super) struct Facts<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) image: &'a Image,
    pub(super) port: u16,
    pub(super) started: Time,
    /// The request and its client, when one is answered.
    pub(super) request: Option<(&'a HttpRequest, &'a str)>,
}

/// `text` with every known placeholder replaced; others stay.
pub(super) fn fill(text: &str, facts: &Facts<'_>) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (plain, after) = rest.split_at(open);
        result.push_str(plain);
        let inner = after.strip_prefix('{').unwrap_or(after);
        let found =
            inner.split_once('}').and_then(|(name, tail)| Some((value(name, facts)?, tail)));
        if let Some((value, tail)) = found {
            result.push_str(&value);
            rest = tail;
        } else {
            result.push('{');
            rest = inner;
        }
    }
    result.push_str(rest);
    result
}

fn value(name: &str, facts: &Facts<'_>) -> Option<String> {
    let now = facts.scene.now;
    let micros = now.as_micros().rem_euclid(1_000_000);
    if let Some((kind, argument)) = name.split_once(' ') {
        return match kind {
            "query" => facts
                .request
                .map(|(request, _)| decode(request.query(argument).unwrap_or_default())),
            "env" => Some(facts.scene.variable(argument).unwrap_or_default().to_string()),
            "arg" => Some(option(&facts.scene.argv, argument).unwrap_or_default().to_string()),
            _ => None,
        };
    }
    Some(match name {
        "hostname" => facts.scene.hostname.to_string(),
        "ip" => facts.scene.ip.to_string(),
        "port" => facts.port.to_string(),
        "tag" => facts.image.tag.to_string(),
        "version" | "semver" => facts.image.version(),
        "major" => facts.image.version().split('.').next().unwrap_or_default().to_string(),
        "date" => crate::tools::http_date(now),
        "slashed" => format_time("%Y/%m/%d %H:%M:%S", now),
        "spaced" | "dashed" => format_time("%Y-%m-%d %H:%M:%S", now),
        "dotted" => format!("{}.{:03}", format_time("%d %b %Y %H:%M:%S", now), micros / 1000),
        "apache" => {
            format!("{}.{micros:06} {}", format_time("%a %b %d %H:%M:%S", now), now.civil().0)
        }
        "klog" => format!("{}.{micros:06}", format_time("%m%d %H:%M:%S", now)),
        "rfc3339" => now.rfc3339(),
        "gotime" => {
            let run = now.since(facts.started).as_micros();
            format!(
                "{}.{micros:06} +0000 UTC m=+{}.{:06}",
                format_time("%Y-%m-%d %H:%M:%S", now),
                run / 1_000_000,
                run % 1_000_000
            )
        }
        _ => return of_request(name, facts.request?),
    })
}

fn of_request(name: &str, (request, client): (&HttpRequest, &str)) -> Option<String> {
    Some(match name {
        "client" => client.to_string(),
        "method" => request.method.clone(),
        "path" => request.path().to_string(),
        "target" => request.target.clone(),
        "query" => request.target.split_once('?').map_or("nil", |(_, query)| query).to_string(),
        "host" => request.header("Host").unwrap_or_default().to_string(),
        "headers" => request
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\n"))
            .collect::<Vec<_>>()
            .concat(),
        "body" => request.body.clone(),
        _ => return None,
    })
}

/// The value of `-name=value` or `-name value` on a command line.
pub(super) fn option<'a>(argv: &'a [String], name: &str) -> Option<&'a str> {
    let bare = name.trim_start_matches('-');
    let mut rest = argv.iter().skip(1);
    while let Some(argument) = rest.next() {
        let own = argument.trim_start_matches('-');
        if let Some((key, value)) = own.split_once('=')
            && key == bare
        {
            return Some(value);
        }
        if own == bare {
            return rest.next().map(String::as_str);
        }
    }
    None
}

/// Decodes `%20` and `+` of a query.
fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                let hex = std::str::from_utf8(&digits)
                    .ok()
                    .and_then(|digits| u8::from_str_radix(digits, 16).ok());
                bytes.push(hex.unwrap_or(b'%'));
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
