//! The executable: dispatch before any window is made.

fn main() {}
