//! `kubectl api-resources` and `kubectl api-versions`.
//!
//! Models kubectl's `pkg/cmd/apiresources`.

use crate::call::Call;
use crate::command::Command;
use crate::discovery::{Resource, api_version};
use crate::failure::{Failure, Outcome};
use crate::flags::{self, Flag};
use crate::print::TabWriter;

const FLAGS: &[Flag] = &[
    flags::text("api-group", "Only resources of this group."),
    flags::switch("cached", "Take what was found before, if there is any."),
    flags::list("categories", "Only resources in all of these categories."),
    flags::switch("namespaced", "With true, only what lives in namespaces; with false, the rest.")
        .default("true"),
    flags::switch("no-headers", "Print no headers."),
    flags::text("output", "The output format: wide or name.").short('o'),
    flags::text("sort-by", "Sort by name or kind."),
    flags::list("verbs", "Only resources to which all of these can be done."),
];

pub(super) const API_RESOURCES: Command =
    Command::new("api-resources", "Print the supported API resources on the server", "[flags]")
        .flags(&[FLAGS])
        .run(|call| Box::pin(resources(call)));

pub(super) const API_VERSIONS: Command = Command::new(
    "api-versions",
    "Print the supported API versions on the server, in the form of \"group/version\"",
    "",
)
.run(|call| Box::pin(versions(call)));

async fn resources(call: &Call<'_>) -> Outcome {
    let flags = &call.flags;
    no_arguments(call)?;
    let output = flags.text("output");
    if !matches!(output, "" | "wide" | "name") {
        return Err(Failure::Text(format!("--output {output} is not available")));
    }
    let sort = flags.text("sort-by");
    if !matches!(sort, "" | "name" | "kind") {
        return Err("--sort-by accepts only name or kind".into());
    }
    let discovery = call.client.discovery().await?;
    let mut found = discovery.preferred();
    found.retain(|one| !one.verbs.is_empty() && wanted(call, one));
    match sort {
        "name" => found.sort_by(|a, b| a.plural.cmp(&b.plural)),
        "kind" => found.sort_by(|a, b| a.kind.cmp(&b.kind)),
        _ => found.sort_by(|a, b| (&a.group, &a.plural).cmp(&(&b.group, &b.plural))),
    }
    let wide = output == "wide";
    let mut text = String::new();
    if !flags.is("no-headers") && output != "name" {
        text.push_str("NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND");
        text.push_str(if wide { "\tVERBS\tCATEGORIES\n" } else { "\n" });
    }
    for one in found {
        if output == "name" {
            text.push_str(&one.qualified());
        } else {
            text.push_str(&row(one, wide));
        }
        text.push('\n');
    }
    call.io.out(&TabWriter::for_tables().format(&text));
    Ok(())
}

fn wanted(call: &Call<'_>, one: &Resource) -> bool {
    let flags = &call.flags;
    let has_all = |own: &[String], wanted: &[String]| wanted.iter().all(|item| own.contains(item));
    (!flags.changed("api-group") || one.group == flags.text("api-group"))
        && (!flags.changed("namespaced") || one.namespaced == flags.is("namespaced"))
        && has_all(&one.verbs, flags.list("verbs"))
        && has_all(&one.categories, flags.list("categories"))
}

fn row(one: &Resource, wide: bool) -> String {
    let mut cells = vec![
        one.plural.clone(),
        one.short_names.join(","),
        one.api_version(),
        one.namespaced.to_string(),
        one.kind.clone(),
    ];
    if wide {
        cells.extend([one.verbs.join(","), one.categories.join(",")]);
    }
    cells.join("\t")
}

async fn versions(call: &Call<'_>) -> Outcome {
    no_arguments(call)?;
    let discovery = call.client.discovery().await?;
    let mut names: Vec<String> = discovery
        .groups
        .iter()
        .flat_map(|group| group.versions.iter().map(|one| api_version(&group.name, &one.name)))
        .collect();
    names.sort();
    for name in names {
        call.io.line(&name);
    }
    Ok(())
}

fn no_arguments(call: &Call<'_>) -> Outcome {
    if call.args.is_empty() {
        return Ok(());
    }
    Err(call.usage(format!("unexpected arguments: [{}]", call.args.join(" "))))
}
