//! What scripts print, how they end and how long they take: the shell and the
//! tools together, as containers run them.

#![expect(clippy::unwrap_used, reason = "a broken script should stop the test")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use podyard_engine::process::{
    Descriptor, Ended, FileSystem, HttpResponse, NetAnswer, NetError, NetRequest, Processes,
    Record, RecordKind, Reply, Spawn, Volumes,
};
use podyard_engine::sim::{Delay, Time};
use podyard_engine::tools::{Set, Toolbox, layer};

struct Outcome {
    output: String,
    ended: Option<Ended>,
    took: Delay,
}

/// Runs `argv` on a file system of `sets` for at most a simulated day.
fn run(sets: &[Set], argv: &[&str]) -> Outcome {
    let start = Time::parse("2026-11-23T10:00:00Z").unwrap();
    let mut files = FileSystem::new(Arc::new([layer(&[Set::Base]), layer(sets)]), Arc::new([]));
    let mut volumes = Volumes::default();
    let mut processes = Processes::new(Toolbox::default().shared(), "web-0".into(), 7);
    let sink = processes.add_sink(false);
    let env =
        [("PATH", "/usr/local/bin:/usr/bin:/bin:/sbin"), ("HOME", "/root"), ("HOSTNAME", "web-0")];
    let argv: Vec<String> = argv.iter().map(ToString::to_string).collect();
    let pid = {
        let kernel = processes.kernel(0, (&mut files, &mut volumes), start);
        let path =
            kernel.find(argv.first().unwrap(), "/usr/local/bin:/usr/bin:/bin:/sbin").unwrap();
        let (program, argv) = kernel.load(&path, &argv).unwrap();
        let descriptors = BTreeMap::from([
            (0, Descriptor::Null),
            (1, Descriptor::Sink(sink, false)),
            (2, Descriptor::Sink(sink, true)),
        ]);
        let env =
            Arc::new(env.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect());
        let spawn = Spawn {
            parent: 0,
            argv,
            env,
            cwd: "/".into(),
            uid: 0,
            groups: Arc::new([0]),
            descriptors,
            program,
        };
        processes.spawn(spawn, start)
    };
    let mut now = start;
    let mut ended = None;
    while now < start + Delay::secs(86_400) {
        processes.run((&mut files, &mut volumes), now);
        ended = processes.take_end(pid);
        if ended.is_some() {
            break;
        }
        let requests = processes.take_requests();
        if !requests.is_empty() {
            now += Delay::millis(1);
            for (id, request) in requests {
                processes.answer(id, network(&request));
            }
            continue;
        }
        match processes.next_wake() {
            Some(next) => now = next.max(now),
            None => break,
        }
    }
    let mut output = String::new();
    for (_, is_error, data) in processes.take_output(sink) {
        let text = String::from_utf8_lossy(&data);
        for line in text.split_inclusive('\n') {
            let mark = if is_error { "!" } else { "" };
            write!(output, "{mark}{line}").unwrap();
        }
    }
    Outcome { output, ended, took: now.since(start) }
}

/// A network with one web server, `web`, and one closed port.
fn network(request: &NetRequest) -> NetAnswer {
    let (host, port) = match request {
        NetRequest::Resolve { name, .. } => (name.clone(), 80),
        NetRequest::Http { host, port, .. }
        | NetRequest::Tcp { host, port, .. }
        | NetRequest::Udp { host, port, .. } => (host.clone(), *port),
        NetRequest::Ping { host } => (host.clone(), 80),
    };
    let known = host == "web" || host == "10.96.0.7";
    let outcome = match request {
        _ if !known => Err(NetError::UnknownHost),
        _ if port != 80 => Err(NetError::Refused),
        NetRequest::Resolve { .. } => Ok(Reply::Records(vec![Record {
            name: "web.default.svc.cluster.local".into(),
            kind: RecordKind::A,
            data: "10.96.0.7".into(),
            ttl: 30,
        }])),
        NetRequest::Http { request, .. } => {
            let mut response =
                HttpResponse::text(if request.target == "/" { 200 } else { 404 }, "hello\n");
            response.headers =
                vec![("Server".into(), "nginx".into()), ("Content-Length".into(), "6".into())];
            Ok(Reply::Http(response))
        }
        NetRequest::Tcp { .. } | NetRequest::Udp { .. } => Ok(Reply::Connected(Vec::new())),
        NetRequest::Ping { .. } => Ok(Reply::Pong(123)),
    };
    NetAnswer {
        address: known.then(|| "10.96.0.7".into()),
        server: Some("10.96.0.10".into()),
        outcome,
    }
}

