//! ServiceAccounts, with the Secrets that belong to them.

use podyard_engine::value::Value;

use super::Context;
use super::metadata::{name, namespace, uid, write_labels_and_annotations, write_names};
use super::related::{Query, Resource};
use super::writer::Writer;

/// Writes a ServiceAccount.
pub(super) async fn describe(writer: &mut Writer, account: &Value, context: Context<'_>) {
    let query = Query::all(Resource::SECRETS, namespace(account));
    let secrets = context.related.list(query).await.ok();
    let known = |wanted: &str| match &secrets {
        Some(secrets) => secrets.iter().any(|secret| name(secret) == wanted),
        // Without access to Secrets, none of them counts as missing.
        None => true,
    };
    let listed = |field: &str| -> Vec<String> {
        let references = account[field].items().iter();
        references
            .map(|reference| match reference["name"].text() {
                name if known(name) => name.to_owned(),
                name => format!("{name} (not found)"),
            })
            .collect()
    };
    let tokens: Vec<String> = secrets
        .iter()
        .flatten()
        .filter(|secret| is_token_of(secret, account))
        .map(|secret| name(secret).to_owned())
        .collect();
    write_names(writer, account);
    write_labels_and_annotations(writer, account);
    for (label, names) in [
        ("Image pull secrets:", listed("imagePullSecrets")),
        ("Mountable secrets: ", listed("secrets")),
        ("Tokens:            ", tokens),
    ] {
        write_secrets(writer, label, &names);
    }
}

fn write_secrets(writer: &mut Writer, label: &str, names: &[String]) {
    if names.is_empty() {
        writer.line(0, format_args!("{label}\t<none>"));
    }
    for (index, name) in names.iter().enumerate() {
        let prefix = if index == 0 { label } else { "                   " };
        writer.line(0, format_args!("{prefix}\t{name}"));
    }
}

fn is_token_of(secret: &Value, account: &Value) -> bool {
    let annotation = |key: &str| {
        secret.at(&["metadata", "annotations", &format!("kubernetes.io/service-account.{key}")])
    };
    secret["type"].text() == "kubernetes.io/service-account-token"
        && annotation("name").text() == name(account)
        && annotation("uid").text() == uid(account)
}
