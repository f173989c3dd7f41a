#include "agent/backup/writer.h"

#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"

#define TREE_FRAME_BYTES (1u << 20) /* of records; the last may take it a little beyond */
#define PIECES_MAX (16u << 20)      /* of one file: 64 TiB at 4 MiB each */

static int no_memory(struct problem *problem)
{
    return problem_set(problem, "no-memory", "", "no memory, or a file has too many pieces");
}

int writer_make(struct writer *writer)
{
    writer->packer = packer_make();
    sha256_begin(&writer->sha256);
    return writer->packer ? 0 : -1;
}

void writer_free(struct writer *writer)
{
    packer_free(writer->packer);
    buf_free(&writer->records);
    free(writer->pieces);
}

/* Append the frame to the segment that is being filled, or to a new one. */
static int append(struct writer *writer, struct shipment **shipment, enum segment_kind kind, const void *frame,
    size_t bytes, uint32_t *ret_offset, struct problem *problem)
{
    if (*shipment && !segment_add(&(*shipment)->segment, frame, bytes, ret_offset))
        return 0;
    if (*shipment)
        shipping_send(writer->shipping, *shipment);
    *shipment = shipping_begin(writer->shipping, kind, problem);
    if (!*shipment)
        return -1;
    uint32_t line;
    if (kind != SEGMENT_CHUNKS && stores_line(writer->shipping->stores, (*shipment)->store, &line))
        return problem_set(problem, "too-large", "", "the backup has too many segments");
    return segment_add(&(*shipment)->segment, frame, bytes, ret_offset) ? no_memory(problem) : 0;
}

static int end_tree_frame(struct writer *writer, struct problem *problem)
{
    struct buf *records = &writer->records, frame = { .limit_bytes = FRAME_CONTENT_MAX };
    uint32_t offset;
    if (!records->length)
        return 0;
    size_t room = frame_bound(records->length);
    char *place = buf_reserve(&frame, room);
    size_t bytes = place ? frame_pack(writer->packer, FRAME_CHECKED, records->data, records->length, place, room) : 0;
    int error =
        bytes ? append(writer, &writer->tree, SEGMENT_TREE, place, bytes, &offset, problem) : no_memory(problem);
    if (!error)
        writer->shipping->stores->all[writer->tree->store].live_bytes += bytes;
    sha256_add(&writer->sha256, records->data, records->length);
    writer->tree_bytes += records->length;
    buf_clear(records);
    buf_free(&frame);
    return error;
}

/* Records of at most TREE_PIECES_MAX pieces each. */
static int put_pieces(struct writer *writer, struct problem *problem)
{
    struct piece pieces[256];
    for (size_t done = 0; done < writer->n_pieces;) {
        size_t n = 0;
        for (; n < sizeof(pieces) / sizeof(pieces[0]) && done < writer->n_pieces; n++, done++) {
            const struct cached_piece *piece = &writer->pieces[done];
            bool hole = piece->place.store == CACHE_HOLE;
            pieces[n] = (struct piece){ hole, hole ? 0 : piece->place.store, piece->place.offset, piece->place.skip,
                piece->length, piece->place.sum };
        }
        if (tree_pieces(&writer->records, pieces, n))
            return no_memory(problem);
        if (writer->records.length >= TREE_FRAME_BYTES && end_tree_frame(writer, problem))
            return -1;
    }
    return 0;
}

static int put_entry(struct writer *writer, const struct batch *batch, const struct step *step, struct problem *problem)
{
    if (buf_append(&writer->records, batch->texts.data + step->record, step->record_bytes))
        return no_memory(problem);
    if (put_pieces(writer, problem))
        return -1;
    if (step->stamped)
        cache_add(writer->cache, &(struct cached_file){ batch->texts.data + step->path, step->path_bytes, step->stamp,
                                     writer->n_pieces, writer->pieces });
    writer->n_pieces = 0;
    return writer->records.length >= TREE_FRAME_BYTES ? end_tree_frame(writer, problem) : 0;
}

static int add_piece(struct writer *writer, const struct cached_piece *piece)
{
    if (writer->n_pieces == writer->room) {
        size_t room = writer->room ? 2 * writer->room : 256;
        struct cached_piece *pieces = room <= PIECES_MAX ? realloc(writer->pieces, room * sizeof(*pieces)) : NULL;
        if (!pieces)
            return -1;
        writer->pieces = pieces;
        writer->room = room;
    }
    writer->pieces[writer->n_pieces++] = *piece;
    return 0;
}

/* Its place is known by now. Cache and tree name its store by its line in the commit. */
static int put_chunk(struct writer *writer, const struct step *step, struct problem *problem)
{
    struct stores *stores = writer->shipping->stores;
    struct cached_piece piece = { .length = step->place.bytes, .place = step->place };
    memcpy(piece.id, step->id, CHUNK_ID_BYTES);
    index_add(writer->index, step->id, &step->place);
    if (index_first(writer->index, step->id) && writer->kind == SEGMENT_CHUNKS)
        stores->all[step->place.store].live_bytes += step->place.stored_bytes;
    if (stores_line(stores, step->place.store, &piece.place.store))
        return problem_set(problem, "too-large", "", "the backup has too many segments");
    return add_piece(writer, &piece) ? no_memory(problem) : 0;
}

static int put_step(struct writer *writer, const struct batch *batch, const struct step *step, struct problem *problem)
{
    switch (step->kind) {
    case STEP_CHUNK:
        return put_chunk(writer, step, problem);
    case STEP_HOLE:
        return add_piece(writer, &(struct cached_piece){ .length = step->length, .place.store = CACHE_HOLE })
                   ? no_memory(problem)
                   : 0;
    case STEP_FORGET:
        writer->n_pieces = 0;
        return 0;
    case STEP_ENTRY:
        return put_entry(writer, batch, step, problem);
    case STEP_UP:
        return tree_up(&writer->records) ? no_memory(problem) : 0;
    }
    return 0;
}

int writer_take(struct writer *writer, struct batch *batch, struct problem *problem)
{
    uint32_t offset = 0;
    if (batch->packed_bytes &&
        append(writer, &writer->contents, writer->kind, batch->packed, batch->packed_bytes, &offset, problem))
        return -1;
    if (writer->kind == SEGMENT_TAR && batch->packed_bytes) /* of an archive everything is needed */
        writer->shipping->stores->all[writer->contents->store].live_bytes += batch->packed_bytes;
    writer->new_bytes += batch->new_bytes;
    for (unsigned i = 0; i < batch->n_steps; i++) {
        struct step *step = &batch->steps[i];
        if (step->kind == STEP_CHUNK && !step->placed) {
            step->place.store = writer->contents->store;
            step->place.offset += offset;
        }
        if (put_step(writer, batch, step, problem))
            return -1;
    }
    return 0;
}

int writer_end(struct writer *writer, uint8_t ret_tree_sha256[SHA256_BYTES], struct problem *problem)
{
    if (end_tree_frame(writer, problem))
        return -1;
    if (writer->contents)
        shipping_send(writer->shipping, writer->contents);
    if (writer->tree)
        shipping_send(writer->shipping, writer->tree);
    sha256_end(&writer->sha256, ret_tree_sha256);
    return shipping_wait(writer->shipping, problem);
}
