//! Share links: a session packed into an address.
//!
//! `1.` and the base64url, without padding, of the raw deflate of a JSON
//! object. Links of a version keep opening for ever; what a later version
//! needs gets another number before the dot.

use std::collections::BTreeMap;

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};
use podyard_engine::base64;
use podyard_engine::cluster::Profile;
use podyard_engine::sim::Delay;
use podyard_engine::value;
use podyard_engine::value::{Value, parse_json};

use crate::action::{Action, Entry, Session, Setup, TaskId};

/// The longest packed session that is opened.
pub const PACKED_MAX: usize = 256 * 1024;
/// The longest unpacked session that is opened.
pub const UNPACKED_MAX: usize = 4 * 1024 * 1024;
/// The most actions that are opened.
pub const ACTIONS_MAX: usize = 20_000;
/// The most files that one action of a link writes.
pub const FILES_MAX: usize = 200;
/// The most nodes of a link's cluster.
pub const NODES_MAX: i64 = 5_000;
/// The longest time that a link replays.
pub const MOMENT_MAX: Delay = Delay::secs(30 * 24 * 3_600);

const COMPRESSION: u8 = 9;

/// Why a link cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// The text has no version before a dot.
    #[error("this is no share link: it does not begin with a version such as 1.")]
    NoVersion,
    /// A version that this Podyard does not know.
    #[error("the link has version {0}, which this Podyard does not know; a newer one may")]
    Version(String),
    /// A letter that no link has.
    #[error("the link is damaged: {0}")]
    Letters(String),
    /// Not a whole deflate stream.
    #[error("the link is damaged or cut off: its packed part does not unpack")]
    Unpack,
    /// Larger than what is opened.
    #[error("the link is too large: {what} is {size}, at most {max} is opened")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large it is.
        size: String,
        /// How large it may be.
        max: usize,
    },
    /// Unpacked, but not a session.
    #[error("the link is damaged: {0}")]
    Content(String),
}

