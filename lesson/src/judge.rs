//! The judge: what an eye sees, against what a check wishes.

use podyard_engine::value::{Value, parse_json};

use crate::check::{Check, Objects, Origin, Subject, Wish, shown};
use crate::verdict::{Fate, Thing, Verdict, Wanted};

/// How a connection would fare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// What becomes of it.
    pub fate: Fate,
    /// The object responsible, as `Service/default/web`; empty if none is.
    pub object: String,
    /// The field responsible; empty if none is.
    pub field: String,
}

/// Whoever can look at a cluster.
pub trait Eye {
    /// What kubectl prints for these arguments; none where it fails.
    fn ask(&self, arguments: &[String]) -> Option<String>;

    /// The ways of connections made now, a few of them where chance decides;
    /// none where nothing can be simulated.
    fn reach(&self, from: &Origin, host: &str, port: u16) -> Option<Vec<Way>>;

    /// The requests to `to` of the last so many seconds; none where nothing
    /// can be seen.
    fn requests(&self, to: &str, seconds: i64) -> Option<Traffic>;
}

/// What was seen of requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// How many were sent.
    pub sent: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How many seconds ago the first of them was sent.
    pub since: i64,
}

impl Check {
    /// Judges by what an eye sees.
    pub fn judge(&self, eye: &dyn Eye) -> Verdict {
        match &self.subject {
            Subject::Field(objects, field) => self.judge_field(objects, field, eye),
            Subject::Count(objects, wanted) => {
                let count = list(objects, eye).iter().filter(|one| has(one, wanted)).count();
                self.judge_number(objects.told(wanted), count)
            }
            Subject::Event { reason, about, message, namespace } => {
                let all = events(namespace, eye);
                let count = all.iter().map(|event| {
                    let object = &event["involvedObject"];
                    let name = format!("{}/{}", object["kind"].text(), object["name"].text());
                    let told = (reason.is_empty() || event["reason"].text() == reason)
                        && name.to_lowercase().starts_with(&about.to_lowercase())
                        && event["message"].text().contains(message.as_str());
                    if told { event["count"].int().max(1) } else { 0 }
                });
                let parts = [reason, about, message].map(String::as_str);
                let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
                let what = format!("events ({})", parts.join(", "));
                self.judge_number(what, usize::try_from(count.sum::<i64>()).unwrap_or_default())
            }
            Subject::Log { of, container, namespace } => {
                let mut arguments = vec!["logs".to_owned(), of.clone()];
                if !container.is_empty() {
                    arguments.extend(["-c".to_owned(), container.clone()]);
                }
                let log = eye.ask(&within(arguments, namespace)).unwrap_or_default();
                let says = self.wish.fits(&Value::str(&log)) && !log.is_empty();
                let (kind, name) = of.split_once('/').unwrap_or(("pod", of));
                let thing = Thing::new(kind, namespace, name);
                let wanted = match &self.wish {
                    Wish::Contains(part) => part.clone(),
                    _ => "…".to_owned(),
                };
                if says { Verdict::Passed } else { Verdict::Unlogged { thing, wanted } }
            }
            Subject::Allowed { who, verb, resource, namespace } => {
                let asked = ["auth", "can-i", verb, resource, "--as", who].map(str::to_owned);
                let may = eye.ask(&within(asked.to_vec(), namespace)).is_some();
                self.judge_right(may, who, namespace, format!("can-i {verb} {resource}"))
            }
            Subject::Reach { from, host, port } => self.judge_ways(from, host, *port, eye),
            Subject::Calm { to, seconds } => match eye.requests(to, *seconds) {
                None => Verdict::Unknowable,
                Some(traffic) => self.judge_traffic(to, *seconds, traffic),
            },
        }
    }

