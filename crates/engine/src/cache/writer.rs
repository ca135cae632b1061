//! The one thread that writes.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::{Connection, Transaction};
use tokio::sync::{Notify, oneshot};

use super::conversations::{self, Conversation};
use super::evict::{self, Room};
use super::news::News;
use super::readers::Readers;
use super::unsent::{Draft, Unsent};
use super::{Me, Told, groups, join, rescue, schema};
use crate::events::EventSender;
use crate::view::{CacheSetAside, OwnGroupView};
use crate::{EngineError, limits};

/// What a commit must survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// The end of the process (`synchronous=NORMAL`); the server has it anyway.
    Process,
    /// A power cut (`synchronous=FULL`); nobody else has it.
    Power,
}

struct State {
    file: PathBuf,
    /// `None` only after the file could not be replaced.
    connection: Option<Connection>,
    unsent: Unsent,
    readers: Arc<Readers>,
    me: Me,
    events: EventSender,
    owed: Arc<Notify>,
    news: Arc<News>,
    /// Commits until the cache's size is looked at.
    until_tidied: u32,
    /// Something was removed that the write-ahead logs still hold.
    commits_since_erased: Option<u32>,
}

type Job = Box<dyn FnOnce(&mut State) + Send>;

pub(super) struct Writer {
    // As many jobs wait as tasks wait for their answers, so the queue needs no bound of its own.
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(
        file: PathBuf,
        connection: Connection,
        readers: Arc<Readers>,
        me: Me,
        events: EventSender,
        owed: Arc<Notify>,
        news: Arc<News>,
    ) -> Result<Self, EngineError> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let mut state = State {
            unsent: Unsent::new(&file),
            file,
            connection: Some(connection),
            readers,
            me,
            events,
            owed,
            news,
            until_tidied: 0,
            commits_since_erased: None,
        };
        let thread = std::thread::Builder::new()
            .name("cache-writer".into())
            .spawn(move || {
                state.copy_unsent();
                while let Some(job) = next(&queue, &mut state) {
                    // A fault in one job must not take the others with it: its transaction rolls back, its asker hears
                    // that there is no answer.
                    if catch_unwind(AssertUnwindSafe(|| job(&mut state))).is_err() {
                        tracing::error!("a change of the cache panicked");
                    }
                    state.tidy();
                }
                state.erase();
            })?;
        Ok(Self {
            jobs: Mutex::new(Some(jobs)),
            thread: Mutex::new(Some(thread)),
        })
    }

    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut State) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |state| {
            // Nobody waits any more: what was committed stays all the same.
            let _ = answer.send(work(state));
        });
        self.jobs
            .lock()
            .as_ref()
            .and_then(|jobs| jobs.send(job).ok())
            .ok_or(EngineError::Closed)?;
        answered.await.map_err(|_| EngineError::Closed)?
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        durability: Durability,
        change: impl FnOnce(&mut Write<'_>) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        self.ask(move |state| {
            let done = state.change(durability, change);
            if let Err(EngineError::Cache(error)) = &done {
                state.readers.look_at(error);
            }
            done
        })
        .await
    }

    /// Begins anew when the file of this generation is still there; `None`: that was done, and told, before.
    pub(super) async fn begin_anew(&self, generation: u64) -> Result<Option<CacheSetAside>, EngineError> {
        self.ask(move |state| {
            if state.readers.generation() != generation {
                return Ok(None);
            }
            let readers = Arc::clone(&state.readers);
            let report = readers.replaced(|| {
                drop(state.connection.take());
                state.unsent.close();
                let (connection, report) = rescue::set_aside(&state.file, "damaged")?;
                state.connection = Some(connection);
                Ok::<_, EngineError>(report)
            })?;
            state.copy_unsent();
            Ok(report)
        })
        .await
    }

    pub(super) async fn begin_empty(&self) -> Result<(), EngineError> {
        self.ask(|state| {
            let readers = Arc::clone(&state.readers);
            readers.replaced(|| {
                drop(state.connection.take());
                state.unsent.close();
                state.connection = Some(rescue::begin_empty(&state.file)?);
                Ok::<_, EngineError>(())
            })?;
            state.copy_unsent();
            Ok(())
        })
        .await
    }

    /// The second file is to say what the cache says.
    pub(super) async fn copy_unsent(&self) -> Result<(), EngineError> {
        self.ask(|state| {
            state.copy_unsent();
            Ok(())
        })
        .await
    }

    pub(super) async fn close(&self) {
        drop(self.jobs.lock().take());
        let thread = self.thread.lock().take();
        if let Some(thread) = thread {
            // Joining blocks for as long as the last commit takes.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

/// The next job; meanwhile, what was removed leaves the write-ahead logs when nobody has anything to write.
fn next(queue: &mpsc::Receiver<Job>, state: &mut State) -> Option<Job> {
    while let Some(commits) = &mut state.commits_since_erased {
        *commits += 1;
        if *commits > limits::COMMITS_UNTIL_ERASED {
            state.erase();
            break;
        }
        match queue.recv_timeout(Duration::from_millis(limits::ERASE_WAIT_MS)) {
            Ok(job) => return Some(job),
            Err(mpsc::RecvTimeoutError::Timeout) => state.erase(),
            Err(mpsc::RecvTimeoutError::Disconnected) => return None,
        }
    }
    queue.recv().ok()
}

impl State {
    /// Empties the write-ahead logs. While somebody still reads from them, it is tried again later.
    fn erase(&mut self) {
        if self.commits_since_erased.is_none() {
            return;
        }
        let emptied = self
            .connection
            .as_ref()
            .map_or(Ok(true), schema::checkpoint)
            .and_then(|first| Ok(self.unsent.checkpoint()? && first));
        match emptied {
            Ok(true) => self.commits_since_erased = None,
            Ok(false) => self.commits_since_erased = Some(0),
            Err(error) => {
                self.commits_since_erased = None;
                self.readers.look_at(&error);
                tracing::warn!(%error, "what was removed may still be found in the file");
            }
        }
    }

    fn change<T>(
        &mut self,
        durability: Durability,
        change: impl FnOnce(&mut Write<'_>) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let me = self.me.get();
        let generation = self.readers.generation();
        let connection = self.connection.as_mut().ok_or(EngineError::Closed)?;
        // What an earlier transaction touched that did not come to its end.
        self.unsent.forget_touched();
        if durability == Durability::Power {
            connection.pragma_update(None, "synchronous", "FULL")?;
        }
        let done = commit(connection, &me, generation, change);
        if durability == Durability::Power {
            connection.pragma_update(None, "synchronous", "NORMAL")?;
        }
        let done = done?;
        self.news.came(&done.told.received);
        self.events.send_all(done.told.into_events());
        self.unsent.follow(connection, &done.drafts);
        if done.erased {
            self.commits_since_erased.get_or_insert(0);
            self.news.erased.notify_one();
        }
        if done.owed {
            self.owed.notify_one();
        }
        Ok(done.answer)
    }

    fn copy_unsent(&mut self) {
        if let Some(connection) = self.connection.as_mut() {
            self.unsent.copy(connection);
        }
    }

    /// Keeps the cache below its limit, a little after each commit while it is above.
    fn tidy(&mut self) {
        const ROOM: Room = Room {
            most_bytes: limits::CACHE_BYTES,
            kept: tidings_protocol::limits::HISTORY_PAGE as u64,
            at_once: limits::EVICTED_AT_ONCE,
        };
        if let Some(left) = self.until_tidied.checked_sub(1) {
            self.until_tidied = left;
            return;
        }
        let Some(connection) = self.connection.as_mut() else {
            return;
        };
        match evict::evict(connection, ROOM) {
            Ok(true) => {}
            Ok(false) => self.until_tidied = limits::COMMITS_UNTIL_TIDIED,
            Err(error) => {
                self.readers.look_at(&error);
                tracing::warn!(%error, "old messages cannot be removed");
                self.until_tidied = limits::COMMITS_UNTIL_TIDIED;
            }
        }
    }
}

fn commit<T>(
    connection: &mut Connection,
    me: &str,
    generation: u64,
    change: impl FnOnce(&mut Write<'_>) -> Result<T, EngineError>,
) -> Result<Committed<T>, EngineError> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let mut write = Write {
        db: &transaction,
        me,
        generation,
        told: Told::default(),
        erased: false,
        recalls: false,
        quiet: false,
        open: HashMap::new(),
    };
    let answer = change(&mut write)?;
    let (erased, owed) = (write.erased, write.recalls);
    let (told, drafts) = write.finish()?;
    transaction.commit()?;
    Ok(Committed {
        answer,
        told,
        drafts,
        erased,
        owed,
    })
}

/// What a transaction led to.
struct Committed<T> {
    answer: T,
    told: Told,
    drafts: Vec<Draft>,
    erased: bool,
    owed: bool,
}

/// A transaction that is under way.
pub(crate) struct Write<'a> {
    /// The connection, inside the transaction.
    pub(crate) db: &'a Transaction<'a>,
    /// Who is signed in.
    pub(crate) me: &'a str,
    /// Which file it is; see [`super::Cache::generation`].
    pub(crate) generation: u64,
    /// What listeners will hear after the commit.
    pub(crate) told: Told,
    /// See [`Open::erased`].
    pub(crate) erased: bool,
    /// See [`Open::recalls`].
    pub(crate) recalls: bool,
    /// Nobody is to hear what this transaction changes: whoever listens hears of the whole later.
    pub(crate) quiet: bool,
    /// The conversations that this transaction touches, as they were and as they are: read once, written once.
    open: HashMap<String, (Conversation, Conversation)>,
}

/// A conversation inside a transaction. What changes in `it` is written at the transaction's end.
pub(crate) struct Open<'w> {
    /// The connection.
    pub(crate) db: &'w Connection,
    /// Who is signed in.
    pub(crate) me: &'w str,
    /// What listeners will hear.
    pub(crate) told: &'w mut Told,
    /// The conversation.
    pub(crate) it: &'w mut Conversation,
    /// Set when what was removed must not be found in the files either.
    pub(crate) erased: &'w mut bool,
    /// Set when there is a recall that the server is to hear of.
    pub(crate) recalls: &'w mut bool,
}

impl Write<'_> {
    /// The conversation called `name`, begun when it is not there.
    pub(crate) fn open(&mut self, name: &str) -> rusqlite::Result<Open<'_>> {
        if !self.open.contains_key(name) {
            let found = match conversations::load(self.db, name)? {
                Some(conversation) => conversation,
                None => conversations::begin(self.db, name)?,
            };
            self.open.insert(name.to_owned(), (found.clone(), found));
        }
        // Just put there.
        let (_, it) = self
            .open
            .get_mut(name)
            .ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        Ok(Open {
            db: self.db,
            me: self.me,
            told: &mut self.told,
            it,
            erased: &mut self.erased,
            recalls: &mut self.recalls,
        })
    }

    /// Writes what changed. Answers what listeners will hear, and the drafts that changed.
    fn finish(mut self) -> rusqlite::Result<(Told, Vec<Draft>)> {
        let mut drafts = Vec::new();
        let mut counts = false;
        let mut open: Vec<_> = std::mem::take(&mut self.open).into_values().collect();
        open.sort_by_key(|(_, it)| it.id);
        for (was, mut it) in open {
            join::announce(&mut Open {
                db: self.db,
                me: self.me,
                told: &mut self.told,
                it: &mut it,
                erased: &mut self.erased,
                recalls: &mut self.recalls,
            })?;
            it.settle();
            if it == was {
                continue;
            }
            counts |= it.adds_unread() != was.adds_unread();
            if let Some(profile) = &it.group
                && (it.group != was.group || it.membership != was.membership)
            {
                self.told.groups.push(OwnGroupView {
                    profile: groups::view_of(profile),
                    membership: it.membership.as_deref().map(groups::membership_view),
                });
            }
            conversations::save(self.db, &it)?;
            if it.draft != was.draft {
                drafts.push((it.name.clone(), it.draft.clone(), it.draft_time));
            }
            if it.shown && it.looks_different(&was) {
                self.told.again.remove(&it.name);
                self.told.conversations.push(it.view(self.db, self.me)?);
            } else if was.shown && !it.shown {
                self.told.removed.push(it.name);
            }
        }
        for name in std::mem::take(&mut self.told.again) {
            if let Some(it) = conversations::load(self.db, &name)?.filter(|it| it.shown) {
                self.told.conversations.push(it.into_view(self.db, self.me)?);
            }
        }
        if counts {
            self.told.total_unread = Some(conversations::total_unread(self.db)?);
        }
        if self.quiet {
            self.told = Told::default();
        }
        Ok((self.told, drafts))
    }
}
