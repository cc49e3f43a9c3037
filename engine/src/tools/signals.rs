//! `ps`, `pidof`, `kill`, `killall`: the processes of the container.

use super::adapter::Call;
use super::clock;
use super::system::user;
use crate::process::{Pid, Process, Signal};

pub(super) fn processes(call: &mut Call<'_, '_>) -> u8 {
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

pub(super) fn find_processes(call: &mut Call<'_, '_>) -> u8 {
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
            Some(name) => {
                if let Some(signal) = Signal::parse(&name) {
                    wanted = signal;
                } else {
                    call.error(&format!("bad signal name '{name}'"));
                    return Err(1);
                }
            }
        }
    }
    Ok((wanted, operands))
}

pub(super) fn kill(call: &mut Call<'_, '_>) -> u8 {
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

pub(super) fn kill_all(call: &mut Call<'_, '_>) -> u8 {
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
