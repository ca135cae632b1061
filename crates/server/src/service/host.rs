//! What the host does to accounts, from beside a running server or in it.
//!
//! Beside it, only the rows of accounts and devices are written: what else the server knows, its writer remembers, and nobody may
//! change behind its back. The server follows when it is told to look ([`settle`]).

use tidings_protocol::{ErrorKind, UserId, WireError, code};

use crate::bus::Last;
use crate::passwords::Passwords;
use crate::space::Space;
use crate::store::{self, Person};

/// Everybody, also who was taken away.
pub(crate) async fn roster(space: &Space) -> Result<Vec<Person>, WireError> {
    Ok(space.store.read(store::read::roster).await?)
}

/// Gives an account another password and signs its devices out. Also one that was taken away: it is back then.
pub(crate) async fn set_password(space: &Space, id: UserId, password: &str) -> Result<(), WireError> {
    Passwords::check_form(password)?;
    let hash = space.passwords.hash(password.to_owned()).await?;
    write(space, id, Some(hash)).await
}

/// Takes an account away: it signs in no more, and its devices are signed out. Its id stays taken, so that nobody can pass for it.
pub(crate) async fn remove_user(space: &Space, id: UserId) -> Result<(), WireError> {
    write(space, id, None).await
}

async fn write(space: &Space, id: UserId, password: Option<String>) -> Result<(), WireError> {
    let write = space.store.write(move |batch| {
        if super::is_reserved(&id) || !batch.set_password(&id, password.as_deref())? {
            let words = "there is no such user";
            return Err(WireError::new(code::NO_SUCH_USER, ErrorKind::NotFound, words).into());
        }
        Ok(())
    });
    Ok(write.await?)
}

/// Follows what the host has done: ends the sessions of devices that are not signed in any more, and lets those whom the host has taken away
/// leave their groups.
pub(crate) async fn settle(space: &Space) -> Result<(), WireError> {
    for (user, device) in space.bus.devices() {
        let is_signed_in = space.store.read(move |conn| store::read::is_device(conn, device));
        if !is_signed_in.await? {
            space.bus.end_device(user, device, &Last::Kicked("revoked"));
        }
    }
    for (row, id) in space.store.read(store::read::removed_in_groups).await? {
        let groups = space
            .store
            .read(move |conn| store::read::groups(conn, row))
            .await?
            .groups;
        for group in groups {
            let (leaver, group) = (id.clone(), group.profile.group);
            let left = space
                .store
                .write(move |batch| batch.depart((row, &leaver), &group));
            if let Err(error) = left.await {
                tracing::warn!(user = %id, %error, "an account that was taken away stays in a group");
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::Config;
    use crate::service::{add_user, device_token};
    use serde_json::{from_value, json};
    use tidings_protocol::{GroupType, JoinGroup, JoinOption, SystemChance, SystemClock};

    #[tokio::test]
    async fn who_is_taken_away_leaves_their_groups_and_gives_theirs_to_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(SystemClock::default());
        let space = Space::open(dir.path(), Config::default(), clock, Arc::new(SystemChance)).unwrap();
        let (ann, ben) = (UserId::new("ann").unwrap(), UserId::new("ben").unwrap());
        for id in [&ann, &ben] {
            add_user(&space, id.clone(), "", "long enough").await.unwrap();
        }
        device_token(&space, &ann, "laptop").await.unwrap();
        let (founder, joins) = (ann.clone(), ben.clone());
        let make = space.store.write(move |batch| {
            let founder = (batch.user_row(&founder)?.unwrap(), &founder);
            let joins = (batch.user_row(&joins)?.unwrap(), &joins);
            let asked =
                json!({"type": GroupType::Public, "name": "Both", "join_option": JoinOption::FreeAccess});
            let group = batch.create_group(founder, &from_value(asked).unwrap())?.group;
            batch.join_group(
                joins,
                &JoinGroup {
                    group,
                    message: String::new(),
                },
            )?;
            let alone = json!({"type": GroupType::ChatRoom, "name": "Alone"});
            batch.create_group(founder, &from_value(alone).unwrap()).map(drop)
        });
        make.await.unwrap();
        remove_user(&space, ann.clone()).await.unwrap();
        settle(&space).await.unwrap();
        let seen = roster(&space).await.unwrap();
        assert_eq!(seen.len(), 2, "{seen:?}");
        assert!(seen[0].is_removed && seen[0].devices == 0 && !seen[1].is_removed);
        assert!(
            space
                .store
                .read(store::read::removed_in_groups)
                .await
                .unwrap()
                .is_empty()
        );
        let who = ben.clone();
        let row = space
            .store
            .write(move |batch| batch.user_row(&who))
            .await
            .unwrap()
            .unwrap();
        let groups = space
            .store
            .read(move |conn| store::read::groups(conn, row))
            .await
            .unwrap()
            .groups;
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].profile.owner, ben);
        // And nobody else gets the id.
        assert!(add_user(&space, ann.clone(), "", "long enough").await.is_err());
        set_password(&space, ann.clone(), "another one").await.unwrap();
        assert!(!roster(&space).await.unwrap()[0].is_removed);
        let nobody = UserId::new("nobody").unwrap();
        assert_eq!(
            remove_user(&space, nobody).await.unwrap_err().code,
            code::NO_SUCH_USER
        );
    }
}
