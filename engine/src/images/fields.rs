//! Reads fields of declared images, refusing what they do not know.

use crate::quantity::Quantity;
use crate::sim::Delay;
use crate::value::{Str, Value};

/// One map of a declaration; every field must be asked for before
/// [`Fields::finish`].
pub(super) struct Fields<'a> {
    value: &'a Value,
    path: String,
    known: Vec<&'static str>,
}

pub(super) type Read<T> = Result<T, String>;

impl<'a> Fields<'a> {
    pub(super) fn new(value: &'a Value, path: &str) -> Read<Self> {
        if value.as_map().is_none() {
            return Err(format!("{path}: must be a map"));
        }
        Ok(Self { value, path: path.into(), known: Vec::new() })
    }

    pub(super) fn field(&mut self, name: &'static str) -> &'a Value {
        self.known.push(name);
        &self.value[name]
    }

    fn wrong(&self, name: &str, wanted: &str) -> String {
        format!("{}.{name}: must be {wanted}", self.path)
    }

    pub(super) fn text(&mut self, name: &'static str) -> Read<Option<Str>> {
        match self.field(name) {
            Value::Null => Ok(None),
            Value::Str(text) => Ok(Some(text.clone())),
            Value::Int(number) => Ok(Some(number.to_string().into())),
            _ => Err(self.wrong(name, "a text")),
        }
    }

    pub(super) fn required(&mut self, name: &'static str) -> Read<Str> {
        self.text(name)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| format!("{}.{name}: is required", self.path))
    }

    pub(super) fn number<T: TryFrom<i64>>(&mut self, name: &'static str) -> Read<Option<T>> {
        match self.field(name) {
            Value::Null => Ok(None),
            Value::Int(number) => T::try_from(*number)
                .map(Some)
                .map_err(|_| self.wrong(name, "a number in its range")),
            _ => Err(self.wrong(name, "a whole number")),
        }
    }

    pub(super) fn texts(&mut self, name: &'static str) -> Read<Vec<Str>> {
        match self.field(name) {
            Value::Null => Ok(Vec::new()),
            Value::Str(text) => Ok(vec![text.clone()]),
            Value::List(items) => items
                .iter()
                .map(|item| match item {
                    Value::Str(text) => Ok(text.clone()),
                    Value::Int(number) => Ok(number.to_string().into()),
                    _ => Err(self.wrong(name, "a list of texts")),
                })
                .collect(),
            _ => Err(self.wrong(name, "a list of texts")),
        }
    }

    pub(super) fn pairs(&mut self, name: &'static str) -> Read<Vec<(Str, Str)>> {
        match self.field(name) {
            Value::Null => Ok(Vec::new()),
            Value::Map(map) => map
                .iter()
                .map(|(key, value)| match value {
                    Value::Str(text) => Ok((key.clone(), text.clone())),
                    Value::Int(number) => Ok((key.clone(), number.to_string().into())),
                    _ => Err(self.wrong(name, "a map of texts")),
                })
                .collect(),
            _ => Err(self.wrong(name, "a map of texts")),
        }
    }

    /// A size in bytes, as `72Mi`.
    pub(super) fn bytes(&mut self, name: &'static str) -> Read<Option<u64>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let quantity = Quantity::parse(&text).map_err(|_| self.wrong(name, "a quantity"))?;
        u64::try_from(quantity.value())
            .map(Some)
            .map_err(|_| self.wrong(name, "a positive quantity"))
    }

    /// A length of time, as `50ms`, `3s` or `2m`.
    pub(super) fn delay(&mut self, name: &'static str) -> Read<Option<Delay>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let number: Option<i64> = digits.parse().ok();
        let unit = match text.get(digits.len()..) {
            Some("us") => Some(Delay::micros(1)),
            Some("ms") => Some(Delay::millis(1)),
            Some("s") => Some(Delay::secs(1)),
            Some("m") => Some(Delay::secs(60)),
            _ => None,
        };
        match (number, unit) {
            (Some(number), Some(unit)) => Ok(Some(unit.times(number))),
            _ => Err(self.wrong(name, "a length of time, as 50ms or 3s")),
        }
    }

    /// Fails if the map holds a field that was never asked for.
    pub(super) fn finish(self) -> Read<()> {
        match self.value.entries().find(|(name, _)| !self.known.contains(&&***name)) {
            Some((name, _)) => Err(format!("{}.{name}: unknown field", self.path)),
            None => Ok(()),
        }
    }
}
