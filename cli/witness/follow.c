/*
 * Nothing of the server is believed but what its log's key has signed, and what follows from tiles. What was believed
 * once is durable before a cosignature leaves.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/log/open.h"
#include "cli/witness/judge.h"
#include "cli/witness/witness.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/log.h"

#define OFFERED "checkpoint.offered"
#define NEWEST "checkpoint"
#define COSIGN_DEADLINE_MS 20000

/* One class in one round. */
struct following {
    struct witness *witness;
    enum class class;
    struct log_remote *remote;
    struct witnessed known;
};

/* A checkpoint that the log has signed. */
struct seen {
    char *text;
    size_t bytes;
    struct tlog_note note;
    struct tlog_checkpoint checkpoint;
};

static int fetch(const struct following *following, const char *name, struct seen *ret, struct problem *problem)
{
    struct seen seen;
    if (log_remote_text(following->remote, name, TLOG_NOTE_BYTES, &seen.text, &seen.bytes, problem))
        return -1;
    if (tlog_checkpoint_open(seen.text, seen.bytes, &following->known.log, &seen.checkpoint, &seen.note, problem)) {
        free(seen.text);
        return -1;
    }
    *ret = seen;
    return 0;
}

/* From tiles that belong to the tree seen: if that does not begin with ours then, the log itself has said so. */
static int prove(const struct following *following, const struct tlog_checkpoint *seen, struct tlog_proof *ret,
    struct problem *problem)
{
    const struct tlog_checkpoint *last = &following->known.last;
    *ret = (struct tlog_proof){ 0 };
    if (!following->known.any || seen->size <= last->size)
        return 0;
    const struct tlog_source source = log_remote_source(following->remote, seen->size);
    struct tlog_verified *verified = tlog_verified_new(&source, seen->root, problem);
    if (!verified)
        return -1;
    const struct tlog_source sound = tlog_verified_source(verified);
    int error = tlog_prove_consistency(&sound, last->size, seen->size, ret, problem);
    tlog_verified_free(verified);
    return error;
}

static enum outcome raise_alarm(const struct following *following, enum judgement judgement, const struct seen *seen)
{
    const struct witness *witness = following->witness;
    const struct tlog_checkpoint *last = &following->known.last;
    const char *name = judgement == JUDGED_SET_BACK ? "set-back" : "fork";
    char ours[HEX_BYTES(TLOG_HASH_BYTES)], theirs[HEX_BYTES(TLOG_HASH_BYTES)];
    struct problem problem;
    crypto_hex(last->root, sizeof(last->root), ours);
    crypto_hex(seen->checkpoint.root, sizeof(seen->checkpoint.root), theirs);
    /* Said first: the disk may be full. */
    log_error("witness.fork", LOG_TEXT("kind", judgement_words[judgement]), LOG_TEXT("origin", last->origin),
        LOG_INT("size", last->size), LOG_TEXT("root", ours), LOG_INT("other_size", seen->checkpoint.size),
        LOG_TEXT("other_root", theirs), LOG_TEXT("evidence", witness->state.path));
    if (witness_state_keep(&witness->state, following->class, name, seen->text, seen->bytes, &problem))
        log_problem(LOG_LEVEL_ERROR, "witness.evidence-not-kept", &problem);
    return OUTCOME_FORK;
}

static void nothing(void *arg, const void *reply)
{
    (void)arg;
    (void)reply;
}

static enum outcome deliver(const struct following *following, const struct seen *seen, struct problem *problem)
{
    struct witness *witness = following->witness;
    struct buf line = { 0 };
    if (tlog_note_sign(&line, seen->note.text, seen->note.text_bytes, &witness->signer, clock_wall_ms() / 1000)) {
        problem_set(problem, "no-memory", "", "no memory for a cosignature");
        return OUTCOME_REFUSED;
    }
    json_t *fields = json_pack("{s:s,s:I,s:s}", "class", class_words[following->class], "size",
        (json_int_t)seen->checkpoint.size, "cosignature", line.data);
    enum outcome outcome = ask(witness->cli, CALL_LOG_COSIGN, fields, COSIGN_DEADLINE_MS, nothing, NULL, problem);
    json_decref(fields);
    buf_free(&line);
    return outcome;
}

/* Durable, then signed, then sent. */
static enum outcome cosign(struct following *following, const struct seen *seen, struct problem *problem)
{
    const struct witness *witness = following->witness;
    bool grown = !following->known.any || seen->checkpoint.size > following->known.last.size;
    if (grown && witness_state_keep(&witness->state, following->class, NEWEST, seen->text, seen->bytes, problem))
        return OUTCOME_REFUSED;
    following->known.any = true;
    following->known.last = seen->checkpoint;
    enum outcome outcome = deliver(following, seen, problem);
    if (outcome == OUTCOME_OK && grown)
        log_info(
            "witness.cosigned", LOG_TEXT("origin", seen->checkpoint.origin), LOG_INT("size", seen->checkpoint.size));
    /* Another was offered meanwhile: the next round's. */
    return outcome == OUTCOME_REFUSED && !strcmp(problem->code, "not-offered") ? OUTCOME_OK : outcome;
}

