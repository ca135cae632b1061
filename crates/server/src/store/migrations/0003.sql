-- Groups, who is in them, and who asks to be.
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
