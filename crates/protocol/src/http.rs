//! The bodies of the HTTP endpoints: what happens before there is a token.
//!
//! `GET /v1/space` -> [`SpaceInfo`]; `POST /v1/register` [`Registration`] -> [`Registered`];
//! `POST /v1/sign-in` [`SignIn`] -> [`Registered`]; `GET /v1/socket` upgrades to the WebSocket.
//! A refusal is a [`crate::WireError`] as JSON with a status of 400 and above.

use serde::{Deserialize, Serialize};

use crate::UserId;

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationPolicy {
    /// Anybody who reaches the server.
    Open,
    /// Who has an invitation; the default.
    #[default]
    Invite,
    /// Nobody; accounts are made with `tidings-server user add` or come by UserSig.
    Closed,
}

/// What a server says of itself to anybody.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SpaceInfo {
    /// Always `tidings`: how an app knows that it has the right kind of server.
    pub product: String,
    /// [`crate::PROTOCOL_VERSION`].
    pub protocol: u32,
    /// The space's name.
    pub name: String,
    /// Who may join.
    pub registration: RegistrationPolicy,
}

/// Makes an account and signs its first device in.
#[derive(Clone, Serialize, Deserialize)]
pub struct Registration {
    /// The id wanted.
    pub user_id: UserId,
    /// The name to show.
    #[serde(default)]
    pub nick: String,
    /// 8 to 256 bytes.
    pub password: String,
    /// The code of an invitation, where one is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<String>,
    /// What to call this device.
    #[serde(default)]
    pub device_name: String,
}

/// Signs a device in.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignIn {
    /// Who.
    pub user_id: UserId,
    /// How they show that they are.
    #[serde(flatten)]
    pub proof: SignInProof,
    /// What to call this device.
    #[serde(default)]
    pub device_name: String,
}

/// A password, or a TIM UserSig (R 1.17).
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInProof {
    /// `"password": "…"`
    Password(String),
    /// `"user_sig": "…"`
    UserSig(String),
}

/// A device is signed in.
#[derive(Clone, Serialize, Deserialize)]
pub struct Registered {
    /// Who.
    pub user_id: UserId,
    /// The device's token, for [`crate::Hello`]. The server keeps only its hash.
    pub token: String,
    /// The space's name.
    pub space: String,
}