static enum outcome judge(struct following *following, const struct seen *seen, bool offered, struct problem *problem)
{
    struct tlog_proof proof;
    if (prove(following, &seen->checkpoint, &proof, problem))
        return OUTCOME_REFUSED;
    enum judgement judgement =
        witness_judge(following->known.any ? &following->known.last : NULL, &seen->checkpoint, &proof);
    /* An offer may be from before we were asked; what is newest may not. */
    if (judgement == JUDGED_SET_BACK && offered)
        return OUTCOME_OK;
    if (judgement != JUDGED_GROWN)
        return raise_alarm(following, judgement, seen);
    return offered ? cosign(following, seen, problem) : OUTCOME_OK;
}

/* What is offered is cosigned; then the newest must go on from there. A server that offers nothing knows no witness
 * yet: its newest is followed. */
static enum outcome look(struct following *following, struct problem *problem)
{
    struct seen seen;
    enum outcome outcome = OUTCOME_OK;
    bool offers = !fetch(following, OFFERED, &seen, problem);
    if (!offers && strcmp(problem->code, "absent"))
        return OUTCOME_REFUSED;
    if (offers) {
        outcome = judge(following, &seen, true, problem);
        free(seen.text);
    }
    if (outcome != OUTCOME_OK)
        return outcome;
    if (fetch(following, NEWEST, &seen, problem))
        return OUTCOME_REFUSED;
    outcome = judge(following, &seen, !offers, problem);
    free(seen.text);
    return outcome;
}

static bool same_key(const struct tlog_vkey *a, const struct tlog_vkey *b)
{
    return !strcmp(a->name, b->name) && !memcmp(a->public_key, b->public_key, sizeof(a->public_key));
}

/* One log under two classes would be remembered twice, and each memory could be shown another tree. */
static int check_unused(const struct witness *witness, const struct tlog_vkey *log, struct problem *problem)
{
    for (int class = 0; class < CLASS_COUNT; class ++) {
        struct witnessed other;
        if (witness_state_read(&witness->state, (enum class) class, &other, problem))
            return -1;
        if (other.pinned && same_key(&other.log, log))
            return problem_set(
                problem, "wrong-key", "vkey", "the key of %s is pinned for %s already", log->name, class_words[class]);
    }
    return 0;
}

/* The first time a class is followed, by a key that was given or because a person said that any will do. */
static int pin(struct following *following, struct problem *problem)
{
    const struct witness *witness = following->witness;
    struct tlog_vkey served;
    size_t bytes, i = 0;
    char *text;
    if (log_remote_text(following->remote, "vkey", TLOG_VKEY_BYTES, &text, &bytes, problem))
        return -1;
    int error = tlog_vkey_parse(text, &served, problem);
    free(text);
    if (error || check_unused(witness, &served, problem))
        return -1;
    while (i < witness->key_count && !same_key(&witness->keys[i], &served))
        i++;
    if (i == witness->key_count && !witness->pin_first)
        return problem_set(problem, "wrong-key", "vkey",
            "the key of %s is not known: give it by --vkey, or --pin-first to take what is there", served.name);
    if (witness_state_pin(&witness->state, following->class, &served, problem))
        return -1;
    following->known = (struct witnessed){ .pinned = true, .log = served };
    log_info("witness.pinned", LOG_TEXT("origin", served.name), LOG_TEXT("class", class_words[following->class]));
    return 0;
}

static enum outcome follow_at(struct following *following, const char *url, struct problem *problem)
{
    following->remote = log_remote_open(following->witness->cli, url, problem);
    if (!following->remote)
        return OUTCOME_REFUSED;
    enum outcome outcome =
        !following->known.pinned && pin(following, problem) ? OUTCOME_REFUSED : look(following, problem);
    log_remote_free(following->remote);
    return outcome;
}

enum outcome witness_follow(struct witness *witness, enum class class)
{
    struct following following = { .witness = witness, .class = class };
    struct problem problem;
    char url[PATH_MAX];
    if (witness_state_read(&witness->state, class, &following.known, &problem) ||
        log_path(witness->cli, class_words[class], url, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "witness.failed", &problem);
        return OUTCOME_REFUSED;
    }
    if (following.known.forked) {
        log_error("witness.fork", LOG_TEXT("kind", "known"), LOG_TEXT("origin", following.known.log.name),
            LOG_TEXT("evidence", witness->state.path));
        return OUTCOME_FORK;
    }
    enum outcome outcome = follow_at(&following, url, &problem);
    if (outcome == OUTCOME_REFUSED && !strcmp(problem.code, "no-answer"))
        outcome = OUTCOME_UNREACHABLE;
    if (outcome != OUTCOME_OK && outcome != OUTCOME_FORK)
        log_write(LOG_LEVEL_WARNING, "witness.failed",
            (const struct log_field[]){ LOG_TEXT("class", class_words[class]), LOG_TEXT("code", problem.code),
                LOG_TEXT("reason", problem.reason), { 0 } });
    return outcome;
}
