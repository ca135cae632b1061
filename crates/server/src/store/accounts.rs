//! People and their devices.

use rusqlite::{Connection, OptionalExtension, Row, params};
use tidings_protocol::{Profile, UserId, limits};

use super::batch::Batch;
use super::{StoreError, from_db};

/// In place of the password of an account that the host has taken away: nothing hashes to it.
const TAKEN_AWAY: &str = "!";

/// A line of the host's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub user_id: UserId,
    /// The name that people see.
    pub nick: String,
    /// Signed-in devices.
    pub devices: u32,
    /// When the latest of them was seen, milliseconds since 1970, kept to the hour.
    pub last_seen_ms: Option<i64>,
    /// The host has taken the account away.
    pub is_removed: bool,
}

/// An account to be made.
pub(crate) struct NewUser {
    pub(crate) id: UserId,
    pub(crate) nick: String,
    /// In PHC form; `None` for one that comes by UserSig.
    pub(crate) password: Option<String>,
}

/// A device to be signed in.
pub(crate) struct NewDevice {
    pub(crate) token_hash: [u8; 32],
    pub(crate) name: String,
    /// Devices that the user may have; the one not seen for the longest time goes.
    pub(crate) most: u32,
}

/// What signing in looks at.
pub(crate) struct Account {
    pub(crate) row: i64,
    pub(crate) password: Option<String>,
}

/// A device that showed its token.
pub(crate) struct KnownDevice {
    pub(crate) device: i64,
    pub(crate) user: i64,
    pub(crate) user_id: UserId,
    pub(crate) last_seen: i64,
}

/// The row of a user.
pub(crate) fn user_row(conn: &Connection, id: &UserId) -> Result<Option<i64>, StoreError> {
    let row = conn
        .prepare_cached("SELECT id FROM users WHERE user_id = ?1")?
        .query_row([id.as_str()], |row| row.get(0))
        .optional()?;
    Ok(row)
}

/// The account of a user.
pub(crate) fn account(conn: &Connection, id: &UserId) -> Result<Option<Account>, StoreError> {
    let account = conn
        .prepare_cached("SELECT id, password FROM users WHERE user_id = ?1")?
        .query_row([id.as_str()], |row| {
            let stored: Option<String> = row.get(1)?;
            Ok(Account {
                row: row.get(0)?,
                password: stored.filter(|stored| stored != TAKEN_AWAY),
            })
        })
        .optional()?;
    Ok(account)
}

/// The device of a token.
pub(crate) fn device_by_token(
    conn: &Connection,
    token_hash: &[u8; 32],
) -> Result<Option<KnownDevice>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT d.id, d.user, u.user_id, d.last_seen_at FROM devices d JOIN users u ON u.id = d.user \
         WHERE d.token_hash = ?1",
    )?;
    let mut rows = statement.query([token_hash])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(KnownDevice {
        device: row.get(0)?,
        user: row.get(1)?,
        user_id: known_id(row.get(2)?)?,
        last_seen: row.get(3)?,
    }))
}

/// One user's profile.
pub(crate) fn profile(conn: &Connection, row: i64) -> Result<Profile, StoreError> {
    let mut statement =
        conn.prepare_cached("SELECT user_id, nick, avatar_colour FROM users WHERE id = ?1")?;
    let mut rows = statement.query([row])?;
    match rows.next()? {
        Some(row) => read_profile(row),
        None => Err(StoreError::Fault("a user's row is gone".to_owned())),
    }
}

/// Profiles by id; unknown ids are left out.
pub(crate) fn profiles(conn: &Connection, ids: &[UserId]) -> Result<Vec<Profile>, StoreError> {
    let mut statement =
        conn.prepare_cached("SELECT user_id, nick, avatar_colour FROM users WHERE user_id = ?1")?;
    let mut found = Vec::new();
    for id in ids {
        let mut rows = statement.query([id.as_str()])?;
        if let Some(row) = rows.next()? {
            found.push(read_profile(row)?);
        }
    }
    Ok(found)
}

