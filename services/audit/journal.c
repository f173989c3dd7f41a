#include "services/audit/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/files.h"
#include "lib/problem.h"
#include "services/audit/segment.h"

#define STAGED_BYTES_MAX (8u << 20) /* of one commit: what fits into the least segment that settings allow is less */

struct journal {
    char *directory;
    size_t segment_bytes;
    struct segment *segments;       /* by number; the last one takes the appends */
    size_t n_segments, segments_room;
    uint8_t previous[SHA256_BYTES]; /* hash of the last frame */
    uint64_t committed[CLASS_COUNT], next[CLASS_COUNT];
    struct marks marks;
    uint32_t touched[MARKS_MAX];    /* rows that changed since the last commit */
    uint32_t n_touched;
    struct buf staged, frame;
    uint32_t n_staged;
    size_t cut;
    size_t last;                    /* offset of the last commit's frame in the newest segment; 0: none */
};

static struct segment *newest(const struct journal *journal)
{
    return &journal->segments[journal->n_segments - 1];
}

static int add_segment(struct journal *journal, const struct segment *segment)
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

/* A sealed segment gives back what it did not use. */
static void seal(struct segment *segment)
{
    if (segment->used < segment->bytes && !ftruncate(segment->fd, (off_t)segment->used))
        fdatasync(segment->fd);
}

static int roll(struct journal *journal, struct problem *problem)
{
    struct segment segment;
    struct segment_state state = { .marks = journal->marks.rows, .n_marks = journal->marks.n };
    memcpy(state.first, journal->next, sizeof(state.first));
    memcpy(state.previous, journal->previous, sizeof(state.previous));
    uint32_t number = journal->n_segments ? newest(journal)->number + 1 : 1;
    if (segment_make(journal->directory, number, journal->segment_bytes, &state, journal->previous, &segment, problem))
        return -1;
    if (journal->n_segments)
        seal(newest(journal));
    if (add_segment(journal, &segment)) {
        segment_close(&segment);
        return problem_set(problem, "no-memory", "", "no memory");
    }
    journal->last = 0;
    return 0;
}

static int by_number(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

/* Numbers of the segments in the directory, rising; the caller frees them. */
static int list(const char *directory, uint32_t **ret_numbers, size_t *ret_n, struct problem *problem)
{
    DIR *dir = opendir(directory);
    uint32_t *numbers = NULL, number;
    size_t n = 0;
    char rest;
    if (!dir)
        return problem_errno(problem, "journal", directory, "cannot read %s", directory);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (strlen(entry->d_name) != strlen("00000001.segment") ||
            sscanf(entry->d_name, "%8u.segmen%c", &number, &rest) != 2)
            continue;
        uint32_t *more = realloc(numbers, (n + 1) * sizeof(*numbers));
        if (!more)
            break;
        numbers = more;
        numbers[n++] = number;
    }
    closedir(dir);
    if (n)
        qsort(numbers, n, sizeof(*numbers), by_number);
    *ret_numbers = numbers;
    *ret_n = n;
    return 0;
}

static int open_segments(struct journal *journal, struct problem *problem)
{
    uint32_t *numbers = NULL;
    size_t n = 0;
    int error = 0;
    if (list(journal->directory, &numbers, &n, problem))
        return -1;
    for (size_t i = 0; i < n && !error; i++) {
        struct segment segment;
        if (i && numbers[i] != numbers[i - 1] + 1)
            error = problem_set(problem, "journal-damaged", journal->directory, "journal segment %u is missing",
                numbers[i - 1] + 1);
        else
            error = segment_open(journal->directory, numbers[i], &segment, problem) || add_segment(journal, &segment);
    }
    free(numbers);
    return error ? -1 : 0;
}

