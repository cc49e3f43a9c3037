//! A probe on one line.

use std::fmt::Write as _;

use podyard_engine::value::Value;

use super::metadata::{bracketed, int_or_string};

/// What a probe does and how often.
pub(super) fn summary(probe: &Value) -> String {
    let [delay, timeout, period, success, failure] = [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ]
    .map(|field| probe[field].int());
    let rhythm = format!(
        "delay={delay}s timeout={timeout}s period={period}s #success={success} #failure={failure}"
    );
    if let Some(exec) = probe.get("exec") {
        format!("exec {} {rhythm}", bracketed(&exec["command"]))
    } else if let Some(get) = probe.get("httpGet") {
        format!("http-get {} {rhythm}", url(get))
    } else if let Some(socket) = probe.get("tcpSocket") {
        let (host, port) = (socket["host"].text(), int_or_string(&socket["port"]));
        format!("tcp-socket {host}:{port} {rhythm}")
    } else if let Some(grpc) = probe.get("grpc") {
        let (port, service) = (grpc["port"].int(), grpc["service"].text());
        format!("grpc <pod>:{port} {service} {rhythm}")
    } else {
        format!("unknown {rhythm}")
    }
}

/// The URL of an HTTP probe, escaped as Go's `url.URL` does.
fn url(get: &Value) -> String {
    let scheme = get["scheme"].text().to_lowercase();
    let host = get["host"].text();
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let path = get["path"].text();
    let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
    let mut url = format!("{scheme}://{host}:{}{slash}", int_or_string(&get["port"]));
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@".contains(&byte) {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url
}
