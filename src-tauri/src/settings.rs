//! What a person chose for this profile: `settings.json`.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tidings_engine::{notify::QuietHours, view::MediaSettings};
use ts_rs::TS;

use crate::profile::write_private_file;

/// Which colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Theme {
    /// As the desktop has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Which language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum Language {
    /// As the desktop has it.
    #[default]
    #[serde(rename = "system")]
    System,
    /// English.
    #[serde(rename = "en")]
    English,
    /// 简体中文
    #[serde(rename = "zh-CN")]
    SimplifiedChinese,
}

/// How large text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum TextSize {
    /// Smaller than usual.
    Small,
    /// Usual.
    #[default]
    Medium,
    /// Larger than usual.
    Large,
}

/// How much of a message a notification shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum NotificationContent {
    /// Who it is from, and what it says.
    #[default]
    NameAndText,
    /// Who it is from.
    NameOnly,
    /// Only that there is something.
    Nothing,
}

/// How strongly things stand out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Contrast {
    /// As the desktop asks.
    #[default]
    System,
    /// High, whatever the desktop asks.
    High,
}

/// How close things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Density {
    /// With room around them.
    #[default]
    Roomy,
    /// Close together.
    Compact,
}

/// Whether things move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Motion {
    /// As the desktop asks.
    #[default]
    System,
    /// As little as possible, whatever the desktop asks.
    Reduced,
}

/// What a person chose for this profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
#[ts(export)]
pub(crate) struct Settings {
    /// Which colours.
    #[ts(type = "'system' | 'light' | 'dark'")]
    pub(crate) theme: Theme,
    /// Which language.
    #[ts(type = "'system' | 'en' | 'zh-CN'")]
    pub(crate) language: Language,
    /// How large text is.
    #[ts(type = "'small' | 'medium' | 'large'")]
    pub(crate) text_size: TextSize,
    /// How strongly things stand out.
    #[ts(type = "'system' | 'high'")]
    pub(crate) contrast: Contrast,
    /// How close things stand.
    #[ts(type = "'roomy' | 'compact'")]
    pub(crate) density: Density,
    /// Whether things move.
    #[ts(type = "'system' | 'reduced'")]
    pub(crate) motion: Motion,
    /// What is kept and fetched of files.
    pub(crate) media: MediaSettings,
    /// How large everything is, percent.
    pub(crate) zoom: u16,
    /// Notifications at all.
    pub(crate) notifications: bool,
    /// How much they show.
    #[ts(type = "'nameAndText' | 'nameOnly' | 'nothing'")]
    pub(crate) notification_content: NotificationContent,
    /// With a sound.
    pub(crate) notification_sound: bool,
    /// Nothing disturbs until this is switched off again.
    pub(crate) do_not_disturb: bool,
    /// Nothing disturbs from `quietFrom` to `quietTo`, each day.
    pub(crate) quiet_hours: bool,
    /// Minutes of the local day.
    pub(crate) quiet_from: u16,
    /// Minutes of the local day; before `quietFrom`: on the next one.
    pub(crate) quiet_to: u16,
    /// Closing the window leaves the app in the tray, where there is one.
    pub(crate) close_to_tray: bool,
    /// The app starts, hidden, when the person signs in to this computer.
    pub(crate) start_at_login: bool,
    /// Ctrl+Alt+M brings the window to the front from anywhere.
    pub(crate) global_shortcut: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            language: Language::default(),
            text_size: TextSize::default(),
            contrast: Contrast::default(),
            density: Density::default(),
            motion: Motion::default(),
            media: MediaSettings::default(),
            zoom: 100,
            notifications: true,
            notification_content: NotificationContent::default(),
            notification_sound: true,
            do_not_disturb: false,
            quiet_hours: false,
            quiet_from: 22 * 60,
            quiet_to: 7 * 60,
            close_to_tray: true,
            start_at_login: false,
            global_shortcut: false,
        }
    }
}

/// The smallest and the largest zoom, percent.
const ZOOM: (u16, u16) = (50, 300);
/// The last minute of a day.
const LAST_MINUTE: u16 = 24 * 60 - 1;

impl Settings {
    /// The same, with every number where it makes sense.
    pub(crate) fn within_bounds(self) -> Self {
        Self {
            zoom: self.zoom.clamp(ZOOM.0, ZOOM.1),
            quiet_from: self.quiet_from.min(LAST_MINUTE),
            quiet_to: self.quiet_to.min(LAST_MINUTE),
            ..self
        }
    }

