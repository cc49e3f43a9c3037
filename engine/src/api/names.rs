//! The syntax of names, labels, keys and ports, and what is said of a bad one.
//!
//! Every function returns the complaints about a text, none if it is well
//! formed. Source of the rules and words: apimachinery
//! `pkg/util/validation/validation.go` and `pkg/api/validation/generic.go`.

use super::kind::NameRule;

/// The longest RFC 1123 or RFC 1035 label, and the longest label value.
pub const LABEL_MAX: usize = 63;
/// The longest RFC 1123 subdomain.
pub const SUBDOMAIN_MAX: usize = 253;

const EMPTY: &str = "must be non-empty";
const QUALIFIED: Pattern = Pattern {
    rule: "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with \
           an alphanumeric character",
    regex: "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]",
    examples: &["MyName", "my.name", "123-abc"],
};
const LABEL_VALUE: Pattern = Pattern {
    rule: "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' \
           or '.', and must start and end with an alphanumeric character",
    regex: "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?",
    examples: &["MyValue", "my_value", "12345"],
};
const LABEL: Pattern = Pattern {
    rule: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', \
           and must start and end with an alphanumeric character",
    regex: "[a-z0-9]([-a-z0-9]*[a-z0-9])?",
    examples: &["my-name", "123-abc"],
};
const SUBDOMAIN: Pattern = Pattern {
    rule: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, \
           '-' or '.', and must start and end with an alphanumeric character",
    regex: r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
    examples: &["example.com"],
};
const WILDCARD: Pattern = Pattern {
    rule: "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS \
           subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and \
           end with an alphanumeric character",
    regex: r"\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
    examples: &["*.example.com"],
};
const LABEL_1035: Pattern = Pattern {
    rule: "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start \
           with an alphabetic character, and end with an alphanumeric character",
    regex: "[a-z]([-a-z0-9]*[a-z0-9])?",
    examples: &["my-name", "abc-123"],
};
const C_IDENTIFIER: Pattern = Pattern {
    rule: "a valid C identifier must start with alphabetic character or '_', followed by a \
           string of alphanumeric characters or '_'",
    regex: "[A-Za-z_][A-Za-z0-9_]*",
    examples: &["my_name", "MY_NAME", "MyName"],
};
const CONFIG_KEY: Pattern = Pattern {
    rule: "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    regex: "[-._a-zA-Z0-9]+",
    examples: &["key.name", "KEY_NAME", "key-name"],
};
const HTTP_HEADER: Pattern = Pattern {
    rule: "a valid HTTP header must consist of alphanumeric characters or '-'",
    regex: "[-A-Za-z0-9]+",
    examples: &["X-Header-Name"],
};
const PERCENT: Pattern = Pattern {
    rule: "a valid percent string must be a numeric string followed by an ending '%'",
    regex: "[0-9]+%",
    examples: &["1%", "93%"],
};
const HTTP_PATH: Pattern =
    Pattern { rule: "Invalid path", regex: r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+", examples: &[] };

/// A syntax and how upstream describes it.
struct Pattern {
    rule: &'static str,
    regex: &'static str,
    examples: &'static [&'static str],
}

impl Pattern {
    fn complaint(&self) -> String {
        if self.examples.is_empty() {
            return format!("{} (regex used for validation is '{}')", self.rule, self.regex);
        }
        let examples: Vec<String> =
            self.examples.iter().map(|example| format!("'{example}', ")).collect();
        let examples = examples.join(" or ");
        format!("{} (e.g. {examples}regex used for validation is '{}')", self.rule, self.regex)
    }

    fn check(&self, holds: bool) -> Vec<String> {
        if holds { Vec::new() } else { vec![self.complaint()] }
    }
}

/// What is said of a text longer than `max`.
pub fn too_long(max: usize) -> String {
    format!("must be no more than {max} characters")
}

/// What is said of a number out of `min..=max`.
pub fn out_of_range(min: i64, max: i64) -> String {
    format!("must be between {min} and {max}, inclusive")
}

fn limited(value: &str, max: usize, mut rest: Vec<String>) -> Vec<String> {
    if value.len() > max {
        rest.insert(0, too_long(max));
    }
    rest
}

fn ends_alphanumeric(value: &str) -> bool {
    let bytes = value.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
}

