//! What is asked about groups. Each question looks first whether who asks is in the group.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};
use tidings_protocol::{
    Changes, ChangesRequest, ConversationId, ConversationKind, ConversationSettings, GroupId, GroupMember,
    GroupProfile, Groups, Head, ListMembers, Members, Membership, Message, OwnGroup, Page, Profile, ReadBy,
    UserId, code, limits,
};

use super::super::heads::remind;
use super::super::messages::{COLUMNS, message_of, size};
use super::super::preview::preview;
use super::super::{StoreError, from_db, to_db};
use super::append::is_audience;
use super::state::{
    GROUP_COLUMNS, GROUP_WIDTH, Group, SEAT_COLUMNS, SEAT_WIDTH, Seat, inside, known_user, load, load_seat,
    user_id,
};
use super::{outside, refuse};

/// Reads `COLUMNS` and the sender's id after them.
fn message(row: &Row<'_>, group: &GroupId) -> Result<Message, StoreError> {
    let from = known_user(row.get(12)?)?;
    message_of(row, 0, ConversationKind::GROUP, from, group.to_string())
}

/// The groups that a user is in, for the bus.
pub(crate) fn rows_of(conn: &Connection, user: i64) -> Result<Vec<i64>, StoreError> {
    let rows = conn
        .prepare_cached("SELECT grp FROM group_members WHERE user = ?1 AND role IS NOT NULL")?
        .query_map([user], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// The versions of a user's heads of groups, each with the group's row, the latest first.
pub(in super::super) fn versions(conn: &Connection, user: i64) -> Result<Vec<(i64, i64)>, StoreError> {
    let mut found: Vec<(i64, i64)> = conn
        .prepare_cached(
            "SELECT CASE WHEN m.role IS NULL THEN m.version ELSE max(m.version, g.version) END, m.grp \
             FROM group_members m JOIN groups g ON g.id = m.grp WHERE m.user = ?1",
        )?
        .query_map([user], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    found.sort_unstable_by(|one, other| other.cmp(one));
    Ok(found)
}

/// The head of a group for somebody who is or was in it.
pub(in super::super) fn head(
    conn: &Connection,
    user: i64,
    group: i64,
    version: i64,
) -> Result<Head, StoreError> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {GROUP_COLUMNS}, {SEAT_COLUMNS}, m.name_card, u.user_id FROM group_members m \
         JOIN groups g ON g.id = m.grp JOIN users u ON u.id = g.owner WHERE m.user = ?1 AND m.grp = ?2"
    ))?;
    let mut rows = statement.query(params![user, group])?;
    let Some(row) = rows.next()? else {
        return Err(StoreError::Fault("a place in a group is gone".to_owned()));
    };
    let (group, seat) = (Group::read(row, 0)?, Seat::read(row, GROUP_WIDTH)?);
    let me = membership(row, GROUP_WIDTH, &seat)?;
    let owner = known_user(row.get(GROUP_WIDTH + SEAT_WIDTH + 1)?)?;
    let seq = if me.is_some() { group.seq } else { seat.left_seq };
    let last = if me.is_some() && group.seq > group.floor(&seat) {
        message_at(conn, &group, group.seq)?
    } else {
        None
    };
    Ok(Head {
        conversation: ConversationId::Group(group.group_id.clone()),
        version: from_db(version),
        seq: from_db(seq),
        revision: if me.is_some() { from_db(group.revision) } else { 0 },
        read_seq: from_db(seat.read_seq),
        peer_read_seq: 0,
        unread: if me.is_some() { group.unread(&seat) } else { 0 },
        last: last.map(preview),
        profile: None,
        deleted: seat.deleted > group.seq,
        mention_seq: from_db(seat.mention_seq),
        everybody_seq: if group.everybody_seq > seat.joined_seq {
            from_db(group.everybody_seq)
        } else {
            0
        },
        cleared_seq: from_db(seat.cleared_seq),
        settings: ConversationSettings {
            remind: remind(seat.remind),
            pinned: seat.pinned,
            marked_unread: seat.marked_unread,
        },
        group: Some(Box::new(group.profile(owner))),
        me: me.map(Box::new),
    })
}

/// Reads what a member is; the seat and the name card are from column `at` on.
fn membership(row: &Row<'_>, at: usize, seat: &Seat) -> Result<Option<Membership>, StoreError> {
    let Some(role) = seat.role else {
        return Ok(None);
    };
    Ok(Some(Membership {
        role,
        name_card: row.get(at + SEAT_WIDTH)?,
        mute_until: seat.mute_until,
        joined: seat.joined_at,
    }))
}

