//! Replies that quote: Tidings keeps `{"reply":{"seq":…,"from":…,"text":…}}` in a message's custom data. A recalled text
//! must not live on in them.

use rusqlite::{Result, params};
use serde_json::Value;
use tidings_protocol::Extras;

use super::groups::{from_json, to_json};
use super::{Open, messages, outbox};

/// The message that this custom data replies to.
pub(crate) fn quoted(custom: &str) -> Option<u64> {
    if custom.is_empty() {
        return None;
    }
    let value: Value = serde_json::from_str(custom).ok()?;
    let seq = value.get("reply")?.get("seq")?.as_u64()?;
    (seq <= crate::limits::SEQ_MOST).then_some(seq)
}

/// The same custom data without the quoted text.
fn without_text(custom: &str) -> String {
    match serde_json::from_str::<Value>(custom) {
        Ok(mut value) => {
            if let Some(text) = value.get_mut("reply").and_then(|reply| reply.get_mut("text")) {
                *text = Value::String(String::new());
            }
            value.to_string()
        }
        Err(_) => custom.to_owned(),
    }
}

/// The same extras without the quoted text.
pub(crate) fn without(extras: &Extras) -> Extras {
    Extras {
        custom: without_text(&extras.custom),
        ..extras.clone()
    }
}

/// The message at `seq` was recalled: its text goes from everything that replies to it, sent, waiting or being written.
pub(crate) fn erase(open: &mut Open<'_>, seq: u64) -> Result<()> {
    let replies: Vec<(u64, Extras)> = open
        .db
        .prepare_cached("SELECT seq, extras FROM messages WHERE conversation = ?1 AND quotes = ?2")?
        .query_map(params![open.it.id, seq], |row| {
            Ok((row.get(0)?, *from_json::<Extras>(row, 1)?.unwrap_or_default()))
        })?
        .collect::<Result<_>>()?;
    for (place, extras) in replies {
        open.db
            .prepare_cached("UPDATE messages SET extras = ?3 WHERE conversation = ?1 AND seq = ?2")?
            .execute(params![open.it.id, place, to_json(Some(&without(&extras)))])?;
        let views = messages::range(open.db, open.it, open.me, place, place, 1)?;
        open.told.modified.extend(views);
    }
    if open.it.waiting + open.it.failed > 0 {
        for entry in outbox::of_conversation(open.db, open.it.id)? {
            let Some(extras) = entry.extras.as_ref().filter(|it| quoted(&it.custom) == Some(seq)) else {
                continue;
            };
            let entry = outbox::Entry {
                extras: Some(without(extras)),
                ..entry
            };
            outbox::put_extras(open.db, &entry)?;
            open.told
                .modified
                .push(outbox::view(open.db, open.me, open.it, &entry)?);
        }
    }
    if quoted(&open.it.draft) == Some(seq) {
        open.it.draft = without_text(&open.it.draft);
    }
    *open.erased = true;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_is_found_and_loses_its_text_and_nothing_else() {
        let custom = r#"{"reply":{"from":"ann","seq":7,"text":"secret"},"x":1}"#;
        assert_eq!(quoted(custom), Some(7));
        assert_eq!(
            without_text(custom),
            r#"{"reply":{"from":"ann","seq":7,"text":""},"x":1}"#
        );
        for other in [
            "",
            "7",
            "[]",
            r#"{"reply":{"seq":"7"}}"#,
            r#"{"reply":{"seq":-1}}"#,
            "{",
        ] {
            assert_eq!(quoted(other), None, "{other}");
            assert!(!without_text(other).contains("secret"));
        }
    }
}
