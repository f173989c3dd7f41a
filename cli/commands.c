#include "cli/run.h"
#include "contract.h"

/* A table is read by its rows. */
/* clang-format off */

/* An argument that stands by its place, and an option; both go into a field of the call, or to the subcommand (NULL). */
#define PLACE(name, field) { name, NULL, field, AS_TEXT, true, false, NULL }
#define OPTION(name, value, field) { name, value, field, AS_TEXT, false, false, NULL }
#define NEEDED(name, value, field) { name, value, field, AS_TEXT, true, false, NULL }
#define JOINED(name, value, field) { name, value, field, AS_TEXT, false, true, NULL }
#define REPEATED(name, value) { name, value, NULL, AS_TEXT, false, true, NULL }
#define FLAG(name, field) { name, NULL, field, AS_FLAG, false, false, NULL }
#define DURATION(name, field, initial) { name, "DURATION", field, AS_DURATION, false, false, initial }
#define FILE64(name, field) { name, "FILE", field, AS_FILE64, false, false, NULL }
#define OUT(name) { name, "FILE", NULL, AS_OUT, false, false, NULL }
#define MAYBE(name) { name, NULL, NULL, AS_TEXT, false, false, NULL }
#define DEFAULT(name, value, field, initial) { name, value, field, AS_TEXT, false, false, initial }

/* Whose word is taken for a log: its key (a file or the text; else the one beside the log), witnesses, how many of them. */
#define TRUST OPTION("--vkey", "KEY", NULL), REPEATED("--witness", "KEY"), OPTION("--quorum", "N", NULL)

/* Who a document is for; how it is signed at once; the members of a trust file. */
#define SCOPE REPEATED("--agent", "ID|FINGERPRINT[=NAME]"), OPTION("--tenant", "TENANT", NULL), OPTION("--site", "SITE", NULL)
#define SIGNED OPTION("--key", "FILE", NULL), OPTION("--ssh-key", "FILE", NULL), FLAG("--browser", NULL), \
    OPTION("--passphrase-file", "FILE", NULL), FLAG("--yes", NULL), FLAG("--demo", NULL)
#define TIMES OPTION("--not-before", "TIME", NULL), OPTION("--expires", "TIME", NULL)
#define TRUSTED REPEATED("--person", "NAME=FILE"), REPEATED("--threshold", "[KIND=]N"), REPEATED("--witness", "KEY"), \
    OPTION("--quorum", "N", NULL), TIMES