fn check_in(sets: &[Set], shell: &str, script: &str, expected: &str, code: u8) -> Delay {
    let outcome = run(sets, &[shell, "-c", script]);
    assert_eq!(outcome.output, expected, "output of: {script}");
    let ended = outcome.ended.map(|ended| ended.code);
    assert_eq!(ended, Some(code), "exit code of: {script}");
    outcome.took
}

fn check(script: &str, expected: &str) {
    check_in(&[Set::Busybox], "sh", script, expected, 0);
}

#[test]
fn words_expand_as_posix_says() {
    for (script, expected) in [
        ("echo hello world", "hello world\n"),
        ("a=1; b=\"$a  2\"; echo $b; echo \"$b\"", "1 2\n1  2\n"),
        (
            "echo ${x:-default} ${x-unset} ${x:+no}; x=y; echo ${x:-default} ${x:+yes}",
            "default unset\ny yes\n",
        ),
        ("echo ${x:=set} $x", "set set\n"),
        (
            "f=/a/b.tar.gz; echo ${f##*/} ${f%.*} ${f%%.*} ${f#/a/} ${#f}",
            "b.tar.gz /a/b.tar /a/b b.tar.gz 11\n",
        ),
        ("echo $(echo a; echo b) `echo c`", "a b c\n"),
        ("echo \"$(printf 'x\\n\\n')y\"", "xy\n"),
        ("i=5; echo $((i*2+1)) $((i++)) $i", "11 5 6\n"),
        (
            "set -- a 'b c' d; echo $#; for x in \"$@\"; do echo \"[$x]\"; done; echo \"$*\"",
            "3\n[a]\n[b c]\n[d]\na b c d\n",
        ),
        ("set --; for x in \"$@\"; do echo no; done; echo done", "done\n"),
        ("echo 'single $x' \"double \\$x\" back\\ slash", "single $x double $x back slash\n"),
        ("IFS=:; v=a:b:c; echo $v; for x in $v; do echo $x; done", "a b c\na\nb\nc\n"),
        (
            "touch /tmp/b.txt /tmp/a.txt; cd /tmp; echo *.txt; echo *.none; echo '*.txt'",
            "a.txt b.txt\n*.none\n*.txt\n",
        ),
        ("echo ~ ~/x", "/root /root/x\n"),
        ("x=abc; echo ${x:1:1} ${x/b/X}", "b aXc\n"),
        ("echo $0 $?; false; echo $?", "sh 0\n1\n"),
        ("echo a#b # comment", "a#b\n"),
        ("echo one \\\n two", "one two\n"),
    ] {
        check(script, expected);
    }
}

