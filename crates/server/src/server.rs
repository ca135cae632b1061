//! A running server, for the binary and for the app that hosts a space.

use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tidings_protocol::{Chance, Clock, Profile, UserId, WireError};

use crate::bus::Last;
use crate::config::Config;
use crate::gateway::{self, TlsIdentity};
use crate::space::Space;
use crate::store::{Person, Store};
use crate::{files, limits, service};

/// Why a server cannot be, or did not do it.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The data folder or a socket.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Another server has this data open.
    #[error("another server is running on this data")]
    InUse,
    /// The database.
    #[error("{0}")]
    Store(String),
    /// The certificate.
    #[error("the TLS identity: {0}")]
    Tls(String),
    /// A rule, with its code.
    #[error(transparent)]
    Refused(#[from] WireError),
}

/// A new invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationCode {
    /// What the invited person shows. The server keeps only its hash.
    pub code: String,
    /// Until when, milliseconds since 1970.
    pub expires_at_ms: i64,
}

/// A running server. Without listeners it is a core that only its owner can use.
pub struct Server {
    space: Arc<Space>,
    sweep: tokio::task::JoinHandle<()>,
    purging: tokio::task::JoinHandle<()>,
    nudge: tokio::task::JoinHandle<()>,
    /// See [`ACCOUNTS_CHANGED`].
    mark: PathBuf,
    /// Held while the server runs, so that no second one does (B18).
    _lock: Option<File>,
}

/// A file in the data folder that is written anew when accounts were changed from beside the server, which follows when it sees that.
const ACCOUNTS_CHANGED: &str = "accounts-changed";

/// A socket that is listened on.
pub struct Listening {
    listener: gateway::Listener,
}

impl Listening {
    /// The address, with the port that was picked for port 0.
    pub fn addr(&self) -> SocketAddr {
        self.listener.addr
    }

    /// Accepts nothing more here and ends the sessions that came this way, with the close code 1001; waits [`limits::DRAIN`] at most for
    /// them to go. Those of other listeners stay.
    pub async fn stop(self) {
        self.listener.stop().await;
    }
}

impl Server {
    /// Opens the space in the folder `data`, making it where there is none. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`ServerError::InUse`], or when the folder or the database does not open.
    pub async fn open(
        data: &Path,
        config: Config,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, ServerError> {
        files::make_folder(data)?;
        let lock = files::lock_file(&data.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(ServerError::InUse),
            Err(std::fs::TryLockError::Error(error)) => return Err(error.into()),
        }
        Self::begin(data, config, clock, chance, Some(lock)).await
    }

    /// Whether there is a space in the folder `data`.
    pub fn is_space(data: &Path) -> bool {
        Store::is_in(data)
    }

    /// Opens the space for a moment beside a server that may be running on it: to add a user or make an invitation.
    ///
    /// # Errors
    /// As [`Server::open`], but for [`ServerError::InUse`].
    pub async fn open_beside(
        data: &Path,
        config: Config,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, ServerError> {
        files::make_folder(data)?;
        Self::begin(data, config, clock, chance, None).await
    }

    async fn begin(
        data: &Path,
        config: Config,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
        lock: Option<File>,
    ) -> Result<Self, ServerError> {
        let mark = data.join(ACCOUNTS_CHANGED);
        let data = data.to_owned();
        let opening = tokio::task::spawn_blocking(move || Space::open(&data, config, clock, chance));
        let space = Arc::new(
            opening
                .await
                .map_err(|error| ServerError::Store(error.to_string()))??,
        );
        let sweep = tokio::spawn({
            let (space, mark, is_alone) = (Arc::clone(&space), mark.clone(), lock.is_some());
            async move {
                // What was changed before this start is followed at once.
                let mut followed = None;
                loop {
                    let changed = written(&mark).await;
                    if is_alone && changed.is_some() && changed != followed {
                        match service::settle(&space).await {
                            Ok(()) => followed = changed,
                            Err(error) => tracing::warn!(%error, "changed accounts are followed later"),
                        }
                    }
                    tokio::time::sleep(limits::SWEEP).await;
                    space.bus.sweep(space.now_s());
                }
            }
        });
        let is_alone = lock.is_some();
        let purging = tokio::spawn({
            let space = Arc::clone(&space);
            async move {
                // What a server leaves behind that runs beside this one is none of ours.
                if is_alone {
                    if let Err(error) = service::collect_parts(&space).await {
                        tracing::warn!(%error, "what the last run has left of uploads stays for now");
                    }
                    service::keep_purging(&space).await;
                }
            }
        });
        let nudge = tokio::spawn({
            let space = Arc::clone(&space);
            async move {
                loop {
                    space.bus.nudged().await;
                    tokio::time::sleep(limits::GROUP_NUDGE).await;
                    space.bus.nudge();
                }
            }
        });
        Ok(Self {
            space,
            sweep,
            purging,
            nudge,
            mark,
            _lock: lock,
        })
    }

    /// Listens on `addr`, in TLS with `tls` and in plain HTTP without. May be called several times.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn listen(&self, addr: SocketAddr, tls: Option<TlsIdentity>) -> Result<Listening, ServerError> {
        Ok(Listening {
            listener: gateway::listen(&self.space, addr, tls)?,
        })
    }

    /// Makes an account, whatever the policy says.
    ///
    /// # Errors
    /// When the id is taken or the password no password.
    pub async fn add_user(&self, id: UserId, nick: &str, password: &str) -> Result<(), ServerError> {
        Ok(service::add_user(&self.space, id, nick, password).await?)
    }

    /// Gives an account another password and signs its devices out; one that was taken away is back.
    ///
    /// # Errors
    /// When there is no such user or the password is none.
    pub async fn set_password(&self, id: UserId, password: &str) -> Result<(), ServerError> {
        service::set_password(&self.space, id, password).await?;
        self.tell_of_changed_accounts()
    }

    /// Takes an account away: it signs in no more, its devices are signed out, and it leaves its groups. What it has written stays, and
    /// so does its id, so that nobody can pass for it.
    ///
    /// # Errors
    /// When there is no such user.
    pub async fn remove_user(&self, id: UserId) -> Result<(), ServerError> {
        service::remove_user(&self.space, id).await?;
        self.tell_of_changed_accounts()
    }

    /// Everybody, as their host sees them, by id; also who was taken away.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn roster(&self) -> Result<Vec<Person>, ServerError> {
        Ok(service::roster(&self.space).await?)
    }

