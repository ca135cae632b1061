//! Opens a profile that is signed in and types to somebody without end, for tests that kill it: `typist FOLDER TO WORDS`
//! types `WORDS 0`, `WORDS 1`, … and prints each text once it is in the outbox.

use std::env;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tidings_engine::view::OutgoingMessage;
use tidings_engine::{Engine, EngineConfig, SystemConnector};
use tidings_protocol::{Chance, Clock, MessageType, SystemChance, SystemClock, new_client_id};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder, to, words] = arguments.as_slice() else {
        return Err("typist FOLDER TO WORDS".into());
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let config = EngineConfig {
        dir: folder.into(),
        clock: Arc::clone(&clock),
        chance: Arc::new(SystemChance),
        connector: Arc::new(SystemConnector::default()),
        device_name: "typist".into(),
        decoders: Arc::new(tidings_engine::Decoders::in_process(1)),
    };
    let (engine, mut events) = Engine::open(config).await?;
    tokio::spawn(async move { while events.next().await.is_some() {} });
    for number in 0_u32.. {
        let text = format!("{words} {number}");
        let message = OutgoingMessage {
            conversation_id: format!("C2C{to}"),
            client_id: new_client_id(&*clock, &SystemChance).to_string(),
            random: SystemChance.next_u32(),
            client_sequence: number,
            message_type: MessageType::TEXT.into(),
            payload: json!({ "text": text }),
            priority: "Normal".into(),
            push_info: None,
            cloud_custom_data: String::new(),
            at_user_list: Vec::new(),
            online_user_only: false,
            attachment: None,
        };
        engine.send_message(message).await?;
        writeln!(io::stdout(), "{text}")?;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}
