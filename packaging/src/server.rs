//! The server's package.

use anyhow::Result;

use crate::{
    elf,
    package::{Package, Source},
};

/// Puts the package together.
pub(crate) fn package(source: &Source<'_>) -> Result<Package> {
    let program = source.program("tidings-server")?;
    let mut package = Package {
        name: "tidings-server",
        version: source.version.to_owned(),
        time: source.time,
        section: "net",
        summary: "server that hosts a Tidings space",
        description: &[
            "One program that hosts a space for the messenger Tidings: accounts, conversations, groups. It listens on 127.0.0.1:8470; put a TLS proxy in front of it for anything beyond this computer.",
        ],
        needs: elf::needs(&program)?,
        depends: &["adduser", "init-system-helpers (>= 1.54~)"],
        recommends: &[],
        suggests: &["caddy | nginx"],
        rpm_recommends: &[],
        licences: Vec::new(),
        entries: Vec::new(),
        scripts: Vec::new(),
    };
    package.add_as("usr/bin/tidings-server", program, 0o755);
    package.add(
        "etc/tidings-server/config.toml",
        source.read("packaging/server/config.toml")?,
    );
    package.add(
        "usr/lib/systemd/system/tidings-server.service",
        source.read("packaging/server/tidings-server.service")?,
    );
    package.add_gz(
        "usr/share/man/man1/tidings-server.1",
        &source.text("packaging/server/tidings-server.1")?,
    )?;
    for script in ["postinst", "prerm", "postrm"] {
        package
            .scripts
            .push((script, source.text(&format!("packaging/server/{script}"))?));
    }
    package.add_papers(source)?;
    Ok(package)
}