/* words, meaning, run, call, columns, id in JSON, arguments */
const struct command commands[] = {
    { "init", "make the state directory, or what is missing in it; renew certificates that are due", run_init, -1, NULL,
        NULL,
        { OPTION("--ports", "FIRST", NULL), OPTION("--public-name", "NAME", NULL),
            REPEATED("--set", "SECTION.KEY=VALUE") } },
    { "health", "ask every process whether it answers and can do its work", run_health, -1,
        "service ok version uptime_s reason", NULL, { { 0 } } },

    { "agents", "list all agents", run_agents, CALL_AGENTS_LIST,
        "agent:ID name tenant site state since~ last_seen~ hostname os", "agent",
        { OPTION("--tenant", "TENANT", "tenant"), OPTION("--search", "TEXT", "q"), FLAG("--watch", NULL) } },
    { "agents show", "everything that is known of one agent", run_call, CALL_AGENT_GET, NULL, "agent",
        { PLACE("ID", "agent") } },
    { "agents history", "an agent's changes of state", run_call, CALL_AGENT_HISTORY, "time state", NULL,
        { PLACE("ID", "agent"), OPTION("--from", "TIME", "from"), OPTION("--to", "TIME", "to") } },
    { "agents rename", "give an agent another name", run_call, CALL_AGENT_RENAME, NULL, NULL,
        { PLACE("ID", "agent"), PLACE("NAME", "name") } },
    { "agents maintenance", "begin or end maintenance: it is shown as such and raises no alert", run_call,
        CALL_AGENT_MAINTENANCE, NULL, NULL,
        { PLACE("ID", "agent"), PLACE("on|off", "on"), { "--until", "TIME", "until", AS_UNTIL, false, false, NULL } } },
    { "agents retire", "refuse an agent from now on; its id is never used again", run_call, CALL_AGENT_RETIRE, NULL,
        NULL, { PLACE("ID", "agent") } },

    { "tenant add", "add a tenant", run_call, CALL_TENANT_ADD, NULL, NULL, { PLACE("TENANT", "tenant") } },
    { "tenant list", "list tenants", run_call, CALL_TENANT_LIST, "tenant", NULL, { { 0 } } },
    { "site add", "add a site to a tenant", run_call, CALL_SITE_ADD, NULL, NULL,
        { PLACE("TENANT", "tenant"), PLACE("SITE", "site") } },
    { "site list", "list sites", run_call, CALL_SITE_LIST, "tenant site", NULL,
        { OPTION("--tenant", "TENANT", "tenant") } },

    { "token create", "make a token by which agents enrol; --out keeps it off the screen", run_call,
        CALL_TOKEN_CREATE, NULL, NULL,
        { NEEDED("--tenant", "TENANT", "tenant"), NEEDED("--site", "SITE", "site"),
            DEFAULT("--uses", "N", "uses", "1"), DURATION("--ttl", "ttl_s", "1h"), OUT("--out") } },
    { "token list", "list enrolment tokens that are still good", run_call, CALL_TOKEN_LIST,
        "token_id:ID tenant site uses_left expires", NULL, { OPTION("--tenant", "TENANT", "tenant") } },
    { "token revoke", "make an enrolment token useless", run_call, CALL_TOKEN_REVOKE, NULL, NULL,
        { PLACE("ID", "token_id") } },
    { "apitoken create", "make a token for --url and the REST API", run_call, CALL_APITOKEN_CREATE, NULL, NULL,
        { NEEDED("--name", "NAME", "name"), DEFAULT("--role", "ROLE", "role", "viewer"),
            OPTION("--tenant", "TENANT", "tenant"), DURATION("--ttl", "ttl_s", "30d"),
            OUT("--out") } },
    { "apitoken list", "list API tokens", run_call, CALL_APITOKEN_LIST, "token_id:ID name role tenant expires", NULL,
        { { 0 } } },
    { "apitoken revoke", "end an API token", run_call, CALL_APITOKEN_REVOKE, NULL, NULL, { PLACE("ID", "token_id") } },

    { "alerts", "list alerts, newest first", run_call, CALL_ALERT_LIST,
        "alert:ID kind sev open tenant site agent opened_at resolved_at reason", NULL,
        { OPTION("--tenant", "TENANT", "tenant"), FLAG("--open", "open") } },
    { "rule set", "how long an agent of a tenant may be offline before an alert", run_call, CALL_RULE_SET, NULL, NULL,
        { PLACE("TENANT", "tenant"),
            { "--offline-after", "DURATION", "offline_after_s", AS_DURATION, true, false, NULL } } },
    { "rule list", "list those limits", run_call, CALL_RULE_LIST, "tenant offline_after_s", NULL,
        { OPTION("--tenant", "TENANT", "tenant") } },
    { "stream", "events as they are logged: without --from from now on, --from 0 from the start, --resume from where "
                "this subscriber was; with --subscriber anywhere, by that file alone",
        run_stream, -1, NULL, NULL,
        { REPEATED("--class", "ops|access|fleet|alert"), OPTION("--from", "SEQUENCE", NULL), FLAG("--resume", NULL),
            OPTION("--tenant", "TENANT", NULL), OPTION("--sev", "1-4", NULL), REPEATED("--type", "TYPE"),
            OPTION("--subscriber", "FILE", NULL), DURATION("--timeout", NULL, NULL) } },
    { "subscriber add", "let somebody read streams from elsewhere: FILE (0600, never overwritten) is all that it takes",
        run_subscriber_add, CALL_SUBSCRIBER_ADD, NULL, NULL,
        { PLACE("NAME", "name"), REPEATED("--class", "ops|access|fleet|alert"), OPTION("--sev", "1-4", "sev"),
            OPTION("--tenant", "TENANT", "tenant"), REPEATED("--type", "TYPE"), NEEDED("--out", "FILE", NULL) } },
    { "subscriber list", "subscribers, when each was last heard of, and how far behind it is", run_call,
        CALL_SUBSCRIBER_LIST, "subscriber:ID name classes tenant sev types created~ last_contact~ lag cursors revoked",
        NULL, { { 0 } } },
    { "subscriber revoke", "end a subscriber at once", run_subscriber_revoke, -1, NULL, NULL,
        { PLACE("NAME|ID", NULL) } },
    { "output add", "send events to a receiver outside, from now on; --out keeps a webhook's secret off the screen",
        run_call, CALL_OUTPUT_ADD, NULL, NULL,
        { PLACE("NAME", "output"), PLACE("syslog|webhook", "output_kind"), PLACE("DESTINATION", "destination"),
            JOINED("--class", "ops|access|fleet|alert", "classes"), OPTION("--tenant", "TENANT", "tenant"),
            OPTION("--sev", "1-4", "sev"), { "--type", "TYPE", "types", AS_TYPE, false, true, NULL },
            OPTION("--format", "json|cef|leef", "format"), FILE64("--trust", "ca"), FLAG("--from-start", "from_start"),
            OUT("--out") } },
    { "output list", "outputs, and how they do", run_call, CALL_OUTPUT_LIST,
        "output:NAME output_kind:KIND destination classes sev enabled lag delivered last_success~"
        " failing_since~ last_error",
        "output", { { 0 } } },
    { "output test", "send a test message now, and say what happened", run_call, CALL_OUTPUT_TEST, NULL, NULL,
        { PLACE("NAME", "output") } },
    { "output enable", "let an output send (on) or wait (off); it goes on where it was", run_call, CALL_OUTPUT_ENABLE,
        NULL, NULL, { PLACE("NAME", "output"), PLACE("on|off", "enabled") } },
    { "output remove", "end an output and forget where it was", run_call, CALL_OUTPUT_REMOVE, NULL, NULL,
        { PLACE("NAME", "output") } },

    { "task submit", "hand over a signed document: it is logged, and brought to its agents; --wait until all have ended",
        run_task_submit, -1, NULL, NULL, { PLACE("FILE", NULL), FLAG("--wait", NULL) } },
    { "task list", "tasks, newest first, and how far they are", run_call, CALL_TASK_LIST,
        "document document_version:VERSION document_state:STATE title made_at~ expires runs runs_open:OPEN runs_done:DONE"
        " runs_failed:FAILED",
        NULL, { OPTION("--tenant", "TENANT", "tenant"), OPTION("--limit", "N", "limit") } },
    { "task show", "a task, and how far each agent is with it", run_call, CALL_TASK_SHOW,
        "agent:ID name site run_state:STATE since~ exit_status:EXIT code reason output_bytes:OUTPUT", NULL,
        { PLACE("DOCUMENT", "document"), OPTION("--only", "STATE", "run_state"), OPTION("--after", "ID", "after"),
            OPTION("--limit", "N", "limit") } },
    { "task runs", "what an agent was given to do, newest first", run_call, CALL_TASK_RUNS,
        "document title run_state:STATE since~ exit_status:EXIT code reason output_bytes:OUTPUT", NULL,
        { PLACE("AGENT", "agent"), OPTION("--limit", "N", "limit") } },
    { "task output", "what a run wrote, to the byte", run_task_output, CALL_TASK_OUTPUT, NULL, NULL,
        { PLACE("DOCUMENT", "document"), PLACE("AGENT", "agent"), OPTION("--occurrence", "MS", "occurrence") } },
    { "task cancel", "end a task: what has not begun does not begin, what runs is stopped; with the log away, too",
        run_call, CALL_TASK_CANCEL, NULL, NULL, { PLACE("DOCUMENT", "document") } },
    { "document list", "signed documents of every kind, newest first; those that wait for signatures: --only draft",
        run_call, CALL_DOCUMENT_LIST,
        "document document_version:VERSION document_kind:KIND document_state:STATE title made_at~ signatures:SIGNED"
        " threshold:OF signers may_sign",
        NULL,
        { OPTION("--kind", "KIND", "document_kind"), OPTION("--only", "STATE", "document_state"),
            OPTION("--tenant", "TENANT", "tenant"), OPTION("--limit", "N", "limit") } },
    { "document show", "one document, who signed it, and its receipt", run_call, CALL_DOCUMENT_GET, NULL, NULL,
        { PLACE("DOCUMENT", "document"), OPTION("--version", "N", "document_version") } },

    { "audit recover", "when audit refuses the log it finds, and nothing better can be put back: a succeeding log under a new "
                       "origin; on the host, with audit stopped",
        run_recover, -1, NULL, NULL, { NEEDED("--reason", "TEXT", NULL), FLAG("--without-journal", NULL) } },

    { "log show", "entries as they stand in the log; LOG is ops, access, fleet, alert, or the folder or URL of a copy", run_log_show,
        -1, NULL, NULL, { PLACE("LOG", NULL), OPTION("--from", "SEQUENCE", NULL), OPTION("--limit", "N", NULL), TRUST } },
    { "log search", "entries by words in them, time, type, tenant, agent, actor, severity: by the server's index, newest first; "
        "of a folder with a copy, in its order", run_log_search, CALL_LOG_SEARCH, NULL, NULL,
        { { "TEXT", NULL, "text", AS_TEXT, false, false, NULL }, OPTION("--log", "LOG", NULL),
            OPTION("--since", "TIME", NULL), OPTION("--until", "TIME", NULL), OPTION("--type", "TYPE", "type"),
            OPTION("--tenant", "TENANT", "tenant"), OPTION("--agent", "ID", "agent"),
            OPTION("--actor", "ACTOR", "actor"), OPTION("--sev", "1-4", "sev"), OPTION("--limit", "N", NULL), TRUST } },
    { "log retention", "how long entries are kept; --dry-run: what would go now, or --as-of a time", run_call, CALL_LOG_RETENTION,
        "class days kept_from due keeps_from entries bytes keys", NULL,
        { FLAG("--dry-run", "dry_run"), { "--as-of", "TIME", "as_of", AS_TEXT, false, false, NULL } } },
    { "log erase", "destroy the keys of personal fields of whole days (as 2026-01-31) before they are due: for ever", run_call,
        CALL_LOG_ERASE, NULL, NULL,
        { PLACE("CLASS", "class"), PLACE("FROM", "erased_from"), PLACE("TO", "erased_to"),
            NEEDED("--reason", "TEXT", "reason") } },
    { "log prove", "a receipt (c2sp.org/tlog-proof) for an entry, which anyone verifies without the log", run_log_prove,
        -1, NULL, NULL,
        { PLACE("LOG", NULL), PLACE("SEQUENCE", NULL), OPTION("--out", "FILE", NULL), OPTION("--entry", "FILE", NULL),
            TRUST } },
    { "log verify", "every entry, tile and signature of a log, or of all; that it grew from an older checkpoint; a receipt",
        run_log_verify, -1, NULL, NULL,
        { MAYBE("LOG"), OPTION("--since", "CHECKPOINT", NULL), OPTION("--receipt", "FILE", NULL),
            OPTION("--entry", "FILE", NULL), OPTION("--ops", "LOG", NULL), TRUST } },
    { "log export", "a copy of a log with its key, which anyone verifies alone", run_log_export, -1, NULL, NULL,
        { PLACE("LOG", NULL), PLACE("FOLDER", NULL), TRUST } },
    { "log fsck", "verify, and that every entry is the event of its class and sequence", run_log_fsck, -1, NULL, NULL,
        { MAYBE("LOG"), OPTION("--ops", "LOG", NULL), TRUST } },

    { "witness init", "make the key of a witness; prints its public half, for `witness add` and for readers' --witness",
        run_witness_init, -1, NULL, NULL, { NEEDED("--name", "NAME", NULL), NEEDED("--key-out", "FILE", NULL) } },
    { "witness run", "follow a server's log from elsewhere (--url), cosign what it grows to, say when it was rewritten",
        run_witness, -1, NULL, NULL,
        { NEEDED("--key", "FILE", NULL), REPEATED("--vkey", "KEY"), FLAG("--pin-first", NULL),
            OPTION("--every", "DURATION", NULL), FLAG("--once", NULL) } },
    { "witness add", "let the cosignatures of this key count", run_call, CALL_WITNESS_ADD, NULL, NULL,
        { PLACE("KEY", "vkey") } },
    { "witness remove", "let them count no more", run_call, CALL_WITNESS_REMOVE, NULL, NULL, { PLACE("NAME", "witness") } },
    { "witness list", "list witnesses, and how far each has followed", run_call, CALL_WITNESS_LIST,
        "witness cosigned last_contact~ vkey", NULL, { { 0 } } },

    { "trust facts", "what a trust file says of this server: its CA, its logs, its services' keys; on the host", run_trust_facts, -1,
        NULL, NULL, { { 0 } } },
    { "trust init", "the first trust file, FILE, for its people to sign: who may sign what, and every pin; off the server",
        run_trust_init, -1, NULL, NULL,
        { PLACE("FILE", NULL), NEEDED("--facts", "FILE", NULL), NEEDED("--status-key", "FILE", NULL), TRUSTED,
            REPEATED("--remove", "NAME") } },
    { "trust rotate", "the trust file that follows the newest, for the old people and the new ones to sign", run_trust_rotate, -1, NULL,
        NULL,
        { PLACE("FILE", NULL), OPTION("--facts", "FILE", NULL), OPTION("--status-key", "FILE", NULL), TRUSTED,
            REPEATED("--remove", "NAME") } },
    { "trust adopt", "take a signed trust file of others: the first by its SHA-256, as people told it", run_trust_adopt, -1, NULL, NULL,
        { PLACE("FILE", NULL), MAYBE("SHA256") } },
    { "trust show", "the newest trust file that is known here", run_trust_show, -1, NULL, NULL, { { 0 } } },
    { "trust status", "sign, by the status key, that nothing newer was withheld up to now", run_trust_status, -1, NULL, NULL,
        { PLACE("FILE", NULL), SIGNED, FLAG("--frozen", NULL) } },
    { "sign keygen", "a key to sign with: FILE, which a passphrase opens, and FILE.pub; --browser: a passkey, FILE its public half",
        run_sign_keygen, -1, NULL, NULL,
        { PLACE("FILE", NULL), FLAG("--browser", NULL), OPTION("--type", "ed25519|p256", NULL), OPTION("--passphrase-file", "FILE", NULL),
            FLAG("--no-passphrase", NULL), FLAG("--demo", NULL) } },
    { "sign", "show what is to be signed, ask, and sign it: by a key file, by ssh-keygen, or by a passkey on a page in your browser; off the server", run_sign, -1, NULL, NULL,
        { PLACE("FILE", NULL), SIGNED, OPTION("--out", "FILE", NULL) } },
    { "task new", "the payload of a task, FILE, for people to sign: a command behind --, or a script", run_task_new, -1, NULL, NULL,
        { PLACE("FILE", NULL), NEEDED("--title", "TEXT", NULL), NEEDED("--user", "USER", NULL), SCOPE, OPTION("--script", "FILE", NULL),
            OPTION("--interpreter", "PATH", NULL), REPEATED("--file", "[NAME=]PATH"), REPEATED("--env", "NAME=VALUE"),
            OPTION("--timeout", "DURATION", NULL), OPTION("--output-limit", "BYTES", NULL),
            OPTION("--calendar", "CALENDAR", NULL), OPTION("--zone", "ZONE", NULL), OPTION("--missed", "skip|once", NULL),
            OPTION("--consent", "none|notify|ask", NULL), OPTION("--canary", "N", NULL), OPTION("--ring", "N", NULL),
            OPTION("--stop-failures", "N", NULL), TIMES, OPTION("--fresh-within", "DURATION", NULL),
            OPTION("--replaces", "FILE", NULL), { "COMMAND", NULL, NULL, AS_TEXT, false, true, NULL } } },
    { "freeze", "sign that nothing new begins, everywhere or there: one person is enough", run_freeze, -1, NULL, NULL,
        { PLACE("FILE", NULL), SIGNED, SCOPE, OPTION("--reason", "TEXT", NULL) } },
    { "unfreeze", "the payload, FILE, that ends a signed freeze; its threshold signs it", run_unfreeze, -1, NULL, NULL,
        { PLACE("FREEZE", NULL), PLACE("FILE", NULL), OPTION("--reason", "TEXT", NULL) } },
    { "revoke", "sign that documents or keys are good no more, for ever: one person is enough", run_revoke, -1, NULL, NULL,
        { PLACE("FILE", NULL), SIGNED, REPEATED("--document", "ID[:VERSION]"), REPEATED("--keyid", "KEYID"),
            OPTION("--reason", "TEXT", NULL) } },

    { "user first", "one-time link for the first administrator", run_call, CALL_USER_FIRST, NULL, NULL, { { 0 } } },
    { "user reset", "one-time link for a user to set a new password and key", run_call, CALL_USER_RESET, NULL, NULL,
        { PLACE("NAME", "user") } },
    { "user list", "list users", run_call, CALL_USER_LIST, "user role tenant enabled", NULL, { { 0 } } },
    { "user disable", "let nobody log in as that user, and end the user's sessions; with the log away, too", run_call,
        CALL_USER_DISABLE, NULL, NULL, { PLACE("NAME", "user") } },
    { "user enable", "let a disabled user log in again", run_call, CALL_USER_ENABLE, NULL, NULL,
        { PLACE("NAME", "user") } },
    { "session kill", "end every session of a user at once; with the log away, too", run_call, CALL_SESSION_KILL, NULL,
        NULL, { PLACE("NAME", "user") } },
    { "fleet register", "register a simulated fleet (where ingest.bulk_register is on)", run_call,
        CALL_FLEET_REGISTER, NULL, NULL,
        { NEEDED("--count", "N", "count"), NEEDED("--tenant", "TENANT", "tenant"), NEEDED("--site", "SITE", "site"),
            OUT("--out-secret") } },
    { 0 },
};
