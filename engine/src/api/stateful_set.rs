//! StatefulSet: Pods with lasting names and claims, in order.
//!
//! Source: `pkg/apis/apps/v1/defaults.go`, `pkg/apis/apps/validation` and
//! `pkg/registry/apps/statefulset`.

use super::defaulting::{each, text};
use super::int_or_string::{self, int_or_percent};
use super::meta::non_negative;
use super::pod::default_template;
use super::workload::{self, TemplateRules};
use super::{Column, Errors, Kind, NameRule, Path, Verbatim, age, gotext, table};
use crate::sim::Time;
use crate::value;
use crate::value::Value;

/// The row of StatefulSet.
pub static KIND: Kind = Kind {
    group: "apps",
    kind: "StatefulSet",
    plural: "statefulsets",
    singular: "statefulset",
    short_names: &["sts"],
    categories: &["all"],
    subresources: &["scale", "status"],
    schema: "io.k8s.api.apps.v1.StatefulSet",
    has_generation: true,
    default,
    prepare,
    validate: validate_spec,
    validate_update,
    validate_status,
    name_rule: NameRule::Label,
    warnings,
    columns: &[
        table::NAME,
        Column::text("Ready", "Number of the pod with ready state"),
        table::AGE,
        table::CONTAINERS,
        table::IMAGES,
    ],
    cells,
    ..Kind::BASE
};

fn default(set: &mut Value) {
    let spec = &mut set["spec"];
    text(spec, "podManagementPolicy", "OrderedReady");
    let strategy = &mut spec["updateStrategy"];
    if strategy["type"].is_empty() {
        strategy.set("type", "RollingUpdate");
        strategy["rollingUpdate"].set_default("partition", 0);
    }
    if strategy["type"].text() == "RollingUpdate" && !strategy["rollingUpdate"].is_null() {
        strategy["rollingUpdate"].set_default("partition", 0);
    }
    let retention = &mut spec["persistentVolumeClaimRetentionPolicy"];
    text(retention, "whenDeleted", "Retain");
    text(retention, "whenScaled", "Retain");
    spec.set_default("replicas", 1);
    spec.set_default("revisionHistoryLimit", 10);
    default_template(&mut spec["template"]);
    each(spec, "volumeClaimTemplates", |claim| {
        claim.set_default("apiVersion", "v1");
        claim.set_default("kind", "PersistentVolumeClaim");
        claim["spec"].set_default("volumeMode", "Filesystem");
        text(&mut claim["status"], "phase", "Pending");
    });
}

fn prepare(set: &mut Value, old: Option<&Value>) {
    let old = old.map(|old| old.at(&["spec", "template"]));
    super::pod::prepare_template(set.at_mut(&["spec", "template"]), old);
    if let Some(rolling) = set.at(&["spec", "updateStrategy"]).get("rollingUpdate") {
        // An alpha field, off by default.
        if !rolling["maxUnavailable"].is_null() {
            set.at_mut(&["spec", "updateStrategy", "rollingUpdate"]).remove("maxUnavailable");
        }
    }
    if old.is_none() {
        set.set("status", value!({ "replicas": 0, "availableReplicas": 0 }));
    }
}

fn validate_spec(set: &Value, errors: &mut Errors) {
    let (spec, path) = (&set["spec"], Path::ROOT.field("spec"));
    let policy = spec["podManagementPolicy"].text();
    if !matches!(policy, "OrderedReady" | "Parallel") {
        let detail = "must be 'OrderedReady' or 'Parallel'";
        errors.invalid(&path.field("podManagementPolicy"), policy, detail);
    }
    validate_strategy(&spec["updateStrategy"], &path.field("updateStrategy"), errors);
    let retention_path = path.field("persistentVolumeClaimRetentionPolicy");
    for field in ["whenDeleted", "whenScaled"] {
        let policy = spec.at(&["persistentVolumeClaimRetentionPolicy", field]).text();
        if !matches!(policy, "Retain" | "Delete") {
            errors.not_supported(&retention_path.field(field), policy, &["Retain", "Delete"]);
        }
    }
    workload::non_negative_fields(spec, &["replicas", "minReadySeconds"], &path, errors);
    non_negative(spec.at(&["ordinals", "start"]), &path.field("ordinals.start"), errors);
    let selector = workload::required_selector(
        &spec["selector"],
        &path.field("selector"),
        "empty selector is invalid for statefulset",
        "",
        errors,
    );
    if let Some(selector) = selector {
        let rules = TemplateRules { kind: "StatefulSet", checks_spec: false };
        let path = path.field("template");
        workload::validate_template(&spec["template"], &selector, &rules, &path, errors);
    }
}

