//! Making accounts.

use std::sync::Arc;

use tidings_protocol::{
    ErrorKind, Profile, Registered, Registration, RegistrationPolicy, UserId, WireError, code, cut_text,
    limits,
};

use super::is_reserved;
use super::profiles::check_nick;
use crate::address::Source;
use crate::bus::Last;
use crate::passwords::Passwords;
use crate::space::{Space, hash_secret};
use crate::store::{self, Batch, NewDevice, NewUser, StoreError};

/// Makes an account and signs its first device in.
pub(crate) async fn register(
    space: &Space,
    source: Source,
    registration: Registration,
) -> Result<Registered, WireError> {
    let Registration {
        user_id,
        nick,
        password,
        invitation,
        device_name,
    } = registration;
    let policy = space.config.registration;
    if policy == RegistrationPolicy::Closed {
        let words = "this space takes no new people";
        return Err(WireError::new(
            code::REGISTRATION_CLOSED,
            ErrorKind::Forbidden,
            words,
        ));
    }
    if policy == RegistrationPolicy::Invite && invitation.is_none() {
        let words = "this space takes new people with an invitation";
        return Err(WireError::new(
            code::INVITATION_NEEDED,
            ErrorKind::Forbidden,
            words,
        ));
    }
    Passwords::check_form(&password)?;
    let nick = check_nick(nick)?;
    space.register_by_address.take(source, space.clock.monotonic())?;
    let password = Some(space.passwords.hash(password).await?);
    let user = NewUser {
        id: user_id.clone(),
        nick,
        password,
    };
    let (token, device) = new_device(space, &device_name);
    // Where anybody may join, an invitation that came along is not asked about.
    let code_hash = invitation
        .filter(|_| policy == RegistrationPolicy::Invite)
        .map(|code| hash_secret(&code));
    let most = space.config.limits.people;
    space
        .store
        .write(move |batch| {
            // First, so that only who is invited learns which ids are taken (H40). A refusal below gives the use back.
            if let Some(code_hash) = &code_hash
                && !batch.use_invitation(code_hash)?
            {
                let words = "the invitation is unknown, over or used up";
                return Err(WireError::new(code::INVITATION_INVALID, ErrorKind::Forbidden, words).into());
            }
            let row = make(batch, &user, most)?;
            batch.add_device(row, &device)
        })
        .await?;
    if policy == RegistrationPolicy::Invite {
        space.register_by_address.give_back(&source, 1);
    }
    Ok(Registered {
        user_id,
        token,
        space: space.config.space_name.clone(),
    })
}

/// Makes an account on behalf of the host.
pub(crate) async fn add_user(space: &Space, id: UserId, nick: &str, password: &str) -> Result<(), WireError> {
    Passwords::check_form(password)?;
    let nick = check_nick(nick.to_owned())?;
    let password = Some(space.passwords.hash(password.to_owned()).await?);
    let user = NewUser { id, nick, password };
    space
        .store
        .write(move |batch| make(batch, &user, u64::MAX).map(drop))
        .await?;
    Ok(())
}

/// Signs a device in on behalf of the host.
pub(crate) async fn device_token(space: &Space, id: &UserId, device_name: &str) -> Result<String, WireError> {
    let (token, device) = new_device(space, device_name);
    let id = id.clone();
    admit_device(space, device, move |batch| {
        batch.user_row(&id)?.ok_or_else(|| {
            WireError::new(code::NO_SUCH_USER, ErrorKind::NotFound, "there is no such user").into()
        })
    })
    .await?;
    Ok(token)
}

/// Everybody.
pub(crate) async fn people(space: &Space) -> Result<Vec<Profile>, WireError> {
    let most = usize::try_from(space.config.limits.people).unwrap_or(usize::MAX);
    Ok(space
        .store
        .read(move |conn| store::read::people(conn, most))
        .await?)
}

/// Makes the account, unless the id is taken or the space is full.
pub(super) fn make(batch: &mut Batch<'_>, user: &NewUser, most: u64) -> Result<i64, StoreError> {
    // What begins like the system conversation looks like the space itself.
    if is_reserved(&user.id) || batch.is_taken(&user.id)? {
        return Err(WireError::new(code::USER_ID_TAKEN, ErrorKind::Conflict, "this user id is taken").into());
    }
    if batch.count_people()? >= most {
        return Err(WireError::new(code::LIMIT_REACHED, ErrorKind::Forbidden, "this space is full").into());
    }
    batch.add_user(user)
}

/// Signs `device` of the user whose row `user` finds in. The sessions of devices that had to go for it end with the commit, also
/// when whoever asked has gone meanwhile.
pub(super) async fn admit_device(
    space: &Space,
    device: NewDevice,
    user: impl FnOnce(&mut Batch<'_>) -> Result<i64, StoreError> + Send + 'static,
) -> Result<(), WireError> {
    let bus = Arc::clone(&space.bus);
    let (tell, told) = tokio::sync::oneshot::channel();
    space.store.work(
        move |batch| {
            let row = user(batch)?;
            Ok((row, batch.add_device(row, &device)?))
        },
        move |result: Result<(i64, Vec<i64>), StoreError>| {
            let result = result.map(|(row, gone)| {
                for device in gone {
                    bus.end_device(row, device, &Last::Kicked("multiple_device"));
                }
            });
            let _ = tell.send(result);
        },
    );
    Ok(told.await.unwrap_or(Err(StoreError::Shut))?)
}

/// A token and what is stored of it.
pub(super) fn new_device(space: &Space, name: &str) -> (String, NewDevice) {
    let token = space.new_secret(32);
    let device = NewDevice {
        token_hash: hash_secret(&token),
        name: cut_text(name, limits::DEVICE_NAME_BYTES).to_owned(),
        most: space.config.limits.devices_per_user,
    };
    (token, device)
}
