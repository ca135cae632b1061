//! What a notification of a message says, if there is one (R-S4 to R-S7). Pure functions; the shell shows what comes out
//! of them.

mod quiet;
mod words;

use tidings_protocol::{EVERYBODY, MessageType, RemindType, cut_text, limits as wire_limits, notice};

use crate::limits;
use crate::view::{ConversationView, Flow, MessageView};

pub use quiet::QuietHours;
pub use words::Language;

/// The types of messages whose words say more than their kind.
const FILE: &str = "TIMFileElem";
const SOUND: &str = "TIMSoundElem";

/// How much of a message a notification shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Who it is from, and what it says.
    NameAndText,
    /// Who it is from.
    NameOnly,
    /// Only that there is something.
    Nothing,
}

/// What a person chose for this profile, and what they are doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnSettings<'a> {
    /// Notifications at all.
    pub enabled: bool,
    /// How much is shown.
    pub content: Content,
    /// With a sound.
    pub sound: bool,
    /// Nothing is to disturb just now ([`QuietHours`], or because it was said so).
    pub do_not_disturb: bool,
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

/// Whom a notification is from, as it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Face {
    /// The avatar's colour, 0 to 11.
    pub colour: u8,
    /// It is a group, not a person.
    pub is_group: bool,
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
    /// The message mentions this user, or everybody.
    pub is_mention: bool,
    /// The sender's own, handed back on a click.
    pub extension: String,
    /// Whom it is from; none where that is not to be seen.
    pub face: Option<Face>,
}

/// What is to be shown of `message`, which has just come in; nothing where nothing is to be.
pub fn notification(
    message: &MessageView,
    conversation: &ConversationView,
    own: &OwnSettings<'_>,
) -> Option<Notification> {
    if !own.enabled || own.do_not_disturb || !is_told_of(message, conversation) {
        return None;
    }
    if own.looked_at == Some(conversation.conversation_id.as_str()) {
        return None;
    }
    let push = message.push_info.clone().unwrap_or_default();
    let words = own.language.words();
    let own_body = line(&push.description, limits::NOTIFICATION_BODY_BYTES);
    let said = if own_body.is_empty() {
        default_body(message, own.language)?
    } else {
        own_body
    };
    let body = with_sender(message, conversation, said);
    let in_group = conversation.group_profile.is_some();
    let is_mention = in_group
        && message
            .at_user_list
            .iter()
            .any(|at| at == own.user_id || at == EVERYBODY);
    let mention = if is_mention { words.mentioned } else { "" };
    let own_title = line(&push.title, limits::NOTIFICATION_TITLE_BYTES);
    let usual_title = || default_title(message, conversation, own.language);
    let (title, body) = match own.content {
        Content::NameAndText if own_title.is_empty() => (usual_title(), format!("{mention}{body}")),
        // Among many nobody passes for another, nor for another group: the sender's words stand beside the names, and come after
        // them, so that nothing is cut off but they.
        Content::NameAndText if in_group => {
            let title = format!("{} · {own_title}", usual_title());
            (title, format!("{mention}{body}"))
        }
        Content::NameAndText => (own_title, format!("{mention}{body}")),
        Content::NameOnly => {
            let body = with_sender(message, conversation, words.something.to_owned());
            (usual_title(), format!("{mention}{body}"))
        }
        Content::Nothing => (words.app.to_owned(), words.something.to_owned()),
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
        is_mention,
        extension: cut_text(&push.extension, wire_limits::PUSH_INFO_BYTES).to_owned(),
        face: face(conversation).filter(|_| own.content != Content::Nothing),
    })
}

/// Nobody where a notice is told of: it is from the space.
fn face(conversation: &ConversationView) -> Option<Face> {
    let (group, user) = (&conversation.group_profile, &conversation.user_profile);
    let of_group = group.as_ref().map(|group| (group.avatar_colour, true));
    let (colour, is_group) = of_group.or(user.as_ref().map(|user| (user.avatar_colour, false)))?;
    Some(Face { colour, is_group })
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
        && !operation(message).is_some_and(notice::tells_own_deed)
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
        FILE => with_detail(words.of_type(FILE), &line(text(message, "fileName"), most)),
        SOUND => with_detail(words.of_type(SOUND), &duration(message)),
        other => words.of_type(other).to_owned(),
    };
    Some(if body.is_empty() {
        words.other.to_owned()
    } else {
        body
    })
}

fn with_detail(what: &str, detail: &str) -> String {
    if detail.is_empty() {
        what.to_owned()
    } else {
        format!("{what} {detail}")
    }
}

/// How long a voice message is, `m:ss`; nothing where it does not say.
fn duration(message: &MessageView) -> String {
    let seconds = message.payload.get("second").and_then(serde_json::Value::as_u64);
    match seconds {
        Some(seconds @ 1..=86_400) => format!("{}:{:02}", seconds / 60, seconds % 60),
        _ => String::new(),
    }
}

/// A title that says how many messages it stands for.
pub fn counted(title: &str, count: u64) -> String {
    if count > 1 {
        format!("{title} ({count})")
    } else {
        title.to_owned()
    }
}

/// Title and body of the one notification that stands for messages of several conversations: what came while nobody was
/// there, or more at once than anybody could read. `names` are the conversations' names, the latest first.
pub fn summary(messages: u64, names: &[String], content: Content, language: Language) -> (String, String) {
    let title = words::of_many(messages, names.len() as u64, language);
    let body = match content {
        Content::Nothing => String::new(),
        _ => names.join(language.words().comma),
    };
    (title, line(&body, limits::NOTIFICATION_BODY_BYTES))
}

/// What a conversation is called in a summary or a menu.
pub fn name_of(conversation: &ConversationView, language: Language) -> String {
    let name = match (&conversation.group_profile, &conversation.user_profile) {
        (Some(group), _) if group.name.is_empty() => &group.group_id,
        (Some(group), _) => &group.name,
        (None, Some(user)) if user.nick.is_empty() => &user.user_id,
        (None, Some(user)) => &user.nick,
        (None, None) if conversation.conversation_type == "@TIM#SYSTEM" => language.words().notices,
        (None, None) => conversation
            .conversation_id
            .trim_start_matches("C2C")
            .trim_start_matches("GROUP"),
    };
    line(name, limits::NOTIFICATION_TITLE_BYTES)
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
