/*
 * A whole deployment for tests of vedette-agent-work alone: people with keys, a trust file, a log, and the scheduler's
 * end of the envelopes. `work_feed STATE-DIR` makes an agent's keys there and writes trust.chain; then a line of JSON
 * on standard input is one command, and one line of JSON answers it.
 *
 *   {"do": "trust"}                          the trust file's hash, deployment, the agent's fingerprint
 *   {"do": "rotate", "by": […], "changed": {…}, "keys": true}    the next trust file, sent; with new keys of the
 *                                            scheduler, which uses them from then on
 *   {"do": "document", "payload": {…}, "by": ["alice", …], "receipt": "good"|"none"|"other"|"fork", "twist":
 * "sig"|"sender"|"recipient"|"proof"} signed, logged, sealed, laid into mail/in; proof: without the one of consistency
 *   {"do": "checkpoint"}                     the log's newest checkpoint, with the proof from what was shown before
 *   {"do": "stop", "document": …}
 *   {"do": "order", "order": {…}, "receipt": "good"|"other"|"document"}      logged, sealed by the service of backups
 *   {"do": "stop-backup", "backup": …}
 *   {"do": "read"}                           what the agent said since: {"said": [{purpose, …}]}
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/mail.h"
#include "agent/state.h"
#include "lib/envelope/envelope.h"
#include "lib/files.h"
#include "lib/message/message.h"
#include "lib/tlog/growth.h"
#include "tests/signed_rig.h"

#define LEAVES 4096

static struct {
    struct rig *rig;
    struct sealing {
        struct envelope_key *sign, *seal;
        struct stream_sender to_agent;
    } services[ADDRESSEE_COUNT];
    struct envelope_key *seal_before; /* the scheduler's; NULL: it never changed */
    struct envelope_key *stranger, *agent_sign, *agent_seal;
    struct stream from_agent;
    size_t n_leaves, shown; /* shown: the size that the agent knows */
    uint8_t leaves[LEAVES][TLOG_HASH_BYTES];
    char *chain;
    struct dsse trust;
    unsigned trust_version;
} all;

static const char *const people[] = { "alice", "alice-too", "bob", "carol", "status", "stranger", NULL };

static struct envelope_key *make_key(const char *path)
{
    struct buf pem = { 0 };
    struct problem problem;
    rig_must(!envelope_key_make(ENVELOPE_KEY_P256, &pem, &problem));
    if (path)
        rig_must(!file_write(path, pem.data, pem.length, 0400, &problem));
    struct envelope_key *key = envelope_key_private(pem.data, pem.length, &problem);
    rig_must(key);
    buf_free(&pem);
    return key;
}

static struct envelope_key *agent_key(const char *path)
{
    return state_has(path) ? envelope_key_load(path, NULL) : make_key(path);
}

/* The log: hashes of all leaves, and proofs computed the long way (RFC 9162 §2.1). */

static void root_of(size_t first, size_t n, uint8_t ret[TLOG_HASH_BYTES])
{
    struct tlog_tree tree = { 0 };
    for (size_t i = 0; i < n; i++)
        tlog_append(&tree, all.leaves[first + i]);
    tlog_root(&tree, ret);
}

static void prove(size_t index, size_t first, size_t n, struct tlog_proof *proof)
{
    size_t half = 1;
    if (n == 1)
        return;
    while (half * 2 < n)
        half *= 2;
    bool left = index < half;
    prove(left ? index : index - half, left ? first : first + half, left ? half : n - half, proof);
    root_of(left ? first + half : first, left ? n - half : half, proof->hashes[proof->count++]);
}

static void prove_growth(size_t old, size_t first, size_t n, bool whole, struct tlog_proof *proof)
{
    size_t half = 1;
    if (old == n && !whole)
        root_of(first, n, proof->hashes[proof->count++]);
    if (old == n)
        return;
    while (half * 2 < n)
        half *= 2;
    bool left = old <= half;
    prove_growth(left ? old : old - half, left ? first : first + half, left ? half : n - half, whole && left, proof);
    root_of(left ? first + half : first, left ? n - half : half, proof->hashes[proof->count++]);
}

