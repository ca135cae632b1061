//! Requests to join that wait for an administrator's answer.

use rusqlite::{OptionalExtension, params};
use tidings_protocol::{Handled, code, notice};

use super::super::StoreError;
use super::super::batch::Batch;
use super::members::Asker;
use super::notices::Notice;
use super::refuse;
use super::state::Group;
use crate::limits;

/// A request to join.
pub(super) struct Application {
    message: String,
    /// The notices that tell of it: whose, and their seq there.
    told: Vec<(i64, i64)>,
}

impl Batch<'_> {
    /// Somebody asks to join. While that waits, to ask again changes nothing.
    pub(super) fn apply(&mut self, group: &Group, me: Asker<'_>, message: &str) -> Result<(), StoreError> {
        if self.application(group.id, me.0)?.is_some() {
            return Ok(());
        }
        let waiting: u32 = self
            .conn
            .prepare_cached("SELECT count(*) FROM applications WHERE grp = ?1")?
            .query_row([group.id], |row| row.get(0))?;
        if waiting >= limits::GROUP_APPLICATIONS {
            return refuse(code::LIMIT_REACHED, "too many wait for an answer already");
        }
        self.flush_groups()?;
        let admins: Vec<i64> = self
            .conn
            .prepare_cached("SELECT user FROM group_members WHERE grp = ?1 AND role > 0 ORDER BY place")?
            .query_map([group.id], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let notice = Notice {
            operation: notice::APPLIED,
            operator: me.1,
            words: message,
        };
        let mut told = Vec::with_capacity(admins.len());
        for admin in admins {
            told.push((admin, self.notify(admin, group, &notice)?));
        }
        let told = serde_json::to_string(&told).map_err(|error| StoreError::Fault(error.to_string()))?;
        self.conn
            .prepare_cached(
                "INSERT INTO applications (grp, user, message, time, told) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![group.id, me.0, message, self.now, told])?;
        Ok(())
    }

    /// The request of somebody that waits.
    pub(super) fn application(&self, group: i64, user: i64) -> Result<Option<Application>, StoreError> {
        let found: Option<(String, String)> = self
            .conn
            .prepare_cached("SELECT message, told FROM applications WHERE grp = ?1 AND user = ?2")?
            .query_row(params![group, user], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((message, told)) = found else {
            return Ok(None);
        };
        let told = serde_json::from_str(&told).map_err(|error| StoreError::Fault(error.to_string()))?;
        Ok(Some(Application { message, told }))
    }

    /// Who waits for an answer.
    pub(super) fn applicants(&self, group: i64) -> Result<Vec<i64>, StoreError> {
        let users = self
            .conn
            .prepare_cached("SELECT user FROM applications WHERE grp = ?1")?
            .query_map([group], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        Ok(users)
    }

    /// The request of `user`, if there is one, does not wait any more, and the notices of it say what became of it. Whoever comes
    /// into a group by any way has this done: a request that stayed would be answered to a member.
    pub(super) fn settle_application(
        &mut self,
        group: &Group,
        user: Asker<'_>,
        handled: Handled,
    ) -> Result<(), StoreError> {
        let Some(application) = self.application(group.id, user.0)? else {
            return Ok(());
        };
        self.conn
            .prepare_cached("DELETE FROM applications WHERE grp = ?1 AND user = ?2")?
            .execute(params![group.id, user.0])?;
        let applied = Notice {
            operation: notice::APPLIED,
            operator: user.1,
            words: &application.message,
        };
        self.settle_notices(&application.told, group, &applied, handled)
    }
}
