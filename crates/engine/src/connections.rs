//! Connections to the server's files, used again where it goes.

use std::time::Duration;

use parking_lot::Mutex;
use tidings_protocol::ServerAddress;
use tokio::time::Instant;

use crate::core::{Core, Dial};
use crate::wire::FileWire;
use crate::{EngineError, limits};

struct Idle {
    wire: Box<dyn FileWire>,
    server: ServerAddress,
    token: String,
    since: Instant,
}

/// Connections that nobody uses at this moment.
#[derive(Default)]
pub(crate) struct Connections(Mutex<Vec<Idle>>);

/// A connection that somebody uses. Dropped, it is closed; [`InUse::give_back`] keeps it for the next one.
pub(crate) struct InUse {
    pub(crate) wire: Box<dyn FileWire>,
    /// It was there already: that it does not answer need not mean anything.
    pub(crate) is_old: bool,
    server: ServerAddress,
    token: String,
}

impl Connections {
    /// All are closed.
    pub(crate) fn forget(&self) {
        self.0.lock().clear();
    }

    fn idle(&self, server: &ServerAddress, token: &str) -> Option<Box<dyn FileWire>> {
        let mut idle = self.0.lock();
        idle.retain(|it| {
            it.since.elapsed() < Duration::from_millis(limits::FILE_CONNECTION_MS)
                && it.server == *server
                && it.token == token
        });
        idle.pop().map(|it| it.wire)
    }
}

/// A connection to the files of the server that this user is signed in to.
pub(crate) async fn get(core: &Core, only_new: bool) -> Result<InUse, EngineError> {
    let account = core.signed_in()?;
    let server = match core.dial(&account) {
        Dial::At(server) => server,
        Dial::Wait => return Err(EngineError::Network("the space is not here yet".into())),
        Dial::Nowhere(error) => return Err(error),
    };
    let idle = if only_new {
        None
    } else {
        core.media.connections.idle(&server, &account.token)
    };
    let is_old = idle.is_some();
    let wire = match idle {
        Some(wire) => wire,
        None => core.connector.files(&server, &account.token).await?,
    };
    Ok(InUse {
        wire,
        is_old,
        server,
        token: account.token,
    })
}

impl InUse {
    /// It goes to the next one. Only after an answer was read to its end.
    pub(crate) fn give_back(self, core: &Core) {
        let mut idle = core.media.connections.0.lock();
        if idle.len() < limits::FILE_CONNECTIONS {
            idle.push(Idle {
                wire: self.wire,
                server: self.server,
                token: self.token,
                since: Instant::now(),
            });
        }
    }
}
