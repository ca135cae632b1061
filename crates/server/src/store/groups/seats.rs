//! Seats of those who are not in a group any more.
//!
//! They tell a device that was away that its user has left, keep what the user has cleared and under what they are muted, and are why
//! somebody who was in it hears that it is over rather than that there is no such group. The latest of each user stay.

use rusqlite::{Connection, params};

use super::super::StoreError;
use super::super::batch::Batch;
use crate::limits;

/// Users who have more of them than are kept, with a row above `after`, in order.
pub(crate) fn with_many_left(conn: &Connection, after: i64) -> Result<Vec<i64>, StoreError> {
    let users = conn
        .prepare_cached(
            "SELECT user FROM group_members WHERE user > ?1 AND role IS NULL \
             GROUP BY user HAVING count(*) > ?2 ORDER BY user LIMIT ?3",
        )?
        .query_map(
            params![
                after,
                limits::LEFT_SEATS,
                i64::try_from(limits::PURGE_LOGS).unwrap_or(i64::MAX)
            ],
            |row| row.get(0),
        )?
        .collect::<Result<_, _>>()?;
    Ok(users)
}

impl Batch<'_> {
    /// Forgets the groups that a user has left, but for the latest, and those in which they are muted. The greatest version of a user is never
    /// among what goes, so the space's counter stays where it is.
    pub(crate) fn forget_left(&mut self, user: i64) -> Result<(), StoreError> {
        self.flush_groups()?;
        let gone: Vec<i64> = self
            .conn
            .prepare_cached(
                "DELETE FROM group_members WHERE user = ?1 AND role IS NULL AND mute_until <= ?2 AND grp IN \
                 (SELECT grp FROM group_members WHERE user = ?1 AND role IS NULL ORDER BY version DESC LIMIT -1 OFFSET ?3) \
                 RETURNING grp",
            )?
            .query_map(params![user, self.now, limits::LEFT_SEATS], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for group in gone {
            self.memory.groups.drop_seat(group, user);
        }
        Ok(())
    }
}
