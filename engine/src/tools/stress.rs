//! `stress`, and the `vish/stress` of Kubernetes' pages: programs that use
//! memory and processor time on purpose.

use super::adapter::Call;
use super::wait::duration;
use crate::process::{Family, Kernel, Program, Step, Wait};
use crate::sim::Time;

#[derive(Debug, Clone)]
struct Stress {
    family: Family,
    bytes: u64,
    millis: u64,
    until: Option<Time>,
    started: bool,
}

pub(super) fn start(_argv: &[String], family: Family) -> Box<dyn Program> {
    Box::new(Stress { family, bytes: 0, millis: 0, until: None, started: false })
}

/// A size as `150M`, `250Mi` or `1g`.
fn size(text: &str) -> u64 {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let unit = text
        .get(digits.len()..)
        .unwrap_or_default()
        .chars()
        .next()
        .map(|letter| letter.to_ascii_lowercase());
    let shift = match unit {
        Some('k') => 10,
        Some('m') => 20,
        Some('g') => 30,
        _ => 0,
    };
    digits.parse::<u64>().unwrap_or_default().saturating_mul(1 << shift)
}

impl Stress {
    fn read(&mut self, call: &mut Call<'_, '_>) {
        let (mut workers, mut each, mut hogs) = (0, 256 << 20, 0);
        let mut rest = call.arguments.iter();
        while let Some(argument) = rest.next() {
            let (name, inline) = argument
                .split_once('=')
                .map_or((argument.as_str(), None), |(name, value)| (name, Some(value)));
            let mut value =
                || inline.or_else(|| rest.next().map(String::as_str)).unwrap_or_default();
            match name {
                "-m" | "--vm" => workers = value().parse().unwrap_or(1),
                "--vm-bytes" => each = size(value()),
                "--vm-hang" | "--vm-keep" | "-mem-alloc-size" | "-mem-alloc-sleep" => drop(value()),
                "-mem-total" => {
                    workers = 1;
                    each = size(value());
                }
                "-c" | "--cpu" | "-cpus" => hogs = value().parse().unwrap_or(1),
                "-t" | "--timeout" => {
                    self.until = duration(value()).map(|delay| call.kernel.now + delay);
                }
                _ => {}
            }
        }
        self.bytes = each.saturating_mul(workers);
        self.millis = 1000 * (hogs + workers);
        let processes = hogs + workers;
        call.kernel.write(
            1,
            format!("stress: info: [1] dispatching hogs: {hogs} cpu, 0 io, {workers} vm, 0 hdd\n")
                .as_bytes(),
        );
        if processes == 0 {
            self.until = Some(call.kernel.now);
        }
    }
}

impl Program for Stress {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        if !self.started {
            self.started = true;
            self.read(&mut Call::new(kernel, self.family));
        }
        match self.until {
            Some(until) if until <= kernel.now => {
                kernel.write(1, b"stress: info: [1] successful run completed\n");
                Step::Exit(0)
            }
            until => Step::Wait(Wait { until, ..Wait::default() }),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }

    fn memory(&self) -> u64 {
        self.bytes.max(1 << 20)
    }

    fn cpu_millis(&self) -> u64 {
        self.millis
    }
}
