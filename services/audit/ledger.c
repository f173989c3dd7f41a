#include "services/audit/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/tlog/directory.h"
#include "lib/tlog/receipt.h"
#include "services/audit/signer.h"

#define BEGIN_ANEW "anew" /* in the journal's directory: `vedette audit recover` says that the old journal is lost */

struct ledger {
    struct journal *journal;
    struct post post; /* the tiler's once that runs */
    struct tlog_vkey keys[CLASS_COUNT];
    struct tlog_directory directories[CLASS_COUNT];
    struct signer *signer;
    struct tiler *tiler;
};

static int refuse(const struct ledger *ledger, int class, const char *code, const char *what, uint64_t number,
    struct problem *problem)
{
    const char *directory = ledger->post.directories[class];
    return problem_set(problem, code, directory, "%s has %llu entries, %s %llu: see `vedette audit recover`", directory,
        (unsigned long long)tiles_size(&ledger->post.tiles[class]), what, (unsigned long long)number);
}

static int open_journal(struct ledger *ledger, const struct ledger_options *options, struct problem *problem)
{
    uint64_t first[CLASS_COUNT] = { 0 };
    char marker[POST_PATH_BYTES];
    snprintf(marker, sizeof(marker), "%s/%s", options->journal, BEGIN_ANEW);
    bool anew = !access(marker, F_OK);
    for (int class = 0; anew && class < CLASS_COUNT; class ++)
        first[class] = tiles_size(&ledger->post.tiles[class]);
    ledger->journal = journal_open(options->journal, options->segment_bytes, first, problem);
    if (!ledger->journal)
        return -1;
    if (anew && unlink(marker))
        return problem_errno(problem, "journal", marker, "cannot remove %s", marker);
    return 0;
}

/* The journal must begin where a tree ends, or before, and end there, or behind. */
static int compare(const struct ledger *ledger, struct problem *problem)
{
    for (int class = 0; class < CLASS_COUNT; class ++) {
        const struct tiles *tiles = &ledger->post.tiles[class];
        uint64_t first = journal_first(ledger->journal, (enum class) class);
        uint64_t size = journal_size(ledger->journal, (enum class) class);
        if (first > tiles_size(tiles) && tiles->torn)
            return problem_set(problem, "log-damaged", ledger->post.directories[class], "%s, of %llu entries: %.180s",
                ledger->post.directories[class], (unsigned long long)tiles->posted.size, tiles->damage.reason);
        if (first > tiles_size(tiles))
            return refuse(ledger, class, "log-damaged", "but the journal begins with number", first, problem);
        if (size < tiles_size(tiles) || size < tiles->posted.size)
            return refuse(ledger, class, "log-damaged", "but the journal ends before number", size, problem);
    }
    return 0;
}

/* Everything that the journal has gets into the trees; then they must be as far as they ever were known to be. */
static int catch_up(struct ledger *ledger, struct problem *problem)
{
    struct post *post = &ledger->post;
    const struct journal_position end = journal_end(ledger->journal);
    post->walk.checks = true;
    if (post_take(post, &end, problem))
        return -1;
    post->walk.checks = false;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (post->tiles[class].known.size > tiles_size(&post->tiles[class]))
            return refuse(ledger, class, "log-set-back", "an older log was put back, for audit has signed for",
                post->tiles[class].known.size, problem);
    }
    return 0;
}

static int start_signer(struct ledger *ledger, struct problem *problem)
{
    struct tlog_tree trees[CLASS_COUNT];
    for (int class = 0; class < CLASS_COUNT; class ++) {
        trees[class] = ledger->post.tiles[class].edge.tree;
        ledger->keys[class] = ledger->post.keys[class].vkey;
    }
    ledger->signer = signer_new(trees, ledger->post.keys, problem);
    for (int class = 0; class < CLASS_COUNT; class ++)
        crypto_forget(ledger->post.keys[class].secret, sizeof(ledger->post.keys[class].secret));
    return ledger->signer ? 0 : -1;
}

