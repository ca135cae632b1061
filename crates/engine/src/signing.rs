//! Signing in and out.

use std::time::Duration;

use tidings_protocol::{
    ErrorKind, Registered, Registration, Request, ServerAddress, SignIn, cut_text, limits as wire_limits,
};
use tokio::time::timeout;

use crate::account::Account;
use crate::core::Hosted;
use crate::engine::Engine;
use crate::error::EXPORT_OTHER;
use crate::view::{AccountView, ConnectionState, EngineEvent};
use crate::{EngineError, limits};

pub(crate) async fn register(
    engine: &Engine,
    server: &ServerAddress,
    mut registration: Registration,
    is_host: bool,
) -> Result<AccountView, EngineError> {
    name_device(engine, &mut registration.device_name);
    let server = known(engine, server);
    let registered = engine.core.connector.register(&server, &registration).await?;
    adopt(engine, &server, registered, is_host).await
}

pub(crate) async fn sign_in(
    engine: &Engine,
    server: &ServerAddress,
    mut sign_in: SignIn,
) -> Result<AccountView, EngineError> {
    name_device(engine, &mut sign_in.device_name);
    let server = known(engine, server);
    if let Some(imported) = imported(engine) {
        // Before there is a token: a device that is let go of at once is one too many in that account.
        goes_on(engine, &imported, &server, sign_in.user_id.as_str()).await?;
    }
    let registered = engine.core.connector.sign_in(&server, &sign_in).await?;
    take(engine, &server, registered, false).await
}

fn imported(engine: &Engine) -> Option<Account> {
    engine.core.signed_in().ok().filter(Account::is_imported)
}

fn other() -> EngineError {
    EngineError::File {
        code: EXPORT_OTHER,
        kind: ErrorKind::Conflict,
        message: "what is here is of another user, or of another space",
    }
}

/// Whether `user_id` at `server` is the user that the imported messages are of: the same name, and the same address or, as a space may
/// have moved, a space of the same name. Two people's messages, or two spaces', must never be mixed in one cache.
async fn goes_on(
    engine: &Engine,
    imported: &Account,
    server: &ServerAddress,
    user_id: &str,
) -> Result<(), EngineError> {
    if imported.user_id != user_id {
        return Err(other());
    }
    let known = imported.server.address();
    if (known.host.as_str(), known.port) == (server.host.as_str(), server.port) {
        return Ok(());
    }
    let space = engine.core.connector.space_info(server).await?;
    if cut_text(&space.name, wire_limits::SPACE_NAME_BYTES) == imported.space {
        Ok(())
    } else {
        Err(other())
    }
}

fn name_device(engine: &Engine, name: &mut String) {
    if name.is_empty() {
        cut_text(&engine.core.device_name, wire_limits::DEVICE_NAME_BYTES).clone_into(name);
    }
}

/// The address, with the pin that this profile knows the server by: who typed the address again need not have the link.
fn known(engine: &Engine, server: &ServerAddress) -> ServerAddress {
    let mut server = server.clone();
    if server.tls && server.pin.is_none() {
        server.pin = engine.core.account.lock().pin(&server);
    }
    server
}

pub(crate) async fn adopt(
    engine: &Engine,
    server: &ServerAddress,
    registered: Registered,
    is_host: bool,
) -> Result<AccountView, EngineError> {
    if imported(engine).is_some() {
        return Err(other());
    }
    take(engine, server, registered, is_host).await
}

async fn take(
    engine: &Engine,
    server: &ServerAddress,
    registered: Registered,
    is_host: bool,
) -> Result<AccountView, EngineError> {
    let core = &engine.core;
    if core.moving.is_importing() {
        return Err(EngineError::InUse);
    }
    let account = Account {
        user_id: registered.user_id.to_string(),
        token: registered.token,
        space: registered.space,
        server: server.into(),
        is_host,
    };
    if imported(engine).is_some_and(|before| before.user_id == account.user_id) {
        engine.stop().await;
        // The same user's, wherever the space is now.
        core.cache.rename_owner(account.owner()).await?;
    } else if core
        .signed_in()
        .is_ok_and(|before| before.owner() != account.owner())
    {
        sign_out(engine).await?;
    } else {
        engine.stop().await;
    }
    if is_host {
        *core.hosted.lock() = Hosted::At(server.clone());
    }
    *core.said.lock() = None;
    core.me.set(&account.user_id);
    if core.cache.belong_to(account.owner()).await? {
        core.media.remove_all()?;
    }
    core.account.lock().set(Some(account))?;
    engine.start();
    // The list is right after this, in all but a bad network.
    let mut status = core.status.subscribe();
    let settled = status.wait_for(|status| match status.state {
        ConnectionState::Connected => true,
        ConnectionState::Disconnected => status.error.is_some(),
        ConnectionState::Connecting => false,
    });
    let _ = timeout(Duration::from_millis(limits::FIRST_HEADS_MS), settled).await;
    engine.account().ok_or(EngineError::NotSignedIn)
}

pub(crate) fn set_server(engine: &Engine, server: &ServerAddress) -> Result<(), EngineError> {
    let core = &engine.core;
    let mut file = core.account.lock();
    let account = file.account().cloned().ok_or(EngineError::NotSignedIn)?;
    let is_known = account.server.address() == *server;
    let is_dialled = if account.is_host {
        let here = Hosted::At(server.clone());
        std::mem::replace(&mut *core.hosted.lock(), here.clone()) == here
    } else {
        is_known
    };
    let kept = if is_known {
        Ok(())
    } else {
        file.set(Some(Account {
            server: server.into(),
            ..account
        }))
    };
    drop(file);
    if !is_dialled {
        core.redial.notify_one();
    }
    Ok(kept?)
}

pub(crate) fn host_is_down(engine: &Engine) {
    *engine.core.hosted.lock() = Hosted::Down;
    engine.core.redial.notify_one();
}

pub(crate) async fn sign_out(engine: &Engine) -> Result<(), EngineError> {
    let core = &engine.core;
    core.signed_in()?;
    if let Some(link) = core.link() {
        // The token dies with its device otherwise; a server that is away must not keep anybody signed in.
        let revoked = link.ask_now::<serde::de::IgnoredAny>(Request::SignOut {});
        let _ = timeout(Duration::from_millis(limits::SIGN_OUT_MS), revoked).await;
    }
    engine.stop().await;
    core.account.lock().set(None)?;
    core.cache.begin_empty().await?;
    core.media.remove_all()?;
    core.me.set("");
    core.events.send(EngineEvent::NotReady {});
    Ok(())
}
