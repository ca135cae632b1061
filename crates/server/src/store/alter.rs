//! What becomes of a message after it was stored: recalled, edited, reacted to.
//!
//! [`change`] decides and knows nothing of the database, and [`Batch::write_altered`] writes to any log; each kind of conversation brings
//! its own way to a message and from it to the people concerned.

use rusqlite::{OptionalExtension, params};
use serde_json::value::RawValue;
use tidings_protocol::{
    Altered, ConversationKind, ErrorKind, Message, MessageType, Reaction, Sent, UserId, WireError, code,
    limits::{REACTION_KINDS, REACTION_PEOPLE},
};

use super::batch::Batch;
use super::messages::{COLUMNS, message, to_json};
use super::{StoreError, to_db};
use crate::limits;

/// A row with a payload of this length, bytes, is about as long as one in a page can be; longer ones are in pages of their own.
const LONGEST_IN_PAGE: usize = 900;

/// What somebody wants to become of a message.
pub(crate) enum Alteration {
    /// R-K1.
    Recall,
    /// The new payload, checked already.
    Edit(Box<RawValue>),
    /// `on` is false to take it back.
    React { emoji: String, on: bool },
}

/// How long after it was stored a message can be altered, milliseconds; `None`: as long as it is kept.
#[derive(Clone, Copy)]
pub(crate) struct Windows {
    pub(crate) recall: Option<i64>,
    pub(crate) edit: Option<i64>,
}

/// Who alters.
#[derive(Clone, Copy)]
pub(super) struct By<'a> {
    pub(super) id: &'a UserId,
    /// May recall what others have sent, at any time.
    pub(super) recalls_others: bool,
}

/// A message as it is now.
pub(crate) struct AlteredNow {
    /// The answer.
    pub(crate) sent: Sent,
    /// To be pushed to these users, when anything changed.
    pub(crate) push: Option<(Box<Message>, Vec<i64>)>,
}

/// Alters `message`, but for its revision. `false`: it is already as it was to become, so that asking again is answered alike. After a refusal
/// it is of no more use.
pub(super) fn change(
    message: &mut Message,
    by: By<'_>,
    what: &Alteration,
    windows: Windows,
    now: i64,
) -> Result<bool, WireError> {
    let mut altered = message.altered.take().map(|altered| *altered).unwrap_or_default();
    let recalled_by = altered.recalled_by.clone();
    let changed = match what {
        Alteration::Recall if recalled_by.as_ref() == Some(by.id) => Ok(false),
        _ if recalled_by.is_some() || message.message_type.is_of_the_server() => Err(not_alterable()),
        Alteration::Recall => {
            if message.from != *by.id && !by.recalls_others {
                return Err(not_the_sender());
            }
            if !by.recalls_others {
                in_time(message, windows.recall, now)?;
            }
            message.payload = RawValue::from_string("{}".to_owned()).map_err(|_| not_alterable())?;
            message.extras = None;
            altered = Altered {
                recalled_by: Some(by.id.clone()),
                ..Altered::default()
            };
            Ok(true)
        }
        Alteration::Edit(payload) => edit(message, &mut altered, by.id, payload, windows.edit, now),
        Alteration::React { emoji, on } => react(&mut altered.reactions, by.id, emoji, *on),
    };
    message.altered = (!altered.is_empty()).then(|| Box::new(altered));
    changed
}

fn edit(
    message: &mut Message,
    altered: &mut Altered,
    by: &UserId,
    payload: &RawValue,
    window: Option<i64>,
    now: i64,
) -> Result<bool, WireError> {
    if message.from != *by {
        return Err(not_the_sender());
    }
    if message.message_type.as_str() != MessageType::TEXT {
        let words = "only texts can be edited";
        return Err(WireError::new(
            code::BAD_MESSAGE_TYPE,
            ErrorKind::BadRequest,
            words,
        ));
    }
    if message.payload.get() == payload.get() {
        return Ok(false);
    }
    in_time(message, window, now)?;
    message.payload = payload.to_owned();
    altered.edited = true;
    Ok(true)
}

