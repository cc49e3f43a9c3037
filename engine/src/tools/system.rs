//! `env`, `hostname`, `id`, `ps`, `kill`, `free` and the like: what a system
//! says of itself.

use super::adapter::{Call, Instant};
use super::{Starter, clock};
use crate::process::{Pid, Process, Signal};
use crate::shell::condition;

pub(super) fn find(name: &str) -> Option<Starter> {
    Some(match name {
        "date" => |_, family| Instant::boxed(family, clock::date),
        "printenv" => |_, family| Instant::boxed(family, print_environment),
        "hostname" => |_, family| Instant::boxed(family, hostname),
        "whoami" => |_, family| {
            Instant::boxed(family, |call| {
                let name = user(call.kernel.uid());
                match name {
                    Some(name) => {
                        call.out(&format!("{name}\n"));
                        0
                    }
                    None => {
                        let uid = call.kernel.uid();
                        call.error(&format!("cannot find name for user ID {uid}"));
                        1
                    }
                }
            })
        },
        "id" => |_, family| Instant::boxed(family, identity),
        "uname" => |_, family| Instant::boxed(family, kernel_name),
        "arch" => |_, family| {
            Instant::boxed(family, |call| {
                call.out("x86_64\n");
                0
            })
        },
        "nproc" => |_, family| {
            Instant::boxed(family, |call| {
                call.out("2\n");
                0
            })
        },
        "ps" => |_, family| Instant::boxed(family, processes),
        "pidof" | "pgrep" => |_, family| Instant::boxed(family, find_processes),
        "kill" => |_, family| Instant::boxed(family, kill),
        "killall" | "pkill" => |_, family| Instant::boxed(family, kill_all),
        "free" => |_, family| Instant::boxed(family, memory),
        "uptime" => |_, family| Instant::boxed(family, uptime),
        "mount" => |_, family| Instant::boxed(family, mounts),
        "sysctl" => |_, family| Instant::boxed(family, sysctl),
        "true" | "sync" | "clear" | "reset" => |_, family| Instant::boxed(family, |_| 0),
        "false" => |_, family| Instant::boxed(family, |_| 1),
        "test" | "[" => |_, family| Instant::boxed(family, test),
        "tty" => |_, family| {
            Instant::boxed(family, |call| {
                call.out("not a tty\n");
                1
            })
        },
        "pwd" => |_, family| {
            Instant::boxed(family, |call| {
                let cwd = format!("{}\n", call.kernel.cwd());
                call.out(&cwd);
                0
            })
        },
        "ip" | "ifconfig" => |_, family| Instant::boxed(family, addresses),
        "ss" | "netstat" => |_, family| Instant::boxed(family, listeners),
        "seq" => |_, family| Instant::boxed(family, sequence),
        "expr" => |_, family| Instant::boxed(family, expression),
        _ => return None,
    })
}

fn print_environment(call: &mut Call<'_, '_>) -> u8 {
    if call.arguments.is_empty() {
        let lines: String =
            call.kernel.env().iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        call.out(&lines);
        return 0;
    }
    let mut code = 0;
    for name in call.arguments.clone() {
        match call.kernel.var(&name).map(String::from) {
            Some(value) => call.out(&format!("{value}\n")),
            None => code = 1,
        }
    }
    code
}

/// The container's own address, as `/etc/hosts` tells it.
pub(super) fn own_address(call: &Call<'_, '_>) -> Option<String> {
    let hosts = call.kernel.files.read("/etc/hosts").ok()?;
    let hostname = call.kernel.processes.hostname();
    let text = String::from_utf8_lossy(&hosts);
    let line = text
        .lines()
        .find(|line| line.split_whitespace().skip(1).any(|name| name == &**hostname))?;
    line.split_whitespace().next().map(String::from)
}

fn hostname(call: &mut Call<'_, '_>) -> u8 {
    let name = call.kernel.processes.hostname().to_string();
    let line = match call.arguments.first().map(String::as_str) {
        Some("-i" | "-I" | "--ip-address" | "--all-ip-addresses") => {
            own_address(call).unwrap_or_default()
        }
        Some("-s" | "--short") => name.split('.').next().unwrap_or_default().to_string(),
        Some(argument) if !argument.starts_with('-') => {
            call.error("you must be root to change the host name");
            return 1;
        }
        _ => name,
    };
    call.out(&format!("{line}\n"));
    0
}

