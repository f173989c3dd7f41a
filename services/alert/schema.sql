-- version 1
-- Where we are in each class of the log: next sequence wanted. Moves in one transaction with what the events did.
CREATE TABLE cursor (
    class TEXT PRIMARY KEY,
    next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the log said of each agent.
CREATE TABLE agent (
    agent INTEGER PRIMARY KEY,
    tenant TEXT,
    site TEXT,
    state TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    cloned_ms INTEGER               -- last time that two machines used its identity
) STRICT;

CREATE TABLE silent_site (
    tenant TEXT NOT NULL,
    site TEXT NOT NULL,
    PRIMARY KEY (tenant, site)
) STRICT, WITHOUT ROWID;

CREATE TABLE rule (
    tenant TEXT PRIMARY KEY,
    offline_after_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE alert (
    alert INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,          -- agent/7, site/acme/hq, service/audit
    sev INTEGER NOT NULL,
    tenant TEXT,
    site TEXT,
    agent INTEGER,
    reason TEXT NOT NULL,
    opened_ms INTEGER NOT NULL,
    resolved_ms INTEGER,
    -- Whether alert.opened and alert.resolved are in the log.
    opened_logged INTEGER NOT NULL DEFAULT 0,
    resolved_logged INTEGER NOT NULL DEFAULT 0
) STRICT;
-- Nothing is raised twice.
CREATE UNIQUE INDEX alert_open ON alert (kind, subject) WHERE resolved_ms IS NULL;
CREATE INDEX alert_unlogged ON alert (alert) WHERE opened_logged = 0 OR resolved_logged < (resolved_ms IS NOT NULL);
CREATE INDEX alert_resolved ON alert (resolved_ms) WHERE resolved_ms IS NOT NULL;

-- version 2
-- Receivers outside that get events of the log.
CREATE TABLE output (
    output INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    destination TEXT NOT NULL,
    tenant TEXT,                    -- NULL: all
    least_sev INTEGER NOT NULL,
    types TEXT,                     -- as on the wire, separated by blanks; NULL: all
    format TEXT NOT NULL,
    ca TEXT,                        -- PEM; NULL: the system's
    secret BLOB,                    -- of a webhook, wrapped under master.key
    enabled INTEGER NOT NULL DEFAULT 1,
    told_failing INTEGER NOT NULL DEFAULT 0     -- output.failing is in the log, output.recovered is not
) STRICT;

-- Where an output is in each class it gets: everything before `next` arrived, or is not for it.
CREATE TABLE output_cursor (
    output INTEGER NOT NULL,
    class TEXT NOT NULL,
    next INTEGER NOT NULL,          -- -1: it has not begun, and begins with what is new then
    PRIMARY KEY (output, class)
) STRICT, WITHOUT ROWID;

-- version 3
-- Agents' watches that are not well.
CREATE TABLE watch (
    agent INTEGER NOT NULL,
    watch TEXT NOT NULL,
    level TEXT NOT NULL,
    text TEXT NOT NULL,             -- what is wrong
    PRIMARY KEY (agent, watch)
) STRICT, WITHOUT ROWID;

-- version 4
-- What agents say of the log and of their runs.
ALTER TABLE agent ADD COLUMN forked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE agent ADD COLUMN broken_ms INTEGER;     -- last time that its account of its runs had a gap
