//! Simulated time and chance: the only clock and the only dice there are.

mod random;
mod time;

pub use self::random::Random;
pub use self::time::{Delay, Time};
