//! Accounts and conversations, written straight into the server's database: thousands of passwords would take minutes to hash.

use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tidings_protocol::{Clock as _, SystemChance, SystemClock};
use tidings_server::{Config, Server};

/// The database's file in the server's data folder.
const FILE: &str = "tidings.db";

/// The id of user `number`.
pub(crate) fn user(number: usize) -> String {
    format!("u{number:05}")
}

/// The token of user `number`.
pub(crate) fn token(number: usize) -> String {
    format!("bench-token-of-user-{number:05}-----------------")
}

/// Makes the server's database in `data` with `count` users, each signed in on one device. With `talks`, each two of them have a conversation
/// with one message in it.
pub(crate) fn people(data: &Path, count: usize, talks: bool) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let clock = Arc::new(SystemClock::default());
        let server = Server::open_beside(data, Config::default(), clock, Arc::new(SystemChance)).await?;
        server.shutdown().await;
        anyhow::Ok(())
    })?;
    let mut conn = rusqlite::Connection::open(data.join(FILE))?;
    let writing = conn.transaction()?;
    // Young: what is old is purged while something else is measured.
    let now = SystemClock::default().now_ms();
    for number in 0..count {
        let row = i64::try_from(number)? + 1;
        let id = user(number);
        let hash: [u8; 32] = Sha256::digest(token(number).as_bytes()).into();
        writing.execute(
            "INSERT INTO users (id, user_id, user_id_folded, nick, nick_folded, created_at) \
             VALUES (?1, ?2, ?2, ?2, ?2, 0)",
            rusqlite::params![row, id],
        )?;
        // Seen in the far future: the bench measures no writes of `last seen`.
        writing.execute(
            "INSERT INTO devices (id, user, token_hash, name, created_at, last_seen_at) VALUES (?1, ?1, ?2, '', 0, ?3)",
            rusqlite::params![row, hash, i64::MAX / 2],
        )?;
        if talks && number % 2 == 1 {
            let (low, high) = (row - 1, row);
            writing.execute(
                "INSERT INTO conversations (id, low_user, high_user, seq, revision) VALUES (?1, ?1, ?2, 1, 1)",
                [low, high],
            )?;
            for (me, peer) in [(low, high), (high, low)] {
                writing.execute(
                    "INSERT INTO members (user, conversation, peer, version, read_seq, unread, deleted) \
                     VALUES (?1, ?2, ?3, 1, 0, 0, 0)",
                    [me, low, peer],
                )?;
            }
            writing.execute(
                "INSERT INTO messages (conversation, seq, sender, client_id, revision, changed, time, random, \
                 client_seq, type, priority, payload) \
                 VALUES (?1, 1, ?1, 'a', 1, 0, ?2, 0, 0, 'TIMTextElem', 1, '{\"text\":\"hello\"}')",
                [low, now],
            )?;
        }
    }
    writing.commit()?;
    Ok(())
}

/// The id of the group of [`group`].
pub(crate) const GROUP: &str = "bench";

/// Puts the first `members` users into one group.
pub(crate) fn group(data: &Path, members: usize) -> anyhow::Result<()> {
    groups(data, 1, members)
}

/// Puts the first `members` users into so many groups; the first is [`GROUP`].
pub(crate) fn groups(data: &Path, count: usize, members: usize) -> anyhow::Result<()> {
    let mut conn = rusqlite::Connection::open(data.join(FILE))?;
    let writing = conn.transaction()?;
    for group in 1..=i64::try_from(count)? {
        let id = if group == 1 {
            GROUP.to_owned()
        } else {
            format!("{GROUP}{group}")
        };
        writing.execute(
            "INSERT INTO groups (id, group_id, type, name, introduction, notification, owner, join_option, mute_all, created_at, seq, \
             revision, version, counted, everybody_seq, member_count, first_seq, purged) \
             VALUES (?1, ?2, 1, 'bench', '', '', 1, 1, 0, 0, 0, 0, 1, 0, 0, ?3, 1, 0)",
            rusqlite::params![group, id, i64::try_from(members)?],
        )?;
        for number in 0..members {
            let row = i64::try_from(number)? + 1;
            writing.execute(
                "INSERT INTO group_members (grp, user, role, place, name_card, mute_until, joined_at, joined_seq, left_seq, version, \
                 read_seq, seen, mention_seq, deleted, cleared_seq, remind, pinned, marked_unread) \
                 VALUES (?1, ?2, ?3, ?2, '', 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)",
                rusqlite::params![group, row, if row == 1 { 2 } else { 0 }],
            )?;
        }
    }
    writing.commit()?;
    Ok(())
}
