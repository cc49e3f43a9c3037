//! Lessons: what a learner is to reach, and whether the cluster is there yet.
//!
//! A lesson is `lessons/<id>/lesson.yaml`, without words, and one
//! `text.<language>.md` a language. Checks look at objects as kubectl prints
//! them, so any way that leads there counts.

mod text;

use podyard_engine::value::Value;

pub(crate) use self::text::{Block, Span, StepText, Text};

/// A lesson.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Lesson {
    /// Its steps in order.
    pub(crate) steps: Vec<Step>,
}

/// One step: done when all its checks have passed at once.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    /// The id its text goes by.
    pub(crate) id: String,
    /// What must hold.
    pub(crate) checks: Vec<Check>,
}

/// Something that must hold in the cluster.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Check {
    /// The id its text goes by.
    pub(crate) id: String,
    subject: Subject,
    wish: Wish,
}

#[derive(Debug, Clone, PartialEq)]
enum Subject {
    /// One object, and a field of it unless it need only exist.
    Object { kind: String, name: String, field: String },
    /// How many objects there are, of those whose field has a value.
    Count { kind: String, selector: String, field: String, value: Value },
}

#[derive(Debug, Clone, PartialEq)]
enum Wish {
    Exists,
    Is(Value),
    AtLeast(i64),
}

/// How a check came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It holds.
    Passed,
    /// The object is not there.
    Missing(String),
    /// This is so, and that was wished: what, the fact, the wish.
    Different(String, String, String),
}

impl Lesson {
    /// Reads `lesson.yaml`.
    pub(crate) fn read(value: &Value) -> Self {
        let step = |step: &Value| Step {
            id: step["id"].text().to_owned(),
            checks: step["checks"].items().iter().map(Check::read).collect(),
        };
        Self { steps: value["steps"].items().iter().map(step).collect() }
    }
}

impl Check {
    fn read(check: &Value) -> Self {
        let text = |value: &Value| value.text().to_owned();
        let (object, count) = (&check["object"], &check["count"]);
        let subject = if count.is_null() {
            let field = text(&check["field"]);
            Subject::Object { kind: text(&object["kind"]), name: text(&object["name"]), field }
        } else {
            Subject::Count {
                kind: text(&count["kind"]),
                selector: text(&count["selector"]),
                field: text(count.at(&["where", "field"])),
                value: count.at(&["where", "is"]).clone(),
            }
        };
        let wish = match (check["at-least"].as_int(), &check["is"]) {
            (Some(least), _) => Wish::AtLeast(least),
            (None, Value::Null) => Wish::Exists,
            (None, value) => Wish::Is(value.clone()),
        };
        Self { id: text(&check["id"]), subject, wish }
    }

    /// The command that shows what the check looks at.
    pub(crate) fn line(&self) -> String {
        match &self.subject {
            Subject::Object { kind, name, .. } => format!("kubectl get {kind} {name} -o json"),
            Subject::Count { kind, selector, .. } if selector.is_empty() => {
                format!("kubectl get {kind} -o json")
            }
            Subject::Count { kind, selector, .. } => {
                format!("kubectl get {kind} -l {selector} -o json")
            }
        }
    }

    /// Judges what the command printed; nothing was found if it printed no
    /// object.
    pub(crate) fn judge(&self, printed: &Value) -> Verdict {
        match &self.subject {
            Subject::Object { kind, name, field } => {
                let what = format!("{kind}/{name}");
                if printed.is_null() {
                    return Verdict::Missing(what);
                }
                self.compare(format!("{what} {field}"), field_of(printed, field))
            }
            Subject::Count { kind, field, value, .. } => {
                let items = printed["items"].items().iter();
                let wanted = |item: &&Value| field.is_empty() || field_of(item, field) == value;
                let count = Value::from(items.filter(wanted).count());
                let what = if field.is_empty() {
                    kind.clone()
                } else {
                    format!("{kind} ({})", value.text())
                };
                self.compare(what, &count)
            }
        }
    }

    fn compare(&self, what: String, fact: &Value) -> Verdict {
        match &self.wish {
            Wish::Exists => Verdict::Passed,
            Wish::Is(wish) if fact == wish => Verdict::Passed,
            Wish::AtLeast(least) if fact.int() >= *least => Verdict::Passed,
            Wish::Is(wish) => Verdict::Different(what, shown(fact), shown(wish)),
            Wish::AtLeast(least) => {
                Verdict::Different(what, fact.int().to_string(), format!("≥ {least}"))
            }
        }
    }
}

/// A field such as `spec.containers.0.image`.
fn field_of<'a>(value: &'a Value, path: &str) -> &'a Value {
    let step = |value: &'a Value, step: &str| match step.parse::<usize>() {
        Ok(index) => value.items().get(index).unwrap_or(&Value::Null),
        Err(_) => &value[step],
    };
    path.split('.').fold(value, step)
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_json(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use podyard_engine::value;
    use podyard_engine::yaml::parse_yaml;

    const FIRST: &str = include_str!("../../../public/lessons/first-deployment/lesson.yaml");
    const TEXTS: [&str; 2] = [
        include_str!("../../../public/lessons/first-deployment/text.en.md"),
        include_str!("../../../public/lessons/first-deployment/text.ko.md"),
    ];

    fn check(check: Value, printed: Value, wanted: Verdict) {
        assert_eq!(Check::read(&check).judge(&printed), wanted);
    }

    fn different(what: &str, fact: &str, wish: &str) -> Verdict {
        Verdict::Different(what.to_owned(), fact.to_owned(), wish.to_owned())
    }

    #[test]
    fn a_check_says_what_is_so_and_what_was_wished() {
        let object = value!({ "kind": "deployment", "name": "web" });
        let ready =
            value!({ "object": (object.clone()), "field": "status.readyReplicas", "at-least": 3 });
        check(ready.clone(), Value::Null, Verdict::Missing("deployment/web".to_owned()));
        let one = value!({ "status": { "readyReplicas": 1 } });
        check(ready.clone(), one, different("deployment/web status.readyReplicas", "1", "≥ 3"));
        check(ready, value!({ "status": { "readyReplicas": 3 } }), Verdict::Passed);
        let image = value!({ "object": object, "field": "c.0.image", "is": "b" });
        check(
            image,
            value!({ "c": [{ "image": "a" }] }),
            different("deployment/web c.0.image", "a", "b"),
        );
    }

    #[test]
    fn a_count_counts_only_what_it_asks_for() {
        let made = value!({ "count": { "kind": "events", "where": { "field": "reason", "is": "X" } }, "at-least": 2 });
        let printed = value!({ "items": [{ "reason": "X" }, { "reason": "Y" }] });
        check(made, printed, different("events (X)", "1", "≥ 2"));
    }

    #[test]
    fn every_step_and_check_has_words_in_every_language() {
        let lesson = Lesson::read(&parse_yaml(FIRST).expect("is YAML"));
        assert!(lesson.steps.len() > 1);
        for text in TEXTS.map(Text::read) {
            assert_eq!(text.steps.len(), lesson.steps.len());
            for step in &lesson.steps {
                let words = text.step(&step.id).expect("has a text");
                assert!(!words.title.is_empty() && !words.blocks.is_empty(), "{}", step.id);
                for check in &step.checks {
                    assert!(words.check(&check.id).is_some(), "{} {}", step.id, check.id);
                }
                assert_eq!(words.checks.len(), step.checks.len(), "{}", step.id);
            }
        }
    }
}
