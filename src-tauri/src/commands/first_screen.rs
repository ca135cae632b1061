//! Everything that the first frame shows, in one answer: each question of its own would be one more way through a busy main thread.

use serde::{Deserialize, Serialize};
use tidings_engine::view::{AccountView, ConnectionState, ConversationView, MessagePage, TransferView};
use ts_rs::TS;

use super::{
    Shared,
    app::{AppInfo, info},
};
use crate::{
    refusal::{Answer, engine},
    settings::Settings,
};

/// What the page asks first.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) struct FirstScreen {
    /// The answer of `appInfo`.
    app_info: AppInfo,
    /// The answer of `settings`.
    settings: Settings,
    /// The answer of `account`.
    account: Option<AccountView>,
    /// The answer of `connection`.
    connection: ConnectionState,
    /// The answer of `conversationList`; empty while nobody is signed in, as all that follows.
    conversations: Vec<ConversationView>,
    /// The answer of `totalUnread`.
    #[ts(type = "number")]
    total_unread: u64,
    /// The answer of `blockedUsers`.
    blocked: Vec<String>,
    /// The answer of `transfers`.
    transfers: Vec<TransferView>,
    /// The newest conversation's page.
    page: Option<FirstPage>,
}

/// A page that nobody has asked for yet.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) struct FirstPage {
    /// Whose it is.
    #[serde(rename = "conversationID")]
    conversation_id: String,
    /// Before which place; `null`: the newest.
    #[ts(type = "number | null")]
    before: Option<u64>,
    /// The answer of `messagePage`.
    page: MessagePage,
}

#[derive(Deserialize)]
pub(crate) struct FirstScreenRequest {
    /// Conversations of the list at most.
    conversations: u32,
    /// Messages of the page at most.
    messages: u32,
    /// Where more than this is unread, the page has so many behind the place up to which was read.
    around: u64,
}

#[tauri::command]
pub(crate) async fn first_screen(shell: Shared<'_>, request: FirstScreenRequest) -> Answer<FirstScreen> {
    let opened = shell.engine().await?;
    // What happens behind these answers is told, so that nothing falls between.
    shell.listeners.attended().await;
    let account = opened.account();
    let mut screen = FirstScreen {
        app_info: info(&shell),
        settings: shell.settings(),
        connection: opened.connection(),
        conversations: Vec::new(),
        total_unread: 0,
        blocked: Vec::new(),
        transfers: Vec::new(),
        page: None,
        account,
    };
    if screen.account.is_none() {
        return Ok(screen);
    }
    (
        screen.conversations,
        screen.total_unread,
        screen.blocked,
        screen.transfers,
    ) = tokio::try_join!(
        opened.conversation_list(request.conversations),
        opened.total_unread(),
        opened.blocked_users(),
        opened.transfers(),
    )
    .map_err(engine)?;
    if let Some(newest) = screen.conversations.first() {
        let conversation_id = newest.conversation_id.clone();
        let before = begins_before(newest, &request);
        // A page that cannot be had is asked for once more by whoever shows it, and says why there.
        screen.page = opened
            .message_page(&conversation_id, before, request.messages)
            .await
            .ok()
            .map(|page| FirstPage {
                conversation_id,
                before,
                page,
            });
    }
    Ok(screen)
}

/// Where the page begins that the chat will ask for: the newest messages, or those around where reading stopped. The same rule
/// as `firstPageOf` of the page; were it another, the chat would ask for itself.
fn begins_before(newest: &ConversationView, request: &FirstScreenRequest) -> Option<u64> {
    let behind = newest.read_seq.saturating_add(request.around);
    let is_far_back = newest.unread_count > u64::from(request.messages).saturating_sub(request.around)
        && behind < newest.seq;
    is_far_back.then(|| behind.saturating_add(1))
}
