//! What a host can choose. Every field has a default, so an empty file is a whole configuration.

use serde::Deserialize;
use tidings_protocol::{MediaLimits, RegistrationPolicy};

use crate::address::Network;
use crate::limits;

/// How hard the disk is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Synchronous {
    /// An acknowledged message survives a power cut.
    #[default]
    Full,
    /// An acknowledged message survives the end of the process, but perhaps not a power cut.
    Normal,
}

impl Synchronous {
    pub(crate) fn pragma(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Normal => "NORMAL",
        }
    }
}

/// A token bucket: so many at once, then so many a minute.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// How many at once.
    pub burst: u32,
    /// How many come back in a minute.
    pub per_minute: u32,
}

impl From<(u32, u32)> for Allowance {
    fn from((burst, per_minute): (u32, u32)) -> Self {
        Self { burst, per_minute }
    }
}

/// Limits that depend on how large a space is meant to be. The defaults are in [`limits`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Connections of one listener at the same time.
    pub connections: usize,
    /// Connections of one address, or of a /64 of IPv6, at the same time. This computer's own addresses are not counted.
    pub connections_per_address: usize,
    /// People in the space.
    pub people: u64,
    /// Devices of one user; the one not seen for the longest time goes.
    pub devices_per_user: u32,
    /// Conversations that a user may be in and still begin another.
    pub conversations_per_user: u32,
    /// Failed sign-ins of one user.
    pub sign_in_user: Allowance,
    /// Failed sign-ins from one address, or from a /64 of IPv6.
    pub sign_in_address: Allowance,
    /// Registrations from one address, or from a /64 of IPv6, and failed ones.
    pub register_address: Allowance,
    /// Look-ups of people (searches, profiles asked for in vain, first messages to somebody) by one user (H40).
    pub lookups: Allowance,
    /// Messages of one user (H39).
    pub sends: Allowance,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: limits::CONNECTIONS,
            connections_per_address: limits::CONNECTIONS_PER_ADDRESS,
            people: limits::PEOPLE,
            devices_per_user: limits::DEVICES_PER_USER,
            conversations_per_user: limits::CONVERSATIONS_PER_USER,
            sign_in_user: limits::SIGN_IN_USER.into(),
            sign_in_address: limits::SIGN_IN_ADDRESS.into(),
            register_address: limits::REGISTER_ADDRESS.into(),
            lookups: limits::LOOKUPS.into(),
            sends: limits::SENDS.into(),
        }
    }
}

/// Files: how large, how many, for how long, and where. The defaults are in [`limits`] and [`tidings_protocol::limits`].
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Media {
    /// An image, bytes (R-I6).
    pub image_bytes: u64,
    /// A video, bytes (R-V6).
    pub video_bytes: u64,
    /// A file, bytes (R-F2).
    pub file_bytes: u64,
    /// A voice message, bytes (R-A4).
    pub sound_bytes: u64,
    /// What one user's files may take together, bytes; 0: as much as there is room for.
    pub quota_bytes: u64,
    /// Uploads of one user that are not finished.
    pub unfinished_uploads: u32,
    /// How long an upload may rest, hours; then it is removed.
    pub upload_hours: u32,
    /// How long a file waits for a message that has it, hours; then it is removed.
    pub unused_hours: u32,
    /// Uploads and downloads of one user at the same time.
    pub transfers_per_user: u32,
    /// An object store for the bytes; without it they are in the data folder.
    pub s3: Option<S3>,
}

/// An object store that speaks S3. Only the server speaks with it: clients never get an address in it (H30).
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    /// Where it is, for example `https://s3.example.org`.
    pub endpoint: String,
    /// The bucket, which is this space's alone.
    pub bucket: String,
    /// The region.
    #[serde(default = "S3::usual_region")]
    pub region: String,
    /// The key's id.
    pub access_key_id: String,
    /// The key.
    pub secret_access_key: String,
    /// Whether an endpoint without TLS is taken, as on this very computer.
    #[serde(default)]
    pub allow_http: bool,
}

impl S3 {
    fn usual_region() -> String {
        "us-east-1".to_owned()
    }
}

impl Default for Media {
    fn default() -> Self {
        let sizes = MediaLimits::default();
        Self {
            image_bytes: sizes.image_bytes,
            video_bytes: sizes.video_bytes,
            file_bytes: sizes.file_bytes,
            sound_bytes: sizes.sound_bytes,
            quota_bytes: limits::QUOTA_BYTES,
            unfinished_uploads: limits::UNFINISHED_UPLOADS,
            upload_hours: limits::UPLOAD_HOURS,
            unused_hours: limits::UNUSED_HOURS,
            transfers_per_user: limits::TRANSFERS_PER_USER,
            s3: None,
        }
    }
}

impl Media {
    /// The sizes, as clients learn them.
    pub fn sizes(&self) -> MediaLimits {
        MediaLimits {
            image_bytes: self.image_bytes,
            video_bytes: self.video_bytes,
            file_bytes: self.file_bytes,
            sound_bytes: self.sound_bytes,
        }
    }
}

