#include "services/audit/journal/marks.h"

/* peer 0: of all. *ret_n: how many there are. */
static uint32_t oldest(const struct marks *marks, uint32_t peer, uint32_t *ret_n)
{
    uint32_t found = MARKS_MAX, n = 0;
    for (uint32_t i = 0; i < marks->n; i++) {
        if (peer && marks->rows[i].peer != peer)
            continue;
        n++;
        if (found == MARKS_MAX || marks->used[i] < marks->used[found])
            found = i;
    }
    *ret_n = n;
    return found;
}

static uint32_t make_room(struct marks *marks, uint32_t peer)
{
    uint32_t n, own = oldest(marks, peer, &n);
    if (n >= MARKS_A_PEER)
        return own;
    return marks->n < MARKS_MAX ? marks->n++ : oldest(marks, 0, &n);
}

struct mark *marks_get(struct marks *marks, uint32_t peer, uint64_t outbox)
{
    uint32_t i = 0;
    while (i < marks->n && (marks->rows[i].outbox != outbox || marks->rows[i].peer != peer))
        i++;
    if (i == marks->n) {
        i = make_room(marks, peer);
        marks->rows[i] = (struct mark){ .outbox = outbox, .peer = peer };
    }
    marks->used[i] = ++marks->uses;
    return &marks->rows[i];
}