fn user(uid: u32) -> Option<&'static str> {
    match uid {
        0 => Some("root"),
        65534 => Some("nobody"),
        _ => None,
    }
}

fn identity(call: &mut Call<'_, '_>) -> u8 {
    let uid = call.kernel.uid();
    let named =
        |number: u32| user(number).map_or(number.to_string(), |name| format!("{number}({name})"));
    let gid = call.kernel.gid();
    let line = match call.arguments.first().map(String::as_str) {
        Some("-u") => uid.to_string(),
        Some("-g" | "-G") => gid.to_string(),
        Some("-un" | "-nu") => user(uid).map_or(uid.to_string(), String::from),
        _ => {
            let mut groups = vec![gid];
            groups.extend(call.kernel.groups().iter().filter(|group| **group != gid));
            let groups: Vec<String> = groups.into_iter().map(named).collect();
            format!("uid={} gid={} groups={}", named(uid), named(gid), groups.join(","))
        }
    };
    call.out(&format!("{line}\n"));
    0
}

fn kernel_name(call: &mut Call<'_, '_>) -> u8 {
    let hostname = call.kernel.processes.hostname().to_string();
    let line = match call.arguments.first().map(String::as_str) {
        Some("-a") => format!(
            "Linux {hostname} 6.1.0-26-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.112-1 x86_64 GNU/Linux"
        ),
        Some("-r") => "6.1.0-26-amd64".into(),
        Some("-m" | "-p") => "x86_64".into(),
        Some("-n") => hostname,
        Some("-v") => "#1 SMP PREEMPT_DYNAMIC Debian 6.1.112-1".into(),
        Some("-o") => "GNU/Linux".into(),
        _ => "Linux".into(),
    };
    call.out(&format!("{line}\n"));
    0
}

fn processes(call: &mut Call<'_, '_>) -> u8 {
    let wide =
        call.arguments.first().is_some_and(|argument| argument.contains(['e', 'f', 'a', 'x']));
    let own = call.kernel.pid;
    let mut text = match (call.is_busybox(), wide) {
        (true, _) => "PID   USER     TIME  COMMAND\n".to_string(),
        (false, false) => "    PID TTY          TIME CMD\n".into(),
        (false, true) if call.arguments.first().is_some_and(|argument| argument.contains('u')) => {
            "USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n".into()
        }
        (false, true) => "UID          PID    PPID  C STIME TTY          TIME CMD\n".into(),
    };
    for (pid, process) in call.kernel.processes.alive() {
        let owner = user(process.uid).map_or(process.uid.to_string(), String::from);
        let command = process.argv.join(" ");
        let short = process.argv.first().map_or("", |name| name.rsplit('/').next().unwrap_or(name));
        let busy = process.busy.as_secs();
        let start = clock::format("%H:%M", process.started);
        let line = if call.is_busybox() {
            format!("{pid:>5} {owner:<8} {:>2}:{:02}  {command}\n", busy / 60, busy % 60)
        } else if text.starts_with("USER") {
            format!(
                "{owner:<8} {pid:>7}  0.0  0.0   4028  3456 ?        Ss   {start:<7} {:>2}:{:02} {command}\n",
                busy / 60,
                busy % 60
            )
        } else if wide {
            let parent = process.parent;
            format!(
                "{owner:<8} {pid:>7} {parent:>7}  0 {start} ?        00:{:02}:{:02} {command}\n",
                busy / 60,
                busy % 60
            )
        } else if pid == own || process.parent == own {
            format!("{pid:>7} ?        00:{:02}:{:02} {short}\n", busy / 60, busy % 60)
        } else {
            continue;
        };
        text.push_str(&line);
    }
    call.out(&text);
    0
}

