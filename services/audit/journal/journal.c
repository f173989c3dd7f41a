#include "services/audit/journal/journal_inside.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/files.h"
#include "lib/problem.h"

#define RESERVE_PART 16 /* of a segment: 4 MiB of 64, some 6,000 entries */

int journal_add_segment(struct journal *journal, const struct segment *segment)
{
    if (journal->n_segments == journal->segments_room) {
        size_t room = journal->segments_room ? journal->segments_room * 2 : 16;
        struct segment *segments = realloc(journal->segments, room * sizeof(*segments));
        if (!segments)
            return -1;
        journal->segments = segments;
        journal->segments_room = room;
    }
    journal->segments[journal->n_segments++] = *segment;
    return 0;
}

static int make_segment(struct journal *journal, struct problem *problem)
{
    struct segment segment;
    uint8_t hash[BLAKE2B_BYTES];
    struct segment_state state = { .marks = journal->marks.rows, .n_marks = journal->marks.n };
    memcpy(state.first, journal->next, sizeof(state.first));
    memcpy(state.previous, journal->previous, sizeof(state.previous));
    uint32_t number = journal->n_segments ? journal_newest(journal)->number + 1 : 1;
    journal->spare = false; /* taken, even if the segment cannot be made of it */
    if (segment_make(journal->directory, number, journal->segment_bytes, &state, hash, &segment, problem))
        return -1;
    if (journal_add_segment(journal, &segment)) {
        segment_close(&segment);
        return problem_set(problem, "no-memory", "", "no memory");
    }
    if (journal->n_segments > 1)
        segment_seal(journal_newest(journal) - 1);
    memcpy(journal->previous, hash, sizeof(journal->previous));
    journal->last = 0;
    return 0;
}

/* The first segment. If it cannot be prepared, it cannot be made either, and that is told. */
static int begin(struct journal *journal, struct problem *problem)
{
    segment_prepare(journal->directory, journal->segment_bytes, NULL);
    return make_segment(journal, problem);
}

struct journal *journal_open(
    const char *directory, size_t segment_bytes, const uint64_t first[CLASS_COUNT], struct problem *problem)
{
    struct journal *journal = calloc(1, sizeof(*journal));
    if (!journal || !(journal->directory = strdup(directory))) {
        problem_set(problem, "no-memory", "", "no memory");
        journal_free(journal);
        return NULL;
    }
    journal->segment_bytes = segment_bytes;
    journal->staged.limit_bytes = journal->frame.limit_bytes = 2 * JOURNAL_STAGED_BYTES_MAX;
    memcpy(journal->next, first, sizeof(journal->next));
    memcpy(journal->committed, first, sizeof(journal->committed));
    segment_forget(directory); /* of an earlier run, whose sequences may have been others */
    if (dir_make(directory, 0700, problem) || journal_open_segments(journal, problem) ||
        (journal->n_segments ? journal_recover(journal, problem) : begin(journal, problem))) {
        journal_free(journal);
        return NULL;
    }
    journal->reuse_from = journal_newest(journal)->number;
    return journal;
}

void journal_free(struct journal *journal)
{
    if (!journal)
        return;
    for (size_t i = 0; i < journal->n_segments; i++)
        segment_close(&journal->segments[i]);
    free(journal->segments);
    free(journal->directory);
    buf_free(&journal->staged);
    buf_free(&journal->leaves);
    buf_free(&journal->frame);
    free(journal);
}

size_t journal_cut(const struct journal *journal)
{
    return journal->cut;
}

uint64_t journal_size(const struct journal *journal, enum class class)
{
    return journal->committed[class];
}

uint64_t journal_first(const struct journal *journal, enum class class)
{
    return journal->segments[0].first[class];
}

struct journal_position journal_begin(const struct journal *journal)
{
    return (struct journal_position){ journal->segments[0].number, 0 };
}

struct journal_position journal_end(const struct journal *journal)
{
    const struct segment *newest = &journal->segments[journal->n_segments - 1];
    return (struct journal_position){ newest->number, newest->used };
}

/* In a flood the file becomes the next segment, where else as many zeros would be written. A start tells what it held
 * from newer frames by how many entries stand before them: so some must have come in between. */
