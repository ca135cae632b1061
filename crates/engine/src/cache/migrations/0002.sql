-- Conversations that were taken off the list.

CREATE TABLE removals (
    conversation INTEGER PRIMARY KEY,     -- taken off the list by this user; goes to the server when it can ...
    seq INTEGER NOT NULL                  -- ... unless a message above this one has brought it back
) STRICT;