/// People by the start of their id or a part of their nick, without regard to case. What was typed is text and never a pattern (H37).
pub(crate) fn find(conn: &Connection, query: &str) -> Result<Vec<Profile>, StoreError> {
    let folded = query.to_lowercase();
    let most = i64::try_from(limits::PEOPLE_PAGE).unwrap_or(i64::MAX);
    let mut statement = conn.prepare_cached(
        "SELECT user_id, nick, avatar_colour FROM users \
         WHERE (substr(user_id_folded, 1, length(?1)) = ?1 OR instr(nick_folded, ?1) > 0) AND password IS NOT '!' \
         ORDER BY nick_folded, user_id_folded LIMIT ?2",
    )?;
    collect(statement.query(params![folded, most])?)
}

/// Everybody, by name; at most `most`.
pub(crate) fn people(conn: &Connection, most: usize) -> Result<Vec<Profile>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT user_id, nick, avatar_colour FROM users WHERE password IS NOT '!' \
         ORDER BY nick_folded, user_id_folded LIMIT ?1",
    )?;
    collect(statement.query([i64::try_from(most).unwrap_or(i64::MAX)])?)
}

/// Everybody, as the host sees them, by id.
pub(crate) fn roster(conn: &Connection) -> Result<Vec<Person>, StoreError> {
    let mut statement = conn.prepare(
        "SELECT u.user_id, u.nick, count(d.id), max(d.last_seen_at), u.password IS '!' FROM users u \
         LEFT JOIN devices d ON d.user = u.id GROUP BY u.id ORDER BY u.user_id_folded",
    )?;
    let mut rows = statement.query([])?;
    let mut roster = Vec::new();
    while let Some(row) = rows.next()? {
        let user_id: String = row.get(0)?;
        // The space's own row is no person.
        if user_id == super::SYSTEM_ID {
            continue;
        }
        roster.push(Person {
            user_id: known_id(user_id)?,
            nick: row.get(1)?,
            devices: row.get(2)?,
            last_seen_ms: row.get(3)?,
            is_removed: row.get(4)?,
        });
    }
    Ok(roster)
}

/// The rows of those whom the host has taken away and who are in a group still.
pub(crate) fn removed_in_groups(conn: &Connection) -> Result<Vec<(i64, UserId)>, StoreError> {
    let mut statement = conn.prepare(
        "SELECT u.id, u.user_id FROM users u WHERE u.password IS '!' \
         AND EXISTS (SELECT 1 FROM group_members m WHERE m.user = u.id AND m.role IS NOT NULL)",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((row.get(0)?, known_id(row.get(1)?)?));
    }
    Ok(found)
}

/// Whether a device is signed in.
pub(crate) fn is_device(conn: &Connection, device: i64) -> Result<bool, StoreError> {
    let mut statement = conn.prepare_cached("SELECT 1 FROM devices WHERE id = ?1")?;
    Ok(statement.exists([device])?)
}

fn collect(mut rows: rusqlite::Rows<'_>) -> Result<Vec<Profile>, StoreError> {
    let mut people = Vec::new();
    while let Some(row) = rows.next()? {
        people.push(read_profile(row)?);
    }
    Ok(people)
}

fn read_profile(row: &Row<'_>) -> Result<Profile, StoreError> {
    Ok(Profile {
        user_id: known_id(row.get(0)?)?,
        nick: row.get(1)?,
        avatar_colour: row.get(2)?,
    })
}

fn known_id(text: String) -> Result<UserId, StoreError> {
    UserId::new(text).map_err(|error| StoreError::Fault(error.to_string()))
}

