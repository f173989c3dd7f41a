/* What a restore key service gives and what it refuses, each by its code: mostly what a thief of the server or of an agent
 * would try. */
#include "tests/unit/unit.h"

#include "cli/keyserver/verdict.h"
#include "lib/files.h"
#include "tests/signed_rig.h"
#include "tests/key_rig.h"
#include "tests/unit/folder.h"

#define BACKUP "0123456789abcdef0123456789abcdef"
#define OTHER_BACKUP "fedcba9876543210fedcba9876543210"
#define SEGMENTS 2
#define THRESHOLDS "{\"thresholds\":[{\"kind\":\"trust\",\"signers\":2},{\"kind\":\"restore\",\"signers\":2}]"

enum machine { MINE, THEIRS, MACHINES };

/* A backup of one machine: its commit, and what stands before each of its objects. */
struct backup {
    struct commit commit;
    struct commit_segment segments[SEGMENTS];
    struct buf object;
    char sha256[HEX_BYTES(SHA256_BYTES)];
    char recipients[SEGMENTS + 1][1024];
};

struct fixture {
    struct rig *rig;
    struct trust *trust;
    struct dsse status_dsse;
    struct document status;
    struct envelope_key *signing[MACHINES], *recovery, *restore, *seal;
    struct backup backups[MACHINES];
    struct buf dsse;
    struct receipt receipt;
    char *entry, *proof;
    struct envelope_keys_wanted wanted;
    struct keyserver_known known;
    struct newest newest;
    char folder[FOLDER_BYTES];
};

static void seal(const struct fixture *fixture, enum machine machine, char ret_recipients[1024], uint8_t *ret_mark)
{
    const struct envelope_key *recipients[] = { fixture->recovery, fixture->restore };
    const char *owner = envelope_key_fingerprint(fixture->signing[machine]);
    struct bulk_sealed sealed = { 0 };
    char content[] = "a secret";
    const void *der;
    size_t bytes;
    assert_int_equal(envelope_bulk_seal(recipients, 2, owner, content, sizeof(content), &sealed, NULL), 0);
    assert_int_equal(envelope_bulk_recipients(sealed.head.data, sealed.head.length, &der, &bytes, NULL), 0);
    crypto_base64(der, bytes, ret_recipients);
    memcpy(ret_mark, sealed.mark, BULK_MARK_BYTES);
    buf_free(&sealed.head);
}

static void sign_backup(struct fixture *fixture, enum machine machine)
{
    struct backup *backup = &fixture->backups[machine];
    uint8_t sha256[SHA256_BYTES];
    buf_free(&backup->object);
    assert_int_equal(commit_sign(&backup->commit, fixture->signing[machine], &backup->object, NULL), 0);
    crypto_sha256(backup->object.data, backup->object.length, sha256);
    crypto_hex(sha256, sizeof(sha256), backup->sha256);
}

static void make_backup(struct fixture *fixture, enum machine machine)
{
    struct backup *backup = &fixture->backups[machine];
    backup->commit = (struct commit){ .deployment = RIG_DEPLOYMENT,
        .agent = 7 + (uint32_t)machine,
        .backup = BACKUP,
        .slot = 20000,
        .kept_until = 20006,
        .manifest_bytes = 700,
        .manifest_marked = true,
        .n_segments = SEGMENTS,
        .segments = backup->segments };
    for (int i = 0; i < SEGMENTS; i++) {
        backup->segments[i] =
            (struct commit_segment){ i ? SEGMENT_TREE : SEGMENT_CHUNKS, { (uint8_t)i }, 1000, 900, true, { 0 } };
        seal(fixture, machine, backup->recipients[i], backup->segments[i].mark);
    }
    seal(fixture, machine, backup->recipients[SEGMENTS], backup->commit.manifest_mark);
    sign_backup(fixture, machine);
}

static void set_trust(struct fixture *fixture, const char *changed)
{
    struct dsse dsse = rig_trust_dsse(fixture->rig, changed, BY(ALICE) | BY(BOB));
    trust_free(fixture->trust);
    fixture->trust = trust_read(&dsse, NULL);
    assert_non_null(fixture->trust);
    fixture->known.trust = fixture->trust;
    dsse_free(&dsse);
}

