//! IP addresses and ranges, as leniently as Kubernetes reads them.
//!
//! Sources: `k8s.io/utils/net` (`ParseIPSloppy`, `ParseCIDRSloppy`),
//! apimachinery `pkg/util/validation` and core's `ValidateNonSpecialIP`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Errors, Path};

/// Reads an address; an IPv4 one may have leading zeros, which Go once
/// allowed and Kubernetes therefore still does.
pub fn parse(text: &str) -> Option<IpAddr> {
    let address = text.parse().ok().or_else(|| parse_with_zeros(text).map(IpAddr::V4))?;
    // Go keeps an IPv4 address mapped into IPv6 as the IPv4 address it is.
    match address {
        IpAddr::V6(six) => Some(six.to_ipv4_mapped().map_or(address, IpAddr::V4)),
        IpAddr::V4(_) => Some(address),
    }
}

fn parse_with_zeros(text: &str) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits = part.trim_start_matches('0');
        *octet = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    }
    parts.next().is_none().then(|| octets.into())
}

/// Whether `text` is an IPv6 address.
pub fn is_v6(text: &str) -> bool {
    matches!(parse(text), Some(IpAddr::V6(_)))
}

/// A range of addresses: `10.96.0.0/12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    bits: u128,
    width: u32,
    prefix: u32,
}

impl Cidr {
    /// Reads a range; bits beyond the prefix are dropped.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        if prefix.is_empty() || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // The textual family decides how long a prefix may be.
        let width = if address.contains(':') { 128 } else { 32 };
        let prefix: u32 = prefix.parse().ok().filter(|prefix| *prefix <= width)?;
        let bits = bits_of(parse(address)?, width);
        Some(Self { bits: bits & mask(width, prefix), width, prefix })
    }

    /// Whether this is a range of IPv6 addresses.
    pub fn is_v6(&self) -> bool {
        self.width == 128
    }

    /// Whether `address` lies in the range.
    pub fn contains(&self, address: IpAddr) -> bool {
        let width = if address.is_ipv6() { 128 } else { 32 };
        width == self.width && bits_of(address, width) & mask(width, self.prefix) == self.bits
    }

    /// Whether `other` lies in this range and is smaller.
    pub fn strictly_contains(&self, other: &Self) -> bool {
        self.width == other.width
            && self.prefix < other.prefix
            && other.bits & mask(self.width, self.prefix) == self.bits
    }
}

fn bits_of(address: IpAddr, width: u32) -> u128 {
    match address {
        IpAddr::V4(four) if width == 32 => u128::from(u32::from(four)),
        IpAddr::V4(four) => u128::from(four.to_ipv6_mapped()),
        IpAddr::V6(six) => u128::from(six),
    }
}

fn mask(width: u32, prefix: u32) -> u128 {
    let all = u128::MAX >> (128 - width);
    all & !all.checked_shr(prefix).unwrap_or(0)
}

/// Says that `text` is no range of addresses, if it is none.
pub fn validate_cidr(text: &str, path: &Path<'_>, errors: &mut Errors) {
    if Cidr::parse(text).is_none() {
        let detail = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
        errors.invalid(path, text, detail);
    }
}

/// Says that `text` is no address, if it is none.
pub fn validate(text: &str, path: &Path<'_>, errors: &mut Errors) {
    if parse(text).is_none() {
        let detail = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
        errors.invalid(path, text, detail);
    }
}

/// Says that `text` is an address that no endpoint can have, if it is one.
pub fn validate_non_special(text: &str, path: &Path<'_>, errors: &mut Errors) {
    let Some(address) = parse(text) else {
        errors.invalid(path, text, "must be a valid IP address");
        return;
    };
    let mut refuse = |holds: bool, what: &str| {
        if holds {
            errors.invalid(path, text, &format!("may not be {what}"));
        }
    };
    refuse(address.is_unspecified(), "unspecified (0.0.0.0 or ::)");
    refuse(address.is_loopback(), "in the loopback range (127.0.0.0/8, ::1/128)");
    refuse(is_link_local(address), "in the link-local range (169.254.0.0/16, fe80::/10)");
    refuse(
        is_link_local_multicast(address),
        "in the link-local multicast range (224.0.0.0/24, ff02::/10)",
    );
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => four.is_link_local(),
        IpAddr::V6(six) => six.is_unicast_link_local(),
    }
}

