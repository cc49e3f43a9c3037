//! What LimitRanges and ResourceQuotas do to writes, as pure functions: the
//! API server gives them the objects and applies what they say.

pub mod limits;
pub mod quota;
mod usage;

pub use self::usage::usage;
