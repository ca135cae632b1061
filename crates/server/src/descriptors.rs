//! How many files and sockets this process may have open.

use std::io;

/// Raises the limit of open files to what the system allows: each connection is a descriptor, and desktops begin with 1,024 or
/// fewer. For whole programs, the server's and the app's; Windows has no such limit.
///
/// # Errors
/// When the system refuses; the limit is as it was.
#[cfg(unix)]
pub fn raise_descriptor_limit() -> io::Result<()> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    /// What macOS takes for a process whose limit it calls unlimited (`OPEN_MAX`).
    const APPLES: u64 = 10_240;
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = match limit.maximum {
        maximum if !cfg!(target_vendor = "apple") => maximum,
        Some(maximum) => Some(maximum.min(APPLES)),
        None => Some(APPLES),
    };
    if limit
        .current
        .is_some_and(|current| wanted.is_none_or(|wanted| current < wanted))
    {
        limit.current = wanted;
        setrlimit(Resource::Nofile, limit)?;
    }
    Ok(())
}

/// See the one for Unix.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn raise_descriptor_limit() -> io::Result<()> {
    Ok(())
}