fn is_link_local_multicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => four.octets().starts_with(&[224, 0, 0]),
        IpAddr::V6(six) => six.segments().first().is_some_and(|first| first & 0xff0f == 0xff02),
    }
}

/// What the server warns of an address that it accepts: that Go no longer
/// does, or that it is not in its shortest form.
pub fn warning(text: &str, path: &Path<'_>) -> Option<String> {
    if text.parse::<Ipv4Addr>().is_ok() {
        return None;
    }
    match text.parse::<Ipv6Addr>() {
        Ok(six) if six.to_string() == text => None,
        Ok(six) => Some(format!(
            "{path}: IPv6 address {text:?} is not in RFC 5952 canonical format ({:?}), \
             which may cause controller apply-loops",
            six.to_string()
        )),
        Err(_) => Some(format!(
            "{path}: IP address was accepted, but will be invalid in a future Kubernetes \
             release: {}",
            parse_complaint(text)
        )),
    }
}

/// What the server warns of a range that it accepts; see [`warning`].
pub fn cidr_warning(text: &str, path: &Path<'_>) -> Option<String> {
    let (address, prefix) = text.split_once('/')?;
    let refused = |complaint: String| {
        Some(format!(
            "{path}: IP prefix was accepted, but will be invalid in a future Kubernetes \
             release: netip.ParsePrefix({text:?}): {complaint}"
        ))
    };
    let Ok(parsed) = address.parse::<IpAddr>() else {
        return refused(parse_complaint(address));
    };
    let canonical = prefix.bytes().all(|byte| byte.is_ascii_digit())
        && (prefix.len() == 1 || !prefix.starts_with('0'));
    if !canonical {
        return refused(format!("bad bits after slash: {prefix:?}"));
    }
    let short = format!("{parsed}/{prefix}");
    (parsed.is_ipv6() && short != text).then(|| {
        format!(
            "{path}: IPv6 prefix {text:?} is not in RFC 5952 canonical format ({short:?}), \
             which may cause controller apply-loops"
        )
    })
}

/// Go's `netip.ParseAddr` on an address that only the lenient reader accepts.
fn parse_complaint(text: &str) -> String {
    let odd = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
    match odd.and_then(|at| text.get(at..)) {
        Some(rest) => format!("ParseAddr({text:?}): unexpected character (at {rest:?})"),
        None => format!("ParseAddr({text:?}): IPv4 field has octet with leading zero"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_go_once_read() {
        for (text, address) in [
            ("10.9.8.7", Some("10.9.8.7")),
            ("010.009.000.7", Some("10.9.0.7")),
            ("::ffff:1.2.3.4", Some("1.2.3.4")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("[2001:db8::1]", None),
            ("1.2.3", None),
            ("1.2.3.256", None),
            ("", None),
        ] {
            assert_eq!(parse(text).map(|ip| ip.to_string()).as_deref(), address, "{text}");
        }
    }

    #[test]
    fn ranges_know_what_they_contain() {
        let check = |outer: &str, inner: &str, expected: bool| {
            let (outer, inner) = (Cidr::parse(outer).unwrap(), Cidr::parse(inner).unwrap());
            assert_eq!(outer.strictly_contains(&inner), expected);
        };
        check("192.168.9.0/24", "192.168.9.1/32", true);
        check("192.168.9.0/24", "192.168.9.1/24", false);
        check("192.168.9.0/24", "192.168.8.0/25", false);
        check("::/0", "fe80::/10", true);
        for bad in ["1.2.3.4", "1.2.3.4/33", " 1.2.3.4/8", "foo.bar", "::/129", ""] {
            assert_eq!(Cidr::parse(bad), None, "{bad}");
        }
        let services = Cidr::parse("10.96.0.0/12").unwrap();
        assert!(services.contains(parse("10.111.255.255").unwrap()));
        assert!(!services.contains(parse("10.112.0.0").unwrap()));
    }
}
