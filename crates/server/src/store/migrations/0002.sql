-- What goes with a message and what became of it; what a conversation is for one user alone; who is blocked; what is kept.
ALTER TABLE conversations ADD first_seq INTEGER NOT NULL DEFAULT 1; -- the oldest message that is kept
ALTER TABLE members ADD cleared_seq INTEGER NOT NULL DEFAULT 0; -- the user has cleared the history up to here
ALTER TABLE members ADD remind INTEGER NOT NULL DEFAULT 0; -- 0 AcceptAndNotify, 1 AcceptNotNotify, 2 Discard
ALTER TABLE members ADD pinned INTEGER NOT NULL DEFAULT 0; -- 1: at the top of the list
ALTER TABLE members ADD marked_unread INTEGER NOT NULL DEFAULT 0; -- 1: shown as unread until it is opened
ALTER TABLE messages ADD extras TEXT; -- JSON of what the sender sent along, or NULL
ALTER TABLE messages ADD altered TEXT; -- JSON of what became of it, or NULL

-- Whom a user does not want to hear from (20007). The order of `id` is the order in which they were blocked.
CREATE TABLE blocked (
    id INTEGER PRIMARY KEY,
    user INTEGER NOT NULL,
    other INTEGER NOT NULL,
    time INTEGER NOT NULL, -- milliseconds since 1970
    UNIQUE (user, other)
) STRICT;