    fn judge_field(&self, objects: &Objects, field: &str, eye: &dyn Eye) -> Verdict {
        let found = list(objects, eye);
        let wanted = || Thing::new(&objects.kind, &objects.namespace, objects.called());
        if field.is_empty() && self.wish == Wish::Absent {
            return found.first().map_or(Verdict::Passed, |_| Verdict::Unwanted(wanted()));
        }
        if found.is_empty() {
            return Verdict::Missing(wanted());
        }
        for object in &found {
            let fact = if field.is_empty() { object } else { field_of(object, field) };
            if !self.wish.fits(fact) {
                let name = object["metadata"]["name"].text();
                return Verdict::Different {
                    thing: Thing::new(&objects.kind, &objects.namespace, name),
                    field: field.to_owned(),
                    fact: shown(fact),
                    wanted: self.wish.wanted(),
                };
            }
        }
        Verdict::Passed
    }

    fn judge_number(&self, what: String, count: usize) -> Verdict {
        let fact = i64::try_from(count).unwrap_or(i64::MAX);
        let fits = match &self.wish {
            Wish::Exists => fact > 0,
            Wish::Absent => fact == 0,
            other => other.fits(&Value::Int(fact)),
        };
        if fits {
            return Verdict::Passed;
        }
        let wanted = match &self.wish {
            Wish::Exists => Wish::AtLeast(1),
            Wish::Absent => Wish::Is(Value::Int(0)),
            other => other.clone(),
        };
        Verdict::Number { what, fact, wanted: wanted.wanted() }
    }

    /// Somebody may do it; or may not, where that is wished for.
    fn judge_right(&self, may: bool, who: &str, namespace: &str, field: String) -> Verdict {
        let wanted = self.wish != Wish::Absent;
        if may == wanted {
            return Verdict::Passed;
        }
        let said = |may: bool| if may { "yes" } else { "no" }.to_owned();
        let (_, name) = who.rsplit_once(':').unwrap_or(("", who));
        Verdict::Different {
            thing: Thing::new("serviceaccount", namespace, name),
            field,
            fact: said(may),
            wanted: Wanted::Is(said(wanted)),
        }
    }

    /// Requests went there all the time, and none failed; or, where that is
    /// not wished for, some did.
    fn judge_traffic(&self, to: &str, seconds: i64, traffic: Traffic) -> Verdict {
        if self.wish == Wish::Absent {
            let failed = usize::try_from(traffic.failed).unwrap_or(usize::MAX);
            let wanted = Self { wish: Wish::AtLeast(1), ..self.clone() };
            return wanted.judge_number(format!("failed requests to {to}"), failed);
        }
        // The first of a steady stream is a little younger than the span.
        if traffic.failed == 0 && traffic.sent > 0 && traffic.since * 10 >= seconds * 9 {
            return Verdict::Passed;
        }
        let Traffic { sent: seen, failed, since } = traffic;
        Verdict::Restless { to: to.to_owned(), seen, failed, since, seconds }
    }

    /// All of a few connections have to fare as wished.
    fn judge_ways(&self, from: &Origin, host: &str, port: u16, eye: &dyn Eye) -> Verdict {
        let told = || match from {
            Origin::Outside => "outside".to_owned(),
            Origin::Pod(name) | Origin::Named(name) => format!("pod {name}"),
        };
        let Some(ways) = eye.reach(from, host, port) else { return Verdict::Unknowable };
        let wanted = self.wish != Wish::Absent;
        if let Some(way) = ways.iter().find(|way| (way.fate == Fate::Arrived) != wanted) {
            return Verdict::Unreached {
                from: told(),
                to: format!("{host}:{port}"),
                fate: way.fate,
                thing: thing_of(&way.object),
                field: way.field.clone(),
            };
        }
        if !ways.is_empty() {
            return Verdict::Passed;
        }
        let name = match from {
            Origin::Outside => "",
            Origin::Pod(name) | Origin::Named(name) => name,
        };
        Verdict::Missing(Thing::new("pod", "", name))
    }
}

impl Objects {
    fn called(&self) -> &str {
        if self.name.is_empty() { &self.selector } else { &self.name }
    }

    fn told(&self, wanted: &[(String, Value)]) -> String {
        let mut parts: Vec<String> = Vec::new();
        parts.extend((!self.selector.is_empty()).then(|| self.selector.clone()));
        parts.extend(wanted.iter().map(|(field, value)| format!("{field}={}", shown(value))));
        let kind = &self.kind;
        if parts.is_empty() { kind.clone() } else { format!("{kind} ({})", parts.join(", ")) }
    }
}