fn is_called(process: &Process, name: &str) -> bool {
    // A server's title, as `nginx: master process`, names it too.
    let first = process.argv.first().map_or("", String::as_str);
    let own = first.rsplit('/').next().unwrap_or(first);
    own.trim_end_matches(':') == name || first.split(':').next() == Some(name)
}

fn called(call: &Call<'_, '_>, name: &str, anywhere: bool) -> Vec<Pid> {
    let fits = |process: &Process| {
        is_called(process, name) || (anywhere && process.argv.join(" ").contains(name))
    };
    let own = call.kernel.pid;
    call.kernel
        .processes
        .alive()
        .filter(|(pid, process)| *pid != own && fits(process))
        .map(|(pid, _)| pid)
        .collect()
}

fn find_processes(call: &mut Call<'_, '_>) -> u8 {
    let anywhere = call.name == "pgrep";
    let Some(name) = call.arguments.iter().find(|argument| !argument.starts_with('-')).cloned()
    else {
        return 1;
    };
    let pids = called(call, &name, anywhere);
    let texts: Vec<String> = pids.iter().rev().map(ToString::to_string).collect();
    if !texts.is_empty() {
        let gap = if anywhere { "\n" } else { " " };
        call.out(&format!("{}\n", texts.join(gap)));
    }
    u8::from(texts.is_empty())
}

/// The signal that the arguments name, and the others.
fn signal(call: &mut Call<'_, '_>) -> Result<(Signal, Vec<String>), u8> {
    let mut wanted = Signal::TERM;
    let mut operands = Vec::new();
    let mut rest = call.arguments.clone().into_iter();
    while let Some(argument) = rest.next() {
        let name = match argument.as_str() {
            "-s" => rest.next(),
            "-q" | "-f" | "-x" => continue,
            _ => argument.strip_prefix('-').map(String::from),
        };
        match name {
            None => operands.push(argument),
            Some(name) => match Signal::parse(&name) {
                Some(signal) => wanted = signal,
                None => {
                    call.error(&format!("bad signal name '{name}'"));
                    return Err(1);
                }
            },
        }
    }
    Ok((wanted, operands))
}

fn kill(call: &mut Call<'_, '_>) -> u8 {
    let (wanted, operands) = match signal(call) {
        Ok(found) => found,
        Err(code) => return code,
    };
    let mut code = 0;
    for operand in operands {
        let sent = operand.parse::<Pid>().is_ok_and(|pid| call.kernel.kill(pid, wanted));
        if !sent {
            let message = if call.is_busybox() {
                format!("can't kill pid {operand}: No such process")
            } else {
                format!("({operand}): No such process")
            };
            call.error(&message);
            code = 1;
        }
    }
    code
}

fn kill_all(call: &mut Call<'_, '_>) -> u8 {
    let anywhere = call.name == "pkill";
    let (wanted, operands) = match signal(call) {
        Ok(found) => found,
        Err(code) => return code,
    };
    let mut code = 0;
    for name in operands {
        let pids = called(call, &name, anywhere);
        if pids.is_empty() {
            code = 1;
            if !anywhere {
                call.error(&format!(
                    "{name}: no process {}",
                    if call.is_busybox() { "killed" } else { "found" }
                ));
            }
        }
        for pid in pids {
            call.kernel.kill(pid, wanted);
        }
    }
    code
}

fn memory(call: &mut Call<'_, '_>) -> u8 {
    let used = call.kernel.processes.memory() / 1024 + 620_000;
    let total = 4_005_044;
    let megabytes =
        call.arguments.iter().any(|argument| matches!(argument.as_str(), "-m" | "--mega"));
    let human = call.arguments.iter().any(|argument| argument == "-h");
    let show = |kilobytes: u64| match (megabytes, human) {
        (true, _) => (kilobytes / 1024).to_string(),
        (_, true) => format!("{}Mi", kilobytes / 1024),
        _ => kilobytes.to_string(),
    };
    let text = format!(
        "               total        used        free      shared  buff/cache   available\nMem:    {:>12}{:>12}{:>12}{:>12}{:>12}{:>12}\nSwap:   {:>12}{:>12}{:>12}\n",
        show(total),
        show(used),
        show(total - used),
        show(0),
        show(0),
        show(total - used),
        show(0),
        show(0),
        show(0),
    );
    call.out(&text);
    0
}