/// The configuration, as the TOML file has it.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The space's name, as people see it.
    pub space_name: String,
    /// Who may make an account.
    pub registration: RegistrationPolicy,
    /// TIM's SDKAppID; UserSig must name it.
    pub sdk_app_id: Option<u64>,
    /// The key of UserSig; without it no UserSig is taken.
    pub user_sig_key: Option<String>,
    /// How hard the disk is asked.
    pub synchronous: Synchronous,
    /// Further `Origin`s that may open the WebSocket, for example `https://chat.example.org` (H41).
    pub origins: Vec<String>,
    /// The reverse proxies whose `X-Forwarded-For` is believed, for example `["127.0.0.1", "10.0.0.0/8"]`. Without them, everybody who comes
    /// through a proxy counts as one address.
    pub trusted_proxies: Vec<Network>,
    /// How long the sender may recall a message, seconds; 0: as long as it is kept (R-K2).
    pub recall_seconds: u32,
    /// How long the sender may edit a text, seconds; 0: as long as it is kept.
    pub edit_seconds: u32,
    /// Whether a group's owner and administrators may recall what members sent, at any time (R-K7).
    pub admins_recall: bool,
    /// How long messages are kept, days; 0: for ever (R-H6).
    pub roaming_days: u32,
    /// Messages of a group that are pushed whatever their priority, a second (R-C3); above it those of the priorities Low and Lowest are left
    /// for their readers to fetch. 0: all are pushed.
    pub group_messages_per_second: u32,
    /// Whether small groups say how many have read a message.
    pub group_read_counts: bool,
    /// See [`Limits`].
    pub limits: Limits,
    /// See [`Media`].
    pub media: Media,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            space_name: "Tidings".to_owned(),
            registration: RegistrationPolicy::default(),
            sdk_app_id: None,
            user_sig_key: None,
            synchronous: Synchronous::default(),
            origins: Vec::new(),
            trusted_proxies: Vec::new(),
            recall_seconds: limits::RECALL_SECONDS,
            edit_seconds: limits::EDIT_SECONDS,
            admins_recall: false,
            roaming_days: limits::ROAMING_DAYS,
            group_messages_per_second: limits::GROUP_MESSAGES_PER_SECOND,
            group_read_counts: true,
            limits: Limits::default(),
            media: Media::default(),
        }
    }
}

impl Config {
    /// Reads a configuration from TOML.
    ///
    /// # Errors
    /// What is wrong, in words for the host. Never holds the key.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        let config: Self = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        if config.space_name.len() > tidings_protocol::limits::SPACE_NAME_BYTES {
            return Err("space_name is too long".to_owned());
        }
        if config.user_sig_key.is_some() != config.sdk_app_id.is_some() {
            return Err("user_sig_key and sdk_app_id belong together".to_owned());
        }
        if config.user_sig_key.as_ref().is_some_and(|key| key.len() < 16) {
            return Err("user_sig_key is too short: at least 16 bytes".to_owned());
        }
        if config.media.s3.is_some() && !cfg!(feature = "s3") {
            return Err("this server was built without S3: build it with --features s3".to_owned());
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_a_whole_configuration() {
        let config = Config::from_toml("").unwrap();
        assert_eq!(config.registration, RegistrationPolicy::Invite);
        assert_eq!(config.synchronous, Synchronous::Full);
    }

    #[test]
    fn a_misspelt_field_is_an_error_and_not_ignored() {
        assert!(Config::from_toml("registation = \"open\"").is_err());
        assert!(Config::from_toml("[limits]\npeople = 5\n").is_ok());
        assert!(Config::from_toml("[media]\nimage_byte = 5\n").is_err());
        let media = Config::from_toml("[media]\nimage_bytes = 5\n").unwrap().media;
        assert_eq!(media.sizes().image_bytes, 5);
        assert_eq!(media.sizes().sound_bytes, MediaLimits::default().sound_bytes);
        assert!(Config::from_toml("user_sig_key = \"0123456789abcdef\"").is_err());
        let proxies = Config::from_toml("trusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]");
        assert_eq!(proxies.unwrap().trusted_proxies.len(), 2);
        assert!(Config::from_toml("trusted_proxies = [\"localhost\"]").is_err());
    }

    /// The example of the packages, with each setting in force that is commented out there.
    fn example() -> String {
        let lines = include_str!("../../../packaging/server/config.toml").lines();
        let settings = lines.map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') => setting,
            _ => line,
        });
        settings.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_example_of_the_packages_has_every_key_with_its_default() {
        let text = example();
        let (config, default) = (Config::from_toml(&text).unwrap(), Config::default());
        assert_eq!(config.limits, default.limits);
        assert_eq!(config.media.sizes(), default.media.sizes());
        assert_eq!(config.media.quota_bytes, default.media.quota_bytes);
        assert_eq!(config.space_name, default.space_name);
        assert_eq!(config.registration, default.registration);
        assert_eq!(config.synchronous, default.synchronous);
        assert_eq!(config.roaming_days, default.roaming_days);
        // Serde names what it would have taken.
        for table in ["", "[limits]\n", "[media]\n"] {
            let Err(words) = Config::from_toml(&format!("{table}zzz = 1")) else {
                panic!("zzz is no setting")
            };
            let keys: Vec<&str> = words.split('`').skip(3).step_by(2).collect();
            assert!(keys.len() > 8, "{words}");
            for key in keys {
                let starts = [format!("{key} ="), format!("[{key}]"), format!("# [media.{key}]")];
                let is_there = text
                    .lines()
                    .any(|line| starts.iter().any(|start| line.starts_with(start)));
                assert!(is_there, "{key} is not in packaging/server/config.toml");
            }
        }
    }
}
