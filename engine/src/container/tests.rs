//! Containers of the catalogue's images, as a kubelet would run them.

use std::sync::Arc;

use super::*;
use crate::images::{Catalogue, Reference};
use crate::process::{HttpRequest, Mount, ShownFile, Signal, Volume, Volumes};
use crate::sim::{Delay, Time};
use crate::value::Str;

struct Bench {
    catalogue: Catalogue,
    volumes: Volumes,
    start: Time,
}

fn texts(words: &[&str]) -> Vec<Str> {
    words.iter().map(|word| Str::from(*word)).collect()
}

impl Bench {
    fn new() -> Self {
        let start = Time::parse("2026-11-23T10:00:00Z").expect("a time");
        Self {
            catalogue: Catalogue::built_in().expect("it reads"),
            volumes: Volumes::default(),
            start,
        }
    }

    fn spec(command: &[&str], args: &[&str]) -> Spec {
        Spec {
            command: texts(command),
            args: texts(args),
            hostname: "web-0".into(),
            message_path: "/dev/termination-log".into(),
            message_policy: MessagePolicy::File,
            ip: "10.244.1.5".into(),
            ..Spec::default()
        }
    }

    fn start(&mut self, image: &str, spec: Spec) -> Result<Container, StartError> {
        let reference = Reference::parse(image).expect(image);
        let image = self.catalogue.lookup(&reference).expect("it exists");
        let mut host = Host { volumes: &mut self.volumes, taken_ports: &[] };
        Container::start(self.start, &image, Arc::new(spec), &mut host)
    }

    fn run(&mut self, image: &str, command: &[&str], args: &[&str]) -> Container {
        self.start(image, Self::spec(command, args)).expect("it starts")
    }

    fn at(&self, secs: i64) -> Time {
        self.start + Delay::secs(secs)
    }

    /// Lets time pass until `secs` after the start.
    fn pass(&mut self, container: &mut Container, secs: i64) {
        let until = self.at(secs);
        while let Some(next) = container.next_wake().filter(|next| *next <= until) {
            container.wake(next, &mut Host { volumes: &mut self.volumes, taken_ports: &[] });
        }
    }

    fn exec(
        &mut self,
        container: &mut Container,
        secs: i64,
        argv: &[&str],
    ) -> (String, Option<u8>) {
        let now = self.at(secs);
        let argv = argv.iter().map(ToString::to_string).collect();
        let mut host = Host { volumes: &mut self.volumes, taken_ports: &[] };
        let id = container.exec(argv, false, false, now, &mut host).expect("it starts");
        let output: Vec<u8> =
            container.read_output(id).into_iter().flat_map(|(_, data)| data).collect();
        let code = container.session_ended(id).map(|ended| ended.code);
        (String::from_utf8_lossy(&output).into_owned(), code)
    }

    fn get(&mut self, container: &mut Container, secs: i64, port: u16, path: &str) -> Answer {
        let mut request = HttpRequest::get(path);
        request.headers =
            vec![("Host".into(), "web".into()), ("User-Agent".into(), "curl/7.88.1".into())];
        let now = self.at(secs);
        let mut host = Host { volumes: &mut self.volumes, taken_ports: &[] };
        container.http(port, &request, "10.244.0.1", now, &mut host)
    }

    fn body(
        &mut self,
        container: &mut Container,
        secs: i64,
        port: u16,
        path: &str,
    ) -> (u16, String) {
        match self.get(container, secs, port, path) {
            Answer::Response(response, _) => {
                (response.status, String::from_utf8_lossy(&response.body).into_owned())
            }
            other => panic!("{other:?}"),
        }
    }
}

fn log(container: &Container) -> String {
    container.logs(0).0.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect()
}

#[test]
fn nginx_serves_logs_and_quits() {
    let mut bench = Bench::new();
    let mut nginx = bench.run("nginx:1.25", &[], &[]);
    assert_eq!(nginx.next_wake(), None);
    assert_eq!(bench.get(&mut nginx, 0, 80, "/"), Answer::Refused);
    let (status, body) = bench.body(&mut nginx, 1, 80, "/");
    assert!(status == 200 && body.contains("<h1>Welcome to nginx!</h1>"), "{body}");
    let (status, body) = bench.body(&mut nginx, 2, 80, "/nope");
    assert!(status == 404 && body.contains("nginx/1.25.0"), "{body}");
    assert_eq!(
        log(&nginx),
        "/docker-entrypoint.sh: Configuration complete; ready for start up\n\
         2026/11/23 10:00:00 [notice] 1#1: start worker processes\n\
         10.244.0.1 - - [23/Nov/2026:10:00:01 +0000] \"GET / HTTP/1.1\" 200 121 \"-\" \"curl/7.88.1\" \"-\"\n\
         2026/11/23 10:00:02 [error] 29#29: *1 open() \"/usr/share/nginx/html/nope\" failed (2: No such file or directory), client: 10.244.0.1, server: localhost, request: \"GET /nope HTTP/1.1\", host: \"web\"\n\
         10.244.0.1 - - [23/Nov/2026:10:00:02 +0000] \"GET /nope HTTP/1.1\" 404 153 \"-\" \"curl/7.88.1\" \"-\"\n"
    );
    let at = bench.at(3);
    nginx.signal(Signal::TERM, at, &mut Host { volumes: &mut bench.volumes, taken_ports: &[] });
    bench.pass(&mut nginx, 4);
    assert_eq!(nginx.exited().map(|exit| (exit.code, exit.reason)), Some((0, Reason::Completed)));
}

