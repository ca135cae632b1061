-- Groups, settings of conversations, and what goes with a message and what becomes of it.

ALTER TABLE conversations ADD COLUMN last_revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN last_payload TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN last_revoker TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN out_payload TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN group_profile TEXT;
ALTER TABLE conversations ADD COLUMN membership TEXT;
ALTER TABLE conversations ADD COLUMN remind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN marked_unread INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN mention_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN everybody_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN cleared_seq INTEGER NOT NULL DEFAULT 0;

DROP INDEX conversations_shown;
CREATE INDEX conversations_shown ON conversations (pinned DESC, sort_time DESC, head_version DESC) WHERE shown = 1;
CREATE INDEX conversations_unread ON conversations (shown, remind, unread) WHERE unread > 0;

ALTER TABLE messages ADD COLUMN extras TEXT;
ALTER TABLE messages ADD COLUMN altered TEXT;
ALTER TABLE messages ADD COLUMN quotes INTEGER;

CREATE INDEX messages_quotes ON messages (conversation, quotes) WHERE quotes IS NOT NULL;

ALTER TABLE outbox ADD COLUMN extras TEXT;

ALTER TABLE removals ADD COLUMN clear INTEGER NOT NULL DEFAULT 0;

CREATE TABLE hidden (
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (conversation, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE recalls (
    id INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    seq INTEGER,
    UNIQUE (conversation, client_id)
) STRICT;

CREATE TABLE wishes (
    conversation INTEGER PRIMARY KEY,
    remind INTEGER,
    pinned INTEGER,
    marked_unread INTEGER
) STRICT;

CREATE TABLE cards (
    conversation INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    card TEXT NOT NULL,
    PRIMARY KEY (conversation, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE blocked (
    place INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL UNIQUE
) STRICT;
