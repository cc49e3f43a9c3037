//! Every chore of Podyard.
fn main() {}
