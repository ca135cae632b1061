//! Groups: their logs, who is in them, and what the writer remembers of them.
//!
//! A use case checks everything first and refuses before it changes anything: what is changed in memory is undone only together with
//! the whole commit. Whatever members are to be told goes into the outbox of the commit, in order.

mod alter;
mod append;
mod apply;
mod departure;
mod ending;
mod members;
mod notices;
mod own;
mod profile;
mod read;
mod seats;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use members::Asker;
pub(crate) use read::{changes, list, member_profiles, members, page, profile_of, read_by, rows_of, search};
pub(super) use read::{head, versions};
pub(crate) use seats::with_many_left;
pub(super) use state::Groups;

use tidings_protocol::{ErrorKind, WireError, code};

use super::StoreError;

/// The user id of the space itself, from whom the notices are. Its row is [`SYSTEM`], which no account has.
pub(crate) const SYSTEM_ID: &str = "@TIM#SYSTEM";
/// See [`SYSTEM_ID`].
pub(crate) const SYSTEM: i64 = 0;

/// True in SQL of each row of `messages` but notices of what their reader did: those are nobody's news (see
/// [`tidings_protocol::notice::tells_own_deed`]).
pub(crate) const IS_NEWS: &str = "CASE type WHEN 'TIMGroupSystemNoticeElem' \
     THEN json_extract(payload, '$.operationType') NOT IN (6, 8) ELSE 1 END";

/// A refusal with one of TIM's codes for groups.
pub(crate) fn refusal(number: i32, words: &str) -> WireError {
    let kind = match number {
        code::NO_PERMISSION | code::MUTED | code::OWNER_CANNOT_QUIT | code::GROUP_FULL => {
            ErrorKind::Forbidden
        }
        code::GROUP_GONE | code::NO_SUCH_GROUP | code::NO_SUCH_USER => ErrorKind::NotFound,
        code::ALREADY_HANDLED | code::GROUP_ID_TAKEN | code::ALREADY_MEMBER => ErrorKind::Conflict,
        code::TOO_MANY_PEOPLE => ErrorKind::TooLarge,
        code::LIMIT_REACHED => ErrorKind::Forbidden,
        _ => ErrorKind::BadRequest,
    };
    WireError::new(number, kind, words)
}

fn refuse<T>(number: i32, words: &str) -> Result<T, StoreError> {
    Err(refusal(number, words).into())
}

fn not_allowed<T>() -> Result<T, StoreError> {
    refuse(
        code::NO_PERMISSION,
        "not allowed in this group, or not for this role",
    )
}

/// What somebody outside hears: that there is a group is told only where it can be found, and to who was in it.
fn outside(may_know: bool) -> StoreError {
    let number = if may_know {
        code::GROUP_GONE
    } else {
        code::NO_SUCH_GROUP
    };
    refusal(number, "there is no such group for you").into()
}