static int drop(struct journal *journal, size_t i)
{
    struct segment *segment = &journal->segments[i];
    bool reusable = segment->number >= journal->reuse_from &&
                    journal_before(journal->segments[i + 1].first) < journal_before(journal->committed);
    return reusable ? segment_retire(journal->directory, journal->segment_bytes, segment)
                    : segment_remove(journal->directory, segment);
}

void journal_drop(struct journal *journal, uint32_t before)
{
    size_t n = 0;
    /* One that cannot be deleted now keeps those behind it, for a start finds no gap; the next time it is tried
     * again. */
    while (n + 2 < journal->n_segments && journal->segments[n].number < before && !drop(journal, n))
        n++;
    memmove(journal->segments, journal->segments + n, (journal->n_segments - n) * sizeof(*journal->segments));
    journal->n_segments -= n;
}

uint64_t journal_next(const struct journal *journal, enum class class)
{
    return journal->next[class];
}

struct mark *journal_mark(struct journal *journal, uint32_t peer, uint64_t outbox)
{
    return marks_get(&journal->marks, peer, outbox);
}

int journal_touch(struct journal *journal, const struct mark *mark)
{
    uint32_t row = (uint32_t)(mark - journal->marks.rows);
    uint32_t place = journal->place[row];
    if (place < journal->n_touched && journal->touched[place] == row)
        return 0;
    journal->place[row] = journal->n_touched;
    journal->touched[journal->n_touched++] = row;
    return 0;
}

enum journal_room journal_room_with_reserve(struct journal *journal, size_t entry_bytes)
{
    size_t need = FRAME_HEAD_BYTES + BLAKE2B_BYTES + ((size_t)journal->n_touched + 1) * FRAME_MARK_BYTES +
                  journal->staged.length + FRAME_ENTRY_HEAD_BYTES + entry_bytes;
    struct segment *segment = journal_newest(journal);
    if (need <= segment->bytes - segment->used && need <= JOURNAL_STAGED_BYTES_MAX)
        return JOURNAL_ROOM;
    if (journal->n_staged || journal->n_touched)
        return JOURNAL_COMMIT_FIRST;
    return make_segment(journal, NULL) ? JOURNAL_FULL : JOURNAL_ROOM;
}

int journal_roll(struct journal *journal, struct problem *problem)
{
    if (journal->n_staged || journal->n_touched)
        return 1;
    segment_forget(journal->directory);
    if (make_segment(journal, problem))
        return -1;
    journal->reuse_from = journal_newest(journal)->number;
    return 0;
}

/* A next segment that is there already can be taken whatever becomes of the disk. */
static bool next_is_ready(struct journal *journal)
{
    if (!journal->spare)
        journal->spare = !segment_reserve(journal->directory, journal->segment_bytes);
    return journal->spare;
}

enum journal_room journal_room(struct journal *journal, size_t entry_bytes)
{
    const struct segment *segment = journal_newest(journal);
    const size_t left = segment->bytes - segment->used, reserve = journal->segment_bytes / RESERVE_PART;
    if (left < entry_bytes + journal->staged.length + reserve && !next_is_ready(journal))
        return JOURNAL_FULL;
    return journal_room_with_reserve(journal, entry_bytes);
}

int journal_stage(struct journal *journal, enum class class, const char *text, size_t bytes)
{
    if (frame_add_entry(&journal->staged, &journal->leaves, class, text, bytes))
        return -1;
    journal->next[class]++;
    journal->n_staged++;
    return 0;
}

size_t journal_staged_bytes(const struct journal *journal)
{
    return journal->staged.length;
}

uint32_t journal_staged(const struct journal *journal)
{
    return journal->n_staged;
}

static int compose(struct journal *journal, uint8_t hash[BLAKE2B_BYTES])
{
    static struct mark marks[MARKS_MAX];
    for (uint32_t i = 0; i < journal->n_touched; i++)
        marks[i] = journal->marks.rows[journal->touched[i]];
    buf_clear(&journal->frame);
    return frame_start(&journal->frame, journal->committed, journal->previous, (uint64_t)clock_wall_ms(), marks,
               journal->n_touched) ||
                   frame_finish(&journal->frame, &journal->staged, &journal->leaves, hash) ||
                   buf_append(&journal->frame, frame_end, FRAME_END_BYTES)
               ? -1
               : 0;
}

