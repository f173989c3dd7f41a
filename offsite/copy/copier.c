#include "offsite/copy/copier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/calendar/civil.h"
#include "lib/clock.h"
#include "lib/problem.h"
#include "lib/repository/changes.h"
#include "offsite/copy/backup.h"
#include "offsite/copy/content.h"
#include "offsite/copy/memory.h"
#include "offsite/copy/walk.h"

#define ANEW_EVERY_MS (10 * 60 * 1000)

static int no_memory(struct problem *problem)
{
    return problem_set(problem, "no-memory", "", "no memory to copy with");
}

static int change(
    struct copier *copier, enum change_kind kind, const char *path, uint64_t at, const uint8_t *data, size_t bytes)
{
    struct change change = { .kind = kind, .at = at, .data = data, .bytes = bytes };
    snprintf(change.path, sizeof(change.path), "%s", path);
    return change_add(&copier->changes, &change)
               ? problem_set(copier->problem, "too-much", path, "more changed at once than an increment has room for")
               : 0;
}

static int compare_block(struct copier *copier, struct content *content, size_t block)
{
    uint8_t data[CONTENT_BLOCK_BYTES];
    size_t bytes;
    bool changed;
    if (content_block(content, block, data, &bytes, copier->problem))
        return -1;
    if (held_block(content->held, block, data, bytes, &changed))
        return no_memory(copier->problem);
    const uint64_t at = (uint64_t)block * content->block_bytes;
    return changed ? change(copier, CHANGE_WRITE, content->held->path, at, data, bytes) : 0;
}

static int look_at_file(void *arg, const char *path, const char *name, const struct stat *status, enum manner manner,
    struct problem *problem)
{
    (void)name;
    struct copier *copier = arg;
    struct held *held = held_of(&copier->held, path, manner);
    struct content content;
    if (!held)
        return no_memory(problem);
    held->seen = true;
    int error = content_open(held, status, &content, problem);
    if (error)
        return error < 0 ? -1 : 0;
    for (size_t block = 0; block < content.n_blocks && !error; block++) {
        if (content_may_differ(&content, block))
            error = compare_block(copier, &content, block);
    }
    if (!error && (content.size != held->size || !held->begun))
        error = change(copier, CHANGE_SIZE, path, content.size, NULL, 0);
    content_close(&content, !error);
    return error;
}

static int look_at_folder(
    void *arg, const char *path, const char *name, const struct stat *status, struct problem *problem)
{
    (void)arg, (void)path, (void)name, (void)status, (void)problem;
    return 0;
}

static int leave_folder(void *arg, struct problem *problem)
{
    (void)arg, (void)problem;
    return 0;
}

/* What audit drops of its journal is posted there, but not in the tree that the last backup has. */
static int tell_gone(void *arg, const struct held *held)
{
    return held->manner == MANNER_JOURNAL || !held->begun ? 0 : change(arg, CHANGE_REMOVE, held->path, 0, NULL, 0);
}

static int find_changes(struct copier *copier)
{
    const struct visitor visitor = { look_at_folder, leave_folder, look_at_file, copier };
    for (size_t i = 0; i < copier->held.n; i++)
        copier->held.all[i].seen = copier->held.all[i].manner == MANNER_ONCE;
    return walk_set(copier->spool.set, false, &visitor, copier->problem) || held_sweep(&copier->held, tell_gone, copier)
               ? -1
               : 0;
}

static int put_increment(struct copier *copier, const struct increment *increment, const void *changes, size_t bytes)
{
    struct segment segment;
    struct sealed sealed;
    char name[OBJECT_NAME_BYTES];
    const struct sealing sealing = { (const struct envelope_key *const *)copier->keys.recipients, copier->keys.n,
        envelope_key_fingerprint(copier->keys.sign) };
    if (increment_seal(increment, changes, bytes, copier->keys.sign, &sealing, &segment, &sealed, copier->problem))
        return -1;
    name_increment(name, increment->agent, increment->backup, increment->number, sealed.sha256);
    int error = spool_put(&copier->spool, name, sealed.parts, 3, copier->problem);
    copier->last = *increment;
    memcpy(copier->last.previous, sealed.sha256, SHA256_BYTES);
    copier->increments++;
    sealed_free(&sealed);
    segment_free(&segment);
    return error;
}

