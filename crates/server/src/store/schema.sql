-- The schema as it is now. A test holds it against what the migrations make.
-- People. `id` is the row's own number, `user_id` what people know.
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL UNIQUE,
    user_id_folded TEXT NOT NULL, -- in small letters, for finding
    nick TEXT NOT NULL,
    nick_folded TEXT NOT NULL,    -- in small letters, for finding
    avatar_colour INTEGER,        -- 0 to 11; NULL: made from the id
    password TEXT,                -- argon2id in PHC form; NULL: signs in by UserSig only; '!': taken away by the host
    created_at INTEGER NOT NULL   -- milliseconds since 1970
) STRICT;
CREATE INDEX users_by_folded_id ON users (user_id_folded);

-- Signed-in devices. The token itself is only on the device.
CREATE TABLE devices (
    id INTEGER PRIMARY KEY,
    user INTEGER NOT NULL,
    token_hash BLOB NOT NULL UNIQUE, -- SHA-256
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL -- milliseconds since 1970, kept to the hour
) STRICT;
CREATE INDEX devices_by_user ON devices (user);

CREATE TABLE invitations (
    code_hash BLOB PRIMARY KEY, -- SHA-256
    uses_left INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One log each. A C2C conversation is its pair of users, the lower row first; the same twice is somebody's notes.
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY,
    low_user INTEGER NOT NULL,
    high_user INTEGER NOT NULL,
    seq INTEGER NOT NULL,      -- of the newest message; 0: none yet
    revision INTEGER NOT NULL, -- counts the changes of the log
    first_seq INTEGER NOT NULL DEFAULT 1, -- the oldest message that is kept
    UNIQUE (low_user, high_user)
) STRICT;

-- What a conversation is for one user: with `conversations`, the head.
CREATE TABLE members (
    user INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    peer INTEGER NOT NULL,     -- the other user
    version INTEGER NOT NULL,  -- the greatest of a user's is their heads version; 0: no head yet
    read_seq INTEGER NOT NULL, -- only grows
    unread INTEGER NOT NULL,   -- messages of others above read_seq
    deleted INTEGER NOT NULL,  -- 1: off the list until the next message (R-H8)
    cleared_seq INTEGER NOT NULL DEFAULT 0, -- the user has cleared the history up to here
    remind INTEGER NOT NULL DEFAULT 0,      -- 0 AcceptAndNotify, 1 AcceptNotNotify, 2 Discard
    pinned INTEGER NOT NULL DEFAULT 0,      -- 1: at the top of the list
    marked_unread INTEGER NOT NULL DEFAULT 0, -- 1: shown as unread until it is opened
    PRIMARY KEY (user, conversation)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_version ON members (user, version);

-- The logs, each message beside its neighbours.
CREATE TABLE messages (
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,        -- 1, 2, 3, ... without holes
    sender INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    revision INTEGER NOT NULL,   -- of the log at this message's last change
    changed INTEGER NOT NULL,    -- 1: changed after it was added
    time INTEGER NOT NULL,       -- the server's, milliseconds since 1970; orders nothing
    random INTEGER NOT NULL,     -- R-C7
    client_seq INTEGER NOT NULL, -- R-C7
    type TEXT NOT NULL,
    priority INTEGER NOT NULL,   -- 0 High, 1 Normal, 2 Low, 3 Lowest
    payload TEXT NOT NULL,       -- the JSON that came
    extras TEXT,                 -- JSON of what the sender sent along, or NULL
    altered TEXT,                -- JSON of what became of it, or NULL
    PRIMARY KEY (conversation, seq)
) STRICT, WITHOUT ROWID;
-- A second send of the same message finds the first (H34).
CREATE UNIQUE INDEX messages_by_client_id ON messages (conversation, sender, client_id);
-- `changes` reads this and not the log.
CREATE INDEX messages_changed ON messages (conversation, revision) WHERE changed = 1;

-- Whom a user does not want to hear from (20007). The order of `id` is the order in which they were blocked.
CREATE TABLE blocked (
    id INTEGER PRIMARY KEY,
    user INTEGER NOT NULL,
    other INTEGER NOT NULL,
    time INTEGER NOT NULL, -- milliseconds since 1970
    UNIQUE (user, other)
) STRICT;

-- Groups. `id` is the row's own number; the group's log is conversation -id in `messages`. A group that was dismissed keeps its row, so
-- that nobody gets its id and its members learn what became of it.
CREATE TABLE groups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id TEXT NOT NULL UNIQUE,
    type INTEGER NOT NULL,         -- 0 Private, 1 Public, 2 ChatRoom, 3 AVChatRoom
    name TEXT NOT NULL,
    introduction TEXT NOT NULL,
    notification TEXT NOT NULL,
    avatar_colour INTEGER,         -- 0 to 11; NULL: made from the id
    owner INTEGER NOT NULL,        -- a user
    join_option INTEGER NOT NULL,  -- 0 FreeAccess, 1 NeedPermission, 2 DisableApply
    mute_all INTEGER NOT NULL,     -- 1: only administrators may speak
    created_at INTEGER NOT NULL,   -- milliseconds since 1970
    seq INTEGER NOT NULL,          -- of the newest message; 0: none yet
    revision INTEGER NOT NULL,     -- counts the changes of the log
    version INTEGER NOT NULL,      -- of its members' heads
    counted INTEGER NOT NULL,      -- messages that count as unread
    everybody_seq INTEGER NOT NULL, -- the newest message that mentions everybody; 0: none
    member_count INTEGER NOT NULL, -- 0: dismissed
    first_seq INTEGER NOT NULL,    -- the oldest message that is kept
    purged INTEGER NOT NULL        -- of `counted`, those that are not kept any more
) STRICT;

