//! What a person chose for this profile: `settings.json`.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tidings_engine::view::MediaSettings;
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

/// What a person chose for this profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
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
    /// What is kept and fetched of files.
    pub(crate) media: MediaSettings,
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
        serde_json::from_str(&text).unwrap_or_else(|error| {
            tracing::warn!(%error, "the settings make no sense");
            Settings::default()
        })
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
            media: MediaSettings {
                limit_bytes: 2_000_000_000,
                auto_download_bytes: 0,
            },
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
    }
}
