-- The cache as it is now. `migrations/` leads here from every older version; a test holds the two together.
-- What is here can be had again from the server, except drafts, the outbox, hidden messages, and what goes to the server
-- when it can: wanted read marks, removals, recalls, wishes.

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
    sort_time INTEGER NOT NULL,
    last_revision INTEGER NOT NULL DEFAULT 0,
    last_payload TEXT NOT NULL DEFAULT '',     -- of types that the UI words: JSON with its texts cut
    last_revoker TEXT NOT NULL DEFAULT '',     -- who recalled it
    out_payload TEXT NOT NULL DEFAULT '',
    group_profile TEXT,                        -- as the server says it, JSON
    membership TEXT,                           -- JSON; NULL in a group: not in it any more
    remind INTEGER NOT NULL DEFAULT 0,         -- 0 AcceptAndNotify, 1 AcceptNotNotify, 2 Discard
    pinned INTEGER NOT NULL DEFAULT 0,
    marked_unread INTEGER NOT NULL DEFAULT 0,
    mention_seq INTEGER NOT NULL DEFAULT 0,    -- the newest message that mentions this user ...
    everybody_seq INTEGER NOT NULL DEFAULT 0,  -- ... or everybody
    cleared_seq INTEGER NOT NULL DEFAULT 0     -- this user wants to see nothing up to here
) STRICT;

-- Of two with the same time, the one whose head changed later comes first.
CREATE INDEX conversations_shown ON conversations (pinned DESC, sort_time DESC, head_version DESC) WHERE shown = 1;
-- For the sum of all that is unread.
CREATE INDEX conversations_unread ON conversations (shown, remind, unread) WHERE unread > 0;

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
    flags INTEGER NOT NULL,               -- 1: sent from this device, 2: sent again after a failure, 4: hidden
    extras TEXT,                          -- what goes with it, JSON; NULL: nothing
    altered TEXT,                         -- what became of it, JSON; NULL: nothing
    quotes INTEGER,                       -- the message that it replies to
    PRIMARY KEY (conversation, seq)
) STRICT, WITHOUT ROWID;

-- A recalled message is gone from the replies to it as well.
CREATE INDEX messages_quotes ON messages (conversation, quotes) WHERE quotes IS NOT NULL;

CREATE INDEX messages_media ON messages (conversation, seq)
    WHERE type IN ('TIMImageElem', 'TIMVideoFileElem', 'TIMFileElem');

-- Messages that this user has deleted for themselves, held or not.
CREATE TABLE hidden (
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
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
    extras TEXT,                          -- what goes with it, JSON; NULL: nothing
    files INTEGER NOT NULL DEFAULT 0,     -- 0: has none, or they are all with the server; 1: waits for them; 2: was stopped;
                                          -- 3: what it carries is being prepared, and the payload says what it is
    album TEXT NOT NULL DEFAULT '',       -- goes after those before it with the same word
    UNIQUE (conversation, client_id)
) STRICT;

CREATE INDEX outbox_next ON outbox (conversation, failed, id);

-- The files of messages in the outbox, those that go first first. Rows of a message that is not there any more: it was
-- thrown away, and the server has not heard of it.
CREATE TABLE uploads (
    message INTEGER NOT NULL,             -- the outbox's id
    place INTEGER NOT NULL,
    file TEXT NOT NULL,
    kind INTEGER NOT NULL,                -- 0 image, 1 video, 2 file, 3 sound, 4 preview
    size INTEGER NOT NULL,
    hash TEXT NOT NULL,                   -- BLAKE3
    sent INTEGER NOT NULL,                -- bytes that the server had when it was last heard of
    finished INTEGER NOT NULL,            -- 1: the server has all of it
    PRIMARY KEY (message, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX uploads_file ON uploads (file);

-- Whole files in the media folder. What is in the folder counts: this says how large and how lately used.
CREATE TABLE files (
    id TEXT PRIMARY KEY NOT NULL,
    size INTEGER NOT NULL,
    used INTEGER NOT NULL                 -- last, milliseconds since 1970
) STRICT, WITHOUT ROWID;

CREATE INDEX files_used ON files (used);

-- Which held messages name which files, here or not.
CREATE TABLE file_uses (
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    file TEXT NOT NULL,
    PRIMARY KEY (conversation, seq, file)
) STRICT, WITHOUT ROWID;

CREATE INDEX file_uses_file ON file_uses (file);

-- Files that no message names any more, to be removed from the media folder.
CREATE TABLE files_gone (
    id TEXT PRIMARY KEY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE removals (
    conversation INTEGER PRIMARY KEY,     -- taken off the list by this user; goes to the server when it can ...
    seq INTEGER NOT NULL,                 -- ... unless a message above this one has brought it back
    clear INTEGER NOT NULL DEFAULT 0      -- with its history
) STRICT;

-- Messages that were recalled while they were in the outbox: one may have reached the server all the same, and is
-- recalled there as soon as its place is known.
CREATE TABLE recalls (
    id INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    seq INTEGER,
    UNIQUE (conversation, client_id)
) STRICT;

-- Settings of conversations that this user has changed and that the server does not know yet; NULL: not changed.
CREATE TABLE wishes (
    conversation INTEGER PRIMARY KEY,
    remind INTEGER,
    pinned INTEGER,
    marked_unread INTEGER
) STRICT;

CREATE TABLE profiles (
    user_id TEXT PRIMARY KEY NOT NULL,
    nick TEXT NOT NULL,
    colour INTEGER                        -- NULL: made from the id
) STRICT, WITHOUT ROWID;

-- How people are called in groups, of those who were seen there.
CREATE TABLE cards (
    conversation INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    card TEXT NOT NULL,                   -- empty: by their nick
    PRIMARY KEY (conversation, user_id)
) STRICT, WITHOUT ROWID;

-- Whom this user has blocked.
CREATE TABLE blocked (
    place INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL UNIQUE
) STRICT;
