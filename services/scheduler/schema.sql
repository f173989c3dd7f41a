-- version 1
-- Where we are in each class of the log: next sequence wanted. Moves in one transaction with what the events did.
CREATE TABLE cursor (
    class TEXT PRIMARY KEY,
    next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The chain of trust files: each follows the one before.
CREATE TABLE trust (
    version INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL,
    signers TEXT NOT NULL,
    dsse TEXT NOT NULL,
    made_ms INTEGER NOT NULL
) STRICT;

-- Every version of every document, in the order in which they came.
CREATE TABLE document (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    document TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    title TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    tenant TEXT,                    -- the one that all its targets belong to; NULL: several, or the whole deployment
    maker TEXT NOT NULL,
    made_ms INTEGER NOT NULL,
    not_before_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    recurring INTEGER NOT NULL,
    signers TEXT NOT NULL,
    may_sign TEXT NOT NULL,
    signatures INTEGER NOT NULL,
    threshold INTEGER NOT NULL,
    dsse TEXT NOT NULL,
    stop_failures INTEGER NOT NULL, -- of its rollout; 0: none stop it
    wants_receipt INTEGER NOT NULL, -- agents do nothing of it without one
    sequence INTEGER,               -- of document.logged in class ops; NULL: not known yet
    entry TEXT,
    receipt TEXT,                   -- NULL: not there yet
    resolved INTEGER NOT NULL DEFAULT 0,    -- deliveries of it have been made
    UNIQUE (document, kind, version)
) STRICT;
CREATE INDEX document_state ON document (state, resolved, number);

-- What ingest says of agents: where they belong, and their keys.
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

-- One document on its way to one agent. In the order of `delivery` each agent gets its own.
CREATE TABLE delivery (
    delivery INTEGER PRIMARY KEY AUTOINCREMENT,
    number INTEGER NOT NULL,
    agent INTEGER NOT NULL,
    ring INTEGER NOT NULL,
    what TEXT NOT NULL,             -- document; stop; checkpoint
    state TEXT NOT NULL,            -- held: its ring's turn has not come; ready; proving: a proof for it is asked for;
                                    -- sealed: in `outgoing`; put: with ingest; dropped
    UNIQUE (number, agent, what)
) STRICT;
CREATE INDEX delivery_ready ON delivery (what DESC, delivery) WHERE state = 'ready';
CREATE INDEX delivery_held ON delivery (number, ring) WHERE state = 'held';

-- Sealed, and not yet with ingest: kept with its counter, so that a kill leaves no gap in the stream.
CREATE TABLE outgoing (
    outgoing INTEGER PRIMARY KEY AUTOINCREMENT,     -- in the order in which they were sealed
    delivery INTEGER NOT NULL UNIQUE,
    agent INTEGER NOT NULL,
    envelope BLOB NOT NULL
) STRICT;

-- Streams of envelopes (lib/envelope/stream.h): to each agent, and from it.
CREATE TABLE stream (
    agent INTEGER PRIMARY KEY,
    sent_incarnation INTEGER NOT NULL DEFAULT 0,
    sent_counter INTEGER NOT NULL DEFAULT 0,
    taken_incarnation INTEGER NOT NULL DEFAULT 0,
    taken_next INTEGER NOT NULL DEFAULT 0,
    taken_skipped INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Envelopes from agents that came before their turn.
CREATE TABLE early (
    agent INTEGER NOT NULL,
    incarnation INTEGER NOT NULL,
    counter INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    envelope BLOB NOT NULL,
    PRIMARY KEY (agent, incarnation, counter)
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
    run INTEGER PRIMARY KEY AUTOINCREMENT,
    number INTEGER NOT NULL,
    agent INTEGER NOT NULL,
    occurrence INTEGER NOT NULL,    -- when it was due, milliseconds; 0: of a task that is done once
    ring INTEGER NOT NULL,
    state TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    started_ms INTEGER,
    ended_ms INTEGER,
    exit_status INTEGER,
    signal INTEGER,
    code TEXT,
    reason TEXT,
    output_bytes INTEGER NOT NULL DEFAULT 0,
    output_cut INTEGER NOT NULL DEFAULT 0,
    UNIQUE (number, agent, occurrence)
) STRICT;
CREATE INDEX run_agent ON run (agent, run);
CREATE INDEX run_open ON run (number) WHERE state IN ('queued', 'delivered', 'running');
CREATE INDEX run_ended ON run (ended_ms) WHERE ended_ms IS NOT NULL;

-- What runs wrote, compressed piece by piece.
CREATE TABLE output (
    run INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (run, offset)
) STRICT, WITHOUT ROWID;

-- What an agent said of itself last: its trust version, its policy, the documents it holds.
CREATE TABLE report (
    agent INTEGER PRIMARY KEY,
    time_ms INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

-- version 2
-- How agents' watches are, as they told last.
CREATE TABLE watch (
    agent INTEGER NOT NULL,
    watch TEXT NOT NULL,
    kind TEXT NOT NULL,
    level TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    held INTEGER NOT NULL,
    value INTEGER,                  -- thousandths; NULL: it has none
    reason TEXT,
    document TEXT,
    reported_ms INTEGER NOT NULL,
    PRIMARY KEY (agent, watch)
) STRICT, WITHOUT ROWID;
CREATE INDEX watch_bad ON watch (level, agent) WHERE level <> 'ok';

-- version 3
-- How far each agent has seen the log that permits (class ops): by what was sealed for it, or by its own word.
CREATE TABLE remembered (
    agent INTEGER PRIMARY KEY,
    origin TEXT NOT NULL,
    size INTEGER NOT NULL,          -- when it has dealt with all that was sealed for it
    said_size INTEGER,              -- as it said last; NULL: it has not
    said_ms INTEGER NOT NULL DEFAULT 0,
    shown_ms INTEGER NOT NULL,      -- when a checkpoint was sealed for it
    forked INTEGER NOT NULL DEFAULT 0,
    evidence TEXT                   -- of its fork: two checkpoints
) STRICT;
CREATE INDEX remembered_shown ON remembered (shown_ms);
ALTER TABLE delivery ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
CREATE INDEX delivery_proving ON delivery (agent) WHERE state = 'proving';
-- The chain of a document's runs on an agent, as it was told so far.
CREATE TABLE chain (
    agent INTEGER NOT NULL,
    document TEXT NOT NULL,
    links INTEGER NOT NULL,
    head TEXT NOT NULL,
    PRIMARY KEY (agent, document)
) STRICT, WITHOUT ROWID;
ALTER TABLE run ADD COLUMN chain_link INTEGER;
ALTER TABLE run ADD COLUMN chain TEXT;
CREATE INDEX document_ending ON document (expires_ms) WHERE state IN ('draft', 'signed', 'logged');

-- version 4
-- Some envelopes are of no delivery: pieces of files.
CREATE TABLE outgoing_4 (
    outgoing INTEGER PRIMARY KEY AUTOINCREMENT,     -- in the order in which they were sealed
    delivery INTEGER UNIQUE,                        -- NULL: of none
    agent INTEGER NOT NULL,
    envelope BLOB NOT NULL
) STRICT;
INSERT INTO outgoing_4 SELECT outgoing, delivery, agent, envelope FROM outgoing;
DROP TABLE outgoing;
ALTER TABLE outgoing_4 RENAME TO outgoing;
CREATE INDEX outgoing_agent ON outgoing (agent);

-- Agents whose mailbox takes no more: nothing is handed over for them until a time.
CREATE TABLE full_mailbox (
    agent INTEGER PRIMARY KEY,
    since_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    tries INTEGER NOT NULL
) STRICT;

-- What agents want of files, whose carriers fetch none.
CREATE TABLE wanted (
    agent INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    offset INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (agent, sha256)
) STRICT, WITHOUT ROWID;

-- Files that documents name.
CREATE TABLE named (
    sha256 TEXT NOT NULL,
    number INTEGER NOT NULL,        -- of the document
    PRIMARY KEY (sha256, number)
) STRICT, WITHOUT ROWID;
ALTER TABLE document ADD COLUMN names_noted INTEGER NOT NULL DEFAULT 0; -- there
CREATE INDEX document_not_noted ON document (number) WHERE NOT names_noted;

-- version 5
-- Whoever seals an envelope knows it by a ticket: of deliveries their number, NULL of what is none.
ALTER TABLE outgoing RENAME COLUMN delivery TO ticket;

-- version 6
-- What agents said of themselves and the registry has not heard yet.
CREATE TABLE news (
    agent INTEGER NOT NULL,
    what TEXT NOT NULL,             -- moved: tenant, site
    first TEXT NOT NULL,
    second TEXT NOT NULL,
    PRIMARY KEY (agent, what)
) STRICT, WITHOUT ROWID;
-- By which of our keys the stream to an agent is signed, by its fingerprint; NULL: it has not begun.
ALTER TABLE stream ADD COLUMN signer TEXT;

-- version 7
-- How far restores are, as their agents told last.
CREATE TABLE restoring (
    number INTEGER PRIMARY KEY,     -- of the document
    reported_ms INTEGER NOT NULL,
    files INTEGER NOT NULL,
    content_bytes INTEGER NOT NULL,
    expected_files INTEGER NOT NULL,
    expected_bytes INTEGER NOT NULL,
    same_files INTEGER NOT NULL,
    failed_files INTEGER NOT NULL,
    rate_bytes_s INTEGER,           -- NULL, as the next: nobody can say
    left_s INTEGER
) STRICT;

-- version 8
-- What only stops something goes before all else, however much waits.
ALTER TABLE delivery ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
DROP INDEX delivery_ready;
CREATE INDEX delivery_ready ON delivery (urgent DESC, what DESC, delivery) WHERE state = 'ready';

-- version 9
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
-- version 10
CREATE INDEX document_incomplete ON document (tenant, made_ms) WHERE signatures < threshold;
