#include "services/audit/marks.h"

static uint32_t oldest(const struct marks *marks)
{
    uint32_t found = 0;
    for (uint32_t i = 1; i < marks->n; i++) {
        if (marks->used[i] < marks->used[found])
            found = i;
    }
    return found;
}

struct mark *marks_get(struct marks *marks, uint32_t peer, uint64_t outbox)
{
    uint32_t i = 0;
    while (i < marks->n && (marks->rows[i].outbox != outbox || marks->rows[i].peer != peer))
        i++;
    if (i == marks->n) {
        if (marks->n < MARKS_MAX)
            marks->n++;
        else
            i = oldest(marks);
        marks->rows[i] = (struct mark){ .outbox = outbox, .peer = peer };
    }
    marks->used[i] = ++marks->uses;
    return &marks->rows[i];
}
