//! `env`, `hostname`, `id`, `ps`, `kill`, `free` and the like: what a system
//! says of itself.

use std::fmt::Write as _;

use super::adapter::{Call, Instant};
use super::numbers::{expression, sequence};
use super::signals::{find_processes, kill, kill_all, processes};
use super::{Starter, clock};
use crate::shell::condition;

pub(super) fn find(name: &str) -> Option<Starter> {
    Some(match name {
        "date" => |_, family| Instant::boxed(family, clock::date),
        "printenv" => |_, family| Instant::boxed(family, print_environment),
        "hostname" => |_, family| Instant::boxed(family, hostname),
        "whoami" => |_, family| {
            Instant::boxed(family, |call| {
                let uid = call.kernel.uid();
                let name = listed_user(call, uid).or_else(|| user(uid).map(str::to_owned));
                if let Some(name) = name {
                    call.out(&format!("{name}\n"));
                    0
                } else {
                    call.error(&format!("cannot find name for user ID {uid}"));
                    1
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

/// The name that `/etc/passwd` has for a user.
fn listed_user(call: &mut Call<'_, '_>, uid: u32) -> Option<String> {
    let users = call.kernel.files.read("/etc/passwd").ok()?;
    let users = String::from_utf8_lossy(&users).into_owned();
    let found = users.lines().find(|line| line.split(':').nth(2) == Some(&uid.to_string()))?;
    found.split(':').next().map(str::to_owned)
}

fn print_environment(call: &mut Call<'_, '_>) -> u8 {
    if call.arguments.is_empty() {
        let env = call.kernel.env().iter();
        let lines: Vec<String> = env.map(|(name, value)| format!("{name}={value}\n")).collect();
        call.out(&lines.concat());
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

pub(super) fn user(uid: u32) -> Option<&'static str> {
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
        let _ = writeln!(text, "/dev/vda1 on {} type ext4 ({mode},relatime)", mount.path);
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
        let _ = writeln!(
            text,
            "tcp        0      0 {:<23} 0.0.0.0:*               LISTEN      {pid}/{name}",
            format!("0.0.0.0:{port}")
        );
    }
    call.out(&text);
    0
}
