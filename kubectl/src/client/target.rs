//! Paths and queries of the API.

/// A path with its query, percent-encoded when it is made to text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    path: String,
    query: Vec<(&'static str, String)>,
}

impl Target {
    /// The path from its segments, as `["api", "v1", "pods"]`.
    pub fn of<'s>(segments: impl IntoIterator<Item = &'s str>) -> Self {
        let mut path = String::new();
        for segment in segments {
            path.push('/');
            encode(&mut path, segment, false);
        }
        Self { path, query: Vec::new() }
    }

    /// A path that is encoded already.
    pub fn raw(path: impl Into<String>) -> Self {
        Self { path: path.into(), query: Vec::new() }
    }

    /// One level further down.
    #[must_use]
    pub fn child(mut self, segment: &str) -> Self {
        self.path.push('/');
        encode(&mut self.path, segment, false);
        self
    }

    /// With a query parameter.
    #[must_use]
    pub fn query(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.query.push((key, value.into()));
        self
    }

    /// With a query parameter unless `value` is empty.
    #[must_use]
    pub fn query_some(self, key: &'static str, value: &str) -> Self {
        if value.is_empty() { self } else { self.query(key, value) }
    }

    /// As it goes over the wire: the parameters in the order of their keys, as
    /// Go's `url.Values` has them.
    pub fn text(&self) -> String {
        let mut query = self.query.clone();
        query.sort_by_key(|(key, _)| *key);
        let mut text = self.path.clone();
        for (index, (key, value)) in query.iter().enumerate() {
            let first = index == 0 && !text.contains('?');
            text.push(if first { '?' } else { '&' });
            text.push_str(key);
            text.push('=');
            encode(&mut text, value, true);
        }
        text
    }
}

fn encode(out: &mut String, text: &str, in_query: bool) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' if in_query => out.push('+'),
            b':' | b'@' | b'$' | b'&' | b'+' | b'=' if !in_query => out.push(char::from(byte)),
            other => {
                out.push('%');
                for nibble in [other >> 4, other & 15] {
                    let digit = char::from_digit(u32::from(nibble), 16).unwrap_or('0');
                    out.push(digit.to_ascii_uppercase());
                }
            }
        }
    }
}
