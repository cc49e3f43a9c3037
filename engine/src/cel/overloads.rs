//! The functions, methods and operators there are, and the types they take.
//!
//! Sources: the language definition, "Standard definitions"; cel-go's `ext`;
//! `k8s.io/apiserver`'s `pkg/cel/library`.

use std::sync::Arc;

use super::types::Type;

/// The name of the type of amounts.
pub(super) const QUANTITY: Type = Type::Named("kubernetes.Quantity");
const URL: Type = Type::Named("kubernetes.URL");
const IP: Type = Type::Named("net.IP");
const CIDR: Type = Type::Named("net.CIDR");
const TYPE: Type = Type::Named("type");
/// The type of questions to the authorizer.
pub const AUTHORIZER: Type = Type::Named("kubernetes.authorization.Authorizer");

const COMPARES: &str = "bb>b ii>b iu>b id>b ui>b uu>b ud>b di>b du>b dd>b ss>b yy>b tt>b rr>b";
const TIME_PART: &str = "t.>i t.s>i";
const TIME_OR_LENGTH_PART: &str = "t.>i t.s>i r.>i";

/// Each name with its overloads: the target and a dot for methods, the
/// arguments, and the result. The letters are those of [`kind`]; `=` is the
/// type of the first value, `E` that of its items, `l` a list of texts.
const TABLE: &[(&str, &str)] = &[
    ("_+_", "ii>i uu>u dd>d ss>s yy>y LL>= rr>r tr>t rt>t"),
    ("_-_", "ii>i uu>u dd>d rr>r tr>t tt>r"),
    ("_*_", "ii>i uu>u dd>d"),
    ("_/_", "ii>i uu>u dd>d"),
    ("_%_", "ii>i uu>u"),
    ("-_", "i>i d>d"),
    ("!_", "b>b"),
    ("_&&_", "bb>b"),
    ("_||_", "bb>b"),
    ("_<_", COMPARES),
    ("_<=_", COMPARES),
    ("_>_", COMPARES),
    ("_>=_", COMPARES),
    ("size", "s>i y>i L>i M>i s.>i y.>i L.>i M.>i"),
    ("type", "D>T"),
    ("dyn", "D>D"),
    ("int", "i>i u>i d>i s>i t>i r>i"),
    ("uint", "u>u i>u d>u s>u"),
    ("double", "d>d i>d u>d s>d"),
    ("bool", "b>b s>b"),
    ("string", "s>s b>s i>s u>s d>s y>s t>s r>s U>s I>s C>s q>s"),
    ("bytes", "y>y s>y"),
    ("timestamp", "t>t s>t i>t"),
    ("duration", "r>r s>r i>r"),
    ("contains", "s.s>b"),
    ("startsWith", "s.s>b"),
    ("endsWith", "s.s>b"),
    ("matches", "s.s>b ss>b"),
    ("find", "s.s>s"),
    ("findAll", "s.s>l s.si>l"),
    ("charAt", "s.i>s"),
    ("indexOf", "s.s>i s.si>i L.D>i"),
    ("lastIndexOf", "s.s>i s.si>i L.D>i"),
    ("join", "L.>s L.s>s"),
    ("lowerAscii", "s.>s"),
    ("upperAscii", "s.>s"),
    ("trim", "s.>s"),
    ("replace", "s.ss>s s.ssi>s"),
    ("split", "s.s>l s.si>l"),
    ("substring", "s.i>s s.ii>s"),
    ("format", "s.L>s"),
    ("isSorted", "L.>b"),
    ("sum", "L.>E"),
    ("min", "L.>E"),
    ("max", "L.>E"),
    ("getFullYear", TIME_PART),
    ("getMonth", TIME_PART),
    ("getDayOfYear", TIME_PART),
    ("getDayOfMonth", TIME_PART),
    ("getDate", TIME_PART),
    ("getDayOfWeek", TIME_PART),
    ("getHours", TIME_OR_LENGTH_PART),
    ("getMinutes", TIME_OR_LENGTH_PART),
    ("getSeconds", TIME_OR_LENGTH_PART),
    ("getMilliseconds", TIME_OR_LENGTH_PART),
    ("url", "s>U"),
    ("isURL", "s>b"),
    ("getScheme", "U.>s"),
    ("getHost", "U.>s"),
    ("getHostname", "U.>s"),
    ("getPort", "U.>s"),
    ("getEscapedPath", "U.>s"),
    ("getQuery", "U.>M"),
    ("quantity", "s>q"),
    ("isQuantity", "s>b"),
    ("sign", "q.>i"),
    ("isInteger", "q.>b"),
    ("asInteger", "q.>i"),
    ("asApproximateFloat", "q.>d"),
    ("add", "q.q>q q.i>q"),
    ("sub", "q.q>q q.i>q"),
    ("isLessThan", "q.q>b"),
    ("isGreaterThan", "q.q>b"),
    ("compareTo", "q.q>i"),
    ("ip", "s>I C.>I"),
    ("isIP", "s>b"),
    ("ip.isCanonical", "s>b"),
    ("family", "I.>i"),
    ("isUnspecified", "I.>b"),
    ("isLoopback", "I.>b"),
    ("isLinkLocalMulticast", "I.>b"),
    ("isLinkLocalUnicast", "I.>b"),
    ("isGlobalUnicast", "I.>b"),
    ("cidr", "s>C"),
    ("isCIDR", "s>b"),
    ("containsIP", "C.I>b C.s>b"),
    ("containsCIDR", "C.C>b C.s>b"),
    ("masked", "C.>C"),
    ("prefixLength", "C.>i"),
    ("sets.contains", "LL>b"),
    ("sets.equivalent", "LL>b"),
    ("sets.intersects", "LL>b"),
    ("optional.of", "D>O"),
    ("optional.ofNonZeroValue", "D>O"),
    ("optional.none", ">O"),
    ("hasValue", "O.>b"),
    ("value", "O.>D"),
    ("orValue", "O.D>D"),
    ("or", "O.O>O"),
    ("path", "A.s>A"),
    ("group", "A.s>A"),
    ("resource", "A.s>A"),
    ("subresource", "A.s>A"),
    ("namespace", "A.s>A"),
    ("name", "A.s>A"),
    ("serviceAccount", "A.ss>A"),
    ("check", "A.s>A"),
    ("allowed", "A.>b"),
    ("reason", "A.>s"),
    ("errored", "A.>b"),
    ("error", "A.>s"),
];

