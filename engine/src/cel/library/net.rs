//! Addresses of machines and their ranges.
//!
//! Source: `k8s.io/apiserver`'s `pkg/cel/library/{ip,cidr}.go`.

use std::net::IpAddr;

use super::Answer;
use crate::cel::value::Cel;

pub(super) fn call(name: &str, values: &[Cel]) -> Answer {
    let (first, rest) = values.split_first()?;
    match (first, rest) {
        (Cel::Str(text), []) => of_text(name, text),
        (Cel::Ip(address), []) => of_address(name, *address).map(Ok),
        (Cel::Cidr(address, bits), []) => Some(Ok(match name {
            "ip" => Cel::Ip(*address),
            "masked" => Cel::Cidr(masked(*address, *bits), *bits),
            "prefixLength" => Cel::Int(i64::from(*bits)),
            _ => return None,
        })),
        (Cel::Cidr(address, bits), [other]) => Some(contains(name, (*address, *bits), other)?),
        _ => None,
    }
}

fn of_text(name: &str, text: &str) -> Answer {
    Some(match name {
        "ip" => address(text).map(Cel::Ip),
        "isIP" => Ok(Cel::Bool(address(text).is_ok())),
        "ip.isCanonical" => address(text).map(|own| Cel::Bool(own.to_string() == text)),
        "cidr" => range(text).map(|(address, bits)| Cel::Cidr(address, bits)),
        "isCIDR" => Ok(Cel::Bool(range(text).is_ok())),
        _ => return None,
    })
}

fn address(text: &str) -> Result<IpAddr, String> {
    let unfit = || {
        format!(
            "IP Address {text:?} parse error during conversion from string: \
             ParseAddr({text:?}): unable to parse IP"
        )
    };
    text.parse().map_err(|_| unfit())
}

fn range(text: &str) -> Result<(IpAddr, u8), String> {
    let unfit = || format!("network address parse error during conversion from string: {text:?}");
    let (start, bits) = text.split_once('/').ok_or_else(unfit)?;
    let start: IpAddr = start.parse().map_err(|_| unfit())?;
    let bits: u8 = bits.parse().map_err(|_| unfit())?;
    if bits > width(start) { Err(unfit()) } else { Ok((start, bits)) }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn of_address(name: &str, address: IpAddr) -> Option<Cel> {
    let link_local = match address {
        IpAddr::V4(own) => own.is_link_local(),
        IpAddr::V6(own) => own.segments().first().is_some_and(|first| first & 0xffc0 == 0xfe80),
    };
    let link_local_multicast = match address {
        IpAddr::V4(own) => own.octets().starts_with(&[224, 0, 0]),
        IpAddr::V6(own) => own.segments().first().is_some_and(|first| first & 0xff0f == 0xff02),
    };
    let broadcast = matches!(address, IpAddr::V4(own) if own.is_broadcast());
    Some(match name {
        "family" => Cel::Int(if address.is_ipv4() { 4 } else { 6 }),
        "isUnspecified" => Cel::Bool(address.is_unspecified()),
        "isLoopback" => Cel::Bool(address.is_loopback()),
        "isLinkLocalUnicast" => Cel::Bool(link_local),
        "isLinkLocalMulticast" => Cel::Bool(link_local_multicast),
        "isGlobalUnicast" => {
            let special = address.is_unspecified()
                || address.is_loopback()
                || address.is_multicast()
                || link_local
                || broadcast;
            Cel::Bool(!special)
        }
        _ => return None,
    })
}

fn masked(address: IpAddr, bits: u8) -> IpAddr {
    let spare = u32::from(width(address).saturating_sub(bits));
    match address {
        IpAddr::V4(own) => {
            IpAddr::V4((own.to_bits() & u32::MAX.checked_shl(spare).unwrap_or(0)).into())
        }
        IpAddr::V6(own) => {
            IpAddr::V6((own.to_bits() & u128::MAX.checked_shl(spare).unwrap_or(0)).into())
        }
    }
}

fn contains(name: &str, (start, bits): (IpAddr, u8), other: &Cel) -> Answer {
    let inner = match (name, other) {
        ("containsIP", Cel::Ip(own)) => Ok((*own, width(*own))),
        ("containsIP", Cel::Str(text)) => address(text).map(|own| (own, width(own))),
        ("containsCIDR", Cel::Cidr(own, bits)) => Ok((*own, *bits)),
        ("containsCIDR", Cel::Str(text)) => range(text),
        _ => return None,
    };
    Some(inner.map(|(own, own_bits)| {
        let same_family = own.is_ipv4() == start.is_ipv4();
        Cel::Bool(same_family && own_bits >= bits && masked(own, bits) == masked(start, bits))
    }))
}