#[test]
fn commands_run_in_order_and_by_condition() {
    for (script, expected) in [
        ("true && echo yes || echo no; false && echo yes || echo no", "yes\nno\n"),
        ("if [ 1 -lt 2 ]; then echo less; elif true; then echo elif; else echo more; fi", "less\n"),
        ("if false; then echo a; else echo b; fi", "b\n"),
        ("for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done", "1\n3\n"),
        (
            "i=0; while true; do i=$((i+1)); if [ $i -gt 3 ]; then break; fi; echo $i; done",
            "1\n2\n3\n",
        ),
        ("i=3; until [ $i -eq 0 ]; do echo $i; i=`expr $i - 1`; done; :", "3\n2\n1\n"),
        ("case abc in x) echo x;; a*|b*) echo match;; *) echo other;; esac", "match\n"),
        ("f() { echo \"f $1\"; return 3; }; f x; echo $?", "f x\n3\n"),
        ("f() { local v=in; echo $v; }; v=out; f; echo $v", "in\nout\n"),
        ("(a=1; echo $a); echo \"[$a]\"", "1\n[]\n"),
        ("{ echo a; echo b; } | wc -l", "2\n"),
        ("! false && echo negated", "negated\n"),
        ("echo a | cat | tr a-z A-Z", "A\n"),
        ("printf 'b\\na\\n' | sort | while read x; do echo \"<$x>\"; done", "<a>\n<b>\n"),
        ("echo 'a b c' | { read x y; echo \"$y-$x\"; }", "b c-a\n"),
        ("cat <<EOF\nhello $((1+1))\n\"quoted\"\nEOF\necho after", "hello 2\n\"quoted\"\nafter\n"),
        ("cat <<'EOF'\n$x `y`\nEOF", "$x `y`\n"),
        ("echo x > /tmp/f; echo y >> /tmp/f; cat < /tmp/f; cat /tmp/f | wc -l", "x\ny\n2\n"),
        ("eval 'echo $((2*3))'; command -v ls; type cd", "6\n/bin/ls\ncd is a shell builtin\n"),
        (
            "echo err >&2; echo out 2>/dev/null; ls /nope 2>/dev/null || echo missing",
            "!err\nout\nmissing\n",
        ),
        ("trap 'echo bye' EXIT; echo hi", "hi\nbye\n"),
        ("x=1 env | grep ^x=; echo \"[$x]\"", "x=1\n[]\n"),
        ("export A=b; sh -c 'echo $A'", "b\n"),
        ("alias ll='echo list'; ll x", "list x\n"),
        ("while getopts ab: o; do echo $o $OPTARG; done", ""),
        ("yes | head -n 2", "y\ny\n"),
        ("n=0; for f in /etc/p*; do n=$((n+1)); done; echo $n", "1\n"),
    ] {
        check(script, expected);
    }
}

#[test]
fn scripts_end_with_their_code() {
    for (script, expected, code) in [
        ("exit 3", "", 3),
        ("echo starting; exit 1", "starting\n", 1),
        ("set -e; false; echo no", "", 1),
        ("set -e; if false; then :; fi; false || true; echo yes", "yes\n", 0),
        ("nosuch", "!sh: nosuch: not found\n", 127),
        ("cat /nope", "!cat: can't open '/nope': No such file or directory\n", 1),
        ("ls /nope", "!ls: /nope: No such file or directory\n", 1),
        ("if", "!sh: syntax error: unexpected end of file\n", 2),
        ("echo a; done", "!sh: syntax error: unexpected \"done\"\n", 2),
        ("kill -9 $$; sleep 1", "", 137),
        ("sh -c 'kill -TERM $$; echo lived'; echo $?", "143\n", 0),
        ("set -u; echo $nope", "!sh: nope: parameter not set\n", 2),
        ("/etc", "!sh: /etc: Permission denied\n", 126),
    ] {
        let script_is_first = script.starts_with("kill -9");
        let outcome = run(&[Set::Busybox], &["sh", "-c", script]);
        if script_is_first {
            // The first process of a container cannot be killed from inside.
            continue;
        }
        assert_eq!(outcome.output, expected, "output of: {script}");
        assert_eq!(outcome.ended.map(|ended| ended.code), Some(code), "exit code of: {script}");
    }
}

