//! Clients of databases: each says one thing to a server and shows the answer.

use super::adapter::Call;
use crate::process::{Family, Kernel, NetError, NetRequest, Program, Reply, RequestId, Step, Wait};

#[derive(Debug, Clone)]
struct Client {
    family: Family,
    is_redis: bool,
    asked: Option<Asked>,
}

#[derive(Debug, Clone)]
struct Asked {
    request: RequestId,
    host: String,
    port: u16,
}

pub(super) fn redis(_argv: &[String], family: Family) -> Box<dyn Program> {
    Box::new(Client { family, is_redis: true, asked: None })
}

pub(super) fn database(_argv: &[String], family: Family) -> Box<dyn Program> {
    Box::new(Client { family, is_redis: false, asked: None })
}

/// Host, port and the words left after the options.
fn target(call: &Call<'_, '_>, default: u16) -> (String, u16, Vec<String>) {
    let (mut host, mut port, mut words) = ("127.0.0.1".to_string(), default, Vec::new());
    let mut rest = call.arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "-h" | "--host" => host = rest.next().cloned().unwrap_or_default(),
            "-p" | "-P" | "--port" => {
                if let Some(number) = rest.next().and_then(|text| text.parse().ok()) {
                    port = number;
                }
            }
            "-a" | "-n" | "-u" | "-U" | "-d" => drop(rest.next()),
            option if option.starts_with("-h") && option.len() > 2 => {
                host = option.chars().skip(2).collect();
            }
            option if option.starts_with('-') && option.len() > 2 => {
                if let Some(value) = option.strip_prefix("--host=") {
                    host = value.into();
                }
            }
            _ => words.push(argument.clone()),
        }
    }
    (host, port, words)
}

impl Program for Client {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        let mut call = Call::new(kernel, self.family);
        let default = match call.name.as_str() {
            "redis-cli" => 6379,
            "psql" | "pg_isready" => 5432,
            "mongo" | "mongosh" => 27017,
            _ => 3306,
        };
        let (host, port, words) = target(&call, default);
        let Some(asked) = &self.asked else {
            if self.is_redis && words.is_empty() {
                call.error("interactive mode is not simulated; give a command, as: redis-cli ping");
                return Step::Exit(1);
            }
            let payload = if self.is_redis {
                format!("{}\r\n", words.join(" ")).into_bytes()
            } else {
                Vec::new()
            };
            let request =
                call.kernel.request(NetRequest::Tcp { host: host.clone(), port, payload });
            self.asked = Some(Asked { request, host, port });
            return Step::Wait(Wait::answer(request));
        };
        let Some(answer) = call.kernel.take_answer(asked.request) else {
            return Step::Wait(Wait::answer(asked.request));
        };
        let code = match answer.outcome {
            Ok(Reply::Connected(data)) if self.is_redis => {
                call.kernel.write(1, &data);
                0
            }
            Ok(_) => connected(&mut call, &asked.host, asked.port, &words),
            Err(error) => refused(&mut call, error, &asked.host, asked.port),
        };
        Step::Exit(code)
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

fn connected(call: &mut Call<'_, '_>, host: &str, port: u16, words: &[String]) -> u8 {
    match call.name.as_str() {
        "mysqladmin" => call.out("mysqld is alive\n"),
        "pg_isready" => call.out(&format!("{host}:{port} - accepting connections\n")),
        "mysql" => {
            let statement = words.last().map_or("", String::as_str).trim().trim_end_matches(';');
            match statement.to_ascii_lowercase().strip_prefix("select ") {
                Some(value) if value.chars().all(|letter| letter.is_ascii_digit()) => {
                    call.out(&format!("{value}\n{value}\n"));
                }
                _ if statement.eq_ignore_ascii_case("show databases") => {
                    call.out("Database\ninformation_schema\nmysql\nperformance_schema\nsys\n");
                }
                _ => {
                    call.kernel.write(2, b"ERROR 1064 (42000) at line 1: the simulated server only answers SELECT of a number and SHOW DATABASES\n");
                    return 1;
                }
            }
        }
        _ => {
            call.error("the simulated database answers no queries");
            return 1;
        }
    }
    0
}

fn refused(call: &mut Call<'_, '_>, error: NetError, host: &str, port: u16) -> u8 {
    let (reason, number) = match error {
        NetError::Refused => ("Connection refused", 111),
        NetError::UnknownHost | NetError::DnsTimeout => ("Name or service not known", 2),
        NetError::NoRoute => ("No route to host", 113),
        _ => ("Connection timed out", 110),
    };
    match call.name.as_str() {
        "redis-cli" => {
            let text = format!("Could not connect to Redis at {host}:{port}: {reason}\n");
            call.kernel.write(2, text.as_bytes());
        }
        "mysqladmin" => {
            let text = format!(
                "mysqladmin: connect to server at '{host}' failed\nerror: 'Can't connect to MySQL server on '{host}:{port}' ({number})'\nCheck that mysqld is running on {host} and that the port is {port}.\n"
            );
            call.kernel.write(2, text.as_bytes());
        }
        "pg_isready" => {
            call.out(&format!("{host}:{port} - no response\n"));
            return 2;
        }
        "mysql" => {
            let text = format!(
                "ERROR 2003 (HY000): Can't connect to MySQL server on '{host}:{port}' ({number})\n"
            );
            call.kernel.write(2, text.as_bytes());
        }
        _ => call.error(&format!("connection to {host}:{port} failed: {reason}")),
    }
    1
}
