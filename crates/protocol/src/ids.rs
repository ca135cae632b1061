//! Ids. Each is checked where it enters, so that code behind can rely on its form.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::limits;

/// Why a text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Empty.
    #[error("the id is empty")]
    Empty,
    /// Over its limit.
    #[error("the id has {0} bytes, at most {1} are allowed")]
    TooLong(usize, usize),
    /// Holds a character that its grammar does not allow.
    #[error("the id holds a character that is not allowed")]
    Character,
    /// Not of the form `C2C…`, `GROUP…` or `@TIM#SYSTEM` (R-H2).
    #[error("not a conversation id")]
    Conversation,
}

macro_rules! text_id {
    ($name:ident) => {
        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }
        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

fn bounded(text: &str, most: usize) -> Result<(), IdError> {
    if text.is_empty() {
        Err(IdError::Empty)
    } else if text.len() > most {
        Err(IdError::TooLong(text.len(), most))
    } else {
        Ok(())
    }
}

/// A user's id: 1 to 32 bytes of printable ASCII, 0x20 to 0x7e (R 1.16), not starting or ending with a space.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId(String);

impl UserId {
    /// Takes `text` as a user id.
    ///
    /// # Errors
    /// When it is empty, too long, or holds a character outside printable ASCII.
    pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
        let text = text.into();
        bounded(&text, limits::USER_ID_BYTES)?;
        let printable = text.bytes().all(|byte| (0x20..=0x7e).contains(&byte));
        if !printable || text.starts_with(' ') || text.ends_with(' ') {
            return Err(IdError::Character);
        }
        Ok(Self(text))
    }
}
text_id!(UserId);

/// A group's id: 1 to 48 bytes of printable ASCII.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GroupId(String);

impl GroupId {
    /// Takes `text` as a group id.
    ///
    /// # Errors
    /// As [`UserId::new`].
    pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
        let text = text.into();
        bounded(&text, limits::GROUP_ID_BYTES)?;
        if !text.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) {
            return Err(IdError::Character);
        }
        Ok(Self(text))
    }
}
text_id!(GroupId);

/// What the sender's device calls a message: unique in (conversation, sender), so that sending twice stores
/// once (H34). 1 to 36 bytes of `0-9 a-z A-Z -`; Tidings uses UUIDs of version 7.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientId(String);

impl ClientId {
    /// Takes `text` as a client id.
    ///
    /// # Errors
    /// As [`UserId::new`].
    pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
        let text = text.into();
        bounded(&text, limits::CLIENT_ID_BYTES)?;
        if !text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            return Err(IdError::Character);
        }
        Ok(Self(text))
    }

    pub(crate) fn from_uuid(id: uuid::Uuid) -> Self {
        Self(id.to_string())
    }
}
text_id!(ClientId);

/// A conversation, seen from one user: `C2C` and the other's id, `GROUP` and the group's id, or `@TIM#SYSTEM`
/// (R-H2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ConversationId {
    /// With one other user (or with oneself: notes).
    C2c(UserId),
    /// With a group.
    Group(GroupId),
    /// The user's own system notices.
    System,
}

impl FromStr for ConversationId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        if text == "@TIM#SYSTEM" {
            Ok(Self::System)
        } else if let Some(user) = text.strip_prefix("C2C") {
            UserId::new(user).map(Self::C2c)
        } else if let Some(group) = text.strip_prefix("GROUP") {
            GroupId::new(group).map(Self::Group)
        } else {
            Err(IdError::Conversation)
        }
    }
}

impl fmt::Display for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::C2c(user) => write!(f, "C2C{user}"),
            Self::Group(group) => write!(f, "GROUP{group}"),
            Self::System => f.write_str("@TIM#SYSTEM"),
        }
    }
}

impl TryFrom<String> for ConversationId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<ConversationId> for String {
    fn from(id: ConversationId) -> String {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_is_at_most_32_bytes_of_printable_ascii() {
        assert!(UserId::new("a".repeat(32)).is_ok());
        assert_eq!(UserId::new("a".repeat(33)), Err(IdError::TooLong(33, 32)));
        assert_eq!(UserId::new(""), Err(IdError::Empty));
        for bad in ["é", "a\u{0}", "a\u{7f}", " a", "a ", "аdmin"] {
            assert_eq!(UserId::new(bad), Err(IdError::Character), "{bad:?}");
        }
        assert!(UserId::new("Ann O'Hara ~!").is_ok());
    }

    #[test]
    fn r_h2_conversation_ids_come_back_as_they_went() {
        for text in ["C2Cbob", "C2CC2C", "GROUP@TGS#1", "@TIM#SYSTEM"] {
            let id: ConversationId = text.parse().unwrap();
            assert_eq!(id.to_string(), text);
        }
        for bad in ["", "bob", "C2C", "GROUP", "c2cbob", "@TIM#SYSTEMx"] {
            assert!(bad.parse::<ConversationId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_client_id_takes_uuids_and_no_quotes() {
        assert!(ClientId::new("01934b0a-7d0e-7cc0-a7c1-2b7a0e3b6a11").is_ok());
        assert!(ClientId::new("a'b").is_err());
        assert!(ClientId::new("a".repeat(37)).is_err());
    }
}
