//! Keeping the cache below its limit. What can be had again from the server goes: the oldest held messages of the
//! conversations that have been quiet for longest, down to the newest page of each. Heads, drafts and the outbox stay.

use rusqlite::{Connection, OptionalExtension, Result, params};

/// How much there may be, and how it is brought there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Bytes in use.
    pub(super) most_bytes: u64,
    /// The newest messages of each conversation that are kept.
    pub(super) kept: u64,
    /// Messages that go in one transaction.
    pub(super) at_once: u64,
}

/// Removes one transaction's worth of messages when there are more bytes than there may be. `true`: it did.
pub(super) fn evict(db: &mut Connection, room: Room) -> Result<bool> {
    if bytes_in_use(db)? <= room.most_bytes {
        return Ok(false);
    }
    let step = db.transaction()?;
    let quietest: Option<i64> = step
        .prepare_cached(
            "SELECT c.id FROM runs r JOIN conversations c ON c.id = r.conversation GROUP BY c.id
             HAVING sum(r.last - r.first + 1) > ?1 ORDER BY c.sort_time, c.id LIMIT 1",
        )?
        .query_row([room.kept], |row| row.get(0))
        .optional()?;
    let Some(conversation) = quietest else {
        return Ok(false);
    };
    let nth = |order: &str, number: u64| -> Result<Option<u64>> {
        step.prepare_cached(&format!(
            "SELECT seq FROM messages WHERE conversation = ?1 ORDER BY seq {order} LIMIT 1 OFFSET ?2"
        ))?
        .query_row(params![conversation, number], |row| row.get(0))
        .optional()
    };
    // The first that goes no further up than the newest page, and than what goes at once.
    let Some(newest_to_go) = nth("DESC", room.kept)? else {
        return Ok(false);
    };
    let last = nth("ASC", room.at_once.saturating_sub(1))?.map_or(newest_to_go, |seq| seq.min(newest_to_go));
    step.prepare_cached("DELETE FROM messages WHERE conversation = ?1 AND seq <= ?2")?
        .execute(params![conversation, last])?;
    // Of files that are here it stays known who names them: a recall is to find them.
    step.prepare_cached(
        "DELETE FROM file_uses WHERE conversation = ?1 AND seq <= ?2 AND file NOT IN (SELECT id FROM files)",
    )?
    .execute(params![conversation, last])?;
    step.prepare_cached("DELETE FROM runs WHERE conversation = ?1 AND last <= ?2")?
        .execute(params![conversation, last])?;
    step.prepare_cached("UPDATE runs SET first = ?2 + 1 WHERE conversation = ?1 AND first <= ?2")?
        .execute(params![conversation, last])?;
    step.commit()?;
    tracing::debug!(conversation, last, "old messages left the cache");
    Ok(true)
}

fn bytes_in_use(db: &Connection) -> Result<u64> {
    let number = |pragma: &str| db.pragma_query_value(None, pragma, |row| row.get::<_, u64>(0));
    Ok((number("page_count")? - number("freelist_count")?) * number("page_size")?)
}

#[cfg(test)]
mod tests {
    use super::super::{conversations, list, outbox, pages, runs, schema};
    use super::*;

    const ROOM: Room = Room {
        most_bytes: 480 * 1024,
        kept: 10,
        at_once: 50,
    };

    fn filled(db: &Connection, name: &str, sort_time: i64, messages: u64) -> i64 {
        let mut it = conversations::begin(db, name).unwrap();
        for seq in 1..=messages {
            db.prepare_cached(
                "INSERT INTO messages (conversation, seq, revision, sender, time, client_id, random, client_seq, type,
                    payload, priority, flags) VALUES (?1, ?2, ?2, 'bob', ?2, ?2, 0, 0, 'TIMTextElem', ?3, 1, 0)",
            )
            .unwrap()
            .execute(params![it.id, seq, format!(r#"{{"text":"{}"}}"#, "x".repeat(1_000))])
            .unwrap();
        }
        runs::add(
            db,
            it.id,
            runs::Run {
                first: 1,
                last: messages,
            },
        )
        .unwrap();
        (it.seq, it.told_seq, it.last_seq, it.last_time, it.in_list) =
            (messages, messages, messages, sort_time, true);
        it.draft = format!("draft to {name}");
        it.settle();
        conversations::save(db, &it).unwrap();
        it.id
    }

    #[test]
    fn above_the_limit_the_oldest_messages_of_the_quietest_conversations_go_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let mut db = schema::open_writer(&dir.path().join("cache.db")).unwrap();
        let quiet = filled(&db, "C2Cquiet", 1, 300);
        let middle = filled(&db, "C2Cmiddle", 2, 300);
        let lively = filled(&db, "C2Clively", 3, 300);
        let waits = outbox::Entry {
            id: 0,
            client_id: "w".into(),
            random: 0,
            client_seq: 0,
            message_type: "TIMTextElem".into(),
            payload: "{}".into(),
            priority: 1,
            time: 0,
            failed: false,
            code: 0,
            is_resend: false,
            extras: None,
            files: outbox::Files::There,
            album: String::new(),
        };
        outbox::append(&db, quiet, &waits).unwrap();
        let before = list::latest(&db, "ann", 10).unwrap();
        let mut steps = 0;
        while evict(&mut db, ROOM).unwrap() {
            steps += 1;
            assert!(steps < 100);
        }
        assert!(bytes_in_use(&db).unwrap() <= ROOM.most_bytes);
        let newest = |id: i64| runs::newest(&db, id).unwrap().unwrap();
        assert_eq!((newest(quiet).first, newest(quiet).last), (291, 300));
        assert_eq!(newest(middle).last, 300);
        assert!(newest(lively).first < newest(middle).first.max(291));
        for id in [quiet, middle, lively] {
            let (count, first): (u64, u64) = db
                .query_row(
                    "SELECT count(*), min(seq) FROM messages WHERE conversation = ?1",
                    [id],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .unwrap();
            assert_eq!((first, count), (newest(id).first, 301 - newest(id).first));
        }
        assert_eq!(outbox::count(&db).unwrap(), 1);
        let after = list::latest(&db, "ann", 10).unwrap();
        assert_eq!(format!("{before:?}"), format!("{after:?}"));
        // What went is missing, and is not taken for the log's beginning.
        let held = pages::held(&db, "ann", "C2Cquiet", None, 100).unwrap();
        assert_eq!(held.missing, Some(pages::Missing::Below(291)));
    }

    #[test]
    fn when_nothing_is_left_to_go_the_limit_waits() {
        let dir = tempfile::tempdir().unwrap();
        let mut db = schema::open_writer(&dir.path().join("cache.db")).unwrap();
        filled(&db, "C2Cbob", 1, 10);
        let room = Room {
            most_bytes: 1,
            ..ROOM
        };
        assert!(!evict(&mut db, room).unwrap());
        assert_eq!(runs::newest(&db, 1).unwrap().unwrap().first, 1);
    }
}