-- What a group is for each who is or was in it. A message writes the row of its sender and of no other member.
CREATE TABLE group_members (
    grp INTEGER NOT NULL,
    user INTEGER NOT NULL,
    role INTEGER,                  -- 0 Member, 1 Admin, 2 Owner; NULL: not in it any more
    place INTEGER NOT NULL,        -- the order in which the members came
    name_card TEXT NOT NULL,
    mute_until INTEGER NOT NULL,   -- may not speak before, milliseconds since 1970
    joined_at INTEGER NOT NULL,    -- milliseconds since 1970
    joined_seq INTEGER NOT NULL,   -- the log's newest seq when they came
    left_seq INTEGER NOT NULL,     -- the last that they may know of, if not in it any more
    version INTEGER NOT NULL,      -- of their own head; that of the group counts too
    read_seq INTEGER NOT NULL,     -- only grows
    seen INTEGER NOT NULL,         -- of `counted`, those that they have read or sent
    mention_seq INTEGER NOT NULL,  -- the newest message that mentions them; 0: none
    deleted INTEGER NOT NULL,      -- off the list while the log's seq is below this (R-H8)
    cleared_seq INTEGER NOT NULL,  -- the user has cleared the history up to here
    remind INTEGER NOT NULL,       -- 0 AcceptAndNotify, 1 AcceptNotNotify, 2 Discard
    pinned INTEGER NOT NULL,       -- 1: at the top of the list
    marked_unread INTEGER NOT NULL, -- 1: shown as unread until it is opened
    PRIMARY KEY (grp, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_members_by_user ON group_members (user);
CREATE INDEX group_members_by_place ON group_members (grp, place) WHERE role IS NOT NULL;

-- Requests to join that nobody has answered.
CREATE TABLE applications (
    grp INTEGER NOT NULL,
    user INTEGER NOT NULL,
    message TEXT NOT NULL,
    time INTEGER NOT NULL, -- milliseconds since 1970
    told TEXT NOT NULL,    -- JSON: the notices that tell of it, each as [user, seq]
    PRIMARY KEY (grp, user)
) STRICT, WITHOUT ROWID;

-- Files that were uploaded, or are coming. The bytes are in the blobs, by their hash, whatever the number of files that have them.
CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    file_id TEXT NOT NULL UNIQUE,  -- what people know
    owner INTEGER NOT NULL,        -- the user who uploads it
    kind INTEGER NOT NULL,         -- 0 image, 1 video, 2 file, 3 sound, 4 preview
    size INTEGER NOT NULL,         -- bytes
    hash BLOB NOT NULL,            -- BLAKE3
    finished_at INTEGER,           -- milliseconds since 1970; NULL: it is coming
    due INTEGER                    -- removed from this moment on, milliseconds since 1970; NULL: a message has it
) STRICT;
CREATE INDEX files_by_owner ON files (owner, size);
CREATE INDEX files_coming ON files (owner) WHERE finished_at IS NULL;
CREATE INDEX files_by_hash ON files (hash);
CREATE INDEX files_by_due ON files (due) WHERE due IS NOT NULL;

-- The files of each message that has some.
CREATE TABLE file_uses (
    conversation INTEGER NOT NULL, -- as in `messages`
    seq INTEGER NOT NULL,
    file INTEGER NOT NULL,
    PRIMARY KEY (conversation, seq, file)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_uses_by_file ON file_uses (file);

-- Blobs to be removed, unless a file has them again by then. A blob that nobody has is in here until it is gone for sure.
CREATE TABLE gone_blobs (
    hash BLOB PRIMARY KEY          -- BLAKE3
) STRICT, WITHOUT ROWID;