    /// Sessions end and groups are left by the server that serves the space, within [`limits::SWEEP`].
    fn tell_of_changed_accounts(&self) -> Result<(), ServerError> {
        let mut file = files::private()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&self.mark)?;
        // Written and not only opened, or it would keep its time.
        Ok(file.write_all(b"1")?)
    }

    /// Signs a device in without a password: for the owner of the app that embeds this server.
    ///
    /// # Errors
    /// When there is no such user.
    pub async fn device_token(&self, id: &UserId, device_name: &str) -> Result<String, ServerError> {
        Ok(service::device_token(&self.space, id, device_name).await?)
    }

    /// Makes an invitation for so many people and so long, a year at most.
    ///
    /// # Errors
    /// When nobody could use it.
    pub async fn make_invitation(&self, uses: u32, ttl: Duration) -> Result<InvitationCode, ServerError> {
        Ok(service::make_invitation(&self.space, uses, ttl).await?)
    }

    /// Everybody in the space, by name. Empty when the database does not answer.
    pub async fn people(&self) -> Vec<Profile> {
        service::people(&self.space).await.unwrap_or_else(|error| {
            tracing::error!(%error, "the people could not be read");
            Vec::new()
        })
    }

    /// Who has a device connected, by id.
    pub fn online(&self) -> Vec<UserId> {
        self.space.bus.online()
    }

    /// Removes the messages that are older than [`Config::roaming_days`] and the files that nobody has any more, as the server also does by
    /// itself once an hour.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub async fn purge(&self) -> Result<(), ServerError> {
        Ok(service::purge(&self.space).await?)
    }

    /// Returns when the space cannot go on: its writer's thread is gone, by a fault of ours. Until then every send was answered, and from
    /// then on every one is answered with an error; only a new start helps.
    pub fn failed(&self) -> impl Future<Output = ()> + Send + use<> {
        let space = Arc::clone(&self.space);
        async move { space.store.failed().await }
    }

    /// Ends: tells everybody connected, waits [`limits::DRAIN`] at most for them to go, stores what waits and closes the
    /// database. Listeners are to be stopped before.
    pub async fn shutdown(self) {
        self.purging.abort();
        // What is waiting to be stored is stored and acknowledged first.
        let _ = self.space.store.write(|_| Ok(())).await;
        self.space
            .bus
            .end_all(&Last::GoingAway("the server is shutting down"));
        let gone = async {
            while !self.space.bus.online().is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let _ = tokio::time::timeout(limits::DRAIN, gone).await;
        self.sweep.abort();
        self.nudge.abort();
        let space = Arc::clone(&self.space);
        let _ = tokio::task::spawn_blocking(move || space.store.shut()).await;
    }
}

/// When a file was written; `None`: never.
async fn written(file: &Path) -> Option<SystemTime> {
    tokio::fs::metadata(file).await.ok()?.modified().ok()
}

impl Drop for Server {
    fn drop(&mut self) {
        self.sweep.abort();
        self.purging.abort();
        self.nudge.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_protocol::{SystemChance, SystemClock};

    #[tokio::test]
    async fn a_server_whose_writer_panics_says_that_it_failed_and_still_ends() {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(SystemClock::default());
        let server = Server::open(dir.path(), Config::default(), clock, Arc::new(SystemChance))
            .await
            .unwrap();
        server
            .space
            .store
            .work(|_| -> Result<(), _> { panic!("a fault") }, drop);
        server.failed().await;
        let refused = server.make_invitation(1, Duration::from_secs(60)).await;
        assert!(matches!(refused, Err(ServerError::Refused(_))));
        server.shutdown().await;
    }
}
