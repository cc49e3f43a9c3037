//! Podyard's native program.
fn main() {}
