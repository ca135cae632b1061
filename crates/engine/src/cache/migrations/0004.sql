-- Messages that carry files.

ALTER TABLE outbox ADD COLUMN files INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN album TEXT NOT NULL DEFAULT '';

CREATE TABLE uploads (
    message INTEGER NOT NULL,
    place INTEGER NOT NULL,
    file TEXT NOT NULL,
    kind INTEGER NOT NULL,
    size INTEGER NOT NULL,
    hash TEXT NOT NULL,
    sent INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    PRIMARY KEY (message, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX uploads_file ON uploads (file);

CREATE TABLE files (
    id TEXT PRIMARY KEY NOT NULL,
    size INTEGER NOT NULL,
    used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX files_used ON files (used);

CREATE TABLE file_uses (
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    file TEXT NOT NULL,
    PRIMARY KEY (conversation, seq, file)
) STRICT, WITHOUT ROWID;

CREATE INDEX file_uses_file ON file_uses (file);

CREATE TABLE files_gone (
    id TEXT PRIMARY KEY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX messages_media ON messages (conversation, seq)
    WHERE type IN ('TIMImageElem', 'TIMVideoFileElem', 'TIMFileElem');
