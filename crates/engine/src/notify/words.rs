//! The words of notifications, in each language.

use tidings_protocol::notice;

/// A language that notifications speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Simplified Chinese.
    Chinese,
}

/// The words that do not depend on what was said.
pub(super) struct Words {
    pub(super) app: &'static str,
    pub(super) something: &'static str,
    pub(super) notices: &'static str,
    pub(super) mentioned: &'static str,
    pub(super) other: &'static str,
    pub(super) comma: &'static str,
    types: [(&'static str, &'static str); 8],
}

const ENGLISH: Words = Words {
    app: "Tidings",
    something: "New message",
    notices: "System notices",
    mentioned: "[You were mentioned] ",
    other: "[Message]",
    comma: ", ",
    types: [
        ("TIMImageElem", "[Image]"),
        ("TIMSoundElem", "[Audio]"),
        ("TIMVideoFileElem", "[Video]"),
        ("TIMFileElem", "[File]"),
        ("TIMLocationElem", "[Location]"),
        ("TIMFaceElem", "[Sticker]"),
        ("TIMRelayElem", "[Chat history]"),
        ("TIMCustomElem", "[Custom message]"),
    ],
};

// TIM's own, where it has them.
const CHINESE: Words = Words {
    app: "Tidings",
    something: "新消息",
    notices: "系统通知",
    mentioned: "[有人@我] ",
    other: "[消息]",
    comma: "、",
    types: [
        ("TIMImageElem", "[图片]"),
        ("TIMSoundElem", "[语音]"),
        ("TIMVideoFileElem", "[视频]"),
        ("TIMFileElem", "[文件]"),
        ("TIMLocationElem", "[位置]"),
        ("TIMFaceElem", "[动画表情]"),
        ("TIMRelayElem", "[聊天记录]"),
        ("TIMCustomElem", "[自定义消息]"),
    ],
};

impl Language {
    pub(super) fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Chinese => &CHINESE,
        }
    }
}

impl Words {
    /// What stands for a message of this type.
    pub(super) fn of_type(&self, message_type: &str) -> &'static str {
        let found = self.types.iter().find(|(name, _)| *name == message_type);
        found.map_or(self.other, |(_, words)| words)
    }
}

/// How many messages came, in how many conversations.
pub(super) fn of_many(messages: u64, conversations: u64, language: Language) -> String {
    match (language, messages, conversations) {
        (Language::English, 1, _) => "1 new message".to_owned(),
        (Language::English, _, 0 | 1) => format!("{messages} new messages"),
        (Language::English, ..) => format!("{messages} new messages in {conversations} conversations"),
        (Language::Chinese, _, 0 | 1) => format!("{messages} 条新消息"),
        (Language::Chinese, ..) => format!("{conversations} 个会话有 {messages} 条新消息"),
    }
}

/// What a notice says (R-M4); nothing for one that this version does not know.
pub(super) fn of_notice(operation: u8, payload: &serde_json::Value, language: Language) -> Option<String> {
    let text = |value: Option<&serde_json::Value>| -> String {
        let text = value.and_then(|text| text.as_str()).unwrap_or_default();
        super::line(text, crate::limits::NOTIFICATION_TITLE_BYTES)
    };
    let who = text(payload.get("operatorID"));
    let profile = payload.get("groupProfile");
    let named = ["groupName", "name", "groupID"].map(|name| text(profile.and_then(|it| it.get(name))));
    let group = named.into_iter().find(|name| !name.is_empty())?;
    if operation == notice::CUSTOM {
        let own = text(payload.get("userDefinedField"));
        return (!own.is_empty()).then_some(own);
    }
    Some(match (language, operation) {
        (Language::English, notice::APPLIED) => format!("{who} asks to join {group}"),
        (Language::English, notice::ACCEPTED) => format!("You have joined {group}"),
        (Language::English, notice::REFUSED) => format!("Your request to join {group} was declined"),
        (Language::English, notice::KICKED_OUT) => format!("{who} removed you from {group}"),
        (Language::English, notice::DISMISSED) => format!("{who} disbanded {group}"),
        (Language::English, notice::INVITED) => format!("{who} added you to {group}"),
        (Language::English, notice::SET_ADMIN) => format!("You are an administrator of {group} now"),
        (Language::English, notice::CANCELED_ADMIN) => {
            format!("You are no administrator of {group} any more")
        }
        (Language::Chinese, notice::APPLIED) => format!("{who} 申请加入群组 {group}"),
        (Language::Chinese, notice::ACCEPTED) => format!("你已加入群组 {group}"),
        (Language::Chinese, notice::REFUSED) => format!("你加入群组 {group} 的申请被拒绝"),
        (Language::Chinese, notice::KICKED_OUT) => format!("{who} 将你移出群组 {group}"),
        (Language::Chinese, notice::DISMISSED) => format!("{who} 解散了群组 {group}"),
        (Language::Chinese, notice::INVITED) => format!("{who} 邀请你加入群组 {group}"),
        (Language::Chinese, notice::SET_ADMIN) => format!("你已成为群组 {group} 的管理员"),
        (Language::Chinese, notice::CANCELED_ADMIN) => format!("你已不再是群组 {group} 的管理员"),
        _ => return None,
    })
}
