//! Whom this user has blocked.

use rusqlite::{Connection, Result};
use tidings_protocol::{UserId, limits};

use super::Write;

/// All of them, those blocked first first.
pub(crate) fn all(db: &Connection) -> Result<Vec<String>> {
    let mut statement = db.prepare_cached("SELECT user_id FROM blocked ORDER BY place")?;
    let found = statement.query_map([], |row| row.get(0))?;
    found.collect()
}

/// These are all, from now on.
pub(crate) fn replace(write: &mut Write<'_>, users: Vec<UserId>) -> Result<Vec<String>> {
    let mut users: Vec<String> = users
        .into_iter()
        .take(limits::BLOCKED)
        .map(String::from)
        .collect();
    let mut known = std::collections::HashSet::new();
    users.retain(|user| known.insert(user.clone()));
    if all(write.db)? != users {
        write.db.prepare_cached("DELETE FROM blocked")?.execute([])?;
        let mut insert = write
            .db
            .prepare_cached("INSERT INTO blocked (user_id) VALUES (?1)")?;
        for user in &users {
            insert.execute([user])?;
        }
        write.told.blocked = Some(users.clone());
    }
    Ok(users)
}