fn uptime(call: &mut Call<'_, '_>) -> u8 {
    let now = call.kernel.now;
    let started = call.kernel.processes.get(1).map_or(now, |process| process.started);
    let minutes = now.since(started).as_secs() / 60;
    let clock = clock::format("%H:%M:%S", now);
    call.out(&format!(" {clock} up {minutes} min,  0 users,  load average: 0.00, 0.00, 0.00\n"));
    0
}

fn mounts(call: &mut Call<'_, '_>) -> u8 {
    let root = if call.kernel.files.system.read_only { "ro" } else { "rw" };
    let mut text = format!(
        "overlay on / type overlay ({root},relatime)\nproc on /proc type proc (rw,nosuid,nodev,noexec,relatime)\ntmpfs on /dev type tmpfs (rw,nosuid,size=65536k,mode=755)\n"
    );
    for mount in call.kernel.files.system.mounts() {
        let mode = if mount.read_only { "ro" } else { "rw" };
        text.push_str(&format!("/dev/vda1 on {} type ext4 ({mode},relatime)\n", mount.path));
    }
    call.out(&text);
    0
}

fn sysctl(call: &mut Call<'_, '_>) -> u8 {
    let Some(setting) = call.arguments.iter().find(|argument| argument.contains('=')).cloned()
    else {
        let name = call.arguments.last().cloned().unwrap_or_default();
        call.error(&format!(
            "cannot stat /proc/sys/{}: No such file or directory",
            name.replace('.', "/")
        ));
        return 1;
    };
    call.out(&format!("{}\n", setting.replacen('=', " = ", 1)));
    0
}

fn test(call: &mut Call<'_, '_>) -> u8 {
    let mut arguments = call.arguments.clone();
    if call.name == "[" && arguments.pop().as_deref() != Some("]") {
        call.error("missing ]");
        return 2;
    }
    match condition(&arguments, call.kernel) {
        Ok(value) => u8::from(!value),
        Err(message) => {
            call.error(&message);
            2
        }
    }
}

fn addresses(call: &mut Call<'_, '_>) -> u8 {
    let address = own_address(call).unwrap_or_else(|| "127.0.0.1".into());
    let gateway =
        address.rsplit_once('.').map_or_else(String::new, |(network, _)| format!("{network}.1"));
    let text = match (call.name.as_str(), call.arguments.first().map(String::as_str)) {
        ("ip", Some("route" | "r")) => {
            format!("default via {gateway} dev eth0 \n")
        }
        ("ip", _) => format!(
            "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n2: eth0@if7: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default \n    inet {address}/24 brd 10.244.255.255 scope global eth0\n       valid_lft forever preferred_lft forever\n"
        ),
        _ => format!(
            "eth0      Link encap:Ethernet\n          inet addr:{address}  Mask:255.255.255.0\n          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n\nlo        Link encap:Local Loopback\n          inet addr:127.0.0.1  Mask:255.0.0.0\n          UP LOOPBACK RUNNING  MTU:65536  Metric:1\n"
        ),
    };
    call.out(&text);
    0
}

fn listeners(call: &mut Call<'_, '_>) -> u8 {
    let mut text = String::from(
        "Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name\n",
    );
    let now = call.kernel.now;
    for (port, pid) in call.kernel.processes.listeners(now) {
        let name = call
            .kernel
            .processes
            .get(pid)
            .and_then(|process| process.argv.first().cloned())
            .unwrap_or_default();
        text.push_str(&format!(
            "tcp        0      0 {:<23} 0.0.0.0:*               LISTEN      {pid}/{name}\n",
            format!("0.0.0.0:{port}")
        ));
    }
    call.out(&text);
    0
}

