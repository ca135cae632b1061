//! Previews: what a head shows of its newest message. A hundred of them are one frame, so each is small whatever the message holds.

use serde::Deserialize;
use serde_json::value::RawValue;
use tidings_protocol::{FileId, GroupTip, MediaPayload, Message, MessageType, cut_text, limits};

/// People whom a preview of a tip names, people; the tip's `memberNum` still says how many there are.
const NAMED: usize = 10;

#[derive(Deserialize)]
struct Text {
    text: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Custom {
    data: String,
    description: String,
    extension: String,
}

#[derive(Deserialize)]
struct Face {
    index: u32,
    #[serde(default)]
    data: String,
}

/// The message as a head shows it: its payload cut, without what is large of the rest. [`Message::cut`] says whether anything is missing.
pub(super) fn preview(mut message: Message) -> Message {
    let large = message.extras.as_ref().is_some_and(|extras| {
        serde_json::to_string(extras).map_or(true, |json| json.len() > limits::PREVIEW_BYTES)
    });
    if large {
        message.extras = None;
        message.cut = true;
    }
    if let Some(altered) = &mut message.altered
        && !altered.reactions.is_empty()
    {
        altered.reactions = Vec::new();
        message.cut = true;
    }
    message.altered = message.altered.filter(|altered| !altered.is_empty());
    if message.payload.get().len() > limits::PREVIEW_BYTES {
        let payload = cut_payload(&message.message_type, &message.payload);
        // Nothing of a payload that nobody here knows: a part of it would have no form.
        if let Ok(payload) = RawValue::from_string(payload.unwrap_or_else(|| "{}".to_owned())) {
            message.payload = payload;
            message.cut = true;
        }
    }
    message
}

fn cut_payload(message_type: &MessageType, whole: &RawValue) -> Option<String> {
    let most = limits::PREVIEW_BYTES;
    let payload = whole.get();
    match message_type.as_str() {
        MessageType::TEXT => {
            let Text { text } = serde_json::from_str(payload).ok()?;
            Some(serde_json::json!({ "text": cut_text(&text, most) }).to_string())
        }
        MessageType::CUSTOM => {
            let Custom {
                data,
                description,
                extension,
            } = serde_json::from_str(payload).ok()?;
            let description = cut_text(&description, most);
            // Programs read these two, and half of them would mean something else.
            let whole = |text: String| {
                if text.len() <= most / 2 {
                    text
                } else {
                    String::new()
                }
            };
            let cut = serde_json::json!({
                "data": whole(data), "description": description, "extension": whole(extension),
            });
            Some(cut.to_string())
        }
        MessageType::FACE => {
            let Face { index, data } = serde_json::from_str(payload).ok()?;
            Some(serde_json::json!({ "index": index, "data": cut_text(&data, most) }).to_string())
        }
        MessageType::GROUP_TIP => {
            let mut tip: GroupTip = serde_json::from_str(payload).ok()?;
            tip.user_id_list.truncate(NAMED);
            tip.member_list.truncate(NAMED);
            serde_json::to_string(&tip).ok()
        }
        // The texts of a notice have their own limits.
        MessageType::NOTICE => Some(payload.to_owned()),
        _ => cut_media(MediaPayload::read(message_type, whole).ok()??),
    }
}

/// Leaves out nothing that says which files they are: a list shows the small picture of an image.
fn cut_media(mut payload: MediaPayload) -> Option<String> {
    let id_alone = |uuid: &mut String| {
        if uuid.len() > limits::PREVIEW_BYTES / 4 {
            *uuid = FileId::of_uuid(uuid).map(String::from).unwrap_or_default();
        }
    };
    let cut = |text: &mut String| {
        let most = limits::PREVIEW_BYTES / 2;
        *text = cut_text(text, most).to_owned();
        // JSON writes one control character as six bytes.
        if serde_json::to_string(text).map_or(true, |json| json.len() > 2 * most) {
            text.clear();
        }
    };
    match &mut payload {
        MediaPayload::Image(image) => {
            id_alone(&mut image.uuid);
            cut(&mut image.file_name);
            cut(&mut image.caption);
            serde_json::to_string(image).ok()
        }
        MediaPayload::Video(video) => {
            id_alone(&mut video.video_uuid);
            id_alone(&mut video.thumb_uuid);
            cut(&mut video.file_name);
            cut(&mut video.caption);
            serde_json::to_string(video).ok()
        }
        MediaPayload::File(file) => {
            id_alone(&mut file.uuid);
            cut(&mut file.file_name);
            cut(&mut file.caption);
            serde_json::to_string(file).ok()
        }
        MediaPayload::Sound(sound) => {
            id_alone(&mut sound.uuid);
            serde_json::to_string(sound).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_protocol::{
        Altered, ClientId, ConversationKind, Extras, Priority, PushInfo, Reaction, UserId,
    };

    fn shown(message_type: &str, payload: &serde_json::Value) -> Message {
        preview(Message {
            kind: ConversationKind::C2C,
            from: UserId::new("ann").unwrap(),
            to: "bob".to_owned(),
            seq: 1,
            revision: 1,
            time: 0,
            client_id: ClientId::new("1").unwrap(),
            random: 0,
            client_seq: 0,
            message_type: MessageType::new(message_type),
            payload: RawValue::from_string(payload.to_string()).unwrap(),
            priority: Priority::Normal,
            cut: false,
            extras: Some(Box::new(Extras {
                custom: "\u{0}".repeat(limits::CUSTOM_BYTES),
                push: Some(PushInfo::default()),
                ..Extras::default()
            })),
            altered: Some(Box::new(Altered {
                reactions: vec![Reaction {
                    emoji: "x".repeat(limits::REACTION_BYTES),
                    users: vec![UserId::new("ann").unwrap(); limits::REACTION_PEOPLE],
                }],
                edited: true,
                ..Altered::default()
            })),
        })
    }

    const ID: &str = "0123456789abcdef0123456789abcdef";

    fn image(uuid: &str, caption: &str) -> serde_json::Value {
        let info = |size: u8| {
            serde_json::json!({"sizeType": size, "size": u64::MAX >> 11, "width": u32::MAX, "height": u32::MAX,
                               "instanceID": ID})
        };
        serde_json::json!({"uuid": uuid, "imageFormat": 255, "imageInfoArray": [info(1), info(2), info(3)],
            "fileName": "\u{0}".repeat(limits::FILE_NAME_BYTES), "animated": true, "caption": caption,
            "thumbhash": "\u{0}".repeat(limits::THUMBHASH_BYTES), "album": "\u{0}".repeat(limits::CLIENT_ID_BYTES)})
    }

    fn video(uuid: &str, caption: &str) -> serde_json::Value {
        let format = "\u{0}".repeat(limits::FORMAT_BYTES);
        serde_json::json!({"videoUUID": uuid, "videoFormat": format, "videoSecond": 1, "videoSize": 1,
            "videoDownloadFlag": 2, "thumbUUID": uuid, "thumbFormat": format, "thumbWidth": 1, "thumbHeight": 1,
            "thumbSize": 1, "thumbDownloadFlag": 2, "fileName": "n".repeat(limits::FILE_NAME_BYTES),
            "caption": caption, "more": caption})
    }

    fn file(uuid: &str, caption: &str) -> serde_json::Value {
        serde_json::json!({"uuid": uuid, "fileName": "n.pdf", "fileSize": 1, "downloadFlag": 2, "caption": caption})
    }

    #[test]
    fn a_preview_of_files_still_says_which_they_are_and_how_their_text_begins() {
        let caption = "a word ".repeat(500);
        for (message_type, payload) in [
            (MessageType::IMAGE, image(&format!("0-ann-{ID}"), &caption)),
            (MessageType::VIDEO, video(&format!("0-ann-{ID}"), &caption)),
            (MessageType::FILE, file(&format!("0-ann-{ID}"), &caption)),
        ] {
            let shown = shown(message_type, &payload);
            let read = MediaPayload::read(&MessageType::new(message_type), &shown.payload);
            let read = read.unwrap().unwrap();
            assert_eq!(read.files(), [ID.parse().unwrap()], "{message_type}");
            assert!(
                read.caption().starts_with("a word a word") && read.caption().len() <= limits::PREVIEW_BYTES
            );
        }
    }

    #[test]
    fn a_preview_is_small_for_every_type() {
        let (uuid, caption) = (
            format!("{}-{ID}", "\u{0}".repeat(9000)),
            "\u{0}".repeat(limits::CAPTION_BYTES),
        );
        let long = "\u{0}".repeat(limits::MESSAGE_BYTES);
        let people = vec!["x".repeat(32); limits::MEMBERS_AT_ONCE];
        let group = serde_json::json!({"groupID": "g", "name": "G", "groupName": "G"});
        for (message_type, payload) in [
            (MessageType::TEXT, serde_json::json!({"text": long, "more": long})),
            (
                MessageType::CUSTOM,
                serde_json::json!({"data": long, "description": long, "extension": long}),
            ),
            (MessageType::FACE, serde_json::json!({"index": 1, "data": long})),
            (
                MessageType::GROUP_TIP,
                serde_json::json!({"operationType": 1, "operatorID": "ann", "userIDList": people, "memberNum": 501,
                    "groupProfile": group}),
            ),
            (MessageType::IMAGE, image(&uuid, &caption)),
            (MessageType::VIDEO, video(&uuid, &caption)),
            (MessageType::FILE, file(&uuid, &caption)),
            (
                MessageType::SOUND,
                serde_json::json!({"uuid": uuid, "second": 1, "size": 1, "downloadFlag": 2, "waveform": vec![31; 64]}),
            ),
            ("TIMFromTheFutureElem", serde_json::json!({"data": long})),
        ] {
            let shown = shown(message_type, &payload);
            assert!(shown.cut, "{message_type}");
            let bytes = serde_json::to_string(&shown).unwrap().len();
            // 100 of them and their profiles are well below what may wait for one session.
            assert!(bytes < 8 * limits::PREVIEW_BYTES, "{message_type}: {bytes}");
        }
    }

    #[test]
    fn a_preview_of_a_custom_message_keeps_what_it_is_and_what_it_says() {
        let die = serde_json::json!({"data": "dice", "description": "6", "extension": "x".repeat(1000)});
        let shown = shown(MessageType::CUSTOM, &die);
        let expected = serde_json::json!({"data": "dice", "description": "6", "extension": ""});
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(shown.payload.get()).unwrap(),
            expected
        );
        assert!(shown.altered.unwrap().edited);
    }
}
