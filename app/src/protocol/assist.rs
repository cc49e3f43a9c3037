//! What the editor asks while a person writes, and what it is told.

use serde::{Deserialize, Serialize};

/// What the editor wants to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Wish {
    /// What may stand at this place.
    Complete(Spot),
    /// What the field at this place means.
    Explain(Spot),
    /// Whom the selectors select.
    Lenses,
}

/// A place in a file, from 1, columns in UTF-16 units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spot {
    /// The file's name.
    pub(crate) file: String,
    /// The line.
    pub(crate) line: u32,
    /// The column.
    pub(crate) column: u32,
}

/// The answer to a [`Wish`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Advice {
    /// What may stand there, the likeliest first.
    Proposals(Vec<Proposal>),
    /// What the field means; nothing where no field stands.
    Explanation(Option<Box<Explanation>>),
    /// Whom each selector selects.
    Lenses(Vec<Lens>),
}

/// Something that may stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proposal {
    /// What it is called.
    pub(crate) label: String,
    /// What is put in, with gaps to fill in a snippet.
    pub(crate) text: String,
    /// What there is to say of it.
    pub(crate) about: About,
    /// Whether there is something to choose from where it ends.
    pub(crate) asks_on: bool,
    /// The first column that it replaces.
    pub(crate) from: u32,
    /// The column after the last.
    pub(crate) to: u32,
}

/// What there is to say of a [`Proposal`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum About {
    /// A field.
    Field {
        /// The type as Go spells it.
        type_name: String,
        /// Whether it must be there.
        required: bool,
        /// What Kubernetes says of it; may be empty.
        description: String,
    },
    /// A value, or a field of every manifest.
    Value,
    /// The name of an object.
    Name,
    /// A whole manifest, and why one writes it.
    Snippet {
        /// In English.
        english: String,
        /// In Korean.
        korean: String,
    },
}

/// What a field means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Explanation {
    /// Its path.
    pub(crate) path: String,
    /// Its type as Go spells it.
    pub(crate) type_name: String,
    /// Whether it must be there.
    pub(crate) required: bool,
    /// What the server fills in where it is left out.
    pub(crate) default: Option<String>,
    /// The values it may have, where they are known.
    pub(crate) values: Vec<String>,
    /// What Kubernetes says of it; may be empty.
    pub(crate) description: String,
    /// What the cluster's object holds there.
    pub(crate) live: Option<String>,
    /// The first column of the field's name.
    pub(crate) from: u32,
    /// The column after the last.
    pub(crate) to: u32,
}

/// Whom a selector selects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lens {
    /// The file.
    pub(crate) file: String,
    /// The line of the selector, from 1.
    pub(crate) line: u32,
    /// How many Pods it selects.
    pub(crate) pods: u32,
    /// The object that has it, as `Service/default/web`.
    pub(crate) path: String,
}
