//! R-S5 to R-S7 as a table.

use serde_json::{Value, json};
use tidings_protocol::{EVERYBODY, GroupType, JoinOption};

use super::*;
use crate::view::{GroupProfileView, Mentioned, MessageStatus, ProfileView, PushInfoView};

fn message(message_type: &str, payload: Value) -> MessageView {
    MessageView {
        conversation_id: "C2Cann".into(),
        client_id: "m".into(),
        seq: Some(1),
        from: "ann".into(),
        to: "bob".into(),
        flow: Flow::In,
        time: 1,
        random: 1,
        client_sequence: 1,
        message_type: message_type.into(),
        payload,
        priority: "Normal".into(),
        status: MessageStatus::Success,
        code: 0,
        is_read: false,
        is_peer_read: false,
        is_revoked: false,
        revoker: String::new(),
        is_modified: false,
        reactions: Vec::new(),
        cloud_custom_data: String::new(),
        at_user_list: Vec::new(),
        push_info: None,
        is_online_only: false,
        is_resend: false,
        nick: "Ann".into(),
        name_card: String::new(),
    }
}

fn said(text: &str) -> MessageView {
    message("TIMTextElem", json!({ "text": text }))
}

fn pushed(message: MessageView, change: impl FnOnce(&mut PushInfoView)) -> MessageView {
    let mut push = PushInfoView::default();
    change(&mut push);
    MessageView {
        push_info: Some(push),
        ..message
    }
}

fn talk() -> ConversationView {
    ConversationView {
        conversation_id: "C2Cann".into(),
        conversation_type: "C2C".into(),
        unread_count: 1,
        last_message: None,
        user_profile: None,
        group_profile: None,
        membership: None,
        remind_type: RemindType::AcceptAndNotify,
        is_pinned: false,
        is_marked_unread: false,
        mentioned: Mentioned::None,
        read_seq: 0,
        peer_read_seq: 0,
        seq: 1,
        draft: String::new(),
        failed_count: 0,
        unsent_count: 0,
        sort_time: 1,
    }
}

fn group() -> ConversationView {
    ConversationView {
        conversation_id: "GROUPg".into(),
        conversation_type: "GROUP".into(),
        group_profile: Some(GroupProfileView {
            group_id: "g".into(),
            group_type: GroupType::Public,
            name: "Harbour".into(),
            introduction: String::new(),
            notification: String::new(),
            avatar_colour: 1,
            owner_id: "ann".into(),
            join_option: JoinOption::FreeAccess,
            member_count: 3,
            max_members: 200,
            create_time: 1,
            mute_all: false,
        }),
        ..talk()
    }
}

const OWN: OwnSettings<'static> = OwnSettings {
    enabled: true,
    content: Content::NameAndText,
    sound: true,
    do_not_disturb: false,
    language: Language::English,
    user_id: "bob",
    looked_at: None,
};

/// Title and body.
fn told(message: &MessageView, conversation: &ConversationView) -> Option<(String, String)> {
    notification(message, conversation, &OWN).map(|it| (it.title, it.body))
}

#[test]
fn whom_it_is_from_is_seen_unless_nothing_is_to_be_shown() {
    let face = |conversation: &ConversationView, content| {
        let own = OwnSettings { content, ..OWN };
        notification(&said("hello"), conversation, &own).unwrap().face
    };
    let harbour = Some(Face {
        colour: 1,
        is_group: true,
    });
    assert_eq!(face(&group(), Content::NameAndText), harbour);
    assert_eq!(face(&group(), Content::NameOnly), harbour);
    assert_eq!(face(&group(), Content::Nothing), None);
    let ann = ConversationView {
        user_profile: Some(ProfileView {
            user_id: "ann".into(),
            nick: "Ann".into(),
            avatar_colour: 5,
        }),
        ..talk()
    };
    assert_eq!(
        face(&ann, Content::NameAndText),
        Some(Face {
            colour: 5,
            is_group: false
        })
    );
    assert_eq!(face(&talk(), Content::NameAndText), None);
}

fn words(title: &str, body: &str) -> Option<(String, String)> {
    Some((title.into(), body.into()))
}

