//! A space hosted by this app: the embedded server. The only file of the shell that knows `tidings-server`.
//!
//! The server's data lie in the profile's `space/`; `host.json` beside it says that this profile hosts, and keeps the ports, so
//! that invitations and the engine's address stay true from start to start.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tidings_engine::view::ProfileView;
use tidings_protocol::{
    Chance, Clock, InvitationLink, Registered, RegistrationPolicy, ServerAddress, TlsPin, UserId,
    colour_of_id, cut_text, limits,
};
use tidings_server::{Config, Listening, Server, ServerError, TlsIdentity};
use tokio::sync::{Mutex, Notify};
use ts_rs::TS;

use crate::{
    invitation::{self, Invitation},
    profile::{make_private_dir, write_private_file},
};

/// How it stands with the space that this app hosts.
#[derive(Debug, Clone, Default, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) struct HostStatus {
    /// This app hosts a space.
    pub(crate) is_host: bool,
    /// What it is called; empty where there is none.
    pub(crate) space: String,
    /// Others on the local network can reach it.
    pub(crate) is_shared: bool,
    /// Where they reach it: `192.168.1.7:4433`, likeliest first.
    pub(crate) addresses: Vec<String>,
    /// The SHA-256 of its certificate, 64 hexadecimal digits; only while it is shared.
    pub(crate) fingerprint: Option<String>,
    /// Everyone who has an account.
    pub(crate) people: Vec<ProfileView>,
    /// Who of them is connected.
    #[serde(rename = "onlineUserIDs")]
    pub(crate) online_user_ids: Vec<String>,
}

/// Why hosting did not work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HostError {
    /// The server said no.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// A file of the profile cannot be used.
    #[error("the space's files: {0}")]
    Disk(#[from] std::io::Error),
    /// This app hosts nothing.
    #[error("this app hosts no space")]
    NotHosting,
    /// No user id is left that resembles the name.
    #[error("no user id could be made from the name")]
    NoUserId,
    /// The invitation does not fit a QR code.
    #[error("the invitation cannot be drawn")]
    Drawing,
}

/// What is remembered from start to start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    /// The space's name.
    space: String,
    /// The user whose app this is, once the account is made.
    owner: Option<UserId>,
    /// The local network may connect.
    is_shared: bool,
    /// The port on 127.0.0.1; 0 until one was given.
    port: u16,
    /// The port on all interfaces; 0 until one was given.
    shared_port: u16,
}

struct Shared {
    listening: Listening,
    pin: TlsPin,
}

struct Running {
    server: Server,
    record: Record,
    address: SocketAddr,
    shared: Option<Shared>,
    local: Listening,
}

/// How many may join with one invitation.
const INVITATION_USES: u32 = 25;
/// How long an invitation is good for.
const INVITATION_LASTS: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The space that this app hosts, if any.
pub(crate) struct Host {
    profile: PathBuf,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    running: Mutex<Option<Running>>,
    started: Notify,
}

impl Host {
    /// The host of the profile in this folder; nothing runs yet.
    pub(crate) fn in_profile(profile: PathBuf, clock: Arc<dyn Clock>, chance: Arc<dyn Chance>) -> Self {
        Self {
            profile,
            clock,
            chance,
            running: Mutex::new(None),
            started: Notify::new(),
        }
    }

    /// Starts the server again where this profile hosts a space. Answers with where it listens now.
    pub(crate) async fn resume(&self) -> Result<Option<ServerAddress>, HostError> {
        let Some(record) = self.load()? else {
            return Ok(None);
        };
        let mut running = self.running.lock().await;
        // A start of the app that is tried again finds the space running.
        if let Some(running) = running.as_ref() {
            return Ok(Some(local_address(running.address)));
        }
        Ok(Some(local_address(
            running.insert(self.start(record).await?).address,
        )))
    }

    /// Starts a space, or the one again that this profile hosted before, and makes a device of its owner's for this app.
    pub(crate) async fn found(
        &self,
        nick: &str,
        space: &str,
    ) -> Result<(ServerAddress, Registered), HostError> {
        let nick = cut_text(nick.trim(), limits::NICK_BYTES);
        let space = cut_text(space, limits::SPACE_NAME_BYTES).to_owned();
        let mut guard = self.running.lock().await;
        let running = if let Some(running) = guard.as_mut() {
            running
        } else {
            let fresh = Record {
                space,
                owner: None,
                is_shared: false,
                port: 0,
                shared_port: 0,
            };
            let record = self.load()?.unwrap_or(fresh);
            guard.insert(self.start(record).await?)
        };
        let owner = match &running.record.owner {
            Some(owner) => owner.clone(),
            None => self.make_owner(&running.server, nick).await?,
        };
        running.record.owner = Some(owner.clone());
        self.save(&running.record)?;
        let token = running.server.device_token(&owner, "Tidings").await?;
        let registered = Registered {
            user_id: owner,
            token,
            space: running.record.space.clone(),
        };
        Ok((local_address(running.address), registered))
    }

