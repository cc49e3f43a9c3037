//! What may differ between two runs of one command: ages, drawn names, times.

use regex_lite::Regex;

use super::server::Answer;

/// What varies, and what to write for it. Letters of generated names are
/// replaced one for one, so that the widths of columns still count.
const MASKS: &[(&str, &str)] = &[
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uid>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", "<time>"),
    (r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", "<time>"),
    (r"[EWI]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ ", "<log> "),
    (r#"(resourceVersion"?: ?"?)\d+"#, "${1}<rv>"),
    (r"/(LIVE|MERGED)-\d+", "/${1}-<n>"),
    (r"(?m)^(---|\+\+\+) (\S+)\t.*$", "$1 $2"),
    (r"\(0xc[0-9a-f]+\)", "(<pointer>)"),
    (r"([a-z0-9])-[bcdfghjklmnpqrstvwxz2456789]{5}\b", "${1}-xxxxx"),
    (r"token: ey\S+", "token: <token>"),
    (r"kubectl-edit-\d+", "kubectl-edit-<n>"),
];

/// What else varies where widths depend on it.
const LOOSE: &[(&str, &str)] = &[
    (r"\b(\d+[ydhms]){1,2}\b", "<age>"),
    (r"\b10\.\d+\.\d+\.\d+", "<ip>"),
    (r"\b3[0-2]\d{3}\b", "<port>"),
    (r"(?m)[ -]{2,}|-+$", "  "),
    (r"(?m) +$", ""),
];

/// The patterns, compiled.
pub(crate) struct Masks {
    exact: Vec<(Regex, &'static str)>,
    loose: Vec<(Regex, &'static str)>,
}

fn compiled(masks: &[(&str, &'static str)]) -> Vec<(Regex, &'static str)> {
    let compile =
        |(pattern, to): &(&str, &'static str)| (Regex::new(pattern).expect("a pattern"), *to);
    masks.iter().map(compile).collect()
}

fn replaced(masks: &[(Regex, &'static str)], text: &str) -> String {
    masks
        .iter()
        .fold(text.to_owned(), |text, (pattern, to)| pattern.replace_all(&text, *to).into_owned())
}

impl Masks {
    pub(crate) fn new() -> Self {
        Self { exact: compiled(MASKS), loose: compiled(LOOSE) }
    }

    /// Whether two answers are the same but for what varies.
    pub(crate) fn agree(&self, real: &Answer, ours: &Answer) -> bool {
        real.code == ours.code
            && self.same(&real.stdout, &ours.stdout)
            && self.same(&real.stderr, &ours.stderr)
    }

    fn same(&self, real: &str, ours: &str) -> bool {
        real == ours || {
            let (real, ours) = (self.exact(real), self.exact(ours));
            real == ours || self.loose(&real) == self.loose(&ours)
        }
    }

    /// The text without what varies.
    pub(crate) fn exact(&self, text: &str) -> String {
        replaced(&self.exact, text)
    }

    /// The lines without widths and ages. Waiting is told as often as time
    /// allows, and rows drawn at random stand in any order.
    fn loose(&self, text: &str) -> Vec<String> {
        let mut lines: Vec<String> =
            replaced(&self.loose, text).lines().map(str::to_owned).collect();
        lines.sort();
        lines.dedup_by(|a, b| a == b && a.starts_with("Waiting for "));
        lines
    }

    /// The lines that only one of them printed.
    pub(crate) fn diff(&self, real: &Answer, ours: &Answer) -> String {
        let mut text = String::new();
        if real.code != ours.code {
            text.push_str(&format!("-exit code {}\n+exit code {}\n", real.code, ours.code));
        }
        let streams = [(&real.stdout, &ours.stdout), (&real.stderr, &ours.stderr)];
        for (real, ours) in streams {
            if self.same(real, ours) {
                continue;
            }
            let (real, ours) = (self.exact(real), self.exact(ours));
            text.push_str(&lines_of_one(&real, &ours));
        }
        text
    }
}

/// The lines of either text that the other lacks, in order.
fn lines_of_one(real: &str, ours: &str) -> String {
    let (mut a, mut b): (Vec<_>, Vec<_>) =
        (real.split_inclusive('\n').collect(), ours.split_inclusive('\n').collect());
    while a.first().is_some_and(|line| Some(line) == b.first()) {
        a.remove(0);
        b.remove(0);
    }
    while a.last().is_some_and(|line| Some(line) == b.last()) {
        a.pop();
        b.pop();
    }
    let only = |sign: char, lines: &[&str], others: &[&str]| -> String {
        let mine = lines.iter().filter(|line| !others.contains(line));
        mine.map(|line| format!("{sign}{}\n", line.trim_end_matches('\n'))).collect()
    };
    let text = only('-', &a, &b) + &only('+', &b, &a);
    if text.is_empty() { "(the same lines in another order)\n".to_owned() } else { text }
}
