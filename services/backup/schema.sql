-- version 1
-- Where we are in each class of the log: next sequence wanted. Moves in one transaction with what the events did.
CREATE TABLE cursor (
    class TEXT PRIMARY KEY,
    next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is followed: the newest trust file, the newest revocation. The scheduler has it, too.
CREATE TABLE followed (
    kind TEXT PRIMARY KEY,
    dsse TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The newest version of each plan in force. The scheduler has them, too.
CREATE TABLE plan (
    document TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    dsse TEXT NOT NULL,
    kept_ms INTEGER NOT NULL        -- since when it is here: what was due before is none of ours
) STRICT, WITHOUT ROWID;

-- An agent that a plan is for: up to when its turns were dealt with, and when the next is to be.
CREATE TABLE duty (
    document TEXT NOT NULL,
    agent INTEGER NOT NULL,
    dealt_ms INTEGER NOT NULL,
    look_ms INTEGER NOT NULL,
    PRIMARY KEY (document, agent)
) STRICT, WITHOUT ROWID;
CREATE INDEX duty_look ON duty (look_ms);

-- Every backup that was ordered. Nothing of it can be had again from elsewhere, but nothing hangs on it either.
CREATE TABLE ordered (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    backup TEXT NOT NULL UNIQUE,
    agent INTEGER NOT NULL,
    document TEXT NOT NULL,
    version INTEGER NOT NULL,
    title TEXT NOT NULL,
    class TEXT NOT NULL,
    slot INTEGER NOT NULL,          -- days since 1970
    kept_until INTEGER NOT NULL,
    zone TEXT NOT NULL,
    base TEXT,
    ordered_ms INTEGER NOT NULL,
    begin_by_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    body TEXT NOT NULL,             -- the order, to the byte
    sha256 TEXT NOT NULL,           -- of it
    state TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    started_ms INTEGER,
    code TEXT,
    reason TEXT,
    sequence INTEGER,               -- of backup.ordered in class ops; NULL: not known yet
    entry TEXT,
    receipt TEXT,                   -- NULL: not there yet
    tries INTEGER NOT NULL DEFAULT 0    -- times that the agent could not tell whose history the receipt shows
) STRICT;
CREATE INDEX ordered_open ON ordered (state, number) WHERE state IN ('ordered', 'sent', 'taken', 'waiting', 'running', 'missed');
CREATE INDEX ordered_plan ON ordered (document, agent, number);
CREATE INDEX ordered_agent ON ordered (agent, number);

-- The catalogue: what commits say that are by their agent's key. Made of commits alone, so that it can be made again.
CREATE TABLE snapshot (
    agent INTEGER NOT NULL,
    backup TEXT NOT NULL,
    class TEXT NOT NULL,
    slot INTEGER NOT NULL,
    kept_until INTEGER NOT NULL,
    zone TEXT NOT NULL,             -- "": nobody said
    base TEXT,
    anchor INTEGER NOT NULL,
    began_ms INTEGER NOT NULL,
    ended_ms INTEGER NOT NULL,
    files INTEGER NOT NULL,
    changed_files INTEGER NOT NULL,
    content_bytes INTEGER NOT NULL,
    new_bytes INTEGER NOT NULL,
    unsteady_files INTEGER NOT NULL,
    unread_files INTEGER NOT NULL,
    segments INTEGER NOT NULL,
    stored_bytes INTEGER NOT NULL,
    live_bytes INTEGER NOT NULL,
    previous_sha256 TEXT,
    commit_sha256 TEXT NOT NULL,
    commit_bytes INTEGER NOT NULL,
    PRIMARY KEY (agent, backup)
) STRICT, WITHOUT ROWID;
CREATE INDEX snapshot_backup ON snapshot (backup);

-- Commits of which not all pieces have come.
CREATE TABLE piece (
    agent INTEGER NOT NULL,
    backup TEXT NOT NULL,
    offset INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (agent, backup, offset)
) STRICT, WITHOUT ROWID;

-- How a backup was found when it was looked at last, in each of the ways.
CREATE TABLE proof (
    agent INTEGER NOT NULL,
    backup TEXT NOT NULL,
    proof TEXT NOT NULL,
    proven INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    reason TEXT,
    PRIMARY KEY (agent, backup, proof)
) STRICT, WITHOUT ROWID;

-- As lib/exchange wants them: what ingest says of agents; streams of envelopes, and those that came before their turn;
-- those that are sealed and not with ingest; mailboxes that take no more.
CREATE TABLE agent (
    agent INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    sign_key TEXT NOT NULL,
    seal_key TEXT NOT NULL,
    tenant TEXT NOT NULL,
    site TEXT NOT NULL,
    name TEXT NOT NULL
) STRICT;
CREATE INDEX agent_place ON agent (tenant, site);
CREATE TABLE stream (
    agent INTEGER PRIMARY KEY,
    sent_incarnation INTEGER NOT NULL DEFAULT 0,
    sent_counter INTEGER NOT NULL DEFAULT 0,
    taken_incarnation INTEGER NOT NULL DEFAULT 0,
    taken_next INTEGER NOT NULL DEFAULT 0,
    taken_skipped INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE early (
    agent INTEGER NOT NULL,
    incarnation INTEGER NOT NULL,
    counter INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    envelope BLOB NOT NULL,
    PRIMARY KEY (agent, incarnation, counter)
) STRICT, WITHOUT ROWID;
CREATE TABLE outgoing (
    outgoing INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket INTEGER,                 -- of an order its number; one that goes again may be here twice
    agent INTEGER NOT NULL,
    envelope BLOB NOT NULL
) STRICT;
CREATE INDEX outgoing_agent ON outgoing (agent);
CREATE TABLE full_mailbox (
    agent INTEGER PRIMARY KEY,
    since_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    tries INTEGER NOT NULL
) STRICT;

-- version 2
-- By which of our keys the stream to an agent is signed, by its fingerprint; NULL: it has not begun.
ALTER TABLE stream ADD COLUMN signer TEXT;

-- version 3
-- The last word of whoever looks at a machine's backups, at each target; when there was to be another.
CREATE TABLE watched (
    agent INTEGER NOT NULL,
    proof TEXT NOT NULL,
    target TEXT NOT NULL,           -- "": nobody said
    proven INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    next_by_ms INTEGER,             -- NULL: none was promised, or it was told that it did not come
    PRIMARY KEY (agent, proof, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX watched_next ON watched (next_by_ms) WHERE next_by_ms IS NOT NULL;

-- version 4
-- Keys of envelopes that agents took in the place of those of their enrolment, and those before them.
CREATE TABLE agent_key (
    agent INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL,      -- of the enrolment that it is of
    signer TEXT NOT NULL,           -- SHA-256 of sign_key
    sign_key TEXT NOT NULL,
    seal_key TEXT NOT NULL,
    signer_before TEXT NOT NULL,
    sign_key_before TEXT NOT NULL,
    since_incarnation INTEGER NOT NULL DEFAULT 0,   -- of the first envelope by signer; 0: none has come
    since_counter INTEGER NOT NULL DEFAULT 0
) STRICT;

-- version 5
-- What whoever prunes beside a target said last of an agent's backups there; target "": it was not named.
CREATE TABLE pruned (
    agent INTEGER NOT NULL,
    target TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    stop TEXT,                      -- by what nothing is deleted; NULL: what is due is
    PRIMARY KEY (agent, target)
) STRICT, WITHOUT ROWID;
CREATE TABLE held (
    agent INTEGER NOT NULL,
    target TEXT NOT NULL,
    backup TEXT NOT NULL,           -- "": all of the agent's
    PRIMARY KEY (agent, target, backup)
) STRICT, WITHOUT ROWID;
