//! From the engine's events to the board: what is told of, and what came while nobody was here.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use chrono::{Local, TimeZone, Timelike};
use tidings_engine::{
    limits,
    notify::{self, OwnSettings},
    view::{ConnectionState, ConversationView, EngineEvent, MessageView},
};
use tidings_protocol::RemindType;
use tokio::time::Instant;

use super::{Desktop, content, language};
use crate::{
    limits::{NOTIFIED_CONVERSATIONS, SUMMARISED_CONVERSATIONS, UNCOUNTED_MESSAGES},
    notifications::board::Told,
};

/// When nothing more has come for so long after connecting, everything that waited is here.
const QUIET: Duration = Duration::from_millis(700);
/// ... and it is not waited for longer than this.
const QUIET_AT_MOST: Duration = Duration::from_secs(8);

/// What comes in after a start or a sign-in, before anything is news.
struct Arriving {
    /// What was unread before; nothing after a sign-in, where all there is is history.
    before: Option<HashMap<String, u64>>,
    connected_at: Option<Instant>,
    quiet_at: Option<Instant>,
}

/// What is known of what is unread.
pub(super) struct News {
    user_id: Option<String>,
    arriving: Option<Arriving>,
    /// Up to here each conversation's messages were there before; they are no news.
    old: HashMap<String, u64>,
    /// Unread messages that the badge does not count (R-S6).
    uncounted: HashMap<String, BTreeSet<u64>>,
    /// Unread messages.
    pub(super) total: u64,
}

/// Whether the conversation's messages are told of and counted.
pub(super) fn is_counted(conversation: &ConversationView) -> bool {
    conversation.remind_type == RemindType::AcceptAndNotify
}

impl News {
    pub(super) fn new(user_id: Option<String>, before: Option<HashMap<String, u64>>) -> Self {
        Self {
            arriving: user_id.is_some().then_some(Arriving {
                before,
                connected_at: None,
                quiet_at: None,
            }),
            user_id,
            old: HashMap::new(),
            uncounted: HashMap::new(),
            total: 0,
        }
    }

    /// When everything that waited is thought to be here.
    pub(super) fn arrived_at(&self) -> Option<Instant> {
        self.arriving.as_ref()?.quiet_at
    }

    /// Something came.
    fn stir(&mut self) {
        if let Some(arriving) = &mut self.arriving
            && let Some(connected_at) = arriving.connected_at
        {
            arriving.quiet_at = Some((Instant::now() + QUIET).min(connected_at + QUIET_AT_MOST));
        }
    }

    /// What the badge shows.
    pub(super) fn badge(&self) -> u64 {
        let uncounted: usize = self.uncounted.values().map(BTreeSet::len).sum();
        self.total.saturating_sub(uncounted as u64)
    }

    fn sees(&mut self, conversation: &ConversationView) {
        let id = &conversation.conversation_id;
        if let Some(uncounted) = self.uncounted.get_mut(id) {
            uncounted.retain(|seq| *seq > conversation.read_seq);
            if uncounted.is_empty() || conversation.unread_count == 0 {
                self.uncounted.remove(id);
            }
        }
    }
}

impl Desktop {
    /// Takes an event of the engine's.
    pub(super) async fn take(&mut self, event: EngineEvent) {
        match event {
            EngineEvent::MessagesReceived { messages } => {
                self.news.stir();
                for message in messages {
                    self.receive(&message).await;
                }
            }
            EngineEvent::MessagesRevoked { messages } => {
                for message in messages {
                    self.board.recalled(&message.conversation_id, &message.client_id);
                    if let Some(seq) = message.seq
                        && let Some(uncounted) = self.news.uncounted.get_mut(&message.conversation_id)
                    {
                        uncounted.remove(&seq);
                    }
                }
            }
            EngineEvent::ConversationsChanged {
                conversations,
                removed_ids,
            } => {
                self.news.stir();
                for conversation in conversations {
                    self.look_again(conversation);
                }
                for id in removed_ids {
                    self.board.leave(&id);
                    self.views.remove(&id);
                    self.news.uncounted.remove(&id);
                }
                self.tray_follows();
            }
            EngineEvent::TotalUnreadChanged { count } => {
                self.news.total = count;
                self.tray_follows();
            }
            EngineEvent::Connection { state, .. } => {
                if state == ConnectionState::Connected
                    && let Some(arriving) = &mut self.news.arriving
                {
                    arriving.connected_at.get_or_insert_with(Instant::now);
                    self.news.stir();
                }
            }
            EngineEvent::Ready { account } => {
                let user_id = account.profile.user_id;
                if self.news.user_id.as_ref() != Some(&user_id) {
                    self.board.clear();
                    self.views.clear();
                    self.news = News::new(Some(user_id), None);
                    if self.engine.connection() == ConnectionState::Connected
                        && let Some(arriving) = &mut self.news.arriving
                    {
                        arriving.connected_at = Some(Instant::now());
                        self.news.stir();
                    }
                }
            }
            EngineEvent::NotReady {} | EngineEvent::KickedOut { .. } => {
                self.board.clear();
                self.views.clear();
                self.news = News::new(None, None);
                self.tray_follows();
            }
            EngineEvent::Overflow {} => {
                self.views.clear();
                for id in self.board.conversations() {
                    match self.engine.conversation_profile(&id).await {
                        Ok(conversation) => self.look_again(conversation),
                        Err(_) => self.board.leave(&id),
                    }
                }
                self.news.total = self.engine.total_unread().await.unwrap_or(self.news.total);
                self.tray_follows();
            }
            _ => {}
        }
    }

