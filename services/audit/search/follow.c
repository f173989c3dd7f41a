#include "services/audit/search/follow.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"

void follow_close(struct follow *follow)
{
    tlog_directory_close(&follow->directory);
    seal_free(follow->seal);
    buf_free(&follow->opened);
}

/* Is it just not there? Then that is no problem. */
static int unless_absent(const struct problem *found, struct problem *problem)
{
    if (!strcmp(found->code, "absent"))
        return 0;
    *problem = *found;
    return -1;
}

static int open_checkpoint(struct follow *follow, const char *note, size_t bytes, struct problem *problem)
{
    struct tlog_checkpoint checkpoint;
    struct tlog_vkey key;
    char *vkey;
    size_t vkey_bytes;
    if (tlog_directory_text(&follow->directory, "vkey", TLOG_VKEY_BYTES, &vkey, &vkey_bytes, problem))
        return -1;
    int error =
        tlog_vkey_parse(vkey, &key, problem) || tlog_checkpoint_open(note, bytes, &key, &checkpoint, NULL, problem);
    free(vkey);
    if (error)
        return -1;
    memcpy(follow->origin, checkpoint.origin, sizeof(follow->origin));
    follow->size = checkpoint.size;
    snprintf(follow->seen, sizeof(follow->seen), "%s", note);
    return 0;
}

int follow_look(struct follow *follow, const char *directory, struct problem *problem)
{
    struct problem found;
    char *note;
    size_t bytes;
    if (follow->directory.fd < 0 && tlog_directory_open(directory, &follow->directory, &found))
        return unless_absent(&found, problem);
    if (tlog_directory_text(&follow->directory, "checkpoint", TLOG_NOTE_BYTES, &note, &bytes, &found))
        return unless_absent(&found, problem);
    int status = 0;
    if (strncmp(note, follow->seen, sizeof(follow->seen) - 1))
        status = open_checkpoint(follow, note, bytes, problem) ? -1 : 1;
    free(note);
    return status;
}

static void note_days(struct follow *follow)
{
    uint32_t first, last;
    if (!seal_days(follow->seal, &first, &last))
        return;
    follow->day_first = first < follow->day_first ? first : follow->day_first;
    follow->day_last = last > follow->day_last ? last : follow->day_last;
}

/* What was sealed goes into `opened`, which moves as it grows: where each is, is known when all are there. */
static int open_entries(struct follow *follow, struct tlog_entry *entries, unsigned count, struct problem *problem)
{
    size_t at[TLOG_TILE_WIDTH];
    memcpy(follow->stored, entries, count * sizeof(*entries));
    follow->day_first = UINT32_MAX;
    follow->day_last = 0;
    buf_clear(&follow->opened);
    follow->opened.limit_bytes = 2 * TLOG_BUNDLE_BYTES;
    for (unsigned i = 0; i < count; i++) {
        const char *text = (const char *)entries[i].data, *opened;
        size_t bytes;
        at[i] = SIZE_MAX;
        if (seal_open(follow->seal, follow->class, text, entries[i].bytes, &opened, &bytes))
            return problem_set(problem, "no-memory", "", "no memory");
        if (opened == text)
            continue;
        note_days(follow);
        at[i] = follow->opened.length;
        entries[i].bytes = bytes;
        if (buf_append(&follow->opened, opened, bytes))
            return problem_set(problem, "no-memory", "", "no memory");
    }
    for (unsigned i = 0; i < count; i++) {
        if (at[i] != SIZE_MAX)
            entries[i].data = (const uint8_t *)follow->opened.data + at[i];
    }
    return 0;
}

int follow_bundle(struct follow *follow, uint64_t number, struct tlog_entry ret[TLOG_TILE_WIDTH], unsigned *ret_count,
    struct problem *problem)
{
    struct tlog_source source = tlog_directory_source(&follow->directory, follow->size);
    struct tlog_tile bundle = { .level = TLOG_BUNDLE, .number = number };
    struct problem found;
    const uint8_t *data;
    size_t bytes;
    unsigned count;
    bundle.width = tlog_tile_width(follow->size, TLOG_BUNDLE, number);
    if (source.read(source.arg, &bundle, &data, &bytes, &found)) {
        *ret_count = 0;
        return unless_absent(&found, problem);
    }
    if (tlog_bundle_parse(data, bytes, ret, &count, problem))
        return -1;
    if (count < bundle.width)
        return problem_set(problem, "bad-bundle", "", "bundle %" PRIu64 " has only %u entries", number, count);
    /* The full bundle may stand in for a partial one. */
    *ret_count = bundle.width;
    return open_entries(follow, ret, bundle.width, problem);
}
