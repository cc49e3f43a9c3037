//! CustomResourceDefinitions over the wire: their kinds are served, judged,
//! printed, and gone with them.

use podyard_engine::cluster::{Cluster, ClusterOptions};
use podyard_engine::value;
use podyard_engine::value::{Value, parse_json};
use podyard_engine::wire::{Body, Method, Request};

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const TABS: &str = "/apis/stable.example.com/v1/namespaces/default/crontabs";
const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io";

fn ask(cluster: &mut Cluster, method: Method, target: &str, body: &Value) -> (u16, Value) {
    let patch = method == Method::Patch;
    let request = Request {
        method,
        target: target.to_owned(),
        accept: if target.ends_with("as=table") { TABLE.to_owned() } else { String::new() },
        content_type: if patch { "application/merge-patch+json" } else { "application/json" }
            .to_owned(),
        body: if body.is_null() { Vec::new() } else { body.to_json().into_bytes() },
        ..Request::default()
    };
    let response = cluster.handle(&request);
    let Body::Bytes(bytes) = response.body else { panic!("{target} answers with a stream") };
    (response.status, parse_json(&bytes).unwrap_or_default())
}

fn definition() -> Value {
    let spec = value!({
        "type": "object",
        "properties": {
            "cronSpec": { "type": "string" },
            "replicas": { "type": "integer", "minimum": 1, "default": 1 },
        },
    });
    let schema = value!({ "type": "object", "properties": { "spec": spec } });
    value!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": "crontabs.stable.example.com" },
        "spec": {
            "group": "stable.example.com",
            "scope": "Namespaced",
            "names": { "plural": "crontabs", "kind": "CronTab", "shortNames": ["ct"] },
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "schema": { "openAPIV3Schema": schema },
                "additionalPrinterColumns": [
                    { "name": "Spec", "type": "string", "jsonPath": ".spec.cronSpec" },
                ],
            }],
        },
    })
}

fn tab(name: &str, spec: Value) -> Value {
    value!({
        "apiVersion": "stable.example.com/v1",
        "kind": "CronTab",
        "metadata": { "name": name },
        "spec": spec,
    })
}

#[test]
fn a_definition_brings_a_kind_and_takes_it_along() {
    let mut cluster = Cluster::new(ClusterOptions::default());
    let nothing = Value::Null;
    assert_eq!(ask(&mut cluster, Method::Get, TABS, &nothing).0, 404);
    assert_eq!(ask(&mut cluster, Method::Post, DEFINITIONS, &definition()).0, 201);
    let own = format!("{DEFINITIONS}/crontabs.stable.example.com");
    let (_, stored) = ask(&mut cluster, Method::Get, &own, &nothing);
    assert_eq!(stored["status"]["conditions"][1]["type"].text(), "Established");
    assert_eq!(stored["status"]["acceptedNames"]["singular"].text(), "crontab");

    let (code, made) =
        ask(&mut cluster, Method::Post, TABS, &tab("a", value!({ "cronSpec": "5" })));
    assert_eq!((code, made["spec"]["replicas"].int()), (201, 1));
    let wrong = tab("b", value!({ "replicas": 0 }));
    let (code, refused) = ask(&mut cluster, Method::Post, TABS, &wrong);
    assert_eq!(code, 422);
    assert_eq!(
        refused["message"].text(),
        "CronTab.stable.example.com \"b\" is invalid: spec.replicas: Invalid value: 0: \
         spec.replicas in body should be greater than or equal to 1"
    );
    let strict = format!("{TABS}?fieldValidation=Strict");
    let unknown = tab("b", value!({ "extra": true }));
    let (code, refused) = ask(&mut cluster, Method::Post, &strict, &unknown);
    assert_eq!(code, 400);
    assert!(
        refused["message"].text().ends_with("strict decoding error: unknown field \"spec.extra\"")
    );

    let change = value!({ "spec": { "replicas": 3 } });
    let (code, changed) = ask(&mut cluster, Method::Patch, &format!("{TABS}/a"), &change);
    assert_eq!((code, changed["metadata"]["generation"].int()), (200, 2));
    let (_, table) = ask(&mut cluster, Method::Get, &format!("{TABS}?as=table"), &nothing);
    assert_eq!(table["rows"][0]["cells"].to_json(), r#"["a","5"]"#);

    assert_eq!(ask(&mut cluster, Method::Delete, &own, &nothing).0, 200);
    assert_eq!(ask(&mut cluster, Method::Get, TABS, &nothing).0, 404);
    assert_eq!(ask(&mut cluster, Method::Post, DEFINITIONS, &definition()).0, 201);
    let (_, list) = ask(&mut cluster, Method::Get, TABS, &nothing);
    assert_eq!(list["items"].items().len(), 0);
}

#[test]
fn custom_resources_are_selected_by_their_fields_and_say_their_kind() {
    let mut cluster = Cluster::new(ClusterOptions::default());
    let mut crd = definition();
    let version = &mut crd["spec"]["versions"].make_list()[0];
    version.set("selectableFields", value!([{ "jsonPath": ".spec.cronSpec" }]));
    assert_eq!(ask(&mut cluster, Method::Post, DEFINITIONS, &crd).0, 201);
    for (name, spec) in [("a", "5"), ("b", "6")] {
        let object = tab(name, value!({ "cronSpec": spec }));
        assert_eq!(ask(&mut cluster, Method::Post, TABS, &object).0, 201);
    }
    let by_field = format!("{TABS}?fieldSelector=spec.cronSpec%3D6");
    let (_, list) = ask(&mut cluster, Method::Get, &by_field, &Value::Null);
    assert_eq!(list["items"].items().len(), 1);
    assert_eq!(list["items"][0]["metadata"]["name"].text(), "b");
    assert_eq!(list["items"][0]["kind"].text(), "CronTab");
    let by_other = format!("{TABS}?fieldSelector=spec.replicas%3D1");
    let (code, refused) = ask(&mut cluster, Method::Get, &by_other, &Value::Null);
    assert_eq!(
        (code, refused["message"].text()),
        (400, "field label not supported: spec.replicas")
    );
    let mut foreign = tab("c", value!({}));
    foreign.set("kind", "Foo");
    let (code, refused) = ask(&mut cluster, Method::Post, TABS, &foreign);
    let message = "CronTab.stable.example.com \"c\" is invalid: kind: Invalid value: \"Foo\": must \
                   be CronTab";
    assert_eq!((code, refused["message"].text()), (422, message));
}

#[test]
fn a_definition_is_blamed_where_upstream_keeps_its_schema() {
    let mut cluster = Cluster::new(ClusterOptions::default());
    let mut crd = definition();
    crd["spec"]["names"]["kind"] = "Cron_Tab".into();
    let version = &mut crd["spec"]["versions"].make_list()[0];
    version["schema"]["openAPIV3Schema"]["properties"]["status"] = value!({});
    let (code, refused) = ask(&mut cluster, Method::Post, DEFINITIONS, &crd);
    assert_eq!(code, 422);
    let fields: Vec<&str> =
        refused["details"]["causes"].items().iter().map(|cause| cause["field"].text()).collect();
    assert_eq!(
        fields,
        [
            "spec.names.singular",
            "spec.names.kind",
            "spec.names.listKind",
            "spec.validation.openAPIV3Schema.properties[status].type",
        ]
    );
}