    fn look_again(&mut self, conversation: ConversationView) {
        let id = &conversation.conversation_id;
        if is_counted(&conversation) {
            self.board
                .read(id, conversation.read_seq, conversation.unread_count);
        } else {
            self.board.leave(id);
        }
        self.news.sees(&conversation);
        if self.views.contains_key(id) {
            self.views.insert(id.clone(), conversation);
        }
    }

    async fn receive(&mut self, message: &MessageView) {
        let id = &message.conversation_id;
        let is_old = |seq: u64| self.news.old.get(id).is_some_and(|old| seq <= *old);
        if self.news.arriving.is_some() || message.seq.is_some_and(is_old) {
            return;
        }
        if !self.views.contains_key(id) {
            let Ok(view) = self.engine.conversation_profile(id).await else {
                return;
            };
            if self.views.len() >= NOTIFIED_CONVERSATIONS {
                self.views.clear();
            }
            self.views.insert(id.clone(), view);
        }
        let Some(view) = self.views.get(id) else {
            return;
        };
        let settings = self.shell.settings();
        let name = notify::name_of(view, language(&settings));
        self.count(message);
        if let Some(told) = self.told(message, id) {
            let is_mention = told.notification.is_mention;
            self.board.tell(id, &name, told);
            // The words are on the screen before anything else is done about them.
            self.show_what_is_due().await;
            if is_mention {
                self.ask_for_attention().await;
            }
        }
    }

    /// The badge leaves out what its sender wants left out.
    fn count(&mut self, message: &MessageView) {
        let is_ignored = message
            .push_info
            .as_ref()
            .is_some_and(|push| push.ignore_ios_badge);
        if let Some(seq) = message.seq
            && is_ignored
            && !message.is_read
        {
            let uncounted = self
                .news
                .uncounted
                .entry(message.conversation_id.clone())
                .or_default();
            if uncounted.len() < UNCOUNTED_MESSAGES {
                uncounted.insert(seq);
            }
        }
    }

    /// What is told of a message, if anything is.
    fn told(&self, message: &MessageView, conversation: &str) -> Option<Told> {
        let view = self.views.get(conversation)?;
        let settings = self.shell.settings();
        let looked_at = self.shell.presence.looked_at();
        let own = OwnSettings {
            enabled: settings.notifications,
            content: content(&settings),
            sound: settings.notification_sound,
            do_not_disturb: settings.is_quiet_at(local_minute(self.shell.clock.now_ms())),
            language: language(&settings),
            user_id: self.news.user_id.as_deref()?,
            looked_at: looked_at.as_deref(),
        };
        Some(Told {
            seq: message.seq,
            client_id: message.client_id.clone(),
            notification: notify::notification(message, view, &own)?,
        })
    }

    /// Everything that waited is here: one summary of what came while the app was not running, and from now on what comes is news.
    pub(super) async fn everything_arrived(&mut self) {
        let Some(Arriving { before, .. }) = self.news.arriving.take() else {
            return;
        };
        let list = self
            .engine
            .conversation_list(limits::LIST_CONVERSATIONS)
            .await
            .unwrap_or_default();
        self.news.total = self.engine.total_unread().await.unwrap_or(self.news.total);
        self.news.old = list
            .iter()
            .map(|each| (each.conversation_id.clone(), each.seq))
            .collect();
        self.tray_follows();
        let Some(before) = before else {
            return;
        };
        let grown = list.into_iter().filter_map(|view| {
            let known = before.get(&view.conversation_id).copied().unwrap_or(0);
            let new = view.unread_count.saturating_sub(known);
            (new > 0 && is_counted(&view)).then_some((view, new))
        });
        let language = language(&self.shell.settings());
        for (view, new) in grown.take(SUMMARISED_CONVERSATIONS) {
            let id = view.conversation_id.clone();
            let name = notify::name_of(&view, language);
            let count = u32::try_from(new).unwrap_or(u32::MAX).min(limits::PAGE_MESSAGES);
            let Ok(page) = self.engine.message_page(&id, None, count).await else {
                continue;
            };
            self.views.insert(id.clone(), view);
            for message in &page.messages {
                self.count(message);
                if let Some(told) = self.told(message, &id) {
                    self.board.tell(&id, &name, told);
                }
            }
        }
        self.board.fold();
    }
}

/// The minute of the local day.
fn local_minute(now_ms: i64) -> u16 {
    let now = Local.timestamp_millis_opt(now_ms).single();
    now.map_or(0, |now| (now.hour() * 60 + now.minute()) as u16)
}
