//! What the host asks on the command line, beside a server that may be running.

pub(crate) mod copies;
pub(crate) mod people;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use tidings_protocol::{SystemChance, SystemClock};
use tidings_server::{Config, Server};

/// Opens the space to serve it.
pub(crate) async fn open(data: &Path, config: Config) -> Result<Server, String> {
    let opened = Server::open(data, config, clock(), Arc::new(SystemChance)).await;
    opened.map_err(|error| format!("{}: {error}", data.display()))
}

/// Opens the space for a moment, beside whoever serves it.
pub(crate) async fn open_beside(data: &Path, config: Config) -> Result<Server, String> {
    check_space(data)?;
    let opened = Server::open_beside(data, config, clock(), Arc::new(SystemChance)).await;
    opened.map_err(|error| format!("{}: {error}", data.display()))
}

fn clock() -> Arc<SystemClock> {
    Arc::new(SystemClock::default())
}

/// Fails where there is no space, or where root would leave files in it that its owner's server cannot open any more.
pub(crate) fn check_space(data: &Path) -> Result<(), String> {
    if !Server::is_space(data) {
        return Err(format!(
            "there is no space in {}; `tidings-server --data DIR` alone makes one",
            data.display()
        ));
    }
    check_owner(data)
}

#[cfg(unix)]
fn check_owner(data: &Path) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    let owner = std::fs::metadata(data)
        .map_err(|error| format!("{}: {error}", data.display()))?
        .uid();
    if rustix::process::geteuid().is_root() && owner != 0 {
        return Err(format!(
            "{} belongs to another user; ask as that one: sudo -u '#{owner}' tidings-server …",
            data.display()
        ));
    }
    Ok(())
}

/// Elsewhere the folder says who may read what is made in it.
#[cfg(not(unix))]
fn check_owner(_data: &Path) -> Result<(), String> {
    Ok(())
}

/// Standard output is for whoever started us: one line, at once.
pub(crate) fn say(line: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(|error| format!("standard output: {error}"))
}
