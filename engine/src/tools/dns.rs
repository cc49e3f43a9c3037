//! `nslookup` (bind's, busybox', and busybox 1.28's), `dig`, `host`, `getent`.

use std::fmt::Write as _;

use super::adapter::Call;
use crate::process::{
    Family, Kernel, NetAnswer, NetError, NetRequest, Program, Record, RecordKind, Reply, RequestId,
    Step, Wait,
};

/// Which program's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Bind,
    Busybox,
    /// busybox before 1.29, which Kubernetes' pages still use.
    Classic,
    Dig,
    Host,
    Getent,
}

pub(super) fn start(argv: &[String], family: Family) -> Box<dyn Program> {
    let name = argv.first().map_or("", |name| name.rsplit('/').next().unwrap_or(name));
    let style = match name {
        "dig" => Style::Dig,
        "host" => Style::Host,
        "getent" => Style::Getent,
        _ if family == Family::Busybox => Style::Busybox,
        _ => Style::Bind,
    };
    Box::new(Lookup { style, family, query: None })
}

pub(super) fn classic(_argv: &[String], family: Family) -> Box<dyn Program> {
    Box::new(Lookup { style: Style::Classic, family, query: None })
}

#[derive(Debug, Clone)]
struct Lookup {
    style: Style,
    family: Family,
    query: Option<Query>,
}

#[derive(Debug, Clone)]
struct Query {
    request: RequestId,
    name: String,
    kind: RecordKind,
    kind_name: String,
    short: bool,
}

fn kind_of(text: &str) -> Option<RecordKind> {
    Some(match text.to_ascii_uppercase().as_str() {
        "A" | "ANY" => RecordKind::A,
        "AAAA" => RecordKind::Aaaa,
        "CNAME" => RecordKind::Cname,
        "SRV" => RecordKind::Srv,
        "PTR" => RecordKind::Ptr,
        "MX" | "TXT" | "NS" | "SOA" => RecordKind::Other,
        _ => return None,
    })
}

fn is_address(name: &str) -> bool {
    name.split('.').count() == 4 && name.split('.').all(|part| part.parse::<u8>().is_ok())
}

fn prepare(call: &mut Call<'_, '_>, style: Style) -> Result<Query, u8> {
    let mut kind_name = "A".to_string();
    let (mut server, mut names, mut short, mut search) =
        (None, Vec::new(), false, style != Style::Dig);
    let mut rest = call.arguments.clone().into_iter();
    while let Some(argument) = rest.next() {
        if let Some(at) = argument.strip_prefix('@') {
            server = Some(at.to_string());
        } else if argument == "+short" {
            short = true;
        } else if argument == "+search" {
            search = true;
        } else if argument == "-t" || argument == "-q" {
            kind_name = rest.next().unwrap_or_default().to_ascii_uppercase();
        } else if argument == "-x" {
            kind_name = "PTR".into();
        } else if let Some((_, kind)) =
            argument.split_once('=').filter(|_| argument.starts_with('-'))
        {
            kind_name = kind.to_ascii_uppercase();
        } else if style == Style::Dig && kind_of(&argument).is_some() && !names.is_empty() {
            kind_name = argument.to_ascii_uppercase();
        } else if !argument.starts_with(['-', '+']) {
            names.push(argument);
        }
    }
    if style == Style::Getent && !names.is_empty() {
        names.remove(0);
    }
    if names.is_empty() {
        return Err(call.missing_operand());
    }
    let name = names.remove(0);
    if server.is_none() && !names.is_empty() && style != Style::Getent {
        server = Some(names.remove(0));
    }
    if is_address(&name) {
        kind_name = "PTR".into();
    }
    let kind = kind_of(&kind_name).unwrap_or(RecordKind::Other);
    // A last dot means that the search list does not apply.
    let full = name.strip_suffix('.').map(String::from);
    let search = search && full.is_none() && kind != RecordKind::Ptr;
    let asked = full.unwrap_or_else(|| name.clone());
    let request = call.kernel.request(NetRequest::Resolve { name: asked, kind, server, search });
    Ok(Query { request, name, kind, kind_name, short })
}

impl Program for Lookup {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        if self.query.is_none() {
            match prepare(&mut Call::new(kernel, self.family), self.style) {
                Ok(query) => self.query = Some(query),
                Err(code) => return Step::Exit(code),
            }
        }
        let Some(query) = &self.query else { return Step::Exit(1) };
        let Some(answer) = kernel.take_answer(query.request) else {
            return Step::Wait(Wait::answer(query.request));
        };
        let (text, error, code) = query.show(&answer, self.style);
        kernel.write(1, text.as_bytes());
        kernel.write(2, error.as_bytes());
        Step::Exit(code)
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

impl Query {
    /// Standard output, standard error and the exit code.
    fn show(&self, answer: &NetAnswer, style: Style) -> (String, String, u8) {
        let server = answer.server.clone().unwrap_or_default();
        let records: &[Record] = match &answer.outcome {
            Ok(Reply::Records(records)) => records,
            _ => &[],
        };
        let timed_out = matches!(
            answer.outcome,
            Err(NetError::DnsTimeout | NetError::TimedOut | NetError::Refused)
        );
        let missing = answer.outcome.is_err();
        match style {
            Style::Bind | Style::Busybox if timed_out => (
                ";; connection timed out; no servers could be reached\n\n".into(),
                String::new(),
                1,
            ),
            Style::Bind => self.bind(
                &format!("Server:\t\t{server}\nAddress:\t{server}#53\n\n"),
                records,
                missing,
                false,
            ),
            Style::Busybox => self.bind(
                &format!("Server:\t\t{server}\nAddress:\t{server}:53\n\n"),
                records,
                missing,
                true,
            ),
            Style::Classic => self.classic(&server, records),
            Style::Dig if timed_out => (
                format!(
                    ";; communications error to {server}#53: timed out\n;; no servers could be reached\n"
                ),
                String::new(),
                9,
            ),
            Style::Dig => (self.dig(&server, records, missing), String::new(), 0),
            Style::Host => self.host(records, missing, timed_out),
            Style::Getent => match records.iter().find(|record| record.kind == RecordKind::A) {
                Some(record) => {
                    (format!("{:<15} {}\n", record.data, record.name), String::new(), 0)
                }
                None => (String::new(), String::new(), 2),
            },
        }
    }

