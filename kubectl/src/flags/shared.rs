//! The groups of flags that several commands share.

use super::{Flag, array, duration, int, list, switch, text, text_or};

/// The flags that every command takes.
pub const GLOBAL: &[Flag] = &[
    text("as", "The user to act as, a person or a service account."),
    array("as-group", "A group to act in; may be repeated."),
    text("as-uid", "The UID to act as."),
    text("cache-dir", "The directory for caches.").default("/root/.kube/cache"),
    text("certificate-authority", "A file with the certificate of the authority."),
    text("client-certificate", "A file with a client certificate."),
    text("client-key", "A file with a client key."),
    text("cluster", "The kubeconfig's cluster to use."),
    text("context", "The kubeconfig's context to use."),
    switch("disable-compression", "Do not compress answers."),
    switch("insecure-skip-tls-verify", "Do not check the server's certificate."),
    text("kubeconfig", "The kubeconfig file to use."),
    duration("log-flush-frequency", "5s", "The longest time between two writes of the log."),
    switch("match-server-version", "Refuse a server of another version."),
    text("namespace", "The namespace to work in.").short('n'),
    text("password", "The password for basic authentication."),
    text("profile", "The profile to record.").default("none"),
    text("profile-output", "The file for the profile.").default("profile.pprof"),
    text("request-timeout", "How long to wait for one answer; 0 waits for ever.").default("0"),
    text("server", "The address and port of the API server.").short('s'),
    text("tls-server-name", "The name that the server's certificate must bear."),
    text("token", "The bearer token for the API server."),
    text("user", "The kubeconfig's user to use."),
    text("username", "The user for basic authentication."),
    int("v", "0", "How much to log.").short('v'),
    text("vmodule", "How much to log, file by file."),
    switch("warnings-as-errors", "Fail when the server warns."),
];

/// Which objects: `-f`, `-k`, `-R`.
pub const FILES: &[Flag] = &[
    list("filename", "A file, directory or URL with the objects.").short('f'),
    text("kustomize", "A kustomization directory; not to be used with -f or -R.").short('k'),
    switch("recursive", "Read the directories of -f and all below them.").short('R'),
];

/// How to print objects.
pub const PRINT: &[Flag] = &[
    switch("allow-missing-template-keys", "Let templates name fields that are missing.")
        .default("true"),
    text("output", "The output format.").short('o'),
    switch("show-managed-fields", "Keep managedFields when printing JSON or YAML."),
    text("template", "A template, or the file that holds it, for -o go-template."),
];

/// `--dry-run`.
pub const DRY_RUN: &[Flag] = &[text_or(
    "dry-run",
    "unchanged",
    "\"none\", \"server\" (ask the server, store nothing) or \"client\" (ask nobody).",
)
.default("none")];

/// `--validate`.
pub const VALIDATE: &[Flag] = &[text_or(
    "validate",
    "strict",
    "What to do about unknown or repeated fields: strict, warn or ignore.",
)
.default("strict")];

/// `-l` and `--field-selector`.
pub const SELECT: &[Flag] = &[LABELS, FIELD_SELECTOR];

/// `-l`.
pub const LABELS: Flag =
    text("selector", "Only objects with these labels, as -l key1=value1,key2=value2.").short('l');

/// `--field-selector`.
pub const FIELD_SELECTOR: Flag =
    text("field-selector", "Only objects with these fields, as key1=value1,key2=value2.");

/// `-A`.
pub const ALL_NAMESPACES: Flag =
    switch("all-namespaces", "In all namespaces, whatever --namespace says.").short('A');

/// `--all`.
pub const ALL: Flag = switch("all", "All objects of these kinds in the namespace.");

/// How to delete, for the commands that also delete.
pub const DELETION: &[Flag] = &[
    text_or(
        "cascade",
        "background",
        "What happens to dependents: background, orphan or foreground.",
    )
    .default("background"),
    switch("force", "Delete at once, without waiting for the end of anything."),
    int("grace-period", "-1", "Seconds to end in peace; 0 only together with --force."),
    duration("timeout", "0s", "How long to wait for the end; zero lets kubectl decide."),
];

/// `--record`, on its way out.
pub const RECORD: &[Flag] = &[switch("record", "Note this command in the object's annotations.")
    .deprecated("--record will be removed in the future")];

/// `--save-config`.
pub const SAVE_CONFIG: &[Flag] =
    &[switch("save-config", "Note the object's configuration in an annotation, for apply.")];

/// `--local`.
pub const LOCAL: Flag = switch("local", "Work on the files only, ask no server.");

/// `--field-manager` with the name that a command uses for itself.
pub const fn field_manager(default: &'static str) -> Flag {
    text("field-manager", "The name under which to own fields.").default(default)
}

/// `--chunk-size`.
pub const CHUNK_SIZE: Flag = int("chunk-size", "500", "How many objects to ask for at a time.");

/// `-c` of logs, exec and attach.
pub const CONTAINER: Flag =
    text("container", "The container; the first one unless told.").short('c');

/// `--pod-running-timeout`.
pub const POD_RUNNING_TIMEOUT: Flag =
    duration("pod-running-timeout", "1m0s", "How long to wait until a Pod runs.");

/// `-i`, `-t`, `-q` of run, exec and attach.
pub const TERMINAL: &[Flag] = &[
    switch("quiet", "Print only what the container prints.").short('q'),
    switch("stdin", "Pass standard input to the container.").short('i'),
    switch("tty", "Give the container a terminal.").short('t'),
];
