//! From the board to the screen, and what is done there.

use tauri::UserAttentionType;
use tidings_engine::{notify::Urgency, view::OutgoingMessage};
use tidings_protocol::new_client_id;
use tokio::time::Instant;

use super::{Desktop, content, language};
use crate::{
    events::OwnEvent,
    notifications::{
        Card, Heard,
        board::{Key, Next},
    },
    words::words,
};

impl Desktop {
    /// Shows and takes away what is due; answers when to come again.
    pub(super) async fn show_what_is_due(&mut self) -> Option<Instant> {
        loop {
            let settings = self.shell.settings();
            let language = language(&settings);
            let now = self.shell.clock.monotonic();
            match self.board.next(now, content(&settings), language) {
                Next::Show(show) => {
                    let card = Card {
                        replaces: show.replaces,
                        title: &show.title,
                        body: &show.body,
                        sound: show.sound,
                        is_low: show.urgency == Urgency::Low,
                        is_conversation: show.key != Key::Summary,
                        face: show.face,
                        labels: words(language).labels,
                    };
                    if let Some(id) = self.server.show(&card).await {
                        self.board.shown(&show.key, id);
                    }
                }
                Next::Close(id) => self.server.close(id).await,
                Next::At(at) => return Some(Instant::now() + at.saturating_sub(now)),
                Next::Nothing => return None,
            }
        }
    }

    /// A notification of the app's own.
    async fn say(&mut self, (title, body): (&str, &str), sound: bool) -> bool {
        let card = Card {
            replaces: None,
            title,
            body,
            sound,
            is_low: false,
            is_conversation: false,
            face: None,
            labels: words(language(&self.shell.settings())).labels,
        };
        self.server.show(&card).await.is_some()
    }

    pub(super) async fn show_test(&mut self) -> bool {
        let settings = self.shell.settings();
        self.say(words(language(&settings)).test, settings.notification_sound)
            .await
    }

    pub(super) async fn explain_tray(&mut self) {
        let language = language(&self.shell.settings());
        self.say(words(language).in_the_tray, false).await;
    }

    pub(super) async fn explain_kept(&mut self) {
        let language = language(&self.shell.settings());
        self.say(words(language).kept_open, false).await;
    }

    /// A mention asks for attention where nobody looks.
    pub(super) async fn ask_for_attention(&mut self) {
        if !self.shell.presence.is_focused() {
            self.attract(Some(UserAttentionType::Informational));
            self.show_badge(true).await;
        }
    }

    /// Something was done with a notification.
    pub(super) async fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Opened { id, token } => {
                self.open(token.as_deref());
                match self.board.target(id) {
                    Some(target) => self.shell.tell_page(OwnEvent::NotificationOpened {
                        conversation_id: target.conversation_id,
                        seq: target.seq,
                        extension: target.extension,
                    }),
                    None if self.board.is_summary(id) => self.board.was_closed(id, true),
                    None => {}
                }
                self.server.close(id).await;
            }
            Heard::MarkedRead { id } => {
                if let Some(target) = self.board.target(id) {
                    self.mark_read(&target.conversation_id).await;
                }
                self.server.close(id).await;
            }
            Heard::Replied { id, text } => {
                if let Some(target) = self.board.target(id) {
                    self.reply(target.conversation_id, text).await;
                }
                self.server.close(id).await;
            }
            Heard::Closed { id, by_person } => self.board.was_closed(id, by_person),
            Heard::Restarted => {
                self.server.restarted();
                self.board.forget_ids();
            }
        }
    }

    async fn mark_read(&mut self, conversation: &str) {
        if let Err(error) = self.engine.mark_read(conversation).await {
            tracing::warn!(%error, "a conversation could not be marked as read");
        }
        self.board.leave(conversation);
    }

    async fn reply(&mut self, conversation_id: String, text: String) {
        let (clock, chance) = (&*self.shell.clock, &*self.shell.chance);
        let mut random = [0; 4];
        chance.fill(&mut random);
        let message = OutgoingMessage {
            conversation_id: conversation_id.clone(),
            client_id: new_client_id(clock, chance).to_string(),
            random: u32::from_le_bytes(random),
            client_sequence: 1,
            message_type: "TIMTextElem".into(),
            payload: serde_json::json!({ "text": text }),
            priority: "Normal".into(),
            push_info: None,
            cloud_custom_data: String::new(),
            at_user_list: Vec::new(),
            online_user_only: false,
            attachment: None,
        };
        match self.engine.send_message(message).await {
            Ok(_) => self.mark_read(&conversation_id).await,
            // What was typed must not be lost: it waits in the composer.
            Err(error) => {
                tracing::warn!(%error, "an answer from a notification could not be sent");
                let draft = match self.engine.conversation_profile(&conversation_id).await {
                    Ok(conversation) => below(&conversation.draft, &text),
                    Err(_) => text,
                };
                if let Err(error) = self.engine.set_draft(&conversation_id, &draft).await {
                    tracing::warn!(%error, "nor kept as a draft");
                }
            }
        }
    }
}

/// What was typed now, below what was being written already.
fn below(draft: &str, text: &str) -> String {
    if draft.trim().is_empty() {
        text.to_owned()
    } else {
        format!("{draft}\n{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::below;

    #[test]
    fn an_answer_that_cannot_be_sent_leaves_the_draft_that_is_there() {
        assert_eq!(below("half a thought", "yes"), "half a thought\nyes");
        assert_eq!(below(" ", "yes"), "yes");
    }
}
