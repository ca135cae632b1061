//! A profile with as much in its cache as wanted, and a look into the cache without the engine around it: for
//! benches (feature `seeding`), never in a release.

use std::path::Path;

use rusqlite::{Connection, params};
use tidings_protocol::ServerAddress;

use crate::account::{Account, AccountFile};
use crate::cache::{self, Cache, Me, conversations, list, meta, pages};
use crate::view::{ConversationView, MessagePage};
use crate::{EngineError, events};

/// What to put into a profile.
#[derive(Debug, Clone)]
pub struct Seed {
    /// Who is signed in.
    pub user_id: String,
    /// The server, which need not be there.
    pub server: ServerAddress,
    /// How many conversations, with `peer0000` and so on; the first is the latest.
    pub conversations: u32,
    /// Messages in each, all held.
    pub messages_each: u32,
    /// The time of the newest message, milliseconds since 1970.
    pub now_ms: i64,
}

/// The name of the conversation with this number.
pub fn conversation_name(number: u32) -> String {
    format!("C2Cpeer{number:04}")
}

/// Writes the profile into `dir`, which exists and holds none yet.
///
/// # Errors
/// When the files cannot be written.
pub fn write_profile(dir: &Path, seed: &Seed) -> Result<(), EngineError> {
    let account = Account {
        user_id: seed.user_id.clone(),
        token: "seeded".into(),
        space: "Seeded".into(),
        server: (&seed.server).into(),
        is_host: false,
    };
    let owner = account.owner();
    AccountFile::open(dir)?.set(Some(account))?;
    let mut db = cache::open_for_seeding(&dir.join("cache.db"))?;
    db.pragma_update(None, "synchronous", "OFF")?;
    let step = db.transaction()?;
    meta::set(&step, meta::OWNER, &owner)?;
    meta::set(&step, meta::HEADS_VERSION, &seed.conversations.to_string())?;
    step.commit()?;
    for number in 0..seed.conversations {
        let step = db.transaction()?;
        conversation(&step, seed, number)?;
        step.commit()?;
    }
    db.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);")?;
    Ok(())
}

fn conversation(db: &Connection, seed: &Seed, number: u32) -> Result<(), EngineError> {
    const WORDS: [&str; 8] = [
        "on my way",
        "can you send me the notes from yesterday when you have a minute?",
        "明天下午三点见，别忘了带上票",
        "ok",
        "I looked at it again and I think that the second version is better, mostly because of the middle part",
        "haha yes",
        "where are you?",
        "that works for me, let's do it on Thursday then",
    ];
    let name = conversation_name(number);
    let peer = name.trim_start_matches("C2C").to_owned();
    let mut row = conversations::begin(db, &name)?;
    db.prepare_cached("INSERT INTO profiles (user_id, nick, colour) VALUES (?1, ?2, NULL)")?
        .execute(params![peer, format!("Person {number}")])?;
    let mut insert = db.prepare_cached(
        "INSERT INTO messages
            (conversation, seq, revision, sender, time, client_id, random, client_seq, type, payload, priority, flags)
         VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?2, 'TIMTextElem', ?7, 1, 0)",
    )?;
    let newest = seed.now_ms - i64::from(number) * 60_000;
    for seq in 1..=seed.messages_each {
        let word = WORDS
            .iter()
            .cycle()
            .nth(((seq + number) % 8) as usize)
            .copied()
            .unwrap_or_default();
        let sender = if seq % 2 == 0 { &peer } else { &seed.user_id };
        let time = newest - i64::from(seed.messages_each - seq) * 30_000;
        let text = format!("{word} ({seq})");
        let payload = serde_json::json!({ "text": text }).to_string();
        let client_id = format!("{number:08x}-0000-7000-8000-{seq:012x}");
        insert.execute(params![row.id, seq, sender, time, client_id, seq, payload])?;
        if seq == seed.messages_each {
            row.last_seq = u64::from(seq);
            row.last_time = time;
            row.last_sender.clone_from(sender);
            row.last_type = "TIMTextElem".into();
            row.last_text = text;
        }
    }
    let length = u64::from(seed.messages_each);
    if length > 0 {
        db.prepare_cached("INSERT INTO runs (conversation, first, last) VALUES (?1, 1, ?2)")?
            .execute(params![row.id, length])?;
    }
    row.peer_nick = Some(format!("Person {number}"));
    (row.seq, row.revision, row.revision_seq, row.told_seq) = (length, length, length, length);
    (row.floor, row.head_version, row.in_list) = (1, u64::from(seed.conversations - number), true);
    row.unread = if number.is_multiple_of(7) { 3 } else { 0 };
    row.read_seq = length.saturating_sub(if number.is_multiple_of(7) { 6 } else { 0 });
    row.unread_from = length;
    row.peer_read_seq = length.saturating_sub(2);
    row.settle();
    conversations::save(db, &row)?;
    Ok(())
}

/// The cache alone, for measuring.
pub struct CacheProbe(Cache);

impl CacheProbe {
    /// Opens the cache in `dir`; nothing else may have it open.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(dir: &Path, user_id: &str) -> Result<Self, EngineError> {
        let me = Me::default();
        me.set(user_id);
        Ok(Self(Cache::open(dir, &me, events::channel().0)?.0))
    }

    /// A page, as far as it is held.
    ///
    /// # Errors
    /// The cache's.
    pub fn page(
        &self,
        conversation: &str,
        before: Option<u64>,
        count: u32,
    ) -> Result<MessagePage, EngineError> {
        self.0
            .read(|db, me| Ok(pages::held(db, me, conversation, before, count)?.page))
    }

    /// The list.
    ///
    /// # Errors
    /// The cache's.
    pub fn list(&self, limit: u32) -> Result<Vec<ConversationView>, EngineError> {
        self.0.read(|db, me| list::latest(db, me, limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seeded_profile_reads_like_one_that_grew() {
        let dir = tempfile::tempdir().unwrap();
        let server = ServerAddress {
            host: "127.0.0.1".into(),
            port: 1,
            tls: false,
            pin: None,
        };
        let seed = Seed {
            user_id: "ann".into(),
            server,
            conversations: 3,
            messages_each: 40,
            now_ms: 1_000_000_000,
        };
        write_profile(dir.path(), &seed).unwrap();
        let probe = CacheProbe::open(dir.path(), "ann").unwrap();
        let list = probe.list(100).unwrap();
        assert_eq!(list.len(), 3);
        assert_eq!(list[0].conversation_id, conversation_name(0));
        let page = probe.page(&conversation_name(1), None, 15).unwrap();
        assert_eq!(
            (page.messages.len(), page.next_before, page.is_cut_off),
            (15, Some(26), false)
        );
    }
}
