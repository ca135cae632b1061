//! Signing in and out (R-L6, R-L7), and a device that comes back with its token.

use std::net::IpAddr;
use std::sync::Arc;

use tidings_protocol::{
    ErrorKind, Hello, PROTOCOL_VERSION, Registered, SignIn, SignInProof, UserId, WireError, code,
};

use super::accounts::{let_go, make, new_device};
use crate::bus::{Last, Reply, Session};
use crate::limits;
use crate::space::{Space, hash_secret};
use crate::store::{self, NewUser, StoreError};
use crate::user_sig;

/// Signs a device in with a password or a UserSig.
pub(crate) async fn sign_in(
    space: &Space,
    address: IpAddr,
    sign_in: SignIn,
) -> Result<Registered, WireError> {
    let SignIn {
        user_id,
        proof,
        device_name,
    } = sign_in;
    // Taken before the work and given back when it was right, so that a thousand guesses at the same time are a thousand guesses.
    let now = space.clock.monotonic();
    space.sign_in_by_address.take(address, now)?;
    space.sign_in_by_user.take(user_id.clone(), now)?;
    let (token, device) = new_device(space, &device_name);
    let wrong = || {
        let words = "user id and password do not belong together";
        WireError::new(code::WRONG_CREDENTIALS, ErrorKind::Unauthorised, words)
    };
    match proof {
        SignInProof::Password(password) => {
            let id = user_id.clone();
            let account = space
                .store
                .read(move |conn| store::read::account(conn, &id))
                .await?;
            let (row, stored) = account.map_or((None, None), |account| (Some(account.row), account.password));
            if !space.passwords.check(password, stored).await? {
                return Err(wrong());
            }
            let row = row.ok_or_else(wrong)?;
            let gone = space
                .store
                .write(move |batch| batch.add_device(row, &device))
                .await?;
            let_go(space, row, &gone);
        }
        SignInProof::UserSig(sig) => {
            check_user_sig(space, &sig, &user_id)?;
            let id = user_id.clone();
            let most = space.config.limits.people;
            let (row, gone) = space
                .store
                .write(move |batch| {
                    let row = match batch.user_row(&id)? {
                        Some(row) => row,
                        None => make(
                            batch,
                            &NewUser {
                                id,
                                nick: String::new(),
                                password: None,
                            },
                            most,
                        )?,
                    };
                    Ok((row, batch.add_device(row, &device)?))
                })
                .await?;
            let_go(space, row, &gone);
        }
    }
    space.sign_in_by_address.give_back(&address);
    space.sign_in_by_user.give_back(&user_id);
    Ok(Registered {
        user_id,
        token,
        space: space.config.space_name.clone(),
    })
}

fn check_user_sig(space: &Space, sig: &str, user: &UserId) -> Result<(), WireError> {
    let (Some(key), Some(app)) = (&space.config.user_sig_key, space.config.sdk_app_id) else {
        let words = "this space takes no UserSig";
        return Err(WireError::new(
            code::USER_SIG_NO_KEY,
            ErrorKind::Unauthorised,
            words,
        ));
    };
    user_sig::check(sig, user.as_str(), app, key, space.clock.now_ms() / 1000)
}

/// A device that showed its token.
pub(crate) struct Arrival {
    /// Its session; pushes reach it already.
    pub(crate) session: Arc<Session>,
    /// What the hello knew.
    pub(crate) since: u64,
}

/// Takes a hello.
pub(crate) async fn arrive(space: &Arc<Space>, hello: Hello) -> Result<Arrival, WireError> {
    if hello.protocol != PROTOCOL_VERSION {
        let words = format!("this server speaks version {PROTOCOL_VERSION} of the protocol");
        return Err(WireError::new(
            code::PROTOCOL_VERSION,
            ErrorKind::BadRequest,
            words,
        ));
    }
    let hash = hash_secret(&hello.token);
    let known = space
        .store
        .read(move |conn| store::read::device_by_token(conn, &hash))
        .await?;
    let Some(known) = known else {
        return Err(WireError::new(
            code::TOKEN_INVALID,
            ErrorKind::Unauthorised,
            "the token is not known",
        ));
    };
    if space.clock.now_ms().saturating_sub(known.last_seen) > limits::LAST_SEEN_MS {
        let device = known.device;
        space.store.work(move |batch| batch.device_seen(device), drop);
    }
    let session = space
        .bus
        .join(known.user, &known.user_id, known.device, space.now_s());
    Ok(Arrival {
        session,
        since: hello.since,
    })
}

/// Revokes this device's token and ends its session.
pub(super) fn sign_out(space: &Arc<Space>, reply: Reply) {
    let device = reply.session().device;
    let space_then = Arc::clone(space);
    space.store.work(
        move |batch| batch.remove_device(device),
        move |result: Result<(), StoreError>| match result {
            Ok(()) => {
                let row = reply.session().user.row;
                reply.answer(&serde_json::json!({}));
                space_then
                    .bus
                    .end_device(row, device, space_then.now_s(), &Last::Close(1000));
            }
            Err(error) => reply.refuse(error.into()),
        },
    );
}
