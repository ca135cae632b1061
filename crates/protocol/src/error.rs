//! Error codes and kinds. A code is for programs and stays for ever; a kind groups codes by what a person
//! can do; the message is English, for logs and developers. The UI words errors for people by code and kind.

use serde::{Deserialize, Serialize};

/// Numeric codes: TIM's where TIM has one (R 1.14), ours from 120000 up.
pub mod code {
    /// A parameter is missing or wrong (TIM REST 70402).
    pub const BAD_PARAMETER: i32 = 70402;
    /// Something went wrong inside the server (70500).
    pub const INTERNAL: i32 = 70500;
    /// UserSig expired (70001).
    pub const USER_SIG_EXPIRED: i32 = 70001;
    /// UserSig malformed (70003).
    pub const USER_SIG_MALFORMED: i32 = 70003;
    /// UserSig's signature does not match (70009).
    pub const USER_SIG_MISMATCH: i32 = 70009;
    /// UserSig names another user (70013).
    pub const USER_SIG_USER: i32 = 70013;
    /// UserSig names another application (70014).
    pub const USER_SIG_APP: i32 = 70014;
    /// This space takes no UserSig: it has no key (70016).
    pub const USER_SIG_NO_KEY: i32 = 70016;
    /// Too many attempts (70050).
    pub const TOO_FREQUENT: i32 = 70050;
    /// The device's token is unknown, expired or revoked (TIM 20002).
    pub const TOKEN_INVALID: i32 = 20002;
    /// A C2C packet that makes no sense (20001).
    pub const BAD_PACKET: i32 = 20001;
    /// No such user (20003).
    pub const NO_SUCH_USER: i32 = 20003;
    /// A frame that is not the JSON it must be (90001).
    pub const BAD_JSON: i32 = 90001;
    /// A payload that does not have the form of its type (90002).
    pub const BAD_PAYLOAD: i32 = 90002;
    /// A message type that this server does not take (90010).
    pub const BAD_MESSAGE_TYPE: i32 = 90010;
    /// A message over 12 KB (80002).
    pub const MESSAGE_TOO_LARGE: i32 = 80002;
    /// No such conversation (2500).
    pub const NO_SUCH_CONVERSATION: i32 = 2500;
    /// Not a conversation id (2503).
    pub const BAD_CONVERSATION_ID: i32 = 2503;
    /// Network trouble (2800).
    pub const NETWORK: i32 = 2800;
    /// No answer in time (2801).
    pub const TIMEOUT: i32 = 2801;
    /// There is no network (2805).
    pub const NO_NETWORK: i32 = 2805;
    /// Not signed in (2024).
    pub const NOT_SIGNED_IN: i32 = 2024;
    /// Sending failed (2100).
    pub const SEND_FAILED: i32 = 2100;

    /// The file is empty (2108).
    pub const FILE_EMPTY: i32 = 2108;
    /// Not an image that can be sent as one (2252).
    pub const IMAGE_TYPE: i32 = 2252;
    /// The image is too large (2253).
    pub const IMAGE_TOO_LARGE: i32 = 2253;
    /// The image cannot be uploaded (2250).
    pub const IMAGE_UPLOAD: i32 = 2250;
    /// The voice message cannot be uploaded (2300).
    pub const SOUND_UPLOAD: i32 = 2300;
    /// The voice message is too large (2301).
    pub const SOUND_TOO_LARGE: i32 = 2301;
    /// The video cannot be uploaded (2350).
    pub const VIDEO_UPLOAD: i32 = 2350;
    /// The video is too large (2351).
    pub const VIDEO_TOO_LARGE: i32 = 2351;
    /// Not a video that can be sent as one (2352).
    pub const VIDEO_TYPE: i32 = 2352;
    /// The file cannot be uploaded (2400).
    pub const FILE_UPLOAD: i32 = 2400;
    /// No file was chosen (2401).
    pub const FILE_NOT_CHOSEN: i32 = 2401;
    /// The file is too large (2402).
    pub const FILE_TOO_LARGE: i32 = 2402;
    /// The recipient has blocked the sender (20007).
    pub const BLOCKED: i32 = 20007;
    /// Recalled too late, C2C (20016).
    pub const RECALL_TOO_LATE: i32 = 20016;
    /// Recalled too late, in a group (10031).
    pub const GROUP_RECALL_TOO_LATE: i32 = 10031;
    /// There is no such message to recall (10030).
    pub const NO_SUCH_MESSAGE: i32 = 10030;
    /// This message cannot be recalled: a tip, a notice, or recalled already (10032).
    pub const NOT_RECALLABLE: i32 = 10032;
    /// A request about a group that makes no sense (10004).
    pub const GROUP_PARAMETER: i32 = 10004;
    /// Too many people at once (10005).
    pub const TOO_MANY_PEOPLE: i32 = 10005;
    /// Not allowed in this group, for this role (10007).
    pub const NO_PERMISSION: i32 = 10007;
    /// The owner cannot leave before somebody else owns the group (10009).
    pub const OWNER_CANNOT_QUIT: i32 = 10009;
    /// The group is no more, or one is not in it (10010).
    pub const GROUP_GONE: i32 = 10010;
    /// In the group already (10013).
    pub const ALREADY_MEMBER: i32 = 10013;
    /// The group is full (10014).
    pub const GROUP_FULL: i32 = 10014;
    /// There is no such group (10015).
    pub const NO_SUCH_GROUP: i32 = 10015;
    /// May not speak in this group for now (10017).
    pub const MUTED: i32 = 10017;
    /// The group's id is taken (10021).
    pub const GROUP_ID_TAKEN: i32 = 10021;
    /// Somebody has answered this request to join (10024).
    pub const ALREADY_HANDLED: i32 = 10024;