/// Packs a session.
pub fn pack(session: &Session) -> String {
    let text = to_value(session).to_json();
    let packed = compress_to_vec(text.as_bytes(), COMPRESSION);
    let letters = base64::encode(&packed);
    let url: String = letters
        .chars()
        .filter(|letter| *letter != '=')
        .map(|letter| match letter {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    format!("1.{url}")
}

/// Unpacks a link's text: what follows `#p=`.
pub fn unpack(text: &str) -> Result<Session, LinkError> {
    let (version, letters) = text.split_once('.').ok_or(LinkError::NoVersion)?;
    if version != "1" {
        let known_form = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
        return Err(if known_form {
            LinkError::Version(version.to_owned())
        } else {
            LinkError::NoVersion
        });
    }
    if letters.len() > PACKED_MAX {
        let size = letters.len().to_string();
        return Err(LinkError::TooLarge { what: "the packed session", size, max: PACKED_MAX });
    }
    let packed = decode_url(letters)?;
    let text = decompress_to_vec_with_limit(&packed, UNPACKED_MAX).map_err(|error| {
        if error.status == TINFLStatus::HasMoreOutput {
            let size = format!("more than {UNPACKED_MAX} bytes");
            LinkError::TooLarge { what: "the unpacked session", size, max: UNPACKED_MAX }
        } else {
            LinkError::Unpack
        }
    })?;
    let value = parse_json(&text).map_err(|error| LinkError::Content(error.message))?;
    from_value(&value)
}

fn decode_url(letters: &str) -> Result<Vec<u8>, LinkError> {
    let mut standard = String::with_capacity(letters.len() + 3);
    for letter in letters.chars() {
        standard.push(match letter {
            '-' => '+',
            '_' => '/',
            'A'..='Z' | 'a'..='z' | '0'..='9' => letter,
            other => {
                let message = format!("{other:?} is no letter of a link");
                return Err(LinkError::Letters(message));
            }
        });
    }
    while !standard.len().is_multiple_of(4) {
        standard.push('=');
    }
    base64::decode(&standard).map_err(|_| LinkError::Letters("it is cut off".to_owned()))
}

/// Times are whole microseconds, each since the one before; most are small.
fn to_value(session: &Session) -> Value {
    let mut last = Delay::ZERO;
    let actions = session.entries.iter().map(|entry| {
        let wait = entry.at - last;
        last = entry.at;
        let mut row = vec![Value::Int(wait.as_micros())];
        row.extend(action_value(&entry.action));
        Value::list(row)
    });
    let actions: Value = actions.collect();
    let mut value = value!({ "a": actions, "t": (session.moment.as_micros()) });
    let default = Setup::default();
    let Setup { seed, nodes, profile } = &session.setup;
    if *seed != default.seed {
        value.set("s", seed.to_string());
    }
    if *nodes != default.nodes {
        value.set("n", *nodes);
    }
    if *profile != default.profile {
        value.set("p", profile_name(*profile));
    }
    if let Some(hash) = session.hash {
        value.set("h", format!("{hash:x}"));
    }
    value
}

fn action_value(action: &Action) -> Vec<Value> {
    match action {
        Action::Run(line) => vec![line.into()],
        Action::Write(texts) => {
            let texts = texts.iter().map(|(name, text)| {
                let text = text.as_deref().map_or(Value::Null, Value::str);
                (name.as_str(), text)
            });
            vec![Value::Map(texts.collect())]
        }
        Action::Interrupt(task) => vec![Value::Int(task.0.into())],
        Action::Type(task, text) => vec![Value::Int(task.0.into()), text.into()],
    }
}

fn profile_name(profile: Profile) -> &'static str {
    match profile {
        Profile::Local => "local",
        Profile::Gke => "gke",
        Profile::Eks => "eks",
        Profile::Reference => "reference",
    }
}

/// The profile of a name.
pub(crate) fn profile_named(name: &str) -> Option<Profile> {
    [Profile::Local, Profile::Gke, Profile::Eks, Profile::Reference]
        .into_iter()
        .find(|profile| profile_name(*profile) == name)
}

fn from_value(value: &Value) -> Result<Session, LinkError> {
    let content = |what: &str| LinkError::Content(what.to_owned());
    let rows = value["a"].items();
    if rows.len() > ACTIONS_MAX {
        let size = rows.len().to_string();
        return Err(LinkError::TooLarge { what: "the number of actions", size, max: ACTIONS_MAX });
    }
    let mut entries = Vec::with_capacity(rows.len());
    let mut at = Delay::ZERO;
    for row in rows {
        let wait = row[0].as_int().filter(|wait| *wait >= 0);
        at = at + Delay::micros(wait.ok_or_else(|| content("an action has no time"))?);
        entries.push(Entry { at, action: action_from(row)? });
    }
    let moment = Delay::micros(value["t"].as_int().unwrap_or(at.as_micros()));
    if moment < at || moment > MOMENT_MAX {
        return Err(content("the moment shown is out of range"));
    }
    let hash = match value["h"].text() {
        "" => None,
        text => Some(u64::from_str_radix(text, 16).map_err(|_| content("its hash is no number"))?),
    };
    Ok(Session { setup: setup_from(value)?, entries, moment, hash })
}

fn setup_from(value: &Value) -> Result<Setup, LinkError> {
    let content = |what: &str| LinkError::Content(what.to_owned());
    let mut setup = Setup::default();
    if let Some(text) = value["s"].as_str() {
        setup.seed = text.parse().map_err(|_| content("its seed is no number"))?;
    }
    if let Some(nodes) = value["n"].as_int() {
        let fits = (0..=NODES_MAX).contains(&nodes);
        let nodes = fits.then(|| u32::try_from(nodes).ok()).flatten();
        setup.nodes = nodes.ok_or_else(|| content("its number of nodes is out of range"))?;
    }
    if let Some(name) = value["p"].as_str() {
        let profile = profile_named(name);
        setup.profile = profile.ok_or_else(|| content("its cluster profile is not known"))?;
    }
    Ok(setup)
}

fn action_from(row: &Value) -> Result<Action, LinkError> {
    let content = |what: &str| LinkError::Content(what.to_owned());
    let task = |id: i64| u32::try_from(id).map(TaskId).map_err(|_| content("a task has no number"));
    match (&row[1], &row[2]) {
        (Value::Str(line), Value::Null) => Ok(Action::Run(line.to_string())),
        (Value::Int(id), Value::Null) => Ok(Action::Interrupt(task(*id)?)),
        (Value::Int(id), Value::Str(text)) => Ok(Action::Type(task(*id)?, text.to_string())),
        (Value::Map(texts), Value::Null) => {
            if texts.len() > FILES_MAX {
                let size = texts.len().to_string();
                return Err(LinkError::TooLarge {
                    what: "the number of files",
                    size,
                    max: FILES_MAX,
                });
            }
            let mut files = BTreeMap::new();
            for (name, text) in texts.iter() {
                let text = match text {
                    Value::Str(text) => Some(text.to_string()),
                    Value::Null => None,
                    _ => return Err(content("a file is no text")),
                };
                files.insert(name.to_string(), text);
            }
            Ok(Action::Write(files))
        }
        _ => Err(content("an action is of no known kind")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Session {
        let write = BTreeMap::from([("web.yaml".to_owned(), Some("kind: Pod\n".to_owned()))]);
        let entry = |millis, action| Entry { at: Delay::millis(millis), action };
        Session {
            setup: Setup { seed: 7, nodes: 2, profile: Profile::Local },
            entries: vec![
                entry(0, Action::Write(write)),
                entry(5, Action::Run("kubectl apply -f web.yaml".to_owned())),
                entry(9_000, Action::Interrupt(TaskId(1))),
                entry(9_001, Action::Type(TaskId(1), "exit\n".to_owned())),
            ],
            moment: Delay::secs(30),
            hash: Some(0xfeed),
        }
    }

    #[test]
    fn what_is_packed_unpacks_to_the_same() {
        let text = pack(&sample());
        assert!(text.starts_with("1."));
        assert_eq!(unpack(&text), Ok(sample()));
    }

    #[test]
    fn a_broken_link_says_what_is_wrong() {
        let whole = pack(&sample());
        let cut = whole.get(..whole.len() / 2).unwrap_or_default();
        assert!(matches!(unpack(cut), Err(LinkError::Unpack | LinkError::Letters(_))));
        assert_eq!(unpack("nonsense"), Err(LinkError::NoVersion));
        assert_eq!(unpack("9.abc"), Err(LinkError::Version("9".to_owned())));
        assert!(matches!(unpack("1.<script>"), Err(LinkError::Letters(_))));
    }
}
