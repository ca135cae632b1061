//! Messages and their payloads.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{Altered, ClientId, ConversationId, Extras, GroupId, MediaPayload, UserId, limits};

/// Which kind of conversation a message belongs to, in TIM's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ConversationKind {
    /// Between two users.
    C2C,
    /// In a group.
    GROUP,
    /// A system notice.
    #[serde(rename = "@TIM#SYSTEM")]
    System,
}

/// A message's priority in a group above its rate (R-C3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Priority {
    /// First.
    High,
    /// The default.
    #[default]
    Normal,
    /// After Normal.
    Low,
    /// Last.
    Lowest,
}

impl Priority {
    /// Whether this is the default, which the wire leaves out.
    pub fn is_normal(&self) -> bool {
        *self == Self::Normal
    }
}

/// The type of a message, by TIM's names (R-M2). The store keeps the text, so a type that a newer version
/// knows survives.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageType(String);

impl MessageType {
    /// TIM's name of a text message.
    pub const TEXT: &str = "TIMTextElem";
    /// TIM's name of a custom message.
    pub const CUSTOM: &str = "TIMCustomElem";
    /// TIM's name of a face message.
    pub const FACE: &str = "TIMFaceElem";
    /// TIM's name of an image.
    pub const IMAGE: &str = "TIMImageElem";
    /// TIM's name of a video.
    pub const VIDEO: &str = "TIMVideoFileElem";
    /// TIM's name of a file.
    pub const FILE: &str = "TIMFileElem";
    /// TIM's name of a voice message.
    pub const SOUND: &str = "TIMSoundElem";
    /// TIM's name of a tip in a group's log.
    pub const GROUP_TIP: &str = "TIMGroupTipElem";
    /// TIM's name of a notice in the system conversation.
    pub const NOTICE: &str = "TIMGroupSystemNoticeElem";

    /// Whether only a server writes it.
    pub fn is_of_the_server(&self) -> bool {
        matches!(self.as_str(), Self::GROUP_TIP | Self::NOTICE)
    }

    /// The type of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// A text message's type.
    pub fn text() -> Self {
        Self(Self::TEXT.to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A message as the server stores and pushes it. The same bytes go to everybody in the conversation, so it says
/// `from` and `to` and leaves it to each side which conversation that is for them: see [`Message::conversation_for`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Message {
    /// C2C, GROUP or system.
    pub kind: ConversationKind,
    /// Who sent it; set by the server (H31).
    pub from: UserId,
    /// The user or group it went to.
    pub to: String,
    /// Its place in the conversation: 1, 2, 3, … without holes.
    pub seq: u64,
    /// The conversation's revision at the last change of this message.
    pub revision: u64,
    /// Milliseconds since 1970 by the server's clock. For showing, never for ordering.
    pub time: i64,
    /// What the sender's device calls it.
    pub client_id: ClientId,
    /// TIM's random (R-C7).
    pub random: u32,
    /// TIM's client sequence (R-C7).
    pub client_seq: u32,
    /// TIM's element type.
    #[serde(rename = "type")]
    pub message_type: MessageType,
    /// The payload, as the JSON that came.
    pub payload: Box<RawValue>,
    /// R-C3.
    #[serde(default, skip_serializing_if = "Priority::is_normal")]
    pub priority: Priority,
    /// The payload was cut for a preview; the whole one is in the history.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// What the sender sent along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extras: Option<Box<Extras>>,
    /// What became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub altered: Option<Box<Altered>>,
}

impl Message {
    /// Which conversation this message belongs to for `me`; `None` when it is not one of mine, or malformed.
    pub fn conversation_for(&self, me: &UserId) -> Option<ConversationId> {
        match self.kind {
            ConversationKind::C2C => {
                let to = UserId::new(self.to.as_str()).ok()?;
                if self.from == *me {
                    Some(ConversationId::C2c(to))
                } else if to == *me {
                    Some(ConversationId::C2c(self.from.clone()))
                } else {
                    None
                }
            }
            ConversationKind::GROUP => GroupId::new(self.to.as_str()).ok().map(ConversationId::Group),
            ConversationKind::System => Some(ConversationId::System),
        }
    }
}

/// Why a payload is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// Not the JSON that its type asks for (90002).
    #[error("the payload does not have the form of its type")]
    Form,
    /// A text message without text (R-T3).
    #[error("the text is empty")]
    Empty,
    /// Over [`limits::MESSAGE_BYTES`] (80002).
    #[error("the message has {0} bytes, at most {max} are allowed", max = limits::MESSAGE_BYTES)]
    TooLarge(usize),
    /// A type that this version does not send or store (90010).
    #[error("this type of message is not supported")]
    Type,
}

#[derive(Deserialize)]
struct TextPayload {
    text: String,
}

/// R-U2: texts only; what is left out is empty.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct CustomPayload {
    data: String,
    description: String,
    extension: String,
}

