#include "agent/backup/stores.h"

#include <stdlib.h>

#define STORES_MAX (2 * COMMIT_SEGMENTS_MAX) /* the old ones, and as many new ones */
#define FIRST_ROOM 64

static int grow(struct stores *stores)
{
    uint32_t room = stores->room ? 2 * stores->room : FIRST_ROOM;
    struct store *all = room <= STORES_MAX ? realloc(stores->all, room * sizeof(*all)) : NULL;
    if (!all)
        return -1;
    stores->all = all;
    uint32_t *lines = realloc(stores->lines, room * sizeof(*lines));
    if (!lines)
        return -1;
    stores->lines = lines;
    stores->room = room;
    return 0;
}

int stores_add(struct stores *stores, const struct store *store, uint32_t *ret_store)
{
    if (stores->n == stores->room && grow(stores))
        return -1;
    stores->all[stores->n] = *store;
    stores->all[stores->n].line = LINE_NONE;
    *ret_store = stores->n++;
    return 0;
}

int stores_line(struct stores *stores, uint32_t store, uint32_t *ret_line)
{
    if (stores->all[store].line == LINE_NONE) {
        if (stores->n_lines == COMMIT_SEGMENTS_MAX)
            return -1;
        stores->lines[stores->n_lines] = store;
        stores->all[store].line = stores->n_lines++;
    }
    *ret_line = stores->all[store].line;
    return 0;
}

void stores_free(struct stores *stores)
{
    free(stores->all);
    free(stores->lines);
}
