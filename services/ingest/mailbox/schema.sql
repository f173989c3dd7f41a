-- version 1
CREATE TABLE waiting (                          -- for agents
    number INTEGER PRIMARY KEY AUTOINCREMENT,   -- never used again, so that an acknowledgement means what it says
    agent INTEGER NOT NULL,
    envelope BLOB NOT NULL,
    put_at INTEGER NOT NULL                     -- milliseconds since 1970
) STRICT;
CREATE INDEX waiting_agent ON waiting (agent, number);
CREATE INDEX waiting_put_at ON waiting (put_at);

CREATE TABLE taken (                            -- from agents, until the addressee has it
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    agent INTEGER NOT NULL,
    addressee INTEGER NOT NULL,                 -- index of the word in fields.def
    envelope BLOB NOT NULL
) STRICT;
CREATE INDEX taken_addressee ON taken (addressee, number);
CREATE INDEX taken_agent ON taken (agent);

CREATE TABLE trust (
    version INTEGER PRIMARY KEY,
    dsse TEXT NOT NULL
) STRICT;
-- version 2
CREATE TABLE parcels (                          -- agents that use parcels
    agent INTEGER PRIMARY KEY,
    parcel INTEGER NOT NULL                     -- the newest that was taken
) STRICT;
-- version 3
ALTER TABLE taken ADD COLUMN taken_at INTEGER NOT NULL DEFAULT 0; -- milliseconds since 1970