fn validate_strategy(strategy: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (rolling, rolling_path) = (&strategy["rollingUpdate"], path.field("rollingUpdate"));
    match strategy["type"].text() {
        "OnDelete" if !rolling.is_null() => {
            let shown = format!(
                "apps.RollingUpdateStatefulSetStrategy{{Partition:{}, MaxUnavailable:{}}}",
                rolling["partition"].int(),
                gotext::pointer("intstr.IntOrString", &rolling["maxUnavailable"])
            );
            let detail = "only allowed for updateStrategy 'RollingUpdate'";
            errors.invalid(&rolling_path, Verbatim(&shown), detail);
        }
        "OnDelete" => {}
        "RollingUpdate" => {
            non_negative(&rolling["partition"], &rolling_path.field("partition"), errors);
            let (limit, path) = (&rolling["maxUnavailable"], rolling_path.field("maxUnavailable"));
            if limit.is_null() {
                return;
            }
            int_or_string::validate(limit, &path, errors);
            if int_or_percent(limit) == 0 {
                errors.invalid(&path, Verbatim(&gotext::int_or_string(limit)), "cannot be 0");
            }
            int_or_string::validate_at_most_all(limit, &path, errors);
        }
        _ => {
            let shown = format!(
                "apps.StatefulSetUpdateStrategy{{Type:{}, RollingUpdate:{}}}",
                gotext::text(&strategy["type"]),
                gotext::pointer("apps.RollingUpdateStatefulSetStrategy", rolling)
            );
            errors.invalid(path, Verbatim(&shown), "must be 'RollingUpdate' or 'OnDelete'");
        }
    }
}

/// The fields of the spec that may change.
const MUTABLE: [&str; 6] = [
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];

fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    validate_spec(new, errors);
    let frozen = |set: &Value| {
        let mut spec = set["spec"].clone();
        for field in MUTABLE {
            spec.remove(field);
        }
        spec
    };
    if frozen(new) != frozen(old) {
        let detail = "updates to statefulset spec for fields other than 'replicas', 'ordinals', \
                      'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and \
                      'minReadySeconds' are forbidden";
        errors.forbidden(&Path::ROOT.field("spec"), detail);
    }
}

fn validate_status(new: &Value, old: &Value, errors: &mut Errors) {
    let fields = [
        "replicas",
        "readyReplicas",
        "currentReplicas",
        "updatedReplicas",
        "availableReplicas",
        "observedGeneration",
        "collisionCount",
    ];
    let path = Path::ROOT.field("status");
    workload::non_negative_fields(&new["status"], &fields, &path, errors);
    let fields = ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"];
    workload::at_most_replicas(&new["status"], &fields, "status.readyReplicas", errors);
    workload::not_decremented(new, old, errors);
}

fn warnings(set: &Value, old: Option<&Value>) -> Vec<String> {
    let mut warnings = workload::template_warnings(set, old);
    if set.at(&["spec", "revisionHistoryLimit"]).int() < 0 {
        warnings.push(
            "spec.revisionHistoryLimit: a negative value retains all historical revisions; a \
             value >= 0 is recommended"
                .to_owned(),
        );
    }
    warnings
}

fn cells(set: &Value, now: Time) -> Vec<Value> {
    let (spec, status) = (&set["spec"], &set["status"]);
    let ready = format!("{}/{}", status["readyReplicas"].int(), spec["replicas"].int());
    let [containers, images, _] = workload::wide_cells(spec);
    vec![table::name(set), ready.into(), age::object_age(set, now), containers, images]
}
