#include "agent/backup/feed.h"

#include <string.h>

#include "lib/problem.h"
#include "lib/repository/chunker.h"

#define TEXTS_BYTES_MAX (512u << 20) /* BATCH_STEPS_MAX entries of the longest; some 500 KiB in fact */

int feed_make(struct feed *feed, const uint8_t key[SECRET_BYTES], struct index *index)
{
    for (int i = 0; i < FEED_BATCHES; i++) {
        if (batch_make(&feed->batches[i], key, index))
            return -1;
        feed->batches[i].job.work = batch_pack;
        feed->batches[i].texts.limit_bytes = TEXTS_BYTES_MAX;
    }
    feed->naming = ghash_new(key);
    return feed->naming ? 0 : -1;
}

void feed_free(struct feed *feed)
{
    ghash_free(feed->naming);
    for (int i = 0; i < FEED_BATCHES; i++)
        batch_free(&feed->batches[i]);
}

static int take_oldest(struct feed *feed, struct problem *problem)
{
    struct batch *batch = &feed->batches[feed->first];
    feed->first = (feed->first + 1) % FEED_BATCHES;
    feed->n--;
    return crew_wait(feed->crew, &batch->job, problem) || writer_take(feed->writer, batch, problem) ? -1 : 0;
}

static void give(struct feed *feed)
{
    crew_give(feed->crew, &feed->current->job);
    feed->current = NULL;
    feed->n++;
}

/* Another batch takes the place of the current one, and the first bytes of what stood behind that. */
static int follow(struct feed *feed, size_t chunk_bytes_max, size_t kept, struct problem *problem)
{
    struct batch *before = feed->current;
    unsigned filled = before ? 1 : 0, most = chunk_bytes_max > FEED_LARGE_BYTES ? FEED_LARGE_BATCHES : FEED_BATCHES;
    while (feed->n + filled >= most) {
        if (take_oldest(feed, problem))
            return -1;
    }
    struct batch *next = &feed->batches[(feed->first + feed->n + filled) % FEED_BATCHES];
    if (batch_begin(next, chunk_bytes_max))
        return problem_set(problem, "no-memory", "", "no memory to read into");
    if (before) {
        memcpy(next->data, before->data + before->length, kept);
        give(feed);
    }
    feed->current = next;
    return 0;
}

uint8_t *feed_room(struct feed *feed, size_t bytes, size_t kept, struct problem *problem)
{
    const struct batch *batch = feed->current;
    if (feed->moved)
        feed->moved(feed->arg);
    size_t least = bytes > CHUNK_WHOLE_MAX ? bytes : CHUNK_WHOLE_MAX;
    if ((!batch || batch_is_full(batch) || bytes > batch->room - batch->length) && follow(feed, least, kept, problem))
        return NULL;
    return feed->current->data + feed->current->length;
}

void feed_chunk(struct feed *feed, size_t bytes)
{
    struct step *step = batch_step(feed->current, STEP_CHUNK);
    step->data = feed->current->length;
    step->place.bytes = (uint32_t)bytes;
    feed->current->length += bytes;
    feed->content_bytes += bytes;
}

void feed_raw(struct feed *feed, size_t bytes)
{
    feed->current->length += bytes;
    feed->content_bytes += bytes;
}

/* NULL + problem. */
static struct step *next_step(struct feed *feed, enum step_kind kind, struct problem *problem)
{
    return feed_room(feed, 0, 0, problem) ? batch_step(feed->current, kind) : NULL;
}

static void place(struct feed *feed, struct step *step, const uint8_t id[CHUNK_ID_BYTES], const struct place *place)
{
    step->placed = true;
    step->place = *place;
    memcpy(step->id, id, CHUNK_ID_BYTES);
    feed->content_bytes += place->bytes;
}

bool feed_same(struct feed *feed, const struct cached_piece *piece)
{
    struct batch *batch = feed->current;
    uint8_t id[CHUNK_ID_BYTES];
    struct place found;
    if (!index_find(feed->writer->index, piece->id, &found) || found.bytes != piece->length ||
        ghash(feed->naming, batch->data + batch->length, found.bytes, id) || memcmp(id, piece->id, sizeof(id)))
        return false;
    place(feed, batch_step(batch, STEP_CHUNK), id, &found);
    return true;
}

int feed_known(struct feed *feed, const struct cached_piece *piece, struct problem *problem)
{
    struct step *step = next_step(feed, STEP_CHUNK, problem);
    if (!step)
        return -1;
    place(feed, step, piece->id, &piece->place);
    return 0;
}

int feed_hole(struct feed *feed, uint64_t length, struct problem *problem)
{
    struct step *step = next_step(feed, STEP_HOLE, problem);
    if (!step)
        return -1;
    step->length = length;
    feed->content_bytes += length;
    return 0;
}

int feed_forget(struct feed *feed, struct problem *problem)
{
    return next_step(feed, STEP_FORGET, problem) ? 0 : -1;
}

int feed_entry(struct feed *feed, const struct entry *entry, const char *path, size_t path_bytes,
    const struct stamp *stamp, struct problem *problem)
{
    struct step *step = next_step(feed, STEP_ENTRY, problem);
    if (!step)
        return -1;
    struct buf *texts = &feed->current->texts;
    step->record = texts->length;
    if (tree_entry(texts, entry))
        return problem_set(problem, "no-memory", "", "no memory for an entry");
    step->record_bytes = texts->length - step->record;
    if (!stamp)
        return 0;
    step->stamped = true;
    step->stamp = *stamp;
    step->path = texts->length;
    step->path_bytes = path_bytes;
    return buf_append(texts, path, path_bytes) ? problem_set(problem, "no-memory", "", "no memory for a path") : 0;
}

int feed_up(struct feed *feed, struct problem *problem)
{
    return next_step(feed, STEP_UP, problem) ? 0 : -1;
}

int feed_end(struct feed *feed, struct problem *problem)
{
    if (feed->current)
        give(feed);
    while (feed->n) {
        if (take_oldest(feed, problem))
            return -1;
    }
    return 0;
}
