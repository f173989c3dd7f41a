#include "agent/carry/drop.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/carry/carriers.h"
#include "agent/carry/exchange.h"
#include "agent/carry/parcels.h"
#include "lib/buf.h"
#include "lib/files.h"
#include "lib/parcel.h"
#include "lib/problem.h"

#define PATH_BYTES (CARRIER_PLACE_BYTES + 32)

/* It stays there: the server writes the next one over it, and one that was taken is known by its numbers. */
static int take(const struct exchange *exchange, const char *folder, bool *ret_arrived, struct problem *problem)
{
    char path[PATH_BYTES], *text;
    size_t bytes;
    snprintf(path, sizeof(path), "%s/to/%u.parcel", folder, exchange->identity.agent);
    int status = file_read_if_any(path, PARCEL_BYTES_MAX, &text, &bytes, problem);
    if (status)
        return status > 0 ? 0 : -1;
    int error = parcels_take(exchange, text, bytes, ret_arrived, problem);
    free(text);
    return error;
}

static int leave(const struct exchange *exchange, const char *folder, struct problem *problem)
{
    char path[PATH_BYTES];
    struct buf text = { 0 };
    snprintf(path, sizeof(path), "%s/from/%u.parcel", folder, exchange->identity.agent);
    int error = parcels_make(exchange, &text, problem) ||
                (text.length && file_write(path, text.data, text.length, 0644, problem));
    buf_free(&text);
    return error ? -1 : 0;
}

int drop_visit(const struct exchange *exchange, const char *folder, bool *ret_arrived, struct problem *problem)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "%s/from", folder);
    if (access(path, W_OK))
        return problem_errno(problem, "unreached", folder, "cannot leave parcels in %s", path);
    return take(exchange, folder, ret_arrived, problem) || leave(exchange, folder, problem) ? -1 : 0;
}
