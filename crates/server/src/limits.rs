//! Limits of the server alone; those that both ends know are in [`tidings_protocol::limits`]. `docs/limits.md` lists both.

use std::time::Duration;

/// Connections waiting to be accepted by the kernel, connections.
pub const LISTEN_BACKLOG: u32 = 4096;
/// A TLS handshake, from the first byte to the last.
pub const TLS_HANDSHAKE: Duration = Duration::from_secs(10);
/// The head of an HTTP request, from the accepted connection to the empty line (H35, slow-loris).
pub const HTTP_HEAD: Duration = Duration::from_secs(10);
/// One HTTP exchange, all in; one connection carries one.
pub const HTTP_EXCHANGE: Duration = Duration::from_secs(30);
/// The buffer of one HTTP connection, bytes.
pub const HTTP_BUFFER_BYTES: usize = 16 * 1024;
/// From the upgrade to the hello.
pub const HELLO: Duration = Duration::from_secs(10);
/// What waits in memory for one session's socket, bytes; above it the session is let go (B21).
pub const OUTBOUND_BYTES: usize = 1024 * 1024;
/// Payloads of one page of history or of changes, bytes; the message that passes it is the page's last. Well below [`OUTBOUND_BYTES`].
pub const PAGE_BYTES: usize = 512 * 1024;
/// How long a session that was ended has at least to read why; [`SWEEP`] more at most.
pub const LAST_WORDS: Duration = Duration::from_secs(5);
/// How often silent and lingering sessions are looked for.
pub const SWEEP: Duration = Duration::from_secs(5);
/// Fragments of one WebSocket message (H35).
pub const FRAGMENTS: u32 = 256;
/// Nesting of a payload's JSON, levels (H36): what is stored must be readable by every client's parser.
pub const PAYLOAD_DEPTH: usize = 32;
/// What goes with a message beside its payload counts as so much of what waits for the writer, bytes.
pub const EXTRAS_BYTES: usize = 8 * 1024;
/// Sessions of one user at the same time, sessions; the oldest goes.
pub const SESSIONS_PER_USER: usize = 32;
/// Jobs of one group commit, jobs.
pub const BATCH_JOBS: usize = 2048;
/// Content of one group commit, bytes.
pub const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// After a group of so many jobs the writer waits for the next to become large, jobs.
pub const LINGER_FROM_JOBS: usize = 64;
/// So large at most, jobs; it learns to want what is in flight.
pub const LINGER_FOR_JOBS: usize = 1024;
/// But not longer than this.
pub const LINGER: Duration = Duration::from_millis(2);
/// Jobs waiting for the writer, jobs; more are refused as unavailable.
pub const WRITE_QUEUE_JOBS: usize = 65_536;
/// Content waiting for the writer, bytes; more is refused as unavailable.
pub const WRITE_QUEUE_BYTES: usize = 64 * 1024 * 1024;
/// Questions waiting for the readers, questions.
pub const READ_QUEUE_JOBS: usize = 65_536;
/// Threads that read the database, threads.
pub const READERS: usize = 2;
/// The writer's page cache, KiB.
pub const WRITER_CACHE_KIB: i64 = 32 * 1024;
/// A reader's page cache, KiB.
pub const READER_CACHE_KIB: i64 = 4 * 1024;
/// The write-ahead log is brought into the database from this size on, pages of 4 KiB.
pub const WAL_CHECKPOINT_PAGES: i32 = 4 * 1024;
/// ... and again each time it has grown by so much without a pause, pages of 4 KiB.
pub const WAL_CHECKPOINT_STEP_PAGES: i32 = 12 * 1024;
/// The writer itself stops to shorten a log of this size, pages of 4 KiB.
pub const WAL_MOST_PAGES: i32 = 48 * 1024;
/// Messages removed in one transaction when they are kept no longer, messages.
pub const PURGE_MESSAGES: usize = 256;
/// ... and the pause after it, for as long as there are more in that log.
pub const PURGE_PAUSE: Duration = Duration::from_millis(20);
/// Logs that a reader looks through at once for messages that are kept no longer, logs.
pub const PURGE_LOGS: usize = 512;
/// When a server first looks for messages that are kept no longer: soon, because an app that hosts a space may run for minutes only.
pub const PURGE_FIRST: Duration = Duration::from_secs(60);
/// ... and how often from then on.
pub const PURGE_EVERY: Duration = Duration::from_secs(3600);
/// Rows on each side of a recalled or edited text, and of the end of its log, that are written over, rows.
pub const OVERWRITTEN_ROWS: i64 = 32;
/// What a recall, an edit, or a change of a group or of one's profile takes of what a user may send, messages: it writes more than a message does.
pub const ALTERING_COST: u32 = 10;
/// After a recall the log is cut to nothing, so that what was recalled is in no file; not more often than this, and tried again after it.
pub const SCRUB_PAUSE: Duration = Duration::from_millis(100);
/// ... and each time it is waited so long for those who read or write.
pub const SCRUB_BUSY: Duration = Duration::from_millis(20);
/// Conversations and users that the writer keeps at hand, entries of each.
pub const WRITER_MEMORY: usize = 16_384;
/// Places in groups that the writer keeps at hand, places.
pub const WRITER_SEATS: usize = 65_536;
/// Frames of one group that are handed to a session in one piece, bytes.
pub const FAN_OUT_BYTES: usize = 64 * 1024;
/// Messages of a group that are pushed whatever their priority, a second (R-C3); setting `group_messages_per_second`.
pub const GROUP_MESSAGES_PER_SECOND: u32 = 40;
/// How long after messages that were not pushed their readers are told to ask for them.
pub const GROUP_NUDGE: Duration = Duration::from_millis(500);
/// Administrators of a group beside its owner, administrators.
pub const GROUP_ADMINS: u32 = 20;
/// Requests to join a group that nobody has answered, requests.
pub const GROUP_APPLICATIONS: u32 = 1_000;
/// Members of a group who get a notice when it ends, members; the others learn it by their heads.
pub const GROUP_NOTICES: u32 = 2_000;
/// Members up to which a group says how many have read a message, members.
pub const GROUP_READ_BY: u32 = 200;
/// How long another process (`user add` while the server runs) is waited for.
pub const DATABASE_BUSY: Duration = Duration::from_secs(5);
/// Heads that a changed profile touches at most, the latest first; further peers see the new name with the next message or page.
pub const PROFILE_AUDIENCE: usize = 1000;
/// Groups that are told at once of a member's changed profile, groups, those with news of the member's own first.
pub const PROFILE_GROUPS: u32 = 100;
/// ... with members at most, members.
pub const PROFILE_GROUP_MEMBERS: u32 = 2000;
/// Groups that a user has left and the server still knows of, so that the user's devices hear of it, groups; those left last stay.
pub const LEFT_SEATS: u32 = 1000;
/// How long a server drains at its end (B13).
pub const DRAIN: Duration = Duration::from_secs(5);
/// Password hashes computed at the same time, hashes (19 MiB each).
pub const PASSWORD_HASHES: usize = 2;
/// Password hashes waiting, hashes; more are refused as unavailable.
pub const PASSWORD_QUEUE: usize = 256;
/// Entries of each table of rates, entries; the ones nearest to full recovery go first.
pub const RATE_ENTRIES: usize = 16_384;
/// A clock difference that UserSig tolerates, seconds (H38).
pub const USER_SIG_SKEW_S: i64 = 60;
/// What a UserSig may unpack to, bytes.
pub const USER_SIG_UNPACKED_BYTES: u64 = 8 * 1024;
/// An invitation's life, at most.
pub const INVITATION_TTL: Duration = Duration::from_secs(365 * 24 * 3600);
/// A device's `last seen` is written at most this often, milliseconds.
pub const LAST_SEEN_MS: i64 = 3_600_000;
/// Connections of one listener at the same time, connections; setting `limits.connections`.
pub const CONNECTIONS: usize = 16_384;
/// Connections of one address (a /64 of IPv6) at the same time, connections; setting `limits.connections_per_address`. This computer's own
/// are not counted.
pub const CONNECTIONS_PER_ADDRESS: usize = 256;
/// People in a space, people; setting `limits.people`.
pub const PEOPLE: u64 = 10_000;
/// Devices of one user, devices; the one not seen for the longest time goes; setting `limits.devices_per_user`.
pub const DEVICES_PER_USER: u32 = 32;
/// Conversations that a user may be in and still begin another, conversations; setting `limits.conversations_per_user`.
pub const CONVERSATIONS_PER_USER: u32 = 20_000;
/// Failed sign-ins of one user, at once and a minute; setting `limits.sign_in_user`.
pub const SIGN_IN_USER: (u32, u32) = (10, 10);
/// Failed sign-ins from one address (a /64 of IPv6), at once and a minute; setting `limits.sign_in_address`.
pub const SIGN_IN_ADDRESS: (u32, u32) = (30, 30);
/// Registrations from one address (a /64 of IPv6), at once and a minute, those with an invitation not counted; setting
/// `limits.register_address`.
pub const REGISTER_ADDRESS: (u32, u32) = (60, 10);
/// Searches, profiles asked for in vain and first messages to somebody by one user, at once and a minute (H40); setting `limits.lookups`.
pub const LOOKUPS: (u32, u32) = (120, 240);
/// How long the sender may recall a message, seconds; 0: as long as it is kept; setting `recall_seconds` (R-K2).
pub const RECALL_SECONDS: u32 = 120;
/// How long the sender may edit a text, seconds; 0: as long as it is kept; setting `edit_seconds`.
pub const EDIT_SECONDS: u32 = 172_800;
/// How long messages are kept, days; 0: for ever; setting `roaming_days` (R-H6).
pub const ROAMING_DAYS: u32 = 7;
/// Messages of one user, at once (a full outbox twice) and a minute (H39); setting `limits.sends`.
pub const SENDS: (u32, u32) = (20 * 1000, 3 * 1000);
/// Uploads and downloads at the same time, transfers; each has buffers of less than a megabyte.
pub const TRANSFERS: usize = 256;
/// Uploads and downloads of one user at the same time, transfers; setting `media.transfers_per_user`.
pub const TRANSFERS_PER_USER: u32 = 32;
/// What an upload gathers before it is written, bytes; it has two of these.
pub const TRANSFER_BLOCK_BYTES: usize = 256 * 1024;
/// What a download reads at once, bytes.
pub const DOWNLOAD_BLOCK_BYTES: usize = 64 * 1024;
/// What an object store gets at once, bytes; it is in memory for each upload that arrives there.
pub const OBJECT_PART_BYTES: usize = 8 * 1024 * 1024;
/// The buffer of an HTTP connection that carries files, bytes.
pub const TRANSFER_BUFFER_BYTES: usize = 64 * 1024;
/// A connection that carries files ends when nothing moves in either direction for so long (H35).
pub const TRANSFER_IDLE: Duration = Duration::from_secs(60);
/// ... or when it brings no further request for so long.
pub const TRANSFER_PAUSE: Duration = Duration::from_secs(30);
/// What is read of a request that is refused, so that its sender reads why, at most [`tidings_protocol::limits::UPLOAD_PART_BYTES`] and so long.
pub const REFUSED_BODY: Duration = Duration::from_secs(5);
/// The header `Upload-Metadata`, bytes.
pub const UPLOAD_METADATA_BYTES: usize = 1024;
/// How long a request for an upload waits for the one that has it.
pub const UPLOAD_HANDOVER: Duration = Duration::from_secs(5);
/// Uploads whose parts are kept open, uploads; others are read again when they go on.
pub const UPLOADS_OPEN: usize = 512;
/// A part below this size that does not end its upload counts as a small one, bytes.
pub const SMALL_PART_BYTES: u64 = 64 * 1024;
/// Small parts of one user, at once and a minute (H27).
pub const SMALL_PARTS: (u32, u32) = (600, 600);
/// Uploads that one user begins, at once and a minute.
pub const UPLOADS_BEGUN: (u32, u32) = (3000, 600);
/// So much a file counts at least of its owner's share, bytes: about what a disk gives it.
pub const FILE_LEAST_BYTES: u64 = 4096;
/// What one user's files take together, bytes; 0: as much as there is room for; setting `media.quota_bytes`.
pub const QUOTA_BYTES: u64 = 10 * 1000 * 1000 * 1000;
/// Uploads of one user that are not finished, uploads: 200 images, each in three sizes; setting `media.unfinished_uploads`.
pub const UNFINISHED_UPLOADS: u32 = 600;
/// How long an upload may rest, hours; setting `media.upload_hours` (B14).
pub const UPLOAD_HOURS: u32 = 24;
/// How long a file waits for a message that has it, hours; setting `media.unused_hours`.
pub const UNUSED_HOURS: u32 = 24;
/// How long after a recall the bytes that nobody else has are removed.
pub const RECALLED_FILES: Duration = Duration::from_secs(1);
/// Files that are removed in one transaction, and uses of files that are looked through at once, files.
pub const FILE_SWEEP: usize = 256;