fn sequence(call: &mut Call<'_, '_>) -> u8 {
    let arguments =
        match super::arguments::Arguments::parse(&call.arguments, "s:wf:", &[("separator", 's')]) {
            Ok(arguments) => arguments,
            // A negative number looks like an option.
            Err(_) => super::arguments::Arguments::plain(&call.arguments),
        };
    let numbers: Option<Vec<i64>> =
        arguments.operands.iter().map(|text| text.parse().ok()).collect();
    let (first, step, last) = match numbers.as_deref() {
        Some([last]) => (1, 1, *last),
        Some([first, last]) => (*first, 1, *last),
        Some([first, step, last]) if *step != 0 => (*first, *step, *last),
        _ => {
            let bad = arguments.operands.first().cloned().unwrap_or_default();
            call.error(&format!("invalid floating point argument: '{bad}'"));
            return 1;
        }
    };
    let width =
        if arguments.has('w') { last.to_string().len().max(first.to_string().len()) } else { 0 };
    let gap = arguments.value('s').unwrap_or("\n").to_string();
    let count =
        if (last - first).signum() * step.signum() < 0 { 0 } else { (last - first) / step + 1 };
    let texts: Vec<String> =
        (0..count.min(1_000_000)).map(|at| format!("{:0width$}", first + at * step)).collect();
    if !texts.is_empty() {
        call.out(&format!("{}\n", texts.join(&gap)));
    }
    0
}

fn expression(call: &mut Call<'_, '_>) -> u8 {
    let texts: Vec<&str> = call.arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<i64>().ok();
    let result = match texts.as_slice() {
        [only] => Ok((*only).to_string()),
        ["length", text] => Ok(text.chars().count().to_string()),
        ["substr", text, from, length] => {
            let (from, length) =
                (from.parse::<usize>().unwrap_or(1).max(1), length.parse().unwrap_or_default());
            Ok(text.chars().skip(from - 1).take(length).collect())
        }
        [left, ":", pattern] | ["match", left, pattern] => {
            let regex = super::grep::compile(&format!("^{pattern}"), false, false);
            Ok(match regex.ok().as_ref().and_then(|regex| regex.captures(left)) {
                Some(found) => found.get(1).map_or_else(
                    || found.get(0).map_or(0, |all| all.as_str().chars().count()).to_string(),
                    |group| group.as_str().to_string(),
                ),
                None => "0".into(),
            })
        }
        _ => arithmetic(&texts, number),
    };
    match result {
        Ok(text) => {
            call.out(&format!("{text}\n"));
            u8::from(text.is_empty() || text == "0")
        }
        Err(message) => {
            call.error(message);
            2
        }
    }
}

/// Operators from left to right, the tight ones first.
fn arithmetic(
    texts: &[&str],
    number: impl Fn(&str) -> Option<i64>,
) -> Result<String, &'static str> {
    let levels: [&[&str]; 3] =
        [&["*", "/", "%"], &["+", "-"], &["<", "<=", "=", "==", "!=", ">=", ">"]];
    let mut items: Vec<String> = texts.iter().map(ToString::to_string).collect();
    for level in levels {
        while let Some(at) =
            items.iter().position(|item| level.contains(&item.as_str())).filter(|at| *at > 0)
        {
            let (Some(left), Some(operator), Some(right)) =
                (items.get(at - 1), items.get(at), items.get(at + 1))
            else {
                return Err("syntax error");
            };
            let value = match (number(left), number(right)) {
                (Some(left), Some(right)) => match operator.as_str() {
                    "*" => left.wrapping_mul(right),
                    "/" | "%" if right == 0 => return Err("division by zero"),
                    "/" => left / right,
                    "%" => left % right,
                    "+" => left.wrapping_add(right),
                    "-" => left.wrapping_sub(right),
                    "<" => i64::from(left < right),
                    "<=" => i64::from(left <= right),
                    "!=" => i64::from(left != right),
                    ">=" => i64::from(left >= right),
                    ">" => i64::from(left > right),
                    _ => i64::from(left == right),
                },
                _ => match operator.as_str() {
                    "=" | "==" => i64::from(left == right),
                    "!=" => i64::from(left != right),
                    _ => return Err("non-integer argument"),
                },
            };
            items.splice(at - 1..=at + 1, [value.to_string()]);
        }
    }
    match items.as_slice() {
        [only] => Ok(only.clone()),
        _ => Err("syntax error"),
    }
}
