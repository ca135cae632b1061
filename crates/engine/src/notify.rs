//! What a notification of a message says, if there is one (R-S5 to R-S7). One pure function; the shell shows what comes out
//! of it.

mod words;

use tidings_protocol::{EVERYBODY, MessageType, RemindType, cut_text, limits as wire_limits, notice};

use crate::limits;
use crate::view::{ConversationView, Flow, MessageView};

pub use words::Language;

/// What a person chose for this profile, and what they are doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnSettings<'a> {
    /// Notifications at all.
    pub enabled: bool,
    /// Names and words are shown; otherwise only that there is something.
    pub shows_content: bool,
    /// With a sound.
    pub sound: bool,
    /// The language of the words.
    pub language: Language,
    /// Who this user is.
    pub user_id: &'a str,
    /// The conversation that is being looked at, in a window that has the focus.
    pub looked_at: Option<&'a str>,
}

/// How much a notification matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// It can wait (R-C3: Low and Lowest).
    Low,
    /// As usual.
    Normal,
}

/// A notification to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// One line.
    pub title: String,
    /// One line.
    pub body: String,
    /// The badge counts the message.
    pub badge: bool,
    /// With a sound.
    pub sound: bool,
    /// How much it matters.
    pub urgency: Urgency,
    /// The sender's own, handed back on a click.
    pub extension: String,
}

/// What is to be shown of `message`, which has just come in; nothing where nothing is to be.
pub fn notification(
    message: &MessageView,
    conversation: &ConversationView,
    own: &OwnSettings<'_>,
) -> Option<Notification> {
    if !own.enabled || !is_told_of(message, conversation) {
        return None;
    }
    if own.looked_at == Some(conversation.conversation_id.as_str()) {
        return None;
    }
    let push = message.push_info.clone().unwrap_or_default();
    let words = own.language.words();
    let own_body = line(&push.description, limits::NOTIFICATION_BODY_BYTES);
    let body = if own_body.is_empty() {
        with_sender(message, conversation, default_body(message, own.language)?)
    } else {
        own_body
    };
    let in_group = conversation.group_profile.is_some();
    let is_mentioned = message
        .at_user_list
        .iter()
        .any(|at| at == own.user_id || at == EVERYBODY);
    let mention = if in_group && is_mentioned {
        words.mentioned
    } else {
        ""
    };
    let own_title = line(&push.title, limits::NOTIFICATION_TITLE_BYTES);
    let title = if own_title.is_empty() {
        default_title(message, conversation, own.language)
    } else {
        own_title
    };
    let (title, body) = if own.shows_content {
        (title, format!("{mention}{body}"))
    } else {
        (words.app.to_owned(), words.something.to_owned())
    };
    Some(Notification {
        title: line(&title, limits::NOTIFICATION_TITLE_BYTES),
        body: line(&body, limits::NOTIFICATION_BODY_BYTES),
        badge: !push.ignore_ios_badge,
        sound: own.sound,
        urgency: match message.priority.as_str() {
            "Low" | "Lowest" => Urgency::Low,
            _ => Urgency::Normal,
        },
        extension: cut_text(&push.extension, wire_limits::PUSH_INFO_BYTES).to_owned(),
    })
}

/// Whether the message is one that is told of, whatever it says.
fn is_told_of(message: &MessageView, conversation: &ConversationView) -> bool {
    let silenced = message.push_info.as_ref().is_some_and(|push| push.disable_push);
    message.flow == Flow::In
        && !message.is_read
        && !message.is_revoked
        && !message.is_online_only
        && !silenced
        && conversation.remind_type == RemindType::AcceptAndNotify
        // What this user did themselves, and what happens in groups around them, is in the chats.
        && message.message_type != MessageType::GROUP_TIP
        && !matches!(operation(message), Some(notice::CREATED | notice::QUIT))
}

/// The number of a notice.
fn operation(message: &MessageView) -> Option<u8> {
    if message.message_type != MessageType::NOTICE {
        return None;
    }
    let number = message.payload.get("operationType")?.as_u64()?;
    u8::try_from(number).ok()
}

fn text<'a>(message: &'a MessageView, name: &str) -> &'a str {
    let text = message.payload.get(name).and_then(|text| text.as_str());
    text.unwrap_or_default()
}

/// What a message says where its sender has set nothing (R-S7); nothing for a custom message without a description.
fn default_body(message: &MessageView, language: Language) -> Option<String> {
    let words = language.words();
    let most = limits::NOTIFICATION_BODY_BYTES;
    let body = match message.message_type.as_str() {
        MessageType::TEXT => line(text(message, "text"), most),
        MessageType::CUSTOM => {
            let description = line(text(message, "description"), most);
            if description.is_empty() {
                return None;
            }
            description
        }
        MessageType::NOTICE => words::of_notice(operation(message)?, &message.payload, language)?,
        other => words.of_type(other).to_owned(),
    };
    Some(if body.is_empty() {
        words.other.to_owned()
    } else {
        body
    })
}

fn sender(message: &MessageView) -> &str {
    [&message.name_card, &message.nick, &message.from]
        .into_iter()
        .find(|name| !name.is_empty())
        .map_or("", String::as_str)
}

fn with_sender(message: &MessageView, conversation: &ConversationView, body: String) -> String {
    if conversation.group_profile.is_some() {
        format!("{}: {body}", sender(message))
    } else {
        body
    }
}

fn default_title(message: &MessageView, conversation: &ConversationView, language: Language) -> String {
    if message.message_type == MessageType::NOTICE {
        return language.words().notices.to_owned();
    }
    match &conversation.group_profile {
        Some(group) if group.name.is_empty() => group.group_id.clone(),
        Some(group) => group.name.clone(),
        None => sender(message).to_owned(),
    }
}

/// The text's first line, without control characters, at most so many bytes.
fn line(text: &str, most: usize) -> String {
    let first = text.trim().lines().next().unwrap_or_default();
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    cut_text(first, most).chars().map(plain).collect()
}

#[cfg(test)]
mod tests;
