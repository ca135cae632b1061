//! The handle: one method for each verb, and nothing else. Those of the account are here, the others in `engine/`.

mod exports;
mod groups;
mod media;
mod verbs;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use tidings_media::worker::Pool as Decoders;
use tidings_protocol::{Chance, Clock, Registered, Registration, ServerAddress, SignIn, SpaceInfo};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::account::AccountFile;
use crate::cache::{Cache, Me};
use crate::core::{Core, Hosted, OnlineOnly, Status};
use crate::events::{self, EventReceiver};
use crate::media::{Media, keep as deal_with_files};
use crate::view::{AccountView, ConnectionState, EngineEvent, ExportDirection};
use crate::wire::Connector;
use crate::{EngineError, connection, signing};

/// What an engine is made of.
pub struct EngineConfig {
    /// The profile's folder, mode 0700. It is made when it is not there.
    pub dir: PathBuf,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub chance: Arc<dyn Chance>,
    /// The way to servers.
    pub connector: Arc<dyn Connector>,
    /// What the server calls this device.
    pub device_name: String,
    /// Where pictures are decoded that somebody attaches (H22).
    pub decoders: Arc<Decoders>,
}

/// One profile's client. Cheap to clone; the tasks end with [`Engine::close`] or with the last clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) core: Arc<Core>,
    pub(crate) tasks: Arc<Tasks>,
}

/// The running tasks; dropping this ends them.
#[derive(Default)]
pub(crate) struct Tasks {
    connection: Mutex<Option<JoinHandle<()>>>,
    media: Mutex<Option<JoinHandle<()>>>,
    repair: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Tasks {
    fn drop(&mut self) {
        for task in [&self.connection, &self.media, &self.repair] {
            if let Some(task) = task.lock().take() {
                task.abort();
            }
        }
    }
}

impl Engine {
    /// Opens the profile in `config.dir`. When somebody is signed in there, `Ready` is told at once and the connection is
    /// made in the background; to a space that this app hosts, only after [`Engine::set_server`]. Call it inside a tokio
    /// runtime.
    ///
    /// # Errors
    /// [`EngineError::InUse`] when the profile is open already (B18); [`EngineError::Disk`] and [`EngineError::Cache`] when
    /// the folder cannot be used. A damaged cache is no error (B6).
    pub async fn open(config: EngineConfig) -> Result<(Self, EventReceiver), EngineError> {
        let EngineConfig {
            dir,
            clock,
            chance,
            connector,
            device_name,
            decoders,
        } = config;
        let (sender, receiver) = events::channel();
        let me = Me::default();
        let media = Media::new(&dir, sender.clone(), decoders);
        let opened = {
            let (me, sender) = (me.clone(), sender.clone());
            tokio::task::spawn_blocking(move || open_files(&dir, &me, sender))
        };
        let (lock, account, cache, set_aside) = opened.await.map_err(|_| EngineError::Closed)??;
        let core = Arc::new(Core {
            clock,
            chance,
            connector,
            device_name,
            cache,
            me,
            events: sender,
            account: Mutex::new(account),
            hosted: Mutex::new(Hosted::NotSaid),
            said: Mutex::new(None),
            status: watch::Sender::new(Status {
                state: ConnectionState::Disconnected,
                error: None,
            }),
            link: watch::Sender::new(None),
            outbox_changed: Notify::new(),
            marks_changed: Notify::new(),
            redial: Notify::new(),
            online_only: OnlineOnly::default(),
            media,
            moving: crate::moving::Moving::default(),
            lock: Mutex::new(Some(lock)),
        });
        if let Some(report) = set_aside {
            core.events.send(EngineEvent::CacheSetAside { report });
        }
        let engine = Self {
            core,
            tasks: Arc::default(),
        };
        *engine.tasks.repair.lock() = Some(tokio::spawn(repair(Arc::clone(&engine.core))));
        crate::importing::undo_half(&engine.core).await?;
        if let Ok(account) = engine.core.signed_in() {
            if engine.core.cache.belong_to(account.owner()).await? {
                engine.core.media.remove_all()?;
            }
            engine.start();
        }
        Ok((engine, receiver))
    }

