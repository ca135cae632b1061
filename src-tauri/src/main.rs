//! The desktop app.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

use clap::Parser;
use tidings_media::worker;
use tidings_shell::{cli::Arguments, environment, log_tail::LOG_TAIL};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    // Before anything else: this process shall have nothing but what decoding takes.
    if let Some(code) = worker::take_over(std::env::args_os().skip(1)) {
        return code;
    }
    let arguments = Arguments::parse();
    // First of all: no thread may run while the environment changes.
    let lines = environment::prepare(arguments.automation, arguments.safe_graphics);
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(&LOG_TAIL)
        .init();
    for line in lines {
        tracing::info!("{line}");
    }
    tidings_shell::run(arguments)
}
