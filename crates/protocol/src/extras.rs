//! What goes with a message beside its payload, and what became of it after it was stored. Few messages have either.

use serde::{Deserialize, Serialize};

use crate::{UserId, limits};

/// What the sender sent along.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extras {
    /// How the receivers' devices are to tell of it (R-S5 to R-S7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<PushInfo>,
    /// TIM's cloudCustomData, opaque here, at most [`limits::CUSTOM_BYTES`]. Tidings keeps quoted replies in it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub custom: String,
    /// TIM's atUserList: user ids, or [`EVERYBODY`]; at most [`limits::MENTIONS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<String>,
}

/// Stands for all members in [`Extras::at`], as TIM writes it.
pub const EVERYBODY: &str = "__kImSDK_MesssageAtALL__";

/// TIM's offlinePushInfo. Each text at most [`limits::PUSH_INFO_BYTES`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PushInfo {
    /// The notification's title.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The notification's text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Handed back on a click.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub extension: String,
    /// No notification.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub disable: bool,
    /// The badge does not count it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ignore_ios_badge: bool,
    /// Kept for phones.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub android_oppo_channel_id: String,
}

/// Why extras are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExtrasError {
    /// A text or a list over its limit.
    #[error("what goes with the message is over its limit")]
    TooLarge,
    /// Neither a user id nor [`EVERYBODY`].
    #[error("somebody mentioned has no user id")]
    Mention,
}

impl Extras {
    /// Nothing goes along.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Checks the limits.
    ///
    /// # Errors
    /// See [`ExtrasError`].
    pub fn check(&self) -> Result<(), ExtrasError> {
        let push = self.push.iter().flat_map(|push| {
            [
                &push.title,
                &push.description,
                &push.extension,
                &push.android_oppo_channel_id,
            ]
        });
        if self.custom.len() > limits::CUSTOM_BYTES
            || self.at.len() > limits::MENTIONS
            || push.into_iter().any(|text| text.len() > limits::PUSH_INFO_BYTES)
        {
            return Err(ExtrasError::TooLarge);
        }
        let known = |at: &String| at == EVERYBODY || UserId::new(at.as_str()).is_ok();
        if !self.at.iter().all(known) {
            return Err(ExtrasError::Mention);
        }
        Ok(())
    }
}

/// What became of a message after it was stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Altered {
    /// Who recalled it. Its payload is `{}` then, and nothing else of it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recalled_by: Option<UserId>,
    /// Its sender has changed the text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub edited: bool,
    /// The reactions, those that came first first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
}

impl Altered {
    /// Nothing became of it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One kind of reaction to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// At most [`limits::REACTION_BYTES`].
    pub emoji: String,
    /// Who, those who came first first; at most [`limits::REACTION_PEOPLE`].
    pub users: Vec<UserId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extras_keep_their_limits() {
        let with = |change: fn(&mut Extras)| {
            let mut extras = Extras::default();
            change(&mut extras);
            extras.check()
        };
        assert_eq!(with(|_| ()), Ok(()));
        assert_eq!(
            with(|extras| extras.at = vec!["ann".into(), EVERYBODY.into()]),
            Ok(())
        );
        assert_eq!(
            with(|extras| extras.at = vec![String::new()]),
            Err(ExtrasError::Mention)
        );
        assert_eq!(
            with(|extras| extras.custom = "x".repeat(limits::CUSTOM_BYTES + 1)),
            Err(ExtrasError::TooLarge)
        );
        assert_eq!(
            with(|extras| {
                extras.push = Some(PushInfo {
                    title: "x".repeat(limits::PUSH_INFO_BYTES + 1),
                    ..PushInfo::default()
                });
            }),
            Err(ExtrasError::TooLarge)
        );
    }

    #[test]
    fn r_s5_push_info_leaves_out_what_is_not_set() {
        let text = r#"{"push":{"disable":true}}"#;
        let extras: Extras = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&extras).unwrap(), text);
    }
}
