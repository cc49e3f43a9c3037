//! Expressions and what they evaluate to, or why they do not.

use super::*;
use crate::value;

fn environment() -> Environment {
    let spec = Type::object(
        "Spec",
        vec![
            ("replicas", Type::Int),
            ("name", Type::Str),
            ("ports", Type::list(Type::Int)),
            ("labels", Type::map(Type::Str)),
            ("since", Type::Timestamp),
        ],
    );
    Environment::new(&[("self", spec), ("object", Type::Dyn)])
}

/// What an expression evaluates to, as JSON, or the error.
fn evaluated(text: &str) -> String {
    let program = match Program::compile(text, &environment()) {
        Ok(program) => program,
        Err(error) => return error,
    };
    let object = value!({
        "replicas": 3,
        "name": "web-1",
        "ports": [80, 443],
        "labels": { "app": "web" },
        "since": "2024-05-06T07:08:09Z",
        "none": null,
    });
    let own = environment().find("self").map(|kind| kind.read(&object)).unwrap();
    let scope = Scope::new(vec![("self", own), ("object", Cel::of(&object))], None);
    match program.evaluate(&scope) {
        Ok(value) => value.to_value().map_or_else(|| "?".to_owned(), |value| value.to_json()),
        Err(error) => format!("error: {error}"),
    }
}

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(evaluated(text), *expected, "{text}");
    }
}

#[test]
fn operators_bind_as_usual() {
    check(&[
        ("1 + 2 * 3 == 7 && !(2 > 3)", "true"),
        ("7 / 2 + 7 % 4", "6"),
        ("-self.replicas + 1", "-2"),
        ("self.replicas > 2 ? 'many' : 'few'", "\"many\""),
        ("1.5 + 0.5 > 1", "true"),
        ("'b' in ['a', 'b'] && 'app' in self.labels", "true"),
        ("{'a': 1}['a'] == 1 && [1, 2][1] == 2", "true"),
        ("9223372036854775807 + 1", "error: return error for overflow"),
        ("1 / (self.replicas - 3)", "error: division by zero"),
    ]);
}

#[test]
fn macros_look_at_all_items() {
    check(&[
        ("self.ports.all(p, p < 1000)", "true"),
        ("self.ports.exists(p, p == 443)", "true"),
        ("self.ports.exists_one(p, p > 79)", "false"),
        ("self.ports.filter(p, p > 100).map(p, p * 2)", "[886]"),
        ("self.labels.all(k, self.labels[k].startsWith('w'))", "true"),
        ("has(self.name) && !has(object.missing)", "true"),
        ("[0, 1].exists(i, 1 / i == 1)", "true"),
        ("cel.bind(n, self.replicas * 2, n + n)", "12"),
    ]);
}

#[test]
fn libraries_know_texts_amounts_and_addresses() {
    check(&[
        ("self.name.matches('^[a-z]+-[0-9]+$')", "true"),
        ("'a,b,c'.split(',').size()", "3"),
        ("'hello'.substring(1, 3) + 'x'.upperAscii()", "\"elX\""),
        ("['a', 'b'].join('-')", "\"a-b\""),
        ("'abc-123-def'.find('[0-9]+')", "\"123\""),
        ("'%s has %d'.format([self.name, 3])", "\"web-1 has 3\""),
        ("quantity('1Gi').isGreaterThan(quantity('500Mi'))", "true"),
        ("quantity('1').add(quantity('500m'))", "\"1500m\""),
        ("url('https://example.com:80/a?b=c').getHostname()", "\"example.com\""),
        ("isIP('10.0.0.1') && cidr('10.0.0.0/8').containsIP('10.1.2.3')", "true"),
        ("sets.contains(self.ports, [80])", "true"),
        ("[1, 2, 3].sum() == 6 && [3, 1].min() == 1 && [1, 2].isSorted()", "true"),
        ("duration('1h30m').getMinutes()", "90"),
        ("self.since.getFullYear() == 2024 && self.since.getDayOfWeek() == 1", "true"),
        ("timestamp('2024-05-06T07:08:09Z') - self.since == duration('0s')", "true"),
        ("object.?missing.orValue('none')", "\"none\""),
        ("type(self.name) == string && string(1) + 'x' == '1x'", "true"),
    ]);
}

#[test]
fn what_fails_says_where() {
    check(&[
        ("object.missing == 1", "error: no such key: missing"),
        ("object.name + 1 == 2", "error: no such overload"),
        (
            "[1,1,1,1,1,1,1,1,1,1].map(a, [1,1,1,1,1,1,1,1,1,1].map(b, [1,1,1,1,1,1,1,1,1,1].map(c, \
             [1,1,1,1,1,1,1,1,1,1].map(d, [1,1,1,1,1,1,1,1,1,1].map(e, [1,1,1,1,1,1,1,1,1,1])))))",
            "error: operation cancelled: actual cost limit exceeded",
        ),
        ("false && object.missing", "false"),
        (
            "self.foo > 1",
            "compilation failed: ERROR: <input>:1:5: undefined field 'foo'\n | self.foo > 1\n | ....^",
        ),
        (
            "other == 1",
            "compilation failed: ERROR: <input>:1:1: undeclared reference to 'other' (in container \
             '')\n | other == 1\n | ^",
        ),
        (
            "self.replicas > 'a'",
            "compilation failed: ERROR: <input>:1:15: found no matching overload for '_>_' applied \
             to '(int, string)'\n | self.replicas > 'a'\n | ..............^",
        ),
        (
            "self.name.frob()",
            "compilation failed: ERROR: <input>:1:15: undeclared reference to 'frob' (in container \
             '')\n | self.name.frob()\n | ..............^",
        ),
        (
            "1 +",
            "compilation failed: ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>' \
             expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, \
             NUM_UINT, STRING, BYTES, IDENTIFIER}\n | 1 +\n | ...^",
        ),
    ]);
}

#[test]
fn fields_have_names_that_expressions_can_say() {
    assert_eq!(escape("a-b.c/d").as_deref(), Some("a__dash__b__dot__c__slash__d"));
    assert_eq!(escape("namespace").as_deref(), Some("__namespace__"));
    assert_eq!(escape("a__b").as_deref(), Some("a__underscores__b"));
    assert_eq!(escape("1a"), None);
}