/* From what the agent knows to the log as it is; NULL: it knows nothing, or all. The caller's to free. */
static char *growth(void)
{
    struct tlog_growth growth = { .old_size = all.shown, .size = all.n_leaves };
    struct buf text = { 0 };
    if (!all.shown || all.shown == all.n_leaves)
        return NULL;
    prove_growth(all.shown, 0, all.n_leaves, true, &growth.proof);
    rig_must(!tlog_growth_format(&text, &growth));
    return text.data;
}

static void sign_log(struct buf *note)
{
    struct tlog_checkpoint checkpoint = { .size = all.n_leaves };
    root_of(0, all.n_leaves, checkpoint.root);
    strcpy(checkpoint.origin, all.rig->log.vkey.name);
    rig_must(!tlog_checkpoint_sign(note, &checkpoint, &all.rig->log));
}

static struct receipt log_event(enum event event, const void *data, const char *producer, bool forked)
{
    struct bus_event logged = {
        .event = event, .class = CLASS_OPS, .sequence = all.n_leaves, .time_ms = RIG_NOW, .sev = 3, .data = data
    };
    struct tlog_receipt receipt = { 0 };
    struct buf entry = { 0 }, note = { 0 }, proof = { 0 };
    /* A second history: the same size, another last entry. */
    if (forked)
        all.n_leaves--;
    rig_must(!event_compose(&entry, &logged, producer, (const uint8_t[EVENT_SALT_BYTES]){ 0 }));
    tlog_leaf(entry.data, entry.length, all.leaves[all.n_leaves]);
    receipt.index = all.n_leaves++;
    prove(receipt.index, 0, all.n_leaves, &receipt.proof);
    sign_log(&note);
    receipt.checkpoint = note.data;
    receipt.checkpoint_bytes = note.length;
    rig_must(!tlog_receipt_format(&proof, &receipt));
    buf_free(&note);
    return (struct receipt){ entry.data, entry.length, proof.data, proof.length };
}

static struct receipt log_it(const uint8_t sha256[SHA256_BYTES], bool forked)
{
    char hash[HEX_BYTES(SHA256_BYTES)];
    crypto_hex(sha256, SHA256_BYTES, hash);
    return log_event(EVENT_DOCUMENT_LOGGED,
        &(struct event_document_logged){ RIG_DOCUMENT, 1, DOCUMENT_KIND_TASK, hash, "a test", "alice, bob" }, "scheduler",
        forked);
}

static void send_to_agent(enum envelope purpose, const void *message, const char *twist)
{
    struct problem problem;
    struct sealing *from = &all.services[envelope_rows[purpose].from == PEER_BACKUP ? ADDRESSEE_BACKUP : ADDRESSEE_SCHEDULER];
    const struct envelope_writer writer = { RIG_DEPLOYMENT, !strcmp(twist, "sender") ? all.stranger : from->sign,
        !strcmp(twist, "recipient") ? all.stranger : all.agent_seal };
    struct buf envelope = { 0 };
    struct stream_sender before = from->to_agent;
    struct stream_place place = stream_next(&from->to_agent, clock_wall_ms());
    if (*twist)
        from->to_agent = before; /* none of the stream's */
    if (envelope_seal(&writer, purpose, place, message, &envelope, &problem) || mail_open(&problem) ||
        mail_keep(envelope.data, envelope.length, &problem)) {
        fprintf(stderr, "%s (%s)\n", problem.reason, problem.code);
        abort();
    }
    buf_free(&envelope);
}

static const struct envelope_key *agent_signer(void *arg, const char *fingerprint, unsigned *ret_peer)
{
    (void)arg;
    *ret_peer = 0;
    return strcmp(fingerprint, envelope_key_fingerprint(all.agent_sign)) ? NULL : all.agent_sign;
}