fn react(reactions: &mut Vec<Reaction>, by: &UserId, emoji: &str, on: bool) -> Result<bool, WireError> {
    let full = |words: &str| Err(WireError::new(code::LIMIT_REACHED, ErrorKind::TooLarge, words));
    let kinds = reactions.len();
    let known = reactions.iter_mut().find(|reaction| reaction.emoji == emoji);
    match (known, on) {
        (Some(reaction), true) => {
            if reaction.users.contains(by) {
                return Ok(false);
            }
            if reaction.users.len() >= REACTION_PEOPLE {
                return full("as many people as may be have reacted so");
            }
            reaction.users.push(by.clone());
            Ok(true)
        }
        (None, true) => {
            if kinds >= REACTION_KINDS {
                return full("this message has as many kinds of reactions as may be");
            }
            reactions.push(Reaction {
                emoji: emoji.to_owned(),
                users: vec![by.clone()],
            });
            Ok(true)
        }
        (Some(reaction), false) => {
            let before = reaction.users.len();
            reaction.users.retain(|user| user != by);
            let fewer = reaction.users.len() < before;
            reactions.retain(|reaction| !reaction.users.is_empty());
            Ok(fewer)
        }
        (None, false) => Ok(false),
    }
}

fn in_time(message: &Message, window: Option<i64>, now: i64) -> Result<(), WireError> {
    match window {
        Some(window) if now.saturating_sub(message.time) > window => {
            let code = match message.kind {
                ConversationKind::GROUP => code::GROUP_RECALL_TOO_LATE,
                _ => code::RECALL_TOO_LATE,
            };
            let words = "this message is too old for that";
            Err(WireError::new(code, ErrorKind::Forbidden, words))
        }
        _ => Ok(()),
    }
}

fn not_the_sender() -> WireError {
    let words = "somebody else has sent this message";
    WireError::new(code::NO_PERMISSION, ErrorKind::Forbidden, words)
}

fn not_alterable() -> WireError {
    let words = "this message cannot be recalled or changed";
    WireError::new(code::NOT_RECALLABLE, ErrorKind::Forbidden, words)
}

/// There is none in this log, or it is not kept or cleared: all alike.
pub(super) fn no_such_message() -> WireError {
    WireError::new(
        code::NO_SUCH_MESSAGE,
        ErrorKind::NotFound,
        "there is no such message",
    )
}

