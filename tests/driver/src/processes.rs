//! What processes use, and how they are ended: read from Linux's `/proc`.

use std::fs;
use std::io;
use std::process::{Command, Stdio};

use crate::DriverError;

/// A process and all that it has started.
#[derive(Debug, Clone)]
pub struct ProcessTree {
    /// Their ids, the first one the root.
    pub ids: Vec<u32>,
}

/// What a [`ProcessTree`] uses just now.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usage {
    /// Resident memory, bytes; shared pages count once for each process.
    pub resident: u64,
    /// Proportional memory, bytes; shared pages are divided among those that share them.
    pub proportional: u64,
    /// Processor time since the processes began, in clock ticks (a hundredth of a second on Linux).
    pub ticks: u64,
}

impl ProcessTree {
    /// `root` and everything below it.
    pub fn of(root: u32) -> Self {
        let mut ids = vec![root];
        let mut next = 0;
        while let Some(&id) = ids.get(next) {
            ids.extend(Self::children_of(id));
            next += 1;
        }
        Self { ids }
    }

    /// The processes that `id` has started and that still run.
    pub fn children_of(id: u32) -> Vec<u32> {
        let Ok(threads) = fs::read_dir(format!("/proc/{id}/task")) else {
            return Vec::new();
        };
        threads
            .flatten()
            .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
            .flat_map(|line| {
                line.split_whitespace()
                    .filter_map(|id| id.parse().ok())
                    .collect::<Vec<u32>>()
            })
            .collect()
    }

    /// What they use; a process that has ended counts nothing.
    pub fn usage(&self) -> Usage {
        self.ids.iter().fold(Usage::default(), |sum, id| {
            let rollup = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
            Usage {
                resident: sum.resident + kilobytes(&rollup, "Rss:") * 1024,
                proportional: sum.proportional + kilobytes(&rollup, "Pss:") * 1024,
                ticks: sum.ticks + ticks(*id),
            }
        })
    }
}

fn kilobytes(rollup: &str, label: &str) -> u64 {
    rollup
        .lines()
        .find_map(|line| line.strip_prefix(label)?.trim().strip_suffix(" kB")?.parse().ok())
        .unwrap_or_default()
}

fn ticks(id: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // The second field is the name in parentheses and may hold anything, so counting starts behind it: user time
    // is the 14th field of all, system time the 15th.
    let fields: Vec<&str> = stat
        .rsplit_once(')')
        .map(|(_, rest)| rest)
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    [11, 12]
        .iter()
        .filter_map(|&at| fields.get(at)?.parse::<u64>().ok())
        .sum()
}

/// Ends the process this very moment (SIGKILL).
///
/// # Errors
/// When there is no such process.
pub fn kill_now(id: u32) -> Result<(), DriverError> {
    signal("-KILL", id)
}

/// Asks the process to end (SIGTERM).
///
/// # Errors
/// When there is no such process.
pub fn terminate(id: u32) -> Result<(), DriverError> {
    signal("-TERM", id)
}

fn signal(name: &str, id: u32) -> Result<(), DriverError> {
    let id = id.to_string();
    let status = Command::new("kill")
        .args([name, &id])
        .stderr(Stdio::null())
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(DriverError::Gone(io::Error::from(io::ErrorKind::NotFound)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_memory() {
        let usage = ProcessTree::of(std::process::id()).usage();
        assert!(usage.resident > 0 && usage.proportional > 0 && usage.proportional <= usage.resident);
    }
}