static json_t *read_one(const char *name)
{
    static const unsigned peers[] = { [ADDRESSEE_SCHEDULER] = PEER_SCHEDULER, [ADDRESSEE_BACKUP] = PEER_BACKUP };
    enum addressee to = ADDRESSEE_SCHEDULER;
    struct envelope_opened opened;
    struct problem problem;
    char *data;
    size_t bytes;
    mail_addressee(name, &to);
    const struct envelope_key *const own[] = { all.services[to].seal, all.seal_before };
    const struct envelope_reader reader = { RIG_DEPLOYMENT, peers[to], own, all.seal_before ? 2 : 1, agent_signer,
        NULL };
    if (mail_read(MAIL_OUT_DIR, name, &data, &bytes, &problem))
        return NULL;
    if (envelope_open(&reader, data, bytes, &opened, &problem)) {
        fprintf(stderr, "%s: %s (%s)\n", name, problem.reason, problem.code);
        abort();
    }
    json_t *said = json_deep_copy(opened.json);
    json_object_set_new(said, "purpose", json_string(envelope_rows[opened.purpose].purpose));
    json_object_set_new(said, "counter", json_integer((json_int_t)opened.place.counter));
    envelope_opened_free(&opened);
    free(data);
    mail_remove(MAIL_OUT_DIR, name);
    return said;
}

static json_t *read_all(void)
{
    struct mail_name *names = NULL;
    size_t n = 0;
    json_t *said = json_array();
    if (!mail_list(MAIL_OUT_DIR, &names, &n, NULL)) {
        for (size_t i = 0; i < n; i++) {
            json_t *one = read_one(names[i].text);
            if (one)
                json_array_append_new(said, one);
        }
    }
    free(names);
    return json_pack("{s:o}", "said", said);
}

static unsigned signers(json_t *by)
{
    unsigned mask = 0;
    size_t i;
    json_t *one;
    json_array_foreach(by, i, one) mask |= BY((unsigned)word_index(people, json_string_value(one)));
    return mask;
}

static char *envelope_text(const struct dsse *dsse)
{
    struct buf text = { 0 };
    rig_must(!dsse_format(dsse, &text));
    return text.data;
}

static json_t *do_document(json_t *command)
{
    const char *receipt = "good", *twist = "";
    json_t *payload = json_object_get(command, "payload");
    json_unpack(command, "{s?s, s?s}", "receipt", &receipt, "twist", &twist);
    char *text = json_dumps(payload, JSON_COMPACT), hash[HEX_BYTES(SHA256_BYTES)];
    struct dsse dsse = rig_sign(all.rig, text, signers(json_object_get(command, "by")));
    uint8_t other[SHA256_BYTES] = { 1 };
    struct receipt proof = { 0 };
    if (strcmp(receipt, "none"))
        proof = log_it(strcmp(receipt, "other") ? dsse.sha256 : other, !strcmp(receipt, "fork"));
    if (!strcmp(twist, "sig")) {
        dsse.signatures[0].sig[10] ^= 1;
        twist = "";
    }
    bool unproven = !strcmp(twist, "proof");
    char *envelope = envelope_text(&dsse), *grown = proof.entry ? growth() : NULL;
    if (unproven)
        twist = "";
    send_to_agent(ENVELOPE_DOCUMENT,
        &(struct envelope_document){
            .dsse = envelope, .entry = proof.entry, .receipt = proof.proof, .consistency = unproven ? NULL : grown },
        twist);
    if (proof.entry && !*twist && !(unproven && grown))
        all.shown = all.n_leaves;
    free(grown);
    crypto_hex(dsse.sha256, SHA256_BYTES, hash);
    json_t *answer = json_pack("{s:s, s:s}", "document_sha256", hash, "dsse", envelope);
    rig_receipt_free(&proof);
    dsse_free(&dsse);
    free(envelope);
    free(text);
    return answer;
}

