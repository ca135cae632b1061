//! `cargo xtask bench [NAME]`: builds everything optimised and measures it.

use std::process::Command;

use anyhow::Result;

use crate::{cargo, node, packages, process, ui};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// What to measure, and how; without any, everything.
    #[arg(value_name = "NAME", trailing_var_arg = true, allow_hyphen_values = true)]
    names: Vec<String>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    packages::ensure(packages::APP)?;
    packages::ensure(packages::TESTS)?;
    packages::ensure(packages::BENCHES)?;
    ui::build()?;
    // Everything in one build, so that what they share is built once.
    let built = cargo::build(&["--release", "--workspace", "--exclude", "xtask", "--bins"])?;
    let mut bench = Command::new(cargo::program(&built, "tidings-bench")?);
    bench
        .args(&arguments.names)
        .current_dir(process::root())
        .env("PATH", node::path()?);
    for executable in built
        .iter()
        .filter(|executable| executable.kind == "bin" && !executable.is_test)
    {
        bench.env(variable(&executable.name), &executable.path);
    }
    process::run(&mut bench)
}

/// By which environment variable tests and benches find a program: `tidings` -> `TIDINGS_APP`,
/// `tidings-server` -> `TIDINGS_SERVER`, `minimal-window` -> `TIDINGS_MINIMAL_WINDOW`.
pub(crate) fn variable(program: &str) -> String {
    match program.strip_prefix("tidings") {
        Some("") => "TIDINGS_APP".to_owned(),
        Some(rest) => format!("TIDINGS{}", rest.replace('-', "_").to_uppercase()),
        None => format!("TIDINGS_{}", program.replace('-', "_").to_uppercase()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn programs_are_found_by_variables() {
        assert_eq!(super::variable("tidings"), "TIDINGS_APP");
        assert_eq!(super::variable("tidings-server"), "TIDINGS_SERVER");
        assert_eq!(super::variable("minimal-window"), "TIDINGS_MINIMAL_WINDOW");
    }
}
