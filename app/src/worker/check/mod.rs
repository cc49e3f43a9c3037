//! Looks for mistakes in manifests as the API server would find them, and says
//! where they stand. What the server says is repeated word for word; what we
//! add is kept apart.

mod help;
mod mend;
mod place;

use podyard_engine::api::registry::by_api_version;
use podyard_engine::api::{Errors, FieldError, Kind, meta};
use podyard_engine::schema::{DecodeError, FieldValidation, Schema, Struct, decode};
use podyard_engine::value::Value;
use podyard_engine::yaml::{Document, read_stream};

use self::place::Lines;
use crate::protocol::{File, Help, Problem};

/// More problems than this in one file help nobody.
const MAX_PROBLEMS: usize = 50;
/// Any port that the server may allocate on nodes.
const LOWEST_NODE_PORT: i64 = 30_000;

/// The mistakes in all files.
pub(super) fn problems(files: &[File]) -> Vec<Problem> {
    files.iter().flat_map(problems_of).collect()
}

fn problems_of(file: &File) -> Vec<Problem> {
    let lines = Lines::new(file);
    let (documents, broken) = read_stream(&file.text);
    let mut problems: Vec<Problem> = documents
        .iter()
        .flat_map(|document| Reader { lines: &lines, document }.problems())
        .collect();
    if let Some(error) = broken {
        let place = lines.at(error.position.unwrap_or_default());
        let (help, fix) = match mend::of_syntax(&lines, place.line) {
            Some((help, fix)) => (Some(help), Some(fix)),
            None => (help::of_syntax(&error.message), None),
        };
        problems.push(Problem { help, fix, ..lines.problem(place, error.message) });
    }
    problems.sort_by_key(|problem| (problem.line, problem.column));
    problems.truncate(MAX_PROBLEMS);
    problems
}

/// One document of a file.
struct Reader<'a> {
    lines: &'a Lines<'a>,
    document: &'a Document,
}

impl Reader<'_> {
    fn problems(&self) -> Vec<Problem> {
        let value = &self.document.value;
        let (api_version, kind) = (value["apiVersion"].text(), value["kind"].text());
        for (field, text) in [("apiVersion", api_version), ("kind", kind)] {
            if text.is_empty() {
                return vec![self.problem(field, format!("{field} not set"))];
            }
        }
        let Some(schema) = Schema::get().find_kind(api_version, kind) else {
            let message = format!("no matches for kind {kind:?} in version {api_version:?}");
            return vec![self.unknown_kind(api_version, kind, message)];
        };
        match decode(schema, value, &[], FieldValidation::Strict) {
            Err(DecodeError::Type { message, path }) => vec![self.wrong_type(&path, message)],
            Err(DecodeError::Strict(errors)) => {
                errors.into_iter().map(|error| self.strict(schema, error)).collect()
            }
            Ok(decoded) => match by_api_version(api_version, kind) {
                Some(row) => self.invalid(row, decoded.value),
                None => Vec::new(),
            },
        }
    }

    /// A problem with the field at `path`, or with what is nearest to it.
    fn problem(&self, path: &str, message: String) -> Problem {
        self.lines.problem(self.lines.of_field(self.document, path), message)
    }

    /// A kind that does not exist, or not in that version.
    fn unknown_kind(&self, api_version: &str, kind: &str, message: String) -> Problem {
        let (help, fix) = match help::of_kind(api_version, kind) {
            Some((field, meant)) => {
                let fix = mend::with_value(self.lines, self.document, field, &meant);
                (Some(Help::MeantToBe(meant)), fix)
            }
            None => (None, None),
        };
        Problem { help, fix, error: false, ..self.problem("kind", message) }
    }

    /// A value of the wrong type.
    fn wrong_type(&self, path: &str, message: String) -> Problem {
        let problem = self.problem(path, message);
        match help::missing_space(self.lines, self.document, path) {
            Some((place, fix)) => {
                let Problem { message, .. } = problem;
                let help = Some(Help::SpaceAfterColon);
                Problem { help, fix: Some(fix), ..self.lines.problem(place, message) }
            }
            None => problem,
        }
    }

    /// A field that is unknown there, as `unknown field "spec.ports"`.
    fn strict(&self, schema: &'static Struct, message: String) -> Problem {
        let path = message.split('"').nth(1).unwrap_or_default().to_owned();
        let problem = self.problem(&path, message);
        let help = help::of_unknown(schema, &path);
        let fix = match &help {
            Some(Help::MeantToBe(name)) => self.lines.renamed(problem.line, &path, name),
            Some(Help::BelongsTo(_, place)) => mend::moved(self.lines, self.document, &path, place),
            _ => None,
        };
        Problem { help, fix, ..problem }
    }

    /// What the kind's own validation says, once everything can be read.
    fn invalid(&self, kind: &'static Kind, mut object: Value) -> Vec<Problem> {
        if kind.namespaced {
            object.at_mut(&["metadata"]).set_default("namespace", "default");
        }
        let generated = object.at(&["metadata", "generateName"]).text().to_owned();
        if !generated.is_empty() {
            // The server completes such a name before it looks at it.
            object.at_mut(&["metadata"]).set_default("name", format!("{generated}xxxxx"));
        }
        (kind.default)(&mut object);
        (kind.prepare)(&mut object, None);
        allocate(&mut object);
        let mut errors = Errors::default();
        meta::validate(kind, &object, &mut errors);
        (kind.validate)(&object, &mut errors);
        let problem = |error: FieldError| {
            let problem = self.problem(&error.field, format!("{}: {}", error.field, error.message));
            if !error.message.contains("`selector` does not match template `labels`") {
                return problem;
            }
            let fix = mend::labels_of_template(self.lines, self.document);
            Problem { help: Some(Help::LabelsOfTemplate), fix, ..problem }
        };
        errors.0.into_iter().map(problem).collect()
    }
}

