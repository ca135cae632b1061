//! RPM's format, by the `rpm` crate.

use anyhow::Result;
use rpm::{BuildConfig, CompressionWithLevel, Dependency, FileOptions, PackageBuilder};

use crate::package::Package;

/// Writes the package.
pub(crate) fn write(package: &Package) -> Result<Vec<u8>> {
    let config = BuildConfig::v4()
        .source_date(package.time)
        .compression(CompressionWithLevel::Xz(6));
    let machine = package.needs.machine.rpm();
    let mut builder = PackageBuilder::new(
        package.name,
        &package.version,
        "Apache-2.0 OR MIT",
        machine,
        package.summary,
    );
    builder
        .using_config(config)
        .description(package.description.join("\n\n"));
    for need in needs(package) {
        builder.requires(Dependency::any(need));
    }
    for name in package.rpm_recommends {
        builder.recommends(Dependency::any(*name));
    }
    for entry in &package.entries {
        let mode = u16::try_from(entry.mode)?;
        let options = FileOptions::new(format!("/{}", entry.path)).permissions(mode);
        let options = match entry.path.as_str() {
            path if path.starts_with("usr/share/doc/") || path.starts_with("usr/share/man/") => options.doc(),
            _ => options,
        };
        builder.with_file_contents(entry.bytes.clone(), options)?;
    }
    for (name, text) in &package.licences {
        let path = format!("/usr/share/licenses/{}/{name}", package.name);
        builder.with_file_contents(text.clone(), FileOptions::new(path).license())?;
    }
    let mut bytes = Vec::new();
    builder.build()?.write(&mut bytes)?;
    Ok(bytes)
}

/// The libraries, in the words in which rpm's own tools ask for them: they are the same on every distribution.
fn needs(package: &Package) -> Vec<String> {
    let (major, minor) = package.needs.glibc;
    let mut needs: Vec<String> = package
        .needs
        .libraries
        .iter()
        .filter(|library| !library.starts_with("ld-linux"))
        .map(|library| format!("{library}()(64bit)"))
        .collect();
    needs.push(format!("libc.so.6(GLIBC_{major}.{minor})(64bit)"));
    needs
}