static void set_status(struct fixture *fixture, const char *changed)
{
    document_free(&fixture->status);
    dsse_free(&fixture->status_dsse);
    fixture->status_dsse =
        rig_document(fixture->rig, "status", "\"trust_version\":1,\"revocation_version\":0", changed, BY(STATUS_KEY));
    fixture->status = rig_parse(&fixture->status_dsse);
    fixture->known.status = &fixture->status.body.status;
}

static void take_receipt(struct fixture *fixture, struct receipt receipt)
{
    free(fixture->entry);
    free(fixture->proof);
    fixture->entry = strndup(receipt.entry, receipt.entry_bytes);
    fixture->proof = strndup(receipt.proof, receipt.proof_bytes);
    fixture->wanted.entry = fixture->entry;
    fixture->wanted.receipt = fixture->proof;
    rig_receipt_free(&receipt);
}

/* A restore of that machine's backup on our own. */
static void set_document(struct fixture *fixture, enum machine source, const char *changed, unsigned by)
{
    struct buf members = { 0 };
    buf_format(&members,
        "\"targets\":[{\"fingerprint\":\"%s\"}],\"source\":{\"fingerprint\":\"%s\",\"agent\":%d},\"target\":\"main\","
        "\"backup\":\"" BACKUP "\",\"commit_sha256\":\"%s\",\"into\":\"/srv/back\",\"user\":\"root\",\"consent\":\"none\"",
        envelope_key_fingerprint(fixture->signing[MINE]), envelope_key_fingerprint(fixture->signing[source]),
        7 + (int)source, fixture->backups[source].sha256);
    struct dsse dsse = rig_document(fixture->rig, "restore", members.data, changed, by);
    buf_clear(&fixture->dsse);
    assert_int_equal(dsse_format(&dsse, &fixture->dsse), 0);
    fixture->wanted.dsse = fixture->dsse.data;
    take_receipt(fixture, rig_receipt(fixture->rig, &dsse));
    dsse_free(&dsse);
    buf_free(&members);
}

/* As the service does when it starts. */
static void load_newest(struct fixture *fixture)
{
    char path[FOLDER_BYTES + 16];
    snprintf(path, sizeof(path), "%s/newest", fixture->folder);
    assert_int_equal(newest_load(&fixture->newest, path, NULL), 0);
    fixture->known.newest = &fixture->newest;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->rig = rig_new();
    for (int i = 0; i < MACHINES; i++)
        fixture->signing[i] = rig_key(ENVELOPE_KEY_P256);
    fixture->recovery = rig_key(ENVELOPE_KEY_P256);
    fixture->restore = rig_key(ENVELOPE_KEY_P256);
    fixture->seal = rig_key(ENVELOPE_KEY_P256);
    for (int i = 0; i < MACHINES; i++)
        make_backup(fixture, (enum machine)i);
    fixture->known.now_ms = RIG_NOW + 1000;
    folder_make(fixture->folder);
    load_newest(fixture);
    set_trust(fixture, THRESHOLDS "}");
    set_status(fixture, NULL);
    set_document(fixture, MINE, NULL, BY(ALICE) | BY(BOB));
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    folder_remove(fixture->folder);
    for (int i = 0; i < MACHINES; i++) {
        envelope_key_free(fixture->signing[i]);
        buf_free(&fixture->backups[i].object);
    }
    envelope_key_free(fixture->recovery);
    envelope_key_free(fixture->restore);
    envelope_key_free(fixture->seal);
    document_free(&fixture->status);
    dsse_free(&fixture->status_dsse);
    buf_free(&fixture->dsse);
    free(fixture->entry);
    free(fixture->proof);
    trust_free(fixture->trust);
    rig_free(fixture->rig);
    free(fixture);
    return 0;
}

/* Document, commit and one key; the code of the refusal, "" for none. */
static const char *ask(struct fixture *fixture, enum machine who, const struct buf *commit_object, uint32_t segment,
    const char *recipients)
{
    struct restore_case one;
    struct commit commit;
    struct problem problem = { .code = "" };
    struct buf wrapped = { 0 };
    const struct verdict_keys keys = { 1, { fixture->restore }, fixture->seal };
    if (verdict_document(
            &fixture->known, envelope_key_fingerprint(fixture->signing[who]), &fixture->wanted, &one, &problem))
        return problem.code;
    int error = verdict_commit(&one, commit_object->data, commit_object->length, &commit, &problem);
    if (!error) {
        error = verdict_key(&one, &commit, &keys, segment, recipients, &wrapped, &problem);
        assert_int_equal(error ? 0 : 1, wrapped.length > 0);
        commit_free(&commit);
    }
    restore_case_free(&one);
    buf_free(&wrapped);
    return error ? problem.code : "";
}

