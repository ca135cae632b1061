//! The one thread that writes.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, mpsc};

use parking_lot::Mutex;
use rusqlite::{Connection, Transaction};
use tokio::sync::oneshot;

use super::conversations::{self, Conversation};
use super::readers::Readers;
use super::{Me, Told, join, rescue};
use crate::EngineError;
use crate::events::EventSender;
use crate::view::CacheSetAside;

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
    readers: Arc<Readers>,
    me: Me,
    events: EventSender,
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
    ) -> Result<Self, EngineError> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let mut state = State {
            file,
            connection: Some(connection),
            readers,
            me,
            events,
        };
        let thread = std::thread::Builder::new()
            .name("cache-writer".into())
            .spawn(move || {
                while let Ok(job) = queue.recv() {
                    // A fault in one job must not take the others with it: its transaction rolls back, its asker hears
                    // that there is no answer.
                    if catch_unwind(AssertUnwindSafe(|| job(&mut state))).is_err() {
                        tracing::error!("a change of the cache panicked");
                    }
                }
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
            let me = state.me.get();
            let connection = state.connection.as_mut().ok_or(EngineError::Closed)?;
            if durability == Durability::Power {
                connection.pragma_update(None, "synchronous", "FULL")?;
            }
            let done = commit(connection, &me, change);
            if durability == Durability::Power {
                connection.pragma_update(None, "synchronous", "NORMAL")?;
            }
            let (answer, told) = done?;
            state.events.send_all(told.into_events());
            Ok(answer)
        })
        .await
    }

    pub(super) async fn begin_anew(&self) -> Result<CacheSetAside, EngineError> {
        self.ask(|state| {
            state.readers.renew();
            drop(state.connection.take());
            let (connection, report) = rescue::set_aside(&state.file, "damaged")?;
            state.connection = Some(connection);
            state.readers.renew();
            Ok(report)
        })
        .await
    }

    pub(super) async fn begin_empty(&self) -> Result<(), EngineError> {
        self.ask(|state| {
            state.readers.renew();
            drop(state.connection.take());
            let connection = rescue::begin_empty(&state.file)?;
            state.connection = Some(connection);
            state.readers.renew();
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

fn commit<T>(
    connection: &mut Connection,
    me: &str,
    change: impl FnOnce(&mut Write<'_>) -> Result<T, EngineError>,
) -> Result<(T, Told), EngineError> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let mut write = Write {
        db: &transaction,
        me,
        told: Told::default(),
        open: HashMap::new(),
    };
    let answer = change(&mut write)?;
    let told = write.finish()?;
    transaction.commit()?;
    Ok((answer, told))
}

/// A transaction that is under way.
pub(crate) struct Write<'a> {
    /// The connection, inside the transaction.
    pub(crate) db: &'a Transaction<'a>,
    /// Who is signed in.
    pub(crate) me: &'a str,
    /// What listeners will hear after the commit.
    pub(crate) told: Told,
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
        })
    }

    fn finish(mut self) -> rusqlite::Result<Told> {
        let mut open: Vec<_> = std::mem::take(&mut self.open).into_values().collect();
        open.sort_by_key(|(_, it)| it.id);
        for (was, mut it) in open {
            join::announce(&mut Open {
                db: self.db,
                me: self.me,
                told: &mut self.told,
                it: &mut it,
            })?;
            it.settle();
            if it == was {
                continue;
            }
            conversations::save(self.db, &it)?;
            if it.shown && it.looks_different(&was) {
                self.told.conversations.push(it.view(self.me));
            } else if was.shown && !it.shown {
                self.told.removed.push(it.name);
            }
        }
        Ok(self.told)
    }
}