int journal_compose(struct journal *journal, struct frame *ret, struct problem *problem)
{
    if (!journal->n_staged && !journal->n_touched)
        return 1;
    if (compose(journal, journal->hash))
        return problem_set(problem, "no-memory", "", "no memory for a frame");
    if (frame_head((const uint8_t *)journal->frame.data, journal->frame.length - FRAME_END_BYTES, ret))
        return -1;
    ret->leaves = (const uint8_t *)journal->leaves.data;
    return 0;
}

int journal_write(struct journal *journal, struct problem *problem)
{
    struct segment *segment = journal_newest(journal);
    const size_t room = segment->bytes - segment->used;
    const size_t bytes = journal->frame.length < room ? journal->frame.length : room;
    if (pwrite(segment->fd, journal->frame.data, bytes, (off_t)segment->used) != (ssize_t)bytes)
        return problem_errno(problem, "journal", journal->directory, "cannot write segment %u", segment->number);
    /* Only that it begins: of its success the sync tells. */
    sync_file_range(segment->fd, (off_t)segment->used, (off_t)bytes, SYNC_FILE_RANGE_WRITE);
    return 0;
}

int journal_sync(struct journal *journal, struct problem *problem)
{
    struct segment *segment = journal_newest(journal);
    const size_t length = journal->frame.length - FRAME_END_BYTES;
    struct frame head;
    if (fdatasync(segment->fd))
        return problem_errno(problem, "journal", journal->directory, "cannot sync segment %u", segment->number);
    if (!frame_head(segment->data + segment->used, length, &head))
        segment_note(segment, segment->used, &head);
    journal->last = segment->used;
    segment->used += length;
    memcpy(journal->previous, journal->hash, BLAKE2B_BYTES);
    memcpy(journal->committed, journal->next, sizeof(journal->committed));
    buf_clear(&journal->staged);
    buf_clear(&journal->leaves);
    journal->n_staged = journal->n_touched = 0;
    return 0;
}

int journal_last(const struct journal *journal, struct frame *ret)
{
    const struct segment *segment = journal_newest(journal);
    if (!journal->last)
        return -1;
    return frame_head(segment->data + journal->last, segment->used - journal->last, ret);
}

/* The index of a sealed segment is made when it is first read. */
static void index_segment(struct segment *segment)
{
    struct frame frame;
    for (size_t at = 0; !segment->n_samples || at < segment->used; at += frame.length) {
        if (frame_head(segment->data + at, segment->used - at, &frame))
            return;
        segment_note(segment, at, &frame);
    }
}

/* false: the visitor has enough. */
static bool visit_frame(const struct frame *frame, enum class class, uint64_t from, journal_visit *visit, void *arg)
{
    struct wire_reader entries = frame_entries(frame);
    struct frame_entry entry;
    uint64_t sequence = frame->first[class];
    while (!frame_next_entry(&entries, &entry)) {
        if (entry.class != class)
            continue;
        if (sequence >= from && !visit(arg, sequence, entry.text, entry.bytes))
            return false;
        sequence++;
    }
    return true;
}

static size_t segment_of(const struct journal *journal, enum class class, uint64_t sequence)
{
    size_t low = 0, high = journal->n_segments;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (journal->segments[middle].first[class] <= sequence)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? low - 1 : 0;
}

int journal_read(
    struct journal *journal, enum class class, uint64_t from, journal_visit *visit, void *arg, struct problem *problem)
{
    if (from >= journal->committed[class])
        return 0;
    for (size_t i = segment_of(journal, class, from); i < journal->n_segments; i++) {
        struct segment *segment = &journal->segments[i];
        struct frame frame;
        if (!segment->n_samples)
            index_segment(segment);
        for (size_t at = segment_seek(segment, class, from); at < segment->used; at += frame.length) {
            if (frame_head(segment->data + at, segment->used - at, &frame))
                return problem_set(problem, "journal-damaged", journal->directory, "segment %u is damaged at byte %zu",
                    segment->number, at);
            if (!visit_frame(&frame, class, from, visit, arg))
                return 0;
        }
    }
    return 0;
}