static const char *ask_mine(struct fixture *fixture)
{
    struct backup *mine = &fixture->backups[MINE];
    return ask(fixture, MINE, &mine->object, 0, mine->recipients[0]);
}

static void gives_what_was_signed_for(void **state)
{
    struct fixture *fixture = *state;
    struct backup *mine = &fixture->backups[MINE];
    for (uint32_t i = 0; i <= SEGMENTS; i++)
        assert_string_equal(ask(fixture, MINE, &mine->object, i, mine->recipients[i]), "");
    /* Another machine's, where people signed that. */
    set_document(fixture, THEIRS, NULL, BY(ALICE) | BY(BOB));
    struct backup *theirs = &fixture->backups[THEIRS];
    assert_string_equal(ask(fixture, MINE, &theirs->object, 1, theirs->recipients[1]), "");
}

static void refuses_documents(void **state)
{
    struct fixture *fixture = *state;
    const char *other = "{\"backup\":\"" OTHER_BACKUP "\"}";
    set_document(fixture, MINE, NULL, BY(ALICE));
    assert_string_equal(ask_mine(fixture), "too-few-signers");
    set_document(fixture, MINE, NULL, BY(ALICE) | BY(STRANGER));
    assert_string_equal(ask_mine(fixture), "too-few-signers");
    set_document(fixture, MINE, "{\"deployment\":\"ffffffffffffffffffffffffffffffff\"}", BY(ALICE) | BY(BOB));
    assert_string_equal(ask_mine(fixture), "other-deployment");
    set_document(fixture, MINE, "{\"commit_sha256\":null}", BY(ALICE) | BY(BOB));
    assert_string_equal(ask_mine(fixture), "unpinned");
    set_document(fixture, MINE, other, BY(ALICE) | BY(BOB));
    assert_string_equal(ask_mine(fixture), "other-commit");
    set_document(fixture, MINE, NULL, BY(ALICE) | BY(BOB));
    fixture->known.now_ms = RIG_NOW + INT64_C(40) * 86400000;
    assert_string_equal(ask_mine(fixture), "expired");
    fixture->known.now_ms = RIG_NOW - INT64_C(40) * 86400000;
    assert_string_equal(ask_mine(fixture), "not-yet");
}

/* A signature that was made for another text. */
static void refuses_a_forged_document(void **state)
{
    struct fixture *fixture = *state;
    struct dsse signed_one, forged;
    assert_int_equal(dsse_parse(fixture->wanted.dsse, strlen(fixture->wanted.dsse), &signed_one, NULL), 0);
    char *payload = strndup(signed_one.payload, signed_one.payload_bytes), *at = strstr(payload, "/srv/back");
    memcpy(at, "/srv/evil", 9);
    assert_int_equal(dsse_make(DOCUMENT_KIND_RESTORE, payload, strlen(payload), &forged, NULL), 0);
    for (size_t i = 0; i < signed_one.n_signatures; i++)
        assert_int_equal(dsse_add(&forged, signed_one.signatures[i].keyid, signed_one.signatures[i].sig,
                             signed_one.signatures[i].bytes, NULL),
            0);
    buf_clear(&fixture->dsse);
    assert_int_equal(dsse_format(&forged, &fixture->dsse), 0);
    fixture->wanted.dsse = fixture->dsse.data;
    assert_string_equal(ask_mine(fixture), "bad-signature");
    dsse_free(&signed_one);
    dsse_free(&forged);
    free(payload);
}