pub(super) fn message_at(conn: &Connection, group: &Group, seq: i64) -> Result<Option<Message>, StoreError> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS}, u.user_id FROM messages x JOIN users u ON u.id = x.sender \
         WHERE x.conversation = ?1 AND x.seq = ?2"
    ))?;
    let mut rows = statement.query(params![group.log(), seq])?;
    rows.next()?.map(|row| message(row, &group.group_id)).transpose()
}

/// A page of a group's history.
pub(crate) fn page(
    conn: &Connection,
    me: i64,
    id: &GroupId,
    before: Option<u64>,
    limit: u32,
) -> Result<Page, StoreError> {
    let (group, seat) = as_member(conn, me, id)?;
    let floor = group.floor(&seat);
    let mut answer = Page {
        messages: Vec::new(),
        seq: from_db(group.seq),
        revision: from_db(group.revision),
        complete: true,
    };
    if is_audience(group.group_type) {
        return Ok(answer);
    }
    let most = usize::try_from(limit)
        .unwrap_or(usize::MAX)
        .clamp(1, limits::HISTORY_PAGE);
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS}, u.user_id FROM messages x JOIN users u ON u.id = x.sender \
         WHERE x.conversation = ?1 AND x.seq < ?2 AND x.seq > ?3 ORDER BY x.seq DESC LIMIT ?4"
    ))?;
    let mut rows = statement.query(params![
        group.log(),
        before.map_or(i64::MAX, to_db),
        floor,
        i64::try_from(most).unwrap_or(i64::MAX)
    ])?;
    let mut bytes = 0;
    while let Some(row) = rows.next()?
        && bytes < crate::limits::PAGE_BYTES
    {
        bytes += size(row, 0);
        answer.messages.push(message(row, id)?);
    }
    answer.messages.reverse();
    answer.complete = answer
        .messages
        .first()
        .is_none_or(|first| to_db(first.seq) <= floor + 1);
    Ok(answer)
}

/// What changed in a group's messages.
pub(crate) fn changes(
    conn: &Connection,
    me: i64,
    id: &GroupId,
    asked: &ChangesRequest,
) -> Result<Changes, StoreError> {
    let (group, seat) = as_member(conn, me, id)?;
    let mut answer = Changes {
        messages: Vec::new(),
        revision: from_db(group.revision),
        more: false,
    };
    if is_audience(group.group_type) {
        return Ok(answer);
    }
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS}, u.user_id FROM messages x JOIN users u ON u.id = x.sender \
         WHERE x.conversation = ?1 AND x.revision > ?2 AND x.changed = 1 AND x.seq <= ?3 AND x.seq > ?4 \
         ORDER BY x.revision LIMIT ?5"
    ))?;
    let mut rows = statement.query(params![
        group.log(),
        to_db(asked.since),
        to_db(asked.seq),
        group.floor(&seat),
        i64::try_from(limits::HISTORY_PAGE + 1).unwrap_or(i64::MAX)
    ])?;
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        if answer.messages.len() >= limits::HISTORY_PAGE || bytes >= crate::limits::PAGE_BYTES {
            answer.more = true;
            break;
        }
        bytes += size(row, 0);
        answer.messages.push(message(row, id)?);
    }
    if let Some(last) = answer.messages.last().filter(|_| answer.more) {
        answer.revision = last.revision;
    }
    Ok(answer)
}

fn as_member(conn: &Connection, me: i64, id: &GroupId) -> Result<(Group, Seat), StoreError> {
    let group = load(conn, id)?;
    let seat = match &group {
        Some(group) => load_seat(conn, group.id, me)?,
        None => None,
    };
    inside(group, seat).map(|(group, seat, _)| (group, seat))
}

/// getGroupProfile: for members, and for everybody where the group can be found.
pub(crate) fn profile_of(conn: &Connection, me: i64, id: &GroupId) -> Result<GroupProfile, StoreError> {
    let Some(group) = load(conn, id)? else {
        return Err(outside(false));
    };
    let seat = load_seat(conn, group.id, me)?;
    let member = seat.is_some_and(|seat| seat.role.is_some());
    if !member && (group.member_count == 0 || !group.group_type.can_be_found()) {
        return Err(outside(seat.is_some() || group.group_type.can_be_found()));
    }
    shown(conn, &group)
}

/// searchGroupByID.
pub(crate) fn search(conn: &Connection, id: &GroupId) -> Result<GroupProfile, StoreError> {
    match load(conn, id)? {
        Some(group) if group.group_type.can_be_found() && group.member_count > 0 => shown(conn, &group),
        _ => Err(outside(false)),
    }
}

fn shown(conn: &Connection, group: &Group) -> Result<GroupProfile, StoreError> {
    Ok(group.profile(user_id(conn, group.owner)?))
}

