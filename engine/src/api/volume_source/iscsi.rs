//! Volumes by iSCSI, whose names have a grammar of their own.

use super::super::{Errors, Path};
use super::{at_most_255, require, validate_secret};
use crate::value::Value;

/// Who has an iSCSI source: the rules are not the same for both.
#[derive(Debug, Clone, Copy)]
pub(in super::super) enum Holder<'a> {
    /// A volume of a Pod.
    Pod,
    /// A PersistentVolume of this name.
    Volume(&'a str),
}

/// How many bytes the name of a volume and its portal may have together.
const PORTAL_BYTES_MAX: usize = 64;
const TOO_LONG: &str = "Total length of <volume name>:<iscsi.targetPortal> must be under 64 \
                        characters if iscsi.initiatorName is specified.";

/// Whether the name of a volume, a colon and the portal are too long.
fn is_too_long(name: &str, source: &Value) -> bool {
    let length = name.len() + 1 + source["targetPortal"].text().len();
    !source["initiatorName"].is_null() && length > PORTAL_BYTES_MAX
}

/// Says that the name of a Pod's volume and its portal are too long together.
pub(in super::super) fn validate_volume_name(
    name: &str,
    source: &Value,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    if is_too_long(name, source) {
        errors.invalid(path, name, TOO_LONG);
    }
}

/// Finds what is wrong with an iSCSI source.
pub(in super::super) fn validate_iscsi(
    source: &Value,
    holder: Holder<'_>,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    require(source, path, &["targetPortal"], errors);
    if let Holder::Volume(name) = holder
        && is_too_long(name, source)
    {
        let portal = source["targetPortal"].text();
        errors.invalid(&path.field("targetportal"), portal, TOO_LONG);
    }
    let name = source["iqn"].text();
    if name.is_empty() {
        errors.required(&path.field("iqn"), "");
    } else {
        validate_name(name, holder, &path.field("iqn"), errors);
    }
    at_most_255(&source["lun"], 0, &path.field("lun"), errors);
    let needs_secret =
        ["chapAuthDiscovery", "chapAuthSession"].iter().any(|field| source[*field].is_true());
    if needs_secret && source["secretRef"].is_null() {
        errors.required(&path.field("secretRef"), "");
    }
    if matches!(holder, Holder::Volume(_)) {
        validate_secret(source, path, errors);
    }
    if let Some(initiator) = source["initiatorName"].as_str() {
        validate_name(initiator, holder, &path.field("initiatorname"), errors);
    }
}

fn validate_name(name: &str, holder: Holder<'_>, path: &Path<'_>, errors: &mut Errors) {
    let is_plain = |rest: &str, length: usize| {
        let digits = rest.get(1..).unwrap_or_default();
        digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let fits = if let Some(rest) = name.strip_prefix("iqn") {
        is_iqn(rest)
    } else if let Some(rest) = name.strip_prefix("eui") {
        is_plain(rest, 16)
    } else if let Some(rest) = name.strip_prefix("naa") {
        is_plain(rest, 32)
    } else if matches!(holder, Holder::Pod) {
        let detail = "must be valid format starting with iqn, eui, or naa";
        return errors.invalid(path, name, detail);
    } else {
        false
    };
    if !fits {
        errors.invalid(path, name, "must be valid format");
    }
}

/// What follows `iqn`: `.2014-08.com.example:disk`.
fn is_iqn(rest: &str) -> bool {
    let Some((date, domain)) = rest.strip_prefix('.').and_then(|rest| rest.split_at_checked(7))
    else {
        return false;
    };
    let is_date = date.bytes().enumerate().all(|(index, byte)| match index {
        4 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let Some((domain, name)) = domain.strip_prefix('.').and_then(|rest| rest.split_once(':'))
    else {
        return false;
    };
    is_date
        && !domain.is_empty()
        && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
        && !name.is_empty()
        && !name.contains([',', ';', '*', '&', '$', '|'])
        && !name.contains(|letter: char| letter.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    fn check(holder: Holder<'_>, source: Value, expected: &[&str]) {
        let mut errors = Errors::default();
        validate_iscsi(&source, holder, &Path::ROOT.field("iscsi"), &mut errors);
        let texts: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn names_of_three_kinds_are_known() {
        for name in [
            "iqn.2015-02.example.com:storage.kube.sys1",
            "eui.0123456789ABCDEF",
            "naa.62004567BA64678D0123456789ABCDEF",
        ] {
            check(Holder::Pod, value!({ "targetPortal": "127.0.0.1", "iqn": name }), &[]);
        }
        check(
            Holder::Pod,
            value!({ "targetPortal": "127.0.0.1", "iqn": "iqn.2015-02:x", "lun": 256 }),
            &[
                "iscsi.iqn: Invalid value: \"iqn.2015-02:x\": must be valid format",
                "iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive",
            ],
        );
    }

    #[test]
    fn a_volume_has_stricter_rules_than_a_pod() {
        let source = value!({
            "targetPortal": "127.0.0.1:3260",
            "iqn": "abc",
            "initiatorName": "abc",
            "secretRef": {},
        });
        let starts = "must be valid format starting with iqn, eui, or naa";
        let both = ["iqn", "initiatorname"];
        let of_pod = both.map(|field| format!("iscsi.{field}: Invalid value: \"abc\": {starts}"));
        check(Holder::Pod, source.clone(), &of_pod.each_ref().map(String::as_str));
        let name = "v".repeat(50);
        check(
            Holder::Volume(&name),
            source,
            &[
                "iscsi.targetportal: Invalid value: \"127.0.0.1:3260\": Total length of <volume \
                 name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is \
                 specified.",
                "iscsi.iqn: Invalid value: \"abc\": must be valid format",
                "iscsi.secretRef.name: Required value",
                "iscsi.initiatorname: Invalid value: \"abc\": must be valid format",
            ],
        );
    }
}
