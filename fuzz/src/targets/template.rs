//! Go templates: any text is refused or prints something of any object.

use podyard_engine::sim::Random;
use podyard_kubectl::print::CustomColumns;
use podyard_kubectl::print::template::Template;

use super::Target;
use crate::input;

/// Templates of `-o go-template` and `-o custom-columns`.
pub(super) const TARGET: Target = Target {
    name: "template",
    promise: "any Go template is refused, or prints something of any object",
    round,
};

const TEMPLATES: &[&str] = &[
    "{{.metadata.name}}",
    "{{range .items}}{{.metadata.name}}{{\"\\n\"}}{{end}}",
    "{{range $i, $item := .items}}{{if eq $i 0}}{{$item | printf \"%q\"}}{{else}}-{{end}}{{end}}",
    "{{with .spec}}{{index .containers 0}}{{- len .env -}}{{end}}",
    "NAME:.metadata.name,LABEL:.metadata.labels.app,X:{.spec..name}",
];

fn round(random: &mut Random) {
    let template = random.choose(TEMPLATES).copied().unwrap_or_default();
    let template = input::damaged(template, random);
    let object = input::tree(random, 4);
    if let Ok(template) = Template::parse(&template) {
        template.print(&object).ok();
    }
    if let Ok(columns) = CustomColumns::parse(&template) {
        columns.print(&object, false).ok();
    }
}
