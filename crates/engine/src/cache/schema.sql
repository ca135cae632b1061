-- The cache as it is now. `migrations/` leads here from every older version; a test holds the two together.
-- What is here can be had again from the server, except drafts, the outbox, wanted read marks and removals.

CREATE TABLE meta (
    key TEXT PRIMARY KEY NOT NULL,  -- owner, heads_version
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE conversations (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,            -- C2Cbob
    head_version INTEGER NOT NULL,        -- of the newest head taken in
    seq INTEGER NOT NULL,                 -- the newest message known of, held or not
    revision INTEGER NOT NULL,            -- up to here every change of held messages is known ...
    revision_seq INTEGER NOT NULL,        -- ... when the log's newest seq was this one
    floor INTEGER NOT NULL,               -- the oldest seq that the server keeps; 0: not known
    told_seq INTEGER NOT NULL,            -- up to here messages were told as received, or came as history
    read_seq INTEGER NOT NULL,            -- how far the server knows this user has read
    wanted_read_seq INTEGER NOT NULL,     -- how far the user has really read; goes to the server when it can
    peer_read_seq INTEGER NOT NULL,
    unread INTEGER NOT NULL,              -- others' messages above the read mark
    unread_from INTEGER NOT NULL,         -- messages above this seq were counted one by one, those below by the head
    last_seq INTEGER NOT NULL,            -- the newest message, as the list shows it
    last_time INTEGER NOT NULL,
    last_sender TEXT NOT NULL,
    last_type TEXT NOT NULL,
    last_text TEXT NOT NULL,              -- one line, at most 512 bytes
    waiting INTEGER NOT NULL,             -- outbox messages that wait
    failed INTEGER NOT NULL,              -- outbox messages that failed
    out_time INTEGER NOT NULL,            -- the newest outbox message, as the list shows it
    out_type TEXT NOT NULL,
    out_text TEXT NOT NULL,
    out_failed INTEGER NOT NULL,
    peer_nick TEXT,                       -- a copy from profiles, so that the list is one scan
    peer_colour INTEGER,
    draft TEXT NOT NULL,
    draft_time INTEGER NOT NULL,
    in_list INTEGER NOT NULL,             -- on the server's list
    shown INTEGER NOT NULL,               -- in_list, or a draft or an outbox message keeps it there
    sort_time INTEGER NOT NULL
) STRICT;

-- Of two with the same time, the one whose head changed later comes first.
CREATE INDEX conversations_shown ON conversations (sort_time DESC, head_version DESC) WHERE shown = 1;

CREATE TABLE messages (
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    sender TEXT NOT NULL,
    time INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    random INTEGER NOT NULL,
    client_seq INTEGER NOT NULL,
    type TEXT NOT NULL,
    payload TEXT NOT NULL,                -- the JSON as it came
    priority INTEGER NOT NULL,            -- 0 High ... 3 Lowest
    flags INTEGER NOT NULL,               -- 1: sent from this device, 2: sent again after a failure
    PRIMARY KEY (conversation, seq)
) STRICT, WITHOUT ROWID;

-- Which messages are held, without holes from first to last. Runs of a conversation neither overlap nor touch.
CREATE TABLE runs (
    conversation INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (conversation, first)
) STRICT, WITHOUT ROWID;

-- Messages of one's own that the server does not have yet (or refused), in the order they were written.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    random INTEGER NOT NULL,
    client_seq INTEGER NOT NULL,
    type TEXT NOT NULL,
    payload TEXT NOT NULL,
    priority INTEGER NOT NULL,
    time INTEGER NOT NULL,                -- this computer's clock, milliseconds since 1970
    failed INTEGER NOT NULL,              -- 0: waits, 1: the server refused it
    code INTEGER NOT NULL,                -- why
    is_resend INTEGER NOT NULL,
    UNIQUE (conversation, client_id)
) STRICT;

CREATE INDEX outbox_next ON outbox (conversation, failed, id);

CREATE TABLE removals (
    conversation INTEGER PRIMARY KEY,     -- taken off the list by this user; goes to the server when it can ...
    seq INTEGER NOT NULL                  -- ... unless a message above this one has brought it back
) STRICT;

CREATE TABLE profiles (
    user_id TEXT PRIMARY KEY NOT NULL,
    nick TEXT NOT NULL,
    colour INTEGER                        -- NULL: made from the id
) STRICT, WITHOUT ROWID;