    /// Comes back when the running space cannot go on (a fault of ours in its writer).
    pub(crate) async fn failed(&self) {
        loop {
            let failed = self.running.lock().await.as_ref().map(|it| it.server.failed());
            match failed {
                Some(failed) => {
                    failed.await;
                    // One that was stopped did not fail.
                    if self.running.lock().await.is_some() {
                        return;
                    }
                }
                None => self.started.notified().await,
            }
        }
    }

    /// Starts the space that failed anew. Answers with where it listens now; nothing where none runs any longer.
    pub(crate) async fn restart(&self) -> Result<Option<ServerAddress>, HostError> {
        if self.running.lock().await.is_none() {
            return Ok(None);
        }
        self.stop().await;
        self.resume().await
    }

    /// Stops the server until the next start of the app.
    pub(crate) async fn stop(&self) {
        let Some(running) = self.running.lock().await.take() else {
            return;
        };
        running.local.stop().await;
        if let Some(shared) = running.shared {
            shared.listening.stop().await;
        }
        running.server.shutdown().await;
    }

    /// How it stands.
    pub(crate) async fn status(&self) -> HostStatus {
        let guard = self.running.lock().await;
        let Some(running) = guard.as_ref() else {
            return HostStatus::default();
        };
        let people = running
            .server
            .people()
            .await
            .into_iter()
            .map(profile_view)
            .collect();
        let online_user_ids = running.server.online().into_iter().map(String::from).collect();
        HostStatus {
            is_host: true,
            space: running.record.space.clone(),
            is_shared: running.shared.is_some(),
            addresses: running.shared.as_ref().map(shared_addresses).unwrap_or_default(),
            fingerprint: running.shared.as_ref().map(|shared| shared.pin.to_string()),
            people,
            online_user_ids,
        }
    }

    /// Lets the local network in, or shuts it out again.
    pub(crate) async fn set_shared(&self, wanted: bool) -> Result<(), HostError> {
        let mut guard = self.running.lock().await;
        let running = guard.as_mut().ok_or(HostError::NotHosting)?;
        match running.shared.take() {
            None if wanted => running.shared = Some(self.share(&running.server, &mut running.record).await?),
            Some(shared) if !wanted => shared.listening.stop().await,
            unchanged => running.shared = unchanged,
        }
        running.record.is_shared = wanted;
        self.save(&running.record)
    }

    /// An invitation: over the local network while the space is shared, else for this computer only.
    pub(crate) async fn invite(&self) -> Result<Invitation, HostError> {
        let guard = self.running.lock().await;
        let running = guard.as_ref().ok_or(HostError::NotHosting)?;
        let made = running
            .server
            .make_invitation(INVITATION_USES, INVITATION_LASTS)
            .await?;
        let over_network = running.shared.as_ref().and_then(|shared| {
            let host = lan_addresses().first()?.to_string();
            Some(ServerAddress {
                host,
                port: shared.listening.addr().port(),
                tls: true,
                pin: Some(shared.pin),
            })
        });
        let server = over_network.unwrap_or_else(|| local_address(running.address));
        let link = InvitationLink {
            server,
            code: made.code,
        }
        .to_string();
        let qr = invitation::qr_rows(&link).ok_or(HostError::Drawing)?;
        Ok(Invitation {
            link,
            qr,
            expires_at: made.expires_at_ms,
        })
    }

    async fn start(&self, mut record: Record) -> Result<Running, HostError> {
        let data = self.profile.join("space");
        make_private_dir(&data)?;
        let config = Config {
            space_name: record.space.clone(),
            registration: RegistrationPolicy::Invite,
            ..Config::default()
        };
        let server = Server::open(&data, config, Arc::clone(&self.clock), Arc::clone(&self.chance)).await?;
        let local = listen_near(&server, Ipv4Addr::LOCALHOST, record.port, None).await?;
        let address = local.addr();
        record.port = address.port();
        let shared = if record.is_shared {
            self.share(&server, &mut record).await.map(Some)
        } else {
            Ok(None)
        };
        let shared = shared.unwrap_or_else(|error| {
            // The owner still gets to their own space; the settings show that it is not shared.
            tracing::error!(%error, "the space cannot be shared");
            None
        });
        self.save(&record)?;
        self.started.notify_one();
        Ok(Running {
            server,
            record,
            address,
            shared,
            local,
        })
    }