#[test]
fn commands_run_in_a_server_and_change_what_it_serves() {
    let mut bench = Bench::new();
    let mut nginx = bench.run("nginx", &[], &[]);
    assert_eq!(bench.exec(&mut nginx, 1, &["hostname"]), ("web-0\n".into(), Some(0)));
    assert_eq!(
        bench.exec(&mut nginx, 1, &["ls", "/usr/share/nginx/html"]),
        ("index.html\n".into(), Some(0))
    );
    assert_eq!(bench.exec(&mut nginx, 1, &["sh", "-c", "exit 3"]), (String::new(), Some(3)));
    let script = "echo \"$(hostname)\" > /usr/share/nginx/html/index.html";
    assert_eq!(bench.exec(&mut nginx, 2, &["sh", "-c", script]).1, Some(0));
    assert_eq!(bench.body(&mut nginx, 3, 80, "/"), (200, "web-0\n".into()));
    assert!(
        log(&nginx).starts_with("/docker-entrypoint.sh: Configuration complete"),
        "{}",
        log(&nginx)
    );
    let now = bench.at(4);
    let mut host = Host { volumes: &mut bench.volumes, taken_ports: &[] };
    let error = nginx
        .exec(vec!["nosuch".into()], false, false, now, &mut host)
        .expect_err("no such command");
    assert_eq!(
        error.to_string(),
        "OCI runtime exec failed: exec failed: unable to start container process: exec: \"nosuch\": executable file not found in $PATH: unknown"
    );
    assert_eq!(bench.exec(&mut nginx, 5, &["nginx", "-s", "quit"]).1, Some(0));
    bench.pass(&mut nginx, 6);
    assert_eq!(nginx.exited().map(|exit| exit.code), Some(0));
}

#[test]
fn a_missing_program_is_a_start_error() {
    let mut bench = Bench::new();
    let error =
        bench.start("nginx", Bench::spec(&["nosuchcmd"], &[])).expect_err("it cannot start");
    assert_eq!(
        error.to_string(),
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: \"nosuchcmd\": executable file not found in $PATH: unknown"
    );
}

#[test]
fn shells_end_with_their_codes_and_reasons() {
    let mut bench = Bench::new();
    for (image, command, args, secs, expected, output) in [
        ("busybox", vec!["sh", "-c", "echo starting; exit 1"], vec![], 0, Some(1), "starting\n"),
        ("busybox", vec![], vec!["echo", "hello"], 0, Some(0), "hello\n"),
        ("busybox", vec![], vec![], 0, Some(0), ""),
        ("busybox", vec!["sleep", "2"], vec![], 2, Some(0), ""),
        ("busybox", vec!["sleep", "3600"], vec![], 100, None, ""),
        (
            "docker.io/library/bash:5",
            vec!["bash"],
            vec!["-c", "echo \"Hello world!\" && sleep 5 && exit 42"],
            6,
            Some(42),
            "Hello world!\n",
        ),
        (
            "perl:5.34.0",
            vec!["perl", "-Mbignum=bpi", "-wle", "print bpi(5)"],
            vec![],
            9,
            Some(0),
            "3.1415\n",
        ),
        ("debian", vec!["printenv"], vec!["HOSTNAME"], 0, Some(0), "web-0\n"),
        (
            "hashicorp/http-echo:1.0",
            vec![],
            vec!["-text=hi"],
            1,
            None,
            "2026/11/23 10:00:00 Server is listening on :5678\n",
        ),
        ("registry.k8s.io/pause:3.6", vec![], vec![], 1, None, ""),
        (
            "mysql:8.0",
            vec![],
            vec![],
            1,
            Some(1),
            "2026-11-23 10:00:00+00:00 [ERROR] [Entrypoint]: Database is uninitialized and password option is not specified\n    You need to specify one of the following as an environment variable:\n    - MYSQL_ROOT_PASSWORD\n    - MYSQL_ALLOW_EMPTY_PASSWORD\n    - MYSQL_RANDOM_ROOT_PASSWORD\n",
        ),
    ] {
        let mut container = bench.run(image, &command, &args);
        bench.pass(&mut container, secs);
        assert_eq!(container.exited().map(|exit| exit.code), expected, "{image} {command:?}");
        assert_eq!(log(&container), output, "{image} {command:?}");
    }
}