/// The objects that a check looks at.
fn list(objects: &Objects, eye: &dyn Eye) -> Vec<Value> {
    let mut arguments = vec!["get".to_owned(), objects.kind.clone()];
    if !objects.name.is_empty() {
        arguments.push(objects.name.clone());
    } else if !objects.selector.is_empty() {
        arguments.extend(["-l".to_owned(), objects.selector.clone()]);
    }
    arguments.extend(["-o".to_owned(), "json".to_owned()]);
    let printed = eye.ask(&within(arguments, &objects.namespace)).unwrap_or_default();
    let found = parse_json(printed.as_bytes()).unwrap_or(Value::Null);
    if objects.name.is_empty() {
        found["items"].items().to_vec()
    } else {
        (!found.is_null()).then_some(found).into_iter().collect()
    }
}

fn events(namespace: &str, eye: &dyn Eye) -> Vec<Value> {
    let kind = "events".to_owned();
    list(&Objects { kind, namespace: namespace.to_owned(), ..Objects::default() }, eye)
}

fn within(mut arguments: Vec<String>, namespace: &str) -> Vec<String> {
    if !namespace.is_empty() {
        arguments.extend(["-n".to_owned(), namespace.to_owned()]);
    }
    arguments
}

fn has(object: &Value, wanted: &[(String, Value)]) -> bool {
    wanted.iter().all(|(field, value)| field_of(object, field) == value)
}

/// `Service/default/web` as a thing.
fn thing_of(object: &str) -> Option<Thing> {
    let (kind, rest) = object.split_once('/')?;
    let (namespace, name) = rest.split_once('/').unwrap_or(("", rest));
    let namespace = if namespace == "default" { "" } else { namespace };
    Some(Thing::new(kind, namespace, name))
}

/// A field such as `spec.containers.0.image`,
/// `status.conditions[type=Ready].status` or `metadata.labels.a\.b/c`.
pub(crate) fn field_of<'a>(value: &'a Value, path: &str) -> &'a Value {
    let mut here = value;
    for step in steps(path) {
        let (name, filter) = match step.split_once('[') {
            Some((name, filter)) => (name, filter.strip_suffix(']')),
            None => (step.as_str(), None),
        };
        here = match name.parse::<usize>() {
            Ok(index) if !here.items().is_empty() => {
                here.items().get(index).unwrap_or(&Value::Null)
            }
            _ => &here[name],
        };
        if let Some((key, wanted)) = filter.and_then(|filter| filter.split_once('=')) {
            let found = here.items().iter().find(|item| shown(&item[key]) == wanted);
            here = found.unwrap_or(&Value::Null);
        }
    }
    here
}

