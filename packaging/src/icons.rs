//! The icons: drawn from the SVG sources by `rsvg-convert`, packed for Windows and macOS.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, bail};

/// The name under which a desktop knows the app.
pub(crate) const ID: &str = "im.tidings.desktop";

/// Up to this size the source with fewer lines is drawn.
const SMALL: u32 = 24;

/// The sizes that desktops ask for.
const HICOLOR: [u32; 9] = [16, 22, 24, 32, 48, 64, 128, 256, 512];

/// What is in `icon.ico`.
const ICO: [u32; 6] = [16, 24, 32, 48, 64, 256];

/// What is in `icon.icns`, each with its code.
const ICNS: [(&[u8; 4], u32); 9] = [
    (b"icp4", 16),
    (b"icp5", 32),
    (b"ic11", 32),
    (b"ic12", 64),
    (b"ic07", 128),
    (b"ic13", 256),
    (b"ic08", 256),
    (b"ic14", 512),
    (b"ic09", 512),
];

/// Where each icon goes below `/usr/share/icons/hicolor`, and the file in the repository that it is.
pub(crate) fn hicolor() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = HICOLOR
        .iter()
        .map(|size| {
            (
                format!("{size}x{size}/apps/{ID}.png"),
                format!("icons/{size}x{size}.png"),
            )
        })
        .collect();
    files.push((format!("scalable/apps/{ID}.svg"), "icons/tidings.svg".to_owned()));
    files.push((
        format!("symbolic/apps/{ID}-symbolic.svg"),
        "icons/tidings-symbolic.svg".to_owned(),
    ));
    files
}

/// Draws every icon anew.
pub(crate) fn draw(root: &Path) -> Result<()> {
    let icons = root.join("icons");
    for size in HICOLOR {
        fs::write(icons.join(format!("{size}x{size}.png")), png(&icons, size)?)?;
    }
    // As Tauri calls the one of twice 128.
    fs::write(icons.join("128x128@2x.png"), png(&icons, 256)?)?;
    let of_ico = ICO
        .iter()
        .map(|size| Ok((*size, png(&icons, *size)?)))
        .collect::<Result<Vec<_>>>()?;
    fs::write(icons.join("icon.ico"), ico(&of_ico)?)?;
    let of_icns = ICNS
        .iter()
        .map(|(code, size)| Ok((*code, png(&icons, *size)?)))
        .collect::<Result<Vec<_>>>()?;
    fs::write(icons.join("icon.icns"), icns(&of_icns)?)?;
    println!("{} is drawn.", icons.display());
    Ok(())
}

fn png(icons: &Path, size: u32) -> Result<Vec<u8>> {
    let source = if size <= SMALL {
        "tidings-small.svg"
    } else {
        "tidings.svg"
    };
    let size = size.to_string();
    let output = Command::new("rsvg-convert")
        .args(["--width", &size, "--height", &size])
        .arg(icons.join(source))
        .output()
        .context("rsvg-convert draws the icons (apt install librsvg2-bin)")?;
    if !output.status.success() {
        bail!("rsvg-convert: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(output.stdout)
}

/// Windows' format: a table of places, then the pictures.
fn ico(pictures: &[(u32, Vec<u8>)]) -> Result<Vec<u8>> {
    let mut out = vec![0, 0, 1, 0];
    out.extend(u16::try_from(pictures.len())?.to_le_bytes());
    let mut place = 6 + 16 * pictures.len();
    for (size, png) in pictures {
        // 256 does not fit into the byte and is written as 0.
        let side = u8::try_from(*size).unwrap_or(0);
        out.extend([side, side, 0, 0, 1, 0, 32, 0]);
        out.extend(u32::try_from(png.len())?.to_le_bytes());
        out.extend(u32::try_from(place)?.to_le_bytes());
        place += png.len();
    }
    for (_, png) in pictures {
        out.extend(png);
    }
    Ok(out)
}

/// macOS' format: pictures, each behind its code and its length.
fn icns(pictures: &[(&[u8; 4], Vec<u8>)]) -> Result<Vec<u8>> {
    let length: usize = pictures.iter().map(|(_, png)| png.len() + 8).sum();
    let mut out = b"icns".to_vec();
    out.extend(u32::try_from(length + 8)?.to_be_bytes());
    for (code, png) in pictures {
        out.extend(*code);
        out.extend(u32::try_from(png.len() + 8)?.to_be_bytes());
        out.extend(png);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_an_ico_are_behind_its_table() {
        let out = ico(&[(16, vec![1; 3]), (256, vec![2; 5])]).unwrap();
        assert_eq!(out.len(), 6 + 32 + 8);
        assert_eq!(out[6..8], [16, 16]);
        assert_eq!(out[18..22], 38_u32.to_le_bytes());
        assert_eq!(out[22..24], [0, 0]);
        assert_eq!(out[34..38], 41_u32.to_le_bytes());
        assert_eq!(out[41..], [2; 5]);
    }

    #[test]
    fn an_icns_says_its_own_length() {
        let out = icns(&[(b"icp4", vec![1; 3]), (b"icp5", vec![2; 5])]).unwrap();
        assert_eq!(out[4..8], 32_u32.to_be_bytes());
        assert_eq!(out.len(), 32);
    }

    #[test]
    fn every_icon_of_the_packages_is_in_the_repository() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for (_, file) in hicolor() {
            assert!(root.join(&file).is_file(), "{file}");
        }
    }
}
