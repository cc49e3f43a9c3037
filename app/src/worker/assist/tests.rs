//! Writing, with the cursor at `|`.

use podyard_engine::openapi::Descriptions;
use podyard_session::{Machine, Setup};

use super::values::REFERENCES;
use super::*;

const NAME: &str = "a.yaml";
const DESCRIPTIONS: &str = "apps/v1.DeploymentSpec\tSpec.\n\treplicas\tHow many Pods.\n";

/// Asks in a text whose cursor is at `|`.
fn at<T>(text: &str, ask: impl Fn(&Assistant, &protocol::Spot) -> T) -> T {
    let line = text.lines().position(|line| line.contains('|')).expect("a cursor");
    let before = text.lines().nth(line).and_then(|own| own.split('|').next()).unwrap_or_default();
    let column = u32::try_from(before.encode_utf16().count()).expect("short") + 1;
    let spot = protocol::Spot {
        file: NAME.to_owned(),
        line: u32::try_from(line).expect("few") + 1,
        column,
    };
    let files = [File { name: NAME.to_owned(), text: text.replace('|', "") }];
    let mut machine = Machine::new(Setup::default());
    machine.finish("kubectl create configmap settings --from-literal=COLOR=blue");
    machine.finish("kubectl create deployment web --image=nginx --replicas=2");
    machine.finish("sleep 20");
    let descriptions = Descriptions::parse(DESCRIPTIONS);
    machine.with_cluster(|cluster| {
        let own = Assistant { api: cluster.api(), files: &files, descriptions: &descriptions };
        ask(&own, &spot)
    })
}

fn proposals(text: &str) -> Vec<Proposal> {
    at(text, |own, spot| own.complete(spot))
}

/// The first labels that are proposed.
fn check(text: &str, wanted: &[&str]) {
    let found = proposals(text);
    let labels: Vec<&str> = found.iter().map(|own| own.label.as_str()).collect();
    assert_eq!(labels.get(..wanted.len()), Some(wanted), "{labels:?}");
}

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n";

#[test]
fn fields_come_required_first_and_only_once() {
    check(&format!("{DEPLOYMENT}  |\n"), &["selector", "template", "replicas"]);
    check(&format!("{DEPLOYMENT}  re|\n  selector:\n"), &["template", "replicas"]);
    check("kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - |", &["name", "image"]);
    check("apiVersion: v1\nkind: Pod\n|", &["metadata", "spec"]);
}

#[test]
fn a_field_goes_on_where_its_value_stands() {
    let text = "kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - name: a\n    |";
    let all = proposals(text);
    let text_of = |label: &str| all.iter().find(|own| own.label == label).map(|own| &*own.text);
    assert_eq!(text_of("image"), Some("image: "));
    assert_eq!(text_of("ports"), Some("ports:\n- "));
    assert_eq!(text_of("resources"), Some("resources:\n  "));
    let inside = proposals("kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - po|");
    let ports = inside.iter().find(|own| own.label == "ports").expect("ports");
    assert_eq!((&*ports.text, ports.from, ports.to), ("ports:\n  - ", 5, 7));
}

#[test]
fn values_are_those_of_the_schema() {
    check("kind: Service\napiVersion: v1\nspec:\n  type: |", &["ClusterIP", "ExternalName"]);
    check("kind: Pod\napiVersion: v1\nspec:\n  hostNetwork: t|", &["true", "false"]);
    check("kind: Deployment\napiVersion: |", &["apps/v1"]);
    check("apiVersion: batch/v1\nkind: |", &["CronJob", "Job"]);
    check(
        "kind: PersistentVolumeClaim\napiVersion: v1\nspec:\n  accessModes:\n  - |",
        &["ReadOnlyMany"],
    );
}

#[test]
fn objects_are_called_by_their_names() {
    let pod = "kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - name: a\n    env:\n    - name: A\n      valueFrom:\n        configMapKeyRef:\n";
    check(&format!("{pod}          name: |"), &["kube-root-ca.crt", "settings"]);
    check(&format!("{pod}          name: settings\n          key: |"), &["COLOR"]);
    check("kind: Service\napiVersion: v1\nspec:\n  selector:\n    |", &["app: web"]);
    check("kind: Service\napiVersion: v1\nspec:\n  selector:\n    app: |", &["web"]);
}

#[test]
fn what_fields_refer_to_is_in_the_schema() {
    for (own, field, _) in REFERENCES {
        let found = Schema::get().find(own).and_then(|own| own.field(field));
        assert!(found.is_some(), "{own} {field}");
    }
}

#[test]
fn an_empty_document_begins_with_a_whole_manifest() {
    check("|", &["Deployment", "Service", "Pod"]);
    check("kind: Pod\n---\n|", &["Deployment"]);
    for snippet in proposals("|") {
        let filled = filled(&snippet.text);
        let (documents, broken) = podyard_engine::yaml::read_stream(&filled);
        assert_eq!(broken.map(|own| own.message), None, "{filled}");
        let kind = documents.first().map(|own| own.value["kind"].text().to_owned());
        assert!(
            kind == Some(snippet.label.clone()) || !matches!(snippet.about, About::Snippet { .. }),
            "{filled}"
        );
    }
}

/// A snippet with its gaps filled as they are proposed.
fn filled(snippet: &str) -> String {
    let mut text = String::new();
    let mut rest = snippet;
    while let Some((before, after)) = rest.split_once("${") {
        let (gap, behind) = after.split_once('}').expect("a closed gap");
        let word = gap.trim_start_matches(|own: char| own.is_ascii_digit());
        let word = word.trim_start_matches([':', '|']).split([',', '|']).next();
        text.push_str(before);
        text.push_str(word.unwrap_or_default());
        rest = behind;
    }
    text + rest
}

#[test]
fn a_broken_line_elsewhere_silences_nothing() {
    check(&format!("{DEPLOYMENT}  \"x: [\n  |"), &["selector", "template", "replicas"]);
}

#[test]
fn a_field_tells_its_type_its_default_and_what_the_cluster_has() {
    let text = format!("{DEPLOYMENT}  repl|icas: 5\n");
    let found = at(&text, |own, spot| own.explain(spot)).expect("an explanation");
    assert_eq!((&*found.path, &*found.type_name), ("spec.replicas", "int32"));
    assert_eq!(found.default.as_deref(), Some("1"));
    assert_eq!(found.live.as_deref(), Some("2"));
    assert_eq!(found.description, "How many Pods.");
    assert_eq!((found.from, found.to), (3, 11));
    let elsewhere = format!("{DEPLOYMENT}  replicas: |5\n");
    assert!(at(&elsewhere, |own, spot| own.explain(spot)).is_none());
}

#[test]
fn a_selector_tells_how_many_pods_it_selects() {
    let text = format!("{DEPLOYMENT}  selector:\n    matchLabels:\n      app: web|\n");
    let lenses = at(&text, |own, _| own.lenses());
    let seen: Vec<(u32, u32)> = lenses.iter().map(|own| (own.line, own.pods)).collect();
    assert_eq!(seen, [(7, 2)]);
}