impl Batch<'_> {
    /// Alters a message between `me` and `peer`.
    pub(crate) fn alter(
        &mut self,
        me: (i64, &UserId),
        peer: &UserId,
        seq: u64,
        what: &Alteration,
        windows: Windows,
    ) -> Result<AlteredNow, StoreError> {
        let row = self.user_row(peer)?.ok_or_else(no_such_message)?;
        let log = self.conversation(me.0, row)?.ok_or_else(no_such_message)?;
        let (number, revision, blocked) = (log.id, log.revision, log.blocks(row, me.0));
        if blocked && !matches!(what, Alteration::Recall) {
            return Err(super::personal::blocked().into());
        }
        let found = self
            .conn
            .prepare_cached(&format!(
                "SELECT m.cleared_seq, o.cleared_seq, {COLUMNS} FROM messages x \
                 JOIN members m ON m.user = ?3 AND m.conversation = x.conversation \
                 JOIN members o ON o.user = ?4 AND o.conversation = x.conversation \
                 WHERE x.conversation = ?1 AND x.seq = ?2"
            ))?
            .query_row(params![number, to_db(seq), me.0, row], |found| {
                let cleared: (i64, i64) = (found.get(0)?, found.get(1)?);
                Ok((cleared, message(found, 2, me, peer)))
            })
            .optional()?;
        let Some(((mine, theirs), message)) = found else {
            return Err(no_such_message().into());
        };
        if to_db(seq) <= mine {
            return Err(no_such_message().into());
        }
        let mut message = message?;
        let by = By {
            id: me.1,
            recalls_others: false,
        };
        let changed = change(&mut message, by, what, windows, self.now)?;
        if changed {
            message.revision = super::from_db(revision + 1);
            self.write_altered(number, &message, what)?;
            self.revised(me.0, row);
        }
        let sent = Sent {
            seq: message.seq,
            revision: message.revision,
            time: message.time,
        };
        // Whoever has cleared the history up to here does not see it again.
        let users = [(me.0, mine), (row, theirs)];
        let users = users.into_iter().filter(|(_, cleared)| to_db(seq) > *cleared);
        let push = changed.then(|| (Box::new(message), users.map(|(user, _)| user).collect()));
        Ok(AlteredNow { sent, push })
    }

    /// Writes to a log of any kind what [`change`] has made of its message, with the message's new revision.
    pub(super) fn write_altered(
        &mut self,
        log: i64,
        message: &Message,
        what: &Alteration,
    ) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE messages SET payload = ?3, extras = ?4, altered = ?5, revision = ?6, changed = 1 \
                 WHERE conversation = ?1 AND seq = ?2",
            )?
            .execute(params![
                log,
                to_db(message.seq),
                message.payload.get(),
                to_json(message.extras.as_deref())?,
                to_json(message.altered.as_deref())?,
                to_db(message.revision),
            ])?;
        if matches!(what, Alteration::Recall) {
            let seq = to_db(message.seq);
            self.unuse_files(log, seq, seq)?;
        }
        if !matches!(what, Alteration::React { .. }) {
            self.overwrite_around(log, to_db(message.seq))?;
            // What was said before goes from the write-ahead log as well.
            self.memory.scrub = true;
        }
        Ok(())
    }

    /// Overwrites what is left of a text that is to be gone.
    ///
    /// `secure_delete` zeroes what is deleted. But where SQLite has moved a row to the page beside it while it still stood, its bytes may be left
    /// in the unused part of the page that it came from. So the rows around it are written longer for a moment, which fills their pages, and
    /// then as they were, which zeroes what is free again.
    fn overwrite_around(&mut self, log: i64, seq: i64) -> Result<(), StoreError> {
        let mut around: Vec<(i64, i64, String)> = Vec::new();
        let below = "SELECT conversation, seq, payload FROM messages WHERE (conversation, seq) < (?1, ?2) \
                     ORDER BY conversation DESC, seq DESC LIMIT ?3";
        let above = "SELECT conversation, seq, payload FROM messages WHERE (conversation, seq) >= (?1, ?2) \
                     ORDER BY conversation, seq LIMIT ?3";
        // The log's end too: what was added there since may stand between the row and where it was.
        for (question, seq) in [(below, seq), (above, seq), (below, i64::MAX), (above, i64::MAX)] {
            let mut statement = self.conn.prepare_cached(question)?;
            let rows = statement.query_map(params![log, seq, limits::OVERWRITTEN_ROWS], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
            for row in rows {
                around.push(row?);
            }
        }
        around.sort_unstable();
        around.dedup();
        let mut write = self
            .conn
            .prepare_cached("UPDATE messages SET payload = ?3 WHERE conversation = ?1 AND seq = ?2")?;
        for (log, seq, payload) in &around {
            if payload.len() < LONGEST_IN_PAGE {
                write.execute(params![log, seq, format!("{payload:LONGEST_IN_PAGE$}")])?;
            }
        }
        for (log, seq, payload) in &around {
            write.execute(params![log, seq, payload])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_protocol::{ClientId, Extras, GroupId, Priority};

    const FREE: Windows = Windows {
        recall: None,
        edit: None,
    };

    fn user(name: &str) -> UserId {
        UserId::new(name).unwrap()
    }

    fn from_ann(kind: ConversationKind, message_type: &str) -> Message {
        Message {
            kind,
            from: user("ann"),
            to: GroupId::new("g").unwrap().to_string(),
            seq: 5,
            revision: 5,
            time: 1_000,
            client_id: ClientId::new("1").unwrap(),
            random: 0,
            client_seq: 0,
            message_type: MessageType::new(message_type),
            payload: RawValue::from_string(r#"{"text":"x"}"#.to_owned()).unwrap(),
            priority: Priority::Normal,
            cut: false,
            extras: Some(Box::new(Extras {
                custom: "c".to_owned(),
                ..Extras::default()
            })),
            altered: None,
        }
    }

    fn by(id: &UserId) -> By<'_> {
        By {
            id,
            recalls_others: false,
        }
    }

    #[test]
    fn r_k2_a_recall_after_its_window_has_the_code_of_its_kind_and_0_has_no_window() {
        let windows = Windows {
            recall: Some(120_000),
            edit: None,
        };
        for (kind, code) in [
            (ConversationKind::C2C, code::RECALL_TOO_LATE),
            (ConversationKind::GROUP, code::GROUP_RECALL_TOO_LATE),
        ] {
            let mut message = from_ann(kind, MessageType::TEXT);
            let ann = user("ann");
            let late = change(&mut message, by(&ann), &Alteration::Recall, windows, 121_001);
            assert_eq!(late.unwrap_err().code, code);
            assert_eq!(message.payload.get(), r#"{"text":"x"}"#);
            let earlier_clock = change(&mut message.clone(), by(&ann), &Alteration::Recall, windows, 0);
            assert_eq!(earlier_clock, Ok(true));
            assert_eq!(
                change(
                    &mut message.clone(),
                    by(&ann),
                    &Alteration::Recall,
                    FREE,
                    i64::MAX
                ),
                Ok(true)
            );
            assert_eq!(
                change(&mut message, by(&ann), &Alteration::Recall, windows, 121_000),
                Ok(true)
            );
            assert_eq!(message.payload.get(), "{}");
            assert_eq!(message.extras, None);
            let again = change(&mut message, by(&ann), &Alteration::Recall, windows, 999_999_999);
            assert_eq!(again, Ok(false), "asked again it is answered alike, however late");
        }
    }

    #[test]
    fn r_k5_r_k7_who_may_recall_what_others_sent_may_do_so_at_any_time() {
        let windows = Windows {
            recall: Some(1),
            edit: Some(1),
        };
        let (admin, bob) = (user("admin"), user("bob"));
        let mut message = from_ann(ConversationKind::GROUP, MessageType::TEXT);
        let refused = change(&mut message, by(&bob), &Alteration::Recall, windows, 1_000);
        assert_eq!(refused.unwrap_err().code, code::NO_PERMISSION);
        let recalls_others = By {
            id: &admin,
            recalls_others: true,
        };
        assert_eq!(
            change(
                &mut message,
                recalls_others,
                &Alteration::Recall,
                windows,
                999_999
            ),
            Ok(true)
        );
        assert_eq!(message.altered.as_ref().unwrap().recalled_by, Some(admin));
        let ann = user("ann");
        let again = change(&mut message, by(&ann), &Alteration::Recall, FREE, 1_000);
        assert_eq!(again.unwrap_err().code, code::NOT_RECALLABLE);
    }

    #[test]
    fn r_k6_tips_and_notices_cannot_be_recalled_edited_or_reacted_to() {
        for message_type in [MessageType::GROUP_TIP, MessageType::NOTICE] {
            let payload = RawValue::from_string("{}".to_owned()).unwrap();
            let react = Alteration::React {
                emoji: "x".to_owned(),
                on: true,
            };
            for what in [Alteration::Recall, Alteration::Edit(payload), react] {
                let mut message = from_ann(ConversationKind::GROUP, message_type);
                let refused = change(&mut message, by(&user("ann")), &what, FREE, 0);
                assert_eq!(refused.unwrap_err().code, code::NOT_RECALLABLE);
            }
        }
    }

    #[test]
    fn reactions_keep_their_limits_and_their_order() {
        let mut message = from_ann(ConversationKind::GROUP, MessageType::TEXT);
        let mut react = |who: &str, emoji: &str, on: bool| {
            let what = Alteration::React {
                emoji: emoji.to_owned(),
                on,
            };
            change(&mut message, by(&user(who)), &what, FREE, 0).map_err(|error| error.code)
        };
        for n in 0..REACTION_KINDS {
            assert_eq!(react("bob", &n.to_string(), true), Ok(true));
            assert_eq!(react("bob", &n.to_string(), true), Ok(false));
        }
        assert_eq!(react("bob", "one more", true), Err(code::LIMIT_REACHED));
        for n in 1..REACTION_PEOPLE {
            assert_eq!(react(&format!("u{n}"), "0", true), Ok(true));
        }
        assert_eq!(react("late", "0", true), Err(code::LIMIT_REACHED));
        assert_eq!(react("late", "1", true), Ok(true));
        assert_eq!(react("bob", "1", false), Ok(true));
        assert_eq!(react("bob", "1", false), Ok(false));
        assert_eq!(react("late", "1", false), Ok(true));
        assert_eq!(
            react("bob", "one more", true),
            Ok(true),
            "a kind that nobody has is gone"
        );
        let reactions = &message.altered.as_ref().unwrap().reactions;
        assert_eq!(reactions[0].users[1], user("u1"));
        assert_eq!(message.extras.as_ref().unwrap().custom, "c", "the rest stays");
    }
}
