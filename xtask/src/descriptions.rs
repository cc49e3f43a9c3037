//! What the fields of Kubernetes' types mean: an asset of the page, made by the
//! crate `schema`.

use crate::failure::Result;
use crate::process::{Program, say};
use crate::workspace::Made;

/// Writes `public/descriptions.txt`, if its sources changed.
pub(crate) fn write() -> Result<()> {
    let made = Made::from_sources("descriptions", &["schema/Cargo.toml", "schema/src"])?;
    if made.is_current("public/descriptions.txt") {
        return Ok(());
    }
    say("Writing the descriptions of Kubernetes' types: a minute from scratch");
    let arguments =
        ["run", "--quiet", "--package", "podyard-schema", "--", "public/descriptions.txt"];
    Program::new("cargo").args(arguments).run()?;
    made.note()
}