#[test]
fn r_s7_each_kind_of_message_has_words_of_its_own_in_both_languages() {
    let chinese = OwnSettings {
        language: Language::Chinese,
        ..OWN
    };
    let custom = json!({ "data": "dice", "description": "4", "extension": "" });
    for (message_type, payload, in_english, in_chinese) in [
        ("TIMTextElem", json!({ "text": " two\nlines" }), "two", "two"),
        ("TIMCustomElem", custom, "4", "4"),
        (
            "TIMFaceElem",
            json!({ "index": 1, "data": "tt00" }),
            "[Sticker]",
            "[动画表情]",
        ),
        ("TIMImageElem", json!({}), "[Image]", "[图片]"),
        ("TIMSoundElem", json!({}), "[Audio]", "[语音]"),
        ("TIMVideoFileElem", json!({}), "[Video]", "[视频]"),
        ("TIMFileElem", json!({}), "[File]", "[文件]"),
        (
            "TIMFileElem",
            json!({ "fileName": "minutes\u{7} 3.pdf" }),
            "[File] minutes  3.pdf",
            "[文件] minutes  3.pdf",
        ),
        (
            "TIMSoundElem",
            json!({ "second": 75 }),
            "[Audio] 1:15",
            "[语音] 1:15",
        ),
        ("TIMSoundElem", json!({ "second": -3 }), "[Audio]", "[语音]"),
        ("TIMLocationElem", json!({}), "[Location]", "[位置]"),
        ("TIMFromTheFuture", json!(7), "[Message]", "[消息]"),
        ("TIMTextElem", json!([]), "[Message]", "[消息]"),
    ] {
        let message = message(message_type, payload);
        assert_eq!(
            told(&message, &talk()),
            words("Ann", in_english),
            "{message_type}"
        );
        let there = notification(&message, &talk(), &chinese).unwrap();
        assert_eq!(there.body, in_chinese, "{message_type}");
        let in_group = told(&message, &group());
        assert_eq!(in_group, words("Harbour", &format!("Ann: {in_english}")));
    }
}

#[test]
fn r_s5_the_senders_own_words_stand_above_the_default_ones() {
    let own = |message| {
        pushed(message, |push| {
            push.title = "Alarm".into();
            push.description = "Look\nhere".into();
            push.extension = "x".into();
        })
    };
    assert_eq!(told(&own(said("hello")), &talk()), words("Alarm", "Look"));
    let titled = pushed(said("hello"), |push| push.title = "Alarm".into());
    assert_eq!(told(&titled, &talk()), words("Alarm", "hello"));
    let shown = notification(&own(said("hello")), &talk(), &OWN).unwrap();
    assert_eq!(shown.extension, "x");
    assert!(shown.badge && shown.sound);
}

#[test]
fn r_s5_in_a_group_the_senders_own_words_hide_neither_the_group_nor_the_sender() {
    for (title, description, shown_title, body) in [
        ("", "", "Harbour", "Ann: hello"),
        ("Alarm", "", "Harbour · Alarm", "Ann: hello"),
        ("", "Bob: yes", "Harbour", "Ann: Bob: yes"),
        ("Bank\n", "Look\nhere", "Harbour · Bank", "Ann: Look"),
    ] {
        let own = pushed(said("hello"), |push| {
            push.title = title.into();
            push.description = description.into();
        });
        assert_eq!(told(&own, &group()), words(shown_title, body));
    }
    let long = pushed(said("hello"), |push| push.title = "x".repeat(5000));
    let (title, _) = told(&long, &group()).unwrap();
    assert!(title.starts_with("Harbour · x") && title.len() <= limits::NOTIFICATION_TITLE_BYTES);
    let custom = json!({ "data": "x", "description": "", "extension": "" });
    let described = pushed(message("TIMCustomElem", custom), |push| {
        push.description = "a die".into();
    });
    assert_eq!(told(&described, &group()), words("Harbour", "Ann: a die"));
}