impl Batch<'_> {
    /// Whether an id is taken; ids that differ only in case look the same to people, so they count as taken (H8).
    pub(crate) fn is_taken(&self, id: &UserId) -> Result<bool, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT 1 FROM users WHERE user_id_folded = ?1")?;
        Ok(statement.exists([id.as_str().to_ascii_lowercase()])?)
    }

    /// How many people there are.
    pub(crate) fn count_people(&self) -> Result<u64, StoreError> {
        let count = self
            .conn
            .prepare_cached("SELECT count(*) FROM users")?
            .query_row([], |row| row.get(0))?;
        Ok(from_db(count))
    }

    /// Makes an account; the row of it.
    pub(crate) fn add_user(&mut self, user: &NewUser) -> Result<i64, StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO users (user_id, user_id_folded, nick, nick_folded, password, created_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                user.id.as_str(),
                user.id.as_str().to_ascii_lowercase(),
                user.nick,
                user.nick.to_lowercase(),
                user.password,
                self.now
            ])?;
        Ok(self.conn.last_insert_rowid())
    }

    /// Signs a device in. Returns the devices that had to go for it.
    pub(crate) fn add_device(&mut self, user: i64, device: &NewDevice) -> Result<Vec<i64>, StoreError> {
        let gone = self
            .conn
            .prepare_cached(
                "DELETE FROM devices WHERE id IN (SELECT id FROM devices WHERE user = ?1 \
                 ORDER BY last_seen_at DESC, id DESC LIMIT -1 OFFSET ?2) RETURNING id",
            )?
            .query_map(params![user, device.most.max(1) - 1], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        self.conn
            .prepare_cached(
                "INSERT INTO devices (user, token_hash, name, created_at, last_seen_at) VALUES (?1, ?2, ?3, ?4, ?4)",
            )?
            .execute(params![user, device.token_hash, device.name, self.now])?;
        Ok(gone)
    }

    /// Revokes a device's token.
    pub(crate) fn remove_device(&mut self, device: i64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("DELETE FROM devices WHERE id = ?1")?
            .execute([device])?;
        Ok(())
    }

    /// Gives an account a password, in PHC form, or takes the account away, and revokes the tokens of its devices. `false`: there is no such
    /// account.
    pub(crate) fn set_password(&mut self, id: &UserId, password: Option<&str>) -> Result<bool, StoreError> {
        let changed = self
            .conn
            .prepare_cached("UPDATE users SET password = ?2 WHERE user_id = ?1")?
            .execute(params![id.as_str(), password.unwrap_or(TAKEN_AWAY)])?;
        self.conn
            .prepare_cached("DELETE FROM devices WHERE user IN (SELECT id FROM users WHERE user_id = ?1)")?
            .execute([id.as_str()])?;
        Ok(changed > 0)
    }

    /// Whether the host has taken an account away.
    pub(crate) fn is_removed(&self, user: i64) -> Result<bool, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT 1 FROM users WHERE id = ?1 AND password IS '!'")?;
        Ok(statement.exists([user])?)
    }

    /// Notes that a device was seen.
    pub(crate) fn device_seen(&mut self, device: i64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE devices SET last_seen_at = ?2 WHERE id = ?1")?
            .execute(params![device, self.now])?;
        Ok(())
    }

    /// Changes a profile; what is `None` stays. Also answers whether it is another now than before.
    pub(crate) fn update_profile(
        &mut self,
        user: i64,
        nick: Option<&str>,
        avatar_colour: Option<u8>,
    ) -> Result<(Profile, bool), StoreError> {
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE users SET nick = coalesce(?2, nick), nick_folded = coalesce(?3, nick_folded), \
                 avatar_colour = coalesce(?4, avatar_colour) \
                 WHERE id = ?1 AND (nick <> coalesce(?2, nick) OR avatar_colour <> coalesce(?4, avatar_colour))",
            )?
            .execute(params![user, nick, nick.map(str::to_lowercase), avatar_colour])?;
        Ok((profile(self.conn, user)?, changed > 0))
    }
}
