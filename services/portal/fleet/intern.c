#include "services/portal/fleet/intern.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    struct entry *next;
    char text[];
};

#define BUCKETS 4096 /* 10,000 tenants with a few sites each: chains of some ten */

static struct entry *buckets[BUCKETS];

static uint32_t hash_of(const char *text)
{
    uint32_t hash = 2166136261u; /* FNV-1a; the names are the administrators' own */
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * 16777619u;
    return hash;
}

const char *intern(const char *text)
{
    if (!text)
        return NULL;
    struct entry **bucket = &buckets[hash_of(text) % BUCKETS];
    for (struct entry *entry = *bucket; entry; entry = entry->next)
        if (!strcmp(entry->text, text))
            return entry->text;
    size_t bytes = strlen(text) + 1;
    struct entry *entry = malloc(sizeof(*entry) + bytes);
    if (!entry)
        abort();
    memcpy(entry->text, text, bytes);
    entry->next = *bucket;
    *bucket = entry;
    return entry->text;
}
