//! Signing in and out.

use std::time::Duration;

use tidings_protocol::{
    Registered, Registration, Request, ServerAddress, SignIn, cut_text, limits as wire_limits,
};
use tokio::time::timeout;

use crate::account::Account;
use crate::core::Hosted;
use crate::engine::Engine;
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
    let registered = engine.core.connector.sign_in(&server, &sign_in).await?;
    adopt(engine, &server, registered, false).await
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
    let core = &engine.core;
    let account = Account {
        user_id: registered.user_id.to_string(),
        token: registered.token,
        space: registered.space,
        server: server.into(),
        is_host,
    };
    if core
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
