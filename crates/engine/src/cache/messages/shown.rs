//! How messages look: views, names, priorities, previews.

use rusqlite::{Connection, Result};
use tidings_protocol::{Altered, Extras, Message, Priority, PushInfo, Reaction, cut_text, limits};

use super::SENT_AGAIN;
use crate::cache::conversations::Conversation;
use crate::cache::groups::{self, from_json};
use crate::cache::profiles;
use crate::view::{Flow, MessageStatus, MessageView, PushInfoView, ReactionView};

/// A held message as the UI sees it; the row as [`super::range`] reads it.
pub(super) fn view(
    row: &rusqlite::Row<'_>,
    conversation: &Conversation,
    me: &str,
    names: &mut Names<'_>,
) -> Result<MessageView> {
    let seq: u64 = row.get(0)?;
    let from: String = row.get(1)?;
    let own = from == me;
    let flags: u8 = row.get(9)?;
    let extras = from_json::<Extras>(row, 10)?.unwrap_or_default();
    let altered = from_json::<Altered>(row, 11)?.unwrap_or_default();
    let (nick, name_card) = names.of(&from)?;
    Ok(MessageView {
        conversation_id: conversation.name.clone(),
        client_id: row.get(3)?,
        seq: Some(seq),
        to: recipient(conversation, own, me),
        flow: if own { Flow::Out } else { Flow::In },
        time: row.get(2)?,
        random: row.get(4)?,
        client_sequence: row.get(5)?,
        message_type: row.get(6)?,
        payload: payload(row.get_ref(7)?.as_str()?),
        priority: priority_name(row.get(8)?).to_owned(),
        status: MessageStatus::Success,
        code: 0,
        is_read: own || seq <= conversation.read_mark(),
        is_peer_read: own && seq <= conversation.peer_read_seq,
        is_revoked: altered.recalled_by.is_some(),
        revoker: altered.recalled_by.map(String::from).unwrap_or_default(),
        is_modified: altered.edited,
        reactions: altered.reactions.into_iter().map(reaction_view).collect(),
        push_info: extras.push.map(push_info_view),
        cloud_custom_data: extras.custom,
        at_user_list: extras.at,
        is_online_only: false,
        is_resend: flags & SENT_AGAIN != 0,
        nick,
        name_card,
        from,
    })
}

/// A message that is kept nowhere, as the UI sees it.
pub(crate) fn online_view(
    db: &Connection,
    conversation: &Conversation,
    me: &str,
    message: &Message,
) -> Result<MessageView> {
    let own = message.from.as_str() == me;
    let extras = message.extras.as_deref().filter(|extras| extras.check().is_ok());
    let extras = extras.cloned().unwrap_or_default();
    let (nick, name_card) = Names::new(db, conversation).of(message.from.as_str())?;
    Ok(MessageView {
        conversation_id: conversation.name.clone(),
        client_id: message.client_id.to_string(),
        seq: None,
        from: message.from.to_string(),
        to: recipient(conversation, own, me),
        flow: if own { Flow::Out } else { Flow::In },
        time: message.time,
        random: message.random,
        client_sequence: message.client_seq,
        message_type: message.message_type.as_str().to_owned(),
        payload: payload(message.payload.get()),
        priority: priority_name(priority_number(message.priority)).to_owned(),
        status: MessageStatus::Success,
        code: 0,
        is_read: true,
        is_peer_read: false,
        is_revoked: false,
        revoker: String::new(),
        is_modified: false,
        reactions: Vec::new(),
        push_info: extras.push.map(push_info_view),
        cloud_custom_data: extras.custom,
        at_user_list: extras.at,
        is_online_only: true,
        is_resend: false,
        nick,
        name_card,
    })
}

fn reaction_view(reaction: Reaction) -> ReactionView {
    ReactionView {
        emoji: reaction.emoji,
        users: reaction.users.into_iter().map(String::from).collect(),
    }
}

/// TIM's offlinePushInfo, by its names.
pub(crate) fn push_info_view(push: PushInfo) -> PushInfoView {
    PushInfoView {
        title: push.title,
        description: push.description,
        extension: push.extension,
        disable_push: push.disable,
        ignore_ios_badge: push.ignore_ios_badge,
        android_oppo_channel_id: push.android_oppo_channel_id,
    }
}

/// The payload's JSON as a value; what cannot be read is nothing.
pub(crate) fn payload(json: &str) -> serde_json::Value {
    serde_json::from_str(json).unwrap_or(serde_json::Value::Null)
}

/// Whom a message of `conversation` went to.
pub(crate) fn recipient(conversation: &Conversation, own: bool, me: &str) -> String {
    match (conversation.peer(), conversation.name.strip_prefix("GROUP")) {
        (Some(peer), _) if own => peer.to_owned(),
        (None, Some(group)) => group.to_owned(),
        _ => me.to_owned(),
    }
}

