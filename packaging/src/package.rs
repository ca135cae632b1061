//! What a package is, whatever its format.

use std::{fs, io::Write, path::Path};

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};
use serde_json::Value;

use crate::{debian, elf};

/// What packages are made of.
pub(crate) struct Source<'a> {
    pub(crate) root: &'a Path,
    pub(crate) programs: &'a Path,
    pub(crate) licences: &'a Path,
    pub(crate) version: &'a str,
    pub(crate) time: u32,
}

impl Source<'_> {
    /// A file of the repository.
    pub(crate) fn read(&self, file: &str) -> Result<Vec<u8>> {
        fs::read(self.root.join(file)).with_context(|| file.to_owned())
    }

    /// A text of the repository, with the version in its place.
    pub(crate) fn text(&self, file: &str) -> Result<String> {
        Ok(String::from_utf8(self.read(file)?)?.replace("@VERSION@", self.version))
    }

    /// A program.
    pub(crate) fn program(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.programs.join(name);
        fs::read(&path).with_context(|| format!("{}", path.display()))
    }

    /// The licences of what the programs are made of, as one text.
    pub(crate) fn third_party(&self) -> Result<String> {
        let list =
            fs::read_to_string(self.licences).with_context(|| format!("{}", self.licences.display()))?;
        let groups: Vec<Value> = serde_json::from_str(&list)?;
        let mut text =
            "Tidings is made with the packages below. Each is followed by the words of its licence.\n"
                .to_owned();
        for group in &groups {
            let of = |key: &str| group.get(key).and_then(Value::as_str).unwrap_or_default();
            let names = group
                .get("packages")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            let names: Vec<&str> = names.filter_map(Value::as_str).collect();
            text.push_str(&format!(
                "\n{}\n{}\nLicence: {}\n\n{}\n",
                "=".repeat(80),
                names.join(", "),
                of("licence"),
                of("text")
            ));
        }
        Ok(text)
    }
}

/// A file of a package.
pub(crate) struct Entry {
    /// From the root, without the first `/`.
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) mode: u32,
    /// An upgrade keeps what was changed in it.
    pub(crate) is_config: bool,
}

/// A package.
pub(crate) struct Package {
    pub(crate) name: &'static str,
    pub(crate) version: String,
    pub(crate) time: u32,
    pub(crate) section: &'static str,
    pub(crate) summary: &'static str,
    /// Paragraphs, each one line.
    pub(crate) description: &'static [&'static str],
    pub(crate) needs: elf::Needs,
    /// In Debian's words: what it needs beside its libraries, what it should have, what it may have.
    pub(crate) depends: &'static [&'static str],
    pub(crate) recommends: &'static [&'static str],
    pub(crate) suggests: &'static [&'static str],
    /// In Fedora's names, the same as `recommends`.
    pub(crate) rpm_recommends: &'static [&'static str],
    /// Our own licences, by the names of their files: Debian has them already, RPM's systems want them here.
    pub(crate) licences: Vec<(&'static str, Vec<u8>)>,
    pub(crate) entries: Vec<Entry>,
    /// Debian's maintainer scripts, by name.
    pub(crate) scripts: Vec<(&'static str, String)>,
}

impl Package {
    /// Adds a file for everybody to read.
    pub(crate) fn add(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.add_as(path, bytes, 0o644);
    }

    /// Adds a file with a mode.
    pub(crate) fn add_as(&mut self, path: &str, bytes: impl Into<Vec<u8>>, mode: u32) {
        self.entries.push(Entry {
            path: path.to_owned(),
            bytes: bytes.into(),
            mode,
            is_config: path.starts_with("etc/"),
        });
    }

    /// Adds a compressed file, which says nothing of when and where it was compressed.
    pub(crate) fn add_gz(&mut self, path: &str, text: &str) -> Result<()> {
        let mut packer = GzBuilder::new().write(Vec::new(), Compression::best());
        packer.write_all(text.as_bytes())?;
        self.add(&format!("{path}.gz"), packer.finish()?);
        Ok(())
    }

    /// Adds the papers that every package has.
    pub(crate) fn add_papers(&mut self, source: &Source<'_>) -> Result<()> {
        for file in ["LICENSE-APACHE", "LICENSE-MIT"] {
            self.licences.push((file, source.read(file)?));
        }
        let doc = format!("usr/share/doc/{}", self.name);
        self.add(&format!("{doc}/copyright"), debian::copyright(source)?);
        self.add_gz(&format!("{doc}/changelog"), &source.text("CHANGELOG.md")?)?;
        self.add_gz(&format!("{doc}/third-party-licences.txt"), &source.third_party()?)
    }

    /// What its files take on a disk.
    pub(crate) fn installed_bytes(&self) -> usize {
        self.entries.iter().map(|entry| entry.bytes.len()).sum()
    }

    /// The name of its deb.
    pub(crate) fn deb_name(&self) -> String {
        format!(
            "{}_{}_{}.deb",
            self.name,
            self.version,
            self.needs.machine.debian()
        )
    }

    /// The name of its rpm.
    pub(crate) fn rpm_name(&self) -> String {
        format!(
            "{}-{}-1.{}.rpm",
            self.name,
            self.version,
            self.needs.machine.rpm()
        )
    }
}