static void take_frame(struct journal *journal, const struct frame *frame)
{
    struct wire_reader marks = frame_marks(frame), entries = frame_entries(frame);
    struct mark mark;
    struct frame_entry entry;
    memcpy(journal->next, frame->first, sizeof(journal->next));
    while (!frame_next_mark(&marks, &mark))
        marks_get(&journal->marks, mark.peer, mark.outbox)->through = mark.through;
    while (!frame_next_entry(&entries, &entry))
        journal->next[entry.class]++;
    memcpy(journal->previous, frame->hash, SHA256_BYTES);
}

/* Is there a whole frame anywhere behind a bad one? Then it is not a torn tail: acknowledged entries are damaged. */
static bool frame_follows(const struct segment *segment, size_t offset)
{
    uint8_t magic[4];
    struct frame frame;
    wire_put_u32(magic, FRAME_MAGIC);
    while (offset < segment->bytes) {
        const uint8_t *at = memmem(segment->data + offset, segment->bytes - offset, magic, sizeof(magic));
        if (!at)
            return false;
        if (!frame_check(at, segment->bytes - (size_t)(at - segment->data), &frame))
            return true;
        offset = (size_t)(at - segment->data) + 1;
    }
    return false;
}

static size_t written_end(const struct segment *segment)
{
    size_t end = segment->bytes;
    while (end > segment->used && !segment->data[end - 1])
        end--;
    return end;
}

/* What a kill or a power failure left of an unfinished commit becomes zeros again. */
static int cut_tail(struct journal *journal, struct segment *segment, struct problem *problem)
{
    static const uint8_t zeros[65536];
    size_t end = written_end(segment);
    journal->cut = end - segment->used;
    if (journal->cut && frame_follows(segment, segment->used))
        return problem_set(problem, "journal-damaged", journal->directory,
            "segment %u is damaged at byte %zu, in front of whole frames", segment->number, segment->used);
    for (size_t at = segment->used; at < end;) {
        size_t part = end - at < sizeof(zeros) ? end - at : sizeof(zeros);
        if (pwrite(segment->fd, zeros, part, (off_t)at) != (ssize_t)part)
            return problem_errno(problem, "journal", journal->directory, "cannot cut the torn tail");
        at += part;
    }
    if (journal->cut && fdatasync(segment->fd))
        return problem_errno(problem, "journal", journal->directory, "cannot cut the torn tail");
    return 0;
}

/* The segment before the newest: a kill may have come before it was sealed. Its frames end where its chain meets the
 * newest segment's first frame. */
static int find_end(struct journal *journal, struct segment *before, const struct segment *last, struct problem *problem)
{
    struct frame frame, first;
    const uint8_t *hash = NULL;
    size_t at = 0;
    while (!frame_head(before->data + at, before->bytes - at, &frame)) {
        at += frame.length;
        hash = frame.hash;
    }
    if (!hash || frame_head(last->data, last->bytes, &first) || memcmp(hash, first.previous, SHA256_BYTES))
        return problem_set(problem, "journal-damaged", journal->directory, "segment %u does not follow segment %u",
            last->number, before->number);
    before->used = at;
    seal(before);
    return 0;
}

static int recover(struct journal *journal, struct problem *problem)
{
    struct segment *segment = newest(journal);
    struct frame frame;
    if (journal->n_segments > 1 && find_end(journal, segment - 1, segment, problem))
        return -1;
    segment->used = 0;
    while (!frame_check(segment->data + segment->used, segment->bytes - segment->used, &frame) &&
           (!segment->used || !memcmp(frame.previous, journal->previous, SHA256_BYTES))) {
        take_frame(journal, &frame);
        segment_note(segment, segment->used, &frame);
        segment->used += frame.length;
    }
    if (!segment->used)
        return problem_set(problem, "journal-damaged", journal->directory, "segment %u has no beginning",
            segment->number);
    memcpy(journal->committed, journal->next, sizeof(journal->committed));
    return cut_tail(journal, segment, problem);
}

