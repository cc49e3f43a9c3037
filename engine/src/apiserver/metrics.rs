//! `/metrics`: what the server counts, as Prometheus reads it.
//!
//! **Real clusters:** count some hundred things more; what is here is true of
//! this server.

use std::fmt::Write as _;

use super::ApiServer;
use super::discovery::BUILD;
use crate::wire::Response;

impl ApiServer {
    /// Answers `/metrics`.
    pub(super) fn metrics(&self) -> Response {
        let mut text = String::from(
            "# HELP apiserver_storage_objects [STABLE] Number of stored objects at the time of \
             last check split by kind. In case of a fetching error, the value will be -1.\n\
             # TYPE apiserver_storage_objects gauge\n",
        );
        for (id, kind) in self.registry.iter().filter(|(_, kind)| kind.stored_as.is_none()) {
            if kind.verbs.contains(&"create") && kind.verbs.contains(&"get") {
                let count = self.store.list(id, "").count();
                let resource = kind.resource();
                let _ =
                    writeln!(text, "apiserver_storage_objects{{resource=\"{resource}\"}} {count}");
            }
        }
        let labels: Vec<String> =
            BUILD.iter().map(|(name, value)| format!("{}=\"{value}\"", snake(name))).collect();
        let _ = write!(
            text,
            "# HELP kubernetes_build_info [ALPHA] A metric with a constant '1' value labeled by \
             major, minor, git version, git commit, git tree state, build date, Go version, and \
             compiler from which Kubernetes was built, and platform on which it is running.\n\
             # TYPE kubernetes_build_info gauge\n\
             kubernetes_build_info{{{}}} 1\n",
            labels.join(",")
        );
        let mut response = Response::text(200, text);
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        response
    }
}

/// `gitVersion` as `git_version`.
fn snake(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}
