//! Reading heads.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, params};
use tidings_protocol::{
    ConversationId, ConversationSettings, GetHeads, Head, Heads, Profile, RemindType, UserId, limits,
};

use super::groups::{self, SYSTEM_ID};
use super::messages::{COLUMNS, message};
use super::preview::preview;
use super::{StoreError, from_db, to_db};

/// For [`tidings_protocol::Request::Heads`]. A device that knows nothing yet is not told of conversations of which nothing is kept (R-H6).
/// Its cost depends on how many heads are answered, and on how many groups the user is in or ever was in, also those that are no more.
pub(crate) fn heads(conn: &Connection, me: (i64, &UserId), asked: GetHeads) -> Result<Heads, StoreError> {
    let groups = groups::versions(conn, me.0)?;
    let newest = groups.first().map_or(0, |(version, _)| *version);
    let version = from_db(heads_version(conn, me.0)?.max(newest));
    // Somebody who knows more than we do knew another life of this server (a restored backup): begin again.
    let since = if asked.since > version { 0 } else { asked.since };
    let mut statement = conn.prepare_cached(&format!(
        "SELECT m.version, m.read_seq, m.unread, m.deleted, c.seq, c.revision, coalesce(o.read_seq, 0), \
                u.user_id, u.nick, u.avatar_colour, m.cleared_seq, m.remind, m.pinned, m.marked_unread, {COLUMNS} \
         FROM members m \
         JOIN conversations c ON c.id = m.conversation \
         LEFT JOIN users u ON u.id = m.peer \
         LEFT JOIN members o ON o.user = m.peer AND o.conversation = m.conversation \
         LEFT JOIN messages x ON x.conversation = c.id AND x.seq = c.seq AND x.seq > m.cleared_seq \
         WHERE m.user = ?1 AND m.version > ?2 AND m.version < ?3 \
             AND (?2 > 0 OR c.first_seq <= c.seq OR m.pinned OR m.deleted OR c.seq = 0) \
         ORDER BY m.version DESC LIMIT ?4"
    ))?;
    let most = i64::try_from(limits::HEADS_PAGE + 1).unwrap_or(i64::MAX);
    let before = asked.before.map_or(i64::MAX, to_db);
    let mut rows = statement.query(params![me.0, to_db(since), before, most])?;
    let mut heads = Vec::new();
    while let Some(row) = rows.next()? {
        // Only the space itself has no row among the users.
        let peer: Option<String> = row.get(7)?;
        let is_system = peer.is_none();
        let peer = UserId::new(peer.unwrap_or_else(|| SYSTEM_ID.to_owned()))
            .map_err(|error| StoreError::Fault(error.to_string()))?;
        let seq = from_db(row.get(4)?);
        // The newest message may be cleared, or not kept any longer.
        let last = match row.get_ref(14)? {
            ValueRef::Null => None,
            _ => Some(preview(message(row, 14, me, &peer)?)),
        };
        heads.push(Head {
            conversation: if is_system {
                ConversationId::System
            } else {
                ConversationId::C2c(peer.clone())
            },
            version: from_db(row.get(0)?),
            seq,
            revision: from_db(row.get(5)?),
            read_seq: from_db(row.get(1)?),
            peer_read_seq: from_db(row.get(6)?),
            unread: from_db(row.get(2)?),
            last,
            profile: if is_system {
                None
            } else {
                Some(Profile {
                    user_id: peer,
                    nick: row.get(8)?,
                    avatar_colour: row.get(9)?,
                })
            },
            deleted: row.get(3)?,
            group: None,
            me: None,
            mention_seq: 0,
            everybody_seq: 0,
            cleared_seq: from_db(row.get(10)?),
            settings: ConversationSettings {
                remind: remind(row.get(11)?),
                pinned: row.get(12)?,
                marked_unread: row.get(13)?,
            },
        });
    }
    let of_groups = groups
        .into_iter()
        .filter(|(version, _)| *version > to_db(since) && *version < before)
        .take(limits::HEADS_PAGE + 1);
    for (version, group) in of_groups {
        // What a hundred later ones of people push out is not even looked up.
        let place = heads.partition_point(|head: &Head| head.version > from_db(version));
        if place <= limits::HEADS_PAGE {
            heads.insert(place, groups::head(conn, me.0, group, version)?);
        }
    }
    let more = heads.len() > limits::HEADS_PAGE;
    heads.truncate(limits::HEADS_PAGE);
    Ok(Heads { version, heads, more })
}

/// A setting as it is stored.
pub(super) fn remind(number: i64) -> RemindType {
    match number {
        1 => RemindType::AcceptNotNotify,
        2 => RemindType::Discard,
        _ => RemindType::AcceptAndNotify,
    }
}

/// The greatest version that any head has.
pub(super) fn newest_version(conn: &Connection) -> Result<i64, rusqlite::Error> {
    conn.query_row(
        "SELECT max((SELECT coalesce(max(version), 0) FROM members), \
                    (SELECT coalesce(max(version), 0) FROM groups), \
                    (SELECT coalesce(max(version), 0) FROM group_members))",
        [],
        |row| row.get(0),
    )
}

/// The heads version of a user, as far as people go: the last entry of an index.
pub(super) fn heads_version(conn: &Connection, user: i64) -> Result<i64, rusqlite::Error> {
    conn.prepare_cached("SELECT coalesce(max(version), 0) FROM members WHERE user = ?1")?
        .query_row([user], |row| row.get(0))
}
