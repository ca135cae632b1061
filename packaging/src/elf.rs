//! What a program needs of the system, read from the program itself.

use anyhow::{Context, Result, bail};
use goblin::elf::{Elf, header};

/// The processor that a program is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Machine {
    X86,
    Arm,
}

impl Machine {
    /// Debian's name of it.
    pub(crate) fn debian(self) -> &'static str {
        match self {
            Self::X86 => "amd64",
            Self::Arm => "arm64",
        }
    }

    /// RPM's name of it.
    pub(crate) fn rpm(self) -> &'static str {
        match self {
            Self::X86 => "x86_64",
            Self::Arm => "aarch64",
        }
    }
}

/// What a program needs of the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Needs {
    pub(crate) machine: Machine,
    /// The libraries, by the names that the loader looks for.
    pub(crate) libraries: Vec<String>,
    /// The oldest glibc that it runs on, for example (2, 34). The machine that built it decides.
    pub(crate) glibc: (u32, u32),
}

/// Reads them.
pub(crate) fn needs(program: &[u8]) -> Result<Needs> {
    let elf = Elf::parse(program).context("not a program of Linux")?;
    let machine = match elf.header.e_machine {
        header::EM_X86_64 => Machine::X86,
        header::EM_AARCH64 => Machine::Arm,
        other => bail!("packages for the processor {other} are not known"),
    };
    let versions = elf.verneed.iter().flat_map(|section| section.iter());
    let glibc = versions
        .flat_map(|need| need.iter().collect::<Vec<_>>())
        .filter_map(|version| glibc(elf.dynstrtab.get_at(version.vna_name)?))
        .max()
        .unwrap_or_default();
    let mut libraries: Vec<String> = elf.libraries.iter().map(ToString::to_string).collect();
    libraries.sort();
    Ok(Needs {
        machine,
        libraries,
        glibc,
    })
}

/// The version in a name like `GLIBC_2.34`.
fn glibc(name: &str) -> Option<(u32, u32)> {
    let mut numbers = name.strip_prefix("GLIBC_")?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_and_not_text() {
        assert!(glibc("GLIBC_2.34") > glibc("GLIBC_2.4"));
        assert_eq!(glibc("GLIBC_2.2.5"), Some((2, 2)));
        assert_eq!(glibc("GLIBC_PRIVATE"), None);
        assert_eq!(glibc("GCC_3.0"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_program_of_this_system_says_what_it_needs() {
        let needs = needs(&std::fs::read(std::env::current_exe().unwrap()).unwrap()).unwrap();
        assert!(needs.libraries.iter().any(|library| library == "libc.so.6"));
        assert!(needs.glibc > (2, 1));
        assert!(super::needs(b"#!/bin/sh").is_err());
    }
}
