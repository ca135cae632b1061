//! Files: what was uploaded, which messages have it, and who may fetch it.

use std::str::FromStr as _;

use rusqlite::{Connection, OptionalExtension, params};
use tidings_protocol::{ErrorKind, FileId, FileKind, GroupType, WireError, code};

use super::batch::Batch;
use super::{StoreError, from_db, to_db};
use crate::limits;
use crate::media::Hash;

/// An upload that begins.
pub(crate) struct NewFile {
    pub(crate) id: FileId,
    pub(crate) owner: i64,
    pub(crate) kind: FileKind,
    pub(crate) size: u64,
    pub(crate) hash: Hash,
    /// When it is removed unless it goes on, milliseconds since 1970.
    pub(crate) due: i64,
}

/// What a user may have.
#[derive(Clone, Copy)]
pub(crate) struct Room {
    /// Bytes; 0: any number.
    pub(crate) bytes: u64,
    /// Uploads that are not finished.
    pub(crate) unfinished: u32,
}

/// A file's row.
#[derive(Debug, Clone)]
pub(crate) struct StoredFile {
    pub(crate) row: i64,
    pub(crate) id: FileId,
    pub(crate) owner: i64,
    pub(crate) size: u64,
    pub(crate) hash: Hash,
    pub(crate) finished: bool,
    pub(crate) due: Option<i64>,
    kind: i64,
}

/// A file that a message names.
pub(crate) struct NamedFile {
    pub(crate) id: FileId,
    /// How large it may be there, bytes.
    pub(crate) most: u64,
    /// The code where it is larger.
    pub(crate) too_large: i32,
    /// What the message says of its size, bytes.
    pub(crate) sizes: Vec<u64>,
}

/// The use of a file by a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) log: i64,
    pub(crate) seq: i64,
    pub(crate) file: i64,
}

/// Some uses, looked through.
pub(crate) struct DeadUses {
    /// Those that give nobody anything any more.
    pub(crate) dead: Vec<Use>,
    /// Where to look on; `None`: all were looked through.
    pub(crate) next: Option<Use>,
}

/// What was removed.
#[derive(Default)]
pub(crate) struct Removed {
    /// Uploads that are over; their parts can go.
    pub(crate) uploads: Vec<FileId>,
    /// There may be more.
    pub(crate) more: bool,
}

const COLUMNS: &str = "id, file_id, owner, size, hash, finished_at, due, kind";

/// Not there, or not for this user: nobody is to learn which.
pub(crate) fn no_such_file() -> WireError {
    WireError::new(
        code::NO_SUCH_FILE,
        ErrorKind::NotFound,
        "there is no such file for you",
    )
}

fn kind_number(kind: FileKind) -> i64 {
    match kind {
        FileKind::Image => 0,
        FileKind::Video => 1,
        FileKind::File => 2,
        FileKind::Sound => 3,
        FileKind::Preview => 4,
    }
}

/// A file by its id, whosever it is.
pub(crate) fn file(conn: &Connection, id: &FileId) -> Result<Option<StoredFile>, StoreError> {
    let file = conn
        .prepare_cached(&format!("SELECT {COLUMNS} FROM files WHERE file_id = ?1"))?
        .query_row([id.as_str()], |row| {
            Ok(StoredFile {
                row: row.get(0)?,
                id: id.clone(),
                owner: row.get(2)?,
                size: from_db(row.get(3)?),
                hash: row.get(4)?,
                finished: row.get::<_, Option<i64>>(5)?.is_some(),
                due: row.get(6)?,
                kind: row.get(7)?,
            })
        })
        .optional()?;
    Ok(file)
}

/// A finished file that `user` may fetch: their own, or one in a message that they can read now.
pub(crate) fn fetchable(conn: &Connection, user: i64, id: &FileId) -> Result<Option<StoredFile>, StoreError> {
    let found = file(conn, id)?;
    // Asked also where there is none, so that a guess takes as long as a file of others (H28).
    let row = found.as_ref().map_or(0, |file| file.row);
    let reaches = reaches(conn, user, row)?;
    Ok(found.filter(|file| file.finished && (file.owner == user || reaches)))
}

