//! A client that is only a WebSocket: for load that needs no engine.

use futures_util::{SinkExt, StreamExt};
use serde_json::value::to_raw_value;
use tidings_protocol::{
    ClientFrame, ClientId, ConversationId, Hello, MessageType, PROTOCOL_VERSION, Priority, Request,
    SendMessage, ServerFrame, UserId,
};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::Space;

/// Requests that it lets wait at once: below what a server allows.
const IN_FLIGHT: usize = 32;

/// One user's device. It is connected only while it sends: a client that is silent for long is let go.
pub struct RawClient {
    user: String,
    token: String,
    address: String,
    count: u32,
}

impl RawClient {
    /// Makes the account in `space`, and a device of it.
    pub async fn of(space: &Space, user: &str) -> Self {
        let token = space.token_of(&UserId::new(user).unwrap()).await;
        Self {
            user: user.into(),
            token,
            address: space.address().socket_url(),
            count: 0,
        }
    }

    async fn connect(&self) -> WebSocketStream<MaybeTlsStream<TcpStream>> {
        let (mut socket, _) = connect_async(&self.address).await.unwrap();
        let hello = Hello {
            protocol: PROTOCOL_VERSION,
            token: self.token.clone(),
            since: 0,
        };
        socket
            .send(Message::text(serde_json::to_string(&hello).unwrap()))
            .await
            .unwrap();
        let welcome = socket.next().await.unwrap().unwrap().into_text().unwrap();
        assert!(welcome.starts_with(r#"{"welcome""#), "{welcome}");
        socket
    }

    /// Sends `WORDS 1` … `WORDS count` and waits until all are acknowledged.
    pub async fn sends(&mut self, to: &str, words: &str, count: usize) {
        let mut socket = self.connect().await;
        let conversation = ConversationId::C2c(UserId::new(to).unwrap());
        let (mut sent, mut acknowledged) = (0, 0);
        while acknowledged < count {
            while sent < count && sent - acknowledged < IN_FLIGHT {
                sent += 1;
                self.count += 1;
                let text = serde_json::json!({ "text": format!("{words} {sent}") });
                let request = Request::Send(SendMessage {
                    conversation: conversation.clone(),
                    client_id: ClientId::new(format!("{}-{}", self.user, self.count)).unwrap(),
                    random: self.count,
                    client_seq: self.count,
                    message_type: MessageType::text(),
                    payload: to_raw_value(&text).unwrap(),
                    priority: Priority::Normal,
                    extras: None,
                    online_only: false,
                });
                let frame = serde_json::to_string(&ClientFrame {
                    id: self.count,
                    request,
                })
                .unwrap();
                socket.feed(Message::text(frame)).await.unwrap();
            }
            socket.flush().await.unwrap();
            let frame = socket.next().await.unwrap().unwrap();
            let Ok(text) = frame.to_text() else { continue };
            let Ok(answer) = serde_json::from_str::<ServerFrame>(text) else {
                continue;
            };
            assert!(answer.error.is_none(), "{text}");
            acknowledged += usize::from(answer.re.is_some());
        }
        let _ = socket.close(None).await;
    }
}
