//! What Debian wants to read: which packages bring which libraries, and the copyright file.

use anyhow::{Context, Result};

use crate::{elf::Needs, package::Source};

/// Which packages bring a library, on Debian 12 and 13 and on Ubuntu from 22.04 on.
const LIBRARIES: &[(&str, &str)] = &[
    ("ld-linux-x86-64.so.2", ""),
    ("ld-linux-aarch64.so.1", ""),
    ("libc.so.6", ""),
    ("libm.so.6", ""),
    ("libdl.so.2", ""),
    ("libpthread.so.0", ""),
    ("libgcc_s.so.1", "libgcc-s1"),
    ("libstdc++.so.6", "libstdc++6"),
    ("libasound.so.2", "libasound2t64 | libasound2"),
    ("libcairo.so.2", "libcairo2"),
    ("libdbus-1.so.3", "libdbus-1-3"),
    ("libgdk-3.so.0", "libgtk-3-0t64 | libgtk-3-0"),
    ("libgdk_pixbuf-2.0.so.0", "libgdk-pixbuf-2.0-0"),
    ("libgio-2.0.so.0", "libglib2.0-0t64 | libglib2.0-0"),
    ("libglib-2.0.so.0", "libglib2.0-0t64 | libglib2.0-0"),
    ("libgobject-2.0.so.0", "libglib2.0-0t64 | libglib2.0-0"),
    ("libgtk-3.so.0", "libgtk-3-0t64 | libgtk-3-0"),
    (
        "libjavascriptcoregtk-4.1.so.0",
        "libjavascriptcoregtk-4.1-0 (>= 2.40)",
    ),
    ("libsoup-3.0.so.0", "libsoup-3.0-0"),
    ("libwebkit2gtk-4.1.so.0", "libwebkit2gtk-4.1-0 (>= 2.40)"),
    ("libX11.so.6", "libx11-6"),
];

/// The packages that bring what a program needs.
pub(crate) fn packages(needs: &Needs) -> Result<Vec<String>> {
    let (major, minor) = needs.glibc;
    let mut packages = vec![format!("libc6 (>= {major}.{minor})")];
    for library in &needs.libraries {
        let (_, package) = LIBRARIES
            .iter()
            .find(|(name, _)| name == library)
            .with_context(|| {
                format!("which package of Debian brings {library}? Add it to packaging/src/debian.rs")
            })?;
        if !package.is_empty() && !packages.iter().any(|there| there == package) {
            packages.push((*package).to_owned());
        }
    }
    packages.sort();
    Ok(packages)
}

/// `/usr/share/doc/*/copyright`.
pub(crate) fn copyright(source: &Source<'_>) -> Result<String> {
    Ok(format!(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\
         Upstream-Name: Tidings\n\
         Comment: The packages that Tidings is made with, and their licences, are in third-party-licences.txt.gz beside this file.\n\
         \n\
         Files: *\n\
         Copyright: 2026 The Tidings contributors\n\
         License: Apache-2.0 or Expat\n\
         \n\
         License: Apache-2.0\n On Debian, its words are in /usr/share/common-licenses/Apache-2.0.\n\
         \n\
         License: Expat\n{}\n",
        folded(&source.text("LICENSE-MIT")?),
    ))
}

/// In lines that a terminal shows whole.
pub(crate) fn wrapped(paragraph: &str) -> String {
    let mut lines = vec![String::new()];
    for word in paragraph.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + word.chars().count() < LINE => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

/// Characters of a line, without the blank that it begins with.
const LINE: usize = 78;

/// As the further lines of a field.
pub(crate) fn folded(text: &str) -> String {
    let lines = text.trim_end().lines().map(|line| match line.trim_end() {
        "" => " .".to_owned(),
        line => format!(" {line}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::Machine;

    #[test]
    fn libraries_become_packages_once_each_and_an_unknown_one_is_no_silent_gap() {
        let needs = |libraries: &[&str]| Needs {
            machine: Machine::X86,
            libraries: libraries.iter().map(ToString::to_string).collect(),
            glibc: (2, 34),
        };
        assert_eq!(
            packages(&needs(&["libc.so.6", "libgio-2.0.so.0", "libglib-2.0.so.0"])).unwrap(),
            ["libc6 (>= 2.34)", "libglib2.0-0t64 | libglib2.0-0"]
        );
        let error = packages(&needs(&["libsurprise.so.1"])).unwrap_err();
        assert!(error.to_string().contains("libsurprise.so.1"));
    }

    #[test]
    fn long_paragraphs_are_broken_between_words() {
        let text = wrapped(&"word ".repeat(40));
        assert!(
            text.lines().all(|line| line.len() <= LINE) && text.lines().count() == 3,
            "{text}"
        );
    }

    #[test]
    fn an_empty_line_in_a_field_is_a_dot() {
        assert_eq!(folded("a\n\nb\n"), " a\n .\n b");
    }
}
