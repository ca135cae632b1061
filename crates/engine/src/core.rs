//! What the engine's tasks share.

use std::collections::VecDeque;
use std::fs::File;
use std::sync::Arc;

use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use tidings_protocol::{Chance, Clock, Request, ServerAddress};
use tokio::sync::{Notify, watch};

use crate::EngineError;
use crate::account::{Account, AccountFile};
use crate::cache::{Cache, Me, profiles};
use crate::events::EventSender;
use crate::link::Link;
use crate::media::Media;
use crate::moving::Moving;
use crate::view::{AccountView, ConnectionState, EngineEvent};
use crate::wire::Connector;

/// How it stands with the server, and what stands in the way when it is more than the network.
#[derive(Debug, Clone)]
pub(crate) struct Status {
    pub(crate) state: ConnectionState,
    pub(crate) error: Option<crate::view::ErrorView>,
}

/// What the server said when this device came to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    /// How long a message can be recalled, seconds; 0: as long as it is kept. `None`: it did not say.
    pub(crate) recall_seconds: Option<u32>,
    /// By how much its clock is ahead of this computer's, milliseconds.
    pub(crate) ahead_ms: i64,
}

impl Said {
    /// Whether it comes to the same; the way of the answer alone makes the clocks differ a little each time.
    pub(crate) fn is_near(self, other: Self) -> bool {
        self.recall_seconds == other.recall_seconds && self.ahead_ms.abs_diff(other.ahead_ms) < 1000
    }
}

/// Where the space runs that this app hosts. Ports are given anew with each start, and whoever has the old one now must
/// not get the owner's token: what an earlier run knew does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hosted {
    /// Nobody has said it yet in this run.
    NotSaid,
    /// Here.
    At(ServerAddress),
    /// It did not start.
    Down,
}

/// Where there is to dial.
pub(crate) enum Dial {
    /// Here.
    At(ServerAddress),
    /// It is not said yet.
    Wait,
    /// There is nowhere.
    Nowhere(EngineError),
}

/// Client ids of messages that are kept nowhere: their echo to this very device is not news (R-S2).
#[derive(Clone, Default)]
pub(crate) struct OnlineOnly(Arc<Mutex<VecDeque<String>>>);

impl OnlineOnly {
    /// This device sends this one.
    pub(crate) fn remember(&self, client_id: &str) {
        let mut known = self.0.lock();
        if known.len() >= crate::limits::ONLINE_ONLY_REMEMBERED {
            known.pop_front();
        }
        known.push_back(client_id.to_owned());
    }

    /// Whether this device has sent it.
    pub(crate) fn knows(&self, client_id: &str) -> bool {
        self.0.lock().iter().any(|known| known == client_id)
    }
}

/// Shared by the handle and the tasks.
pub(crate) struct Core {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<dyn Chance>,
    pub(crate) connector: Arc<dyn Connector>,
    pub(crate) device_name: String,
    pub(crate) cache: Cache,
    pub(crate) me: Me,
    pub(crate) events: EventSender,
    pub(crate) account: Mutex<AccountFile>,
    pub(crate) hosted: Mutex<Hosted>,
    /// As the last connection of this run had it.
    pub(crate) said: Mutex<Option<Said>>,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) link: watch::Sender<Option<Arc<Link>>>,
    /// Something new waits in the outbox.
    pub(crate) outbox_changed: Notify,
    /// A read mark waits to be sent.
    pub(crate) marks_changed: Notify,
    /// Give the connection up and make a new one at once.
    pub(crate) redial: Notify,
    /// What this device has sent to who is here only.
    pub(crate) online_only: OnlineOnly,
    /// Files.
    pub(crate) media: Media,
    /// An export or import that runs.
    pub(crate) moving: Moving,
    /// Held as long as the engine lives (B18).
    pub(crate) lock: Mutex<Option<File>>,
}

impl Core {
    /// The account, or the error that there is none.
    pub(crate) fn signed_in(&self) -> Result<Account, EngineError> {
        self.account
            .lock()
            .account()
            .cloned()
            .ok_or(EngineError::NotSignedIn)
    }

    /// Where the account's server is to be dialled.
    pub(crate) fn dial(&self, account: &Account) -> Dial {
        if account.is_imported() {
            return Dial::Nowhere(EngineError::Imported);
        }
        if !account.is_host {
            return Dial::At(account.server.address());
        }
        match &*self.hosted.lock() {
            Hosted::NotSaid => Dial::Wait,
            Hosted::At(server) => Dial::At(server.clone()),
            Hosted::Down => Dial::Nowhere(EngineError::HostDown),
        }
    }

    /// The account as the UI sees it.
    pub(crate) fn account_view(&self) -> Option<AccountView> {
        let account = self.account.lock().account().cloned()?;
        let known = self
            .cache
            .read(|db, _| profiles::get(db, &account.user_id))
            .ok()
            .flatten();
        let said = *self.said.lock();
        Some(AccountView {
            profile: known.unwrap_or_else(|| profiles::view(&account.user_id, "", None)),
            space: account.space_name(),
            server: account.server_as_typed(),
            is_host: account.is_host,
            is_imported: account.is_imported(),
            recall_seconds: said.and_then(|said| said.recall_seconds),
            server_ahead_ms: said.map_or(0, |said| said.ahead_ms),
        })
    }

    /// Says how it stands; the same again is not said again, a new wait is.
    pub(crate) fn say(&self, state: ConnectionState, retry_in_ms: Option<u64>, error: Option<&EngineError>) {
        let status = Status {
            state,
            error: error.map(EngineError::view),
        };
        let before = self.status.send_replace(status.clone());
        if before.state != state || retry_in_ms.is_some() || before.error != status.error {
            self.events.send(EngineEvent::Connection {
                state,
                retry_in_ms,
                error: status.error,
            });
        }
    }

    /// The connection, while there is one.
    pub(crate) fn link(&self) -> Option<Arc<Link>> {
        self.link.borrow().clone()
    }

    /// Asks the server on behalf of somebody who waits.
    pub(crate) async fn ask_now<T: DeserializeOwned>(&self, request: Request) -> Result<T, EngineError> {
        self.signed_in()?;
        match self.link() {
            Some(link) => link.ask_now(request).await,
            None => Err(EngineError::Network("not connected".into())),
        }
    }

    /// The heads are asked for soon: something changed that only they say.
    pub(crate) fn check_heads(&self) {
        if let Some(link) = self.link() {
            link.check_heads.notify_one();
        }
    }

    /// Something failed that no command can report.
    pub(crate) fn report(&self, what: &str, error: &EngineError) {
        tracing::warn!(code = error.view().code, "{what}");
        self.events.send(EngineEvent::Error { error: error.view() });
    }
}
