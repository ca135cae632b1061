//! The two sides of `cargo xtask run --demo`: a host who starts a space and invites, a guest who joins, and a few first words.
//! Everything goes the way that it goes for people; only the typing is done here.

use std::{future::Future, path::Path, time::Duration};

use tidings_engine::{Engine, view::OutgoingMessage};
use tidings_protocol::new_client_id;

use crate::{
    cli::DemoRole,
    commands::account::{found_space, join},
    events::OwnEvent,
    profile::write_private_file,
    refusal::{Answer, bad_parameter, disk},
    shell::Shell,
};

/// The two people: user id and name.
const HOST: (&str, &str) = ("ann", "Ann");
const GUEST: (&str, &str) = ("ben", "Ben");

/// What they say to each other.
const WORDS: [(DemoRole, &str); 4] = [
    (DemoRole::Guest, "Hi Ann, your link worked. I'm in!"),
    (
        DemoRole::Host,
        "Welcome, Ben! This space runs on my computer, inside the app. Nothing else to install.",
    ),
    (DemoRole::Guest, "So what we write here stays with us?"),
    (
        DemoRole::Host,
        "It does. Write something in either window and watch the other one 👋",
    ),
];

/// How long one side waits for the other.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(100);

/// Plays one side; what goes wrong is in the log, and the window is there all the same.
pub(crate) async fn play(shell: &Shell, role: DemoRole, file: &Path) {
    if let Err(error) = act(shell, role, file).await {
        tracing::error!(%error, "the demo stopped");
    }
}

async fn act(shell: &Shell, role: DemoRole, file: &Path) -> Answer<()> {
    let engine = shell.engine().await?;
    let other = match role {
        DemoRole::Host => GUEST.0,
        DemoRole::Guest => HOST.0,
    };
    let conversation = format!("C2C{other}");
    if engine.account().is_none() {
        match role {
            DemoRole::Host => {
                found_space(shell, HOST.1).await?;
                let invitation = shell.host.invite().await.map_err(crate::commands::host::refuse)?;
                write_private_file(file, invitation.link.as_bytes()).map_err(|error| disk(&error))?;
            }
            DemoRole::Guest => {
                let link = wait_for(|| async { std::fs::read_to_string(file).ok() }).await?;
                join(shell, &link, GUEST.0, GUEST.1, password(shell)).await?;
            }
        }
        for (said_before, (speaker, words)) in WORDS.into_iter().enumerate() {
            if speaker == role {
                wait_for(|| async { (spoken(&engine, &conversation).await >= said_before).then_some(()) })
                    .await?;
                say(shell, &engine, &conversation, words).await?;
            }
        }
    }
    wait_for(|| async {
        (!shell.listeners.is_empty() && spoken(&engine, &conversation).await > 0).then_some(())
    })
    .await?;
    shell.listeners.tell_own(OwnEvent::ConversationOpened {
        conversation_id: conversation,
    });
    Ok(())
}

/// How many messages of the conversation the server has.
async fn spoken(engine: &Engine, conversation: &str) -> usize {
    let page = engine.message_page(conversation, None, 15).await;
    page.map_or(0, |page| {
        page.messages
            .iter()
            .filter(|message| message.seq.is_some())
            .count()
    })
}

async fn say(shell: &Shell, engine: &Engine, conversation: &str, words: &str) -> Answer<()> {
    let message = OutgoingMessage {
        conversation_id: conversation.to_owned(),
        client_id: new_client_id(shell.clock.as_ref(), shell.chance.as_ref()).into(),
        random: shell.chance.next_u32(),
        client_sequence: 0,
        message_type: "TIMTextElem".to_owned(),
        payload: serde_json::json!({ "text": words }),
        priority: "Normal".to_owned(),
        push_info: None,
        cloud_custom_data: String::new(),
        at_user_list: Vec::new(),
        online_user_only: false,
        attachment: None,
    };
    engine
        .send_message(message)
        .await
        .map_err(crate::refusal::engine)?;
    Ok(())
}

async fn wait_for<T, F: Future<Output = Option<T>>>(mut look: impl FnMut() -> F) -> Answer<T> {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking)
        .await
        .map_err(|_| bad_parameter("the other side of the demo does not come"))
}

fn password(shell: &Shell) -> String {
    let mut secret = [0; 16];
    shell.chance.fill(&mut secret);
    secret.iter().map(|byte| format!("{byte:02x}")).collect()
}
