//! Signing in and out (R-L6, R-L7), and a device that comes back with its token.

use std::sync::Arc;

use tidings_protocol::{
    ErrorKind, Hello, PROTOCOL_VERSION, Registered, SignIn, SignInProof, UserId, WireError, code,
};

use super::accounts::{admit_device, make, new_device};
use crate::address::Source;
use crate::bus::{Last, Reply, Session};
use crate::limits;
use crate::space::{Space, hash_secret};
use crate::store::{self, NewUser, StoreError};
use crate::user_sig;

/// Signs a device in with a password or a UserSig.
pub(crate) async fn sign_in(space: &Space, source: Source, sign_in: SignIn) -> Result<Registered, WireError> {
    let SignIn {
        user_id,
        proof,
        device_name,
    } = sign_in;
    // Taken before the work and given back when it was right, so that a thousand guesses at the same time are a thousand guesses.
    let now = space.clock.monotonic();
    space.sign_in_by_address.take(source, now)?;
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
            admit_device(space, device, move |_| Ok(row)).await?;
        }
        SignInProof::UserSig(sig) => {
            check_user_sig(space, &sig, &user_id)?;
            let id = user_id.clone();
            let most = space.config.limits.people;
            admit_device(space, device, move |batch| match batch.user_row(&id)? {
                Some(row) if batch.is_removed(row)? => {
                    let words = "the host of this space has taken the account away";
                    Err(WireError::new(code::WRONG_CREDENTIALS, ErrorKind::Unauthorised, words).into())
                }
                Some(row) => Ok(row),
                None => {
                    let user = NewUser {
                        id,
                        nick: String::new(),
                        password: None,
                    };
                    make(batch, &user, most)
                }
            })
            .await?;
        }
    }
    space.sign_in_by_address.give_back(&source, 1);
    space.sign_in_by_user.give_back(&user_id, 1);
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
    token_hash: [u8; 32],
}

impl Arrival {
    /// Whether the device is still signed in, for a reader that looks after the session is there: whoever revokes a token does it first and
    /// then ends the sessions that are there, so one of the two sees the other.
    pub(super) fn stands(
        &self,
    ) -> impl FnOnce(&rusqlite::Connection) -> Result<(), StoreError> + Send + use<> {
        let (hash, device) = (self.token_hash, self.session.device);
        move |conn| match store::read::device_by_token(conn, &hash)? {
            Some(known) if known.device == device => Ok(()),
            _ => Err(unknown_token().into()),
        }
    }
}

pub(super) fn unknown_token() -> WireError {
    WireError::new(
        code::TOKEN_INVALID,
        ErrorKind::Unauthorised,
        "the token is not known",
    )
}

/// Takes a hello that came through `door`.
pub(crate) async fn arrive(space: &Arc<Space>, hello: Hello, door: u32) -> Result<Arrival, WireError> {
    if hello.protocol != PROTOCOL_VERSION {
        let words = format!("this server speaks version {PROTOCOL_VERSION} of the protocol");
        return Err(WireError::new(
            code::PROTOCOL_VERSION,
            ErrorKind::BadRequest,
            words,
        ));
    }
    let token_hash = hash_secret(&hello.token);
    let known = space
        .store
        .read(move |conn| store::read::device_by_token(conn, &token_hash))
        .await?;
    let known = known.ok_or_else(unknown_token)?;
    if space.clock.now_ms().saturating_sub(known.last_seen) > limits::LAST_SEEN_MS {
        let device = known.device;
        space.store.work(move |batch| batch.device_seen(device), drop);
    }
    let session = space
        .bus
        .join(known.user, &known.user_id, known.device, door, space.now_s());
    Ok(Arrival {
        session,
        since: hello.since,
        token_hash,
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
                space_then.bus.end_device(row, device, &Last::Close(1000));
            }
            Err(error) => reply.refuse(error.into()),
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::service::{add_user, device_token, welcome};
    use tidings_protocol::{SystemChance, SystemClock};

    #[tokio::test]
    async fn a_device_that_is_revoked_during_its_hello_gets_no_welcome() {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(SystemClock::default());
        let space = Space::open(dir.path(), Config::default(), clock, Arc::new(SystemChance)).unwrap();
        let space = Arc::new(space);
        let ann = UserId::new("ann").unwrap();
        add_user(&space, ann.clone(), "", "long enough").await.unwrap();
        let hello = |token: String| Hello {
            protocol: PROTOCOL_VERSION,
            token,
            since: 0,
        };
        let token = device_token(&space, &ann, "laptop").await.unwrap();
        let arrival = arrive(&space, hello(token), 0).await.unwrap();
        // Revoked after the token was looked up; whoever did it found no session to end yet.
        let device = arrival.session.device;
        let revoked = space.store.write(move |batch| batch.remove_device(device));
        revoked.await.unwrap();
        let next = device_token(&space, &ann, "phone").await.unwrap();
        let refused = welcome(&space, &arrival).await.map(drop).unwrap_err();
        assert_eq!(
            refused.code,
            code::TOKEN_INVALID,
            "also when the next device got its row"
        );
        let arrival = arrive(&space, hello(next), 0).await.unwrap();
        welcome(&space, &arrival).await.unwrap();
    }
}