#[test]
fn r_s5_a_custom_message_with_neither_description_is_not_told_of() {
    let custom = |description: &str| {
        let payload = json!({ "data": "x", "description": description, "extension": "" });
        message("TIMCustomElem", payload)
    };
    assert_eq!(told(&custom(""), &talk()), None);
    assert_eq!(told(&custom("\n "), &talk()), None);
    assert_eq!(told(&custom("rolled"), &talk()), words("Ann", "rolled"));
    let described =
        |description: &str| pushed(custom("rolled"), |push| push.description = description.into());
    assert_eq!(told(&described("a die"), &talk()), words("Ann", "a die"));
    let only_pushed = pushed(custom(""), |push| push.description = "a die".into());
    assert_eq!(told(&only_pushed, &talk()), words("Ann", "a die"));
    let only_titled = pushed(custom(""), |push| push.title = "Dice".into());
    assert_eq!(told(&only_titled, &talk()), None);
}

#[test]
fn r_s6_disable_push_is_silence_and_ignore_ios_badge_leaves_the_badge() {
    let disabled = pushed(said("x"), |push| push.disable_push = true);
    assert_eq!(told(&disabled, &talk()), None);
    let badgeless = pushed(said("x"), |push| push.ignore_ios_badge = true);
    assert!(!notification(&badgeless, &talk(), &OWN).unwrap().badge);
}

#[test]
fn what_is_over_before_it_is_shown_or_is_no_news_is_not_told_of() {
    let not = |change: fn(&mut MessageView)| {
        let mut message = said("x");
        change(&mut message);
        assert_eq!(told(&message, &talk()), None);
    };
    not(|message| message.is_revoked = true);
    not(|message| message.is_online_only = true);
    not(|message| message.is_read = true);
    not(|message| message.flow = Flow::Out);
    not(|message| message.message_type = "TIMGroupTipElem".into());
}

#[test]
fn a_muted_conversation_and_one_that_is_looked_at_are_silent() {
    for remind_type in [RemindType::AcceptNotNotify, RemindType::Discard] {
        let muted = ConversationView {
            remind_type,
            ..group()
        };
        assert_eq!(told(&said("x"), &muted), None);
    }
    let looking = OwnSettings {
        looked_at: Some("C2Cann"),
        ..OWN
    };
    assert_eq!(notification(&said("x"), &talk(), &looking), None);
    assert!(notification(&said("x"), &group(), &looking).is_some());
    let off = OwnSettings {
        enabled: false,
        ..OWN
    };
    assert_eq!(notification(&said("x"), &talk(), &off), None);
}

#[test]
fn a_mention_says_so_and_a_name_card_goes_before_the_nick() {
    for (at, body) in [
        ("bob", "[You were mentioned] Captain: x"),
        (EVERYBODY, "[You were mentioned] Captain: x"),
        ("carol", "Captain: x"),
    ] {
        let message = MessageView {
            at_user_list: vec![at.into()],
            name_card: "Captain".into(),
            ..said("x")
        };
        assert_eq!(told(&message, &group()), words("Harbour", body));
    }
}

#[test]
fn as_much_is_shown_as_was_chosen() {
    let titled = pushed(said("secret"), |push| push.title = "secret".into());
    let mentioning = MessageView {
        at_user_list: vec!["bob".into()],
        ..titled.clone()
    };
    for (content, message, conversation, title, body) in [
        (
            Content::NameAndText,
            &titled,
            group(),
            "Harbour · secret",
            "Ann: secret",
        ),
        (Content::NameOnly, &titled, group(), "Harbour", "Ann: New message"),
        (Content::NameOnly, &titled, talk(), "Ann", "New message"),
        (
            Content::NameOnly,
            &mentioning,
            group(),
            "Harbour",
            "[You were mentioned] Ann: New message",
        ),
        (Content::Nothing, &mentioning, group(), "Tidings", "New message"),
    ] {
        let own = OwnSettings { content, ..OWN };
        let shown = notification(message, &conversation, &own).unwrap();
        assert_eq!((shown.title.as_str(), shown.body.as_str()), (title, body));
    }
    // However little is shown, a custom message without a description stays silent (R-S5).
    let custom = message("TIMCustomElem", json!({ "data": "x" }));
    let closed = OwnSettings {
        content: Content::Nothing,
        ..OWN
    };
    assert_eq!(notification(&custom, &talk(), &closed), None);
}

