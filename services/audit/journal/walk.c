#include "services/audit/journal/walk.h"

#include <string.h>
#include <sys/stat.h>

#include "lib/problem.h"

void walk_close(struct walk *walk)
{
    if (walk->is_open)
        segment_close(&walk->segment);
    walk->is_open = false;
}

void walk_from(struct walk *walk, const struct journal_position *at)
{
    walk->at = *at;
    walk->chained = false;
}

/* Where the open segment's frames end, as far as is known: behind the last one of a segment that could not be sealed
 * stands something else, and nothing can be read behind the end of the file. */
static int limit_of(struct walk *walk, const struct journal_position *end, size_t *ret, struct problem *problem)
{
    struct stat status;
    if (end->segment == walk->at.segment) {
        *ret = end->offset;
        return 0;
    }
    if (fstat(walk->segment.fd, &status))
        return problem_errno(problem, "journal", walk->directory, "cannot read segment %u", walk->at.segment);
    *ret = (size_t)status.st_size < walk->segment.bytes ? (size_t)status.st_size : walk->segment.bytes;
    return 0;
}

static bool is_next(struct walk *walk, const struct frame *frame)
{
    if (walk->chained && memcmp(frame->previous, walk->previous, BLAKE2B_BYTES))
        return false;
    memcpy(walk->previous, frame->hash, BLAKE2B_BYTES);
    return walk->chained = true;
}

static int walk_segment(struct walk *walk, size_t limit, walk_visit *visit, void *arg, struct problem *problem)
{
    struct frame frame;
    while (walk->at.offset < limit) {
        const uint8_t *at = walk->segment.data + walk->at.offset;
        size_t room = limit - walk->at.offset;
        if ((walk->checks ? frame_check(at, room, &frame) : frame_head(at, room, &frame)) || !is_next(walk, &frame))
            return 0; /* the end of a sealed segment, or found out by what follows */
        if (visit(arg, &frame, problem))
            return -1;
        walk->at.offset += frame.length;
    }
    return 0;
}

int walk_to(
    struct walk *walk, const struct journal_position *end, walk_visit *visit, void *arg, struct problem *problem)
{
    for (;;) {
        size_t limit = 0;
        if (!walk->is_open && segment_open(walk->directory, walk->at.segment, &walk->segment, problem))
            return -1;
        walk->is_open = true;
        if (limit_of(walk, end, &limit, problem) || walk_segment(walk, limit, visit, arg, problem))
            return -1;
        if (walk->at.segment == end->segment)
            break;
        walk_close(walk);
        walk->at = (struct journal_position){ walk->at.segment + 1, 0 };
    }
    if (walk->at.offset != end->offset)
        return problem_set(problem, "journal-damaged", walk->directory, "segment %u is damaged at byte %zu",
            walk->at.segment, walk->at.offset);
    return 0;
}