static void refuses_other_kinds(void **state)
{
    struct fixture *fixture = *state;
    set_trust(fixture, NULL);
    struct dsse dsse = rig_document(fixture->rig, "task", RIG_TASK, NULL, BY(ALICE) | BY(BOB));
    struct restore_case one;
    struct problem problem;
    buf_clear(&fixture->dsse);
    assert_int_equal(dsse_format(&dsse, &fixture->dsse), 0);
    fixture->wanted.dsse = fixture->dsse.data;
    take_receipt(fixture, rig_receipt(fixture->rig, &dsse));
    assert_int_equal(verdict_document(&fixture->known, RIG_AGENT, &fixture->wanted, &one, &problem), -1);
    assert_string_equal(problem.code, "wrong-kind");
    dsse_free(&dsse);
}

static void refuses_another_agent(void **state)
{
    struct fixture *fixture = *state;
    struct backup *mine = &fixture->backups[MINE];
    assert_string_equal(ask(fixture, THEIRS, &mine->object, 0, mine->recipients[0]), "not-a-target");
}

static void refuses_without_fresh_knowledge(void **state)
{
    struct fixture *fixture = *state;
    fixture->known.now_ms = RIG_NOW + INT64_C(8) * 86400000;
    assert_string_equal(ask_mine(fixture), "stale-status");
    fixture->known.now_ms = RIG_NOW + 1000;
    set_status(fixture, "{\"revocation_version\":3}");
    assert_string_equal(ask_mine(fixture), "stale-status");
    set_status(fixture, "{\"trust_version\":2}");
    assert_string_equal(ask_mine(fixture), "stale-status");
    set_status(fixture, "{\"frozen\":true}");
    assert_string_equal(ask_mine(fixture), "frozen");
    fixture->known.status = NULL;
    assert_string_equal(ask_mine(fixture), "stale-status");
}

static void refuses_what_was_revoked(void **state)
{
    struct fixture *fixture = *state;
    struct document_revocable named = { .document = RIG_DOCUMENT };
    const struct document_revocation revocation = { .n_documents = 1, .documents = &named };
    fixture->known.revoked.by = &revocation;
    assert_string_equal(ask_mine(fixture), "revoked");
}

static void refuses_without_the_logs_receipt(void **state)
{
    struct fixture *fixture = *state;
    struct tlog_signer other;
    struct dsse dsse;
    fixture->wanted.receipt = "c2sp.org/tlog-proof@v1\n";
    assert_string_equal(ask_mine(fixture), "bad-receipt");
    fixture->wanted.receipt = fixture->proof;
    fixture->wanted.entry = "{}";
    assert_string_equal(ask_mine(fixture), "bad-receipt");
    assert_int_equal(dsse_parse(fixture->wanted.dsse, strlen(fixture->wanted.dsse), &dsse, NULL), 0);
    assert_int_equal(tlog_signer_make("another/log/ops", TLOG_ED25519, (const uint8_t[32]){ 9 }, &other, NULL), 0);
    take_receipt(fixture, rig_receipt_by(&other, dsse.sha256, EVENT_DOCUMENT_LOGGED));
    assert_string_equal(ask_mine(fixture), "bad-receipt");
    take_receipt(fixture, rig_receipt_by(&fixture->rig->log, dsse.sha256, EVENT_DOCUMENT_DRAFTED));
    assert_string_equal(ask_mine(fixture), "bad-receipt");
    dsse_free(&dsse);
}

/* The log's own signature is not enough where the trust file wants witnesses. */
static void refuses_without_the_quorum(void **state)
{
    struct fixture *fixture = *state;
    struct tlog_signer witness;
    char vkey[TLOG_VKEY_BYTES], changed[1024];
    assert_int_equal(tlog_signer_make("one.example/w", TLOG_COSIGNATURE, (const uint8_t[32]){ 8 }, &witness, NULL), 0);
    tlog_vkey_format(&witness.vkey, vkey);
    snprintf(changed, sizeof(changed), THRESHOLDS ",\"quorum\":1,\"witnesses\":[\"%s\"]}", vkey);
    set_trust(fixture, changed);
    assert_string_equal(ask_mine(fixture), "no-quorum");
}