/// The parts between dots; a backslash keeps a dot in its part.
fn steps(path: &str) -> Vec<String> {
    let mut steps = vec![String::new()];
    let mut letters = path.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '.' => steps.push(String::new()),
            '\\' => steps.last_mut().into_iter().for_each(|step| step.extend(letters.next())),
            other => steps.last_mut().into_iter().for_each(|step| step.push(other)),
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use podyard_engine::value;

    /// Sees one text, whatever it asks.
    struct Sees(String);

    impl Eye for Sees {
        fn ask(&self, _: &[String]) -> Option<String> {
            (!self.0.is_empty()).then(|| self.0.clone())
        }

        fn reach(&self, _: &Origin, _: &str, _: u16) -> Option<Vec<Way>> {
            None
        }

        fn requests(&self, _: &str, seconds: i64) -> Option<Traffic> {
            Some(Traffic { sent: self.0.len() as u64, failed: 0, since: seconds / 2 })
        }
    }

    /// Judges the check that an author wrote so; its id is left out.
    fn check(written: &str, printed: Value, wanted: Verdict) {
        let printed = if printed.is_null() { String::new() } else { printed.to_json() };
        let check: Check = serde_yaml::from_str(&format!("id: x\n{written}")).expect(written);
        assert_eq!(check.judge(&Sees(printed)), wanted);
    }

    fn web() -> Thing {
        Thing::new("deployment", "", "web")
    }

    fn different(field: &str, fact: &str, wanted: Wanted) -> Verdict {
        let (field, fact) = (field.to_owned(), fact.to_owned());
        Verdict::Different { thing: web(), field, fact, wanted }
    }

    #[test]
    fn a_check_says_what_is_so_and_what_was_wished() {
        let object = "object: { kind: deployment, name: web }";
        let ready = &format!("{object}\nfield: status.readyReplicas\nat-least: 3");
        check(ready, Value::Null, Verdict::Missing(web()));
        let meta = value!({ "name": "web" });
        let one = value!({ "metadata": (meta.clone()), "status": { "readyReplicas": 1 } });
        check(ready, one, different("status.readyReplicas", "1", Wanted::AtLeast(3)));
        check(ready, value!({ "status": { "readyReplicas": 3 } }), Verdict::Passed);
        check(
            &format!("{object}\nfield: c.0.image\nis: b"),
            value!({ "metadata": meta, "c": [{ "image": "a" }] }),
            different("c.0.image", "a", Wanted::Is("b".to_owned())),
        );
    }

    #[test]
    fn a_count_counts_only_what_it_asks_for() {
        let ready = "count: { kind: pods, where: { status.phase: Running } }\nat-least: 2";
        let printed = value!({ "items": [{ "status": { "phase": "Running" } }, { "status": {} }] });
        let what = "pods (status.phase=Running)".to_owned();
        let wanted = Wanted::AtLeast(2);
        check(ready, printed, Verdict::Number { what, fact: 1, wanted });
    }

    #[test]
    fn an_event_is_counted_as_often_as_it_was_told() {
        let told = "event: { reason: Killing, about: pod/web- }\nat-least: 3";
        let object = value!({ "kind": "Pod", "name": "web-1" });
        let printed = value!({ "items": [
            { "reason": "Killing", "count": 3, "involvedObject": (object.clone()) },
            { "reason": "Other", "involvedObject": object }
        ] });
        check(told, printed, Verdict::Passed);
    }

    #[test]
    fn what_somebody_may_do_is_asked_of_the_cluster() {
        let may =
            "allowed:\n  who: system:serviceaccount:default:viewer\n  verb: list\n  resource: pods";
        check(may, value!("yes"), Verdict::Passed);
        let thing = Thing::new("serviceaccount", "", "viewer");
        let (field, fact) = ("can-i list pods".to_owned(), "no".to_owned());
        let wanted = Wanted::Is("yes".to_owned());
        check(may, Value::Null, Verdict::Different { thing, field, fact, wanted });
    }

    #[test]
    fn calm_takes_its_time() {
        let calm = "calm: { to: web, for: 30s }";
        let to = "web".to_owned();
        let wanted = Verdict::Restless { to, seen: 2, failed: 0, since: 15, seconds: 30 };
        check(calm, value!({}), wanted);
        let unrest = "calm: { to: web, for: 30s }\nabsent: true";
        let what = "failed requests to web".to_owned();
        check(unrest, value!({}), Verdict::Number { what, fact: 0, wanted: Wanted::AtLeast(1) });
    }

    #[test]
    fn what_cannot_be_simulated_cannot_be_known() {
        let reach = "reach: { to: web:80 }";
        check(reach, Value::Null, Verdict::Unknowable);
    }

    #[test]
    fn a_field_is_found_by_number_condition_and_name_with_dots() {
        let object = value!({
            "c": [{ "image": "a" }],
            "conditions": [{ "type": "Ready", "status": "True" }],
            "labels": { "a.b/c": "d" }
        });
        assert_eq!(field_of(&object, "c.0.image").text(), "a");
        assert_eq!(field_of(&object, "conditions[type=Ready].status").text(), "True");
        assert_eq!(field_of(&object, r"labels.a\.b/c").text(), "d");
        assert!(field_of(&object, "c.1.image").is_null());
    }
}
