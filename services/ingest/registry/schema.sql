-- version 1
CREATE TABLE sites (
    id INTEGER PRIMARY KEY,                     -- dense: index into memory
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (tenant, name)
) STRICT;

CREATE TABLE agents (
    id INTEGER PRIMARY KEY,                     -- dense, given in order; rows are never deleted, so never reused
    site INTEGER NOT NULL REFERENCES sites (id),
    name TEXT NOT NULL,
    secret BLOB NOT NULL,                       -- 32 bytes, wrapped (RFC 3394) under the ingest secret key
    token INTEGER REFERENCES tokens (id),       -- NULL: a simulated agent
    sign_key TEXT,
    seal_key TEXT,
    fingerprint TEXT,                           -- of sign_key
    hostname TEXT,
    os TEXT,
    kernel TEXT,
    version TEXT,
    inventory TEXT,                             -- JSON as the agent sent it
    enrolled_at INTEGER NOT NULL,               -- times are milliseconds since 1970
    retired_at INTEGER,
    maintenance_until INTEGER                   -- NULL: not in maintenance; 0: until it is ended
) STRICT;
-- A retired machine may join again, as another agent.
CREATE UNIQUE INDEX agents_fingerprint ON agents (fingerprint) WHERE retired_at IS NULL;
CREATE INDEX agents_in_maintenance ON agents (maintenance_until) WHERE maintenance_until > 0;

CREATE TABLE tokens (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,                  -- SHA-256 of the token, which is shown once and kept nowhere
    site INTEGER NOT NULL REFERENCES sites (id),
    uses_left INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

CREATE TABLE kept (                             -- single values: fleet_secret (wrapped), wake_counter
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;