static int start_tiler(struct ledger *ledger, const struct ledger_options *options, struct problem *problem)
{
    struct tiler_work work = { .end = journal_end(ledger->journal) };
    memcpy(work.checkpoints, signer_checkpoints(ledger->signer), sizeof(work.checkpoints));
    if (post_checkpoints(&ledger->post, work.checkpoints, problem))
        return -1;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (tlog_directory_open(ledger->post.directories[class], &ledger->directories[class], problem))
            return -1;
    }
    ledger->tiler = tiler_new(&ledger->post, &work, options->posted, options->arg, problem);
    return ledger->tiler ? 0 : -1;
}

static int open_all(struct ledger *ledger, const struct ledger_options *options, struct problem *problem)
{
    struct post *post = &ledger->post;
    if (post_open(post, options->log, options->second_place, options->deployment, options->seed, problem) ||
        open_journal(ledger, options, problem) || compare(ledger, problem))
        return -1;
    post->walk.directory = options->journal;
    post->segment_bytes = options->segment_bytes;
    post->posted = journal_begin(ledger->journal);
    walk_from(&post->walk, &post->posted);
    return catch_up(ledger, problem) || start_signer(ledger, problem) || start_tiler(ledger, options, problem) ? -1 : 0;
}

struct ledger *ledger_open(const struct ledger_options *options, struct problem *problem)
{
    struct ledger *ledger = calloc(1, sizeof(*ledger));
    if (!ledger) {
        problem_set(problem, "no-memory", "", "no memory");
        return NULL;
    }
    if (open_all(ledger, options, problem)) {
        ledger_free(ledger);
        return NULL;
    }
    ledger_trim(ledger);
    return ledger;
}

void ledger_free(struct ledger *ledger)
{
    if (!ledger)
        return;
    tiler_free(ledger->tiler);
    signer_free(ledger->signer);
    post_close(&ledger->post);
    for (int class = 0; class < CLASS_COUNT; class ++)
        tlog_directory_close(&ledger->directories[class]);
    journal_free(ledger->journal);
    free(ledger);
}

struct journal *ledger_journal(struct ledger *ledger)
{
    return ledger->journal;
}

enum journal_room ledger_room(struct ledger *ledger, size_t entry_bytes)
{
    return ledger_behind(ledger) > LEDGER_BEHIND_BYTES_MAX ? JOURNAL_FULL : journal_room(ledger->journal, entry_bytes);
}

enum journal_room ledger_room_with_reserve(struct ledger *ledger, size_t entry_bytes)
{
    return ledger_behind(ledger) > LEDGER_BEHIND_BYTES_MAX + LEDGER_RESERVE_BYTES
               ? JOURNAL_FULL
               : journal_room_with_reserve(ledger->journal, entry_bytes);
}

int ledger_commit(struct ledger *ledger, struct problem *problem)
{
    struct frame frame;
    int composed = journal_compose(ledger->journal, &frame, problem);
    if (composed)
        return composed < 0 ? -1 : 0;
    /* The disk writes while this thread hashes and signs: to hand that to another one costs more than it spares where
     * cores are few, for each hand-over waits for its turn on one. */
    if (journal_write(ledger->journal, problem) || signer_take(ledger->signer, &frame, problem) ||
        journal_sync(ledger->journal, problem))
        return -1;
    const struct journal_position end = journal_end(ledger->journal);
    tiler_take(ledger->tiler, &end, signer_checkpoints(ledger->signer), frame.length);
    return 0;
}

void ledger_checkpoint(struct ledger *ledger, enum class class, struct signed_checkpoint *ret)
{
    tiler_posted(ledger->tiler, class, ret);
}

const struct tlog_vkey *ledger_key(const struct ledger *ledger, enum class class)
{
    return &ledger->keys[class];
}

