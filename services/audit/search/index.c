#include "services/audit/search/index.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/problem.h"
#include "services/audit/search/index_inside.h"

/* Another number whenever words, glances or blocks change. */
#define FILE_MAGIC "vedette index 2"

struct file_head {
    char magic[16];
    char origin[TLOG_NAME_BYTES]; /* "": nothing was indexed yet */
};

int index_fail(const struct index *index, struct problem *problem, const char *doing)
{
    return problem_errno(problem, "index", index->options.file, "cannot %s %s", doing, index->options.file);
}

static int write_at(const struct index *index, const void *data, size_t bytes, uint64_t offset)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t count = pwrite(index->fd, (const char *)data + done, bytes - done, (off_t)(offset + done));
        if (count < 0)
            return -1;
        done += (size_t)count;
    }
    return 0;
}

/* Forget the blocks from this one on. */
static int cut(struct index *index, uint64_t count, struct problem *problem)
{
    index->tail_count = 0;
    if (count < index->count) {
        index->forgotten = count < index->forgotten ? count : index->forgotten;
        index->blinded = count < index->blinded ? count : index->blinded;
        index->end = index->places[count].offset;
        index->count = count;
    }
    return ftruncate(index->fd, (off_t)index->end) ? index_fail(index, problem, "shorten") : 0;
}

/* Begin anew, for the log of this origin. */
static enum index_step begin(struct index *index, const char *origin, struct problem *problem)
{
    struct file_head head = { .magic = FILE_MAGIC };
    snprintf(head.origin, sizeof(head.origin), "%s", origin);
    index->count = index->forgotten = index->blinded = 0;
    index->end = sizeof(head);
    if (cut(index, 0, problem))
        return INDEX_FAILED;
    if (write_at(index, &head, sizeof(head), 0)) {
        index_fail(index, problem, "write");
        return INDEX_FAILED;
    }
    memcpy(index->origin, head.origin, sizeof(index->origin));
    index->checked = true;
    return INDEX_WORKED;
}

struct index *index_new(const struct index_options *options)
{
    struct index *index = calloc(1, sizeof(*index));
    struct block_maker *maker = block_maker_new();
    struct seal *seal = seal_new(options->keys);
    if (!index || !maker || !seal) {
        seal_free(seal);
        block_maker_free(maker);
        free(index);
        return NULL;
    }
    index->options = *options;
    index->fd = index->follow.directory.fd = -1;
    index->follow.seal = seal;
    index->follow.class = options->class;
    index->maker = maker;
    return index;
}