/// What the server gives an object before it looks at it.
fn allocate(object: &mut Value) {
    let is_local = object.at(&["spec", "externalTrafficPolicy"]).text() == "Local"
        && object.at(&["spec", "type"]).text() == "LoadBalancer";
    if object["kind"].text() == "Service" && is_local {
        object.at_mut(&["spec"]).set_default("healthCheckNodePort", LOWEST_NODE_PORT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, wanted: &[(u32, &str)]) -> Vec<Problem> {
        let file = File { name: "a.yaml".to_owned(), text: text.to_owned() };
        let found = problems(&[file]);
        let seen: Vec<_> =
            found.iter().map(|problem| (problem.line, problem.message.as_str())).collect();
        assert_eq!(seen, wanted);
        found
    }

    #[test]
    fn the_sample_has_no_problems() {
        check(crate::state::files::SAMPLE, &[]);
    }

    #[test]
    fn a_misspelt_field_can_be_mended() {
        let text =
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\nspec:\n  replica: 3\n";
        let found = check(text, &[(6, "unknown field \"spec.replica\"")]);
        let problem = found.first().expect("one problem");
        assert_eq!(problem.help, Some(Help::MeantToBe("replicas".to_owned())));
        assert_eq!((problem.column, problem.end_column), (3, 10));
        assert_eq!(problem.fix.as_ref().map(|fix| fix.text.as_str()), Some("  replicas: 3\n"));
    }

    #[test]
    fn a_field_of_a_container_is_sent_there() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: b\n  ports:\n  - containerPort: 80\n";
        let found = check(text, &[(9, "unknown field \"spec.ports\"")]);
        let help = found.first().and_then(|problem| problem.help.clone());
        assert_eq!(help, Some(Help::BelongsTo("ports".to_owned(), "spec.containers[]".to_owned())));
    }

    #[test]
    fn a_colon_wants_a_space() {
        let text = "apiVersion: v1\nkind: Service\nmetadata:\n  name:web\nspec: {}\n";
        let wanted = "json: cannot unmarshal string into Go struct field Service.metadata of type v1.ObjectMeta";
        let found = check(text, &[(4, wanted)]);
        let problem = found.first().expect("one problem");
        assert_eq!(problem.help, Some(Help::SpaceAfterColon));
        assert_eq!(problem.fix.as_ref().map(|fix| fix.text.as_str()), Some("  name: web\n"));
    }

    #[test]
    fn broken_yaml_is_found_where_it_breaks() {
        let text = "apiVersion: v1\nkind: Service\n  metadata:\n    name: a\n";
        let wanted = "error converting YAML to JSON: yaml: line 3: mapping values are not allowed in this context";
        let found = check(text, &[(3, wanted)]);
        assert_eq!(found.first().and_then(|problem| problem.help.clone()), Some(Help::Indentation));
    }

    /// The text after every fix that is offered has been pressed.
    fn mended(text: &str) -> String {
        let mut text = text.to_owned();
        for _ in 0..4 {
            let file = File { name: "a.yaml".to_owned(), text: text.clone() };
            let found = problems(std::slice::from_ref(&file));
            let Some(fix) = found.into_iter().find_map(|problem| problem.fix) else { break };
            let mended = Lines::new(&file).with(&fix);
            text = mended.trim_end().to_owned() + "\n";
        }
        check(&text, &[]);
        text
    }

    #[test]
    fn the_articles_broken_manifests_are_mended() {
        let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: b\n";
        let ports = "ports:\n  - containerPort: 80\n    protocol: TCP\n";
        let wanted = format!("{pod}    ports:\n    - containerPort: 80\n      protocol: TCP\n");
        assert_eq!(mended(&format!("{pod}  {ports}")), wanted);
        let before = format!(
            "{}  {ports}  containers:\n  - name: a\n    image: b\n",
            pod.split("  containers").next().unwrap_or_default()
        );
        assert_eq!(mended(&before), wanted);
        let service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n  - port: 80\n  selector:\n    app: web\n";
        assert_eq!(mended(&service.replace("name: web", "name:web")), service);
        let shifted = "apiVersion: v1\nkind: Service\n  metadata:\n    name: web\n  spec:\n    ports:\n    - port: 80\n  selector:\n    app: web\n";
        assert_eq!(mended(shifted), service);
        let local = format!("{service}  type: LoadBalancer\n  externalTrafficPolicy: Local\n");
        check(&local, &[]);
    }

    #[test]
    fn other_slips_are_mended_too() {
        let set = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\nspec:\n  selector:\n    matchLabels:\n      app: a\n  template:\n    metadata:\n      labels:\n        app: a\n    spec:\n      containers:\n      - name: a\n        image: b\n";
        assert_eq!(mended(&set.replace("        app: a", "        app: b")), set);
        assert_eq!(mended(&set.replace("        app: a", "        apps: a")), set);
        assert_eq!(mended(&set.replace("apps/v1", "v1")), set);
        assert_eq!(mended(&set.replace("Deployment", "deployment")), set);
        assert_eq!(mended(&set.replace("image: b", "image:b")), set);
        assert_eq!(mended(&set.replace("  name: a\nspec", "\tname: a\nspec")), set);
    }

    #[test]
    fn a_rule_of_the_server_is_applied() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: A_b\nspec:\n  containers:\n  - name: a\n    image: b\n";
        let file = File { name: "a.yaml".to_owned(), text: text.to_owned() };
        let found = problems(&[file]);
        assert_eq!(found.first().map(|problem| problem.line), Some(4));
        assert!(
            found.iter().all(|problem| problem.message.starts_with("metadata.name: Invalid value"))
        );
    }
}
