//! What crosses the wire between a Tidings app and a Tidings server: types, ids, limits, error codes.
//!
//! Nothing here does I/O. The engine and the server share this crate and nothing else, so whatever both
//! must agree on belongs here. `docs/protocol.md` tells the same to people who write another client.

mod environment;
mod error;
mod extras;
mod frame;
mod group;
mod head;
mod http;
mod ids;
pub mod limits;
mod link;
mod media;
mod message;
mod notices;
mod profile;

pub use environment::{Chance, Clock, SystemChance, SystemClock, new_client_id};
pub use error::{ErrorKind, WireError, code};
pub use extras::{Altered, EVERYBODY, Extras, ExtrasError, PushInfo, Reaction};
pub use frame::{
    Blocked, ChangeSettings, Changes, ChangesRequest, ClientFrame, EditMessage, FindPeople, GetHeads, Heads,
    Hello, HistoryRequest, MarkRead, NameCardChange, OfMessage, Page, People, ProfileUpdate, ProfilesRequest,
    Push, ReactTo, Receipt, Removed, Request, SendMessage, Sent, ServerFrame, Users, Welcome,
};
pub use group::{
    Added, AnswerApplication, AskReadBy, CreateGroup, GroupMember, GroupProfile, GroupRequest, GroupType,
    Groups, JoinGroup, JoinOption, JoinStatus, Joined, ListMembers, Members, Membership, MuteMember, OfGroup,
    OfMember, OfMembers, OwnGroup, ReadBy, RemindType, RemoveMembers, Role, SetNameCard, SetRole,
    UpdateGroup,
};
pub use head::{ConversationSettings, Head, MarkedRead};
pub use http::{Registered, Registration, RegistrationPolicy, SignIn, SignInProof, SpaceInfo};
pub use ids::{ClientId, ConversationId, GroupId, IdError, UserId};
pub use link::{InvitationLink, LinkError, ServerAddress, TlsPin};
pub use media::{
    FileId, FileIdError, FileKind, FilePayload, ImageInfo, ImagePayload, MediaLimits, MediaPayload,
    SoundPayload, VideoPayload,
};
pub use message::{ConversationKind, Message, MessageType, PayloadError, Priority, check_payload};
pub use notices::{ChangedProfile, GroupTip, Handled, MutedMember, NamedGroup, SystemNotice, notice, tip};
pub use profile::{Profile, colour_of_id, cut_text};

/// The version of the wire that this crate speaks. A server refuses a hello of another version with
/// [`code::PROTOCOL_VERSION`].
pub const PROTOCOL_VERSION: u32 = 1;
