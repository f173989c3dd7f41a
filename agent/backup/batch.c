#include "agent/backup/batch.h"

#include <stdlib.h>
#include <string.h>

#include "lib/repository/chunker.h"
#include "lib/repository/sum.h"

/* Of a sort, less than this shares a frame with the next sort: each frame costs a header, a checksum and tables. */
#define FRAME_LEAST (32u << 10)

_Static_assert(CHUNK_BYTES_MAX < FRAME_CONTENT_MAX, "readers take what a batch makes");

int batch_make(struct batch *batch, const uint8_t key[SECRET_BYTES], struct index *index)
{
    *batch = (struct batch){ .naming = ghash_new(key), .index = index };
    batch->steps = calloc(BATCH_STEPS_MAX, sizeof(*batch->steps));
    return batch->naming && batch->steps ? 0 : -1;
}

void batch_free(struct batch *batch)
{
    ghash_free(batch->naming);
    free(batch->data);
    free(batch->packed);
    free(batch->steps);
    buf_free(&batch->texts);
}

/* Memory that a large file needed is given back. */
static int fit(uint8_t **data, size_t *room, size_t wanted)
{
    if (*room == wanted)
        return 0;
    free(*data);
    *data = malloc(wanted);
    *room = *data ? wanted : 0;
    return *data ? 0 : -1;
}

int batch_begin(struct batch *batch, size_t chunk_bytes_max)
{
    size_t left = FRAME_CONTENT_MAX - chunk_bytes_max;
    batch->most = left < BATCH_BYTES ? left : BATCH_BYTES;
    batch->length = batch->packed_bytes = 0;
    batch->new_bytes = 0;
    batch->n_steps = 0;
    buf_clear(&batch->texts);
    size_t room = batch->most + chunk_bytes_max, packed_room = frame_bound(room) + SORT_COUNT * frame_bound(0);
    return fit(&batch->data, &batch->room, room) || fit(&batch->packed, &batch->packed_room, packed_room) ? -1 : 0;
}

bool batch_is_full(const struct batch *batch)
{
    return batch->length >= batch->most || batch->n_steps == BATCH_STEPS_MAX;
}

struct step *batch_step(struct batch *batch, enum step_kind kind)
{
    struct step *step = &batch->steps[batch->n_steps++];
    *step = (struct step){ .kind = kind };
    return step;
}

/* One that is known leaves the data. */
static int name(struct batch *batch, struct step *step, struct problem *problem)
{
    const uint8_t *data = batch->data + step->data;
    uint32_t bytes = step->place.bytes;
    if (ghash(batch->naming, data, bytes, step->id))
        return problem_set(problem, "no-memory", "", "cannot name a chunk");
    step->place.sum = sum_of(data, bytes);
    struct place known;
    step->placed = batch->index && index_find(batch->index, step->id, &known) && known.sum == step->place.sum;
    if (step->placed) {
        step->place = known;
        return 0;
    }
    step->sort = sort_of(data, bytes);
    batch->new_bytes += bytes;
    return 0;
}

static bool is_new(const struct step *step)
{
    return step->kind == STEP_CHUNK && !step->placed;
}

/* Chunks for one frame, by their steps. What stands together already, in the same order, is not copied. */
struct gathering {
    struct batch *batch;
    struct hand *hand;
    unsigned n, *steps;
    size_t bytes;
    bool together;
};

static void add(struct gathering *gathering, unsigned number)
{
    struct step *steps = gathering->batch->steps, *step = &steps[number];
    const struct step *before = gathering->n ? &steps[gathering->steps[gathering->n - 1]] : NULL;
    gathering->together = !before || (gathering->together && before->data + before->place.bytes == step->data);
    step->place.skip = (uint32_t)gathering->bytes;
    gathering->bytes += step->place.bytes;
    gathering->steps[gathering->n++] = number;
}

static const uint8_t *gather(const struct gathering *gathering, struct problem *problem)
{
    const struct batch *batch = gathering->batch;
    if (gathering->together)
        return batch->data + batch->steps[gathering->steps[0]].data;
    uint8_t *room = hand_room(gathering->hand, gathering->bytes, problem);
    for (unsigned i = 0; room && i < gathering->n; i++) {
        const struct step *step = &batch->steps[gathering->steps[i]];
        memcpy(room + step->place.skip, batch->data + step->data, step->place.bytes);
    }
    return room;
}

static int pack(struct batch *batch, struct hand *hand, enum frame_sort sort, const uint8_t *data, size_t bytes,
    size_t *ret, struct problem *problem)
{
    uint8_t *to = batch->packed + batch->packed_bytes;
    *ret = frame_pack(hand->packer, sort, data, bytes, to, batch->packed_room - batch->packed_bytes);
    return *ret ? 0 : problem_set(problem, "no-memory", "", "cannot compress");
}

static int end_frame(struct gathering *gathering, enum frame_sort sort, struct problem *problem)
{
    struct batch *batch = gathering->batch;
    size_t packed;
    const uint8_t *data = gather(gathering, problem);
    if (!data || pack(batch, gathering->hand, sort, data, gathering->bytes, &packed, problem))
        return -1;
    for (unsigned i = 0; i < gathering->n; i++) {
        struct place *place = &batch->steps[gathering->steps[i]].place;
        place->offset = (uint32_t)batch->packed_bytes;
        place->stored_bytes = (uint32_t)((uint64_t)packed * place->bytes / gathering->bytes);
    }
    batch->packed_bytes += packed;
    gathering->n = 0;
    gathering->bytes = 0;
    return 0;
}

/* Sort by sort, and of each in the order of the tree. */
static int pack_sorts(struct gathering *gathering, struct problem *problem)
{
    struct batch *batch = gathering->batch;
    for (enum sort sort = 0; sort < SORT_COUNT; sort++) {
        for (unsigned i = 0; i < batch->n_steps; i++) {
            if (is_new(&batch->steps[i]) && batch->steps[i].sort == sort)
                add(gathering, i);
        }
        if (gathering->bytes >= FRAME_LEAST && end_frame(gathering, sort_frame(sort), problem))
            return -1;
    }
    return gathering->n ? end_frame(gathering, FRAME_PIECES, problem) : 0;
}

/* The data are a piece of a tar archive, and stay as they are. */
static int pack_archive(struct batch *batch, struct hand *hand, struct problem *problem)
{
    if (!batch->length)
        return 0;
    if (pack(batch, hand, FRAME_CHECKED, batch->data, batch->length, &batch->packed_bytes, problem))
        return -1;
    for (unsigned i = 0; i < batch->n_steps; i++) {
        struct step *step = &batch->steps[i];
        if (!is_new(step))
            continue;
        step->place.skip = (uint32_t)step->data;
        step->place.offset = 0;
        step->place.stored_bytes = (uint32_t)((uint64_t)batch->packed_bytes * step->place.bytes / batch->length);
    }
    return 0;
}

int batch_pack(struct job *job, struct hand *hand, struct problem *problem)
{
    struct batch *batch = (struct batch *)job; /* its first member */
    unsigned steps[BATCH_STEPS_MAX];
    for (unsigned i = 0; i < batch->n_steps; i++) {
        if (is_new(&batch->steps[i]) && name(batch, &batch->steps[i], problem))
            return -1;
    }
    struct gathering gathering = { .batch = batch, .hand = hand, .steps = steps };
    return batch->index ? pack_sorts(&gathering, problem) : pack_archive(batch, hand, problem);
}
