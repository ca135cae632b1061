//! Where the window was and how large: `window.json` in the profile.

use std::{fs, io::Read, path::Path};

use serde::{Deserialize, Serialize};

use crate::profile::write_private_file;

/// A rectangle, physical pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Area {
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// What is remembered of the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct WindowPlace {
    /// Where it is when it is not maximised.
    pub(crate) area: Option<Area>,
    /// It fills its monitor.
    pub(crate) is_maximised: bool,
    /// It was said already that closing the window leaves the app in the tray.
    pub(crate) has_explained_tray: bool,
}

/// The largest file that is read, bytes.
const FILE_BYTES: u64 = 4 * 1024;
/// So much of the title bar has to be on a monitor for a hand to get hold of it, pixels.
const GRIP: (i32, i32) = (96, 24);

impl WindowPlace {
    /// Reads it; what makes no sense is as if nothing were remembered.
    pub(crate) fn load(profile: &Path) -> Self {
        let mut text = String::new();
        let read = fs::File::open(profile.join("window.json"))
            .and_then(|file| file.take(FILE_BYTES).read_to_string(&mut text));
        match read {
            Ok(_) => serde_json::from_str(&text).unwrap_or_default(),
            Err(_) => Self::default(),
        }
    }

    /// Writes it. That it cannot be written matters to nobody but the log.
    pub(crate) fn save(self, profile: &Path) {
        let written = serde_json::to_vec_pretty(&self)
            .map_err(std::io::Error::other)
            .and_then(|text| write_private_file(&profile.join("window.json"), &text));
        if let Err(error) = written {
            tracing::warn!(%error, "the window's place cannot be kept");
        }
    }
}

/// The area on one of these monitors' work areas, the first of which is the primary one: as it is where a hand can still get
/// hold of it, else in the middle of the primary one; never larger than the monitor. Nothing without monitors.
pub(crate) fn fitted(area: Area, monitors: &[Area]) -> Option<Area> {
    let grip = |monitor: &&Area| {
        let span = |at: i32, size: u32, from: i32, length: u32| {
            let end = |at: i32, size: u32| i64::from(at) + i64::from(size);
            end(at, size).min(end(from, length)) - i64::from(at.max(from))
        };
        let across = span(area.x, area.width, monitor.x, monitor.width);
        let top = i64::from(area.y) - i64::from(monitor.y);
        let has_top = top >= -i64::from(GRIP.1) && top + i64::from(GRIP.1) <= i64::from(monitor.height);
        across >= i64::from(GRIP.0) && has_top
    };
    let held = monitors.iter().find(grip);
    let monitor = held.or(monitors.first())?;
    let (width, height) = (area.width.min(monitor.width), area.height.min(monitor.height));
    if held.is_some() {
        return Some(Area {
            width,
            height,
            ..area
        });
    }
    let middle = |from: i32, length: u32, size: u32| from.saturating_add(((length - size) / 2) as i32);
    Some(Area {
        x: middle(monitor.x, monitor.width, width),
        y: middle(monitor.y, monitor.height, height),
        width,
        height,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn area(x: i32, y: i32, width: u32, height: u32) -> Area {
        Area { x, y, width, height }
    }

    #[test]
    fn the_window_is_never_off_the_screen() {
        let one = [area(0, 0, 1600, 1000)];
        let two = [area(0, 0, 1600, 1000), area(1600, 0, 1280, 1024)];
        let window = area(1700, 50, 800, 600);
        for (monitors, window, expected) in [
            (&two[..], window, window),
            // The second monitor is gone.
            (&one[..], window, area(400, 200, 800, 600)),
            (&one, area(100, 100, 800, 600), area(100, 100, 800, 600)),
            // Half out to the side, but a hand gets hold of it.
            (&one, area(-400, 100, 800, 600), area(-400, 100, 800, 600)),
            (&one, area(-790, 100, 800, 600), area(400, 200, 800, 600)),
            (&one, area(100, -300, 800, 600), area(400, 200, 800, 600)),
            (&one, area(100, 990, 800, 600), area(400, 200, 800, 600)),
            // Larger than there is room.
            (&one, area(0, 0, 4000, 3000), area(0, 0, 1600, 1000)),
            (
                &one,
                area(i32::MAX, i32::MIN, u32::MAX, u32::MAX),
                area(0, 0, 1600, 1000),
            ),
        ] {
            assert_eq!(fitted(window, monitors), Some(expected), "{window:?}");
        }
        assert_eq!(fitted(window, &[]), None);
    }

    #[test]
    fn the_place_comes_back_and_damage_is_as_if_nothing_were_remembered() {
        let temp = tempfile::tempdir().unwrap();
        assert_eq!(WindowPlace::load(temp.path()), WindowPlace::default());
        let place = WindowPlace {
            area: Some(area(1, -2, 3, 4)),
            is_maximised: true,
            has_explained_tray: true,
        };
        place.save(temp.path());
        assert_eq!(WindowPlace::load(temp.path()), place);
        for damaged in ["", "[]", "{\"area\":{\"x\":1}}", "\u{0}"] {
            fs::write(temp.path().join("window.json"), damaged).unwrap();
            assert_eq!(
                WindowPlace::load(temp.path()),
                WindowPlace::default(),
                "{damaged}"
            );
        }
    }
}