/* As many whole changes as go into one increment. */
static size_t part_of(const uint8_t *from, const uint8_t *end)
{
    const uint8_t *at = from, *next = from;
    struct change change;
    while (next < end && !change_read(&next, end, &change) && next - from <= INCREMENT_CHANGES_MAX)
        at = next;
    return (size_t)(at - from);
}

static int put_changes(struct copier *copier, int64_t time_ms)
{
    const uint8_t *at = (const uint8_t *)copier->changes.data, *end = at + copier->changes.length;
    while (at < end) {
        struct increment increment = copier->last;
        size_t bytes = part_of(at, end);
        increment.number++;
        increment.time_ms = time_ms;
        increment.whole = at + bytes == end;
        if (put_increment(copier, &increment, at, bytes))
            return -1;
        at += bytes;
    }
    return 0;
}

static int begin_anew(struct copier *copier, int64_t now_ms)
{
    /* Behind the tree, so that no entry that its checkpoint covers is missing. */
    if (backup_all(copier, copier->problem) || (copier->access.n && backup_access(copier, copier->problem)))
        return -1;
    copier->begun = true;
    copier->slot = civil_day_of(now_ms / 1000);
    copier->backed_up_ms = now_ms;
    copier->backups++;
    return 0;
}

static int check_room(struct problem *problem)
{
    struct statvfs status;
    if (!statvfs(SERVER_COPIES, &status) && (uint64_t)status.f_bavail * status.f_frsize < COPIER_ROOM_BYTES)
        return problem_set(problem, "disk-low", SERVER_COPIES, "less than %u MiB are free", COPIER_ROOM_BYTES >> 20);
    return 0;
}

/* A target lacks something that the next backup would refer to. One that loses whatever it gets must not be filled. */
static void forget_what_is_lost(struct copier *copier, int64_t now_ms)
{
    if (copier->anew_ms && now_ms - copier->anew_ms < ANEW_EVERY_MS)
        return;
    const bool begun = copier->begun;
    if (spool_wants_anew(&copier->spool)) {
        copier->begun = false;
        backup_forget(copier);
    }
    if (spool_wants_anew(&copier->access)) {
        copier->begun = false;
        backup_forget_access();
    }
    if (begun && !copier->begun)
        copier->anew_ms = now_ms;
}

static int look(struct copier *copier, int64_t now_ms)
{
    copier->changes.limit_bytes = COPIER_CHANGES_MAX;
    buf_clear(&copier->changes);
    if (check_room(copier->problem))
        return -1;
    forget_what_is_lost(copier, now_ms);
    if (!copier->begun || civil_day_of(now_ms / 1000) != copier->slot || copier->last.number > COPIER_INCREMENTS_MAX)
        return begin_anew(copier, now_ms);
    return find_changes(copier) || put_changes(copier, now_ms) ? -1 : 0;
}

void copier_remember(struct copier *copier)
{
    if (!memory_read(copier->spool.set, copier->whom, &copier->held) && copier->access.n)
        backup_forget_access();
}

int copier_look(struct copier *copier, struct problem *problem)
{
    int64_t now_ms = clock_wall_ms();
    copier->problem = problem;
    if (look(copier, now_ms)) {
        copier->begun = false; /* what is held may be further than what stands in the spool */
        copier->failures++;
        buf_free(&copier->changes);
        copier->changes = (struct buf){ 0 };
        return -1;
    }
    if (copier->changes.room > INCREMENT_CHANGES_MAX / 8) {
        buf_free(&copier->changes);
        copier->changes = (struct buf){ 0 };
    }
    copier->looked_ms = now_ms;
    return 0;
}

void copier_close(struct copier *copier)
{
    held_free(&copier->held);
    buf_free(&copier->changes);
    spool_close(&copier->spool);
    spool_close(&copier->access);
    envelope_key_free(copier->keys.sign);
    for (size_t i = 0; i < copier->keys.n; i++)
        envelope_key_free(copier->keys.recipients[i]);
}