    /// Tells `Ready` and connects.
    pub(crate) fn start(&self) {
        if let Some(account) = self.core.account_view() {
            self.core.events.send(EngineEvent::Ready { account });
        }
        let connection = tokio::spawn(keep_connected(Arc::clone(&self.core)));
        let files = tokio::spawn(keep_files(Arc::clone(&self.core)));
        for (place, task) in [(&self.tasks.connection, connection), (&self.tasks.media, files)] {
            if let Some(before) = place.lock().replace(task) {
                before.abort();
            }
        }
    }

    /// Ends the connection, whatever it does.
    pub(crate) async fn stop(&self) {
        self.core.moving.stop(ExportDirection::Export);
        for place in [&self.tasks.connection, &self.tasks.media] {
            let task = place.lock().take();
            if let Some(task) = task {
                task.abort();
                // Aborted, or ended before.
                let _ = task.await;
            }
        }
        self.core.media.stop();
        if let Some(link) = self.core.link.send_replace(None) {
            link.end();
        }
        self.core.say(ConnectionState::Disconnected, None, None);
    }

    /// Flushes and stops. Other clones answer [`EngineError::Closed`] from now on.
    pub async fn close(self) {
        self.core.moving.stop(ExportDirection::Import);
        self.stop().await;
        let repair = self.tasks.repair.lock().take();
        if let Some(repair) = repair {
            repair.abort();
        }
        self.core.cache.close().await;
        self.core.events.close();
        drop(self.core.lock.lock().take());
    }

    /// One more listener, who hears what happens from now on, at their own pace.
    pub fn listen(&self) -> EventReceiver {
        self.core.events.listen()
    }

    // The account

    /// Who is signed in on this profile.
    pub fn account(&self) -> Option<AccountView> {
        self.core.account_view()
    }

    /// How it stands with the server (R-L9).
    pub fn connection(&self) -> ConnectionState {
        self.core.status.borrow().state
    }

    /// What a server says of itself, for instance before joining it.
    ///
    /// # Errors
    /// [`EngineError::NotTidings`], [`EngineError::ProtocolVersion`], [`EngineError::Certificate`], or the network's.
    pub async fn space_info(&self, server: &ServerAddress) -> Result<SpaceInfo, EngineError> {
        self.core.connector.space_info(server).await
    }

    /// Makes an account and signs in with it. `is_host`: this app hosts the space.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn register(
        &self,
        server: &ServerAddress,
        registration: Registration,
        is_host: bool,
    ) -> Result<AccountView, EngineError> {
        signing::register(self, server, registration, is_host).await
    }

    /// Signs in with a password or a UserSig. As another user than the one whose cache this is, the cache begins anew; but over what
    /// came out of an export ([`Engine::import`]), nobody but the same user of the same space signs in.
    ///
    /// # Errors
    /// The server's refusal, or the network's; [`crate::EXPORT_OTHER`].
    pub async fn sign_in(&self, server: &ServerAddress, sign_in: SignIn) -> Result<AccountView, EngineError> {
        signing::sign_in(self, server, sign_in).await
    }

    /// Signs in with a device token that is there already: the embedding host makes one for the owner.
    ///
    /// # Errors
    /// When the account cannot be stored.
    pub async fn adopt_token(
        &self,
        server: &ServerAddress,
        registered: Registered,
        is_host: bool,
    ) -> Result<AccountView, EngineError> {
        signing::adopt(self, server, registered, is_host).await
    }