/// getGroupList.
pub(crate) fn list(conn: &Connection, me: i64) -> Result<Groups, StoreError> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {GROUP_COLUMNS}, {SEAT_COLUMNS}, m.name_card, u.user_id FROM group_members m \
         JOIN groups g ON g.id = m.grp JOIN users u ON u.id = g.owner \
         WHERE m.user = ?1 AND m.role IS NOT NULL ORDER BY m.joined_at DESC, g.id DESC"
    ))?;
    let mut rows = statement.query([me])?;
    let mut groups = Vec::new();
    while let Some(row) = rows.next()? {
        let (group, seat) = (Group::read(row, 0)?, Seat::read(row, GROUP_WIDTH)?);
        let owner = known_user(row.get(GROUP_WIDTH + SEAT_WIDTH + 1)?)?;
        if let Some(me) = membership(row, GROUP_WIDTH, &seat)? {
            groups.push(OwnGroup {
                profile: group.profile(owner),
                me,
            });
        }
    }
    Ok(Groups { groups })
}

/// Of a member: the columns that [`member`] reads.
fn member_columns() -> String {
    format!("{SEAT_COLUMNS}, m.name_card, u.user_id, u.nick, u.avatar_colour, m.place")
}

fn member(row: &Row<'_>) -> Result<Option<GroupMember>, StoreError> {
    let seat = Seat::read(row, 0)?;
    let Some(membership) = membership(row, 0, &seat)? else {
        return Ok(None);
    };
    Ok(Some(GroupMember {
        profile: Profile {
            user_id: known_user(row.get(SEAT_WIDTH + 1)?)?,
            nick: row.get(SEAT_WIDTH + 2)?,
            avatar_colour: row.get(SEAT_WIDTH + 3)?,
        },
        membership,
    }))
}

/// getGroupMemberList.
pub(crate) fn members(conn: &Connection, me: i64, asked: &ListMembers) -> Result<Members, StoreError> {
    let (group, _) = as_member(conn, me, &asked.group)?;
    let most = usize::try_from(asked.count)
        .unwrap_or(usize::MAX)
        .clamp(1, limits::MEMBERS_PAGE);
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {} FROM group_members m JOIN users u ON u.id = m.user \
         WHERE m.grp = ?1 AND m.role IS NOT NULL AND m.place > ?2 ORDER BY m.place LIMIT ?3",
        member_columns()
    ))?;
    let mut rows = statement.query(params![
        group.id,
        asked.after.map_or(0, to_db),
        i64::try_from(most + 1).unwrap_or(i64::MAX)
    ])?;
    let mut answer = Members {
        members: Vec::new(),
        next: None,
    };
    let mut place = 0;
    while let Some(row) = rows.next()? {
        if answer.members.len() == most {
            answer.next = Some(from_db(place));
            break;
        }
        place = row.get(SEAT_WIDTH + 4)?;
        answer.members.extend(member(row)?);
    }
    Ok(answer)
}

/// getGroupMemberProfile.
pub(crate) fn member_profiles(
    conn: &Connection,
    me: i64,
    id: &GroupId,
    users: &[UserId],
) -> Result<Members, StoreError> {
    let (group, _) = as_member(conn, me, id)?;
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {} FROM users u JOIN group_members m ON m.user = u.id AND m.grp = ?1 WHERE u.user_id = ?2",
        member_columns()
    ))?;
    let mut members = Vec::new();
    for user in users {
        let mut rows = statement.query(params![group.id, user.as_str()])?;
        if let Some(row) = rows.next()? {
            members.extend(member(row)?);
        }
    }
    Ok(Members { members, next: None })
}

/// How many of a small group have read a message, its sender not counted.
pub(crate) fn read_by(conn: &Connection, me: i64, id: &GroupId, seq: u64) -> Result<ReadBy, StoreError> {
    let (group, seat) = as_member(conn, me, id)?;
    let seq = to_db(seq);
    if group.member_count > crate::limits::GROUP_READ_BY || !group.group_type.counts_unread() {
        return refuse(code::NO_PERMISSION, "only small groups say who has read");
    }
    if seq > group.seq || seq <= group.floor(&seat) {
        return refuse(code::NO_SUCH_MESSAGE, "there is no such message");
    }
    let mut statement = conn.prepare_cached(
        "SELECT count(*) FILTER (WHERE m.read_seq >= x.seq), count(*) FROM messages x \
         JOIN group_members m ON m.grp = ?1 AND m.role IS NOT NULL AND m.user <> x.sender \
         WHERE x.conversation = ?2 AND x.seq = ?3",
    )?;
    let mut rows = statement.query(params![group.id, group.log(), seq])?;
    match rows.next()? {
        Some(row) if !matches!(row.get_ref(0)?, ValueRef::Null) => Ok(ReadBy {
            read: row.get(0)?,
            of: row.get(1)?,
        }),
        _ => refuse(code::NO_SUCH_MESSAGE, "there is no such message"),
    }
}