#[test]
fn do_not_disturb_is_silence_also_for_a_mention() {
    let quiet = OwnSettings {
        do_not_disturb: true,
        ..OWN
    };
    let mentioning = MessageView {
        at_user_list: vec!["bob".into()],
        ..said("x")
    };
    assert_eq!(notification(&mentioning, &group(), &quiet), None);
    assert!(notification(&mentioning, &group(), &OWN).unwrap().is_mention);
    assert!(!notification(&mentioning, &talk(), &OWN).unwrap().is_mention);
    let soundless = OwnSettings { sound: false, ..OWN };
    assert!(!notification(&said("x"), &talk(), &soundless).unwrap().sound);
}

#[test]
fn a_summary_counts_and_names_who_wrote() {
    let names = ["Ann".to_owned(), "Harbour".to_owned()];
    let of = |messages, names, content, language| summary(messages, names, content, language);
    for (messages, names, content, language, title, body) in [
        (
            1,
            &names[..1],
            Content::NameAndText,
            Language::English,
            "1 new message",
            "Ann",
        ),
        (
            3,
            &names[..1],
            Content::NameOnly,
            Language::English,
            "3 new messages",
            "Ann",
        ),
        (
            12,
            &names[..],
            Content::NameAndText,
            Language::English,
            "12 new messages in 2 conversations",
            "Ann, Harbour",
        ),
        (
            12,
            &names[..],
            Content::Nothing,
            Language::Chinese,
            "2 个会话有 12 条新消息",
            "",
        ),
    ] {
        assert_eq!(
            of(messages, names, content, language),
            (title.to_owned(), body.to_owned())
        );
    }
    assert_eq!(counted("Ann", 1), "Ann");
    assert_eq!(counted("Ann", 3), "Ann (3)");
    assert_eq!(name_of(&group(), Language::English), "Harbour");
    assert_eq!(name_of(&talk(), Language::English), "ann");
}

#[test]
fn r_c3_low_priorities_can_wait() {
    for (priority, urgency) in [
        ("High", Urgency::Normal),
        ("Normal", Urgency::Normal),
        ("Low", Urgency::Low),
        ("Lowest", Urgency::Low),
    ] {
        let message = MessageView {
            priority: priority.into(),
            ..said("x")
        };
        assert_eq!(notification(&message, &talk(), &OWN).unwrap().urgency, urgency);
    }
}

#[test]
fn r_m4_notices_say_what_happened_and_ones_own_doings_are_silent() {
    let system = ConversationView {
        conversation_id: "@TIM#SYSTEM".into(),
        conversation_type: "@TIM#SYSTEM".into(),
        ..talk()
    };
    let chinese = OwnSettings {
        language: Language::Chinese,
        ..OWN
    };
    for (number, body) in [
        (1, Some("carol asks to join Harbour")),
        (2, Some("You have joined Harbour")),
        (3, Some("Your request to join Harbour was declined")),
        (4, Some("carol removed you from Harbour")),
        (5, Some("carol disbanded Harbour")),
        (6, None),
        (7, Some("carol added you to Harbour")),
        (8, None),
        (9, Some("You are an administrator of Harbour now")),
        (10, Some("You are no administrator of Harbour any more")),
        (11, None),
        (255, Some("tea at five")),
    ] {
        let payload = json!({
            "operationType": number, "operatorID": "carol", "userDefinedField": "tea at five",
            "groupProfile": { "groupID": "g", "name": "Harbour" },
        });
        let notice = message("TIMGroupSystemNoticeElem", payload);
        let expected = body.and_then(|body| words("System notices", body));
        assert_eq!(told(&notice, &system), expected, "{number}");
        assert_eq!(
            notification(&notice, &system, &chinese).is_some(),
            body.is_some(),
            "{number}"
        );
    }
}

#[test]
fn hostile_texts_become_one_short_line() {
    let long = pushed(said("x"), |push| {
        push.title = "名".repeat(5_000);
        push.description = "a\u{0}\u{1b}[31m".repeat(5_000);
        push.extension = "x".repeat(50_000);
    });
    let shown = notification(&long, &talk(), &OWN).unwrap();
    assert!(shown.title.len() <= 128 && shown.body.len() <= 512 && shown.extension.len() <= 1024);
    assert!(!shown.body.contains(char::is_control));
}