struct journal *journal_open(const char *directory, size_t segment_bytes, struct problem *problem)
{
    struct journal *journal = calloc(1, sizeof(*journal));
    if (!journal || !(journal->directory = strdup(directory))) {
        problem_set(problem, "no-memory", "", "no memory");
        journal_free(journal);
        return NULL;
    }
    journal->segment_bytes = segment_bytes;
    journal->staged.limit_bytes = journal->frame.limit_bytes = 2 * STAGED_BYTES_MAX;
    for (int class = 0; class < CLASS_COUNT; class ++)
        journal->next[class] = journal->committed[class] = 1;
    if (dir_make(directory, 0700, problem) || open_segments(journal, problem) ||
        (journal->n_segments ? recover(journal, problem) : roll(journal, problem))) {
        journal_free(journal);
        return NULL;
    }
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
    buf_free(&journal->frame);
    free(journal);
}

size_t journal_cut(const struct journal *journal)
{
    return journal->cut;
}

uint64_t journal_head(const struct journal *journal, enum class class)
{
    return journal->committed[class] - 1;
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
    for (uint32_t i = 0; i < journal->n_touched; i++) {
        if (journal->touched[i] == row)
            return 0;
    }
    journal->touched[journal->n_touched++] = row;
    return 0;
}

enum journal_room journal_room(struct journal *journal, size_t entry_bytes)
{
    size_t need = FRAME_HEAD_BYTES + SHA256_BYTES + ((size_t)journal->n_touched + 1) * FRAME_MARK_BYTES +
                  journal->staged.length + FRAME_ENTRY_HEAD_BYTES + entry_bytes;
    struct segment *segment = newest(journal);
    if (need <= segment->bytes - segment->used && need <= STAGED_BYTES_MAX)
        return JOURNAL_ROOM;
    if (journal->n_staged || journal->n_touched)
        return JOURNAL_COMMIT_FIRST;
    return roll(journal, NULL) ? JOURNAL_FULL : JOURNAL_ROOM;
}

int journal_stage(struct journal *journal, enum class class, const char *text, size_t bytes)
{
    if (frame_add_entry(&journal->staged, class, text, bytes))
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

static int compose(struct journal *journal, uint8_t hash[SHA256_BYTES])
{
    static struct mark marks[MARKS_MAX];
    for (uint32_t i = 0; i < journal->n_touched; i++)
        marks[i] = journal->marks.rows[journal->touched[i]];
    buf_clear(&journal->frame);
    return frame_start(&journal->frame, journal->committed, journal->previous, (uint64_t)clock_wall_ms(), marks,
               journal->n_touched) ||
                   frame_finish(&journal->frame, &journal->staged, journal->n_staged, hash)
               ? -1
               : 0;
}

int journal_commit(struct journal *journal, struct problem *problem)
{
    struct segment *segment = newest(journal);
    struct frame head;
    uint8_t hash[SHA256_BYTES];
    if (!journal->n_staged && !journal->n_touched)
        return 0;
    if (compose(journal, hash))
        return problem_set(problem, "no-memory", "", "no memory for a frame");
    ssize_t written = pwrite(segment->fd, journal->frame.data, journal->frame.length, (off_t)segment->used);
    if (written != (ssize_t)journal->frame.length || fdatasync(segment->fd))
        return problem_errno(problem, "journal", journal->directory, "cannot write segment %u", segment->number);
    if (!frame_head(segment->data + segment->used, journal->frame.length, &head))
        segment_note(segment, segment->used, &head);
    journal->last = segment->used;
    segment->used += journal->frame.length;
    memcpy(journal->previous, hash, SHA256_BYTES);
    memcpy(journal->committed, journal->next, sizeof(journal->committed));
    buf_clear(&journal->staged);
    journal->n_staged = journal->n_touched = 0;
    return 0;
}

int journal_last(const struct journal *journal, struct frame *ret)
{
    const struct segment *segment = newest(journal);
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

int journal_read(struct journal *journal, enum class class, uint64_t from, journal_visit *visit, void *arg,
    struct problem *problem)
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
