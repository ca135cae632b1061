//! Everything that can grow has a limit. `docs/limits.md` lists these and those of the engine and the server;
//! a test holds the two together.

/// A user id, bytes (R 1.16).
pub const USER_ID_BYTES: usize = 32;
/// A group id, bytes.
pub const GROUP_ID_BYTES: usize = 48;
/// A client id, bytes.
pub const CLIENT_ID_BYTES: usize = 36;
/// A nick, bytes of UTF-8.
pub const NICK_BYTES: usize = 128;
/// A device's name, bytes of UTF-8.
pub const DEVICE_NAME_BYTES: usize = 64;
/// A space's name, bytes of UTF-8.
pub const SPACE_NAME_BYTES: usize = 128;
/// A password, bytes: at least.
pub const PASSWORD_MIN_BYTES: usize = 8;
/// A password, bytes: at most (argon2 would take more; nobody types more).
pub const PASSWORD_MAX_BYTES: usize = 256;
/// A UserSig, bytes of its base64 form.
pub const USER_SIG_BYTES: usize = 4096;
/// The content of one message, bytes of UTF-8 (R-T4).
pub const MESSAGE_BYTES: usize = 12 * 1024;
/// The JSON of one payload, bytes. Above [`MESSAGE_BYTES`] because JSON writes one control character as six bytes.
pub const PAYLOAD_JSON_BYTES: usize = 6 * MESSAGE_BYTES + 256;
/// One frame from a client that is signed in, bytes.
pub const CLIENT_FRAME_BYTES: usize = 128 * 1024;
/// One frame from a client that is not signed in yet, bytes.
pub const HELLO_FRAME_BYTES: usize = 4 * 1024;
/// One frame from a server, bytes.
pub const SERVER_FRAME_BYTES: usize = 4 * 1024 * 1024;
/// The body of an HTTP request that carries no media, bytes.
pub const HTTP_BODY_BYTES: usize = 16 * 1024;
/// Heads in one answer.
pub const HEADS_PAGE: usize = 100;
/// Messages in one page of history on the wire.
pub const HISTORY_PAGE: usize = 100;
/// People in one answer of a search.
pub const PEOPLE_PAGE: usize = 20;
/// Profiles asked for at once.
pub const PROFILES_AT_ONCE: usize = 100;
/// The text of a head's last message, bytes of UTF-8; longer is cut.
pub const PREVIEW_BYTES: usize = 512;
/// A host's name as the DNS spells it, bytes. What people type can be shorter than that.
pub const HOST_BYTES: usize = 253;
/// An invitation link, bytes.
pub const LINK_BYTES: usize = 1024;
/// A group's name, bytes of UTF-8 (R 1.16).
pub const GROUP_NAME_BYTES: usize = 30;
/// A group's introduction, bytes of UTF-8 (R 1.16).
pub const GROUP_INTRODUCTION_BYTES: usize = 240;
/// A group's notification, bytes of UTF-8 (R 1.16).
pub const GROUP_NOTIFICATION_BYTES: usize = 300;
/// A name card, bytes of UTF-8.
pub const NAME_CARD_BYTES: usize = 50;
/// What goes with a request to join, an answer to it, or a removal, bytes of UTF-8.
pub const APPLICATION_BYTES: usize = 300;
/// Members of a Private (Work) group (R 1.16).
pub const PRIVATE_MEMBERS: u32 = 200;
/// Members of a Public group (R 1.16).
pub const PUBLIC_MEMBERS: u32 = 2_000;
/// Members of a ChatRoom (Meeting) (R 1.16).
pub const CHAT_ROOM_MEMBERS: u32 = 10_000;
/// Members of an AVChatRoom.
pub const AUDIENCE_MEMBERS: u32 = 100_000;
/// Members added, removed or asked for at once (R 1.16).
pub const MEMBERS_AT_ONCE: usize = 500;
/// Members in one page (R 1.16).
pub const MEMBERS_PAGE: usize = 100;
/// Groups that one user is in.
pub const GROUPS_OF_ONE: usize = 1_000;
/// People whom one user has blocked (R 1.16).
pub const BLOCKED: usize = 1_000;
/// TIM's cloudCustomData of one message, bytes of UTF-8.
pub const CUSTOM_BYTES: usize = 4096;
/// Mentions in one message.
pub const MENTIONS: usize = 30;
/// Each text of offlinePushInfo, bytes of UTF-8.
pub const PUSH_INFO_BYTES: usize = 1024;
/// One reaction, bytes of UTF-8: the longest emoji sequences have 35.
pub const REACTION_BYTES: usize = 64;
/// Kinds of reactions to one message.
pub const REACTION_KINDS: usize = 20;
/// People behind one kind of reaction to one message.
pub const REACTION_PEOPLE: usize = 100;
/// An image, bytes, unless the space says otherwise: below 20 MB (R-I6).
pub const IMAGE_BYTES: u64 = 20 * 1024 * 1024 - 1;
/// A video, bytes, unless the space says otherwise (R-V6).
pub const VIDEO_BYTES: u64 = 100 * 1024 * 1024;
/// A file, bytes, unless the space says otherwise (R-F2).
pub const FILE_BYTES: u64 = 100 * 1024 * 1024;
/// A voice message, bytes, unless the space says otherwise (R-A4).
pub const SOUND_BYTES: u64 = 20 * 1024 * 1024;
/// A smaller picture of an image or a video, bytes.
pub const PREVIEW_FILE_BYTES: u64 = 4 * 1024 * 1024;
/// One part of an upload, bytes: what is sent again at most after a break (B14).
pub const UPLOAD_PART_BYTES: u64 = 4 * 1024 * 1024;
/// A file's name, bytes of UTF-8 (H20).
pub const FILE_NAME_BYTES: usize = 255;
/// The text below an image, a video or a file, bytes of UTF-8.
pub const CAPTION_BYTES: usize = 4096;
/// A thumbhash, bytes of its base64 form.
pub const THUMBHASH_BYTES: usize = 48;
/// The name of a format, bytes.
pub const FORMAT_BYTES: usize = 16;
/// Numbers in a waveform.
pub const WAVEFORM_BARS: usize = 64;
/// Requests that a client may have unanswered on one connection.
pub const REQUESTS_IN_FLIGHT: usize = 64;
/// How often a client checks its heads, which is also its heartbeat, milliseconds. That the next computer or the way there is gone is
/// noticed sooner, by TCP's own questions (B8); this finds what is gone behind a proxy and a peer that hangs, and keeps proxies from ending
/// what is silent.
pub const HEARTBEAT_MS: u64 = 45_000;
/// How long either side waits without hearing anything before it gives the connection up, milliseconds.
/// The client waits for the answer to its heartbeat, the server for the next one.
pub const CLIENT_PATIENCE_MS: u64 = 10_000;
/// See [`CLIENT_PATIENCE_MS`].
pub const SERVER_PATIENCE_MS: u64 = 80_000;