static void refuses_other_commits(void **state)
{
    struct fixture *fixture = *state;
    struct backup *mine = &fixture->backups[MINE], *theirs = &fixture->backups[THEIRS];
    const struct buf none = { 0 };
    assert_string_equal(ask(fixture, MINE, &none, 0, mine->recipients[0]), "no-commit");
    assert_string_equal(ask(fixture, MINE, &theirs->object, 0, mine->recipients[0]), "other-commit");
    /* Of the hash that was signed, but by another machine than was signed. */
    char changed[256];
    snprintf(changed, sizeof(changed), "{\"source\":null,\"commit_sha256\":\"%s\"}", theirs->sha256);
    set_document(fixture, MINE, changed, BY(ALICE) | BY(BOB));
    assert_string_equal(ask(fixture, MINE, &theirs->object, 0, theirs->recipients[0]), "other-commit");
    mine->object.data[mine->object.length / 2] ^= 1;
    set_document(fixture, MINE, NULL, BY(ALICE) | BY(BOB));
    assert_string_equal(ask_mine(fixture), "other-commit");
}

static void refuses_other_segments(void **state)
{
    struct fixture *fixture = *state;
    struct backup *mine = &fixture->backups[MINE], *theirs = &fixture->backups[THEIRS];
    char recipients[1024], large[2 * BULK_HEAD_BYTES_MAX];
    uint8_t mark[BULK_MARK_BYTES];
    /* Of this machine, but of no segment of this backup; of this backup, and not the one it is said to be. */
    seal(fixture, MINE, recipients, mark);
    assert_string_equal(ask(fixture, MINE, &mine->object, 0, recipients), "other-segment");
    assert_string_equal(ask(fixture, MINE, &mine->object, 0, mine->recipients[1]), "other-segment");
    assert_string_equal(ask(fixture, MINE, &mine->object, 0, theirs->recipients[0]), "other-segment");
    assert_string_equal(ask(fixture, MINE, &mine->object, SEGMENTS + 1, mine->recipients[0]), "no-segment");
    memset(large, 'A', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    assert_string_equal(ask(fixture, MINE, &mine->object, 0, large), "bad-segment");
    assert_string_equal(ask(fixture, MINE, &mine->object, 0, "not base64 at all"), "bad-segment");
    mine->segments[0].marked = false;
    sign_backup(fixture, MINE);
    set_document(fixture, MINE, NULL, BY(ALICE) | BY(BOB));
    assert_string_equal(ask_mine(fixture), "no-mark");
}

/* A machine that was taken over signs a commit which names the segments of another, marks and all, and people sign that
 * this backup be restored to it. */
static void refuses_anothers_segments_in_a_forged_commit(void **state)
{
    struct fixture *fixture = *state;
    struct backup *mine = &fixture->backups[MINE], *theirs = &fixture->backups[THEIRS];
    memcpy(mine->segments, theirs->segments, sizeof(mine->segments));
    sign_backup(fixture, MINE);
    set_document(fixture, MINE, NULL, BY(ALICE) | BY(BOB));
    assert_string_equal(ask(fixture, MINE, &mine->object, 0, theirs->recipients[0]), "other-segment");
    /* Under the other's number, too: the mark is by the key that signs. */
    mine->commit.agent = theirs->commit.agent;
    sign_backup(fixture, MINE);
    set_document(fixture, MINE, "{\"source\":null}", BY(ALICE) | BY(BOB));
    assert_string_equal(ask(fixture, MINE, &mine->object, 0, theirs->recipients[0]), "other-segment");
}

/* A verdict on the document, which is noted where it is good. */
static const char *ask_and_note(struct fixture *fixture)
{
    struct restore_case one;
    static struct problem problem;
    const char *agent = envelope_key_fingerprint(fixture->signing[MINE]);
    if (verdict_document(&fixture->known, agent, &fixture->wanted, &one, &problem))
        return problem.code;
    int error =
        newest_note(&fixture->newest, &one.restore->head, one.sha256, fixture->known.now_ms, &problem);
    restore_case_free(&one);
    return error ? problem.code : "";
}

static void refuses_what_was_replaced(void **state)
{
    struct fixture *fixture = *state;
    set_document(fixture, MINE, "{\"version\":2}", BY(ALICE) | BY(BOB));
    assert_string_equal(ask_and_note(fixture), "");
    assert_string_equal(ask_and_note(fixture), "");
    set_document(fixture, MINE, NULL, BY(ALICE) | BY(BOB));
    assert_string_equal(ask_and_note(fixture), "old-version");
    set_document(fixture, MINE, "{\"version\":2,\"title\":\"another\"}", BY(ALICE) | BY(BOB));
    assert_string_equal(ask_and_note(fixture), "old-version");
    /* And after a restart, which remembers a version that is good for less long as well. */
    set_document(fixture, MINE, "{\"version\":3,\"expires\":\"2026-01-20T00:00:00Z\"}", BY(ALICE) | BY(BOB));
    assert_string_equal(ask_and_note(fixture), "");
    load_newest(fixture);
    assert_int_equal(fixture->newest.n, 1);
    set_document(fixture, MINE, "{\"version\":2}", BY(ALICE) | BY(BOB));
    assert_string_equal(ask_and_note(fixture), "old-version");
}

/* Of a thousand restores none is forgotten for another; what has expired makes room. */
static void remembers_so_many(void **state)
{
    struct fixture *fixture = *state;
    struct newest *newest = &fixture->newest;
    struct problem problem;
    uint8_t sha256[SHA256_BYTES] = { 0 };
    char document[33];
    struct document_head head = { .document = document, .version = 1, .expires = RIG_NOW + 1 };
    /* The others are not written down one by one. */
    for (newest->n = 0; newest->n < NEWEST_MAX - 1; newest->n++) {
        newest->seen[newest->n] = (struct newest_seen){ .version = 1, .keep_until_ms = head.expires };
        snprintf(newest->seen[newest->n].document, 33, "%032zx", newest->n);
    }
    snprintf(document, sizeof(document), "%032x", NEWEST_MAX);
    assert_int_equal(newest_note(newest, &head, sha256, RIG_NOW, &problem), 0);
    load_newest(fixture);
    assert_int_equal(newest->n, NEWEST_MAX);
    snprintf(document, sizeof(document), "%032x", NEWEST_MAX + 1);
    assert_int_equal(newest_note(newest, &head, sha256, RIG_NOW, &problem), -1);
    assert_string_equal(problem.code, "too-many");
    assert_int_equal(newest_note(newest, &head, sha256, RIG_NOW + 1, &problem), 0);
    assert_int_equal(newest->n, 1);
}

static void versions_that_cannot_be_read_are_not_none(void **state)
{
    struct fixture *fixture = *state;
    struct problem problem;
    char path[FOLDER_BYTES + 16];
    static const char *const bad[] = { "x", "0123 1 00 5\n", "0123456789abcdef0123456789abcdef 1 00 5" };
    snprintf(path, sizeof(path), "%s/newest", fixture->folder);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_int_equal(file_write(path, bad[i], strlen(bad[i]), 0600, NULL), 0);
        assert_int_equal(newest_load(&fixture->newest, path, &problem), -1);
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(path, path), 0);
    assert_int_equal(newest_load(&fixture->newest, path, &problem), -1);
    /* Nor is one noted that could not be written down. */
    const struct document_head head = { .document = BACKUP, .version = 1, .expires = RIG_NOW + 1 };
    snprintf(fixture->newest.path, sizeof(fixture->newest.path), "%s/none/newest", fixture->folder);
    assert_int_equal(newest_note(&fixture->newest, &head, (const uint8_t[SHA256_BYTES]){ 0 }, RIG_NOW, &problem), -1);
    assert_null(newest_find(&fixture->newest, BACKUP));
}

static void refuses_what_is_sealed_for_others(void **state)
{
    struct fixture *fixture = *state;
    struct envelope_key *other = rig_key(ENVELOPE_KEY_P256), *own = fixture->restore;
    fixture->restore = other;
    assert_string_equal(ask_mine(fixture), "wrong-recipient");
    fixture->restore = own;
    envelope_key_free(other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(gives_what_was_signed_for),
        TEST(refuses_documents),
        TEST(refuses_a_forged_document),
        TEST(refuses_other_kinds),
        TEST(refuses_another_agent),
        TEST(refuses_without_fresh_knowledge),
        TEST(refuses_what_was_revoked),
        TEST(refuses_without_the_logs_receipt),
        TEST(refuses_without_the_quorum),
        TEST(refuses_other_commits),
        TEST(refuses_other_segments),
        TEST(refuses_anothers_segments_in_a_forged_commit),
        TEST(refuses_what_is_sealed_for_others),
        TEST(refuses_what_was_replaced),
        TEST(remembers_so_many),
        TEST(versions_that_cannot_be_read_are_not_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
