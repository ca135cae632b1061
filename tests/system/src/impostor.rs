//! A server that is not what it should be: it answers every connection with the same bytes.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tidings_protocol::ServerAddress;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::plain;

/// Listens and answers each connection in the same way. Ends when it is dropped.
pub struct Impostor {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Impostor {
    /// Answers each request with `answer`, bytes for bytes, and closes.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn answers(answer: impl Into<Vec<u8>>) -> io::Result<Self> {
        let answer = answer.into();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let answer = answer.clone();
                tokio::spawn(async move {
                    let mut request = [0; 4096];
                    // What is asked makes no difference; one read is enough to be polite.
                    let _ = client.read(&mut request).await;
                    let _ = client.write_all(&answer).await;
                    let _ = client.shutdown().await;
                });
            }
        });
        Ok(Self { address, task })
    }

    /// Answers each request with this status and JSON.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn answers_json(status: &str, json: &str) -> io::Result<Self> {
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{json}",
            json.len()
        );
        Self::answers(answer).await
    }

    /// Where people find it.
    pub fn address(&self) -> ServerAddress {
        plain(self.address)
    }
}

impl Drop for Impostor {
    fn drop(&mut self) {
        self.task.abort();
    }
}
