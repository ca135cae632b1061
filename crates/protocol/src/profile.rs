//! What people see of each other.

use serde::{Deserialize, Serialize};

use crate::{UserId, limits};

/// A user's public profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Whose.
    pub user_id: UserId,
    /// The name to show; empty means: show the id.
    pub nick: String,
    /// Which of the app's avatar colours, 0 to 11; `None` means: made from the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_colour: Option<u8>,
}

impl Profile {
    /// The profile with everything cut to its limits: what came from a hostile server becomes harmless.
    #[must_use]
    pub fn within_limits(mut self) -> Self {
        let cut = cut_text(&self.nick, limits::NICK_BYTES).len();
        self.nick.truncate(cut);
        self.avatar_colour = self.avatar_colour.filter(|colour| *colour < 12);
        self
    }
}

/// The avatar colour of somebody, or of a group, without a chosen one: made from the id, 0 to 11, the same on every device (FNV-1a).
/// The page makes it in the same way.
pub fn colour_of_id(id: &str) -> u8 {
    let hash = id.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    u8::try_from(hash % 12).unwrap_or(0)
}

/// The longest start of `text` that has at most `most` bytes and does not end inside a character.
pub fn cut_text(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_avatar_has_the_colour_that_the_page_makes_of_the_same_id() {
        assert_eq!(["ann", "bob", "@TGS#1", "名"].map(colour_of_id), [8, 8, 7, 11]);
    }

    #[test]
    fn a_name_of_5000_characters_is_cut_between_characters() {
        let profile = Profile {
            user_id: UserId::new("ann").unwrap(),
            nick: "名".repeat(5000),
            avatar_colour: Some(200),
        }
        .within_limits();
        assert_eq!(profile.nick, "名".repeat(limits::NICK_BYTES / 3));
        assert_eq!(profile.avatar_colour, None);
    }
}
