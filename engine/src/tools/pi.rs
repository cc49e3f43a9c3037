//! `perl`, as Kubernetes' Job page uses it: `-wle 'print bpi(2000)'`, and
//! plain `print`s. Anything more of Perl is refused.

use std::fmt::Write as _;

use super::adapter::Call;
use crate::process::{Family, Kernel, Program, Step, Wait};
use crate::sim::{Delay, Time};

#[derive(Debug, Clone)]
struct Perl {
    family: Family,
    result: Option<(Time, String)>,
}

pub(super) fn start(_argv: &[String], family: Family) -> Box<dyn Program> {
    Box::new(Perl { family, result: None })
}

/// The first `count` digits of π, by Gibbons' spigot in base 10^4 (Rabinowitz
/// and Wagon): only whole numbers.
fn pi(count: usize) -> String {
    let groups = count / 4 + 2;
    let mut left: Vec<u64> = vec![2000; groups * 14 + 1];
    let mut digits = String::new();
    let mut carry = 0;
    let mut length = groups * 14;
    while length > 0 && digits.len() < count + 4 {
        let mut sum: u64 = 0;
        for at in (1..=length).rev() {
            let Some(place) = left.get_mut(at) else { continue };
            let odd = 2 * at as u64 - 1;
            sum = sum * at as u64 + *place * 10_000;
            *place = sum % odd;
            sum /= odd;
        }
        let _ = write!(digits, "{:04}", carry + sum / 10_000);
        carry = sum % 10_000;
        length -= 14;
    }
    digits.truncate(count);
    digits
}

/// What `print …` prints, and how long perl takes for it.
fn evaluate(script: &str) -> Option<(String, Delay)> {
    let expression = script.trim().trim_end_matches(';').strip_prefix("print")?.trim();
    if let Some(count) = expression.strip_prefix("bpi(").and_then(|rest| rest.strip_suffix(')')) {
        let count: usize =
            count.trim().parse().ok().filter(|count| (1..=10_000).contains(count))?;
        let digits = pi(count);
        let (whole, fraction) = digits.split_at(1);
        // Perl's bignum takes some seconds for 2000 digits, growing steeply.
        let millis = 60 + i64::try_from(count * count / 900).ok()?;
        let text =
            if fraction.is_empty() { whole.to_string() } else { format!("{whole}.{fraction}") };
        return Some((text, Delay::millis(millis)));
    }
    let text = expression.strip_prefix(['"', '\''])?.strip_suffix(['"', '\''])?;
    Some((text.replace("\\n", "\n"), Delay::millis(10)))
}

impl Program for Perl {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        if self.result.is_none() {
            let mut call = Call::new(kernel, self.family);
            let mut options = call.arguments.iter();
            let (mut script, mut newline) = (None, false);
            while let Some(option) = options.next() {
                match option.strip_prefix('-').filter(|letters| !letters.starts_with('M')) {
                    Some("v" | "-version") => {
                        script = Some("print \"This is perl 5\n\"".to_string());
                    }
                    Some(letters) => {
                        newline |= letters.contains('l');
                        if letters.ends_with('e') {
                            script = options.next().cloned();
                        }
                    }
                    None => {}
                }
            }
            let Some((text, delay)) = script.as_deref().and_then(evaluate) else {
                call.error("this simulated perl only knows print \"text\" and print bpi(N)");
                return Step::Exit(255);
            };
            let text = if newline { format!("{text}\n") } else { text };
            self.result = Some((call.kernel.now + delay, text));
        }
        match &self.result {
            Some((until, text)) if *until <= kernel.now => {
                kernel.write(1, text.as_bytes());
                Step::Exit(0)
            }
            Some((until, _)) => Step::Wait(Wait::until(*until)),
            None => Step::Exit(255),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }

    fn cpu_millis(&self) -> u64 {
        1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pi_has_its_digits() {
        assert_eq!(pi(50), "31415926535897932384626433832795028841971693993751");
        assert!(pi(2000).ends_with("658326459958133904780275900"), "{}", pi(2000));
    }
}
