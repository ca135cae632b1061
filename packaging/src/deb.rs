//! Debian's format: an `ar` archive of two compressed tar archives.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use anyhow::Result;
use liblzma::write::XzEncoder;
use md5::{Digest, Md5};

use crate::{
    debian::{self, folded, wrapped},
    package::Package,
};

/// What `dpkg-deb` presses with, so what every machine that unpacks has the memory for.
const XZ_PRESET: u32 = 6;

/// Writes the package.
pub(crate) fn write(package: &Package) -> Result<Vec<u8>> {
    let mut files = vec![
        ("control", control(package)?, 0o644),
        ("md5sums", md5sums(package), 0o644),
    ];
    let configs: Vec<String> = package
        .entries
        .iter()
        .filter(|entry| entry.is_config)
        .map(|entry| format!("/{}\n", entry.path))
        .collect();
    if !configs.is_empty() {
        files.push(("conffiles", configs.concat(), 0o644));
    }
    for (name, text) in &package.scripts {
        files.push((name, text.clone(), 0o755));
    }
    let mut control = Archive::new(package.time);
    control.folder("./")?;
    for (name, text, mode) in files {
        control.file(&format!("./{name}"), text.as_bytes(), mode)?;
    }
    let mut data = Archive::new(package.time);
    for folder in folders(package) {
        data.folder(&folder)?;
    }
    for entry in &package.entries {
        data.file(&format!("./{}", entry.path), &entry.bytes, entry.mode)?;
    }
    let mut out = b"!<arch>\n".to_vec();
    member(&mut out, "debian-binary", package.time, b"2.0\n")?;
    member(&mut out, "control.tar.xz", package.time, &control.end()?)?;
    member(&mut out, "data.tar.xz", package.time, &data.end()?)?;
    Ok(out)
}

/// The file `control`: what apt knows of a package.
fn control(package: &Package) -> Result<String> {
    let mut depends = debian::packages(&package.needs)?;
    depends.extend(package.depends.iter().map(ToString::to_string));
    let mut text = format!(
        "Package: {}\nVersion: {}\nArchitecture: {}\nMaintainer: The Tidings contributors <maintainers@tidings.invalid>\n\
         Installed-Size: {}\nSection: {}\nPriority: optional\n",
        package.name,
        package.version,
        package.needs.machine.debian(),
        package.installed_bytes().div_ceil(1024),
        package.section,
    );
    let fields = [
        ("Depends", depends.join(", ")),
        ("Recommends", package.recommends.join(", ")),
        ("Suggests", package.suggests.join(", ")),
    ];
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        text.push_str(&format!("{name}: {value}\n"));
    }
    let description: Vec<String> = package.description.iter().map(|each| wrapped(each)).collect();
    text.push_str(&format!(
        "Description: {}\n{}\n",
        package.summary,
        folded(&description.join("\n\n"))
    ));
    Ok(text)
}

fn md5sums(package: &Package) -> String {
    let line = |path: &str, bytes: &[u8]| {
        let sum: String = Md5::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("{sum}  {path}\n")
    };
    let entries = package.entries.iter().filter(|entry| !entry.is_config);
    entries.map(|entry| line(&entry.path, &entry.bytes)).collect()
}

/// Every folder that the files are in, each after the one above it.
fn folders(package: &Package) -> BTreeSet<String> {
    let mut folders = BTreeSet::from(["./".to_owned()]);
    for entry in &package.entries {
        for (at, _) in entry.path.match_indices('/') {
            folders.insert(format!("./{}/", entry.path.get(..at).unwrap_or_default()));
        }
    }
    folders
}

/// A compressed tar archive in which everything belongs to root.
struct Archive {
    builder: tar::Builder<XzEncoder<Vec<u8>>>,
    time: u32,
}