/* Kinds that two people have to sign. */
static const char *const thresholds_of[] = { "task", "trust", "update", "unfreeze", "setting", "move", "succession", "backup-plan",
    "restore", NULL };

/* The trust file of the rig with our services, good from yesterday for a year. */
static struct dsse make_trust(json_t *changed, unsigned by)
{
    char from[RFC3339_BYTES], to[RFC3339_BYTES], previous[HEX_BYTES(SHA256_BYTES)];
    clock_rfc3339(from, clock_wall_ms() - 86400000);
    clock_rfc3339(to, clock_wall_ms() + INT64_C(365) * 86400000);
    json_t *changes = json_pack("{s:s, s:s, s:s, s:i}", "made_at", from, "not_before", from, "expires", to, "version",
        (int)++all.trust_version);
    json_t *services = json_array();
    for (int i = 0; i < ADDRESSEE_COUNT; i++)
        json_array_append_new(services,
            json_pack("{s:s, s:s, s:s}", "service", addressee_words[i], "sign_key",
                envelope_key_spki(all.services[i].sign), "seal_key", envelope_key_spki(all.services[i].seal)));
    json_object_set_new(changes, "services", services);
    json_t *thresholds = json_array();
    for (const char *const *kind = thresholds_of; *kind; kind++)
        json_array_append_new(thresholds, json_pack("{s:s, s:i}", "kind", *kind, "signers", 2));
    json_array_append_new(thresholds, json_pack("{s:s, s:i}", "kind", "watch", "signers", 1));
    json_object_set_new(changes, "thresholds", thresholds);
    crypto_hex(all.trust.sha256, SHA256_BYTES, previous);
    if (all.trust_version > 1)
        json_object_set_new(changes, "previous", json_string(previous));
    json_object_update(changes, changed);
    char *text = json_dumps(changes, JSON_COMPACT);
    struct dsse dsse = rig_trust_dsse(all.rig, text, by);
    json_decref(changes);
    free(text);
    return dsse;
}

static json_t *do_trust(void)
{
    char hash[HEX_BYTES(SHA256_BYTES)];
    crypto_hex(all.trust.sha256, SHA256_BYTES, hash);
    return json_pack("{s:s, s:s, s:s}", "trust", hash, "deployment", RIG_DEPLOYMENT, "fingerprint",
        envelope_key_fingerprint(all.agent_sign));
}

/* The trust file is the last envelope by the keys before; what comes behind it is another stream. */
static json_t *do_rotate(json_t *command)
{
    bool keys = json_is_true(json_object_get(command, "keys"));
    struct sealing *scheduler = &all.services[ADDRESSEE_SCHEDULER], before = *scheduler;
    if (keys) {
        scheduler->sign = make_key(NULL);
        scheduler->seal = make_key(NULL);
    }
    struct dsse next = make_trust(json_object_get(command, "changed"), signers(json_object_get(command, "by")));
    char *text = envelope_text(&next);
    struct envelope_key *renewed = scheduler->sign;
    scheduler->sign = before.sign;
    send_to_agent(ENVELOPE_DOCUMENT, &(struct envelope_document){ .dsse = text }, "");
    scheduler->sign = renewed;
    free(text);
    if (keys) {
        stream_restored(&scheduler->to_agent, clock_wall_ms());
        envelope_key_free(before.sign);
        envelope_key_free(all.seal_before);
        all.seal_before = before.seal;
    }
    dsse_free(&all.trust);
    all.trust = next;
    return do_trust();
}

static json_t *do_stop(json_t *command)
{
    const char *document = json_string_value(json_object_get(command, "document"));
    send_to_agent(ENVELOPE_STOP, &(struct envelope_stop){ .document = document }, "");
    return json_object();
}