    /// User id and password do not belong together; the same for an unknown user (H40).
    pub const WRONG_CREDENTIALS: i32 = 120_001;
    /// The user id is taken.
    pub const USER_ID_TAKEN: i32 = 120_002;
    /// The invitation is unknown, expired or used up.
    pub const INVITATION_INVALID: i32 = 120_003;
    /// This space takes new people only with an invitation.
    pub const INVITATION_NEEDED: i32 = 120_004;
    /// This space takes no new people.
    pub const REGISTRATION_CLOSED: i32 = 120_005;
    /// The password is too short or too long.
    pub const BAD_PASSWORD: i32 = 120_006;
    /// Not a user id: 1 to 32 bytes of printable ASCII.
    pub const BAD_USER_ID: i32 = 120_007;
    /// The other side speaks another version of the protocol.
    pub const PROTOCOL_VERSION: i32 = 120_008;
    /// What answered there is not a Tidings server.
    pub const NOT_TIDINGS: i32 = 120_009;
    /// The server showed another certificate than the one pinned, or one that nobody vouches for.
    pub const CERTIFICATE: i32 = 120_010;
    /// This client read too slowly and was let go; it comes back and asks for what it missed.
    pub const SLOW_CONSUMER: i32 = 120_011;
    /// The server is full or shutting down; try again.
    pub const UNAVAILABLE: i32 = 120_012;
    /// The server's or this computer's disk is full or failing.
    pub const DISK: i32 = 120_013;
    /// A frame over its limit.
    pub const FRAME_TOO_LARGE: i32 = 120_014;
    /// Too many requests on one connection.
    pub const TOO_MANY_REQUESTS: i32 = 120_015;
    /// The link is not an invitation link.
    pub const BAD_LINK: i32 = 120_016;
    /// The server address cannot be understood.
    pub const BAD_ADDRESS: i32 = 120_017;
    /// A limit of this space is reached (people, devices, conversations).
    pub const LIMIT_REACHED: i32 = 120_018;
    /// There is no such file, or it is not for this user.
    pub const NO_SUCH_FILE: i32 = 120_025;
    /// What arrived is not what was announced: another hash, another length.
    pub const FILE_DIFFERS: i32 = 120_020;
    /// The user's uploads fill what the space gives one user.
    pub const QUOTA: i32 = 120_021;
    /// The file changed, shrank or vanished while it was read.
    pub const FILE_CHANGED: i32 = 120_022;
    /// There is no dialog, clipboard or microphone to be had on this desktop.
    pub const NOT_ON_THIS_DESKTOP: i32 = 120_023;
    /// The picture or video cannot be decoded within its limits.
    pub const UNDECODABLE: i32 = 120_024;
}

/// What an error is about, coarse enough for a person's next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The request was wrong; the same again will fail again.
    BadRequest,
    /// Sign in again.
    Unauthorised,
    /// Known, but not allowed.
    Forbidden,
    /// It is not there.
    NotFound,
    /// It is there already.
    Conflict,
    /// Over a limit.
    TooLarge,
    /// Later; `retry_after_ms` says when.
    RateLimited,
    /// Later; nothing is wrong with the request.
    Unavailable,
    /// No way to the server just now.
    Network,
    /// A fault of ours.
    Internal,
    /// A kind that a newer server knows.
    #[serde(other)]
    Unknown,
}

/// An error as it crosses the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code} {message}")]
pub struct WireError {
    /// One of [`code`].
    pub code: i32,
    /// What a person can do.
    pub kind: ErrorKind,
    /// English, for developers. Never holds a secret or a message's text.
    pub message: String,
    /// When trying again makes sense, in milliseconds from now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl WireError {
    /// An error of this code and kind.
    pub fn new(code: i32, kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            code,
            kind,
            message: message.into(),
            retry_after_ms: None,
        }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub fn is_passing(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::RateLimited | ErrorKind::Unavailable | ErrorKind::Network | ErrorKind::Internal
        )
    }
}
