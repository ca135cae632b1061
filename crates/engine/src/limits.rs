//! The engine's own limits; those of the wire are in [`tidings_protocol::limits`].

/// Events that wait for a slow listener; one more, and it gets `Overflow` instead of all of them.
pub const EVENTS_WAITING: usize = 1024;
/// Pushes that wait for the cache; one more, and it is dropped and found again by a heads check.
pub const PUSHES_WAITING: usize = 1024;
/// Pushes taken into the cache in one transaction.
pub const PUSHES_AT_ONCE: usize = 256;
/// Frames that wait for the socket.
pub const FRAMES_WAITING: usize = 64;
/// Requests in flight on one connection; below [`tidings_protocol::limits::REQUESTS_IN_FLIGHT`].
pub const REQUESTS_IN_FLIGHT: usize = 48;
/// Opening a connection, TCP and TLS and WebSocket together, milliseconds.
pub const CONNECT_MS: u64 = 10_000;
/// A connection on which nothing was said for so long is asked by the system whether its other side is there (B8), milliseconds.
pub const KEEPALIVE_AFTER_MS: u64 = 12_000;
/// Between two such questions, milliseconds.
pub const KEEPALIVE_EVERY_MS: u64 = 4_000;
/// Unanswered questions in a row that end a connection.
pub const KEEPALIVE_TRIES: u32 = 3;
/// One HTTP request, milliseconds.
pub const HTTP_MS: u64 = 20_000;
/// The body of an HTTP answer, bytes.
pub const HTTP_ANSWER_BYTES: usize = 64 * 1024;
/// The answer to one request, milliseconds; then it counts as lost.
pub const ANSWER_MS: u64 = 10_000;
/// The first wait before a new try, milliseconds; it doubles, with full jitter.
pub const BACKOFF_FIRST_MS: u64 = 500;
/// The longest wait before a new try, milliseconds.
pub const BACKOFF_MOST_MS: u64 = 30_000;
/// A connection that stood this long was a good one: the waits begin anew after it, milliseconds (B11).
pub const STANDING_MS: u64 = 3_000;
/// How long news of a stranger waits for the stranger's name, milliseconds.
pub const STRANGER_WAIT_MS: u64 = 2_000;
/// Strangers whose names are asked for on one connection before their news is shown.
pub const STRANGERS: usize = 1_000;
/// The wait before the connection's task is begun anew after a fault of ours, milliseconds.
pub const FAULT_WAIT_MS: u64 = 1_000;
/// How long a profile that is open already is waited for, milliseconds ...
pub const LOCK_WAIT_MS: u64 = 1_000;
/// ... and how often it is looked at, milliseconds.
pub const LOCK_LOOK_MS: u64 = 10;
/// How often the clocks are compared, milliseconds.
pub const CLOCK_CHECK_MS: u64 = 5_000;
/// The wall clock ran ahead of the monotonic one by this much: the computer slept, milliseconds.
pub const CLOCK_JUMP_MS: i64 = 10_000;
/// How long a hole in a log waits for a late push before it is pulled, milliseconds (B16).
pub const GAP_WAIT_MS: u64 = 500;
/// How long a page that is asked for waits for the server before the cache alone answers, milliseconds.
pub const PAGE_WAIT_MS: u64 = 5_000;
/// How long signing in waits for the first heads, milliseconds.
pub const FIRST_HEADS_MS: u64 = 5_000;
/// History requests in flight in the background.
pub const FILLS_AT_ONCE: usize = 2;
/// Conversations whose newest messages are filled in after connecting.
pub const FILLED_CONVERSATIONS: usize = 100;
/// More new messages than this in one conversation are history, not news.
pub const NEWS_AT_ONCE: u64 = 100;
/// Conversations that send at the same time.
pub const SENDING_CONVERSATIONS: usize = 8;
/// Messages that wait or have failed, all conversations together.
pub const OUTBOX_MESSAGES: u32 = 10_000;
/// Messages in one page asked of the engine.
pub const PAGE_MESSAGES: u32 = 100;
/// Conversations in one list.
pub const LIST_CONVERSATIONS: u32 = 1_000;
/// A draft, bytes of UTF-8.
pub const DRAFT_BYTES: usize = 256 * 1024;
/// The query of a search for people, bytes.
pub const QUERY_BYTES: usize = 256;
/// Numbers that JavaScript can hold.
pub const SEQ_MOST: u64 = (1 << 53) - 1;
/// Cache files that were set aside and are kept.
pub const SET_ASIDE_FILES: usize = 3;
/// Rows of each kind that are rescued from a cache that was set aside.
pub const RESCUED_ROWS: usize = 10_000;
/// The cache's content, bytes; above it the oldest messages of the quietest conversations leave it.
pub const CACHE_BYTES: u64 = 512 * 1024 * 1024;
/// Messages that leave the cache in one transaction.
pub const EVICTED_AT_ONCE: u64 = 5_000;
/// Commits from one look at the cache's size to the next.
pub const COMMITS_UNTIL_TIDIED: u32 = 256;
/// A cache up to this size is checked as a whole at opening, bytes; a larger one as it is read.
pub const QUICK_CHECK_BYTES: u64 = 4 * 1024 * 1024;
/// Connections that read the cache at the same time.
pub const READERS: usize = 2;
/// Prepared statements kept by a connection.
pub const PREPARED_STATEMENTS: usize = 64;
/// Page cache of a connection, KiB.
pub const SQLITE_CACHE_KB: i64 = 4_096;
/// Commits after which what was removed leaves the write-ahead log even where there is no quiet moment.
pub const COMMITS_UNTIL_ERASED: u32 = 256;
/// A quiet moment, in which what was removed leaves the write-ahead log, milliseconds.
pub const ERASE_WAIT_MS: u64 = 200;
/// Client ids of messages that were recalled in the outbox and may have reached the server all the same.
pub const RECALLS_REMEMBERED: u32 = 1_000;
/// Messages that one user has deleted for themselves and that are still kept from being shown.
pub const HIDDEN_MESSAGES: usize = 100_000;
/// Messages deleted at once.
pub const DELETED_AT_ONCE: usize = 1_000;
/// Values in what the list shows of a message that is no text.
pub const PREVIEW_VALUES: usize = 32;
/// The names in what the list shows of a message that is no text, bytes each.
pub const PREVIEW_NAME_BYTES: usize = 32;
/// A notification's title, bytes of UTF-8.
pub const NOTIFICATION_TITLE_BYTES: usize = 128;
/// A notification's text, bytes of UTF-8.
pub const NOTIFICATION_BODY_BYTES: usize = 512;
/// Client ids of messages that were sent to who is here only, remembered so that their echo is not news (R-S2).
pub const ONLINE_ONLY_REMEMBERED: usize = 100;
/// People whose names in groups are asked for on one connection.
pub const NAMES_ASKED: usize = 10_000;
/// People whose names in a group are asked for at once.
pub const NAMES_AT_ONCE: usize = 50;
/// What the write-ahead log shrinks to after a checkpoint, bytes.
pub const WAL_BYTES: i64 = 16 * 1024 * 1024;
/// How long a connection waits for another one's lock, milliseconds.
pub const SQLITE_BUSY_MS: u64 = 5_000;
/// How long signing out waits for the server to revoke the token, milliseconds.
pub const SIGN_OUT_MS: u64 = 3_000;
/// How far back a message is looked for that is sent again though it was sent already, messages.
pub const RECENT_MESSAGES: u32 = 1_000;
/// Pulls for one page that is asked for.
pub const PAGE_PULLS: usize = 4;
/// Files of messages that are kept on this computer, bytes, unless a person says otherwise; above it, what was not looked at for
/// longest goes.
pub const MEDIA_BYTES: u64 = 1024 * 1024 * 1024;
/// Images up to this size are fetched without being asked for, bytes, unless a person says otherwise.
pub const AUTO_DOWNLOAD_BYTES: u64 = 10 * 1024 * 1024;
/// Bytes of a draft attachment that the page hands over at once.
pub const ATTACH_CHUNK_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of a file that a player is given at once.
pub const READ_RANGE_BYTES: u64 = 1024 * 1024;
/// Uploads of messages at the same time.
pub const UPLOADS_AT_ONCE: usize = 3;
/// Of them, those that are larger than [`SMALL_BYTES`] altogether: one place is for small ones.
pub const LARGE_UPLOADS_AT_ONCE: usize = 2;
/// What counts as small, bytes: nobody waits for something large in front of it.
pub const SMALL_BYTES: u64 = 8 * 1024 * 1024;
/// Downloads at the same time.
pub const DOWNLOADS_AT_ONCE: usize = 4;
/// Of them, those that are larger than [`SMALL_BYTES`].
pub const LARGE_DOWNLOADS_AT_ONCE: usize = 2;
/// Downloads that wait for their turn; of the ones nobody asked for, the oldest are forgotten.
pub const DOWNLOADS_WAITING: usize = 1_000;
/// Tries to fetch a file without getting any further, after which whoever waits is told.
pub const DOWNLOAD_TRIES: u32 = 5;
/// How long a fetch waits for a connection before whoever waits is told, milliseconds.
pub const DOWNLOAD_WAIT_MS: u64 = 10_000;
/// Connections to the server's files that are kept for the next one.
pub const FILE_CONNECTIONS: usize = 4;
/// How long a connection to the server's files is kept without use, milliseconds; servers close them sooner or later.
pub const FILE_CONNECTION_MS: u64 = 15_000;
/// Bytes of a file that are read or written at once.
pub const PIECE_BYTES: usize = 256 * 1024;
/// What one connection to the server's files buffers, bytes.
pub const HTTP_BUFFER_BYTES: usize = 512 * 1024;
/// A transfer in which nothing moves for so long is given up and begun again where it was, milliseconds.
pub const STALL_MS: u64 = 30_000;
/// How often that is looked at, milliseconds.
pub const STALL_CHECK_MS: u64 = 1_000;
/// The time between two words on how far a file is, milliseconds.
pub const PROGRESS_MS: u64 = 100;
/// Draft attachments that are copied and looked at at the same time.
pub const PREPARED_AT_ONCE: usize = 2;
/// Draft attachments.
pub const ATTACHMENTS: usize = 1_000;
/// How long a draft attachment that was sent can still be shown, milliseconds.
pub const SENT_ATTACHMENT_MS: u64 = 30_000;
/// What the decoders hold is given back after so long without work, milliseconds.
pub const DECODERS_REST_MS: u64 = 10_000;
/// How long a draft attachment is kept that nobody sends, milliseconds.
pub const ATTACHMENT_MS: i64 = 24 * 60 * 60 * 1000;
/// How long what has come of a file is kept that nobody fetches any further, milliseconds.
pub const PART_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// Files that leave the media folder in one step.
pub const FILES_REMOVED_AT_ONCE: usize = 256;
/// When the media folder is above its limit, this share of it stays, percent: not every further file is to push one out.
pub const MEDIA_KEPT_PERCENT: u64 = 95;
/// How often it is noted that a file was used, milliseconds.
pub const FILE_USED_MS: i64 = 60_000;
/// A picture that the page hands over as a video's poster, bytes.
pub const POSTER_BYTES: usize = 8 * 1024 * 1024;
/// How long a video of which no picture could be taken here waits for the page's, milliseconds; then it goes without one.
pub const POSTER_WAIT_MS: u64 = 10_000;
/// An image of the clipboard, bytes of its pixels.
pub const CLIPBOARD_BYTES: usize = 256 * 1024 * 1024;
/// Texts that are looked through for links for one page.
pub const LINK_TEXTS: u32 = 2_000;
/// Messages of an export that are read or written at once.
pub const EXPORTED_AT_ONCE: u32 = 200;
/// How long an export waits for a lost connection before it goes on without one, milliseconds.
pub const EXPORT_WAIT_MS: u64 = 30_000;
/// How often an export is gone through again because something was recalled meanwhile.
pub const EXPORT_CLEANINGS: u32 = 5;
/// `about.json` of an export, bytes.
pub const ABOUT_BYTES: u64 = 64 * 1024;
/// A line of an export, bytes; a longer one is broken.
pub const IMPORT_LINE_BYTES: usize = 512 * 1024;
/// Lines of one file of an export that are read.
pub const IMPORT_LINES: u64 = 20_000_000;
/// Conversations of an export that are read.
pub const IMPORT_CONVERSATIONS: u64 = 100_000;
/// A file of an export, bytes.
pub const IMPORT_FILE_BYTES: u64 = 4 * 1024 * 1024 * 1024;