    /// Whether nothing is to disturb in this minute of the local day.
    pub(crate) fn is_quiet_at(&self, minute: u16) -> bool {
        let hours = QuietHours {
            from: self.quiet_from,
            to: self.quiet_to,
        };
        self.do_not_disturb || (self.quiet_hours && hours.cover(minute))
    }
}

/// The settings' file.
#[derive(Debug, Clone)]
pub(crate) struct SettingsFile {
    path: PathBuf,
}

/// The largest settings file that is read, bytes.
const SETTINGS_BYTES: u64 = 64 * 1024;

impl SettingsFile {
    /// The file of the profile in `dir`.
    pub(crate) fn in_profile(dir: &Path) -> Self {
        Self {
            path: dir.join("settings.json"),
        }
    }

    /// Reads the settings. What is missing or makes no sense is as if nobody had chosen: settings never keep the app
    /// from starting.
    pub(crate) fn load(&self) -> Settings {
        let mut text = String::new();
        match fs::File::open(&self.path).and_then(|file| file.take(SETTINGS_BYTES).read_to_string(&mut text))
        {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Settings::default(),
            Err(error) => {
                tracing::warn!(%error, "the settings cannot be read");
                return Settings::default();
            }
            Ok(_) => {}
        }
        let settings: Settings = serde_json::from_str(&text).unwrap_or_else(|error| {
            tracing::warn!(%error, "the settings make no sense");
            Settings::default()
        });
        settings.within_bounds()
    }

    /// Writes the settings, whole or not at all.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn save(&self, settings: Settings) -> std::io::Result<()> {
        let text = serde_json::to_vec_pretty(&settings)?;
        write_private_file(&self.path, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_as_they_went() {
        let temp = tempfile::tempdir().unwrap();
        let file = SettingsFile::in_profile(temp.path());
        assert_eq!(file.load(), Settings::default());
        let chosen = Settings {
            theme: Theme::Dark,
            language: Language::SimplifiedChinese,
            text_size: TextSize::Large,
            contrast: Contrast::High,
            density: Density::Compact,
            motion: Motion::Reduced,
            media: MediaSettings {
                limit_bytes: 2_000_000_000,
                auto_download_bytes: 0,
            },
            notification_content: NotificationContent::NameOnly,
            ..Settings::default()
        };
        file.save(chosen).unwrap();
        assert_eq!(file.load(), chosen);
        let text = fs::read_to_string(&file.path).unwrap();
        assert!(
            text.contains("\"zh-CN\"") && text.contains("\"textSize\": \"large\""),
            "{text}"
        );
    }

    #[test]
    fn damaged_settings_are_as_if_nobody_had_chosen() {
        let temp = tempfile::tempdir().unwrap();
        let file = SettingsFile::in_profile(temp.path());
        for damaged in ["", "{", "[]", "{\"theme\":\"loud\"}", "\u{0}\u{0}"] {
            fs::write(&file.path, damaged).unwrap();
            assert_eq!(file.load(), Settings::default(), "{damaged:?}");
        }
        fs::write(&file.path, "{\"theme\":\"light\",\"future\":1}").unwrap();
        assert_eq!(file.load().theme, Theme::Light);
        assert!(file.load().notifications && file.load().close_to_tray);
    }

    #[test]
    fn numbers_that_make_no_sense_are_brought_to_their_bounds() {
        let temp = tempfile::tempdir().unwrap();
        let file = SettingsFile::in_profile(temp.path());
        fs::write(&file.path, r#"{"zoom":1,"quietFrom":9999,"quietTo":60}"#).unwrap();
        let loaded = file.load();
        assert_eq!((loaded.zoom, loaded.quiet_from, loaded.quiet_to), (50, 1439, 60));
    }

    #[test]
    fn nothing_disturbs_when_it_was_said_so_or_in_quiet_hours() {
        let settings = Settings::default();
        assert!(!settings.is_quiet_at(23 * 60));
        let nightly = Settings {
            quiet_hours: true,
            ..settings
        };
        assert!(nightly.is_quiet_at(23 * 60) && !nightly.is_quiet_at(12 * 60));
        let silent = Settings {
            do_not_disturb: true,
            ..settings
        };
        assert!(silent.is_quiet_at(12 * 60));
    }
}