/// R-E1.
#[derive(Deserialize)]
struct FacePayload {
    #[serde(rename = "index")]
    _index: u32,
    #[serde(default)]
    data: String,
}

fn within(bytes: usize) -> Result<(), PayloadError> {
    if bytes > limits::MESSAGE_BYTES {
        Err(PayloadError::TooLarge(bytes))
    } else {
        Ok(())
    }
}

/// Checks that `payload` has the form of its type and keeps its limits. Both ends call this: the engine so that
/// a person learns at once, the server because clients can be anything.
///
/// # Errors
/// See [`PayloadError`].
pub fn check_payload(message_type: &MessageType, payload: &RawValue) -> Result<(), PayloadError> {
    if payload.get().len() > limits::PAYLOAD_JSON_BYTES {
        return Err(PayloadError::TooLarge(payload.get().len()));
    }
    match message_type.as_str() {
        MessageType::TEXT => {
            let TextPayload { text } = serde_json::from_str(payload.get()).map_err(|_| PayloadError::Form)?;
            if text.is_empty() {
                return Err(PayloadError::Empty);
            }
            within(text.len())
        }
        MessageType::CUSTOM => {
            let CustomPayload {
                data,
                description,
                extension,
            } = serde_json::from_str(payload.get()).map_err(|_| PayloadError::Form)?;
            let bytes = data.len() + description.len() + extension.len();
            if bytes == 0 {
                return Err(PayloadError::Empty);
            }
            within(bytes)
        }
        MessageType::FACE => {
            let FacePayload { data, .. } =
                serde_json::from_str(payload.get()).map_err(|_| PayloadError::Form)?;
            within(data.len())
        }
        _ => match MediaPayload::read(message_type, payload)? {
            Some(_) => Ok(()),
            None => Err(PayloadError::Type),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), PayloadError> {
        let raw = RawValue::from_string(serde_json::json!({ "text": text }).to_string()).unwrap();
        check_payload(&MessageType::text(), &raw)
    }

    #[test]
    fn r_t3_r_t4_a_text_has_1_to_12288_bytes() {
        assert_eq!(check(""), Err(PayloadError::Empty));
        assert_eq!(check(&"x".repeat(12 * 1024)), Ok(()));
        assert_eq!(
            check(&"x".repeat(12 * 1024 + 1)),
            Err(PayloadError::TooLarge(12 * 1024 + 1))
        );
        assert_eq!(
            check(&"\u{0}".repeat(12 * 1024)),
            Ok(()),
            "control characters grow in JSON, not in the count"
        );
    }

    #[test]
    fn h36_a_lone_surrogate_or_a_wrong_type_is_refused() {
        for json in [
            r#"{"text":"\ud800"}"#,
            r#"{"text":1}"#,
            r#"{}"#,
            r#"[]"#,
            "null",
            "1e400",
        ] {
            let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
            assert_eq!(
                check_payload(&MessageType::text(), &raw),
                Err(PayloadError::Form),
                "{json}"
            );
        }
    }

    #[test]
    fn a_message_between_others_is_in_no_conversation_of_mine() {
        let message = Message {
            kind: ConversationKind::C2C,
            from: UserId::new("ann").unwrap(),
            to: "bob".into(),
            seq: 1,
            revision: 1,
            time: 0,
            client_id: ClientId::new("1").unwrap(),
            random: 0,
            client_seq: 0,
            message_type: MessageType::text(),
            payload: RawValue::from_string("{}".into()).unwrap(),
            priority: Priority::Normal,
            cut: false,
            extras: None,
            altered: None,
        };
        let of = |me: &str| {
            message
                .conversation_for(&UserId::new(me).unwrap())
                .map(|id| id.to_string())
        };
        assert_eq!(of("ann").as_deref(), Some("C2Cbob"));
        assert_eq!(of("bob").as_deref(), Some("C2Cann"));
        assert_eq!(of("eve"), None);
    }
}
