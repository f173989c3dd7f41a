#include "lib/restore/extraction.h"

#include <stdio.h>

void extraction_fail(struct extraction *x, uint32_t node, const char *why)
{
    char path[NODE_PATH_BYTES];
    pthread_mutex_lock(&x->lock);
    bool known = x->lost[node];
    x->lost[node] = true;
    if (!known && x->extracted.failed++ < EXTRACT_TOLD_MAX && nodes_path(x->job->nodes, node, path))
        fprintf(stderr, "vedette: restore: %s: %s\n", path, why);
    pthread_mutex_unlock(&x->lock);
}

void extraction_tell(struct extraction *x)
{
    if (x->job->progress && x->counted)
        x->job->progress(x->job->arg, &x->extracted);
}

void extraction_succeed(struct extraction *x, const struct entry *entry)
{
    pthread_mutex_lock(&x->lock);
    x->extracted.entries++;
    x->extracted.bytes += entry->size;
    x->extracted.unsteady += entry->flags & ENTRY_UNSTEADY;
    extraction_tell(x);
    pthread_mutex_unlock(&x->lock);
}

void extraction_written(struct extraction *x, uint64_t bytes)
{
    pthread_mutex_lock(&x->lock);
    x->extracted.written_bytes += bytes;
    extraction_tell(x);
    pthread_mutex_unlock(&x->lock);
}

struct entry extraction_entry(const struct extraction *x, uint32_t node, uint32_t *ret_source)
{
    struct entry entry = x->job->nodes->all[node].entry;
    *ret_source = node;
    if (entry.type != ENTRY_HARD_LINK)
        return entry;
    *ret_source = (uint32_t)entry.number;
    const struct entry *linked = &x->job->nodes->all[entry.number].entry;
    entry.type = ENTRY_FILE;
    entry.size = linked->size;
    entry.flags = linked->flags;
    return entry;
}
