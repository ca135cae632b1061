//! sendMessage (R-S1).

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use tidings_protocol::{
    ConversationId, ErrorKind, ExtrasError, FileId, FileKind, MediaPayload, MessageType, PayloadError,
    SendMessage, WireError, check_payload, code,
};

use super::files::too_large;
use super::no_such_conversation;
use crate::bus::Reply;
use crate::limits;
use crate::space::Space;
use crate::store::{Append, NamedFile};

/// Stores a message and delivers it. The reply is given when it is on disk.
pub(super) fn send(space: &Space, message: SendMessage, reply: Reply) {
    let allowed = space
        .sends
        .take(reply.session().user.row, space.clock.monotonic());
    let checked = allowed
        .and_then(|()| check(&message))
        .and_then(|()| files(space, &message));
    match checked {
        Ok(files) => space.store.append(Append {
            message,
            files,
            reply,
        }),
        Err(error) => reply.refuse(error),
    }
}

/// The files that a message names, each with the limit of its place.
fn files(space: &Space, message: &SendMessage) -> Result<Vec<NamedFile>, WireError> {
    let read = MediaPayload::read(&message.message_type, &message.payload).map_err(payload_refusal)?;
    let Some(payload) = read else {
        return Ok(Vec::new());
    };
    if message.online_only {
        // Nothing is stored that could say for how long, and by whom, its files may be fetched.
        let words = "what carries files is not for those alone who are here";
        return Err(WireError::new(
            code::BAD_MESSAGE_TYPE,
            ErrorKind::BadRequest,
            words,
        ));
    }
    let (main, kind) = match &payload {
        MediaPayload::Image(image) => (&image.uuid, FileKind::Image),
        MediaPayload::Video(video) => (&video.video_uuid, FileKind::Video),
        MediaPayload::File(file) => (&file.uuid, FileKind::File),
        MediaPayload::Sound(sound) => (&sound.uuid, FileKind::Sound),
    };
    let main = FileId::of_uuid(main).ok();
    let original = match &payload {
        MediaPayload::Image(image) => image.image_info_array.first().map(|info| &info.instance_id),
        _ => None,
    };
    let sizes = space.config.media.sizes();
    let named = payload.files().into_iter().map(|id| {
        let is_main = Some(&id) == main.as_ref() || Some(&id) == original;
        let kind = if is_main { kind } else { FileKind::Preview };
        NamedFile {
            most: sizes.of(kind),
            too_large: too_large(kind),
            sizes: payload.sizes_of(&id),
            id,
        }
    });
    Ok(named.collect())
}

fn check(message: &SendMessage) -> Result<(), WireError> {
    if message.conversation == ConversationId::System {
        return Err(no_such_conversation());
    }
    if let Some(extras) = &message.extras {
        extras.check().map_err(extras_refusal)?;
    }
    check_content(&message.message_type, &message.payload)
}

/// Checks what a message says, also one that is edited.
pub(super) fn check_content(message_type: &MessageType, payload: &RawValue) -> Result<(), WireError> {
    check_payload(message_type, payload).map_err(payload_refusal)?;
    check_readable(payload)
}

fn extras_refusal(error: ExtrasError) -> WireError {
    let (code, kind) = match error {
        ExtrasError::TooLarge => (code::MESSAGE_TOO_LARGE, ErrorKind::TooLarge),
        ExtrasError::Mention => (code::BAD_PARAMETER, ErrorKind::BadRequest),
    };
    WireError::new(code, kind, error.to_string())
}

/// A payload goes to every client as it came, so it must be one that every JSON parser reads and none drowns in (H36).
fn check_readable(payload: &RawValue) -> Result<(), WireError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct TextOnly {
        #[serde(rename = "text")]
        _text: IgnoredAny,
    }
    if serde_json::from_str::<TextOnly>(payload.get()).is_ok() {
        return Ok(());
    }
    let mut json = serde_json::Deserializer::from_str(payload.get());
    Levels(limits::PAYLOAD_DEPTH).deserialize(&mut json).map_err(|_| {
        WireError::new(
            code::BAD_PAYLOAD,
            ErrorKind::BadRequest,
            "the payload is nested too deeply or no plain JSON",
        )
    })
}

/// Reads a value with so many levels below it, decoding each text and number and keeping nothing.
struct Levels(usize);

impl Levels {
    fn below<E: serde::de::Error>(&self) -> Result<Self, E> {
        self.0
            .checked_sub(1)
            .map(Self)
            .ok_or_else(|| E::custom("too deep"))
    }
}

impl<'de> DeserializeSeed<'de> for Levels {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Levels {
    type Value = ();
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }
    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(self.below()?)?.is_some() {}
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key_seed(self.below()?)?.is_some() {
            map.next_value_seed(self.below()?)?;
        }
        Ok(())
    }
}

/// The refusal for a payload, as TIM codes it.
fn payload_refusal(error: PayloadError) -> WireError {
    let (code, kind) = match error {
        PayloadError::Form | PayloadError::Empty => (code::BAD_PAYLOAD, ErrorKind::BadRequest),
        PayloadError::TooLarge(_) => (code::MESSAGE_TOO_LARGE, ErrorKind::TooLarge),
        PayloadError::Type => (code::BAD_MESSAGE_TYPE, ErrorKind::BadRequest),
    };
    WireError::new(code, kind, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readable(json: &str) -> bool {
        check_readable(&RawValue::from_string(json.to_owned()).unwrap()).is_ok()
    }

    #[test]
    fn h36_what_would_break_a_clients_parser_is_not_stored() {
        assert!(readable(r#"{"text":"plain"}"#));
        assert!(readable(
            r#"{"text":"x","extra":{"a":[1,2.5,null,true,"\u00e9"]}}"#
        ));
        let nested =
            |depth: usize| format!(r#"{{"text":"x","a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert!(readable(&nested(20)));
        assert!(!readable(&nested(40)));
        assert!(!readable(&nested(30_000)));
        assert!(!readable(r#"{"text":"x","a":1e400}"#));
        assert!(!readable(r#"{"text":"x","a":"\ud800"}"#));
        assert!(!readable(r#"{"text":"x","\ud800":1}"#));
    }
}