impl Archive {
    fn new(time: u32) -> Self {
        let mut builder = tar::Builder::new(XzEncoder::new(Vec::new(), XZ_PRESET));
        builder.mode(tar::HeaderMode::Deterministic);
        Self { builder, time }
    }

    fn add(&mut self, path: &str, kind: tar::EntryType, bytes: &[u8], mode: u32) -> io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_username("root")?;
        header.set_groupname("root")?;
        header.set_mtime(self.time.into());
        // By hand, since the library would take the "./" away that dpkg writes.
        let name = header.as_gnu_mut().map(|gnu| &mut gnu.name);
        let Some(place) = name.and_then(|name| name.get_mut(..path.len())) else {
            return Err(io::Error::other(format!("{path} is too long a path")));
        };
        place.copy_from_slice(path.as_bytes());
        header.set_cksum();
        self.builder.append(&header, bytes)
    }

    fn folder(&mut self, path: &str) -> io::Result<()> {
        self.add(path, tar::EntryType::Directory, &[], 0o755)
    }

    fn file(&mut self, path: &str, bytes: &[u8], mode: u32) -> io::Result<()> {
        self.add(path, tar::EntryType::Regular, bytes, mode)
    }

    fn end(self) -> io::Result<Vec<u8>> {
        self.builder.into_inner()?.finish()
    }
}

/// A member of an `ar` archive.
fn member(out: &mut Vec<u8>, name: &str, time: u32, bytes: &[u8]) -> io::Result<()> {
    writeln!(
        out,
        "{name:<16}{time:<12}{:<6}{:<6}{:<8}{:<10}`",
        0,
        0,
        100_644,
        bytes.len()
    )?;
    out.extend_from_slice(bytes);
    if bytes.len() % 2 == 1 {
        out.push(b'\n');
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::{Machine, Needs};

    fn package() -> Package {
        let mut package = Package {
            name: "tidings-test",
            version: "1.2.3".to_owned(),
            time: 1_700_000_000,
            section: "net",
            summary: "a test",
            description: &["One.", "Two."],
            needs: Needs {
                machine: Machine::X86,
                libraries: vec!["libc.so.6".to_owned()],
                glibc: (2, 34),
            },
            depends: &["adduser"],
            recommends: &[],
            suggests: &[],
            rpm_recommends: &[],
            licences: Vec::new(),
            entries: Vec::new(),
            scripts: vec![("postinst", "#!/bin/sh\n".to_owned())],
        };
        package.add_as("usr/bin/tidings-test", *b"program", 0o755);
        package.add("etc/tidings-test/config.toml", *b"#a = 1\n");
        package
    }

    #[test]
    fn the_control_file_names_what_is_needed_and_leaves_empty_fields_out() {
        let text = control(&package()).unwrap();
        assert!(text.contains("\nDepends: libc6 (>= 2.34), adduser\n"), "{text}");
        assert!(
            text.ends_with("Description: a test\n One.\n .\n Two.\n"),
            "{text}"
        );
        assert!(!text.contains("Recommends"));
    }

    #[test]
    fn the_same_files_make_the_same_package() {
        assert_eq!(write(&package()).unwrap(), write(&package()).unwrap());
    }

    #[test]
    fn dpkg_reads_what_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("t.deb");
        std::fs::write(&file, write(&package()).unwrap()).unwrap();
        let ask = |what: &str| {
            let output = std::process::Command::new("dpkg-deb")
                .arg(what)
                .arg(&file)
                .output()
                .ok()?;
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            Some(String::from_utf8(output.stdout).unwrap())
        };
        // Elsewhere than on Debian there is nobody to ask.
        let Some(contents) = ask("--contents") else { return };
        assert!(contents.contains("-rwxr-xr-x root/root") && contents.contains(" ./usr/bin/tidings-test\n"));
        assert!(contents.contains("drwxr-xr-x root/root") && contents.contains(" ./etc/tidings-test/\n"));
        assert!(ask("--info").unwrap().contains("Architecture: amd64"));
    }
}
