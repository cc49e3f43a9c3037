//! What templates print, case by case.

use super::*;
use podyard_engine::value;

fn sample() -> Value {
    value!({
        "items": [
            { "name": "a", "ip": "10.244.1.2", "ready": true, "labels": { "app.io/x": "1" } },
            { "name": "b", "ip": null, "ready": false }
        ],
        "spec": { "replicas": 3, "big": 1_000_000, "containers": [{ "image": "nginx" }] },
        "data": { "password": "UyFCXCpkJHpEc2I9" }
    })
}

fn check(template: &str, expected: &str) {
    let template_read = Template::parse(template).expect(template);
    assert_eq!(template_read.print(&sample()).expect(template), expected, "{template}");
}

fn check_error(template: &str, expected: &str) {
    let error = match Template::parse(template) {
        Err(error) => error.to_string(),
        Ok(template) => template.print(&sample()).expect_err("an error").message,
    };
    assert_eq!(error, expected, "{template}");
}

#[test]
fn actions_print_fields() {
    check("{{.spec.replicas}} {{.missing}} {{.missing.more}}", "3 <no value> <no value>");
    check("{{.spec.big}} {{.spec.big | printf \"%d\"}}", "1000000 1000000");
    check("{{(index .items 0).name}}{{(index .spec.containers 0).image}}", "anginx");
    check("{{.spec}}", "map[big:1000000 containers:[map[image:nginx]] replicas:3]");
}

#[test]
fn ranges_bind_dot_and_variables() {
    check("{{range .items}}{{.name}}{{\"\\n\"}}{{end}}", "a\nb\n");
    check("{{range $i, $e := .items}}{{$i}}={{$e.name}} {{end}}", "0=a 1=b ");
    check("{{range $k, $v := .data}}{{$k}}{{end}}", "password");
    check("{{range .none}}x{{else}}nothing{{end}}", "nothing");
    check("{{range .items}}{{if .ready}}{{continue}}{{end}}{{.name}}{{break}}{{end}}", "b");
}

#[test]
fn conditions_know_the_zero_of_each_type() {
    check("{{if .items}}y{{else}}n{{end}}{{if .missing}}y{{else if true}}m{{end}}", "ym");
    check("{{with .spec}}{{.replicas}}{{end}}{{with .none}}x{{else}}y{{end}}", "3y");
    check("{{range .items}}{{if and .ready (eq .name \"a\")}}{{.ip}}{{end}}{{end}}", "10.244.1.2");
    check("{{if or .missing (not .none)}}y{{end}}", "y");
}

#[test]
fn functions_take_piped_values_last() {
    check("{{.data.password | base64decode}}", "S!B\\*d$zDsb=");
    check("{{len .items}} {{printf \"%-4s|%5.1f|%q\" \"ab\" 1.25 \"x\"}}", "2 ab  |  1.2|\"x\"");
    check("{{index .items 0 \"labels\" \"app.io/x\"}}", "1");
    check("{{printf \"%s\" .spec.replicas}}", "%!s(int64=3)");
    check("{{eq .spec.replicas 3}} {{lt 1 2}} {{print 1 2 \"x\"}}", "true true 1 2x");
    check("{{exists .spec \"replicas\"}}{{html \"<a>\"}}{{slice \"abc\" 1 2}}", "true&lt;a&gt;b");
}

#[test]
fn markers_trim_and_comments_vanish() {
    check("a  {{- /* note */ -}}  b {{- \"c\" -}} \n d", "abcd");
    check("{{/* note */}}x", "x");
    check("{{$x := 1}}{{$x = 2}}{{$x}}", "2");
    check(
        "{{define \"t\"}}[{{.name}}]{{end}}{{range .items}}{{template \"t\" .}}{{end}}",
        "[a][b]",
    );
}

#[test]
fn errors_are_worded_as_in_go() {
    check_error("{{.foo", "template: output:1: unclosed action");
    check_error("{{range .items}}", "template: output:1: unexpected EOF");
    check_error("{{end}}", "template: output:1: unexpected {{end}}");
    check_error("{{foo}}", "template: output:1: function \"foo\" not defined");
    check_error("{{$x}}", "template: output:1: undefined variable \"$x\"");
    check_error(
        "{{eq .spec 3}}",
        "error executing template \"{{eq .spec 3}}\": template: output:1:2: executing \"output\" \
         at <eq .spec 3>: error calling eq: incompatible types for comparison",
    );
    check_error(
        "{{range .items}}{{.ip.x}}{{end}}",
        "error executing template \"{{range .items}}{{.ip.x}}{{end}}\": template: output:1:21: \
         executing \"output\" at <.ip.x>: can't evaluate field x in type interface {}",
    );
}

#[test]
fn an_error_tells_what_was_printed_before_it() {
    let failure = Template::parse("x{{.spec.replicas.y}}").expect("read").print(&value!({
        "spec": { "replicas": 1 }
    }));
    let printed = failure.expect_err("an error").printed;
    assert!(printed.starts_with("xError executing template: template: output:1:8:"), "{printed}");
    assert!(printed.ends_with(
        "\traw data was:\n\t\t{\"spec\":{\"replicas\":1}}\n\tobject given to template engine \
         was:\n\t\tmap[spec:map[replicas:1]]\n\n"
    ));
}
