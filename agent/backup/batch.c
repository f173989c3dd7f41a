#include "agent/backup/batch.h"

#include <stdlib.h>
#include <string.h>

#include "lib/repository/chunker.h"

_Static_assert(BATCH_BYTES + CHUNK_BYTES_MAX <= FRAME_CONTENT_MAX, "readers take what a batch makes");

int batch_make(struct batch *batch, const struct sha256_key *key, struct index *index)
{
    *batch = (struct batch){ .key = key, .index = index };
    batch->steps = calloc(BATCH_STEPS_MAX, sizeof(*batch->steps));
    return batch->steps ? 0 : -1;
}

void batch_free(struct batch *batch)
{
    free(batch->data);
    free(batch->packed);
    free(batch->steps);
    buf_free(&batch->texts);
}

/* What was needed for a large file is given back. */
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
    size_t room = BATCH_BYTES + chunk_bytes_max;
    batch->length = batch->packed_bytes = batch->frame_bytes = 0;
    batch->new_bytes = 0;
    batch->n_steps = 0;
    buf_clear(&batch->texts);
    return fit(&batch->data, &batch->room, room) || fit(&batch->packed, &batch->packed_room, frame_bound(room)) ? -1
                                                                                                                : 0;
}

bool batch_is_full(const struct batch *batch)
{
    return batch->length >= BATCH_BYTES || batch->n_steps == BATCH_STEPS_MAX;
}

struct step *batch_step(struct batch *batch, enum step_kind kind)
{
    struct step *step = &batch->steps[batch->n_steps++];
    *step = (struct step){ .kind = kind };
    return step;
}

/* Name the chunk. One that is known leaves the data. */
static void name(struct batch *batch, struct step *step)
{
    uint8_t hmac[SHA256_BYTES];
    const uint8_t *data = batch->data + step->data;
    uint32_t bytes = step->place.bytes;
    sha256_keyed(batch->key, data, bytes, hmac);
    memcpy(step->id, hmac, CHUNK_ID_BYTES);
    step->placed = batch->index && index_find(batch->index, step->id, &step->place);
    if (step->placed)
        return;
    if (batch->index) { /* else the data are a tar archive, and stay as they are */
        memmove(batch->data + batch->frame_bytes, data, bytes);
        step->data = batch->frame_bytes;
        batch->frame_bytes += bytes;
    }
    step->place.skip = (uint32_t)step->data;
    batch->new_bytes += bytes;
}

int batch_pack(struct job *job, struct hand *hand, struct problem *problem)
{
    struct batch *batch = (struct batch *)job; /* its first member */
    for (unsigned i = 0; i < batch->n_steps; i++) {
        if (batch->steps[i].kind == STEP_CHUNK && !batch->steps[i].placed)
            name(batch, &batch->steps[i]);
    }
    if (!batch->index)
        batch->frame_bytes = batch->length;
    if (!batch->frame_bytes)
        return 0;
    batch->packed_bytes = frame_pack(hand->packer, batch->data, batch->frame_bytes, batch->packed, batch->packed_room);
    return batch->packed_bytes ? 0 : problem_set(problem, "no-memory", "", "cannot compress");
}
