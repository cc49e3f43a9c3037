//! Helps while a manifest is being written: what may stand at the cursor, what
//! a field means, and whom a selector selects. It reads the text by its
//! indentation, so a broken line elsewhere does not silence it; what it knows
//! of fields is the schema's, and of objects the cluster's and the editor's.

mod hover;
mod keys;
mod known;
mod lenses;
mod outline;
mod snippets;
mod values;

use podyard_engine::apiserver::ApiServer;
use podyard_engine::openapi::Descriptions;
use podyard_engine::schema::{Place, Schema, Struct, type_at};

use self::known::Known;
use self::outline::{Outline, Spot};
use crate::protocol::{self, About, Explanation, File, Lens, Proposal};

/// What helping needs to see.
#[derive(Clone, Copy)]
pub(super) struct Assistant<'a> {
    /// The cluster's objects.
    pub(super) api: &'a ApiServer,
    /// The editor's files.
    pub(super) files: &'a [File],
    /// What fields mean; may be empty.
    pub(super) descriptions: &'a Descriptions,
}

impl Assistant<'_> {
    /// What may stand at the cursor, the likeliest first.
    pub(super) fn complete(self, cursor: &protocol::Spot) -> Vec<Proposal> {
        let Some((line, column, text)) = self.read(cursor) else { return Vec::new() };
        let (outline, spot) = Outline::around(text, line, column);
        let Some(spot) = spot else { return Vec::new() };
        let desk = Desk::new(self, &outline, &spot, line);
        let mut proposals = if spot.in_value { desk.values() } else { desk.keys() };
        let own = text.split('\n').nth(line).unwrap_or_default();
        for proposal in &mut proposals {
            proposal.from = units(own, spot.column) + 1;
            proposal.to = cursor.column;
        }
        proposals
    }

    /// What the field at the cursor means.
    pub(super) fn explain(self, cursor: &protocol::Spot) -> Option<Explanation> {
        let (line, column, text) = self.read(cursor)?;
        hover::explain(&self, text, line, column)
    }

    /// Whom the files' selectors select.
    pub(super) fn lenses(&self) -> Vec<Lens> {
        lenses::lenses(Known { api: self.api, files: self.files })
    }

    /// The line and column from 0, in characters, and the file's text.
    fn read(&self, cursor: &protocol::Spot) -> Option<(usize, usize, &str)> {
        let file = self.files.iter().find(|file| file.name == cursor.file)?;
        let line = usize::try_from(cursor.line).ok()?.checked_sub(1)?;
        let own = file.text.split('\n').nth(line)?;
        let units = usize::try_from(cursor.column).ok()?.checked_sub(1)?;
        let mut seen = 0;
        let column = own.chars().take_while(|letter| {
            seen += letter.len_utf16();
            seen <= units
        });
        Some((line, column.count(), &file.text))
    }
}

/// How many UTF-16 units the first characters of a line take.
fn units(line: &str, characters: usize) -> u32 {
    u32::try_from(line.chars().take(characters).map(char::len_utf16).sum::<usize>())
        .unwrap_or_default()
}

/// All that is known of one place in one document.
struct Desk<'a> {
    outline: &'a Outline,
    spot: &'a Spot,
    line: usize,
    known: Known<'a>,
    descriptions: &'a Descriptions,
}

impl<'a> Desk<'a> {
    fn new(all: Assistant<'a>, outline: &'a Outline, spot: &'a Spot, line: usize) -> Self {
        let known = Known { api: all.api, files: all.files };
        Self { outline, spot, line, known, descriptions: all.descriptions }
    }

    /// The type of the document's object, once it says what it is.
    fn root(&self) -> Option<&'static Struct> {
        root_of(self.outline)
    }

    /// What stands at a path of the object.
    fn place(&self, path: &[String]) -> Option<Place> {
        let steps: Vec<&str> = path.iter().map(String::as_str).collect();
        type_at(self.root()?, &steps)
    }

    /// The struct that has the field at a path, and the field's name.
    fn owner<'p>(&self, path: &'p [String]) -> Option<(&'static Struct, &'p str)> {
        let (name, outer) = path.split_last()?;
        match self.place(outer)? {
            Place::Struct(own) => Some((own, name)),
            Place::Other(_) => None,
        }
    }
}

/// The type of a document's object.
fn root_of(outline: &Outline) -> Option<&'static Struct> {
    Schema::get().find_kind(outline.value(&["apiVersion"]), outline.value(&["kind"]))
}

/// A proposal to put in as it is.
fn plain(label: impl Into<String>, about: About) -> Proposal {
    let label = label.into();
    Proposal { text: label.clone(), label, about, asks_on: false, from: 0, to: 0 }
}

#[cfg(test)]
mod tests;