/// Names of senders in one conversation, each looked up once: nick and name card.
pub(crate) struct Names<'a> {
    db: &'a Connection,
    group: Option<i64>,
    known: Vec<(String, (String, String))>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(db: &'a Connection, conversation: &Conversation) -> Self {
        Self {
            db,
            group: conversation.is_group().then_some(conversation.id),
            known: Vec::new(),
        }
    }

    pub(crate) fn of(&mut self, user_id: &str) -> Result<(String, String)> {
        if let Some((_, names)) = self.known.iter().find(|(id, _)| id == user_id) {
            return Ok(names.clone());
        }
        let card = match self.group {
            Some(group) => groups::card_of(self.db, group, user_id)?,
            None => String::new(),
        };
        let names = (profiles::nick(self.db, user_id)?, card);
        self.known.push((user_id.to_owned(), names.clone()));
        Ok(names)
    }
}

/// R-C3's priorities as numbers.
pub(crate) fn priority_number(priority: Priority) -> u8 {
    match priority {
        Priority::High => 0,
        Priority::Normal => 1,
        Priority::Low => 2,
        Priority::Lowest => 3,
    }
}

/// The number back as TIM's name.
pub(crate) fn priority_name(number: u8) -> &'static str {
    match number {
        0 => "High",
        2 => "Low",
        3 => "Lowest",
        _ => "Normal",
    }
}

/// A priority by TIM's name; anything else is Normal (R-C3).
pub(crate) fn priority_of(name: &str) -> Priority {
    match name {
        "High" => Priority::High,
        "Low" => Priority::Low,
        "Lowest" => Priority::Lowest,
        _ => Priority::Normal,
    }
}

/// What the list shows of a message: the first line of a text, at most 512 bytes, without control characters.
pub(crate) fn preview(message_type: &str, payload: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Text {
        text: String,
    }
    if message_type != tidings_protocol::MessageType::TEXT {
        return String::new();
    }
    let Ok(Text { text }) = serde_json::from_str::<Text>(payload) else {
        return String::new();
    };
    let line = text.trim_start().lines().next().unwrap_or_default();
    let plain: String = cut_text(line, limits::PREVIEW_BYTES)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    // A control character of two bytes became a space of one, so the cut still holds.
    plain
}

/// What the UI needs to word a message that is no text: its payload, the texts in it cut to
/// [`limits::PREVIEW_BYTES`] together. Empty for a text, and for what is no JSON.
pub(crate) fn small(message_type: &str, payload: &str) -> String {
    if message_type == tidings_protocol::MessageType::TEXT {
        return String::new();
    }
    let Ok(mut value) = serde_json::from_str::<serde_json::Value>(payload) else {
        return String::new();
    };
    let (mut bytes, mut values) = (limits::PREVIEW_BYTES, crate::limits::PREVIEW_VALUES);
    cut_value(&mut value, &mut bytes, &mut values);
    value.to_string()
}

fn cut_value(value: &mut serde_json::Value, bytes: &mut usize, values: &mut usize) {
    use serde_json::Value;
    *values = values.saturating_sub(1);
    match value {
        Value::String(text) => {
            let cut = cut_text(text, *bytes).len();
            text.truncate(cut);
            *bytes -= cut;
        }
        Value::Array(items) => {
            items.truncate(*values);
            for item in items {
                cut_value(item, bytes, values);
            }
        }
        Value::Object(fields) => {
            let mut place = 0;
            fields.retain(|name, _| {
                place += 1;
                place <= *values && name.len() <= crate::limits::PREVIEW_NAME_BYTES
            });
            for (_, field) in fields.iter_mut() {
                cut_value(field, bytes, values);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_one_short_line_without_control_characters() {
        let of = |text: &str| preview("TIMTextElem", &serde_json::json!({ "text": text }).to_string());
        assert_eq!(of("hello\nworld"), "hello");
        assert_eq!(of("\n\n  second"), "second");
        assert_eq!(of("a\u{0}b\tc\u{85}d"), "a b c d");
        assert_eq!(of(&"名".repeat(5000)), "名".repeat(170));
        assert_eq!(of(""), "");
        assert_eq!(preview("TIMImageElem", "{}"), "");
        assert_eq!(preview("TIMTextElem", "[]"), "");
    }

    #[test]
    fn what_the_list_words_itself_is_small_whatever_came() {
        let payload = r#"{"operationType":1,"userIDList":["ann","bob"]}"#;
        assert_eq!(small("TIMGroupTipElem", payload), payload);
        assert_eq!(small("TIMTextElem", r#"{"text":"x"}"#), "");
        let many = serde_json::json!({ "list": vec!["x".repeat(5_000); 5_000], "n": vec![1; 100_000] });
        let small = small("TIMCustomElem", &many.to_string());
        assert!(small.len() < 2_000, "{}", small.len());
    }
}
