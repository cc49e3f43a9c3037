//! The files that the runtime puts into every container.

use super::spec::Spec;
use crate::images::Image;
use crate::process::{Entry, FileSystem};
use crate::sim::Time;

/// The container's file system, before anything is written.
pub(super) fn system(image: &Image, spec: &Spec) -> FileSystem {
    let mut files = FileSystem::new(image.layers.clone(), spec.mounts.clone());
    files.read_only = spec.read_only;
    files
}

/// Adds `/etc/hosts`, `/etc/resolv.conf`, `/etc/hostname` and the termination
/// log, unless volumes are mounted there.
pub(super) fn add_runtime_files(files: &mut FileSystem, spec: &Spec, now: Time) {
    let hosts = if spec.hosts.is_empty() { default_hosts(spec) } else { spec.hosts.to_string() };
    for (path, contents) in [
        ("/etc/hosts", hosts),
        ("/etc/hostname", format!("{}\n", spec.hostname)),
        ("/etc/resolv.conf", spec.resolv.to_string()),
    ] {
        files.put(path, Entry::file(contents.into_bytes(), now));
    }
    let mut log = Entry::file(Vec::new(), now);
    log.mode = 0o666;
    files.put(&spec.message_path, log);
}

fn default_hosts(spec: &Spec) -> String {
    format!(
        "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n{}\t{}\n",
        spec.ip, spec.hostname
    )
}
