-- Files: what was uploaded, and which messages have it.
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