/// Whether `user` can read a message that has this file. The same floors as history has: what one has cleared, what was before one came.
fn reaches(conn: &Connection, user: i64, file: i64) -> Result<bool, StoreError> {
    let late: Vec<String> = GroupType::ALL
        .iter()
        .enumerate()
        .filter(|(_, kind)| !kind.shows_earlier())
        .map(|(number, _)| number.to_string())
        .collect();
    let reaches = conn
        .prepare_cached(&format!(
            "SELECT EXISTS (SELECT 1 FROM file_uses f \
                 JOIN members m ON m.user = ?2 AND m.conversation = f.conversation \
                 WHERE f.file = ?1 AND f.conversation > 0 AND f.seq > m.cleared_seq) \
             OR EXISTS (SELECT 1 FROM file_uses f \
                 JOIN groups g ON g.id = -f.conversation \
                 JOIN group_members m ON m.grp = g.id AND m.user = ?2 \
                 WHERE f.file = ?1 AND f.conversation < 0 AND m.role IS NOT NULL AND f.seq > m.cleared_seq \
                 AND (f.seq > m.joined_seq OR g.type NOT IN ({})))",
            late.join(", ")
        ))?
        .query_row(params![file, user], |row| row.get(0))?;
    Ok(reaches)
}

/// Looks at [`limits::FILE_SWEEP`] uses after `after` for messages that nobody can read any more: not kept, of a group that is no more, or
/// cleared by all.
pub(crate) fn dead_uses(conn: &Connection, after: Use) -> Result<DeadUses, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT f.conversation, f.seq, f.file, CASE WHEN f.conversation > 0 THEN \
             EXISTS (SELECT 1 FROM conversations c JOIN members m ON m.conversation = c.id AND m.user = c.low_user \
                 WHERE c.id = f.conversation AND m.cleared_seq < f.seq) \
             OR EXISTS (SELECT 1 FROM conversations c JOIN members m ON m.conversation = c.id AND m.user = c.high_user \
                 WHERE c.id = f.conversation AND m.cleared_seq < f.seq) \
         ELSE EXISTS (SELECT 1 FROM group_members m \
                 WHERE m.grp = -f.conversation AND m.role IS NOT NULL AND m.cleared_seq < f.seq) END \
         AND EXISTS (SELECT 1 FROM messages x WHERE x.conversation = f.conversation AND x.seq = f.seq) \
         FROM file_uses f WHERE (f.conversation, f.seq, f.file) > (?1, ?2, ?3) \
         ORDER BY f.conversation, f.seq, f.file LIMIT ?4",
    )?;
    let most = to_db(limits::FILE_SWEEP as u64);
    let mut rows = statement.query(params![after.log, after.seq, after.file, most])?;
    let mut found = DeadUses {
        dead: Vec::new(),
        next: None,
    };
    let mut seen = 0;
    while let Some(row) = rows.next()? {
        let one = Use {
            log: row.get(0)?,
            seq: row.get(1)?,
            file: row.get(2)?,
        };
        seen += 1;
        found.next = Some(one);
        if !row.get::<_, bool>(3)? {
            found.dead.push(one);
        }
    }
    if seen < limits::FILE_SWEEP {
        found.next = None;
    }
    Ok(found)
}

/// Of these uploads, those that are not coming any more: there is no row, or it is finished.
pub(crate) fn over(conn: &Connection, uploads: &[FileId]) -> Result<Vec<FileId>, StoreError> {
    let mut found = Vec::new();
    for id in uploads {
        if file(conn, id)?.is_none_or(|file| file.finished) {
            found.push(id.clone());
        }
    }
    Ok(found)
}

