#include "services/scheduler/runs/output.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "lib/problem.h"

/* Fast rather than small: output is text, which shrinks to a quarter at any level. */
#define LEVEL 3

static int store(
    struct records *records, int64_t run, uint64_t offset, const void *data, size_t bytes, struct problem *problem)
{
    uLongf packed_bytes = compressBound(bytes);
    Bytef *packed = malloc(packed_bytes);
    if (!packed || compress2(packed, &packed_bytes, data, bytes, LEVEL) != Z_OK) {
        free(packed);
        return problem_set(problem, "no-memory", "", "no memory for %zu bytes of output", bytes);
    }
    records_run(records, "INSERT OR IGNORE INTO output (run, offset, bytes, data) VALUES (?, ?, ?, ?)", "iiib", run,
        (int64_t)offset, (int64_t)bytes, packed, (size_t)packed_bytes);
    free(packed);
    return 0;
}

int output_append(struct records *records, struct run *run, uint64_t offset, const void *data, size_t bytes,
    uint64_t limit_bytes, struct problem *problem)
{
    uint64_t known = run->output_bytes;
    if (offset > known || offset + bytes <= known)
        return 0;
    size_t skip = (size_t)(known - offset), fresh = bytes - skip;
    uint64_t room = known < limit_bytes ? limit_bytes - known : 0;
    if (fresh > room) {
        run->output_cut = true;
        fresh = (size_t)room;
    }
    if (fresh && store(records, run->run, known, (const char *)data + skip, fresh, problem))
        return -1;
    run->output_bytes = known + fresh;
    return 0;
}

/* One piece, of which what stands behind `skip` is wanted. Returns how much of it came into ret. */
static size_t unpack(struct db_rows *row, uint64_t skip, void *ret, size_t room)
{
    size_t packed_bytes, taken = 0;
    const void *packed = db_blob(row, 2, &packed_bytes);
    uLongf bytes = (uLongf)db_int(row, 1);
    Bytef *whole = bytes <= OUTPUT_PIECE_BYTES ? malloc(bytes) : NULL;
    if (whole && uncompress(whole, &bytes, packed, packed_bytes) == Z_OK && skip < bytes) {
        taken = bytes - skip < room ? (size_t)(bytes - skip) : room;
        memcpy(ret, whole + skip, taken);
    }
    free(whole);
    return taken;
}

size_t output_read(struct records *records, int64_t run, uint64_t offset, void *ret, size_t room)
{
    size_t got = 0;
    struct db_rows *rows = records_query(records,
        "SELECT offset, bytes, data FROM output WHERE run = ?1 AND offset + bytes > ?2 ORDER BY offset", "ii", run,
        (int64_t)offset);
    while (got < room && db_next(rows)) {
        uint64_t begins = (uint64_t)db_int(rows, 0);
        uint64_t skip = begins < offset ? offset - begins : 0;
        got += unpack(rows, skip, (char *)ret + got, room - got);
    }
    records_finish(rows);
    return got;
}
