//! A real server inside the test's process.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use tidings_protocol::{RegistrationPolicy, ServerAddress, SystemChance, SystemClock, UserId};
use tidings_server::{Config, Listening, Server};

use crate::{PASSWORD, plain};

/// A space that listens on this computer.
pub struct Space {
    /// The server.
    pub server: Server,
    address: SocketAddr,
    listening: Listening,
    folder: TempDir,
}

impl Space {
    /// A space where anybody may register.
    pub async fn opens() -> Self {
        Self::opens_with(Config {
            registration: RegistrationPolicy::Open,
            ..Config::default()
        })
        .await
    }

    /// A space of this configuration.
    pub async fn opens_with(config: Config) -> Self {
        let folder = TempDir::new().unwrap();
        let server = Self::core(folder.path(), config).await;
        let listening = server
            .listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None)
            .await
            .unwrap();
        Self {
            server,
            address: listening.addr(),
            listening,
            folder,
        }
    }

    /// A server on `folder` that does not listen yet.
    pub async fn core(folder: &Path, config: Config) -> Server {
        Server::open(
            folder,
            config,
            Arc::new(SystemClock::default()),
            Arc::new(SystemChance),
        )
        .await
        .unwrap()
    }

    /// Where people find it.
    pub fn address(&self) -> ServerAddress {
        plain(self.address)
    }

    /// Where it listens.
    pub fn socket(&self) -> SocketAddr {
        self.address
    }

    /// The server's data folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Makes accounts.
    pub async fn has(&self, users: &[&str]) {
        for user in users {
            self.server
                .add_user(UserId::new(*user).unwrap(), user, PASSWORD)
                .await
                .unwrap();
        }
    }

    /// A token for a new device of a new user.
    pub async fn token_of(&self, user: &UserId) -> String {
        self.server
            .add_user(user.clone(), user.as_str(), PASSWORD)
            .await
            .unwrap();
        self.server.device_token(user, "test").await.unwrap()
    }

    /// Shuts down cleanly and comes back on the same data and port.
    pub async fn restarts(self, config: Config) -> Self {
        let Self {
            server,
            address,
            listening,
            folder,
        } = self;
        listening.stop().await;
        server.shutdown().await;
        let server = Self::core(folder.path(), config).await;
        let listening = server.listen(address, None).await.unwrap();
        Self {
            server,
            address,
            listening,
            folder,
        }
    }
}