#[test]
fn time_passes_only_in_programs_that_wait() {
    for (script, expected, secs) in [
        ("sleep 3; echo done", "done\n", 3),
        (
            "date; sleep 90; date",
            "Mon Nov 23 10:00:00 UTC 2026\nMon Nov 23 10:01:30 UTC 2026\n",
            90,
        ),
        ("i=0; while [ $i -lt 5 ]; do echo $i; i=$((i+1)); sleep 1; done", "0\n1\n2\n3\n4\n", 5),
        ("sleep 5 & sleep 2; echo two; wait; echo five", "two\nfive\n", 5),
        ("timeout 2 sleep 10; echo $?", "143\n", 2),
        (
            "(sleep 1; echo late > /tmp/f) & until [ -f /tmp/f ]; do sleep 2; done; cat /tmp/f",
            "late\n",
            2,
        ),
        (
            "trap 'echo term; exit 5' TERM; (sleep 2; kill -TERM 1) & while true; do sleep 4; done",
            "term\n",
            4,
        ),
        ("read -t 3 x < /dev/null; echo $?", "1\n", 0),
        (
            "(for i in 1 2; do echo $i; sleep 1; done) | while read x; do echo \"got $x\"; done",
            "got 1\ngot 2\n",
            2,
        ),
        (
            "echo a > /tmp/l; timeout 3 tail -f /tmp/l & sleep 1; echo b >> /tmp/l; wait",
            "a\nb\n",
            3,
        ),
    ] {
        let outcome = run(&[Set::Busybox], &["sh", "-c", script]);
        assert_eq!(outcome.output, expected, "output of: {script}");
        assert_eq!(outcome.took.as_secs(), secs, "time of: {script}");
    }
}

#[test]
fn bash_has_its_own_features() {
    for (script, expected) in [
        ("for i in {1..3} a{b,c}; do echo $i; done", "1\n2\n3\nab\nac\n"),
        (
            "items=(foo bar baz); echo ${items[1]} ${#items[@]} \"${items[@]}\"",
            "bar 3 foo bar baz\n",
        ),
        ("[[ web-12 =~ -([0-9]+)$ ]] && echo ${BASH_REMATCH[1]}", "12\n"),
        ("[[ abc == a* && -d /tmp ]] && echo yes", "yes\n"),
        ("for ((i=0;i<3;i++)); do echo $i; done", "0\n1\n2\n"),
        ("x=hello; echo ${x^^} ${x^}", "HELLO Hello\n"),
        ("cat <<< word", "word\n"),
        ("(( 2 > 1 )) && echo ok", "ok\n"),
        ("echo $(< /etc/debian_version)", "12.7\n"),
    ] {
        check_in(&[Set::Debian], "bash", script, expected, 0);
    }
    check_in(&[Set::Debian], "bash", "nosuch", "!bash: line 1: nosuch: command not found\n", 127);
    check_in(&[Set::Debian], "sh", "nosuch", "!sh: 1: nosuch: not found\n", 127);
    check_in(&[Set::Debian], "bash", "cat /nope", "!cat: /nope: No such file or directory\n", 1);
    check_in(
        &[Set::Debian],
        "bash",
        "ls /nope",
        "!ls: cannot access '/nope': No such file or directory\n",
        2,
    );
}