/* receipt `document`: for an entry that says the same of a document. */
static json_t *do_order(json_t *command)
{
    const char *receipt = "good";
    char *text = json_dumps(json_object_get(command, "order"), JSON_COMPACT), hash[HEX_BYTES(SHA256_BYTES)];
    uint8_t sha256[SHA256_BYTES];
    json_unpack(command, "{s?s}", "receipt", &receipt);
    crypto_sha256(text, strlen(text), sha256);
    if (!strcmp(receipt, "other"))
        sha256[0] ^= 1;
    crypto_hex(sha256, SHA256_BYTES, hash);
    struct event_backup_ordered data = { .agent = 7,
        .backup = RIG_DOCUMENT,
        .document = RIG_DOCUMENT,
        .document_version = 1,
        .slot = "2026-11-22",
        .order_sha256 = hash };
    struct receipt proof = strcmp(receipt, "document") ? log_event(EVENT_BACKUP_ORDERED, &data, "backup", false)
                                                       : log_it(sha256, false);
    char *grown = growth();
    send_to_agent(ENVELOPE_BACKUP_ORDER,
        &(struct envelope_backup_order){
            .order = text, .entry = proof.entry, .receipt = proof.proof, .consistency = grown },
        "");
    all.shown = all.n_leaves;
    rig_receipt_free(&proof);
    free(grown);
    free(text);
    return json_object();
}

static json_t *do_stop_backup(json_t *command)
{
    const char *backup = json_string_value(json_object_get(command, "backup"));
    send_to_agent(ENVELOPE_BACKUP_STOP, &(struct envelope_backup_stop){ .backup = backup }, "");
    return json_object();
}

static json_t *do_checkpoint(void)
{
    char *grown = growth();
    struct buf note = { 0 };
    sign_log(&note);
    send_to_agent(ENVELOPE_CHECKPOINT,
        &(struct envelope_checkpoint){ .cosigned_checkpoint = note.data, .consistency = grown }, "");
    all.shown = all.n_leaves;
    buf_free(&note);
    free(grown);
    return json_object();
}

static json_t *answer(json_t *command)
{
    const char *what = json_string_value(json_object_get(command, "do"));
    if (!strcmp(what, "document"))
        return do_document(command);
    if (!strcmp(what, "rotate"))
        return do_rotate(command);
    if (!strcmp(what, "checkpoint"))
        return do_checkpoint();
    if (!strcmp(what, "stop"))
        return do_stop(command);
    if (!strcmp(what, "order"))
        return do_order(command);
    if (!strcmp(what, "stop-backup"))
        return do_stop_backup(command);
    return strcmp(what, "read") ? do_trust() : read_all();
}

static void begin(const char *state)
{
    struct problem problem;
    rig_must(!chdir(state));
    umask(077);
    all.rig = rig_new();
    for (int i = 0; i < ADDRESSEE_COUNT; i++) {
        all.services[i].sign = make_key(NULL);
        all.services[i].seal = make_key(NULL);
    }
    all.stranger = make_key(NULL);
    all.agent_sign = agent_key(SIGN_KEY_FILE);
    all.agent_seal = agent_key(SEAL_KEY_FILE);
    all.trust = make_trust(NULL, BY(ALICE) | BY(BOB));
    char *text = envelope_text(&all.trust);
    rig_must(!file_write(TRUST_CHAIN_FILE, text, strlen(text), 0600, &problem));
    free(text);
}

int main(int argc, char **argv)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    if (argc != 2)
        return 2;
    begin(argv[1]);
    while ((length = getline(&line, &room, stdin)) > 0) {
        json_t *command = json_loadb(line, (size_t)length, 0, NULL);
        json_t *said = command ? answer(command) : json_object();
        char *text = json_dumps(said, JSON_COMPACT);
        printf("%s\n", text);
        fflush(stdout);
        free(text);
        json_decref(said);
        json_decref(command);
    }
    free(line);
    return 0;
}
