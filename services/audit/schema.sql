-- version 1
-- Who outside may read the streams. A key that was revoked cannot be added again.
CREATE TABLE subscriber (
    subscriber INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    public_key TEXT NOT NULL UNIQUE,
    classes TEXT NOT NULL,          -- separated by blanks
    tenant TEXT,                    -- NULL: all
    sev INTEGER NOT NULL,           -- least severity
    types TEXT,                     -- separated by blanks; NULL: all
    created_ms INTEGER NOT NULL,
    revoked_ms INTEGER,
    contact_ms INTEGER              -- last heard of; written every few seconds
) STRICT;
CREATE UNIQUE INDEX subscriber_name ON subscriber (name) WHERE revoked_ms IS NULL;

-- The first place (lib/place.h) of each class that a subscriber has not dealt with, as it said; written every few seconds.
CREATE TABLE subscriber_cursor (
    subscriber INTEGER NOT NULL REFERENCES subscriber ON DELETE CASCADE,
    class TEXT NOT NULL,
    next INTEGER NOT NULL,
    PRIMARY KEY (subscriber, class)
) STRICT, WITHOUT ROWID;