/* Whether it is an index of this log is checked here; its blocks are checked by `check`. */
static enum index_step open_file(struct index *index, struct problem *problem)
{
    struct file_head head;
    index->fd = open(index->options.file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (index->fd < 0) {
        index_fail(index, problem, "open");
        return INDEX_FAILED;
    }
    if (!index_read_at(index, &head, sizeof(head), 0) && !memcmp(head.magic, FILE_MAGIC, sizeof(head.magic)) &&
        memchr(head.origin, '\0', sizeof(head.origin)))
        memcpy(index->origin, head.origin, sizeof(index->origin));
    index_distrust(index);
    return INDEX_WORKED;
}

void index_distrust(struct index *index)
{
    index->checked = false;
    index->count = index->forgotten = index->blinded = 0;
    index->end = sizeof(struct file_head);
}

void index_free(struct index *index)
{
    if (!index)
        return;
    if (index->fd >= 0)
        close(index->fd);
    follow_close(&index->follow);
    block_maker_free(index->maker);
    buf_free(&index->tail);
    buf_free(&index->made);
    free(index->places);
    free(index);
}

uint64_t index_size(const struct index *index)
{
    return index->follow.size;
}

uint64_t index_indexed(const struct index *index)
{
    return index->count * BLOCK_ENTRIES + index->tail_count;
}

static int add_place(struct index *index, const struct block_head *head, size_t bytes, struct problem *problem)
{
    if (index->count == index->room) {
        uint64_t room = index->room ? 2 * index->room : 1024;
        struct place *places = realloc(index->places, room * sizeof(*places));
        if (!places)
            return problem_set(problem, "no-memory", "", "no memory");
        index->places = places;
        index->room = room;
    }
    index->places[index->count++] = (struct place){
        .offset = index->end,
        .oldest_ms = head->oldest_ms,
        .newest_ms = head->newest_ms,
        .names_bytes = head->names_bytes,
        .words_bytes = head->words_bytes,
        .day_first = head->day_first,
        .day_last = head->day_last,
    };
    memcpy(index->places[index->count - 1].sevs, head->sevs, sizeof(head->sevs));
    index->end += bytes;
    return 0;
}

/* The file's next block, if the log has such a bundle and it is whole. */
static const struct block_head *read_whole(struct index *index, size_t *ret_bytes)
{
    struct block_head *head = &index->columns.head;
    if (index->count == index->follow.size / BLOCK_ENTRIES)
        return NULL;
    if (index_read_at(index, head, sizeof(*head), index->end) || !block_head_possible(head) ||
        head->number != index->count)
        return NULL;
    size_t bytes = sizeof(*head) + head->names_bytes + head->words_bytes;
    buf_clear(&index->made);
    char *block = buf_reserve(&index->made, bytes);
    if (!block || index_read_at(index, block, bytes, index->end) || !block_whole(block, bytes))
        return NULL;
    *ret_bytes = bytes;
    return head;
}

/* What a kill or a power cut left half written, and all that stands behind damage, is made anew. */
static enum index_step check(struct index *index, struct problem *problem)
{
    size_t bytes;
    const struct block_head *head = read_whole(index, &bytes);
    if (head)
        return add_place(index, head, bytes, problem) ? INDEX_FAILED : INDEX_WORKED;
    if (cut(index, index->count, problem))
        return INDEX_FAILED;
    index->checked = true;
    return INDEX_WORKED;
}

void index_forget(struct index *index, uint64_t kept_from)
{
    index->kept = kept_from / BLOCK_ENTRIES;
}

/* Read a block whole, change it in its place, write it. */
static enum index_step change(
    struct index *index, const struct place *place, void (*how)(void *block, size_t bytes), struct problem *problem)
{
    const size_t bytes = sizeof(struct block_head) + place->names_bytes + place->words_bytes;
    buf_clear(&index->made);
    char *block = buf_reserve(&index->made, bytes);
    if (!block || index_read_at(index, block, bytes, place->offset)) {
        index_fail(index, problem, "read");
        index_distrust(index);
        return INDEX_FAILED;
    }
    how(block, bytes);
    if (write_at(index, block, bytes, place->offset)) {
        index_fail(index, problem, "write");
        return INDEX_FAILED;
    }
    return INDEX_WORKED;
}

/* The next block that may not be known any more. */
static enum index_step forget(struct index *index, struct problem *problem)
{
    struct place *place = &index->places[index->forgotten];
    if (place->oldest_ms <= place->newest_ms) {
        if (change(index, place, block_forget, problem) != INDEX_WORKED)
            return INDEX_FAILED;
        place->oldest_ms = INT64_MAX;
        place->newest_ms = INT64_MIN;
        place->day_first = UINT32_MAX;
        memset(place->sevs, 0, sizeof(place->sevs));
    }
    index->forgotten++;
    return INDEX_WORKED;
}

static bool has_all_keys(const struct index *index, const struct place *place)
{
    uint8_t key[SECRET_BYTES];
    bool all = true;
    for (uint32_t day = place->day_first; day <= place->day_last && all; day++)
        all = !seal_keys_find(index->options.keys, index->options.class, day, key);
    crypto_forget(key, sizeof(key));
    return all;
}

/* A key was erased, perhaps before this start: what a block knew by it must go. Some blocks in each step, for most need
 * only a look. */
static enum index_step blind(struct index *index, struct problem *problem)
{
    for (unsigned i = 0; i < BLOCK_ENTRIES && index->blinded < index->count; i++, index->blinded++) {
        struct place *place = &index->places[index->blinded];
        if (place->day_first == UINT32_MAX || has_all_keys(index, place))
            continue;
        if (change(index, place, block_blind, problem) != INDEX_WORKED)
            return INDEX_FAILED;
        place->day_first = UINT32_MAX;
    }
    return INDEX_WORKED;
}

/* Does the index know by keys that may be gone? */
static bool is_outdated(struct index *index)
{
    uint64_t erasures = index->options.keys ? seal_keys_erasures(index->options.keys) : 0;
    if (erasures != index->erasures) {
        index->erasures = erasures;
        index->blinded = 0;
        index->tail_count = 0;
    }
    return erasures && index->blinded < index->count;
}

static int check_room(const struct index *index, struct problem *problem)
{
    struct statvfs disk;
    if (fstatvfs(index->fd, &disk))
        return index_fail(index, problem, "look at the disk of");
    if ((uint64_t)disk.f_bavail * disk.f_frsize < index->options.keep_free_bytes)
        return problem_set(problem, "disk-low", "", "the disk has no room for the index: the log needs it");
    return 0;
}

static enum index_step add_block(struct index *index, struct problem *problem)
{
    struct tlog_entry entries[BLOCK_ENTRIES];
    unsigned count;
    buf_clear(&index->made);
    if (check_room(index, problem) || follow_bundle(&index->follow, index->count, entries, &count, problem))
        return INDEX_FAILED;
    if (block_make(index->maker, index->count, entries, count, &index->made)) {
        problem_set(problem, "no-memory", "", "no memory");
        return INDEX_FAILED;
    }
    block_note_days(index->made.data, index->made.length, index->follow.day_first, index->follow.day_last);
    if (write_at(index, index->made.data, index->made.length, index->end)) {
        index_fail(index, problem, "write");
        return INDEX_FAILED;
    }
    const struct block_head *head = (const struct block_head *)(const void *)index->made.data;
    index->tail_count = 0;
    return add_place(index, head, index->made.length, problem) ? INDEX_FAILED : INDEX_WORKED;
}

/* The partial bundle, anew each time that it has grown. */
static enum index_step make_tail(struct index *index, struct problem *problem)
{
    struct tlog_entry entries[BLOCK_ENTRIES];
    unsigned count;
    if (follow_bundle(&index->follow, index->count, entries, &count, problem))
        return INDEX_FAILED;
    /* The log went on and deleted the partial bundle: the next checkpoint names another. */
    if (!count)
        return follow_look(&index->follow, index->options.log, problem) < 0 ? INDEX_FAILED : INDEX_IDLE;
    buf_clear(&index->tail);
    index->tail_count = 0;
    if (block_make(index->maker, index->count, entries, count, &index->tail)) {
        problem_set(problem, "no-memory", "", "no memory");
        return INDEX_FAILED;
    }
    index->tail_count = count;
    return INDEX_WORKED;
}

static enum index_step look(struct index *index, struct problem *problem)
{
    int grown = follow_look(&index->follow, index->options.log, problem);
    if (grown < 0)
        return INDEX_FAILED;
    return grown ? INDEX_WORKED : INDEX_IDLE;
}

enum index_step index_step(struct index *index, struct problem *problem)
{
    uint64_t size = index->follow.size, full = size / BLOCK_ENTRIES;
    if (index->fd < 0)
        return open_file(index, problem);
    /* Before the file is checked, so that it is known how much is missing. */
    if (!index->follow.origin[0])
        return look(index, problem);
    if (strcmp(index->follow.origin, index->origin))
        return begin(index, index->follow.origin, problem);
    if (!index->checked)
        return check(index, problem);
    if (index->count > full || index_indexed(index) > size)
        return cut(index, full, problem) ? INDEX_FAILED : INDEX_WORKED;
    if (index->forgotten < index->kept && index->forgotten < index->count)
        return forget(index, problem);
    if (is_outdated(index))
        return blind(index, problem);
    if (index->count < full)
        return add_block(index, problem);
    if (index->tail_count != size % BLOCK_ENTRIES)
        return make_tail(index, problem);
    return look(index, problem);
}
