//! Being connected: dial, hello, heartbeat, and again after a wait when it ends.
//!
//! Everything that lives as long as one connection (reading, writing, heartbeat, joining, filling, sending) is one future
//! and ends with it. The cache's transactions do not: they run on the writer's thread to their end.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tidings_protocol::{
    Hello, PROTOCOL_VERSION, Push, ServerAddress, ServerFrame, Welcome, code, limits as wire_limits,
};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use crate::account::Account;
use crate::backoff::Backoff;
use crate::cache::{meta, profiles};
use crate::core::{Core, Dial, Said};
use crate::fill::Filler;
use crate::link::Link;
use crate::sync::{Heads, Sync};
use crate::view::{ConnectionState, EngineEvent};
use crate::wire::{FrameSink, FrameSource, Wire};
use crate::{EngineError, limits, marks, naming, sending};

/// Why a connection ended.
enum End {
    /// Come back after a wait.
    Lost(EngineError),
    /// Come back at once: another address, a computer that slept, a server whose log was put back.
    Again,
    /// This device is not to come back (R-L8).
    KickedOut(&'static str),
}

impl From<EngineError> for End {
    fn from(error: EngineError) -> Self {
        match &error {
            EngineError::Refused(refusal)
                if matches!(refusal.code, code::TOKEN_INVALID | code::USER_SIG_EXPIRED) =>
            {
                Self::KickedOut("userSigExpired")
            }
            _ => Self::Lost(error),
        }
    }
}

/// Keeps the account connected until it is kicked out.
pub(crate) async fn keep(core: Arc<Core>) {
    let mut backoff = Backoff::default();
    loop {
        // Whatever asked for another connection until now gets it with this one.
        let _ = core.redial.notified().now_or_never();
        let Ok(account) = core.signed_in() else {
            return;
        };
        let server = match core.dial(&account) {
            Dial::At(server) => server,
            Dial::Wait => {
                core.say(ConnectionState::Connecting, None, None);
                core.redial.notified().await;
                continue;
            }
            Dial::Nowhere(error) => {
                core.say(ConnectionState::Disconnected, None, Some(&error));
                core.redial.notified().await;
                continue;
            }
        };
        core.say(ConnectionState::Connecting, None, None);
        let began = core.clock.monotonic();
        let end = once(&core, account, &server).await;
        if let Some(link) = core.link.send_replace(None) {
            link.end();
        }
        let lasted = core.clock.monotonic().saturating_sub(began);
        if lasted >= Duration::from_millis(limits::STANDING_MS) {
            backoff.reset();
        }
        match end {
            End::Again => {}
            End::KickedOut(reason) => {
                kicked_out(&core, reason);
                return;
            }
            End::Lost(error) => {
                tracing::debug!(%error, "the connection ended");
                let wait = backoff.next(core.chance.as_ref());
                let serious =
                    (!matches!(error, EngineError::Network(_) | EngineError::Timeout)).then_some(&error);
                let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                core.say(ConnectionState::Disconnected, Some(millis), serious);
                tokio::select! {
                    () = sleep(wait) => {}
                    () = core.redial.notified() => {}
                    () = slept(&core) => {}
                }
            }
        }
    }
}

fn kicked_out(core: &Core, reason: &str) {
    if let Err(error) = core.account.lock().set(None) {
        core.report("the account could not be forgotten", &error.into());
    }
    core.say(ConnectionState::Disconnected, None, None);
    core.events.send(EngineEvent::KickedOut {
        reason: reason.to_owned(),
    });
    core.events.send(EngineEvent::NotReady {});
}

/// Comes back when the wall clock has run ahead of the monotonic one: the computer slept, and the connection with it.
async fn slept(core: &Core) {
    let offset = || {
        let monotonic = i64::try_from(core.clock.monotonic().as_millis()).unwrap_or(i64::MAX);
        core.clock.now_ms().saturating_sub(monotonic)
    };
    let mut before = offset();
    loop {
        sleep(Duration::from_millis(limits::CLOCK_CHECK_MS)).await;
        let now = offset();
        if now.saturating_sub(before) > limits::CLOCK_JUMP_MS {
            tracing::debug!("the clock jumped");
            return;
        }
        before = now;
    }
}

async fn once(core: &Arc<Core>, account: Account, server: &ServerAddress) -> End {
    match connected(core, account, server).await {
        Ok(end) | Err(end) => end,
    }
}

async fn connected(core: &Arc<Core>, account: Account, server: &ServerAddress) -> Result<End, End> {
    let opening = core.connector.open(server);
    let Wire { mut sink, mut source } = timeout(Duration::from_millis(limits::CONNECT_MS), opening)
        .await
        .map_err(|_| EngineError::Timeout)??;
    // Before what is known: when the file is replaced between the two, the answer counts for neither.
    let generation = core.cache.generation();
    let known = core.cache.read(|db, _| meta::heads_version(db))?;
    let hello = Hello {
        protocol: PROTOCOL_VERSION,
        token: account.token,
        since: known.unwrap_or(0),
    };
    let hello = serde_json::to_string(&hello).map_err(|_| EngineError::BadParameter("no hello"))?;
    sink.send(hello).await?;
    let welcome = timeout(
        Duration::from_millis(wire_limits::CLIENT_PATIENCE_MS),
        welcome(source.as_mut()),
    )
    .await
    .map_err(|_| EngineError::Timeout)??;

    let (link, frames) = Link::new();
    let link = Arc::new(link);
    let filler = Filler::default();
    let (pushes, pushed) = mpsc::channel(limits::PUSHES_WAITING);
    let sync = Sync {
        core,
        link: &link,
        filler: &filler,
        generation,
    };
    *core.media.limits.lock() = welcome.media;
    core.cache
        .take(move |write| Ok(profiles::put(write, welcome.me)?))
        .await?;
    let rest = match sync.first_heads(welcome.heads, known).await? {
        Heads::Taken(rest) => rest,
        Heads::AskAgain => return Ok(End::Again),
    };
    let said = Said {
        recall_seconds: welcome.recall_seconds,
        ahead_ms: welcome.time.saturating_sub(core.clock.now_ms()),
    };
    let is_known = core
        .said
        .lock()
        .replace(said)
        .is_some_and(|before| before.is_near(said));
    if !is_known && let Some(account) = core.account_view() {
        core.events.send(EngineEvent::Ready { account });
    }
    core.link.send_replace(Some(Arc::clone(&link)));
    core.say(ConnectionState::Connected, None, None);

    let lost = tokio::select! {
        end = read(source.as_mut(), &link, &pushes) => end,
        error = write(sink.as_mut(), frames) => End::from(error),
        end = sync.heartbeat(rest) => match end {
            Ok(()) => End::Again,
            Err(error) => End::from(error),
        },
        never = sync.pushes(pushed) => never,
        never = filler.run(core, &link) => never,
        never = sending::run(core, &link, &filler) => never,
        never = marks::run(core, &link) => never,
        never = naming::run(core, &link) => never,
        () = slept(core) => End::Again,
        () = core.redial.notified() => End::Again,
    };
    // Politeness, not needed: the server sees the connection end.
    let _ = timeout(Duration::from_millis(200), sink.close()).await;
    Ok(lost)
}

async fn welcome(source: &mut dyn FrameSource) -> Result<Welcome, EngineError> {
    let gone = || EngineError::Network("the server closed the connection".into());
    let frame = source.next().await.ok_or_else(gone)??;
    let frame: ServerFrame = serde_json::from_str(&frame).map_err(|_| EngineError::NotTidings)?;
    match (frame.welcome, frame.error) {
        (_, Some(error)) => Err(EngineError::Refused(error)),
        (Some(welcome), None) => Ok(*welcome),
        (None, None) => Err(EngineError::NotTidings),
    }
}

async fn write(sink: &mut dyn FrameSink, mut frames: mpsc::Receiver<String>) -> EngineError {
    while let Some(frame) = frames.recv().await {
        if let Err(error) = sink.send(frame).await {
            return error;
        }
    }
    EngineError::Closed
}

/// Reads frames to the connection's end: answers to who asked, pushes to who joins them.
async fn read(source: &mut dyn FrameSource, link: &Link, pushes: &mpsc::Sender<Push>) -> End {
    loop {
        let frame = match source.next().await {
            None => return End::Lost(EngineError::Network("the server closed the connection".into())),
            Some(Err(error)) => return error.into(),
            Some(Ok(frame)) => frame,
        };
        let Ok(frame) = serde_json::from_str::<ServerFrame>(&frame) else {
            return End::Lost(EngineError::NotTidings);
        };
        match (frame.re, frame.error, frame.ok) {
            (Some(id), Some(error), _) => link.answered(id, Err(error)),
            (Some(id), None, Some(ok)) => link.answered(id, Ok(ok)),
            (None, Some(error), _) => return EngineError::Refused(error).into(),
            _ => {}
        }
        let Some(push) = frame.push else { continue };
        match serde_json::from_str(push.get()) {
            Ok(Push::KickedOut { reason }) if reason == "multiple_device" => {
                return End::KickedOut("multipleDevice");
            }
            Ok(Push::KickedOut { .. }) => return End::KickedOut("userSigExpired"),
            // A push is a hint: what finds no room is found by the next heads check.
            Ok(push) => drop(pushes.try_send(push)),
            Err(_) => tracing::debug!("a push that this version does not know"),
        }
    }
}
