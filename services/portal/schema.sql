-- version 1

CREATE TABLE users (
    user TEXT PRIMARY KEY,
    role INTEGER NOT NULL,                  -- index in the word `role`
    tenant TEXT,                            -- NULL: every tenant
    password_hash TEXT NOT NULL,            -- Argon2id, PHC string
    otp_wrapped BLOB NOT NULL,              -- the authenticator's secret under HKDF(master.key)
    otp_step INTEGER NOT NULL,              -- last accepted step: a code is good once
    session_epoch INTEGER NOT NULL,         -- sessions of an earlier one have ended
    created_ms INTEGER NOT NULL
) STRICT;

-- Failed log-ins of a name, known to us or not. Strangers and addresses that have logged in before count apart, so that
-- strangers cannot lock a known device out.
CREATE TABLE failures (
    user TEXT NOT NULL,
    known_address INTEGER NOT NULL,
    password_failures INTEGER NOT NULL,
    key_failures INTEGER NOT NULL,
    locked_until_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    PRIMARY KEY (user, known_address)
) STRICT, WITHOUT ROWID;

CREATE TABLE known_addresses (
    user TEXT NOT NULL,
    address TEXT NOT NULL,
    last_ms INTEGER NOT NULL,
    PRIMARY KEY (user, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE links (
    hash BLOB PRIMARY KEY,                  -- SHA-256 of the token: the token itself is nowhere
    purpose INTEGER NOT NULL,               -- index in the word `purpose`
    user TEXT,                              -- whom to reset; NULL: the first administrator
    otp_wrapped BLOB NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_tokens (
    token_id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    role INTEGER NOT NULL,
    tenant TEXT,                            -- NULL: every tenant
    expires_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE tenants (
    tenant TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE sites (
    tenant TEXT NOT NULL REFERENCES tenants,
    site TEXT NOT NULL,
    PRIMARY KEY (tenant, site)
) STRICT, WITHOUT ROWID;

INSERT INTO tenants VALUES ('default');
INSERT INTO sites VALUES ('default', 'main');

-- Presence of each agent as the log told it; cursors move in the same transaction, so nothing is missed or doubled.
CREATE TABLE presence (
    agent INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    state INTEGER NOT NULL,                 -- index in the word `state`
    PRIMARY KEY (agent, time_ms, state)
) STRICT, WITHOUT ROWID;
CREATE INDEX presence_by_time ON presence (time_ms);

CREATE TABLE cursors (
    class INTEGER PRIMARY KEY,              -- index in the word `class`
    next INTEGER NOT NULL                   -- sequence wanted next
) STRICT;

-- version 2

-- Nobody logs in as a disabled user.
ALTER TABLE users ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;

-- version 3

-- In whose name a token was made, user:alice or cli:0: it counts only while that user is not disabled.
ALTER TABLE api_tokens ADD COLUMN maker TEXT NOT NULL DEFAULT '';

-- version 4

-- Words that people gave agents.
CREATE TABLE tags (
    agent INTEGER NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (agent, tag)
) STRICT, WITHOUT ROWID;

-- version 5

-- Calls that the token is for, with blanks between; NULL: all that its role may make.
ALTER TABLE api_tokens ADD COLUMN only TEXT;

-- version 6

-- The token that made this one, which ends with it; NULL: a person did.
ALTER TABLE api_tokens ADD COLUMN parent INTEGER;

-- version 7

-- Tokens make none any more; those that were made so are nobody's.
DELETE FROM api_tokens WHERE parent IS NOT NULL;
ALTER TABLE api_tokens DROP COLUMN parent;
