//! What a process that reads hostile files cannot do, whatever a file makes of it (H22, H24): it has so much memory and processor time, it
//! reaches no network, starts no program, and writes to no file. Answers leave it by the pipe that it was given.

/// Who is to be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// This program, which decodes.
    Worker,
    /// The program that this process is about to become: it has to be found and loaded first, and looks around more.
    Program,
}

/// Holds this process for the rest of its life, and what it becomes. `cpu_s`: processor time, seconds; after that the system ends it.
///
/// # Errors
/// What this system does not do, in words for a log; all that it does is done.
pub fn confine(who: Who, cpu_s: u64) -> Result<(), String> {
    within::confine(who, cpu_s)
}

#[cfg(target_os = "linux")]
mod within {
    use rustix::process::{Resource, Rlimit, setrlimit};

    use super::{Who, filter};
    use crate::limits;

    pub(super) fn confine(who: Who, cpu_s: u64) -> Result<(), String> {
        let mut refused = Vec::new();
        // Not the number of processes: that counts all that this user runs. The filter below lets none be started.
        for (resource, most) in [
            (Resource::Data, limits::WORKER_BYTES),
            (Resource::Cpu, cpu_s),
            (Resource::Fsize, 0),
            (Resource::Nofile, limits::WORKER_FILES),
            (Resource::Core, 0),
        ] {
            let rlimit = Rlimit {
                current: Some(most),
                maximum: Some(most),
            };
            if let Err(error) = setrlimit(resource, rlimit) {
                refused.push(format!("{resource:?}: {error}"));
            }
        }
        if let Err(error) = filter::apply(who) {
            refused.push(format!("system calls: {error}"));
        }
        if refused.is_empty() {
            Ok(())
        } else {
            Err(refused.join(", "))
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod within {
    use super::Who;

    pub(super) fn confine(_: Who, _: u64) -> Result<(), String> {
        Err("nothing is known of this system".to_owned())
    }
}

#[cfg(all(
    target_os = "linux",
    not(any(target_arch = "x86_64", target_arch = "aarch64"))
))]
mod filter {
    use super::Who;

    pub(super) fn apply(_: Who) -> Result<(), &'static str> {
        Err("not known for this processor")
    }
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod filter;