/// Blobs that are to go, some of them.
pub(crate) fn gone_blobs(conn: &Connection) -> Result<Vec<Hash>, StoreError> {
    let hashes = conn
        .prepare_cached("SELECT hash FROM gone_blobs LIMIT ?1")?
        .query_map([to_db(limits::FILE_SWEEP as u64)], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(hashes)
}

/// Of these blobs, those that no file has.
pub(crate) fn without_file(conn: &Connection, hashes: &[Hash]) -> Result<Vec<Hash>, StoreError> {
    let mut used = conn.prepare_cached("SELECT 1 FROM files WHERE hash = ?1 AND finished_at IS NOT NULL")?;
    let mut found = Vec::new();
    for hash in hashes {
        if !used.exists([hash])? {
            found.push(*hash);
        }
    }
    Ok(found)
}

impl Batch<'_> {
    /// Begins an upload. One that has begun already, or is finished, goes on where it is.
    pub(crate) fn begin_file(&mut self, new: &NewFile, room: Room) -> Result<StoredFile, StoreError> {
        if let Some(known) = file(self.conn, &new.id)? {
            let same = known.owner == new.owner
                && (known.size, known.hash, known.kind) == (new.size, new.hash, kind_number(new.kind));
            return if same {
                Ok(known)
            } else {
                let words = "another upload has this id";
                Err(WireError::new(code::BAD_PARAMETER, ErrorKind::Conflict, words).into())
            };
        }
        let (bytes, unfinished): (i64, u32) = self
            .conn
            .prepare_cached(
                "SELECT (SELECT coalesce(sum(max(size, ?2)), 0) FROM files WHERE owner = ?1), \
                     (SELECT count(*) FROM files WHERE owner = ?1 AND finished_at IS NULL)",
            )?
            .query_row(params![new.owner, to_db(limits::FILE_LEAST_BYTES)], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        if unfinished >= room.unfinished {
            let words = "this user has as many uploads as may be";
            return Err(WireError {
                retry_after_ms: Some(5000),
                ..WireError::new(code::LIMIT_REACHED, ErrorKind::RateLimited, words)
            }
            .into());
        }
        if room.bytes > 0
            && from_db(bytes).saturating_add(new.size.max(limits::FILE_LEAST_BYTES)) > room.bytes
        {
            let words = "this user's files fill their share";
            return Err(WireError::new(code::QUOTA, ErrorKind::TooLarge, words).into());
        }
        self.conn
            .prepare_cached(
                "INSERT INTO files (file_id, owner, kind, size, hash, finished_at, due) \
                 VALUES (?1, ?2, ?3, ?4, ?5, NULL, ?6)",
            )?
            .execute(params![
                new.id.as_str(),
                new.owner,
                kind_number(new.kind),
                to_db(new.size),
                new.hash,
                new.due
            ])?;
        file(self.conn, &new.id)?.ok_or_else(|| StoreError::Fault("a new file is not there".to_owned()))
    }

    /// An upload goes on: it is removed later.
    pub(crate) fn keep_file(&mut self, row: i64, due: i64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE files SET due = ?2 WHERE id = ?1 AND finished_at IS NULL")?
            .execute(params![row, due])?;
        Ok(())
    }

    /// An upload has arrived, and so has its blob. `false`: it was removed meanwhile.
    pub(crate) fn finish_file(&mut self, row: i64, hash: &Hash, due: i64) -> Result<bool, StoreError> {
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE files SET finished_at = ?2, due = ?3 WHERE id = ?1 AND finished_at IS NULL",
            )?
            .execute(params![row, self.now, due])?;
        if changed == 0 {
            self.blob_may_go(hash)?;
        }
        Ok(changed > 0)
    }

    /// Removes a file that no message has. `false`: one has it.
    pub(crate) fn remove_file(&mut self, row: i64, hash: &Hash) -> Result<bool, StoreError> {
        let removed = self
            .conn
            .prepare_cached(
                "DELETE FROM files WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM file_uses WHERE file = ?1)",
            )?
            .execute([row])?;
        if removed > 0 {
            self.blob_may_go(hash)?;
        }
        Ok(removed > 0)
    }

    fn blob_may_go(&mut self, hash: &Hash) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("INSERT OR IGNORE INTO gone_blobs (hash) VALUES (?1)")?
            .execute([hash])?;
        Ok(())
    }

    /// Removes the files whose time has come, at most [`limits::FILE_SWEEP`] of them.
    pub(crate) fn remove_due_files(&mut self) -> Result<Removed, StoreError> {
        let due: Vec<(i64, String, Hash, bool)> = self
            .conn
            .prepare_cached(
                "SELECT id, file_id, hash, finished_at IS NULL FROM files WHERE due <= ?1 ORDER BY due LIMIT ?2",
            )?
            .query_map(params![self.now, to_db(limits::FILE_SWEEP as u64)], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<Result<_, _>>()?;
        let mut removed = Removed {
            more: due.len() >= limits::FILE_SWEEP,
            ..Removed::default()
        };
        for (row, id, hash, coming) in due {
            self.remove_file(row, &hash)?;
            if coming {
                removed.uploads.extend(FileId::from_str(&id));
            }
        }
        Ok(removed)
    }

    /// These blobs are gone.
    pub(crate) fn blobs_are_gone(&mut self, hashes: &[Hash]) -> Result<(), StoreError> {
        let mut forget = self
            .conn
            .prepare_cached("DELETE FROM gone_blobs WHERE hash = ?1")?;
        for hash in hashes {
            forget.execute([hash])?;
        }
        Ok(())
    }

    /// The rows of the files that a message of `sender` names, or why it cannot have them.
    pub(super) fn usable_files(&mut self, named: &[NamedFile], sender: i64) -> Result<Vec<i64>, StoreError> {
        let mut rows = Vec::with_capacity(named.len());
        for name in named {
            let Some(file) = file(self.conn, &name.id)?.filter(|file| file.finished) else {
                return Err(no_such_file().into());
            };
            if file.owner != sender {
                // Who came or went in this very group of jobs is in memory only.
                self.flush_groups()?;
                if !reaches(self.conn, sender, file.row)? {
                    return Err(no_such_file().into());
                }
            }
            if file.size > name.most {
                let words = "a file is too large for this type of message";
                return Err(WireError::new(name.too_large, ErrorKind::TooLarge, words).into());
            }
            // Clients hold the size against what they fetch: with another one, nobody could fetch it.
            if name.sizes.iter().any(|size| *size != file.size) {
                let words = "a file has another size than the message says";
                return Err(WireError::new(code::BAD_PAYLOAD, ErrorKind::BadRequest, words).into());
            }
            rows.push(file.row);
        }
        Ok(rows)
    }

    /// The message at this place has these files.
    pub(super) fn use_files(&mut self, log: i64, seq: i64, files: &[i64]) -> Result<(), StoreError> {
        for file in files {
            self.conn
                .prepare_cached(
                    "INSERT OR IGNORE INTO file_uses (conversation, seq, file) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![log, seq, file])?;
            self.conn
                .prepare_cached("UPDATE files SET due = NULL WHERE id = ?1 AND due IS NOT NULL")?
                .execute([file])?;
        }
        Ok(())
    }

    /// The messages of a log from `first` to `last` have no files any more.
    pub(super) fn unuse_files(&mut self, log: i64, first: i64, last: i64) -> Result<(), StoreError> {
        let uses: Vec<Use> = self
            .conn
            .prepare_cached(
                "SELECT seq, file FROM file_uses WHERE conversation = ?1 AND seq >= ?2 AND seq <= ?3",
            )?
            .query_map(params![log, first, last], |row| {
                Ok(Use {
                    log,
                    seq: row.get(0)?,
                    file: row.get(1)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        self.remove_uses(&uses)
    }

    /// Removes uses. A file that loses its last one goes with the next sweep.
    pub(crate) fn remove_uses(&mut self, uses: &[Use]) -> Result<(), StoreError> {
        for one in uses {
            self.conn
                .prepare_cached("DELETE FROM file_uses WHERE conversation = ?1 AND seq = ?2 AND file = ?3")?
                .execute(params![one.log, one.seq, one.file])?;
            self.conn
                .prepare_cached(
                    "UPDATE files SET due = ?2 WHERE id = ?1 AND due IS NULL \
                     AND NOT EXISTS (SELECT 1 FROM file_uses WHERE file = ?1)",
                )?
                .execute(params![one.file, self.now])?;
        }
        Ok(())
    }
}
