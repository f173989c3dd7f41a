#include "agent/restore/run.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/exchange.h"
#include "agent/restore/keys.h"
#include "agent/state.h"
#include "lib/clock.h"
#include "lib/problem.h"
#include "lib/restore/choose.h"
#include "lib/restore/opened.h"

#define TELL_MS 1000

/* All parts of one restore. */
struct run {
    const struct restore_options *options;
    uint32_t agent; /* whose backup */
    struct target_conf conf;
    struct target *target;
    struct envelope_key *own;
    struct buf object; /* the commit's */
    struct commit commit;
    struct keys keys;
    struct reader_key key;
    struct opened opened;
    uint8_t *chosen;
    int64_t told_ms;
};

/* Whose backup it is, where nobody said: our own. */
static int enter_state(struct run *run, struct problem *problem)
{
    const char *state = run->options->state;
    struct identity identity;
    if (chdir(state))
        return problem_errno(problem, "file", state, "cannot enter %s", state);
    if (!(run->own = envelope_key_load(run->options->seal_key, problem)) || identity_load(&identity, problem))
        return -1;
    run->agent = run->options->agent ? run->options->agent : identity.agent;
    return 0;
}

static int open_target(struct run *run, struct problem *problem)
{
    const struct restore_options *options = run->options;
    if (enter_state(run, problem) || target_conf_find(options->targets, options->target, &run->conf, problem))
        return -1;
    run->target = target_open(&run->conf, &(struct target_manner){ 0 }, problem);
    return run->target ? 0 : -1;
}

/* Is it the very commit that people signed for, signed by the machine that they named? */
static int fetch_commit(struct run *run, struct problem *problem)
{
    const struct restore_options *options = run->options;
    char name[OBJECT_NAME_BYTES], signer[FINGERPRINT_HEX_BYTES], sha256[HEX_BYTES(SHA256_BYTES)];
    uint8_t hash[SHA256_BYTES];
    run->object.limit_bytes = OBJECT_BYTES_MAX;
    name_of_backup(name, run->agent, OBJECT_COMMIT, options->backup);
    enum target_result result = object_fetch(run->target, name, &run->object, problem);
    if (result == TARGET_ABSENT)
        return problem_set(problem, "no-backup", "", "the target has no backup %s", options->backup);
    if (result != TARGET_DONE)
        return -1;
    crypto_sha256(run->object.data, run->object.length, hash);
    crypto_hex(hash, sizeof(hash), sha256);
    if (strcmp(sha256, options->commit_sha256))
        return problem_set(
            problem, "other-commit", "", "the target has another commit of this backup than was signed for");
    if (commit_open(
            run->object.data, run->object.length, run->agent, options->backup, &run->commit, signer, problem))
        return -1;
    return strcmp(signer, options->signer)
               ? problem_set(problem, "other-commit", "", "the backup is by another machine than was signed for")
               : 0;
}

static int read_tree(struct run *run, struct problem *problem)
{
    keys_want(&run->keys, (uint32_t)run->commit.n_segments);
    for (uint32_t i = 0; i < run->commit.n_segments; i++) {
        if (run->commit.segments[i].kind == SEGMENT_TREE)
            keys_want(&run->keys, i);
    }
    if (keys_ask(&run->keys, problem))
        return -1;
    run->key = (struct reader_key){ run->own, run->options->signer, run->keys.each };
    return opened_make(run->target, &run->key, &run->commit, &run->opened, problem);
}

/* The segments in which the content of what was chosen stands; of a link, that of its file. */
static int ask_for_contents(struct run *run, struct problem *problem)
{
    const struct nodes *nodes = &run->opened.nodes;
    for (uint32_t i = 0; i < nodes->n; i++) {
        const struct entry *entry = &nodes->all[i].entry;
        const struct node *from = &nodes->all[entry->type == ENTRY_HARD_LINK ? (uint32_t)entry->number : i];
        for (uint32_t j = 0; run->chosen[i] && j < from->n_pieces; j++)
            keys_want(&run->keys, nodes->pieces[from->pieces + j].segment);
    }
    return keys_ask(&run->keys, problem);
}

static void say(const char *word, const struct extracted *extracted)
{
    printf("%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", word, extracted->entries,
        extracted->chosen, extracted->written_bytes, extracted->due_bytes, extracted->same, extracted->failed);
    fflush(stdout); /* nobody listens: SIGPIPE ends us, so that no two work in one folder */
}

static void progress(void *arg, const struct extracted *extracted)
{
    struct run *run = arg;
    int64_t now_ms = clock_mono_ms();
    if (now_ms - run->told_ms < TELL_MS)
        return;
    run->told_ms = now_ms;
    say("progress", extracted);
}

static int bring_back(struct run *run, struct extracted *ret, struct problem *problem)
{
    const struct passwd *user = getpwnam(run->options->user);
    struct beneath beneath;
    if (!user)
        return problem_set(problem, "no-user", "user", "there is no user %.64s", run->options->user);
    if (beneath_open(run->options->into, user, &beneath, problem))
        return -1;
    const struct extract_job job = { .conf = &run->conf,
        .key = &run->key,
        .commit = &run->commit,
        .nodes = &run->opened.nodes,
        .chosen = run->chosen,
        .beneath = &beneath,
        .progress = progress,
        .arg = run };
    int error = choose_room(&run->opened.nodes, run->chosen, beneath.fd, problem) || extract(&job, ret, problem);
    beneath_close(&beneath);
    if (!error)
        say("done", ret);
    return error ? -1 : 0;
}

static int restore(struct run *run, struct extracted *ret, struct problem *problem)
{
    if (open_target(run, problem) || fetch_commit(run, problem) ||
        exchange_make(run->options->exchange, problem))
        return -1;
    run->keys = (struct keys){ .target = run->target,
        .commit = &run->commit,
        .object = &run->object,
        .exchange = run->options->exchange };
    if (keys_make(&run->keys))
        return problem_set(problem, "no-memory", "", "no memory to restore with");
    if (read_tree(run, problem))
        return -1;
    run->chosen = choose_paths(&run->opened.nodes, run->options->paths, run->options->n_paths, problem);
    return !run->chosen || ask_for_contents(run, problem) || bring_back(run, ret, problem) ? -1 : 0;
}

int restore_run(const struct restore_options *options, struct extracted *ret, struct problem *problem)
{
    struct run *run = calloc(1, sizeof(*run));
    if (!run)
        return problem_set(problem, "no-memory", "", "no memory to restore with");
    run->options = options;
    int error = restore(run, ret, problem);
    free(run->chosen);
    opened_free(&run->opened);
    keys_free(&run->keys);
    commit_free(&run->commit);
    buf_free(&run->object);
    envelope_key_free(run->own);
    target_close(run->target);
    free(run);
    return error;
}
