//! The benches behind `cargo xtask bench`.

fn main() {}