/// The result of a call by the types of its values, the target first.
pub(super) enum Found {
    /// The function exists and takes such values.
    Result(Type),
    /// The function takes other values.
    NoOverload,
    /// There is no such function.
    Unknown,
}

/// Whether there is a function of this name, as `sets.contains`.
pub(super) fn exists(name: &str) -> Option<&'static str> {
    TABLE.iter().find(|(own, _)| *own == name).map(|(own, _)| *own)
}

/// Finds what a call results in.
pub(super) fn find(name: &str, is_method: bool, values: &[Type]) -> Found {
    let Some((_, overloads)) = TABLE.iter().find(|(own, _)| *own == name) else {
        return Found::Unknown;
    };
    let mut fitting = Vec::new();
    for overload in overloads.split(' ') {
        let Some((wanted, result)) = overload.split_once('>') else { continue };
        let wanted_method = wanted.contains('.');
        let wanted: Vec<char> = wanted.chars().filter(|letter| *letter != '.').collect();
        let fits = wanted_method == is_method
            && wanted.len() == values.len()
            && wanted.iter().zip(values).all(|(wanted, own)| kind(*wanted).takes(own));
        if fits {
            fitting.push(result_of(result, values));
        }
    }
    match fitting.as_slice() {
        [] => Found::NoOverload,
        [first, rest @ ..] if rest.iter().all(|own| own == first) => Found::Result(first.clone()),
        // Which one it is shows when it runs.
        _ => Found::Result(Type::Dyn),
    }
}

fn result_of(result: &str, values: &[Type]) -> Type {
    match (result, values.first()) {
        ("=", Some(first)) => first.clone(),
        ("E", Some(Type::List(item))) => (**item).clone(),
        ("l", _) => Type::list(Type::Str),
        (letter, _) => letter.chars().next().map_or(Type::Dyn, kind),
    }
}

fn kind(letter: char) -> Type {
    match letter {
        'b' => Type::Bool,
        'i' => Type::Int,
        'u' => Type::Uint,
        'd' => Type::Double,
        's' => Type::Str,
        'y' => Type::Bytes,
        't' => Type::Timestamp,
        'r' => Type::Duration,
        'q' => QUANTITY,
        'U' => URL,
        'I' => IP,
        'C' => CIDR,
        'A' => AUTHORIZER,
        'T' => TYPE,
        'L' => Type::list(Type::Dyn),
        'M' => Type::Map(Arc::new(Type::Dyn), Arc::new(Type::Dyn)),
        'O' => Type::Optional(Arc::new(Type::Dyn)),
        _ => Type::Dyn,
    }
}
