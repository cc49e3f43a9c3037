//! Cron schedules and the time zones that they are read in.

mod schedule;
mod zone;

pub use self::schedule::Schedule;
pub use self::zone::TimeZone;