fn is_qualified(name: &str) -> bool {
    ends_alphanumeric(name)
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn is_label(value: &str) -> bool {
    ends_alphanumeric(value)
        && value
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_subdomain(value: &str) -> bool {
    value.split('.').all(is_label)
}

/// Complaints about an RFC 1123 label: `my-name`.
pub fn label(value: &str) -> Vec<String> {
    let rest = match () {
        () if is_label(value) => Vec::new(),
        () if is_subdomain(value) => vec!["must not contain dots".to_owned()],
        () => vec![LABEL.complaint()],
    };
    limited(value, LABEL_MAX, rest)
}

/// Complaints about an RFC 1123 subdomain: `my.name`.
pub fn subdomain(value: &str) -> Vec<String> {
    limited(value, SUBDOMAIN_MAX, SUBDOMAIN.check(is_subdomain(value)))
}

/// Complaints about a wildcard subdomain: `*.example.com`.
pub fn wildcard_subdomain(value: &str) -> Vec<String> {
    let holds = value.strip_prefix("*.").is_some_and(is_subdomain);
    limited(value, SUBDOMAIN_MAX, WILDCARD.check(holds))
}

/// Complaints about an RFC 1035 label, which starts with a letter.
pub fn label_1035(value: &str) -> Vec<String> {
    let starts = value.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    limited(value, LABEL_MAX, LABEL_1035.check(starts && is_label(value)))
}

/// Complaints about a qualified name: `name` or `example.com/name`. Keys of
/// labels and annotations are such.
pub fn qualified_name(value: &str) -> Vec<String> {
    let parts: Vec<&str> = value.split('/').collect();
    let mut complaints = Vec::new();
    let name = match parts.as_slice() {
        [name] => *name,
        [prefix, name] => {
            if prefix.is_empty() {
                complaints.push(format!("prefix part {EMPTY}"));
            } else {
                complaints
                    .extend(subdomain(prefix).iter().map(|text| format!("prefix part {text}")));
            }
            *name
        }
        _ => {
            return vec![format!(
                "a qualified name {} with an optional DNS subdomain prefix and '/' (e.g. \
                 'example.com/MyName')",
                QUALIFIED.complaint()
            )];
        }
    };
    if name.is_empty() {
        complaints.push(format!("name part {EMPTY}"));
    } else if name.len() > LABEL_MAX {
        complaints.push(format!("name part {}", too_long(LABEL_MAX)));
    }
    if !is_qualified(name) {
        complaints.push(format!("name part {}", QUALIFIED.complaint()));
    }
    complaints
}

/// Complaints about a label's value.
pub fn label_value(value: &str) -> Vec<String> {
    let holds = value.is_empty() || is_qualified(value);
    limited(value, LABEL_MAX, LABEL_VALUE.check(holds))
}

/// Complaints about a C identifier.
pub fn c_identifier(value: &str) -> Vec<String> {
    let starts = value.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    let rest = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    C_IDENTIFIER.check(starts && rest)
}

/// Complaints about an environment variable's name: anything printable in
/// ASCII but `=` (`RelaxedEnvironmentVariableValidation`, on since 1.32).
pub fn env_name(value: &str) -> Vec<String> {
    if value.is_empty() {
        return vec![format!("environment variable name {EMPTY}")];
    }
    if value.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=') {
        return Vec::new();
    }
    let rule = "a valid environment variable name must consist only of printable ASCII \
                characters other than '='";
    vec![rule.to_owned()]
}

/// Complaints about a key of a ConfigMap or Secret.
pub fn config_key(value: &str) -> Vec<String> {
    let holds = !value.is_empty()
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let mut complaints = limited(value, SUBDOMAIN_MAX, CONFIG_KEY.check(holds));
    if value == "." {
        complaints.push("must not be '.'".to_owned());
    } else if value == ".." {
        complaints.push("must not be '..'".to_owned());
    } else if value.starts_with("..") {
        complaints.push("must not start with '..'".to_owned());
    }
    complaints
}

/// Complaints about an HTTP header's name.
pub fn http_header(value: &str) -> Vec<String> {
    let holds =
        !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    HTTP_HEADER.check(holds)
}

/// Complaints about a percentage as `25%`.
pub fn percent(value: &str) -> Vec<String> {
    let digits = value.strip_suffix('%').unwrap_or_default();
    PERCENT.check(!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Complaints about the path part of a domain-prefixed path.
pub fn http_path(value: &str) -> Vec<String> {
    let holds = !value.is_empty()
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&byte));
    HTTP_PATH.check(holds)
}

/// Complaints about a port number.
pub fn port_number(port: i64) -> Vec<String> {
    if (1..=65_535).contains(&port) { Vec::new() } else { vec![out_of_range(1, 65_535)] }
}

/// Complaints about a port's name: `http`, at most 15 characters.
pub fn port_name(value: &str) -> Vec<String> {
    let mut complaints = limited(value, 15, Vec::new());
    let mut demand = |holds: bool, complaint: &str| {
        if !holds {
            complaints.push(complaint.to_owned());
        }
    };
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    demand(
        !value.is_empty() && value.bytes().all(known),
        "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
    );
    demand(
        value.bytes().any(|byte| byte.is_ascii_lowercase()),
        "must contain at least one letter (a-z)",
    );
    demand(!value.contains("--"), "must not contain consecutive hyphens");
    demand(!value.starts_with('-') && !value.ends_with('-'), "must not begin or end with a hyphen");
    complaints
}

/// Complaints about a segment of a URL's path, as the names of RBAC kinds are;
/// a `prefix` may still be `.` or `..`.
pub fn path_segment(value: &str, prefix: bool) -> Vec<String> {
    if !prefix && (value == "." || value == "..") {
        return vec![format!("may not be '{value}'")];
    }
    ["/", "%"]
        .iter()
        .filter(|part| value.contains(*part))
        .map(|part| format!("may not contain '{part}'"))
        .collect()
}

/// Complaints about an object's name under `rule`; of `metadata.generateName`
/// when `prefix`, which may end in a dash.
pub fn object_name(rule: NameRule, value: &str, prefix: bool) -> Vec<String> {
    let masked;
    let value = match value.strip_suffix('-') {
        Some(_) if prefix && value.len() > 1 && rule != NameRule::PathSegment => {
            masked = mask_trailing_dash(value);
            &masked
        }
        _ => value,
    };
    match rule {
        NameRule::Subdomain => subdomain(value),
        NameRule::Label => label(value),
        NameRule::Label1035 => label_1035(value),
        NameRule::PathSegment => path_segment(value, prefix),
    }
}

/// Replaces the last two characters by one that may end a name.
fn mask_trailing_dash(value: &str) -> String {
    let mut chars = value.chars();
    chars.next_back();
    chars.next_back();
    format!("{}a", chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(complain: fn(&str) -> Vec<String>, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(complain(text), Vec::<String>::new(), "{text}");
        }
        for text in bad {
            assert!(!complain(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn tells_good_names_from_bad() {
        check(label, &["a", "a-1", "1"], &["", "A", "-a", "a-", "a.b", "a_b"]);
        check(subdomain, &["a.b-c.1"], &["", "a..b", ".a", "a.", "a.-b", "A.b"]);
        check(label_1035, &["a1"], &["1a", "a.b", ""]);
        check(wildcard_subdomain, &["*.a.b"], &["*", "*.", "a.b", "*a.b"]);
        check(qualified_name, &["A", "a.b/C_d"], &["", "/a", "a/", "a/b/c", "A.b/c", "a b"]);
        check(label_value, &["", "A_b.c"], &["-", "a b", "a-"]);
        check(env_name, &["a b", "1!"], &["", "a=b", "é"]);
        check(config_key, &["a.B_c-", ".a"], &["", ".", "..", "..a", "a b"]);
        check(port_name, &["http", "a-1"], &["", "-a", "a--b", "12", "Http", "abcdefghijklmnop"]);
        check(percent, &["5%", "05%"], &["5", "%", "-5%"]);
    }

    #[test]
    fn complains_in_upstreams_words() {
        assert_eq!(label("a.b"), ["must not contain dots"]);
        assert_eq!(
            qualified_name("a b"),
            ["name part must consist of alphanumeric characters, '-', '_' or '.', and must start \
              and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or \
              '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"]
        );
        assert_eq!(label_1035(&"a".repeat(64)), ["must be no more than 63 characters"]);
    }

    #[test]
    fn a_prefix_may_end_in_a_dash() {
        assert!(object_name(NameRule::Subdomain, "web-", true).is_empty());
        assert!(!object_name(NameRule::Subdomain, "web-", false).is_empty());
        assert!(!object_name(NameRule::Subdomain, "-", true).is_empty());
    }
}