    /// The server is here now: connects there. The owner of a hosted space, which may get another port with each start,
    /// connects nowhere before this: somebody else may have the old port by now.
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], or when it cannot be stored.
    pub async fn set_server(&self, server: &ServerAddress) -> Result<(), EngineError> {
        signing::set_server(self, server)
    }

    /// The space that this app hosts did not start: says so instead of connecting, until [`Engine::set_server`].
    pub fn host_is_down(&self) {
        signing::host_is_down(self);
    }

    /// Revokes the device's token if the server can be reached, and forgets account and cache (R-L7).
    ///
    /// # Errors
    /// When the files cannot be written.
    pub async fn sign_out(&self) -> Result<(), EngineError> {
        signing::sign_out(self).await
    }
}

/// A task that ends with its owner.
struct Ends(JoinHandle<()>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs the connection's task, and again after a fault of ours: an engine that stands still without a word is the
/// worst of all ends.
async fn keep_connected(core: Arc<Core>) {
    loop {
        let mut task = Ends(tokio::spawn(connection::keep(Arc::clone(&core))));
        match (&mut task.0).await {
            Err(error) if error.is_panic() => {
                if let Some(link) = core.link.send_replace(None) {
                    link.end();
                }
                core.report("the connection's task panicked", &EngineError::Fault);
                tokio::time::sleep(std::time::Duration::from_millis(crate::limits::FAULT_WAIT_MS)).await;
            }
            _ => return,
        }
    }
}

/// Deals with files, and again after a fault of ours.
async fn keep_files(core: Arc<Core>) {
    loop {
        let mut task = Ends(tokio::spawn(deal_with_files(Arc::clone(&core))));
        match (&mut task.0).await {
            Err(error) if error.is_panic() => {
                core.media.stop();
                core.report("the files' task panicked", &EngineError::Fault);
                tokio::time::sleep(std::time::Duration::from_millis(crate::limits::FAULT_WAIT_MS)).await;
            }
            _ => return,
        }
    }
}

type Files = (File, AccountFile, Cache, Option<crate::view::CacheSetAside>);

fn open_files(dir: &Path, me: &Me, events: events::EventSender) -> Result<Files, EngineError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)?;
    let lock = own_file(&dir.join("engine.lock"))?;
    hold(&lock)?;
    let account = AccountFile::open(dir)?;
    if let Some(account) = account.account() {
        me.set(&account.user_id);
    }
    let (cache, set_aside) = Cache::open(dir, me, events)?;
    Ok((lock, account, cache, set_aside))
}

/// Locks the profile. Whoever had it may be just leaving: a process that it was starting at that moment still has its files for as long
/// as it takes to become another program.
fn hold(lock: &File) -> Result<(), EngineError> {
    let mut left = crate::limits::LOCK_WAIT_MS / crate::limits::LOCK_LOOK_MS;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(()),
            Err(fs::TryLockError::Error(error)) => return Err(error.into()),
            Err(fs::TryLockError::WouldBlock) if left == 0 => return Err(EngineError::InUse),
            Err(fs::TryLockError::WouldBlock) => left -= 1,
        }
        std::thread::sleep(std::time::Duration::from_millis(crate::limits::LOCK_LOOK_MS));
    }
}

/// Opens a file that only this user may read (H51), making it where it is not there.
pub(crate) fn own_file(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Begins the cache anew when a read or a write finds it damaged (B6).
async fn repair(core: Arc<Core>) {
    loop {
        let generation = core.cache.found_damaged().await;
        match core.cache.begin_anew(generation).await {
            Ok(None) => {}
            Ok(Some(report)) => {
                if let Ok(account) = core.signed_in()
                    && let Err(error) = core.cache.belong_to(account.owner()).await
                {
                    core.report("the new cache cannot be written", &error);
                }
                core.events.send(EngineEvent::CacheSetAside { report });
                core.events.send(EngineEvent::Overflow {});
                core.redial.notify_one();
                core.media.waiting_changed();
            }
            Err(error) => {
                core.report("the cache cannot be begun anew", &error);
                tokio::time::sleep(std::time::Duration::from_millis(crate::limits::BACKOFF_MOST_MS)).await;
            }
        }
    }
}
