//! The handle: one method for each verb, and nothing else.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use tidings_protocol::{Chance, Clock, Registered, Registration, ServerAddress, SignIn, SpaceInfo};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::account::AccountFile;
use crate::cache::{Cache, Me};
use crate::core::{Core, Hosted, Status};
use crate::events::{self, EventReceiver};
use crate::view::{
    AccountView, ConnectionState, ConversationView, EngineEvent, MessagePage, MessageView, OutgoingMessage,
    ProfileView,
};
use crate::wire::Connector;
use crate::{EngineError, connection, conversing, messaging, people, signing};

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
    repair: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Tasks {
    fn drop(&mut self) {
        for task in [&self.connection, &self.repair] {
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
        } = config;
        let (sender, receiver) = events::channel();
        let me = Me::default();
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
            status: watch::Sender::new(Status {
                state: ConnectionState::Disconnected,
                error: None,
            }),
            link: watch::Sender::new(None),
            outbox_changed: Notify::new(),
            marks_changed: Notify::new(),
            redial: Notify::new(),
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
        if let Ok(account) = engine.core.signed_in() {
            engine.core.cache.belong_to(account.owner()).await?;
            engine.start();
        }
        Ok((engine, receiver))
    }

    /// Tells `Ready` and connects.
    pub(crate) fn start(&self) {
        if let Some(account) = self.core.account_view() {
            self.core.events.send(EngineEvent::Ready { account });
        }
        let task = tokio::spawn(keep_connected(Arc::clone(&self.core)));
        if let Some(before) = self.tasks.connection.lock().replace(task) {
            before.abort();
        }
    }

    /// Ends the connection, whatever it does.
    pub(crate) async fn stop(&self) {
        let task = self.tasks.connection.lock().take();
        if let Some(task) = task {
            task.abort();
            // Aborted, or ended before.
            let _ = task.await;
        }
        if let Some(link) = self.core.link.send_replace(None) {
            link.end();
        }
        self.core.say(ConnectionState::Disconnected, None, None);
    }

    /// Flushes and stops. Other clones answer [`EngineError::Closed`] from now on.
    pub async fn close(self) {
        self.stop().await;
        let repair = self.tasks.repair.lock().take();
        if let Some(repair) = repair {
            repair.abort();
        }
        self.core.cache.close().await;
        self.core.events.close();
        drop(self.core.lock.lock().take());
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

    /// Signs in with a password or a UserSig. As another user than the one whose cache this is, the cache begins anew.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
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

    // Messages

    /// Puts a message into the outbox and comes back when it is on disk; `MessagesChanged` tells what becomes of it (R-S10).
    ///
    /// # Errors
    /// When it cannot be a message: [`EngineError::BadConversation`], [`EngineError::Payload`], [`EngineError::BadId`].
    pub async fn send_message(&self, message: OutgoingMessage) -> Result<MessageView, EngineError> {
        messaging::send(&self.core, message).await
    }

    /// Sends a failed message again (R-S9). One that waits or is sent already comes back as it is.
    ///
    /// # Errors
    /// [`EngineError::NoSuchMessage`].
    pub async fn resend_message(
        &self,
        conversation: &str,
        client_id: &str,
    ) -> Result<MessageView, EngineError> {
        messaging::resend(&self.core, conversation, client_id).await
    }

    /// Throws a message away that failed or waits.
    ///
    /// # Errors
    /// [`EngineError::NoSuchMessage`].
    pub async fn discard_message(&self, conversation: &str, client_id: &str) -> Result<(), EngineError> {
        messaging::discard(&self.core, conversation, client_id).await
    }

    /// A page of history, oldest first (R-H3): the newest without `before`, else what is below that seq. `count` is at
    /// most [`crate::limits::PAGE_MESSAGES`]. From the cache where it is held, else from the server; never with a hole.
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], [`EngineError::BadConversation`], or the cache's.
    pub async fn message_page(
        &self,
        conversation: &str,
        before: Option<u64>,
        count: u32,
    ) -> Result<MessagePage, EngineError> {
        messaging::page(&self.core, conversation, before, count).await
    }

    /// Everything known of this conversation is read (R-H5); works without a connection.
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], [`EngineError::BadConversation`], or the cache's.
    pub async fn mark_read(&self, conversation: &str) -> Result<(), EngineError> {
        conversing::mark_read(&self.core, conversation).await
    }

    // Conversations

    /// The latest conversations, latest first (R-H6), at most [`crate::limits::LIST_CONVERSATIONS`].
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], or the cache's.
    pub async fn conversation_list(&self, limit: u32) -> Result<Vec<ConversationView>, EngineError> {
        conversing::list(&self.core, limit)
    }

    /// One conversation (R-H7); with a user to whom there is none yet, an empty one.
    ///
    /// # Errors
    /// [`EngineError::NoSuchPeer`], [`EngineError::BadConversation`].
    pub async fn conversation_profile(&self, conversation: &str) -> Result<ConversationView, EngineError> {
        conversing::profile(&self.core, conversation).await
    }

    /// Takes a conversation off the list; its messages stay on the server (R-H8). Works without a connection: the server
    /// hears of it later, unless a newer message has brought the conversation back by then.
    ///
    /// # Errors
    /// [`EngineError::NoSuchConversation`], or the cache's.
    pub async fn delete_conversation(&self, conversation: &str) -> Result<(), EngineError> {
        conversing::delete(&self.core, conversation).await
    }

    /// Keeps what is typed in a conversation's composer; empty removes it. At most [`crate::limits::DRAFT_BYTES`].
    ///
    /// # Errors
    /// [`EngineError::BadParameter`] when it is too long.
    pub async fn set_draft(&self, conversation: &str, text: &str) -> Result<(), EngineError> {
        conversing::set_draft(&self.core, conversation, text).await
    }

    // People

    /// One's own profile.
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], or the cache's.
    pub async fn my_profile(&self) -> Result<ProfileView, EngineError> {
        people::mine(&self.core)
    }

    /// Profiles by id; ids that nobody has are left out. Without a connection, those known.
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], or the cache's.
    pub async fn user_profiles(&self, ids: &[String]) -> Result<Vec<ProfileView>, EngineError> {
        people::by_id(&self.core, ids).await
    }

    /// Changes one's own profile; what is `None` stays. Needs a connection.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn update_my_profile(
        &self,
        nick: Option<String>,
        avatar_colour: Option<u8>,
    ) -> Result<ProfileView, EngineError> {
        people::update_mine(&self.core, nick, avatar_colour).await
    }

    /// People of the space by the start of an id or part of a name. Without a connection, those known.
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], or the cache's.
    pub async fn find_people(&self, query: &str) -> Result<Vec<ProfileView>, EngineError> {
        people::find(&self.core, query).await
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

type Files = (File, AccountFile, Cache, Option<crate::view::CacheSetAside>);

fn open_files(dir: &Path, me: &Me, events: events::EventSender) -> Result<Files, EngineError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)?;
    let lock = own_file(&dir.join("engine.lock"))?;
    lock.try_lock().map_err(|error| match error {
        fs::TryLockError::WouldBlock => EngineError::InUse,
        fs::TryLockError::Error(error) => error.into(),
    })?;
    let account = AccountFile::open(dir)?;
    if let Some(account) = account.account() {
        me.set(&account.user_id);
    }
    let (cache, set_aside) = Cache::open(dir, me, events)?;
    Ok((lock, account, cache, set_aside))
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
            }
            Err(error) => {
                core.report("the cache cannot be begun anew", &error);
                tokio::time::sleep(std::time::Duration::from_millis(crate::limits::BACKOFF_MOST_MS)).await;
            }
        }
    }
}
