//! Templates compared with what kubectl 1.32 printed of the same objects.
//!
//! Each section of `testdata/print/templates.txt` is a format and its object,
//! a template, and the output; only the first words of an error in running a
//! JSONPath are compared, because the whole object follows.

use podyard_engine::value;
use podyard_engine::value::Value;
use podyard_engine::yaml::parse_yaml;

use super::CustomColumns;
use super::jsonpath::JsonPath;
use super::template::Template;

fn read(path: &str) -> String {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata");
    std::fs::read_to_string(format!("{directory}/{path}")).expect(path)
}

/// All Pods of the namespace `default`, as `get pods` makes a list of them.
fn pods() -> Vec<Value> {
    let yaml = read("describe/many/objects.yaml");
    let objects = yaml.split("\n---\n").map(|document| parse_yaml(document).expect("YAML"));
    let mut pods: Vec<Value> = objects.collect();
    pods.retain(|object| {
        object["kind"].text() == "Pod" && object.at(&["metadata", "namespace"]).text() == "default"
    });
    pods
}

fn print(format: &str, template: &str, object: &Value) -> Result<String, String> {
    let parse_error =
        |what: &str, error: String| format!("error parsing {what} {template}, {error}");
    match format {
        "jsonpath" | "jsonpath-as-json" => {
            let path = JsonPath::parse(template)
                .map_err(|error| parse_error("jsonpath", error.to_string()))?;
            let printed =
                if format == "jsonpath" { path.print(object) } else { path.print_as_json(object) };
            printed.map_err(|error| error.to_string())
        }
        "go-template" => {
            let template = Template::parse(template)
                .map_err(|error| parse_error("template", error.to_string()))?;
            template.print(object).map_err(|failure| failure.message)
        }
        _ => {
            let columns = CustomColumns::parse(template).map_err(|error| error.to_string())?;
            columns.print(object, false).map_err(|error| error.to_string())
        }
    }
}

#[test]
fn templates_print_what_they_print_in_kubectl() {
    let pods = pods();
    let big = pods.first().expect("a Pod").clone();
    let list = value!({
        "apiVersion": "v1",
        "items": pods,
        "kind": "List",
        "metadata": { "resourceVersion": "" }
    });
    let cases = read("print/templates.txt");
    for case in cases.split("### ").filter(|case| !case.is_empty()) {
        let (head, rest) = case.split_once('\n').expect(case);
        let (template, expected) = rest.split_once("\n>>>\n").expect(case);
        let expected = expected.strip_suffix('\n').expect(case);
        let (format, object) = head.split_once(' ').expect(case);
        let object = if object == "big" { &big } else { &list };
        match print(format, template, object) {
            Ok(found) => assert_eq!(found, expected, "{head} {template}"),
            Err(found) => {
                let found = found.split(". Printing more").next().unwrap_or_default();
                assert_eq!(format!("error: {found}"), expected, "{head}");
            }
        }
    }
}