    fn bind(
        &self,
        head: &str,
        records: &[Record],
        missing: bool,
        is_busybox: bool,
    ) -> (String, String, u8) {
        let name = &self.name;
        if missing {
            let text = format!("{head}** server can't find {name}: NXDOMAIN\n\n");
            return (text, String::new(), 1);
        }
        let mut text = head.to_string();
        for record in records {
            let (own, data) = (&record.name, &record.data);
            let line = match record.kind {
                RecordKind::A | RecordKind::Aaaa => format!("Name:\t{own}\nAddress: {data}\n"),
                RecordKind::Cname => format!("{own}\tcanonical name = {data}.\n"),
                RecordKind::Srv => format!("{own}\tservice = {data}.\n"),
                RecordKind::Ptr => format!("{own}\tname = {data}.\n"),
                RecordKind::Other => format!("{own}\t{data}\n"),
            };
            text.push_str(&line);
            if is_busybox && record.kind == RecordKind::A {
                text.push('\n');
            }
        }
        if records.is_empty() {
            let _ = writeln!(text, "*** Can't find {name}: No answer");
        }
        if !is_busybox {
            text.push('\n');
        }
        (text, String::new(), 0)
    }

    fn classic(&self, server: &str, records: &[Record]) -> (String, String, u8) {
        let dns_name = " kube-dns.kube-system.svc.cluster.local";
        let head = format!("Server:    {server}\nAddress 1: {server}{dns_name}\n\n");
        let addresses: Vec<&Record> =
            records.iter().filter(|record| record.kind == RecordKind::A).collect();
        if addresses.is_empty() {
            return (head, format!("nslookup: can't resolve '{}'\n", self.name), 1);
        }
        let mut text = format!("{head}Name:      {}\n", self.name);
        for (at, record) in addresses.iter().enumerate() {
            let _ = writeln!(text, "Address {}: {} {}", at + 1, record.data, record.name);
        }
        (text, String::new(), 0)
    }

    fn dig(&self, server: &str, records: &[Record], missing: bool) -> String {
        let wanted =
            |record: &&Record| record.kind == self.kind || record.kind == RecordKind::Cname;
        if self.short {
            let data = records.iter().filter(wanted).map(|record| match record.kind {
                RecordKind::A | RecordKind::Aaaa => format!("{}\n", record.data),
                _ => format!("{}.\n", record.data),
            });
            return data.collect();
        }
        let (name, kind) = (self.name.trim_end_matches('.'), &self.kind_name);
        let status = if missing { "NXDOMAIN" } else { "NOERROR" };
        let count = records.len();
        let mut text = format!(
            "\n; <<>> DiG 9.18.28 <<>> {name} {kind}\n;; global options: +cmd\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: {status}, id: 4660\n\
             ;; flags: qr aa rd; QUERY: 1, ANSWER: {count}, AUTHORITY: 0, ADDITIONAL: 1\n\n;; QUESTION SECTION:\n;{name}.\t\tIN\t{kind}\n\n"
        );
        if count > 0 {
            text.push_str(";; ANSWER SECTION:\n");
        }
        for record in records {
            let kind = match record.kind {
                RecordKind::A => "A",
                RecordKind::Aaaa => "AAAA",
                RecordKind::Cname => "CNAME",
                RecordKind::Srv => "SRV",
                RecordKind::Ptr => "PTR",
                RecordKind::Other => "TXT",
            };
            let dot =
                if matches!(record.kind, RecordKind::A | RecordKind::Aaaa) { "" } else { "." };
            let _ = writeln!(
                text,
                "{}.\t{}\tIN\t{kind}\t{}{dot}",
                record.name, record.ttl, record.data
            );
        }
        let _ = writeln!(text, "\n;; Query time: 1 msec\n;; SERVER: {server}#53({server}) (UDP)\n");
        text
    }

    fn host(&self, records: &[Record], missing: bool, timed_out: bool) -> (String, String, u8) {
        let name = &self.name;
        if timed_out {
            return (
                ";; connection timed out; no servers could be reached\n".into(),
                String::new(),
                1,
            );
        }
        if missing {
            return (format!("Host {name} not found: 3(NXDOMAIN)\n"), String::new(), 1);
        }
        let lines = records.iter().map(|record| match record.kind {
            RecordKind::A => format!("{} has address {}\n", record.name, record.data),
            RecordKind::Aaaa => format!("{} has IPv6 address {}\n", record.name, record.data),
            RecordKind::Cname => format!("{} is an alias for {}.\n", record.name, record.data),
            RecordKind::Srv => format!("{} has SRV record {}.\n", record.name, record.data),
            RecordKind::Ptr => format!("{} domain name pointer {}.\n", record.name, record.data),
            RecordKind::Other => format!("{} {}\n", record.name, record.data),
        });
        (lines.collect(), String::new(), 0)
    }
}
