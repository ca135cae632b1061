//! Who is signed in, in a file of its own: a damaged cache signs nobody out.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tidings_protocol::{ServerAddress, TlsPin, cut_text, limits};

/// A signed-in account. Holds the token, so it is not `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) user_id: String,
    pub(crate) token: String,
    pub(crate) space: String,
    pub(crate) server: Server,
    pub(crate) is_host: bool,
}

/// A [`ServerAddress`] as the file holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Server {
    host: String,
    port: u16,
    tls: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pin: Option<String>,
}

impl From<&ServerAddress> for Server {
    fn from(address: &ServerAddress) -> Self {
        Self {
            host: address.host.clone(),
            port: address.port,
            tls: address.tls,
            pin: address.pin.map(|pin| pin.to_string()),
        }
    }
}

impl Server {
    /// None that is known.
    pub(crate) fn unknown() -> Self {
        Self {
            host: String::new(),
            port: 0,
            tls: false,
            pin: None,
        }
    }

    pub(crate) fn address(&self) -> ServerAddress {
        ServerAddress {
            host: self.host.clone(),
            port: self.port,
            tls: self.tls,
            pin: self.pin.as_deref().and_then(|pin| pin.parse().ok()),
        }
    }
}

impl Account {
    /// As people write the server: typed again, it leads to the same place.
    pub(crate) fn server_as_typed(&self) -> String {
        if self.server.host.is_empty() {
            return String::new();
        }
        let name = self.server_name();
        let plain = !self.server.tls;
        let guessed = ServerAddress::from_typed(&name).is_ok_and(|guess| !guess.tls);
        if plain && !guessed {
            format!("http://{name}")
        } else {
            name
        }
    }

    fn server_name(&self) -> String {
        server_name(&self.server.address())
    }

    /// Whether it came out of an export and nobody has signed in since: there is no token.
    pub(crate) fn is_imported(&self) -> bool {
        self.token.is_empty()
    }

    /// Whose cache this is: a user of a server. A hosted space's port changes with each start.
    pub(crate) fn owner(&self) -> String {
        let server = if self.is_host {
            "host".to_owned()
        } else {
            self.server_name()
        };
        format!("{}\n{server}", self.user_id)
    }

    /// The space's name, cut to its limit.
    pub(crate) fn space_name(&self) -> String {
        cut_text(&self.space, limits::SPACE_NAME_BYTES).to_owned()
    }
}

fn server_name(address: &ServerAddress) -> String {
    format!("{}:{}", address.host, address.port)
}

/// What the file holds.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Contents {
    #[serde(default)]
    account: Option<Account>,
    /// The pins of servers that were signed in to: who signs in again by typing the address gets the same certificate
    /// or none.
    #[serde(default)]
    pins: BTreeMap<String, String>,
}

/// How many pins are kept.
const PINS: usize = 32;

/// The file.
pub(crate) struct AccountFile {
    path: PathBuf,
    contents: Contents,
}

impl AccountFile {
    /// Reads `dir/account.json`; without one, nobody is signed in. A file that cannot be understood is set aside.
    pub(crate) fn open(dir: &Path) -> io::Result<Self> {
        let path = dir.join("account.json");
        let contents = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|_| {
                tracing::warn!("the account's file cannot be understood; sign in again");
                let _ = fs::rename(&path, dir.join("account.json.damaged"));
                Contents::default()
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Contents::default(),
            Err(error) => return Err(error),
        };
        Ok(Self { path, contents })
    }

    pub(crate) fn account(&self) -> Option<&Account> {
        self.contents.account.as_ref()
    }

    /// The certificate that this server is known by.
    pub(crate) fn pin(&self, server: &ServerAddress) -> Option<TlsPin> {
        self.contents
            .pins
            .get(&server_name(server))
            .and_then(|pin| pin.parse().ok())
    }

    /// Signs in or out, on disk before it returns.
    pub(crate) fn set(&mut self, account: Option<Account>) -> io::Result<()> {
        let mut contents = self.contents.clone();
        if let Some(account) = &account
            && let Some(pin) = &account.server.pin
        {
            contents.pins.insert(account.server_name(), pin.clone());
            while contents.pins.len() > PINS {
                contents.pins.pop_first();
            }
        }
        contents.account = account;
        write_whole(&self.path, &serde_json::to_vec_pretty(&contents)?)?;
        self.contents = contents;
        Ok(())
    }
}

/// The old file or the new one, never half of either.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("json.new");
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        Account {
            user_id: "ann".into(),
            token: "secret".into(),
            space: "Home".into(),
            server: (&ServerAddress {
                host: "192.168.1.7".into(),
                port: 4433,
                tls: true,
                pin: Some(TlsPin([7; 32])),
            })
                .into(),
            is_host: false,
        }
    }

    #[test]
    fn an_account_comes_back_and_its_pin_outlives_it() {
        let dir = tempfile::tempdir().unwrap();
        AccountFile::open(dir.path())
            .unwrap()
            .set(Some(account()))
            .unwrap();
        let mut file = AccountFile::open(dir.path()).unwrap();
        assert_eq!(file.account().unwrap().token, "secret");
        assert_eq!(
            file.account().unwrap().server.address().pin,
            Some(TlsPin([7; 32]))
        );
        file.set(None).unwrap();
        let file = AccountFile::open(dir.path()).unwrap();
        assert!(file.account().is_none());
        assert_eq!(file.pin(&account().server.address()), Some(TlsPin([7; 32])));
    }

    #[cfg(unix)]
    #[test]
    fn h51_the_token_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        AccountFile::open(dir.path())
            .unwrap()
            .set(Some(account()))
            .unwrap();
        let mode = fs::metadata(dir.path().join("account.json"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_makes_no_sense_signs_out_and_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("account.json"), "{").unwrap();
        assert!(AccountFile::open(dir.path()).unwrap().account().is_none());
        assert!(dir.path().join("account.json.damaged").exists());
    }
}