#[test]
fn the_first_process_heeds_only_the_signals_it_handles() {
    let mut bench = Bench::new();
    for (command, code) in [
        (vec!["sleep", "3600"], None),
        (vec!["sh", "-c", "sleep 3600"], None),
        (vec!["sh", "-c", "trap 'exit 7' TERM; while true; do sleep 1; done"], Some(7)),
        (vec!["sh", "-c", "trap 'exit 8' TERM; sleep 3600 & wait"], Some(8)),
    ] {
        let mut container = bench.run("busybox", &command, &[]);
        let at = bench.at(5);
        bench.pass(&mut container, 5);
        container.signal(
            Signal::TERM,
            at,
            &mut Host { volumes: &mut bench.volumes, taken_ports: &[] },
        );
        bench.pass(&mut container, 8);
        assert_eq!(container.exited().map(|exit| exit.code), code, "{command:?}");
        container.signal(
            Signal::KILL,
            at,
            &mut Host { volumes: &mut bench.volumes, taken_ports: &[] },
        );
        assert_eq!(
            container.exited().map(|exit| exit.code),
            Some(code.unwrap_or(137)),
            "{command:?}"
        );
    }
}

#[test]
fn too_much_memory_is_killed() {
    let mut bench = Bench::new();
    let args = ["--vm", "1", "--vm-bytes", "250M", "--vm-hang", "1"];
    let spec = Spec { memory_limit: Some(100 << 20), ..Bench::spec(&["stress"], &args) };
    let container = bench.start("polinux/stress", spec).expect("it starts");
    assert_eq!(
        container.exited().map(|exit| (exit.code, exit.reason.text())),
        Some((137, "OOMKilled"))
    );
    let calm = bench.run("polinux/stress", &["stress"], &args);
    assert_eq!(calm.exited(), None);
    assert!(calm.memory() >= 250 << 20);
}

#[test]
fn containers_share_what_is_in_their_volumes() {
    let mut bench = Bench::new();
    let now = bench.start;
    let volume = bench.volumes.add(Volume::empty());
    let config =
        bench.volumes.add_projected(vec![ShownFile::new("color", b"red".to_vec(), 0o644)], now);
    let mount = |path: &str, volume, read_only| Mount {
        path: path.into(),
        volume,
        sub_path: "".into(),
        read_only,
    };
    let mounts: Arc<[Mount]> =
        Arc::new([mount("/data", volume, false), mount("/etc/config", config, true)]);
    let script =
        "while true; do echo \"$(date +%S) $(cat /etc/config/color)\" >> /data/log; sleep 10; done";
    let spec = Spec { mounts, ..Bench::spec(&["sh", "-c", script], &[]) };
    let mut writer = bench.start("alpine:3", spec).expect("it starts");
    let spec = Spec {
        mounts: Arc::new([mount("/logs", volume, true)]),
        ..Bench::spec(&["sh", "-c", "tail -n+1 -F /logs/log"], &[])
    };
    let mut reader = bench.start("busybox:1.28", spec).expect("it starts");
    bench.pass(&mut writer, 15);
    if let Some(config) = bench.volumes.get_mut(config) {
        let files = [ShownFile::new("color", b"blue".to_vec(), 0o644)];
        config.project(&files, now + Delay::secs(15));
    }
    bench.pass(&mut writer, 25);
    bench.pass(&mut reader, 25);
    assert_eq!(log(&reader), "00 red\n10 red\n20 blue\n");
    let (output, code) = bench.exec(&mut reader, 26, &["sh", "-c", "echo x > /logs/x"]);
    assert_eq!(
        (output.as_str(), code),
        ("sh: can't create /logs/x: Read-only file system\n", Some(1))
    );
    assert_eq!(
        bench.exec(&mut writer, 26, &["ls", "-A", "/etc/config"]).0,
        "..2026_11_23_10_00_15.1795428015000000\n..data\ncolor\n"
            .replace("1795428015000000", "5428015000000")
            .replace(
                "5428015000000",
                &format!("{:010}", (now + Delay::secs(15)).as_micros() % 10_000_000_000)
            )
    );
}

