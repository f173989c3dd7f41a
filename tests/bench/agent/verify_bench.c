/*
 * What does an agent's verdict cost? From the envelope's text to "it may": parsing, two people's signatures (Ed25519
 * and P-256), threshold, target, version, time, status, the endpoint's policy, and a receipt from a log of a million
 * entries under a checkpoint that a witness cosigned. The trust file is read before, as an agent's work does once at
 * its start: that is measured beside. CPU time of the thread, not wall time: the machine may do other things.
 */
#include <time.h>

#include "agent/policy_rules.h"
#include "tests/signed_rig.h"

#define LEVELS 20 /* of the log's tree: 2^20 entries */
#define INDEX 703710
#define TIMES 40 /* a round */
#define ROUNDS 9

struct bench {
    struct rig *rig;
    struct tlog_signer witness;
    struct trust *trust;
    struct policy policy;
    struct document status;
    struct buf envelope, trust_envelope;
    struct known known;
};

static double now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* A proof of what would be a great log: any hashes beside the way up, and the root that they lead to. */
static struct buf make_proof(const struct bench *bench, const struct receipt *small)
{
    struct tlog_checkpoint checkpoint = { RIG_LOG, 1ull << LEVELS, { 0 } };
    struct tlog_receipt receipt = { .index = INDEX, .proof = { .count = LEVELS } };
    struct tlog_note parsed;
    struct buf note = { 0 }, proof = { 0 };
    tlog_leaf(small->entry, small->entry_bytes, checkpoint.root);
    for (unsigned i = 0; i < LEVELS; i++) {
        uint8_t *beside = receipt.proof.hashes[i];
        crypto_random(beside, TLOG_HASH_BYTES);
        if (INDEX >> i & 1)
            tlog_node(beside, checkpoint.root, checkpoint.root);
        else
            tlog_node(checkpoint.root, beside, checkpoint.root);
    }
    rig_must(!tlog_checkpoint_sign(&note, &checkpoint, &bench->rig->log) &&
             !tlog_note_parse(note.data, note.length, &parsed, NULL));
    rig_must(!tlog_note_sign(&note, parsed.text, parsed.text_bytes, &bench->witness, RIG_NOW / 1000));
    receipt.checkpoint = note.data;
    receipt.checkpoint_bytes = note.length;
    rig_must(!tlog_receipt_format(&proof, &receipt));
    buf_free(&note);
    return proof;
}

static int ask_policy(void *arg, const struct document *document, struct problem *problem)
{
    const struct document_task *task = &document->body.task;
    const struct policy_ask ask = { .kind = DOCUMENT_KIND_TASK,
        .life_s = (task->head.expires - task->head.made_at) / 1000,
        .user = task->user,
        .timeout_s = task->timeout_s,
        .output_bytes = task->output_limit_bytes };
    return policy_allows(arg, &ask, problem);
}

static void set_up(struct bench *bench)
{
    char vkey[TLOG_VKEY_BYTES], changed[400];
    struct rig *rig = bench->rig = rig_new();
    rig_must(!tlog_signer_make("w.example", TLOG_COSIGNATURE, (const uint8_t[32]){ 9 }, &bench->witness, NULL));
    tlog_vkey_format(&bench->witness.vkey, vkey);
    snprintf(changed, sizeof(changed), "{\"quorum\":1,\"witnesses\":[\"%s\"]}", vkey);
    struct dsse trust = rig_trust_dsse(rig, changed, BY(ALICE) | BY(BOB));
    struct dsse task = rig_document(rig, "task", RIG_TASK, NULL, BY(ALICE) | BY(CAROL));
    struct dsse status =
        rig_document(rig, "status", "\"trust_version\":1,\"revocation_version\":0", NULL, BY(STATUS_KEY));
    rig_must(!dsse_format(&trust, &bench->trust_envelope) && !dsse_format(&task, &bench->envelope));
    bench->trust = trust_read(&trust, NULL);
    bench->status = rig_parse(&status);
    struct receipt receipt = rig_receipt(rig, &task);
    struct buf proof = make_proof(bench, &receipt);
    rig_must(bench->trust && !policy_parse("policy", "kinds = task\nusers = nobody\n", &bench->policy, NULL));
    bench->known = (struct known){ .trust = bench->trust,
        .status = &bench->status.body.status,
        .fingerprint = RIG_AGENT,
        .now_ms = RIG_NOW + 1000,
        .policy = ask_policy,
        .policy_arg = &bench->policy,
        .receipt = { receipt.entry, receipt.entry_bytes, proof.data, proof.length } };
    dsse_free(&trust);
    dsse_free(&status);
    dsse_free(&task);
}

static void judge_once(const struct bench *bench)
{
    struct dsse dsse;
    struct document document;
    struct judgement judgement;
    struct problem problem;
    if (dsse_parse(bench->envelope.data, bench->envelope.length, &dsse, &problem) ||
        document_parse(&dsse, &document, &problem) || judge(&dsse, &document, &bench->known, &judgement, &problem)) {
        fprintf(stderr, "%s (%s)\n", problem.reason, problem.code);
        exit(1);
    }
    rig_must(judgement.receipted && judgement.signers.count == 2 && judgement.held.cosigned.count == 1);
    document_free(&document);
    dsse_free(&dsse);
}

static double read_trust(const struct bench *bench)
{
    double begin = now_ms();
    for (int i = 0; i < TIMES; i++) {
        struct trust *trust = trust_history_from_pin(
            bench->trust_envelope.data, bench->trust_envelope.length, bench->trust->sha256, NULL);
        rig_must(trust);
        trust_free(trust);
    }
    return (now_ms() - begin) / TIMES;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

int main(void)
{
    static struct bench bench;
    double rounds[ROUNDS], trust_ms = 0, load[1] = { 0 };
    set_up(&bench);
    for (int round = 0; round < ROUNDS; round++) {
        double begin = now_ms();
        for (int i = 0; i < TIMES; i++)
            judge_once(&bench);
        rounds[round] = (now_ms() - begin) / TIMES;
        trust_ms += read_trust(&bench) / ROUNDS;
    }
    qsort(rounds, ROUNDS, sizeof(rounds[0]), by_value);
    getloadavg(load, 1);
    printf("agent.verify_ms\t%.3f\tms\t%.3f\t%.3f\t%d\tlib/signed: envelope parsed, two people (Ed25519, P-256), "
           "threshold, "
           "target, version, time, status, policy, receipt of a log of 2^%d entries with one witness; reading and "
           "verifying the trust file, once a start, %.3f beside; CPU time, load %.1f\n",
        rounds[ROUNDS / 2], rounds[0], rounds[ROUNDS - 1], ROUNDS, LEVELS, trust_ms, load[0]);
    return 0;
}
