/* What a start finds: a torn tail is cut, damage is refused. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/problem.h"
#include "services/audit/journal/journal_inside.h"

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

int journal_open_segments(struct journal *journal, struct problem *problem)
{
    uint32_t *numbers = NULL;
    size_t n = 0;
    int error = 0;
    if (list(journal->directory, &numbers, &n, problem))
        return -1;
    for (size_t i = 0; i < n && !error; i++) {
        struct segment segment;
        if (i && numbers[i] != numbers[i - 1] + 1)
            error = problem_set(
                problem, "journal-damaged", journal->directory, "journal segment %u is missing", numbers[i - 1] + 1);
        else
            error = segment_open(journal->directory, numbers[i], &segment, problem) ||
                    journal_add_segment(journal, &segment);
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
    memcpy(journal->previous, frame->hash, BLAKE2B_BYTES);
}

/* Is there a whole frame anywhere behind a bad one? Then it is not a torn tail: acknowledged entries are damaged. What
 * an older segment left in the file has fewer entries before it than this one's first. */
static bool frame_follows(const struct segment *segment, size_t offset)
{
    const uint64_t before = journal_before(segment->first);
    uint8_t magic[4];
    struct frame frame;
    wire_put_u32(magic, FRAME_MAGIC);
    while (offset < segment->bytes) {
        const uint8_t *at = memmem(segment->data + offset, segment->bytes - offset, magic, sizeof(magic));
        if (!at)
            return false;
        const size_t room = segment->bytes - (size_t)(at - segment->data);
        if (!frame_head(at, room, &frame) && journal_before(frame.first) >= before && !frame_check(at, room, &frame))
            return true;
        offset = (size_t)(at - segment->data) + 1;
    }
    return false;
}

/* Where the last frame ends that a commit did not finish, or may end. */
static size_t torn_end(const struct segment *segment)
{
    const size_t left = segment->bytes - segment->used;
    size_t end = segment->used + (left < JOURNAL_FRAME_BYTES_MAX ? left : JOURNAL_FRAME_BYTES_MAX);
    if (!memcmp(segment->data + segment->used, frame_end, left < FRAME_END_BYTES ? left : FRAME_END_BYTES))
        return segment->used;
    while (!segment->data[end - 1])
        end--;
    return end;
}

/* What a kill or a power failure left of an unfinished commit becomes zeros. If that is not how it begins, its
 * beginning did not reach the disk, and it stays what it is: nothing. */
static int cut_tail(struct journal *journal, struct segment *segment, struct problem *problem)
{
    static const uint8_t zeros[65536];
    const size_t end = torn_end(segment);
    journal->cut = end - segment->used;
    if (frame_follows(segment, segment->used))
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

/* A segment before another: a kill may have come before it was sealed, or the disk refused to, and anything stand
 * behind its frames. They end where their chain meets the next segment's first frame. */
static int find_end(
    struct journal *journal, struct segment *before, const struct segment *next, struct problem *problem)
{
    struct frame frame, first;
    bool met = false;
    size_t at = 0;
    int error = frame_head(next->data, next->bytes, &first);
    while (!error && !met && !frame_head(before->data + at, before->bytes - at, &frame)) {
        at += frame.length;
        met = !memcmp(frame.hash, first.previous, BLAKE2B_BYTES);
    }
    if (!met)
        return problem_set(problem, "journal-damaged", journal->directory, "segment %u does not follow segment %u",
            next->number, before->number);
    before->used = at;
    segment_seal(before);
    return 0;
}

int journal_recover(struct journal *journal, struct problem *problem)
{
    struct segment *segment = journal_newest(journal);
    struct frame frame;
    for (size_t i = 1; i < journal->n_segments; i++) {
        if (find_end(journal, &journal->segments[i - 1], &journal->segments[i], problem))
            return -1;
    }
    segment->used = 0; /* its `first` is known from segment_open */
    while (!frame_check(segment->data + segment->used, segment->bytes - segment->used, &frame) &&
           (!segment->used || !memcmp(frame.previous, journal->previous, BLAKE2B_BYTES))) {
        take_frame(journal, &frame);
        segment_note(segment, segment->used, &frame);
        segment->used += frame.length;
    }
    if (!segment->used)
        return problem_set(
            problem, "journal-damaged", journal->directory, "segment %u has no beginning", segment->number);
    memcpy(journal->committed, journal->next, sizeof(journal->committed));
    return cut_tail(journal, segment, problem);
}