#[test]
fn samples_answer_as_their_makers_say() {
    let mut bench = Bench::new();
    for (image, args, port, path, expected) in [
        (
            "gcr.io/google-samples/hello-app:2.0",
            vec![],
            8080,
            "/",
            "Hello, world!\nVersion: 2.0.0\nHostname: web-0\n",
        ),
        (
            "registry.k8s.io/e2e-test-images/agnhost:2.40",
            vec!["netexec", "--http-port=9000"],
            9000,
            "/hostname",
            "web-0",
        ),
        (
            "registry.k8s.io/e2e-test-images/agnhost:2.40",
            vec!["netexec"],
            8080,
            "/echo?msg=a%20b",
            "a b",
        ),
        ("registry.k8s.io/serve_hostname", vec![], 9376, "/", "web-0"),
        ("registry.k8s.io/hpa-example", vec![], 80, "/", "OK!"),
        (
            "hashicorp/http-echo:0.2.3",
            vec!["-text=just made some syscalls!"],
            5678,
            "/",
            "just made some syscalls!\n",
        ),
        ("httpd", vec![], 80, "/", "<html><body><h1>It works!</h1></body></html>\n"),
    ] {
        let mut container = bench.run(image, &[], &args);
        assert_eq!(
            bench.body(&mut container, 2, port, path),
            (200, expected.to_string()),
            "{image}"
        );
    }
    let mut echo = bench.run("alicek106/rr-test:echo-hostname", &[], &[]);
    assert!(bench.body(&mut echo, 2, 80, "/").1.contains("You accessed to 'web-0'"));
    let mut liveness =
        bench.run("registry.k8s.io/e2e-test-images/agnhost:2.40", &[], &["liveness"]);
    assert_eq!(bench.body(&mut liveness, 3, 8080, "/healthz").0, 200);
    assert_eq!(bench.body(&mut liveness, 11, 8080, "/healthz").0, 500);
    let mut redis = bench.run("redis", &[], &[]);
    let now = bench.at(1);
    assert_eq!(redis.tcp(6379, b"SET a 1\r\n", now).as_deref(), Some(b"OK\n".as_slice()));
    assert_eq!(redis.tcp(6379, b"INCR a\r\n", now).as_deref(), Some(b"2\n".as_slice()));
    assert_eq!(redis.tcp(80, b"", now), None);
}

#[test]
fn a_port_taken_twice_fails() {
    let mut bench = Bench::new();
    let image = bench.catalogue.lookup(&Reference::parse("nginx").expect("a name")).expect("nginx");
    let spec = Arc::new(Bench::spec(&[], &[]));
    let mut host = Host { volumes: &mut bench.volumes, taken_ports: &[80] };
    let mut second = Container::start(bench.start, &image, spec, &mut host).expect("it starts");
    bench.pass(&mut second, 5);
    assert_eq!(second.exited().map(|exit| exit.code), Some(1));
    assert!(
        log(&second).contains("bind() to 0.0.0.0:80 failed (98: Address already in use)"),
        "{}",
        log(&second)
    );
}

#[test]
fn a_terminal_echoes_and_prompts() {
    let mut bench = Bench::new();
    let mut container = bench.run("busybox", &["sleep", "3600"], &[]);
    let now = bench.at(1);
    let mut host = Host { volumes: &mut bench.volumes, taken_ports: &[] };
    let id = container.exec(vec!["sh".into()], true, true, now, &mut host).expect("it starts");
    container.write_stdin(id, b"echo hi\r", now, &mut host);
    container.write_stdin(id, b"sleep 100\r", now, &mut host);
    container.write_stdin(id, b"\x03", now, &mut host);
    container.write_stdin(id, b"exit 4\r", now, &mut host);
    let output: Vec<u8> =
        container.read_output(id).into_iter().flat_map(|(_, data)| data).collect();
    assert_eq!(
        String::from_utf8_lossy(&output),
        "/ # echo hi\r\nhi\r\n/ # sleep 100\r\n^C\r\n/ # exit 4\r\n"
    );
    assert_eq!(container.session_ended(id).map(|ended| ended.code), Some(4));
}

#[test]
fn declared_images_run() {
    let mut bench = Bench::new();
    let text = "
name: example.com/shop
base: alpine
cmd: [shop]
programs: {/usr/bin/shop: shop}
servers:
  shop:
    ports: [8080]
    routes:
    - {path: '/*', body: 'Hello from {hostname}'}
";
    let value = crate::yaml::parse_yaml(text).expect("YAML");
    bench.catalogue.declare(&value).expect("an image");
    let mut shop = bench.run("example.com/shop:v1", &[], &[]);
    assert_eq!(bench.body(&mut shop, 1, 8080, "/x"), (200, "Hello from web-0".into()));
    let wrong = crate::yaml::parse_yaml("{name: a, server: {}}").expect("YAML");
    assert_eq!(bench.catalogue.declare(&wrong), Err("image.server: unknown field".into()));
}

#[test]
fn an_idle_server_is_small() {
    assert!(size_of::<Container>() <= 320, "{}", size_of::<Container>());
}