/* The bundle that holds a posted entry. */
static int read_bundle(struct ledger *ledger, enum class class, uint64_t sequence,
    struct tlog_entry ret[TLOG_TILE_WIDTH], unsigned *ret_count, struct problem *problem)
{
    struct signed_checkpoint posted;
    const uint8_t *data;
    size_t bytes;
    tiler_posted(ledger->tiler, class, &posted);
    const struct tlog_source source = tlog_directory_source(&ledger->directories[class], posted.size);
    const uint64_t number = sequence / TLOG_TILE_WIDTH;
    const struct tlog_tile tile = { TLOG_BUNDLE, tlog_tile_width(posted.size, TLOG_BUNDLE, number), number };
    return source.read(source.arg, &tile, &data, &bytes, problem) ||
                   tlog_bundle_parse(data, bytes, ret, ret_count, problem)
               ? -1
               : 0;
}

int ledger_read(
    struct ledger *ledger, enum class class, uint64_t from, journal_visit *visit, void *arg, struct problem *problem)
{
    while (from < journal_first(ledger->journal, class)) {
        struct tlog_entry entries[TLOG_TILE_WIDTH];
        unsigned count;
        if (read_bundle(ledger, class, from, entries, &count, problem))
            return -1;
        unsigned i = (unsigned)(from % TLOG_TILE_WIDTH);
        if (i >= count)
            return problem_set(problem, "log-damaged", ledger->post.directories[class],
                "the bundle of entry %llu in %s is too short", (unsigned long long)from,
                ledger->post.directories[class]);
        for (; i < count; i++, from++) {
            if (!visit(arg, from, (const char *)entries[i].data, entries[i].bytes))
                return 0;
        }
    }
    return journal_read(ledger->journal, class, from, visit, arg, problem);
}

const char *ledger_directory(const struct ledger *ledger, enum class class)
{
    return ledger->post.directories[class];
}

int ledger_prove(struct ledger *ledger, enum class class, uint64_t sequence, const struct cosigned_checkpoint *cosigned,
    struct buf *entry, struct buf *receipt, struct problem *problem)
{
    struct signed_checkpoint posted;
    struct tlog_entry entries[TLOG_TILE_WIDTH];
    struct tlog_receipt made = { .index = sequence };
    unsigned count;
    tiler_posted(ledger->tiler, class, &posted);
    if (sequence >= journal_size(ledger->journal, class))
        return problem_set(problem, "not-found", "sequence", "the log has no entry %llu", (unsigned long long)sequence);
    if (sequence >= posted.size) {
        tiler_hurry(ledger->tiler);
        return 1;
    }
    const struct cosigned_checkpoint newest = { posted.size, posted.text, posted.bytes };
    const struct cosigned_checkpoint *under = sequence < cosigned->size ? cosigned : &newest;
    const struct tlog_source source = tlog_directory_source(&ledger->directories[class], under->size);
    if (tlog_prove_inclusion(&source, sequence, under->size, &made.proof, problem) ||
        read_bundle(ledger, class, sequence, entries, &count, problem))
        return -1;
    made.checkpoint = under->text;
    made.checkpoint_bytes = under->bytes;
    const struct tlog_entry *found = &entries[sequence % TLOG_TILE_WIDTH];
    if (sequence % TLOG_TILE_WIDTH >= count || buf_append(entry, found->data, found->bytes) ||
        tlog_receipt_format(receipt, &made))
        return problem_set(problem, "no-memory", "", "the receipt cannot be made");
    return 0;
}

int ledger_prove_growth(struct ledger *ledger, enum class class, uint64_t old_size, uint64_t size,
    struct tlog_growth *ret, struct problem *problem)
{
    struct signed_checkpoint posted;
    struct tlog_growth growth = { .old_size = old_size, .size = size };
    tiler_posted(ledger->tiler, class, &posted);
    const struct tlog_source source = tlog_directory_source(&ledger->directories[class], posted.size);
    if (tlog_prove_consistency(&source, old_size, size, &growth.proof, problem))
        return -1;
    *ret = growth;
    return 0;
}

void ledger_trim(struct ledger *ledger)
{
    journal_drop(ledger->journal, tiler_segment(ledger->tiler));
}

uint64_t ledger_behind(struct ledger *ledger)
{
    return tiler_behind(ledger->tiler);
}

bool ledger_second_place_fails(struct ledger *ledger)
{
    return tiler_second_place_fails(ledger->tiler);
}
