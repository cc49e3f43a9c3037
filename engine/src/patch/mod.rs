//! Changing objects by patches: RFC 6902, RFC 7386, Kubernetes' strategic
//! merge patch and server-side apply.
//!
//! Pure functions over values and, where Kubernetes needs to know the type of a
//! field, the schema. The API server and kubectl use the same.

mod json;
mod merge;
mod strategic;
pub mod server_side;

pub use self::json::{JsonPatch, apply_json_patch};
pub use self::merge::{apply_merge_patch, create_merge_patch, create_three_way_merge_patch};
pub use self::strategic::{
    apply_strategic_patch, create_strategic_patch, create_three_way_strategic_patch, in_go_syntax,
    strategic_conflict,
};

/// Why a patch cannot be applied or made, in the words of Kubernetes and the
/// libraries it uses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// The patch is not well-formed: the API server answers 400.
    #[error("{0}")]
    Malformed(String),
    /// The patch does not fit the object: the API server answers 422.
    #[error("{0}")]
    DoesNotApply(String),
}

/// Which part of a difference makes a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    All,
    Changes,
    Deletions,
}

impl Keep {
    /// Whether what is new or different is part of it.
    fn changes(self) -> bool {
        self != Self::Deletions
    }

    /// Whether what is gone is part of it.
    fn deletions(self) -> bool {
        self != Self::Changes
    }
}