    async fn share(&self, server: &Server, record: &mut Record) -> Result<Shared, HostError> {
        let names: Vec<String> = lan_addresses().iter().map(ToString::to_string).collect();
        let identity = TlsIdentity::load_or_create(&self.profile.join("space"), &names)?;
        let pin = identity.fingerprint();
        let listening =
            listen_near(server, Ipv4Addr::UNSPECIFIED, record.shared_port, Some(identity)).await?;
        record.shared_port = listening.addr().port();
        Ok(Shared { listening, pin })
    }

    async fn make_owner(&self, server: &Server, nick: &str) -> Result<UserId, HostError> {
        let taken: Vec<UserId> = server
            .people()
            .await
            .into_iter()
            .map(|profile| profile.user_id)
            .collect();
        let id = user_id_candidates(nick)
            .find(|id| !taken.contains(id))
            .ok_or(HostError::NoUserId)?;
        // Nobody needs this password: the app signs in with a device token, and other devices of the owner's come later.
        let mut secret = [0; 24];
        self.chance.fill(&mut secret);
        let password: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        server.add_user(id.clone(), nick, &password).await?;
        Ok(id)
    }

    fn load(&self) -> Result<Option<Record>, HostError> {
        match std::fs::read(self.profile.join("host.json")) {
            Ok(text) => Ok(Some(
                serde_json::from_slice(&text).map_err(std::io::Error::other)?,
            )),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn save(&self, record: &Record) -> Result<(), HostError> {
        let text = serde_json::to_vec_pretty(record).map_err(std::io::Error::other)?;
        Ok(write_private_file(&self.profile.join("host.json"), &text)?)
    }
}

/// Listens on the port that was used before, or on a free one when that is taken.
async fn listen_near(
    server: &Server,
    address: Ipv4Addr,
    port: u16,
    identity: Option<TlsIdentity>,
) -> Result<Listening, HostError> {
    let kept = SocketAddr::from((address, port));
    match server.listen(kept, identity.clone()).await {
        Err(error) if port != 0 => {
            tracing::warn!(%error, port, "the port is not free any longer: taking another");
            Ok(server.listen(SocketAddr::from((address, 0)), identity).await?)
        }
        listening => Ok(listening?),
    }
}

fn local_address(address: SocketAddr) -> ServerAddress {
    ServerAddress {
        host: address.ip().to_string(),
        port: address.port(),
        tls: false,
        pin: None,
    }
}

fn shared_addresses(shared: &Shared) -> Vec<String> {
    let port = shared.listening.addr().port();
    lan_addresses()
        .iter()
        .map(|address| format!("{address}:{port}"))
        .collect()
}

/// This computer's addresses in the local network, the likeliest first.
fn lan_addresses() -> Vec<Ipv4Addr> {
    let Ok(interfaces) = if_addrs::get_if_addrs() else {
        return Vec::new();
    };
    let mut found: Vec<(bool, Ipv4Addr)> = interfaces
        .into_iter()
        .filter_map(|interface| match interface.ip() {
            IpAddr::V4(address) if !address.is_loopback() && !address.is_link_local() => {
                Some((is_virtual(&interface.name), address))
            }
            _ => None,
        })
        .collect();
    found.sort_by_key(|(is_virtual, address)| (*is_virtual, !address.is_private()));
    found.into_iter().map(|(_, address)| address).collect()
}

/// Whether an interface belongs to containers or virtual machines, where nobody else is.
fn is_virtual(name: &str) -> bool {
    ["docker", "br-", "veth", "virbr", "podman", "lxc", "tun", "wg"]
        .iter()
        .any(|start| name.starts_with(start))
}

/// User ids that resemble a name: lower-case letters and digits, then the same with numbers.
fn user_id_candidates(nick: &str) -> impl Iterator<Item = UserId> {
    let mut slug = String::new();
    for letter in nick.chars().take(limits::NICK_BYTES) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    // Room for the numbers.
    slug.truncate(limits::USER_ID_BYTES - 8);
    let slug = match slug.trim_end_matches('-') {
        "" => "host".to_owned(),
        slug => slug.to_owned(),
    };
    (1..10_000).filter_map(move |number: u32| {
        UserId::new(if number == 1 {
            slug.clone()
        } else {
            format!("{slug}{number}")
        })
        .ok()
    })
}

fn profile_view(profile: tidings_protocol::Profile) -> ProfileView {
    let avatar_colour = profile
        .avatar_colour
        .unwrap_or_else(|| colour_of_id(profile.user_id.as_str()));
    ProfileView {
        user_id: profile.user_id.into(),
        nick: profile.nick,
        avatar_colour,
    }
}

/// Makes sure of as many descriptors as this process may have: a space that is hosted here has one for each connection, and files on
/// their way have some as well.
pub(crate) fn have_descriptors() {
    if let Err(error) = tidings_server::raise_descriptor_limit() {
        tracing::warn!(%error, "the limit of open files stays");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(nick: &str) -> String {
        user_id_candidates(nick).next().unwrap().into()
    }

    #[test]
    fn a_user_id_is_made_from_the_name() {
        assert_eq!(first("Ann"), "ann");
        assert_eq!(first("  Ann O'Hara  "), "ann-o-hara");
        assert_eq!(first("王小明"), "host");
        assert_eq!(first("Zoë 9"), "zo-9");
        assert_eq!(first(""), "host");
        assert_eq!(first("!!!"), "host");
        assert_eq!(first(&"x".repeat(5000)), "x".repeat(24));
    }

    #[test]
    fn a_taken_user_id_gets_a_number() {
        let ids: Vec<String> = user_id_candidates("Ann").take(3).map(String::from).collect();
        assert_eq!(ids, ["ann", "ann2", "ann3"]);
    }

    fn host(dir: &std::path::Path) -> Host {
        let clock = tidings_protocol::SystemClock::default();
        Host::in_profile(
            dir.to_owned(),
            Arc::new(clock),
            Arc::new(tidings_protocol::SystemChance),
        )
    }

    #[tokio::test]
    async fn a_space_comes_back_on_its_port_with_its_owner() {
        let temp = tempfile::tempdir().unwrap();
        let first = host(temp.path());
        assert!(first.resume().await.unwrap().is_none());
        assert!(!first.status().await.is_host);
        let (address, owner) = first.found("Ann", "Ann’s space").await.unwrap();
        assert_eq!(
            (owner.user_id.as_str(), owner.space.as_str()),
            ("ann", "Ann’s space")
        );
        assert_eq!(first.status().await.people.len(), 1);
        first.stop().await;

        let second = host(temp.path());
        assert_eq!(second.resume().await.unwrap().as_ref(), Some(&address));
        // Signed out: the space runs on, and the owner comes back to it.
        let (there, again) = second.found("Ann", "another name").await.unwrap();
        assert_eq!(there, address);
        assert_eq!(
            (again.user_id.as_str(), again.space.as_str()),
            ("ann", "Ann’s space")
        );
        assert_ne!(again.token, owner.token);
        second.stop().await;
    }

    #[tokio::test]
    async fn a_space_that_failed_is_started_anew_on_its_port() {
        let temp = tempfile::tempdir().unwrap();
        let host = host(temp.path());
        assert!(host.restart().await.unwrap().is_none());
        let (address, _) = host.found("Ann", "x").await.unwrap();
        assert_eq!(host.restart().await.unwrap(), Some(address));
        assert_eq!(host.status().await.people.len(), 1);
        host.stop().await;
        assert!(host.restart().await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_port_that_somebody_took_is_replaced_and_kept() {
        let temp = tempfile::tempdir().unwrap();
        let first = host(temp.path());
        let (before, _) = first.found("Ann", "x").await.unwrap();
        first.stop().await;
        let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, before.port)).unwrap();
        let second = host(temp.path());
        let after = second.resume().await.unwrap().unwrap();
        assert_ne!(after.port, before.port);
        second.stop().await;
        drop(taken);
        let third = host(temp.path());
        assert_eq!(third.resume().await.unwrap(), Some(after));
        third.stop().await;
    }

    #[tokio::test]
    async fn a_space_is_shared_only_when_asked_and_keeps_its_fingerprint() {
        let temp = tempfile::tempdir().unwrap();
        let first = host(temp.path());
        assert!(matches!(first.invite().await, Err(HostError::NotHosting)));
        first.found("Ann", "x").await.unwrap();
        assert!(!first.status().await.is_shared);
        let alone = first.invite().await.unwrap();
        assert!(alone.link.starts_with("tidings://join/127.0.0.1:") && alone.link.ends_with("?tls=none"));

        first.set_shared(true).await.unwrap();
        let shared = first.status().await;
        let fingerprint = shared.fingerprint.clone().unwrap();
        assert!(shared.is_shared);
        if !shared.addresses.is_empty() {
            let link = first.invite().await.unwrap().link;
            assert!(link.ends_with(&format!("?tls={fingerprint}")), "{link}");
        }
        first.stop().await;

        let second = host(temp.path());
        second.resume().await.unwrap();
        assert_eq!(second.status().await.fingerprint, Some(fingerprint));
        second.set_shared(false).await.unwrap();
        assert!(!second.status().await.is_shared);
        second.stop().await;
    }
}
