//! What a container is started with, and why it may not start.

use std::sync::Arc;

use crate::images::Image;
use crate::process::{CommandError, Mount};
use crate::value::Str;

/// What a container is started with, as the kubelet has worked it out.
#[derive(Debug, Clone, Default)]
pub struct Spec {
    /// Replaces the image's entrypoint unless empty.
    pub command: Vec<Str>,
    /// Replaces the image's command unless empty.
    pub args: Vec<Str>,
    /// The container's own variables, in order; the image's come before.
    pub env: Arc<Vec<(Str, Str)>>,
    /// Replaces the image's working directory.
    pub workdir: Option<Str>,
    /// Replaces the image's user (`runAsUser`).
    pub user: Option<u32>,
    /// The user's groups, its own first (`runAsGroup`, `fsGroup`, …).
    pub groups: Arc<[u32]>,
    /// Mounted volumes.
    pub mounts: Arc<[Mount]>,
    /// `readOnlyRootFilesystem`.
    pub read_only: bool,
    /// The host name.
    pub hostname: Str,
    /// The Pod's address.
    pub ip: Str,
    /// `/etc/hosts`; made of address and host name when empty.
    pub hosts: Str,
    /// `/etc/resolv.conf`.
    pub resolv: Str,
    /// `tty`.
    pub tty: bool,
    /// `stdin`: standard input stays open for `attach`.
    pub stdin: bool,
    /// `terminationMessagePath`.
    pub message_path: Str,
    /// `terminationMessagePolicy`.
    pub message_policy: MessagePolicy,
    /// The memory limit in bytes.
    pub memory_limit: Option<u64>,
    /// The processor limit in thousandths.
    pub cpu_limit: Option<u64>,
    /// Feeds `$RANDOM` and the like.
    pub seed: u64,
}

/// Where the message comes from that explains a container's end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MessagePolicy {
    /// A file that it writes.
    #[default]
    File,
    /// The end of its log, if the file says nothing of a failure.
    FallbackToLogsOnError,
}

/// Why a container, or a command in it, could not be started. Displays as
/// runc, containerd and the kubelet say it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StartError {
    /// The whole message.
    pub message: String,
    /// The exit code that the kubelet reports: 128, or 126 and 127 of a
    /// command that `exec` cannot run.
    pub code: u8,
}

impl StartError {
    fn reason(name: &str, error: CommandError) -> String {
        let why = match (error, name.contains('/')) {
            (CommandError::NotFound, false) => "executable file not found in $PATH",
            (CommandError::NotFound, true) => "no such file or directory",
            (CommandError::PermissionDenied, _) => "permission denied",
        };
        let verb = if name.contains('/') && error == CommandError::NotFound {
            format!("stat {name}: {why}")
        } else {
            why.to_string()
        };
        format!("exec: \"{name}\": {verb}: unknown")
    }

    /// A container whose first program cannot be run.
    pub(super) fn create(name: &str, error: CommandError) -> Self {
        let reason = Self::reason(name, error);
        Self {
            message: format!(
                "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: {reason}"
            ),
            code: 128,
        }
    }

    /// A container without any command.
    pub(super) fn no_command() -> Self {
        Self {
            message:
                "failed to generate container spec: failed to generate spec: no command specified"
                    .into(),
            code: 128,
        }
    }

    /// A command that `exec` cannot run.
    pub(super) fn exec(name: &str, error: CommandError) -> Self {
        let reason = Self::reason(name, error);
        let code = if error == CommandError::NotFound { 127 } else { 126 };
        Self {
            message: format!(
                "OCI runtime exec failed: exec failed: unable to start container process: {reason}"
            ),
            code,
        }
    }
}

impl Spec {
    /// The command line: `command` replaces the image's entrypoint and its
    /// command too, `args` only the latter.
    pub(super) fn argv(&self, image: &Image) -> Vec<String> {
        let (entrypoint, args) = match (self.command.is_empty(), self.args.is_empty()) {
            (false, _) => (&self.command, &self.args),
            (true, false) => (&image.entrypoint, &self.args),
            (true, true) => (&image.entrypoint, &image.cmd),
        };
        entrypoint.iter().chain(args).map(ToString::to_string).collect()
    }

    /// The environment: the image's, the host name, the container's own, and
    /// `HOME`, in the order that containerd and runc give.
    pub(super) fn environment(&self, image: &Image) -> Vec<(Str, Str)> {
        let mut env: Vec<(Str, Str)> = Vec::new();
        let mut set = |name: &str, value: Str| match env.iter_mut().find(|(own, _)| &**own == name)
        {
            Some((_, old)) => *old = value,
            None => env.push((name.into(), value)),
        };
        set("PATH", Image::default_path().into());
        set("HOSTNAME", self.hostname.clone());
        for (name, value) in &image.env {
            set(name, value.replace("{version}", &image.version()).into());
        }
        for (name, value) in self.env.iter() {
            set(name, value.clone());
        }
        if self.tty && !env.iter().any(|(name, _)| &**name == "TERM") {
            env.push(("TERM".into(), "xterm".into()));
        }
        if !env.iter().any(|(name, _)| &**name == "HOME") {
            let home = if self.uid(image) == 0 { "/root" } else { "/" };
            env.push(("HOME".into(), home.into()));
        }
        env
    }

    /// Where commands are looked for.
    pub(super) fn search_path(&self, image: &Image) -> String {
        let own = self.env.iter().find(|(name, _)| &**name == "PATH");
        let of_image = || image.env.iter().find(|(name, _)| &**name == "PATH");
        match (own, own.is_none().then(of_image).flatten()) {
            (Some((_, path)), _) => path.to_string(),
            (None, Some((_, path))) => path.replace("{version}", &image.version()),
            (None, None) => Image::default_path().to_owned(),
        }
    }

    /// The user's number.
    pub(super) fn uid(&self, image: &Image) -> u32 {
        self.user.unwrap_or(image.user)
    }
}
