//! What kubectl refuses before it asks a server, word for word. The words were
//! taken from the real kubectl 1.32.

use crate::script::Script;

/// Runs `line` and compares standard error and the exit code.
#[track_caller]
fn check(line: &str, code: i32, stderr: &str) {
    let ran = Script::default().file("empty.yaml", "# nothing\n").run(line);
    assert_eq!((ran.stderr.trim_end(), ran.code), (stderr, code), "kubectl {line}");
}

#[test]
fn flags_are_refused_as_pflag_does() {
    check(
        "get pods -z",
        1,
        "error: unknown shorthand flag: 'z' in -z\nSee 'kubectl get --help' for usage.",
    );
    check("get pods --foo", 1, "error: unknown flag: --foo\nSee 'kubectl get --help' for usage.");
    check(
        "get pods -n",
        1,
        "error: flag needs an argument: 'n' in -n\nSee 'kubectl get --help' for usage.",
    );
    check(
        "get pods --namespace",
        1,
        "error: flag needs an argument: --namespace\nSee 'kubectl get --help' for usage.",
    );
    check("get pods --=x", 1, "error: bad flag syntax: --=x\nSee 'kubectl get --help' for usage.");
    check(
        "scale deployment web --replicas=two",
        1,
        "error: invalid argument \"two\" for \"--replicas\" flag: strconv.ParseInt: parsing \"two\": \
         invalid syntax\nSee 'kubectl scale --help' for usage.",
    );
    check(
        "get pods -A=maybe",
        1,
        "error: invalid argument \"maybe\" for \"-A, --all-namespaces\" flag: strconv.ParseBool: \
         parsing \"maybe\": invalid syntax\nSee 'kubectl get --help' for usage.",
    );
    check("scale deployment web", 1, "error: required flag(s) \"replicas\" not set");
}

#[test]
fn unknown_commands_come_with_a_suggestion() {
    check(
        "gte pods",
        1,
        "error: unknown command \"gte\" for \"kubectl\"\n\nDid you mean this?\n\tget",
    );
    check("frobnicate", 1, "error: unknown command \"frobnicate\" for \"kubectl\"");
    check(
        "rollout foo",
        1,
        "error: unknown command \"foo\"\nSee 'kubectl rollout -h' for help and examples",
    );
    check(
        "apply view-last",
        1,
        "error: Unexpected args: [view-last]\nSee 'kubectl apply -h' for help and examples",
    );
}

#[test]
fn commands_say_what_they_miss() {
    check("apply", 1, "error: must specify one of -f and -k");
    check("rollout status", 1, "error: required resource not specified");
    check("apply -f nope.yaml", 1, "error: the path \"nope.yaml\" does not exist");
    check("apply -f empty.yaml", 1, "error: no objects passed to apply");
    check("exec web", 1, "error: you must specify at least one command for the container");
    check("label pods", 1, "error: at least one label update is required");
    check(
        "exec web ls",
        1,
        "error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\n\
         See 'kubectl exec -h' for help and examples",
    );
    check(
        "create deployment --image=nginx",
        1,
        "error: exactly one NAME is required, got 0\nSee 'kubectl create deployment -h' for help and examples",
    );
    check("wait pod/web --for=never", 1, "error: unrecognized condition: \"never\"");
}

#[test]
fn resources_are_named_one_way_at_a_time() {
    check("get podz", 1, "error: the server doesn't have a resource type \"podz\"");
    check(
        "get pods/",
        1,
        "error: arguments in resource/name form must have a single resource and name",
    );
    check(
        "get pods/a/b",
        1,
        "error: arguments in resource/name form may not have more than one slash",
    );
    check("get pod web -l a=b", 1, "error: name cannot be provided when a selector is specified");
    check(
        "get pods web -A",
        1,
        "error: a resource cannot be retrieved by name across all namespaces",
    );
    check("delete pod", 1, "error: resource(s) were provided, but no name was specified");
    check(
        "delete pods --all -l a=b",
        1,
        "error: setting 'all' parameter but found a non empty selector.",
    );
    check(
        "get pods/web svc",
        1,
        "error: there is no need to specify a resource type as a separate argument when passing \
         arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of \
         'kubectl get resource resource/<resource_name>'",
    );
}

#[test]
fn outputs_are_named_exactly() {
    check(
        "create deployment web --image=nginx --dry-run=client -o table",
        1,
        "error: unable to match a printer suitable for the output format \"table\", allowed formats \
         are: go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,\
         template,templatefile,yaml",
    );
    check(
        "get pods -o json --show-labels",
        1,
        "error: --show-labels option cannot be used with json printer",
    );
    check(
        "create deployment web --image=nginx --dry-run=maybe",
        1,
        "error: Invalid dry-run value (maybe). Must be \"none\", \"server\", or \"client\".",
    );
}
