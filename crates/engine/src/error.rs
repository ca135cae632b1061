//! What can go wrong, in one type; [`EngineError::view`] is how the UI hears of it.

use tidings_protocol::{ErrorKind, IdError, PayloadError, WireError, code};

use crate::view::ErrorView;

/// Neither a user nor a group of this id exists (TIM 2501, R-H7).
pub const NO_SUCH_PEER: i32 = 2501;

/// The space that this app hosts does not run.
pub const HOST_DOWN: i32 = 120_019;

/// The disk that an export goes to is full.
pub const EXPORT_FULL: i32 = 120_026;

/// The folder of an export cannot be written to, or is gone.
pub const EXPORT_FOLDER: i32 = 120_027;

/// The folder holds no whole export.
pub const NOT_AN_EXPORT: i32 = 120_028;

/// The export was written by a newer version of Tidings.
pub const EXPORT_NEWER: i32 = 120_029;

/// What is here came out of an export of somebody else, or of another space.
pub const EXPORT_OTHER: i32 = 120_030;

/// There are messages here already, so that nothing can be imported.
pub const PROFILE_TAKEN: i32 = 120_031;

/// An export or import runs already.
pub const EXPORT_RUNNING: i32 = 120_032;

/// The export or import was stopped.
pub const EXPORT_STOPPED: i32 = 120_033;

/// What is here came out of an export, and nobody has signed in since.
pub const IMPORTED: i32 = 120_034;

/// What was chosen to be sent is a device, a pipe, a socket or a folder.
pub(crate) const NOT_A_FILE: i32 = 120_035;

/// The profile is open in another process.
pub(crate) const IN_USE: i32 = 120_036;

/// Why the engine could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Nobody is signed in on this profile (2024).
    #[error("nobody is signed in")]
    NotSignedIn,
    /// The server refused, or answered what only it can say.
    #[error(transparent)]
    Refused(#[from] WireError),
    /// No way to the server just now (2800).
    #[error("no connection: {0}")]
    Network(String),
    /// The server did not answer in time (2801).
    #[error("no answer in time")]
    Timeout,
    /// The certificate is another one than the one pinned, or nobody vouches for it (120010).
    #[error("the server's certificate is not the one expected, or nobody vouches for it")]
    Certificate,
    /// What answered is not a Tidings server (120009).
    #[error("what answered is not a Tidings server")]
    NotTidings,
    /// The server speaks another version of the protocol (120008).
    #[error("the server speaks version {0} of the protocol")]
    ProtocolVersion(u32),
    /// Not a conversation that messages can be sent to (2503).
    #[error("not a conversation id")]
    BadConversation,
    /// No such conversation (2500).
    #[error("no such conversation")]
    NoSuchConversation,
    /// No such user (2501).
    #[error("no such user")]
    NoSuchPeer,
    /// A parameter that makes no sense (70402).
    #[error("{0}")]
    BadParameter(&'static str),
    /// An id that is none (70402).
    #[error("bad id: {0}")]
    BadId(#[from] IdError),
    /// A payload that cannot be sent.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// There is no such message in the outbox (70402).
    #[error("no such message waits or has failed")]
    NoSuchMessage,
    /// There is no such draft attachment (70402).
    #[error("no such attachment")]
    NoSuchAttachment,
    /// What a file says of itself cannot be sent, or the file is not what it was; the code is TIM's where TIM has one.
    #[error("{message}")]
    File {
        /// Stable.
        code: i32,
        /// What a person can do.
        kind: ErrorKind,
        /// English, for developers.
        message: &'static str,
    },
    /// Another process, or another engine of this one, has this profile open (B18; 120036).
    #[error("this profile is open already")]
    InUse,
    /// The cache could not be read or written (120013).
    #[error("the cache: {0}")]
    Cache(#[from] rusqlite::Error),
    /// A file of the profile could not be read or written (120013).
    #[error("the profile's files: {0}")]
    Disk(#[from] std::io::Error),
    /// The space that this app hosts did not start (120019).
    #[error("the space on this computer does not run")]
    HostDown,
    /// What is here came out of an export: somebody has to sign in before there is a connection (120034).
    #[error("imported, and not signed in yet")]
    Imported,
    /// A fault of ours (70500).
    #[error("something went wrong inside the app")]
    Fault,
    /// The engine has been closed.
    #[error("the engine is closed")]
    Closed,
}

impl EngineError {
    /// The error for the UI. Its message holds no path, no secret and no message's text.
    pub fn view(&self) -> ErrorView {
        let (code, kind) = match self {
            Self::NotSignedIn => (code::NOT_SIGNED_IN, ErrorKind::Unauthorised),
            Self::Refused(error) => {
                return ErrorView {
                    code: error.code,
                    kind: error.kind,
                    message: error.message.clone(),
                    retry_after_ms: error.retry_after_ms,
                };
            }
            Self::Network(_) => (code::NETWORK, ErrorKind::Network),
            Self::Timeout => (code::TIMEOUT, ErrorKind::Network),
            Self::Certificate => (code::CERTIFICATE, ErrorKind::Forbidden),
            Self::NotTidings => (code::NOT_TIDINGS, ErrorKind::BadRequest),
            Self::ProtocolVersion(_) => (code::PROTOCOL_VERSION, ErrorKind::BadRequest),
            Self::BadConversation => (code::BAD_CONVERSATION_ID, ErrorKind::BadRequest),
            Self::NoSuchConversation => (code::NO_SUCH_CONVERSATION, ErrorKind::NotFound),
            Self::NoSuchPeer => (NO_SUCH_PEER, ErrorKind::NotFound),
            Self::BadParameter(_) | Self::BadId(_) => (code::BAD_PARAMETER, ErrorKind::BadRequest),
            Self::File { code, kind, .. } => (*code, *kind),
            Self::NoSuchMessage | Self::NoSuchAttachment => (code::BAD_PARAMETER, ErrorKind::NotFound),
            Self::Payload(PayloadError::Form | PayloadError::Empty) => {
                (code::BAD_PAYLOAD, ErrorKind::BadRequest)
            }
            Self::Payload(PayloadError::TooLarge(_)) => (code::MESSAGE_TOO_LARGE, ErrorKind::TooLarge),
            Self::Payload(PayloadError::Type) => (code::BAD_MESSAGE_TYPE, ErrorKind::BadRequest),
            Self::InUse => (IN_USE, ErrorKind::Conflict),
            Self::Cache(_) | Self::Disk(_) => (code::DISK, ErrorKind::Internal),
            Self::HostDown => (HOST_DOWN, ErrorKind::Unavailable),
            Self::Imported => (IMPORTED, ErrorKind::Unauthorised),
            Self::Fault => (code::INTERNAL, ErrorKind::Internal),
            Self::Closed => (code::INTERNAL, ErrorKind::Unavailable),
        };
        // SQLite's and the system's own words may name paths; the code says enough.
        let message = match self {
            Self::Cache(_) => "the cache cannot be used".to_owned(),
            Self::Disk(_) => "the profile's files cannot be used".to_owned(),
            other => other.to_string(),
        };
        ErrorView {
            code,
            kind,
            message,
            retry_after_ms: None,
        }
    }

    /// Whether the same may succeed later without anybody changing anything.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Refused(error) => error.is_passing(),
            Self::Network(_) | Self::Timeout | Self::HostDown => true,
            _ => false,
        }
    }
}