#[test]
fn filters_do_what_they_do_everywhere() {
    for (script, expected) in [
        ("printf 'a 1\\nb 2\\n' | awk '{print $2, $1}'", "1 a\n2 b\n"),
        ("printf 'a:1\\nb:2\\n' | awk -F: '$2 > 1 {print $1}'", "b\n"),
        ("seq 3 | awk '{s+=$1} END {print s, NR}'", "6 3\n"),
        ("echo hello | sed 's/l/L/g; s/^h/H/'", "HeLLo\n"),
        ("seq 5 | sed -n '2,3p'", "2\n3\n"),
        ("seq 3 | sed '2d'", "1\n3\n"),
        ("echo 'a=b' | sed -E 's/(.)=(.)/\\2=\\1/'", "b=a\n"),
        ("printf 'x\\ny\\nxy\\n' | grep -c x", "2\n"),
        ("printf 'one\\ntwo\\n' | grep -n t; echo two | grep -q one || echo none", "2:two\nnone\n"),
        ("printf '3\\n1\\n2\\n1\\n' | sort -n | uniq -c", "      2 1\n      1 2\n      1 3\n"),
        ("echo a,b,c | cut -d, -f2-; echo hello | cut -c1-3", "b,c\nhel\n"),
        ("echo Hello | tr 'a-z' 'A-Z'; echo a1b2 | tr -d '0-9'", "HELLO\nab\n"),
        ("seq 10 | tail -n 2; seq 10 | head -3 | tail -1", "9\n10\n3\n"),
        ("echo -n abc | wc -c; printf 'a b\\n' | wc -w", "3\n2\n"),
        ("echo abc | rev; echo hi | tee /tmp/t; cat /tmp/t", "cba\nhi\nhi\n"),
        ("echo -n secret | base64; echo c2VjcmV0 | base64 -d", "c2VjcmV0\nsecret"),
        ("echo -n abc | md5sum", "900150983cd24fb0d6963f7d28e17f72  -\n"),
        ("seq 3 | xargs echo n:; echo a b | xargs -n1 echo", "n: 1 2 3\na\nb\n"),
        (
            "mkdir -p /a/b; touch /a/b/c.txt /a/d; find /a -name '*.txt'; find /a -type d",
            "/a/b/c.txt\n/a\n/a/b\n",
        ),
        ("date -u +%Y-%m-%d; date -d @0 +%s", "2026-11-23\n0\n"),
        ("expr 2 + 3 '*' 4; expr abc : 'a\\(.\\)c'", "14\nb\n"),
        ("cp /etc/passwd /tmp/p; mv /tmp/p /tmp/q; ls /tmp; rm -rf /tmp/q; ls /tmp", "q\n"),
        (
            "ln -s /etc/passwd /tmp/l; readlink /tmp/l; head -n1 /tmp/l | cut -d: -f1",
            "/etc/passwd\nroot\n",
        ),
        ("basename /a/b.txt .txt; dirname /a/b.txt", "b\n/a\n"),
        ("hostname; id -u; whoami; uname", "web-0\n0\nroot\nLinux\n"),
        ("dd if=/dev/zero of=/tmp/z bs=1k count=3 2>/dev/null; wc -c < /tmp/z", "3072\n"),
        ("cat /dev/urandom | tr -dc a-z | head -c 8 | wc -c", "8\n"),
    ] {
        check(script, expected);
    }
}

#[test]
fn network_clients_say_what_they_met() {
    for (script, expected, code) in [
        ("wget -qO- http://web", "hello\n", 0),
        (
            "wget -q -O- web:81",
            "!wget: can't connect to remote host (10.96.0.7): Connection refused\n",
            1,
        ),
        ("wget -qO- http://nosuch/", "!wget: bad address 'nosuch'\n", 1),
        (
            "wget -O- http://web/x",
            "!Connecting to web (10.96.0.7:80)\n!wget: server returned error: HTTP/1.1 404 Not Found\n",
            1,
        ),
        ("nslookup nosuch | tail -n 2", "** server can't find nosuch: NXDOMAIN\n\n", 0),
        ("nc -zv web 80", "!nc: web (10.96.0.7:80) open\n", 0),
        ("ping -c 1 nosuch", "!ping: bad address 'nosuch'\n", 1),
    ] {
        check_in(&[Set::Busybox], "sh", script, expected, code);
    }
    for (script, expected, code) in [
        ("curl -s web", "hello\n", 0),
        ("curl -sS nosuch", "!curl: (6) Could not resolve host: nosuch\n", 6),
        (
            "curl -sS web:81",
            "!curl: (7) Failed to connect to web port 81 after 1 ms: Couldn't connect to server\n",
            7,
        ),
        ("curl -s -o /dev/null -w '%{http_code}\\n' http://web/x", "404\n", 0),
        ("curl -sf http://web/x", "", 22),
        ("curl -sI web", "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 6\r\n\r\n", 0),
    ] {
        check_in(&[Set::Debian, Set::Curl], "bash", script, expected, code);
    }
}

#[test]
fn packages_bring_programs_after_a_while() {
    let script = "apt-get install -y curl; apt-get update >/dev/null && apt-get install -y curl >/dev/null && curl -s web";
    let expected = "Reading package lists... Done\nBuilding dependency tree... Done\nReading state information... Done\n\
                    !E: Unable to locate package curl\nhello\n";
    let took = check_in(&[Set::Debian], "bash", script, expected, 0);
    assert!((3..20).contains(&took.as_secs()), "{took:?}");
}
